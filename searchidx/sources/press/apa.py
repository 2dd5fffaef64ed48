"""APA DeFacto downloads: RTF with an article a page, and HTML with elements of the class `eintrag`.

Above the headline, in bold, stand lines such as `"Der Standard" vom 11.05.2004`, `Seite: 14`, `Ressort: Chronik` and
`Von Jane Doe`. A page break or a line of underscores parts the articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from searchidx.article import Article
from searchidx.sources.press.press_article import PressArticle, read_article
from searchidx.sources.press.press_html import element_text, parse_fragment
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import PAGE_BREAK, TextLine

NAME = "APA DeFacto"
_RULE = re.compile(r"\s*_{30,}\s*")
_MEDIUM = re.compile(
    r"\s*[\"“„]?(?P<medium>[^\"“”„]{2,80}?)[\"“”]?\s+(?:Nr\.\s*\d+\s+)?(?P<section>[^\"\d]{0,60}?)\s*"
    r"(?:vom|gefunden am)\s+"
    r"(?P<date>\d{1,2}\.\s?(?:\d{1,2}\.|[^\W\d_]{3,9}\.?)\s?\d{4}.{0,40})"
)
_PAGE = re.compile(r"\bSeiten?:?\s*(?P<page>[A-Z]?\d{1,4}(?:\s?[-–,/]\s?\d{1,4})*)")
_SECTION = re.compile(r"\bRessort:\s*(?P<section>[^;:.?!]{1,80})")
_AUTHOR = re.compile(r"\s*Von\s+(?P<author>[^\d]{3,100})")
_END = re.compile(r"\s*(?:Gespeicherte[rn]? Anh|Der gegenst[äa]ndliche Text ist eine Abschrift)")
_MARK = re.compile(
    r"APA[ -]?DeFacto|APA-OTS|Gespeicherter Anhang|gegenst[äa]ndliche Text ist eine Abschrift", re.IGNORECASE
)
_ENTRY = re.compile(r"(?=<div\b[^>]*class\s*=\s*[\"']?eintrag\b)", re.IGNORECASE)
_MAX_HEAD = 12
"""Lines above a text."""


def recognises(lines: Sequence[TextLine]) -> bool:
    """Whether a line with newspaper and `vom` with a date comes with a page or a section of the same article."""
    texts = [line.text.strip() for line in lines]
    dated = [at for at, text in enumerate(texts) if len(text) < 200 and _is_dated(text)]
    near = any(_PAGE.search(text) or _SECTION.search(text) for at in dated for text in texts[max(0, at - 3) : at + 6])
    return bool(dated) and (near or any(map(_MARK.search, texts)))


def recognises_page(page: str) -> bool:
    """Whether a page has an element of the class `eintrag` with a newspaper and a date."""
    match = _ENTRY.search(page) if "eintrag" in page else None
    return match is not None and " vom " in page[match.start() : match.start() + 2_000]


def read_page(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a page, in order: facts in `pre`, the headline in `h3`, paragraphs."""
    pieces = _ENTRY.split(page)[1:]
    for number, piece in enumerate(pieces, 1):
        tree = parse_fragment(piece)
        facts = [] if tree is None else [line for each in tree.iter("pre") for line in (each.text or "").split("\n")]
        at = next((at for at, line in enumerate(facts) if _is_dated(line)), None)
        if at is None:
            yield Skip(f"{file.name}#{number}", "this article has no line with its newspaper and date")
            continue
        yield from read_article(file, number, NAME, _read_entry, tree, facts, at)


def _read_entry(tree: Any, facts: Sequence[str], at: int) -> PressArticle:
    article = _read_article([TextLine(line) for line in facts], at)
    article.headline = element_text(next(iter(tree.iter("h3", "h2", "h1")), None))
    article.paragraphs = [element_text(each) for each in tree.iter("p")]
    return article


def _is_dated(text: str) -> bool:
    return (" vom " in text or " gefunden am " in text) and _MEDIUM.match(text) is not None


def read(file: SourceFile, lines: Iterable[TextLine]) -> Iterator[Article | Skip]:
    """The articles of a download, in order."""
    number = 0
    for segment in _split(lines):
        at = next((at for at, line in enumerate(segment[:_MAX_HEAD]) if _is_dated(line.text)), None)
        if at is None:
            if number and sum(len(line.text) for line in segment) > 500:
                yield Skip(f"{file.name}#{number + 1}", "this article has no line with its newspaper and date")
            continue
        number += 1
        yield from read_article(file, number, NAME, _read_article, segment, at)


def _split(lines: Iterable[TextLine]) -> Iterator[list[TextLine]]:
    """The lines of each article: a new one begins at a page break, a rule, or the next newspaper with a date."""
    segment: list[TextLine] = []
    for line in lines:
        if line.text == PAGE_BREAK or _RULE.fullmatch(line.text):
            if segment:
                yield segment
            segment = []
        elif line.text.strip():
            is_next = len(segment) > 3 and len(line.text) < 200 and _is_dated(line.text)
            if is_next and any(_is_dated(each.text) for each in segment[:_MAX_HEAD]):
                yield segment
                segment = []
            segment.append(line)
    if segment:
        yield segment


def _read_article(segment: Sequence[TextLine], at: int) -> PressArticle:
    article = PressArticle()
    match = _MEDIUM.match(segment[at].text)
    assert match is not None
    article.source, article.section = match["medium"].strip(), match["section"].strip(" ,-–")
    article.date_text = match["date"]
    if (found := find_date(match["date"])) is not None:
        article.date = found.date
    rest: list[TextLine] = []
    for n, line in enumerate(segment):
        if _END.match(line.text):
            break
        if not (n < _MAX_HEAD and _read_fact(article, line)) and n != at:
            rest.append(line)
    if page := _PAGE.search(segment[at].text):
        article.page = page["page"]
    bold = next((n for n, line in enumerate(rest[:_MAX_HEAD]) if line.is_bold), 0)
    article.headline = rest[bold].text if rest else ""
    article.paragraphs = [part for line in rest[bold + 1 :] for part in line.text.split("\n")]
    return article


def _read_fact(article: PressArticle, line: TextLine) -> bool:
    """Read a line above the text that states page, section or author; False for any other line."""
    text = line.text.strip()
    if len(text) > 150 or line.is_bold or _is_dated(text):
        return False
    page, section, author = _PAGE.search(text), _SECTION.search(text), _AUTHOR.fullmatch(text)
    if page is not None:
        article.page = article.page or page["page"]
    if section is not None:
        article.section = section["section"].strip()
    if author is not None:
        article.byline = article.byline or author["author"].strip()
    return any((page, section, author))
