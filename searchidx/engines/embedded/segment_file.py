"""The segment file: named arrays in one file, each with its checksum.

A segment file is written once and never changes. All numbers are little-endian::

    offset 0          8 bytes    b"SIDXSEG1"
    …                 arrays     each begins at a multiple of 64 bytes; padding bytes are zero
    toc_at            toc_len    the table of contents: JSON, UTF-8
    file end - 24     24 bytes   toc_at: u64, toc_len: u64, crc32 of the table's bytes: u32, b"SIDX"

The table of contents is ``{"arrays": {name: [type, count, offset, crc32]}, "articles": n, …}``. A type is one of
``u1 u2 u4 u8`` (unsigned integers of 1, 2, 4, 8 bytes), large enough for the greatest value of the array. `crc32` is
zlib's, over the bytes of the array. `segment` describes each array.

The manifest holds the size of each file and the checksum of its table, so opening detects a file that was truncated,
swapped or replaced. `verify` reads the whole file and detects damage within arrays.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np

from searchidx.engines.embedded.array_types import Array
from searchidx.errors import CorruptIndexError

MAGIC = b"SIDXSEG1"
_TRAILER = struct.Struct("<QQL4s")
_ALIGNMENT = 64
"""Arrays begin at multiples of this many bytes."""
_TYPES: dict[str, np.dtype[Any]] = {
    "u1": np.dtype("<u1"),
    "u2": np.dtype("<u2"),
    "u4": np.dtype("<u4"),
    "u8": np.dtype("<u8"),
}


def type_for(greatest: int) -> str:
    """The smallest type for numbers up to `greatest`."""
    for name, limit in (("u1", 0xFF), ("u2", 0xFFFF), ("u4", 0xFFFFFFFF)):
        if greatest <= limit:
            return name
    return "u8"


def sync_file(path: Path) -> None:
    """Make a file durable; another process may have written it."""
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Windows has no such call, and makes renames durable itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and the missing ones around it, each durable in the folder that holds it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


class SegmentFileWriter:
    """Writes one segment file, array by array.

    Call `sync_file` to make it durable; a segment that the same commit merges need not be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "xb")  # noqa: SIM115 - closed by finish or abort
        self._file.write(MAGIC)
        self._at = len(MAGIC)
        self._arrays: dict[str, tuple[str, int, int, int]] = {}

    def put(self, name: str, values: Array, type: str | None = None) -> None:
        """Add an array of unsigned integers, in the smallest type for them unless one is given."""
        if type is None:
            type = type_for(int(values.max()) if len(values) else 0)
        self.put_chunks(name, type, (values,))

    def put_bytes(self, name: str, data: bytes) -> None:
        """Add an array of bytes."""
        self.put_chunks(name, "u1", (np.frombuffer(data, np.uint8),))

    def put_chunks(self, name: str, type: str, chunks: Iterable[Array]) -> None:
        """Add an array that is given in chunks, so that it need not fit into memory."""
        padding = -self._at % _ALIGNMENT
        self._file.write(bytes(padding))
        self._at += padding
        start, count, crc = self._at, 0, 0
        dtype = _TYPES[type]
        for chunk in chunks:
            data = memoryview(cast(Any, np.ascontiguousarray(chunk, dtype=dtype))).cast("B") if len(chunk) else b""
            self._file.write(data)
            crc = zlib.crc32(data, crc)
            count += len(chunk)
            self._at += len(data)
        self._arrays[name] = (type, count, start, crc)

    def finish(self, **about: Any) -> dict[str, Any]:
        """Write the table of contents and close; returns the entry of the manifest."""
        toc = json.dumps({**about, "arrays": self._arrays}, separators=(",", ":"), sort_keys=True).encode()
        crc = zlib.crc32(toc)
        self._file.write(toc + _TRAILER.pack(self._at, len(toc), crc, b"SIDX"))
        size = self._file.tell()
        self._file.close()
        return {"file": self.path.name, "bytes": size, "crc32": crc, **about}

    def abort(self) -> None:
        """Close and remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class SegmentFile:
    """A segment file mapped into memory; opening it reads only the table of contents.

    Attributes:
        arrays: the arrays by name, read-only.
        offsets: of each array the place of its first byte in the file.
        toc: the table of contents.
        map: the bytes of the file.
    """

    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        self.folder = folder
        self.name = str(entry["file"])
        path = folder / self.name
        try:
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size != entry["bytes"]:
                    raise self.corrupt(f"is {size:,} bytes long, not {entry['bytes']:,}")
                self.map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise self.corrupt("is missing") from None
        except OSError as error:
            raise self.corrupt(f"cannot be read: {error.strerror or error}") from error
        self.toc = self._read_toc(int(entry["crc32"]))
        self.arrays: dict[str, Array] = {}
        for name, (type, count, offset, _) in self.toc["arrays"].items():
            self.arrays[name] = np.frombuffer(self.map, _TYPES[type], count, offset)
        self.offsets = {name: int(offset) for name, (_, _, offset, _) in self.toc["arrays"].items()}

    def corrupt(self, damage: str) -> CorruptIndexError:
        """The error to raise for damage of this file."""
        return CorruptIndexError(
            self.folder,
            f"{self.folder / self.name} {damage}: restore it from a copy, or delete the folder and build it again",
        )

    def release(self) -> None:
        """Drop the pages that were read from memory; the system reads them again when needed."""
        if hasattr(self.map, "madvise"):
            self.map.madvise(mmap.MADV_DONTNEED)

    def is_right(self, name: str) -> bool:
        """Whether the checksum of an array is right; reads all of it."""
        type, count, offset, crc = self.toc["arrays"][name]
        found = zlib.crc32(memoryview(self.map)[offset : offset + count * _TYPES[type].itemsize])
        return bool(found == crc)

    def verify(self) -> Iterator[str]:
        """Read the whole file; yields a line for each damaged array."""
        size = len(self.map)
        if self.map[: len(MAGIC)] != MAGIC:
            yield f"{self.name}: does not begin with {MAGIC.decode()}"
        end = len(MAGIC)
        for name, (type, count, offset, _) in sorted(
            self.toc["arrays"].items(), key=lambda item: (item[1][2], item[1][1])
        ):
            if any(self.map[end:offset]):
                yield f"{self.name}: the bytes {end:,} to {offset:,} before the array {name} are not zero"
            end = offset + count * _TYPES[type].itemsize
            if not self.is_right(name):
                yield f"{self.name}: the array {name!r} is damaged (bytes {offset:,} to {end:,})"
        if size < _TRAILER.size:
            yield f"{self.name}: is truncated"

    def _read_toc(self, crc: int) -> dict[str, Any]:
        size = len(self.map)
        if size < len(MAGIC) + _TRAILER.size:
            raise self.corrupt("is truncated")
        at, length, trailer_crc, magic = _TRAILER.unpack(self.map[size - _TRAILER.size :])
        if magic != b"SIDX" or at + length + _TRAILER.size != size:
            raise self.corrupt("has no table of contents at its end")
        raw = self.map[at : at + length]
        if trailer_crc != crc or zlib.crc32(raw) != crc:
            raise self.corrupt("is not the file that the manifest names")
        try:
            toc: dict[str, Any] = json.loads(raw)
            for name, (type, count, offset, checksum) in toc["arrays"].items():
                if any(not isinstance(value, int) or value < 0 for value in (count, offset, checksum)):
                    raise ValueError(f"the entry of {name} has a value that is no number")
                if not len(MAGIC) <= offset <= offset + count * _TYPES[type].itemsize <= at:
                    raise ValueError(f"{name} lies outside the file")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self.corrupt(f"has a table of contents that cannot be read ({error})") from error
        return toc
