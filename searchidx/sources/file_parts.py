"""Files that are parts of another file, with which they are read: pages of an issue, saved pages of a library."""

from __future__ import annotations

import re

from searchidx.sources import archivebox, mets, omnivore, zotero_files
from searchidx.sources.file_tree import tree_of
from searchidx.sources.format_registry import SourceFormat
from searchidx.sources.source_file import SourceFile

_SNAPSHOT = re.compile(r"(?:^|/)\d{9,}(?:\.\d+)?/")
"""A folder with a snapshot of ArchiveBox. To look for its index in an archive would list every archive."""


def find_whole(file: SourceFile, format: SourceFormat) -> str:
    """The name of the file that this one is a part of; "" for a file of its own."""
    place = tree_of(file)
    if place is None:
        return ""
    tree, path = place
    if format.is_page:
        whole = mets.find_issue(tree, path)
    elif "/" in path and not format.has_parts:
        whole = (
            zotero_files.find_library(tree, path)
            or omnivore.find_list(tree, path)
            or (archivebox.find_snapshot(tree, path) if file.tree is None or _SNAPSHOT.search(path) else "")
        )
    else:
        whole = ""
    return f"{file.name.removesuffix(path)}{whole}" if whole else ""
