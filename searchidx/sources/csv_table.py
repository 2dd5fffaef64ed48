"""Tables: CSV and TSV with a line of names, an article a line, as databases and spreadsheets export them.

What the columns mean is the business of `records`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from searchidx.article import Article
from searchidx.sources.record_fields import NAMES, article_of
from searchidx.sources.source_file import (
    MAX_FILE,
    Damaged,
    Skip,
    SourceFile,
    TooLarge,
    skip_of,
)
from searchidx.sources.text_encoding import USUAL, decode_utf8, old_encoding

SUFFIXES = (".csv", ".tsv")

_NONE: Mapping[str, str] = MappingProxyType({})
_DELIMITERS = ",;\t|"
_KNOWN = {name for names in NAMES.values() for name in names}
_TEXTS = {*NAMES["headline"], *NAMES["body"]}


def recognises(head: bytes) -> bool:
    """A line of names begins here: two that are known at least, a headline's or a body's among them."""
    return _delimiter(head.partition(b"\n")[0].decode(errors="replace")) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order; a place is the line that a record begins on."""
    lines = _Lines(file)
    first = next(lines, "")
    if not first.strip():
        yield Skip(file.name, "it is empty")
        return
    delimiter = _delimiter(first, file.columns)
    if delimiter is None:
        yield Skip(file.name, f"its first line names no column headline or body: {first.strip()[:80]!r}")
        return
    (names,) = csv.reader([first], delimiter=delimiter)
    names = [name.strip() for name in names]
    if csv.field_size_limit() < MAX_FILE:
        csv.field_size_limit(MAX_FILE)  # a body may be longer than the module expects of a cell
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        number = lines.number + 1
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Skip(f"{file.name}:{number}", f"the line is no row of a table: {error}")
            continue
        except (OSError, Damaged, TooLarge) as error:
            yield Skip(f"{file.name}:{number}", skip_of(file, error).reason)
            return
        if cells is None:
            return
        if len(cells) > len(names):
            reason = f"the row has {len(cells)} cells, and there are {len(names)} columns"
            yield Skip(f"{file.name}:{number}", reason, damaged=False)
        elif any(cell.strip() for cell in cells):
            yield from article_of(dict(zip(names, cells, strict=False)), file, number)


class _Lines(Iterator[str]):
    """The lines of a file as text, their ends kept for cells that hold some; `number` is that of the last one."""

    def __init__(self, file: SourceFile) -> None:
        self._lines = file.lines()
        self._encoding = USUAL
        self.number = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        text = decode_utf8(line)
        if text is None:  # as spreadsheets write it on the machine that they are on
            if self._encoding == USUAL:
                self._encoding = old_encoding(line)
            text = line.decode(self._encoding, errors="replace")
        return text.removesuffix("\r").replace("\0", "") + "\n"


def _delimiter(line: str, columns: Mapping[str, str] = _NONE) -> str | None:
    """What parts the names in a line of names; None where it is no such line."""
    for delimiter in _DELIMITERS:
        try:
            names = {cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])}
        except csv.Error:
            continue
        mapped = {name.lower() for field, name in columns.items() if field in ("headline", "body")}
        if names & mapped or (len(names & _KNOWN) > 1 and names & _TEXTS):
            return delimiter
    return None
