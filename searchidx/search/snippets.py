"""Snippets: the passage of an article that shows best why it is a hit, and highlighted texts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from itertools import accumulate, chain, count
from operator import add
from typing import Any, TypeVar

from searchidx.analysis import ChunkToken, split_chunk
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.reference.match import (
    Document,
    highlight_spans,
    highlighted_leaves,
    match_spans,
    merge_spans,
)
from searchidx.folding import fold
from searchidx.schema import Level
from searchidx.search.hits import HitPreview, Snippet
from searchidx.stemming import lower_in, stem

MAX_LENGTH = 240
"""The most characters of a snippet, without its ellipses."""
_MAX_MATCHES = 100
"""The most matches counted in one passage; more do not change which passage is best."""
_LEAD = 60
"""How many characters of the snippet precede its first match, if the body goes on at both ends."""
_CACHE_SIZE = 1 << 15
"""The most chunks whose words are cached."""

T = TypeVar("T")


def preview(query: Any, article: Article) -> HitPreview:
    """Make what a list of hits shows; analyses the article once for all of it."""
    timeout.check(query)
    return preview_document(highlighted_leaves(query), LazyDocument(article))


def preview_document(leaves: Sequence[Any], document: Document) -> HitPreview:
    """The same for the `highlighted_leaves` of a query and a document, for callers with many of both."""
    found = match_spans(leaves, document)
    merged = merge_spans(found["body"])
    body = document.article.body
    window = _best_window(body, found["body"])
    snippet = _make_snippet(body, window, merged)
    headline = Snippet(document.article.headline, tuple(merge_spans(found["headline"])))
    return HitPreview(headline, snippet, window, tuple(merged))


def find_passages(body: str, window: tuple[int, int], matches: Sequence[tuple[int, int]], limit: int) -> list[Snippet]:
    """Return the snippet of a window of a body, and further passages with matches, in the order of the body.

    The further ones have half the length of a snippet.
    """
    windows = [window]
    for first, last in matches:
        if len(windows) >= limit:
            break
        if any(first < end and last > start for start, end in windows):
            continue
        before = max((end for _, end in windows if end <= first), default=0)
        after = min((start for start, _ in windows if start >= last), default=len(body))
        begin = max(before, first - _LEAD // 2)
        if begin:
            begin = body.find(" ", begin, first) + 1 or first
        windows.append((begin, min(_word_end(body, max(last, begin + MAX_LENGTH // 2)), after)))
    return [_make_snippet(body, each, matches) for each in sorted(windows)]


def highlight_headline(query: Any, article: Article) -> Snippet:
    """Highlight the matches of a query in a whole headline."""
    return Snippet(article.headline, tuple(highlight_spans(query, LazyDocument(article), "headline")))


def highlight_body(query: Any, article: Article) -> Snippet:
    """Highlight the matches of a query in a whole body."""
    return Snippet(article.body, tuple(highlight_spans(query, LazyDocument(article), "body")))


def find_snippet(query: Any, article: Article) -> Snippet:
    """Find the passage of the body with the most different words of the query; without any, its beginning.

    Paragraph ends become spaces; `…` marks omitted text before and after.
    """
    return _find_snippet(query, LazyDocument(article))


def _find_snippet(query: Any, document: Document) -> Snippet:
    body = document.article.body
    matches = match_spans(highlighted_leaves(query), document, ["body"])["body"]
    return _make_snippet(body, _best_window(body, matches), merge_spans(matches))


def _make_snippet(body: str, window: tuple[int, int], merged: Sequence[tuple[int, int]]) -> Snippet:
    """Cut a window out of a body, with the matches in it."""
    start, end = _include_cut_matches(window, merged)
    text = body[start:end]
    start, text = start + len(text) - len(text.lstrip()), text.strip()
    end = start + len(text)
    shift = (2 if start else 0) - start
    inside = ((max(a, start), min(b, end)) for a, b in merged)
    passage = ("… " if start else "") + text.replace("\n", " ") + (" …" if body[end:].strip() else "")
    return Snippet(passage, tuple((a + shift, b + shift) for a, b in inside if a < b))


def _include_cut_matches(window: tuple[int, int], merged: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Extend a window by the matches that its ends would cut, by less than `MAX_LENGTH` each."""
    start, end = window
    for first, last in merged:
        if first < start < last and start - first < MAX_LENGTH:
            start = first
        if first < end < last:
            end = min(last, end + MAX_LENGTH)
    return start, end


def _best_window(body: str, matches: list[tuple[int, int, int]]) -> tuple[int, int]:
    """Choose the window with the most different words of the query, then the most matches."""
    if not matches or len(body) <= MAX_LENGTH:
        return 0, _word_end(body, MAX_LENGTH)
    best, first = (0, 0), 0
    stop = 0
    for n, (start, _, _) in enumerate(matches):
        while stop < len(matches) and matches[stop][0] < start + MAX_LENGTH - _LEAD:
            stop += 1
        inside = matches[n : min(stop, n + _MAX_MATCHES)]
        value = (len({leaf for _, _, leaf in inside}), len(inside))
        if value > best:
            best, first = value, n
    begin = max(0, matches[first][0] - _LEAD)
    if begin:
        # Begin with a sentence or line if one begins nearby, else with a word.
        stops = [body.rfind(mark, begin, matches[first][0]) for mark in (". ", "? ", "! ", ".” ", "\n")]
        if max(stops) >= 0:
            begin = body.find(" ", max(stops)) + 1 if body[max(stops)] != "\n" else max(stops) + 1
        else:
            space = body.find(" ", begin, matches[first][0])
            begin = space + 1 if space >= 0 else matches[first][0]
    return begin, _word_end(body, begin + MAX_LENGTH)


def _word_end(body: str, end: int) -> int:
    """Return the last word end at or before `end`, or `end` within a word of 40 characters or more."""
    if end >= len(body):
        return len(body)
    cut = max(body.rfind(" ", end - 40, end + 1), body.rfind("\n", end - 40, end + 1))
    return cut if cut > 0 else end


class LazyDocument(Document):
    """A document that analyses only as much of its text as a query needs."""

    def __init__(self, article: Article) -> None:
        super().__init__(article)
        self._texts = {
            "headline": LazyText(article.headline, self.language),
            "body": LazyText(article.body, self.language),
        }

    def word_count(self, zone: str) -> int:
        return self._texts[zone].words

    def spellings(self, zone: str, level: Level) -> Sequence[str]:
        return self._texts[zone].spellings(level)

    def span(self, zone: str, first: int, last: int) -> tuple[int, int]:
        start, one = self._texts[zone].piece(first)
        close, other = (start, one) if first == last else self._texts[zone].piece(last)
        return start + one.start, close + other.end


class IndexedDocument(LazyDocument):
    """A document for many queries: it keeps the places of each of its words."""

    def __init__(self, article: Article) -> None:
        super().__init__(article)
        self._places: dict[tuple[str, str], dict[str, list[int]]] = {}

    def find_spelling(self, spelling: str, zone: str, level: Level) -> list[int]:
        key = zone, level._value_  # hashing a member of an enumeration is slow
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = {}
            for at, word in enumerate(self.spellings(zone, level)):
                places.setdefault(word, []).append(at)
        return places.get(spelling, [])


class LazyText:
    """The words of a text as `analyze` finds them, chunk by chunk; places are computed only for the words asked for.

    A chunk is a run without white space; `fold` and `stem` run once for each different chunk.
    """

    def __init__(self, text: str, language: str) -> None:
        self._text = text
        self._language = language
        self._chunks = text.split()
        self._forms: dict[Level, list[str]] = {}

    @property
    def words(self) -> int:
        """How many words the text has."""
        return self._stops[-1] if self._stops else 0

    def spellings(self, level: Level) -> list[str]:
        """Return all words in the form that a level compares."""
        words = self._forms.get(level)
        if words is None:
            forms = _terms(self._language) if level is Level.STEM else _FORMS[level]
            words = self._forms[level] = list(chain.from_iterable(map(forms.__getitem__, self._chunks)))
        return words

    def piece(self, word: int) -> tuple[int, ChunkToken]:
        """Return the start of a word's chunk in the text, and its piece of the chunk."""
        at = bisect_right(self._stops, word)
        before = self._stops[at - 1] if at else 0
        return self._starts[at], _pieces[self._chunks[at]][word - before]

    @cached_property
    def _stops(self) -> list[int]:
        """The number of words up to the end of each chunk."""
        return list(accumulate(map(len, map(_pieces.__getitem__, self._chunks))))

    @cached_property
    def _starts(self) -> list[int]:
        """The start of each chunk."""
        ends = list(accumulate(map(len, self._chunks)))
        if ends and ends[-1] + len(ends) == len(self._text) + 1:  # one blank between any two chunks
            return [0, *map(add, ends, count(1))]
        return [match.start() for match in re.finditer(r"\S+", self._text)]


class ChunkCache(dict[str, T]):
    """A cache of values computed from chunks; most chunks of a text occur in earlier texts.

    It is emptied when it reaches `_CACHE_SIZE` entries.
    """

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, chunk: str) -> T:
        if len(self) >= _CACHE_SIZE:
            self.clear()
        value = self[chunk] = self._make(chunk)
        return value


_pieces = ChunkCache(lambda chunk: split_chunk(chunk).tokens)
_FORMS = {
    Level.FOLDED: ChunkCache(lambda chunk: tuple(fold(piece.printed) for piece in _pieces[chunk])),
    Level.PRINTED: ChunkCache(lambda chunk: tuple(piece.printed for piece in _pieces[chunk])),
}


@cache
def _terms(language: str) -> ChunkCache[tuple[str, ...]]:
    """The terms of each chunk in a language."""
    return ChunkCache(
        lambda chunk: tuple(stem(lower_in(piece.printed, language), language) for piece in _pieces[chunk])
    )
