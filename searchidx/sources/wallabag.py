"""wallabag's export in JSON: pages saved with their text. https://wallabag.org/

`created_at` is when a page was saved, so only `published_at` is a date of publication.
"""

from __future__ import annotations

from typing import Any

from searchidx.extract.markup import to_paragraphs

_OWN_KEYS = {"is_archived", "is_starred", "domain_name", "reading_time", "hashed_url", "preview_picture", "created_at"}
_FAILED = "wallabag can't retrieve contents"


def is_item(values: dict[str, Any]) -> bool:
    """Whether an object is an entry."""
    return "url" in values and len(_OWN_KEYS & values.keys()) > 2 and "is_archived" in values


def convert_item(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]] | str:
    """The values and the provenance of an entry's fields; or why it is skipped."""
    content = values.get("content")
    body = to_paragraphs(content) if isinstance(content, str) else ""
    url = values.get("origin_url") or values.get("url")
    if not body or body.startswith(_FAILED):
        return "it is a link that wallabag saved without its text"
    tags = values.get("tags")
    fields: dict[str, tuple[str, Any]] = {
        "id": ("url", values.get("url")),
        "headline": ("title", values.get("title")),
        "body": ("content", body),
        "date": ("published_at", values.get("published_at")),
        "byline": ("published_by", values.get("published_by")),
        "source": ("domain_name", str(values.get("domain_name") or "").removeprefix("www.")),
        "language": ("language", str(values.get("language") or "").replace("_", "-")),
        "keywords": (
            "tags",
            [each.get("label") if isinstance(each, dict) else each for each in tags]
            if isinstance(tags, list)
            else None,
        ),
        "url": ("url", url),
    }
    return {name: value for name, (_, value) in fields.items()}, {name: origin for name, (origin, _) in fields.items()}
