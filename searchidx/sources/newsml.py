"""NewsML-G2: the IPTC's items of news, alone or in a message that holds many; what is text of them.

The content is NITF or XHTML within the item, or plain text. Pictures, plans and packages hold no articles.
https://iptc.org/standards/newsml-g2/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import (
    XML_PROLOGUE,
    local_name,
    paragraphs,
    parse_xml,
    text_of,
)
from searchidx.sources import nitf
from searchidx.sources.record_fields import byline_of, date_of
from searchidx.sources.source_file import Skip, SourceFile, made

SUFFIXES = ()

_ROOTS = rb"newsItem|newsMessage|packageItem|conceptItem|knowledgeItem|planningItem|catalogItem"
_OPENING = re.compile(XML_PROLOGUE + rb"<(?:\w+:)?(?:" + _ROOTS + rb")[\s>]", re.DOTALL)
_DATES = ("firstCreated", "contentCreated", "versionCreated")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def recognises(head: bytes) -> bool:
    """An item or a message begins here."""
    return _OPENING.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order; the place of an item is its number."""
    root, error = parse_xml(file.read())
    if root is None:
        yield Skip(file.name, "it is no XML")
        return
    number = 0
    for number, item in enumerate((each for each in root.iter() if local_name(each) == "newsItem"), 1):
        yield from _article(item, file, number)
    if error:
        yield Skip(f"{file.name}#{number + 1}", f"the XML is damaged: {error}")
    elif not number:
        yield Skip(file.name, f"it is a {local_name(root)}, which holds no article", damaged=False)


def _article(item: Any, file: SourceFile, number: int) -> list[Article | Skip]:
    first: dict[str, Any] = {}
    subjects: list[str] = []
    creators: list[str] = []
    meta = [each for part in item if local_name(part) in ("itemMeta", "contentMeta") for each in part]
    for each in meta:
        first.setdefault(local_name(each), each)
        if local_name(each) in ("subject", "keyword") and (name := _named(each) or text_of(each)):
            subjects.append(name)
        if local_name(each) == "creator":
            creators.append(_named(each))
    id = item.get("guid") or f"{file.name}#{number}"
    place = f"{file.name}#{number} ({id[:80]})"
    kind = (first["itemClass"].get("qcode") or first["itemClass"].get("uri") or "") if "itemClass" in first else ""
    kind = re.split(r"[:/]", kind)[-1]
    if kind not in ("", "text", "composite"):
        return [Skip(place, f"it is of the class {kind!r}, not a text", damaged=False)]
    values = _content(item)
    stated: dict[str, tuple[str, Any]] = {
        "headline": ("headline", text_of(first.get("headline"))),
        "date": next(((name, date_of(text)) for name in _DATES if (text := text_of(first.get(name)))), ("", None)),
        "byline": ("by", byline_of(text_of(first.get("by")))),
        "dateline": ("dateline", text_of(first.get("dateline"))),
        "keywords": ("subject", subjects),
        "source": ("provider", _provider(first.get("provider")) or _named(first.get("infoSource"))),
        "language": ("language", first["language"].get("tag") if "language" in first else item.get(_LANGUAGE)),
    }
    values |= {name: found for name, found in stated.items() if found[1]}
    if not values.get("byline", ("", ""))[1]:
        values["byline"] = ("creator", ", ".join(dict.fromkeys(filter(None, creators))))
    if file.url:
        values["url"] = ("the source", file.url)
    return made(place, id, file.name, values)


def _content(item: Any) -> dict[str, tuple[str, Any]]:
    """What the item's content says: of NITF all, of XHTML and text the body."""
    from lxml import etree

    for element in item.iter():
        if local_name(element) == "inlineXML":
            inner = next((each for each in element if local_name(each)), element)
            if local_name(inner) == "nitf":
                return {name: found for name, found in nitf.content(inner).items() if found[1]}
            if local_name(inner) in ("html", "body", "div", "section", "article", "p"):
                body = next((each for each in inner.iter() if local_name(each) == "body"), inner)
                for each in body.iter():
                    each.tag = local_name(each) or each.tag
                return {"body": ("inlineXML", paragraphs(etree.tostring(body, encoding="unicode", with_tail=False)))}
        elif local_name(element) == "inlineData" and (element.get("contenttype") or "text/").startswith("text/"):
            return {"body": ("inlineData", paragraphs("".join(element.itertext())))}
    return {}


def _named(element: Any) -> str:
    """The name that an element has within it, or as a literal."""
    if element is None:
        return ""
    name = next((each for each in element if local_name(each) == "name"), None)
    return text_of(name) if name is not None else str(element.get("literal") or "")


def _provider(element: Any) -> str:
    """A name, or what the vocabulary of providers calls them: `nprov:REUTERS`."""
    return _named(element) or ("" if element is None else str(element.get("qcode") or "").rpartition(":")[2])
