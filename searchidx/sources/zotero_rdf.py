"""Zotero RDF: a library exported with its files. Each item of the press or the web is an article.

https://www.zotero.org/support/kb/exporting
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import XML_PROLOG, children_named, element_text, local_name, to_paragraphs
from searchidx.sources.file_tree import tree_of
from searchidx.sources.library_item import LibraryItem, read_item
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<rdf:RDF[^>]*zotero\.org/namespaces/export", re.DOTALL)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_NOT_ITEMS = {"attachment", "note", "annotation"}


def recognises(head: bytes) -> bool:
    """Whether the root element of a library begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the items, in order."""
    root, error = parse_file(file)
    by_id = {each.get(f"{_RDF}about"): each for each in root if local_name(each)}
    place = tree_of(file)
    for number, element in enumerate((each for each in root if local_name(each)), 1):
        kind = _child_text(element, "itemType")
        if kind and kind not in _NOT_ITEMS:
            yield from read_item(f"{file.name}#{number}", file, place, _parse_item, element, kind, file, number, by_id)
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")


def _child_text(element: Any, name: str) -> str:
    return next((element_text(each) for each in children_named(element, name)), "")


def _parse_item(element: Any, kind: str, file: SourceFile, number: int, by_id: dict[Any, Any]) -> LibraryItem:
    about = element.get(f"{_RDF}about") or ""
    host, section = _read_host(element, by_id)
    urls = [
        element_text(each)
        for part in children_named(element, "identifier")
        for each in part.iter()
        if local_name(each) == "value"
    ]
    url = next((each for each in urls if each.startswith("http")), about if about.startswith("http") else "")
    links = [by_id.get(each.get(f"{_RDF}resource")) for each in children_named(element, "link")]
    attachments = [each for each in links if each is not None and local_name(each) == "Attachment"]
    subjects = [element_text(each) for each in children_named(element, "subject")]
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("title", _child_text(element, "title")),
        "body": ("abstract", to_paragraphs(_child_text(element, "abstract"))),
        "date": ("date", _child_text(element, "date")),
        "byline": ("authors", _read_authors(element)),
        "source": ("isPartOf", host or _child_text(element, "publisher")),
        "section": ("section", section or _child_text(element, "section")),
        "language": ("language", _child_text(element, "language")),
        "keywords": ("subject", [each for each in subjects if each]),
        "page": ("pages", _child_text(element, "pages")),
        "edition": ("edition", _child_text(element, "edition")),
        "url": ("identifier", url),
    }
    return LibraryItem(
        f"{file.name}#{about or number}", kind, fields, [path for each in attachments if (path := _path(each))]
    )


def _path(attachment: Any) -> str:
    """The reference of an attachment's file."""
    for each in attachment:
        if local_name(each) in ("resource", "path"):
            return each.get(f"{_RDF}resource") or element_text(each)
    return ""


def _read_host(element: Any, by_id: dict[Any, Any]) -> tuple[str, str]:
    """The newspaper, magazine or site of an item, and the section. It stands within the item, or beside it."""
    title = section = ""
    for part in children_named(element, "isPartOf"):
        beside = by_id.get(part.get(f"{_RDF}resource"))
        for host in [*part, *([] if beside is None else [beside])]:
            title = title or _child_text(host, "title")
            section = section or _child_text(host, "section")
    return title, section


def _read_authors(element: Any) -> str:
    names = []
    for authors in children_named(element, "authors"):
        for person in authors.iter():
            if local_name(person) == "Person":
                parts = (
                    _child_text(person, "givenName") or _child_text(person, "givenname"),
                    _child_text(person, "surname"),
                )
                names.append(" ".join(filter(None, parts)) or _child_text(person, "name"))
    return ", ".join(filter(None, names))
