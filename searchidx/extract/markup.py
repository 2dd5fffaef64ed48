"""HTML and XML to plain text: paragraphs, lines, and the elements that hold them."""

from __future__ import annotations

import itertools
import re
from typing import Any

XML_PROLOG = rb"\s*(?:<\?[^>]*>\s*|<!--(?>.*?-->)\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)*"
"""A pattern for everything before the root element of an XML document."""
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_BLOCK_ELEMENTS = {
    "address", "article", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_SKIPPED_ELEMENTS = {"script", "style", "template", "noscript", "figcaption", "head", "title"}
_INVISIBLE = "\u00ad\u200b\u2060\ufeff"
"""The soft hyphen and zero-width spaces. A browser shows them at a line break, or never."""
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_MAX_PIECES = 40
"""Runs of text of a block."""
_HAS_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);")


def to_paragraphs(value: str) -> str:
    """Convert HTML to text, one paragraph a line. Text without markup keeps its lines."""
    if not _HAS_MARKUP.search(value):
        return "\n".join(filter(None, (" ".join(line.split()) for line in value.splitlines())))
    from lxml import etree, html

    try:
        tree = html.document_fromstring(f"<div>{value}</div>")
    except (etree.ParserError, ValueError):  # only comments, or characters that XML forbids
        return ""
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            pieces.append("\n" if name in _BLOCK_ELEMENTS else "")
            pieces.append("" if name in _SKIPPED_ELEMENTS else " ".join((element.text or "").split("\n")))
        else:
            pieces.append("\n" if name in _BLOCK_ELEMENTS else "")
            pieces.append(" ".join((element.tail or "").split("\n")))
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(pieces).split("\n"))))


def strip_markup(value: str) -> str:
    """Convert HTML to text on one line."""
    return " ".join(to_paragraphs(value).split("\n"))


def parse_xml(text: str) -> tuple[Any, str]:
    """Parse XML as far as it is well-formed: the root element, or None, and the first fatal error, or "".

    The caller decodes the text, by the rules of all formats, so what it declares is passed over. Entities are not
    resolved and nothing is fetched.
    """
    from lxml import etree

    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    data = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    root = etree.fromstring(data, parser) if data.strip() else None
    error = next((error for error in parser.error_log if error.level_name == "FATAL"), None)
    return root, f"{error.message.strip()} (line {error.line})" if error is not None else ""


def local_name(element: Any) -> str:
    """An element's name without its namespace; "" for comments and processing instructions."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children_named(element: Any, name: str) -> list[Any]:
    """An element's children with a name, in any namespace."""
    return [each for each in element if local_name(each) == name]


def class_and_id(element: Any) -> str:
    """The class names and the id of an HTML element, in one string to search."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"


def normalize_space(text: str) -> str:
    """Join a text into one line, without soft hyphens and zero-width spaces."""
    if not text.isascii():
        for character in _INVISIBLE:
            if character in text:
                text = text.replace(character, "")
    return " ".join(text.split())


def spaced_text(element: Any, text: str) -> str:
    """The text of a block with spaces between the elements in it, which a browser may set apart by style only.

    `text` is the block's text. It is returned unchanged if the element holds more than it.
    """
    if not len(element):
        return text
    pieces = list(itertools.islice(element.itertext(), _MAX_PIECES))
    if sum(map(len, pieces)) < len(text) or normalize_space("".join(pieces)) != text:
        return text
    return normalize_space(" ".join(pieces))


def element_text(element: Any) -> str:
    """The text of an element on one line; "" for None, and for a comment or a reference in place of an element."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return " ".join("".join(element.itertext()).split())
