"""The server process: uvicorn on a socket that is opened here, with limits on connections and request heads."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from searchidx.errors import ServerError
from searchidx.web.access_log import AccessLogMiddleware
from searchidx.web.middleware.security import SECURITY_HEADERS
from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

MAX_HEAD_BYTES = 1 << 16
"""Maximum size of a request head; more than the longest address."""
MAX_CONNECTIONS = 500
HEAD_TIMEOUT = 20.0
"""Seconds within which a request head must arrive; then its connection is closed."""


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket, port 0 for any free port; `ServerError` if that fails."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it a response takes 40 ms longer.
        # socket.create_server() names none.
        listening = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(MAX_CONNECTIONS)
        except OSError:
            listening.close()
            raise
        return listening
    except OSError as error:
        reason = error.strerror or error
        raise ServerError(
            f"cannot listen on {host}, port {port} ({reason}): choose another with --host and --port"
        ) from error


def base_url(host: str, listening: socket.socket) -> str:
    """Return the URL of the server for a browser; for a server on all addresses that of this machine on its network."""
    address, port = listening.getsockname()[:2]
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        host = _network_address(listening.family)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def _network_address(family: int) -> str:
    """Return the address by which this machine reaches others; without a network that of this machine alone."""
    is_ipv6 = family == socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a UDP socket sends nothing. The address is one of those for documentation (RFC 5737, RFC 3849).
            probe.connect(("2001:db8::1" if is_ipv6 else "192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "::1" if is_ipv6 else "127.0.0.1"


def create_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """Create the server of an application; `run([listening])` serves until a signal ends it."""
    config = uvicorn.Config(
        AccessLogMiddleware(app, settings.log_queries),
        loop="asyncio",
        http=_HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


class _HttpProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with a timeout for request heads and problem documents for malformed ones."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._start_timer()
        else:
            self._cancel_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT, self.transport.close)

    def _cancel_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def send_400_response(self, msg: str) -> None:
        detail = f"this is not an HTTP/1.1 request, or its head is longer than {MAX_HEAD_BYTES:,} bytes"
        response = Problem(400, "bad-request", detail).response()
        security = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
        for event in (
            h11.Response(status_code=400, headers=[*response.raw_headers, *security, (b"connection", b"close")]),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
