"""Signatures of bodies: 64 bytes an article by which near-duplicates are found among millions.

A body is compared by its *shingles*, the runs of four stems that stand in it (a shorter one by all of it). Array
``signatures`` has 64 bytes for each document, one after the other, 0 where it has no body. They are made so:

- A stem counts as the crc32 of its UTF-8. A shingle a, b, c, d (0 for what a short body lacks) is
  ``h = ((a·M + b)·M + c)·M + d``, then ``h ^= h >> 32; h *= M; h ^= h >> 29``, all modulo 2^64, with
  M = 0x9E3779B97F4A7C15.
- The highest 6 bits of `h` say which of 64 bins it falls into, the next 32 what it is there; a bin keeps the least.
- A bin that nothing fell into takes what another one got from the shingles: the first that got anything, of bin i in
  the order ``(i + offset) mod 64`` for the offsets of row i of `ORDER`, a permutation of 1 … 63 each.
- Stored are the lowest 8 bits of each bin.

Two bodies agree in a bin about as often as Jaccard's index of their shingles says, and by chance in one of 256. This is
one-permutation minwise hashing (Li, Owen and Zhang 2012) with optimal densification (Shrivastava 2017), 8 bits of each
(Li and König 2010).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BINS", "shingle_hashes", "signatures"]

Array = npt.NDArray[Any]

BINS = 64
SHINGLE = 4
_PIECE = 1 << 17
"""So many tokens are looked at at a time, or one body where that is longer."""
_M = np.uint64(0x9E3779B97F4A7C15)
_EMPTY = np.uint32(0xFFFFFFFF)


def _order() -> Array:
    """Of each bin the offsets at which it looks for another, by a generator of its own: they may never change."""
    rows = np.empty((BINS, BINS - 1), np.intp)
    state = 1
    for row in rows:
        left = list(range(1, BINS))
        for at in range(BINS - 1):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)  # Knuth's MMIX
            row[at] = left.pop((state >> 33) % len(left))
    return rows


ORDER = _order()


_WHERE = np.ascontiguousarray((np.arange(BINS) + ORDER.T) % BINS - np.arange(BINS))
"""How far from a bin those stand at which it looks, in that order; a column of each bin."""


def shingle_hashes(tokens: Array, starts: Array, words: Array) -> tuple[Array, Array]:
    """The shingles of some bodies, as hashes: all of the first, then of the second …; and how many each has.

    `tokens` are numbers for the stems of a stream (uint64), with 0 between two bodies; each begins at one of `starts`
    and is so many `words` long. One without words has none.
    """
    rolled = tokens.copy()
    for n in range(1, SHINGLE):
        rolled *= _M
        rolled[:-n] += tokens[n:]
    for count in range(1, SHINGLE - 1):  # beyond the 0 after so short a body stands the next one
        at = starts.take(np.flatnonzero(words == count))
        short = np.zeros(len(at), np.uint64)
        for n in range(SHINGLE):
            short *= _M
            short += tokens.take(at + n) if n < count else 0
        rolled[at] = short
    rolled ^= rolled >> np.uint64(32)
    rolled *= _M
    rolled ^= rolled >> np.uint64(29)
    sizes = np.where(words > 0, np.maximum(words - (SHINGLE - 1), 1), 0)
    stops = np.cumsum(sizes)
    at = np.repeat(starts - (stops - sizes), sizes)
    at += np.arange(len(at))
    return rolled.take(at), sizes


def signatures(tokens: Array, starts: Array, words: Array) -> Array:
    """The signatures of some bodies, given as to `shingle_hashes`; uint8, `BINS` for each."""
    least = np.full(len(words) * BINS, _EMPTY, np.uint32)
    ends = starts + words
    cuts = np.unique(np.append(starts.searchsorted(np.arange(0, len(tokens), _PIECE)), len(starts)))
    for low, high in pairwise(cuts.tolist()):
        begin = int(starts[low])
        piece = tokens[begin : int(ends[high - 1])]
        hashes, sizes = shingle_hashes(piece, starts[low:high] - begin, words[low:high])
        bins = np.repeat(np.arange(low, high) * BINS, sizes)
        bins += (hashes >> np.uint64(58)).view(np.intp)
        hashes >>= np.uint64(26)
        np.minimum.at(least, bins, hashes.astype(np.uint32))
    filled = least.copy()
    empty = np.flatnonzero((least == _EMPTY) & np.repeat(words > 0, BINS))
    own = empty % BINS
    for where in _WHERE:
        found = least.take(empty + where.take(own))
        filled[empty] = found
        rest = np.flatnonzero(found == _EMPTY)
        empty, own = empty.take(rest), own.take(rest)
    made = filled.astype(np.uint8)
    made[np.repeat(words == 0, BINS)] = 0
    return made
