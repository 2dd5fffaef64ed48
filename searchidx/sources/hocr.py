"""hOCR: the recognised text of scanned pages as HTML, one article a page. https://kba.github.io/hocr-spec/1.2/"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import local_name
from searchidx.sources.alto import make_page_articles
from searchidx.sources.ocr_page import OcrPage, OcrWord, confidence_of
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_SIGN = re.compile(rb"""name=["']ocr-(?:system|capabilities)["']|class=["']ocr_page["']""", re.IGNORECASE)
_LINES = {"ocr_line", "ocrx_line", "ocr_header", "ocr_footer", "ocr_caption", "ocr_textfloat"}
_BLOCKS = {"ocr_par", "ocr_carea", "ocrx_block", "ocr_textfloat", "ocr_caption", "p"}
_CONFIDENCE = re.compile(r"\bx_wconf\s+(\d+(?:\.\d+)?)")
_PAGE_NUMBER = re.compile(r"\b([lp])pageno\s+[\"']?([\w.-]+)")


def recognises(head: bytes) -> bool:
    """Whether the head of the page names an OCR system, or a scanned page begins here."""
    return head.lstrip()[:1] == b"<" and _SIGN.search(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of each page."""
    from lxml import etree, html

    data = file.read()
    try:
        root = html.document_fromstring(data, parser=html.HTMLParser(encoding=_encoding(data), huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        yield Skip(file.name, "the page cannot be read")
        return
    pages = [_parse_page(each) for each in root.iter() if "ocr_page" in _classes(each)]
    yield from make_page_articles(file, pages, "")


def _encoding(data: bytes) -> str | None:
    """UTF-8, as the specification asks, unless the bytes are not."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split()) if isinstance(element.tag, str) else set()


def _parse_page(element: Any) -> OcrPage:
    page = OcrPage(id=element.get("id") or "", number=_page_number(element.get("title") or ""))
    line = block = 0
    for each in _iter_lines(element):
        classes = _classes(each)
        if classes & _LINES:
            line += 1
            _add_line(page, each, line, block)
        elif classes & _BLOCKS or local_name(each) == "p":
            block += 1
    return page


def _iter_lines(page: Any) -> Iterator[Any]:
    """The elements of a page in order, without those within a line."""
    from lxml import etree

    walker = etree.iterwalk(page, events=("start",))
    for _, element in walker:
        yield element
        if _classes(element) & _LINES:
            walker.skip_subtree()


def _add_line(page: OcrPage, line: Any, number: int, block: int) -> None:
    words = [each for each in line.iter() if _classes(each) & {"ocrx_word", "ocr_word"}]
    for word in words:
        match = _CONFIDENCE.search(word.get("title") or "")
        confidence = confidence_of(str(float(match[1]) / 100)) if match else -1.0
        page.words += [OcrWord(text, number, block, confidence) for text in "".join(word.itertext()).split()]
    if not words:
        page.words += [OcrWord(text, number, block) for text in "".join(line.itertext()).split()]


def _page_number(title: str) -> str:
    """The printed number of a page, else its number in the file, which hOCR counts from 0."""
    numbers = dict(_PAGE_NUMBER.findall(title))
    if "l" in numbers:
        return str(numbers["l"])
    physical = str(numbers.get("p", ""))
    return str(int(physical) + 1) if physical.isdecimal() else ""
