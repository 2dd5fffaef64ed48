"""Settings of the C library's memory allocator."""

from __future__ import annotations

import numpy as np

_MAX_THRESHOLD = (1 << 25) - (1 << 16)
"""Just below the largest threshold that glibc's malloc adapts to, in bytes."""


def raise_mmap_threshold() -> None:
    """Raise malloc's mmap threshold, so that freed arrays are reused.

    glibc raises the threshold to the size of a mapped block when that is freed. Arrays below it then need no fresh
    pages from the system, which cost more than the work done on them.
    """
    np.empty(_MAX_THRESHOLD, np.uint8)
