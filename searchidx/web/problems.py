"""What goes wrong, as RFC 9457 has it: JSON that says what, why, and where in the query.

Handlers raise `Problem`, or what the library raises for a query or of a cluster; whatever else they raise is a fault of
ours, and is told as one, without its words.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from searchidx.errors import QueryError, SnapshotLostError, UnavailableError
from searchidx.query.diagnostics import Kind
from searchidx.render.serialize import json_line

__all__ = ["MEDIA_TYPE", "TOLD", "Problem", "problem_of"]

MEDIA_TYPE = "application/problem+json"
_TOO_MUCH = {Kind.BROAD_PATTERN, Kind.TOO_MUCH_WORK, Kind.TOO_LONG, Kind.TOO_DEEP, Kind.TOO_MANY_TERMS}

_log = logging.getLogger(__name__)


class Problem(Exception):
    """What a request cannot be answered for.

    Attributes:
        status: of HTTP.
        kind: a word for it that programs may rely on: `bad-query`, `unknown-id` …
        detail: a sentence for a person.
        headers: what else the answer says (`Retry-After`, `Allow`).
        members: what else the document says (`diagnostics`, `parameter`).
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    def response(self) -> Response:
        """The answer that says so."""
        document = {
            "type": f"urn:searchidx:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }
        return Response(json_line(document), self.status, {"Cache-Control": "no-store", **self.headers}, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """What to say of an error: those of the library and of routing are told as they are, all others as a fault."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, QueryError):
        too_much = any(each.kind in _TOO_MUCH for each in error.diagnostics if each.is_error)
        return Problem(
            422 if too_much else 400,
            "too-much-work" if too_much else "bad-query",
            str(error),
            query=error.query,
            diagnostics=[each.to_dict() for each in error.diagnostics],
        )
    if isinstance(error, (UnavailableError, SnapshotLostError)):  # of a cluster; its words may name hosts
        _log.warning("%s", error)
        return Problem(
            503, "unavailable", "the cluster of this archive does not answer: try again", {"Retry-After": "5"}
        )
    if isinstance(error, HTTPException):
        kinds = {404: ("not-found", "there is nothing here"), 405: ("bad-method", "only GET and HEAD are answered")}
        kind, detail = kinds.get(error.status_code, ("bad-request", str(error.detail)))
        return Problem(error.status_code, kind, detail, error.headers)
    return Problem(500, "fault", "this is a fault of searchidx; the server's log says more")


TOLD = (Problem, QueryError, UnavailableError, SnapshotLostError, HTTPException, Exception)
"""What an application has to handle: of all that is raised the nearest kind is looked for."""
