"""Streaming responses of any length, produced as the client reads them.

Pieces of text are gathered into blocks. A thread produces a block once the client has taken the one before. So memory
use is one block, a slow client holds no thread, and a client that stops reading is disconnected after `SEND_TIMEOUT`.

An error before the first block becomes a problem document. A later error closes the connection without HTTP/1.1's last
chunk, which every client reports as an error, so a partial answer is never taken for a whole one. HTTP/1.0 has no such
chunk: it gets answers of one block, and 505 for longer ones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress

import anyio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from searchidx.web.download_name import content_disposition
from searchidx.web.executor import RequestExecutor
from searchidx.web.problems import Problem

BLOCK_BYTES = 1 << 16
"""Minimum size of a block, by default, except for the last."""
SEND_TIMEOUT = 60.0
"""Seconds after which a client that takes nothing is disconnected."""


def stream_text(
    request: Request, pieces: Iterable[str], media_type: str, filename: str, block_bytes: int = BLOCK_BYTES
) -> Response:
    """Return a response of pieces of text, which browsers save as a file; smaller blocks for costly pieces."""
    blocks = _BlockReader(pieces, block_bytes)
    first = blocks.next()
    headers = {"Content-Disposition": content_disposition(filename)}
    if blocks.is_exhausted or request.method == "HEAD":
        return Response(first if blocks.is_exhausted else b"", headers=headers, media_type=media_type)
    if request.scope["http_version"] == "1.0":
        raise Problem(505, "old-http", "an answer of this length needs HTTP/1.1: HTTP/1.0 cannot mark its end")
    return _BlockStreamingResponse(request.app.state.executor, first, blocks, headers, media_type)


class _BlockReader:
    """Gathers pieces of text into blocks of bytes."""

    def __init__(self, pieces: Iterable[str], block_bytes: int) -> None:
        self._block_bytes = block_bytes
        self._pieces: Iterator[str] = iter(pieces)
        self.is_exhausted = False

    def next(self) -> bytes:
        block = bytearray()
        while len(block) < self._block_bytes:
            piece = next(self._pieces, None)
            if piece is None:
                self.is_exhausted = True
                break
            block += piece.encode()
        return bytes(block)

    def close(self) -> None:
        """Drop the iterator, so that its generator ends and releases what it holds."""
        self._pieces = iter(())


class _BlockStreamingResponse(StreamingResponse):
    """Sends a first block, then each further block as a worker thread produces it."""

    def __init__(
        self,
        executor: RequestExecutor,
        first: bytes,
        blocks: _BlockReader,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(self._iter_blocks(first, blocks), headers=headers, media_type=media_type)
        self._executor = executor
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._executor.stream_slot(), suppress(_SendTimeoutError):
                await super().__call__(scope, receive, send)
        finally:
            self._blocks.close()

    async def _iter_blocks(self, first: bytes, blocks: _BlockReader) -> AsyncIterator[bytes]:
        yield first
        while not blocks.is_exhausted:
            yield await self._executor.resume(blocks.next)

    async def stream_response(self, send: Send) -> None:
        async def send_within_timeout(message: Message) -> None:
            try:
                with anyio.fail_after(SEND_TIMEOUT):
                    await send(message)
            except TimeoutError:
                raise _SendTimeoutError from None

        await super().stream_response(send_within_timeout)


class _SendTimeoutError(Exception):
    """The client has taken nothing for `SEND_TIMEOUT` seconds."""
