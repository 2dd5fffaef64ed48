"""Strings in a segment file: terms, surface forms, ids, headlines."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, cast

import numpy as np

from searchidx.engines.embedded.array_types import Array, Int64s, Ints
from searchidx.engines.embedded.segment_file import SegmentFile


class StringArray(Sequence[str]):
    """Numbered strings, one after the other as UTF-8.

    `bisect` and `prefix_range` need ascending strings. `find` needs a hash table, the arrays `…_lookup`.
    """

    def __init__(self, file: SegmentFile, name: str) -> None:
        # Slices of the map itself are several times faster than slices of an array or a memoryview.
        self._map = file.map
        self._start = file.offsets[name]
        self._file, self._name = file, name
        sizes = file.arrays.get(f"{name}_sizes")
        self._count = max(len(file.arrays[f"{name}_bounds"]) - 1, 0) if sizes is None else len(sizes)
        if f"{name}_lookup" in file.arrays:
            self._lookup = memoryview(cast(Any, file.arrays[f"{name}_lookup"]))
            self._lookup_ends = memoryview(cast(Any, file.arrays[f"{name}_lookup_ends"]))
            self._mask = len(self._lookup_ends) - 1

    @cached_property
    def _bounds(self) -> memoryview:
        """The start of each string, then the end of the last; computed from the sizes on first use."""
        arrays, name = self._file.arrays, self._name
        bounds = arrays.get(f"{name}_bounds")
        if bounds is None:
            bounds = np.zeros(self._count + 1, np.uint32)
            np.cumsum(arrays[f"{name}_sizes"], out=bounds[1:])
        if not len(bounds) or bounds[0] or bounds[-1] != len(arrays[name]):
            raise self._file.corrupt(f"has {len(arrays[name]):,} bytes of {name}, which is not the sum of their sizes")
        return memoryview(cast(Any, bounds))

    def __len__(self) -> int:
        return self._count

    def raw(self, number: int) -> bytes:
        """One string, as UTF-8."""
        return self._map[self._start + self._bounds[number] : self._start + self._bounds[number + 1]]

    def __getitem__(self, number: Any) -> Any:
        return self.raw(number).decode()

    def get_many(self, numbers: Iterable[int]) -> list[str]:
        """The strings with these numbers."""
        data, start, bounds = self._map, self._start, self._bounds
        return [data[start + bounds[number] : start + bounds[number + 1]].decode() for number in numbers]

    def raw_list(self, first: int = 0, stop: int | None = None) -> list[bytes]:
        """The strings of a range of numbers, by default all, as UTF-8."""
        bounds = self._bounds[first : self._count + 1 if stop is None else stop + 1].tolist()
        begin = bounds[0]
        data = self._map[self._start + begin : self._start + bounds[-1]]
        return [data[start - begin : end - begin] for start, end in pairwise(bounds)]

    def raw_buffer(self) -> tuple[bytes, Int64s, Int64s]:
        """All strings in one piece of UTF-8, the start of each and the size of each in bytes."""
        bounds = np.asarray(self._bounds).astype(np.int64)
        return self._map[self._start : self._start + int(bounds[-1])], bounds[:-1], np.diff(bounds)

    def code_points(self, first: int, stop: int) -> tuple[Array, Ints]:
        """The code points of a range of strings in one array (uint32), and the end of each string in it."""
        begin = self._bounds[first]
        ends = np.asarray(self._bounds[first + 1 : stop + 1]).astype(np.intp) - begin
        data = self._map[self._start + begin : self._start + self._bounds[stop]]
        if not data.isascii():
            is_first_byte = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
            ends = np.concatenate([[0], is_first_byte.cumsum()]).take(ends)
        return np.frombuffer(data.decode().encode("utf-32-le"), "<u4"), ends

    def bisect(self, wanted: bytes) -> int:
        """The number of the first string that is not less than `wanted`."""
        data, start, bounds = self._map, self._start, self._bounds
        low, high = 0, self._count
        while low < high:
            middle = (low + high) >> 1
            if data[start + bounds[middle] : start + bounds[middle + 1]] < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, wanted: str) -> int:
        """The number of a string; -1 if it is missing."""
        encoded = wanted.encode(errors="surrogatepass")  # a lone surrogate equals no stored string
        bucket = zlib.crc32(encoded) & self._mask
        data, start, bounds, ends = self._map, self._start, self._bounds, self._lookup_ends
        for number in self._lookup[ends[bucket - 1] if bucket else 0 : ends[bucket]]:
            if data[start + bounds[number] : start + bounds[number + 1]] == encoded:
                found: int = number
                return found
        return -1

    def prefix_range(self, prefix: str) -> range:
        """The numbers of the strings with a prefix."""
        encoded = prefix.encode(errors="surrogatepass")
        stop = encoded.rstrip(b"\xff")
        first = self.bisect(encoded)
        return range(first, self.bisect(stop[:-1] + bytes((stop[-1] + 1,))) if stop else len(self))
