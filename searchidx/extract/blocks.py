"""The texts of a page in order, each with the element that it stands in.

What a browser shows as lines of their own are blocks: a paragraph, a heading, an item, and the text of a `<div>`
between two of these. Scripts, menus and what stands beside an article are left out.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from searchidx.extract.markup import one_line

__all__ = ["Block", "blocks_of", "letters"]

_BLOCKS = {
    "address", "article", "blockquote", "body", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li", "main",
    "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "th", "tr", "ul",
}  # fmt: skip
_UNREAD = {
    "aside", "audio", "button", "caption", "dialog", "footer", "head", "iframe", "label", "menu", "nav", "noscript",
    "option", "rt", "script", "select", "style", "svg", "template", "textarea", "title", "video",
}  # fmt: skip
_NO_LETTERS = re.compile(r"[\W_]+")


class Block(NamedTuple):
    """A text of the page.

    Attributes:
        element: the innermost block that it stands in.
        text: on one line.
        linked: how many of its characters lead elsewhere.
    """

    element: Any
    text: str
    linked: int


def blocks_of(tree: Any) -> list[Block]:
    """The blocks of a page, in order."""
    from lxml import etree

    found: list[Block] = []
    within: list[Any] = []
    pieces: list[str] = []
    linked = 0
    links = 0
    unread = None

    def end_block() -> None:
        nonlocal linked
        if pieces:
            text = one_line("".join(pieces))
            if text and within:
                found.append(Block(within[-1], text, linked))
            pieces.clear()
            linked = 0

    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        name = element.tag
        if event == "start":
            if unread is not None:
                continue
            if name in _UNREAD or element.get("hidden") is not None:
                unread = element
                continue
            if name in _BLOCKS:
                end_block()
                within.append(element)
            elif name == "a":
                links += 1
            text = element.text
        elif event == "end":
            if unread is not None:
                if element is not unread:
                    continue
                unread = None
            elif name in _BLOCKS:
                end_block()
                within.pop()
            elif name == "a":
                links -= 1
            text = element.tail
        elif unread is None:
            text = element.tail
        else:
            continue
        if text:
            pieces.append(text)
            if links:
                linked += len(text)
    end_block()
    return found


def letters(text: str) -> str:
    """Its letters and digits alone, case set aside: what is left when it is set otherwise."""
    return _NO_LETTERS.sub("", text).casefold()
