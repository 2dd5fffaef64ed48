"""Read articles from files of any format that searchidx knows.

`format_registry` lists the formats, `article_reader` reads files, and each format has a module of its own. To add a
format, write a module with `recognises` and either `read` or `members`, and add a line to
`format_registry.SOURCE_FORMATS`.
"""

from searchidx.sources.article_reader import (
    SourceDocument,
    iter_documents,
    read,
    read_document,
    read_file,
)
from searchidx.sources.format_registry import find_format, format_named, reader_version
from searchidx.sources.skip import UNEXPECTED_ERROR, Skip
from searchidx.sources.source_file import (
    MAX_RATIO,
    ExpansionBudget,
    SourceFile,
    is_ignored,
    is_ignored_folder,
    is_page_folder,
)  # fmt: skip

__all__ = [
    "MAX_RATIO", "UNEXPECTED_ERROR", "ExpansionBudget", "Skip", "SourceDocument", "SourceFile", "find_format",
    "format_named", "is_ignored", "is_ignored_folder", "is_page_folder", "iter_documents", "read", "read_document",
    "read_file", "reader_version",
]  # fmt: skip
