"""Retriever (Mediearkivet) downloads as text: a list, then articles between lines of `=`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from searchidx.article import Article
from searchidx.sources.press.press_article import PressArticle, count_difference, find_page, join_wrapped, read_article
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

NAME = "Retriever"
_RULE = re.compile(r"\s*={30,}\s*")
_SOURCE = re.compile(
    r"(?P<source>\S.{0,150}?),\s*(?P<date>\d{4}-\d\d-\d\d(?:\s+\d\d[:.]\d\d)?|\d{1,2}\.\d{1,2}\.\d{4}(?:\s+\d\d[:.]\d\d)?)\s*"
)
_LISTED = re.compile(r"\s*>\s+\S.*")
_MEDIUM = re.compile(r"\s*(?:publi(?:c|s)er[ae]?[td]|trykt|publiceret|julkaistu|published)\b.{0,40}", re.IGNORECASE)
_PAGE = re.compile(r"\s*(?:sid(?:a|e|or|er)?|s\.|page|sivu)\s+.{1,30}", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+")
_SEE = re.compile(r"\s*(?:se |l[äæe]s |les |read |katso |åpne |öppna ).{0,80}https?://\S+\s*", re.IGNORECASE)
_COPYRIGHT = re.compile(r"^\s*(?:©|\(c\)|copyright\b)|©\s?\S.{0,80}(?:<br>|\b(?:alla|alle) arti)", re.IGNORECASE)


def recognises(lines: Sequence[str]) -> bool:
    """Whether a medium or a page is below a line with newspaper and date, or lines of `=` part such lines."""
    for line, following in pairwise(lines):
        if (_MEDIUM.match(following) or _PAGE.fullmatch(following)) and _is_source(line):
            return True
    if not any(map(_RULE.fullmatch, lines)):
        return False
    return sum(map(_is_listed, lines)) > 1 or sum(map(_is_source, lines)) > 1


def _is_source(line: str) -> bool:
    return len(line) < 250 and _SOURCE.fullmatch(line) is not None and not _LISTED.match(line)


def read(file: SourceFile, lines: Sequence[str]) -> Iterator[Article | Skip]:
    """The articles of a download, in order."""
    listed = sum(_is_listed(line) for line in lines)
    number = 0
    for block in _blocks(lines):
        at = next((n for n, line in enumerate(block) if _SOURCE.fullmatch(line)), None)
        if at is None:
            if sum(bool(line.strip()) for line in block) > 3 and number:
                yield Skip(f"{file.name}#{number + 1}", "this article has no line with its newspaper and date")
            continue
        number += 1
        yield from read_article(file, number, NAME, _read_article, block, at)
    yield from count_difference(file.name, number, listed or None)


def _is_listed(line: str) -> bool:
    return _LISTED.match(line) is not None and re.search(r",\s*\d{4}-\d\d-\d\d", line) is not None


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in [*lines, "=" * 40]:
        if _RULE.fullmatch(line):
            if any(map(str.strip, block)):
                yield block
            block = []
        elif not _LISTED.match(line) or not _is_listed(line):
            block.append(line)


def _read_article(block: Sequence[str], at: int) -> PressArticle:
    article = PressArticle()
    match = _SOURCE.fullmatch(block[at])
    assert match is not None
    article.source, article.date_text = match["source"].strip(), match["date"]
    if (found := find_date(match["date"])) is not None:
        article.date = found.date
    start = at
    while start and block[start - 1].strip():
        start -= 1
    article.headline = " ".join(line.strip() for line in block[start:at])
    rest = list(block[at + 1 :])
    while rest and (not rest[0].strip() or _MEDIUM.match(rest[0]) or _PAGE.fullmatch(rest[0])):
        line = rest.pop(0)
        if _PAGE.fullmatch(line):
            article.page = find_page(line) or line.split(maxsplit=1)[1].strip()
    for line in reversed(rest):
        if _SEE.fullmatch(line) and (link := _LINK.search(line)):
            article.url = link[0]
            break
    stop = next((n for n, line in enumerate(rest) if _COPYRIGHT.search(line)), None)
    lines = rest if stop is None else [*rest[:stop], _COPYRIGHT.split(rest[stop], maxsplit=1)[0]]
    article.paragraphs = join_wrapped([line for line in lines if not _SEE.fullmatch(line)])
    return article
