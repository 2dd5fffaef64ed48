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

    def take(self, at: Array) -> Known:
        """Those at some places."""
        return Known(self._values.take(at))


class Zone:
    """What postings weigh in a zone of the text, by how often the headline and how often the body counts.

    Attributes:
        table: the weighted frequency that a posting's byte stands for; float32, 256 of them.
    """

    __slots__ = ("_body", "_headline", "_inverted", "_is_whole", "_wide", "table")

    def __init__(self, inverted: Inverted, headline: float, body: float) -> None:
        self._inverted = inverted
        self._headline, self._body = np.uint8(headline), np.uint8(body)
        self.table = (HEADLINE_COUNTS * headline + BODY_COUNTS * body).astype(np.float32)
        self._is_whole = bool((self.table == self.table.astype(np.uint8)).all())
        self._wide = (inverted.wide_headline * headline + inverted.wide_body * body).astype(np.float32)

    def postings(self, number: int) -> tuple[Array, Counts]:
        """The documents of a class, and what it weighs in each."""
        inverted = self._inverted
        ends = inverted.posting_ends
        first, stop = (ends[number - 1] if number else 0), ends[number]
        low, high = inverted.wide_range(first, stop)
        wide = None if low == high else (inverted.wide_postings[low:high] - first, self._wide[low:high])
        return inverted.docs(first, stop), Counts(self, inverted.counts[first:stop], wide)

    def weigh(self, counts: Array) -> Floats:
        """What many postings weigh, by their bytes: arithmetic takes a third of the time of looking up each."""
        if not self._is_whole:
            found: Floats = self.table.take(counts)
            return found
        weights = counts >> 5
        weights *= self._headline
        weights += (counts & MAX_BODY) * self._body
        return weights.astype(np.float32)


class Counts:
    """Weighted frequencies still in the bytes of postings; of those whose counts are elsewhere the places among them.

    Such places ascend, and come with the weighted frequencies; None where there are none.
    """

    __slots__ = ("_counts", "_wide", "_zone")

    def __init__(self, zone: Zone, counts: Array, wide: tuple[Array, Floats] | None = None) -> None:
        self._zone = zone
        self._counts = counts
        self._wide = wide

    @staticmethod
    def joined(lists: Sequence[Counts]) -> Counts:
        """Those of some lists of a zone, one after the other."""
        wide: list[tuple[Array, Floats]] = []
        start = 0
        for each in lists:
            if each._wide is not None:
                wide.append((each._wide[0] + start, each._wide[1]))
            start += len(each._counts)
        counts = np.concatenate([each._counts for each in lists])
        return Counts(lists[0]._zone, counts, _columns(wide) if wide else None)

    def nonzero(self) -> Array:
        """The places of those that are not 0; intp."""
        return self.values().nonzero()[0]

    def take(self, at: Array) -> Counts:
        """Those at some places, which ascend."""
        counts = self._counts.take(at)
        if self._wide is None:
            return Counts(self._zone, counts)
        here = (counts == WIDE).nonzero()[0]
        return Counts(self._zone, counts, (here, self._wide_at(at.take(here))))

    def values(self, at: Array | None = None) -> Floats:
        counts = self._counts if at is None else self._counts.take(at)
        values = self._zone.weigh(counts) if len(counts) > _MANY else self._zone.table.take(counts)
        if self._wide is not None:
            if at is None:
                places, weights = self._wide
                values[places] = weights
            elif len(here := (counts == WIDE).nonzero()[0]):
                values[here] = self._wide_at(at.take(here))
        return values

    def _wide_at(self, places: Array) -> Floats:
        assert self._wide is not None
        found: Floats = self._wide[1].take(self._wide[0].searchsorted(places))
        return found


def _columns(rows: Sequence[tuple[Array, Floats]]) -> tuple[Array, Floats]:
    first, second = zip(*rows, strict=True)
    return np.concatenate(first), np.concatenate(second)


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
        scores: Floats = weights / (weights + norms)
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
        tops = np.maximum.reduce(scores[: rows * columns].reshape(rows, columns))
    else:
        tops = scores.copy()
    bound = len(tops) - count
    tops.partition(bound)
    places = (scores >= tops[bound]).nonzero()[0]
    reached = scores.take(places)
    order = _order(reached, None if docs is None else docs.take(places))[:count]
    return places.take(order), reached.take(order)


_FEW, _MANY = 300, 5000
"""So many scores are sorted at once; of more than so many, blocks are looked at first."""


def _order(scores: Floats, docs: Array | None) -> Array:
    """The places of some scores, greatest first."""
    return (-scores).argsort(kind="stable") if docs is None else np.lexsort((docs, -scores))
