"""Starlette endpoints for handlers: choose the archive, run in a thread, answer conditional requests.

An answer depends on the snapshot, the workspace, the day (`date:yesterday`) and the version of searchidx only. Its
`ETag` names these four. A request whose `If-None-Match` has the current tag gets 304, and its handler does not run. The
tag is weak: an answer has the same one compressed and uncompressed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from searchidx.archive import Archive
from searchidx.version import __version__
from searchidx.web.executor import RequestExecutor
from searchidx.web.snapshots import ArchiveSnapshots

Handler = Callable[[Request, Archive], Response]
ArchiveChooser = Callable[[Request, ArchiveSnapshots], Archive]
_ENTITY_TAG = re.compile(r'W/"[^"]*"')


def _newest(request: Request, snapshots: ArchiveSnapshots) -> Archive:
    return snapshots.newest()


def create_endpoint(
    handler: Handler, choose_archive: ArchiveChooser = _newest
) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler as an endpoint; by default it gets the archive of the last commit."""

    async def endpoint(request: Request) -> Response:
        executor: RequestExecutor = request.app.state.executor
        if request.method == "POST":
            request.state.body = await request.body()  # the security middleware limits its length
        return await executor.run(partial(_respond, request, handler, choose_archive))

    return endpoint


def _respond(request: Request, handler: Handler, choose_archive: ArchiveChooser) -> Response:
    archive = choose_archive(request, request.app.state.snapshots)
    if request.method not in ("GET", "HEAD"):
        response = handler(request, archive)
        response.headers["Cache-Control"] = "no-store"
        return response
    tag = f'W/"{archive.fingerprint}-{archive.workspace.revision()}-{dt.date.today():%Y%m%d}-{__version__}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in _ENTITY_TAG.findall(request.headers.get("if-none-match", "")):
        return Response(None, 304, headers)
    response = handler(request, archive)
    if response.status_code == 200:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
    return response
