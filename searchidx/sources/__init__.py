"""Sources: files to articles, one module a format.

A format is recognised by how a file begins, then by its suffix; what is left and looks like text is text.
"""

from __future__ import annotations

import importlib
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import cast

from searchidx.article import Article
from searchidx.errors import SourceError
from searchidx.sources.base import DAMAGE, MAX_DEPTH, Reader, Skip, SourceFile, TooLarge, skip_of

__all__ = ["Skip", "SourceFile", "is_costly", "read", "read_file"]

_FORMATS = ("feeds", "html", "jsonl", "tables", "text")
"""The modules of the formats, in the order in which they are asked."""
_XML = re.compile(rb"\s*<\?xml\s")
_COSTLY = ("html",)
"""Those that take milliseconds for an article."""


def read(path: str | Path, url: str | None = None, on_skip: Callable[[Skip], None] | None = None) -> Iterator[Article]:
    """The articles of one file, of any format that searchidx knows.

    `url` is where the file was saved from, where that is known. A file of which nothing can be read raises
    `SourceError`; otherwise records that cannot be read are handed to `on_skip` with their place and the reason, and
    nothing else of the file is lost.
    """
    file = SourceFile(Path(path), Path(path).name, url)
    count = 0
    skipped: list[Skip] = []
    for found in read_file(file):
        if isinstance(found, Article):
            count += 1
            yield found
        else:
            skipped.append(found)
            if on_skip is not None:
                on_skip(found)
    if not count and on_skip is None and skipped:
        raise SourceError(str(path), skipped[0].reason)


def read_file(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of a file and what had to be skipped, in order; never raises on what a file holds."""
    try:
        if file.data is None and not stat.S_ISREG(file.path.stat().st_mode):
            yield Skip(file.name, "it is not a file")
            return
        if file.depth > MAX_DEPTH:
            yield Skip(file.name, "it lies in too many containers")
            return
        reader = _reader(file)
        if reader.__name__.endswith(".text") and _XML.match(file.head()):
            yield Skip(file.name, "it is XML of a kind that no articles are read from", damaged=False)
            return
        yield from reader.read(file)
    except (OSError, *DAMAGE, TooLarge, ValueError) as error:
        yield skip_of(file, error)


def is_costly(file: SourceFile) -> bool:
    """Whether reading the file takes so long that a process of its own is worth it."""
    try:
        if file.data is None and not stat.S_ISREG(file.path.stat().st_mode):
            return False
        return _reader(file).__name__.rpartition(".")[2] in _COSTLY
    except (OSError, *DAMAGE, TooLarge, ValueError):
        return False


def _reader(file: SourceFile) -> Reader:
    head = file.head()
    suffixes = [suffix.lower() for suffix in PurePosixPath(file.name).suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    by_suffix = None
    for name in _FORMATS:
        reader = cast(Reader, importlib.import_module(f"searchidx.sources.{name}"))
        if reader.recognises(head):
            return reader
        if suffixes and suffixes[-1] in reader.SUFFIXES:
            by_suffix = reader
    return by_suffix or reader
