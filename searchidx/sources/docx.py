"""DOCX: a download of a press database with many articles, or any other document with one."""

from __future__ import annotations

from collections.abc import Iterator

from searchidx.article import Article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.docx_paragraphs import is_docx, read_paragraphs, read_title
from searchidx.sources.office_document import read_document
from searchidx.sources.press.dialects import read_lines
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.text_lines import TextLine


def recognises(head: bytes) -> bool:
    """Whether the ZIP of an Office document with text begins here."""
    return is_docx(head)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the document; damage costs only what comes after it."""
    damage: list[Exception] = []
    items, lines = read_lines(file, _until_damage(file, damage))
    yield from read_document(file, read_title(file), lines) if items is None else items
    yield from (skip_unreadable(file.name, error) for error in damage)


def _until_damage(file: SourceFile, damage: list[Exception]) -> Iterator[TextLine]:
    try:
        yield from read_paragraphs(file)
    except (DamagedDataError, TooLargeError, ValueError) as error:
        damage.append(error)
