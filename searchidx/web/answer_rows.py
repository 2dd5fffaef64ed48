"""The rows of an answer: articles, or groups of near-duplicates; the place of one article, and the page around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from searchidx.archive import Archive
from searchidx.errors import QueryError
from searchidx.search.hits import Hit
from searchidx.web.search_form import SearchAddress

MAX_GROUPED = 2_000
"""Hits among which near-duplicates are grouped without being asked; grouping more takes noticeable time."""


class Rows(NamedTuple):
    """Some rows of an answer: their hits, the number of all rows, and whether near-duplicates are grouped."""

    groups: Sequence[Sequence[Hit]]
    total: int
    is_grouped: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an article in an answer.

    Attributes:
        at: its number, from 1.
        total: the number of rows.
        before, after: the URLs of the articles before and after it; empty at the ends.
    """

    at: int
    total: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Beside:
    """The page of an answer beside the article that is read.

    Attributes:
        hits: (number from 1, the first hit, its URL) of each row.
        total: the number of rows of the answer.
        before, after: the URLs of the last article of the page before and the first of the page after; empty at the
            ends.
    """

    hits: Sequence[tuple[int, Hit, str]]
    total: int
    before: str
    after: str


def find_rows(archive: Archive, search: SearchAddress, hits: int, offset: int, limit: int) -> Rows:
    """Return the rows from `offset` on of an answer with a number of hits, in the order of the page."""
    sort = search.sort or archive.page_order
    if search.copies == "together" or (not search.copies and hits <= MAX_GROUPED):
        grouped = archive.groups(search.q, limit=limit, offset=offset, sort=sort)
        return Rows([group.hits for group in grouped], grouped.distinct, True)
    found = archive.search(search.q, limit=limit, offset=offset, sort=sort)
    return Rows([(hit,) for hit in found], hits, False)


def find_place(archive: Archive, search: SearchAddress, id: str, at: int) -> Place | None:
    """Return the place of an article that an answer had at a number; None if it is no longer there."""
    first = max(at - 2, 0)
    try:
        hits = archive.search(search.q, limit=0).total
        rows = find_rows(archive, search, hits, first, 3)
    except QueryError:
        return None
    here = at - 1 - first
    if here >= len(rows.groups) or id not in [hit.id for hit in rows.groups[here]]:
        return None
    before = _article_url(search, rows, here - 1, at - 1) if here else ""
    after = _article_url(search, rows, here + 1, at + 1) if here + 1 < len(rows.groups) else ""
    return Place(at, rows.total, before, after)


def find_page(archive: Archive, search: SearchAddress, at: int) -> Beside:
    """Return the page of an answer with the article at a number; `QueryError` as for `search`."""
    start = (at - 1) // search.page_size * search.page_size
    first = max(start - 1, 0)
    rows = find_rows(archive, search, archive.search(search.q, limit=0).total, first, search.page_size + 2)
    hits = [
        (number, group[0], search.at(number).article_url(group[0].id, number))
        for number, group in enumerate(rows.groups, first + 1)
    ]
    here = start - first
    stop = here + search.page_size
    before = hits[0][2] if here else ""
    after = hits[stop][2] if stop < len(hits) else ""
    return Beside(hits[here:stop], rows.total, before, after)


def _article_url(search: SearchAddress, rows: Rows, row: int, at: int) -> str:
    return search.at(at).article_url(rows.groups[row][0].id, at)
