"""The text of an article that a page holds as data for its scripts, as pages without any text of their own do.

Frameworks put what a page shows in a script, as JSON: `<script id="__NEXT_DATA__" type="application/json">` or
`window.__STATE__ = {…}`. An article is there as one long text, with or without HTML, or as a list with a text for each
paragraph. Nothing is executed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from searchidx.extract.markup import to_paragraphs

_OBJECT = re.compile(r"=\s*(?=[{\[])")
_PARSED = re.compile(r"JSON\.parse\(\s*(?=[\"'])")
_MAX_OBJECTS = 20
"""Assignments of one script that are tried."""
_MAX_VALUES = 200_000
"""Values of one script that are examined."""
_MIN_TEXT, _MIN_PARAGRAPH = 400, 40
"""Characters of an article in one text, and of a paragraph."""
_SENTENCE_END = re.compile(r"[.!?…。！？؟।۔][\"'”’»“)\]\s]*$")
_MARKUP_PARAGRAPH = re.compile(r"</p>|<br\s*/?>", re.IGNORECASE)


def read_script_state(tree: Any) -> list[str]:
    """The paragraphs of the longest article in the scripts of a page; [] where none holds one."""
    best = ""
    for script in tree.iter("script"):
        text = script.text or ""
        kind = (script.get("type") or "").lower()
        if len(text) < _MIN_TEXT or "ld+json" in kind:
            continue
        for value in _read_values(text, "json" in kind):
            best = max(best, _find_article(value), key=len)
    return best.split("\n") if best else []


def _read_values(text: str, is_json: bool) -> Iterator[Any]:
    """The JSON values of a script: its whole text, what it assigns, and what it parses."""
    decoder = json.JSONDecoder(strict=False)
    starts = [0] if is_json else []
    if not is_json:
        starts = [match.end() for match, _ in zip(_OBJECT.finditer(text), range(_MAX_OBJECTS), strict=False)]
        starts += [match.end() for match, _ in zip(_PARSED.finditer(text), range(_MAX_OBJECTS), strict=False)]
    past = 0
    for start in starts:
        if start < past:
            continue
        try:
            value, past = decoder.raw_decode(text, start + len(text[start:]) - len(text[start:].lstrip()))
            yield json.loads(value, strict=False) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            continue


def _find_article(value: Any) -> str:
    """The longest text of an article within a value."""
    best = ""
    stack = [value]
    for _ in range(_MAX_VALUES):
        if not stack:
            break
        value = stack.pop()
        if isinstance(value, str):
            text = to_paragraphs(value) if _is_article(value) else ""
        elif isinstance(value, list):
            text = "\n".join(filter(None, map(_paragraph, value)))
            stack += value
        else:
            text = ""
            if isinstance(value, dict):
                stack += value.values()
        if len(text) > len(best) and len(text) >= _MIN_TEXT:
            best = text
    return best


def _is_article(text: str) -> bool:
    return len(text) >= _MIN_TEXT and (
        _MARKUP_PARAGRAPH.search(text) is not None or ("\n" in text and _SENTENCE_END.search(text) is not None)
    )


def _paragraph(value: Any) -> str:
    """The text of an item that is a paragraph, or has one; "" for any other."""
    texts = [value] if isinstance(value, str) else list(value.values()) if isinstance(value, dict) else []
    found = (to_paragraphs(text) for text in texts if isinstance(text, str) and len(text) >= _MIN_PARAGRAPH)
    return max((text for text in found if _SENTENCE_END.search(text)), key=len, default="")
