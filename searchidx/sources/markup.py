"""Markup within a value to paragraphs of plain text: what feeds and agencies put into a text of theirs."""

from __future__ import annotations

import re

__all__ = ["paragraphs", "plain_text"]

_BLOCKS = {
    "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_UNREAD = {"script", "style", "template", "noscript", "figcaption", "head", "title"}
_IS_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);")


def paragraphs(value: str) -> str:
    """The text of some HTML, a paragraph a line; of what is no HTML its lines."""
    if not _IS_MARKUP.search(value):
        return "\n".join(filter(None, (" ".join(line.split()) for line in value.splitlines())))
    from lxml import etree, html

    try:
        tree = html.fragment_fromstring(value, create_parent="div")
    except (etree.ParserError, ValueError):  # nothing but comments, or what XML forbids
        return ""
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            pieces.append("\n" if name in _BLOCKS else "")
            pieces.append("" if name in _UNREAD else " ".join((element.text or "").split("\n")))
        else:
            pieces.append("\n" if name in _BLOCKS else "")
            pieces.append(" ".join((element.tail or "").split("\n")))
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(pieces).split("\n"))))


def plain_text(value: str) -> str:
    """The same on one line."""
    return " ".join(paragraphs(value).split("\n"))
