"""Occurrences of `searchidx.query.nodes` in a segment: proximity, minimum counts, phrases of patterns; as arrays.

`searchidx.engines.reference.match` defines what they match. Zones lie one after the other in the forward index, so
sorting by position also sorts by zone. The occurrences near a given one are therefore a contiguous range of the other
operand's, which `searchsorted` finds. For `oil w/2 price` in one zone::

    position        1    2      3      4    5    6     7      8
    word            oil  and    price  of   the  oil   price  fell

    one (oil)       first = 1 6            other (price)   first = 3 7
    after, low      other.first.searchsorted(one.last, "right")       = 0 1     the first price behind each oil
    after, high     other.first.searchsorted(one.last + 2, "right")   = 1 2     the first price more than 2 behind it
    is near         low < high                                        = yes yes

The ranges before each occurrence are found likewise, by last positions. To test for a match it is enough that a range
is not empty. Pairs are listed only where an operand is a proximity itself, or where occurrences overlap, so that their
words have to be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np
from whoosh import query as q
from whoosh.query import Query

from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.budget import NODE_COST, spend
from searchidx.engines.embedded.array_types import Array, Bools, Floats, Ints
from searchidx.engines.embedded.pattern_expansion import expand_to_numbers
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.term_postings import count_occurrences, leaf_spans
from searchidx.engines.query_limits import too_many_pairs, too_many_positions
from searchidx.query.nodes import PATTERNS, Adjacent, AtLeast, Near, NotNear, Proximity, WordNode
from searchidx.query.traversal import operands
from searchidx.schema import split_level

MAX_PAIRS = 4_000_000
"""Maximum pairs of words compared for one query; each takes about 50 bytes meanwhile."""
MAX_OCCURRENCES = 10_000_000
"""Maximum occurrences of one operand in one segment; each takes 24 bytes, twice that for a moment."""
_READ_COST, _SORT_COST, _RANGE_COST, _PAIR_COST = 5, 10, 20, 10
"""Units of work to read, to sort (by each column) and to find the neighbours of one occurrence, and for one pair."""
_WEIGHTS = np.array([HEADLINE_WEIGHT, 1.0], np.float32)


class ProximityContext:
    """What the segments of a snapshot share while one node is evaluated: expanded patterns, and a budget of pairs."""

    def __init__(self, views: Sequence[SegmentView]) -> None:
        self.pairs_left = MAX_PAIRS
        self._views = views
        self._expansions: dict[int, list[list[int]]] = {}

    def pattern_words(self, leaf: Query, view: SegmentView) -> Sequence[int]:
        """The numbers of the words that a pattern stands for in a segment; none for other leaves."""
        if not isinstance(leaf, PATTERNS):
            return ()
        if id(leaf) not in self._expansions:
            self._expansions[id(leaf)] = expand_to_numbers(leaf, self._views)
        return self._expansions[id(leaf)][self._views.index(view)]

    def spend_pairs(self, count: int, query: Query) -> None:
        """Take pairs from the budget; raises `QueryError` if it is exceeded."""
        self.pairs_left -= count
        if self.pairs_left < 0:
            raise too_many_pairs(query)


class Occurrences(NamedTuple):
    """Distinct occurrences, ascending by first and last position.

    Attributes:
        zones: 2 · document, plus 1 in the body.
        first, last: positions in the forward index.
        begins, ends: for proximities only: first and last positions of the operands' occurrences, each ascending. One
            row an occurrence, as many columns as any has; rows with fewer repeat their last value.
    """

    zones: Ints
    first: Ints
    last: Ints
    begins: Ints | None = None
    ends: Ints | None = None

    def take(self, at: Ints) -> Occurrences:
        """The occurrences at some ascending indices."""
        found = Occurrences(self.zones.take(at), self.first.take(at), self.last.take(at))
        if self.begins is None or self.ends is None:
            return found
        return found._replace(begins=self.begins.take(at, axis=0), ends=self.ends.take(at, axis=0))

    def members(self, columns: int = 1) -> tuple[Ints, Ints]:
        """`begins` and `ends`, with at least this number of columns; of a word or phrase it is its own only member."""
        if self.begins is None or self.ends is None:
            begins, ends = self.first[:, None], self.last[:, None]
        else:
            begins, ends = self.begins, self.ends
        at = np.minimum(np.arange(max(columns, begins.shape[1])), begins.shape[1] - 1)
        return begins.take(at, axis=1), ends.take(at, axis=1)


def node_frequencies(query: Query, view: SegmentView, context: ProximityContext) -> tuple[Ints, Floats, Array]:
    """The live documents that a node matches, their weighted and their plain frequencies, which may end in ½."""
    if isinstance(query, AtLeast):
        docs, weights, counts = node_frequencies(query.node, view, context)
        enough = (counts >= query.count).nonzero()[0]
        return docs.take(enough), weights.take(enough), counts.take(enough)
    if not isinstance(query, Near):
        return _count_by_document(_distinct_begins(find_occurrences(query, view, context)))
    one, other = (find_occurrences(each, view, context) for each in operands(query))
    near, near_other = _near_masks(query, one, other, view, context)
    ones, others = _distinct_begins(one.take(near.nonzero()[0])), _distinct_begins(other.take(near_other.nonzero()[0]))
    docs, weights, counts = _count_by_document(ones)
    _, weights_of_other, counts_of_other = _count_by_document(others)
    # An occurrence of both operands still belongs to a pair, so there are half as many pairs as occurrences.
    both_docs, both_weights, both_counts = _count_by_document(ones.take(_is_in(ones.first, others.first).nonzero()[0]))
    all_weights, all_counts = weights + weights_of_other, counts + counts_of_other
    at = docs.searchsorted(both_docs)
    all_weights[at] -= both_weights
    all_counts[at] -= both_counts
    weights = np.minimum(np.minimum(weights, weights_of_other), all_weights / 2)
    return docs, weights, np.minimum(np.minimum(counts, counts_of_other), all_counts / 2)


def _distinct_begins(found: Occurrences) -> Occurrences:
    """One of the occurrences that begin at each position."""
    return found.take(np.append(True, found.first[1:] != found.first[:-1])[: len(found.first)].nonzero()[0])


def _count_by_document(found: Occurrences) -> tuple[Ints, Floats, Ints]:
    """Documents, weighted frequencies and numbers of occurrences."""
    docs, starts, counts = np.unique(found.zones >> 1, return_index=True, return_counts=True)
    weights = _WEIGHTS.take(found.zones & 1)
    return docs, np.add.reduceat(weights, starts) if len(starts) else weights, counts


def find_occurrences(query: Query, view: SegmentView, context: ProximityContext) -> Occurrences:
    """The occurrences of a leaf of the text, or of a node, in live documents."""
    spend(NODE_COST, query)
    if isinstance(query, Near):
        one, other = (find_occurrences(each, view, context) for each in operands(query))
        return _join_pairs(query, one, other, view, context)
    if isinstance(query, NotNear):
        one, other = (find_occurrences(each, view, context) for each in operands(query))
        return one.take((~_near_masks(query, one, other, view, context)[0]).nonzero()[0])
    if isinstance(query, AtLeast):
        docs, _, _ = node_frequencies(query, view, context)
        found = find_occurrences(query.node, view, context)
        return found.take(np.isin(found.zones >> 1, docs).nonzero()[0])
    if isinstance(query, Adjacent):
        words = [find_occurrences(word, view, context) for word in query.words]
        found = words[0]
        for n, each in enumerate(words[1:], 1):
            found = found.take(_is_in(found.first + n, each.first).nonzero()[0])
        return Occurrences(found.zones, found.first, found.first + (len(words) - 1))
    if operands(query):
        return union_occurrences(*all_occurrences(operands(query) or (), query, view, context))
    leaf = cast(WordNode | q.Phrase, query)
    words_of_pattern = context.pattern_words(leaf, view)
    field, level = split_level(leaf.fieldname)
    count = count_occurrences(leaf, level, view, words_of_pattern)
    if count > MAX_OCCURRENCES:
        raise too_many_positions(leaf)
    spend(count * _READ_COST, leaf)
    docs, first, last = leaf_spans(leaf, field, level, view, words_of_pattern)
    return Occurrences(docs * 2 + (first > view.segment.headline_ends.take(docs)), first, last)


def all_occurrences(
    parts: Iterable[Query], group: Query, view: SegmentView, context: ProximityContext
) -> list[Occurrences]:
    """The occurrences of each part of a query; raises `QueryError` if together they are too many for memory."""
    found: list[Occurrences] = []
    total = 0
    for each in parts:
        found.append(find_occurrences(each, view, context))
        total += len(found[-1].first)
        if total > MAX_OCCURRENCES:
            raise too_many_positions(group)
    return found


def union_occurrences(*lists: Occurrences) -> Occurrences:
    """The occurrences of several lists, each once."""
    spend(sum(len(each.first) for each in lists) * 2 * _SORT_COST)
    zones, first, last = (np.concatenate([each[n] for each in lists]) for n in range(3))
    columns: tuple[Ints, ...] = ()
    begins: Ints | None = None
    ends: Ints | None = None
    if any(each.begins is not None for each in lists):
        most = max(each.members()[0].shape[1] for each in lists)
        begins, ends = (np.concatenate(rows) for rows in zip(*(each.members(most) for each in lists), strict=True))
        columns = (*begins.T, *ends.T)
    spend(len(first) * len(columns) * _SORT_COST)
    order = np.lexsort((*columns, last, first))
    is_new = np.ones(len(first), np.bool_)
    is_same = np.ones(max(len(first) - 1, 0), np.bool_)
    for column in (first, last, *columns):
        ordered = column.take(order)
        is_same &= ordered[1:] == ordered[:-1]
    is_new[1:] = ~is_same
    return Occurrences(zones, first, last, begins, ends).take(order[is_new])


def _near_masks(
    query: Proximity, one: Occurrences, other: Occurrences, view: SegmentView, context: ProximityContext
) -> tuple[Bools, Bools]:
    """Whether each occurrence of either operand has one of the other near it."""
    here, there = _overlapping_pairs(query, one, other, view, context)
    near = _has_near(query, one, other, view, swapped=False)
    near_other = _has_near(query, other, one, view, swapped=True)
    near[here] = True
    near_other[there] = True
    return near, near_other


def _has_near(query: Proximity, one: Occurrences, other: Occurrences, view: SegmentView, swapped: bool) -> Bools:
    """Whether each of `one` has one of `other` near before or after it; `swapped`: `one` is the second operand."""
    near = np.zeros(len(one.first), np.bool_)
    for _, low, high in _near_ranges(query, one, other, view, swapped):
        near |= low < high
    return near


def _is_in(positions: Ints, others: Ints) -> Bools:
    """Whether each position is in another ascending list."""
    if not len(others):
        return np.zeros(len(positions), np.bool_)
    return np.asarray(others.take(others.searchsorted(positions), mode="clip") == positions)


def _join_pairs(
    query: Proximity, one: Occurrences, other: Occurrences, view: SegmentView, context: ProximityContext
) -> Occurrences:
    """The spans from the first to the last position of each pair of occurrences that are near each other."""
    pairs = [_overlapping_pairs(query, one, other, view, context)]
    for order, low, high in _near_ranges(query, one, other, view):
        here, there = _list_pairs(query, low, high, context)
        pairs.append((here, order.take(there)))
    here, there = (np.concatenate(column) for column in zip(*pairs, strict=True))
    one, other = one.take(here), other.take(there)
    begins, ends = (np.concatenate(columns, axis=1) for columns in zip(one.members(), other.members(), strict=True))
    begins.sort(axis=1)
    ends.sort(axis=1)
    return union_occurrences(Occurrences(one.zones, begins[:, 0], ends[:, -1], begins, ends))


def _list_pairs(
    query: Proximity, low: Ints, high: Ints, context: ProximityContext, words: int = 1
) -> tuple[Ints, Ints]:
    """Pairs of each index i and each number from `low[i]` up to `high[i]`; each costs `words` pairs of words.

    Ranges 3 to 5 and 7 to 8 give the indices 0 0 1 and the numbers 3 4 7.
    """
    sizes = np.maximum(high - low, 0)
    pairs = int(sizes.sum()) * words
    context.spend_pairs(pairs, query)
    spend(pairs * _PAIR_COST, query)
    here = np.repeat(np.arange(len(sizes)), sizes)
    return here, np.arange(len(here)) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)


def _overlapping_pairs(
    query: Proximity, one: Occurrences, other: Occurrences, view: SegmentView, context: ProximityContext
) -> tuple[Ints, Ints]:
    """Indices of pairs of occurrences that overlap, are distinct, and near each other."""
    possible = one.begins is not None or other.begins is not None
    if isinstance(query, NotNear):
        possible = possible or bool((other.last > other.first).any())
    if query.ordered or not possible or not len(other.first):
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    # Last positions need not ascend; their running maximum does, so the range may hold more, never less, than overlaps.
    low = np.maximum.accumulate(other.last).searchsorted(one.first, "left")
    high = other.first.searchsorted(one.last, "right")
    words = one.members()[0].shape[1] * other.members()[0].shape[1]
    here, there = _list_pairs(query, low, high, context, words)
    one, other = one.take(here), other.take(there)
    near = (other.last >= one.first) & _are_distinct(query, one, other)
    if isinstance(query.within, str):
        starts = _unit_starts(query, view)
        first = _unit_numbers(starts, one, np.minimum(one.first, other.first), view)
        near &= first == _unit_numbers(starts, one, np.maximum(one.last, other.last), view)
    at = near.nonzero()[0]
    return here.take(at), there.take(at)


def _are_distinct(query: Proximity, one: Occurrences, other: Occurrences) -> Bools:
    """Whether the second occurrence of each pair is another one than the first, row by row.

    For `NotNear` it is the same if all its members lie within members of the first, else if any two members overlap.
    """
    begins, ends = (each[:, :, None] for each in one.members())
    other_begins, other_ends = (each[:, None, :] for each in other.members())
    if isinstance(query, NotNear):
        within = np.any((begins <= other_begins) & (other_ends <= ends), axis=1)
        return ~np.asarray(np.all(within, axis=1))
    return ~np.asarray(np.any((begins <= other_ends) & (other_begins <= ends), axis=(1, 2)))


def _near_ranges(
    query: Proximity, one: Occurrences, other: Occurrences, view: SegmentView, swapped: bool = False
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """For each occurrence of `one` the range, from `low` up to `high`, of those of `other` that are near.

    Yields (order, low, high): first for what follows, with `other` in the order of first positions; then for what
    precedes, in the order of last positions. `order` maps places in that order to indices of `other`.
    """
    spend((len(one.first) + len(other.first)) * _RANGE_COST, query)
    by_first = np.arange(len(other.first))
    by_last = np.lexsort((other.first, other.last))
    first, last = other.first, other.last.take(by_last)
    if isinstance(query.within, int):
        near, begin, end = query.within, one.zones, one.zones
        low_bound, high_bound = other.zones.searchsorted(begin, "left"), other.zones.searchsorted(end, "right")
        after = first.searchsorted(one.last + near, "right")
        before = last.searchsorted(one.first - near, "left")
    else:
        # Only occurrences that lie in one sentence or paragraph can be near anything.
        starts = _unit_starts(query, view)
        first_units = _unit_numbers(starts, other, other.first, view)
        whole = (first_units == _unit_numbers(starts, other, other.last, view)).nonzero()[0]
        by_first, first = whole, first.take(whole)
        by_last = whole.take(np.lexsort((first, other.last.take(whole))))
        last = other.last.take(by_last)
        units = first_units.take(whole)
        begin, end = _unit_numbers(starts, one, one.first, view), _unit_numbers(starts, one, one.last, view)
        low_bound, high_bound = units.searchsorted(begin, "left"), units.searchsorted(end, "right")
        high_bound = np.where(begin == end, high_bound, low_bound)
        after, before = high_bound, low_bound
    if not (query.ordered and swapped):
        yield by_first, np.maximum(first.searchsorted(one.last, "right"), low_bound), np.minimum(after, high_bound)
    if not query.ordered or swapped:
        yield by_last, np.maximum(before, low_bound), np.minimum(last.searchsorted(one.first, "left"), high_bound)


def _unit_starts(query: Proximity, view: SegmentView) -> Ints:
    return view.segment.sentence_starts if query.within == "s" else view.segment.paragraph_starts


def _unit_numbers(starts: Ints, found: Occurrences, positions: Ints, view: SegmentView) -> Ints:
    """The number of the sentence or paragraph of one position of each occurrence; a headline is one unit."""
    begins = view.segment.arrays["doc_starts"].take(found.zones >> 1)
    return starts.searchsorted(np.where(found.zones & 1, positions, begins), "right")
