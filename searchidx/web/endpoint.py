"""From a handler to what a server calls: the archive it works on, the thread it works in, answers that need no sending.

What an answer says depends on the snapshot, the day (`date:yesterday`) and this searchidx alone. These are its `ETag`:
who shows one that still holds is told so (304), and nothing is worked out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from searchidx import __version__
from searchidx.archive import Archive
from searchidx.web.executor import Work
from searchidx.web.snapshots import Live

__all__ = ["Handler", "answering"]

Handler = Callable[[Request, Archive], Response]
Choose = Callable[[Request, Live], Archive]
_TAG = re.compile(r'"[^"]*"')


def _last(request: Request, live: Live) -> Archive:
    return live.archive()


def answering(handler: Handler, choose: Choose = _last) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of a handler, which works on the last commit where it does not `choose` another."""

    async def endpoint(request: Request) -> Response:
        work: Work = request.app.state.work
        return await work.do(partial(_answer, request, handler, choose))

    return endpoint


def _answer(request: Request, handler: Handler, choose: Choose) -> Response:
    archive = choose(request, request.app.state.live)
    tag = f'"{archive.fingerprint}-{dt.date.today():%Y%m%d}-{__version__}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in _TAG.findall(request.headers.get("if-none-match", "")):
        return Response(None, 304, headers)
    response = handler(request, archive)
    if response.status_code == 200:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
    return response
