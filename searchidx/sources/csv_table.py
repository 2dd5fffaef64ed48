"""CSV and TSV with a header line, one article a row, as databases and spreadsheets export them.

`record_fields` maps column names to fields.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
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
_MAX_RESCANNED = 4 * MAX_FILE
"""Characters read again after malformed rows, before the rest of the file is skipped."""
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
    rows = _Rows(lines, delimiter)
    while True:
        number = lines.number + 1
        place = f"{file.name}:{number}"
        try:
            cells = rows.read()
        except csv.Error as error:
            yield Skip(place, f"the line is not a row of a table: {error}")
            if rows.rescanned > _MAX_RESCANNED:
                yield Skip(place, "too many rows are malformed: the rest of the file is skipped")
                return
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


class _Rows:
    """The rows of a table. A cell that is opened and not closed costs its row, and not all that follow.

    The rows are parsed strictly: where a quotation mark is missing, the next one closes the cell in a wrong place, and
    what follows it is no delimiter. The lines after the first are then read again. One line alone may be sloppy.
    `rescanned` counts their characters.
    """

    def __init__(self, lines: DecodedLines, delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._start()
        self.rescanned = 0

    def _start(self) -> None:
        self._rows = csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def read(self) -> list[str] | None:
        """The cells of the next row, None at the end; csv.Error for a row that is malformed, and skipped."""
        self._lines.taken.clear()
        try:
            return next(self._rows, None)
        except csv.Error:
            first, *others = self._lines.taken
            self._lines.push_back(others)
            self._start()
            self.rescanned += sum(map(len, others))
            if not others and first.count('"') % 2 == 0:
                return next(csv.reader([first], delimiter=self._delimiter))
            raise csv.Error("a quoted cell in it is not closed") from None


class DecodedLines(Iterator[str]):
    """The lines of a file as text, with line ends for multi-line cells.

    `number` is that of the last line, `taken` has the lines since it was cleared.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._lines = file.lines()
        self._encoding = ""
        self._waiting: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def push_back(self, lines: Sequence[str]) -> None:
        """Give these lines, the last that were taken, once more."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._decode(next(self._lines))
        self.number += 1
        self.taken.append(line)
        return line

    def _decode(self, line: bytes) -> str:
        text = decode_utf8(line)
        if text is None:  # spreadsheets write the encoding of their machine
            self._encoding = self._encoding or detect_encoding(self._sample() or line)
            text = line.decode(self._encoding, errors="replace")
        return text.removesuffix("\r").replace("\0", "") + "\n"

    def _sample(self) -> bytes:
        """The present line and those after it that are not UTF-8: one line may have a single letter to judge by."""
        sample = bytearray()
        with contextlib.suppress(OSError, DamagedDataError, TooLargeError):
            for line in itertools.islice(self._file.lines(), self.number, self.number + _SAMPLE_LINES):
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
