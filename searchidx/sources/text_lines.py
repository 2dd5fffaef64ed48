"""Lines of documents: the paragraphs of an Office document, an RTF or a PDF file, or the lines of a text."""

from __future__ import annotations

from dataclasses import dataclass

PAGE_BREAK = "\f"
"""The text of a line that stands for a page break of a document."""


@dataclass(frozen=True, slots=True)
class TextLine:
    r"""A paragraph or a line.

    Attributes:
        text: without markup; a line break within a paragraph is "\n", a tab one space.
        bookmarks: the names of the bookmarks that begin in it.
        is_bold: all of its letters are bold.
        link: the address of a hyperlink in it; "#" if that is unknown; "" without one.
        level: the level of a heading from 0; None for any other line.
        in_table: whether it is in a cell of a table.
    """

    text: str
    bookmarks: tuple[str, ...] = ()
    is_bold: bool = False
    link: str = ""
    level: int | None = None
    in_table: bool = False
