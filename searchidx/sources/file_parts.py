"""Files that are parts of another file, with which they are read: pages of an issue, snapshots of a library's items."""

from __future__ import annotations

from searchidx.sources import mets
from searchidx.sources.file_tree import tree_of
from searchidx.sources.format_registry import SourceFormat
from searchidx.sources.source_file import SourceFile


def find_whole(file: SourceFile, format: SourceFormat) -> str:
    """The name of the file that this one is a part of; "" for a file of its own."""
    place = tree_of(file)
    if place is None:
        return ""
    tree, path = place
    whole = mets.find_issue(tree, path) if format.is_page else ""
    return f"{file.name.removesuffix(path)}{whole}" if whole else ""
