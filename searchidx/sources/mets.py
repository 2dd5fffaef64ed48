"""METS: an issue of a digitised newspaper, with its pages in ALTO or PAGE files beside it.

The articles are those of the logical structure. Without one, each page is an article. A page that an issue names is
read with the issue and not alone. https://www.loc.gov/standards/mets/
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate, parse_date
from searchidx.extract.markup import XML_PROLOG
from searchidx.extract.stated_date import normalize_date
from searchidx.sources import alto, page_xml
from searchidx.sources.article_fields import make_article
from searchidx.sources.compression import DamagedDataError
from searchidx.sources.file_tree import FileTree, join_path, parent_of, resolve_reference, tree_of
from searchidx.sources.mets_structure import (
    ADVERTISEMENT,
    Area,
    Issue,
    Unit,
    find_day,
    is_advertisement,
    is_title,
    parse_issue,
)  # fmt: skip
from searchidx.sources.ocr_page import OcrPage, OcrWord, join_words, mean_confidence, split_headline
from searchidx.sources.skip import Skip, part_of, skip_date, skip_unreadable
from searchidx.sources.source_file import SourceFile, TooLargeError
from searchidx.sources.xml_file import parse_file

_ROOT = re.compile(XML_PROLOG + rb"<(?:[\w.-]+:)?mets[\s>]", re.DOTALL)
_HREF = re.compile(rb"""FLocat\b[^>]*?\bhref\s*=\s*["']([^"']*)["']""")
_METS_FILE = re.compile(r"\.(?:xml|mets)(?:\.gz)?$", re.IGNORECASE)
_COMPACT_DAY = re.compile(r"(1[5-9]\d\d|20\d\d)(\d\d)(\d\d)")
_MAX_REPEATED = 4
"""Times that all articles together may take the words of a page."""
_MAX_CANDIDATES = 100_000
"""Files of a folder that are examined for being an issue."""

Pieces = dict[Area, list[OcrWord]]
"""The words of each area."""


def recognises(head: bytes) -> bool:
    """Whether the root element of a METS document begins here."""
    return _ROOT.match(head) is not None


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The articles of the issue, in order."""
    root, error = parse_file(file)
    issue = parse_issue(root)
    del root
    if error:
        yield Skip(file.name, f"the XML is damaged: {error}")
    place = tree_of(file)
    if place is None:
        yield Skip(file.name, "it is a METS issue alone, without its pages: read it in its folder or archive")
        return
    date, date_error = _parse_issue_date(issue, file)
    if date_error:
        yield skip_date(file.name, date_error)
    reader = _IssueReader(file, issue, date, place)
    yield from reader.read_pages()
    yield from reader.make_articles()


def _parse_issue_date(issue: Issue, file: SourceFile) -> tuple[PartialDate | None, str]:
    """The date of the issue as stated, else the day in the name of its file, and why a stated one is left out."""
    stated = issue.date.strip("[]() ")
    if match := _COMPACT_DAY.fullmatch(stated):
        stated = "-".join(match.groups())
    try:
        if stated:
            return parse_date(normalize_date(stated)), ""
        day = find_day(PurePosixPath(file.name).name)
        return (parse_date(day) if day else None), ""
    except ValueError as error:
        return None, f"date: {error}"


class _IssueReader:
    """Reads each page of an issue once and keeps the words that its articles point at."""

    def __init__(self, file: SourceFile, issue: Issue, date: PartialDate | None, place: tuple[FileTree, str]) -> None:
        self._file = file
        self._issue = issue
        self._date = date
        self._tree, path = place
        self._folder = parent_of(path)
        self._pieces: Pieces = {}
        self._numbers: dict[str, str] = {}
        self._has_pages = False
        self._parts: list[str] = []

    def read_pages(self) -> Iterator[Skip]:
        """Read the pages; a page that is missing or damaged is a skip."""
        wanted: dict[str, list[Area]] = {}
        for unit in self._issue.units:
            for area in unit.areas():
                wanted.setdefault(area.file, []).append(area)
        if not wanted:
            for id in self._text_files():
                wanted[id] = [Area(id)]
        for id, areas in sorted(wanted.items(), key=lambda each: self._position(each[0])):
            yield from self._read_page_file(id, list(dict.fromkeys(areas)))

    def _position(self, id: str) -> int:
        path = resolve_reference(self._tree, self._folder, self._issue.files[id])
        return 0 if path is None else self._tree.position(path)

    def _text_files(self) -> Iterator[str]:
        """The files of the pages, one a page; without a physical structure all files."""
        by_page = {self._issue.pages[id]: id for id in self._issue.files if id in self._issue.pages}
        yield from by_page.values() or self._issue.files

    def _read_page_file(self, id: str, areas: list[Area]) -> Iterator[Skip]:
        reference = self._issue.files[id]
        path = resolve_reference(self._tree, self._folder, reference)
        if path is None:
            number = self._issue.pages.get(id, "")
            page = f"page {number} of the issue" if number else "a page of the issue"
            yield Skip(self._file.name, f"{page} is missing: there is no file {reference[-100:]}")
            return
        try:
            source = self._tree.open(path)
            data = source.read()
        except (OSError, DamagedDataError, TooLargeError) as error:
            yield skip_unreadable(self._file.name, error)
            return
        head = data[:4096].removeprefix(b"\xef\xbb\xbf")
        parse = next((module.parse_pages for module in (alto, page_xml) if module.recognises(head)), None)
        if parse is None:
            return
        self._parts.append(source.name)
        pages, error_text = parse(data)
        if error_text:
            yield Skip(source.name, f"the XML is damaged: {error_text}")
        self._has_pages |= bool(pages)
        left = _MAX_REPEATED * sum(len(page.words) for page in pages)
        for area in areas:
            words = _find_words(pages, area)
            left -= len(words or ())
            if left < 0:
                yield Skip(source.name, "the articles of the issue repeat the page too often: the rest is left out")
                return
            self._pieces[area] = words or []
        self._numbers[id] = self._issue.pages.get(id) or (pages[0].number if pages else "")

    def make_articles(self) -> Iterator[Article | Skip]:
        """The articles of the issue, from the words that the pages gave."""
        if not self._issue.units:
            for area, words in self._pieces.items():
                if words:
                    yield from self._make_page_article(area, words)
        for unit in self._issue.units:
            yield from self._make_article(unit)
        if not self._has_pages and not self._issue.units:
            reason = "it is a METS document without recognised text: its pages are no ALTO or PAGE files"
            yield Skip(self._file.name, reason, damaged=False)
        if self._file.tree is None:
            yield from (part_of(name, self._file.name) for name in self._parts)

    def _fields(self, pieces: list[list[OcrWord]], files: list[str]) -> dict[str, tuple[str, Any]]:
        """The fields that the issue and the words state."""
        issue = self._issue
        return {
            "date": ("the issue" if issue.date else "the file's name", self._date),
            "source": ("the issue", issue.title),
            "edition": ("the issue", issue.edition),
            "language": ("the issue", issue.language),
            "page": ("the issue's pages", next((self._numbers[id] for id in files if self._numbers.get(id)), "")),
            "ocr": ("word confidence", mean_confidence(pieces)),
            "url": ("the source", self._file.url or ""),
        }

    def _make_article(self, unit: Unit) -> list[Article | Skip]:
        id = f"{self._file.name}#{unit.id}"
        areas = [area for area in unit.areas() if area in self._pieces]
        pieces = [self._pieces[area] for area in areas]
        description = self._issue.descriptions.get(unit.descriptions[0]) if unit.descriptions else None
        body = join_words(self._gather(unit.body))
        headline, origin = self._find_headline(unit, description.title if description else "")
        if not headline:
            origin = "the first line"
            headline, body = split_headline(body, self._gather(unit.body))
        elif origin != "the heading" and body and _same_words(body[0], headline):
            body = body[1:]
        byline = " ".join(join_words(self._gather(unit.authors))) or (description.byline if description else "")
        fields = self._fields(pieces, [area.file for area in areas])
        fields |= {
            "headline": (origin, headline),
            "body": ("the article's blocks", "\n".join(body)),
            "byline": ("the article", byline),
            "section": ("the structure", ADVERTISEMENT if is_advertisement(headline) else unit.section),
        }
        if description is not None and description.language:
            fields["language"] = ("the article's metadata", description.language)
        if not areas and any(unit.areas()):
            return []  # its pages are missing, as a skip says
        if not body and not any(pieces):
            return [Skip(id, "the article has no text", damaged=False)]
        return make_article(id, id, self._file.name, fields)

    def _gather(self, areas: list[Area]) -> list[list[OcrWord]]:
        return [self._pieces[area] for area in areas if area in self._pieces]

    def _find_headline(self, unit: Unit, title: str) -> tuple[str, str]:
        """The headline: the label, the title in the metadata, or the blocks of the heading."""
        printed = " ".join(join_words(self._gather(unit.main_headings or unit.headings)))
        if unit.label and is_title(unit.label) and not (printed and unit.label.endswith(("...", "…"))):
            return unit.label, "the label"
        if title and is_title(title):
            return title, "the article's metadata"
        return printed, "the heading"

    def _make_page_article(self, area: Area, words: list[OcrWord]) -> list[Article | Skip]:
        """A page of an issue whose articles are not told apart."""
        id = f"{self._file.name}#{area.file}"
        fields = self._fields([words], [area.file])
        number, date = fields["page"][1], str(self._date or "")
        parts = [self._issue.title, date, f"page {number}" if number else ""]
        headline = ", ".join(filter(None, parts)) if self._issue.title else ""
        paragraphs = join_words([words])
        first_line, rest = split_headline(paragraphs, [words])
        fields["headline"] = ("the issue and the page", headline) if headline else ("the first line", first_line)
        fields["body"] = ("the text of the page", "\n".join(paragraphs if headline else rest))
        return make_article(id, id, self._file.name, fields)


def _find_words(pages: list[OcrPage], area: Area) -> list[OcrWord] | None:
    if not area.begin:
        return [word for page in pages for word in page.words]
    return next((words for page in pages if (words := page.slice(area.begin, area.end)) is not None), None)


def _same_words(first: str, second: str) -> bool:
    """Whether two texts have the same letters and digits."""
    return [c for c in first.casefold() if c.isalnum()] == [c for c in second.casefold() if c.isalnum()]


def find_issue(tree: FileTree, path: str) -> str:
    """The path of the METS file that names a page: in its folder, one of two above, or a folder beside; or ""."""
    folder = parent_of(path)
    folders = [folder, parent_of(folder), parent_of(parent_of(folder))]
    beside = [join_path(folders[1], name) for name in tree.list_folder(folders[1])[1] if "mets" in name.lower()]
    for each in dict.fromkeys([*folders, *beside]):
        if path in tree.remember("pages", each, lambda folder=each: _list_pages(tree, folder)):  # type: ignore[misc]
            pages: dict[str, str] = tree.remember("pages", each, dict)
            return pages[path]
    return ""


def _list_pages(tree: FileTree, folder: str) -> dict[str, str]:
    """The paths of all pages that the METS files of a folder name, each with the path of its METS file."""
    pages: dict[str, str] = {}
    names = [name for name in tree.list_folder(folder)[0] if _METS_FILE.search(name)]
    names.sort(key=lambda name: ("mets" not in name.lower(), name))
    for path in sorted((join_path(folder, name) for name in names[:_MAX_CANDIDATES]), key=tree.position):
        with contextlib.suppress(OSError, DamagedDataError, TooLargeError):
            file = tree.open(path)
            if recognises(file.head()):
                for reference in _HREF.findall(file.read()):
                    text = html.unescape(reference.decode("utf-8", "replace"))
                    if (page := resolve_reference(tree, folder, text)) is not None:
                        pages.setdefault(page, path)
    return pages
