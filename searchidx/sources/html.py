"""HTML: a saved page, read by trafilatura.

trafilatura finds the body among the page's furniture and reads the metadata that the page states. Times are taken from
what the page says for machines, since trafilatura keeps the day alone. Nothing is fetched.
"""

from __future__ import annotations

import html as html_entities
import json
import logging
import re
from collections.abc import Iterator
from typing import Any, cast

from searchidx.article import Article
from searchidx.dates import PartialDate, Precision, parse_date
from searchidx.errors import ArticleError
from searchidx.sources.base import Skip, SourceFile

SUFFIXES = (".html", ".htm", ".xhtml")

_OPENING = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_META = re.compile(r"<meta\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:.\-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""")
_LINKED_DATA = re.compile(r"<script\b[^>]*application/ld\+json[^>]*>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_PUBLISHED = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_SECTION = re.compile(r'"articleSection"\s*:\s*(?:\[\s*)?"((?:[^"\\]|\\.){1,80})"')
_TIME = re.compile(r"""<time\b[^>]*\bdatetime\s*=\s*["']([^"']{4,40})["']""", re.IGNORECASE)
_LANGUAGE = re.compile(r"""<html\b[^>]*?\blang\s*=\s*["']?([A-Za-z0-9_\-]{2,20})""", re.IGNORECASE)
_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
    "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publication_date", "article.published",
)  # fmt: skip


def recognises(head: bytes) -> bool:
    """A page begins here."""
    if b"\0" in head[:200]:
        head = head.replace(b"\0", b"")  # UTF-16
    return _OPENING.match(head.removeprefix(b"\xef\xbb\xbf")) is not None or b"<html" in head[:2048].lower()


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the page."""
    data = file.read()
    if not data.strip():
        yield Skip(file.name, "it is empty")
        return
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    import trafilatura  # half a second that only pages are worth
    from trafilatura.utils import decode_file

    try:
        page = decode_file(data)
        found = trafilatura.bare_extraction(page, url=file.url, with_metadata=True, include_comments=False)
    except Exception as error:  # whatever it stumbles over costs this page alone
        yield Skip(file.name, f"the page cannot be read ({type(error).__name__}: {error})")
        return
    values: dict[str, Any] = {} if found is None else cast(Any, found).as_dict()
    headline = " ".join((values.get("title") or "").split())
    body = _without_headline([" ".join(line.split()) for line in (values.get("text") or "").split("\n")], headline)
    if not body:
        yield Skip(file.name, "no article was found on this page")
        return
    meta = _meta(page)
    linked = " ".join(_LINKED_DATA.findall(page))
    section = (
        meta.get("article:section") or _unescaped(_SECTION.search(linked)) or "; ".join(values.get("categories") or ())
    )
    language = _LANGUAGE.search(page)
    try:
        yield Article(
            id=file.name,
            headline=headline,
            body="\n".join(body),
            date=_date(page, meta, linked, values.get("date")),
            byline=(values.get("author") or "").replace("; ", ", "),
            section=section,
            source=values.get("sitename") or "",
            language=language[1].replace("_", "-") if language else values.get("language") or "",
            keywords=[tag for tags in values.get("tags") or () for tag in tags.split(",")],
            url=file.url or values.get("url") or "",
            path=file.name,
        )
    except ArticleError as error:
        yield Skip(file.name, str(error))


def _without_headline(lines: list[str], headline: str) -> list[str]:
    lines = [line for line in lines if line]
    return lines[1:] if lines and headline and lines[0].casefold() == headline.casefold() else lines


def _meta(page: str) -> dict[str, str]:
    """What the page's meta elements say, by lower-case name; the first of each."""
    found: dict[str, str] = {}
    for element in _META.findall(page):
        values = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(element)}
        name = values.get("property") or values.get("name") or values.get("itemprop")
        if name and values.get("content"):
            found.setdefault(name.lower(), html_entities.unescape(values["content"]).strip())
    return found


def _unescaped(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    try:
        return str(json.loads(f'"{match[1]}"'))
    except ValueError:
        return match[1]


def _date(page: str, meta: dict[str, str], linked: str, day: str | None) -> PartialDate | None:
    """The moment the page states for machines; the day that trafilatura found where it states none."""
    stated = [*_PUBLISHED.findall(linked)[:1], *(meta[name] for name in _DATE_NAMES if name in meta)]
    dates = [date for text in (*stated, *_TIME.findall(page)[:1]) if (date := _parsed(text)) is not None]
    found = _parsed(day) if day else None
    for date in dates[: len(stated)]:
        if date.precision is Precision.TIME:
            return date
    for date in dates:
        if found is None or date.days == found.days:
            return date
    return found


def _parsed(text: str) -> PartialDate | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
