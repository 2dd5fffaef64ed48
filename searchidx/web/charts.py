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
        peak: the highest count.
        ticks: the labels of the axis: (position in per cent, text, SVG text-anchor).
        undated, imprecise: the number of hits that have no bar.
    """

    by: str
    bars: tuple[Bar, ...]
    peak: int
    ticks: tuple[tuple[str, str, str], ...]
    undated: int
    imprecise: int


def timeline_chart(archive: Archive, query: str) -> Chart:
    """Chart the hits over time, by a unit that suits their span; `QueryError` as for `search`."""
    timeline = archive.timeline(query, by="year")
    if len(timeline.periods) <= MAX_YEARS_BY_MONTH:
        timeline = archive.timeline(query, by="month")
        by = "day" if len(timeline.periods) <= MAX_MONTHS_BY_DAY else "week"
        if 0 < len(timeline.periods) <= MAX_MONTHS_BY_WEEK:
            finer = archive.timeline(query, by=by)
            if finer.imprecise == timeline.imprecise:  # otherwise articles dated to a month would lose their bar
                timeline = finer
    return _layout(timeline)


def _layout(timeline: Timeline) -> Chart:
    periods = timeline.periods
    peak = max((each.counts[0] for each in periods), default=0)
    slot = 100 / max(len(periods), _MIN_SLOTS)
    margin = (100 - slot * len(periods)) / 2
    bars = tuple(_bar(each, peak, margin + slot * at, slot) for at, each in enumerate(periods) if each.counts[0])
    labels = ((margin + slot * (at + 0.5), text) for at, text in _ticks(periods, timeline.by, slot))
    ticks = tuple((_percent(x), text, "start" if x < 4 else "end" if x > 96 else "middle") for x, text in labels)
    return Chart(timeline.by, bars, peak, ticks, timeline.undated[0], timeline.imprecise[0])


def _bar(period: Period, peak: int, slot_x: float, slot_width: float) -> Bar:
    count = period.counts[0]
    height = max(100 * count / peak, 2)  # keeps one article among thousands visible
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
