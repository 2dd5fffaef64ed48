"""ArchiveBox: a folder for each saved page, with the page in several forms. One snapshot is one article.

`index.json` names the address; the article is read from the first form that gives one. The time of the snapshot is no
date of publication. https://github.com/ArchiveBox/ArchiveBox
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from searchidx.article import Article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import FileTree, has_file, join_path, parent_of, tree_of
from searchidx.sources.library_item import read_saved_file
from searchidx.sources.skip import Skip, part_of, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError

_OWN_KEYS = {
    "archive_path", "archive_size", "base_url", "bookmarked_at", "bookmarked_date", "canonical", "downloaded_at",
    "history", "is_static", "newest_archive_date", "num_outputs", "oldest_archive_date",
}  # fmt: skip
_OWN_KEY = re.compile(rb'"(' + "|".join(sorted(_OWN_KEYS)).encode() + rb')"\s*:')
_INDEX = "index.json"
_FORMS = (
    "singlefile.html", "output.html", "dom.html", "readability/content.html", "mercury/content.html",
    "singlefile/singlefile.html", "dom/output.html", "readability/content.txt", "htmltotext.txt", "article.txt",
    "mercury/content.txt", "output.pdf", "pdf/output.pdf",
)  # fmt: skip
"""The forms of a page, best first. The page as `wget` saved it comes after the pages of a browser."""
_MAX_ABOVE = 4
"""Folders above a file in which its snapshot is looked for."""


def recognises(head: bytes) -> bool:
    """Whether the index of a snapshot begins here."""
    own_keys = set(_OWN_KEY.findall(head)) if head.lstrip()[:1] == b"{" else set()
    return len(own_keys) > 1 or (len(own_keys) == 1 and b'"url"' in head and b'"timestamp"' in head)


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of the snapshot."""
    snapshot = _load(file.read())
    place = tree_of(file)
    if snapshot is None or place is None:
        yield Skip(file.name, "it is the index of an ArchiveBox snapshot alone: read it in its folder", damaged=False)
        return
    tree, path = place
    folder = parent_of(path)
    url = snapshot["url"]
    skips: list[Skip] = []
    for form in _find_forms(tree, folder, snapshot):
        try:
            articles, failed = read_saved_file(replace(tree.open(form), url=url))
        except (OSError, DamagedDataError, TooLargeError) as error:
            skips.append(skip_unreadable(f"{file.name.removesuffix(path)}{form}", error))
            continue
        skips += failed
        if len(articles) == 1:
            yield _with_item(articles[0], snapshot, file)
            if file.tree is None:
                yield part_of(form, file.name)
            return
    yield from skips[:1] or [Skip(file.name, "the ArchiveBox snapshot holds no page with text", damaged=False)]


def _load(data: bytes) -> dict[str, Any] | None:
    """The index of a snapshot; None if it is anything else."""
    with suppress(ValueError, RecursionError):
        value = json.loads(data)
        if isinstance(value, dict) and isinstance(value.get("url"), str) and "timestamp" in value:
            return value if _OWN_KEYS & value.keys() else None
    return None


def _find_forms(tree: FileTree, folder: str, snapshot: dict[str, Any]) -> list[str]:
    canonical = snapshot.get("canonical")
    named = [canonical.get(key) for key in ("singlefile_path", "dom_path")] if isinstance(canonical, dict) else []
    wget = canonical.get("wget_path") if isinstance(canonical, dict) else None
    names = [each for each in (*named, *_FORMS[:3], wget, *_FORMS[3:]) if isinstance(each, str) and ".." not in each]
    paths = dict.fromkeys(join_path(folder, *name.partition("?")[0].strip("/").split("/")) for name in names)
    return [path for path in paths if path != join_path(folder, _INDEX) and has_file(tree, path)]


def _with_item(article: Article, snapshot: dict[str, Any], file: SourceFile) -> Article:
    title = snapshot.get("title")
    tags = snapshot.get("tags")
    words = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    keywords = article.keywords or tuple(word.strip() for word in words if isinstance(word, str) and word.strip())
    headline = article.headline or (title if isinstance(title, str) else "")
    provenance = {**article.provenance, "url": "the snapshot"}
    return replace(
        article, id=parent_of(file.name) or file.name, headline=headline, keywords=keywords, url=snapshot["url"],
        provenance=provenance,
    )  # fmt: skip


def find_snapshot(tree: FileTree, path: str) -> str:
    """The path of the index of the snapshot that a file belongs to, in a folder above; "" if there is none."""
    folder = parent_of(path)
    for _ in range(_MAX_ABOVE):
        index = join_path(folder, _INDEX)
        if has_file(tree, index) and tree.remember("snapshot", index, lambda index=index: _is_snapshot(tree, index)):  # type: ignore[misc]
            return index if index != path else ""
        if not folder:
            return ""
        folder = parent_of(folder)
    return ""


def _is_snapshot(tree: FileTree, path: str) -> bool:
    with suppress(OSError, DamagedDataError, TooLargeError):
        file = tree.open(path)
        return recognises(file.head()) and _load(file.read()) is not None
    return False
