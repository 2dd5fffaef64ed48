"""Near-duplicates among some documents: candidates from minhash signatures, checked by their shingles.

A signature is cut into bands of a few bins. Documents that agree in a whole band are candidates. Bands are as wide as
the threshold allows, so that few pairs above it are missed. For signatures of 6 bins and bands of 2::

    document 0    17 4 | 90 8 | 3 61         agrees with document 1 in the second band: a candidate
    document 1    22 4 | 90 8 | 5 12
    document 2    17 9 | 33 8 | 5 61         no candidate: no band agrees as a whole

Candidates with enough equal bins are compared by Jaccard's index of their shingles, so every pair that is found
reaches the threshold. Bodies with the same words count as one, so a thousand copies do not make a million pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.disjoint_set import DisjointSet
from searchidx.engines.embedded.array_types import Bytes, Ints
from searchidx.engines.embedded.minhash import BINS, shingle_hashes
from searchidx.engines.embedded.segment_view import SegmentView

MAX_MISS_PROBABILITY = 0.001
"""Maximum probability to miss a pair at the threshold, as far as bands of two bins or more allow."""
MAX_CANDIDATES_PER_DOC = 64
"""Maximum documents with an equal band that each document is compared with."""
WORDS_PER_BLOCK = 1 << 20
"""Words hashed together."""
SIGNATURE_TOLERANCE = 0.15
"""A candidate is dropped if its share of equal bins is this much below the threshold."""


def find_near_duplicates(views: Sequence[SegmentView], docs: Sequence[int], threshold: float) -> list[list[int]]:
    """Groups of two or more documents, as the contract of an engine defines them."""
    bodies = _Bodies(views, np.asarray(docs, np.intp))
    groups = DisjointSet(len(bodies.docs))
    distinct = bodies.join_equal(groups)
    signatures = bodies.signatures[distinct]
    min_equal = (threshold - SIGNATURE_TOLERANCE) * BINS
    for one, other in _candidates(signatures, threshold):
        timeout.check()
        equal = (signatures[one] == signatures[other]).sum(1)
        for at in np.flatnonzero(equal >= min_equal).tolist():
            first, second = int(distinct[one[at]]), int(distinct[other[at]])
            if groups.find(first) != groups.find(second) and bodies.similarity(first, second) >= threshold:
                groups.union(first, second)
    return groups.groups(bodies.docs.tolist())


class _Bodies:
    """The bodies of some documents; empty ones are left out.

    Attributes:
        docs: their numbers in the snapshot, ascending.
        signatures: one row of `BINS` bytes each.
    """

    def __init__(self, views: Sequence[SegmentView], docs: Ints) -> None:
        self._segments: list[tuple[npt.NDArray[np.uint64], Ints, Ints, int]] = []
        numbers: dict[bytes, int] = {}
        chosen, rows = [], []
        first = 0
        for view in views:
            low, high = docs.searchsorted((view.first, view.first + view.count))
            here = docs[low:high] - view.first
            arrays = view.segment.arrays
            words = view.segment.lengths[1].take(here)
            here, words = here[words > 0], words[words > 0]
            starts = view.segment.headline_ends.take(here) + 1
            # One number for each term in all segments; 0 for the empty slot.
            if len(views) == 1:
                term_numbers = np.arange(1, len(view.segment.terms) + 1, dtype=np.uint64)
            else:
                terms = view.segment.terms.raw_list()
                term_numbers = np.fromiter((numbers.setdefault(each, len(numbers) + 1) for each in terms), np.uint64)
            of_forms = np.append(np.uint64(0), term_numbers.take(view.segment.form_terms))
            self._segments.append((of_forms, starts, words, first))
            chosen.append(here + view.first)
            rows.append(arrays["signatures"].reshape(-1, BINS)[here])
            first += len(here)
        self._forward_indexes = [view.segment.arrays["stream"] for view in views]
        self._firsts = np.array([segment[3] for segment in self._segments])
        self._shingles: dict[int, set[int]] = {}
        self.docs: Ints = np.concatenate(chosen) if chosen else docs
        self.signatures: Bytes = np.concatenate(rows) if rows else np.zeros((0, BINS), np.uint8)

    def join_equal(self, groups: DisjointSet) -> Ints:
        """Join bodies with the same words; returns the first body of each, ascending."""
        if not len(self.docs):
            return np.zeros(0, np.intp)
        digests = []
        for forward_index, (of_forms, starts, words, _) in zip(self._forward_indexes, self._segments, strict=True):
            ends = words.cumsum()
            low = 0
            while low < len(starts):
                timeout.check()
                before = int(ends[low] - words[low])
                high = max(int(ends.searchsorted(before + WORDS_PER_BLOCK, side="right")), low + 1)
                begins = ends[low:high] - words[low:high] - before
                positions = np.repeat(starts[low:high] - begins, words[low:high])
                positions += np.arange(len(positions))  # positions of these bodies only
                tokens = of_forms.take(forward_index.take(positions))
                hashes, sizes = shingle_hashes(tokens, begins, words[low:high])
                begins = np.cumsum(sizes) - sizes
                # The digest of a body is a sum of its shingle hashes, each times an odd number for its place.
                at = np.arange(len(hashes)) - np.repeat(begins, sizes)
                hashes *= (at.astype(np.uint64) << np.uint64(1)) + np.uint64(1)
                digests.append(np.add.reduceat(hashes, begins))
                low = high
        _, firsts, inverse = np.unique(np.concatenate(digests), return_index=True, return_inverse=True)
        leaders = firsts.take(inverse.ravel())
        for copy in np.flatnonzero(leaders != np.arange(len(leaders))).tolist():
            groups.union(copy, int(leaders[copy]))
        return np.sort(firsts)

    def similarity(self, one: int, other: int) -> float:
        """Jaccard's index of the shingles of two bodies."""
        first, second = self._shingles_of(one), self._shingles_of(other)
        common = len(first & second)
        return common / (len(first) + len(second) - common)

    def _shingles_of(self, at: int) -> set[int]:
        found = self._shingles.get(at)
        if found is None:
            n = int(self._firsts.searchsorted(at, side="right")) - 1
            of_forms, starts, words, first = self._segments[n]
            begin, count = int(starts[at - first]), int(words[at - first])
            tokens = of_forms.take(self._forward_indexes[n][begin : begin + count])
            hashes, _ = shingle_hashes(tokens, np.zeros(1, np.int64), np.array([count]))
            found = self._shingles[at] = set(hashes.tolist())
        return found


def _candidates(signatures: Bytes, threshold: float) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of rows that are equal in a whole band, in batches."""
    width = _band_width(threshold)
    for band in range(BINS // width):
        padded = np.zeros((len(signatures), 8), np.uint8)
        padded[:, :width] = signatures[:, band * width : (band + 1) * width]
        keys = padded.view(np.uint64).ravel()
        order = keys.argsort(kind="stable")
        keys = keys.take(order)
        for distance in range(1, min(MAX_CANDIDATES_PER_DOC, len(keys) - 1) + 1):
            same = np.flatnonzero(keys[distance:] == keys[:-distance])
            if not len(same):
                break
            yield order.take(same), order.take(same + distance)


def _band_width(threshold: float) -> int:
    """The greatest number of bins in a band that misses few pairs at the threshold; at least 2.

    Two bins agree with probability t + (1 - t) / 256, by similarity or by chance; a pair is missed if no band agrees.
    """
    agree = threshold + (1 - threshold) / 256
    for width in range(8, 2, -1):
        if (1 - agree**width) ** (BINS // width) <= MAX_MISS_PROBABILITY:
            return width
    return 2
