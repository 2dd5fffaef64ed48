"""The page to choose several values of a field, among all that an answer has; a box finds some in a long list."""

from __future__ import annotations

from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.engines.cache import query_cache
from searchidx.folding import fold
from searchidx.languages import language_name
from searchidx.query.rewrite import parse_clauses
from searchidx.web.clause_names import FILTER_FIELDS
from searchidx.web.joined_values import join_values
from searchidx.web.parameters import parse_parameters
from searchidx.web.search_form import VALUES_PARAMETERS, SearchAddress, without_field
from searchidx.web.templating import render_page

MAX_SHOWN = 500
"""Values on the page. The box finds the others."""


class Value(NamedTuple):
    """A value to choose: its spellings, one a line, its name, its number of articles, and whether it is asked for."""

    value: str
    name: str
    articles: int
    is_set: bool


def show_values(request: Request, archive: Archive) -> Response:
    """Return the page for the values of a field."""
    parameters = parse_parameters(request.query_params, VALUES_PARAMETERS)
    search, field, find = SearchAddress.from_values(parameters), parameters["field"] or "source", parameters["find"]
    wider = search.with_(q=without_field(search.q, field) or "*")
    asked = "".join(each.text for each in parse_clauses(search.q) if each.field == field and not each.is_negative)
    with query_cache():
        found, _ = join_values(archive, wider.q, field, archive.facet(wider.q, field).values)
    values = []
    for each in found:
        name = language_name(each.value) if field == "language" else each.value
        if each.clause is not None and fold(find) in fold(name):
            is_set = each.clause.text.strip("()") in asked
            values.append(Value("\n".join(each.spellings), name, each.articles, is_set))
    return render_page(
        "values",
        {
            "search": search,
            "field": field,
            "name": FILTER_FIELDS[field],
            "find": find,
            "values": values[:MAX_SHOWN],
            "others": max(len(values) - MAX_SHOWN, 0),
        },
    )
