"""Map the keys of a record, from JSON or a table, to the fields of an article.

Keys are the fields' names or usual aliases of them, in upper or lower case.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from searchidx.article import Article
from searchidx.errors import ArticleError
from searchidx.extract.byline import remove_by_prefix
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.article_fields import NO_FIELDS, ArticleFields, first_value, make_article
from searchidx.sources.skip import Skip, guard, skip_invalid
from searchidx.sources.source_file import SourceFile

FIELD_ALIASES: dict[str, tuple[str, ...]] = {
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
    "page": ("page", "pages", "print_page"),
    "edition": ("edition",),
    "ocr": ("ocr",),
    "language": ("language", "lang", "inlanguage"),
    "keywords": ("keywords", "tags", "topics", "keyword"),
    "url": ("url", "link", "canonical_url", "source_url", "web_url", "permalink", "uri"),
}  # fmt: skip
"""The keys of each field, in order of preference."""

SUMMARY_KEYS = ("summary", "description", "abstract", "excerpt", "deck", "teaser", "standfirst", "lead")
"""The keys of the body of a record without one."""
WHOLE_FILE = 0
"""The number of a record that is its whole file."""
_MAX_CACHED_KEYS = 100
"""A record with more keys is no usual one, and its keys are not remembered."""
_KEYS = {**FIELD_ALIASES, "body": (*FIELD_ALIASES["body"], *SUMMARY_KEYS)}

_MARKUP = re.compile(r"\s*<(?:p|div|h[1-6]|ul|ol|figure|blockquote|section|article|span|strong|em|a|img)\b[^>]*>", re.I)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}


def read_record(
    values: Any,
    file: SourceFile,
    number: int,
    provenance: Mapping[str, str] | None = None,
    defaults: ArticleFields = NO_FIELDS,
) -> list[Article | Skip]:
    """The article of a record, or the skip that says why there is none; `number` is its line, or `WHOLE_FILE`.

    `provenance` overrides the key as the origin of a field. `defaults` holds the fields of records that leave them out.
    """
    place = file.name if number == WHOLE_FILE else f"{file.name}:{number}"
    return guard(place, lambda: _read_record(values, file, number, place, provenance, defaults))


def _read_record(
    values: Any,
    file: SourceFile,
    number: int,
    place: str,
    provenance: Mapping[str, str] | None,
    defaults: ArticleFields,
) -> list[Article | Skip]:
    if not isinstance(values, dict):
        return [Skip(place, f"expected an object, found {_KINDS.get(type(values), 'null')}", damaged=False)]
    raw = _find_fields(values, file.columns)
    if defaults:
        raw = {**{name: field for name, field in defaults.items() if field[1]}, **raw}
    _, id = raw.pop("id", ("", None))
    if isinstance(id, (str, int)) and not isinstance(id, bool):
        id = str(id)
        place = f"{place} ({id[:80]})"
    else:
        id = file.name if number == WHOLE_FILE else f"{file.name}#{number}"
    raw.setdefault("url", ("the source", file.url or ""))
    fields: dict[str, tuple[str, Any]] = {}
    for field, (name, value) in raw.items():
        try:
            fields[field] = (name if provenance is None else provenance.get(field, name), _convert(field, value))
        except ArticleError as error:
            return [skip_invalid(place, error)]
    return make_article(place, id, file.name, fields)


def _find_fields(values: dict[str, Any], columns: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """For each field with a value in the record, the key as written and the value."""
    fields = {}
    find_keys = _find_keys if len(values) <= _MAX_CACHED_KEYS else _find_keys.__wrapped__
    for field, names in find_keys(tuple(values), tuple(columns.items())):
        for name in names:
            value = values[name]
            if value or value not in (None, "", [], {}):
                fields[field] = (str(name), value)
                break
    return fields


@lru_cache(maxsize=1 << 8)
def _find_keys(keys: tuple[Any, ...], columns: tuple[tuple[str, str], ...]) -> list[tuple[str, list[Any]]]:
    """For each field those of some keys that may hold it, best first. The records of a file share their keys."""
    written = {str(key).lower(): key for key in keys}
    chosen = dict(columns)
    found = []
    for field, names in _KEYS.items():
        known = (chosen[field].lower(),) if field in chosen else names
        if present := [written[name] for name in known if name in written]:
            found.append((field, present))
    return found


def _convert(field: str, value: Any) -> Any:
    if field == "date":
        return value
    convert = _CONVERTERS.get(field)
    return _to_text(value) if convert is None else convert(value)


def _to_text(value: Any, separator: str = ", ") -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = value.get("rendered", value.get("main", value))  # WordPress, the New York Times
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return separator.join(value)
    return json.dumps(value, ensure_ascii=False)


def _to_body(value: Any) -> str:
    """Paragraphs. Text that begins with an element is HTML, as feeds and WordPress write it."""
    text = _to_text(value, "\n")
    return to_paragraphs(text) if _MARKUP.match(text) else _unescape(text)


def _to_line(value: Any) -> str:
    return _unescape(_to_text(value))


def _unescape(text: str) -> str:
    """Text with character references of HTML resolved, escaped once or twice: `&#8216;`, `&amp;`, `&amp;#8216;`."""
    if "&" not in text:
        return text
    for _ in range(2):
        text = _REFERENCE.sub(lambda reference: html.unescape(reference[0]), text)
    return text


def _to_names(value: Any) -> str:
    """Names from a text, an object with a name, or a list of either."""
    if isinstance(value, dict):
        return _to_text(first_value(value, "name", "rendered", "original"))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_to_names, value)))
    return _to_line(value)


def _to_keywords(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word for part in _unescape(value).split(";") for word in part.split(",")]
    if isinstance(value, list):
        # The New York Times has {"name": "subject", "value": "Harbours and Ports"}.
        return [_to_names(each.get("value", each) if isinstance(each, dict) else each) for each in value]
    return [] if value is None else [_to_text(value)]


def _to_page(value: Any) -> str:
    return _to_text(value) if isinstance(value, (str, int)) else ""


def _to_confidence(value: Any) -> float | None:
    """A number from 0 to 1; None for others, as some records have the scanned text itself under this key."""
    try:
        confidence = float(value)
    except (TypeError, ValueError):
        return None
    return confidence if 0 <= confidence <= 1 else None


_CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "headline": _to_line,
    "body": _to_body,
    "byline": lambda value: remove_by_prefix(_to_names(value)),
    "section": _to_names,
    "page": _to_page,
    "edition": _to_names,
    "ocr": _to_confidence,
    "source": _to_names,
    "keywords": _to_keywords,
}
"""How a field's raw value becomes what `Article` accepts; any other field is text."""
