"""A parsed query to hits: what an archive answers, page by page, and what a person should know about the answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from whoosh import query as q

from searchidx import analysis
from searchidx.engines.base import Snapshot, Sort
from searchidx.engines.matching import children
from searchidx.errors import QueryError
from searchidx.hits import Hit, Hits
from searchidx.query import Diagnostic, Kind, Parsed, Severity
from searchidx.schema import Level, level_field
from searchidx.snippets import snippet_of

__all__ = ["ids", "search"]


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
    found = snapshot.search(query, limit=limit, offset=offset, sort=Sort(sort))
    snippet = partial(snippet_of, query)
    hits = [Hit(snapshot, doc, score, snippet) for doc, score in zip(found.docs, found.scores, strict=True)]
    return Hits(found.total, hits, partial(_diagnostics, snapshot, parsed))


def ids(snapshot: Snapshot, parsed: Parsed) -> list[str]:
    """The id of every article that matches, in document order; `QueryError` where the query has errors."""
    if parsed.query is None:
        raise QueryError(parsed.text, parsed.diagnostics)
    found = snapshot.search(q.ConstantScoreQuery(parsed.query, 0.0), limit=None)
    return [snapshot.id(doc) for doc in found.docs]


def _diagnostics(snapshot: Snapshot, parsed: Parsed) -> tuple[Diagnostic, ...]:
    """The hints of the query, and those that only the answer gives rise to."""
    return (*parsed.diagnostics, *_phrase_hint(snapshot, parsed), *_date_hint(snapshot, parsed))


def _phrase_hint(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Plain words that stand side by side somewhere: the shell may have eaten the quotes of a phrase."""
    if not parsed.plain:
        return ()
    phrase = " ".join(parsed.plain)
    words = [token.folded for token in analysis.analyze_query(phrase)]
    if len(words) < 2:
        return ()
    count = snapshot.search(q.Phrase(level_field("text", Level.FOLDED), words), limit=0).total
    if not count:
        return ()
    typed = f'"{phrase}"'
    message = f"{_articles(count, 'has', 'have')} these words side by side: for the phrase, type {_in_shell(typed)}"
    return (Diagnostic(Kind.PHRASE_WITHOUT_QUOTES, Severity.HINT, message, 0, len(parsed.text), typed),)


def _date_hint(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Articles dated to a month or year match every day of it: say how many did."""
    if not _asks_for_dates(parsed.query):
        return ()
    exact = q.Term("precision", "day")
    count = snapshot.search(q.And([parsed.query, q.Not(exact), q.Every("date")]), limit=0).total
    if not count:
        return ()
    message = (
        f"{_articles(count, 'is', 'are')} dated to a month or year only, some day of which may be meant: "
        "add precision:day to leave such out"
    )
    return (Diagnostic(Kind.IMPRECISE_DATES, Severity.HINT, message, 0, len(parsed.text), "precision:day"),)


def _asks_for_dates(query: Any) -> bool:
    parts = children(query)
    return isinstance(query, q.DateRange) if parts is None else any(map(_asks_for_dates, parts))


def _articles(count: int, one: str, many: str) -> str:
    return f"1 article {one}" if count == 1 else f"{count:,} articles {many}"


def _in_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
