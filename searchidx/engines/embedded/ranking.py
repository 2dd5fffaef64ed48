"""Scores of postings, computed as late and for as few documents as possible, and the best of them.

A query's parts first find documents; what is needed to score them travels along as *scores*, an object that is asked
for its `values` at the end, given the length norm of each document, and at which places of its list they stand.
Intersections therefore score only what they leave. The sums are made in the order of the query, never by length, so
that a document has the same score, to the last bit, however the documents are spread over segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded.segment import BODY_COUNTS, HEADLINE_COUNTS, MAX_BODY, WIDE, Inverted

__all__ = ["Bm25", "Counts", "Given", "Known", "Scores", "Sum", "Zone", "best"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]


class Weights(Protocol):
    """Weighted frequencies of some postings."""

    def values(self, at: Array | None = None) -> Floats: ...


class Known:
    """Weighted frequencies, or scores, that are already there."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def values(self, at: Array | None = None) -> Floats:
        return self._values if at is None else self._values.take(at)


class Zone:
    """What postings weigh in a zone of the text, by how often the headline and how often the body counts.

    Attributes:
        table: the weighted frequency that a posting's byte stands for; float32, 256 of them.
        wide: those of the wide postings.
    """

    __slots__ = ("_body", "_headline", "_is_whole", "inverted", "table", "wide")

    def __init__(self, inverted: Inverted, headline: float, body: float) -> None:
        self.inverted = inverted
        self.table = (HEADLINE_COUNTS * headline + BODY_COUNTS * body).astype(np.float32)
        self.wide = (inverted.wide_headline * headline + inverted.wide_body * body).astype(np.float32)
        self._headline, self._body = np.uint8(headline), np.uint8(body)
        self._is_whole = bool((self.table == self.table.astype(np.uint8)).all())

    def weigh(self, counts: Array) -> Floats:
        """The weighted frequencies of some postings' bytes."""
        if len(counts) < _MANY or not self._is_whole:
            found: Floats = self.table.take(counts)
            return found
        # Of many, arithmetic on bytes takes a third of the time of looking up each.
        weights = counts >> 5
        weights *= self._headline
        weights += (counts & MAX_BODY) * self._body
        return weights.astype(np.float32)


class Counts:
    """Weighted frequencies still in the bytes of inverted lists: those of `some` postings, or of all.

    There is a run for each segment that has any: its zone, from which posting on, up to which.
    """

    __slots__ = ("_runs", "_some")

    def __init__(self, runs: Sequence[tuple[Zone, int, int]], some: Array | None = None) -> None:
        self._runs = runs
        self._some = some

    @staticmethod
    def joined(lists: Sequence[Counts]) -> Counts:
        """Those of some lists, one after the other."""
        runs: list[tuple[Zone, int, int]] = []
        is_whole = True
        for each in lists:
            runs += each._runs
            is_whole &= each._some is None
        if is_whole:
            return Counts(runs)
        some: list[Array] = []
        start = 0
        for each in lists:
            size = sum(stop - first for _, first, stop in each._runs)
            some.append((np.arange(size) if each._some is None else each._some) + start)
            start += size
        return Counts(runs, np.concatenate(some))

    def values(self, at: Array | None = None) -> Floats:
        if self._some is not None:
            at = self._some if at is None else self._some.take(at)
        lists: list[Array] = []
        wide: list[tuple[Array, Floats]] = []
        start = 0
        for zone, first, stop in self._runs:
            lists.append(zone.inverted.counts[first:stop])
            low, high = zone.inverted.wide_range(first, stop)
            if low < high:
                wide.append((zone.inverted.wide_postings[low:high] + (start - first), zone.wide[low:high]))
            start += stop - first
        counts = lists[0] if len(lists) == 1 else np.concatenate(lists)
        if at is not None:
            counts = counts.take(at)
        values = zone.weigh(counts)
        if at is None:
            for places, weights in wide:
                values[places] = weights
        elif wide and len(here := (counts == WIDE).nonzero()[0]):
            places, weights = (np.concatenate(column) for column in zip(*wide, strict=True))
            values[here] = weights.take(places.searchsorted(at.take(here)))
        return values


class Scores(Protocol):
    """What scores some documents: all of them, or those at some places, given the norms of these."""

    def values(self, norms: Floats, at: Array | None = None) -> Floats: ...


class Bm25:
    """A leaf's scores: weighted frequencies, and the factor of boost and idf."""

    __slots__ = ("_factor", "_weights")

    def __init__(self, weights: Weights, factor: float) -> None:
        self._weights = weights
        self._factor = factor

    def values(self, norms: Floats, at: Array | None = None) -> Floats:
        weights = self._weights.values(at)
        below = weights + norms
        scores: Floats = np.divide(weights, below, out=below)
        scores *= self._factor
        return scores


class Given:
    """Scores that are already there."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def values(self, norms: Floats, at: Array | None = None) -> Floats:
        return self._values if at is None else self._values.take(at)


class Sum:
    """The sum of several, in order, times a boost; of each list of documents, the places where they stand in it."""

    __slots__ = ("_boost", "_parts")

    def __init__(self, parts: Sequence[tuple[Scores, Array | None]], boost: float) -> None:
        self._parts = parts
        self._boost = boost

    def values(self, norms: Floats, at: Array | None = None) -> Floats:
        total: Floats | None = None
        for scores, places in self._parts:
            values = scores.values(norms, places if at is None else at if places is None else places.take(at))
            total = values if total is None else total + values
        assert total is not None
        return total if self._boost == 1.0 else total * np.float32(self._boost)


def best(scores: Floats, count: int, docs: Array | None = None) -> tuple[Array, Floats]:
    """The places of the `count` greatest scores, greatest first, and these; equal ones in order of place, or of `docs`.

    Without a heap: a bound that few scores reach, and of those the order. In many scores the bound comes from the
    greatest of each of some blocks, strided so that numpy compares whole rows.
    """
    size = len(scores)
    if size <= _FEW or size <= 2 * count:
        order = _order(scores, docs)[:count]
        return order, scores.take(order)
    if size > _MANY and size > 32 * count:
        rows = min(64, size // (4 * count))
        columns = size // rows
        tops = scores[: rows * columns].reshape(rows, columns).max(0)
    else:
        tops = scores.copy()
    bound = len(tops) - count
    tops.partition(bound)
    places = (scores >= tops[bound : bound + 1]).nonzero()[0]
    reached = scores.take(places)
    order = _order(reached, None if docs is None else docs.take(places))[:count]
    return places.take(order), reached.take(order)


_FEW, _MANY = 300, 5000
"""So many scores are sorted at once; of more than so many, blocks are looked at first."""


def _order(scores: Floats, docs: Array | None) -> Array:
    """The places of some scores, greatest first."""
    return (-scores).argsort(kind="stable") if docs is None else np.lexsort((docs, -scores))
