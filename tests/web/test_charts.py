"""Timeline charts: units, bars and axis labels."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import searchidx
from searchidx import Article
from searchidx.web.charts import Chart, timeline_chart


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[[Sequence[str | None]], Chart]:
    """Draw the chart of articles with these dates."""

    def draw(dates: Sequence[str | None]) -> Chart:
        index = tmp_path / f"index{len(list(tmp_path.iterdir()))}"
        with searchidx.create(index).writer() as writer:
            for number, date in enumerate(dates):
                writer.add(Article(f"a{number}", "bank", date=date))
        with searchidx.open(index) as archive:
            return timeline_chart(archive, "bank")

    return draw


@pytest.mark.parametrize(
    ("dates", "by", "names"),
    [
        (["2023-02-01"], "day", ["1 February 2023"]),
        (["2023-02-01", "2023-04-30"], "day", ["1 February 2023", "30 April 2023"]),
        (["2023-02-01", "2023-05-01"], "week", ["week of 30 January 2023", "week of 1 May 2023"]),
        (["2023-02-01", "2024-04-30"], "week", ["week of 30 January 2023", "week of 29 April 2024"]),
        (["2023-02-01", "2024-05-01"], "month", ["February 2023", "May 2024"]),
        (["2023-02-01", "2023-05", "2023"], "month", ["February 2023", "May 2023"]),
        (["2014-12-31", "2023-01-01"], "month", ["December 2014", "January 2023"]),
        (["2013-12-31", "2023-01-01"], "year", ["2013", "2023"]),
        (["0001-01-01", "9999-12-31"], "year", ["1", "9999"]),
        ([None], "month", []),
    ],
)
def test_unit_suits_the_span_of_dates(
    drawn: Callable[[Sequence[str | None]], Chart], dates: Sequence[str | None], by: str, names: list[str]
) -> None:
    found = drawn(dates)
    assert (found.by, [bar.name for bar in found.bars]) == (by, names)
    assert sum(bar.count for bar in found.bars) + found.undated + found.imprecise == len(dates)


def number(percent: str) -> float:
    assert percent.endswith("%")
    return float(percent[:-1])


@pytest.mark.parametrize("days", [["2023-02-01"], ["2022-12-30", "2023-01-02", "2023-01-02"], ["2001", "2020"]])
def test_bars_do_not_overlap_or_leave_the_chart(
    drawn: Callable[[Sequence[str | None]], Chart], days: list[str]
) -> None:
    found = drawn(days)
    edges = [(number(bar.slot_x), number(bar.slot_x) + number(bar.slot_width)) for bar in found.bars]
    assert edges == sorted(edges)
    assert all(one[1] <= other[0] + 0.01 for one, other in itertools.pairwise(edges))
    for bar, (left, right) in zip(found.bars, edges, strict=True):
        assert -0.01 <= left < number(bar.x) < number(bar.x) + number(bar.width) < right <= 100.01
        assert number(bar.y) + number(bar.height) == pytest.approx(100, abs=0.01)
        assert number(bar.height) == pytest.approx(100 * bar.count / found.peak, abs=0.01)
    assert found.ticks


@pytest.mark.parametrize("step", [1, 2, 3, 5, 12, 40])
@pytest.mark.parametrize("count", [2, 7, 13, 30, 100])
def test_axis_labels_do_not_overlap(drawn: Callable[[Sequence[str | None]], Chart], count: int, step: int) -> None:
    months = [2000 * 12 + at * step for at in range(count)]
    found = drawn([f"{month // 12}-{month % 12 + 1:02}" for month in months])
    places = [number(place) for place, _, _ in found.ticks]
    assert all(other - one > 10 for one, other in itertools.pairwise(places))
    assert len({text for _, text, _ in found.ticks}) == len(found.ticks)
