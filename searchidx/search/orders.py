"""The orders of an answer: those of the engines, and two that begin with relevance.

- relevance: by score (`searchidx.engines.bm25`); newest, oldest, headline: by these values.
- best: by relevance, but if the query has six words or more, the first 50 hits are reordered by what the best of them
  have in common (`searchidx.engines.feedback`). The rest of the answer follows by relevance, so its pages fit together.
  What the best hits of fewer words share beside them is more often chance than their subject.
- fresh: by relevance, but recent articles count up to 30 % more::

      score · (1 + 0.3 · 2 ^ (-age / half-life))

  The age is that before the newest hit, the half-life an eighth of the time that the archive spans. Undated articles
  have a factor of 1. A query that names a date is answered by relevance: it says itself which time matters.

A hit keeps its score by relevance in every order.
"""

from __future__ import annotations

from collections.abc import Sequence

from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.engines.results import Sort, TopDocs
from searchidx.errors import ArgumentError
from searchidx.query.traversal import is_text, leaves, positive_leaves

BEST, FRESH = "best", "fresh"
ORDERS = (Sort.RELEVANCE.value, BEST, FRESH, Sort.NEWEST.value, Sort.OLDEST.value, Sort.HEADLINE.value)
"""The names of all orders."""
RERANKED = 50
"""Hits that the order `best` looks at."""
MIN_WORDS = 6
"""Words of a query from which on the order `best` looks at the hits; `benchmarks/relevance.py` measures it."""
FRESHNESS = 0.3
"""How much more the newest hit counts in the order `fresh`."""
HALF_LIVES = 8
"""Half-lives of freshness in the span of an archive."""


def search(snapshot: Snapshot, query: q.Query, limit: int | None, offset: int, sort: str | Sort) -> TopDocs:
    """Find one page of documents in an order; raises ValueError for an unknown one."""
    if type(sort) is Sort:
        return snapshot.search(query, limit=limit, offset=offset, sort=sort)
    if sort == BEST:
        return _search_best(snapshot, query, limit, offset)
    if sort == FRESH:
        return _search_fresh(snapshot, query, limit, offset)
    try:
        order = Sort(sort)
    except ValueError:
        raise ArgumentError(f"cannot sort hits by {sort!r}: use one of {', '.join(ORDERS)}") from None
    return snapshot.search(query, limit=limit, offset=offset, sort=order)


def _search_best(snapshot: Snapshot, query: q.Query, limit: int | None, offset: int) -> TopDocs:
    if offset >= RERANKED or limit == 0 or _count_words(query) < MIN_WORDS:
        return snapshot.search(query, limit=limit, offset=offset)
    found = snapshot.search(query, limit=None if limit is None else max(offset + limit, RERANKED))
    docs, scores = found.docs[:RERANKED], found.scores[:RERANKED]
    new = snapshot.rescore(docs, scores)
    order = sorted(range(len(docs)), key=lambda at: -new[at])  # stable: ties stay in order of relevance
    order += range(len(docs), len(found.docs))
    return _take(found, order, limit, offset)


def _count_words(query: q.Query) -> int:
    """The words of the text that a query asks for; a pattern or proximity is one."""
    words = filter(is_text, positive_leaves(query))
    return sum(len(leaf.words) if isinstance(leaf, q.Phrase) else 1 for leaf in words)


def _search_fresh(snapshot: Snapshot, query: q.Query, limit: int | None, offset: int) -> TopDocs:
    newest = None if _names_date(query) else _first_day(snapshot, query, Sort.NEWEST)
    if newest is None or limit == 0:
        return snapshot.search(query, limit=limit, offset=offset)
    every = q.Every("date")
    first, last = (_first_day(snapshot, every, sort) for sort in (Sort.OLDEST, Sort.NEWEST))
    assert first is not None
    assert last is not None
    half_life = max((last - first) / HALF_LIVES, 1)

    def freshness(doc: int) -> float:
        date = snapshot.date(doc)
        return 1.0 if date is None else 1 + FRESHNESS * 2 ** ((date.days.start - newest) / half_life)

    # A hit whose score times the greatest factor is below that of the last hit of the page cannot be on it.
    count = None if limit is None else 2 * (offset + limit)
    while True:
        found = snapshot.search(query, limit=count)
        fresh = [score * freshness(doc) for doc, score in zip(found.docs, found.scores, strict=True)]
        order = sorted(range(len(fresh)), key=lambda at: (-fresh[at], found.docs[at]))
        if count is None or limit is None or len(fresh) < count:
            break
        if fresh[order[offset + limit - 1]] > found.scores[-1] * (1 + FRESHNESS):
            break
        count *= 4
    return _take(found, order, limit, offset)


def _take(found: TopDocs, order: Sequence[int], limit: int | None, offset: int) -> TopDocs:
    """The page of an answer, given the order of its hits."""
    page = order[offset : None if limit is None else offset + limit]
    return TopDocs(found.total, [found.docs[at] for at in page], [found.scores[at] for at in page])


def _names_date(query: q.Query) -> bool:
    return any(isinstance(leaf, q.DateRange) for leaf in leaves(query))


def _first_day(snapshot: Snapshot, query: q.Query, sort: Sort) -> int | None:
    """The first day of the first hit in an order by date; None if it is undated, or there is no hit."""
    found = snapshot.search(query, limit=1, sort=sort).docs
    date = snapshot.date(found[0]) if found else None
    return None if date is None else date.days.start
