"""Find the sections and tags that an article links to: links marked `rel=tag`, and breadcrumbs.

Pages without a section or tags in their metadata often link to the listings that the article belongs to. A link in a
menu or a cloud of tags is not about the article.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from searchidx.extract.markup import class_and_id, element_text

_CATEGORY = re.compile(r"/(?:categor(?:y|ies|ia|ie)|kategorie|rubri[kc]\w*|section|ressort)/", re.IGNORECASE)
"""Addresses of a section's listing."""
_CLOUD = re.compile(r"cloud|widget|side-?bar|related", re.IGNORECASE)
_OUTSIDE_ELEMENTS = ("aside", "nav")
_FRONT_PAGE = re.compile(r"(?:(?:https?:)?//[^/?#]+)?/?(?:index\.\w+|[a-z]{2}/)?(?:[?#].*)?", re.IGNORECASE)
_MAX_LINKS, _MAX_TOPICS, _MAX_TOPIC = 5000, 30, 60
"""Links that are examined; topics of one article, and characters of one."""
_NEAR = 4
"""Elements around a link whose class names are examined."""


def find_topic_links(tree: Any) -> tuple[list[str], list[str]]:
    """The sections and the tags of the links that are marked `rel=tag`."""
    sections: dict[str, None] = {}
    tags: dict[str, None] = {}
    marked = (link for link in itertools.islice(tree.iter("a"), _MAX_LINKS) if "tag" in (link.get("rel") or ""))
    for link in itertools.islice(marked, 4 * _MAX_TOPICS):
        kinds = link.get("rel").lower().split()
        if "tag" not in kinds or _is_outside(link):
            continue
        if (topic := element_text(link).lstrip("#")) and len(topic) <= _MAX_TOPIC:
            is_section = "category" in kinds or _CATEGORY.search(link.get("href") or "")
            (sections if is_section else tags).setdefault(topic)
    return list(sections)[:_MAX_TOPICS], list(tags)[:_MAX_TOPICS]


def find_breadcrumb(tree: Any) -> str:
    """The section that follows the front page in the page's breadcrumb, or ""."""
    for element in itertools.islice(tree.iter("div", "nav", "ol", "p", "ul"), _MAX_LINKS):
        if "readcrumb" in f"{class_and_id(element)} {element.get('itemtype') or ''}":
            links = [link for link in itertools.islice(element.iter("a"), _MAX_TOPICS) if element_text(link)]
            if len(links) > 1 or (links and _FRONT_PAGE.fullmatch(links[0].get("href") or "")):
                links.pop(0)
            if links:
                section = element_text(links[0])
                return section if len(section) <= _MAX_TOPIC else ""
    return ""


def _is_outside(link: Any) -> bool:
    for number, element in enumerate(itertools.islice(link.iterancestors(), 20)):
        if element.tag in _OUTSIDE_ELEMENTS or (number < _NEAR and _CLOUD.search(class_and_id(element)[:300])):
            return True
    return False
