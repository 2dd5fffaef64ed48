"""Text: a page saved as text, or an article typed into a file.

The first line is the headline. Lines after it that state a date (`13:33 JST, February 1, 2023`) or an author (`By Jane
Doe`) say so; the paragraphs follow, one a line, or wrapped with blank lines between. A first paragraph may begin with
place and date (`LONDON, Feb 26 -`), which become the dateline, where the line with the date was it before. The article
ends where the site's furniture begins: a heading such as `"Politics" POPULAR ARTICLE` or `MOST READ`, whose quoted name
is the section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.errors import ArticleError
from searchidx.extract.dateline import place_dateline, printed_date
from searchidx.sources.source_file import Skip, SourceFile, refusal
from searchidx.sources.text_encoding import decode

SUFFIXES = (".txt", ".text")

_BYLINE = re.compile(r"(?:By|BY) (?P<name>[^\W\d_][^.!?]{0,80}(?:\.[^.!?]{1,40})*)")
_HEADINGS = re.compile(
    r"(?:[\"“](?P<section>[^\"”]{1,40})[\"”] )?"
    r"(?:[\w’'&. ]{1,30} )?"
    r"(?:POPULAR ARTICLES?|ACCESS RANKING|RELATED (?:ARTICLES?|STORIES|NEWS|LINKS|COVERAGE|CONTENT|TOPICS)"
    r"|MOST (?:READ|POPULAR|VIEWED|SHARED)|READ (?:MORE|ALSO|NEXT)|ALSO READ|SEE ALSO|RECOMMENDED(?: FOR YOU)?"
    r"|TOP STORIES|LATEST (?:NEWS|STORIES)|TRENDING(?: NOW)?|EDITOR[’']?S[’']? PICKS?|MORE (?:FROM|IN|ON) [\w ]{1,30}"
    r"|YOU MAY (?:ALSO )?LIKE|SHARE THIS(?: ARTICLE)?)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[-–•*·](?:\s|$)")
_HEADER_LINES = 5


def recognises(head: bytes) -> bool:
    """Text is what is left when no other format is recognised."""
    return False


def read(file: SourceFile) -> Iterator[Article | Skip]:
    """The one article of the file."""
    yield article_of(decode(file.read()).splitlines(), file)


def article_of(text: Sequence[str], file: SourceFile, headline: str = "", byline: str = "") -> Article | Skip:
    """The article that some lines hold; `headline` and `byline` where something else states them."""
    lines = joined_lines(text)
    if not lines:
        return Skip(file.name, "it is empty")
    where = {"headline": "the document's title" if headline else "line 1", "body": "the text"}
    if headline and lines[0].casefold() != headline.casefold():
        lines.insert(0, headline)
    headline, rest = lines[0], lines[1:]
    date: PartialDate | None = None
    dateline = section = ""
    at = 0
    while at < min(len(rest), _HEADER_LINES):
        line = rest[at]
        if date is None and (found := printed_date(line)) is not None:
            date, dateline = found, line
            where["date"] = where["dateline"] = "a line below the headline"
        elif not byline and len(rest) > at + 1 and (match := _BYLINE.fullmatch(line)) and len(line.split()) <= 10:
            byline = match["name"].strip()
        elif not re.match(r"updated?\b", line, re.IGNORECASE) or len(line) > 60:
            break
        at += 1
    body, section = _without_furniture(rest[at:])
    if body and (placed := place_dateline(body[0])):
        printed, found, following = placed
        body[0] = following
        dateline = printed  # the date that a line above it stated is kept as the date
        where["dateline"] = "the first paragraph"
        if date is None and found is not None:
            date, where["date"] = found, "the first paragraph"
    where |= {"byline": "a line below the headline" if byline else "", "section": "furniture" if section else ""}
    try:
        return Article(
            id=file.name,
            headline=headline,
            body="\n".join(body),
            date=date,
            byline=byline,
            dateline=dateline,
            section=section,
            url=file.url or "",
            path=file.name,
            provenance=where,
        )
    except ArticleError as error:
        return refusal(file.name, error)


def joined_lines(lines: Sequence[str]) -> list[str]:
    """The lines that say something; those of wrapped paragraphs joined."""
    stripped = [" ".join(line.split()) for line in lines]
    full = [line for line in stripped if line]
    wrapped = [line for line in full[1:] if len(line) > 40]
    blanks = sum(1 for n, line in enumerate(stripped[1:-1], 1) if not line and stripped[n - 1])
    if not blanks or not wrapped or max(map(len, wrapped)) > 100 or blanks * 1.5 > len(full):
        return full
    joined: list[list[str]] = []
    fresh = True
    for line in stripped:
        if not line:
            fresh = True
        elif fresh or _LISTED.match(line) or _HEADINGS.fullmatch(line) or len(joined) == 1:
            joined.append([line])
            fresh = False
        else:
            joined[-1].append(line)
    return [" ".join(parts) for parts in joined]


def _without_furniture(lines: Sequence[str]) -> tuple[list[str], str]:
    """The paragraphs before the site's furniture, and the section that the furniture names."""
    for at, line in enumerate(lines):
        if len(line) > 60 or line.endswith((".", "?", "!", ",", ";")):
            continue
        heading = _HEADINGS.fullmatch(line)
        listed = at + 1 < len(lines) and _LISTED.match(lines[at + 1]) is not None
        shouted = line.isupper() or (heading is not None and heading["section"] is not None)
        last = at == len(lines) - 1
        if heading and (listed or shouted or last):
            return list(lines[:at]), heading["section"] or ""
    return list(lines), ""
