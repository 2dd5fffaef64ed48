"""Any search as a feed, and what makes a browser offer the archive as a search engine, with suggestions.

What they link to are whole addresses, of the host that was asked for: `guarding` made sure that it is this one. They
are of https where a server before this one says that it does TLS: whoever says so wrongly finds such links alone.
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.engines.contract import Sort
from searchidx.render import feed_formats
from searchidx.render.serialize import json_line
from searchidx.render.terminal import pluralize
from searchidx.web.endpoint import Handler, answering
from searchidx.web.parameters import Parameter, read

__all__ = ["routes"]

NAME = "searchidx"
PAGE = 50
"""So many articles stand on a page of a feed."""
SUGGESTIONS = 10
_ATOM, _RSS, _DESCRIPTION, _SUGGESTIONS = "/feed.atom", "/feed.rss", "/opensearch.xml", "/suggestions"

_Q = Parameter("q", "The query.", required=True)
_PAGE = Parameter("page", "Which page of the feed.", {"type": "integer", "minimum": 1, "maximum": 1_000_000}, 1)


def _feed(request: Request, archive: Archive) -> feed_formats.Feed:
    values = read(request.query_params, (_Q, _PAGE))
    query, offset = values["q"], (values["page"] - 1) * PAGE
    return feed_formats.Feed(
        archive=NAME,
        query=query,
        hits=archive.search(query, limit=PAGE, offset=offset, sort=Sort.NEWEST),
        offset=offset,
        limit=PAGE,
        page=_address(request, "/", q=query, sort=Sort.NEWEST.value),
        description=_address(request, _DESCRIPTION),
        at=lambda offset: _address(request, request.url.path, q=query, page=str(offset // PAGE + 1)),
        article=lambda id: _address(request, "/article", id=id, q=query),
    )


def _address(request: Request, path: str, **parameters: str) -> str:
    scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else request.url.scheme
    found = f"{scheme}://{request.url.netloc}{path}"
    return f"{found}?{urlencode(parameters)}" if parameters else found


def _atom(request: Request, archive: Archive) -> Response:
    return _xml(feed_formats.atom(_feed(request, archive)), feed_formats.ATOM)


def _rss(request: Request, archive: Archive) -> Response:
    return _xml(feed_formats.rss(_feed(request, archive)), feed_formats.RSS)


def _description(request: Request, archive: Archive) -> Response:
    read(request.query_params, ())
    paths = {"page": "/", "suggestions": _SUGGESTIONS, "atom": _ATOM, "rss": _RSS}
    templates = {name: f"{_address(request, path)}?q={{searchTerms}}" for name, path in paths.items()}
    return _xml(feed_formats.opensearch(NAME, _address(request, _DESCRIPTION), **templates), feed_formats.OPENSEARCH)


def _suggestions(request: Request, archive: Archive) -> Response:
    """As browsers ask for them: what was typed, then of all suggestions the queries, what they are, where they lead."""
    typed = read(request.query_params, (_Q,))["q"]
    found = archive.suggest(typed, SUGGESTIONS)
    about = [pluralize(each.articles, "article") for each in found]
    addresses = [
        _address(request, "/", q=each.query) if each.id is None else _address(request, "/article", id=each.id)
        for each in found
    ]
    answer = json_line([typed, [each.query for each in found], about, addresses]) + "\n"
    return Response(answer, media_type=feed_formats.SUGGESTIONS)


def _xml(text: str, kind: str) -> Response:
    return Response(text, media_type=f"{kind}; charset=utf-8")


def routes() -> list[Route]:
    """The routes of feeds, and of what browsers ask for."""
    handlers: dict[str, Handler] = {
        _ATOM: _atom,
        _RSS: _rss,
        _DESCRIPTION: _description,
        _SUGGESTIONS: _suggestions,
    }
    return [Route(path, answering(handler), methods=["GET"]) for path, handler in handlers.items()]
