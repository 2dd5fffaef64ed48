"""Article: what the newspaper published, as searchidx knows it.

An article is a value: frozen, compared by its fields, the same whichever source it was read from. Everything is
checked when it is made, so that nothing further down has to ask again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from searchidx.dates import PartialDate, parse_date
from searchidx.errors import ArticleError

__all__ = ["FIELD_NAMES", "NO_TEXT", "Article"]

NO_TEXT = "an article needs a headline or a body, and this one has neither"

# One line of text: what would break a line-based output (ids, headlines in a list) is refused or folded.
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NOTHING = (None, "")


@dataclass(frozen=True, slots=True)
class Article:
    """One published item.

    Attributes:
        id: names the article in an index; adding another with the same id replaces it. One line, not empty.
        headline: one line.
        body: paragraphs, one a line.
        date: when it was published, a `PartialDate` or None. May be given as an ISO date or date-time, whole or
            partial (`2023-02`), or as a `datetime.date` or `datetime.datetime`. The empty string is None.
        byline, dateline (as printed), section, source: one line each.
        language: a BCP 47 tag such as `en` or `en-GB`.
        keywords: a tuple of lines; may be given as any sequence of them.
        url: where it was published.  path: the file it was read from.
        provenance: where in the source the value of a field was found, by its name; no part of what is compared.

    One of headline and body may be empty. Both may only where both are given as "", as in collections that keep the
    place of an article whose text was lost; the readers of sources skip those all the same. A value that cannot be
    meant raises `ArticleError`.
    """

    id: str
    headline: str = ""
    body: str = ""
    date: PartialDate | None = None
    byline: str = ""
    dateline: str = ""
    section: str = ""
    source: str = ""
    language: str = ""
    keywords: tuple[str, ...] = ()
    url: str = ""
    path: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __init__(
        self,
        id: str,
        headline: str | None = None,
        body: str | None = None,
        date: object = None,
        byline: str = "",
        dateline: str = "",
        section: str = "",
        source: str = "",
        language: str = "",
        keywords: object = (),
        url: str = "",
        path: str = "",
        provenance: Mapping[str, str] | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "id", _id(id))
        put(self, "headline", "" if headline in _NOTHING else _line("headline", headline))
        put(self, "byline", "" if byline in _NOTHING else _line("byline", byline))
        put(self, "dateline", "" if dateline in _NOTHING else _line("dateline", dateline))
        put(self, "section", "" if section in _NOTHING else _line("section", section))
        put(self, "source", "" if source in _NOTHING else _line("source", source))
        put(self, "language", "" if language in _NOTHING else _line("language", language))
        put(self, "url", "" if url in _NOTHING else _line("url", url))
        put(self, "path", "" if path in _NOTHING else _line("path", path))
        put(self, "body", "" if body is None else _text("body", body))
        put(self, "date", None if date is None or date == "" else _date(date))
        put(self, "keywords", () if keywords == () else _keywords(keywords))
        put(self, "provenance", _provenance(provenance) if provenance else {})
        if not self.has_text and not headline == body == "":
            raise ArticleError("body", body, NO_TEXT)

    @property
    def has_text(self) -> bool:
        """Whether there is a headline or a body."""
        return bool(self.headline) or bool(self.body.strip())

    def to_dict(self) -> dict[str, Any]:
        """Every field that is not empty, by name, in the order of the attributes; the date as ISO 8601."""
        found: dict[str, Any] = {}
        for name in FIELD_NAMES:
            value = getattr(self, name)
            if value or name == "id" or (name in ("headline", "body") and not self.has_text):
                found[name] = str(value) if name == "date" else list(value) if name == "keywords" else value
        return found

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Article:
        """The article that `to_dict` described; unknown names raise `ArticleError`."""
        unknown = sorted(set(values) - set(FIELD_NAMES))
        if unknown:
            raise ArticleError(unknown[0], values[unknown[0]], "is not a field of an article")
        return cls(**values)


FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Article))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArticleError(name, value, f"expected text, not {type(value).__name__}")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ArticleError(name, value, f"holds half a surrogate pair at character {error.start}") from None
    return value


def _line(name: str, value: object) -> str:
    text = _text(name, value)
    return text.strip() if text.isprintable() else " ".join(_BREAKS.sub(" ", text).split())


def _id(value: object) -> str:
    text = _text("id", value)
    if not text or text != text.strip():
        raise ArticleError("id", value, "an id may not be empty, or begin or end with white space")
    if _BREAKS.search(text):
        raise ArticleError("id", value, f"an id is one line without control characters, not {text[:40]!r}")
    return text


def _date(value: object) -> PartialDate:
    try:
        return parse_date(value)
    except ValueError as error:
        raise ArticleError("date", value, str(error)) from None


def _provenance(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ArticleError("provenance", value, "expected the names of fields and where each was found")
    return {_line("provenance", name): _line("provenance", where) for name, where in value.items() if where}


def _keywords(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ArticleError("keywords", value, "expected a list of keywords")
    found = (_line("keywords", keyword) for keyword in value)
    return tuple(dict.fromkeys(keyword for keyword in found if keyword))
