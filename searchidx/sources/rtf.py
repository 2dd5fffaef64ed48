"""RTF: a download of a press database with many articles, or any other document with one."""

from __future__ import annotations

from collections.abc import Iterator

from searchidx.article import Article
from searchidx.sources.office_document import read_document
from searchidx.sources.press.dialects import read_lines
from searchidx.sources.rtf_lines import is_rtf
from searchidx.sources.rtf_lines import read_lines as read_rtf
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.text_lines import TextLine


def recognises(head: bytes) -> bool:
    """Whether an RTF file begins here."""
    return is_rtf(head)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the document; damage costs only what comes after it."""
    damage: list[Exception] = []
    items, lines = read_lines(file, _until_damage(file, damage))
    yield from read_document(file, "", lines) if items is None else items
    yield from (skip_unreadable(file.name, error) for error in damage)


def _until_damage(file: SourceFile, damage: list[Exception]) -> Iterator[TextLine]:
    try:
        yield from read_rtf(file.read())
    except TooLargeError as error:
        damage.append(error)
