"""EPUB: a book or a periodical. Each document of its reading order that has a heading and text is an article.

The dates in its metadata are those of the file, so a date comes from the text alone. https://www.w3.org/TR/epub/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from searchidx.article import Article
from searchidx.extract.markup import element_text, local_name, parse_xml, to_paragraphs
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.plain_text import parse_article
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.text_encoding import decode_page
from searchidx.sources.zip_members import ZipMembers, head_holds, open_members

_KIND = b"application/epub+zip"
_CONTAINER = "META-INF/container.xml"
_NOT_ARTICLES = re.compile(r"\b(?:cover|titlepage|toc|copyright-page|colophon|index|landmarks|loi|lot|imprint)\b")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MAX_DOCUMENTS = 20_000
_SOFTWARE = {"calibre", "unknown", "unknown author", "various"}
"""Creators that are no authors."""


def recognises(head: bytes) -> bool:
    """Whether a book begins here."""
    is_zip = head[:4] == b"PK\x03\x04"
    return head_holds(head, _KIND) or (is_zip and _CONTAINER.encode() in head and _KIND in head)


@dataclass(slots=True)
class _Book:
    """What the package document states: the title, author and language, and the reading order."""

    title: str = ""
    author: str = ""
    language: str = ""
    documents: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the book, in reading order, and how many documents are none."""
    try:
        with open_members(file) as members:
            book = _read_package(members)
            count = 0
            for path in book.documents[:_MAX_DOCUMENTS]:
                for item in _read_chapter(members, path, book, file):
                    count += isinstance(item, Article)
                    yield item
            left = len(book.documents) - count
    except (DamagedDataError, TooLargeError, ValueError) as error:
        yield skip_unreadable(file.name, error)
        return
    if not book.documents:
        yield Skip(file.name, "the book has no reading order")
    elif left:
        reason = (
            f"{count} of the {len(book.documents)} documents of the book are articles; {left} without heading or text"
        )
        yield Skip(file.name, f"{reason} {'is' if left == 1 else 'are'} left out", damaged=False)


def _parse(data: bytes) -> Any:
    return parse_xml(decode_page(data))[0] if data.strip() else None


def _read_package(members: ZipMembers) -> _Book:
    """Read the package document, and the labels in the table of contents."""
    container = _parse(members.read(_CONTAINER))
    paths = [
        each.get("full-path")
        for each in ([] if container is None else container.iter())
        if local_name(each) == "rootfile"
    ]
    path = next((path for path in paths if path in members.names), None)
    path = path or next((name for name in sorted(members.names) if name.endswith(".opf")), "")
    package = _parse(members.read(path))
    book = _Book()
    if package is None:
        raise DamagedDataError("the book has no package document")
    items: dict[str, Any] = {}
    for each in package.iter():
        name = local_name(each)
        if name == "title" and not book.title:
            book.title = element_text(each)
        elif name == "creator" and not book.author:
            book.author = element_text(each)
        elif name == "language" and not book.language:
            book.language = element_text(each)
        elif name == "item":
            items[each.get("id") or ""] = each
    for each in package.iter():
        item = items.get(each.get("idref") or "")
        if local_name(each) != "itemref" or item is None or each.get("linear") == "no":
            continue
        if "nav" not in (item.get("properties") or "").split():
            document = _resolve(path, item.get("href") or "")
            if document in members.names:
                book.documents.append(document)
    for item in items.values():
        is_contents = "nav" in (item.get("properties") or "").split() or "dtbncx" in (item.get("media-type") or "")
        if is_contents:
            _read_labels(members, _resolve(path, item.get("href") or ""), book)
    return book


def _resolve(base: str, reference: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(reference.partition("#")[0])))


def _read_labels(members: ZipMembers, path: str, book: _Book) -> None:
    """The label of each document in a table of contents: the first that points at it."""
    root = _parse(members.read(path))
    for each in () if root is None else root.iter():
        if local_name(each) == "a" and (reference := each.get("href")):
            book.labels.setdefault(_resolve(path, reference), element_text(each))
        elif local_name(each) == "navPoint":
            content = next((child for child in each if local_name(child) == "content"), None)
            label = next((element_text(child) for child in each if local_name(child) == "navLabel"), "")
            if content is not None:
                book.labels.setdefault(_resolve(path, content.get("src") or ""), label)


def _read_chapter(members: ZipMembers, path: str, book: _Book, file: SourceFile) -> Iterator[Article | Skip]:
    from lxml import etree, html

    id = f"{file.name}#{path}"
    try:
        page = decode_page(members.read(path), "utf-8")
        body = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", page)).find("body")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    except (DamagedDataError, TooLargeError) as error:
        yield skip_unreadable(id, error)
        return
    if body is None or _NOT_ARTICLES.search(_types(body)):
        return
    headings = (heading for heading in body.iter(*_HEADINGS) if element_text(heading))
    heading = next(headings, None)
    lines = _lines(body)
    parts = [] if heading is None else _lines(heading)
    if parts and (at := _find(lines, parts)) is not None:
        del lines[at : at + len(parts)]
    headline = " ".join(parts) or book.labels.get(path, "")
    if lines[:1] == [headline]:
        del lines[0]
    if not headline or not lines:
        return
    for item in parse_article([headline, *lines], file):
        yield _complete(item, id, book) if isinstance(item, Article) else replace(item, place=id)


def _types(body: Any) -> str:
    """The semantic types of the document's outer elements."""
    outer = [body, *body, *(child for each in body for child in each)][:20]
    values = [f"{each.get('epub:type') or ''} {each.get('type') or ''}" for each in outer if isinstance(each.tag, str)]
    return " ".join(values)


def _lines(element: Any) -> list[str]:
    from lxml import etree

    return to_paragraphs(etree.tostring(element, encoding="unicode", with_tail=False)).split("\n")


def _find(lines: list[str], parts: list[str]) -> int | None:
    """Where the lines of the heading begin."""
    return next((at for at in range(len(lines)) if lines[at : at + len(parts)] == parts), None)


def _complete(article: Article, id: str, book: _Book) -> Article:
    byline = article.byline or ("" if book.author.lower() in _SOFTWARE else book.author)
    stated = {"source": book.title, "language": book.language, **({} if article.byline else {"byline": byline})}
    origins = {name: "the book's metadata" for name, value in stated.items() if value}
    provenance = {**article.provenance, "headline": "the heading", **origins}
    return replace(article, id=id, source=book.title, language=book.language, byline=byline, provenance=provenance)
