"""Answers of any length, sent as they are made.

Pieces of text are gathered to blocks, each made in a thread once the one before it was taken by the client: so memory
is that of a block however long the answer is, a slow client keeps no thread, and one that takes nothing is left.

What breaks before the first block is told as a problem. What breaks later ends the connection without the last chunk
that HTTP/1.1 has: every client sees that as an error, so half an answer is never taken for a whole one. HTTP/1.0 has no
such chunk, and is refused what is longer than a block.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from searchidx.web.executor import Work
from searchidx.web.problems import Problem

__all__ = ["stream"]

BLOCK = 1 << 16
"""A block has so many bytes at least, but for the last."""
PATIENCE = 60.0
"""A client that takes nothing for so many seconds is left."""


def stream(request: Request, pieces: Iterable[str], media_type: str, name: str) -> Response:
    """An answer of some pieces of text, which a browser keeps as a file of that name."""
    blocks = _Blocks(pieces)
    first = blocks.next()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if blocks.ended or request.method == "HEAD":
        return Response(first if blocks.ended else b"", headers=headers, media_type=media_type)
    if request.scope["http_version"] == "1.0":
        raise Problem(505, "old-http", "an answer of this length wants HTTP/1.1, whose end can be told from a break")
    return _Stream(request.app.state.work, first, blocks, headers, media_type)


class _Blocks:
    """Pieces of text, some at a time, as bytes."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces: Iterator[str] = iter(pieces)
        self.ended = False

    def next(self) -> bytes:
        gathered = bytearray()
        while len(gathered) < BLOCK:
            piece = next(self._pieces, None)
            if piece is None:
                self.ended = True
                break
            gathered += piece.encode()
        return bytes(gathered)

    def leave(self) -> None:
        """Let go of what makes the pieces."""
        self._pieces = iter(())


class _Stream(StreamingResponse):
    """A first block, and those that follow."""

    def __init__(self, work: Work, first: bytes, blocks: _Blocks, headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(self._made(first, blocks), headers=headers, media_type=media_type)
        self._work = work
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._work.streaming(), suppress(_NobodyTakesIt):
                await super().__call__(scope, receive, send)
        finally:
            self._blocks.leave()

    async def _made(self, first: bytes, blocks: _Blocks) -> AsyncIterator[bytes]:
        yield first
        while not blocks.ended:
            yield await self._work.go_on(blocks.next)

    async def stream_response(self, send: Send) -> None:
        async def patient(message: Message) -> None:
            try:
                with anyio.fail_after(PATIENCE):
                    await send(message)
            except TimeoutError:
                raise _NobodyTakesIt from None

        await super().stream_response(patient)


class _NobodyTakesIt(Exception):
    """The client has taken nothing for too long."""
