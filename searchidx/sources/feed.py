"""Feeds as they were saved: RSS in all its versions and Atom, an article an entry. (A JSON Feed is `jsonl`'s.)

Feeds are seldom sound XML, so what can be read of a broken one is, and what comes after is named. Nothing that a feed
points to is fetched, and no entity of its own is resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from searchidx.article import Article
from searchidx.extract.markup import (
    XML_PROLOGUE,
    local_name,
    paragraphs,
    parse_xml,
    plain_text,
    text_of,
)
from searchidx.sources.record_fields import date_of
from searchidx.sources.source_file import Skip, SourceFile, made

SUFFIXES = (".rss", ".atom", ".rdf")

_OPENING = re.compile(XML_PROLOGUE + rb"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", re.DOTALL)
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubDate", "published", "issued", "date", "publicationDate", "created", "updated", "modified")
"""Where a date stands, what tells of an update last."""
_MAIL = re.compile(r"\S+@\S+\s*\((.+)\)")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_OF_MEDIA = re.compile(
    r"\{(?:http://search\.yahoo\.com/mrss|http://www\.itunes\.com|https?://www\.google\.com/schemas/play)"
)
"""Modules whose titles and descriptions are those of pictures and podcasts."""
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def recognises(head: bytes) -> bool:
    """A feed begins here."""
    return _OPENING.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the feed, in order; the place of an entry is its number."""
    root, error = parse_xml(file.read())
    if root is None:
        yield Skip(file.name, "it is no XML")
        return
    channel = next((each for each in root if local_name(each) == "channel"), root)
    parts = _parts(channel)
    about = _Feed(
        title=plain_text(_markup(parts.get("title"))),
        site=text_of(parts.get("link")),
        language=text_of(parts.get("language")) or root.get(_LANGUAGE) or "",
        byline=_byline(channel) if channel is root else "",
    )
    number = 0
    for number, entry in enumerate((each for each in root.iter() if local_name(each) in ("item", "entry")), 1):
        yield from _article(entry, about, file, number)
    if error:
        yield Skip(f"{file.name}#{number + 1}", f"the feed is damaged: {error}")


@dataclass(frozen=True, slots=True)
class _Feed:
    """What a feed says of all its entries; the address is that of its site, the byline Atom's alone."""

    title: str
    site: str
    language: str
    byline: str


def _article(entry: Any, about: _Feed, file: SourceFile, number: int) -> list[Article | Skip]:
    parts = _parts(entry)
    bodies = [(name, text) for name in _BODIES if (text := _body(parts.get(name)))]
    body_name, body = max(bodies, key=lambda found: len(found[1]), default=("", ""))
    date_name = next((name for name in _DATES if text_of(parts.get(name))), "")
    link_name, link = _link(entry, parts, about.site)
    id = text_of(parts.get("guid")) or text_of(parts.get("id")) or link or f"{file.name}#{number}"
    place = f"{file.name}#{number} ({id[:80]})"
    keywords = [each.get("term") or text_of(each) for each in entry if local_name(each) in ("category", "subject")]
    values: dict[str, tuple[str, Any]] = {
        "headline": ("title", plain_text(_markup(parts.get("title")))),
        "body": (body_name, body),
        "date": (date_name, date_of(text_of(parts.get(date_name))) if date_name else None),
        "byline": ("author", _byline(entry) or about.byline),
        "source": ("source", _source(parts)),
        "language": ("language", text_of(parts.get("language")) or entry.get(_LANGUAGE)),
        "keywords": ("category", keywords),
        "url": (link_name, link),
    }
    if not values["source"][1]:
        values["source"] = ("the feed's title", about.title)
    if not values["language"][1]:
        values["language"] = ("the feed's language", about.language)
    if not link:
        values["url"] = ("the source", file.url or "")
    return made(place, " ".join(id.split()), file.name, values)


def _parts(element: Any) -> dict[str, Any]:
    """The first child of each name: one of the feed's own vocabulary before one that another adds."""
    own = _namespace(element)
    found: dict[str, Any] = {}
    for child in sorted(element, key=lambda each: _namespace(each) != own):
        if not (isinstance(child.tag, str) and _OF_MEDIA.match(child.tag)):
            found.setdefault(local_name(child), child)
    return found


def _namespace(element: Any) -> str:
    return str(element.tag).rpartition("}")[0]


def _markup(element: Any) -> str:
    """What an element holds, as HTML: escaped in most feeds, as elements of its own in Atom's XHTML."""
    if element is None:
        return ""
    if len(element) and (element.get("type") == "xhtml" or not (element.text or "").strip()):
        from lxml import etree

        return str(etree.tostring(element, encoding="unicode", with_tail=False))
    return "".join(element.itertext())


def _body(element: Any) -> str:
    return paragraphs(_markup(element))


def _link(entry: Any, parts: dict[str, Any], site: str) -> tuple[str, str]:
    """Where the address of an entry stands, and the address.

    It is what a service that counts visits put aside, Atom's alternate link, the text of RSS's, or an id that is one.
    """
    links = [each for each in entry if local_name(each) == "link"]
    found = [
        *(("origLink", each, text_of(each)) for each in (parts.get("origLink"),) if each is not None),
        *(("link", each, each.get("href") or "") for each in links if each.get("rel", "alternate") == "alternate"),
        *(("link", each, text_of(each)) for each in links),
        *(("guid", each, text_of(each)) for each in (parts.get("guid"),) if each is not None and _is_address(each)),
        ("about", entry, entry.get(_ABOUT) or ""),
    ]
    for name, element, text in found:
        if text.strip():
            try:
                return name, urljoin(element.base or site, text.strip())
            except ValueError:
                return name, text.strip()
    return "", ""


def _is_address(guid: Any) -> bool:
    return guid.get("isPermaLink", "true") == "true" and text_of(guid).startswith(("http://", "https://"))


def _source(parts: dict[str, Any]) -> str:
    """Where an entry of a feed of feeds was taken from: RSS's text, or the title within Atom's."""
    source = parts.get("source")
    if source is None:
        return ""
    return plain_text(_markup(_parts(source).get("title"))) if len(source) else text_of(source)


def _byline(entry: Any) -> str:
    """The authors: Atom's names, RSS's "mail (name)", Dublin Core's creators."""
    names = []
    for each in entry:
        if local_name(each) in ("author", "creator"):
            text = text_of(_parts(each).get("name")) or text_of(each)
            match = _MAIL.fullmatch(text)
            names.append(match[1] if match else text)
    return ", ".join(dict.fromkeys(filter(None, names)))
