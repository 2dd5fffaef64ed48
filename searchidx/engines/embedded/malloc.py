"""How memory is kept from one array for the next."""

from __future__ import annotations

import numpy as np

__all__ = ["keep"]

_LARGE = (1 << 25) - (1 << 16)
"""Bytes; just below the most that malloc learns from."""


def keep() -> None:
    """Have memory kept that was used once, for the arrays to come.

    What glibc's malloc maps for one array, it keeps for the next once it saw one as large go: arrays then need no fresh
    pages from the system, which cost more than what is done with them.
    """
    np.empty(_LARGE, np.uint8)
