"""Scores of postings, computed as late and for as few documents as possible, and the best of them.

A query's parts first find documents; what is needed to score them travels along as *scores*, an object that can be
narrowed with `take` and asked for its `values` at the end, given the length norm of each document. Intersections
therefore score only what they leave. The sums are made in the order of the query, never by length, so that a document
has the same score, to the last bit, however the documents are spread over segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded.segment import BODY_COUNTS, HEADLINE_COUNTS, WIDE, Inverted

__all__ = ["Bm25", "Counts", "Given", "Known", "Scores", "Sum", "Zone", "best"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]


class Weights(Protocol):
    """Weighted frequencies of some postings."""

    def take(self, at: Array) -> Weights: ...
    def values(self) -> Floats: ...


class Known:
    """Weighted frequencies that are already there."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def take(self, at: Array) -> Known:
        return Known(self._values.take(at))

    def values(self) -> Floats:
        return self._values


class Zone:
    """What postings weigh in a zone of the text, by how often the headline and how often the body counts.

    Attributes:
        table: the weighted frequency that a posting's byte stands for; float32, 256 of them.
        wide: those of the wide postings.
    """

    __slots__ = ("inverted", "table", "wide")

    def __init__(self, inverted: Inverted, headline: float, body: float) -> None:
        self.inverted = inverted
        self.table = (HEADLINE_COUNTS * headline + BODY_COUNTS * body).astype(np.float32)
        self.wide = (inverted.wide_headline * headline + inverted.wide_body * body).astype(np.float32)


class Counts:
    """Weighted frequencies still in the bytes of an inverted list: postings `first` to `stop`, or those of `at`."""

    __slots__ = ("_at", "_zone", "first", "stop")

    def __init__(self, zone: Zone, first: int, stop: int, at: Array | None = None) -> None:
        self._zone = zone
        self.first = first
        self.stop = stop
        self._at = at

    def take(self, at: Array) -> Counts:
        return Counts(self._zone, self.first, self.stop, at if self._at is None else self._at.take(at))

    def values(self) -> Floats:
        zone, inverted, at = self._zone, self._zone.inverted, self._at
        counts = inverted.counts[self.first : self.stop]
        if at is not None:
            counts = counts.take(at)
        values = zone.table.take(counts)
        low, high = inverted.wide_range(self.first, self.stop)
        if low < high:
            wide, weights = inverted.wide[low:high] - self.first, zone.wide[low:high]
            if at is not None:
                here = (counts == WIDE).nonzero()[0]
                wide, weights = here, weights.take(wide.searchsorted(at.take(here)))
            values[wide] = weights
        return values


class Scores(Protocol):
    """What scores some documents."""

    def take(self, at: Array) -> Scores: ...
    def values(self, norms: Floats) -> Floats: ...


class Bm25:
    """A leaf's scores: weighted frequencies, and the factor of boost and idf."""

    __slots__ = ("factor", "weights")

    def __init__(self, weights: Weights, factor: float) -> None:
        self.weights = weights
        self.factor = factor

    def take(self, at: Array) -> Bm25:
        return Bm25(self.weights.take(at), self.factor)

    def values(self, norms: Floats) -> Floats:
        weights = self.weights.values()
        below = weights + norms
        scores: Floats = np.divide(weights, below, out=below)
        scores *= self.factor
        return scores


class Given:
    """Scores that are already there."""

    __slots__ = ("_values",)

    def __init__(self, values: Floats) -> None:
        self._values = values

    def take(self, at: Array) -> Given:
        return Given(self._values.take(at))

    def values(self, norms: Floats) -> Floats:
        return self._values


class Sum:
    """The sum of several, in order, times a boost."""

    __slots__ = ("boost", "parts")

    def __init__(self, parts: Sequence[Scores], boost: float = 1.0) -> None:
        self.parts = parts
        self.boost = boost

    def take(self, at: Array) -> Sum:
        return Sum([part.take(at) for part in self.parts], self.boost)

    def values(self, norms: Floats) -> Floats:
        if not self.parts:
            return np.zeros(len(norms), np.float32)
        total = self.parts[0].values(norms)
        for part in self.parts[1:]:
            total = total + part.values(norms)
        return total if self.boost == 1.0 else total * np.float32(self.boost)


def best(scores: Floats, count: int, docs: Array | None = None) -> tuple[Array, Floats]:
    """The places of the `count` greatest scores, greatest first, and these; equal ones in order of place, or of `docs`.

    Without a heap: a bound that few scores reach, and of those the order. In many scores the bound comes from the
    greatest of each of some blocks, strided so that numpy compares whole rows.
    """
    size = len(scores)
    if size <= _FEW or size <= 2 * count:
        order = _order(scores, docs)[:count]
        return order, scores.take(order)
    tops = scores
    if size > _MANY and size > 32 * count:
        rows = min(64, size // (4 * count))
        columns = size // rows
        tops = scores[: rows * columns].reshape(rows, columns).max(0)
    tops = np.partition(tops, len(tops) - count)
    places = (scores >= tops[len(tops) - count]).nonzero()[0]
    reached = scores.take(places)
    order = _order(reached, None if docs is None else docs.take(places))[:count]
    return places.take(order), reached.take(order)


_FEW, _MANY = 300, 5000
"""So many scores are sorted at once; of more than so many, blocks are looked at first."""


def _order(scores: Floats, docs: Array | None) -> Array:
    """The places of some scores, greatest first."""
    return (-scores).argsort(kind="stable") if docs is None else np.lexsort((docs, -scores))
