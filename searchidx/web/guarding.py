"""What is asked before anything else: is the server meant, and what may the browser do with the answer.

A page of a stranger whose name is made to mean this machine (DNS rebinding) would be of the same origin as the archive,
so the `Host` of a request has to be an address, `localhost`, or a name the server was told. Addresses are safe, since
no name has to be resolved for them.
"""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

__all__ = ["Guard"]

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer: no script, style or frame but our own; nobody learns from which search a link was followed."""


class Guard:
    """An application that answers only what it may."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = settings.names | {"localhost", settings.host}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._require(Headers(scope=scope))
        except Problem as problem:
            await problem.response()(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _require(self, headers: Headers) -> None:
        """Raise the problem that a request has."""
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise Problem(
                421,
                "unknown-host",
                f"this server is not known as {host[:100]!r}: start it with --allow-host to make it so",
            )

    def _is_ours(self, host: str) -> bool:
        name = host.lower().rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.lower().split(":")[0]
        if name in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True
