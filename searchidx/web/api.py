"""The HTTP API, `/api/v1`: what the library answers, as the JSON and CSV that the command line prints.

`OPERATIONS` is the table of what there is. Requests are read by it, and the OpenAPI document is made from it and from
the schemas of the formats; the document lies beside this module, so that it can be served.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from itertools import islice
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from searchidx.archive import Archive
from searchidx.engines.contract import Sort
from searchidx.errors import QueryError
from searchidx.export.export_formats import FORMATS, export_lines
from searchidx.render import serialize
from searchidx.search.aggregations import FACETS, UNITS
from searchidx.web.endpoint import answering
from searchidx.web.page_token import Token
from searchidx.web.parameters import Parameter, one_of, read
from searchidx.web.problems import Problem
from searchidx.web.snapshots import Live
from searchidx.web.streaming import stream

__all__ = ["DOCUMENT", "MAX_SORTED", "OPERATIONS", "PREFIX", "Operation", "occurrences", "routes"]

PREFIX = "/api/v1"
DOCUMENT = "openapi.json"
JSON, JSONL, CSV, TEXT = "application/json", "application/x-ndjson", "text/csv", "text/plain"
MAX_SORTED = 200_000
"""So many occurrences are sorted at most: they are held in memory."""
_EXPORTED = {
    "jsonl": (JSONL, "jsonl"),
    "csv": (CSV, "csv"),
    "ris": ("application/x-research-info-systems", "ris"),
    "bibtex": ("application/x-bibtex", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
    "txt": (TEXT, "txt"),
}
"""Of each format of an export its media type, and how its file is named."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: the values of its parameters, and where its page begins."""

    request: Request
    values: Mapping[str, Any]
    question: str
    offset: int
    today: dt.date
    fingerprint: str | None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that may be asked for.

    Attributes:
        name: its path below `PREFIX`.
        summary, description: what it gives.
        parameters: what may stand in the query string.
        answer: the handler.
        contents: of each media type of an answer the schema in docs/schemas, or None where there is none.
        problems: what may go wrong beside what always may: statuses.
    """

    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: Callable[[Asked, Archive], Response]
    contents: Mapping[str, str | None]
    problems: tuple[int, ...] = field(default=())

    def route(self) -> Route:
        """The route that answers it."""

        def choose(request: Request, live: Live) -> Archive:
            asked = request.state.asked = self._asked(request)
            if asked.fingerprint is None:
                return live.archive()
            archive = live.archive_of(asked.fingerprint)
            if archive is None:
                raise Problem(
                    410, "archive-changed", "the archive has changed since the first page: ask for that again"
                )
            return archive

        def handler(request: Request, archive: Archive) -> Response:
            asked: Asked = request.state.asked
            try:
                return self.answer(asked, archive)
            except QueryError as error:
                if error.query or "q" not in asked.values:
                    raise
                # Of what is worked out for an answer that is there: its snippets, its hints.
                raise QueryError(str(asked["q"]), error.diagnostics) from None

        return Route(f"{PREFIX}/{self.name}", answering(handler, choose), methods=["GET"])

    def _asked(self, request: Request) -> Asked:
        values = read(request.query_params, self.parameters)
        of_page = ("limit", "next")
        question = repr((self.name, sorted((name, value) for name, value in values.items() if name not in of_page)))
        if (given := values.get("next")) is None:
            return Asked(request, values, question, 0, dt.date.today(), None)
        try:
            token = Token.read(given, question)
        except ValueError:
            raise Problem(
                400, "bad-parameter", "next is what an answer to this very question gave", parameter="next"
            ) from None
        return Asked(request, values, question, token.offset, token.today, token.fingerprint)


def _json(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(serialize.json_line(document) + "\n", headers=headers, media_type=JSON)


def _page(asked: Asked, archive: Archive, document: Mapping[str, Any], shown: int, total: int) -> Response:
    """A page, with what leads to the next one."""
    following = asked.offset + shown
    if not shown or following >= total:
        return _json({**document, "next": None})
    token = Token(following, archive.fingerprint, asked.today).text(asked.question)
    given = [(name, value) for name, value in asked.request.query_params.multi_items() if name != "next"]
    link = f"{asked.request.url.path}?{urlencode([*given, ('next', token)], quote_via=quote)}"
    return _json({**document, "next": token}, {"Link": f'<{link}>; rel="next"'})


def _lines(asked: Asked, lines: Iterable[str], media_type: str, suffix: str, end: str = "\n") -> Response:
    """Lines without their ends, as a file."""
    return stream(asked.request, (line + end for line in lines), media_type, f"searchidx.{suffix}")


def _table(asked: Asked, lines: Iterable[str]) -> Response:
    return _lines(asked, lines, CSV, "csv", "\r\n")


# -- the handlers --------------------------------------------------------------------------------------------------


def _search(asked: Asked, archive: Archive) -> Response:
    query, today = asked["q"], asked.today
    hits = archive.search(query, limit=asked["limit"], offset=asked.offset, sort=asked["sort"], today=today)
    document = serialize.hits_json(hits, query)
    if asked["facet"]:
        facets = [archive.facet(query, name, today=today) for name in dict.fromkeys(asked["facet"])]
        document["facets"] = serialize.facets_json(facets)["facets"]
    return _page(asked, archive, document, len(hits), hits.total)


def _groups(asked: Asked, archive: Archive) -> Response:
    groups = archive.groups(
        asked["q"], asked["threshold"], limit=asked["limit"], offset=asked.offset, sort=asked["sort"], today=asked.today
    )
    return _page(asked, archive, serialize.groups_json(groups, asked["q"]), len(groups), groups.distinct)


def _hits(asked: Asked, archive: Archive) -> Response:
    hits = archive.hits(asked["q"], sort=asked["sort"], today=asked.today)
    if asked["format"] == "csv":
        return _table(asked, serialize.hits_csv(hits))
    if asked["format"] == "ids":
        return _lines(asked, (hit.id for hit in hits), TEXT, "txt")
    return _lines(asked, serialize.hits_jsonl(hits), JSONL, "jsonl")


def _export(asked: Asked, archive: Archive) -> Response:
    articles = archive.articles(asked["q"], today=asked.today)
    media_type, suffix = _EXPORTED[asked["format"]]
    return stream(asked.request, export_lines(articles, asked["format"]), media_type, f"searchidx.{suffix}")


def _article(asked: Asked, archive: Archive) -> Response:
    article = archive.get(asked["id"])
    if article is None:
        raise _unknown(asked["id"])
    matched = None if asked["q"] is None else archive.marked(asked["id"], asked["q"], today=asked.today)
    return _json(serialize.article_json(article, matched, asked["q"]))


def _similar(asked: Asked, archive: Archive) -> Response:
    if asked["id"] not in archive:
        raise _unknown(asked["id"])
    return _json(serialize.hits_json(archive.similar(asked["id"], limit=asked["limit"]), asked["id"]))


def _unknown(id: str) -> Problem:
    return Problem(404, "unknown-id", f"there is no article {id[:200]!r}", id=id)


def _facets(asked: Asked, archive: Archive) -> Response:
    facets = [archive.facet(asked["q"], name, today=asked.today) for name in dict.fromkeys(asked["field"])]
    if asked["format"] == "csv":
        return _table(asked, serialize.facets_csv(facets))
    return _json(serialize.facets_json(facets))


def _timeline(asked: Asked, archive: Archive) -> Response:
    try:
        timeline = archive.timeline(*asked["q"], by=asked["by"], count_words=asked["count_words"], today=asked.today)
    except ValueError as error:  # more periods than anybody reads
        raise Problem(422, "too-much-work", str(error), parameter="by") from None
    if asked["format"] == "csv":
        return _table(asked, serialize.timeline_csv(timeline))
    return _json(serialize.timeline_json(timeline))


def _terms(asked: Asked, archive: Archive) -> Response:
    words = archive.terms(asked["q"], limit=asked["limit"], today=asked.today)
    if asked["format"] == "csv":
        return _table(asked, serialize.words_csv(words))
    return _json(serialize.words_json(words, asked["q"]))


def _kwic(asked: Asked, archive: Archive) -> Response:
    query, today = asked["q"], asked.today
    if asked["sort"] is not None:
        found = occurrences(archive, query, today)
        if found > MAX_SORTED:
            detail = f"{found:,} occurrences are too many to be sorted here: {MAX_SORTED:,} at most, or leave out sort"
            raise Problem(422, "too-much-work", detail, parameter="sort")
    lines = islice(archive.kwic(query, width=asked["width"], sort=asked["sort"], today=today), asked["limit"])
    if asked["format"] == "csv":
        return _table(asked, serialize.kwic_csv(lines))
    return _lines(asked, serialize.kwic_jsonl(lines), JSONL, "jsonl")


def occurrences(archive: Archive, query: str, today: dt.date | None = None) -> int:
    """How many a query has, in all its articles."""
    return archive.timeline(query, by="year", count_words=True, today=today).totals[0]


def _explain(asked: Asked, archive: Archive) -> Response:
    return _json(serialize.explanation_json(archive.explain(asked["q"], today=asked.today)))


def _stats(asked: Asked, archive: Archive) -> Response:
    return _json(serialize.stats_json(archive.stats()))


# -- the table -----------------------------------------------------------------------------------------------------


def _up_to(most: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "maximum": most}


_QUERY = '"Taiwan Strait" date:2023-02'
_Q = Parameter("q", "The query, in the language of the command line.", required=True, example=_QUERY)
_ID = Parameter("id", "The id of an article.", required=True, example="text/kishida-stoltenberg-tokyo.txt")
_LIMIT = Parameter("limit", "How many a page holds at most.", _up_to(1000), 10)
_NEXT = Parameter("next", "What the page before gave as `next`; all else is to be asked as before.")
_SORT = Parameter("sort", "Which hits come first.", one_of(*(each.value for each in Sort)), Sort.RELEVANCE.value)
_LINES = Parameter("format", "Lines of JSON, or CSV.", one_of("jsonl", "csv"), "jsonl")
_TABLE = Parameter("format", "JSON, or CSV.", one_of("json", "csv"), "json")

OPERATIONS = (
    Operation(
        "search",
        "A page of hits",
        "The articles that match, the best first; `total` is exact. `next` leads to the page that follows, of the same "
        "snapshot; it is null on the last, and the header `Link` holds the whole address.",
        (
            _Q,
            _SORT,
            Parameter("facet", "Count all hits by this field.", one_of(*FACETS), many=True),
            _LIMIT,
            _NEXT,
        ),
        _search,
        {JSON: "hits"},
        (400, 410, 422),
    ),
    Operation(
        "groups",
        "A page of hits, near-duplicates grouped",
        "As search, but hits whose bodies are much the same are one group: wire copies, reprints. Pages count groups.",
        (
            _Q,
            Parameter(
                "threshold",
                "How similar two bodies are to be, above 0 up to 1.",
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                0.8,
            ),
            _SORT,
            _LIMIT,
            _NEXT,
        ),
        _groups,
        {JSON: "groups"},
        (400, 410, 422),
    ),
    Operation(
        "hits",
        "Every hit",
        "Every article that matches, with its score and its snippet, in order, nothing cut off; or only the ids. A "
        "stream: a connection that ends without the last chunk has lost something.",
        (
            _Q,
            _SORT,
            Parameter("format", "Lines of JSON, CSV, or ids.", one_of("jsonl", "csv", "ids"), "jsonl"),
        ),
        _hits,
        {JSONL: "hit", CSV: None, TEXT: None},
        (400, 422, 505),
    ),
    Operation(
        "export",
        "Every article",
        "Every article that matches, whole, in the order in which they were added, nothing cut off. A stream, as hits.",
        (_Q, Parameter("format", "The format of the articles.", one_of(*FORMATS), "jsonl")),
        _export,
        {media_type: "article" if media_type == JSONL else None for media_type, _ in _EXPORTED.values()},
        (400, 422, 505),
    ),
    Operation(
        "article",
        "An article",
        "The whole article; with a query, where it matches.",
        (_ID, Parameter("q", "A query whose matches are told.")),
        _article,
        {JSON: "show"},
        (400, 404, 422),
    ),
    Operation(
        "similar",
        "The articles most like one",
        "Those that share the words which are frequent in it and rare elsewhere.",
        (_ID, Parameter("limit", "How many at most.", _up_to(1000), 10)),
        _similar,
        {JSON: "hits"},
        (400, 404, 422),
    ),
    Operation(
        "facets",
        "All hits by the values of fields",
        "How many hits have each value of some fields, and how many articles.",
        (_Q, Parameter("field", "Count by this field.", one_of(*FACETS), required=True, many=True), _TABLE),
        _facets,
        {JSON: "facets", CSV: None},
        (400, 422),
    ),
    Operation(
        "timeline",
        "All hits over time",
        "How many articles match each query, period by period.",
        (
            Parameter("q", "A query; each has its own counts.", required=True, many=True, most=20, example=_QUERY),
            Parameter("by", "How long a period is; weeks are ISO's.", one_of(*UNITS), "month"),
            Parameter("count_words", "Count every occurrence, not articles.", {"type": "boolean"}, False),
            _TABLE,
        ),
        _timeline,
        {JSON: "timeline", CSV: None},
        (400, 422),
    ),
    Operation(
        "terms",
        "The words of the hits",
        "The words that tell the hits from all other articles, and the most frequent ones.",
        (_Q, Parameter("limit", "How many of each kind.", _up_to(1000), 25), _TABLE),
        _terms,
        {JSON: "words", CSV: None},
        (400, 422),
    ),
    Operation(
        "kwic",
        "Every occurrence in its context",
        "Keyword in context, over all hits. A stream, as hits; sorted lines are held before they are sent, so there "
        f"may be {MAX_SORTED:,} of them at most.",
        (
            _Q,
            Parameter("width", "How many characters of text stand on either side at most.", _up_to(1000), 60),
            Parameter(
                "sort",
                "By what stands before, by what stands after, or by date; else as the articles were added.",
                one_of("left", "right", "date"),
            ),
            Parameter("limit", "How many lines at most; all where it is not given.", {"type": "integer", "minimum": 0}),
            _LINES,
        ),
        _kwic,
        {JSONL: "kwic", CSV: None},
        (400, 422, 505),
    ),
    Operation(
        "explain",
        "How a query was understood",
        "The query with all its brackets, and how many articles each part of it has alone.",
        (_Q,),
        _explain,
        {JSON: "explanation"},
        (400, 422),
    ),
    Operation(
        "stats",
        "What is in the index",
        "How many articles and words, of which days, sources, sections and languages; and its fingerprint.",
        (),
        _stats,
        {JSON: "stats"},
        (400,),
    ),
)
"""What there is, in the order in which people read about it."""


def routes() -> list[BaseRoute]:
    """The routes of the API."""
    document = resources.files(__package__).joinpath(DOCUMENT).read_bytes()

    async def openapi(request: Request) -> Response:
        return Response(document, headers={"Cache-Control": "private, no-cache"}, media_type=JSON)

    async def home(request: Request) -> Response:
        return RedirectResponse(f"{PREFIX}/{DOCUMENT}")

    return [
        *(operation.route() for operation in OPERATIONS),
        Route(f"{PREFIX}/{DOCUMENT}", openapi, methods=["GET"]),
        Route(PREFIX, home, methods=["GET"]),
    ]
