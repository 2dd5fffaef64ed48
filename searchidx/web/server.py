"""The server: uvicorn, told as little as it needs, on a socket that is opened here."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from searchidx.errors import ServerError
from searchidx.web.access_log import Logged
from searchidx.web.middleware.security import HEADERS
from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

__all__ = ["address", "listen", "server_of"]

MAX_HEAD = 1 << 16
"""The longest head of a request in bytes: more than the longest address."""
MAX_CONNECTIONS = 500
HEAD_SECONDS = 20.0
"""The head of a request is there after so many seconds, or its connection is closed."""


def listen(host: str, port: int) -> socket.socket:
    """A socket on an address, port 0 for any; `ServerError` where it cannot be had."""
    try:
        family, kind, protocol, _, found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        # Of a socket that names its protocol asyncio knows that nothing is to be gathered before it is sent, which
        # takes 40 ms an answer; those of socket.create_server name none.
        listening = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(found)
            listening.listen(MAX_CONNECTIONS)
        except OSError:
            listening.close()
            raise
        return listening
    except OSError as error:
        raise ServerError(
            f"nobody can listen on {host}, port {port} ({error.strerror or error}): --host and --port name others"
        ) from error


def address(host: str, listening: socket.socket) -> str:
    """Where a browser finds the server."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"


def server_of(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """A server of an application: `run([listening])` answers until the process is told to end."""
    config = uvicorn.Config(
        Logged(app, settings.log_queries),
        loop="asyncio",
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        h11_max_incomplete_event_size=MAX_HEAD,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


class _Protocol(H11Protocol):
    """uvicorn's, but what is no request is told as a problem, and nobody holds a connection with half a head."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def send_400_response(self, msg: str) -> None:
        detail = f"this is no request of HTTP/1.1, or its head is longer than {MAX_HEAD:,} bytes"
        response = Problem(400, "bad-request", detail).response()
        headers = [*response.raw_headers, *((name.encode(), value.encode()) for name, value in HEADERS.items())]
        for event in (
            h11.Response(status_code=400, headers=[*headers, (b"connection", b"close")]),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
