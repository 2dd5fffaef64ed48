"""Europresse (Eureka.cc) downloads as HTML, with elements `article` or, in older ones, tables.

The classes differ: `DocPublicationName`, `rdp__DocPublicationName`; they are found by what they have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.sources.press.press_article import PressArticle, count_difference, find_page, parse_count, read_article
from searchidx.sources.press.press_html import element_lines, element_text, parse_fragment
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

NAME = "Europresse"
_SOURCE = re.compile(r"<(?:span|div|p)\b[^>]*class\s*=\s*[\"'][^\"']*DocPublicationName", re.IGNORECASE)
_ARTICLE = re.compile(r"(?=<article\b)", re.IGNORECASE)
_ID = re.compile(r"(?:news|web|tv|radio|social|tweet|ref)\s?[·.]\s?\d{8}\s?[·.]\s?[A-Z0-9]{1,12}\s?[·.]\s?[\w-]{2,60}")
_ISSUE = re.compile(r",?\s*\bn(?:o|°|º|um[ée]ro)\.?\s*[\d  .,-]+\b", re.IGNORECASE)
_WORDS = re.compile(r"(\d[\d  .]*)\s*(?:mots|words|w[öo]rter|palabras|parole|woorden)\b", re.IGNORECASE)
_MAX_NESTED = 300
"""Characters between the classes of one name."""
_COPYRIGHT = re.compile(r"\s*(?:©|\(c\)|copyright|tous droits r[ée]serv)", re.IGNORECASE)
_END = re.compile(
    r"\s*(?:num[ée]ro de document|document number|dokumentnummer|n[úu]mero de documento|news·|ce certificat"
    r"|this certificate|certificat |date d'[ée]mission|illustration\(s\)|note\(s\)\s*:)",
    re.IGNORECASE,
)


def recognises(page: str) -> bool:
    """Whether a page has the class of Europresse's names of newspapers."""
    return "DocPublicationName" in page and _SOURCE.search(page) is not None


def read(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a page, in order."""
    number = 0
    for piece in _pieces(page):
        tree = parse_fragment(piece)
        if tree is None:
            continue
        number += 1
        yield from read_article(file, number, NAME, _read_article, tree)
    if not number:
        yield Skip(file.name, f"it looks like a download of {NAME} of an unknown layout: save it as HTML again")
    yield from count_difference(file.name, number, len(_starts(page)) if number else None)


def _pieces(page: str) -> list[str]:
    """The articles: elements `article`, or what is between one name of a newspaper and the next."""
    pieces = [piece for piece in _ARTICLE.split(page) if piece[:8].lower() == "<article"]
    if len(pieces) > 1 or (pieces and len(_starts(page)) == 1):
        return [piece for piece in pieces if _SOURCE.search(piece)]
    starts = _starts(page)
    return [page[start:stop] for start, stop in zip(starts, [*starts[1:], len(page)], strict=True)]


def _starts(page: str) -> list[int]:
    """Where the names of newspapers begin; an element within another one with such a class is the same name."""
    starts: list[int] = []
    last = 0
    for match in _SOURCE.finditer(page):
        between = page[last : match.start()] if starts and match.start() - last < _MAX_NESTED else "x"
        if re.sub(r"<[^>]*>|\s", "", between.partition(">")[2] if between != "x" else "x"):
            starts.append(match.start())
        last = match.end()
    return starts


def _read_article(tree: Any) -> PressArticle:
    article = PressArticle()
    source = element_text(_first(tree, "docpublicationname"))
    if match := _ISSUE.search(source):
        article.edition = match[0].strip(" ,")
        source = source[: match.start()].strip(" ,")
    article.source = source
    header = " ".join(
        element_text(each)
        for each in _all(tree, "docheader")
        if not any(other is not each and other in each.iterancestors() for other in _all(tree, "docheader"))
    )
    _read_header(article, header)
    title = _first(tree, "titrearticlevisu", "articletitle", "titrearticle")
    article.headline = element_text(title)
    article.byline = _authors(tree, title)
    text = "".join(tree.itertext())
    if match := _ID.search(text):
        article.id = re.sub(r"\s", "", match[0])
    article.paragraphs = _body(tree, title, article)
    return article


def _read_header(article: PressArticle, header: str) -> None:
    """Read section, date, page and number of words of `Politique, mardi 14 mars 2006, 843 mots, p. 12`."""
    article.date_text = header
    found = find_date(header)
    before, after = (header, header) if found is None else (found.before, found.after)
    if found is not None:
        article.date = found.date
    if match := _WORDS.search(after):
        article.words = parse_count(match[1])
        after = after.replace(match[0], "")
    article.page = find_page(after)
    article.section = before.strip(" ,") if found is not None else ""


def _all(tree: Any, *names: str) -> list[Any]:
    """The elements with a class that ends with one of some names."""
    return [
        each
        for each in tree.iter()
        if isinstance(each.tag, str) and any(word.endswith(names) for word in (each.get("class") or "").lower().split())
    ]


def _first(tree: Any, *names: str) -> Any:
    for name in names:
        if found := [each for each in _all(tree, name) if element_text(each)]:
            return found[0]
    return None


def _authors(tree: Any, title: Any) -> str:
    """The authors: an element of their class, or the next bare `div` after the title."""
    if (authors := _first(tree, "docauthors", "authors")) is not None:
        return element_text(authors)
    if title is None:
        return ""
    box = title if title.tag == "div" else title.getparent()
    following = box.getnext() if box is not None and box.tag == "div" else None
    if following is not None and following.tag == "div" and not following.get("class"):
        text = element_text(following)
        return text if len(text) < 150 else ""
    return ""


def _body(tree: Any, title: Any, article: PressArticle) -> list[str]:
    boxes = _all(tree, "dococurrcontainer")
    if not boxes:
        boxes = [each for each in tree.iter("section") if element_text(each)][:1]
    if boxes:
        return [line for box in boxes for line in element_lines(box) if not _COPYRIGHT.match(line)]
    lines = _lines_after(tree, title)
    stop = next((at for at, line in enumerate(lines) if _COPYRIGHT.match(line) or _END.match(line)), len(lines))
    lines = lines[:stop]
    if (
        len(lines) > 1
        and len(lines[0]) < 80
        and not article.byline
        and not lines[0].endswith((".", "!", "?", "…", '"', "»", ":"))
    ):
        article.byline = lines.pop(0)
    return lines


def _lines_after(tree: Any, title: Any) -> list[str]:
    """The lines below the title, or below the header if there is none."""
    lines = element_lines(tree)
    mark = element_text(title)
    at = next((at for at, line in enumerate(lines) if mark and " ".join(line.split()) == mark), None)
    if at is None:
        at = next((at for at, line in enumerate(lines) if find_date(line)), -1)
    return lines[at + 1 :]
