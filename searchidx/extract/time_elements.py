"""The `<time>` elements of a page, and what the page says of each: published, updated or modified."""

from __future__ import annotations

import enum
import re
from typing import Any, NamedTuple

from searchidx.extract.markup import class_and_id
from searchidx.extract.printed_date import MODIFIED, UPDATED

MODIFIED_NAME = re.compile(r"modif|lastmod|last-mod|updated_time", re.IGNORECASE)
"""Attributes of markup that state the date of a modification."""
_UPDATED_NAME = re.compile(r"updat|revis", re.IGNORECASE)
_PUBLISHED_NAME = re.compile(r"publi|entry-date|created|posted", re.IGNORECASE)
_MAX_LABEL = 60
"""Characters of the text before an element that may label it."""


class DateRole(enum.Enum):
    """What a date on a page is the date of."""

    PUBLICATION = 0
    UPDATE = 1
    MODIFICATION = 2


class TimeElement(NamedTuple):
    """A `<time>` element: its `datetime` attribute, and its role."""

    text: str
    role: DateRole


def read_time_element(element: Any) -> TimeElement:
    """Read a `<time>` element. Its own attributes decide its role, then the text before it."""
    return TimeElement(element.get("datetime") or "", _role(element))


def label_role(label: str) -> DateRole:
    """The role of a date with this text before it."""
    if MODIFIED.search(label):
        return DateRole.MODIFICATION
    return DateRole.UPDATE if UPDATED.search(label) else DateRole.PUBLICATION


def _role(element: Any) -> DateRole:
    names = f"{element.get('itemprop') or ''} {class_and_id(element)}"
    if _PUBLISHED_NAME.search(names):
        return DateRole.PUBLICATION
    if MODIFIED_NAME.search(names):
        return DateRole.MODIFICATION
    if _UPDATED_NAME.search(names):
        return DateRole.UPDATE
    return label_role(_text_before(element) or (element.text or "")[:_MAX_LABEL])


def _text_before(element: Any) -> str:
    """The end of the text before an element: after its sibling, within it, or at the start of its parent."""
    before = element.getprevious()
    if before is None:
        parent = element.getparent()
        text = "" if parent is None else parent.text or ""
    elif isinstance(before.tag, str) and before.tag == "time":
        text = before.tail or ""
    else:
        text = ("".join(before.itertext()) if isinstance(before.tag, str) else "") + (before.tail or "")
    return text.strip()[-_MAX_LABEL:] if len(text) <= 4 * _MAX_LABEL else ""
