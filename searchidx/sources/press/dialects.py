"""Which press database a page, a text or a document is a download of, and what reads it.

Pages (HTML, also within a mail) are recognised as a whole, documents by their first lines. A file that shows the marks
of a database without being in a layout that is known is a `Skip`, never one article.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from searchidx.article import Article
from searchidx.sources.press import (
    apa,
    europresse,
    factiva,
    mediargus,
    nexis_html,
    nexis_text,
    nexis_uni,
    proquest,
    retriever,
)
from searchidx.sources.press.labels import is_end_of_document, parse_label
from searchidx.sources.press.nexis_documents import is_counter
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_lines import TextLine

Items = Iterator[Article | Skip]


@dataclass(frozen=True, slots=True)
class PageLayout:
    """A layout of pages."""

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[SourceFile, str], Items]


@dataclass(frozen=True, slots=True)
class LineLayout:
    """A layout of lines."""

    name: str
    recognises: Callable[[Sequence[TextLine]], bool]
    read: Callable[[SourceFile, Iterable[TextLine]], Items]


def _of_texts(recognises: Callable[[Sequence[str]], bool]) -> Callable[[Sequence[TextLine]], bool]:
    return lambda lines: recognises([part for line in lines for part in line.text.split("\n")])


def _read_texts(
    read: Callable[[SourceFile, Sequence[str]], Items],
) -> Callable[[SourceFile, Iterable[TextLine]], Items]:
    return lambda file, lines: read(file, [part for line in lines for part in line.text.split("\n")])


PAGE_LAYOUTS = (
    PageLayout("Nexis", nexis_html.recognises, nexis_html.read),
    PageLayout("Factiva", factiva.recognises, factiva.read),
    PageLayout("ProQuest", proquest.recognises, proquest.read),
    PageLayout("APA DeFacto", apa.recognises_page, apa.read_page),
    PageLayout("Europresse", europresse.recognises, europresse.read),
)
LINE_LAYOUTS = (
    LineLayout("Nexis Uni", nexis_uni.recognises, nexis_uni.read),
    LineLayout("ProQuest", _of_texts(proquest.recognises_lines), _read_texts(proquest.read_lines)),
    LineLayout("Nexis", _of_texts(nexis_text.recognises), _read_texts(nexis_text.read)),
    LineLayout("Factiva", factiva.recognises_lines, factiva.read_lines),
    LineLayout("APA DeFacto", apa.recognises, apa.read),
    LineLayout("Retriever", _of_texts(retriever.recognises), _read_texts(retriever.read)),
    LineLayout("Mediargus", _of_texts(mediargus.recognises), _read_texts(mediargus.read)),
)
_FIRST_LINES = 1_500
"""Lines that recognise a document."""
_MAX_FIRST = 1_000_000
"""Characters of them."""
_MAX_FIRST_PAGE = 1 << 16
"""Characters of a page in which the mark of an unknown layout is looked for."""
_PAGE_MARKS = (
    (
        "Nexis",
        (b"lxncomment", b"<doc number=", b"lexisnexis.com/lnacui"),
        re.compile(r"LXNComment \d|<DOC NUMBER=\d|lexisnexis\.com/lnacui", re.I),
    ),
    (
        "Factiva",
        (b"factiva", b"articleparagraph"),
        re.compile(r"<title>\s*factiva\s*</title>|class=[\"']articleParagraph\b", re.I),
    ),
    (
        "ProQuest",
        (b"docid_", b"<title>proquest"),
        re.compile(r"[\"'#]DocID_\d|<title>ProQuest(?: document\w*)?</title>", re.I),
    ),
    (
        "Europresse",
        (b"titrearticlevisu", b"/docviewer", b"rdp__doc"),
        re.compile(r"TitreArticleVisu|(?:eureka\.cc|europresse\.com)/Docviewer|rdp__Doc", re.I),
    ),
    ("WISO", (b"wiso-net.de/",), re.compile(r"wiso-net\.de/(?:document|toc)", re.I)),
)
"""Of each database words in small letters, without which its mark need not be looked for, and its mark."""
_LINE_MARKS = (
    ("APA DeFacto", "defacto", re.compile(r"^\s*(?:APA[ -]DeFacto|DeFacto (?:Media|Suche))", re.I | re.M)),
    ("WISO", "genios", re.compile(r"(?:Dokumentnummer|Quelle)\s*:.*GBI-Genios|www\.genios\.de", re.IGNORECASE)),
    ("WISO", "wiso-net.de", re.compile(r"wiso-net\.de/(?:document|toc)", re.IGNORECASE)),
    ("ProQuest", "proquest", re.compile(r"^\s*ProQuest.{0,20}\d{6,}|search\.proquest\.com/docview", re.I | re.M)),
)
"""Of each database a word in small letters, without which its mark need not be looked for, and its mark."""
_MAX_SHORT = 200
"""Characters of a line that may be a counter, a label or a number."""
_NUMBER = re.compile(r"\d")
_RULE = re.compile(r"\s*(?:_{40,}|={40,}|-{60,})\s*")
_MIN_REPEATED = 3
"""Labels that occur several times in a text of several records."""
_OTHER_COUNTER = re.compile(
    r"\s*(?:\[?(?:art(?:icle|ikel|iculo|ículo|icolo|igo)|do[ck]ument\w*|item|treffer|result\w*|文章|文档|문서)\s*[#№]?\s*)"
    r"(?P<number>\d{1,5})\s*(?:/|of|von|de|di|van|sur|av|af|共)\s*(?P<total>\d{1,5})\]?[.:]?\s*"
    r"|\s*(?P<first>\d{1,5})\s+(?:of|von|de|di|van|sur|av|af)\s+(?P<all>\d{1,5})\s+[^\W\d_]{3,15}\s*",
    re.IGNORECASE,
)


def find_page_layout(page: str) -> PageLayout | None:
    """The layout of a page of a press database; None for any other page."""
    return next((layout for layout in PAGE_LAYOUTS if layout.recognises(page)), None)


def read_page(file: SourceFile, page: str) -> Items | None:
    """The articles of a download, or the skip of one in an unknown layout; None for any other page."""
    if (layout := find_page_layout(page)) is not None:
        return layout.read(file, page)
    lower = page[:_MAX_FIRST_PAGE].encode("utf-8", "replace").lower()  # far faster than that of a str
    marks = (each for each in _PAGE_MARKS if any(word in lower for word in each[1]))
    name = next((name for name, _, mark in marks if mark.search(page)), None)
    return None if name is None else iter((_unknown(file, name),))


def read_lines(file: SourceFile, lines: Iterable[TextLine]) -> tuple[Items | None, Iterator[TextLine]]:
    """The articles of a download, or the skip of one in an unknown layout; None for any other document.

    The lines are returned as well, for whoever reads any other document. Only the first are taken beforehand.
    """
    rest = iter(lines)
    first = list(_limit(rest))
    layout = next((layout for layout in LINE_LAYOUTS if layout.recognises(first)), None)
    all_lines = chain(first, rest)
    if layout is not None:
        return layout.read(file, all_lines), iter(())
    name = _unknown_name(first)
    return (None if name is None else iter((_unknown(file, name),))), all_lines


def read_text(file: SourceFile, lines: Sequence[str]) -> Items | None:
    """`read_lines` for the lines of a text."""
    return read_lines(file, map(TextLine, lines))[0]


def _limit(lines: Iterator[TextLine]) -> Iterator[TextLine]:
    size = 0
    for line in islice(lines, _FIRST_LINES):
        yield line
        size += len(line.text)
        if size > _MAX_FIRST:
            return


def _unknown_name(lines: Sequence[TextLine]) -> str | None:
    """The database that lines of an unknown layout show the marks of; None for other texts."""
    texts = [part for line in lines for part in line.text.split("\n")]
    short = [text for text in texts if len(text) < _MAX_SHORT]
    marked = [label.label for text in short if (label := parse_label(text)) is not None and label.is_marked]
    ends, counters = sum(map(is_end_of_document, short)), sum(map(is_counter, short))
    if ends > 1 or counters > 1 or len(marked) > len(set(marked)) > 2:
        return "Nexis"
    with_number = [text for text in short if _NUMBER.search(text)]
    others = [match for text in with_number if (match := _OTHER_COUNTER.fullmatch(text))]
    if len(others) > 1 and len({match["total"] or match["all"] for match in others}) == 1:
        return "a press database"
    if any(factiva.ACCESSION.fullmatch(text.strip()) for text in with_number if len(text) < 60):
        return "Factiva"
    if len(counted := [text for text in short if _RULE.fullmatch(text)]) > 1 and _repeats_labels(short):
        return "ProQuest" if "_" in counted[0] else "a press database"
    whole = "\n".join(texts)
    lower = whole.lower()
    return next((name for name, word, mark in _LINE_MARKS if word in lower and len(mark.findall(whole)) > 1), None)


def _repeats_labels(texts: Sequence[str]) -> bool:
    """Whether at least three labels begin several lines each."""
    labels = Counter(label.label for text in texts if (label := parse_label(text)) is not None)
    return sum(count > 1 for count in labels.values()) >= _MIN_REPEATED


def _unknown(file: SourceFile, name: str) -> Skip:
    return Skip(
        file.name,
        f"it looks like a download of {name} in a layout that is not known: download it again in another format",
    )
