"""NITF: the IPTC's markup of an article, as agencies and editorial systems export it.

https://iptc.org/standards/nitf/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.byline import remove_by_prefix
from searchidx.extract.markup import XML_LANG, XML_PROLOG, element_text, local_name
from searchidx.sources.article_fields import make_article
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<(?:\w+:)?nitf[\s>]", re.DOTALL)
_BLOCK_ELEMENTS = {"p", "hl2", "li", "dt", "dd", "tr", "pre", "fn", "credit", "br"}
_SKIPPED_ELEMENTS = {"media", "note", "media-caption", "media-producer", "table-metadata"}


def recognises(head: bytes) -> bool:
    """Whether the root element of an article begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file."""
    root, error = parse_file(file)
    fields = read_fields(root)
    if file.url or not fields["url"][1]:
        fields["url"] = ("the source", file.url or "")
    fields["language"] = ("xml:lang", root.get(XML_LANG) or "")
    id = next((each.get("id-string") for each in root.iter() if local_name(each) == "doc-id"), None)
    yield from make_article(file.name, id or file.name, file.name, fields)
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")


def read_fields(root: Any) -> dict[str, tuple[str, Any]]:
    """The fields of the article under a `<nitf>` element, each with its provenance."""
    first: dict[str, Any] = {}
    keywords: list[str] = []
    bylines: list[Any] = []
    for element in _iter_without_notes(root):
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
    heading = next((name for name in ("hl1", "headline") if element_text(first.get(name))), "title")
    issued = next(
        (name for name in ("date.issue", "date.release", "story.date") if _norm_attribute(first.get(name))), ""
    )
    publication, holder = (
        {} if first.get(name) is None else dict(first[name].attrib) for name in ("pubdata", "doc.copyright")
    )
    authors = [
        text
        for byline in bylines
        for text in [element_text(each) for each in byline.iter() if local_name(each) == "person"]
        or [_byline_without_title(byline)]
    ]
    sources = {
        "pubdata": publication.get("name", ""),
        "distributor": element_text(first.get("distributor")),
        "doc.copyright": holder.get("holder", ""),
    }
    source = next(filter(sources.get, sources), "")
    body_name, body = "body.content", _read_paragraphs(first.get("body.content"))
    if not body:
        body_name, body = "abstract", _read_paragraphs(first.get("abstract"))
    address = publication.get("ex-ref", "")
    return {
        "headline": (heading, element_text(first.get(heading))),
        "body": (body_name, "\n".join(body)),
        "date": (issued, _norm_attribute(first.get(issued)))
        if issued
        else ("pubdata", publication.get("date.publication", "").strip()),
        "byline": ("byline", ", ".join(dict.fromkeys(filter(None, map(remove_by_prefix, authors))))),
        "dateline": ("dateline", _spaced_text(first.get("dateline"))),
        "source": (source, sources.get(source, "")),
        "section": ("pubdata", publication.get("position.section", "")),
        "keywords": ("key-list", list(filter(None, keywords))),
        "url": ("pubdata", address if address.startswith(("http://", "https://")) else ""),
    }


def _iter_without_notes(root: Any) -> Iterator[Any]:
    """The elements in order, without notes to editors, which have a body of their own."""
    from lxml import etree

    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_note = local_name(element) == "note"
        depth += (is_note and event == "start") - (is_note and event == "end")
        if event == "start" and not depth:
            yield element


def _spaced_text(element: Any) -> str:
    """The text of an element, with spaces between its children."""
    return "" if element is None else " ".join(" ".join(element.itertext()).split())


def _byline_without_title(byline: Any) -> str:
    """The text of a byline without the author's title (`<byttl>`)."""
    parts = [byline.text or ""]
    for each in byline:
        parts += ["" if local_name(each) == "byttl" else element_text(each), each.tail or ""]
    return " ".join("".join(parts).split()).strip(" ,") or element_text(byline)


def _read_paragraphs(element: Any) -> list[str]:
    """The paragraphs of an element's content, without captions."""
    from lxml import etree

    pieces: list[str] = []
    depth = 0
    if element is None:
        return []
    for event, each in etree.iterwalk(element, events=("start", "end")):
        name = local_name(each)
        is_skipped = name in _SKIPPED_ELEMENTS
        depth += (is_skipped and event == "start") - (is_skipped and event == "end")
        if name in _BLOCK_ELEMENTS:
            pieces.append("\0")
        elif name in ("td", "th"):
            pieces.append(" ")
        text = each.text if event == "start" else each.tail if each is not element else ""
        if text and not depth:
            pieces.append(text)
    return [line for block in "".join(pieces).split("\0") if (line := " ".join(block.split()))]


def _norm_attribute(element: Any) -> str:
    return "" if element is None else (element.get("norm") or "").strip()
