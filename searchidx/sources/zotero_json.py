"""Zotero items as JSON: the export of Better BibTeX, whose items name their files. CSL JSON is read by `csl_json`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources.file_tree import tree_of
from searchidx.sources.library_item import LibraryItem, read_item
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_HEAD = re.compile(rb'\s*\{.{0,2000}(?:"itemType"|BetterBibTeX JSON)', re.DOTALL)
_SOURCES = ("publicationTitle", "websiteTitle", "blogTitle", "publisher")


def recognises(head: bytes) -> bool:
    """Whether an export of Better BibTeX begins here."""
    return _HEAD.match(head) is not None and b"BetterBibTeX" in head


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the items, in order."""
    try:
        library = json.loads(file.read())
        items = library["items"]
    except (ValueError, RecursionError, TypeError, KeyError):
        yield Skip(file.name, "the library is not JSON, or is cut off")
        return
    place = tree_of(file)
    for number, item in enumerate(items if isinstance(items, list) else [], 1):
        if isinstance(item, dict) and _text(item, "itemType") not in ("attachment", "note", "annotation"):
            yield from read_item(f"{file.name}#{number}", file, place, _parse_item, item, file, number)


def _text(item: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str) and value), "")


def _parse_item(item: dict[str, Any], file: SourceFile, number: int) -> LibraryItem:
    creators = [each for each in item.get("creators") or [] if isinstance(each, dict)]
    authors = [each for each in creators if each.get("creatorType") == "author"]
    names = (" ".join(filter(None, (_text(each, "firstName"), _text(each, "lastName", "name")))) for each in authors)
    tags = [each.get("tag") if isinstance(each, dict) else each for each in item.get("tags") or []]
    attachments = [each for each in item.get("attachments") or [] if isinstance(each, dict)]
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("title", _text(item, "title")),
        "body": ("abstractNote", to_paragraphs(_text(item, "abstractNote"))),
        "date": ("date", _text(item, "date")),
        "byline": ("creators", ", ".join(filter(None, names))),
        "source": ("publicationTitle", _text(item, *_SOURCES)),
        "section": ("section", _text(item, "section")),
        "page": ("pages", _text(item, "pages")),
        "edition": ("edition", _text(item, "edition")),
        "language": ("language", _text(item, "language")),
        "keywords": ("tags", [each for each in tags if isinstance(each, str)]),
        "url": ("url", _text(item, "url")),
    }
    id = _text(item, "itemKey", "key", "citationKey") or str(number)
    return LibraryItem(
        f"{file.name}#{id}", _text(item, "itemType"), fields, [_text(each, "path") for each in attachments]
    )
