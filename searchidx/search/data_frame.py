"""Rows of plain values as a pandas data frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from searchidx.errors import MissingExtraError

Rows = list[dict[str, Any]]


def to_frame(rows: Rows, columns: Sequence[str]) -> Any:
    """Make a `pandas.DataFrame` of rows; it has all columns even without rows.

    Raises:
        MissingExtraError: if pandas is not installed.
    """
    try:
        import pandas as pd  # slow to load, and optional
    except ImportError:
        raise MissingExtraError("pandas", "a data frame") from None
    return pd.DataFrame(rows, columns=columns)
