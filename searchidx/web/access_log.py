"""What the server writes down: a line for each request, and where a fault was, on standard error.

Who reads an archive may not want it known what for. So a line has the path of a request and not what was asked for, and
a fault is told by its place and kind and not by its words, unless the server is told to write queries down.
"""

from __future__ import annotations

import logging
import traceback
from time import perf_counter, strftime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Logged", "begin"]

_log = logging.getLogger("searchidx.web")


def begin() -> None:
    """Write what the server and its library have to say to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name, level in (("searchidx.web", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


class Logged:
    """An application whose requests and faults are written down."""

    def __init__(self, app: ASGIApp, queries: bool) -> None:
        self._app = app
        self._queries = queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status, ended = 0, False

        async def noted(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # whatever it is: the server ends the connection, since no answer was completed
            _log.error("%s", self._fault(error))
        finally:
            asked = b"?" + scope["query_string"] if self._queries and scope["query_string"] else b""
            _log.info(
                "%s %s %s %s%s %s%s %.1f ms",
                strftime("%Y-%m-%d %H:%M:%S"),
                (scope.get("client") or ("-",))[0],
                scope["method"],
                scope.get("raw_path", b"").decode("ascii", "replace"),
                asked.decode("ascii", "replace"),
                status or "-",
                "" if ended else " not to its end",
                1000 * (perf_counter() - began),
            )

    def _fault(self, error: BaseException) -> str:
        """Where a fault was, and of which kind; what it says, too, where that may be written down."""
        if self._queries:
            return "".join(traceback.format_exception(error)).rstrip()
        told = []
        cause: BaseException | None = error
        while cause is not None:
            told.append("".join(traceback.format_tb(cause.__traceback__)) + type(cause).__name__)
            cause = cause.__cause__ or cause.__context__
        return "\ncaused by\n".join(told)
