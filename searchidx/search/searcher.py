"""Answer parsed queries from a snapshot: hits page by page, groups of near-duplicates, ids, explanations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines import budget
from searchidx.engines.contract import Snapshot
from searchidx.engines.results import Sort
from searchidx.errors import ArgumentError, QueryError
from searchidx.query import Diagnostic, Parsed
from searchidx.query.formatter import format_query
from searchidx.query.traversal import children, operands
from searchidx.search import orders
from searchidx.search.hits import Explanation, Group, Groups, Hit, Hits, Snippet
from searchidx.search.query_hints import find_hints
from searchidx.search.questions import report_damage
from searchidx.search.snippets import highlight_body, highlight_headline, preview

_BATCH_SIZE = 1000
"""How many hits `iter_hits` makes together."""


def search(
    snapshot: Snapshot, parsed: Parsed, *, limit: int | None = 10, offset: int = 0, sort: str | Sort = Sort.RELEVANCE
) -> Hits:
    """Answer a parsed query with one page of hits.

    Args:
        snapshot: what to search.
        parsed: the query.
        limit: the most hits of the page; None for all.
        offset: how many hits to skip.
        sort: the order of the hits.

    Raises:
        QueryError: if the query has errors, or the engine rejects it.
    """
    require_page(limit, offset)
    query = _require_tree(parsed)
    try:
        top_docs = orders.search(snapshot, query, limit, offset, sort)
    except QueryError as error:
        raise _add_text(parsed, error) from None
    hits = Hit.from_docs(snapshot, top_docs.docs, top_docs.scores, partial(preview, query))
    return Hits(top_docs.total, hits, partial(_find_hints, snapshot, parsed, top_docs.total))


def iter_hits(snapshot: Snapshot, parsed: Parsed, sort: str | Sort = Sort.RELEVANCE) -> Iterator[Hit]:
    """Iterate over all hits in order; raises `QueryError` as `search` does."""
    with query_tree(parsed) as query:
        top_docs = orders.search(snapshot, query, None, 0, sort)
    batches = (slice(at, at + _BATCH_SIZE) for at in range(0, len(top_docs.docs), _BATCH_SIZE))
    show = partial(preview, query)
    return (
        hit for batch in batches for hit in Hit.from_docs(snapshot, top_docs.docs[batch], top_docs.scores[batch], show)
    )


def require_page(limit: int | None, offset: int = 0) -> None:
    """Raise ValueError for a negative limit or offset."""
    if (limit is not None and limit < 0) or offset < 0:
        raise ArgumentError(f"limit and offset must be 0 or more, not {limit} and {offset}")


def require_threshold(threshold: float) -> None:
    """Raise ValueError for a similarity that is not above 0 and at most 1."""
    if not 0.0 < threshold <= 1.0:
        raise ArgumentError(f"the threshold must be above 0 and at most 1, not {threshold!r}")


def groups(
    snapshot: Snapshot,
    parsed: Parsed,
    threshold: float,
    *,
    limit: int | None = 10,
    offset: int = 0,
    sort: str | Sort = Sort.RELEVANCE,
) -> Groups:
    """Answer a parsed query with one page of hits, near-duplicates grouped.

    A group takes the place of its first hit. Raises as `search`, and ValueError for an impossible threshold.
    """
    require_page(limit, offset)
    require_threshold(threshold)
    with query_tree(parsed) as query:
        top_docs = orders.search(snapshot, query, None, 0, sort)
    leaders: dict[int, int] = {}
    for duplicates in snapshot.near_duplicates(sorted(top_docs.docs), threshold):
        leaders.update(dict.fromkeys(duplicates, duplicates[0]))
    members: dict[int, tuple[list[int], list[float]]] = {}
    for doc, score in zip(top_docs.docs, top_docs.scores, strict=True):
        docs, scores = members.setdefault(leaders.get(doc, doc), ([], []))
        docs.append(doc)
        scores.append(score)
    show = partial(preview, query)
    page = [
        Group(tuple(Hit.from_docs(snapshot, docs, scores, show)))
        for docs, scores in list(members.values())[offset : None if limit is None else offset + limit]
    ]
    hints = partial(_find_hints, snapshot, parsed, top_docs.total)
    return Groups(top_docs.total, len(members), threshold, page, hints)


def _find_hints(snapshot: Snapshot, parsed: Parsed, total: int) -> tuple[Diagnostic, ...]:
    """The hints of an answer, as far as their budget of work reaches."""
    found: list[Diagnostic] = []
    left = budget.for_hints(len(snapshot))
    try:
        with report_damage(snapshot), budget.within(left):
            for hint in find_hints(snapshot, parsed, total):
                found.append(hint)  # noqa: PERF402 - those before an error are kept
    except QueryError:
        if left.left >= 0:
            raise
    return tuple(found)


def ids(snapshot: Snapshot, parsed: Parsed) -> list[str]:
    """List the ids of all matching articles in document order; raises `QueryError` as `search` does."""
    return [snapshot.id(doc) for doc in _match_all(snapshot, parsed)]


def iter_articles(snapshot: Snapshot, parsed: Parsed, as_versions: bool = False) -> Iterator[Article]:
    """Iterate over all matching articles in document order; raises `QueryError` as `search` does.

    With `as_versions`, for a snapshot of all versions, they state which version they are.
    """
    docs = _match_all(snapshot, parsed)
    if not as_versions:
        return snapshot.articles(docs)
    from searchidx.search.history import iter_versions

    return iter_versions(snapshot, docs)


def _match_all(snapshot: Snapshot, parsed: Parsed) -> Sequence[int]:
    """Return all matching documents in order."""
    with query_tree(parsed) as query:
        return snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=None).docs


@contextmanager
def query_tree(parsed: Parsed) -> Iterator[Any]:
    """Provide the tree of a parsed query, and add its text to errors that the engine raises within the block.

    Raises:
        QueryError: if the query has errors, or the engine rejects it.
    """
    query = _require_tree(parsed)
    try:
        yield query
    except QueryError as error:
        raise _add_text(parsed, error) from None


def _require_tree(parsed: Parsed) -> Any:
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)
    return parsed.query


def _add_text(parsed: Parsed, error: QueryError) -> QueryError:
    """Restate an engine's error about a query tree with the text and the hints of the query."""
    return QueryError(parsed.text, (*parsed.diagnostics, *error.diagnostics))


def highlight(article: Article, parsed: Parsed) -> tuple[Snippet, Snippet]:
    """Highlight the matches of a query in a whole headline and a whole body; raises `QueryError` as `search` does."""
    with query_tree(parsed) as query:
        return highlight_headline(query, article), highlight_body(query, article)


def explain(snapshot: Snapshot, parsed: Parsed) -> Explanation:
    """Show how a query is read, and how many articles match each of its parts; raises `QueryError` as `search` does."""

    def explain_node(node: Any) -> Explanation:
        unscored = q.ConstantScoreQuery(node, 0.0)
        total = snapshot.search(unscored, limit=0).total
        parts = tuple(explain_node(part) for part in children(node) or operands(node))
        return Explanation(format_query(node), total, parts, snapshot.rechecked(unscored))

    with query_tree(parsed) as query:
        return explain_node(query)
