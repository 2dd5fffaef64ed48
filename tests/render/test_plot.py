"""Plots: drawn values equal the counts, labels are readable, equal timelines give equal bytes."""

from __future__ import annotations

import datetime as dt
import random
import struct
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from searchidx.errors import MissingExtraError, OutputError
from searchidx.render import plot
from searchidx.render.plot import write_plot
from searchidx.search.aggregations import Timeline
from searchidx.search.aggregator import build_timeline

Days = dict[tuple[int, int], int]
JANUARY = dt.date(2023, 1, 1).toordinal()


def days(length: int, seed: int, first: int = JANUARY) -> Days:
    chance = random.Random(seed)
    found = {(first + at, first + at + 1): chance.randrange(9) for at in range(length)}
    return {day: count for day, count in found.items() if count}


def made(queries: list[str], length: int, by: str = "month", counted: str = "articles") -> Timeline:
    found = [days(length, seed) for seed in range(len(queries))]
    found[0] |= {(0, 0): 7, (dt.date(2023, 1, 1).toordinal(), dt.date(2024, 1, 1).toordinal()): 5}
    corpus = dict.fromkeys(set().union(*found), 20)
    return build_timeline(queries, found, corpus, by, counted)


def texts(path: Path) -> list[str]:
    return [" ".join("".join(each.itertext()).split()) for each in ET.parse(path).iter() if each.tag.endswith("}text")]


def figure(each: Timeline, share: bool = False) -> Any:
    with mpl.rc_context():
        return plot._draw(each, share)


@pytest.mark.parametrize(
    ("queries", "length", "by", "panels"),
    [(["a"], 1, "month", 1), (["a", "b"], 1, "day", 1), (["a", "b", "c"], 900, "month", 1), (["a"], 3650, "day", 1),
     (["a", "b"], 400, "day", 2), (["a", "b"], 3000, "week", 2), (["a"], 3650, "year", 1)],
)  # fmt: skip
@pytest.mark.parametrize("share", [False, True])
def test_plotted_values_equal_the_counts(queries: list[str], length: int, by: str, panels: int, share: bool) -> None:
    each = made(queries, length, by)
    drawn = figure(each, share)
    assert len(drawn.axes) == panels
    lines = [line.get_ydata() for axes in drawn.axes for line in axes.lines]
    areas = [patch.get_data() for axes in drawn.axes for patch in axes.patches]
    assert len(lines) + len(areas) == len(queries)
    assert not lines or not areas
    for number, values in enumerate(lines or [area.values for area in areas]):
        expected = [(p.shares if share else p.counts)[number] if p.corpus or not share else np.nan
                    for p in each.periods]  # fmt: skip
        np.testing.assert_array_equal(values, expected)
    for area in areas:
        np.testing.assert_array_equal(area.edges, np.arange(len(each.periods) + 1) - 0.5)
    low, high = drawn.axes[0].get_ylim()
    assert low == 0
    assert high >= max(max(p.shares if share else p.counts) for p in each.periods)


def test_lines_differ_in_style_and_marker() -> None:
    lines = figure(made(list("abcdefghijklmn"), 90)).axes[0].lines
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == len(lines) == 14
    assert len({line.get_linestyle() for line in lines[:4]}) == len({line.get_marker() for line in lines[:4]}) == 4


def test_axes_and_labels_state_units_totals_and_omissions(tmp_path: Path) -> None:
    each = made(["NATO Japan", '"Taiwan Strait"'], 100)
    write_plot(each, tmp_path / "a.svg")
    found = texts(tmp_path / "a.svg")
    assert {"articles per month", "month of publication", "NATO Japan", '"Taiwan Strait"'} <= set(found)
    assert {"2023-01", "2023-02", "2023-03", "2023-04"} <= set(found)
    assert f"{each.totals[0]:,} articles; not drawn: 7 undated, 5 of no single month" in found
    assert f"{each.totals[1]:,} articles" in found
    write_plot(made(["x"], 100, "week", "words"), tmp_path / "b.svg", share=True)
    assert {"occurrences per 1,000 articles of the week", "week of publication"} <= set(texts(tmp_path / "b.svg"))


@pytest.mark.parametrize(
    "query", ["_under", "$x$ $", "<b>&amp;", "\x00\x1b[31mx\x07", "東京 OR 日米", "\udcff", "", "a " * 900]
)
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_any_query_can_be_a_label(tmp_path: Path, query: str, count: int, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    write_plot(made([query] * count, 40), path)
    if suffix == "svg":
        shown = " ".join("".join(char if char.isprintable() else " " for char in query).split())
        found = texts(path)
        if len(shown) < 80:
            assert found.count(shown) == count or not shown
        else:
            assert sum(text.endswith("…") for text in found) == count


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_equal_timelines_give_equal_bytes(
    tmp_path: Path, suffix: str, process: Callable[..., CompletedProcess[str]]
) -> None:
    each = made(["NATO", "Japan"], 100)
    write_plot(each, tmp_path / f"a.{suffix}")
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "red"}):
        write_plot(each, tmp_path / f"b.{suffix}")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom test_plot import *\n"
        f"write_plot(made(['NATO', 'Japan'], 100), Path('c.{suffix}'))"
    )
    done = process("-c", script, cwd=tmp_path, PYTHONHASHSEED="7", TZ="Asia/Tokyo")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"c.{suffix}").read_bytes()
    assert dt.date.today().isoformat().encode() not in (tmp_path / f"a.{suffix}").read_bytes()


def test_png_has_its_size(tmp_path: Path) -> None:
    write_plot(made(["x"], 40), tmp_path / "a.PNG")
    content = (tmp_path / "a.PNG").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    assert width == 1440
    assert 500 < height < 1000


def test_timeline_without_dated_articles_says_so(tmp_path: Path) -> None:
    for found in ({}, {(0, 0): 3}):
        write_plot(build_timeline(["x"], [found], {}, "month", "articles"), tmp_path / "a.svg")
        assert "no dated articles" in texts(tmp_path / "a.svg")
    ends = {(1, 2): 1, (dt.date.max.toordinal(), dt.date.max.toordinal() + 1): 1}
    write_plot(build_timeline(["x"], [ends], ends, "year", "articles"), tmp_path / "a.svg", share=True)
    assert "5000" in texts(tmp_path / "a.svg")


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
@pytest.mark.parametrize("length", [1, 2, 13, 40, 100, 365, 900, 4000, 30000, 99000])
def test_ticks_fit_below_the_axis(by: str, length: int) -> None:
    each = build_timeline(["x"], [days(length, 1, JANUARY - 60000)], {}, by, "articles")
    named = plot._ticks(each)
    assert named
    assert sum(len(name) + 2 for _, name in named) <= 84 + 2
    for at, name in named:
        assert each.periods[at].name.startswith(name) or by == "week"
        assert str(each.periods[at].start.year) in (name[:4], str(int(name[:4]) - 1))
    if len(each.periods) > 1:
        assert len(named) > 1


def test_errors_name_suffix_file_and_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    each = made(["x"], 40)
    with pytest.raises(ValueError, match=r"cannot plot to .*a\.pdf: the name of the file must end in .svg or .png"):
        write_plot(each, tmp_path / "a.pdf")
    with pytest.raises(OutputError, match="cannot write the plot to"):
        write_plot(each, tmp_path / "none" / "a.svg")
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        MissingExtraError, match=r"a plot needs a package that is not installed: pip install 'searchidx\[plot\]'"
    ):
        write_plot(each, tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []
