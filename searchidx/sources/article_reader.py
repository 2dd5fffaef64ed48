"""Read files: choose the format, open containers, and read the articles of each document.

Nothing that a file holds raises. A file that cannot be read gives a `Skip` with its place and reason.
"""

from __future__ import annotations

import datetime as dt
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from searchidx.article import Article
from searchidx.errors import SourceError
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_parts import find_whole
from searchidx.sources.format_registry import SourceFormat, find_format, unsupported_format
from searchidx.sources.skip import Skip, part_of, skip_date, skip_unexpected, skip_unreadable
from searchidx.sources.source_file import (
    MAX_DEPTH,
    MAX_RATIO,
    RECORD_COST,
    ExpansionBudget,
    SourceFile,
    TooLargeError,
)  # fmt: skip
from searchidx.sources.text_encoding import repair_mojibake
from searchidx.versions import CAPTURED

_MAX_DAYS_AHEAD = 1
"""Days that a date may lie in the future: somewhere it is already tomorrow."""
_MAX_SKIPS_IN_A_ROW = 100_000
"""Skips without an article between, after which the rest of a file is not read."""
_XML = re.compile(rb"\s*<(?:\?xml\s|[A-Za-z_][\w.:-]*(?:\s+[\w.:-]+\s*=\s*[\"']|>))")
_REPAIRED_FIELDS = ("headline", "body", "byline", "source", "section")
_Item = TypeVar("_Item")


class SkipLimit:
    """Ends the reading of a file after too many skips without an article between.

    Attributes:
        is_exceeded: whether there were too many.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._in_a_row = 0
        self.is_exceeded = False

    def follow(self, items: Iterable[_Item]) -> Iterator[_Item | Skip]:
        """Pass on what the file gives, or the next part of it."""
        for item in items:
            self._in_a_row = self._in_a_row + 1 if isinstance(item, Skip) else 0
            if self._in_a_row > _MAX_SKIPS_IN_A_ROW:
                self.is_exceeded = True
                reason = f"{_MAX_SKIPS_IN_A_ROW:,} records in a row cannot be read: the rest of the file is skipped"
                yield Skip(self._name, reason)
                return
            yield item


class SourceDocument:
    """A file that is not a container, or a part of one, with its format.

    Attributes:
        limit: the limit that the parts of a file share.
        is_costly: whether reading it takes so long that a worker process should.
    """

    __slots__ = ("file", "format", "is_costly", "limit")

    def __init__(self, file: SourceFile, format: SourceFormat, limit: SkipLimit | None = None) -> None:
        self.limit = SkipLimit(file.name) if limit is None else limit
        self.file = file
        self.format = format
        # A member that is too large for memory is not sent to a worker process either.
        self.is_costly = file.opener is None and (
            file.first_line > 0 or (format.is_costly and not (format.has_parts and file.tree is not None))
        )


def read(
    path: str | Path,
    url: str | None = None,
    on_skip: Callable[[Skip], None] | None = None,
    *,
    max_ratio: float = MAX_RATIO,
) -> Iterator[Article]:
    """The articles of one file, of any format.

    `url` is the address that the file was saved from. A file that expands to more than `max_ratio` times its size is
    read up to there. `on_skip` receives what cannot be read. Without `on_skip`, a file
    that gives no article and is damaged raises `SourceError`; a valid file without articles (a front page, an error
    page, an empty list) gives none.
    """
    file = SourceFile(Path(path), Path(path).name, url, budget=ExpansionBudget(max_ratio))
    has_articles = False
    damage: Skip | None = None
    for item in read_file(file):
        if isinstance(item, Article):
            has_articles = True
            yield item
        elif on_skip is not None:
            on_skip(item)
        elif damage is None and item.damaged:
            damage = item
    if damage is not None and not has_articles:
        raise SourceError(str(path), damage.reason)


def read_file(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of a file and its skips, in order."""
    for item in iter_documents(file):
        if isinstance(item, SourceDocument):
            yield from read_document(item)
        else:
            yield item


def iter_documents(file: SourceFile) -> Iterator[SourceDocument | Skip]:
    """The file itself, or of a container its documents at any depth, one at a time."""
    return _skip_on_error(file, _iter_documents(file))


def _iter_documents(file: SourceFile) -> Iterator[SourceDocument | Skip]:
    if file.data is None and not stat.S_ISREG(file.path.stat().st_mode):
        yield Skip(file.name, "it is not a file")
        return
    if file.depth > MAX_DEPTH:
        yield Skip(file.name, f"it is nested in more than {MAX_DEPTH} containers: extract it first")
        return
    head = file.head()
    if (unsupported := unsupported_format(head)) is not None:
        yield Skip(file.name, unsupported)
        return
    format = find_format(file, head)
    if whole := find_whole(file, format):
        yield part_of(file.name, whole)
    elif format.is_plain_text and _XML.match(head):
        yield Skip(file.name, "it is XML of an unsupported kind", damaged=False)
    elif format.is_container:
        for member in format.load_container_format().members(file):
            if isinstance(member, Skip):
                yield member
            else:
                yield from iter_documents(member)
            if file.budget.is_exceeded:  # the skip that says so is the last
                return
    else:
        yield SourceDocument(file, format)


def read_document(document: SourceDocument) -> Iterator[Article | Skip]:
    """The articles of a document and its skips, in order."""
    return _skip_on_error(document.file, _read_document(document))


def _read_document(document: SourceDocument) -> Iterator[Article | Skip]:
    last_date = dt.date.today() + dt.timedelta(days=_MAX_DAYS_AHEAD)
    last_year, last_day = last_date.year, last_date.toordinal()
    items = document.format.load_document_format().read(document.file)
    for item in SkipLimit(document.file.name).follow(items):
        document.file.budget.spend(document.file.path, RECORD_COST)
        if not isinstance(item, Article):
            yield item
        elif item.date is None or item.date.year < last_year or item.date.days.start <= last_day:
            yield _finish(item, document.file)
        else:
            yield _finish(replace(item, date=None, provenance={**item.provenance, "date": ""}), document.file)
            yield skip_date(document.file.name, f"its date {item.date} is in the future")


def _skip_on_error(file: SourceFile, items: Iterator[_Item]) -> Iterator[_Item | Skip]:
    """Pass on what a file gives. Add a skip for an exception, and for a file that gives nothing."""
    if file.budget.is_exceeded:  # which a skip has told
        return
    is_empty = True
    try:
        for item in items:
            is_empty = False
            yield item
        if is_empty:
            yield Skip(file.name, "it holds no article", damaged=False)
    except (OSError, DamagedDataError, TooLargeError, ValueError) as error:
        yield skip_unreadable(file.name, error)
    except Exception as error:  # a bug in a parser
        yield skip_unexpected(file.name, error)


def _finish(article: Article, file: SourceFile) -> Article:
    """Repair the texts of an article, and note when its page was captured."""
    article = _repair_texts(article)
    if not file.captured:
        return article
    return replace(article, provenance={**article.provenance, CAPTURED: file.captured})


def _repair_texts(article: Article) -> Article:
    """Repair the texts of an article that were decoded with a wrong encoding before they were saved."""
    changed: dict[str, Any] = {}
    for name in _REPAIRED_FIELDS:
        text = getattr(article, name)
        if not text.isascii() and (right := repair_mojibake(text)) != text:
            changed[name] = right
    if not changed:
        return article
    where = {name: f"{article.provenance.get(name, '')}; its encoding repaired".strip("; ") for name in changed}
    return replace(article, **changed, provenance={**article.provenance, **where})
