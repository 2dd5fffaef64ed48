"""Occurrences of `searchidx.query.nodes` in a part: words near each other, counts, phrases of patterns; as arrays.

What they mean is written in `searchidx.engines.reference.match`. Zones lie one after the other in the stream, so where
occurrences are sorted by position their zones ascend too, and what is near before or after one is always a range of
them that `searchsorted` finds. For an answer it is enough to know that a range is not empty; pairs are made where an
operand is a proximity itself, and where two occurrences overlap and their words have to be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.embedded.pattern_expansion import expand
from searchidx.engines.embedded.term_postings import Part, count_places, stands
from searchidx.engines.query_limits import too_many_pairs, too_many_positions
from searchidx.query.nodes import PATTERNS, Adjacent, AtLeast, Near, NotNear, Proximity
from searchidx.query.traversal import operands
from searchidx.schema import split_level

__all__ = ["MAX_PAIRS", "MAX_PLACES", "Occurrences", "Work", "distinct", "frequencies", "occurrences"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

MAX_PAIRS = 4_000_000
"""So many pairs of words are looked at for one query at most; each takes some 50 bytes while they are."""
MAX_PLACES = 30_000_000
"""So many occurrences are gathered for one operand at most, in one segment; each takes 24 bytes, twice in passing."""
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
        if not isinstance(leaf, PATTERNS):
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
    """Each once, ascending by first and last position; intp. A zone is 2 · document, plus 1 in the body.

    Attributes:
        begins, ends: of what a proximity found, the first and the last position of each part, ascending: a row for each
            occurrence, of as many parts as any has (those with fewer repeat their last); None for words and phrases.
    """

    zones: Array
    first: Array
    last: Array
    begins: Array | None = None
    ends: Array | None = None

    def take(self, at: Array) -> Occurrences:
        """Some of them, in order."""
        found = Occurrences(self.zones.take(at), self.first.take(at), self.last.take(at))
        if self.begins is None or self.ends is None:
            return found
        return found._replace(begins=self.begins.take(at, axis=0), ends=self.ends.take(at, axis=0))

    def parts(self, count: int = 1) -> tuple[Array, Array]:
        """First and last position of each part, as rows of so many at least."""
        if self.begins is None or self.ends is None:
            begins, ends = self.first[:, None], self.last[:, None]
        else:
            begins, ends = self.begins, self.ends
        columns = np.minimum(np.arange(max(count, begins.shape[1])), begins.shape[1] - 1)
        return begins.take(columns, axis=1), ends.take(columns, axis=1)


def frequencies(query: Any, part: Part, work: Work) -> tuple[Array, Floats, Array]:
    """The live documents of a node in a part; their weighted frequencies, and how many occurrences those stand for."""
    if isinstance(query, AtLeast):
        docs, weights, counts = frequencies(query.node, part, work)
        enough = (counts >= query.count).nonzero()[0]
        return docs.take(enough), weights.take(enough), counts.take(enough)
    if not isinstance(query, Near):
        return _tally(_begins(occurrences(query, part, work)))
    one, other = (occurrences(each, part, work) for each in operands(query))
    near, near_other = _near(query, one, other, part, work)
    ones, others = _begins(one.take(near.nonzero()[0])), _begins(other.take(near_other.nonzero()[0]))
    docs, weights, counts = _tally(ones)
    _, weights_of_other, counts_of_other = _tally(others)
    # What is an occurrence of both operands is still one of a pair: there are half as many pairs as occurrences.
    both_docs, both_weights, both_counts = _tally(ones.take(_stand_among(ones.first, others.first).nonzero()[0]))
    all_weights, all_counts = weights + weights_of_other, counts + counts_of_other
    at = docs.searchsorted(both_docs)
    all_weights[at] -= both_weights
    all_counts[at] -= both_counts
    weights = np.minimum(np.minimum(weights, weights_of_other), all_weights / 2)
    return docs, weights, np.minimum(np.minimum(counts, counts_of_other), all_counts // 2)


def _begins(found: Occurrences) -> Occurrences:
    """Of those that begin at the same word one."""
    return found.take(np.append(True, found.first[1:] != found.first[:-1])[: len(found.first)].nonzero()[0])


def _tally(found: Occurrences) -> tuple[Array, Floats, Array]:
    docs, starts, counts = np.unique(found.zones >> 1, return_index=True, return_counts=True)
    weights = _WEIGHTS.take(found.zones & 1)
    return docs, np.add.reduceat(weights, starts) if len(starts) else weights, counts


def occurrences(query: Any, part: Part, work: Work) -> Occurrences:
    """Where a leaf that looks at the text, or a node, stands in the live documents of a part."""
    timeout.check(query)
    if isinstance(query, Near):
        one, other = (occurrences(each, part, work) for each in operands(query))
        return _joined(query, one, other, part, work)
    if isinstance(query, NotNear):
        one, other = (occurrences(each, part, work) for each in operands(query))
        return one.take((~_near(query, one, other, part, work)[0]).nonzero()[0])
    if isinstance(query, AtLeast):
        docs, _, _ = frequencies(query, part, work)
        found = occurrences(query.node, part, work)
        return found.take(np.isin(found.zones >> 1, docs).nonzero()[0])
    if isinstance(query, Adjacent):
        words = [occurrences(word, part, work) for word in query.words]
        found = words[0]
        for n, each in enumerate(words[1:], 1):
            found = found.take(_stand_among(found.first + n, each.first).nonzero()[0])
        return Occurrences(found.zones, found.first, found.first + (len(words) - 1))
    parts = operands(query)
    if parts:
        return distinct(*_gathered(query, part, work))
    numbers = work.words(query, part)
    field, level = split_level(query.fieldname)
    if count_places(query, level, part, numbers) > MAX_PLACES:
        raise too_many_positions(query)
    docs, first, last = stands(query, field, level, part, numbers)
    return Occurrences(docs * 2 + (first > part.segment.headline_ends.take(docs)), first, last)


def _gathered(group: Any, part: Part, work: Work) -> list[Occurrences]:
    """The occurrences of each member of a group."""
    found: list[Occurrences] = []
    total = 0
    for each in operands(group):
        found.append(occurrences(each, part, work))
        total += len(found[-1].first)
        if total > MAX_PLACES:
            raise too_many_positions(group)
    return found


def distinct(*found: Occurrences) -> Occurrences:
    """All of several, each once."""
    zones, first, last = (np.concatenate([each[n] for each in found]) for n in range(3))
    columns: tuple[Array, ...] = ()
    begins: Array | None = None
    ends: Array | None = None
    if any(each.begins is not None for each in found):
        most = max(each.parts()[0].shape[1] for each in found)
        begins, ends = (np.concatenate(rows) for rows in zip(*(each.parts(most) for each in found), strict=True))
        columns = (*begins.T, *ends.T)
    order = np.lexsort((*columns, last, first))
    fresh = np.ones(len(first), np.bool_)
    same = np.ones(max(len(first) - 1, 0), np.bool_)
    for column in (first, last, *columns):
        ordered = column.take(order)
        same &= ordered[1:] == ordered[:-1]
    fresh[1:] = ~same
    return Occurrences(zones, first, last, begins, ends).take(order[fresh])


def _near(query: Proximity, one: Occurrences, other: Occurrences, part: Part, work: Work) -> tuple[Array, Array]:
    """Of the occurrences of each operand, whether one of the other is near; bool."""
    here, there = _overlapping(query, one, other, part, work)
    near = _is_near(query, one, other, part, turned=False)
    near_other = _is_near(query, other, one, part, turned=True)
    near[here] = True
    near_other[there] = True
    return near, near_other


def _is_near(query: Proximity, one: Occurrences, other: Occurrences, part: Part, turned: bool) -> Array:
    """Whether one is near before or after each; `turned` where these are of the second operand."""
    near = np.zeros(len(one.first), np.bool_)
    for _, low, high in _ranges(query, one, other, part, turned):
        near |= low < high
    return near


def _stand_among(places: Array, others: Array) -> Array:
    """Of each of some positions, whether it is one of others; both ascend; bool."""
    if not len(others):
        return np.zeros(len(places), np.bool_)
    return np.asarray(others.take(others.searchsorted(places), mode="clip") == places)


def _joined(query: Proximity, one: Occurrences, other: Occurrences, part: Part, work: Work) -> Occurrences:
    """Of each pair that is near, from its first position to its last."""
    pieces = [_overlapping(query, one, other, part, work)]
    for by, low, high in _ranges(query, one, other, part):
        here, there = _pairs(query, low, high, work)
        pieces.append((here, by.take(there)))
    here, there = (np.concatenate(column) for column in zip(*pieces, strict=True))
    one, other = one.take(here), other.take(there)
    begins, ends = (np.concatenate(columns, axis=1) for columns in zip(one.parts(), other.parts(), strict=True))
    begins.sort(axis=1)
    ends.sort(axis=1)
    return distinct(Occurrences(one.zones, begins[:, 0], ends[:, -1], begins, ends))


def _pairs(query: Proximity, low: Array, high: Array, work: Work, words: int = 1) -> tuple[Array, Array]:
    """Each place with each number of its range from low up to high; so many pairs of words are in each pair."""
    sizes = np.maximum(high - low, 0)
    work.take(int(sizes.sum()) * words, query)
    here = np.repeat(np.arange(len(sizes)), sizes)
    return here, np.arange(len(here)) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)


def _overlapping(query: Proximity, one: Occurrences, other: Occurrences, part: Part, work: Work) -> tuple[Array, Array]:
    """Pairs of occurrences that overlap and are two all the same, near each other."""
    possible = one.begins is not None or other.begins is not None
    if isinstance(query, NotNear):
        possible = possible or bool((other.last > other.first).any())
    if query.ordered or not possible or not len(other.first):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    low = np.maximum.accumulate(other.last).searchsorted(one.first, "left")
    high = other.first.searchsorted(one.last, "right")
    here, there = _pairs(query, low, high, work, one.parts()[0].shape[1] * other.parts()[0].shape[1])
    one, other = one.take(here), other.take(there)
    near = (other.last >= one.first) & _are_two(query, one, other)
    if isinstance(query.within, str):
        starts = _starts(query, part)
        first = _units(starts, one, np.minimum(one.first, other.first), part)
        near &= first == _units(starts, one, np.maximum(one.last, other.last), part)
    at = near.nonzero()[0]
    return here.take(at), there.take(at)


def _are_two(query: Proximity, one: Occurrences, other: Occurrences) -> Array:
    """Of pairs of occurrences, row by row, whether the second is another one than the first; bool."""
    begins, ends = (each[:, :, None] for each in one.parts())
    other_begins, other_ends = (each[:, None, :] for each in other.parts())
    if isinstance(query, NotNear):
        within = np.any((begins <= other_begins) & (other_ends <= ends), axis=1)
        return ~np.asarray(np.all(within, axis=1))
    return ~np.asarray(np.any((begins <= other_ends) & (other_begins <= ends), axis=(1, 2)))


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
        starts = _starts(query, part)
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


def _starts(query: Proximity, part: Part) -> Array:
    return part.segment.sentence_starts if query.within == "s" else part.segment.paragraph_starts


def _units(starts: Array, found: Occurrences, positions: Array, part: Part) -> Array:
    """The sentence or paragraph of positions of some occurrences, by number; a headline is one."""
    begins = part.segment.arrays["doc_starts"].take(found.zones >> 1)
    return starts.searchsorted(np.where(found.zones & 1, positions, begins), "right")
