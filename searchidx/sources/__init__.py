"""Sources: files to articles, one module a format.

A format is recognised by how a file begins, then by its suffix; what is left and looks like text is text. Some formats
are containers, whose members are files again: they are opened until what is left are documents, and only these are
read for articles.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

from searchidx import __version__
from searchidx.article import Article
from searchidx.errors import SourceError
from searchidx.sources.source_file import (  # fmt: skip
    MAX_DEPTH,
    Container,
    Damaged,
    Reader,
    Skip,
    SourceFile,
    TooLarge,
    is_ignored,
    is_ignored_folder,
    skip_of,
    undated,
)
from searchidx.sources.text_encoding import repaired

__all__ = [
    "Document", "Skip", "SourceFile", "documents", "is_ignored", "is_ignored_folder", "read", "read_document",
    "read_file", "readers",
]  # fmt: skip

_FORMATS = (
    "zip_archive", "tar_archive", "web_archive", "pdf", "mhtml", "mail", "mbox", "feed", "newsml", "nitf", "markdown",
    "json_lines", "html", "csv_table", "plain_text",
)  # fmt: skip
"""The modules of the formats, in the order in which they are asked."""
_COSTLY = ("html", "mail", "pdf")
"""Those that take milliseconds for an article."""
_OPTIONAL = ("pypdf", "warcio", "brotli")
_AHEAD = 366
"""A magazine may be dated months ahead, in days; what is dated later was never published."""
_MOST_IN_A_ROW = 100_000
"""A file that gives so many skips and no article between is read no further."""
_XML = re.compile(rb"\s*<(?:\?xml\s|[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*[\"']|>))")
_PACKED = {b"\x04\x22\x4d\x18": "lz4", b"7z\xbc\xaf": "7-Zip", b"Rar!": "rar", b"\x1f\x9d": "compress"}
_PACKED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
UNFORESEEN = "reading it failed"
"""How the reason begins where a parser raised what nobody expected of it."""
_Found = TypeVar("_Found")
_OFFICE = b"\xd0\xcf\x11\xe0"


def readers() -> str:
    """What can be read, named: where it differs from what it was, files that could not be read may be readable."""
    return " ".join([__version__, *(name for name in _OPTIONAL if importlib.util.find_spec(name) is not None)])


class Document:
    """A file that is no container, and the reader of its format."""

    __slots__ = ("file", "is_costly", "reader")

    def __init__(self, file: SourceFile, reader: Reader) -> None:
        self.file = file
        self.reader = reader
        # What is too large to be held is not handed to another process either.
        self.is_costly = file.opener is None and reader.__name__.rpartition(".")[2] in _COSTLY


def read(path: str | Path, url: str | None = None, on_skip: Callable[[Skip], None] | None = None) -> Iterator[Article]:
    """The articles of one file, of any format that searchidx knows.

    `url` is where the file was saved from, where that is known. What cannot be read is handed to `on_skip` with its
    place and the reason, and nothing else of the file is lost; without `on_skip`, a file of which nothing can be read
    raises `SourceError`. One that was read and holds no article (a front page, an error, an empty list) gives none.
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
    if not count and on_skip is None and (unread := [skip for skip in skipped if skip.damaged]):
        raise SourceError(str(path), unread[0].reason)


def read_file(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of a file and what had to be skipped, in order; never raises on what a file holds."""
    for found in documents(file):
        if isinstance(found, Document):
            yield from read_document(found)
        else:
            yield found


def documents(file: SourceFile) -> Iterator[Document | Skip]:
    """The file, or of a container all that lies in it, however deep; one at a time."""
    return _fenced(file, _documents(file))


def _documents(file: SourceFile) -> Iterator[Document | Skip]:
    if file.data is None and not stat.S_ISREG(file.path.stat().st_mode):
        yield Skip(file.name, "it is not a file")
        return
    if file.depth > MAX_DEPTH:
        yield Skip(file.name, f"it lies in more than {MAX_DEPTH} containers")
        return
    head = file.head()
    if (foreign := _foreign(head)) is not None:
        yield Skip(file.name, foreign)
        return
    reader = _reader(file, head)
    if reader.__name__.endswith(".plain_text") and _XML.match(head):
        yield Skip(file.name, "it is XML of a kind that no articles are read from", damaged=False)
        return
    if not hasattr(reader, "members"):
        yield Document(file, reader)
        return
    for member in cast(Container, reader).members(file):
        if isinstance(member, Skip):
            yield member
        else:
            yield from documents(member)


def read_document(document: Document) -> Iterator[Article | Skip]:
    """The articles of a document and what had to be skipped, in order; never raises on what it holds."""
    return _fenced(document.file, _read_document(document))


def _read_document(document: Document) -> Iterator[Article | Skip]:
    in_a_row = 0
    for found in document.reader.read(document.file):
        in_a_row = in_a_row + 1 if isinstance(found, Skip) else 0
        if in_a_row > _MOST_IN_A_ROW:
            yield Skip(document.file.name, f"{_MOST_IN_A_ROW:,} in a row cannot be read: the rest is not")
            return
        if not isinstance(found, Article):
            yield found
        elif found.date is None or found.date.days.start < dt.date.today().toordinal() + _AHEAD:
            yield _repaired(found)
        else:
            yield _repaired(replace(found, date=None, provenance={**found.provenance, "date": ""}))
            yield undated(document.file.name, f"its date {found.date} is yet to come")


def _fenced(file: SourceFile, found: Iterator[_Found]) -> Iterator[_Found | Skip]:
    """What a file gives, or why it gives no more, or nothing: a file costs itself, whatever a parser makes of it."""
    is_empty = True
    try:
        for each in found:
            is_empty = False
            yield each
        if is_empty:
            yield Skip(file.name, "it holds no article", damaged=False)
    except (OSError, Damaged, TooLarge, ValueError) as error:
        yield skip_of(file, error)
    except Exception as error:  # a fault of a parser, which is named
        yield Skip(file.name, f"{UNFORESEEN}: {type(error).__name__}: {error}")


def _repaired(article: Article) -> Article:
    """An article whose texts were decoded wrongly before they were saved, as it was meant."""
    texts = {name: getattr(article, name) for name in ("headline", "body", "byline", "source", "section")}
    changed: dict[str, Any] = {name: right for name, text in texts.items() if (right := repaired(text)) != text}
    if not changed:
        return article
    where = {name: f"{article.provenance.get(name, '')}; its encoding repaired".strip("; ") for name in changed}
    return replace(article, **changed, provenance={**article.provenance, **where})


def _foreign(head: bytes) -> str | None:
    """Why a file that begins so is of no format that is read, where that is known."""
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            return f"it is packed by {name}, which is not read: unpack it, or pack it by gzip or zip"
    return "it is an old Office file, which is not read: save it as text, HTML or PDF" if head[:4] == _OFFICE else None


def _reader(file: SourceFile, head: bytes) -> Reader | Container:
    suffixes = [suffix.lower() for suffix in PurePosixPath(file.name).suffixes]
    if suffixes and suffixes[-1] in _PACKED_SUFFIXES:
        suffixes.pop()
    by_suffix = None
    for name in _FORMATS:
        reader: Reader | Container = cast(Any, importlib.import_module(f"searchidx.sources.{name}"))
        if reader.recognises(head):
            return reader
        if suffixes and suffixes[-1] in reader.SUFFIXES:
            by_suffix = reader
    return by_suffix or reader
