"""From a handler to what a server calls: the archive it works on, the thread it works in, answers that need no sending.

What an answer says depends on the snapshot, the day (`date:yesterday`) and this searchidx alone. These are its `ETag`:
who shows one that still holds is told so (304), and nothing is worked out.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from searchidx import __version__
from searchidx.archive import Archive
from searchidx.web.live import Live
from searchidx.web.work import Work

__all__ = ["Handler", "answering"]

Handler = Callable[[Request, Archive], Response]
_TAG = re.compile(r'"[^"]*"')


def answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint of a handler."""

    def answer(request: Request) -> Response:
        live: Live = request.app.state.live
        archive = live.archive()
        tag = f'"{archive.fingerprint}-{dt.date.today():%Y%m%d}-{__version__}"'
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if tag in _TAG.findall(request.headers.get("if-none-match", "")):
            return Response(None, 304, headers)
        response = handler(request, archive)
        if response.status_code == 200:
            for name, value in headers.items():
                response.headers.setdefault(name, value)
        return response

    async def endpoint(request: Request) -> Response:
        work: Work = request.app.state.work
        return await work.do(answer, request)

    return endpoint
