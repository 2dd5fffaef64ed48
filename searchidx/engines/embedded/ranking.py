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

from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.embedded.segment import BODY_COUNTS, HEADLINE_COUNTS, WIDE, Inverted

__all__ = ["Bm25", "Given", "Scores", "Sum", "TEXT", "BODY", "HEADLINE", "Counts", "best"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

HEADLINE = (HEADLINE_COUNTS * HEADLINE_WEIGHT).astype(np.float32)
BODY = BODY_COUNTS.astype(np.float32)
TEXT = HEADLINE + BODY
"""The weighted frequency that a posting's byte stands for, by zone; float32, 256 of them."""


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


class Counts:
    """Weighted frequencies still in the bytes of an inverted list: postings `first` to `stop`, or those of `at`."""

    __slots__ = ("_at", "_inverted", "first", "stop", "table")

    def __init__(self, inverted: Inverted, first: int, stop: int, table: Floats, at: Array | None = None) -> None:
        self._inverted = inverted
        self.first = first
        self.stop = stop
        self.table = table
        self._at = at

    def take(self, at: Array) -> Counts:
        return Counts(self._inverted, self.first, self.stop, self.table, at if self._at is None else self._at.take(at))

    def values(self) -> Floats:
        inverted, at = self._inverted, self._at
        counts = inverted.counts[self.first : self.stop]
        if at is not None:
            counts = counts.take(at)
        values = self.table.take(counts)
        low, high = inverted.wide_range(self.first, self.stop)
        if low < high:
            here = (counts == WIDE).nonzero()[0]
            if len(here):
                wide = inverted.wide.searchsorted((here if at is None else at.take(here)) + self.first)
                weights = np.zeros(len(here), np.float32)
                if self.table is not BODY:
                    weights += inverted.wide_headline.take(wide) * np.float32(HEADLINE_WEIGHT)
                if self.table is not HEADLINE:
                    weights += inverted.wide_body.take(wide)
                values[here] = weights
        return values


class Scores(Protocol):
    """What scores some documents."""

    def take(self, at: Array) -> Scores: ...
    def values(self, norms: Floats) -> Floats: ...


class Bm25:
    """A leaf's scores: weighted frequencies, and the factor of boost and idf."""

    __slots__ = ("factor", "weights")

    def __init__(self, weights: Weights, factor: np.float32) -> None:
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


def best(scores: Floats, count: int) -> Array:
    """The places of the `count` greatest scores, greatest first, equal ones in order of place; intp.

    Without a heap: a bound that few scores reach, and of those the order. In many scores the bound comes from the
    greatest of each of some blocks, strided so that numpy compares whole rows.
    """
    size = len(scores)
    if count <= 0 or not size:
        return np.zeros(0, np.intp)
    if size <= 200 or size <= 2 * count:
        return (-scores).argsort(kind="stable")[:count]
    tops = scores
    if size > 700 and size > 32 * count:
        rows = min(64, size // (4 * count))
        columns = size // rows
        tops = scores[: rows * columns].reshape(rows, columns).max(0)
    bound = np.partition(tops, len(tops) - count)[len(tops) - count]
    places = (scores >= bound).nonzero()[0]
    found: Array = places.take((-scores.take(places)).argsort(kind="stable")[:count])
    return found
