"""A TCP proxy between a client and a node, with faults: delays, lost responses, cut connections."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

HOST = "127.0.0.1"


class FaultyProxy:
    """Forwards connections from a port of its own to a target port.

    Attributes:
        port: the port it listens on.
        delay: seconds by which each chunk of a response is delayed.
        drops_responses: whether responses are never forwarded.
        request_chunks: the number of chunks sent to the node.
    """

    def __init__(self, target: int, host: str = HOST) -> None:
        self.delay = 0.0
        self.drops_responses = False
        self.request_chunks = 0
        self._target = target
        self._is_closed = threading.Event()
        self._sockets: list[socket.socket] = []
        self._server = socket.create_server((host, 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._is_closed.is_set():
            try:
                client, _ = self._server.accept()
                self._sockets.append(client)
                node = socket.create_connection((HOST, self._target))
                self._sockets.append(node)
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client, node, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(node, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, is_response: bool) -> None:
        with suppress(OSError):  # either end may close at any time
            while chunk := source.recv(1 << 16):
                if not is_response:
                    self.request_chunks += 1
                elif self.drops_responses:
                    return
                elif self.delay:
                    self._is_closed.wait(self.delay)
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """Close all connections at once, in the middle of any message."""
        while self._sockets:
            with self._sockets.pop() as each, suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening, and close all connections."""
        self._is_closed.set()
        with self._server, suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept
        self.cut()

    def __enter__(self) -> FaultyProxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
