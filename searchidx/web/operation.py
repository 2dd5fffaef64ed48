"""An operation of the HTTP API: its declaration, and how a request becomes a call of its handler.

A request for a further page has a page token. It gets the snapshot and the day of the first page, or 410.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from searchidx.archive import Archive
from searchidx.errors import QueryError
from searchidx.render.serialize import json_line
from searchidx.web.download_name import download_name
from searchidx.web.endpoint import create_endpoint
from searchidx.web.page_token import PageToken
from searchidx.web.parameters import Parameter, parse_parameters
from searchidx.web.problems import Problem
from searchidx.web.snapshots import ArchiveSnapshots
from searchidx.web.streaming import BLOCK_BYTES, stream_text

PREFIX = "/api/v1"
JSON, JSONL, CSV, TEXT = "application/json", "application/x-ndjson", "text/csv", "text/plain"
BYTE_ORDER_MARK = "\ufeff"
BOM = Parameter("bom", "Begin CSV with a byte order mark, by which Excel recognises UTF-8.", {"type": "boolean"}, False)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A parsed request.

    Attributes:
        values: the value of each parameter, parsed by its schema.
        key: the operation and its parameters, without those that select a page.
        offset: the number of hits before the page.
        today: the day that relative dates count from.
        fingerprint: the snapshot to answer from; None for the newest.
    """

    request: Request
    values: Mapping[str, Any]
    key: str
    offset: int
    today: dt.date
    fingerprint: str | None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API.

    Attributes:
        name: its path below `PREFIX`.
        summary, description: its documentation.
        parameters: the parameters of its query string.
        handler: the function that answers it.
        content: for each media type of its responses the schema in docs/schemas, or None.
        problems: its error statuses, besides those that every operation may return.
        method: GET, or POST if it writes or has a body.
        body: the media types of the body of its requests; empty for none. Operations with a body do not write.
    """

    name: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    handler: Callable[[ApiRequest, Archive], Response]
    content: Mapping[str, str | None]
    problems: tuple[int, ...]
    method: str = "GET"
    body: tuple[str, ...] = ()

    def route(self) -> Route:
        """Return the route of this operation."""
        return Route(
            f"{PREFIX}/{self.name}", create_endpoint(self._respond, self._choose_archive), methods=[self.method]
        )

    def _choose_archive(self, request: Request, snapshots: ArchiveSnapshots) -> Archive:
        parsed = request.state.parsed = self._parse(request)
        if parsed.fingerprint is None:
            return snapshots.newest()
        archive = snapshots.find(parsed.fingerprint)
        if archive is None:
            raise Problem(410, "archive-changed", "the archive has changed since the first page: request that again")
        return archive

    def _respond(self, request: Request, archive: Archive) -> Response:
        parsed: ApiRequest = request.state.parsed
        if self.method != "GET" and not self.body and not request.app.state.settings.can_write:
            raise Problem(403, "read-only", "this server does not write: start it with --workspace FILE")
        try:
            return self.handler(parsed, archive)
        except QueryError as error:
            if error.query or "q" not in parsed.values:
                raise
            # A timeout outside the search itself, in snippets or hints, does not know the query.
            raise QueryError(str(parsed["q"]), error.diagnostics) from None

    def _parse(self, request: Request) -> ApiRequest:
        values = parse_parameters(request.query_params, self.parameters)
        paging = ("limit", "next")
        key = repr((self.name, sorted((name, value) for name, value in values.items() if name not in paging)))
        if (text := values.get("next")) is None:
            return ApiRequest(request, values, key, 0, dt.date.today(), None)
        try:
            token = PageToken.decode(text, key)
        except ValueError:
            detail = "the parameter next must come from an answer to a request with the same parameters"
            raise Problem(400, "bad-parameter", detail, parameter="next") from None
        return ApiRequest(request, values, key, token.offset, token.today, token.fingerprint)


def json_response(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON document."""
    return Response(json_line(document) + "\n", headers=headers, media_type=JSON)


def page_response(
    request: ApiRequest, archive: Archive, document: Mapping[str, Any], shown: int, total: int
) -> Response:
    """Return a page of `shown` hits as JSON, with `next` and a `Link` header if others follow."""
    offset = request.offset + shown
    if not shown or offset >= total:
        return json_response({**document, "next": None})
    token = PageToken(offset, archive.fingerprint, request.today).encode(request.key)
    url = request.request.url
    parameters = [(name, value) for name, value in request.request.query_params.multi_items() if name != "next"]
    link = f"{url.path}?{urlencode([*parameters, ('next', token)], quote_via=quote)}"
    return json_response({**document, "next": token}, {"Link": f'<{link}>; rel="next"'})


def lines_response(
    request: ApiRequest, lines: Iterable[str], media_type: str, suffix: str, end: str = "\n"
) -> Response:
    """Stream lines, given without their ends, as a file."""
    return file_response(request, (line + end for line in lines), media_type, suffix)


def csv_response(request: ApiRequest, lines: Iterable[str]) -> Response:
    """Stream the lines of a CSV file."""
    return lines_response(request, lines, CSV, "csv", "\r\n")


def file_response(
    request: ApiRequest, pieces: Iterable[str], media_type: str, suffix: str, block_bytes: int = BLOCK_BYTES
) -> Response:
    """Stream pieces of text as a file that is named by the query and the day."""
    if request.values.get("bom") and media_type == CSV:
        pieces = chain((BYTE_ORDER_MARK,), pieces)
    name = download_name(request.values.get("q") or "", request.today, suffix)
    return stream_text(request.request, pieces, media_type, name, block_bytes)
