"""ninjs, the IPTC's news in JSON, versions 1 to 3: items to records with the keys of `record_fields`.

https://iptc.org/standards/ninjs/
"""

from __future__ import annotations

from typing import Any

from searchidx.extract.markup import to_paragraphs
from searchidx.sources.article_fields import first_value

_NINJS_KEYS = {
    "body_text", "body_html", "body_xhtml", "bodies", "headlines", "versioncreated", "pubstatus", "eventdetails",
}  # fmt: skip
_DATES = ("contentcreated", "firstcreated", "versioncreated")
_BODY_ROLES = ("xhtml", "html", "html5", "text")
"""Roles of bodies, best first: markup separates paragraphs reliably."""


def is_item(values: dict[str, Any]) -> bool:
    """Whether an object is a ninjs item: it has a `uri`, and two keys of ninjs alone or an event."""
    names = {name.lower() for name in values}
    return "uri" in names and (len(names & _NINJS_KEYS) > 1 or "eventdetails" in names)


def convert_item(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]] | str:
    """The values and the provenance of an item's fields; or why the item is skipped."""
    item = {name.lower(): value for name, value in values.items()}
    kind = item.get("type", "event" if "eventdetails" in item else "text")
    if kind not in ("text", "composite"):
        return f"it is of the type {kind!r}, not a text"
    headline = _first_by_role(item.get("headlines"), ("main",)) or item.get("headline") or item.get("title")
    body: Any = _first_by_role(item.get("bodies"), _BODY_ROLES) or _first_markup(item, "body_xhtml", "body_html")
    body = body or item.get("body_text") or _first_by_role(item.get("descriptions"), ())
    body = body or _first_markup(item, "description_html") or item.get("description_text")
    lines = to_paragraphs(str(body or "")).split("\n")
    body = "\n".join(lines[lines[0] == headline :])  # some items repeat the headline above the body
    subjects = item.get("subjects") or item.get("subject") or []
    sources = item.get("infosources") or item.get("infosource") or []
    fields: dict[str, tuple[str, Any]] = {
        "id": ("uri", item.get("uri")),
        "headline": ("headlines" if item.get("headlines") else "headline", headline),
        "body": ("bodies" if item.get("bodies") else "body", body),
        "date": (next(filter(item.get, _DATES), ""), first_value(item, *_DATES)),
        "byline": ("by", item.get("by") or item.get("byline")),
        "source": ("infosources", _names(sources) or item.get("source") or item.get("copyrightholder")),
        "section": ("genres", ", ".join(_names(item.get("genres") or item.get("genre") or []))),
        "language": ("language", item.get("language")),
        "keywords": ("subjects", [*_names(subjects), *_names(item.get("keywords") or [])]),
        "dateline": ("located", item.get("located") if isinstance(item.get("located"), str) else None),
        "url": ("uri", item["uri"] if str(item.get("uri")).startswith(("http:", "https:")) else None),
    }
    return {name: value for name, (_, value) in fields.items()}, {name: origin for name, (origin, _) in fields.items()}


def _first_by_role(values: Any, roles: tuple[str, ...]) -> str:
    """The first value in the order of roles; values with other roles come last."""
    items = values if isinstance(values, list) else []
    texts = [each for each in items if isinstance(each, dict) and each.get("value")]
    texts.sort(key=lambda each: roles.index(each.get("role")) if each.get("role") in roles else len(roles))
    if not texts:
        return ""
    is_markup = "html" in f"{texts[0].get('role')} {texts[0].get('contenttype') or texts[0].get('contentType')}"
    return f"<div>{texts[0]['value']}</div>" if is_markup else str(texts[0]["value"])


def _first_markup(item: dict[str, Any], *names: str) -> str:
    """The first value under these keys, as markup, in which line breaks do not end a paragraph."""
    return f"<div>{value}</div>" if (value := first_value(item, *names)) else ""


def _names(values: Any) -> list[str]:
    if not isinstance(values, list):
        return []
    names = (each.get("name") if isinstance(each, dict) else each for each in values)
    return [name for name in names if isinstance(name, str) and name]
