"""An article of a press database: its fields as printed, and what they become."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.extract.byline import remove_by_prefix
from searchidx.sources.article_fields import make_article
from searchidx.sources.press.printed_dates import find_date
from searchidx.sources.skip import Skip, guard, skip_date
from searchidx.sources.source_file import SourceFile

_SCORE = re.compile(r"\s*\(\d{1,3}\s?%\)")
_PAGE = re.compile(
    r"(?<![^\W\d_])(?:pages?|pgs?|pp?|pag|pagina|paginas|blz|bladzijde|seiten?|s|sid|sida|side)\b\.?\s*:?\s*"
    r"([a-z]{0,5}[ .-]?\d+[\w.]*(?:\s?[-–,/+&]\s?[a-z]{0,3}\d+\w*)*|[a-z]{1,2}\b)",
    re.IGNORECASE,
)
_NO_SECTION = re.compile(
    r"\s*(?:version\s*:?\s*[\d.]+|(?:column|col|spalte|colonne|columna)\.?\s*\w{1,3}|\d+\s*(?:words|w\.?))\s*",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\d[\d.,\s\u202f\xa0]*")
_MAX_WRAPPED = 110
"""Characters of a line that was wrapped."""
_MARGIN = 12
"""Characters by which lines are shorter than the longest one, because a word did not fit."""
_SENTENCE_ENDS = (".", "!", "?", ":", "”", "»", '"')
_MIN_STATED, _MAX_RATIO = 100, 20
"""An article with that many stated words has at least one of so many of them in its body."""


@dataclass(slots=True)
class PressArticle:
    """The fields of an article; `origins` has the label of a value, `date_text` the line that should be a date."""

    headline: str = ""
    paragraphs: list[str] = field(default_factory=list)
    date: PartialDate | None = None
    date_text: str = ""
    byline: str = ""
    dateline: str = ""
    section: str = ""
    page: str = ""
    edition: str = ""
    source: str = ""
    language: str = ""
    keywords: Sequence[str] = ()
    url: str = ""
    id: str = ""
    words: int | None = None
    origins: dict[str, str] = field(default_factory=dict)

    def to_items(self, file: SourceFile, number: int, layout: str) -> list[Article | Skip]:
        """The article and what is wrong with it; `layout` names the format, `number` its place in the file from 1."""
        place = f"{file.name}#{number}" + (f" ({self.id[:60]})" if self.id else "")
        values: dict[str, Any] = {
            "headline": _one_line(self.headline),
            "body": "\n".join(filter(None, map(_one_line, self.paragraphs))),
            "date": self.date,
            "byline": remove_by_prefix(_one_line(self.byline)).strip(" ;,"),
            "dateline": _one_line(self.dateline),
            "section": _one_line(self.section),
            "page": _one_line(self.page),
            "edition": _one_line(self.edition),
            "source": _one_line(self.source),
            "language": self.language,
            "keywords": self.keywords,
            "url": self.url,
        }
        fields = {name: (self.origins.get(name, layout), value) for name, value in values.items() if value}
        items = make_article(place, self.id or f"{file.name}#{number}", file.name, fields)
        if not isinstance(items[0], Article):
            return items
        if self.date is None:
            items.append(skip_date(place, _why_undated(self.date_text)))
        if self.words is not None and self.words >= _MIN_STATED:
            found = count_words(items[0].body)
            if found * _MAX_RATIO < self.words:
                reason = f"it states {self.words:,} words, and {found:,} were found"
                reason += ": the article is read, without its whole text"
                items.append(Skip(place, reason, damaged=False))
        return items


def read_article(
    file: SourceFile, number: int, layout: str, read: Callable[..., PressArticle], *arguments: Any
) -> list[Article | Skip]:
    """What `read` makes of one article of a file; an unexpected exception costs that article only."""
    return guard(f"{file.name}#{number}", lambda: read(*arguments).to_items(file, number, layout))


def _why_undated(date_text: str) -> str:
    if (found := find_date(date_text)) is not None and found.error:
        return found.error
    shown = " ".join(date_text.split())[:60]
    return f"{shown!r} is not a date" if shown else "it states no date"


def count_words(text: str) -> int:
    """About how many words a text has; a Chinese or Japanese character counts as one."""
    spaced = len(text.split())
    return max(spaced, sum("\u3040" <= each <= "\u9fff" for each in text)) if not text.isascii() else spaced


def parse_count(text: str) -> int | None:
    """The number at the start of `1,234 words`; None without one."""
    match = _WORDS.match(text.strip())
    digits = re.sub(r"\D", "", match[0]) if match else ""
    return int(digits[:9]) if digits else None


def split_keywords(text: str, separator: str = ";") -> list[str]:
    """The keywords of a list, without their scores: `INFLATION (93%); BANKS (80%)`."""
    return [_SCORE.sub("", each).strip() for each in " ".join(text.split()).split(separator) if each.strip()]


def split_section(text: str) -> tuple[str, str]:
    """The section and the page of `Section 5; Part 2; Page 16; Column 2; National Desk`."""
    page = ""
    kept = []
    for part in re.split(r"[;,]", " ".join(text.split())):
        if (match := _PAGE.fullmatch(part.strip())) is not None:
            page = page or match[1].strip()
        elif part.strip() and not _NO_SECTION.fullmatch(part):
            kept.append(part.strip())
    return "; ".join(kept), page


def find_page(text: str) -> str:
    """The page in a text such as `p. 12`, `Sida 15` or `Pg. B22`; "" without one."""
    match = _PAGE.search(text)
    return match[1].strip() if match else ""


def join_wrapped(lines: Sequence[str]) -> list[str]:
    """The paragraphs of a text: blank lines part them, and lines that were wrapped are joined."""
    paragraphs: list[str] = []
    block: list[str] = []
    width = max(map(len, lines), default=0)
    for line in (*lines, ""):
        if line.strip():
            block.append(" ".join(line.split()))
        elif block:
            paragraphs += [" ".join(block)] if width <= _MAX_WRAPPED and _is_wrapped(block, width) else block
            block = []
    return paragraphs


def _is_wrapped(block: Sequence[str], width: int) -> bool:
    """Whether lines broke where the next word did not fit, and not only at the ends of sentences."""
    pairs = list(pairwise(block))
    full = sum(len(line) + len(following.split()[0]) + _MARGIN > width for line, following in pairs)
    return 2 * full >= len(pairs) and not all(line.endswith(_SENTENCE_ENDS) for line, _ in pairs)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def count_difference(name: str, found: int, stated: int | None) -> list[Skip]:
    """The skip for a file that states another number of articles than were found in it."""
    if stated is None or found == stated:
        return []
    damaged = found < stated
    return [Skip(name, f"it states {stated:,} articles, and {found:,} were found in it", damaged=damaged)]
