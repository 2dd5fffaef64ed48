"""ninjs: the IPTC's news in JSON, versions 1 to 3, as a record of the names that `records` knows.

https://iptc.org/standards/ninjs/
"""

from __future__ import annotations

from typing import Any

from searchidx.extract.markup import paragraphs
from searchidx.sources.source_file import value_of

__all__ = ["is_item", "record_of"]

_OWN = {
    "body_text", "body_html", "body_xhtml", "bodies", "headlines", "versioncreated", "pubstatus", "eventdetails",
}  # fmt: skip
_DATES = ("contentcreated", "firstcreated", "versioncreated")
_ROLES = ("xhtml", "html", "html5", "text")
"""Which of several bodies is read: paragraphs are surer in markup."""


def is_item(values: dict[str, Any]) -> bool:
    """Whether an object is such an item: it has a `uri`, and two of the names that only ninjs has, or an event."""
    names = {name.lower() for name in values}
    return "uri" in names and (len(names & _OWN) > 1 or "eventdetails" in names)


def record_of(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]] | str:
    """The values of an item by the attributes of an article, and where each stood; why, where it is no text."""
    item = {name.lower(): value for name, value in values.items()}
    kind = item.get("type", "event" if "eventdetails" in item else "text")
    if kind not in ("text", "composite"):
        return f"it is of the type {kind!r}, not a text"
    headline = _first(item.get("headlines"), ("main",)) or item.get("headline") or item.get("title")
    body = _first(item.get("bodies"), _ROLES) or _marked(item, "body_xhtml", "body_html") or item.get("body_text")
    body = body or _first(item.get("descriptions"), ()) or _marked(item, "description_html")
    body = body or item.get("description_text")
    lines = paragraphs(str(body or "")).split("\n")
    body = "\n".join(lines[lines[0] == headline :])  # some repeat it above the body
    subjects = item.get("subjects") or item.get("subject") or []
    sources = item.get("infosources") or item.get("infosource") or []
    found: dict[str, tuple[str, Any]] = {
        "id": ("uri", item.get("uri")),
        "headline": ("headlines" if item.get("headlines") else "headline", headline),
        "body": ("bodies" if item.get("bodies") else "body", body),
        "date": (next(filter(item.get, _DATES), ""), value_of(item, *_DATES)),
        "byline": ("by", item.get("by") or item.get("byline")),
        "source": ("infosources", _names(sources) or item.get("source") or item.get("copyrightholder")),
        "section": ("genres", ", ".join(_names(item.get("genres") or item.get("genre") or []))),
        "language": ("language", item.get("language")),
        "keywords": ("subjects", [*_names(subjects), *_names(item.get("keywords") or [])]),
        "dateline": ("located", item.get("located") if isinstance(item.get("located"), str) else None),
        "url": ("uri", item["uri"] if str(item.get("uri")).startswith(("http:", "https:")) else None),
    }
    return {name: value for name, (_, value) in found.items()}, {name: where for name, (where, _) in found.items()}


def _first(values: Any, roles: tuple[str, ...]) -> str:
    """Of several values that have roles the first, by the order of roles."""
    items = values if isinstance(values, list) else []
    texts = [each for each in items if isinstance(each, dict) and each.get("value")]
    texts.sort(key=lambda each: roles.index(each.get("role")) if each.get("role") in roles else len(roles))
    if not texts:
        return ""
    is_marked = "html" in f"{texts[0].get('role')} {texts[0].get('contenttype') or texts[0].get('contentType')}"
    return f"<div>{texts[0]['value']}</div>" if is_marked else str(texts[0]["value"])


def _marked(item: dict[str, Any], *names: str) -> str:
    """The value of the first of some names, as markup, in which lines are no paragraphs."""
    return f"<div>{value}</div>" if (value := value_of(item, *names)) else ""


def _names(values: Any) -> list[str]:
    if not isinstance(values, list):
        return []
    names = (each.get("name") if isinstance(each, dict) else each for each in values)
    return [name for name in names if isinstance(name, str) and name]
