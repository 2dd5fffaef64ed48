"""TEI: encoded newspapers, one article a division of that type, or one a text. https://tei-c.org/guidelines/p5/

The date and the title come from the description of the printed source; the date of the electronic edition is not one of
publication. Running heads, notes of editors and descriptions of pictures are left out, and of two readings the
corrected one is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from searchidx.article import Article
from searchidx.dates import parse_date
from searchidx.extract.byline import remove_by_prefix
from searchidx.extract.markup import XML_LANG, XML_PROLOG, element_text, local_name
from searchidx.extract.stated_date import normalize_date
from searchidx.sources.article_fields import make_article
from searchidx.sources.mets_structure import ADVERTISEMENT, is_advertisement, normalize_type
from searchidx.sources.ocr_page import OcrWord, join_words, language_tag
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<(?:[\w.-]+:)?(?:TEI(?:\.2)?|teiCorpus(?:\.2)?)[\s>]", re.DOTALL)
_ARTICLES = {"article", "newsarticle", "artikel", "item", "news", "articolo", "articulo", "story"}
_DIVISION = re.compile(r"div[0-7]?")
_SKIPPED = {
    "fw",
    "note",
    "figDesc",
    "sic",
    "orig",
    "abbr",
    "del",
    "teiHeader",
    "graphic",
    "byline",
    "dateline",
    "docDate",
}
_BLOCKS = {"p", "head", "ab", "l", "lg", "item", "row", "list", "table", "quote", "div", "opener", "closer", "signed",
           "salute", "trailer", "sp", "speaker", "cb", "figure"}  # fmt: skip
_ID = "{http://www.w3.org/XML/1998/namespace}id"


def recognises(head: bytes) -> bool:
    """Whether the root element of a text or a corpus begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order."""
    root, error = parse_file(file)
    count = 0
    for document in root.iter():
        if local_name(document) in ("TEI", "TEI.2"):
            for item in _read_document(document, file, count):
                count += isinstance(item, Article)
                yield item
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")


@dataclass(frozen=True, slots=True)
class _Header:
    """What the header of a text states."""

    title: str
    source: str
    date: Any
    date_error: str
    byline: str
    language: str


def _read_document(document: Any, file: SourceFile, count: int) -> Iterator[Article | Skip]:
    header = _read_header(document)
    bodies = [each for each in document.iter() if local_name(each) == "body"]
    pages = _page_numbers(document)
    units = [each for body in bodies for each in _find_units(body)]
    is_single = len(units) == 1 and local_name(units[0]) == "body"
    for number, unit in enumerate(units, count + 1):
        id = file.name if is_single and not count else f"{file.name}#{unit.get(_ID) or unit.get('id') or number}"
        yield from _read_unit(unit, header, pages, file, id, is_single)
    if not units:
        yield Skip(file.name, "the text has no body", damaged=False)


def _find_units(body: Any) -> list[Any]:
    """The divisions that are articles; without any, those with a heading if there are several; else the body."""
    divisions = [each for each in body.iter() if _DIVISION.fullmatch(local_name(each))]
    typed = [each for each in divisions if _is_article(each)]
    typed = [each for each in typed if not any(_is_article(inner) for inner in each.iterdescendants())]
    if typed:
        return typed
    headed = [each for each in body if each in set(divisions) and any(local_name(child) == "head" for child in each)]
    return headed if len(headed) > 1 else [body]


def _is_article(element: Any) -> bool:
    if not _DIVISION.fullmatch(local_name(element)):
        return False
    kind = normalize_type(element.get("type"))
    return kind in _ARTICLES or is_advertisement(kind)


def _read_unit(
    unit: Any, header: _Header, pages: dict[Any, str], file: SourceFile, id: str, is_single: bool
) -> list[Article | Skip]:
    heads = [each for each in unit.iter() if local_name(each) == "head"]
    head = next((text for each in heads[:1] if (text := " ".join(_paragraphs(each)))), "")
    is_titled = is_single and bool(header.title) and header.title != header.source
    paragraphs = _paragraphs(unit)
    if head and not is_titled and paragraphs[:1] == [head]:
        paragraphs = paragraphs[1:]
    headline = header.title if is_titled else head
    if not headline and paragraphs:
        headline = paragraphs[0] if len(paragraphs[0]) <= 120 else f"{paragraphs[0][:100].rsplit(' ', 1)[0]} …"
        paragraphs = paragraphs[1:] if headline == paragraphs[0] and len(paragraphs) > 1 else paragraphs
    own = {local_name(each): each for each in reversed(list(unit.iter())) if local_name(each) in ("byline", "dateline")}
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("title" if is_titled else "head", headline),
        "body": ("the text", "\n".join(paragraphs)),
        "date": ("the header", header.date),
        "byline": ("byline", remove_by_prefix(element_text(own.get("byline"))) or (header.byline if is_single else "")),
        "dateline": ("dateline", element_text(own.get("dateline"))),
        "source": ("the header", header.source),
        "section": ("the division", _section(unit)),
        "language": ("the text", language_tag(_language(unit)) or header.language),
        "page": ("pb", pages.get(unit, "")),
        "url": ("the source", file.url or ""),
    }
    return make_article(id, id, file.name, fields, header.date_error)


def _section(unit: Any) -> str:
    if is_advertisement(unit.get("type") or ""):
        return ADVERTISEMENT
    for each in unit.iterancestors():
        if _DIVISION.fullmatch(local_name(each)):
            if is_advertisement(each.get("type") or ""):
                return ADVERTISEMENT
            if head := next((element_text(child) for child in each if local_name(child) == "head"), ""):
                return head
    return ""


def _language(unit: Any) -> str:
    for each in (unit, *unit.iterancestors()):
        if tag := each.get(XML_LANG) or each.get("lang"):
            return str(tag)
    return ""


def _page_numbers(document: Any) -> dict[Any, str]:
    """For each division the number of the page that it begins on."""
    pages: dict[Any, str] = {}
    number = ""
    waiting: list[Any] = []  # divisions that opened without text since
    for each in document.iter():
        name = local_name(each)
        if name == "pb":
            number = each.get("n") or number
            pages.update(dict.fromkeys(waiting, number))
        elif _DIVISION.fullmatch(name) or name == "body":
            pages[each] = number
            waiting.append(each)
        elif name in ("p", "head", "ab"):
            waiting = []
    return pages


def _read_header(document: Any) -> _Header:
    header = next((each for each in document.iter() if local_name(each) == "teiHeader"), None)
    if header is None:
        return _Header("", "", None, "", "", "")
    parts = {local_name(each): each for each in reversed(list(header.iter()))}
    described = parts.get("sourceDesc")
    titles = [each for each in ([] if described is None else described.iter()) if local_name(each) == "title"]
    titles += [each for each in header.iter() if local_name(each) == "title" and each not in titles]
    levels = {each.get("level") or "": element_text(each) for each in reversed(titles)}
    title = next((element_text(each) for each in header.iter() if local_name(each) == "title"), "")
    source = levels.get("j") or (element_text(titles[0]) if described is not None and titles else "") or title
    title = levels.get("a") or title
    date, error = _find_date(described, header)
    author = next((element_text(each) for each in header.iter() if local_name(each) == "author"), "")
    language = next((each.get("ident") or "" for each in header.iter() if local_name(each) == "language"), "")
    return _Header(title, source, date, error, author, language_tag(language))


def _find_date(described: Any, header: Any) -> tuple[Any, str]:
    """The date of the printed source, else one that the profile of the text states as that of its creation."""
    created = next((each for each in header.iter() if local_name(each) == "creation"), None)
    for place in (described, created):
        for each in () if place is None else place.iter():
            if local_name(each) != "date":
                continue
            stated = each.get("when") or each.get("when-iso") or each.get("value") or element_text(each)
            try:
                if stated:
                    return parse_date(normalize_date(stated.strip())), ""
            except ValueError as error:
                return None, f"date: {error}"
    return None, ""


def _paragraphs(element: Any) -> list[str]:
    """The paragraphs of an element, with words joined that a line of the print parted."""
    from lxml import etree

    pieces: list[str] = []
    depth = 0
    for event, each in etree.iterwalk(element, events=("start", "end")):
        name = local_name(each)
        is_skipped = name in _SKIPPED or (not name and event == "start")
        if name in _SKIPPED:
            depth += 1 if event == "start" else -1
        if not depth:
            if _DIVISION.fullmatch(name) or name in _BLOCKS:
                pieces.append("\0")
            elif name in ("lb", "cell") and event == "start":
                pieces.append(" " if name == "cell" else "" if each.get("break") == "no" else "\n")
        text = each.text if event == "start" else each.tail if each is not element else ""
        if text and not depth and not (is_skipped and event == "start"):
            pieces.append(" ".join(text.split("\n")))
    paragraphs = ("".join(pieces)).split("\0")
    joined = (_join_lines(block.split("\n")) for block in paragraphs)
    return [text for text in joined if text]


def _join_lines(lines: list[str]) -> str:
    if len(lines) == 1:
        return " ".join(lines[0].split())
    words = [OcrWord(word, number, 0) for number, line in enumerate(lines) for word in line.split()]
    return " ".join(join_words([words]))
