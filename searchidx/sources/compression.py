"""Detect and decompress gzip, bzip2, xz and zstd, block by block.

Only one block is in memory, however much the compressed data expand to, and decompressors get at most `_MAX_MEMORY`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Any

SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_BLOCK_SIZE = 1 << 16
_MAX_MEMORY = 1 << 27
"""Bytes of memory for a decompressor's window."""
_ZSTD_BLOCK_SIZE = 1 << 8
"""Bytes given to zstd at once. It returns all that they expand to, at most 11 MB."""


class DamagedDataError(Exception):
    """Compressed data are damaged or cut off."""


def detect_compression(head: bytes) -> str:
    """The name of the compression with these first bytes, or ""."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def decompress(file: BufferedReader) -> Iterator[bytes]:
    """The bytes of a file in blocks, decompressed if they are compressed.

    Raises `DamagedDataError` after all blocks before the damage, so that the caller can keep them.
    """
    compression = detect_compression(file.peek(6))
    try:
        for block in _DECOMPRESSORS[compression](file):
            if len(block) <= _BLOCK_SIZE:
                yield block
            else:
                yield from (block[at : at + _BLOCK_SIZE] for at in range(0, len(block), _BLOCK_SIZE))
    except (EOFError, zlib.error, lzma.LZMAError, _ZstdError) as error:
        raise DamagedDataError(f"its {compression} data is damaged or cut off") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedDataError(f"its {compression} data is damaged or cut off") from error


class _ZstdError(Exception):
    """An error of zstandard, whose own class is imported only for zstd files."""


def _read_blocks(file: BufferedReader) -> Iterator[bytes]:
    while block := file.read1(_BLOCK_SIZE):
        yield block


def _gunzip(file: BufferedReader) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=file) as stream:
        while block := stream.read1(_BLOCK_SIZE):
            yield block


def _decompress_streams(file: BufferedReader, new_decompressor: Callable[[], Any]) -> Iterator[bytes]:
    """The data of concatenated streams, as parallel compressors write them."""
    data = file.read1(_BLOCK_SIZE)
    while data:
        stream = new_decompressor()
        while not stream.eof:
            if block := stream.decompress(data, _BLOCK_SIZE):
                yield block
            data = b""
            if stream.needs_input and not stream.eof and not (data := file.read1(_BLOCK_SIZE)):
                raise EOFError
        data = (stream.unused_data or file.read1(_BLOCK_SIZE)).lstrip(b"\0")


def _decompress_zstd(file: BufferedReader) -> Iterator[bytes]:
    import zstandard

    data = file.read1(_ZSTD_BLOCK_SIZE)
    try:
        while data:
            frame = zstandard.ZstdDecompressor(max_window_size=_MAX_MEMORY).decompressobj()
            while not frame.eof:
                if not data:
                    raise EOFError
                if block := frame.decompress(data):
                    yield block
                data = b"" if frame.eof else file.read1(_ZSTD_BLOCK_SIZE)
            data = frame.unused_data or file.read1(_ZSTD_BLOCK_SIZE)
    except zstandard.ZstdError as error:
        raise _ZstdError from error


_DECOMPRESSORS: dict[str, Callable[[BufferedReader], Iterator[bytes]]] = {
    "": _read_blocks,
    "gzip": _gunzip,
    "bzip2": lambda file: _decompress_streams(file, bz2.BZ2Decompressor),
    "xz": lambda file: _decompress_streams(file, lambda: lzma.LZMADecompressor(memlimit=_MAX_MEMORY)),
    "zstd": _decompress_zstd,
}
