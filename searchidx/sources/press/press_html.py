"""HTML of press databases: fragments of a page as elements and text, whatever is broken around them."""

from __future__ import annotations

import re
from typing import Any

from searchidx.extract.markup import to_paragraphs

_LEFT_OUT = re.compile(r"<(script|style|noscript|title)\b[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def parse_fragment(markup: str) -> Any:
    """The element around a fragment of HTML; None if it holds nothing."""
    from lxml import etree, html

    markup = _LEFT_OUT.sub(" ", markup).replace("\x00", "")
    try:
        return html.document_fromstring(f"<div>{markup}</div>", parser=html.HTMLParser(huge_tree=False, encoding=None))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def element_text(element: Any) -> str:
    """The text of an element on one line."""
    return "" if element is None else " ".join("".join(_texts(element)).split())


def element_lines(element: Any) -> list[str]:
    """The text of an element, a line for each `<br>` and block; line ends of the source are spaces."""
    from lxml import etree

    markup = etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    return to_paragraphs(markup).split("\n")


def _texts(element: Any) -> list[str]:
    return [text if isinstance(text, str) else "" for text in element.itertext(tag=None) if text]


def has_class(element: Any, *names: str) -> bool:
    """Whether an element has one of some classes, in any case."""
    classes = (element.get("class") or "").lower().split()
    return any(name.lower() in classes for name in names)


def with_class(root: Any, *names: str) -> list[Any]:
    """The elements with one of some classes, in order."""
    wanted = {name.lower() for name in names}
    return [
        each
        for each in root.iter()
        if isinstance(each.tag, str) and wanted & set((each.get("class") or "").lower().split())
    ]
