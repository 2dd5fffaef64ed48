"""Old Nexis downloads as HTML: documents between the comments `<DOCFULL>` and `</DOCFULL>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.sources.press.nexis_documents import (
    NAME,
    Paragraph,
    is_counter,
    is_error,
    read_counter,
    read_document,
)
from searchidx.sources.press.nexis_text import stated_count
from searchidx.sources.press.press_article import count_difference, read_article
from searchidx.sources.press.press_html import element_lines, element_text, parse_fragment
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_START = re.compile(r"<DOCFULL>\s*-->|<DOCFULL>", re.IGNORECASE)
_END = re.compile(r"<!--[^<]*</DOCFULL>|</DOCFULL>", re.IGNORECASE)
_MARK = re.compile(r"<DOCFULL>|<!--\s*Hide XML section from browser", re.IGNORECASE)
_STYLE = re.compile(r"\.(c\d+)\s*\{([^}]*)\}")
_STATED = re.compile(r"<meta\b[^>]*\bdocuments\s*=\s*[\"']?(\d{1,7})", re.IGNORECASE)
_BLOCKS = ("p", "li", "tr")
_LARGE = 12
"""Points of the type of headlines; texts have ten."""


def recognises(page: str) -> bool:
    """Whether a page has the comments around documents."""
    return _MARK.search(page) is not None


def read(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a download, in order."""
    styles = {name: rule.lower() for name, rule in _STYLE.findall(page)}
    counters: list[tuple[int, int]] = []
    number = 0
    for number, piece in enumerate(_START.split(page)[1:], 1):
        tree = parse_fragment(_END.split(piece, maxsplit=1)[0])
        paragraphs = [] if tree is None else list(_paragraphs(tree, styles))
        counters += [read_counter(each.text) for each in paragraphs[:2] if is_counter(each.text)]
        if is_error(paragraphs):
            yield Skip(f"{file.name}#{number}", "the database could not show this document", damaged=False)
        elif paragraphs:
            yield from read_article(file, number, NAME, read_document, paragraphs)
        else:
            yield Skip(f"{file.name}#{number}", "the document is empty", damaged=False)
    stated = _STATED.search(page)
    expected = stated_count(counters)
    if stated is not None and len(counters) == number and counters and counters[-1][0] - counters[0][0] + 1 == number:
        expected = number  # a part of the documents of a search
    elif stated is not None and number < int(stated[1]) <= 1_000 and not counters:
        expected = int(stated[1])
    if not number:
        yield Skip(
            file.name, "it looks like a Nexis download of an unknown layout: download it again as DOCX", damaged=False
        )
    elif len(counters) == number:
        yield from count_difference(file.name, number, expected)


def _paragraphs(tree: Any, styles: dict[str, str]) -> Iterator[Paragraph]:
    for element in tree.iter(*_BLOCKS):
        if any(each.tag in _BLOCKS for each in element.iterancestors()):
            continue  # a paragraph in a row of a table
        if element.tag == "tr":
            yield Paragraph((" | ".join(element_text(cell) for cell in element.iter("td", "th")),))
            continue
        lines = tuple(line for line in element_lines(element) if line.strip("\xa0 "))
        if not lines:
            continue
        rules = [styles.get(each.get("class", ""), "") for each in (element.getparent(), element) if each is not None]
        spans = [styles.get(span.get("class", ""), "") for span in element.iter("span") if element_text(span)]
        is_large = bool(spans) and all(_font_size(rule) >= _LARGE for rule in spans)
        yield Paragraph(lines, any("text-align: center" in rule for rule in rules), is_large)


def _font_size(rule: str) -> int:
    match = re.search(r"font-size:\s*(\d+)", rule)
    return int(match[1]) if match else 0
