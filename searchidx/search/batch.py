"""Answer a list of queries one by one: counts, first and last day, ids; an error stands beside its query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from searchidx.engines.contract import Snapshot
from searchidx.errors import QueryError
from searchidx.query import Parsed
from searchidx.search import searcher
from searchidx.search.aggregator import count_years, first_and_last_day


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answer to one query of a list.

    Attributes:
        query: the query.
        total: how many articles match.
        first: the first day of the earliest dated article; None without one.
        last: the last day of the latest dated article; None without one.
        years: the number of articles of each year with any.
        undated: the number of articles without a date.
        ids: the ids of all articles in document order; None if they were not asked for.
        error: why the query has no answer; "" if it has one. With an error, all counts are 0.
    """

    query: str
    total: int = 0
    first: dt.date | None = None
    last: dt.date | None = None
    years: Mapping[int, int] | None = None
    undated: int = 0
    ids: tuple[str, ...] | None = None
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values; `ids` only if they were asked for."""
        values: dict[str, Any] = {
            "query": self.query,
            "total": self.total,
            "first": None if self.first is None else self.first.isoformat(),
            "last": None if self.last is None else self.last.isoformat(),
            "years": {str(year): count for year, count in (self.years or {}).items()},
            "undated": self.undated,
            "error": self.error,
        }
        if self.ids is not None:
            values["ids"] = list(self.ids)
        return values


def answer(snapshot: Snapshot, parsed: Parsed, with_ids: bool = False) -> BatchAnswer:
    """Answer one query of a list; an invalid query gives an answer with an error."""
    try:
        with searcher.query_tree(parsed) as query:
            days = dict(snapshot.date_histogram(query))
        ids = tuple(searcher.ids(snapshot, parsed)) if with_ids else None
    except QueryError as error:
        return BatchAnswer(parsed.text, error=str(error))
    total = sum(days.values())
    undated = days.pop((0, 0), 0)
    first, last = first_and_last_day(days)
    return BatchAnswer(parsed.text, total, first, last, count_years(days) if days else None, undated, ids)
