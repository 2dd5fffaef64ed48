"""Mediargus and Gopress downloads as text: `1. Headline`, then `De Morgen, woensdag 30 november 2011, p. 23, 853w.`"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from searchidx.article import Article
from searchidx.sources.press.press_article import PressArticle, find_page, join_wrapped, parse_count
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip
from searchidx.sources.source_file import SourceFile

NAME = "Mediargus"
_INFO = re.compile(
    r"\s*\S.{0,160}\b(?:19|20)\d\d\b.{0,80}?(?P<words>\d{1,6})\s?(?:w|woorden|mots|words)\b\.?\s*", re.IGNORECASE
)
_TITLE = re.compile(r"\s*(?P<number>\d{1,6})\s?[.)]\s+(?P<title>\S.*)")
_MAX_TITLE = 6
"""Lines of a headline."""


def recognises(lines: Sequence[str]) -> bool:
    """Whether a numbered headline and a line with newspaper, date and number of words come one after the other."""
    return any(_title_of(lines, at) is not None for at in range(len(lines)))


def _title_of(lines: Sequence[str], at: int) -> int | None:
    """The line where the headline above an article's line of facts begins; None if this is no such line."""
    if not _INFO.fullmatch(lines[at]) or "," not in lines[at] or find_date(lines[at]) is None:
        return None
    for start in range(at - 1, max(-1, at - 1 - _MAX_TITLE), -1):
        if _TITLE.fullmatch(lines[start]):
            return start
    return None


def read(file: SourceFile, lines: Sequence[str]) -> Iterator[Article | Skip]:
    """The articles of a download, in order; the number of a headline is checked."""
    starts = [(title, at) for at in range(len(lines)) if (title := _title_of(lines, at)) is not None]
    expected: int | None = None
    for number, ((title, at), (stop, _)) in enumerate(zip(starts, [*starts[1:], (len(lines), 0)], strict=True), 1):
        match = _TITLE.fullmatch(lines[title])
        assert match is not None
        printed = int(match["number"])
        if expected is not None and printed > expected:
            count = printed - expected
            yield Skip(
                f"{file.name}#{number}", f"{count} numbered article{'s' if count > 1 else ''} before it cannot be read"
            )
        expected = printed + 1
        article = PressArticle(headline=" ".join([match["title"], *(line.strip() for line in lines[title + 1 : at])]))
        _read_info(article, lines[at])
        article.paragraphs = join_wrapped(lines[at + 1 : stop])
        yield from article.to_items(file, number, NAME)


def _read_info(article: PressArticle, line: str) -> None:
    found = find_date(line)
    if found is None:
        return
    article.date, article.date_text = found.date, line
    article.source = found.before.strip(" ,")
    if match := _INFO.fullmatch(line):
        article.words = parse_count(match["words"])
    article.page = find_page(found.after)
