"""Markup within a value to paragraphs of plain text: what feeds and agencies put into a text of theirs."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["XML_PROLOGUE", "local_name", "one_line", "paragraphs", "parse_xml", "plain_text", "text_of"]

_BLOCKS = {
    "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
XML_PROLOGUE = rb"\s*(?:<\?[^>]*>\s*|<!--(?>.*?-->)\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)*"
"""What may stand before the root of some XML, as a pattern."""
_UNREAD = {"script", "style", "template", "noscript", "figcaption", "head", "title"}
_BREAKS = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""The soft hyphen, and spaces without width: what a browser shows only at the end of a line, or never."""
_IS_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);")


def paragraphs(value: str) -> str:
    """The text of some HTML, a paragraph a line; of what is no HTML its lines."""
    if not _IS_MARKUP.search(value):
        return "\n".join(filter(None, (" ".join(line.split()) for line in value.splitlines())))
    from lxml import etree, html

    try:
        tree = html.document_fromstring(f"<div>{value}</div>")
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


def parse_xml(data: bytes) -> tuple[Any, str]:
    """The root of some XML, as far as it is whole, and what is wrong with the rest; None where there is none.

    No entity of its own is resolved, and nothing that it points to is fetched.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
    root = etree.fromstring(data, parser) if data.strip() else None
    error = next((error for error in parser.error_log if error.level_name == "FATAL"), None)
    return root, f"{error.message.strip()} (line {error.line})" if error is not None else ""


def local_name(element: Any) -> str:
    """An element's name without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def one_line(text: str) -> str:
    """A text on one line, without the marks for where a word may be broken."""
    return " ".join((text if text.isascii() else _BREAKS.sub("", text)).split())


def text_of(element: Any) -> str:
    """The text of an element on one line; empty for None."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
