"""HTML: a saved page, one article a page, or a download of a press database, with many (`press.dialects`).

`read_page` is the recipe: it runs the steps of `searchidx.extract` in order. Each value keeps its provenance. Nothing
is fetched.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from searchidx.article import Article
from searchidx.errors import ArticleError
from searchidx.extract.block_model import BlockScores, score_blocks
from searchidx.extract.blocks import PageBlock, PageOutline, fold_letters, outline_page
from searchidx.extract.body import MIN_BODY, Body, assemble_body, choose_lines, read_article_body, read_script_state
from searchidx.extract.byline import find_byline
from searchidx.extract.page_headline import find_headline
from searchidx.extract.page_metadata import NO_VALUE, MetadataValue, PageMetadata, find_canonical_url, read_metadata
from searchidx.extract.page_parser import PageLimitError, parse_page, parse_utf8
from searchidx.extract.page_type import PageType, classify_page
from searchidx.extract.publication_date import find_publication_date
from searchidx.sources.skip import Skip, skip_date, skip_invalid
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import BINARY, decode_page, decode_page_to_utf8, is_binary_utf8

_ROOT = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*"
    rb"<(?:!doctype\s+html|(?:html|head|body|article|section|div|main|header|nav|p|h[1-6]|title|meta|link|base|script"
    rb"|style|table|center|font|span|a|b|img|ul|ol|br|hr|iframe|noscript)\b)",
    re.IGNORECASE | re.DOTALL,
)
_SAVED_FROM = re.compile(
    r"<!-- saved from url=\(\d+\)(https?://\S+) -->|<!--\s*Page saved with SingleFile\s+url:\s*(https?://\S+)"
)
_MAX_SAVED_FROM_END = 1 << 16
"""Characters of a page that are searched for the browser's comment."""
_WEB_MARKS = ('property="og:', 'rel="canonical"')
"""What web pages state for those who link to them. Downloads of a database have no such elements."""
_DATABASES = ("nexis", "factiva", "proquest", "defacto", "europresse", "eureka.cc", "wiso")
_MAX_MARK_END, _MAX_HEAD = 1 << 16, 2_048
"""Characters of a page in which such marks are looked for, and in which a web page of a database names it."""
_NO_ARTICLE = "no article was found on this page"


def recognises(head: bytes) -> bool:
    """Whether a page begins here."""
    return _ROOT.match(head) is not None or b"<html" in head[:2048].lower()


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of the page."""
    data = file.read()
    if not data.strip():
        yield Skip(file.name, "it is empty")
        return
    try:
        page, encoded = decode_page_to_utf8(data, file.charset)
        if is_binary_utf8(encoded, len(page)):
            yield Skip(file.name, BINARY)
            return
    except (ValueError, LookupError):
        yield Skip(file.name, "the page cannot be read")
        return
    if not _is_web_page(page):
        from searchidx.sources.press import dialects  # with all layouts: most pages need none

        if (items := dialects.read_page(file, page)) is not None:
            yield from items
            return
    try:
        tree = parse_utf8(encoded)
    except PageLimitError as error:
        yield Skip(file.name, str(error))
        return
    except Exception:  # lxml raises many types for malformed pages
        yield Skip(file.name, "the page cannot be read")
        return
    if tree is None:
        yield Skip(file.name, _NO_ARTICLE)
        return
    try:
        yield from read_page(file.name, tree, _find_saved_from(file, page))
    except PageLimitError as error:
        yield Skip(file.name, str(error))


def _is_web_page(page: str) -> bool:
    """Whether the head of a page says that it is no download of a press database: so do nine web pages in ten."""
    if not any(page.find(mark, 0, _MAX_MARK_END) >= 0 for mark in _WEB_MARKS):
        return False
    head = page[:_MAX_HEAD].lower()
    return not any(name in head for name in _DATABASES)


class PageText(NamedTuple):
    """What a page says, and the scores of its blocks, by which its body was chosen."""

    metadata: PageMetadata
    url: MetadataValue
    outline: PageOutline
    blocks: list[PageBlock]
    headline: MetadataValue
    byline: MetadataValue
    scores: BlockScores
    body: Body


def read_text(tree: Any, saved_from: MetadataValue) -> PageText:
    """Read the address, headline, byline and body of a parsed page."""
    metadata = read_metadata(tree)

    url = find_canonical_url(metadata.urls, saved_from.text)
    url = url if url.text else saved_from

    outline = outline_page(tree)
    blocks = outline.main_blocks
    headline, headline_origin = find_headline(tree, blocks, metadata.titles, metadata.site_names, url.text)

    stated = (metadata.byline.origin, metadata.byline.text)
    byline = MetadataValue(*find_byline(tree, blocks, headline, stated, metadata.site_names, url.text))

    titles = [title.text for title in metadata.titles]
    article_body = read_article_body(metadata.article_body)
    scores = score_blocks(outline, headline, titles, metadata.descriptions, fold_letters(article_body))
    lines = choose_lines(outline, scores.probabilities.tolist(), headline, metadata.descriptions)
    body = assemble_body(lines, byline.text.split(", "), article_body)
    if sum(map(len, body.lines)) < MIN_BODY and (in_script := read_script_state(tree)):
        body = Body(in_script, "the state of a script")
    return PageText(metadata, url, outline, blocks, MetadataValue(headline_origin, headline), byline, scores, body)


def read_page(name: str, tree: Any, saved_from: MetadataValue) -> Iterator[Article | Skip]:
    """Make the article of a parsed page from its metadata, its markup and its blocks."""
    text = read_text(tree, saved_from)
    metadata, url, blocks, byline, body = text.metadata, text.url, text.blocks, text.byline, text.body
    headline = text.headline.text
    page_type = classify_page(blocks, metadata, headline, body.lines, url.text)
    if page_type is not PageType.ARTICLE:
        yield Skip(name, page_type.value, damaged=False)
        return
    if not body.lines:
        yield Skip(name, _NO_ARTICLE)
        return

    date, date_origin = find_publication_date(
        metadata.dates,
        metadata.time_elements,
        blocks,
        headline,
        tree,
        url.text,
        metadata.language.text,
    )

    source = metadata.source if metadata.source.text else MetadataValue("the address", _host(url.text))
    try:
        yield Article(
            id=name,
            headline=headline,
            body="\n".join(body.lines),
            date=date,
            byline=byline.text,
            section=metadata.section.text,
            source=source.text,
            language=metadata.language.text,
            keywords=metadata.keywords,
            url=url.text,
            path=name,
            provenance={
                "headline": text.headline.origin,
                "body": body.origin,
                "date": date_origin if date is not None else "",
                "byline": byline.origin if byline.text else "",
                "section": metadata.section.origin,
                "source": source.origin if source.text else "",
                "language": metadata.language.origin,
                "keywords": metadata.keywords_origin,
                "url": url.origin,
            },
        )
    except ArticleError as error:
        yield skip_invalid(name, error)
        return
    if date is None and date_origin:
        yield skip_date(name, date_origin)


class ExplainedBlock(NamedTuple):
    """One block of a page, and why it is part of the article or not.

    Attributes:
        element: the tag of its element.
        text: its text.
        probability: how probable the model finds it that the block is the article's.
        is_body: whether it is in the body, after the rules that follow the model.
        reasons: how much each feature moved the model's log-odds, the largest first.
    """

    element: str
    text: str
    probability: float
    is_body: bool
    reasons: dict[str, float]


def explain_page(file: SourceFile) -> list[ExplainedBlock]:
    """Say of each block of a saved page why it is part of the body or not; [] for a page without elements."""
    page = decode_page(file.read(), file.charset)
    tree = parse_page(page)
    if tree is None:
        return []
    text = read_text(tree, _find_saved_from(file, page))
    kept = {cell for line in text.body.lines for cell in (line, *line.split(" | "))}
    explained = []
    for number, block in enumerate(text.outline.blocks):
        reasons = sorted(text.scores.explain(number).items(), key=lambda each: -abs(each[1]))
        probability = float(text.scores.probabilities[number])
        explained.append(ExplainedBlock(block.element.tag, block.text, probability, block.text in kept, dict(reasons)))
    return explained


def _find_saved_from(file: SourceFile, page: str) -> MetadataValue:
    """The address that the source states, or that in the comment that a browser or SingleFile adds to a saved page."""
    if file.url:
        return MetadataValue("the source", file.url)
    match = _SAVED_FROM.search(page, 0, _MAX_SAVED_FROM_END)
    return MetadataValue("a comment", match[1] or match[2]) if match else NO_VALUE


def _host(url: str) -> str:
    with contextlib.suppress(ValueError):
        return (urlsplit(url).hostname or "").removeprefix("www.")
    return ""
