"""What every reader of a format shares: the file it is given, and what it gives back."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

from searchidx.article import Article

__all__ = ["MAX_FILE", "Reader", "Skip", "SourceFile", "TooLarge", "decode"]

MAX_FILE = 64 * 1024 * 1024
"""A file that is read whole, and a line of one that is not, may unpack to so many bytes."""
HEAD = 4096


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was not read.

    Attributes:
        place: the file, with the number of a record's line after `:`.
        reason: one clause.
        damaged: what the place holds is unknown (cut off, unreadable), not known and refused.
    """

    place: str
    reason: str
    damaged: bool = True


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
    """

    path: Path
    name: str
    url: str | None = None
    on_bytes: Callable[[int], None] | None = None

    def open(self) -> IO[bytes]:
        """The file's bytes, unpacked where gzip packed them."""
        with open(self.path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast(IO[bytes], gzip.open(self.path)) if packed else open(self.path, "rb")

    def head(self) -> bytes:
        """The first 4,096 bytes."""
        with self.open() as file:
            try:
                return file.read(HEAD)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                return file.read1(HEAD) if hasattr(file, "read1") else b""

    def read(self) -> bytes:
        """The whole file; `TooLarge` where it is more than a person would have written."""
        with self.open() as file:
            data = file.read(MAX_FILE + 1)
        if len(data) > MAX_FILE:
            raise TooLarge(f"it is larger than {MAX_FILE // 1024 // 1024} MB")
        return data

    def lines(self) -> Iterator[bytes]:
        """The lines of the file, one at a time; `TooLarge` where one is too long."""
        with self.open() as file:
            packed = getattr(file, "fileobj", file)
            count = 0
            while line := file.readline(MAX_FILE + 1):
                count += 1
                if self.on_bytes is not None and count % 256 == 0:
                    self.on_bytes(packed.tell())
                if len(line) > MAX_FILE:
                    raise TooLarge(f"a line is longer than {MAX_FILE // 1024 // 1024} MB")
                yield line


class Reader(Protocol):
    """A module that reads one format."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format."""
        ...

    def read(self, file: SourceFile) -> Iterator[Article | Skip]:
        """The articles of a file, and what was skipped."""
        ...


def decode(data: bytes) -> str:
    """Bytes to text: as their byte order mark says, else UTF-8, else Windows-1252; ValueError where it is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise ValueError(f"it is not the {encoding} that it says it is: {error.reason}") from None
    if b"\0" in data:
        raise ValueError("it is binary data, not text")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    strange = sum(text.count(chr(code)) for code in (*range(9), *range(14, 32))) + text.count("\ufffd")
    if strange * 20 > len(text):
        raise ValueError("it is binary data, not text")
    return text


def skip_of(file: SourceFile, error: BaseException) -> Skip:
    """What to say of a file that could not be read."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return Skip(file.name, f"it cannot be read: {error.strerror or error}")
    if isinstance(error, (EOFError, zlib.error, gzip.BadGzipFile)):
        return Skip(file.name, "its gzip data is damaged or cut off")
    return Skip(file.name, str(error))


def value_of(mapping: dict[str, Any], *names: str) -> Any:
    """The first of some keys that holds something."""
    for name in names:
        if (found := mapping.get(name)) not in (None, "", [], {}):
            return found
    return None
