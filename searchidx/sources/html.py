"""HTML: a saved page, read by trafilatura.

trafilatura finds the body among the page's furniture and reads the metadata that the page states. Times are taken from
what the page says for machines, since trafilatura keeps the day alone. Nothing is fetched.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from searchidx.article import Article
from searchidx.errors import ArticleError
from searchidx.sources.base import Skip, SourceFile, refusal
from searchidx.sources.blocks import blocks_of
from searchidx.sources.encodings import BINARY, decode_page, is_binary
from searchidx.sources.furniture import without_furniture
from searchidx.sources.headlines import Stated, headline_of
from searchidx.sources.markup import paragraphs, plain_text
from searchidx.sources.nonarticles import why_no_article
from searchidx.sources.passages import completed
from searchidx.sources.published import published

SUFFIXES = (".html", ".htm", ".xhtml")

_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*"
    rb"<(?:!doctype\s+html|(?:html|head|body|article|section|div|main|header|nav|p|h[1-6]|title|meta|link|base|script"
    rb"|style|table|center|font|span|a|b|img|ul|ol|br|hr|iframe|noscript)\b)",
    re.IGNORECASE | re.DOTALL,
)
_LANGUAGE = re.compile(r"[A-Za-z0-9_\-]{2,20}")
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report)$")
"""The types of schema.org that are articles: NewsArticle, ReportageNewsArticle, LiveBlogPosting …"""
_SAVED = re.compile(
    r"<!-- saved from url=\(\d+\)(https?://\S+) -->|<!--\s*Page saved with SingleFile\s+url:\s*(https?://\S+)"
)
_SAVED_WITHIN = 1 << 16
_SHORT, _LEFT = 1500, 0.6
"""A body of fewer characters is looked for again; one that is less than so much of what is found then was cut."""
_STATED_LEAST, _STATED_MOST, _STATED_SHARE = 300, 0.9, 0.8
"""A stated body of fewer letters says nothing; so much of it, and of what was found, is the same where it is all."""
_NO_LETTERS = re.compile(r"\W+")
_METADATA = "trafilatura, of the page's metadata"
_TITLE_NAMES = ("og:title", "twitter:title", "dc.title", "headline")
_DESCRIPTION_NAMES = ("description", "og:description", "twitter:description", "dc.description")
_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
    "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publication_date", "article.published",
    "article:published", "og:pubdate", "og:datepublished", "pub_date", "publishdate", "publish_date", "published_at",
    "published_time", "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dcterms.date", "dcterms.issued",
    "dcterms.created", "dc.date.created", "prism.publicationdate", "article_date_original", "iso-8601-publish-date",
    "date.release", "dcsext.articlefirstpublished",
)  # fmt: skip


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
        values = {} if tree is None else _extracted(tree, file.url)
    except Exception:  # whatever it stumbles over costs this page alone
        yield Skip(file.name, "the page cannot be read")
        return
    if not values:
        yield Skip(file.name, "no article was found on this page")
        return
    stated = _stated(tree)
    headline, where = headline_of(tree, stated.titles, stated.sites, file.url)
    if not headline:
        headline, where = " ".join((values.get("title") or "").split()), "trafilatura"
    text = values.get("text") or ""
    authors = (values.get("author") or "").split("; ")
    lines = completed(blocks_of(tree), _body(text, headline, authors), headline, stated.descriptions)
    body, read_from = _with_stated(lines, stated.body)
    if not body:
        yield Skip(file.name, "no article was found on this page")
        return
    url = file.url or _saved_from(page) or values.get("url") or ""
    titles = [*(title.text for title in stated.titles), headline]
    if (reason := why_no_article(tree, titles, stated.is_article, body, text.split("\n")[-4:], url)) is not None:
        yield Skip(file.name, reason, damaged=False)
        return
    date, dated = published(stated.dates, stated.times, tree, headline, values.get("date"), url)
    if date is None or dated.startswith("htmldate"):
        date, dated = published(stated.dates, stated.times, tree, headline, _guessed(tree, url), url)
    try:
        yield Article(
            id=file.name,
            headline=headline,
            body="\n".join(body),
            date=date,
            byline=(values.get("author") or "").replace("; ", ", "),
            section=stated.section or "; ".join(values.get("categories") or ()),
            source=values.get("sitename") or "",
            language=stated.language or values.get("language") or "",
            keywords=[tag for tags in values.get("tags") or () for tag in tags.split(",")],
            url=url,
            path=file.name,
            provenance={
                "headline": where,
                "body": read_from,
                "date": dated if date is not None else "",
                "byline": _METADATA if values.get("author") else "",
                "section": "article:section or JSON-LD"
                if stated.section
                else _METADATA
                if values.get("categories")
                else "",
                "source": _METADATA if values.get("sitename") else "",
                "language": "lang" if stated.language else "",
                "keywords": _METADATA if values.get("tags") else "",
                "url": "the source" if file.url else "a comment" if _saved_from(page) else _METADATA if url else "",
            },
        )
    except ArticleError as error:
        yield refusal(file.name, error)
        return
    if date is None and dated:
        yield Skip(file.name, f"{dated}: the article is read without a date", damaged=False)


def _saved_from(page: str) -> str:
    """The address that a browser, or SingleFile, left in a comment of the page that it saved."""
    match = _SAVED.search(page, 0, _SAVED_WITHIN)
    return (match[1] or match[2]) if match else ""


def _extracted(tree: Any, url: str | None) -> dict[str, Any]:
    """What trafilatura finds on a page, by name.

    Its cautious way is more often right, and what other extractors would find seldom betters it; but of a body that it
    leaves short it may have left out the most, and then what it finds otherwise is taken.
    """
    from trafilatura import bare_extraction

    def found(cautious: bool = False, fast: bool = False, with_metadata: bool = False) -> dict[str, Any]:
        document = bare_extraction(
            tree,
            url=url,
            fast=fast,
            with_metadata=with_metadata,
            include_comments=False,
            favor_precision=cautious,
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
        return {} if document is None else cast(Any, document).as_dict()

    def size(values: dict[str, Any]) -> int:
        return len(values.get("text") or "")

    values = found(cautious=True, fast=True, with_metadata=True)
    if size(values) >= _SHORT:
        return values
    others = found(with_metadata=not values)
    if size(values) >= _LEFT * size(others):
        return values
    again = found(cautious=True)
    text = again["text"] if size(again) >= min(_SHORT, _LEFT * size(others)) else others["text"]
    return {**(values or others), "text": text}


def _guessed(tree: Any, url: str | None) -> str | None:
    """The day that htmldate tells from all of the page, which takes long, so it is asked last."""
    from htmldate import find_date

    try:
        return find_date(tree, extensive_search=True, original_date=True, url=url or None)
    except Exception:  # a page over which it stumbles has no date that it could tell
        return None


def _body(text: str, headline: str, authors: Sequence[str]) -> list[str]:
    """The paragraphs of an extracted text, without the page's furniture and the headline above them."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    lines = without_furniture([line for line in lines if line], authors)
    wanted = headline.casefold()
    for n, line in enumerate(lines[:3]):
        if wanted and line.casefold() == wanted:
            return lines[n + 1 :] if n == 0 else [*lines[:n], *lines[n + 1 :]]
    return lines


def _with_stated(lines: list[str], stated: str) -> tuple[list[str], str]:
    """The paragraphs of a body, less what follows the text that the page states; that itself, where more was missed.

    Many pages state no more than a summary; so nothing is cut off unless nearly all of both is the same.
    """
    wanted = _letters(stated)
    if len(wanted) < _STATED_LEAST:
        return lines, "trafilatura"
    sizes = [len(letters) if (letters := _letters(line)) in wanted else 0 for line in lines]
    total = sum(len(_letters(line)) for line in lines)
    if sum(sizes) > _STATED_MOST * len(wanted) and sum(sizes) > _STATED_SHARE * total:
        last = max(n for n, size in enumerate(sizes) if size)
        return lines[: last + 1], "trafilatura, as far as JSON-LD articleBody"
    if total < _LEFT * len(wanted):
        return paragraphs(stated).split("\n"), "JSON-LD articleBody"
    return lines, "trafilatura"


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a page says of its article for machines.

    Attributes:
        dates: where it stands, and what JSON-LD and meta elements say, the most trusted first.
        times: the `<time>` elements, in order: of the article, or of what stands around it.
        titles: what they say its headline is, the most trusted first.
        sites: what they call the site.
        section, language: empty where they are not stated.
        is_article: whether they say that it is one.
        body: the text that JSON-LD states, which is all of it, some, or empty.
        descriptions: what they say that it is about, which is its lead or what search engines should show.
    """

    dates: list[tuple[str, str]]
    times: list[str]
    titles: list[Stated]
    sites: list[str]
    section: str
    language: str
    is_article: bool
    body: str
    descriptions: list[str]


def _stated(tree: Any) -> _Stated:
    """Read from the parsed tree, which takes one walk however the page was written."""
    meta: dict[str, str] = {}
    times: list[str] = []
    articles: list[dict[str, Any]] = []
    title = ""
    for element in tree.iter("meta", "time", "script", "title"):
        if element.tag == "time":
            times.append(element.get("datetime") or "")
        elif element.tag == "title":
            title = title or " ".join(element.itertext())
        elif element.tag == "script" and "ld+json" in element.get("type", "").lower():
            articles += _linked_articles(element.text or "")
        elif content := element.get("content"):
            name = element.get("property") or element.get("name") or element.get("itemprop") or ""
            meta.setdefault(name.lower(), content.strip())
    for element in tree.xpath("//*[@itemprop='datePublished']"):
        if value := element.get("datetime") or element.get("content") or (element.text or "").strip():
            meta.setdefault("datepublished", value)
    own = _own(articles, [title, *(meta[name] for name in _TITLE_NAMES if name in meta)])
    titles = [("JSON-LD headline", own.get("headline")), *((name, meta.get(name)) for name in _TITLE_NAMES)]
    described = [own.get("description"), *(meta.get(name) for name in _DESCRIPTION_NAMES)]
    publisher = own.get("publisher")
    sites = [meta.get("og:site_name"), meta.get("application-name")]
    sites.append(publisher.get("name") if isinstance(publisher, dict) else None)
    sections = own.get("articleSection")
    section = next((each for each in (sections if isinstance(sections, list) else [sections]) if each), "")
    language = _LANGUAGE.match(tree.get("lang", ""))
    return _Stated(
        dates=[
            ("JSON-LD datePublished", own.get("datePublished", "")),
            *((name, meta[name]) for name in _DATE_NAMES if name in meta),
        ],
        times=times,
        titles=[
            Stated(where, plain_text(text))
            for where, text in (*titles, ("title", title))
            if text and isinstance(text, str)
        ],
        sites=[site for site in sites if isinstance(site, str)],
        section=meta.get("article:section") or (section if isinstance(section, str) else ""),
        language=language[0].replace("_", "-") if language else "",
        body=body if isinstance(body := own.get("articleBody"), str) else "",
        descriptions=[text for text in described if text and isinstance(text, str)],
        is_article=bool(articles) or meta.get("og:type", "").lower() in ("article", "news"),
    )


def _own(articles: Sequence[dict[str, Any]], titles: Sequence[str]) -> dict[str, Any]:
    """Of the articles that a page describes the one that it is about: that whose headline its titles begin with."""
    for each in articles:
        headline = each.get("headline")
        if isinstance(headline, str) and headline and any(title.startswith(headline) for title in titles):
            return each
    return articles[0] if articles else {}


def _linked_articles(text: str) -> list[dict[str, Any]]:
    """The articles that a page's JSON-LD describes as its own: not those it lists, quotes or is based on.

    Read is what stands from the first brace to the last: the brackets of a list may stand around it, or a comment.
    """
    try:
        waiting = [json.loads(f"[{text[text.find('{') : text.rfind('}') + 1]}]", strict=False)]
    except (ValueError, RecursionError):
        return []
    found = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(value)
        elif isinstance(value, dict):
            types = value.get("@type")
            if any(_ARTICLE.search(str(each)) for each in (types if isinstance(types, list) else [types])):
                found.append(value)
            waiting += [value[key] for key in ("mainEntity", "@graph") if key in value]
    return found
