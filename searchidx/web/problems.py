"""Errors as problem documents (RFC 9457): JSON with the status, the reason and the place in the query.

Handlers raise `Problem`, or the library's errors for queries and clusters. Any other exception is an internal error: it
is reported as status 500, without its message.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from searchidx.diagnostics import Kind
from searchidx.errors import (
    AmbiguousIdError,
    ListError,
    QueryError,
    SnapshotLostError,
    UnavailableError,
    UnsupportedError,
)
from searchidx.render.serialize import json_line

MEDIA_TYPE = "application/problem+json"
_COSTLY = {Kind.BROAD_PATTERN, Kind.TOO_MUCH_WORK, Kind.TOO_LONG, Kind.TOO_DEEP, Kind.TOO_MANY_TERMS}

_log = logging.getLogger(__name__)


class Problem(Exception):
    """Raised for a request that cannot be answered.

    Attributes:
        status: the HTTP status.
        kind: the stable name that programs compare: `bad-query`, `unknown-id` …
        detail: the reason, for a person: a clause in lower case, without a full stop.
        headers: further headers of the response (`Retry-After`, `Allow`).
        members: further members of the document (`diagnostics`, `parameter`).
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: object
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        """Return the problem document as a response."""
        document = {
            "type": f"urn:searchidx:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        return Response(json_line(document), self.status, {"Cache-Control": "no-store", **self.headers}, MEDIA_TYPE)


REMOVED = " in this archive; it may have been removed"
"""What a page adds to the detail of `unknown_id`."""


def unknown_id(id: str, added: str = "") -> Problem:
    """The problem that no article has an id."""
    return Problem(404, "unknown-id", f"there is no article {id[:200]!r}{added}", id=id)


def problem_from_error(error: Exception) -> Problem:
    """Convert an exception to a problem; unexpected ones become the problem `fault`."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, QueryError):
        is_costly = any(each.kind in _COSTLY for each in error.diagnostics if each.is_error)
        return Problem(
            422 if is_costly else 400,
            "too-much-work" if is_costly else "bad-query",
            str(error),
            query=error.query,
            diagnostics=[each.to_dict() for each in error.diagnostics],
        )
    if isinstance(error, AmbiguousIdError):
        return Problem(404, "ambiguous-id", str(error), id=error.id, ids=list(error.ids))
    if isinstance(error, UnsupportedError):
        return Problem(403, "unsupported", str(error))
    if isinstance(error, ListError):
        return Problem(400, "bad-list", str(error))
    if isinstance(error, (UnavailableError, SnapshotLostError)):  # the message may name hosts, so only the log has it
        _log.warning("%s", error)
        return Problem(
            503, "unavailable", "the cluster of this archive does not answer: try again", {"Retry-After": "5"}
        )
    if isinstance(error, HTTPException):
        kinds = {404: ("not-found", "there is nothing at this address"), 405: ("bad-method", "only GET and HEAD work")}
        kind, detail = kinds.get(error.status_code, ("bad-request", str(error.detail)))
        return Problem(error.status_code, kind, detail, error.headers)
    return Problem(500, "fault", "searchidx failed on this request; the server's log has the details")


HANDLED_EXCEPTIONS = (
    Problem,
    QueryError,
    AmbiguousIdError,
    UnsupportedError,
    ListError,
    UnavailableError,
    SnapshotLostError,
    HTTPException,
    Exception,
)
"""The exceptions to register with Starlette, which picks the handler of the nearest base class."""
