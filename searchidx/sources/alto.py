"""ALTO, versions 1 to 4: the recognised text of a scanned page, one article a page.

A page that a METS issue names belongs to that issue (`mets`). Text is read in the order of the file. Margins hold no
article and are read last. https://www.loc.gov/standards/alto/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import XML_PROLOG, local_name
from searchidx.sources.article_fields import make_article
from searchidx.sources.mets_structure import find_day
from searchidx.sources.ocr_page import (
    OcrPage,
    OcrWord,
    confidence_of,
    join_words,
    mean_confidence,
    split_headline,
)
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_ROOT = re.compile(XML_PROLOG + rb"<(?:[\w.-]+:)?alto[\s>]", re.DOTALL | re.IGNORECASE)
_CONTAINERS = ("Page", "PrintSpace", "ComposedBlock", "TextBlock", "TextLine")
_FIRST_SCANS = "1990"


def recognises(head: bytes) -> bool:
    """Whether the root element of a page begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of each page."""
    yield from make_page_articles(file, *parse_pages(file.read()))


def make_page_articles(file: SourceFile, pages: list[OcrPage], error: str) -> Iterator[Article | Skip]:
    """The article of each page of a file without an issue, and what is wrong with the file."""
    for number, page in enumerate(pages, 1):
        id = file.name if len(pages) == 1 else f"{file.name}#{page.id or number}"
        for name, ranges in page.articles.items():
            words = [word for start, stop in ranges for word in page.words[start:stop]]
            yield from _make_article(file, f"{id}#{name}" if id == file.name else f"{id}-{name}", page, [words])
        if not page.articles:
            yield from _make_article(file, id, page, [page.words])
        elif rest := len(page.words) - sum(stop - start for ranges in page.articles.values() for start, stop in ranges):
            yield Skip(id, f"{rest:,} words of the page are in none of its articles, and are left out", damaged=False)
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")
    elif not pages:
        yield Skip(file.name, "it holds no page", damaged=False)


def _make_article(file: SourceFile, id: str, page: OcrPage, pieces: list[list[OcrWord]]) -> list[Article | Skip]:
    """The article of some words of a page."""
    paragraphs = join_words(pieces)
    if not paragraphs:
        return [Skip(id, "the page has no text", damaged=False)]
    headline, body = split_headline(paragraphs, pieces)
    fields = {
        "headline": ("the first line", headline),
        "body": ("the text of the page", "\n".join(body)),
        "date": ("the file's name", _day_in_name(file.name)),
        "page": ("the page", page.number),
        "ocr": ("word confidence", mean_confidence(pieces)),
        "url": ("the source", file.url or ""),
    }
    return make_article(file.name, id, file.name, fields)


def _day_in_name(name: str) -> str:
    """The day of an old newspaper in the name of a page; a later day may be that of the scan."""
    day = find_day(name.rpartition("/")[2])
    return day if day < _FIRST_SCANS else ""


def parse_pages(data: bytes) -> tuple[list[OcrPage], str]:
    """The pages of a file and the first error of its XML, or "". Elements are freed as they are read."""
    from lxml import etree

    pages: list[OcrPage] = []
    page = OcrPage()
    starts: list[int] = []  # the first word of each open element
    line = block = 0
    tags = [f"{{*}}{name}" for name in _CONTAINERS]
    events = etree.iterparse(
        BytesIO(data), events=("start", "end"), tag=tags, resolve_entities=False, no_network=True, load_dtd=False,
        recover=True, huge_tree=False,
    )  # fmt: skip
    error = ""
    try:
        for event, element in events:
            name = local_name(element)
            words = page.words
            if event == "start":
                if name == "Page":
                    page = OcrPage(id=element.get("ID") or "", number=_page_number(element))
                    pages.append(page)
                    line = block = 0
                elif name == "TextLine":
                    line += 1
                elif name == "TextBlock":
                    block += 1
                starts.append(len(page.words))
                continue
            if name == "TextLine":
                _add_line(page, element, line, block)
            start = starts.pop() if starts else 0
            if id := element.get("ID"):
                page.ranges[id] = (min(start, len(words)), len(words))
            if name != "ComposedBlock":
                element.clear()
    except etree.XMLSyntaxError as syntax_error:
        error = str(syntax_error.msg)
    fatal = next((each for each in events.error_log if each.level_name == "FATAL"), None)
    return pages, error or (f"{fatal.message.strip()} (line {fatal.line})" if fatal is not None else "")


def _add_line(page: OcrPage, element: Any, line: int, block: int) -> None:
    """Add the words of a line, with their ids."""
    words, ranges = page.words, page.ranges
    for each in element:
        name = local_name(each)
        if name == "String":
            if word := _read_word(each, line, block):
                words.append(word)
                if id := each.get("ID"):
                    ranges[id] = (len(words) - 1, len(words))
        elif name == "HYP" and words and words[-1].line == line:
            words[-1] = words[-1]._replace(has_hyphen=True)


def _page_number(element: Any) -> str:
    """The printed number of a page, else the number of its image."""
    return " ".join((element.get("PRINTED_IMG_NR") or element.get("PHYSICAL_IMG_NR") or "").split())


def _read_word(element: Any, line: int, block: int) -> OcrWord | None:
    content = " ".join((element.get("CONTENT") or "").split())
    if not content:
        return None
    if not (kind := (element.get("SUBS_TYPE") or "").lower()):
        return OcrWord(content, line, block, confidence_of(element.get("WC")))
    whole = " ".join((element.get("SUBS_CONTENT") or "").split())
    is_first = kind == "hyppart1"
    return OcrWord(
        content, line, block, confidence_of(element.get("WC")),
        whole=whole if is_first else "", is_second_part=kind == "hyppart2",
        has_hyphen=is_first and not whole,
    )  # fmt: skip
