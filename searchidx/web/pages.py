"""The pages: search and results, an article, help. They work without scripts.

A handler gathers plain values, and a template lays them out. An invalid query is reported on the results page; any
other problem gets a page of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.engines.cache import query_cache
from searchidx.engines.results import Sort
from searchidx.errors import QueryError
from searchidx.export.export_formats import export_lines
from searchidx.query import Diagnostic, Kind
from searchidx.query.rewrite import add_clause, date_bounds, parse_clauses, set_dates, value_clause
from searchidx.render.citation import format_citation
from searchidx.schema import FIELDS
from searchidx.search.hits import KwicLine, Snippet
from searchidx.web.api import MAX_SORTED_LINES, count_occurrences
from searchidx.web.charts import timeline_chart
from searchidx.web.endpoint import create_endpoint
from searchidx.web.examples import example_queries
from searchidx.web.filters import active_filters, filter_groups, relaxed_searches
from searchidx.web.operation import PREFIX
from searchidx.web.parameters import parse_parameters
from searchidx.web.problems import Problem, problem_from_error
from searchidx.web.search_form import (
    ADVANCED_FIELDS,
    ARTICLE_PARAMETERS,
    SEARCH_PARAMETERS,
    VIEWS,
    DateFormError,
    SearchAddress,
    apply_forms,
)
from searchidx.web.templating import paragraphs, render_page

ARTICLES_PER_PAGE, LINES_PER_PAGE = 20, 50
CONTEXT_WIDTH = 80
"""Characters on either side of an occurrence."""
MAX_GROUPED = 2_000
"""Hits among which near-duplicates are grouped without being asked; grouping more takes noticeable time."""
MAX_SORTED_HITS = 5_000
"""Hits whose occurrences are sorted, up to `MAX_SORTED_LINES` occurrences; beyond, they keep the order of indexing."""
MAX_OFFSET = 20_000
"""Occurrences that can be paged through: each page finds those before it again."""
NEWEST_SHOWN = 6
MAX_SIMILAR = 6
VERSION_THRESHOLD = 0.6
"""Minimum similarity of the bodies of two versions of an article; lower than for near-duplicates in results."""
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

Values = dict[str, Any]
"""The variables of a template."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link; `is_current` if it leads to the page it is on."""

    text: str
    url: str
    is_current: bool = False


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
    values: Values = {"search": search, "dates": _dates(search.q, date_error), "date_error": date_error}
    if not search.q.strip():
        form = {each.name: parameters[each.name] or "" for each in ADVANCED_FIELDS}
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
        "all_articles": all_articles.with_(sort="newest").url,
    }


# -- results -------------------------------------------------------------------------------------------------------


def _results(archive: Archive, search: SearchAddress) -> Values:
    """Gather what all views of an answer show, and what the chosen view shows."""
    hits = archive.search(search.q, limit=0)
    view = _VIEWS[search.view](archive, search, hits.total)
    return {
        "total": hits.total,
        "corpus": len(archive),
        "hints": [_note(search, each) for each in hits.diagnostics],
        "active_filters": active_filters(search),
        "relaxed_searches": [] if hits.total else relaxed_searches(archive, search),
        "any_date": set_dates(search.q, None),
        "filters": filter_groups(archive, search),
        "chart": timeline_chart(archive, search.q),
        "views": [Link(text, search.with_(view=name).url, name == search.view) for name, text in _VIEW_NAMES.items()],
        "downloads": _downloads(search, archive.page_order),
        "feeds": [Link(name, f"/feed.{name.lower()}?{urlencode({'q': search.q})}") for name in ("Atom", "RSS")],
        **view,
    }


def _downloads(search: SearchAddress, page_order: str) -> dict[str, list[Link]]:
    """Return links to all hits as files, in the order of the page: articles in the export formats, and tables."""
    sort = search.sort or page_order
    orders = {"hits": {"sort": sort}, "kwic": {"sort": search.order} if search.order else {}}
    return {
        "Whole articles": [Link(name, _export_url(search.q, format, sort)) for format, name in EXPORT_NAMES.items()],
        "Tables": [
            Link(name, _download_url(path, q=search.q, format="csv", bom="true", **orders.get(path, {})))
            for path, name in TABLE_NAMES.items()
        ],
    }


def _export_url(query: str, format: str, sort: str = "") -> str:
    marks = {"bom": "true"} if format == "csv" else {}
    return _download_url("export", q=query, format=format, **({"sort": sort} if sort else {}), **marks)


def _download_url(operation: str, **parameters: str) -> str:
    return f"{PREFIX}/{operation}?{urlencode(parameters)}"


def _articles_view(archive: Archive, search: SearchAddress, total: int) -> Values:
    is_grouped = search.copies == "together" or (not search.copies and total <= MAX_GROUPED)
    offset = (search.page - 1) * ARTICLES_PER_PAGE
    sort = search.sort or archive.page_order
    if is_grouped:
        grouped = archive.groups(search.q, limit=ARTICLES_PER_PAGE, offset=offset, sort=sort)
        groups, rows = [group.hits for group in grouped], grouped.distinct
    else:
        hits = archive.search(search.q, limit=ARTICLES_PER_PAGE, offset=offset, sort=sort)
        groups, rows = [(hit,) for hit in hits], total
    last = max(-(-rows // ARTICLES_PER_PAGE), 1)
    return {
        "groups": groups,
        "labels": archive.workspace.labels.of(hits[0].id for hits in groups),
        "rows": rows,
        "first": offset + 1,
        "is_grouped": is_grouped,
        "toggle_groups": search.with_(copies="apart" if is_grouped else "together").url,
        "sorts": [Link(text, search.with_(sort=each).url, each == sort) for each, text in _SORT_NAMES.items()],
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


# -- article and help ----------------------------------------------------------------------------------------------


def _article(request: Request, archive: Archive) -> Response:
    parameters = parse_parameters(request.query_params, ARTICLE_PARAMETERS)
    id, query = parameters["id"], parameters["q"]
    article = archive.get(id)
    if article is None:
        detail = f"there is no article {id[:200]!r} in this archive; it may have been removed"
        raise Problem(404, "unknown-id", detail, id=id)
    headline, body, is_invalid = Snippet(article.headline), Snippet(article.body), False
    if query.strip():
        try:
            headline, body = archive.marked(id, query)
        except QueryError:
            is_invalid = True
    versions = archive.versions(id, VERSION_THRESHOLD)
    version_ids = {hit.id for hit in versions}
    similar = [hit for hit in archive.similar(id, limit=MAX_SIMILAR + len(version_ids)) if hit.id not in version_ids]
    id_clause = value_clause("id", id)
    fields = {
        "source": article.source,
        "section": article.section,
        "edition": article.edition,
        "byline": article.byline,
    }
    return render_page(
        "article",
        {
            "search": SearchAddress.from_values(parameters),
            "article": article,
            "headline": headline,
            "paragraphs": paragraphs(body),
            "matches": len(body.spans),
            "is_invalid_query": is_invalid,
            "has_words": any(
                not (each.is_filter or each.is_negative or each.text == "*") for each in parse_clauses(query)
            ),
            "fields": {name: _value_link(name, value) for name, value in fields.items() if value},
            "keywords": [_value_link("keyword", each) for each in article.keywords],
            "provenance": _provenance(article),
            "versions": versions,
            "similar": similar[:MAX_SIMILAR],
            "citations": _citations(article, id_clause),
        },
    )


def _value_link(field: str, value: str) -> Link:
    """Return a link to the search for a field's value; without a URL if no query can ask for it."""
    clause = value_clause(field, value)
    return Link(value, SearchAddress(q=clause).url if clause else "")


def _provenance(article: Article) -> list[tuple[str, str, str]]:
    """Return (name, value, where the value was found in the source) of each field that has a provenance."""
    values = article.to_dict()
    names = [name for name in values if name in article.provenance]
    return [(name, "" if name == "body" else str(values[name]), article.provenance[name]) for name in names]


def _citations(article: Article, id_clause: str | None) -> Sequence[tuple[str, str, str]]:
    """Return (style, text, download URL or an empty string) of each citation."""
    note = ("Note", format_citation(article), "")
    return note, *(
        (
            name,
            "".join(export_lines([article], format)).replace("\r\n", "\n").strip(),
            _export_url(id_clause, format) if id_clause else "",
        )
        for format, name in (("bibtex", "BibTeX"), ("ris", "RIS"))
    )


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
    handlers = {"/": _search, "/article": _article, "/help": _help}
    return [Route(path, create_endpoint(handler), methods=["GET"]) for path, handler in handlers.items()]
