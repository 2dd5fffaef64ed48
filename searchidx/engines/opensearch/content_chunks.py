"""Splitting of bytes at places that depend on the content, so that a change leaves most chunks as they are.

A chunk ends where a hash of its last eight bytes has `_HASH_BITS` leading zeros. After an insertion the next such place
is the same as before (content-defined chunking, as in rsync and restic).
"""

from __future__ import annotations

import numpy as np

MIN_CHUNK, MAX_CHUNK = 1 << 20, 1 << 22
"""Bytes of a chunk, but of the last one."""
_HASH_BITS = 21
"""A place is an end once in two million."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Of Fibonacci hashing: 2^64 divided by the golden ratio."""


def split(data: bytes) -> list[bytes]:
    """The chunks of some bytes."""
    chunks = []
    start = 0
    while len(data) - start > MIN_CHUNK:
        stop = min(start + MAX_CHUNK, len(data))
        ends = start + MIN_CHUNK + np.arange(1 + stop - start - MIN_CHUNK)
        # The eight bytes before each end; the array overlaps itself.
        last_bytes = np.ndarray(len(ends), "<u8", data, offset=int(ends[0]) - 8, strides=(1,))
        is_end = (last_bytes * _MULTIPLIER) >> np.uint64(64 - _HASH_BITS) == 0
        found = np.flatnonzero(is_end)
        end = int(ends[found[0]]) if len(found) else stop
        chunks.append(data[start:end])
        start = end
    if start < len(data):
        chunks.append(data[start:])
    return chunks
