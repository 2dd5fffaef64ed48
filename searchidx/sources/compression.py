"""Packed data: gzip, bzip2, xz and zstd, told by their first bytes and unpacked a block at a time.

However many bytes a few stand for, no more than one block of them is there at once, and no packing may ask for more
memory than `_MOST_MEMORY`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Any

__all__ = ["Damaged", "packing_of", "unpacked"]

_PACKINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_BLOCK = 1 << 16
_MOST_MEMORY = 1 << 27
_ZSTD_BLOCK = 1 << 10
"""So many bytes are given to zstd at once, which gives all that they stand for: 32 MB at most."""


class Damaged(Exception):
    """Packed data are damaged, or cut off."""


def packing_of(head: bytes) -> str:
    """What data that begin so are packed by; empty where by nothing that is unpacked."""
    return next((name for magic, name in _PACKINGS.items() if head.startswith(magic)), "")


def unpacked(file: BufferedReader) -> Iterator[bytes]:
    """The bytes of a file in blocks, unpacked where they are packed.

    Damaged data raise `Damaged` once all that could be unpacked has been given, not before: the caller knows whether a
    part is worth keeping.
    """
    packing = packing_of(file.peek(6))
    try:
        yield from _UNPACKED[packing](file)
    except (EOFError, zlib.error, lzma.LZMAError, _ZstdError) as error:
        raise Damaged(f"its {packing} data is damaged or cut off") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise Damaged(f"its {packing} data is damaged or cut off") from error


class _ZstdError(Exception):
    """What zstandard says is wrong; its own class is not imported where nothing is packed so."""


def _plain(file: BufferedReader) -> Iterator[bytes]:
    while block := file.read1(_BLOCK):
        yield block


def _gzip(file: BufferedReader) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as stream:
        while block := stream.read1(_BLOCK):
            yield block


def _streams(file: BufferedReader, begin: Callable[[], Any]) -> Iterator[bytes]:
    """What some streams hold, one behind the other, as programs that pack in parallel write them."""
    data = file.read1(_BLOCK)
    while data:
        stream = begin()
        while not stream.eof:
            if block := stream.decompress(data, _BLOCK):
                yield block
            data = b""
            if stream.needs_input and not stream.eof and not (data := file.read1(_BLOCK)):
                raise EOFError
        data = (stream.unused_data or file.read1(_BLOCK)).lstrip(b"\0")


def _zstd(file: BufferedReader) -> Iterator[bytes]:
    import zstandard

    data = file.read1(_ZSTD_BLOCK)
    try:
        while data:
            frame = zstandard.ZstdDecompressor(max_window_size=_MOST_MEMORY).decompressobj()
            while not frame.eof:
                if not data:
                    raise EOFError
                if block := frame.decompress(data):
                    yield block
                data = b"" if frame.eof else file.read1(_ZSTD_BLOCK)
            data = frame.unused_data or file.read1(_ZSTD_BLOCK)
    except zstandard.ZstdError as error:
        raise _ZstdError from error


_UNPACKED: dict[str, Callable[[BufferedReader], Iterator[bytes]]] = {
    "": _plain,
    "gzip": _gzip,
    "bzip2": lambda file: _streams(file, bz2.BZ2Decompressor),
    "xz": lambda file: _streams(file, lambda: lzma.LZMADecompressor(memlimit=_MOST_MEMORY)),
    "zstd": _zstd,
}
