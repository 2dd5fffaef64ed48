"""The structure of a METS issue: its date and title, its articles, and where on which pages their text is.

Libraries name the parts of an issue in their own ways, and point at text either from the logical structure or by links
from it to the physical one. So a division is judged by what it is within: what holds articles is a section, what is
within an article is a part of it. https://www.loc.gov/standards/mets/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from searchidx.extract.markup import children_named, element_text, local_name
from searchidx.sources.ocr_page import language_tag

ADVERTISEMENT = "advertisement"
"""The section of advertisements."""
_ARTICLES = {
    "article", "newsarticle", "newspaperarticle", "artikel", "articolo", "articulo", "artigo", "artikkel", "artikkeli",
    "item", "letter", "obituary", "deathnotice", "birthnotice", "marriagenotice", "familynotice", "familiebericht",
    "weather", "shippingnotice", "serial", "interview", "review", "editorial", "notice", "poem", "feuilleton",
}  # fmt: skip
_ADVERTISEMENTS = re.compile(
    r"adverti[sz]e?ments?|advert|ad|ads|classified(?:ad|advertisement)?|anzeige|werbung|reklame|inserat|annonce|annonser?"
    r"|publicite|publicidad|publicidade|pubblicita|inserzione|advertentie|annons|ilmoitus|kuulutus|mainos|anuncio"
)
_SECTIONS = {
    "newspaper", "volume", "issue", "supplement", "content", "contents", "section", "part", "edition", "periodical",
    "chapter", "page", "pages", "frontpage", "day", "month", "year", "unit", "newspaperissue", "physsequence",
}  # fmt: skip
_NAMED_SECTIONS = {"section", "supplement", "chapter", "part"}
"""Divisions whose label is a section, and which may hold text of their own beside articles."""
_HEADINGS = {"heading", "headline", "title", "head", "maintitle", "subtitle", "subheadline", "overline", "kicker",
             "titel", "titre"}  # fmt: skip
_MAIN_HEADINGS = {"headline", "title", "maintitle", "head", "titel", "titre"}
_AUTHORS = {"author", "byline", "auteur", "autor"}
_NO_TEXT = {"titlesection", "masthead", "image", "illustration", "picture", "photograph", "photo", "pageheader",
            "pagefooter", "pagenumber", "runningtitle", "header", "footer", "graphic", "map", "cartoon"}  # fmt: skip
_NO_LABEL = re.compile(
    r"(?:\W|\d)*(?:(?:article|artikel|advertisement|anzeige|adv|ad|text|section|untitled|no title|sans titre|ohne titel"
    r"|zonder titel|unbenannt|senza titolo|sin titulo|page|p|seite)\.?(?:\W|\d)+)*",
    re.IGNORECASE,
)
TEXT_FILE = re.compile(r"\.xml(?:\.gz)?$", re.IGNORECASE)
"""The name of a file that may be a page."""
_XLINK = "{http://www.w3.org/1999/xlink}"
_PAGE_ID = re.compile(r"(?:page|p)[-_.]?\d+", re.IGNORECASE)
"""The usual id of a page in its file."""
_MAX_AREAS = 1_000_000
_DAY_IN_NAME = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class Area:
    """A range of text on a page: the id of its file, and the first and last element; "" for the whole page."""

    file: str
    begin: str = ""
    end: str = ""


@dataclass(slots=True)
class Unit:
    """An article or advertisement of an issue.

    Attributes:
        id: of its division.
        label: as the library gives it.
        section: where it stands, or `ADVERTISEMENT`.
        headings, authors, body: where its text is.
        descriptions: the ids of its metadata.
    """

    id: str
    label: str
    section: str
    descriptions: tuple[str, ...] = ()
    main_headings: list[Area] = field(default_factory=list)
    headings: list[Area] = field(default_factory=list)
    authors: list[Area] = field(default_factory=list)
    body: list[Area] = field(default_factory=list)

    def areas(self) -> Iterator[Area]:
        """All its areas."""
        yield from self.headings
        yield from self.authors
        yield from self.body


@dataclass(slots=True)
class Description:
    """What the metadata of an issue or an article state."""

    title: str = ""
    date: str = ""
    byline: str = ""
    language: str = ""
    edition: str = ""


@dataclass(slots=True)
class Issue:
    """A METS document.

    Attributes:
        title, date, language, edition: of the issue, as stated.
        files: the reference of each file with text, by id.
        pages: the number of each page, by the id of its file, in order.
        units: the articles and advertisements, in order.
        descriptions: the metadata by id.
    """

    title: str = ""
    date: str = ""
    language: str = ""
    edition: str = ""
    files: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    descriptions: dict[str, Description] = field(default_factory=dict)


def parse_issue(root: Any) -> Issue:
    """The structure of a METS document."""
    issue = Issue()
    for section in children_named(root, "dmdSec"):
        issue.descriptions[section.get("ID") or ""] = _read_description(section)
    for each in root.iter():
        if local_name(each) == "file" and (reference := _reference(each)) and _is_text(each, reference):
            issue.files[each.get("ID") or ""] = reference
    physical: list[Any] = []
    logical: list[Any] = []
    for structure in children_named(root, "structMap"):
        is_physical = (structure.get("TYPE") or "").upper() == "PHYSICAL"
        (physical if is_physical else logical).append(structure)
    divisions = {id: each for each in root.iter() if local_name(each) == "div" and (id := each.get("ID"))}
    links = _read_links(root, divisions)
    _read_pages(issue, physical or logical)
    _UnitReader(issue, divisions, links).read(logical)
    _describe_issue(issue, root, logical)
    return issue


def _reference(element: Any) -> str:
    for each in element:
        if local_name(each) == "FLocat":
            return each.get(f"{_XLINK}href") or each.get("href") or ""
    return ""


def _is_text(file: Any, reference: str) -> bool:
    """Whether a file may hold recognised text: it is XML, and no picture."""
    kind = file.get("MIMETYPE") or ""
    return TEXT_FILE.search(reference.partition("?")[0]) is not None or "xml" in kind.lower() or "alto" in kind.lower()


def normalize_type(text: str | None) -> str:
    """A type of division in lower case, without accents' usual letters changed, spaces and signs."""
    plain = (text or "").rpartition(":")[2].translate(str.maketrans("éèêàíóñç", "eeeaionc"))
    return re.sub(r"[\W_\d]", "", plain.lower())


def is_advertisement(text: str) -> bool:
    """Whether a type of division, or a headline, says that this is an advertisement."""
    return len(text) < 40 and _ADVERTISEMENTS.fullmatch(normalize_type(text)) is not None


def _read_pages(issue: Issue, structures: list[Any]) -> None:
    """The pages in physical order. A page division names the files of its image and its text."""
    for structure in structures:
        count = 0
        for division in structure.iter():
            if local_name(division) != "div":
                continue
            kind = normalize_type(division.get("TYPE"))
            files = [id for each in _own_pointers(division) if (id := each.get("FILEID") or "") in issue.files]
            if "page" not in kind or kind in ("pagearea", "pages") or not files:
                continue
            count += 1
            number = division.get("ORDERLABEL") or division.get("ORDER") or str(count)
            for id in files:
                issue.pages.setdefault(id, " ".join(number.split()))


def _own_pointers(division: Any) -> Iterator[Any]:
    """The `fptr` and `area` elements of a division itself."""
    for pointer in children_named(division, "fptr"):
        yield from (each for each in pointer.iter() if local_name(each) in ("fptr", "area"))


def _read_links(root: Any, divisions: dict[str, Any]) -> dict[str, list[str]]:
    """The divisions that each division is linked to, in both directions the document states."""
    links: dict[str, list[str]] = {}
    for section in children_named(root, "structLink"):
        for each in section.iter():
            if local_name(each) == "smLink":
                start, end = ((each.get(f"{_XLINK}{name}") or "").lstrip("#") for name in ("from", "to"))
                links.setdefault(start, []).append(end)
            elif local_name(each) == "smLinkGrp":
                located = [
                    (one.get(f"{_XLINK}href") or "").lstrip("#") for one in children_named(each, "smLocatorLink")
                ]
                located = [id for id in located if id in divisions]
                if located:
                    links.setdefault(located[0], []).extend(located[1:])
    return links


class _UnitReader:
    """Walks the logical structure and gathers its units."""

    def __init__(self, issue: Issue, divisions: dict[str, Any], links: dict[str, list[str]]) -> None:
        self._issue = issue
        self._divisions = divisions
        self._links = links
        self._areas = 0

    def read(self, structures: list[Any]) -> None:
        """Add the units of the structures to the issue.

        Where several units point at the same whole page, the structure does not tell them apart, and none is added.
        """
        for structure in structures:
            for division in children_named(structure, "div"):
                self._visit(division, None, "", "")
        areas = [area for unit in self._issue.units for area in set(unit.areas())]
        whole_pages = [area.file for area in areas if not area.begin or _PAGE_ID.fullmatch(area.begin)]
        if len(whole_pages) > len(set(whole_pages)):
            self._issue.units.clear()

    def _visit(self, division: Any, unit: Unit | None, part: str, section: str, own: Unit | None = None) -> None:
        """Add a division to the unit around it, or open a unit.

        `part` is headings, authors or body. `own` gathers the text of a section that is in no article.
        """
        kind = normalize_type(division.get("TYPE"))
        if kind in _NO_TEXT:
            return
        is_advert = is_advertisement(kind)
        at = len(self._issue.units)
        opened: Unit | None = None
        if (is_advert and self._is_single(division)) or kind in _ARTICLES:
            section = ADVERTISEMENT if is_advert else section
            unit, part = self._new_unit(division, section), "body"
            self._issue.units.append(unit)
        elif is_advert or (kind.startswith("adv") and "section" in kind):
            section = ADVERTISEMENT
        elif unit is None and kind in _NAMED_SECTIONS:
            opened = own = self._new_unit(division, section)
            section = section if section == ADVERTISEMENT else self._section_name(opened) or section
        elif unit is None and kind == "body" and own is not None:
            unit, part = own, "body"
        elif unit is None and kind in _HEADINGS and own is not None:
            unit, part = own, "headings"
        elif part == "body" and kind in _HEADINGS:
            part = "headings"
        elif kind in _AUTHORS:
            part = "authors"
        if unit is not None:
            areas = list(self._areas_of(division))
            getattr(unit, part).extend(areas)
            if part == "headings" and kind in _MAIN_HEADINGS:
                unit.main_headings += areas
        for child in children_named(division, "div"):
            self._visit(child, unit, part, section, own)
        if opened is not None and opened.body:
            self._issue.units.insert(at, opened)

    def _new_unit(self, division: Any, section: str) -> Unit:
        id = division.get("ID") or f"unit{len(self._issue.units) + 1}"
        label = " ".join((division.get("LABEL") or "").split())
        return Unit(id, label, section, tuple((division.get("DMDID") or "").split()))

    def _section_name(self, section: Unit) -> str:
        titles = (self._issue.descriptions[id].title for id in section.descriptions if id in self._issue.descriptions)
        return next((name for name in (section.label, *titles) if name and is_title(name)), "")

    def _is_single(self, division: Any) -> bool:
        """Whether a division called advertisement is one, not a section of several."""
        kinds = [normalize_type(each.get("TYPE")) for each in division.iter() if local_name(each) == "div"][1:]
        return not any(is_advertisement(kind) or kind in _ARTICLES for kind in kinds)

    def _areas_of(self, division: Any) -> Iterator[Area]:
        """The areas that a division points at itself, or else by a link to the physical structure."""
        found = list(self._pointed(division))
        if not found:
            for id in self._links.get(division.get("ID") or "", ()):
                if (target := self._divisions.get(id)) is not None:
                    found += self._pointed(target)
        self._areas += len(found)
        if self._areas > _MAX_AREAS:
            raise ValueError(f"it points at more than {_MAX_AREAS:,} areas")
        yield from found

    def _pointed(self, division: Any) -> Iterator[Area]:
        for each in _own_pointers(division):
            file = each.get("FILEID") or ""
            if file in self._issue.files:
                yield Area(file, each.get("BEGIN") or "", each.get("END") or "")


def _read_description(section: Any) -> Description:
    """The metadata of one `dmdSec`, in MODS or Dublin Core."""
    found = Description()
    for each in section.iter():
        name, text = local_name(each), element_text(each)
        if not text:
            continue
        around = {local_name(parent) for parent in each.iterancestors()}
        if name == "title" and "relatedItem" not in around:
            if "titleInfo" in around or "mods" not in around:
                found.title = f"{found.title} {text}".strip()
        elif name in ("dateIssued", "date", "issued", "temporal") and not found.date and "note" not in around:
            found.date = text
        elif name in ("namePart", "creator") and "relatedItem" not in around:
            found.byline = f"{found.byline}, {text}".strip(", ")
        elif name in ("languageTerm", "language", "languageOfResource") and not found.language:
            found.language = language_tag(text)
        elif name == "edition" and not found.edition:
            found.edition = text
    return found


def _describe_issue(issue: Issue, root: Any, logical: list[Any]) -> None:
    """Title and date of the issue: from the metadata of the divisions that hold it, or of the host, or from labels."""
    units = {id for unit in issue.units for id in unit.descriptions}
    named = [
        id
        for structure in logical
        for each in structure.iter()
        if local_name(each) == "div" and normalize_type(each.get("TYPE")) in _SECTIONS
        for id in reversed((each.get("DMDID") or "").split())
    ]
    named.sort(key=lambda id: "issue" not in id.lower())
    others = [id for id in issue.descriptions if id not in units and id not in named and "section" not in id.lower()]
    for description in (issue.descriptions[id] for id in [*named, *others] if id in issue.descriptions):
        issue.title = issue.title or description.title
        issue.date = issue.date or description.date
        issue.language = issue.language or description.language
        issue.edition = issue.edition or description.edition
    if not issue.title:
        issue.title = _host_title(root)
    labels = [
        root.get("LABEL") or "",
        *(each.get("LABEL") or "" for part in logical for each in children_named(part, "div")),
    ]
    for label in labels:
        day = find_day(label)
        issue.date = issue.date or day
        if not issue.title and label:
            issue.title = _DAY_IN_NAME.sub("", label).strip(" ,;:-–")


def _host_title(root: Any) -> str:
    for section in children_named(root, "dmdSec"):
        for each in section.iter():
            if local_name(each) == "title" and any(local_name(up) == "relatedItem" for up in each.iterancestors()):
                return element_text(each)
    return ""


def find_day(text: str) -> str:
    """The day in a label or in the name of a file, `18550922` or `1855-09-22`, as an ISO date; "" if there is none."""
    match = _DAY_IN_NAME.search(text)
    return f"{match[1]}-{match[3]}-{match[4]}" if match else ""


def is_title(label: str) -> bool:
    """Whether a label is a headline, not `Article 12` or `Untitled`."""
    return _NO_LABEL.fullmatch(f"{label} ") is None
