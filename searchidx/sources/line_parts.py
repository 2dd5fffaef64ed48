"""Divide a large file of JSON Lines into parts that processes read apart, each a few hundred whole records.

A part ends with a line that ends with `}` before one that begins with `{`. This holds between records of one line, and
between objects over several lines. Where parts end depends on the file alone, so that it gives the same articles for
any number of processes. A file without such places, such as an array or one large object, is not divided.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from searchidx.sources.byte_stream import FileSlice
from searchidx.sources.compression import DamagedDataError, detect_compression
from searchidx.sources.skip import skip_unreadable
from searchidx.sources.source_file import MAX_FILE, ExpansionBudget, SourceFile, TooLargeError
from searchidx.sources.text_encoding import UTF8, RecordDecoder, detect_wide

PART_SIZE = 1 << 19
"""A part has at least this many bytes, except the last one."""
_MAX_FIRST_PART = 8
"""The end of the first part is looked for in this many times `PART_SIZE`."""
_BOUNDARIES = (b"}\n{", b"}\r\n{")


def divide(file: SourceFile) -> Iterator[SourceFile]:
    """The parts of a file in order, or the file itself.

    Each part has a budget of its own without a limit, of which decompressing it is spent, so that whoever reads the
    parts in order can spend it of the file's. If the file is damaged, the last part says so. A remainder without
    boundaries is a part that is not held in memory.
    """
    divider = _Divider(file)
    data = bytearray()
    damage = ""
    size = PART_SIZE
    try:
        for block in divider.blocks():
            data += block
            if len(data) < size:
                continue
            if end := _find_last_boundary(data):
                yield divider.part(bytes(data[:end]))
                del data[:end]
                size = PART_SIZE
            elif size <= (MAX_FILE if divider.line > 1 else _MAX_FIRST_PART * PART_SIZE):
                size *= 2
            else:
                yield divider.remainder()
                return
    except (OSError, DamagedDataError, TooLargeError) as error:
        damage = skip_unreadable(file.name, error).reason
    if divider.line == 1:
        yield file
    elif data or damage:
        yield divider.part(bytes(data), damage)


def _find_last_boundary(data: bytearray) -> int:
    """Where the last record in some data begins; 0 if no boundary is found."""
    for boundary in _BOUNDARIES:
        if (at := data.rfind(boundary)) >= 0:
            return at + len(boundary) - 1
    return 0


class _Divider:
    """Makes the parts of a file.

    Attributes:
        line: the number of the first line of the next part.
    """

    def __init__(self, file: SourceFile) -> None:
        self.line = 1
        self._file = file
        self._source = replace(file, budget=file.budget.renew())
        self._spent = 0
        self._offset = 0  # of the next part, in decompressed bytes
        self._decoder = RecordDecoder()

    def blocks(self) -> Iterator[bytes]:
        """The decompressed blocks of the file; none if it is small, or does not begin like JSON Lines in UTF-8."""
        with self._source.open() as opened:
            is_compressed = detect_compression(opened.peek(6)) != ""
        if self._file.opener is None and not is_compressed:
            data = self._file.data
            if (self._file.path.stat().st_size if data is None else len(data)) < PART_SIZE:
                return
        blocks = self._source.blocks()
        first = next(blocks, b"")
        start = first.removeprefix(UTF8)
        if detect_wide(first) is None and start.lstrip().startswith(b"{"):
            self._offset = len(first) - len(start)
            yield start
            yield from blocks

    def part(self, data: bytes, damage: str = "") -> SourceFile:
        """The next part."""
        budget = ExpansionBudget(math.inf)
        budget.spent, self._spent = self._source.budget.spent - self._spent, self._source.budget.spent
        charset = self._find_encoding(data)
        found = replace(
            self._file, data=data, opener=None, on_bytes=None, charset=charset, budget=budget, first_line=self.line,
            damage=damage,
        )  # fmt: skip
        self.line += data.count(b"\n")
        self._offset += len(data)
        return found

    def remainder(self) -> SourceFile:
        """All that follows the parts made so far; the file itself if there are none."""
        if self.line == 1:
            return self._file
        file, offset = replace(self._file, on_bytes=None, budget=ExpansionBudget(math.inf)), self._offset
        opener: Any = lambda: FileSlice(file, offset, sys.maxsize)  # noqa: E731
        charset = self._decoder.encoding
        return replace(self._file, data=None, opener=opener, on_bytes=None, charset=charset, first_line=self.line)

    def _find_encoding(self, data: bytes) -> str | None:
        """The encoding of records that are not UTF-8, by the first of them in the file; None if there were none."""
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError:
                for line in data.split(b"\n"):
                    if self._decoder.is_decided:
                        break
                    self._decoder.decode(line)
        return self._decoder.encoding
