"""RIS: references of the press and the web, as Zotero and reference managers export them, with files beside.

https://en.wikipedia.org/wiki/RIS_(file_format)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.file_tree import tree_of
from searchidx.sources.library_item import LibraryItem, read_item
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size
from searchidx.sources.text_encoding import decode

_START = re.compile(rb"\s*TY  ?- ?[A-Z]{2,8}\s*\r?\n[A-Z][A-Z0-9]  ?-")
_TAG = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*))?")
_HEADLINES = ("TI", "T1", "CT", "BT")
_SOURCES = ("T2", "JO", "JF", "JA", "J2", "PB")
_DATES = ("DA", "Y1", "PY")
_FILES = ("L1", "L2", "L3", "L4")

_Record = dict[str, list[str]]


def recognises(head: bytes) -> bool:
    """Whether a reference begins here."""
    return _START.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the references, in order; the place of a reference is its number."""
    place = tree_of(file)
    number = 0
    for number, record in enumerate(_iter_records(file), 1):
        yield from read_item(f"{file.name}#{number}", file, place, _parse_item, record, file, number)


def _iter_records(file: SourceFile) -> Iterator[_Record]:
    """The references, each as the values of its tags. A line without a tag continues the one above."""
    record: _Record = {}
    last = ""
    size = 0
    for data in file.lines():
        line = decode(data).rstrip("\r")
        match = _TAG.fullmatch(line.strip() if line.startswith((" ", "\t")) and not record else line.rstrip())
        size += len(line)
        if size > MAX_FILE:
            raise TooLargeError(f"a reference is longer than {format_size(MAX_FILE)}")
        if match is None:
            if last and line.strip():
                record[last][-1] += f"\n{line.strip()}"
            continue
        last, value = match[1], (match[2] or "").strip()
        if last == "ER" or (last == "TY" and record):
            if record:
                yield record
            record, size = {}, 0
        if last == "ER":
            last = ""
        else:
            record.setdefault(last, []).append(value)
    if record:
        yield record


def _first(record: _Record, *tags: str) -> tuple[str, str]:
    """The first tag with a value, and the value."""
    return next(((tag, value) for tag in tags for value in record.get(tag, ()) if value), ("", ""))


def _parse_item(record: _Record, file: SourceFile, number: int) -> LibraryItem:
    summary = _first(record, "AB", "N2")
    date = _first(record, *_DATES)
    authors = [_name(each) for tag in ("AU", "A1") for each in record.get(tag, ()) if each]
    fields: dict[str, tuple[str, object]] = {
        "headline": _first(record, *_HEADLINES),
        "body": (summary[0], to_paragraphs(summary[1])),
        "date": (date[0], _date(date[1])),
        "byline": ("AU", ", ".join(dict.fromkeys(authors))),
        "source": _first(record, *_SOURCES),
        "section": _first(record, "SE"),
        "page": _first(record, "SP"),
        "edition": _first(record, "ET"),
        "language": _first(record, "LA"),
        "keywords": ("KW", [word for value in record.get("KW", ()) for word in value.split("\n") if word]),
        "url": _first(record, "UR", "LK"),
    }
    files = [
        value for tag in _FILES for value in record.get(tag, ()) if "://" not in value or value.startswith("file:")
    ]
    id = f"{file.name}#{_first(record, 'ID')[1] or number}"
    return LibraryItem(id, _first(record, "TY")[1], fields, files)


def _name(text: str) -> str:
    """`Fenn, Jo` in the order of a byline."""
    last, comma, first = text.partition(",")
    return f"{first.strip()} {last.strip()}".strip() if comma else text


def _date(text: str) -> str:
    """A date as ISO 8601: RIS writes `2023/02/01/`."""
    match = re.match(r"(\d{4})(?:/(\d{1,2})?(?:/(\d{1,2})?)?)?(?:/.*)?$", text.strip())
    if match is None:
        return text
    return "-".join(f"{int(part):0{4 if n == 0 else 2}}" for n, part in enumerate(match.groups()) if part)
