"""Records to articles: what the names of a record's values mean, whether JSON or a table holds it.

The names are the attributes of `Article`, or the other names they usually have; upper and lower case are one.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import html
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from searchidx.article import Article
from searchidx.errors import ArticleError
from searchidx.extract.dateline import printed_date
from searchidx.extract.markup import paragraphs as to_paragraphs
from searchidx.sources.source_file import (
    Skip,
    SourceFile,
    made,
    refusal,
    value_of,
)

__all__ = ["ALONE", "NAMES", "SUMMARIES", "article_of", "byline_of", "date_of"]

NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "_id", "guid", "uid"),
    "headline": ("headline", "title", "head", "name"),
    "body": ("body", "text", "content", "articlebody", "body_text", "fulltext", "content_text", "content_html"),
    "date": (
        "date", "published", "published_at", "publication_date", "publicationdate", "pubdate", "pub_date",
        "datepublished", "date_published", "publish_date", "publishedat", "timestamp",
    ),
    "byline": ("byline", "author", "authors", "creator"),
    "dateline": ("dateline",),
    "section": ("section", "category", "desk", "rubric", "articlesection", "section_name"),
    "source": ("source", "publisher", "site", "newspaper", "outlet", "publication"),
    "language": ("language", "lang", "inlanguage"),
    "keywords": ("keywords", "tags", "topics", "keyword"),
    "url": ("url", "link", "canonical_url", "source_url", "web_url", "permalink", "uri"),
}  # fmt: skip
"""The names under which each attribute is looked for, in order."""

SUMMARIES = ("summary", "description", "abstract", "excerpt", "deck", "teaser", "standfirst", "lead")
"""The names of what is the body of a record that has none."""
_LOOKED_FOR = {**NAMES, "body": (*NAMES["body"], *SUMMARIES)}
_NOTHING: Mapping[str, tuple[str, Any]] = MappingProxyType({})

_MARKUP = re.compile(r"\s*<(?:p|div|h[1-6]|ul|ol|figure|blockquote|section|article|span|strong|em|a|img)\b[^>]*>", re.I)
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
_BY = re.compile(r"\s*(?:(?i:by)\s+(?=[^\W\d_])|(?i:von|par|por)\s+(?=[^\W\d_a-zß-ÿ][\w.’'-]*\s[^\W\d_a-zß-ÿ]))")
"""Not the beginning of a name: `Von Hippel`, `von Braun, Wernher`."""
_SHORT_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)[ T](?=\d:)")
_WITH_POINTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:[ ,T]+(\d{1,2})(:\d\d(?::\d\d)?)(?: Uhr)?)?")
"""Where points part the numbers, the day stands first; where strokes do, nobody can tell."""
ALONE = 0
"""The number of the record that its file is, and not a line of it."""


def article_of(
    values: Any,
    file: SourceFile,
    number: int,
    provenance: Mapping[str, str] | None = None,
    about: Mapping[str, tuple[str, Any]] = _NOTHING,
) -> list[Article | Skip]:
    """The article that a record describes, and what of it was refused; `number` is its line, or `ALONE`.

    `provenance` is where each attribute stood, where the record was made from something else; `about` is where what is
    said of all records stands, and the values, by the attributes that a record may leave out.
    """
    place = file.name if number == ALONE else f"{file.name}:{number}"
    if not isinstance(values, dict):
        return [Skip(place, f"{_KINDS.get(type(values), 'nothing')} stands where an article should", damaged=False)]
    found = {**{name: given for name, given in about.items() if given[1]}, **_found(values, file.columns)}
    _, id = found.pop("id", ("", None))
    if isinstance(id, (str, int)) and not isinstance(id, bool):
        id = str(id)
        place = f"{place} ({id[:80]})"
    else:
        id = file.name if number == ALONE else f"{file.name}#{number}"
    found.setdefault("url", ("the source", file.url or ""))
    read: dict[str, tuple[str, Any]] = {}
    date_refused = ""
    for field, (name, value) in found.items():
        try:
            read[field] = ((provenance or {}).get(field, name), _value(field, value))
        except ArticleError as error:
            if field != "date":
                return [refusal(place, error)]
            date_refused = str(error)
    return made(place, id, file.name, read, date_refused)


def _found(values: dict[str, Any], columns: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """Of each attribute of which a record holds something, the name as the record writes it, and the value."""
    written = {str(name).lower(): name for name in values}
    found = {}
    for field, names in _LOOKED_FOR.items():
        for name in (columns[field].lower(),) if field in columns else names:
            if name in written and (value := values[written[name]]) not in (None, "", [], {}):
                found[field] = (str(written[name]), value)
                break
    return found


def _value(field: str, value: Any) -> Any:
    return _READ[field](value) if field in _READ else _text(value)


def byline_of(text: str) -> str:
    """The authors' names, without the word before them."""
    return _BY.sub("", text, count=1)


def _body(value: Any) -> str:
    """Paragraphs; a text that begins with an element is HTML, as feeds and WordPress write it."""
    text = _text(value, paragraphs=True)
    return to_paragraphs(text) if _MARKUP.match(text) else text


def _text(value: Any, paragraphs: bool = False) -> str:
    if isinstance(value, dict):
        value = value.get("rendered", value.get("main", value))  # WordPress, the New York Times
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
        return _text(value_of(value, "name", "rendered", "original"))
    if isinstance(value, list):
        return ", ".join(filter(None, (_people(each) for each in value)))
    return _text(value)


def _keywords(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word for part in value.split(";") for word in part.split(",")]
    if isinstance(value, list):
        return [_people(each) for each in value]
    return [] if value is None else [_text(value)]


def _headline(value: Any) -> str:
    """A text, its characters as they are meant where it was taken from HTML: `&#8216;`, `&amp;`."""
    return html.unescape(_text(value))


def date_of(value: Any) -> Any:
    """What `Article` takes as a date: ISO as it is, else what newspapers, e-mail and machines write."""
    if isinstance(value, (bool, list, dict)):
        raise ArticleError("date", value, "expected a date")
    if isinstance(value, (int, float)):
        return _date_of_number(value)
    if isinstance(value, str) and (match := _WITH_POINTS.fullmatch(value.strip())):
        day, month, year, hour, rest = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")
    if isinstance(value, str) and not value[:4].isdigit():
        if (printed := printed_date(value)) is not None:
            return printed
        try:
            return email.utils.parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return value
    if isinstance(value, str) and (match := _SHORT_HOUR.match(value)):
        return f"{match[1]}T0{value[match.end() :]}"
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


_READ: dict[str, Callable[[Any], Any]] = {
    "headline": _headline,
    "body": _body,
    "date": date_of,
    "byline": lambda value: byline_of(_people(value)),
    "section": _people,
    "source": _people,
    "keywords": _keywords,
}
"""How a value becomes what `Article` takes, where that is more than a text."""
