"""Streams over a file's decompressed bytes, for parsers that read from a file object."""

from __future__ import annotations

from io import RawIOBase
from typing import Any

from searchidx.sources.source_file import SourceFile

_SKIP_SIZE = 1 << 16
"""Bytes read at once to move forward."""


class DecompressedStream:
    """The decompressed bytes of a file as a seekable stream. Seeking back decompresses again from the start."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._rewind()

    def _rewind(self) -> None:
        self._blocks = self._file.blocks()
        self._buffer = bytearray()
        self._position = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or those that are left."""
        while len(self._buffer) < size and (block := next(self._blocks, b"")):
            self._buffer += block
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._position += len(data)
        return data

    def seek(self, position: int) -> None:
        """Move to a position in the decompressed bytes."""
        if position < self._position:
            self._rewind()
        while self._position < position and self.read(min(position - self._position, _SKIP_SIZE)):
            pass

    def tell(self) -> int:
        """The position in the decompressed bytes."""
        return self._position


class FileSlice(RawIOBase):
    """A range of a file's decompressed bytes, read once from start to end."""

    def __init__(self, file: SourceFile, start: int, size: int) -> None:
        self._stream = DecompressedStream(file)
        self._stream.seek(start)
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)
