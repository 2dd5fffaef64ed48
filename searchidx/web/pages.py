"""The pages: a search and its answer, an article, help with the language. All of it works without scripts.

A handler finds what a page shows as plain values, and a template lays it out. What is wrong with a query is part of the
page that was asked for; any other problem is a page of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.article import Article
from searchidx.engines.cache import query_cache
from searchidx.engines.contract import Sort
from searchidx.errors import QueryError
from searchidx.export.export_formats import export_lines
from searchidx.query import Diagnostic, Kind
from searchidx.query.rewrite import (
    add_clause,
    date_bounds,
    parse_clauses,
    set_dates,
    value_clause,
)
from searchidx.render.citation import format_citation
from searchidx.schema import FIELDS
from searchidx.search.hits import KwicLine, Snippet
from searchidx.web.api import MAX_SORTED, PREFIX, occurrences
from searchidx.web.charts import chart
from searchidx.web.endpoint import answering
from searchidx.web.filters import filters_of, set_filters, ways_out
from searchidx.web.parameters import read
from searchidx.web.problems import Problem, problem_of
from searchidx.web.search_form import (
    ARTICLE,
    FORM,
    SEARCH,
    VIEWS,
    Asked,
    BadDates,
    asked_of,
    rewritten,
)
from searchidx.web.templating import paragraphs, render

__all__ = ["respond", "routes"]

PAGE, LINES, WIDTH = 20, 50, 80
"""So many articles, so many occurrences stand on a page, with so many characters on either side."""
FOLDED = 2_000
"""Among so many articles near-duplicates are found in no time, among more they are looked for on demand."""
SORTED = 5_000
"""Occurrences in so many articles are sorted, `MAX_SORTED` at most; of more they come as the articles do."""
DEEPEST = 20_000
"""So many occurrences can be paged through, since each page finds those before it anew."""
SIMILAR = 6
SAME = 0.6
"""An article is a version of another where their bodies are so similar; more loosely than what an answer folds."""
EXPORTS = {"csv": "CSV", "txt": "Text", "ris": "RIS", "bibtex": "BibTeX", "csl-json": "CSL-JSON", "jsonl": "JSON Lines"}
TABLES = {"hits": "Passages, CSV", "kwic": "Occurrences, CSV", "timeline": "Timeline, CSV", "terms": "Words, CSV"}
_VIEW_NAMES = dict(zip(VIEWS, ("Articles", "In context", "Words", "Query"), strict=True))
_SORT_NAMES = {Sort.RELEVANCE: "Best match", Sort.NEWEST: "Newest", Sort.OLDEST: "Oldest", Sort.HEADLINE: "Headline"}
_ORDER_NAMES = {"": "As found", "left": "By what precedes", "right": "By what follows", "date": "By date"}


@dataclass(frozen=True, slots=True)
class Link:
    """Where one can go: `is_here` where one is."""

    text: str
    url: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know about a query: a message, and perhaps the query that may have been meant."""

    message: str
    before: str
    place: str
    after: str
    meant: Link | None


def _search(request: Request, archive: Archive) -> Response:
    values = read(request.query_params, SEARCH)
    asked, bad_dates = asked_of(values), None
    try:
        if (other := rewritten(values)) is not None:
            return RedirectResponse(other.url, 303)
    except BadDates as error:
        bad_dates = error
    shown: dict[str, Any] = {"asked": asked, "dates": _dates(asked.q, bad_dates), "bad_dates": bad_dates}
    if not asked.q.strip():
        form = {each.name: values[each.name] or "" for each in FORM}
        with query_cache():
            return render("home", shown | {"form": form} | _home(archive, asked))
    try:
        with query_cache():
            shown |= _answer(archive, asked)
    except QueryError as error:
        status = problem_of(error).status
        errors = [_note(asked, each) for each in error.diagnostics if each.is_error]
        return render("errors", shown | {"errors": errors, "too_much": status == 422}, status)
    return render("answer", shown)


def _dates(query: str, bad: BadDates | None) -> dict[str, str]:
    first, last = bad.days if bad is not None else date_bounds(query)
    return {"first": str(first or ""), "last": str(last or "")}


def _home(archive: Archive, asked: Asked) -> dict[str, Any]:
    every = asked.with_(q="*")
    stats = archive.stats()
    latest = [] if stats.last is None else [f"date:{stats.last:%Y-%m}"]
    return {
        "stats": stats,
        "examples": ["climate change", '"prime minister"', "headline:election", "bank w/5 rates", *latest],
        "chart": chart(archive, "*"),
        "filters": filters_of(archive, every),
        "newest": archive.search("date:*", limit=6, sort=Sort.NEWEST),
        "every": every.with_(sort="newest").url,
    }


def _answer(archive: Archive, asked: Asked) -> dict[str, Any]:
    """What every view of an answer shows, and what this one does."""
    found = archive.search(asked.q, limit=0)
    view = _VIEWS[asked.view](archive, asked, found.total)
    return {
        "total": found.total,
        "corpus": len(archive),
        "hints": [_note(asked, each) for each in found.diagnostics],
        "set_filters": set_filters(asked),
        "ways_out": [] if found.total else ways_out(archive, asked),
        "any_date": set_dates(asked.q, None),
        "filters": filters_of(archive, asked),
        "chart": chart(archive, asked.q),
        "views": [Link(text, asked.with_(view=name).url, name == asked.view) for name, text in _VIEW_NAMES.items()],
        "downloads": _downloads(asked.q),
        "feeds": [Link(name, f"/feed.{name.lower()}?{urlencode({'q': asked.q})}") for name in ("Atom", "RSS")],
        **view,
    }


def _downloads(query: str) -> dict[str, list[Link]]:
    """What can be taken home, all of it: whole articles in the formats of an export, and what is counted, as tables."""
    return {
        "Whole articles": [Link(name, _export(query, format)) for format, name in EXPORTS.items()],
        "Tables": [
            Link(name, f"{PREFIX}/{path}?{urlencode({'q': query, 'format': 'csv'})}") for path, name in TABLES.items()
        ],
    }


def _export(query: str, format: str) -> str:
    return f"{PREFIX}/export?{urlencode({'q': query, 'format': format})}"


def _articles(archive: Archive, asked: Asked, total: int) -> dict[str, Any]:
    folded = asked.copies == "together" or (not asked.copies and total <= FOLDED)
    offset = (asked.page - 1) * PAGE
    if folded:
        grouped = archive.groups(asked.q, limit=PAGE, offset=offset, sort=asked.sort)
        groups, rows = [group.hits for group in grouped], grouped.distinct
    else:
        groups, rows = [(hit,) for hit in archive.search(asked.q, limit=PAGE, offset=offset, sort=asked.sort)], total
    last = max(-(-rows // PAGE), 1)
    return {
        "groups": groups,
        "rows": rows,
        "first": offset + 1,
        "is_folded": folded,
        "unfold": asked.with_(copies="apart" if folded else "together").url,
        "sorts": [Link(text, asked.with_(sort=each.value).url, each.value == asked.sort)
                  for each, text in _SORT_NAMES.items()],
        "pages": _pages(asked, last),
        "last": last,
    }  # fmt: skip


def _pages(asked: Asked, last: int) -> list[Link]:
    """The first page, the last, and those around this one; a link without an address stands for what is left out."""
    numbers = sorted({1, last, *range(max(asked.page - 2, 1), min(asked.page + 2, last) + 1)})
    links: list[Link] = []
    for before, number in zip([0, *numbers], numbers):
        if number > before + 1:
            links.append(Link("…", ""))
        links.append(Link(f"{number:,}", asked.with_(page=number).url, number == asked.page))
    return links


def _context(archive: Archive, asked: Asked, total: int) -> dict[str, Any]:
    can_sort = total <= SORTED and (not asked.order or occurrences(archive, asked.q) <= MAX_SORTED)
    offset = (asked.page - 1) * LINES
    if offset >= DEEPEST:
        raise Problem(422, "too-much-work", f"occurrences are shown up to the {DEEPEST:,}th: take all of them as CSV")
    order = asked.order if can_sort else ""
    lines = list(islice(archive.kwic(asked.q, width=WIDTH, sort=order or None), offset, offset + LINES + 1))
    return {
        "lines": [_with_whole_words(line) for line in lines[:LINES]],
        "first": offset + 1,
        "can_sort": can_sort,
        "orders": [Link(text, asked.with_(order=each).url, each == order) for each, text in _ORDER_NAMES.items()],
        "previous": asked.with_(page=asked.page - 1).url if asked.page > 1 else "",
        "next": asked.with_(page=asked.page + 1).url if len(lines) > LINES and offset + LINES < DEEPEST else "",
    }


def _with_whole_words(line: KwicLine) -> KwicLine:
    """The line without what its width left of a word, on either side; whole where no blanks part its words."""
    left = line.left.partition(" ")[2] if len(line.left) == WIDTH else ""
    right = line.right.rpartition(" ")[0] if len(line.right) == WIDTH else ""
    return line._replace(left=left or line.left, right=right or line.right)


def _words(archive: Archive, asked: Asked, total: int) -> dict[str, Any]:
    words = archive.terms(asked.q, limit=25)
    lists = {"distinctive": words.distinctive, "frequent": words.frequent}
    return {
        "words": words,
        "lists": {
            name: [
                (each, asked.with_(q=add_clause(asked.q, _as_word(each.word)), view="articles").url) for each in found
            ]
            for name, found in lists.items()
        },
    }


def _as_word(word: str) -> str:
    """A word of an article as a query, which would take some for an operator."""
    return word.lower() if word in ("AND", "OR", "NOT") else word


def _understood(archive: Archive, asked: Asked, total: int) -> dict[str, Any]:
    return {"explanation": archive.explain(asked.q)}


_VIEWS = dict(zip(VIEWS, (_articles, _context, _words, _understood), strict=True))


def _note(asked: Asked, about: Diagnostic) -> Note:
    text, meant = asked.q, None
    if about.suggestion is not None:
        if about.kind is Kind.IMPRECISE_DATES:
            meant = add_clause(text, about.suggestion)
        else:
            meant = text[: about.start] + about.suggestion + text[about.end :]
    message = about.message
    if about.kind is Kind.PHRASE_WITHOUT_QUOTES:
        message = message.partition(":")[0]  # how to type it in a shell comes next
    link = None if meant is None else Link(meant, asked.with_(q=meant).url)
    return Note(message, text[: about.start], text[about.start : about.end], text[about.end :], link)


def _article(request: Request, archive: Archive) -> Response:
    values = read(request.query_params, ARTICLE)
    id, query = values["id"], values["q"]
    article = archive.get(id)
    if article is None:
        raise Problem(404, "unknown-id", f"there is no article {id[:200]!r} here; it may have left the index", id=id)
    headline, body, unclear = Snippet(article.headline), Snippet(article.body), False
    if query.strip():
        try:
            headline, body = archive.marked(id, query)
        except QueryError:
            unclear = True
    versions = archive.versions(id, SAME)
    same = {hit.id for hit in versions}
    similar = [hit for hit in archive.similar(id, limit=SIMILAR + len(same)) if hit.id not in same]
    by_id = value_clause("id", id)
    fields = {"source": article.source, "section": article.section, "byline": article.byline}
    return render(
        "article",
        {
            "asked": Asked(q=query),
            "article": article,
            "headline": headline,
            "paragraphs": paragraphs(body),
            "matches": len(body.spans),
            "is_unclear": unclear,
            "has_words": any(
                not (each.is_filter or each.is_negative or each.text == "*") for each in parse_clauses(query)
            ),
            "fields": {name: _searching(name, value) for name, value in fields.items() if value},
            "keywords": [_searching("keyword", each) for each in article.keywords],
            "provenance": _provenance(article),
            "versions": versions,
            "similar": similar[:SIMILAR],
            "citations": _citations(article, by_id),
        },
    )


def _searching(field: str, value: str) -> Link:
    """A value, and the search for all that has it; no address where there is none."""
    clause = value_clause(field, value)
    return Link(value, Asked(q=clause).url if clause else "")


def _provenance(article: Article) -> list[tuple[str, str, str]]:
    """Of each value that has one: its name, it, where in the source it was found."""
    found = article.to_dict()
    names = [name for name in found if name in article.provenance]
    return [(name, "" if name == "body" else str(found[name]), article.provenance[name]) for name in names]


def _citations(article: Article, by_id: str | None) -> Sequence[tuple[str, str, str]]:
    """How the article is cited: what it is called, the text, where it can be had as a file."""
    plain = [("Note", format_citation(article), "")]
    return plain + [
        (
            name,
            "".join(export_lines([article], format)).replace("\r\n", "\n").strip(),
            _export(by_id, format) if by_id else "",
        )
        for format, name in (("bibtex", "BibTeX"), ("ris", "RIS"))
    ]


def _help(request: Request, archive: Archive) -> Response:
    read(request.query_params, ())
    return render("help", {"asked": Asked(), "fields": [field for field in FIELDS.values() if field.name != "text"]})


async def respond(request: Request, error: Exception) -> Response:
    """Say what the matter is: on a page, where a browser asked for one, else as programs want to know it."""
    problem = problem_of(error)
    if request.url.path.startswith(PREFIX) or "text/html" not in request.headers.get("accept", ""):
        return problem.response()
    asked = Asked(q=request.query_params.get("q", ""))
    response = render("problem", {"asked": asked, "problem": problem}, problem.status)
    response.headers.update({"Cache-Control": "no-store", **problem.headers})
    return response


def routes() -> list[Route]:
    """The routes of the pages."""
    found = {"/": _search, "/article": _article, "/help": _help}
    return [Route(path, answering(handler), methods=["GET"]) for path, handler in found.items()]
