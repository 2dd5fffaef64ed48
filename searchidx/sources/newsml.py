"""NewsML-G2: the IPTC's news items, alone or in a message, as far as they are texts.

The content of an item is NITF, XHTML or plain text. Pictures, plans and packages are not articles.
https://iptc.org/standards/newsml-g2/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from searchidx.article import Article
from searchidx.extract.byline import remove_by_prefix
from searchidx.extract.markup import XML_LANG, XML_PROLOG, element_text, local_name, to_paragraphs
from searchidx.sources import nitf
from searchidx.sources.article_fields import make_article
from searchidx.sources.skip import Skip, guard
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOTS = rb"newsItem|newsMessage|packageItem|conceptItem|knowledgeItem|planningItem|catalogItem"
_ROOT = re.compile(XML_PROLOG + rb"<(?:\w+:)?(?:" + _ROOTS + rb")[\s>]", re.DOTALL)
_DATES = ("firstCreated", "contentCreated", "versionCreated")


def recognises(head: bytes) -> bool:
    """Whether the root element of an item or a message begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the file, in order; the place of an item is its number."""
    root, error = parse_file(file)
    number = 0
    for number, item in enumerate((each for each in root.iter() if local_name(each) == "newsItem"), 1):
        yield from guard(f"{file.name}#{number}", partial(_read_item, item, file, number))
    if error:
        yield Skip(f"{file.name}#{number + 1}", f"the XML is damaged: {error}")
    elif not number:
        yield Skip(file.name, f"it is a {local_name(root)}, which holds no article", damaged=False)


def _read_item(item: Any, file: SourceFile, number: int) -> list[Article | Skip]:
    first: dict[str, Any] = {}
    subjects: list[str] = []
    creators: list[str] = []
    meta = [each for part in item if local_name(part) in ("itemMeta", "contentMeta") for each in part]
    for each in meta:
        first.setdefault(local_name(each), each)
        if local_name(each) in ("subject", "keyword") and (name := _name(each) or element_text(each)):
            subjects.append(name)
        if local_name(each) == "creator":
            creators.append(_name(each))
    id = item.get("guid") or f"{file.name}#{number}"
    place = f"{file.name}#{number} ({id[:80]})"
    kind = (first["itemClass"].get("qcode") or first["itemClass"].get("uri") or "") if "itemClass" in first else ""
    kind = re.split(r"[:/]", kind)[-1]
    if kind not in ("", "text", "composite"):
        return [Skip(place, f"its item class is {kind!r}, not a text", damaged=False)]
    fields = _read_content(item)
    metadata: dict[str, tuple[str, Any]] = {
        "headline": ("headline", element_text(first.get("headline"))),
        "date": next(((name, text) for name in _DATES if (text := element_text(first.get(name)))), ("", None)),
        "byline": ("by", remove_by_prefix(element_text(first.get("by")))),
        "dateline": ("dateline", element_text(first.get("dateline"))),
        "keywords": ("subject", subjects),
        "source": ("provider", _provider(first.get("provider")) or _name(first.get("infoSource"))),
        "language": ("language", first["language"].get("tag") if "language" in first else item.get(XML_LANG)),
    }
    fields |= {name: field for name, field in metadata.items() if field[1]}
    if not fields.get("byline", ("", ""))[1]:
        fields["byline"] = ("creator", ", ".join(dict.fromkeys(filter(None, creators))))
    if file.url:
        fields["url"] = ("the source", file.url)
    return make_article(place, id, file.name, fields)


def _read_content(item: Any) -> dict[str, tuple[str, Any]]:
    """The fields in the item's content: all of NITF, the body of XHTML and text."""
    from lxml import etree

    for element in item.iter():
        if local_name(element) == "inlineXML":
            inner = next((each for each in element if local_name(each)), element)
            if local_name(inner) == "nitf":
                return {name: field for name, field in nitf.read_fields(inner).items() if field[1]}
            if local_name(inner) in ("html", "body", "div", "section", "article", "p"):
                body = next((each for each in inner.iter() if local_name(each) == "body"), inner)
                for each in body.iter():
                    with suppress(ValueError):  # a damaged name
                        each.tag = local_name(each) or each.tag
                markup = etree.tostring(body, encoding="unicode", with_tail=False)
                return {"body": ("inlineXML", to_paragraphs(markup))}
        elif local_name(element) == "inlineData" and (element.get("contenttype") or "text/").startswith("text/"):
            return {"body": ("inlineData", to_paragraphs("".join(element.itertext())))}
    return {}


def _name(element: Any) -> str:
    """The name child of an element, or its literal."""
    if element is None:
        return ""
    name = next((each for each in element if local_name(each) == "name"), None)
    return element_text(name) if name is not None else str(element.get("literal") or "")


def _provider(element: Any) -> str:
    """A provider's name, or its code: `REUTERS` of `nprov:REUTERS`."""
    return _name(element) or ("" if element is None else str(element.get("qcode") or "").rpartition(":")[2])
