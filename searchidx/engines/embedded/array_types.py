"""Short names for the numpy arrays that modules exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""Integers of any type: on disk unsigned, of 1, 2, 4 or 8 bytes, as few as suffice."""
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]
"""Numbers of documents, positions and the like, ready to index other arrays."""
Int64s = npt.NDArray[np.int64]
