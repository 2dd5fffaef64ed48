"""A parsed query to hits: what an archive answers, page by page."""

from __future__ import annotations

from functools import partial
from typing import Any

from whoosh import query as q

from searchidx.engines.base import Snapshot, Sort
from searchidx.engines.matching import children
from searchidx.errors import QueryError
from searchidx.hints import hints_of
from searchidx.hits import Explanation, Hit, Hits
from searchidx.query import Parsed
from searchidx.query.nodes import operands
from searchidx.query.printing import print_query
from searchidx.snippets import snippet_of

__all__ = ["explain", "ids", "search"]


def search(
    snapshot: Snapshot, parsed: Parsed, *, limit: int | None = 10, offset: int = 0, sort: str | Sort = Sort.RELEVANCE
) -> Hits:
    """One page of the answer to a parsed query; `QueryError` where it has errors.

    `limit` is the most hits the page may hold, None for all; `offset` how many come before it.
    """
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)
    if (limit is not None and limit < 0) or offset < 0:
        raise ValueError("limit and offset are numbers of hits: 0 or more")
    query = parsed.query
    try:
        found = snapshot.search(query, limit=limit, offset=offset, sort=sort if isinstance(sort, Sort) else Sort(sort))
    except QueryError as error:
        raise _refused(parsed, error) from None
    snippet = partial(snippet_of, query)
    hits = [Hit(snapshot, doc, score, snippet) for doc, score in zip(found.docs, found.scores, strict=True)]
    return Hits(found.total, hits, partial(hints_of, snapshot, parsed, found.total))


def ids(snapshot: Snapshot, parsed: Parsed) -> list[str]:
    """The id of every article that matches, in document order; `QueryError` where the query has errors."""
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)
    try:
        found = snapshot.search(q.ConstantScoreQuery(parsed.query, 0.0), limit=None)
    except QueryError as error:
        raise _refused(parsed, error) from None
    return [snapshot.id(doc) for doc in found.docs]


def explain(snapshot: Snapshot, parsed: Parsed) -> Explanation:
    """How a query was understood, and how many articles each part of it has alone; `QueryError` where it has errors."""
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)

    def explained(node: Any) -> Explanation:
        total = snapshot.search(q.ConstantScoreQuery(node, 0.0), limit=0).total
        parts = children(node) or operands(node)
        return Explanation(print_query(node), total, tuple(explained(part) for part in parts))

    try:
        return explained(parsed.query)
    except QueryError as error:
        raise _refused(parsed, error) from None


def _refused(parsed: Parsed, error: QueryError) -> QueryError:
    """What an engine refused of a query tree, said of the query as it was typed."""
    return QueryError(parsed.text, (*parsed.diagnostics, *error.diagnostics))
