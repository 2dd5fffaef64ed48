"""Factiva's layouts of an article: the indexed one with codes of two letters, and the plain one, as HTML and as lines.

Plain: headline, authors, `877 words`, date, time, source, code, edition, page, language, copyright, paragraphs,
publisher, `Document ACCESSION`. Labels and the words of counts depend on the language of Factiva's pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from searchidx.article import Article
from searchidx.sources.press.press_article import PressArticle, count_difference, parse_count
from searchidx.sources.press.press_html import element_lines, element_text, has_class, parse_fragment
from searchidx.sources.press.printed_dates import find_date, find_date_line, parse_time, with_time
from searchidx.sources.skip import Skip, guard
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine

NAME = "Factiva"
ACCESSION = re.compile(r"(?:[^\W\d_]+\s*[:：]?\s*)?([A-Z][A-Z0-9]{3,11}\d{8}[a-z0-9]{6,12})\.?")
"""The last line of an article: `Document TESTFR0020111229e7ct0001r`."""
_CODES_OF_LANGUAGES = (
    "ar|bg|ca|cs|da|de|el|en|es|fi|fr|he|hr|hu|id|it|ja|ko|ms|nl|no|pl|pt|ro|ru|sk|sl|sr|sv|th|tr|uk|vi|zh(?:cn|tw|hk)?"
)
_LANGUAGE = re.compile(r"([a-z]{2})(cn|tw|hk)?(?:Article|Headline)")
_MARK = re.compile(
    rf"class\s*=\s*[\"'](?:article\s+(?:{_CODES_OF_LANGUAGES})Article|(?:{_CODES_OF_LANGUAGES})Headline)\s*[\"']"
    r"|id\s*=\s*[\"']article-[A-Z0-9]{12,}"
)
_ID = re.compile(r"article-[A-Z0-9]{12}")
_CODE_BEFORE = re.compile(rf"[\s\"'](?:{_CODES_OF_LANGUAGES})$")
_START = re.compile(
    rf"(?=<div\b[^>]*?class\s*=\s*[\"'](?:[^\"'>]*\s)?(?:{_CODES_OF_LANGUAGES})Article\b|<div\b[^>]*?id\s*=\s*[\"']article-[A-Z0-9])"
)
_FACTS = re.compile(r"articleParagraph|>\s*(?:<b>)?(?:HD|PD)\b")
_CONTENT = re.compile(r"Headline\b|articleParagraph|<td|id\s*=\s*[\"']hd[\"']|<p\b", re.IGNORECASE)
"""What an article has, and what only opens one has not."""
_CODES = re.compile(r"[A-Z]{2,3}")
_WORDS = re.compile(r"\d[\d.,'’ \u202f\xa0]*\s*(?:[^\W\d_]{1,12}|字|단어)\.?")
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,11}")
_COPYRIGHT = re.compile(r"\s*(?:©|\(c\)|copyright|copr|\w.{0,80}(?:©|\(c\)|all rights reserved))", re.IGNORECASE)
_PAGE = re.compile(
    r"(?:[A-Za-z]{0,4}[ .-]?\d{1,4}[A-Za-z]?(?:\s?[-,;/&+]\s?[A-Za-z]{0,4}\d{1,4})*|[A-Z]\d{0,3}|\d+ ?/ ?\d+)"
)
_BLOCKS = {"div", "p", "span", "b", "h1", "h2", "h3", "h4", "td", "pre"}
_MAX_ABOVE = 5
"""Lines of an article above its number of words."""
_ENDS = (".", "!", "?", "…", "”", '"', "»", "。", ")", ":")
_VARIANTS = {"cn": "zh-Hans", "tw": "zh-Hant", "hk": "zh-Hant"}


_UNKNOWN_LAYOUT = "this article's layout is not one that Factiva is known to have"


def recognises(page: str) -> bool:
    """Whether a page has the classes or the ids of Factiva's articles, and its paragraphs or codes."""
    return _may_have_mark(page) and _MARK.search(page) is not None and _FACTS.search(page) is not None


def _may_have_mark(page: str) -> bool:
    """Whether what a mark contains is in the page: found in a tenth of the time."""
    for word in ("Article", "Headline"):
        at = page.find(word)
        while at >= 0:
            if _CODE_BEFORE.search(page, max(0, at - 5), at):
                return True
            at = page.find(word, at + 1)
    return _ID.search(page) is not None


def _html_items(tree: Any, file: SourceFile, number: int) -> list[Article | Skip]:
    article = _read_html(tree)
    if article is None:
        return [Skip(f"{file.name}#{number}", _UNKNOWN_LAYOUT)]
    return article.to_items(file, number, NAME)


def read(file: SourceFile, page: str) -> Iterator[Article | Skip]:
    """The articles of a page, in order."""
    number = 0
    pending = ""
    for piece in _START.split(page)[1:]:
        tree = parse_fragment(pending + piece)
        pending = ""
        if tree is None or not _CONTENT.search(piece):
            pending = piece[:2_000]  # `<div id="article-…">` around `<div class="article deArticle">`
            continue
        number += 1
        yield from guard(f"{file.name}#{number}", partial(_html_items, tree, file, number))
    if not number:
        yield Skip(
            file.name, f"it looks like a download of {NAME} of an unknown layout: save the articles as HTML again"
        )
        return
    yield from count_difference(file.name, number, max(len(set(ACCESSION.findall(_last_lines(page)))), 0) or None)


def _last_lines(page: str) -> str:
    """The words `Document ACCESSION` of a page, one for each article, apart from text that may name others."""
    return "\n".join(re.findall(r">\s*(?:<br\s*/?>)?\s*([^\W\d_]+\s[A-Z][A-Z0-9]{3,11}\d{8}[a-z0-9]{6,12})\s*<", page))


def _read_html(tree: Any) -> PressArticle | None:
    """An article in either layout; None if it is in neither."""
    root = next((each for each in tree.iter("div") if has_class(each, "article") or _language(each)), tree)
    rows = _indexed_rows(root)
    article = _read_indexed(rows) if {"HD", "PD"} & set(rows) and len(rows) > 2 else _read_plain(root)
    if article is None:
        return None
    language = next((found for each in root.iter() if isinstance(each.tag, str) and (found := _language(each))), "")
    article.language = language or article.language
    if not article.id:
        inner = next((each.get("id") for each in tree.iter("div") if (each.get("id") or "").startswith("article-")), "")
        article.id = (inner or "").removeprefix("article-")
    return article


def _language(element: Any) -> str:
    match = re.search(rf"(?<!\S){_LANGUAGE.pattern}(?!\S)", element.get("class") or "")
    return "" if match is None else _VARIANTS.get(match[2] or "", match[1])


# -- indexed -----------------------------------------------------------------------------------------------------------


def _indexed_rows(root: Any) -> dict[str, Any]:
    """The cell of each code of the table."""
    rows: dict[str, Any] = {}
    for row in root.iter("tr"):
        cells = [each for each in row if each.tag in ("td", "th")]
        if len(cells) >= 2 and _CODES.fullmatch(code := element_text(cells[0]).strip("\xa0 :")):
            rows.setdefault(code, cells[1])
    return rows


def _read_indexed(rows: Mapping[str, Any]) -> PressArticle:
    values = {code: element_text(cell) for code, cell in rows.items()}
    article = PressArticle(
        headline=values.get("HD", ""),
        byline=values.get("BY", "") or values.get("AU", ""),
        section=values.get("SE", "") or values.get("CLM", ""),
        page=values.get("PG", ""),
        edition=values.get("ED", ""),
        source=values.get("SN", ""),
        language=values.get("LA", ""),
        words=parse_count(values.get("WC", "")),
        date_text=values.get("PD", ""),
    )
    if (found := find_date(article.date_text)) is not None:
        article.date = with_time(found.date, parse_time(values.get("ET", "")))
    for code in ("LP", "TD"):
        if code in rows:
            article.paragraphs += element_lines(rows[code])
    article.keywords = [part.rpartition(" : ")[2].strip() for part in values.get("NS", "").split("|") if part.strip()]
    if match := ACCESSION.search(values.get("AN", "")):
        article.id = match[1]
    fields = {"headline": "HD", "byline": "BY", "section": "SE", "page": "PG", "edition": "ED", "source": "SN"}
    article.origins = {**fields, "language": "LA", "date": "PD", "keywords": "NS", "body": "LP, TD"}
    return article


# -- plain -------------------------------------------------------------------------------------------------------------


def _read_plain(root: Any) -> PressArticle | None:
    headline = next((each for each in root.iter() if _is_headline(each)), None)
    paragraphs = [each for each in root.iter("p", "pre") if "articleparagraph" in (each.get("class") or "").lower()]
    blocks: list[tuple[str, Any]] = []
    for each in root.iter():
        is_leaf = (
            isinstance(each.tag, str)
            and each.tag in _BLOCKS
            and not any(
                isinstance(inner.tag, str) and inner.tag in _BLOCKS and element_text(inner)
                for inner in each.iterdescendants()
            )
        )
        if is_leaf and (text := element_text(each)) and not _is_within(each, paragraphs):
            blocks.append((text, each))
    texts = [text for text, _ in blocks]
    title = element_text(headline)
    at = next((n for n, (_, each) in enumerate(blocks) if headline is not None and _is_within(each, [headline])), None)
    article = read_plain_lines(texts, title, at)
    if article is None:
        return None
    if paragraphs:
        article.paragraphs = [line for each in paragraphs for line in element_lines(each)]
    else:
        _drop_publisher(article.paragraphs)
    authors = [element_text(each) for each in root.iter("div", "span") if has_class(each, "author")]
    article.byline = authors[0] if authors else article.byline
    return article


def _is_headline(element: Any) -> bool:
    if not isinstance(element.tag, str) or not element_text(element):
        return False
    name = element.get("class") or ""
    return element.get("id") == "hd" or re.search(r"(?<!\S)[a-z]{2,4}Headline(?!\S)", name) is not None


def _is_within(element: Any, others: Sequence[Any]) -> bool:
    return any(element is other for other in others) or any(
        each is other for each in element.iterancestors() for other in others
    )


def read_plain_lines(texts: Sequence[str], headline: str = "", headline_at: int | None = None) -> PressArticle | None:
    """The fields of the lines of a plain article; None if no date follows a number of words.

    Without `headline` it is the first line, or the second after a short section.
    """
    start = 0 if headline_at is None else headline_at + 1
    words = next((n for n in range(start, min(len(texts), start + 12)) if _is_word_count(texts, n)), None)
    dated = (
        words + 1
        if words is not None
        else next((n for n in range(start, min(len(texts), start + 12)) if find_date_line(texts[n], 0)), None)
    )
    if dated is None or dated >= len(texts) or (found := find_date(texts[dated])) is None:
        return None
    article = PressArticle(headline=headline, date=found.date, date_text=texts[dated])
    article.words = parse_count(texts[words]) if words is not None else None
    before = list(texts[start : words if words is not None else dated])
    if headline_at is not None:
        article.section = " ".join(texts[:headline_at]) if headline_at <= 2 else ""
    elif before:
        article.headline = before.pop(0)
    before = [each for each in before if each != article.headline]
    article.byline = before[0] if before else ""
    article.paragraphs = _read_below(article, texts[dated + 1 :])
    return article


def _is_word_count(texts: Sequence[str], at: int) -> bool:
    return _WORDS.fullmatch(texts[at]) is not None and any(find_date_line(each, 0) for each in texts[at + 1 : at + 2])


def _read_below(article: PressArticle, texts: Sequence[str]) -> list[str]:
    """Read time, source, code, edition, page and language below the date; the rest are paragraphs."""
    at = 0
    if texts and (time := parse_time(texts[0])) is not None:
        article.date = with_time(article.date, time)
        at = 1
    code = next((n for n in range(at + 1, min(len(texts), at + 4)) if _CODE.fullmatch(texts[n])), at)
    article.source = " ".join(texts[at:code]) if code > at else (texts[at] if at < len(texts) else "")
    rest = list(texts[code + 1 :])
    notice = next((n for n, text in enumerate(rest[:8]) if _COPYRIGHT.match(text)), None)
    metadata = rest[:notice] if notice is not None else []
    if notice is None:  # without a copyright: the lines up to a word for a language
        metadata = [text for text in rest[:4] if len(text) < 30 and not text.endswith(".")][:4]
        rest = rest[len(metadata) :]
    else:
        rest = rest[notice + 1 :]
    if metadata:
        article.language = metadata.pop()
    for text in metadata:
        if _PAGE.fullmatch(text) and not article.page:
            article.page = text
        else:
            article.edition = f"{article.edition}; {text}".strip("; ")
    if rest and (match := ACCESSION.fullmatch(rest[-1])):
        article.id = match[1]
        rest = rest[:-1]
    return rest


# -- lines of RTF, DOCX, PDF and text ----------------------------------------------------------------------------------


def recognises_lines(lines: Sequence[TextLine]) -> bool:
    """Whether a line is the accession number after an article, and a date follows a number of words."""
    texts = [line.text.strip() for line in lines if line.text.strip()]
    has_end = any(len(text) < 60 and ACCESSION.fullmatch(text) for text in texts)
    return has_end and (any(_is_word_count(texts, at) for at in range(len(texts))) or _has_codes(texts))


def _has_codes(texts: Sequence[str]) -> bool:
    codes = {text.split()[0] for text in texts if text.split() and _CODES.fullmatch(text.split()[0])}
    return {"HD", "PD", "SN"} <= codes


def _line_items(
    segment: Sequence[TextLine], file: SourceFile, number: int, id: str, place: str
) -> list[Article | Skip]:
    article = _read_segment(segment)
    if article is None:
        return [Skip(place, _UNKNOWN_LAYOUT)]
    article.id = article.id or id
    return article.to_items(file, number, NAME)


def read_lines(file: SourceFile, lines: Iterable[TextLine]) -> Iterator[Article | Skip]:
    """The articles of a download that is lines, in order."""
    number = 0
    segment: list[TextLine] = []
    for line in lines:
        text = line.text.strip()
        if text:
            segment.append(line)
        if len(text) < 60 and (match := ACCESSION.fullmatch(text)):
            number += 1
            place = f"{file.name}#{number} ({match[1]})"
            yield from guard(place, partial(_line_items, segment, file, number, match[1], place))
            segment = []
    texts = [line.text.strip() for line in segment]
    if any(_is_word_count(texts, at) for at in range(len(texts))):
        yield Skip(f"{file.name}#{number + 1}", "the last article has no accession number: the file is cut off")


def _read_segment(segment: Sequence[TextLine]) -> PressArticle | None:
    texts = [" ".join(line.text.split()) for line in segment]
    words = next((n for n in range(len(texts)) if _is_word_count(texts, n)), None)
    if words is None:
        return None
    first = max(0, words - 6)
    bold = [n for n in range(first, words) if segment[n].is_bold]
    start = bold[0] if bold else _first_of_article(texts, words)
    title = texts[start]
    article = read_plain_lines(texts[start:], title, 0)
    if article is not None:
        if start and len(texts[start - 1]) < 60 and start - 1 >= first and not _is_page_line(texts[start - 1]):
            article.section = texts[start - 1] if start <= 2 else ""
        _drop_publisher(article.paragraphs)
    return article


def _drop_publisher(paragraphs: list[str]) -> None:
    """Remove the publisher, which is printed after the text."""
    if len(paragraphs) > 1 and len(paragraphs[-1]) < 80 and not paragraphs[-1].endswith(_ENDS):
        paragraphs.pop()


def _first_of_article(texts: Sequence[str], words: int) -> int:
    """The line of the headline above the number of words: the first one, or the second below a short section."""
    if words > _MAX_ABOVE:
        return max(0, words - 2)  # below a cover
    start = next((n for n in range(words) if not _is_page_line(texts[n])), 0)
    is_section = words - start > 1 and (texts[start].isupper() or len(texts[start].split()) == 1)
    return start + is_section


def _is_page_line(text: str) -> bool:
    return (
        re.fullmatch(r"(?:page|seite|p[áa]gina|pagina)?\s*\d+(?: (?:of|von|de|di|sur) \d+)?(?:\s*©.*)?", text, re.I)
        is not None
    )
