"""Articles of the New York Times' archive and search API: headline, summary and first paragraph.

https://developer.nytimes.com/docs/archive-product/1/overview
"""

from __future__ import annotations

from typing import Any

from searchidx.sources.article_fields import first_value

_OWN_KEYS = {"web_url", "lead_paragraph", "snippet", "pub_date", "news_desk", "type_of_material", "section_name"}


def is_item(values: dict[str, Any]) -> bool:
    """Whether an object is an article of the API."""
    return isinstance(values.get("headline"), dict) and len(_OWN_KEYS & values.keys()) > 2


def convert_item(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values and the provenance of an article's fields."""
    headline = values["headline"]
    paragraphs = [values.get(name) for name in ("abstract", "lead_paragraph")]
    texts = list(dict.fromkeys(text.strip() for text in paragraphs if isinstance(text, str) and text.strip()))
    if len(texts) == 2 and texts[1].startswith(texts[0].rstrip(" .…")):
        del texts[0]  # the summary is the beginning of the paragraph
    snippet = values.get("snippet")
    page = "".join(str(values[key]) for key in ("print_section", "print_page") if values.get(key))
    keywords = values.get("keywords")
    fields: dict[str, tuple[str, Any]] = {
        "id": ("_id", values.get("_id")),
        "headline": ("headline", first_value(headline, "main", "print_headline", "name")),
        "body": ("lead_paragraph", "\n".join(texts) or (snippet if isinstance(snippet, str) else "")),
        "date": ("pub_date", values.get("pub_date")),
        "byline": ("byline", values.get("byline")),
        "section": ("section_name", values.get("section_name") or values.get("news_desk")),
        "source": ("source", values.get("source")),
        "page": ("print_page", page),
        "keywords": (
            "keywords",
            [each["value"] for each in keywords if isinstance(each, dict) and isinstance(each.get("value"), str)]
            if isinstance(keywords, list)
            else None,
        ),
        "url": ("web_url", values.get("web_url")),
    }
    return {name: value for name, (_, value) in fields.items()}, {name: origin for name, (origin, _) in fields.items()}
