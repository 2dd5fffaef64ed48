"""The passage of an article that shows best why it is a hit."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate, chain, count
from operator import add
from typing import Any, TypeVar

from searchidx.analysis import Piece, fold, split_chunk, stem
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.reference.match import (
    Document,
    highlight_spans,
    leaf_spans,
    merge_spans,
)
from searchidx.schema import Level
from searchidx.search.hits import Snippet

__all__ = ["body_of", "headline_of", "shown", "snippet_of"]

LENGTH = 240
"""Characters that a snippet has at most, the marks of omission aside."""
_MOST = 100
"""Matches that are counted in one passage: more tell nothing."""
_BEFORE = 60
"""Of those, how many stand before the first match where there is more text on either side."""
_MOST_REMEMBERED = 1 << 15
"""Of so many chunks the words are remembered."""

T = TypeVar("T")


def shown(query: Any, article: Article) -> tuple[Snippet, Snippet]:
    """What a list of hits shows of one: its headline, and its passage. The article is analysed once for both."""
    timeout.check(query)
    document = _Quick(article)
    return _headline(query, document), _passage(query, document)


def headline_of(query: Any, article: Article) -> Snippet:
    """The whole headline, with what matched in it."""
    return _headline(query, _Quick(article))


def body_of(query: Any, article: Article) -> Snippet:
    """The whole body, with what matched in it."""
    return Snippet(article.body, tuple(highlight_spans(query, _Quick(article), "body")))


def snippet_of(query: Any, article: Article) -> Snippet:
    """The passage of the body in which most different words of the query stand, or else its beginning.

    Paragraph ends become spaces; what is left out before and after is marked with `…`.
    """
    return _passage(query, _Quick(article))


def _headline(query: Any, document: Document) -> Snippet:
    return Snippet(document.article.headline, tuple(highlight_spans(query, document, "headline")))


def _passage(query: Any, document: Document) -> Snippet:
    body = document.article.body
    found = leaf_spans(query, document, "body")
    merged = merge_spans(found)
    start, end = _whole(_window(body, found), merged)
    text = body[start:end]
    start, text = start + len(text) - len(text.lstrip()), text.strip()
    end = start + len(text)
    shift = (2 if start else 0) - start
    inside = ((max(a, start), min(b, end)) for a, b in merged)
    shown = ("… " if start else "") + text.replace("\n", " ") + (" …" if body[end:].strip() else "")
    return Snippet(shown, tuple((a + shift, b + shift) for a, b in inside if a < b))


def _whole(window: tuple[int, int], merged: list[tuple[int, int]]) -> tuple[int, int]:
    """The window, made larger where it would cut a match in two, unless that is a very long one."""
    start, end = window
    for first, last in merged:
        if first < start < last and start - first < LENGTH:
            start = first
        if first < end < last:
            end = min(last, end + LENGTH)
    return start, end


def _window(body: str, found: list[tuple[int, int, int]]) -> tuple[int, int]:
    if not found or len(body) <= LENGTH:
        return 0, _word_end(body, LENGTH)
    best, first = (0, 0), 0
    stop = 0
    for n, (start, _, _) in enumerate(found):
        while stop < len(found) and found[stop][0] < start + LENGTH - _BEFORE:
            stop += 1
        inside = found[n : min(stop, n + _MOST)]
        value = (len({leaf for _, _, leaf in inside}), len(inside))
        if value > best:
            best, first = value, n
    begin = max(0, found[first][0] - _BEFORE)
    if begin:
        # Begin with a sentence or line where one begins nearby, else with a word.
        stops = [body.rfind(mark, begin, found[first][0]) for mark in (". ", "? ", "! ", ".” ", "\n")]
        if max(stops) >= 0:
            begin = body.find(" ", max(stops)) + 1 if body[max(stops)] != "\n" else max(stops) + 1
        else:
            space = body.find(" ", begin, found[first][0])
            begin = space + 1 if space >= 0 else found[first][0]
    return begin, _word_end(body, begin + LENGTH)


def _word_end(body: str, end: int) -> int:
    """Where to cut at or before `end`: after a word, or in the middle of a very long one."""
    if end >= len(body):
        return len(body)
    cut = max(body.rfind(" ", end - 40, end + 1), body.rfind("\n", end - 40, end + 1))
    return cut if cut > 0 else end


class _Quick(Document):
    """A document that analyses no more of its text than a query asks for."""

    def __init__(self, article: Article) -> None:
        super().__init__(article)
        self._texts = {"headline": _Text(article.headline), "body": _Text(article.body)}

    def word_count(self, zone: str) -> int:
        return self._texts[zone].words

    def spellings(self, zone: str, level: Level) -> Sequence[str]:
        return self._texts[zone].spellings(level)

    def span(self, zone: str, first: int, last: int) -> tuple[int, int]:
        start, one = self._texts[zone].piece(first)
        close, other = (start, one) if first == last else self._texts[zone].piece(last)
        return start + one.start, close + other.end


class _Text:
    """The words of a text, chunk by chunk: what `analyze` says of them, and where only of those that are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._chunks = text.split()
        self._spelt: dict[Level, list[str]] = {}

    @property
    def words(self) -> int:
        """How many there are."""
        return self._stops[-1] if self._stops else 0

    def spellings(self, level: Level) -> list[str]:
        """All of them, as they are compared at a level."""
        found = self._spelt.get(level)
        if found is None:
            words = map(_SPELLINGS[level].__getitem__, self._chunks)
            found = self._spelt[level] = list(chain.from_iterable(words))
        return found

    def piece(self, word: int) -> tuple[int, Piece]:
        """The chunk's place in the text, and the word's in the chunk."""
        at = bisect_right(self._stops, word)
        before = self._stops[at - 1] if at else 0
        return self._starts[at], _pieces[self._chunks[at]][word - before]

    @cached_property
    def _stops(self) -> list[int]:
        """How many words there are up to the end of each chunk."""
        return list(accumulate(map(len, map(_pieces.__getitem__, self._chunks))))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each chunk begins."""
        ends = list(accumulate(map(len, self._chunks)))
        if ends and ends[-1] + len(ends) == len(self._text) + 1:  # one blank between two
            return [0, *map(add, ends, count(1))]
        return [match.start() for match in re.finditer(r"\S+", self._text)]


class _Remembered(dict[str, T]):
    """What is made of each chunk; most chunks of a text stood in one before."""

    def __init__(self, make: Callable[[str], T]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, chunk: str) -> T:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        made = self[chunk] = self._make(chunk)
        return made


_pieces = _Remembered(lambda chunk: split_chunk(chunk).pieces)
_SPELLINGS = {
    Level.STEM: _Remembered(lambda chunk: tuple(stem(fold(piece.printed)) for piece in _pieces[chunk])),
    Level.FOLDED: _Remembered(lambda chunk: tuple(fold(piece.printed) for piece in _pieces[chunk])),
    Level.PRINTED: _Remembered(lambda chunk: tuple(piece.printed for piece in _pieces[chunk])),
}
