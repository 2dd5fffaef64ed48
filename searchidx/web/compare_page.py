"""The page that compares queries over time, or the sources of one query: a row of bars each, to one scale."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.engines.cache import query_cache
from searchidx.errors import QueryError
from searchidx.query.rewrite import add_clause
from searchidx.web.charts import Chart, comparison_charts
from searchidx.web.joined_values import join_values
from searchidx.web.links import Link
from searchidx.web.parameters import Parameter, enum_schema, parse_parameters
from searchidx.web.problems import problem_from_error
from searchidx.web.search_form import SearchAddress
from searchidx.web.templating import render_page

MAX_QUERIES = 3
MAX_SOURCES = 6
_PARAMETERS = (
    Parameter("q", "A query; several are compared.", is_list=True, max_items=MAX_QUERIES),
    Parameter("measure", "Count articles, or per 1,000 articles of the time.", enum_schema("count", "share"), "count"),
    Parameter("split", "Compare the sources of the first query.", enum_schema("", "source"), ""),
)


class Row(NamedTuple):
    """A row of bars: its name, its search, its total and its chart."""

    name: str
    search: SearchAddress
    total: int
    chart: Chart


def show_comparison(request: Request, archive: Archive) -> Response:
    """Return the page that compares queries."""
    parameters = parse_parameters(request.query_params, _PARAMETERS)
    queries = [each for each in parameters["q"] if each.strip()]
    measure, split = parameters["measure"], parameters["split"]
    error = ""
    rows: list[Row] = []
    status = 200
    try:
        with query_cache():
            named = _sources(archive, queries[0]) if split and queries else [(each, each) for each in queries]
            if named:
                charts = comparison_charts(archive, [query for _, query in named], measure == "share")
                rows = [
                    Row(name, SearchAddress(q=query), archive.search(query, limit=0).total, chart)
                    for (name, query), chart in zip(named, charts, strict=True)
                ]
    except QueryError as problem:
        error, status = f"{problem.query}: {problem}", problem_from_error(problem).status
    address = [("q", each) for each in queries]
    return render_page(
        "compare",
        {
            "search": SearchAddress(q=queries[0] if queries else ""),
            "queries": [*queries, *[""] * (MAX_QUERIES - len(queries))],
            "rows": rows,
            "is_share": measure == "share",
            "split": split,
            "error": error,
            "measures": [
                Link(text, _url(address, each, split), each == measure)
                for each, text in (("count", "Articles"), ("share", "Per 1,000 articles"))
            ],
            "by_source": _url(address[:1], measure, "source") if queries and not split else "",
        },
        status,
    )


def _sources(archive: Archive, query: str) -> list[tuple[str, str]]:
    """Return (name, query) of the most frequent sources of an answer."""
    values, _ = join_values(archive, query, "source", archive.facet(query, "source").values, MAX_SOURCES)
    return [(each.value, add_clause(query, each.clause.text)) for each in values if each.clause is not None]


def _url(address: list[tuple[str, str]], measure: str, split: str) -> str:
    options = [
        (name, value)
        for name, value, default in (("measure", measure, "count"), ("split", split, ""))
        if value != default
    ]
    return f"/compare?{urlencode([*address, *options])}"
