"""Saved feeds: all versions of RSS, and Atom, one article an entry. `json_lines` reads JSON Feed.

Feeds are often malformed XML. The entries before an error are read, and a skip names the error. Nothing is fetched and
no entities are resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urljoin

from searchidx.article import Article
from searchidx.extract.markup import (
    XML_LANG,
    XML_PROLOG,
    element_text,
    local_name,
    strip_markup,
    to_paragraphs,
)  # fmt: skip
from searchidx.sources.article_fields import make_article
from searchidx.sources.skip import Skip, guard
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", re.DOTALL)
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubDate", "published", "issued", "date", "publicationDate", "created", "updated", "modified")
"""The elements with a date, updates last."""
_MAIL = re.compile(r"\S+@\S+\s*\((.+)\)")
_MEDIA_MODULES = re.compile(
    r"\{(?:http://search\.yahoo\.com/mrss|http://www\.itunes\.com|https?://www\.google\.com/schemas/play)"
)
"""Namespaces whose titles and descriptions belong to pictures and podcasts."""
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def recognises(head: bytes) -> bool:
    """Whether the root element of a feed begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the feed, in order; the place of an entry is its number."""
    root, error = parse_file(file)
    channel = next((each for each in root if local_name(each) == "channel"), root)
    parts = _children(channel)
    feed = _FeedFields(
        title=strip_markup(_inner_html(parts.get("title"))),
        site=element_text(parts.get("link")),
        language=element_text(parts.get("language")) or root.get(XML_LANG) or "",
        byline=_byline(channel) if channel is root else "",
    )
    number = 0
    for number, entry in enumerate((each for each in root.iter() if local_name(each) in ("item", "entry")), 1):
        yield from guard(f"{file.name}#{number}", partial(_read_entry, entry, feed, file, number))
    if error:
        yield Skip(f"{file.name}#{number + 1}", f"the feed is damaged: {error}")


@dataclass(frozen=True, slots=True)
class _FeedFields:
    """What a feed states for all its entries. Only Atom has a byline."""

    title: str
    site: str
    language: str
    byline: str


def _read_entry(entry: Any, feed: _FeedFields, file: SourceFile, number: int) -> list[Article | Skip]:
    parts = _children(entry)
    bodies = [(name, text) for name in _BODIES if (text := to_paragraphs(_inner_html(parts.get(name))))]
    body_name, body = max(bodies, key=lambda each: len(each[1]), default=("", ""))
    date_name = next((name for name in _DATES if element_text(parts.get(name))), "")
    link_name, link = _find_link(entry, parts, feed.site)
    id = element_text(parts.get("guid")) or element_text(parts.get("id")) or link or f"{file.name}#{number}"
    place = f"{file.name}#{number} ({id[:80]})"
    keywords = [each.get("term") or element_text(each) for each in entry if local_name(each) in ("category", "subject")]
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("title", strip_markup(_inner_html(parts.get("title")))),
        "body": (body_name, body),
        "date": (date_name, element_text(parts.get(date_name))),
        "byline": ("author", _byline(entry) or feed.byline),
        "source": ("source", _source(parts)),
        "language": ("language", element_text(parts.get("language")) or entry.get(XML_LANG)),
        "keywords": ("category", keywords),
        "url": (link_name, link),
    }
    if not fields["source"][1]:
        fields["source"] = ("the feed's title", feed.title)
    if not fields["language"][1]:
        fields["language"] = ("the feed's language", feed.language)
    if not link:
        fields["url"] = ("the source", file.url or "")
    return make_article(place, " ".join(id.split()), file.name, fields)


def _children(element: Any) -> dict[str, Any]:
    """The first child of each name. The feed's own namespace comes before those of modules."""
    own = _namespace(element)
    children: dict[str, Any] = {}
    for child in sorted(element, key=lambda each: _namespace(each) != own):
        if not (isinstance(child.tag, str) and _MEDIA_MODULES.match(child.tag)):
            children.setdefault(local_name(child), child)
    return children


def _namespace(element: Any) -> str:
    return str(element.tag).rpartition("}")[0]


def _inner_html(element: Any) -> str:
    """The content of an element as HTML: most feeds escape it, Atom's XHTML has child elements."""
    if element is None:
        return ""
    if len(element) and (element.get("type") == "xhtml" or not (element.text or "").strip()):
        from lxml import etree

        return str(etree.tostring(element, encoding="unicode", with_tail=False))
    return "".join(element.itertext())


def _find_link(entry: Any, parts: dict[str, Any], site: str) -> tuple[str, str]:
    """The provenance of an entry's address, and the address.

    In this order: the original address behind a visit counter, Atom's alternate link, RSS's link, an id that is an
    address.
    """
    links = [each for each in entry if local_name(each) == "link"]
    candidates = [
        *(("origLink", each, element_text(each)) for each in (parts.get("origLink"),) if each is not None),
        *(("link", each, each.get("href") or "") for each in links if each.get("rel", "alternate") == "alternate"),
        *(("link", each, element_text(each)) for each in links),
        *(("guid", each, element_text(each)) for each in (parts.get("guid"),) if each is not None and _is_url(each)),
        ("about", entry, entry.get(_RDF_ABOUT) or ""),
    ]
    for name, element, text in candidates:
        if text.strip():
            try:
                return name, urljoin(element.base or site, text.strip())
            except ValueError:
                return name, text.strip()
    return "", ""


def _is_url(guid: Any) -> bool:
    return guid.get("isPermaLink", "true") == "true" and element_text(guid).startswith(("http://", "https://"))


def _source(parts: dict[str, Any]) -> str:
    """The feed that an aggregated entry came from: the text in RSS, a title within in Atom."""
    source = parts.get("source")
    if source is None:
        return ""
    return strip_markup(_inner_html(_children(source).get("title"))) if len(source) else element_text(source)


def _byline(entry: Any) -> str:
    """The authors: names in Atom, "mail (name)" in RSS, creators in Dublin Core."""
    names = []
    for each in entry:
        if local_name(each) in ("author", "creator"):
            text = element_text(_children(each).get("name")) or element_text(each)
            match = _MAIL.fullmatch(text)
            names.append(match[1] if match else text)
    return ", ".join(dict.fromkeys(filter(None, names)))
