"""A wire between a client and a node that can be made bad: slow, dumb, cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType

HOST = "127.0.0.1"


class Proxy:
    """Passes on what comes to a port of its own, until it is told otherwise.

    Attributes:
        delay: seconds each piece of an answer is held back.
        dumb: whether answers are held back for ever.
        requests: so many pieces went towards the node.
    """

    def __init__(self, port: int, host: str = HOST) -> None:
        self.delay = 0.0
        self.dumb = False
        self.requests = 0
        self._target = port
        self._ended = threading.Event()
        self._held: list[socket.socket] = []
        self._server = socket.create_server((host, 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._server.accept()
                self._held.append(near)
                far = socket.create_connection((HOST, self._target))
                self._held.append(far)
            except OSError:
                return
            threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):  # either end goes away, as ends do
            while piece := source.recv(1 << 16):
                if not is_answer:
                    self.requests += 1
                elif self.dumb:
                    return
                elif self.delay:
                    self._ended.wait(self.delay)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End all connections at once, in the middle of whatever they carry."""
        while self._held:
            with self._held.pop() as one, suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        with self._server, suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # whoever waits in accept is to notice
        self.cut()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
