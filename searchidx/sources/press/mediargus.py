"""Mediargus and Gopress downloads as text: `1. Headline`, then `De Morgen, woensdag 30 november 2011, p. 23, 853w.`

The text of an article follows, or the headlines of all articles come first and the texts after them, in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from searchidx.article import Article
from searchidx.sources.press.press_article import (
    PressArticle,
    count_difference,
    find_page,
    join_wrapped,
    parse_count,
    read_article,
)
from searchidx.sources.press.printed_dates import find_date, fold
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

NAME = "Mediargus"
_INFO = re.compile(
    r"\s*\S.{0,160}\b(?:19|20)\d\d\b.{0,80}?(?P<words>\d{1,6})\s?(?:w|woorden|mots|words)\b\.?\s*", re.IGNORECASE
)
_WORDS = re.compile(r",?\s*\d{1,6}\s?(?:w|woorden|mots|words)\b\.?$", re.IGNORECASE)
_TAIL = re.compile(r"\d\s?(?:w|woorden|mots|words)\b\.?\s*$", re.IGNORECASE)
_TITLE = re.compile(r"[\s?\ufeff]*(?P<number>\d{1,6})\s?[.)]\s+(?P<title>\S.*)")
_MAX_TITLE = 8
"""Lines of a headline, with the blank ones below it."""
_PARTING = 4
"""Blank lines between the texts that come after the list of headlines."""
_MAX_HEAD = 5
"""Lines at the start of such a text with its section and its headline."""
_MAX_SECTION = 60


def recognises(lines: Sequence[str]) -> bool:
    """Whether a numbered headline and a line with newspaper, date and number of words come one after the other."""
    return any(_title_of(lines, at) is not None for at in range(len(lines)))


def _title_of(lines: Sequence[str], at: int) -> int | None:
    """The line where the headline above an article's line of facts begins; None if this is no such line."""
    if (
        len(lines[at]) > 300
        or not _TAIL.search(lines[at][-20:])
        or not _INFO.fullmatch(lines[at])
        or "," not in lines[at]
        or find_date(lines[at]) is None
    ):
        return None
    for start in range(at - 1, max(-1, at - 1 - _MAX_TITLE), -1):
        if _TITLE.fullmatch(lines[start]):
            return start
        if _INFO.fullmatch(lines[start]):
            return None
    return None


def read(file: SourceFile, lines: Sequence[str]) -> Iterator[Article | Skip]:
    """The articles of a download, in order; the numbers of the headlines are checked."""
    starts = [(title, at) for at in range(len(lines)) if (title := _title_of(lines, at)) is not None]
    stops = [*(title for title, _ in starts[1:]), len(lines)]
    bodies = [lines[at + 1 : stop] for (_, at), stop in zip(starts, stops, strict=True)]
    is_list = len(starts) > 1 and not any(line.strip() for body in bodies[:-1] for line in body)
    if is_list:
        bodies = _split_texts(bodies[-1])
        yield from count_difference(file.name, len(bodies), len(starts))
    expected: int | None = None
    for number, (title, at) in enumerate(starts, 1):
        match = _TITLE.fullmatch(lines[title])
        assert match is not None
        printed = int(match["number"])
        if expected is not None and printed > expected:
            count = printed - expected
            reason = f"{count} numbered article{'s' if count > 1 else ''} before it cannot be read"
            yield Skip(f"{file.name}#{number}", reason)
        expected = printed + 1
        headline = " ".join([match["title"], *(line.strip() for line in lines[title + 1 : at])])
        body = bodies[number - 1] if number <= len(bodies) else []
        yield from read_article(file, number, NAME, _read_article, headline, lines[at], body, is_list)


def _read_article(headline: str, info: str, body: Sequence[str], is_list: bool) -> PressArticle:
    article = PressArticle(headline=" ".join(headline.split()))
    _read_info(article, info)
    article.paragraphs = join_wrapped(_below_head(article, body) if is_list else body)
    return article


def _split_texts(lines: Sequence[str]) -> list[Sequence[str]]:
    """The texts after the list, which several blank lines part."""
    texts: list[Sequence[str]] = []
    block: list[str] = []
    blank = 0
    for line in lines:
        blank = 0 if line.strip() else blank + 1
        if blank == _PARTING and any(map(str.strip, block)):
            texts.append(block)
            block = []
        if line.strip() or block:
            block.append(line)
    if any(map(str.strip, block)):
        texts.append(block)
    return texts


def _below_head(article: PressArticle, body: Sequence[str]) -> Sequence[str]:
    """The lines of a text without the section and the headline above it."""
    lines = list(body)
    head = [line.strip() for line in lines[:_MAX_HEAD] if line.strip()]
    title = fold(article.headline)
    if len(lines) <= _MAX_HEAD or any(len(line) > 200 for line in head):
        return lines
    others = [line for line in head if fold(line) not in title and not title.startswith(fold(line))]
    others = [line for line in others if article.source not in line and find_date(line) is None]
    if others and len(others[0]) <= _MAX_SECTION and not others[0].endswith((".", "?", "!", ",")):
        article.section = others[0]
        kept = others[1:]
    else:
        kept = others
    return [*kept, *lines[_MAX_HEAD:]]


def _read_info(article: PressArticle, line: str) -> None:
    """Read newspaper, date, page and number of words."""
    found = find_date(line)
    if found is None:
        return
    article.date, article.date_text = found.date, line
    article.source = found.before.strip(" ,")
    if match := _INFO.fullmatch(line):
        article.words = parse_count(match["words"])
    article.page = find_page(_WORDS.sub("", found.after))
