"""The pages: search and results, an article, help. They work without scripts.

A handler gathers plain values, and a template lays them out. An invalid query is reported on the results page; any
other problem gets a page of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.engines.cache import query_cache
from searchidx.engines.results import Sort
from searchidx.errors import QueryError
from searchidx.query import Diagnostic, Kind
from searchidx.query.rewrite import add_clause, date_bounds, parse_clauses, remove_clauses, set_dates
from searchidx.render.terminal import pluralize
from searchidx.schema import FIELDS
from searchidx.search.hits import KwicLine
from searchidx.web.answer_rows import find_rows
from searchidx.web.api import MAX_SORTED_LINES, count_occurrences
from searchidx.web.article_page import show_article
from searchidx.web.changes_page import show_changes
from searchidx.web.charts import timeline_chart
from searchidx.web.compare_page import show_comparison
from searchidx.web.endpoint import create_endpoint
from searchidx.web.examples import example_queries
from searchidx.web.filters import active_filters, date_presets, filter_groups, relaxed_searches
from searchidx.web.links import Link, download_url, export_url
from searchidx.web.operation import PREFIX
from searchidx.web.parameters import parse_parameters
from searchidx.web.problems import Problem, problem_from_error
from searchidx.web.query_lists import list_page
from searchidx.web.search_form import (
    ADVANCED_FIELDS,
    PAGE_SIZES,
    SEARCH_PARAMETERS,
    VIEWS,
    DateFormError,
    SearchAddress,
    apply_forms,
)
from searchidx.web.templating import render_page
from searchidx.web.values_page import show_values
from searchidx.web.workspace_values import alert_news, workspace_values

LINES_PER_PAGE = 50
CONTEXT_WIDTH = 80
"""Characters on either side of an occurrence."""
MAX_SORTED_HITS = 5_000
"""Hits whose occurrences are sorted, up to `MAX_SORTED_LINES` occurrences; beyond, they keep the order of indexing."""
MAX_OFFSET = 20_000
"""Occurrences that can be paged through: each page finds those before it again."""
NEWEST_SHOWN = 6
EXPORT_NAMES = {
    "csv": "CSV",
    "txt": "Text",
    "ris": "RIS",
    "bibtex": "BibTeX",
    "csl-json": "CSL-JSON",
    "jsonl": "JSON Lines",
}
TABLE_NAMES = {
    "hits": "Snippets, CSV",
    "kwic": "Occurrences, CSV",
    "timeline": "Timeline, CSV",
    "terms": "Words, CSV",
}
_SORT_NAMES = {
    "best": "Best match",
    "relevance": "Relevance",
    "fresh": "Relevant and recent",
    "newest": "Newest",
    "oldest": "Oldest",
    "headline": "Headline",
}
_ORDER_NAMES = {"": "As added", "left": "Text before", "right": "Text after", "date": "Date"}

_YEAR = re.compile(r"1[5-9]\d\d|20\d\d", re.ASCII)

Values = dict[str, Any]
"""The variables of a template."""


@dataclass(frozen=True, slots=True)
class Note:
    """A diagnostic for a template: the message, the query around its place, and a link to the suggested query."""

    message: str
    before: str
    place: str
    after: str
    suggestion: Link | None


def _search(request: Request, archive: Archive) -> Response:
    parameters = parse_parameters(request.query_params, SEARCH_PARAMETERS)
    search, date_error = SearchAddress.from_values(parameters), None
    try:
        if (target := apply_forms(parameters)) is not None:
            return RedirectResponse(target.url, 303)
    except DateFormError as error:
        date_error = error
    values: Values = {
        "search": search,
        "dates": _dates(search.q, date_error),
        "date_error": date_error,
        "workspace": workspace_values(request, archive),
    }
    if not search.q.strip():
        form = {each.name: parameters[each.name] or "" for each in ADVANCED_FIELDS}
        values["is_form_open"] = date_error is not None or any(form.values())
        with query_cache():
            return render_page("home", values | {"form": form} | _home(archive, search))
    try:
        with query_cache():
            values |= _results(archive, search)
    except QueryError as error:
        status = problem_from_error(error).status
        errors = [_note(search, each) for each in error.diagnostics if each.is_error]
        return render_page("errors", values | {"errors": errors, "is_too_costly": status == 422}, status)
    return render_page("results", values)


def _dates(query: str, error: DateFormError | None) -> dict[str, str]:
    """Return the days for the date form: those of the query, or the invalid ones that were filled in."""
    first, last = error.days if error is not None else date_bounds(query)
    return {"first": str(first or ""), "last": str(last or "")}


def _home(archive: Archive, search: SearchAddress) -> Values:
    all_articles = search.with_(q="*")
    stats = archive.stats()
    newest = archive.search("date:*", limit=NEWEST_SHOWN, sort=Sort.NEWEST)
    return {
        "stats": stats,
        "examples": example_queries(archive, [hit.headline for hit in newest], stats.last),
        "chart": timeline_chart(archive, "*"),
        "filters": filter_groups(archive, all_articles),
        "newest": newest,
        "alerts": alert_news(archive),
        "all_articles": all_articles.with_(sort="newest").url,
    }


# -- results -------------------------------------------------------------------------------------------------------


def _results(archive: Archive, search: SearchAddress) -> Values:
    """Gather what all views of an answer show, and what the chosen view shows."""
    hits = archive.search(search.q, limit=0)
    active, others = active_filters(search)
    view = _VIEWS[search.view](archive, search, hits.total)
    return {
        "total": hits.total,
        "corpus": len(archive),
        "hints": [*_offer_years(archive, search), *(_note(search, each) for each in hits.diagnostics)],
        "active_filters": active,
        "other_active_filters": others,
        "relaxed_searches": [] if hits.total else relaxed_searches(archive, search),
        "any_date": set_dates(search.q, None),
        "filters": filter_groups(archive, search),
        "presets": date_presets(archive, search),
        "chart": timeline_chart(archive, search.q),
        "views": [Link(text, search.with_(view=name).url, name == search.view) for name, text in _VIEW_NAMES.items()],
        "downloads": _downloads(search, archive.page_order),
        "feeds": [Link(name, f"/feed.{name.lower()}?{urlencode({'q': search.q})}") for name in ("Atom", "RSS")],
        "json_url": download_url("search", q=search.q, sort=search.sort or archive.page_order),
        **view,
    }


def _downloads(search: SearchAddress, page_order: str) -> dict[str, list[Link]]:
    """Return links to all hits as files, in the order of the page: articles in the export formats, and tables."""
    sort = search.sort or page_order
    orders = {"hits": {"sort": sort}, "kwic": {"sort": search.order} if search.order else {}}
    return {
        "Whole articles": [Link(name, export_url(search.q, format, sort)) for format, name in EXPORT_NAMES.items()],
        "Tables": [
            Link(name, download_url(path, q=search.q, format="csv", bom="true", **orders.get(path, {})))
            for path, name in TABLE_NAMES.items()
        ],
    }


def _articles_view(archive: Archive, search: SearchAddress, total: int) -> Values:
    offset = (search.page - 1) * search.page_size
    rows = find_rows(archive, search, total, offset, search.page_size)
    last = max(-(-rows.total // search.page_size), 1)
    sort = search.sort or archive.page_order
    is_compact = search.layout == "compact"
    return {
        "groups": rows.groups,
        "labels": archive.workspace.labels.of(hits[0].id for hits in rows.groups),
        "rows": rows.total,
        "first": offset + 1,
        "is_grouped": rows.is_grouped,
        "is_compact": is_compact,
        "toggle_groups": search.with_(copies="apart" if rows.is_grouped else "together").url,
        "sorts": [Link(text, search.with_(sort=each).url, each == sort) for each, text in _SORT_NAMES.items()],
        "sizes": [Link(each, search.with_(size=each).url, each == search.size) for each in PAGE_SIZES],
        "layouts": [
            Link("Passages", search.with_(layout="").url, not is_compact),
            Link("Headlines only", search.with_(layout="compact").url, is_compact),
        ],
        "split": search.with_(layout="split").article_url(rows.groups[0][0].id, offset + 1) if rows.groups else "",
        "pages": _page_links(search, last),
        "last": last,
    }


def _page_links(search: SearchAddress, last: int) -> list[Link]:
    """Return links to the first page, the last and those around this one; an ellipsis has no URL."""
    numbers = sorted({1, last, *range(max(search.page - 2, 1), min(search.page + 2, last) + 1)})
    links: list[Link] = []
    for before, number in zip([0, *numbers], numbers):
        if number > before + 1:
            links.append(Link("…", ""))
        links.append(Link(f"{number:,}", search.with_(page=number).url, number == search.page))
    return links


def _context_view(archive: Archive, search: SearchAddress, total: int) -> Values:
    can_sort = total <= MAX_SORTED_HITS and (
        not search.order or count_occurrences(archive, search.q) <= MAX_SORTED_LINES
    )
    offset = (search.page - 1) * LINES_PER_PAGE
    if offset >= MAX_OFFSET:
        detail = f"this page shows the first {MAX_OFFSET:,} occurrences: download them as CSV to have all"
        raise Problem(422, "too-much-work", detail)
    order = search.order if can_sort else ""
    found = archive.kwic(search.q, width=CONTEXT_WIDTH, sort=order or None)
    lines = list(islice(found, offset, offset + LINES_PER_PAGE + 1))  # one more, to know whether a page follows
    has_next = len(lines) > LINES_PER_PAGE and offset + LINES_PER_PAGE < MAX_OFFSET
    return {
        "lines": [_without_cut_words(line) for line in lines[:LINES_PER_PAGE]],
        "first": offset + 1,
        "can_sort": can_sort,
        "orders": [Link(text, search.with_(order=each).url, each == order) for each, text in _ORDER_NAMES.items()],
        "previous": search.with_(page=search.page - 1).url if search.page > 1 else "",
        "next": search.with_(page=search.page + 1).url if has_next else "",
    }


def _without_cut_words(line: KwicLine) -> KwicLine:
    """Drop the words that the width has cut on either side, unless the text has no spaces."""
    left = line.left.partition(" ")[2] if len(line.left) == CONTEXT_WIDTH else ""
    right = line.right.rpartition(" ")[0] if len(line.right) == CONTEXT_WIDTH else ""
    return line._replace(left=left or line.left, right=right or line.right)


def _words_view(archive: Archive, search: SearchAddress, total: int) -> Values:
    words = archive.terms(search.q, limit=25)
    return {
        "words": words,
        "lists": {
            name: [(each, search.with_(q=add_clause(search.q, _as_query(each.word)), view="articles").url)
                   for each in listed]
            for name, listed in (("distinctive", words.distinctive), ("frequent", words.frequent))
        },
    }  # fmt: skip


def _as_query(word: str) -> str:
    """Return a query for a word of an article, even if it is spelt like an operator."""
    return word.lower() if word in ("AND", "OR", "NOT") else word


def _query_view(archive: Archive, search: SearchAddress, total: int) -> Values:
    return {"explanation": archive.explain(search.q)}


_VIEWS = dict(zip(VIEWS, (_articles_view, _context_view, _words_view, _query_view), strict=True))
_VIEW_NAMES = dict(zip(VIEWS, ("Articles", "In context", "Words", "Query"), strict=True))


def _offer_years(archive: Archive, search: SearchAddress) -> list[Note]:
    """Return an offer to search in a year that was typed as a word, if that has hits and no date is set."""
    clauses = parse_clauses(search.q)
    years = [each for each in clauses if each.field == "text" and not each.is_negative and _YEAR.fullmatch(each.text)]
    if len(years) != 1 or len(clauses) == 1 or any(each.field == "date" for each in clauses):
        return []
    year = years[0]
    query = add_clause(remove_clauses(search.q, [year]), f"date:{year.text}")
    if not (count := archive.search(query, limit=0).total):
        return []
    link = Link(query, search.with_(q=query).url)
    found = f"{pluralize(count, 'article')} of that year {'has' if count == 1 else 'have'} the rest"
    message = f"{year.text} is searched as a word; {found}"
    return [Note(message, search.q[: year.start], year.text, search.q[year.end :], link)]


def _note(search: SearchAddress, diagnostic: Diagnostic) -> Note:
    query, start, end = search.q, diagnostic.start, diagnostic.end
    link = None
    if diagnostic.suggestion is not None:
        if diagnostic.kind is Kind.IMPRECISE_DATES:
            suggested = add_clause(query, diagnostic.suggestion)
        else:
            suggested = query[:start] + diagnostic.suggestion + query[end:]
        link = Link(suggested, search.with_(q=suggested).url)
    message = diagnostic.message
    if diagnostic.kind is Kind.PHRASE_WITHOUT_QUOTES:
        message = message.partition(":")[0]  # the rest is about quotes in a shell
    return Note(message, query[:start], query[start:end], query[end:], link)


# -- help and errors -------------------------------------------------------------------------------------------------


def _help(request: Request, archive: Archive) -> Response:
    parse_parameters(request.query_params, ())
    fields = [field for field in FIELDS.values() if field.name != "text"]
    return render_page("help", {"search": SearchAddress(), "fields": fields})


async def respond_to_error(request: Request, error: Exception) -> Response:
    """Report an error as a page if a browser asked for one, else as a problem document."""
    problem = problem_from_error(error)
    if not _wants_page(request):
        return problem.response()
    search = SearchAddress(q=request.query_params.get("q", ""))
    response = render_page("problem", {"search": search, "problem": problem}, problem.status)
    response.headers.update({"Cache-Control": "no-store", **problem.headers})
    return response


def respond_to_rejection(request: Request, problem: Problem) -> Response:
    """Report a request that must not be answered. Its page has no links: they would be rejected, too."""
    if not _wants_page(request):
        return problem.response()
    response = render_page(
        "rejection", {"problem": problem, "title": HTTPStatus(problem.status).phrase}, problem.status
    )
    response.headers.update({"Cache-Control": "no-store", **problem.headers})
    return response


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith(PREFIX) and "text/html" in request.headers.get("accept", "")


def routes() -> list[Route]:
    """Return the routes of the pages."""
    handlers = {
        "/": _search,
        "/article": show_article,
        "/values": show_values,
        "/changes": show_changes,
        "/compare": show_comparison,
        "/help": _help,
    }
    return [
        *(Route(path, create_endpoint(handler), methods=["GET"]) for path, handler in handlers.items()),
        Route("/list", create_endpoint(list_page), methods=["GET", "POST"]),
    ]
