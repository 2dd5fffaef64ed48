"""Article: one item that a newspaper published.

An article is an immutable value, compared by its fields, whatever its source. Its constructor checks everything, so
that no other module has to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from searchidx.dates import PartialDate, parse_date
from searchidx.errors import ArticleError
from searchidx.languages import parse_language

NO_TEXT = "an article needs a headline or a body, and this one has neither"

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
"""Line breaks and control characters. An id may not have them; in a field of one line they become spaces."""
_EMPTY = (None, "")
OCR_STEPS = 10_000
"""Steps from 0 to 1 in which the confidence of scanned text is stored."""

LANGUAGE_ORIGINS = STATED, DETECTED, DEFAULT = "stated", "detected", "default"
"""How the language of an article is known."""
DETECTED_PROVENANCE = "detected from the text"
DEFAULT_PROVENANCE = "the default language"
_LANGUAGE_ORIGINS = {DETECTED_PROVENANCE: DETECTED, DEFAULT_PROVENANCE: DEFAULT}
"""How a language is known by its provenance; any other provenance is a place in the source."""


@dataclass(frozen=True, slots=True)
class Article:
    """One published item.

    Attributes:
        id: identifies the article in an index, where an article replaces another with the same id. One line, not empty.
        headline: one line.
        body: paragraphs, one a line.
        date: the date of publication, a `PartialDate` or None. The constructor also accepts an ISO date or date-time,
            whole or partial (`2023-02`), a `datetime.date` or a `datetime.datetime`. The empty string is None.
        byline, dateline (as printed), section, source: one line each.
        page, edition: where in a newspaper it stood, as printed: `A1`, `Late Edition - Final`.
        ocr: the mean confidence of the words of scanned text, from 0 to 1, in steps of 1 / `OCR_STEPS`; None if
            unknown.
        language: a BCP 47 tag such as `en` or `en-GB`. The constructor also accepts codes of ISO 639 and names, as
            `searchidx.languages` knows them. A language that it does not know is empty.
        keywords: a tuple of lines; the constructor accepts any iterable but a string.
        url: the address where it was published.
        path: the file that it was read from.
        provenance: for each field the place of its value in the source; of a page in a web archive also when it was
            `captured`. Comparison ignores it.

    Headline or body may be empty. Both may be empty only if both are given as "", for collections with articles whose
    text is lost; the readers of sources skip those. An invalid value raises `ArticleError`.
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
    page: str = ""
    edition: str = ""
    ocr: float | None = None
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
        page: str = "",
        edition: str = "",
        ocr: object = None,
        provenance: Mapping[str, str] | None = None,
    ) -> None:
        _put_id(self, _check_id(id))
        _put_headline(self, "" if headline in _EMPTY else _check_line("headline", headline))
        _put_byline(self, "" if byline in _EMPTY else _check_line("byline", byline))
        _put_dateline(self, "" if dateline in _EMPTY else _check_line("dateline", dateline))
        _put_section(self, "" if section in _EMPTY else _check_line("section", section))
        _put_source(self, "" if source in _EMPTY else _check_line("source", source))
        _put_language(self, "" if language in _EMPTY else parse_language(_check_line("language", language)))
        _put_url(self, "" if url in _EMPTY else _check_line("url", url))
        _put_path(self, "" if path in _EMPTY else _check_line("path", path))
        _put_page(self, "" if page in _EMPTY else _check_line("page", page))
        _put_edition(self, "" if edition in _EMPTY else _check_line("edition", edition))
        _put_ocr(self, None if ocr is None or ocr == "" else _check_ocr(ocr))
        _put_body(self, "" if body is None else _check_text("body", body))
        _put_date(self, None if date is None or date == "" else _check_date(date))
        _put_keywords(self, () if keywords == () else _check_keywords(keywords))
        _put_provenance(self, _check_provenance(provenance) if provenance else {})
        if not self.has_text and not headline == body == "":
            raise ArticleError("body", body, NO_TEXT)

    @property
    def has_text(self) -> bool:
        """Whether the article has a headline or a body."""
        return bool(self.headline) or bool(self.body.strip())

    @property
    def language_origin(self) -> str:
        """How the language is known: `STATED`, `DETECTED` or `DEFAULT`; empty if there is none."""
        return language_origin(self.language, self.provenance)

    def with_language(self, language: str, provenance: str) -> Article:
        """A copy with another language, a valid tag. Builds copy most articles, so nothing is checked again."""
        copy = object.__new__(Article)
        _put_id(copy, self.id)
        _put_headline(copy, self.headline)
        _put_body(copy, self.body)
        _put_date(copy, self.date)
        _put_byline(copy, self.byline)
        _put_dateline(copy, self.dateline)
        _put_section(copy, self.section)
        _put_source(copy, self.source)
        _put_language(copy, language)
        _put_keywords(copy, self.keywords)
        _put_url(copy, self.url)
        _put_path(copy, self.path)
        _put_page(copy, self.page)
        _put_edition(copy, self.edition)
        _put_ocr(copy, self.ocr)
        _put_provenance(copy, {**self.provenance, "language": provenance})
        return copy

    def to_dict(self) -> dict[str, Any]:
        """The fields that are not empty, in the order of the attributes; the date as ISO 8601."""
        values: dict[str, Any] = {}
        for name in FIELD_NAMES:
            value = getattr(self, name)
            if (
                value
                or name == "id"
                or (name == "ocr" and value is not None)
                or (name in ("headline", "body") and not self.has_text)
            ):
                values[name] = str(value) if name == "date" else list(value) if name == "keywords" else value
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Article:
        """Make an article from the result of `to_dict`; an unknown name raises `ArticleError`."""
        unknown = sorted(set(values) - set(FIELD_NAMES))
        if unknown:
            raise ArticleError(unknown[0], values[unknown[0]], "is not a field of an article")
        return cls(**values)


def language_origin(language: str, provenance: Mapping[str, str]) -> str:
    """How a language is known, given the provenance of its article; empty for an empty language."""
    return _LANGUAGE_ORIGINS.get(provenance.get("language", ""), STATED) if language else ""


FIELD_NAMES: tuple[str, ...] = tuple(field.name for field in fields(Article))
(
    _put_id, _put_headline, _put_body, _put_date, _put_byline, _put_dateline, _put_section, _put_source, _put_language,
    _put_keywords, _put_url, _put_path, _put_page, _put_edition, _put_ocr, _put_provenance,
) = (vars(Article)[name].__set__ for name in FIELD_NAMES)  # fmt: skip
"""Set a field of an article that is being made; half the time of `object.__setattr__`."""


def _check_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ArticleError(name, value, f"expected text, not {type(value).__name__}")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise ArticleError(name, value, f"has an unpaired surrogate at character {error.start}") from None
    return value


def _check_line(name: str, value: object) -> str:
    text = _check_text(name, value)
    return text.strip() if text.isprintable() else " ".join(_CONTROLS.sub(" ", text).split())


def _check_id(value: object) -> str:
    text = _check_text("id", value)
    if not text or text != text.strip():
        raise ArticleError("id", value, "an id must not be empty, or start or end with white space")
    if _CONTROLS.search(text):
        raise ArticleError("id", value, f"an id must be one line without control characters, not {text[:40]!r}")
    return text


def _check_date(value: object) -> PartialDate:
    try:
        return parse_date(value)
    except ValueError as error:
        raise ArticleError("date", value, str(error)) from None


def _check_ocr(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArticleError("ocr", value, "expected a number from 0 to 1")
    return round(value * OCR_STEPS) / OCR_STEPS


def _check_provenance(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ArticleError("provenance", value, "expected a mapping from fields to places in the source")
    items = tuple(value.items())
    try:
        return dict(_clean_provenance(items))
    except TypeError:  # a value that cannot be hashed is no text either
        return _clean_provenance.__wrapped__(items)


@lru_cache(maxsize=1 << 8)
def _clean_provenance(items: tuple[tuple[object, object], ...]) -> dict[str, str]:
    """Names and places as lines; the articles of a file share most of them."""
    return {_check_line("provenance", name): _check_line("provenance", where) for name, where in items if where}


def _check_keywords(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise ArticleError("keywords", value, "expected a list of keywords")
    found = (_check_line("keywords", keyword) for keyword in value)
    return tuple(dict.fromkeys(keyword for keyword in found if keyword))
