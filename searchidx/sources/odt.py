"""OpenDocument text, one article a document: `.odt`, its templates, and the flat form `.fodt`.

Notes, comments, deleted text, drawings, headers and footers are no text of the document.
https://docs.oasis-open.org/office/OpenDocument/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from searchidx.article import Article
from searchidx.extract.markup import XML_PROLOG, local_name
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.office_document import read_document
from searchidx.sources.skip import Skip, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.text_lines import TextLine
from searchidx.sources.zip_members import head_holds, open_members

_KIND = b"application/vnd.oasis.opendocument.text"
_FLAT = re.compile(XML_PROLOG + rb"<office:document\s[^>]*opendocument\.text", re.DOTALL)
_IGNORED = {"annotation", "note", "tracked-changes", "frame", "custom-shape", "rect", "forms", "sequence-decls",
            "meta", "styles", "automatic-styles", "master-styles", "settings", "scripts", "font-face-decls",
            "variable-decls", "user-field-decls", "alphabetical-index", "table-of-content"}  # fmt: skip
_PARAGRAPHS = ("p", "h")
_SPACES: dict[str, str] = {"s": " ", "tab": " ", "line-break": "\0"}


def recognises(head: bytes) -> bool:
    """Whether a document begins here."""
    return head_holds(head, _KIND) or _FLAT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The article of the document."""
    try:
        if _FLAT.match(file.head()):
            content = meta = file.read()
        else:
            with open_members(file) as members:
                if b"encryption-data" in members.read("META-INF/manifest.xml"):
                    yield Skip(file.name, "it is encrypted: remove the password to read it", damaged=False)
                    return
                content, meta = members.read("content.xml"), members.read("meta.xml")
    except (DamagedDataError, TooLargeError, ValueError) as error:
        yield skip_unreadable(file.name, error)
        return
    errors: list[str] = []
    yield from read_document(file, _read_title(meta), _read_lines(content, errors))
    yield from (Skip(file.name, f"its XML is damaged: {error}") for error in errors[:1])


def _events(data: bytes) -> Any:
    from lxml import etree

    return etree.iterparse(
        BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, recover=True,
    )  # fmt: skip


def _read_title(data: bytes) -> str:
    from lxml import etree

    try:
        for event, element in _events(data) if data else ():
            if event == "end" and local_name(element) == "title":
                return " ".join("".join(element.itertext()).split())
            if event == "start" and local_name(element) == "body":
                break
    except etree.XMLSyntaxError:
        pass
    return ""


def _read_lines(data: bytes, errors: list[str]) -> Iterator[TextLine]:
    """The paragraphs and headings, in order. Elements are freed as they are read."""
    from lxml import etree

    ignored = depth = 0
    events = _events(data)
    try:
        for event, element in events:
            name = local_name(element)
            step = 1 if event == "start" else -1
            ignored += step * (name in _IGNORED)
            depth += step * (name in _PARAGRAPHS)
            if event == "start" or ignored or depth:
                continue
            if name in _PARAGRAPHS:
                yield TextLine(_text(element), level=_level(element) if name == "h" else None)
            if name in (*_PARAGRAPHS, *_IGNORED, "list", "table-row", "section"):
                element.clear()
    except etree.XMLSyntaxError as error:
        errors.append(str(error.msg))
    fatal = next((each for each in events.error_log if each.level_name == "FATAL"), None)
    if fatal is not None:
        errors.append(fatal.message.strip())


def _text(paragraph: Any) -> str:
    """The text of a paragraph: white space in the XML is one space, a line break is kept."""
    from lxml import etree

    pieces: list[str] = []
    ignored = 0
    for event, element in etree.iterwalk(paragraph, events=("start", "end")):
        name = local_name(element)
        if event == "start":
            ignored += name in _IGNORED
            if not ignored:
                pieces += (_SPACES.get(name, ""), element.text or "")
        else:
            ignored -= name in _IGNORED
            if not ignored and element is not paragraph:
                pieces.append(element.tail or "")
    return "\n".join(" ".join(part.split()) for part in "".join(pieces).split("\0"))


def _level(element: Any) -> int:
    value = next((value for name, value in element.attrib.items() if name.endswith("}outline-level")), "1")
    return max(int(value) - 1, 0) if value.isdecimal() and len(value) < 3 else 0
