"""The filters of a results page: field values with counts, each a link that adds or removes a clause of the query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from searchidx.archive import Archive
from searchidx.languages import language_name
from searchidx.query.rewrite import (
    Clause,
    add_clause,
    add_zone,
    parse_clauses,
    remove_clauses,
    remove_zone,
    set_dates,
)
from searchidx.web.clause_names import FILTER_FIELDS, clause_name
from searchidx.web.joined_values import JoinedValue, join_values
from searchidx.web.search_form import SearchAddress

ZONE_NAMES = {"headline": "In the headline", "lead": "In headline or lead"}
MAX_ACTIVE = 40
"""Maximum number of filters of the query with a link each; each link repeats the query."""
MAX_RELAXED = 8
"""Maximum number of clauses to leave out in turn."""
_PRESETS = {
    "Today": "date:today",
    "Last 7 days": 'date:"last 7 days"',
    "Last 30 days": 'date:"last 30 days"',
    "This year": 'date:"this year"',
    "Last year": 'date:"last year"',
}
_TOP_VALUES, _MORE_VALUES = 6, 40
"""Number of values of a field that are shown at once, and behind "more"."""


@dataclass(frozen=True, slots=True)
class FilterLink:
    """A link that adds a clause to the query or removes it.

    Attributes:
        text: the value, or the clause in plain words or as typed; of a language its English name.
        url: the address of the changed query; empty if no query can ask for the value.
        count: the number of hits with this value, or of hits of the changed query.
        is_set: whether the query has the clause, so that the link removes it.
        language: the tag of a language, which the page's script names in the reader's tongue; else empty.
        exclude_url: the address of the query without the articles that have the value; empty if there is none.
        is_code: whether the text is a clause as typed.
    """

    text: str
    url: str
    count: int = 0
    is_set: bool = False
    language: str = ""
    exclude_url: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """The values of one field.

    Attributes:
        values: the most frequent values.
        more: the next most frequent ones.
        others: the number of further values.
        missing: the number of hits without a value.
        choose_url: the address of the page to choose several values; empty if there is nothing to choose.
    """

    name: str
    values: Sequence[FilterLink]
    more: Sequence[FilterLink]
    others: int
    missing: int
    choose_url: str = ""


def active_filters(address: SearchAddress) -> tuple[list[FilterLink], int]:
    """Return the first filter clauses of the query, each with a link that removes it, and the number of the others."""
    filters = [each for each in parse_clauses(address.q) if each.is_filter]
    links = [
        FilterLink(
            clause_name(each) or each.text,
            address.with_(q=remove_clauses(address.q, [each])).url,
            is_set=True,
            is_code=not clause_name(each),
        )
        for each in filters[:MAX_ACTIVE]
    ]
    return links, len(filters) - len(links)


def relaxed_searches(archive: Archive, address: SearchAddress) -> list[FilterLink]:
    """Return the clauses without which a query has hits, each with that query."""
    links = []
    for each in parse_clauses(address.q)[:MAX_RELAXED]:
        wider = remove_clauses(address.q, [each])
        if wider and (count := archive.search(wider, limit=0).total):
            links.append(FilterLink(each.text, address.with_(q=wider).url, count))
    return links


def filter_groups(archive: Archive, address: SearchAddress) -> list[FilterGroup]:
    """Return the filters that divide the hits, and those that are set; `QueryError` as for `search`."""
    clauses = parse_clauses(address.q)
    present = {each.meaning: each for each in clauses}
    asked = {each.field for each in clauses if not each.is_negative}
    groups = [FilterGroup("Where", zones, (), 0, 0)] if (zones := _zone_links(archive, address)) else []
    for field, name in FILTER_FIELDS.items():
        facet = archive.facet(address.q, field)
        values, count = join_values(archive, address.q, field, facet.values, _TOP_VALUES + _MORE_VALUES)
        links = [_value_link(address, present, field, each) for each in values]
        if count > 1 or (links and facet.missing) or field in asked:
            others = count - len(links)
            choose_url = address.values_url(field) if count > 1 or field in asked else ""
            top, more = links[:_TOP_VALUES], links[_TOP_VALUES:]
            groups.append(FilterGroup(name, top, more, others, facet.missing, choose_url))
    return groups


def date_presets(archive: Archive, address: SearchAddress) -> list[FilterLink]:
    """Return links to recent periods in which the query has hits."""
    if not archive.search(f"since:{dt.date.today().year - 1}", limit=0).total:
        return []
    links = []
    for name, clause in _PRESETS.items():
        query = set_dates(address.q, clause)
        is_set = query == address.q
        if count := archive.search(query, limit=0).total:
            target = set_dates(address.q, None) if is_set else query
            links.append(FilterLink(name, address.with_(q=target or "*").url, count, is_set=is_set))
    return links


def _zone_links(archive: Archive, address: SearchAddress) -> list[FilterLink]:
    """Return links that restrict the words of the query to a zone, if that has hits, or lift the restriction."""
    links = []
    for zone, name in ZONE_NAMES.items():
        anywhere, in_zone = remove_zone(address.q, zone), add_zone(address.q, zone)
        if anywhere != address.q:
            count = archive.search(address.q, limit=0).total
            links.append(FilterLink(name, address.with_(q=anywhere).url, count, is_set=True))
        elif in_zone != address.q and (count := archive.search(in_zone, limit=0).total):
            links.append(FilterLink(name, address.with_(q=in_zone).url, count))
    return links


def _value_link(address: SearchAddress, present: dict[str, Clause], field: str, joined: JoinedValue) -> FilterLink:
    clause, count = joined.clause, joined.articles
    language = joined.value if field == "language" else ""
    text = language_name(language) if language else joined.value
    if clause is None:
        return FilterLink(text, "", count, language=language)
    existing = present.get(clause.meaning)
    query = add_clause(address.q, clause.text) if existing is None else remove_clauses(address.q, [existing])
    exclude = "" if existing else address.with_(q=add_clause(address.q, f"-{clause.text}")).url
    return FilterLink(text, address.with_(q=query).url, count, existing is not None, language, exclude)
