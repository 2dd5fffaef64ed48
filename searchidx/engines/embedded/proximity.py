"""Occurrences of `searchidx.query.nodes` in a part: words near each other, counts, phrases of patterns; as arrays.

What they mean is written in `searchidx.engines.matching`. Zones lie one after the other in the stream, so where
occurrences are sorted by position their zones ascend too, and what is near is always a range of them that
`searchsorted` finds. Pairs are only made where an operand is a proximity itself; for an answer it is enough to know
that a range is not empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from searchidx.engines.base import too_many_pairs
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.embedded.patterns import expand
from searchidx.engines.embedded.words import Part, stands
from searchidx.engines.matching import PATTERNS
from searchidx.query.nodes import Adjacent, AtLeast, Near, NotNear, Proximity, operands
from searchidx.schema import split_level

__all__ = ["MAX_PAIRS", "Work", "frequencies"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

MAX_PAIRS = 4_000_000
"""So many pairs are made for one query at most; each takes some 50 bytes while they are."""
_WEIGHTS = np.array([HEADLINE_WEIGHT, 1.0], np.float32)


class Work:
    """What the parts of a snapshot share while a node is evaluated.

    Attributes:
        left: how many pairs may still be made, over all parts.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.left = MAX_PAIRS
        self._parts = parts
        self._words: dict[int, list[list[int]]] = {}

    def words(self, leaf: Any, part: Part) -> Sequence[int]:
        """The words that a pattern stands for in a part; none of a leaf that is no pattern."""
        if type(leaf) not in PATTERNS:
            return ()
        if id(leaf) not in self._words:
            self._words[id(leaf)] = expand(leaf, self._parts)
        return self._words[id(leaf)][self._parts.index(part)]

    def take(self, pairs: int, query: Any) -> None:
        """Count some; raises `QueryError` where they are too many."""
        self.left -= pairs
        if self.left < 0:
            raise too_many_pairs(query)


class Occurrences(NamedTuple):
    """Each once, ascending by first and last position; intp. A zone is 2 · document, plus 1 in the body."""

    zones: Array
    first: Array
    last: Array

    def take(self, at: Array) -> Occurrences:
        """Some of them, in order."""
        return Occurrences(self.zones.take(at), self.first.take(at), self.last.take(at))


def frequencies(query: Any, part: Part, work: Work) -> tuple[Array, Floats, Array]:
    """The live documents of a node in a part; their weighted frequencies, and how many occurrences those stand for."""
    if isinstance(query, AtLeast):
        docs, weights, counts = frequencies(query.node, part, work)
        enough = (counts >= query.count).nonzero()[0]
        return docs.take(enough), weights.take(enough), counts.take(enough)
    if not isinstance(query, Near):
        return _tally(_occurrences(query, part, work))
    one, other = (_occurrences(each, part, work) for each in operands(query))
    docs, weights, counts = _tally(one.take(_has_near(query, one, other, part)))
    _, weights_of_other, counts_of_other = _tally(other.take(_has_near(query, other, one, part, turned=True)))
    return docs, np.minimum(weights, weights_of_other), np.minimum(counts, counts_of_other)


def _tally(found: Occurrences) -> tuple[Array, Floats, Array]:
    docs, starts, counts = np.unique(found.zones >> 1, return_index=True, return_counts=True)
    weights = _WEIGHTS.take(found.zones & 1)
    return docs, np.add.reduceat(weights, starts) if len(starts) else weights, counts


def _occurrences(query: Any, part: Part, work: Work) -> Occurrences:
    if isinstance(query, Near):
        one, other = (_occurrences(each, part, work) for each in operands(query))
        return _joined(query, one, other, part, work)
    if isinstance(query, NotNear):
        one, other = (_occurrences(each, part, work) for each in operands(query))
        return one.take(np.setdiff1d(np.arange(len(one.first)), _has_near(query, one, other, part)))
    if isinstance(query, AtLeast):
        docs, _, _ = frequencies(query, part, work)
        found = _occurrences(query.node, part, work)
        return found.take(np.isin(found.zones >> 1, docs).nonzero()[0])
    if isinstance(query, Adjacent):
        words = [_occurrences(word, part, work) for word in query.words]
        found = words[0]
        for n, each in enumerate(words[1:], 1):
            found = found.take(np.isin(found.first + n, each.first).nonzero()[0])
        return Occurrences(found.zones, found.first, found.first + (len(words) - 1))
    parts = operands(query)
    if parts:
        return _distinct(*map(np.concatenate, zip(*(_occurrences(each, part, work) for each in parts), strict=True)))
    docs, first, last = stands(query, *split_level(query.fieldname), part, work.words(query, part))
    return Occurrences(docs * 2 + (first > part.segment.headline_ends.take(docs)), first, last)


def _distinct(zones: Array, first: Array, last: Array) -> Occurrences:
    order = np.lexsort((last, first))
    zones, first, last = zones.take(order), first.take(order), last.take(order)
    fresh = np.ones(len(first), np.bool_)
    fresh[1:] = (first[1:] != first[:-1]) | (last[1:] != last[:-1])
    return Occurrences(zones, first, last).take(fresh.nonzero()[0])


def _has_near(query: Proximity, one: Occurrences, other: Occurrences, part: Part, turned: bool = False) -> Array:
    """Which of some occurrences have one of the other operand near; `turned` where these are of the second one."""
    near = np.zeros(len(one.first), np.bool_)
    for _, low, high in _ranges(query, one, other, part, turned):
        near |= low < high
    return near.nonzero()[0]


def _joined(query: Proximity, one: Occurrences, other: Occurrences, part: Part, work: Work) -> Occurrences:
    """Of each pair that is near, from its first position to its last."""
    pieces: list[tuple[Array, Array, Array]] = []
    for by, low, high in _ranges(query, one, other, part):
        sizes = np.maximum(high - low, 0)
        work.take(int(sizes.sum()), query)
        here = np.repeat(np.arange(len(sizes)), sizes)
        there = by.take(np.arange(len(here)) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes))
        first = np.minimum(one.first.take(here), other.first.take(there))
        pieces.append((one.zones.take(here), first, np.maximum(one.last.take(here), other.last.take(there))))
    return _distinct(*map(np.concatenate, zip(*pieces, strict=True)))


def _ranges(
    query: Proximity, one: Occurrences, other: Occurrences, part: Part, turned: bool = False
) -> Iterator[tuple[Array, Array, Array]]:
    """Of each occurrence of `one`, which of `other` are near it: places from low up to high in an order of them.

    First those that follow it, in the order of their first positions; then those before it, by their last.
    """
    by_first = np.arange(len(other.first))
    by_last = np.lexsort((other.first, other.last))
    first, last = other.first, other.last.take(by_last)
    if isinstance(query.within, int):
        near, begin, end = query.within, one.zones, one.zones
        low_bound, high_bound = other.zones.searchsorted(begin, "left"), other.zones.searchsorted(end, "right")
        after = first.searchsorted(one.last + near, "right")
        before = last.searchsorted(one.first - near, "left")
    else:
        # Only what lies in one sentence or paragraph as a whole is near anything.
        starts = part.segment.sentence_starts if query.within == "s" else part.segment.paragraph_starts
        whole = (_units(starts, other, other.first, part) == _units(starts, other, other.last, part)).nonzero()[0]
        by_first, first = whole, first.take(whole)
        by_last = whole.take(np.lexsort((first, other.last.take(whole))))
        last = other.last.take(by_last)
        units = _units(starts, other.take(whole), first, part)
        begin, end = _units(starts, one, one.first, part), _units(starts, one, one.last, part)
        low_bound, high_bound = units.searchsorted(begin, "left"), units.searchsorted(end, "right")
        high_bound = np.where(begin == end, high_bound, low_bound)
        after, before = high_bound, low_bound
    if not (query.ordered and turned):
        yield by_first, np.maximum(first.searchsorted(one.last, "right"), low_bound), np.minimum(after, high_bound)
    if not query.ordered or turned:
        yield by_last, np.maximum(before, low_bound), np.minimum(last.searchsorted(one.first, "left"), high_bound)


def _units(starts: Array, found: Occurrences, positions: Array, part: Part) -> Array:
    """The sentence or paragraph of positions of some occurrences, by number; a headline is one."""
    begins = part.segment.arrays["doc_starts"].take(found.zones >> 1)
    return starts.searchsorted(np.where(found.zones & 1, positions, begins), "right")
