"""JSON: one article a line (JSON Lines), one object, an array of objects, or a JSON Feed.

`record_fields` maps keys to fields.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from searchidx.article import Article
from searchidx.sources import csl_json, ninjs, nyt_archive, wallabag
from searchidx.sources.article_fields import NO_FIELDS, ArticleFields, first_value
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.json_array import iter_elements
from searchidx.sources.record_fields import FIELD_ALIASES, WHOLE_FILE, read_record
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size
from searchidx.sources.text_encoding import RecordDecoder

_KINDS = (ninjs, nyt_archive, wallabag, csl_json)
"""Modules of kinds of objects with keys of their own."""
_LIST_KEYS = ("items", "articles", "entries", "posts", "docs", "results")


def recognises(head: bytes) -> bool:
    """Whether an object, or an array of objects, begins here."""
    start = head.lstrip()
    return (start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}")) or (
        start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")
    )


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    if file.first_line:
        for number, value in _iter_records(file):
            yield from _read_object(value, file, number)
        return
    if file.head().lstrip()[:1] == b"[":
        yield from _read_array(file)
        return
    records = _iter_records(file)
    first = list(itertools.islice(records, 2))
    if not first:
        yield Skip(file.name, "it is empty")
    elif len(first) == 1 and (items := _list_items(first[0][1])):
        defaults = _feed_defaults(first[0][1])
        for number, value in enumerate(items, 1):
            yield from _read_object(value, file, number, defaults)
    else:
        for number, value in itertools.chain(first, records):
            yield from _read_object(value, file, number)


def _read_array(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of an array. The place of an element is its number."""
    number = 0
    try:
        parse = partial(_parse, decoder=RecordDecoder())
        for number, value in enumerate(iter_elements(file, parse), 1):
            if isinstance(value, Exception):
                yield Skip(f"{file.name}:{number}", _parse_error(value, "the object"))
            else:
                yield from _read_object(value, file, number)
    except (OSError, DamagedDataError, TooLargeError) as error:
        yield skip_unreadable(f"{file.name}:{number + 1}", error)


def _iter_records(file: SourceFile) -> Iterator[tuple[int, Any]]:
    """The number of each record's first line, with the record's value or a skip.

    A record is a line. An object that does not end on its line continues to the next line that starts like it, with `{`
    at the same indent. So objects over several lines are read, and a line that is cut off is skipped alone. A single
    object over several lines has the number `WHOLE_FILE`.
    """
    opened: list[bytes] = []
    first_line = max(file.first_line, 1)
    indent, start, number, size, count = b"", 0, first_line - 1, 0, 0
    damage = ""
    decoder = RecordDecoder(file.charset if file.first_line else None)
    try:
        for number, line in enumerate(file.lines(), first_line):
            if not line.strip():
                continue
            if opened and not line.startswith(indent):
                opened.append(line)
                if (size := size + len(line)) > MAX_FILE:
                    raise TooLargeError(f"an object is longer than {format_size(MAX_FILE)}")
                continue
            if opened:
                yield start, _parse_or_skip(b"\n".join(opened), f"{file.name}:{start}", "the line", decoder)
                opened = []
            count += 1
            try:
                value = json.loads(line.decode())  # bytes would be searched for their encoding
            except (ValueError, RecursionError):
                if line.lstrip()[:1] == b"{":
                    indent, opened, start, size = line[: line.index(b"{") + 1], [line], number, len(line)
                    continue
                value = _parse_or_skip(line, f"{file.name}:{number}", "the line", decoder)
            yield number, value
    except (OSError, DamagedDataError, TooLargeError) as error:
        damage = skip_unreadable(file.name, error).reason
    if opened:
        is_single = count == 1 and len(opened) > 1 and not file.first_line
        subject, place = ("it", file.name) if is_single else ("the line", f"{file.name}:{start}")
        value = _parse_or_skip(b"\n".join(opened), place, subject, decoder)
        if damage and isinstance(value, Skip):
            number = start - 1  # one skip names both the object that is cut off and the damage
        else:
            yield (WHOLE_FILE if is_single else start), value
    if damage:
        yield number + 1, Skip(f"{file.name}:{number + 1}", damage)


def _parse_or_skip(data: bytes, place: str, subject: str, decoder: RecordDecoder) -> Any:
    try:
        return _parse(data, decoder)
    except (ValueError, RecursionError) as error:
        return Skip(place, _parse_error(error, subject))


def _parse(data: bytes, decoder: RecordDecoder) -> Any:
    """Parse JSON in UTF-8, or in the encoding that old systems exported it in."""
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        return json.loads(decoder.decode(data))


def _parse_error(error: Exception, subject: str) -> str:
    problem = "is nested too deeply" if isinstance(error, RecursionError) else "is not JSON, or is cut off"
    return f"{subject} {problem}"


def _list_items(value: Any) -> list[Any]:
    """The items of a JSON Feed, or of an object without a body that has a list of objects under a usual key."""
    if not isinstance(value, dict) or first_value({key.lower(): value[key] for key in value}, *FIELD_ALIASES["body"]):
        return []
    response = value.get("response")  # of the New York Times' API
    items = first_value(response if isinstance(response, dict) else value, *_LIST_KEYS)
    return items if isinstance(items, list) and all(isinstance(each, dict) for each in items) else []


def _feed_defaults(feed: dict[str, Any]) -> ArticleFields:
    """The fields that a JSON Feed states for all its items."""
    if "jsonfeed.org" not in str(feed.get("version")):
        return {}
    return {
        "byline": ("the feed's authors", feed.get("authors") or feed.get("author")),
        "source": ("the feed's title", feed.get("title")),
        "language": ("the feed's language", feed.get("language")),
    }


def _read_object(
    value: Any, file: SourceFile, number: int, defaults: ArticleFields = NO_FIELDS
) -> list[Article | Skip]:
    if isinstance(value, Skip):
        return [value]
    if isinstance(value, dict) and "$schema" in value and "properties" in value:
        return [Skip(file.name, "it is a JSON schema, not an article", damaged=False)]
    for kind in _KINDS if isinstance(value, dict) else ():
        if kind.is_item(value):
            record = kind.convert_item(value)
            if isinstance(record, str):
                return [Skip(file.name if number == WHOLE_FILE else f"{file.name}:{number}", record, damaged=False)]
            return read_record(record[0], replace(file, columns={}), number, record[1])
    return read_record(value, file, number, defaults=defaults)
