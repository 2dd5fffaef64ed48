"""The HTTP API, `/api/v1`: what the library answers, as the JSON that the command line prints."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.engines.base import Sort
from searchidx.render import data
from searchidx.web.answering import answering
from searchidx.web.parameters import Parameter, read

__all__ = ["routes"]

_Q = Parameter("q", "the query", required=True)
_LIMIT = Parameter("limit", "so many at most", {"type": "integer", "minimum": 0, "maximum": 1000}, 10)
_SORT = Parameter(
    "sort", "which hits come first", {"type": "string", "enum": [each.value for each in Sort]}, "relevance"
)


def _search(request: Request, archive: Archive) -> Response:
    values = read(request.query_params, (_Q, _LIMIT, _SORT))
    hits = archive.search(values["q"], limit=values["limit"], sort=values["sort"])
    return Response(data.json_line(data.hits_json(hits, values["q"])), media_type="application/json")


def routes() -> list[Route]:
    """The routes of the API."""
    return [Route("/api/v1/search", answering(_search), methods=["GET"])]
