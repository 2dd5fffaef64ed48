"""Feeds of searches, the OpenSearch description for browsers, and search suggestions.

Their links are absolute URLs of the requested host, which `middleware.security` has checked. They are https if a proxy
says so in `X-Forwarded-Proto`; a client that forges this header gets wrong links for itself only.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.engines.results import Sort
from searchidx.render import feed_formats
from searchidx.render.serialize import json_line
from searchidx.render.terminal import pluralize
from searchidx.web.endpoint import Handler, create_endpoint
from searchidx.web.parameters import Parameter, parse_parameters

NAME = "searchidx"
PAGE_SIZE = 50
"""Articles on a page of a feed."""
MAX_SUGGESTIONS = 10
_ATOM, _RSS, _DESCRIPTION, _SUGGESTIONS = "/feed.atom", "/feed.rss", "/opensearch.xml", "/suggestions"

_Q = Parameter("q", "The query.", required=True)
_PAGE = Parameter("page", "The page of the feed.", {"type": "integer", "minimum": 1, "maximum": 1_000_000}, 1)


def _feed(request: Request, archive: Archive) -> feed_formats.Feed:
    values = parse_parameters(request.query_params, (_Q, _PAGE))
    query, offset = values["q"], (values["page"] - 1) * PAGE_SIZE
    return feed_formats.Feed(
        archive=NAME,
        query=query,
        hits=archive.search(query, limit=PAGE_SIZE, offset=offset, sort=Sort.NEWEST),
        offset=offset,
        limit=PAGE_SIZE,
        page=_absolute_url(request, "/", q=query, sort=Sort.NEWEST.value),
        description=_absolute_url(request, _DESCRIPTION),
        at=lambda offset: _absolute_url(request, request.url.path, q=query, page=str(offset // PAGE_SIZE + 1)),
        article=lambda id: _absolute_url(request, "/article", id=id, q=query),
    )


def _absolute_url(request: Request, path: str, **parameters: str) -> str:
    scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else request.url.scheme
    url = f"{scheme}://{request.url.netloc}{path}"
    return f"{url}?{urlencode(parameters)}" if parameters else url


def _atom(request: Request, archive: Archive) -> Response:
    return _xml_response(feed_formats.atom(_feed(request, archive)), feed_formats.ATOM)


def _rss(request: Request, archive: Archive) -> Response:
    return _xml_response(feed_formats.rss(_feed(request, archive)), feed_formats.RSS)


def _description(request: Request, archive: Archive) -> Response:
    parse_parameters(request.query_params, ())
    paths = {"page": "/", "suggestions": _SUGGESTIONS, "atom": _ATOM, "rss": _RSS}
    templates = {name: f"{_absolute_url(request, path)}?q={{searchTerms}}" for name, path in paths.items()}
    url = _absolute_url(request, _DESCRIPTION)
    return _xml_response(feed_formats.opensearch(NAME, url, **templates), feed_formats.OPENSEARCH)


def _suggestions(request: Request, archive: Archive) -> Response:
    """Suggestions in OpenSearch's JSON: the typed text, then lists of queries, descriptions and URLs."""
    typed = parse_parameters(request.query_params, (_Q,))["q"]
    suggestions = archive.suggest(typed, MAX_SUGGESTIONS)
    descriptions = [pluralize(each.articles, "article") for each in suggestions]
    urls = [
        _absolute_url(request, "/", q=each.query) if each.id is None else _absolute_url(request, "/article", id=each.id)
        for each in suggestions
    ]
    document = json_line([typed, [each.query for each in suggestions], descriptions, urls]) + "\n"
    return Response(document, media_type=feed_formats.SUGGESTIONS)


def _xml_response(text: str, media_type: str) -> Response:
    return Response(text, media_type=f"{media_type}; charset=utf-8")


def routes() -> list[Route]:
    """Return the routes of the feeds, the description and the suggestions."""
    handlers: dict[str, Handler] = {
        _ATOM: _atom,
        _RSS: _rss,
        _DESCRIPTION: _description,
        _SUGGESTIONS: _suggestions,
    }
    return [Route(path, create_endpoint(handler), methods=["GET"]) for path, handler in handlers.items()]
