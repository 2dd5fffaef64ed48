"""PAGE XML: the recognised text of a scanned page, as Transkribus, OCR-D and eScriptorium export it.

Regions are read in the stated reading order, then all others. Where lines name their articles, each of these is one.
A page that a METS issue names belongs to that issue.
https://github.com/PRImA-Research-Lab/PAGE-XML
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import XML_PROLOG, local_name, parse_xml
from searchidx.sources.alto import make_page_articles
from searchidx.sources.ocr_page import OcrPage, OcrWord, confidence_of
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import decode_page

_ROOT = re.compile(XML_PROLOG + rb"<(?:[\w.-]+:)?PcGts[\s>]", re.DOTALL)
_ARTICLE = re.compile(r"structure\s*\{(?=[^}]*type:\s*(?:article|heading))[^}]*?\bid:\s*([\w.-]+)")
"""The article that a line belongs to, as Transkribus marks it: `structure {id:a1; type:article;}`."""
_NOT_TEXT = {"page-number", "header", "footer", "signature-mark", "catch-word"}
"""Types of regions that belong to the page, not to an article."""


def recognises(head: bytes) -> bool:
    """Whether the root element of a page begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of each page."""
    yield from make_page_articles(file, *parse_pages(file.read()))


def parse_pages(data: bytes) -> tuple[list[OcrPage], str]:
    """The pages of a file and the first error of its XML, or ""."""
    root, error = parse_xml(decode_page(data))
    if root is None:
        return [], error or "it is not XML"
    return [_parse_page(each) for each in root.iter() if local_name(each) == "Page"], error


def _parse_page(element: Any) -> OcrPage:
    page = OcrPage(id=element.get("id") or element.get("imageFilename") or "")
    regions = {each.get("id") or str(n): each for n, each in enumerate(element.iter()) if _is_outer_region(each)}
    ordered = [id for each in element.iter() if (id := each.get("regionRef")) in regions]
    for block, id in enumerate(dict.fromkeys([*ordered, *regions])):
        region = regions[id]
        start = len(page.words)
        if region.get("type") == "page-number" and not page.number:
            page.number = " ".join(_text_equiv(region)[0].split())
        elif region.get("type") not in _NOT_TEXT:
            _add_region(page, region, block)
        page.ranges[id] = (start, len(page.words))
    page.ranges.setdefault(page.id, (0, len(page.words)))
    return page


def _is_outer_region(element: Any) -> bool:
    """Whether an element is a region of text that is in no other: the lines of those within it are read with it."""
    if local_name(element) != "TextRegion":
        return False
    return all(local_name(each) != "TextRegion" for each in element.iterancestors())


def _add_region(page: OcrPage, region: Any, block: int) -> None:
    lines = [each for each in region.iter() if local_name(each) == "TextLine"]
    has_text = False
    for number, line in enumerate(lines):
        has_text |= _add_line(page, line, number, block)
    if not has_text:
        text, confidence = _text_equiv(region)
        for number, line_text in enumerate(text.splitlines()):
            page.words += [OcrWord(word, number, block, confidence) for word in line_text.split()]


def _add_line(page: OcrPage, line: Any, number: int, block: int) -> bool:
    """Add the words of a line: the line's own text, which people correct, else that of its words."""
    start = len(page.words)
    words = [_text_equiv(each) for each in line if local_name(each) == "Word"]
    text, confidence = _text_equiv(line)
    texts = text.split()
    if not texts:
        texts = [part for word, _ in words for part in word.split()]
    known = [each for _, each in words if each >= 0]
    if len(words) == len(texts) and known:
        confidences = [each for _, each in words]
    else:
        confidences = [sum(known) / len(known) if known else confidence] * len(texts)
    page.words += [
        OcrWord(text, number, block, confidence) for text, confidence in zip(texts, confidences, strict=True)
    ]
    if id := line.get("id"):
        page.ranges[id] = (start, len(page.words))
    if match := _ARTICLE.search(line.get("custom") or ""):
        page.articles.setdefault(match[1], []).append((start, len(page.words)))
    return bool(texts)


def _text_equiv(element: Any) -> tuple[str, float]:
    """The text of an element itself, with its confidence. Of several readings the first by `index` is taken."""
    readings = [each for each in element if local_name(each) == "TextEquiv"]
    if not readings:
        return "", -1.0
    best = min(readings, key=lambda each: int(index) if (index := each.get("index") or "0").isdecimal() else 0)
    parts = {local_name(each): each.text or "" for each in best}
    return parts.get("Unicode", "") or parts.get("PlainText", ""), confidence_of(best.get("conf"))
