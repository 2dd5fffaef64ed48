"""Find the headline of a page's article.

A page names its article many times: in headings and in metadata titles (JSON-LD, OpenGraph, `<title>`), with the site's
name after it or a kicker before it. Each of these alone is right on at most three pages in four. A heading and a title
that agree are right on nine pages in ten. So each heading, and each piece of one, is scored by the titles that match
it, whole or cut at either end, and by where it stands. The only `<h1>` above the text needs no title that agrees:
titles are often worded for search engines.

A kicker is not part of the headline, unless every title states it with a colon. A heading that links to the front page
is the site's name.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from searchidx.extract.blocks import PageBlock
from searchidx.extract.headings import MAX_HEADLINE, Heading, find_headings
from searchidx.extract.markup import normalize_space
from searchidx.extract.page_metadata import MetadataValue

_MAX_CUTS = 8
"""Separators of one title that are examined."""
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_CJK_LETTER = re.compile(f"[{_CJK}]")
_SEPARATOR = re.compile(
    r"\s*(?:\s[|·•»«›‹~:│]|\s[-–—]{1,2}|\|)\s+"  # "Rain falls - The Times"
    r"|\s+(?:::|[<>/])\s+"
    r"|\s?[|｜│]\s?"
    rf"|(?<=[{_CJK}])[-_–—](?=[^\s\d_-])|(?<=[^\s_-])[-_–—](?=[{_CJK}])"  # "武汉的声音_新闻_新华网"
)
_STRONG_SEPARATORS = {"|", "｜", "│", "»", "::"}
"""Separators that seldom stand within a headline."""
_MIN_HEADLINE = 15
"""Characters of a headline before such a separator."""
_DATE = re.compile(r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}\s*[-–—|:,]?\s+")
"""A day before the headline."""
_MIN_COMMON_WORDS = 0.7
"""Share of words in common (Jaccard index) that makes two titles alike."""
_MAX_SECTION_WORDS, _MIN_REST_SPACES = 2, 5
"""A first piece of at most 2 words before a title with at least 5 spaces is more often a section than the headline."""
_NOT_WORDS = re.compile(r"\W+")
_LEVEL_SCORES = {"h1": 1.0, "h2": 0.3, "h3": 0.0}
_MAIN_SUPPORT = 1.2
"""The least support of the only heading of its level above the text, on a scale from 0 to 3."""
_GOOD_SUPPORT, _STRONG_SUPPORT = 1.4, 2.6
"""Support of another heading, above or within the text, that leaves the only one above it without its least support."""
_BESIDE_SCORE = -2.0
_SECTION_SCORE = -0.7
"""For a heading with paragraphs before it."""
_BYTE_SCORE, _MAX_BYTES = 1 / 60, 48
"""For each of the first 48 UTF-8 bytes of a headline: the longer of two that are as likely is more often right."""
_MAX_PROSE_BEFORE = 0.25
"""Share of the page's paragraphs before an article: teasers of other articles."""
_MAX_DISTANCE = 3
"""Blocks between a headline and the first paragraph."""
_MIN_NAME = 8
"""Letters of a site's name that mark a longer piece of a title as its name."""


def find_headline(
    tree: Any,
    blocks: Sequence[PageBlock],
    metadata_titles: Sequence[MetadataValue],
    site_names: Sequence[str],
    url: str | None,
) -> tuple[str, str]:
    """The headline of the page's article and where it was found; two empty strings if there is none.

    `metadata_titles` has the most trusted title first.
    """
    titles = [_Title(title) for title in metadata_titles if _fold_words(title.text[:MAX_HEADLINE])]
    headings = list(find_headings(tree, blocks))
    names = _site_names(site_names, url, titles)
    names |= {
        _letters_only(each.text)
        for each in headings
        if each.prose_before <= _MAX_PROSE_BEFORE and each.is_front_page_link
    }
    main = _find_main(headings, names, titles)
    best = _best_heading(headings, main, names, titles)
    if best is not None:
        return _apply_kicker(*best, titles), best[1].level
    for title in titles:
        if title.origin != "title":
            return title.without_site(names, titles), title.origin
    if main:
        return main[0].without_kicker, main[0].level
    return (titles[0].without_site(names, titles), titles[0].origin) if titles else ("", "")


def _find_main(headings: Sequence[Heading], names: set[str], titles: Sequence[_Title]) -> list[Heading]:
    """The headings of the highest level that stand above the text.

    Where the titles do not agree, the first near the text is chosen. Without an `<h1>`, an `<h2>` near the text counts
    if the page has no other title than `<title>`.
    """
    main = _above_text(headings, "h1", _MAX_PROSE_BEFORE, names)
    if not main and all(title.origin == "title" for title in titles):
        main = [each for each in _above_text(headings, "h2", 0.0, names) if each.distance <= _MAX_DISTANCE]
    if len(main) > 1 and titles and not set.intersection(*({title.words} | title.head_words for title in titles)):
        return [heading for heading in main if heading.distance <= _MAX_DISTANCE][:1]
    return main


def _above_text(headings: Sequence[Heading], level: str, max_prose: float, names: set[str]) -> list[Heading]:
    return [
        heading
        for heading in headings
        if heading.level == level
        and heading.prose_before <= max_prose
        and _letters_only(heading.text) not in names
        and not heading.is_beside
    ]


def _best_heading(
    headings: Sequence[Heading], main: Sequence[Heading], names: set[str], titles: Sequence[_Title]
) -> tuple[str, Heading] | None:
    """The heading with the highest score, or the piece of one, if a title supports it or no other is above the text."""
    supported: dict[tuple[str, int], float] = {}
    for number, heading in enumerate(headings):
        for candidate in (heading.text, *heading.pieces):
            words = _fold_words(candidate)
            if words and words.replace(" ", "") not in names:
                support = sum(title.support(words) for title in titles) / max(1, len(titles))
                supported[candidate, number] = support
    first_prose = main[0].prose_before if main else _MAX_PROSE_BEFORE
    has_main = len(main) == 1 and not any(
        support >= (_STRONG_SUPPORT if headings[number].prose_before > first_prose else _GOOD_SUPPORT)
        for (_, number), support in supported.items()
    )
    best: tuple[float, str, Heading] | None = None
    for (candidate, number), support in supported.items():
        heading = headings[number]
        if has_main and candidate == heading.text and heading is main[0]:
            support = max(support, _MAIN_SUPPORT)
        if support:
            score = support + _LEVEL_SCORES[heading.level]
            score += min(len(candidate.encode("utf-8", "replace")), _MAX_BYTES) * _BYTE_SCORE
            score += _BESIDE_SCORE * heading.is_beside + _SECTION_SCORE * (heading.prose_before > first_prose)
            if best is None or score > best[0] + 1e-9:
                best = (score, candidate, heading)
    return best[1:] if best is not None else None


def _apply_kicker(candidate: str, heading: Heading, titles: Sequence[_Title]) -> str:
    """The headline without a day before it, and with its kicker as the titles state it, or without."""
    if not heading.kicker:
        date = _DATE.match(candidate)
        rest = candidate[date.end() :] if date else ""
        return rest if rest and any(title.support(_fold_words(rest)) for title in titles) else candidate
    if candidate == heading.text:
        return _stated_with_kicker(heading, titles) or heading.without_kicker
    if candidate == heading.kicker:
        stated = {title.words for title in titles}
        is_headline = _fold_words(candidate) in stated and _fold_words(heading.text) not in stated
        return candidate if is_headline and not heading.is_marked_kicker else heading.without_kicker
    return candidate


def _stated_with_kicker(heading: Heading, titles: Sequence[_Title]) -> str:
    """The whole heading as most titles state it, if they put a colon after the kicker; else ""."""
    words = _fold_words(heading.text)
    length = len(heading.kicker.rstrip(":： "))
    akin = [title for title in titles if title.shares_words(words)]
    stated = [each for title in akin for each in (title.text, *title.heads) if _fold_words(each) == words]
    has_colons = all(each[length:].lstrip().startswith((":", "：")) for each in stated)
    return stated[0] if has_colons and 2 * len(stated) > len(akin) else ""


def _site_names(site_names: Sequence[str], url: str | None, titles: Sequence[_Title]) -> set[str]:
    """The folded names of the site.

    A name that a title states too is the title of the page, unless the address has it.
    """
    url = url or ""
    host = _host(url[max(0, url.rfind("http")) :]).removeprefix("www.")  # a web archive's address holds another
    labels = host.split(".")
    hosts = {_letters_only(".".join(labels[number:])) for number in range(len(labels) - 1)}
    hosts |= {_letters_only(label) for label in labels if len(label) > 3}
    stated = {title.words.replace(" ", "") for title in titles}
    names = {_letters_only(name) for name in site_names}
    return hosts | {name for name in names if name not in stated or any(part in name for part in hosts)}


class _Title:
    """A title from the metadata, with its pieces between separators."""

    def __init__(self, title: MetadataValue) -> None:
        text = normalize_space(title.text[: 2 * MAX_HEADLINE])
        cuts = list(itertools.islice(_SEPARATOR.finditer(text), _MAX_CUTS))
        self.origin = title.origin
        self._cuts = cuts
        self.text = text
        self.heads = [head for cut in cuts if (head := text[: cut.start()].strip())]
        self.words = _fold_words(text)
        self.head_words = {*map(_fold_words, self.heads)}
        self._tail_words = {_fold_words(text[cut.end() :]) for cut in cuts}
        self._tail_words |= {_fold_words(text[cut.end() : end.start()]) for cut, end in itertools.pairwise(cuts)}
        self._word_sets = [_word_set(words) for words in (self.words, *self.head_words)]

    def support(self, words: str) -> float:
        """The score that this title gives to a heading with these folded words, from 0 to 3."""
        if words == self.words:
            return 3.0
        if words in self.head_words:
            is_section = _count_words(words) <= _MAX_SECTION_WORDS and self.words.count(" ") >= _MIN_REST_SPACES
            return 1.8 if is_section else 2.5
        if words in self._tail_words:
            return 1.6 if _count_words(words) <= 2 * _MAX_SECTION_WORDS else 2.2
        if words in self.words:
            count = _count_words(words)
            if count >= 3 and self.words.startswith(f"{words} "):
                return 1.5
            return 1.0 if count >= 4 else 0.0
        return 1.0 if self._is_similar(words) and _count_words(words) >= 4 else 0.0

    def _is_similar(self, words: str) -> bool:
        """Whether nearly all words are the same: one is corrected, or has another ending."""
        some = _word_set(words)
        for others in self._word_sets:
            fewer, more = sorted((len(some), len(others)))
            if fewer >= _MIN_COMMON_WORDS * more and len(some & others) >= _MIN_COMMON_WORDS * len(some | others):
                return True
        return False

    def shares_words(self, words: str) -> bool:
        """Whether half of the words, or more, are words of the title."""
        some = _word_set(words)
        return 2 * len(some & self._word_sets[0]) >= len(some)

    def without_site(self, names: set[str], titles: Sequence[_Title]) -> str:
        """The title without the site's name: a known name, else a piece that other titles lack, else a likely one."""
        start, end = 0, len(self.text)
        for cut in self._cuts:
            if not _is_site_name(self.text[start : cut.start()], names):
                break
            start = cut.end()
        for cut in reversed(self._cuts):
            if cut.start() <= start or not _is_site_name(self.text[cut.end() : end], names):
                break
            end = cut.start()
        title = self.text[start:end].strip()
        if end < len(self.text) or any(self.words in each.head_words for each in titles):
            return title
        whole = {each.words for each in titles if each is not self}
        heads = [(cut, self.text[start : cut.start()].strip()) for cut in self._cuts if cut.start() > start]
        for _, head in heads:
            if _fold_words(head) in whole:
                return head
        for cut, head in heads:
            rest = _fold_words(self.text[cut.end() :])
            is_short = len(_fold_words(head)) >= 2 * len(rest) and rest.count(" ") < 4
            if is_short or (cut[0].strip() in _STRONG_SEPARATORS and len(head) >= _MIN_HEADLINE):
                return head
        return title


def _is_site_name(piece: str, names: set[str]) -> bool:
    letters = _letters_only(piece)
    return letters in names or any(len(name) >= _MIN_NAME and name in letters for name in names)


@functools.lru_cache(maxsize=1 << 10)
def _fold_words(text: str) -> str:
    """The words of a text, case-folded, with single spaces between."""
    return _NOT_WORDS.sub(" ", text if text.isascii() else unicodedata.normalize("NFKC", text)).strip().casefold()


def _count_words(words: str) -> int:
    """The number of words; of text without spaces, one for every three characters."""
    return words.count(" ") + 1 if words.isascii() else max(words.count(" ") + 1, len(_CJK_LETTER.findall(words)) // 3)


@functools.lru_cache(maxsize=1 << 10)
def _word_set(words: str) -> set[str]:
    """The words; of text without spaces, its characters."""
    return set(words.split() if words.isascii() else _CJK_LETTER.sub(r" \g<0> ", words).split())


def _letters_only(text: str) -> str:
    """The folded words without spaces, so that `dailycourier` equals `Daily Courier`."""
    return _fold_words(text).replace(" ", "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
