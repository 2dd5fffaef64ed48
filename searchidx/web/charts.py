"""A timeline as the page draws it: bars by their places, ready for SVG.

Places are per cent of the width and the height, so one drawing fits a phone and a wall without a script. Each bar says
its days, which are what a click on it, or a pull over several, asks for.
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

__all__ = ["Bar", "Chart", "chart"]

_MOST_YEARS, _MOST_BY_WEEK, _MOST_BY_DAY = 10, 15, 3
"""More years are drawn by year. Of the rest, so many months are drawn by week at most, so many by day."""
_FEW = 18
"""Fewer periods do not fill the width."""
_NAMED = {
    "day": ("{0.day} {0:%b}", 20.0),
    "week": ("{0.day} {0:%b}", 20.0),
    "month": ("{0:%b} {0.year}", 20.0),
    "year": ("{0.year}", 12.0),
}
"""How periods are named below the bars, and how much of the width that takes on a phone."""
_GAP = 0.18
"""Of a bar's share of the width so much stays free."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One period in which anything matches.

    Attributes:
        name: as people say it: `February 2023`.
        first, last: its days, ISO.
        count, corpus: how many articles match, how many there are.
        left, width: of its share; `x`, `wide`, `top`, `height` of the bar itself. Per cent.
    """

    name: str
    first: str
    last: str
    count: int
    corpus: int
    left: str
    width: str
    x: str
    wide: str
    top: str
    height: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All of them.

    Attributes:
        by: "day", "week", "month", "year".
        peak: the highest count.
        ticks: what is written below, where, and which end of it stands there: (per cent, text, anchor of SVG).
        undated, imprecise: how many articles have no place in it.
    """

    by: str
    bars: tuple[Bar, ...]
    peak: int
    ticks: tuple[tuple[str, str, str], ...]
    undated: int
    imprecise: int


def chart(archive: Archive, query: str) -> Chart:
    """What a query finds over time, by the periods that suit how long that is; `QueryError` as for `search`."""
    timeline = archive.timeline(query, by="year")
    if len(timeline.periods) <= _MOST_YEARS:
        timeline = archive.timeline(query, by="month")
        by = "day" if len(timeline.periods) <= _MOST_BY_DAY else "week"
        if 0 < len(timeline.periods) <= _MOST_BY_WEEK:
            finer = archive.timeline(query, by=by)
            if finer.imprecise == timeline.imprecise:  # else some would lose their place
                timeline = finer
    return _drawn(timeline)


def _drawn(timeline: Timeline) -> Chart:
    periods = timeline.periods
    peak = max((each.counts[0] for each in periods), default=0)
    share = 100 / max(len(periods), _FEW)
    begin = (100 - share * len(periods)) / 2
    bars = tuple(_bar(each, peak, begin + share * at, share) for at, each in enumerate(periods) if each.counts[0])
    named = ((begin + share * (at + 0.5), text) for at, text in _ticks(periods, timeline.by, share))
    ticks = tuple((_percent(at), text, "start" if at < 4 else "end" if at > 96 else "middle") for at, text in named)
    return Chart(timeline.by, bars, peak, ticks, timeline.undated[0], timeline.imprecise[0])


def _bar(period: Period, peak: int, left: float, share: float) -> Bar:
    count = period.counts[0]
    height = max(100 * count / peak, 2)  # one article among thousands is seen, too
    last = dt.date.max if period.stop is None else period.stop - dt.timedelta(days=1)
    is_week = "W" in period.name
    return Bar(
        f"week of {format_date(parse_date(period.start))}" if is_week else format_date(parse_date(period.name)),
        period.start.isoformat(),
        last.isoformat(),
        count,
        period.corpus,
        *map(_percent, (left, share, left + share * _GAP / 2, share * (1 - _GAP), 100 - height, height)),
    )


def _ticks(periods: Sequence[Period], by: str, share: float) -> list[tuple[int, str]]:
    """Which periods are named, and how: years where several begin, else as many periods as there is room for."""
    named, (pattern, room) = list(range(len(periods))), _NAMED[by]
    if by == "month":
        begins = [at for at, each in enumerate(periods) if each.start.month == 1]
        if len(begins) > 1:
            named, (pattern, room) = begins, _NAMED["year"]
    apart = (named[1] - named[0]) * share if len(named) > 1 else room
    return [(at, pattern.format(periods[at].start)) for at in named[:: math.ceil(room / apart)]]


def _percent(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".") + "%"
