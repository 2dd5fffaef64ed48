"""The HTTP API at `/api/v1`: the library's methods, with the JSON and CSV of the command line.

`OPERATIONS` is the one list of operations. Requests are parsed by it, and docs/openapi.py generates the OpenAPI
document from it and from docs/schemas. The document lies beside this module, which serves it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from itertools import islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from searchidx.archive import Archive
from searchidx.errors import UnsupportedError
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.render import serialize
from searchidx.search.aggregations import FACETS, UNITS
from searchidx.search.ngrams import SIZES
from searchidx.search.orders import ORDERS
from searchidx.versions import as_version
from searchidx.web.operation import (
    BOM,
    CSV,
    JSON,
    JSONL,
    PREFIX,
    TEXT,
    ApiRequest,
    Operation,
    csv_response,
    file_response,
    json_response,
    lines_response,
    page_response,
)
from searchidx.web.parameters import ALL_VERSIONS, Parameter, Schema, enum_schema
from searchidx.web.problems import Problem, unknown_id
from searchidx.web.query_lists import BATCH
from searchidx.web.workspace_operations import WORKSPACE_OPERATIONS

DOCUMENT = "openapi.json"
MAX_SORTED_LINES = 200_000
"""Maximum number of occurrences to sort. Sorting holds them in memory."""
_EXPORT_TYPES = {
    "jsonl": (JSONL, "jsonl"),
    "csv": (CSV, "csv"),
    "ris": ("application/x-research-info-systems", "ris"),
    "bibtex": ("application/x-bibtex", "bib"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
    "txt": (TEXT, "txt"),
}
"""Export format to media type and file name suffix."""

# -- handlers ------------------------------------------------------------------------------------------------------


def _searched(request: ApiRequest, archive: Archive) -> Archive:
    """Return what a request searches: the articles, or all their versions."""
    return archive.all_versions() if request["all_versions"] else archive


def _search(request: ApiRequest, archive: Archive) -> Response:
    query, today = request["q"], request.today
    searched = _searched(request, archive)
    hits = searched.search(query, limit=request["limit"], offset=request.offset, sort=request["sort"], today=today)
    document = serialize.hits_json(hits, query)
    if request["facet"]:
        facets = [searched.facet(query, name, today=today) for name in dict.fromkeys(request["facet"])]
        document["facets"] = serialize.facets_json(facets)["facets"]
    return page_response(request, archive, document, len(hits), hits.total)


def _groups(request: ApiRequest, archive: Archive) -> Response:
    groups = _searched(request, archive).groups(
        request["q"],
        request["threshold"],
        limit=request["limit"],
        offset=request.offset,
        sort=request["sort"],
        today=request.today,
    )
    document = serialize.groups_json(groups, request["q"])
    return page_response(request, archive, document, len(groups), groups.distinct)


def _hits(request: ApiRequest, archive: Archive) -> Response:
    hits = _searched(request, archive).hits(request["q"], sort=request["sort"], today=request.today)
    if request["format"] == "csv":
        return csv_response(request, serialize.hits_csv(hits))
    if request["format"] == "ids":
        return lines_response(request, (hit.id for hit in hits), TEXT, "txt")
    return lines_response(request, serialize.hits_jsonl(hits), JSONL, "jsonl")


def _export(request: ApiRequest, archive: Archive) -> Response:
    query, today = request["q"], request.today
    archive = _searched(request, archive)
    if request["sort"] is None:
        articles = archive.articles(query, today=today)
    else:
        hits = archive.hits(query, sort=request["sort"], today=today)
        articles = (
            hit.article if hit.version is None else as_version(archive.history(hit.id)[hit.version - 1]) for hit in hits
        )
    media_type, suffix = _EXPORT_TYPES[request["format"]]
    return file_response(request, export_lines(articles, request["format"]), media_type, suffix)


def _article(request: ApiRequest, archive: Archive) -> Response:
    article = archive.get(request["id"])
    if article is None:
        raise unknown_id(request["id"])
    query = request["q"]
    highlighted = None if query is None else archive.marked(request["id"], query, today=request.today)
    return json_response(serialize.article_json(article, highlighted, query))


def _similar(request: ApiRequest, archive: Archive) -> Response:
    if request["id"] not in archive:
        raise unknown_id(request["id"])
    hits = archive.similar(request["id"], limit=request["limit"])
    return json_response(serialize.hits_json(hits, request["id"]))


def _history(request: ApiRequest, archive: Archive) -> Response:
    if request["id"] not in archive:
        raise unknown_id(request["id"])
    return json_response(serialize.history_json(archive.history(request["id"])))


def _diff(request: ApiRequest, archive: Archive) -> Response:
    if request["id"] not in archive:
        raise unknown_id(request["id"])
    try:
        difference = archive.diff(request["id"], request["former"], request["latter"])
    except ValueError as error:
        raise Problem(404, "unknown-version", str(error), id=request["id"]) from None
    return json_response(serialize.difference_json(difference))


def _facets(request: ApiRequest, archive: Archive) -> Response:
    facets = [archive.facet(request["q"], name, today=request.today) for name in dict.fromkeys(request["field"])]
    if request["format"] == "csv":
        return csv_response(request, serialize.facets_csv(facets))
    return json_response(serialize.facets_json(facets))


def _timeline(request: ApiRequest, archive: Archive) -> Response:
    with _reporting_unsupported("by"):
        timeline = archive.timeline(
            *request["q"], by=request["by"], count_words=request["count_words"], today=request.today
        )
    if request["format"] == "csv":
        return csv_response(request, serialize.timeline_csv(timeline))
    return json_response(serialize.timeline_json(timeline))


def _terms(request: ApiRequest, archive: Archive) -> Response:
    words = archive.terms(request["q"], limit=request["limit"], today=request.today)
    if request["format"] == "csv":
        return csv_response(request, serialize.words_csv(words))
    return json_response(serialize.words_json(words, request["q"]))


def _ngrams(request: ApiRequest, archive: Archive) -> Response:
    with _reporting_unsupported("q"):
        found = archive.ngrams(
            request["q"],
            limit=request["limit"],
            sizes=request["size"] or SIZES,
            common=request["common"],
            today=request.today,
        )
    if request["format"] == "csv":
        return csv_response(request, serialize.ngrams_csv(found))
    return json_response(serialize.ngrams_json(found))


def _compare(request: ApiRequest, archive: Archive) -> Response:
    with _reporting_unsupported("by"):
        found = archive.compare(
            request["a"],
            request["b"],
            limit=request["limit"],
            by=request["by"],
            common=request["common"],
            today=request.today,
        )
    if request["format"] == "csv":
        lines = serialize.compared_timeline_csv if request["timeline"] else serialize.comparison_csv
        return csv_response(request, lines(found))
    return json_response(serialize.comparison_json(found))


@contextmanager
def _reporting_unsupported(parameter: str) -> Iterator[None]:
    """Raise the problem `too-much-work` for too many periods, or for more text than the engine counts."""
    try:
        yield
    except (ValueError, UnsupportedError) as error:
        raise Problem(422, "too-much-work", str(error), parameter=parameter) from None


def _kwic(request: ApiRequest, archive: Archive) -> Response:
    query, today = request["q"], request.today
    if request["sort"] is not None:
        count = count_occurrences(archive, query, today)
        if count > MAX_SORTED_LINES:
            detail = f"{count:,} occurrences are too many to sort, more than {MAX_SORTED_LINES:,}: leave out sort"
            raise Problem(422, "too-much-work", detail, parameter="sort")
    lines = islice(archive.kwic(query, width=request["width"], sort=request["sort"], today=today), request["limit"])
    if request["format"] == "csv":
        return csv_response(request, serialize.kwic_csv(lines))
    return lines_response(request, serialize.kwic_jsonl(lines), JSONL, "jsonl")


def count_occurrences(archive: Archive, query: str, today: dt.date | None = None) -> int:
    """Count the occurrences of a query in all its hits."""
    return archive.timeline(query, by="year", count_words=True, today=today).totals[0]


def _explain(request: ApiRequest, archive: Archive) -> Response:
    return json_response(serialize.explanation_json(archive.explain(request["q"], today=request.today)))


def _score(request: ApiRequest, archive: Archive) -> Response:
    if request["id"] not in archive:
        raise unknown_id(request["id"])
    return json_response(serialize.score_json(archive.explain_score(request["q"], request["id"], today=request.today)))


def _stats(request: ApiRequest, archive: Archive) -> Response:
    return json_response(serialize.stats_json(archive.stats()))


# -- operations ----------------------------------------------------------------------------------------------------


def _at_most(maximum: int) -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": maximum}


_QUERY = '"Taiwan Strait" date:2023-02'
_VERSION: Schema = {"type": "integer", "minimum": 1}
_Q = Parameter("q", "The query, in the language of the command line.", required=True, example=_QUERY)
_ID = Parameter("id", "The id of an article.", required=True, example="text/kishida-stoltenberg-tokyo.txt")
_LIMIT = Parameter("limit", "The maximum number of hits or groups on a page.", _at_most(1000), 10)
_NEXT = Parameter("next", "The `next` of the page before; the other parameters must be the same.")
_SORT = Parameter("sort", "The order of the hits.", enum_schema(*ORDERS), "relevance")
_LINES = Parameter("format", "JSON Lines or CSV.", enum_schema("jsonl", "csv"), "jsonl")
_WORD_LIMIT = Parameter("limit", "The number of words, and of phrases.", _at_most(1000), 25)
_NGRAM_SIZE: Schema = {"type": "integer", "minimum": min(SIZES), "maximum": max(SIZES)}
_COMMON = Parameter(
    "common",
    "Also list phrases that begin or end with a word that more than a quarter of all articles have.",
    {"type": "boolean"},
    False,
)
_TABLE = Parameter("format", "JSON or CSV.", enum_schema("json", "csv"), "json")

OPERATIONS = (
    Operation(
        "search",
        "A page of hits",
        "The articles that match, best first. `total` is exact. `next` selects the following page, from the same "
        "snapshot; it is null on the last page. The header `Link` has the whole address of that page.",
        (
            _Q,
            ALL_VERSIONS,
            _SORT,
            Parameter("facet", "A field by which all hits are counted.", enum_schema(*FACETS), is_list=True),
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
        "Like search, but hits with nearly the same body form one group: wire copies, reprints. Pages count groups.",
        (
            _Q,
            ALL_VERSIONS,
            Parameter(
                "threshold",
                "The minimum similarity of two bodies in a group, above 0 and up to 1.",
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
        "All hits",
        "Every article that matches, in order, with its score and its snippet; or only the ids. A stream: if the "
        "connection ends without the last chunk, hits are missing.",
        (
            _Q,
            ALL_VERSIONS,
            _SORT,
            Parameter("format", "JSON Lines, CSV or ids.", enum_schema("jsonl", "csv", "ids"), "jsonl"),
            BOM,
        ),
        _hits,
        {JSONL: "hit", CSV: None, TEXT: None},
        (400, 422, 505),
    ),
    Operation(
        "export",
        "All articles",
        "Every article that matches, with its whole text. A stream, like hits.",
        (
            _Q,
            ALL_VERSIONS,
            Parameter("format", "The format of the articles.", enum_schema(*EXPORT_FORMATS), "jsonl"),
            Parameter(
                "sort", "The order of the articles; by default that in which they were added.", enum_schema(*ORDERS)
            ),
            BOM,
        ),
        _export,
        {media_type: "article" if media_type == JSONL else None for media_type, _ in _EXPORT_TYPES.values()},
        (400, 422, 505),
    ),
    Operation(
        "article",
        "An article",
        "The whole article; with a query, the places of its matches.",
        (_ID, Parameter("q", "A query to find in the article.")),
        _article,
        {JSON: "show"},
        (400, 404, 422),
    ),
    Operation(
        "history",
        "The versions of an article",
        "What the article said each time its source changed, oldest first, with its whole text. The last version is "
        "the article itself.",
        (_ID,),
        _history,
        {JSON: "history"},
        (400, 404, 422),
    ),
    Operation(
        "diff",
        "Two versions of an article, compared",
        "The words that one version of an article deleted and inserted in another, field by field.",
        (
            _ID,
            Parameter("former", "The number of a version; by default the last but one.", _VERSION),
            Parameter("latter", "The number of another version; by default the last.", _VERSION),
        ),
        _diff,
        {JSON: "difference"},
        (400, 404, 422),
    ),
    Operation(
        "similar",
        "The articles most like one",
        "The articles that share the words which are frequent in this one and rare elsewhere.",
        (_ID, Parameter("limit", "The maximum number of articles.", _at_most(1000), 10)),
        _similar,
        {JSON: "hits"},
        (400, 404, 422),
    ),
    Operation(
        "facets",
        "All hits counted by the values of fields",
        "For each value of some fields the number of hits, and the number of all articles.",
        (
            _Q,
            Parameter("field", "A field to count by.", enum_schema(*FACETS), required=True, is_list=True),
            _TABLE,
            BOM,
        ),
        _facets,
        {JSON: "facets", CSV: None},
        (400, 422),
    ),
    Operation(
        "timeline",
        "All hits over time",
        "The number of articles that match each query, for each period.",
        (
            Parameter(
                "q", "A query; each has its own counts.", required=True, is_list=True, max_items=20, example=_QUERY
            ),
            Parameter("by", "The length of a period; weeks are ISO weeks.", enum_schema(*UNITS), "month"),
            Parameter("count_words", "Count occurrences instead of articles.", {"type": "boolean"}, False),
            _TABLE,
            BOM,
        ),
        _timeline,
        {JSON: "timeline", CSV: None},
        (400, 422),
    ),
    Operation(
        "terms",
        "The words of the hits",
        "The words that distinguish the hits from all other articles, and the most frequent words.",
        (_Q, Parameter("limit", "The number of words of each kind.", _at_most(1000), 25), _TABLE, BOM),
        _terms,
        {JSON: "words", CSV: None},
        (400, 422),
    ),
    Operation(
        "ngrams",
        "The phrases of the hits",
        "The most frequent phrases of 2 to 4 words of a sentence or headline. Phrases that occur once are left out.",
        (
            _Q,
            _WORD_LIMIT,
            Parameter(
                "size",
                "Only phrases of this many words.",
                _NGRAM_SIZE,
                is_list=True,
            ),
            _COMMON,
            _TABLE,
            BOM,
        ),
        _ngrams,
        {JSON: "ngrams", CSV: None},
        (400, 422),
    ),
    Operation(
        "compare",
        "The hits of two queries, compared",
        "Counts, overlap, the words and phrases that distinguish each from the other, and timelines by articles, "
        "shares and occurrences per million words.",
        (
            Parameter("a", "A query.", required=True, example="nato date:2022"),
            Parameter("b", "Another query.", required=True, example="nato date:2023"),
            _WORD_LIMIT,
            Parameter("by", "The length of a period; weeks are ISO weeks.", enum_schema(*UNITS), "year"),
            _COMMON,
            Parameter("timeline", "With CSV: the timelines instead of words and phrases.", {"type": "boolean"}, False),
            _TABLE,
            BOM,
        ),
        _compare,
        {JSON: "comparison", CSV: None},
        (400, 422),
    ),
    Operation(
        "kwic",
        "All occurrences in context",
        "Keyword in context, over all hits. A stream, like hits. Sorting holds all lines in memory, so it is limited "
        f"to {MAX_SORTED_LINES:,} lines.",
        (
            _Q,
            Parameter("width", "The maximum number of characters on either side.", _at_most(1000), 60),
            Parameter(
                "sort",
                "Sort by the text before, the text after, or the date; by default in the order of indexing.",
                enum_schema("left", "right", "date"),
            ),
            Parameter("limit", "The maximum number of lines; by default all.", {"type": "integer", "minimum": 0}),
            _LINES,
            BOM,
        ),
        _kwic,
        {JSONL: "kwic", CSV: None},
        (400, 422, 505),
    ),
    Operation(
        "explain",
        "How a query is parsed",
        "The query with all its brackets, and the number of articles that match each part alone.",
        (_Q,),
        _explain,
        {JSON: "explanation"},
        (400, 422),
    ),
    Operation(
        "score",
        "What each part of a query adds to the score of an article",
        "The words, phrases and pairs of words of the query that add to the score by relevance, with what each adds, "
        "how often it occurs in the article, and how many articles match it.",
        (_Q, _ID),
        _score,
        {JSON: "score"},
        (400, 404, 422),
    ),
    Operation(
        "stats",
        "Statistics of the index",
        "The number of articles and words, the first and last day, the sources, sections and languages, and the "
        "fingerprint.",
        (),
        _stats,
        {JSON: "stats"},
        (400,),
    ),
    BATCH,
    *WORKSPACE_OPERATIONS,
)
"""All operations, in the order of the documentation."""


def routes() -> list[BaseRoute]:
    """Return the routes of the API."""
    document = resources.files(__package__).joinpath(DOCUMENT).read_bytes()

    async def openapi(request: Request) -> Response:
        return Response(document, headers={"Cache-Control": "private, no-cache"}, media_type=JSON)

    async def root(request: Request) -> Response:
        return RedirectResponse(f"{PREFIX}/{DOCUMENT}")

    return [
        *(operation.route() for operation in OPERATIONS),
        Route(f"{PREFIX}/{DOCUMENT}", openapi, methods=["GET"]),
        Route(PREFIX, root, methods=["GET"]),
    ]
