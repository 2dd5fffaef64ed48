"""What is asked before anything else: is this server meant, by whom, how often, how large; and what a browser may do.

*The name.* A page of a stranger whose name is made to mean this machine (DNS rebinding) would be of the same origin as
the archive. So the `Host` of a request has to be an address, `localhost`, or a name that the server was told: names are
what can be made to mean something else, addresses cannot.

*Other pages.* A page of a stranger cannot read answers, but could have questions asked and measure how long that takes.
Browsers say from where a request comes (`Sec-Fetch-Site`), if it goes to this machine or by TLS; from other sites a
link may be followed, nothing else.

*The token.* As a bearer token, or as the password of any user, which browsers ask for and readers of feeds can keep.
"""

from __future__ import annotations

import ipaddress
import math
import re
from base64 import b64decode
from hmac import compare_digest
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchidx.web.middleware.rate_limit import Rates
from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

__all__ = ["HEADERS", "Guard"]

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@]+))(?::[0-9]{1,5})?", re.IGNORECASE)
MAX_TARGET = 50_000
"""The longest path and query string, in bytes as sent."""
MAX_BODY = 1 << 16
"""The longest body, which nobody reads."""

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
        self._names = {name.lower() for name in settings.names} | {"localhost", settings.host.lower()}
        self._token = None if settings.token is None else settings.token.encode()
        self._rates = None if settings.rate is None else Rates(settings.rate)

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
            self._admit(scope, Headers(scope=scope))
        except Problem as problem:
            await problem.response()(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _admit(self, scope: Scope, headers: Headers) -> None:
        """Raise the problem that a request has."""
        self._require_host(headers.get("host", ""))
        _require_address(scope.get("raw_path", b""), scope["query_string"])
        _require_no_body(headers)
        if self._rates is not None and (seconds := self._rates.wait((scope.get("client") or ("",))[0])):
            retry = {"Retry-After": str(math.ceil(seconds))}
            raise Problem(429, "too-many-requests", f"too many requests: try again in {retry['Retry-After']} s", retry)
        if self._token is not None and not compare_digest(_shown(headers.get("authorization", "")), self._token):
            raise Problem(
                401,
                "unauthorized",
                "this archive asks for its token: as a bearer token, or as the password of any user",
                {"WWW-Authenticate": 'Basic realm="searchidx", charset="UTF-8", Bearer realm="searchidx"'},
            )
        follows = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not follows:
            raise Problem(403, "other-site", "pages of other sites may link to this archive, and nothing else")

    def _require_host(self, host: str) -> None:
        found = _HOST.fullmatch(host)
        name = "" if found is None else (found[1] or found[2]).lower()
        if name not in self._names and not _is_address(name):
            detail = f"this server does not go by the name {host[:100]!r}: --allow-host gives it one"
            raise Problem(421, "unknown-host", detail)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _require_address(path: bytes, query_string: bytes) -> None:
    if len(path) + len(query_string) > MAX_TARGET:
        raise Problem(414, "address-too-long", f"an address has at most {MAX_TARGET:,} bytes here")
    try:
        unquote_to_bytes(path + query_string).decode()
    except UnicodeDecodeError:  # it would be read as something else
        raise Problem(400, "bad-request", "the address is not UTF-8, %-encoded") from None


def _require_no_body(headers: Headers) -> None:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length[:20]) > MAX_BODY:
        raise Problem(413, "body-too-large", "no request needs a body here", {"Connection": "close"})


def _shown(authorization: str) -> bytes:
    """The token that a request shows; empty where it shows none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("utf-8", "replace")
    if scheme.lower() == "basic":
        try:
            return b64decode(value.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return b""
    return b""
