"""What was counted as a person reads it in a terminal: tables, and bars of block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import click

from searchidx.render.columns import columns, shortened
from searchidx.search.aggregations import (
    Facet,
    Stats,
    Timeline,
    WordCount,
    Words,
)

__all__ = ["bar", "facet_lines", "stats_lines", "timeline_lines", "words_lines"]

_BLOCKS = "█▏▎▍▌▋▊▉"
_LONGEST = 50
"""A bar has so many columns at most."""
_COLUMN = 12
"""The column of a query in a timeline has so many columns at least."""
_VALUES = 20
"""So many values of a facet are listed at most."""


def bar(value: float, largest: float, width: int) -> str:
    """A bar as long as a value is beside the largest, which has so many columns; to the eighth of a column."""
    eighths = round(8 * width * value / largest) if largest else 0
    if value and width and not eighths:
        eighths = 1  # little is not nothing
    whole, part = divmod(eighths, 8)
    return _BLOCKS[0] * whole + (_BLOCKS[part] if part else "")


def facet_lines(facet: Facet, width: int) -> Iterator[str]:
    """All hits by the values of a field: hits, articles of the corpus, the share that are hits; the most frequent.

    Years and months stand in their own order.
    """
    rows = [(each.value, each.count, each.corpus, each.share) for each in facet.values[:_VALUES]]
    if facet.field in ("year", "month"):
        rows.sort()
    more = len(facet.values) - len(rows)
    if facet.missing:
        rows.append((f"(no {facet.field})", facet.missing, facet.corpus_missing, facet.missing / facet.corpus_missing))
    numbers = max((len(f"{corpus:,}") for _, _, corpus, _ in rows), default=0)
    numbers = max(numbers, len("articles"))
    names = _names([facet.field, *(name for name, *_ in rows)], width - 2 * numbers - 12)
    yield click.style(f"{_padded(facet.field, names)} {'hits':>{numbers}} {'articles':>{numbers}}   share", bold=True)
    room = min(width - names - 2 * numbers - 12, _LONGEST)
    largest = max((count for _, count, _, _ in rows), default=0)
    for name, count, corpus, share in rows:
        line = f"{_padded(name, names)} {count:>{numbers},} {corpus:>{numbers},} {_percent(share)}"
        yield f"{line}  {bar(count, largest, room)}".rstrip() if room > 3 else line
    if more:
        yield f"and {more:,} other values: --csv or --json has all"


def _percent(share: float) -> str:
    return f"{100 * share:6.1f}%"


def timeline_lines(timeline: Timeline, width: int, share: bool = False) -> Iterator[str]:
    """A line for each period, a column for each query; what is imprecise or undated, and the total, stand apart.

    Queries that do not fit beside each other follow below. All bars but the total's, which has none, are of one scale.
    """
    rows = [(each.name, each.shares if share else each.counts) for each in timeline.periods]
    apart = _apart(timeline, share)
    names = max(len(name) for name, _ in (*rows, *apart))
    figures = max(len(_figure(value)) for _, values in (*rows, *apart) for value in values)
    largest = max((value for _, values in (*rows, *apart[:-1]) for value in values), default=0)
    count = len(timeline.queries)
    beside = min(max((width - names) // max(figures + 2, _COLUMN), 1), count)
    each = (width - names) // beside - 2
    room = min(each - figures - 1, _LONGEST)
    each = max(min(each, figures + 1 + room), figures)
    for first in range(0, count, beside):
        some = slice(first, first + beside)
        if first:
            yield ""
        if count > 1:
            heads = (_padded(query, each) for query in timeline.queries[some])
            yield click.style(f"{'':<{names}}  {'  '.join(heads)}".rstrip(), bold=True)
        for name, values in (*rows, *apart):
            if name == apart[0][0]:
                yield ""
            bars = room if name != "total" and room > 2 else 0
            cells = (f"{_figure(value):>{figures}} {bar(value, largest, bars)}" for value in values[some])
            yield f"{name:<{names}}  {'  '.join(_padded(cell.rstrip(), each) for cell in cells)}".rstrip()


def _apart(timeline: Timeline, share: bool) -> list[tuple[str, Sequence[float]]]:
    """The rows below the periods; of all articles the share is that of the whole corpus."""
    found: list[tuple[str, Sequence[float]]] = []
    for name, counts, corpus in (
        ("imprecise", timeline.imprecise, timeline.corpus_imprecise),
        ("undated", timeline.undated, timeline.corpus_undated),
        ("total", timeline.totals, timeline.corpus),
    ):
        if any(counts) or name == "total":
            found.append((name, [1000 * count / corpus if corpus else 0.0 for count in counts] if share else counts))
    return found


def _figure(value: float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"


def words_lines(words: Words, width: int) -> Iterator[str]:
    """The words that tell the hits from the rest, and the most frequent ones; beside each other where there is room."""
    distinctive = list(_words("distinctive", words.distinctive))
    frequent = list(_words("frequent", words.frequent))
    first = max(map(columns, distinctive))
    if first + 3 + max(map(columns, frequent)) > width:
        yield from _headed(distinctive)
        yield ""
        yield from _headed(frequent)
        return
    pairs = zip_longest(distinctive, frequent, fillvalue="")
    yield from _headed([f"{_padded(one, first)}   {other}".rstrip() for one, other in pairs])


def _headed(lines: Sequence[str]) -> Iterator[str]:
    head, *rest = lines
    yield click.style(head, bold=True)
    yield from rest


def _words(title: str, words: Sequence[WordCount]) -> Iterator[str]:
    names = _names([title, *(each.word for each in words)], 20)
    counts = max([len("times"), *(len(f"{each.count:,}") for each in words)])
    articles = max([len("articles"), *(len(f"{each.articles:,}") for each in words)])
    yield f"{_padded(title, names)} {'times':>{counts}} {'articles':>{articles}}    score"
    for each in words:
        yield f"{_padded(each.word, names)} {each.count:>{counts},} {each.articles:>{articles},} {each.score:>8,.1f}"


def stats_lines(stats: Stats, width: int) -> Iterator[str]:
    """What is in an index."""
    days = "none is dated" if stats.first is None else f"{stats.first} to {stats.last}"
    if stats.undated and stats.first is not None:
        days += f", {stats.undated:,} undated"
    for name, value in (
        ("articles", f"{stats.articles:,}"),
        ("words", f"{stats.words:,}"),
        ("dates", days),
        ("segments", f"{stats.segments:,}"),
        ("size", f"{_size(stats.bytes)}, format {stats.format}, commit {stats.generation:,}"),
        ("fingerprint", stats.fingerprint),
    ):
        yield f"{name:<11} {value}"
    if stats.years:
        yield ""
        yield from _bars("year", [(str(year), articles) for year, articles in stats.years], width)
    for title, facet in (("source", stats.sources), ("section", stats.sections), ("language", stats.languages)):
        rows = [(each.value, each.count) for each in facet.values[:_VALUES]]
        more = len(facet.values) - len(rows)
        if facet.missing:
            rows.append((f"(no {facet.field})", facet.missing))
        if facet.values:
            yield ""
            yield from _bars(title, rows, width)
            if more:
                yield f"and {more:,} others: --json has all"


def _bars(title: str, rows: Sequence[tuple[str, int]], width: int) -> Iterator[str]:
    """A line for each row: name, number, bar."""
    numbers = max(len("articles"), *(len(f"{count:,}") for _, count in rows))
    names = _names([title, *(name for name, _ in rows)], width - numbers - 12)
    yield click.style(f"{_padded(title, names)} {'articles':>{numbers}}", bold=True)
    largest = max(count for _, count in rows)
    room = min(width - names - numbers - 3, _LONGEST)
    for name, count in rows:
        yield f"{_padded(name, names)} {count:>{numbers},}  {bar(count, largest, room)}".rstrip()


def _size(number: int) -> str:
    size, unit = float(number), "bytes"
    for following in ("KB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, following
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"


def _names(names: Sequence[str], most: int) -> int:
    """How many columns a list of names gets: what the widest needs, and no more than there are."""
    return min(max(map(columns, names)), max(most, 12))


def _padded(text: str, width: int) -> str:
    shown = shortened(text, width)
    return shown + " " * (width - columns(shown))
