"""Omnivore's export: lists of saved links, with the text of each in `content/SLUG.html`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from searchidx.article import Article
from searchidx.sources.file_tree import FileTree, has_file, join_path, parent_of, tree_of
from searchidx.sources.library_item import LibraryItem, read_item
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

_HEAD = re.compile(rb'\s*\[\s*\{(?=.*"slug"\s*:)(?=.*"(?:readingProgress|savedAt)"\s*:)', re.DOTALL)
_LIST = re.compile(r"metadata\w*\.json")
NO_TEXT = "{} links saved in Omnivore without their text: export with content, or save the pages"


def recognises(head: bytes) -> bool:
    """Whether a list of links begins here."""
    return _HEAD.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the links whose text is saved; one skip counts the others."""
    try:
        links = json.loads(file.read())
    except (ValueError, RecursionError):
        yield Skip(file.name, "the list is not JSON, or is cut off")
        return
    place = tree_of(file)
    missing = 0
    for link in links:
        slug = link.get("slug") if isinstance(link, dict) else None
        path = join_path(parent_of(place[1]), "content", f"{slug}.html") if place is not None else ""
        if place is None or not isinstance(slug, str) or "/" in slug or not has_file(place[0], path):
            missing += 1
        else:
            yield from read_item(f"{file.name}#{slug}", file, place, _parse_item, link, slug, file)
    if missing:
        yield Skip(file.name, NO_TEXT.format(f"it lists {missing:,}"), damaged=False)


def _parse_item(link: dict[str, Any], slug: str, file: SourceFile) -> LibraryItem:
    labels = link.get("labels")
    texts = {name: value for name, value in link.items() if isinstance(value, str)}
    fields: dict[str, tuple[str, Any]] = {
        "headline": ("title", texts.get("title", "")),
        "body": ("description", texts.get("description", "")),
        "date": ("publishedAt", texts.get("publishedAt", "")),
        "byline": ("author", texts.get("author", "")),
        "source": ("siteName", texts.get("siteName", "")),
        "keywords": ("labels", [each for each in labels if isinstance(each, str)] if isinstance(labels, list) else []),
        "url": ("url", texts.get("url", "")),
    }
    return LibraryItem(f"{file.name}#{link.get('id') or slug}", "webpage", fields, [f"content/{slug}.html"])


def find_list(tree: FileTree, path: str) -> str:
    """The path of the list that a saved text belongs to; "" if there is none."""
    folder, _, name = path.rpartition("/")
    above = parent_of(folder)
    if folder.rpartition("/")[2] not in ("content", "highlights"):
        return ""
    lists = tree.remember("lists", above, lambda: _find_slugs(tree, above))
    return lists.get(name.rpartition(".")[0], "")


def _find_slugs(tree: FileTree, folder: str) -> dict[str, str]:
    slugs: dict[str, str] = {}
    for name in sorted(filter(_LIST.fullmatch, tree.list_folder(folder)[0])):
        path = join_path(folder, name)
        try:
            file = tree.open(path)
            links = json.loads(file.read()) if recognises(file.head()) else []
        except Exception:  # a damaged list has no parts
            continue
        slugs.update(
            (link["slug"], path) for link in links if isinstance(link, dict) and isinstance(link.get("slug"), str)
        )
    return slugs
