"""Stored articles: what is shown of a hit, compressed in blocks.

Ids and headlines lie uncompressed, since every page of hits wants them; dates are columns. The rest of an article is a
JSON array ``[body, byline, dateline, section, source, language, [keywords], url, path, {provenance}]`` (trailing empty
values left out), UTF-8, a line each; the lines of some articles (`BLOCK`, where they came together) are one zstd frame.
Arrays:

===================  ======================================================================================
ids, id_ends         the ids one after the other, UTF-8; where each ends
headlines,           the same of headlines
headline_ends
id_hashes, id_order  blake2b-64 of each id, ascending, and the document of each
blocks, block_ends   the frames one after the other; where each ends
block_docs           of each frame the first document that it does not hold
===================  ======================================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.article import Article

__all__ = ["BLOCK", "BlockWriter", "fields", "id_hash", "line", "lines"]

BLOCK = 64
LEVEL = 3
FULL = 1 << 20
"""A block that holds so many bytes takes no further article."""
MAX_LINE = 1 << 28
"""No article takes more bytes, and no block unpacks to more than one beside a full one."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_decode = json.JSONDecoder().decode
_FIELDS = ("body", "byline", "dateline", "section", "source", "language", "keywords", "url", "path", "provenance")


def id_hash(id: str) -> int:
    """The 64 bits by which an id is looked up."""
    return int.from_bytes(hashlib.blake2b(id.encode(errors="surrogatepass"), digest_size=8).digest(), "little")


class BlockWriter:
    """Packs lines into blocks, or takes blocks that were packed before; `ends` and `docs` tell where each ends."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.docs: list[int] = []
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)

    def add(self, lines: Sequence[bytes]) -> Iterator[npt.NDArray[np.uint8]]:
        """Take lines; gives the bytes of the blocks that are full."""
        for line in lines:
            self._waiting.append(line)
            self._bytes += len(line)
            if len(self._waiting) >= BLOCK or self._bytes >= FULL:
                yield from self.rest()

    def copy(self, block: bytes, articles: int) -> Iterator[npt.NDArray[np.uint8]]:
        """Take a block as it is."""
        yield from self.rest()
        yield self._put(block, articles)

    def rest(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Pack what waits."""
        if self._waiting:
            block, count = self._packer.compress(b"\n".join(self._waiting)), len(self._waiting)
            self._waiting, self._bytes = [], 0
            yield self._put(block, count)

    def _put(self, block: bytes, articles: int) -> npt.NDArray[np.uint8]:
        self.ends.append((self.ends[-1] if self.ends else 0) + len(block))
        self.docs.append((self.docs[-1] if self.docs else 0) + articles)
        return np.frombuffer(block, np.uint8)


def line(article: Article) -> bytes:
    """What is stored of an article."""
    values: list[Any] = [getattr(article, name) for name in _FIELDS]
    while values and not values[-1]:
        values.pop()
    return _encode(values).encode()


def lines(block: bytes) -> list[bytes]:
    """The lines of a block; ValueError where it claims to be larger than any is."""
    if not 0 <= zstandard.frame_content_size(block) <= MAX_LINE + FULL:
        raise ValueError("a block of articles does not say its size, or claims to be too large")
    return zstandard.ZstdDecompressor().decompress(block).split(b"\n")


def fields(line: bytes) -> dict[str, Any]:
    """The fields that a line stores."""
    return dict(zip(_FIELDS, _decode(line.decode()), strict=False))
