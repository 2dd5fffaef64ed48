"""What every reader of a format shares: the file it is given, and what it gives back."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, Protocol, cast

from searchidx.article import Article

__all__ = ["MAX_DEPTH", "MAX_FILE", "Reader", "Skip", "SourceFile", "TooLarge", "decode"]

MAX_FILE = 64 * 1024 * 1024
"""A file that is read whole, and a line of one that is not, may unpack to so many bytes."""
MAX_DEPTH = 4
"""So many containers may lie within each other: a page in a mail in a mailbox in an archive."""
HEAD = 4096
BINARY = "it is binary data, not text"
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)
"""What damaged gzip data raise."""
MAX_REASON = 200
_BLOCK = 1 << 16
_UTF8 = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not read.

    Attributes:
        place: the file, with the number of a record's line after `:`.
        reason: one clause, cut to 200 characters.
        damaged: what the place holds is unknown (cut off, unreadable), not known and refused.
    """

    place: str
    reason: str
    damaged: bool = True

    def __post_init__(self) -> None:
        if len(self.reason) > MAX_REASON:
            object.__setattr__(self, "reason", f"{self.reason[: MAX_REASON - 1]}…")


class TooLarge(Exception):
    """A file, or a line of it, is larger than a reader takes."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes:
        path: where it is.
        name: the path below the root of its source, with forward slashes: the article's id where it states none.
        url: where it was saved from, where that is known.
        on_bytes: is told, now and then while a large file is read, how many bytes have been.
        data: what it holds, where it is a member of the file at `path`; None where it is that file itself.
        depth: in how many containers it lies.
    """

    path: Path
    name: str
    url: str | None = None
    on_bytes: Callable[[int], None] | None = None
    data: bytes | None = None
    depth: int = 0

    def open(self) -> BufferedReader:
        """The file as it is stored."""
        return open(self.path, "rb") if self.data is None else BufferedReader(cast(Any, BytesIO(self.data)))

    def member(self, name: str, data: bytes, url: str | None = None) -> SourceFile:
        """What a container holds under a name: `archive.zip/page.html`."""
        return SourceFile(self.path, f"{self.name}/{name}", url, data=data, depth=self.depth + 1)

    def blocks(self) -> Iterator[bytes]:
        """The file's bytes, unpacked where gzip packed them.

        Damaged gzip data raise one of `DAMAGE` once all that could be unpacked has been given, not before: the caller
        knows whether a part is worth keeping.
        """
        with self.open() as file:
            packed = file.peek(2)[:2] == b"\x1f\x8b"
            stream = gzip.GzipFile(fileobj=file) if packed else file
            while block := stream.read1(_BLOCK):
                if self.on_bytes is not None:
                    self.on_bytes(file.tell())
                yield block

    def head(self) -> bytes:
        """The first 4,096 bytes, or what there is of them: no byte order mark, and UTF-8 where that said UTF-16."""
        head = b""
        with contextlib.suppress(*DAMAGE):
            for block in self.blocks():
                head += block
                if len(head) >= HEAD:
                    break
        head = head[:HEAD]
        return head.decode("utf-16", "ignore").encode() if head[:2] in _UTF16 else head.removeprefix(_UTF8)

    def read(self) -> bytes:
        """The whole file; `TooLarge` where it is more than a person would have written."""
        data = bytearray()
        for block in self.blocks():
            data += block
            if len(data) > MAX_FILE:
                raise TooLarge(f"it is larger than {MAX_FILE // 1024 // 1024} MB")
        return bytes(data)

    def lines(self) -> Iterator[bytes]:
        """The lines of the file in UTF-8, one at a time, without their ends; `TooLarge` where one is too long.

        Damaged gzip data raise one of `DAMAGE` after the last line that could be unpacked, whole or cut off.
        """
        last: list[bytes] = []
        size = 0
        damage: Exception | None = None
        try:
            for block in self._utf8_blocks():
                end, *lines = block.split(b"\n")
                last.append(end)
                size += len(end)
                if size > MAX_FILE:
                    raise TooLarge(f"a line is longer than {MAX_FILE // 1024 // 1024} MB")
                if lines:
                    yield b"".join(last)
                    last = [lines.pop()]
                    size = len(last[0])
                    yield from lines
        except DAMAGE as error:
            damage = error
        if size:
            yield b"".join(last)
        if damage is not None:
            raise damage

    def _utf8_blocks(self) -> Iterator[bytes]:
        """The blocks without a byte order mark; all as one, in UTF-8, where that says UTF-16."""
        blocks = self.blocks()
        first = next(blocks, b"")
        if first[:2] in _UTF16:
            yield decode(self.read()).encode()
        else:
            yield first.removeprefix(_UTF8)
            yield from blocks


class Reader(Protocol):
    """A module that reads one format."""

    SUFFIXES: tuple[str, ...]
    __name__: str

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format."""
        ...

    def read(self, file: SourceFile) -> Iterator[Article | Skip]:
        """The articles of a file, and what was skipped."""
        ...


def decode(data: bytes) -> str:
    """Bytes to text: as their byte order mark says, else UTF-8, else Windows-1252; ValueError where it is no text."""
    for mark, encoding in ((_UTF8, "utf-8-sig"), *((mark, "utf-16") for mark in _UTF16)):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise ValueError(f"it is not the {encoding} that it says it is: {error.reason}") from None
    if b"\0" in data:
        raise ValueError(BINARY)
    text = decode_utf8(data)
    if text is None:
        text = data.decode("cp1252", errors="replace")
        if text.count("\ufffd") * 20 > len(text):
            raise ValueError(BINARY)
    if is_binary(text):
        raise ValueError(BINARY)
    return text


def decode_utf8(data: bytes) -> str | None:
    """Bytes in UTF-8 to text; None where they are in another encoding.

    A text that was cut off or spoilt in places is UTF-8 still, as long as more of its characters beyond ASCII are whole
    than are not: what looks like one in another encoding is so by accident.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
    return text if text.count("\ufffd") * 2 <= len(text) - len(text.encode("ascii", "ignore")) else None


def is_binary(text: str) -> bool:
    """Whether more than a twentieth of it is control characters that no text holds."""
    return sum(text.count(chr(code)) for code in (*range(9), *range(14, 32))) * 20 > len(text)


def skip_of(file: SourceFile, error: BaseException) -> Skip:
    """What to say of a file that could not be read."""
    if isinstance(error, DAMAGE):
        return Skip(file.name, "its gzip data is damaged or cut off")
    if isinstance(error, OSError):
        return Skip(file.name, f"it cannot be read: {error.strerror or error}")
    return Skip(file.name, str(error))


def value_of(mapping: dict[str, Any], *names: str) -> Any:
    """The first of some keys that holds something."""
    for name in names:
        if (found := mapping.get(name)) not in (None, "", [], {}):
            return found
    return None
