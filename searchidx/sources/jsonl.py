"""JSON: one article a line (JSON Lines), or one object, or one array of them, or a JSON Feed.

Keys are the attributes of `Article`, or the other names they usually have; upper and lower case are one.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import itertools
import json
from collections.abc import Iterator
from typing import Any

from searchidx.article import NO_TEXT, Article
from searchidx.errors import ArticleError
from searchidx.sources.base import DAMAGE, MAX_FILE, Skip, SourceFile, TooLarge, decode, skip_of, value_of
from searchidx.sources.datelines import printed_date

SUFFIXES = (".jsonl", ".ndjson", ".json")

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uid"),
    "headline": ("headline", "title", "head", "name"),
    "body": ("body", "text", "content", "articlebody", "body_text", "fulltext", "content_text", "content_html"),
    "date": (
        "date", "published", "published_at", "publication_date", "publicationdate", "pubdate", "pub_date",
        "datepublished", "date_published", "publish_date", "timestamp",
    ),
    "byline": ("byline", "author", "authors", "creator"),
    "dateline": ("dateline",),
    "section": ("section", "category", "desk", "rubric"),
    "source": ("source", "publisher", "site", "newspaper", "outlet", "publication"),
    "language": ("language", "lang"),
    "keywords": ("keywords", "tags", "topics", "keyword"),
    "url": ("url", "link", "canonical_url", "uri"),
}  # fmt: skip
"""The names under which each attribute is looked for, in order."""

_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
_ALONE = 0
"""The number of the record that its file is, and not a line of it."""


def recognises(head: bytes) -> bool:
    """An object or an array of objects begins here."""
    start = head.lstrip()
    return (start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}")) or (
        start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")
    )


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    if file.head().lstrip()[:1] == b"[":
        values = _parsed(decode(file.read()), file.name, "it")
        yield from [values] if isinstance(values, Skip) else _articles(values, file)
        return
    records = _records(file)
    first = list(itertools.islice(records, 2))
    if not first:
        yield Skip(file.name, "it is empty")
    elif len(first) == 1 and (items := _feed_items(first[0][1])):
        yield from _articles(items, file)
    else:
        for number, values in itertools.chain(first, records):
            yield values if isinstance(values, Skip) else _article(values, file, number)


def _records(file: SourceFile) -> Iterator[tuple[int, Any]]:
    """The value of each record, or the Skip in its place, with the number of its first line.

    A record is a line. An object that does not end on its line goes on to the next one that begins as it did, with `{`
    at the same indent: so objects over several lines are read, and a line that was cut off costs itself alone. One
    object over several lines and nothing else has the number `_ALONE`.
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
    except (OSError, *DAMAGE, TooLarge) as error:
        broken = skip_of(file, error).reason
    if opened:
        alone = count == 1 and len(opened) > 1
        what, place = ("it", file.name) if alone else ("the line", f"{file.name}:{began}")
        values = _parsed(b"\n".join(opened), place, what)
        if broken and isinstance(values, Skip):
            number = began - 1  # what is cut off is part of what is broken
        else:
            yield (_ALONE if alone else began), values
    if broken:
        yield number + 1, Skip(f"{file.name}:{number + 1}", broken)


def _parsed(data: bytes | str, place: str, what: str) -> Any:
    """What some JSON means, or the Skip in its place."""
    try:
        return json.loads(data)
    except RecursionError:
        return Skip(place, f"{what} is nested too deeply")
    except ValueError:
        return Skip(place, f"{what} is not JSON, or is cut off")


def _feed_items(values: Any) -> list[Any]:
    """The items of a JSON Feed, or of what else has a list of objects under that name and no body of its own."""
    if not isinstance(values, dict) or value_of({key.lower(): values[key] for key in values}, *NAMES["body"]):
        return []
    items = values.get("items")
    return items if isinstance(items, list) and all(isinstance(each, dict) for each in items) else []


def _articles(records: list[Any], file: SourceFile) -> Iterator[Article | Skip]:
    return (_article(values, file, number) for number, values in enumerate(records, 1))


def _article(values: Any, file: SourceFile, number: int) -> Article | Skip:
    place = file.name if number == _ALONE else f"{file.name}:{number}"
    if not isinstance(values, dict):
        return Skip(place, f"{_KINDS.get(type(values), 'nothing')} stands where an article should", damaged=False)
    plain = {key.lower(): value for key, value in values.items()}
    id = value_of(plain, *NAMES["id"])
    if isinstance(id, (str, int)) and not isinstance(id, bool):
        id = str(id)
        place = f"{place} ({id[:80]})"
    else:
        id = file.name if number == _ALONE else f"{file.name}#{number}"
    try:
        article = Article(
            id=id,
            headline=_text(value_of(plain, *NAMES["headline"])),
            body=_text(value_of(plain, *NAMES["body"]), paragraphs=True),
            date=_date(value_of(plain, *NAMES["date"])),
            byline=_people(value_of(plain, *NAMES["byline"])),
            dateline=_text(value_of(plain, *NAMES["dateline"])),
            section=_people(value_of(plain, *NAMES["section"])),
            source=_people(value_of(plain, *NAMES["source"])),
            language=_text(value_of(plain, *NAMES["language"])),
            keywords=_keywords(value_of(plain, *NAMES["keywords"])),
            url=_text(value_of(plain, *NAMES["url"])) or file.url or "",
            path=file.name,
        )
    except ArticleError as error:
        return Skip(place, error.reason if error.field == "body" else str(error), damaged=False)
    return article if article.has_text else Skip(place, NO_TEXT, damaged=False)


def _text(value: Any, paragraphs: bool = False) -> str:
    if isinstance(value, dict):
        value = value.get("rendered", value)  # WordPress
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ("\n" if paragraphs else ", ").join(value)
    return json.dumps(value, ensure_ascii=False)


def _people(value: Any) -> str:
    """Names: a text, an object with a name, or a list of either."""
    if isinstance(value, dict):
        return _text(value_of(value, "name", "rendered"))
    if isinstance(value, list):
        return ", ".join(filter(None, (_people(each) for each in value)))
    return _text(value)


def _keywords(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word for part in value.split(";") for word in part.split(",")]
    if isinstance(value, list):
        return [_people(each) for each in value]
    return [] if value is None else [_text(value)]


def _date(value: Any) -> Any:
    """What `Article` takes as a date: ISO as it is, else what newspapers, e-mail and machines write."""
    if isinstance(value, (bool, list, dict)):
        raise ArticleError("date", value, "expected a date")
    if isinstance(value, (int, float)):
        return _date_of_number(value)
    if isinstance(value, str) and not value[:4].isdigit():
        if (printed := printed_date(value)) is not None:
            return printed
        try:
            return email.utils.parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return value
    return value


def _date_of_number(value: float) -> Any:
    """A number is a year, or the digits of a month or day of the last five centuries; else it counts seconds.

    `20230201` is no moment in August 1970: there is little news of that summer, and much that is dated so. Counts of
    seconds too large to be meant are milliseconds.
    """
    digits = str(int(value)) if value == value // 1 else ""
    if digits and 1000 <= value <= 9999:
        return digits
    if digits and (1500_01 <= value <= 2100_12 or 1500_01_01 <= value <= 2100_12_31):
        return "-".join(filter(None, (digits[:4], digits[4:6], digits[6:])))
    try:
        return dt.datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, dt.timezone.utc)
    except (OverflowError, ValueError, OSError):
        raise ArticleError("date", value, "the number is no time in seconds since 1970") from None
