"""CSL JSON: references of the press and the web, as Zotero and other reference managers export them.

It names no files, so an article is its headline and summary. https://docs.citationstyles.org/
"""

from __future__ import annotations

from typing import Any

from searchidx.sources.library_item import NEWS_TYPES

_TYPES = {
    "article", "article-journal", "article-magazine", "article-newspaper", "bill", "book", "broadcast", "chapter",
    "dataset", "document", "entry", "entry-dictionary", "entry-encyclopedia", "figure", "graphic", "interview",
    "legal_case", "legislation", "manuscript", "map", "motion_picture", "musical_score", "pamphlet", "paper-conference",
    "patent", "personal_communication", "post", "post-weblog", "report", "review", "review-book", "song", "speech",
    "thesis", "treaty", "webpage",
}  # fmt: skip
_OWN_KEYS = {"issued", "container-title", "accessed", "URL", "ISSN", "publisher-place", "title-short", "event-place"}


def is_item(values: dict[str, Any]) -> bool:
    """Whether an object is a reference: it has a type of CSL, and a key that other records do not have."""
    type = values.get("type")
    return (
        isinstance(type, str)
        and type in _TYPES
        and (bool(_OWN_KEYS & values.keys()) or _is_names(values.get("author")))
    )


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) and "family" in each for each in value)


def convert_item(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]] | str:
    """The values and the provenance of a reference's fields; or why it is skipped."""
    if values["type"] not in NEWS_TYPES:
        return f"its type is {values['type']!r}: no article of a newspaper, magazine or website"
    authors = values.get("author") if _is_names(values.get("author")) else []
    names = (
        " ".join(str(each[key]) for key in ("given", "non-dropping-particle", "family") if each.get(key))
        or str(each.get("literal") or "")
        for each in authors or []
        if isinstance(each, dict)
    )
    keywords = values.get("keyword")
    fields: dict[str, tuple[str, Any]] = {
        "id": ("id", values.get("id")),
        "headline": ("title", values.get("title")),
        "body": ("abstract", values.get("abstract")),
        "date": ("issued", _date(values.get("issued"))),
        "byline": ("author", ", ".join(filter(None, names))),
        "source": ("container-title", values.get("container-title") or values.get("publisher")),
        "section": ("section", values.get("section")),
        "page": ("page", values.get("page")),
        "edition": ("edition", values.get("edition")),
        "language": ("language", values.get("language")),
        "keywords": ("keyword", keywords if isinstance(keywords, (str, list)) else None),
        "url": ("URL", values.get("URL")),
    }
    return {name: value for name, (_, value) in fields.items()}, {name: origin for name, (origin, _) in fields.items()}


def _date(value: Any) -> Any:
    """The first date of `{"date-parts": [[2023, 2, 1]]}`, or the date as text."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else None
    parts = value.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        texts = [str(part).strip() for part in parts[0][:3]]
        if texts and all(text.isdecimal() for text in texts):
            return "-".join(f"{int(text):0{4 if n == 0 else 2}}" for n, text in enumerate(texts))
    text = value.get("raw") or value.get("literal")
    return text if isinstance(text, str) else None
