"""A parsed query to hits: what an archive answers, page by page, and what a person should know about the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from whoosh import query as q

from searchidx import analysis
from searchidx.dates import DayInterval
from searchidx.engines.base import Snapshot, Sort
from searchidx.engines.matching import children
from searchidx.errors import QueryError
from searchidx.hits import Explanation, Hit, Hits
from searchidx.query import Diagnostic, Kind, Parsed, Severity
from searchidx.query.nodes import operands
from searchidx.query.printing import print_query
from searchidx.schema import Level, level_field
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
    return Hits(found.total, hits, partial(_diagnostics, snapshot, parsed))


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
    """Articles dated to a month or year of which only some days were asked for: say how many matched so."""
    asked = list(_asked_dates(parsed.query))
    if not asked:
        return ()
    vague = q.And([parsed.query, q.Not(q.Term("precision", "day")), q.Every("date")])
    found = snapshot.search(q.ConstantScoreQuery(vague, 0.0), limit=None)
    count = sum(_is_cut(date.days, asked) for doc in found.docs if (date := snapshot.date(doc)) is not None)
    if not count:
        return ()
    message = (
        f"{_articles(count, 'is', 'are')} dated to a month or year only, some day of which may be meant: "
        "add precision:day to leave such out"
    )
    return (Diagnostic(Kind.IMPRECISE_DATES, Severity.HINT, message, 0, len(parsed.text), "precision:day"),)


def _asked_dates(query: Any) -> Iterator[DayInterval]:
    """The days that a query asks for, negations aside."""
    parts = children(query)
    if isinstance(query, q.DateRange):
        start = query.startdate.toordinal() if query.startdate else 1
        yield DayInterval(start, query.enddate.toordinal() if query.enddate else dt.date.max.toordinal() + 1)
    elif parts is not None and not isinstance(query, q.Not):
        for part in parts:
            yield from _asked_dates(part)


def _is_cut(days: DayInterval, asked: Sequence[DayInterval]) -> bool:
    """Whether some of an article's days, and not all, are among those asked for."""
    return any(days.meets(each) and not (each.start <= days.start and days.stop <= each.stop) for each in asked)


def _articles(count: int, one: str, many: str) -> str:
    return f"1 article {one}" if count == 1 else f"{count:,} articles {many}"


def _in_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
