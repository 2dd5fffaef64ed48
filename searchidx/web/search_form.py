"""What the address of a page of answers holds: the query, and how its answer is looked at. Nothing else is kept.

Filters are clauses of the query. So a form of dates, or one of several fields, is nothing but another way to write one:
what is filled in becomes part of the text, and the address is that of the text.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from searchidx.dates import PartialDate, parse_date
from searchidx.engines.contract import Sort
from searchidx.query.builder import ZONES, build_query
from searchidx.query.rewrite import date_clause, set_dates
from searchidx.web.parameters import Parameter, one_of

__all__ = ["ARTICLE", "FORM", "SEARCH", "Asked", "BadDates", "asked_of", "rewritten"]

VIEWS = ("articles", "context", "words", "query")
"""The answer as articles, as words in context, as words that are typical of it; or what was understood."""
COPIES = ("", "together", "apart")
"""Whether near-duplicates stand together: where that takes no time, always, never."""
ORDERS = ("", "left", "right", "date")


_Q = Parameter("q", "the query", default="")
_DATES = (Parameter("from", "the first day"), Parameter("to", "the last day"))
FORM = (
    Parameter("every", "words that all have to match"),
    Parameter("phrase", "words side by side"),
    Parameter("some", "words one of which has to match"),
    Parameter("none", "words that may not match"),
    Parameter("zone", "where the words have to stand", one_of("", *ZONES), ""),
)
SEARCH = (
    _Q,
    Parameter("sort", "which articles come first", one_of(*(each.value for each in Sort)), "relevance"),
    Parameter("page", "which page of the answer", {"type": "integer", "minimum": 1, "maximum": 1_000_000}, 1),
    Parameter("view", "how the answer is looked at", one_of(*VIEWS), "articles"),
    Parameter("copies", "whether near-duplicates stand together", one_of(*COPIES), ""),
    Parameter("order", "which occurrences come first", one_of(*ORDERS), ""),
    *_DATES,
    *FORM,
)
ARTICLE = (Parameter("id", "of the article", required=True), _Q)


@dataclass(frozen=True, slots=True)
class Asked:
    """An address of a page of answers: the parameters of `SEARCH` that are no form's."""

    q: str = ""
    sort: str = "relevance"
    page: int = 1
    view: str = "articles"
    copies: str = ""
    order: str = ""

    def with_(self, **changes: Any) -> Asked:
        """The same with some parts changed; the first page, unless that is what changes."""
        return replace(self, **{"page": 1, **changes})

    @property
    def parts(self) -> dict[str, str]:
        """What the address says, by name: what is not as it would be anyway."""
        return {name: str(value) for name in self.__slots__ if (value := getattr(self, name)) != getattr(_BARE, name)}

    @property
    def url(self) -> str:
        """Where it is, from the root of the server."""
        return f"/?{urlencode(self.parts)}" if self.parts else "/"


_BARE = Asked()


class BadDates(ValueError):
    """Days that were filled in and cannot be meant; `days` as they were."""

    def __init__(self, message: str, days: tuple[str, str]) -> None:
        super().__init__(message)
        self.days = days


def asked_of(values: Mapping[str, Any]) -> Asked:
    """What the parameters of `SEARCH` ask for, forms aside."""
    return Asked(**{name: values[name] for name in Asked.__slots__})


def rewritten(values: Mapping[str, Any]) -> Asked | None:
    """What is asked for where a form was filled in: the query with what that says in it; None where none was.

    Raises `BadDates`.
    """
    asked = asked_of(values)
    clause, dated = None, values["from"] is not None or values["to"] is not None
    if dated:
        clause = _clause(values["from"] or "", values["to"] or "")
    form = {name: values[name] for name in ("every", "phrase", "some", "none")}
    if any(each is not None for each in form.values()):
        text = build_query(zone=values["zone"], dates=clause or "", **{name: text or "" for name, text in form.items()})
        return asked.with_(q=text)
    return asked.with_(q=set_dates(asked.q, clause)) if dated else None


def _clause(first: str, last: str) -> str | None:
    """The days from one to another, either of which may be open, as a clause; None where both are."""
    days = (first, last)
    try:
        begin, end = (parse_date(text) if text.strip() else None for text in days)
    except ValueError as error:
        raise BadDates(f"{error}", days) from None
    if begin is None and end is None:
        return None
    start = None if begin is None else dt.date.fromordinal(begin.days.start)
    stop = None if end is None else _last_day(end)
    if start is not None and stop is not None and start > stop:
        raise BadDates("the first day comes after the last", days)
    return date_clause(start, stop)


def _last_day(date: PartialDate) -> dt.date:
    month = date.month or 12
    return dt.date(date.year, month, date.day or calendar.monthrange(date.year, month)[1])
