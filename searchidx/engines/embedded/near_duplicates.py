"""Near-duplicates among some documents, by their signatures, and checked in the stream.

Signatures are cut into bands; what agrees in all of a band is a candidate, and how many bins a band has depends on the
threshold, so that few pairs above it are missed. Candidates are then compared by their shingles themselves: what is
grouped is as similar as is said. Bodies that are the same to the word count as one, so a thousand copies cost no
million pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.disjoint_set import DisjointSet
from searchidx.engines.embedded.minhash import BINS, shingle_hashes
from searchidx.engines.embedded.term_postings import Part

__all__ = ["near_duplicates"]

Array = npt.NDArray[Any]

MISSED = 0.001
"""The chance to miss a pair just at the threshold, where bands of two bins or more allow it."""
MOST_COMPANIONS = 64
"""Of those that agree in a band each is compared with so many that follow it."""
_PIECE = 1 << 20
"""So many words are looked at together."""
_LENIENT = 0.15
"""A candidate whose signature agrees in so much less of it than the threshold is not looked at further."""


def near_duplicates(parts: Sequence[Part], docs: Sequence[int], threshold: float) -> list[list[int]]:
    """Groups of two or more, as the contract of an engine says."""
    bodies = _Bodies(parts, np.asarray(docs, np.intp))
    groups = DisjointSet(len(bodies.docs))
    alone = bodies.same(groups)
    signatures = bodies.signatures[alone]
    least = (threshold - _LENIENT) * BINS
    for one, other in _candidates(signatures, threshold):
        timeout.check()
        agree = (signatures[one] == signatures[other]).sum(1)
        for at in np.flatnonzero(agree >= least).tolist():
            first, second = int(alone[one[at]]), int(alone[other[at]])
            if groups.find(first) != groups.find(second) and bodies.similarity(first, second) >= threshold:
                groups.union(first, second)
    return groups.groups(bodies.docs.tolist())


class _Bodies:
    """The bodies of some documents, those without any left out.

    Attributes:
        docs: their numbers in the snapshot, ascending; intp.
        signatures: a row of `BINS` bytes for each.
    """

    def __init__(self, parts: Sequence[Part], docs: Array) -> None:
        self._pieces: list[tuple[Array, Array, Array, int]] = []
        classes: dict[bytes, int] = {}
        chosen, rows = [], []
        first = 0
        for part in parts:
            low, high = docs.searchsorted((part.first, part.first + part.count))
            here = docs[low:high] - part.first
            arrays = part.segment.arrays
            words = arrays["body_words"].take(here).astype(np.int64)
            here, words = here[words > 0], words[words > 0]
            starts = part.segment.headline_ends.take(here) + 1
            # One number for a stem in whichever segment it stands, and none for the empty slot.
            if len(parts) == 1:
                united = np.arange(1, len(part.segment.classes) + 1, dtype=np.uint64)
            else:
                numbers = part.segment.classes.listed()
                united = np.fromiter((classes.setdefault(each, len(classes) + 1) for each in numbers), np.uint64)
            united = np.append(np.uint64(0), united.take(part.segment.owners))
            self._pieces.append((united, starts, words, first))
            chosen.append(here + part.first)
            rows.append(arrays["signatures"].reshape(-1, BINS)[here])
            first += len(here)
        self._streams = [part.segment.arrays["stream"] for part in parts]
        self._firsts = np.array([piece[3] for piece in self._pieces])
        self._shingles: dict[int, set[int]] = {}
        self.docs = np.concatenate(chosen) if chosen else docs
        self.signatures = np.concatenate(rows) if rows else np.zeros((0, BINS), np.uint8)

    def same(self, groups: DisjointSet) -> Array:
        """Join those that are the same to the word; the first of each, ascending; intp."""
        if not len(self.docs):
            return np.zeros(0, np.intp)
        digests = []
        for stream, (united, starts, words, _) in zip(self._streams, self._pieces, strict=True):
            ends = words.cumsum()
            low = 0
            while low < len(starts):
                timeout.check()
                before = int(ends[low] - words[low])
                high = max(int(ends.searchsorted(before + _PIECE, side="right")), low + 1)
                begins = ends[low:high] - words[low:high] - before
                places = np.repeat(starts[low:high] - begins, words[low:high])  # of these bodies, and of none between
                places += np.arange(len(places))
                hashes, sizes = shingle_hashes(united.take(stream.take(places)), begins, words[low:high])
                begins = np.cumsum(sizes) - sizes
                at = np.arange(len(hashes)) - np.repeat(begins, sizes)
                hashes *= (at.astype(np.uint64) << np.uint64(1)) + np.uint64(1)
                digests.append(np.add.reduceat(hashes, begins))
                low = high
        _, firsts, inverse = np.unique(np.concatenate(digests), return_index=True, return_inverse=True)
        leads = firsts.take(inverse.ravel())
        for at in np.flatnonzero(leads != np.arange(len(leads))).tolist():
            groups.union(at, int(leads[at]))
        return np.sort(firsts)

    def similarity(self, one: int, other: int) -> float:
        """Jaccard's index of the shingles of two."""
        first, second = self._of(one), self._of(other)
        common = len(first & second)
        return common / (len(first) + len(second) - common)

    def _of(self, at: int) -> set[int]:
        found = self._shingles.get(at)
        if found is None:
            n = int(self._firsts.searchsorted(at, side="right")) - 1
            united, starts, words, first = self._pieces[n]
            begin, count = int(starts[at - first]), int(words[at - first])
            tokens = united.take(self._streams[n][begin : begin + count])
            hashes, _ = shingle_hashes(tokens, np.zeros(1, np.int64), np.array([count]))
            found = self._shingles[at] = set(hashes.tolist())
        return found


def _candidates(signatures: Array, threshold: float) -> Iterator[tuple[Array, Array]]:
    """Pairs of rows that agree in a whole band, some at a time."""
    rows = _rows(threshold)
    for band in range(BINS // rows):
        padded = np.zeros((len(signatures), 8), np.uint8)
        padded[:, :rows] = signatures[:, band * rows : (band + 1) * rows]
        keys = padded.view(np.uint64).ravel()
        order = keys.argsort(kind="stable")
        keys = keys.take(order)
        for apart in range(1, min(MOST_COMPANIONS, len(keys) - 1) + 1):
            same = np.flatnonzero(keys[apart:] == keys[:-apart])
            if not len(same):
                break
            yield order.take(same), order.take(same + apart)


def _rows(threshold: float) -> int:
    """How many bins a band has: as many as miss few of the pairs at the threshold, two at least."""
    agree = threshold + (1 - threshold) / 256
    for rows in range(8, 2, -1):
        if (1 - agree**rows) ** (BINS // rows) <= MISSED:
            return rows
    return 2
