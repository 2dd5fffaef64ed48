"""JSON: one article a line (JSON Lines), or one object, or one array of them, or a JSON Feed.

What the keys of an object mean is the business of `records`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from searchidx.article import Article
from searchidx.sources import ninjs
from searchidx.sources.json_array import elements
from searchidx.sources.record_fields import ALONE, NAMES, article_of
from searchidx.sources.source_file import (
    MAX_FILE,
    Damaged,
    Skip,
    SourceFile,
    TooLarge,
    skip_of,
    value_of,
)
from searchidx.sources.text_encoding import decode_utf8

SUFFIXES = (".jsonl", ".ndjson", ".json")

_LISTS = ("items", "articles", "entries", "posts", "docs", "results")
_NOTHING: Mapping[str, tuple[str, Any]] = MappingProxyType({})


def recognises(head: bytes) -> bool:
    """An object or an array of objects begins here."""
    start = head.lstrip()
    return (start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}")) or (
        start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")
    )


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    if file.head().lstrip()[:1] == b"[":
        yield from _elements(file)
        return
    records = _records(file)
    first = list(itertools.islice(records, 2))
    if not first:
        yield Skip(file.name, "it is empty")
    elif len(first) == 1 and (items := _items(first[0][1])):
        about = _about(first[0][1])
        for number, values in enumerate(items, 1):
            yield from _article(values, file, number, about)
    else:
        for number, values in itertools.chain(first, records):
            yield from _article(values, file, number)


def _elements(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of an array; the place of one is its number."""
    number = 0
    try:
        for number, found in enumerate(elements(file, _loads), 1):
            if isinstance(found, Exception):
                yield Skip(f"{file.name}:{number}", _why_not(found, "the object"))
            else:
                yield from _article(found, file, number)
    except (OSError, Damaged, TooLarge) as error:
        yield Skip(f"{file.name}:{number + 1}", skip_of(file, error).reason)


def _records(file: SourceFile) -> Iterator[tuple[int, Any]]:
    """The value of each record, or the Skip in its place, with the number of its first line.

    A record is a line. An object that does not end on its line goes on to the next one that begins as it did, with `{`
    at the same indent: so objects over several lines are read, and a line that was cut off costs itself alone. One
    object over several lines and nothing else has the number `ALONE`.
    """
    opened: list[bytes] = []
    start, began, number, size, count = b"", 0, 0, 0, 0
    broken = ""
    try:
        for number, line in enumerate(file.lines(), 1):
            if not line.strip():
                continue
            if opened and not line.startswith(start):
                opened.append(line)
                if (size := size + len(line)) > MAX_FILE:
                    raise TooLarge(f"an object is longer than {MAX_FILE // 1024 // 1024} MB")
                continue
            if opened:
                yield began, _parsed(b"\n".join(opened), f"{file.name}:{began}", "the line")
                opened = []
            count += 1
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                if line.lstrip()[:1] == b"{":
                    start, opened, began, size = line[: line.index(b"{") + 1], [line], number, len(line)
                    continue
                values = _parsed(line, f"{file.name}:{number}", "the line")
            yield number, values
    except (OSError, Damaged, TooLarge) as error:
        broken = skip_of(file, error).reason
    if opened:
        alone = count == 1 and len(opened) > 1
        what, place = ("it", file.name) if alone else ("the line", f"{file.name}:{began}")
        values = _parsed(b"\n".join(opened), place, what)
        if broken and isinstance(values, Skip):
            number = began - 1  # what is cut off is part of what is broken
        else:
            yield (ALONE if alone else began), values
    if broken:
        yield number + 1, Skip(f"{file.name}:{number + 1}", broken)


def _parsed(data: bytes, place: str, what: str) -> Any:
    """What some JSON means, or the Skip in its place."""
    try:
        return _loads(data)
    except (ValueError, RecursionError) as error:
        return Skip(place, _why_not(error, what))


def _loads(data: bytes) -> Any:
    """What some JSON means, in UTF-8 or, where it is none, as exports of old systems are written."""
    try:
        return json.loads(data)
    except UnicodeDecodeError:
        text = decode_utf8(data)
        return json.loads(data.decode("cp1252", "replace") if text is None else text)


def _why_not(error: Exception, what: str) -> str:
    return f"{what} is nested too deeply" if isinstance(error, RecursionError) else f"{what} is not JSON, or is cut off"


def _items(values: Any) -> list[Any]:
    """The items of a JSON Feed, or of what else has a list of objects under such a name and no body of its own."""
    if not isinstance(values, dict) or value_of({key.lower(): values[key] for key in values}, *NAMES["body"]):
        return []
    items = value_of(values, *_LISTS)
    return items if isinstance(items, list) and all(isinstance(each, dict) for each in items) else []


def _about(feed: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """What a JSON Feed says of all its items: of each attribute where it stands, and the value."""
    if "jsonfeed.org" not in str(feed.get("version")):
        return {}
    return {
        "byline": ("the feed's authors", feed.get("authors") or feed.get("author")),
        "source": ("the feed's title", feed.get("title")),
        "language": ("the feed's language", feed.get("language")),
    }


def _article(
    values: Any, file: SourceFile, number: int, about: Mapping[str, tuple[str, Any]] = _NOTHING
) -> list[Article | Skip]:
    if isinstance(values, Skip):
        return [values]
    if isinstance(values, dict) and "$schema" in values and "properties" in values:
        return [Skip(file.name, "it is a schema, which says what other files hold", damaged=False)]
    if not (isinstance(values, dict) and ninjs.is_item(values)):
        return article_of(values, file, number, about=about)
    record = ninjs.record_of(values)
    if isinstance(record, str):
        return [Skip(file.name if number == ALONE else f"{file.name}:{number}", record, damaged=False)]
    return article_of(record[0], replace(file, columns={}), number, record[1])
