"""BM25 scores, computed late and for as few documents as possible, and the top k of them.

A leaf of a query finds documents first. The data for its score stays in an object. Its method `values` is called at the
end, with the length norms of the remaining documents. For `bank rise` over three documents::

    document                0     1     2
    norm                    1.2   0.9   1.5       K1 · (1 - B + B · length / mean length)
    weight of bank          1     2     5         occurrences in the body + HEADLINE_WEIGHT · those in the headline
    weight of rise          1           1
    bank AND rise           0           2         indices 0 2 of the list of bank, 0 1 of the list of rise
    score of document 2     W(bank) · 5 / (5 + 1.5) + W(rise) · 1 / (1 + 1.5)

Document 1 is never scored. Sums follow the order of the query, not list lengths, so a document's score
is the same to the last bit however documents are spread over segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from searchidx.engines.embedded.array_types import Bytes, Floats, Ints
from searchidx.engines.embedded.inverted_index import BODY_COUNTS, HEADLINE_COUNTS, MAX_BODY, WIDE, InvertedIndex

MAX_SORTED = 300
"""Up to this number of scores a plain sort is fastest."""
MIN_VECTORIZED = 5000
"""From this number of items on, arithmetic beats a table look-up."""
MIN_BLOCKED = 800
"""From this number of scores on, block maxima beat a partition."""


class FixedWeights:
    """Weighted frequencies of postings as float32."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def values(self, at: Ints | None = None) -> Floats:
        """All weights, or those at some indices."""
        return self._values if at is None else self._values.take(at)

    def take(self, at: Ints) -> FixedWeights:
        """The weights at some indices."""
        return FixedWeights(self._values.take(at))


class PackedWeights:
    """Weighted frequencies of postings, kept as the postings' bytes until they are needed.

    `wide` holds the postings whose counts do not fit a byte: indices, ascending, and weights; None if there are none.

    Attributes:
        term: the number of the term in the only segment, if these are all its postings; else None.
    """

    __slots__ = ("_counts", "_wide", "_zone", "term")

    def __init__(
        self, zone: ZoneWeights, counts: Bytes, wide: tuple[Ints, Floats] | None = None, term: int | None = None
    ) -> None:
        self._zone = zone
        self._counts = counts
        self._wide = wide
        self.term = term

    @staticmethod
    def concatenate(lists: Sequence[PackedWeights]) -> PackedWeights:
        """Join the weights of several segments."""
        at: list[Ints] = []
        weights: list[Floats] = []
        start = 0
        for each in lists:
            if each._wide is not None:
                at.append(each._wide[0] + start)
                weights.append(each._wide[1])
            start += len(each._counts)
        wide = (np.concatenate(at), np.concatenate(weights)) if at else None
        return PackedWeights(lists[0]._zone, np.concatenate([each._counts for each in lists]), wide)

    def nonzero(self) -> Ints:
        """The indices of weights other than 0."""
        return self.values().nonzero()[0]

    def take(self, at: Ints) -> PackedWeights:
        """The weights at some ascending indices."""
        counts = self._counts.take(at)
        if self._wide is None:
            return PackedWeights(self._zone, counts)
        here = (counts == WIDE).nonzero()[0]
        return PackedWeights(self._zone, counts, (here, self._wide_at(at.take(here))))

    def values(self, at: Ints | None = None) -> Floats:
        """All weights, or those at some indices."""
        counts = self._counts if at is None else self._counts.take(at)
        values = self._zone.weigh(counts) if len(counts) > MIN_VECTORIZED else self._zone.table.take(counts)
        if self._wide is not None:
            if at is None:
                places, weights = self._wide
                values[places] = weights
            elif len(here := (counts == WIDE).nonzero()[0]):
                values[here] = self._wide_at(at.take(here))
        return values

    def _wide_at(self, at: Ints) -> Floats:
        assert self._wide is not None
        return self._wide[1].take(self._wide[0].searchsorted(at))


Weights = FixedWeights | PackedWeights
"""Weighted frequencies of some postings."""


class ZoneWeights:
    """Turns the counts of postings into weighted frequencies, given the weight of an occurrence in each zone.

    Attributes:
        table: the weighted frequency for each value of a posting's byte; float32, 256 values.
    """

    __slots__ = ("_body", "_headline", "_inverted", "_is_whole", "_wide", "table")

    def __init__(self, inverted: InvertedIndex, headline: float, body: float) -> None:
        self._inverted = inverted
        self._headline, self._body = np.uint8(headline), np.uint8(body)
        self.table: Floats = (HEADLINE_COUNTS * headline + BODY_COUNTS * body).astype(np.float32)
        self._is_whole = bool((self.table == self.table.astype(np.uint8)).all())
        self._wide: Floats = (inverted.wide_headline * headline + inverted.wide_body * body).astype(np.float32)

    def postings(self, term: int) -> tuple[Ints, PackedWeights]:
        """The documents of a term, and its weight in each."""
        inverted = self._inverted
        ends = inverted.posting_ends
        first, stop = (ends[term - 1] if term else 0), ends[term]
        low, high = inverted.wide_range(first, stop)
        wide = None if low == high else (inverted.wide_postings[low:high] - first, self._wide[low:high])
        return inverted.docs(first, stop), PackedWeights(self, inverted.counts[first:stop], wide, term)

    def weigh(self, counts: Bytes) -> Floats:
        """The weights of many bytes; arithmetic takes a third of the time of look-ups in `table`."""
        if not self._is_whole:
            return self.table.take(counts)
        weights = counts >> 5
        weights *= self._headline
        weights += (counts & MAX_BODY) * self._body
        return weights.astype(np.float32)


class Scores(Protocol):
    """Scores of a list of documents."""

    def values(self, norms: Floats, at: Ints | None = None) -> Floats:
        """The scores of all documents, or of those at some indices; `norms` are the norms of the same documents."""


class Bm25Scores:
    """The scores of a leaf: weighted frequencies, and the factor of all scores."""

    __slots__ = ("factor", "weights")

    def __init__(self, weights: Weights, factor: float) -> None:
        self.weights = weights
        self.factor = factor

    def values(self, norms: Floats, at: Ints | None = None) -> Floats:
        weights = self.weights.values(at)
        scores: Floats = weights / (weights + norms)
        scores *= self.factor
        return scores


class FixedScores:
    """Scores that are known already."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def values(self, norms: Floats, at: Ints | None = None) -> Floats:
        return self._values if at is None else self._values.take(at)


class SummedScores:
    """The sum of several scores, in order, times a boost.

    Each of `terms` is a pair: scores of a longer list, and the index in it of each document (None: the same list).
    """

    __slots__ = ("_boost", "_terms")

    def __init__(self, terms: Sequence[tuple[Scores, Ints | None]], boost: float) -> None:
        self._terms = terms
        self._boost = boost

    def values(self, norms: Floats, at: Ints | None = None) -> Floats:
        total: Floats | None = None
        for scores, places in self._terms:
            values = scores.values(norms, places if at is None else at if places is None else places.take(at))
            total = values if total is None else total + values
        assert total is not None
        return total if self._boost == 1.0 else total * np.float32(self._boost)


def top_k(scores: Floats, count: int, docs: Ints | None = None) -> tuple[Ints, Floats]:
    """The indices of the `count` greatest scores, best first, and these scores; ties in order of index, or of `docs`.

    Instead of a heap: find a score that at least `count` scores reach, then sort only those.
    """
    size = len(scores)
    if size <= MAX_SORTED or size <= 2 * count:
        order = _order(scores, docs)[:count]
        return order, scores.take(order)
    places = (scores >= reached_by(scores, count)).nonzero()[0]
    reached = scores.take(places)
    order = _order(reached, None if docs is None else docs.take(places))[:count]
    return places.take(order), reached.take(order)


def reached_by(scores: Floats, count: int) -> np.float32:
    """A score that at least `count` of the scores reach, and few more.

    Of many scores it comes from block maxima: if `count` blocks have a maximum of t or more, then `count` scores do.
    """
    size = len(scores)
    if size > MIN_BLOCKED and size > 32 * count:
        # Block i is every columns-th score from the i-th on, so numpy compares whole rows.
        rows = min(64, size // (4 * count))
        columns = size // rows
        tops = np.maximum.reduce(scores[: rows * columns].reshape(rows, columns))
    else:
        tops = scores.copy()
    bound = len(tops) - count
    tops.partition(bound)
    found: np.float32 = tops[bound]
    return found


def _order(scores: Floats, docs: Ints | None) -> Ints:
    """The indices of all scores, greatest first."""
    return (-scores).argsort(kind="stable") if docs is None else np.lexsort((docs, -scores))
