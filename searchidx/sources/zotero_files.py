"""The files of a Zotero export, `files/12/page.html`: parts of the library that names them."""

from __future__ import annotations

import contextlib
import html
import re

from searchidx.sources import ris, zotero_json, zotero_rdf
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import FileTree, join_path
from searchidx.sources.source_file import TooLargeError

_FOLDER = re.compile(r"(?:^|(?P<above>.*)/)files/(?P<item>[^/]+)/")
_NAMED = re.compile(rb"(?<![\w/])files[/\\]([^/\\\"<>\r\n]{1,64})[/\\]")
_LIBRARIES = (".rdf", ".ris", ".json", ".xml")
_MAX_LIBRARIES = 100


def find_library(tree: FileTree, path: str) -> str:
    """The path of the library that names the folder of a file; "" if there is none."""
    match = _FOLDER.match(path)
    if match is None:
        return ""
    folder = match["above"] or ""
    return tree.remember("libraries", folder, lambda: _list_items(tree, folder)).get(match["item"], "")


def _list_items(tree: FileTree, folder: str) -> dict[str, str]:
    """The folders below `files/` that the libraries in a folder name, each with its library."""
    items: dict[str, str] = {}
    for name in sorted(name for name in tree.list_folder(folder)[0] if name.lower().endswith(_LIBRARIES))[
        :_MAX_LIBRARIES
    ]:
        library = join_path(folder, name)
        with contextlib.suppress(OSError, DamagedDataError, TooLargeError):
            file = tree.open(library)
            head = file.head()
            if any(module.recognises(head) for module in (zotero_rdf, ris, zotero_json)):
                for item in _NAMED.findall(file.read()):
                    items.setdefault(html.unescape(item.decode("utf-8", "replace")), library)
    return items
