"""The timeline as a bar chart: positions and labels for the SVG in the template.

Positions are per cent of width and height, so one drawing fits every screen without a script. Each bar has its days: a
click on it, or a drag across several bars, selects them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from searchidx.archive import Archive
from searchidx.dates import parse_date
from searchidx.render.citation import format_date
from searchidx.search.aggregations import Period, Timeline

MAX_YEARS_BY_MONTH = 10
"""More years are drawn by year, fewer by month or finer."""
MAX_MONTHS_BY_WEEK, MAX_MONTHS_BY_DAY = 15, 3
"""More months are drawn by month; up to these numbers by week or by day."""
_MIN_SLOTS = 18
"""The width is divided into at least this many slots, so that few bars are not too wide."""
_LABELS = {
    "day": ("{0.day} {0:%b}", 20.0),
    "week": ("{0.day} {0:%b}", 20.0),
    "month": ("{0:%b} {0.year}", 20.0),
    "year": ("{0.year}", 12.0),
}
"""For each unit the format of a label, and its width on a phone in per cent of the chart."""
_GAP = 0.18
"""The part of a slot that stays free between bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A period with hits.

    Attributes:
        name: the period as people say it: `February 2023`.
        first, last: its days, ISO.
        count, corpus: the number of hits, and of all articles.
        slot_x, slot_width: the clickable column, in per cent.
        x, width, y, height: the bar itself, in per cent.
    """

    name: str
    first: str
    last: str
    count: int
    corpus: int
    slot_x: str
    slot_width: str
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of a timeline.

    Attributes:
        by: the unit, "day", "week", "month" or "year".
        peak: the highest count, or share per 1,000 articles.
        ticks: the labels of the axis: (position in per cent, text, SVG text-anchor).
        undated, imprecise: the number of hits that have no bar.
    """

    by: str
    bars: tuple[Bar, ...]
    peak: float
    ticks: tuple[tuple[str, str, str], ...]
    undated: int
    imprecise: int


def timeline_chart(archive: Archive, query: str) -> Chart:
    """Chart the hits over time, by a unit that suits their span; `QueryError` as for `search`."""
    return _layout(_timeline(archive, query))[0]


def comparison_charts(archive: Archive, queries: Sequence[str], is_share: bool) -> list[Chart]:
    """Chart the hits of several queries over the same periods, to one scale; `QueryError` as for `search`.

    A share is the number of hits per 1,000 articles of the period.
    """
    return _layout(_timeline(archive, *queries), is_share)


def _timeline(archive: Archive, *queries: str) -> Timeline:
    """Return the timeline of queries by a unit that suits their span."""
    timeline = archive.timeline(*queries, by="year")
    if len(timeline.periods) <= MAX_YEARS_BY_MONTH:
        timeline = archive.timeline(*queries, by="month")
        by = "day" if len(timeline.periods) <= MAX_MONTHS_BY_DAY else "week"
        if 0 < len(timeline.periods) <= MAX_MONTHS_BY_WEEK:
            finer = archive.timeline(*queries, by=by)
            if finer.imprecise == timeline.imprecise:  # otherwise articles dated to a month would lose their bar
                timeline = finer
    return timeline


def _layout(timeline: Timeline, is_share: bool = False) -> list[Chart]:
    """Return the chart of each query, all to one scale."""
    numbers = range(len(timeline.queries))
    peak = max((_height(each, number, is_share) for each in timeline.periods for number in numbers), default=0)
    return [_layout_query(timeline, number, peak, is_share) for number in numbers]


def _height(period: Period, number: int, is_share: bool) -> float:
    """Return what the bar of a query shows: its number of hits, or their share of the articles."""
    count = period.counts[number]
    return 1000 * count / period.corpus if is_share and count else count


def _layout_query(timeline: Timeline, number: int, peak: float, is_share: bool) -> Chart:
    periods = timeline.periods
    slot = 100 / max(len(periods), _MIN_SLOTS)
    margin = (100 - slot * len(periods)) / 2
    bars = tuple(
        _bar(each, each.counts[number], _height(each, number, is_share) / peak, margin + slot * at, slot)
        for at, each in enumerate(periods)
        if each.counts[number]
    )
    labels = ((margin + slot * (at + 0.5), text) for at, text in _ticks(periods, timeline.by, slot))
    ticks = tuple((_percent(x), text, "start" if x < 4 else "end" if x > 96 else "middle") for x, text in labels)
    return Chart(timeline.by, bars, peak, ticks, timeline.undated[number], timeline.imprecise[number])


def _bar(period: Period, count: int, share_of_peak: float, slot_x: float, slot_width: float) -> Bar:
    height = max(100 * share_of_peak, 2)  # keeps one article among thousands visible
    last = dt.date.max if period.stop is None else period.stop - dt.timedelta(days=1)
    is_week = "W" in period.name
    return Bar(
        f"week of {format_date(parse_date(period.start))}" if is_week else format_date(parse_date(period.name)),
        period.start.isoformat(),
        last.isoformat(),
        count,
        period.corpus,
        slot_x=_percent(slot_x),
        slot_width=_percent(slot_width),
        x=_percent(slot_x + slot_width * _GAP / 2),
        width=_percent(slot_width * (1 - _GAP)),
        y=_percent(100 - height),
        height=_percent(height),
    )


def _ticks(periods: Sequence[Period], by: str, slot: float) -> list[tuple[int, str]]:
    """Choose the periods to label: Januaries if there are several, else as many periods as have room."""
    labelled, (pattern, width) = list(range(len(periods))), _LABELS[by]
    if by == "month":
        januaries = [at for at, each in enumerate(periods) if each.start.month == 1]
        if len(januaries) > 1:
            labelled, (pattern, width) = januaries, _LABELS["year"]
    distance = (labelled[1] - labelled[0]) * slot if len(labelled) > 1 else width
    return [(at, pattern.format(periods[at].start)) for at in labelled[:: math.ceil(width / distance)]]


def _percent(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".") + "%"
