"""The table of formats, and the choice of a format for a file.

A file's first bytes decide, then its suffix; any other file is plain text. Formats are imported when they are tried.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol, cast

from searchidx.article import Article
from searchidx.sources.compression import SUFFIXES as COMPRESSION_SUFFIXES
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.version import __version__


class FormatModule(Protocol):
    """The module of a format."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file with these first bytes is of this format."""
        ...


class DocumentFormat(FormatModule, Protocol):
    """The module of a format whose files hold articles."""

    def read(self, file: SourceFile) -> Iterator[Article | Skip]:
        """The articles of a file, in order, and what was skipped."""
        ...


class ContainerFormat(FormatModule, Protocol):
    """The module of a format whose files hold files."""

    def members(self, file: SourceFile) -> Iterator[SourceFile | Skip]:
        """The files in a container, in order, and what was skipped."""
        ...


@functools.cache
def _import_format(name: str) -> object:
    """Import a module of formats; kept, because every file asks for most of them."""
    return importlib.import_module(f"searchidx.sources.{name}")


@dataclass(frozen=True, slots=True)
class SourceFormat:
    """One line of the table of formats.

    Attributes:
        module: the module's name in `searchidx.sources`.
        title: what it is, for people.
        suffixes: of files that are of this format if no first bytes decide.
        is_container: its files hold files.
        is_costly: an article takes milliseconds, so worker processes read its files.
        is_divisible: its large files can be read in parts (`line_parts`).
        is_plain_text: it takes any text that no other format recognises.
        has_parts: it is read with other files of its folder or archive, so in an archive no worker reads it.
        is_page: its files may be the pages of an issue.
        keeps_versions: a build keeps the former texts of its articles, if it is not told otherwise.
        packages: optional packages that it needs, wholly or for some files.
        extra: the extra of searchidx that installs them.
    """

    module: str
    title: str
    suffixes: tuple[str, ...] = ()
    is_container: bool = False
    is_costly: bool = False
    is_divisible: bool = False
    is_plain_text: bool = False
    has_parts: bool = False
    is_page: bool = False
    keeps_versions: bool = False
    packages: tuple[str, ...] = ()
    extra: str = ""

    @property
    def is_installed(self) -> bool:
        """Whether all packages that it needs are installed."""
        return all(importlib.util.find_spec(package) is not None for package in self.packages)

    def load(self) -> FormatModule:
        """Import the format's module, of which only `recognises` is known."""
        return cast(FormatModule, _import_format(self.module))

    def load_document_format(self) -> DocumentFormat:
        """Import the module of a format that is no container."""
        return cast(DocumentFormat, self.load())

    def load_container_format(self) -> ContainerFormat:
        """Import the module of a container format."""
        return cast(ContainerFormat, self.load())


SOURCE_FORMATS = (
    SourceFormat("docx", "DOCX documents; Nexis Uni and Lexis+ downloads", (".docx",), is_costly=True),
    SourceFormat("odt", "OpenDocument texts", (".odt", ".ott", ".fodt"), is_costly=True),
    SourceFormat("epub", "EPUB books and periodicals", (".epub",), is_costly=True),
    SourceFormat("zip_archive", "ZIP archives; WACZ web archives", (".zip", ".wacz"), is_container=True),
    SourceFormat("tar_archive", "tar archives", (".tar", ".tgz", ".tbz2", ".txz", ".tzst"), is_container=True),
    SourceFormat(
        "web_archive",
        "WARC and ARC web archives",
        (".warc", ".arc"),
        is_container=True,
        keeps_versions=True,
        packages=("warcio", "brotli"),
        extra="warc",
    ),
    SourceFormat(
        "pdf", "PDF with a text layer; Nexis Uni downloads", (".pdf",), is_costly=True, packages=("pypdf",), extra="pdf"
    ),
    SourceFormat("rtf", "RTF documents; Nexis, Factiva, APA downloads", (".rtf",), is_costly=True),
    SourceFormat("mhtml", "pages saved as MHTML", (".mhtml", ".mht"), is_container=True, keeps_versions=True),
    SourceFormat("mail", "mails; ProQuest mails", (".eml",), is_costly=True),
    SourceFormat("mbox", "mailboxes", (".mbox", ".mbx"), is_container=True),
    SourceFormat("reading_list", "lists of links (named, not read)"),
    SourceFormat("zotero_rdf", "Zotero RDF with snapshots", is_costly=True, has_parts=True),
    SourceFormat("ris", "RIS references with snapshots", (".ris",), is_costly=True, has_parts=True),
    SourceFormat("zotero_json", "Better BibTeX JSON with snapshots", is_costly=True, has_parts=True),
    SourceFormat("omnivore", "Omnivore exports", is_costly=True, has_parts=True),
    SourceFormat("archivebox", "ArchiveBox snapshots", is_costly=True, has_parts=True),
    SourceFormat("feed", "RSS and Atom feeds", (".rss", ".atom", ".rdf")),
    SourceFormat("mets", "METS issues with ALTO or PAGE pages", (".mets",), is_costly=True, has_parts=True),
    SourceFormat("alto", "ALTO pages", is_costly=True, is_page=True),
    SourceFormat("page_xml", "PAGE XML pages", is_costly=True, is_page=True),
    SourceFormat("tei", "TEI texts", (".tei",)),
    SourceFormat("press.factiva_xml", "Factiva XML downloads"),
    SourceFormat("newsml", "NewsML-G2 items"),
    SourceFormat("nitf", "NITF articles", (".nitf",)),
    SourceFormat("markdown", "Markdown with front matter", (".md", ".markdown", ".mdown")),
    SourceFormat(
        "json_lines",
        "JSON, JSON Lines, JSON Feed, ninjs, CSL JSON, wallabag, New York Times API",
        (".jsonl", ".ndjson", ".json"),
        is_divisible=True,
    ),
    SourceFormat("singlefile_zip", "SingleFile self-extracting pages", is_container=True, keeps_versions=True),
    SourceFormat("hocr", "hOCR pages", (".hocr",), is_costly=True),
    SourceFormat(
        "html",
        "HTML pages; Nexis, Factiva, ProQuest, Europresse downloads",
        (".html", ".htm", ".xhtml"),
        is_costly=True,
        keeps_versions=True,
    ),
    SourceFormat("press.swissdox", "Swissdox downloads"),
    SourceFormat("csv_table", "CSV and TSV tables", (".csv", ".tsv")),
    SourceFormat(
        "plain_text", "text; Nexis, ProQuest, Retriever, Mediargus downloads", (".txt", ".text"), is_plain_text=True
    ),
)
"""The formats, in the order in which their modules examine the first bytes. The last one takes any other file."""

_UNSUPPORTED_COMPRESSION = {b"\x04\x22\x4d\x18": "lz4", b"7z\xbc\xaf": "7-Zip", b"Rar!": "rar", b"\x1f\x9d": "compress"}
_OLE = b"\xd0\xcf\x11\xe0"
"""The first bytes of Office files before 2007."""


def find_format(file: SourceFile, head: bytes) -> SourceFormat:
    """The format of a file whose first bytes are `head`."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(file.name).suffixes]
    if suffixes and suffixes[-1] in COMPRESSION_SUFFIXES:
        suffixes.pop()
    by_suffix = None
    for each in SOURCE_FORMATS:
        if each.load().recognises(head):
            return each
        if suffixes and suffixes[-1] in each.suffixes:
            by_suffix = each
    return by_suffix or SOURCE_FORMATS[-1]


def format_named(module: str) -> SourceFormat:
    """The format with a module."""
    return next(each for each in SOURCE_FORMATS if each.module == module)


def unsupported_format(head: bytes) -> str | None:
    """Why a file with these first bytes is not read, if its format is known and unsupported."""
    for magic, name in _UNSUPPORTED_COMPRESSION.items():
        if head.startswith(magic):
            return f"it is compressed by {name}, which is not supported: decompress it, or use gzip or zip"
    if head.startswith(_OLE):
        return "it is an old Office file (.doc, .xls, .ppt, .msg), which is not supported: save it as DOCX, text or PDF"
    return None


def reader_version() -> str:
    """The version of searchidx and the installed optional packages: a change may make unreadable files readable."""
    packages = (package for each in SOURCE_FORMATS for package in each.packages)
    return " ".join([__version__, *(name for name in packages if importlib.util.find_spec(name) is not None)])
