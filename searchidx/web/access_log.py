"""Access log: a line for each request, and the place of each internal error, on standard error.

Searches are private. So a line has the path of a request without its query string, and an error is logged by its type
and traceback without its message, unless the server runs with `--log-queries`.
"""

from __future__ import annotations

import logging
import traceback
from time import perf_counter, strftime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("searchidx.web")


def configure_logging() -> None:
    """Send the messages of the server and of uvicorn to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name, level in (("searchidx.web", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


class AccessLogMiddleware:
    """ASGI middleware that logs requests and internal errors."""

    def __init__(self, app: ASGIApp, log_queries: bool) -> None:
        self._app = app
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        status, is_complete = 0, False

        async def send_and_record(message: Message) -> None:
            nonlocal status, is_complete
            if message["type"] == "http.response.start":
                status = message["status"]
            is_complete = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, send_and_record)
        except Exception as error:  # swallowed: uvicorn closes the connection, as the response is incomplete
            _log.error("%s", self._format_error(error))
        finally:
            query = b"?" + scope["query_string"] if self._log_queries and scope["query_string"] else b""
            _log.info(
                "%s %s %s %s%s %s%s %.1f ms",
                strftime("%Y-%m-%d %H:%M:%S"),
                (scope.get("client") or ("-",))[0],
                scope["method"],
                scope.get("raw_path", b"").decode("ascii", "replace"),
                query.decode("ascii", "replace"),
                status or "-",
                "" if is_complete else " incomplete",
                1000 * (perf_counter() - start),
            )

    def _format_error(self, error: BaseException) -> str:
        """Return the traceback and type of an error and its causes; with messages if queries are logged."""
        if self._log_queries:
            return "".join(traceback.format_exception(error)).rstrip()
        chain = []
        cause: BaseException | None = error
        while cause is not None:
            chain.append("".join(traceback.format_tb(cause.__traceback__)) + type(cause).__name__)
            cause = cause.__cause__ or cause.__context__
        return "\ncaused by\n".join(chain)
