"""Keywords in context: every occurrence of what a query asks for, over all of its hits, with the text around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from searchidx.analysis import fold, on_one_line
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.contract import Snapshot
from searchidx.query import Parsed
from searchidx.search.hits import KwicLine
from searchidx.search.searcher import understood

__all__ = ["kwic"]

_AT_ONCE = 1000
"""So many articles are looked at together."""


def kwic(snapshot: Snapshot, parsed: Parsed, width: int, sort: str | None) -> Iterator[KwicLine]:
    """A line for each occurrence, with so many characters of text on either side at most.

    In the order of the articles they come as they are found; another one holds them all. ValueError for an order
    that there is none of.
    """
    if width < 0:
        raise ValueError("the width is a number of characters: 0 or more")
    if sort is None:
        return _lines(snapshot, parsed, width)
    if sort not in _KEYS:
        raise ValueError(f"lines are sorted by {', '.join(_KEYS)}, not by {sort!r}")
    return iter(sorted(_lines(snapshot, parsed, width), key=_KEYS[sort]))


def _lines(snapshot: Snapshot, parsed: Parsed, width: int) -> Iterator[KwicLine]:
    for article, places in _hits(snapshot, parsed):
        id, headline, date = article.id, article.headline, article.date
        for zone in ("headline", "body"):
            here = [(first, last) for named, first, last in places if named == zone]
            if not here:
                continue
            line, spans = on_one_line(headline if zone == "headline" else article.body, here)
            for start, end in spans:
                left = line[max(start - width, 0) : start]
                yield KwicLine(id, headline, date, zone, left, line[start:end], line[end : end + width])


def _hits(snapshot: Snapshot, parsed: Parsed) -> Iterator[tuple[Article, Sequence[tuple[str, int, int]]]]:
    """Each article with the places of what was asked for in it, some read at a time."""
    with understood(parsed) as query:
        found = snapshot.spans(query)
        while some := list(islice(found, _AT_ONCE)):
            timeout.check(query)
            yield from zip(snapshot.articles([doc for doc, _ in some]), (places for _, places in some), strict=True)


def _by_left(line: KwicLine) -> list[str]:
    return fold(line.left).split()[::-1]


def _by_right(line: KwicLine) -> list[str]:
    return fold(line.right).split()


def _by_date(line: KwicLine) -> tuple[bool, tuple[int, int]]:
    return line.date is None, (0, 0) if line.date is None else line.date.sort_key


_KEYS: dict[str, Callable[[KwicLine], Any]] = {"left": _by_left, "right": _by_right, "date": _by_date}
"""The orders of the lines, beside that of the articles."""
