"""Split a page into blocks: the lines of text that a browser shows, each with its element.

A block is the text of a paragraph, a heading, a list item, or of a `<div>` between two of these. Scripts, menus and
asides are left out.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from searchidx.extract.markup import normalize_space

_BLOCK_ELEMENTS = {
    "address", "article", "blockquote", "body", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li", "main",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "th", "tr", "ul",
}  # fmt: skip
_SKIPPED_ELEMENTS = {
    "aside", "audio", "button", "caption", "dialog", "footer", "head", "iframe", "label", "menu", "nav", "noscript",
    "option", "rt", "script", "select", "style", "svg", "template", "textarea", "title", "video",
}  # fmt: skip
_NOT_LETTERS = re.compile(r"[\W_]+")


class PageBlock(NamedTuple):
    """One block of a page.

    Attributes:
        element: the innermost block element around the text.
        text: the text on one line.
        linked: the number of its characters inside links.
    """

    element: Any
    text: str
    linked: int


def split_blocks(tree: Any) -> list[PageBlock]:
    """The blocks of a parsed page, in document order."""
    from lxml import etree

    blocks: list[PageBlock] = []
    open_elements: list[Any] = []
    pieces: list[str] = []
    linked = 0
    link_depth = 0
    skipped = None

    def end_block() -> None:
        nonlocal linked
        if pieces:
            text = normalize_space("".join(pieces))
            if text and open_elements:
                blocks.append(PageBlock(open_elements[-1], text, linked))
            pieces.clear()
            linked = 0

    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        name = element.tag
        if event == "start":
            if skipped is not None:
                continue
            if name in _SKIPPED_ELEMENTS or element.get("hidden") is not None:
                skipped = element
                continue
            if name in _BLOCK_ELEMENTS:
                end_block()
                open_elements.append(element)
            elif name == "a":
                link_depth += 1
            text = element.text
        elif event == "end":
            if skipped is not None:
                if element is not skipped:
                    continue
                skipped = None
            elif name in _BLOCK_ELEMENTS:
                end_block()
                open_elements.pop()
            elif name == "a":
                link_depth -= 1
            text = element.tail
        elif skipped is None:
            text = element.tail
        else:
            continue
        if text:
            pieces.append(text)
            if link_depth:
                linked += len(text)
    end_block()
    return blocks


def fold_letters(text: str) -> str:
    """The letters and digits of a text, case-folded: equal for two settings of the same text."""
    return _NOT_LETTERS.sub("", text).casefold()
