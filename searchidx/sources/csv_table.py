"""CSV and TSV with a header line, one article a row, as databases and spreadsheets export them.

`record_fields` maps column names to fields.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from searchidx.article import Article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.encoding_detection import detect_encoding
from searchidx.sources.record_fields import FIELD_ALIASES, read_record
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError
from searchidx.sources.text_encoding import decode_utf8

_NO_COLUMNS: Mapping[str, str] = MappingProxyType({})
_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 200
"""Lines by which the encoding is detected."""
_KNOWN_NAMES = {name for names in FIELD_ALIASES.values() for name in names}
_TEXT_NAMES = {*FIELD_ALIASES["headline"], *FIELD_ALIASES["body"]}


def recognises(head: bytes) -> bool:
    """Whether the first line names at least two known columns, one of them a headline's or a body's."""
    return _find_delimiter(head.partition(b"\n")[0].decode(errors="replace")) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the rows, in order. The place of a row is its first line."""
    lines = DecodedLines(file)
    header = next(lines, "")
    if not header.strip():
        yield Skip(file.name, "it is empty")
        return
    delimiter = _find_delimiter(header, file.columns)
    if delimiter is None:
        yield Skip(file.name, f"its first line names no column headline or body: {header.strip()[:80]!r}")
        return
    (names,) = csv.reader([header], delimiter=delimiter)
    names = [name.strip() for name in names]
    if csv.field_size_limit() < MAX_FILE:
        csv.field_size_limit(MAX_FILE)  # the default limit is below the length of a long body
    rows = csv.reader(lines, delimiter=delimiter)
    while True:
        number = lines.number + 1
        place = f"{file.name}:{number}"
        try:
            cells = next(rows, None)
        except csv.Error as error:
            yield Skip(place, f"the line is not a row of a table: {error}")
            continue
        except (OSError, DamagedDataError, TooLargeError) as error:
            yield skip_unreadable(place, error)
            return
        if cells is None:
            return
        if len(cells) > len(names):
            yield Skip(place, f"the row has {len(cells)} cells, and there are {len(names)} columns", damaged=False)
        elif any(cell.strip() for cell in cells):
            yield from read_record(dict(zip(names, cells, strict=False)), file, number)


class DecodedLines(Iterator[str]):
    """The lines of a file as text, with line ends for multi-line cells. `number` is that of the last line."""

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._lines = file.lines()
        self._encoding = ""
        self.number = 0

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        text = decode_utf8(line)
        if text is None:  # spreadsheets write the encoding of their machine
            self._encoding = self._encoding or detect_encoding(self._sample() or line)
            text = line.decode(self._encoding, errors="replace")
        return text.removesuffix("\r").replace("\0", "") + "\n"

    def _sample(self) -> bytes:
        """The present line and those after it that are not UTF-8: one line may have a single letter to judge by."""
        sample = bytearray()
        with contextlib.suppress(OSError, DamagedDataError, TooLargeError):
            for line in itertools.islice(self._file.lines(), self.number - 1, self.number + _SAMPLE_LINES):
                sample += b"" if decode_utf8(line) is not None else line + b"\n"
        return bytes(sample)


def _find_delimiter(line: str, columns: Mapping[str, str] = _NO_COLUMNS) -> str | None:
    """The delimiter of a header line; None if the line is not a header."""
    for delimiter in _DELIMITERS:
        try:
            names = {cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])}
        except csv.Error:
            continue
        mapped = {name.lower() for field, name in columns.items() if field in ("headline", "body")}
        if names & mapped or (len(names & _KNOWN_NAMES) > 1 and names & _TEXT_NAMES):
            return delimiter
    return None
