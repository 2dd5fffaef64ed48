"""Keywords in context: every occurrence of what a query asks for, over all of its hits, with the text around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from searchidx.analysis import fold, word_spans
from searchidx.engines.base import Snapshot
from searchidx.hits import KwicLine
from searchidx.query import Parsed
from searchidx.searching import understood

__all__ = ["ORDERS", "kwic"]

ORDERS = ("left", "right", "date")
"""The orders of the lines, beside that of the articles."""


def kwic(snapshot: Snapshot, parsed: Parsed, width: int, sort: str | None) -> Iterator[KwicLine]:
    """A line for each occurrence, with so many characters of text on either side at most.

    In the order of the articles they come as they are found; another one holds them all. ValueError for an order
    that there is none of.
    """
    if width < 0:
        raise ValueError("the width is a number of characters: 0 or more")
    if sort is None:
        return _lines(snapshot, parsed, width)
    if sort not in ORDERS:
        raise ValueError(f"lines are sorted by {', '.join(ORDERS)}, not by {sort!r}")
    return iter(sorted(_lines(snapshot, parsed, width), key=_KEYS[sort]))


def _lines(snapshot: Snapshot, parsed: Parsed, width: int) -> Iterator[KwicLine]:
    with understood(parsed) as query:
        found = snapshot.places(query)
        docs: list[int] = []
        of_docs: list[Any] = []
        for doc, places in found:
            docs.append(doc)
            of_docs.append(places)
    for article, places in zip(snapshot.articles(docs), of_docs, strict=True):
        for zone in ("headline", "body"):
            here = [(first, last) for named, first, last in places if named == zone]
            if not here:
                continue
            text = article.headline if zone == "headline" else article.body
            for start, end in word_spans(text, here):
                yield KwicLine(
                    article.id,
                    article.headline,
                    article.date,
                    zone,
                    _left(text, start, width),
                    " ".join(text[start:end].split()),
                    _right(text, end, width),
                )


def _left(text: str, start: int, width: int) -> str:
    """What stands before, white space folded; the blank next to the keyword is kept."""
    piece = text[max(start - 2 * width, 0) : start]
    return (" ".join(piece.split()) + " " * piece[-1:].isspace())[-width:] if width else ""


def _right(text: str, end: int, width: int) -> str:
    piece = text[end : end + 2 * width]
    return (" " * piece[:1].isspace() + " ".join(piece.split()))[:width] if width else ""


def _by_left(line: KwicLine) -> list[str]:
    return fold(line.left).split()[::-1]


def _by_right(line: KwicLine) -> list[str]:
    return fold(line.right).split()


def _by_date(line: KwicLine) -> tuple[bool, tuple[int, int]]:
    return line.date is None, (0, 0) if line.date is None else line.date.sort_key


_KEYS: dict[str, Callable[[KwicLine], Any]] = {"left": _by_left, "right": _by_right, "date": _by_date}
