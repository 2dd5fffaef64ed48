"""Checks Host, size, rate, token and origin of each request, and sets security headers on each response.

Host: prevents DNS rebinding, where an attacker's host name is made to resolve to this machine, which gives the
attacker's page the archive's origin. A `Host` must be an IP address, `localhost`, or a name given with `--allow-host`.
Only names can be rebound. Starlette's TrustedHostMiddleware takes names and `*.suffix` patterns, so it cannot allow
every address.

Origin: a page of another site cannot read answers, but it could send queries and measure how long they take. Browsers
name the origin in `Sec-Fetch-Site` if the server is on this machine or behind TLS, and in `Origin` for requests that
write. Other sites may link here only.

Token: a bearer token, or the password of any user, which browsers ask for and feed readers can store.
"""

from __future__ import annotations

import ipaddress
import math
import re
from base64 import b64decode
from collections.abc import Callable
from hmac import compare_digest
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from searchidx.web.middleware.rate_limit import RateLimiter
from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^\[\]:@]+))(?::[0-9]{1,5})?", re.IGNORECASE)
MAX_TARGET_BYTES = 50_000
"""Maximum length of path and query string, in bytes as sent."""
MAX_BODY_BYTES = 1 << 16
"""Maximum length of a request body that no handler reads."""
MAX_LIST_BYTES = 1 << 21
"""Maximum length of a list of queries, the body of requests to `LIST_PATHS`."""
LIST_PATHS = ("/list", "/api/v1/batch")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Headers of every response: scripts, styles and frames of this server only; links to other sites reveal no search.

With `no-referrer` a browser would send `Origin: null` with a form, and the server would refuse its own form.
"""


class SecurityMiddleware:
    """ASGI middleware that rejects requests with a problem, as `respond` reports it, and adds `SECURITY_HEADERS`."""

    def __init__(self, app: ASGIApp, settings: Settings, respond: Callable[[Request, Problem], Response]) -> None:
        self._app = app
        self._respond = respond
        self._allowed_hosts = {name.lower() for name in settings.allowed_hosts} | {"localhost", settings.host.lower()}
        self._token = None if settings.token is None else settings.token.encode()
        self._rate_limiter = None if settings.rate is None else RateLimiter(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check_request(scope, Headers(scope=scope))
        except Problem as problem:
            await self._respond(Request(scope), problem)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _check_request(self, scope: Scope, headers: Headers) -> None:
        """Raise `Problem` for a request that must not be answered."""
        self._check_host(headers.get("host", ""))
        _check_target(scope.get("raw_path", b""), scope["query_string"])
        _check_body(headers, MAX_LIST_BYTES if scope["path"] in LIST_PATHS else MAX_BODY_BYTES)
        self._check_rate((scope.get("client") or ("",))[0])
        self._check_token(headers.get("authorization", ""))
        _check_origin(headers, is_reading=scope["method"] in ("GET", "HEAD"))

    def _check_host(self, host: str) -> None:
        match = _HOST.fullmatch(host)
        name = "" if match is None else (match[1] or match[2]).lower()
        if name not in self._allowed_hosts and not _is_ip_address(name):
            detail = f"this server does not answer to the name {host[:100]!r}: start it with --allow-host to add a name"
            raise Problem(421, "unknown-host", detail)

    def _check_rate(self, client: str) -> None:
        if self._rate_limiter is not None and (seconds := self._rate_limiter.acquire(client)):
            wait = str(math.ceil(seconds))
            raise Problem(429, "too-many-requests", f"too many requests: try again in {wait} s", {"Retry-After": wait})

    def _check_token(self, authorization: str) -> None:
        if self._token is not None and not compare_digest(_token_from(authorization), self._token):
            raise Problem(
                401,
                "unauthorized",
                "this archive needs its token, as a bearer token or as the password of any user",
                {"WWW-Authenticate": 'Basic realm="searchidx", charset="UTF-8", Bearer realm="searchidx"'},
            )


def _is_ip_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_target(path: bytes, query_string: bytes) -> None:
    if len(path) + len(query_string) > MAX_TARGET_BYTES:
        raise Problem(414, "address-too-long", f"the address is longer than {MAX_TARGET_BYTES:,} bytes")
    try:
        unquote_to_bytes(path + query_string).decode()
    except UnicodeDecodeError:  # a lenient decoder would search for another text
        raise Problem(400, "bad-request", "the address is not percent-encoded UTF-8") from None


def _check_body(headers: Headers, max_bytes: int) -> None:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length[:20]) > max_bytes:
        detail = "requests to this address have no body"
        if max_bytes == MAX_LIST_BYTES:
            detail = f"a list has a Content-Length of up to {MAX_LIST_BYTES:,} bytes: split it"
        raise Problem(413, "body-too-large", detail, {"Connection": "close"})


def _check_origin(headers: Headers, is_reading: bool) -> None:
    is_link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    origin = headers.get("origin")
    if not is_reading and origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise Problem(403, "other-site", "pages of other sites may not change this archive")
    is_link = is_link and is_reading
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not is_link:
        raise Problem(403, "other-site", "pages of other sites may only link to this archive")


def _token_from(authorization: str) -> bytes:
    """Return the token in an Authorization header; empty if there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("utf-8", "replace")
    if scheme.lower() == "basic":
        try:
            return b64decode(value.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return b""
    return b""
