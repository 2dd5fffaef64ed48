"""MinHash signatures of bodies: 64 bytes per article, to find near-duplicates among millions of articles.

Bodies are compared by their *shingles*, the runs of four consecutive stems; a shorter body is one shingle. Array
``signatures`` has 64 bytes for each document, one document after the other; they are 0 if it has no body:

- A stem counts as the crc32 of its UTF-8. The hash of a shingle a, b, c, d (0 for missing stems of a short body) is
  ``h = ((a·M + b)·M + c)·M + d``, then ``h ^= h >> 32; h *= M; h ^= h >> 29``, all modulo 2^64, with
  M = 0x9E3779B97F4A7C15.
- The highest 6 bits of `h` choose one of 64 bins; the next 32 bits are its value there. A bin keeps its least value.
- An empty bin takes the value that another bin got from the shingles. Bin i looks at the bins ``(i + offset) mod 64``
  for the offsets in row i of `bin_offsets`, each row a permutation of 1 … 63, and takes the first that is not empty.
- The lowest 8 bits of each bin are stored.

Two bodies agree in a bin about as often as the Jaccard index of their shingles, and by chance in one bin of 256. The
method is one-permutation minwise hashing (Li, Owen and Zhang 2012) with optimal densification (Shrivastava 2017) and 8
bits of each value (Li and König 2010).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from searchidx.engines.collectors import SHINGLE
from searchidx.engines.embedded.array_types import Array

BINS = 64
_PIECE = 1 << 17
"""Number of tokens handled at a time; a longer body is handled whole."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_EMPTY = np.uint32(0xFFFFFFFF)


@cache
def bin_offsets() -> Array:
    """Of each bin the offsets of the bins that it looks at when it is empty; 64 rows of 63.

    They come from a random number generator of our own and may never change.
    """
    rows = np.empty((BINS, BINS - 1), np.intp)
    state = 1
    for row in rows:
        remaining = list(range(1, BINS))
        for at in range(BINS - 1):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)  # Knuth's MMIX
            row[at] = remaining.pop((state >> 33) % len(remaining))
    return rows


@cache
def _bin_distances() -> Array:
    """The signed distance from each bin to those it looks at, in that order; 63 rows, a column for each bin."""
    return np.ascontiguousarray((np.arange(BINS) + bin_offsets().T) % BINS - np.arange(BINS))


def shingle_hashes(tokens: Array, starts: Array, words: Array) -> tuple[Array, Array]:
    """Hash the shingles of bodies: those of the first body, of the second …, uint64; and the number each body has.

    `tokens` are the stem hashes of a forward index (uint64), with 0 between two bodies. The bodies begin at `starts`
    and have `words` words. A body without words has no shingles.
    """
    rolled = tokens.copy()
    for n in range(1, SHINGLE):
        rolled *= _MULTIPLIER
        rolled[:-n] += tokens[n:]
    for count in range(1, SHINGLE - 1):  # four tokens from here would reach into the next body
        at = starts.take(np.flatnonzero(words == count))
        short = np.zeros(len(at), np.uint64)
        for n in range(SHINGLE):
            short *= _MULTIPLIER
            short += tokens.take(at + n) if n < count else 0
        rolled[at] = short
    rolled ^= rolled >> np.uint64(32)
    rolled *= _MULTIPLIER
    rolled ^= rolled >> np.uint64(29)
    sizes = np.where(words > 0, np.maximum(words - (SHINGLE - 1), 1), 0)
    stops = np.cumsum(sizes)
    at = np.repeat(starts - (stops - sizes), sizes)
    at += np.arange(len(at))
    return rolled.take(at), sizes


def signatures(tokens: Array, starts: Array, words: Array) -> Array:
    """The signatures of bodies, given as to `shingle_hashes`; uint8, `BINS` for each."""
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
    bins = empty % BINS
    for distances in _bin_distances():
        values = least.take(empty + distances.take(bins))
        filled[empty] = values
        rest = np.flatnonzero(values == _EMPTY)
        empty, bins = empty.take(rest), bins.take(rest)
    packed = filled.astype(np.uint8)
    packed[np.repeat(words == 0, BINS)] = 0
    return packed
