"""The address of a results page: the query and how its answer is displayed. The server keeps no other state.

Filters are clauses of the query. So the date form and the advanced form are ways to write a query: what a person fills
in becomes part of the query text, and the server redirects to the address of that text.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from searchidx.dates import PartialDate, parse_date
from searchidx.query.builder import ZONES, build_query
from searchidx.query.rewrite import add_clause, date_clause, parse_clauses, remove_clauses, set_dates, value_clause
from searchidx.search.orders import ORDERS
from searchidx.web.clause_names import FILTER_FIELDS
from searchidx.web.parameters import Parameter, enum_schema

VIEWS = ("articles", "context", "words", "query")
"""The views of an answer: its articles, its occurrences in context, its typical words, the parsed query."""
NEAR_DUPLICATE_MODES = ("", "together", "apart")
"""Whether near-duplicates are grouped: if the answer is small, always, never."""
KWIC_ORDERS = ("", "left", "right", "date")
"""The orders of occurrences; the first is the order of indexing."""
PAGE_SIZES = ("20", "50", "100")
"""The numbers of articles on a page."""
LAYOUTS = ("", "compact", "split")
"""The list of articles: with passages, headlines only, or beside the article that is read."""

MAX_PLACE = 100_000_000
MAX_CHOSEN = 100
"""Values that can be chosen at once."""

_Q = Parameter("q", "The query.", default="")
ADVANCED_FIELDS = (
    Parameter("every", "Words that must all match."),
    Parameter("phrase", "Words side by side."),
    Parameter("some", "Words of which one must match."),
    Parameter("none", "Words that must not match."),
    Parameter("zone", "The part of the article that the words must be in.", enum_schema("", *ZONES), ""),
)
CHOICE_FIELDS = (
    Parameter("field", "The field whose values were chosen.", enum_schema(*FILTER_FIELDS)),
    Parameter("value", "A chosen value; its spellings, one a line.", is_list=True, max_items=MAX_CHOSEN),
    Parameter(
        "choice", "Whether articles must have one of the values, or none.", enum_schema("only", "without"), "only"
    ),
)
SEARCH_PARAMETERS = (
    _Q,
    Parameter(
        "sort", "The order of the articles; by default best, on a cluster relevance.", enum_schema("", *ORDERS), ""
    ),
    Parameter("page", "The page of the answer.", {"type": "integer", "minimum": 1, "maximum": 1_000_000}, 1),
    Parameter("view", "The view of the answer.", enum_schema(*VIEWS), "articles"),
    Parameter("copies", "Whether near-duplicates are grouped.", enum_schema(*NEAR_DUPLICATE_MODES), ""),
    Parameter("order", "The order of the occurrences.", enum_schema(*KWIC_ORDERS), ""),
    Parameter("size", "The number of articles on a page.", enum_schema(*PAGE_SIZES), PAGE_SIZES[0]),
    Parameter("layout", "Whether the list has headlines only, or is beside the article.", enum_schema(*LAYOUTS), ""),
    Parameter("from", "The first day."),
    Parameter("to", "The last day."),
    *ADVANCED_FIELDS,
    *CHOICE_FIELDS,
)
VALUES_PARAMETERS = (
    *SEARCH_PARAMETERS[:8],
    CHOICE_FIELDS[0],
    Parameter("find", "Part of the values to list.", default=""),
)
"""The address of the answer whose values are listed, the field, and what to look for in the values."""
ARTICLE_PARAMETERS = (
    Parameter("id", "The id of the article.", required=True),
    Parameter("at", "The place of the article in the answer.", {"type": "integer", "minimum": 1, "maximum": MAX_PLACE}),
    *SEARCH_PARAMETERS[:8],
)
"""The article, and the address of the answer that it was opened from."""


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """The address of a results page: the parameters of `SEARCH_PARAMETERS` without those of forms."""

    q: str = ""
    sort: str = ""
    page: int = 1
    view: str = "articles"
    copies: str = ""
    order: str = ""
    size: str = PAGE_SIZES[0]
    layout: str = ""

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> SearchAddress:
        """Take the address from parsed `SEARCH_PARAMETERS`."""
        return cls(**{name: values[name] for name in cls.__slots__})

    def with_(self, **changes: str | int) -> SearchAddress:
        """Return a copy with some parameters changed, on the first page unless `page` is among them."""
        return replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters that differ from their defaults."""
        return {
            name: str(value) for name in self.__slots__ if (value := getattr(self, name)) != getattr(_DEFAULT, name)
        }

    @property
    def url(self) -> str:
        """The URL, relative to the server's root."""
        return f"/?{urlencode(parameters)}" if (parameters := self.parameters) else "/"

    @property
    def page_size(self) -> int:
        """The number of articles on a page."""
        return int(self.size)

    def article_url(self, id: str, at: int = 0) -> str:
        """Return the URL of an article, which leads back to this address; `at` is its place in the answer, from 1."""
        place = f"&at={at}" if at else ""
        return f"/article?{urlencode({'id': id})}{_encode(self)}{place}"

    def values_url(self, field: str, find: str = "") -> str:
        """Return the URL of the page to choose values of a field."""
        return f"/values?{urlencode({**self.with_().parameters, 'field': field, **({'find': find} if find else {})})}"

    def at(self, place: int) -> SearchAddress:
        """Return the address of the page with the article at a place of the answer."""
        return self.with_(page=(place - 1) // self.page_size + 1)


_DEFAULT = SearchAddress()


@lru_cache(maxsize=16)
def _encode(address: SearchAddress) -> str:
    """Return the parameters of an address to append to others. Cached, as a page has many links with the same."""
    return "".join(f"&{urlencode({name: value})}" for name, value in address.parameters.items())


class DateFormError(ValueError):
    """Raised for invalid days in a form; `days` are the texts as filled in."""

    def __init__(self, message: str, days: tuple[str, str]) -> None:
        super().__init__(message)
        self.days = days


def apply_forms(values: Mapping[str, Any]) -> SearchAddress | None:
    """Write the fields of a submitted form into the query; None if no form was submitted.

    Raises `DateFormError`.
    """
    address = SearchAddress.from_values(values)
    clause, has_dates = None, values["from"] is not None or values["to"] is not None
    if has_dates:
        clause = _date_clause(values["from"] or "", values["to"] or "")
    if values["field"] is not None:
        return address.with_(q=choose_values(address.q, values["field"], values["value"], values["choice"]))
    form = {name: values[name] for name in ("every", "phrase", "some", "none")}
    if any(each is not None for each in form.values()):
        query = build_query(
            zone=values["zone"], dates=clause or "", **{name: text or "" for name, text in form.items()}
        )
        return address.with_(q=query)
    return address.with_(q=set_dates(address.q, clause)) if has_dates else None


def without_field(query: str, field: str) -> str:
    """Return the query without its clauses that ask for values of a field; those that exclude values stay."""
    while clauses := [each for each in parse_clauses(query) if each.field == field and not each.is_negative]:
        query = remove_clauses(query, clauses)
    return query


def choose_values(query: str, field: str, values: Sequence[str], choice: str) -> str:
    """Return the query restricted to articles with one of these values of a field, or to those with none of them.

    A value may have several spellings, one a line.
    """
    spellings = dict.fromkeys(line for value in values for line in value.splitlines())
    clauses = [clause for each in spellings if (clause := value_clause(field, each)) is not None]
    if choice == "without":
        for clause in clauses:
            query = add_clause(query, f"-{clause}")
        return query or "*"
    query = without_field(query, field)
    if not clauses:
        return query or "*"
    return add_clause(query, clauses[0] if len(clauses) == 1 else f"({' OR '.join(clauses)})")


def _date_clause(first: str, last: str) -> str | None:
    """Return the clause for days from `first` to `last`, either of which may be blank; None if both are."""
    days = (first, last)
    try:
        begin, end = (parse_date(text) if text.strip() else None for text in days)
    except ValueError as error:
        raise DateFormError(f"{error}", days) from None
    if begin is None and end is None:
        return None
    start = None if begin is None else dt.date.fromordinal(begin.days.start)
    stop = None if end is None else _last_day(end)
    if start is not None and stop is not None and start > stop:
        raise DateFormError("the first day is after the last day", days)
    return date_clause(start, stop)


def _last_day(date: PartialDate) -> dt.date:
    month = date.month or 12
    return dt.date(date.year, month, date.day or calendar.monthrange(date.year, month)[1])
