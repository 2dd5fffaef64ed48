"""JSON: one article a line (JSON Lines), or one object, or one array of them.

Keys are the attributes of `Article`, or the other names they usually have; upper and lower case are one.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from searchidx.article import NO_TEXT, Article
from searchidx.errors import ArticleError
from searchidx.sources.base import Skip, SourceFile, TooLarge, decode, skip_of, value_of
from searchidx.sources.datelines import printed_date

SUFFIXES = (".jsonl", ".ndjson", ".json")

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uid"),
    "headline": ("headline", "title", "head", "name"),
    "body": ("body", "text", "content", "articlebody", "body_text", "fulltext"),
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

_LINE_ENDS = re.compile(rb"\n\s*\{")


def recognises(head: bytes) -> bool:
    """An object or an array of objects begins here."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (start[:1] == b"{" and start[1:].lstrip()[:1] in (b'"', b"}")) or (
        start[:1] == b"[" and start[1:].lstrip()[:1] in (b"{", b"]")
    )


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    if file.head().removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        yield from _read_whole(file)
        return
    number = 0
    records = 0
    try:
        for number, line in enumerate(file.lines(), 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            records += 1
            try:
                values = json.loads(line)
            except ValueError:
                if line.strip() == b"{":
                    yield from _read_whole(file)  # one object, printed over several lines
                    return
                yield Skip(f"{file.name}:{number}", "the line is not JSON, or is cut off")
                continue
            except RecursionError:
                yield Skip(f"{file.name}:{number}", "the line is nested too deeply")
                continue
            yield _article(values, file, number, many=True)
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile, TooLarge) as error:
        skip = skip_of(file, error)
        yield Skip(f"{file.name}:{number + 1}", skip.reason)
        return
    if not records:
        yield Skip(file.name, "it is empty")


def _read_whole(file: SourceFile) -> Iterator[Article | Skip]:
    try:
        values = json.loads(decode(file.read()))
    except RecursionError:
        yield Skip(file.name, "it is nested too deeply")
        return
    except ValueError as error:
        yield Skip(file.name, f"it is not JSON, or is cut off ({error})")
        return
    if isinstance(values, dict):
        yield _article(values, file, 1, many=False)
        return
    for number, each in enumerate(values, 1):
        yield _article(each, file, number, many=True)


def _article(values: Any, file: SourceFile, number: int, many: bool) -> Article | Skip:
    place = f"{file.name}:{number}" if many else file.name
    if not isinstance(values, dict):
        return Skip(place, f"a {type(values).__name__} stands where an article should", damaged=False)
    plain = {key.lower(): value for key, value in values.items()}
    stated = value_of(plain, *NAMES["id"])
    id = str(stated) if isinstance(stated, (str, int)) else (f"{file.name}#{number}" if many else file.name)
    if stated is not None:
        place = f"{place} ({id[:80]})"
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
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ("\n" if paragraphs else ", ").join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _people(value: Any) -> str:
    """Names: a text, an object with a name, or a list of either."""
    if isinstance(value, dict):
        return _text(value.get("name"))
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
        if isinstance(value, int) and 1000 <= value <= 9999:
            return str(value)
        try:
            seconds = value / 1000 if abs(value) > 1e11 else value
            return dt.datetime.fromtimestamp(seconds, dt.timezone.utc)
        except (OverflowError, ValueError, OSError):
            raise ArticleError("date", value, f"{value} is no time in seconds since 1970") from None
    if isinstance(value, str) and not value[:4].isdigit():
        if (printed := printed_date(value)) is not None:
            return printed
        try:
            return email.utils.parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return value
    return value
