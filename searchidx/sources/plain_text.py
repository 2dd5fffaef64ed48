"""Plain text: a page saved as text, or an article typed into a file.

The first line is the headline. Lines with a date (`13:33 JST, February 1, 2023`), an author (`By Jane Doe`) or both may
follow. Then come the paragraphs, one a line, or wrapped with blank lines between. The dateline is a place and date at
the start of the first paragraph (`LONDON, Feb 26 -`), or else the line with the date. The article ends before the
site's boilerplate: a heading such as `"Politics" POPULAR ARTICLE` or `MOST READ`. Its quoted name is the section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.errors import ArticleError
from searchidx.extract.byline import split_byline
from searchidx.extract.dateline import split_dateline
from searchidx.extract.printed_date import is_ambiguous, is_update, read_date
from searchidx.sources.press import dialects
from searchidx.sources.skip import Skip, skip_date, skip_invalid
from searchidx.sources.source_file import SourceFile
from searchidx.sources.text_encoding import decode

_BOILERPLATE = re.compile(
    r"(?:[\"“](?P<section>[^\"”]{1,40})[\"”] )?"
    r"(?:[\w’'&. ]{1,30} )?"
    r"(?:POPULAR ARTICLES?|ACCESS RANKING|RELATED (?:ARTICLES?|STORIES|NEWS|LINKS|COVERAGE|CONTENT|TOPICS)"
    r"|MOST (?:READ|POPULAR|VIEWED|SHARED)|READ (?:MORE|ALSO|NEXT)|ALSO READ|SEE ALSO|RECOMMENDED(?: FOR YOU)?"
    r"|TOP STORIES|LATEST (?:NEWS|STORIES)|TRENDING(?: NOW)?|EDITOR[’']?S[’']? PICKS?|MORE (?:FROM|IN|ON) [\w ]{1,30}"
    r"|YOU MAY (?:ALSO )?LIKE|SHARE THIS(?: ARTICLE)?)",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"[-–•*·](?:\s|$)")
_HEADER_LINES = 5
"""Lines after the headline that may state date and author."""
_MAX_UPDATE = 60
"""Characters of a line that states an update."""


def recognises(head: bytes) -> bool:
    """Never: plain text is the format of files that no other format recognises."""
    return False


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file, or those of a download of a press database."""
    lines = decode(file.read(), file.charset).splitlines()
    items = dialects.read_text(file, lines)
    yield from parse_article(lines, file) if items is None else items


class _HeaderLine(NamedTuple):
    """What a line below the headline states: a date, or why there is no such date; an author; or only an update."""

    date: PartialDate | None = None
    date_error: str = ""
    byline: str = ""


def parse_article(text: Sequence[str], file: SourceFile, headline: str = "", byline: str = "") -> list[Article | Skip]:
    """Parse the lines of an article; `headline` and `byline` come from a document's metadata."""
    lines = join_wrapped_lines(text)
    if not lines:
        return [Skip(file.name, "it is empty")]
    provenance = {"headline": "the document's title" if headline else "line 1", "body": "the text"}
    if headline and lines[0].casefold() != headline.casefold():
        lines.insert(0, headline)
    headline, rest = lines[0], lines[1:]
    date: PartialDate | None = None
    dateline = section = date_error = ""
    at = 0
    while at < min(len(rest), _HEADER_LINES) and (header := _read_header_line(rest[at])) is not None:
        if (header.date and (date or date_error)) or (header.byline and (byline or len(rest) == at + 1)):
            break
        date_error = date_error or header.date_error
        if header.date is not None:
            date, dateline = header.date, rest[at]
            provenance["date"] = provenance["dateline"] = "a line below the headline"
        byline = byline or header.byline
        at += 1
    if date is None and not date_error and any(map(is_ambiguous, rest[at : at + 1])) and len(rest[at]) <= _MAX_UPDATE:
        date_error = f"day and month of {rest[at]!r} cannot be told apart"
    body, section = _cut_boilerplate(rest[at:])
    if body and (split := split_dateline(body[0])):
        dateline, dateline_date, body[0] = split  # a date from a line above stays the date
        provenance["dateline"] = "the first paragraph"
        if isinstance(dateline_date, ValueError):
            date_error = date_error or str(dateline_date)
        elif date is None and dateline_date is not None:
            date, provenance["date"] = dateline_date, "the first paragraph"
    provenance["byline"] = "a line below the headline" if byline else ""
    provenance["section"] = "boilerplate" if section else ""
    try:
        article = Article(
            id=file.name,
            headline=headline,
            body="\n".join(body),
            date=date,
            byline=byline,
            dateline=dateline,
            section=section,
            url=file.url or "",
            path=file.name,
            provenance=provenance,
        )
    except ArticleError as error:
        return [skip_invalid(file.name, error)]
    return [article] if date is not None or not date_error else [article, skip_date(file.name, date_error)]


def _read_header_line(line: str) -> _HeaderLine | None:
    """What a line states about date and author; None for any other line."""
    try:
        if (date := read_date(line)) is not None:
            return _HeaderLine(date)
        byline, rest = split_byline(line)
        if byline:
            return _HeaderLine(read_date(rest) if rest else None, byline=byline)
    except ValueError as error:
        return _HeaderLine(date_error=str(error))
    return _HeaderLine() if is_update(line) and len(line) <= _MAX_UPDATE else None


def join_wrapped_lines(lines: Sequence[str], has_headline: bool = True) -> list[str]:
    """The lines that are not blank, with those of wrapped paragraphs joined.

    `has_headline` tells that the first line is one by itself, and that lines with date and author may follow.
    """
    stripped = [" ".join(line.split()) for line in lines]
    full = [line for line in stripped if line]
    wrapped = [line for line in full[1:] if len(line) > 40]
    blanks = sum(1 for n, line in enumerate(stripped[1:-1], 1) if not line and stripped[n - 1])
    if not blanks or not wrapped or max(map(len, wrapped)) > 100 or blanks * 1.5 > len(full):
        return full
    joined: list[list[str]] = []
    is_after_blank = True
    is_in_header = has_headline
    for line in stripped:
        if not line:
            is_after_blank = True
        elif is_after_blank or _LIST_ITEM.match(line) or _BOILERPLATE.fullmatch(line) or is_in_header:
            is_in_header &= not joined or (len(joined) <= _HEADER_LINES and _read_header_line(line) is not None)
            joined.append([line])
            is_after_blank = False
        else:
            joined[-1].append(line)
    return [" ".join(parts) for parts in joined]


def _cut_boilerplate(lines: Sequence[str]) -> tuple[list[str], str]:
    """The paragraphs before the site's boilerplate, and the section in its heading."""
    for at, line in enumerate(lines):
        if len(line) > 60 or line.endswith((".", "?", "!", ",", ";")):
            continue
        heading = _BOILERPLATE.fullmatch(line)
        if heading is None:
            continue
        is_before_list = at + 1 < len(lines) and _LIST_ITEM.match(lines[at + 1]) is not None
        is_capitals = line.isupper() or heading["section"] is not None
        if is_before_list or is_capitals or at == len(lines) - 1:
            return list(lines[:at]), heading["section"] or ""
    return list(lines), ""
