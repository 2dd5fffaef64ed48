"""What every reader of a format shares: the file it is given, and what it gives back."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from searchidx.article import NO_TEXT, Article
from searchidx.errors import ArticleError
from searchidx.sources.compression import Damaged, packing_of, unpacked
from searchidx.sources.text_encoding import UTF8, UTF16, decode

__all__ = [
    "MAX_DEPTH", "MAX_FILE", "Budget", "Container", "Damaged", "Part", "Reader", "Skip", "SourceFile", "TooLarge",
    "Unpacked", "is_ignored", "is_ignored_folder", "is_outside",
    "refusal",
]  # fmt: skip

MAX_FILE = 64 * 1024 * 1024
"""A file that is read whole, and a line of one that is not, may unpack to so many bytes.

What lies in a container is held whole as well, up to this size; what is larger is opened there each time it is read."""
MAX_DEPTH = 4
"""So many containers may lie within each other: a page in a mail in a mailbox in an archive."""
MAX_RATIO = 200
"""What lies in a file may unpack to so many times its size; news does to ten, and no text to a hundred."""
MIN_BUDGET = 256 * 1024 * 1024
"""To so much any file may, in bytes."""
HEAD = 4096
_STEP = 1 << 16
MAX_REASON = 200
_NO_ARTICLE = re.compile(r"\..*|(readme|license|licence)([.\-_].*)?", re.IGNORECASE)


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


Values = Mapping[str, tuple[str, Any]]
"""Of attributes of an article where each stood, and its value."""


class TooLarge(Exception):
    """A file, or a line of it, is larger than a reader takes."""


class Budget:
    """How much a file and all that lies in it may still unpack to: a few bytes may stand for a terabyte."""

    def __init__(self) -> None:
        self.spent = 0

    def spend(self, path: Path, count: int) -> None:
        """Count some unpacked bytes of the file at `path`; `TooLarge` where they are too many."""
        self.spent += count
        if self.spent > MIN_BUDGET and self.spent > MAX_RATIO * path.stat().st_size:
            raise TooLarge(f"it unpacks to more than {MAX_RATIO} times its size")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes:
        path: where it is.
        name: the path below the root of its source, with forward slashes: the article's id where it states none.
        url: where it was saved from, where that is known.
        on_bytes: is told, now and then while a large file is read, how many bytes have been.
        columns: under which name its records hold a field, where that is none of the usual ones.
        data: what it holds, where it is a member of the file at `path`; None where it is that file itself.
        opener: opens it from its beginning, where it is a member that is too large to be held.
        charset: the encoding that its container states.
        depth: in how many containers it lies.
        budget: what it and all other members of the file at `path` may unpack to.
    """

    path: Path
    name: str
    url: str | None = None
    on_bytes: Callable[[int], None] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    data: bytes | None = None
    opener: Callable[[], BinaryIO] | None = None
    charset: str | None = None
    depth: int = 0
    budget: Budget = field(default_factory=Budget, compare=False, repr=False)

    def open(self) -> BufferedReader:
        """The file as it is stored."""
        if self.opener is not None:
            return BufferedReader(cast(Any, self.opener()))
        return open(self.path, "rb") if self.data is None else BufferedReader(cast(Any, BytesIO(self.data)))

    def member(
        self,
        name: str | None,
        data: bytes | None,
        url: str | None = None,
        charset: str | None = None,
        opener: Callable[[], BinaryIO] | None = None,
    ) -> SourceFile:
        """What a container holds under a name: `archive.zip/page.html`; the container itself, unwrapped, where None."""
        name = self.name if name is None else f"{self.name}/{name}"
        depth = self.depth + 1
        return replace(self, name=name, url=url, on_bytes=None, data=data, opener=opener, charset=charset, depth=depth)

    def blocks(self, is_told: bool = True) -> Iterator[bytes]:
        """The file's bytes, unpacked where they are packed; `on_bytes` is told of them where it should be.

        Damaged data raise `Damaged` once all that could be unpacked has been given.
        """
        with self.open() as file:
            is_packed = self.opener is not None or packing_of(file.peek(6)) != ""
            for block in unpacked(file):
                if is_packed:
                    self.budget.spend(self.path, len(block))
                if is_told and self.on_bytes is not None:
                    self.on_bytes(file.tell())
                yield block

    def told(self, count: int) -> None:
        """So many bytes of the file have been read."""
        if self.on_bytes is not None:
            self.on_bytes(count)

    def head(self) -> bytes:
        """The first 4,096 bytes, or what there is of them: no byte order mark, and UTF-8 where that said UTF-16."""
        head = b""
        with contextlib.suppress(Damaged, TooLarge):
            for block in self.blocks(is_told=False):
                head += block
                if len(head) >= HEAD:
                    break
        head = head[:HEAD]
        return head.decode("utf-16", "ignore").encode() if head[:2] in UTF16 else head.removeprefix(UTF8)

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

        Damaged data raise `Damaged` after the last line that could be unpacked, whole or cut off.
        """
        last: list[bytes] = []
        size = 0
        damage: Exception | None = None
        try:
            for block in self.utf8_blocks():
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
        except Damaged as error:
            damage = error
        if size:
            yield b"".join(last)
        if damage is not None:
            raise damage

    def utf8_blocks(self) -> Iterator[bytes]:
        """The blocks without a byte order mark; all as one, in UTF-8, where that says UTF-16."""
        blocks = self.blocks()
        first = next(blocks, b"")
        if first[:2] in UTF16:
            yield decode(self.read()).encode()
        else:
            yield first.removeprefix(UTF8)
            yield from blocks


class Unpacked:
    """The bytes of a file, unpacked, for what reads from a stream; to go back it is unpacked anew."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._begin()

    def _begin(self) -> None:
        self._blocks = self._file.blocks()
        self._rest = bytearray()
        self._at = 0

    def read(self, size: int) -> bytes:
        """So many bytes, or what is left."""
        while len(self._rest) < size and (block := next(self._blocks, b"")):
            self._rest += block
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        self._at += len(taken)
        return taken

    def seek(self, at: int) -> None:
        """Go on at some byte of what is unpacked."""
        if at < self._at:
            self._begin()
        while self._at < at and self.read(min(at - self._at, _STEP)):
            pass

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._at


class Part(RawIOBase):
    """Some bytes of a file, unpacked, from front to end."""

    def __init__(self, file: SourceFile, start: int, size: int) -> None:
        self._stream = Unpacked(file)
        self._stream.seek(start)
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)


class Format(Protocol):
    """A module that knows one format."""

    SUFFIXES: tuple[str, ...]
    __name__: str

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format."""
        ...


class Container(Format, Protocol):
    """A format whose files hold other files."""

    def members(self, file: SourceFile) -> Iterator[SourceFile | Skip]:
        """What lies in a file, one at a time, and what was skipped."""
        ...


class Reader(Format, Protocol):
    """A format whose files hold articles."""

    def read(self, file: SourceFile) -> Iterator[Article | Skip]:
        """The articles of a file, and what was skipped."""
        ...


def is_ignored(name: str) -> bool:
    """Whether a path says that no article lies there: a dotfile, a README, a LICENSE, or what a Mac adds."""
    *folders, file = name.split("/")
    return _NO_ARTICLE.fullmatch(file) is not None or any(map(is_ignored_folder, folders))


def is_ignored_folder(name: str) -> bool:
    """Whether a folder's name says that no articles lie there."""
    return name == "__MACOSX" or (name.startswith(".") and name not in (".", ".."))


def is_outside(name: str) -> bool:
    """Whether a member's name leads out of its container: an absolute path, or one through a parent folder."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith("/") or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":")


def made(place: str, id: str, path: str, values: Values, date_refused: str = "") -> list[Article | Skip]:
    """The article of some values, or why there is none; a date that cannot be meant costs itself alone.

    `date_refused` is why it was left out of the values, where it was.
    """
    provenance = {name: where for name, (where, value) in values.items() if value}
    try:
        given: dict[str, Any] = {name: value for name, (_, value) in values.items()}
        article = Article(id=id, path=path, provenance=provenance, **given)
    except ArticleError as error:
        if error.field != "date":
            return [refusal(place, error)]
        return made(place, id, path, {**values, "date": ("", None)}, str(error))
    if not article.has_text:
        return [Skip(place, NO_TEXT, damaged=False)]
    return [article, undated(place, date_refused)] if date_refused else [article]


def undated(place: str, why: str) -> Skip:
    """What to say of a date that was left out of an article."""
    return Skip(place, f"{why}: the article is read without a date", damaged=False)


def refusal(place: str, error: ArticleError) -> Skip:
    """What to say of something that was read, and is no article."""
    return Skip(place, error.reason if error.field == "body" else str(error), damaged=False)


def skip_of(file: SourceFile, error: BaseException) -> Skip:
    """What to say of a file that could not be read."""
    if isinstance(error, OSError):
        return Skip(file.name, f"it cannot be read: {error.strerror or error}")
    return Skip(file.name, str(error))


def value_of(mapping: dict[str, Any], *names: str) -> Any:
    """The first of some keys that holds something."""
    for name in names:
        if (found := mapping.get(name)) not in (None, "", [], {}):
            return found
    return None
