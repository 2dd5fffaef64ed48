"""Keywords in context: every occurrence in all hits of a query, with the text around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from searchidx.analysis import collapse_whitespace
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.contract import Snapshot
from searchidx.errors import ArgumentError
from searchidx.folding import fold
from searchidx.query import Parsed
from searchidx.search.hits import KwicLine
from searchidx.search.searcher import query_tree

_BATCH_SIZE = 1000
"""How many articles are read together."""


def kwic(snapshot: Snapshot, parsed: Parsed, width: int, sort: str | None) -> Iterator[KwicLine]:
    """Yield a line for each occurrence, with at most `width` characters of text on either side.

    Without `sort` the lines follow document order and are made one at a time; any other order holds all in memory.

    Raises:
        ValueError: for a negative width or an unknown order.
    """
    if width < 0:
        raise ArgumentError(f"the width must be 0 or more characters, not {width}")
    if sort is None:
        return _iter_lines(snapshot, parsed, width)
    if sort not in _SORT_KEYS:
        raise ArgumentError(f"cannot sort lines by {sort!r}: use one of {', '.join(_SORT_KEYS)}")
    return iter(sorted(_iter_lines(snapshot, parsed, width), key=_SORT_KEYS[sort]))


def _iter_lines(snapshot: Snapshot, parsed: Parsed, width: int) -> Iterator[KwicLine]:
    for article, spans in _iter_articles(snapshot, parsed):
        id, headline, date = article.id, article.headline, article.date
        for zone in ("headline", "body"):
            words = [(first, last) for named, first, last in spans if named == zone]
            if not words:
                continue
            line, matches = collapse_whitespace(headline if zone == "headline" else article.body, words)
            for start, end in matches:
                left = line[max(start - width, 0) : start]
                yield KwicLine(id, headline, date, zone, left, line[start:end], line[end : end + width])


def _iter_articles(snapshot: Snapshot, parsed: Parsed) -> Iterator[tuple[Article, Sequence[tuple[str, int, int]]]]:
    """Yield each article with its occurrences: (zone, first word, last word)."""
    with query_tree(parsed) as query:
        hits = snapshot.spans(query)
        while batch := list(islice(hits, _BATCH_SIZE)):
            timeout.check(query)
            yield from zip(snapshot.articles([doc for doc, _ in batch]), (spans for _, spans in batch), strict=True)


def _left_key(line: KwicLine) -> list[str]:
    return fold(line.left).split()[::-1]


def _right_key(line: KwicLine) -> list[str]:
    return fold(line.right).split()


def _date_key(line: KwicLine) -> tuple[bool, tuple[int, int]]:
    return line.date is None, (0, 0) if line.date is None else line.date.sort_key


_SORT_KEYS: dict[str, Callable[[KwicLine], Any]] = {"left": _left_key, "right": _right_key, "date": _date_key}
