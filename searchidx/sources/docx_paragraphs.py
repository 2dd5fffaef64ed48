"""The paragraphs of a DOCX file, read one at a time.

A DOCX file is a ZIP with `word/document.xml`. Headers, footers, notes, comments, deleted text and pictures are no
text of the document. Memory holds one paragraph; what the XML expands to counts as for any container.
https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

from searchidx.sources.compression import DamagedDataError
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.text_lines import TextLine

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_W = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "word/document.xml"
_BLOCK = 1 << 16
_MAX_XML = 1 << 30
"""Bytes of a document's XML."""
_MAX_DEPTH = 250
"""Elements within each other."""
_MAX_PART = 1 << 24
"""Bytes of a part that is read whole: properties, styles and addresses."""
_MAX_PARAGRAPH = 1 << 22
"""Characters of a paragraph."""
_DAMAGE_ERRORS = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, LookupError, OverflowError, struct.error,
    zlib.error,
)  # fmt: skip


def is_docx(head: bytes) -> bool:
    """Whether a ZIP with these first bytes is an Office document with text."""
    size = int.from_bytes(head[26:28], "little")
    name = head[30 : 30 + size]
    is_package = name.startswith((b"[Content_Types]", b"_rels/", b"docProps/", b"word/", b"customXml/"))
    return head[:4] == b"PK\x03\x04" and is_package


def read_paragraphs(file: SourceFile) -> Iterator[TextLine]:
    """The paragraphs of the document, in order, also those of tables.

    Raises `DamagedDataError` after the last paragraph before the damage, `TooLargeError` above a limit, and ValueError
    if the file has no such document.
    """
    try:
        with file.open() as stream, _open_zip(file, stream) as archive:
            links, levels = _read_links(archive), _read_levels(archive)
            try:
                document = archive.open(_MAIN)
            except KeyError:
                raise ValueError("it is an Office document without text (word/document.xml)") from None
            with document:
                yield from _ParagraphParser(links, levels).parse(_blocks(document, file))
    except _DAMAGE_ERRORS as error:
        raise DamagedDataError(f"the document is damaged or cut off: {error}") from None


def read_title(file: SourceFile) -> str:
    """The title among the document's properties; "" without one."""
    from lxml import etree

    try:
        with file.open() as stream, _open_zip(file, stream) as archive:
            root = etree.fromstring(_read_part(archive, "docProps/core.xml"), _xml_parser())
    except (*_DAMAGE_ERRORS, etree.XMLSyntaxError, ValueError):
        return ""
    title = root.findtext("{http://purl.org/dc/elements/1.1/}title") if root is not None else None
    return " ".join((title or "").split())


def _open_zip(file: SourceFile, stream: IO[bytes]) -> zipfile.ZipFile:
    if file.opener is not None:  # the directory is at the end, so the member must be in memory
        return zipfile.ZipFile(BytesIO(file.read()))
    return zipfile.ZipFile(stream)


def _xml_parser() -> Any:
    from lxml import etree

    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)


def _read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(_MAX_PART)


def _read_links(archive: zipfile.ZipFile) -> dict[str, str]:
    """The address of each relationship."""
    from lxml import etree

    try:
        root = etree.fromstring(_read_part(archive, "word/_rels/document.xml.rels"), _xml_parser())
    except (KeyError, etree.XMLSyntaxError, ValueError):
        return {}
    return {each.get("Id", ""): each.get("Target", "") for each in (() if root is None else root)}


def _read_levels(archive: zipfile.ZipFile) -> dict[str, int]:
    """The level of each style of headings."""
    from lxml import etree

    try:
        root = etree.fromstring(_read_part(archive, "word/styles.xml"), _xml_parser())
    except (KeyError, etree.XMLSyntaxError, ValueError):
        return {}
    levels: dict[str, int] = {}
    for style in () if root is None else root.iter(_W + "style"):
        level = style.find(f"{_W}pPr/{_W}outlineLvl")
        name = style.find(_W + "name")
        if level is not None and level.get(_W + "val", "").isdigit():
            levels[style.get(_W + "styleId", "")] = int(level.get(_W + "val"))
        elif name is not None and name.get(_W + "val", "").lower() == "title":
            levels[style.get(_W + "styleId", "")] = 0
    return {name: level for name, level in levels.items() if level < 9}


def _blocks(document: IO[bytes], file: SourceFile) -> Iterator[bytes]:
    size = 0
    while block := document.read(_BLOCK):
        size += len(block)
        if size > _MAX_XML:
            raise TooLargeError(f"its text is larger than {_MAX_XML >> 20} MB")
        file.budget.spend(file.path, len(block))
        yield block


class _ParagraphParser:
    """A parser target: it gathers the paragraph at hand from the events of the XML."""

    def __init__(self, links: dict[str, str], levels: dict[str, int]) -> None:
        self._links = links
        self._levels = levels
        self._done: list[TextLine] = []
        self._depth = self._tables = self._ignored = 0
        self._is_text = self._is_run_bold = False
        self._begin()

    def _begin(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._bookmarks: list[str] = []
        self._has_bold = self._has_plain = False
        self._link = ""
        self._level: int | None = None

    def parse(self, blocks: Iterator[bytes]) -> Iterator[TextLine]:
        """The paragraphs of the XML."""
        from lxml import etree

        parser = etree.XMLParser(
            target=self, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=False
        )
        try:
            for block in blocks:
                parser.feed(block)
                if self._done:
                    yield from self._take()
            parser.close()
        except etree.XMLSyntaxError as error:
            yield from self._take()
            raise DamagedDataError(f"its XML is damaged or cut off: {error.msg}") from None
        yield from self._take()

    def _take(self) -> list[TextLine]:
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: Any) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise TooLargeError(f"its XML is nested in more than {_MAX_DEPTH} elements")
        name = _NAMES.get(tag)
        if self._ignored or name in _IGNORED:
            self._ignored += 1
        elif name is None:
            return
        elif name == "p":
            self._begin()
        elif name == "t":
            self._is_text = True
        elif name in _SPACES:
            self._add(_SPACES[name])
        elif name == "r":
            self._is_run_bold = False
        elif name == "b":
            self._is_run_bold = attributes.get(_W + "val", "1") not in ("0", "false", "off")
        elif name == "tbl":
            self._tables += 1
        elif name == "bookmarkStart":
            self._bookmarks.append(attributes.get(_W + "name", ""))
        elif name == "hyperlink":
            self._link = self._link or self._links.get(attributes.get(_R + "id", ""), "") or "#"
        elif name == "outlineLvl":
            value = attributes.get(_W + "val", "")
            self._level = int(value) if value.isdigit() and int(value) < 9 else self._level
        elif name == "pStyle" and self._level is None:
            self._level = self._levels.get(attributes.get(_W + "val", ""))

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        name = _NAMES.get(tag)
        if self._ignored:
            self._ignored -= 1
        elif name is None:
            return
        elif name == "t":
            self._is_text = False
        elif name == "tbl":
            self._tables -= 1
        elif name == "p":
            is_bold = self._has_bold and not self._has_plain
            text = "".join(self._pieces)
            names = tuple(dict.fromkeys(self._bookmarks))
            self._done.append(TextLine(text, names, is_bold, self._link, self._level, self._tables > 0))
            self._begin()

    def data(self, text: str) -> None:
        """Text of an element."""
        if self._is_text and not self._ignored:
            self._add(text)
            if text.strip():
                self._has_bold |= self._is_run_bold
                self._has_plain |= not self._is_run_bold

    def _add(self, text: str) -> None:
        self._size += len(text)
        if self._size > _MAX_PARAGRAPH:
            raise TooLargeError(f"a paragraph is longer than {_MAX_PARAGRAPH:,} characters")
        self._pieces.append(text)

    def close(self) -> None:
        """The document ends."""


_SPACES = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_IGNORED = {"drawing", "pict", "object", "del", "moveFrom", "txbxContent", "instrText", "delText"}
"""Elements without text of the document: pictures, text boxes, deleted text, codes of fields."""
_NAMES = {
    namespace + name: name
    for namespace in (_W, _STRICT_W)
    for name in (
        *("p", "t", "r", "b", "tbl", "bookmarkStart", "hyperlink", "outlineLvl", "pStyle"),
        *_SPACES,
        *_IGNORED,
    )
}
"""The elements that matter. Most of the others format a run."""
