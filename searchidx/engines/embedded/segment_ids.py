"""The ids of the articles of a segment, as a snapshot shows them.

A snapshot of one index shows the ids of the segment. In one of several indexes an id may have a prefix
(`searchidx.engines.embedded.multi_index`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy.typing as npt
from numpy import uint64

from searchidx.engines.embedded.array_types import Bools, Ints
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.string_array import StringArray


class SegmentIds:
    """The ids of a segment, unchanged."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    @property
    def strings(self) -> StringArray:
        """The id of each document."""
        return self.segment.ids

    def find(self, id: str) -> Iterator[int]:
        """The documents that an id names, deleted ones included."""
        return self.segment.find(id)

    def find_all(self, ids: Sequence[bytes], hashes: npt.NDArray[uint64], live: Bools | None) -> Ints:
        """The live documents that any of some ids names, ascending; `hashes` are those of the ids."""
        return self.segment.find_all(ids, hashes, live)
