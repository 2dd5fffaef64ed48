"""Word differences of two texts, in time that is bounded for texts of any length.

The texts are compared by paragraphs, and what differs by words, other characters and white space. What both begin and
end with is set aside. Items that occur once in each text and stand in the same order are anchors (patience diff), found
again between each two anchors; in a long part without any, runs of `_RUN` items are. What is left is compared by
`difflib`, whose time grows with the square of its length or worse: only up to `_MAX_PAIRS`, and in total up to
`_MAX_TOTAL_PAIRS`. Beyond that, and beyond `_MAX_ITEMS`, a part counts as replaced whole::

    The bank rose on Monday.         equal "The bank ", deleted "rose", inserted "fell", equal " on Monday."
    The bank fell on Monday.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

_MAX_PAIRS = 40_000
"""Pairs of items that one call of difflib compares."""
_MAX_TOTAL_PAIRS = 1_000_000
"""Pairs of items that all calls of difflib for two texts compare."""
_MAX_ITEMS = 300_000
"""Items of a part in both texts that are searched for anchors."""
_RUN = 8
_TOKEN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
    r"|[^\W_]+(?:['’\-.,][^\W_]+)*|\n|[^\S\n]+|[\W_]"
)
"""A letter of a script without spaces; a word, with marks in it; a line break; other white space; any other sign."""
_Operation = Literal["equal", "deleted", "inserted"]


class Piece(NamedTuple):
    """A run of text that is in both texts ("equal"), only in the former ("deleted") or in the latter ("inserted")."""

    operation: _Operation
    text: str


def split_paragraphs(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Split pieces at line breaks: the pieces of each paragraph. One over several paragraphs has a part in each."""
    paragraph: list[Piece] = []
    for operation, text in pieces:
        for number, line in enumerate(text.split("\n")):
            if number:
                yield paragraph
                paragraph = []
            if line:
                paragraph.append(Piece(operation, line))
    yield paragraph


def compare_words(former: str, latter: str) -> list[Piece]:
    """The pieces of two texts, in order; of a replaced part what was deleted comes first."""
    lines, other_lines = former.splitlines(keepends=True), latter.splitlines(keepends=True)
    budget = _Budget()
    pieces: list[Piece] = []
    at = 0
    for (first, stop), (begin, end) in _find_changes(lines, other_lines, budget):
        one, other = (_TOKEN.findall("".join(each)) for each in (lines[first:stop], other_lines[begin:end]))
        changes = _join_close(_find_changes(one, other, budget), one)
        pieces += (Piece("equal", "".join(lines[at:first])), *_cut(one, other, changes))
        at = stop
    pieces.append(Piece("equal", "".join(lines[at:])))
    return [Piece(operation, text) for operation, text in _merge_equal(pieces) if text]


def _cut(one: Sequence[str], other: Sequence[str], changes: Sequence[_Change]) -> Iterator[Piece]:
    """The pieces of two sequences of tokens."""
    at = 0
    for (first, stop), (begin, end) in changes:
        yield Piece("equal", "".join(one[at:first]))
        yield Piece("deleted", "".join(one[first:stop]))
        yield Piece("inserted", "".join(other[begin:end]))
        at = stop
    yield Piece("equal", "".join(one[at:]))


def _merge_equal(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Pieces of which no two equal ones follow each other."""
    texts = (piece for piece in pieces if piece.text)
    for operation, run in groupby(texts, lambda piece: piece.operation):
        yield Piece(operation, "".join(piece.text for piece in run))


_Range = tuple[int, int]
_Change = tuple[_Range, _Range]
"""Half-open ranges of tokens: of the former text, and of the latter that replace them."""


class _Budget:
    """The pairs of items that difflib may still compare."""

    def __init__(self) -> None:
        self._left = _MAX_TOTAL_PAIRS

    def spend(self, pairs: int) -> bool:
        """Whether so many pairs may be compared, which are then spent."""
        if pairs > min(_MAX_PAIRS, self._left):
            return False
        self._left -= pairs
        return True


def _find_changes(one: Sequence[str], other: Sequence[str], budget: _Budget) -> list[_Change]:
    """The changes of one sequence to another, in order."""
    found: list[_Change] = []
    waiting: list[_Change] = [((0, len(one)), (0, len(other)))]  # a stack: no recursion
    while waiting:
        (first, stop), (begin, end) = waiting.pop()
        while first < stop and begin < end and one[first] == other[begin]:
            first, begin = first + 1, begin + 1
        while first < stop and begin < end and one[stop - 1] == other[end - 1]:
            stop, end = stop - 1, end - 1
        if first == stop and begin == end:
            continue
        here, there = one[first:stop], other[begin:end]
        pairs = len(here) * len(there)
        if not pairs or len(here) + len(there) > _MAX_ITEMS:
            found.append(((first, stop), (begin, end)))
        elif anchors := _find_anchors(here, there):
            waiting += _split_at(anchors, first, stop, begin, end)
        elif budget.spend(pairs):
            for tag, a, b, c, d in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
                if tag != "equal":
                    found.append(((first + a, first + b), (begin + c, begin + d)))
        elif pairs > _MAX_PAIRS and (anchors := _find_anchors(_runs(here), _runs(there))):
            waiting += _split_at(anchors, first, stop, begin, end)
        else:
            found.append(((first, stop), (begin, end)))
    return found


def _split_at(anchors: Sequence[tuple[int, int]], first: int, stop: int, begin: int, end: int) -> list[_Change]:
    """The parts between anchors, given by their places in two ranges; the last part first."""
    places = [(first - 1, begin - 1), *((first + here, begin + there) for here, there in anchors), (stop, end)]
    parts = [((at + 1, here), (to + 1, there)) for (at, to), (here, there) in pairwise(places)]
    return parts[::-1]


def _runs(items: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(items[n:] for n in range(_RUN)), strict=False))


def _find_anchors(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The places of items that occur once in each sequence: as many as stand in the same order in both."""
    counts, other_counts = Counter(one), Counter(other)
    place = {token: at for at, token in enumerate(other) if other_counts[token] == 1 and counts[token] == 1}
    pairs = [(at, place[token]) for at, token in enumerate(one) if token in place]
    # The longest ascending subsequence of the second places, by piles.
    tops: list[int] = []
    top_pairs: list[int] = []
    before: list[int] = []
    for number, (_, there) in enumerate(pairs):
        pile = bisect_left(tops, there)
        before.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [there]
        top_pairs[pile : pile + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = top_pairs[-1] if top_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _join_close(changes: Sequence[_Change], one: Sequence[str]) -> list[_Change]:
    """Join changes with nothing but spaces and signs on one line between them, for nobody reads those alone."""
    joined: list[_Change] = []
    for (first, stop), (begin, end) in changes:
        if joined:
            (before, at), (start, _) = joined[-1]
            between = "".join(one[at:first])
            if "\n" not in between and not any(map(str.isalnum, between)):
                joined[-1] = (before, stop), (start, end)
                continue
        joined.append(((first, stop), (begin, end)))
    return joined
