"""NITF: the IPTC's markup of an article, as agencies and newspapers' systems export it.

https://iptc.org/standards/nitf/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import (
    XML_PROLOGUE,
    local_name,
    parse_xml,
    text_of,
)
from searchidx.sources.record_fields import byline_of, date_of
from searchidx.sources.source_file import Skip, SourceFile, made

__all__ = ["content", "read", "recognises"]

SUFFIXES = (".nitf",)

_OPENING = re.compile(XML_PROLOGUE + rb"<(?:\w+:)?nitf[\s>]", re.DOTALL)
_BLOCKS = {"p", "hl2", "li", "dt", "dd", "tr", "pre", "fn", "credit", "br"}
_UNREAD = {"media", "note", "media-caption", "media-producer", "table-metadata"}
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)([+-]\d\d:?\d\d|Z)?)?")
_MOST = 100_000


def recognises(head: bytes) -> bool:
    """An article begins here."""
    return _OPENING.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file."""
    root, error = parse_xml(file.read())
    if root is None:
        yield Skip(file.name, "it is no XML")
        return
    values = content(root)
    if file.url or not values["url"][1]:
        values["url"] = ("the source", file.url or "")
    values["language"] = ("xml:lang", root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    id = next((each.get("id-string") for each in root.iter() if local_name(each) == "doc-id"), None)
    yield from made(file.name, id or file.name, file.name, values)
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")


def content(root: Any) -> dict[str, tuple[str, Any]]:
    """What the markup says of each attribute of an article, and where."""
    first: dict[str, Any] = {}
    keywords: list[str] = []
    bylines: list[Any] = []
    for element in _without_notes(root):
        name = local_name(element)
        first.setdefault(name, element)
        if name == "keyword":
            keywords.append(element.get("key") or "")
        elif name == "classifier":
            keywords.append(element.get("value") or "")
        elif name == "tobject.subject":
            keywords += (element.get(f"tobject.subject.{part}") or "" for part in ("type", "matter", "detail"))
        elif name == "byline":
            bylines.append(element)
    heading = "hl1" if text_of(first.get("hl1")) else "headline" if text_of(first.get("headline")) else "title"
    issued = next((name for name in ("date.issue", "date.release", "story.date") if _norm(first.get(name))), "")
    publication, holder = (
        {} if first.get(name) is None else dict(first[name].attrib) for name in ("pubdata", "doc.copyright")
    )
    authors = [
        text
        for byline in bylines
        for text in [text_of(each) for each in byline.iter() if local_name(each) == "person"] or [_own_text(byline)]
    ]
    sources = {
        "pubdata": publication.get("name", ""),
        "distributor": text_of(first.get("distributor")),
        "doc.copyright": holder.get("holder", ""),
    }
    source = next(filter(sources.get, sources), "")
    blocks, body = "body.content", _paragraphs(first.get("body.content"))
    if not body:
        blocks, body = "abstract", _paragraphs(first.get("abstract"))
    address = publication.get("ex-ref", "")
    return {
        "headline": (heading, text_of(first.get(heading))),
        "body": (blocks, "\n".join(body)),
        "date": (issued, _date(_norm(first.get(issued))))
        if issued
        else ("pubdata", _date(publication.get("date.publication", ""))),
        "byline": ("byline", ", ".join(dict.fromkeys(filter(None, map(byline_of, authors))))),
        "dateline": ("dateline", _spaced(first.get("dateline"))),
        "source": (source, sources.get(source, "")),
        "section": ("pubdata", publication.get("position.section", "")),
        "keywords": ("key-list", list(filter(None, keywords))),
        "url": ("pubdata", address if address.startswith(("http://", "https://")) else ""),
    }


def _without_notes(root: Any) -> Iterator[Any]:
    """The elements in order, less those of notes to editors, which hold a body of their own."""
    from lxml import etree

    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_note = local_name(element) == "note"
        depth += (is_note and event == "start") - (is_note and event == "end")
        if event == "start" and not depth:
            yield element


def _spaced(element: Any) -> str:
    """The text of an element whose parts stand apart."""
    return "" if element is None else " ".join(" ".join(element.itertext()).split())


def _own_text(byline: Any) -> str:
    """A byline without the author's title."""
    if byline is None:
        return ""
    parts = [byline.text or ""]
    for each in byline:
        parts += ["" if local_name(each) == "byttl" else text_of(each), each.tail or ""]
    return " ".join("".join(parts).split()).strip(" ,") or text_of(byline)


def _paragraphs(element: Any) -> list[str]:
    """The texts of the blocks of the content, without pictures' captions."""
    from lxml import etree

    pieces: list[str] = []
    depth = 0
    if element is None:
        return []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        name = local_name(each)
        unread = name in _UNREAD
        depth += (unread and event == "start") - (unread and event == "end")
        if name in _BLOCKS:
            pieces.append("\0")
        elif name in ("td", "th"):
            pieces.append(" ")
        text = each.text if event == "start" else each.tail if each is not element else ""
        if text and not depth:
            pieces.append(text)
    return [line for block in "".join(pieces).split("\0") if (line := " ".join(block.split()))]


def _norm(element: Any) -> str:
    return "" if element is None else (element.get("norm") or "").strip()


def _date(text: str) -> Any:
    """NITF's `20230201T133300+0900`, or ISO 8601 with its dashes."""
    match = _COMPACT.fullmatch(text)
    if match is None:
        return date_of(text) if text else None
    year, month, day, *time, zone = match.groups()
    return f"{year}-{month}-{day}" + (f"T{':'.join(time)}{zone or ''}" if time[0] else "")
