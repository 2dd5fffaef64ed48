"""Old Nexis downloads as text: documents after a counter, wrapped at about 78 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from searchidx.article import Article
from searchidx.sources.press.nexis_documents import (
    NAME,
    Paragraph,
    capital_label,
    is_counter,
    is_error,
    read_counter,
    read_document,
)
from searchidx.sources.press.press_article import count_difference, read_article
from searchidx.sources.press.printed_dates import find_date_line
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_MAX_HEAD, _MAX_TRIED = 40, 5
"""Lines below a counter with the date of its document, and counters that are tried."""
_MIN_INDENT = 6
"""Blanks before a centred line."""


def recognises(lines: Sequence[str]) -> bool:
    """Whether a date or a label in capitals comes below the counter of a document: `1 of 10 DOCUMENTS`."""
    starts = [at for at, line in enumerate(lines) if is_counter(line)]
    return any(map(_has_facts, (lines[at + 1 : at + 1 + _MAX_HEAD] for at in starts[:_MAX_TRIED])))


def _has_facts(lines: Sequence[str]) -> bool:
    short = (line for line in lines if 0 < len(line.strip()) < 200)
    return any(find_date_line(line) or capital_label(Paragraph((line,))) for line in short)


def read(file: SourceFile, lines: Sequence[str]) -> Iterator[Article | Skip]:
    """The articles of a download, in order."""
    starts = [at for at, line in enumerate(lines) if is_counter(line)]
    number = found = 0
    for number, (start, stop) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), 1):
        paragraphs = list(_paragraphs(lines[start + 1 : stop]))
        if is_error(paragraphs):
            yield Skip(f"{file.name}#{number}", "the database could not show this document", damaged=False)
        else:
            yield from read_article(file, number, NAME, read_document, paragraphs)
        found += 1
    counters = [read_counter(lines[at]) for at in starts]
    yield from count_difference(file.name, found, stated_count(counters))


def stated_count(counters: Sequence[tuple[int, int]]) -> int | None:
    """The number of documents that a file must have by its counters, of which the first and last may be any."""
    numbers = [number for number, _ in counters]
    if not numbers or numbers != sorted(set(numbers)):
        return None  # several downloads in one file
    is_whole = numbers[0] == 1 and counters[0][1] - numbers[-1] < len(numbers)
    return counters[0][1] if is_whole and counters[0][1] <= 1_000 else numbers[-1] - numbers[0] + 1


def _paragraphs(lines: Sequence[str]) -> Iterator[Paragraph]:
    """The paragraphs: text lines that were wrapped are joined, centred lines are kept apart."""
    block: list[str] = []
    for line in [*lines, ""]:
        is_centred = _is_centred(line)
        if block and (not line.strip() or is_centred != _is_centred(block[-1])):
            yield _make_paragraph(block)
            block = []
        if line.strip():
            block.append(line)


def _is_centred(line: str) -> bool:
    line = line.expandtabs()
    return len(line) - len(line.lstrip()) >= _MIN_INDENT


def _make_paragraph(block: Sequence[str]) -> Paragraph:
    if _is_centred(block[0]):
        return Paragraph(tuple(line.strip() for line in block), is_centred=True)
    stripped = [line.strip() for line in block]
    if capital_label(Paragraph(tuple(stripped))) or not _is_list(stripped):
        return Paragraph((" ".join(stripped),))
    return Paragraph(tuple(stripped))


def _is_list(lines: Sequence[str]) -> bool:
    """Whether lines were not wrapped: several short ones, as in tables."""
    return len(lines) > 2 and all(len(line) < 40 for line in lines) and not re.search(r"[.,;]$", lines[0])
