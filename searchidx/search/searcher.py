"""A parsed query to hits: what an archive answers, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Snapshot, Sort
from searchidx.errors import QueryError
from searchidx.query import Parsed
from searchidx.query.formatter import format_query
from searchidx.query.traversal import children, operands
from searchidx.search.hits import (
    Explanation,
    Group,
    Groups,
    Hit,
    Hits,
    Snippet,
)
from searchidx.search.query_hints import hints_of
from searchidx.search.snippets import body_of, headline_of, shown

__all__ = [
    "articles",
    "explain",
    "groups",
    "ids",
    "iter_hits",
    "marked",
    "require_page",
    "require_threshold",
    "search",
    "understood",
]

_SOME = 1000
"""So many hits are made together, where all of them are wanted one after the other."""


def search(
    snapshot: Snapshot, parsed: Parsed, *, limit: int | None = 10, offset: int = 0, sort: str | Sort = Sort.RELEVANCE
) -> Hits:
    """One page of the answer to a parsed query; `QueryError` where it has errors.

    `limit` is the most hits the page may hold, None for all; `offset` how many come before it.
    """
    require_page(limit, offset)
    query = _tree(parsed)
    try:
        found = snapshot.search(query, limit=limit, offset=offset, sort=sort if type(sort) is Sort else _order(sort))
    except QueryError as error:
        raise _refused(parsed, error) from None
    hits = Hit.of(snapshot, found.docs, found.scores, partial(shown, query))
    return Hits(found.total, hits, partial(hints_of, snapshot, parsed, found.total))


def iter_hits(snapshot: Snapshot, parsed: Parsed, sort: str | Sort = Sort.RELEVANCE) -> Iterator[Hit]:
    """Every hit, in order, one at a time; `QueryError` where the query has errors."""
    with understood(parsed) as query:
        found = snapshot.search(query, limit=None, sort=_order(sort))
    pages = (slice(at, at + _SOME) for at in range(0, len(found.docs), _SOME))
    show = partial(shown, query)
    return (hit for page in pages for hit in Hit.of(snapshot, found.docs[page], found.scores[page], show))


def require_page(limit: int | None, offset: int = 0) -> None:
    """ValueError for a page that cannot be."""
    if (limit is not None and limit < 0) or offset < 0:
        raise ValueError("limit and offset are numbers of what is listed: 0 or more")


def require_threshold(threshold: float) -> None:
    """ValueError for a similarity of bodies that cannot be."""
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"bodies are similar from above 0 to 1, not {threshold!r}")


def _order(sort: str | Sort) -> Sort:
    try:
        return Sort(sort)
    except ValueError:
        raise ValueError(f"hits are sorted by {', '.join(each.value for each in Sort)}, not by {sort!r}") from None


def groups(
    snapshot: Snapshot,
    parsed: Parsed,
    threshold: float,
    *,
    limit: int | None = 10,
    offset: int = 0,
    sort: str | Sort = Sort.RELEVANCE,
) -> Groups:
    """One page of the answer with near-duplicates grouped; groups stand where the first of their hits does."""
    require_page(limit, offset)
    require_threshold(threshold)
    with understood(parsed) as query:
        found = snapshot.search(query, limit=None, sort=_order(sort))
    leaders: dict[int, int] = {}
    for same in snapshot.near_duplicates(sorted(found.docs), threshold):
        leaders.update(dict.fromkeys(same, same[0]))
    together: dict[int, tuple[list[int], list[float]]] = {}
    for doc, score in zip(found.docs, found.scores, strict=True):
        docs, scores = together.setdefault(leaders.get(doc, doc), ([], []))
        docs.append(doc)
        scores.append(score)
    show = partial(shown, query)
    page = [
        Group(tuple(Hit.of(snapshot, docs, scores, show)))
        for docs, scores in list(together.values())[offset : None if limit is None else offset + limit]
    ]
    return Groups(found.total, len(together), threshold, page, partial(hints_of, snapshot, parsed, found.total))


def ids(snapshot: Snapshot, parsed: Parsed) -> list[str]:
    """The id of every article that matches, in document order; `QueryError` where the query has errors."""
    return [snapshot.id(doc) for doc in _documents(snapshot, parsed)]


def articles(snapshot: Snapshot, parsed: Parsed) -> Iterator[Article]:
    """Every article that matches, in document order, one at a time; `QueryError` where the query has errors."""
    return snapshot.articles(_documents(snapshot, parsed))


def _documents(snapshot: Snapshot, parsed: Parsed) -> Sequence[int]:
    """Every document that matches, in order."""
    with understood(parsed) as query:
        return snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=None).docs


class understood:  # noqa: N801 - it is called as a function is
    """The tree of a parsed query; `QueryError` where it has errors, or where an engine refuses it within the block."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed
        self._query = _tree(parsed)

    def __enter__(self) -> Any:
        return self._query

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, QueryError):
            raise _refused(self._parsed, error) from None


def _tree(parsed: Parsed) -> Any:
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)
    return parsed.query


def _refused(parsed: Parsed, error: QueryError) -> QueryError:
    """What an engine refused of a query tree, said of the query as it was typed."""
    return QueryError(parsed.text, (*parsed.diagnostics, *error.diagnostics))


def marked(article: Article, parsed: Parsed) -> tuple[Snippet, Snippet]:
    """The whole headline and the whole body, with what a query finds in them; `QueryError` where it has errors."""
    with understood(parsed) as query:
        return headline_of(query, article), body_of(query, article)


def explain(snapshot: Snapshot, parsed: Parsed) -> Explanation:
    """How a query was understood, and how many articles each part of it has alone; `QueryError` where it has errors."""

    def explained(node: Any) -> Explanation:
        total = snapshot.search(q.ConstantScoreQuery(node, 0.0), limit=0).total
        parts = children(node) or operands(node)
        return Explanation(format_query(node), total, tuple(explained(part) for part in parts))

    with understood(parsed) as query:
        return explained(query)
