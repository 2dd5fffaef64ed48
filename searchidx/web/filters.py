"""The filters beside an answer: values of fields with their counts, each a link to a query of a clause more or less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from searchidx.archive import Archive
from searchidx.query.rewrite import (
    Clause,
    add_clause,
    add_zone,
    parse_clauses,
    remove_clause,
    remove_zone,
    value_clause,
)
from searchidx.web.search_form import Asked

__all__ = ["Filter", "Filters", "filters_of", "set_filters", "ways_out"]

FIELDS = {"source": "Source", "section": "Section", "byline": "Author", "keyword": "Keyword", "language": "Language"}
ZONES = {"headline": "In the headline", "lead": "In headline or lead"}
_WAYS = 8
_SHOWN, _MORE = 6, 40
"""So many values of each field are shown at once, so many when more are asked for."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One value, or a clause that is part of the query.

    Attributes:
        text: the value, or the clause.
        url: where a click leads; empty where no query asks for the value.
        count: how many articles of the answer have it.
        is_set: whether it is part of the query, and the click takes it out.
    """

    text: str
    url: str
    count: int = 0
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """The values of one field.

    Attributes:
        values: those that most articles have.  more: those that come next.
        others: how many there are beside all these.
        missing: how many articles have no value.
    """

    name: str
    values: Sequence[Filter]
    more: Sequence[Filter]
    others: int
    missing: int


def set_filters(asked: Asked) -> list[Filter]:
    """The clauses of the query that are no words to look for, each with the way to be rid of it."""
    return [
        Filter(each.text, asked.with_(q=remove_clause(asked.q, each)).url, is_set=True)
        for each in parse_clauses(asked.q)
        if each.is_filter
    ]


def ways_out(archive: Archive, asked: Asked) -> list[Filter]:
    """Of a query without hits: what it finds without one of its clauses, where that is anything."""
    found = []
    for each in parse_clauses(asked.q)[:_WAYS]:
        wider = remove_clause(asked.q, each)
        if wider and (count := archive.search(wider, limit=0).total):
            found.append(Filter(each.text, asked.with_(q=wider).url, count))
    return found


def filters_of(archive: Archive, asked: Asked) -> list[Filters]:
    """The filters that tell the articles of an answer apart, or are set; `QueryError` as for `search`."""
    having = {each.meaning: each for each in parse_clauses(asked.q)}
    found = [Filters("Where", zones, (), 0, 0)] if (zones := _zones(archive, asked)) else []
    for field, name in FIELDS.items():
        facet = archive.facet(asked.q, field)
        values = [_filter(asked, having, field, each.value, each.count) for each in facet.values[: _SHOWN + _MORE]]
        if len(facet.values) > 1 or (values and facet.missing) or any(each.is_set for each in values):
            others = len(facet.values) - len(values)
            found.append(Filters(name, values[:_SHOWN], values[_SHOWN:], others, facet.missing))
    return found


def _zones(archive: Archive, asked: Asked) -> list[Filter]:
    """In which zones the words could be looked for, if any article has them there, and in which they are."""
    found = []
    for zone, name in ZONES.items():
        everywhere, there = remove_zone(asked.q, zone), add_zone(asked.q, zone)
        if everywhere != asked.q:
            count = archive.search(asked.q, limit=0).total
            found.append(Filter(name, asked.with_(q=everywhere).url, count, is_set=True))
        elif there != asked.q and (count := archive.search(there, limit=0).total):
            found.append(Filter(name, asked.with_(q=there).url, count))
    return found


def _filter(asked: Asked, having: dict[str, Clause], field: str, value: str, count: int) -> Filter:
    clause = _clause(field, value)
    if clause is None:
        return Filter(value, "", count)
    set_as = having.get(clause.meaning)
    text = add_clause(asked.q, clause.text) if set_as is None else remove_clause(asked.q, set_as)
    return Filter(value, asked.with_(q=text).url, count, set_as is not None)


@lru_cache(maxsize=1 << 12)
def _clause(field: str, value: str) -> Clause | None:
    """What asks for a value; most answers have the same ones."""
    text = value_clause(field, value)
    return None if text is None else parse_clauses(text)[0]
