"""HTML: a saved page, read by trafilatura.

trafilatura finds the body among the page's furniture and reads the metadata that the page states. Times are taken from
what the page says for machines, since trafilatura keeps the day alone. Nothing is fetched.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from searchidx.article import Article
from searchidx.errors import ArticleError
from searchidx.extract.blocks import blocks_of
from searchidx.extract.body import completed
from searchidx.extract.boilerplate import without_furniture
from searchidx.extract.byline import printed_byline
from searchidx.extract.markup import one_line, paragraphs
from searchidx.extract.page_headline import headline_of
from searchidx.extract.page_metadata import (
    NOTHING,
    Stated,
    canonical,
    statements,
)
from searchidx.extract.page_type import why_no_article
from searchidx.extract.publication_date import published
from searchidx.sources.source_file import (
    Skip,
    SourceFile,
    refusal,
    undated,
)
from searchidx.sources.text_encoding import BINARY, decode_page, is_binary

SUFFIXES = (".html", ".htm", ".xhtml")

_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*"
    rb"<(?:!doctype\s+html|(?:html|head|body|article|section|div|main|header|nav|p|h[1-6]|title|meta|link|base|script"
    rb"|style|table|center|font|span|a|b|img|ul|ol|br|hr|iframe|noscript)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SAVED = re.compile(
    r"<!-- saved from url=\(\d+\)(https?://\S+) -->|<!--\s*Page saved with SingleFile\s+url:\s*(https?://\S+)"
)
_SAVED_WITHIN = 1 << 16
_SHORT, _LEFT = 1500, 0.6
"""A body of fewer characters is looked for again; one that is less than so much of what is found then was cut."""
_STATED_LEAST, _STATED_MOST, _STATED_SHARE = 300, 0.9, 0.8
"""A stated body of fewer letters says nothing; so much of it, and of what was found, is the same where it is all."""
_NO_LETTERS = re.compile(r"\W+")


def recognises(head: bytes) -> bool:
    """A page begins here."""
    return _OPENING.match(head) is not None or b"<html" in head[:2048].lower()


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the page."""
    data = file.read()
    if not data.strip():
        yield Skip(file.name, "it is empty")
        return
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    import trafilatura  # half a second that only pages are worth

    try:
        page = decode_page(data, file.charset)
        if is_binary(page):
            yield Skip(file.name, BINARY)
            return
        tree = trafilatura.load_html(page)
        text = "" if tree is None else _text(tree, file.url)
    except Exception:  # whatever it stumbles over costs this page alone
        yield Skip(file.name, "the page cannot be read")
        return
    if tree is None:
        yield Skip(file.name, "no article was found on this page")
        return
    stated = statements(tree)
    saved = Stated("the source", file.url) if file.url else _saved_from(page)
    address = canonical(stated.addresses, saved.text)
    address = address if address.text else saved
    headline, where = headline_of(tree, stated.titles, stated.sites, address.text)
    if not headline:
        headline, where = _title(tree), "trafilatura"
    byline = stated.byline if stated.byline.text else Stated("a printed byline", printed_byline(tree))
    lines = _body(text, headline, byline.text.split(", "))
    blocks = blocks_of(tree)
    whole = completed(blocks, lines, headline, stated.descriptions)
    body, read_from = _with_stated(whole, stated.body)
    if not set(body) <= set(lines):
        read_from = read_from.replace("trafilatura", "trafilatura and what stands around it")
    if not body:
        yield Skip(file.name, "no article was found on this page")
        return
    titles = [*(title.text for title in stated.titles), headline]
    reason = why_no_article(tree, titles, stated.is_article, lines or body, text.split("\n")[-4:], address.text)
    if reason is not None:
        yield Skip(file.name, reason, damaged=False)
        return
    date, dated = published(
        stated.dates, stated.times, blocks, headline, lambda: _guessed(tree, address.text), address.text
    )
    section = stated.section if stated.section.text else Stated("trafilatura", "; ".join(_marked(tree, "category")))
    keywords = stated.keywords or _marked(tree, "tag")
    source = stated.source if stated.source.text else Stated("the address", _host(address.text))
    try:
        yield Article(
            id=file.name,
            headline=headline,
            body="\n".join(body),
            date=date,
            byline=byline.text,
            section=section.text,
            source=source.text,
            language=stated.language.text,
            keywords=keywords,
            url=address.text,
            path=file.name,
            provenance={
                "headline": where,
                "body": read_from,
                "date": dated if date is not None else "",
                "byline": byline.where if byline.text else "",
                "section": section.where if section.text else "",
                "source": source.where if source.text else "",
                "language": stated.language.where,
                "keywords": stated.keywords_where or ("trafilatura" if keywords else ""),
                "url": address.where,
            },
        )
    except ArticleError as error:
        yield refusal(file.name, error)
        return
    if date is None and dated:
        yield undated(file.name, dated)


def _saved_from(page: str) -> Stated:
    """The address that a browser, or SingleFile, left in a comment of the page that it saved."""
    match = _SAVED.search(page, 0, _SAVED_WITHIN)
    return Stated("a comment", match[1] or match[2]) if match else NOTHING


def _host(url: str) -> str:
    with contextlib.suppress(ValueError):
        return (urlsplit(url).hostname or "").removeprefix("www.")
    return ""


def _title(tree: Any) -> str:
    """What trafilatura finds for a title where the page states none, and has no heading that could be one."""
    from trafilatura.metadata import extract_title

    try:
        return " ".join((extract_title(tree) or "").split())
    except Exception:  # a page over which it stumbles has none
        return ""


def _marked(tree: Any, kind: str) -> list[str]:
    """The categories, or tags, that trafilatura finds by where the article's links to them lead."""
    from trafilatura.metadata import extract_catstags

    try:
        return extract_catstags(kind, tree)
    except Exception:  # a page over which it stumbles has none
        return []


def _text(tree: Any, url: str | None) -> str:
    """The text that trafilatura finds on a page, a paragraph a line.

    Its cautious way is more often right, and what other extractors would find seldom betters it; but of a body that it
    leaves short it may have left out the most, and then what it finds otherwise is taken.
    """
    from trafilatura import bare_extraction

    def found(cautious: bool = False, fast: bool = False) -> str:
        document = bare_extraction(tree, url=url, fast=fast, include_comments=False, favor_precision=cautious)
        return (cast(Any, document).text or "") if document is not None else ""

    text = found(cautious=True, fast=True)
    if len(text) >= _SHORT:
        return text
    other = found()
    if len(text) >= _LEFT * len(other):
        return text
    again = found(cautious=True)
    return again if len(again) >= min(_SHORT, _LEFT * len(other)) else other


def _guessed(tree: Any, url: str) -> str | None:
    """The day that htmldate tells from the page's markup, without a search through all of its text, which takes long.

    The first of January is what it makes of a year alone, such as that of a copyright.
    """
    from htmldate import find_date

    try:
        day = find_date(tree, extensive_search=False, original_date=True, url=url or None)
    except Exception:  # a page over which it stumbles has no date that it could tell
        return None
    return None if day is None or day.endswith("-01-01") else day


def _body(text: str, headline: str, authors: Sequence[str]) -> list[str]:
    """The paragraphs of an extracted text, without the page's furniture and the headline above them."""
    lines = list(filter(None, (_line(line) for line in text.split("\n"))))
    wanted = headline.casefold()
    above = next((n for n, line in enumerate(lines[:3]) if wanted and line.casefold() == wanted), None)
    if above is not None:
        del lines[above]
    return without_furniture(lines, authors)


def _line(text: str) -> str:
    """A line of an extracted text; of a table's row the cells that are not empty."""
    text = one_line(text)
    if not text.startswith("|"):
        return text.replace(r"\|", "|")
    return " | ".join(cell for cell in map(str.strip, text.split("|")) if cell.strip("-:"))


def _with_stated(lines: list[str], stated: str) -> tuple[list[str], str]:
    """The paragraphs of a body, less what follows the text that the page states; that itself, where more was missed.

    Many pages state no more than a summary; so nothing is cut off unless nearly all of both is the same.
    """
    whole = paragraphs(stated)
    if "</" in whole:  # markup that was escaped twice
        whole = paragraphs(whole)
    wanted = _letters(whole)
    if len(wanted) < _STATED_LEAST:
        return lines, "trafilatura"
    sizes = [len(letters) if (letters := _letters(line)) in wanted else 0 for line in lines]
    total = sum(len(_letters(line)) for line in lines)
    if sum(sizes) > _STATED_MOST * len(wanted) and sum(sizes) > _STATED_SHARE * total:
        last = max(n for n, size in enumerate(sizes) if size)
        return lines[: last + 1], "trafilatura, as far as JSON-LD articleBody"
    if total < _LEFT * len(wanted):
        return whole.split("\n"), "JSON-LD articleBody"
    return lines, "trafilatura"


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()
