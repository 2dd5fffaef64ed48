"""The file that a format reads: its bytes, lines and limits, on disk or within a container."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from searchidx.sources.compression import DamagedDataError, decompress, detect_compression
from searchidx.sources.text_encoding import UTF8, decode, detect_wide

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a file that is read whole, and of a line of any other file, after decompression.

A member of a container is held in memory up to this size; a larger one is opened in place each time it is read."""
MAX_DEPTH = 4
"""Containers within each other, such as a page in a mail in a mailbox in an archive."""
MAX_RATIO = 200
"""Ratio of what a file expands to and its size. News reaches ten, and no text a hundred."""
MIN_BUDGET = 32 * 1024 * 1024
"""Bytes that any file may expand to, whatever the ratio."""
MEMBER_COST, RECORD_COST = 8 * 1024, 512
"""Bytes that a member of a container and a record count as, beside their content: their number is limited as well."""
_HEAD_SIZE = 4096
_NO_ARTICLE = re.compile(
    r"\..*|(readme|license|licence)([.\-_].*)?|.*\.(?:css|js|mjs|map|workspace(?:-wal|-shm)?)", re.IGNORECASE
)
_PAGE_FILES = re.compile(
    r"(?P<page>.+)(?:[_.-]files?|[_-]dateien|[_-]fichiers|[_-]archivos|[_-]ficheiros|[_-]arquivos|[_-]bestanden|[_-]filer"
    r"|_tiedostot|_pliki|_soubory|_elemei|_dosyalar|_datoteke|_fitxers|_failid|_fails|_bylos|_fajlovi|_fitxategiak)",
    re.IGNORECASE,
)
"""The folder that a browser saves beside a page, by the names that browsers and Windows give it in many languages."""
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".HTML", ".HTM", "")


class TooLargeError(Exception):
    """A file, or a line of it, exceeds the size limit."""


class ExpansionBudget:
    """Limits what a file on disk expands to, with all its members at any depth: a few bytes may expand to a terabyte.

    Every compression and every container spends from the one budget of the file on disk. A budget that is exceeded
    stays so, and nothing more of the file is read.

    Attributes:
        max_ratio: what the file may expand to, in multiples of its size.
        spent: what it has expanded to, in bytes.
        is_exceeded: whether `spend` has raised.
    """

    def __init__(self, max_ratio: float = MAX_RATIO) -> None:
        self.max_ratio = max_ratio
        self.spent = 0
        self.is_exceeded = False
        self._limit: float | None = None

    def spend(self, path: Path, count: int) -> None:
        """Count bytes that the file at `path` expanded to; raise `TooLargeError` above the limit."""
        self.spent += count
        if self.spent <= MIN_BUDGET and not self.is_exceeded:
            return
        if self._limit is None:
            self._limit = self.max_ratio * path.stat().st_size
        if self.is_exceeded or self.spent > self._limit:
            self.is_exceeded = True
            raise TooLargeError(
                f"it unpacks to more than {self.max_ratio:g} times its size, counting members and records: if it is "
                "honest, raise --max-ratio"
            )

    def renew(self) -> ExpansionBudget:
        """A budget with the same limit, of which nothing is spent: for one more pass over a file."""
        return ExpansionBudget(self.max_ratio)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes:
        path: the file on disk.
        name: the path below the root of the source, with forward slashes: the id of an article that states none.
        url: the address that it was saved from, if known.
        on_bytes: called with the number of bytes read, now and then while a large file is read.
        columns: the name that its records use for a field, where it is not a usual one.
        language: the language of its articles that state none and show none; a tag, or empty.
        data: the content, for a member of the file at `path`; None for that file itself.
        opener: opens a member that is too large for memory.
        charset: the encoding that the container states.
        captured: when its container captured it, in UTC as ISO 8601; empty if that is not known.
        depth: the number of containers around it.
        budget: what it and all other members of the file at `path` may expand to.
        tree: for a member, the `FileTree` of its archive and its path there.
        first_line: for a part of a file of lines, whose bytes are `data`, the number of its first line; 0 for a file.
        damage: for the last part of a file, why what follows it cannot be read; empty if nothing follows.
    """

    path: Path
    name: str
    url: str | None = None
    on_bytes: Callable[[int], None] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    data: bytes | None = None
    opener: Callable[[], BinaryIO] | None = None
    charset: str | None = None
    captured: str = ""
    depth: int = 0
    budget: ExpansionBudget = field(default_factory=ExpansionBudget, compare=False, repr=False)
    tree: tuple[Any, str] | None = field(default=None, compare=False, repr=False)
    first_line: int = 0
    damage: str = ""

    def open(self) -> BufferedReader:
        """Open the file as it is stored."""
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
        tree: Any = None,
        captured: str = "",
    ) -> SourceFile:
        """A member of this container, named `archive.zip/page.html`; without a name it has the container's.

        `tree` is the `FileTree` of an archive whose members may belong together. Raises `TooLargeError` after too many
        members.
        """
        self.budget.spend(self.path, MEMBER_COST)
        path = name
        name = self.name if name is None else f"{self.name}/{name}"
        depth = self.depth + 1
        return replace(
            self, name=name, url=url, on_bytes=None, data=data, opener=opener, charset=charset, depth=depth,
            captured=captured or self.captured, tree=None if tree is None or path is None else (tree, path),
        )  # fmt: skip

    def blocks(self, is_reported: bool = True) -> Iterator[bytes]:
        """The decompressed bytes in blocks. `is_reported` calls `on_bytes` as well.

        Raises `DamagedDataError` after all blocks before the damage.
        """
        with self.open() as file:
            is_expanded = self.opener is not None or detect_compression(file.peek(6)) != ""
            for block in decompress(file):
                if is_expanded:
                    self.budget.spend(self.path, len(block))
                if is_reported and self.on_bytes is not None:
                    self.on_bytes(file.tell())
                yield block
        if self.damage:
            raise DamagedDataError(self.damage)

    def report_progress(self, count: int) -> None:
        """Call `on_bytes` with the number of bytes read so far."""
        if self.on_bytes is not None:
            self.on_bytes(count)

    def head(self) -> bytes:
        """The first 4,096 decompressed bytes, without a byte order mark; UTF-16 and UTF-32 are converted to UTF-8.

        Raises `TooLargeError` if the file on disk has expanded too far.
        """
        head = b""
        with contextlib.suppress(DamagedDataError):
            for block in self.blocks(is_reported=False):
                head += block
                if len(head) >= _HEAD_SIZE:
                    break
        head = head[:_HEAD_SIZE]
        wide = detect_wide(head)
        return head.removeprefix(UTF8) if wide is None else head.decode(wide, "ignore").encode("utf-8", "ignore")

    def read(self) -> bytes:
        """The whole file; raises `TooLargeError` above `MAX_FILE`."""
        blocks: list[bytes] = []
        size = 0
        for block in self.blocks():
            blocks.append(block)
            size += len(block)
            if size > MAX_FILE:
                raise TooLargeError(f"it is larger than {format_size(MAX_FILE)}")
        return b"".join(blocks)

    def lines(self) -> Iterator[bytes]:
        """The lines in UTF-8, one at a time, without line ends; raises `TooLargeError` for a line above `MAX_FILE`.

        Raises `DamagedDataError` after the last line before the damage, which may be cut off.
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
                    raise TooLargeError(f"a line is longer than {format_size(MAX_FILE)}")
                if lines:
                    yield b"".join(last)
                    last = [lines.pop()]
                    size = len(last[0])
                    yield from lines
        except DamagedDataError as error:
            damage = error
        if size:
            yield b"".join(last)
        if damage is not None:
            raise damage

    def utf8_blocks(self) -> Iterator[bytes]:
        """The blocks without a byte order mark. UTF-16 and UTF-32 are converted to one block of UTF-8."""
        blocks = self.blocks()
        first = next(blocks, b"")
        if detect_wide(first) is not None:
            yield decode(self.read()).encode()
        else:
            yield first.removeprefix(UTF8)
            yield from blocks


def format_size(size: int) -> str:
    """A number of bytes as megabytes: `64 MB`."""
    return f"{size // 1024 // 1024} MB"


def is_ignored(name: str) -> bool:
    """Whether a path holds no article by its name: a dotfile, a README, a LICENSE, a workspace, a file of macOS."""
    *folders, file = name.split("/")
    return _NO_ARTICLE.fullmatch(file) is not None or any(map(is_ignored_folder, folders))


def is_ignored_folder(name: str) -> bool:
    """Whether a folder holds no articles by its name."""
    return name == "__MACOSX" or (name.startswith(".") and name not in (".", ".."))


def is_page_folder(path: str, names: Collection[str]) -> bool:
    """Whether a folder holds the pictures, styles and frames of a page among `names` that a browser saved beside it."""
    match = _PAGE_FILES.fullmatch(path)
    return match is not None and any(f"{match['page']}{suffix}" in names for suffix in _PAGE_SUFFIXES)


def is_in_page_folder(path: str, names: Collection[str]) -> bool:
    """Whether a member of an archive is in such a folder; `names` are the paths of all members."""
    folders = path.split("/")[:-1]
    return any(is_page_folder("/".join(folders[: depth + 1]), names) for depth in range(len(folders)))


def is_outside(name: str) -> bool:
    """Whether a member's name leads out of its container: an absolute path, or one through a parent folder."""
    parts = name.replace("\\", "/").split("/")
    return name.startswith("/") or ".." in parts or (len(parts[0]) == 2 and parts[0][1] == ":")
