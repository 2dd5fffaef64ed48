"""Stored articles: what is shown of a hit, compressed in blocks.

Ids and headlines lie uncompressed, since every page of hits wants them; dates are columns. The rest of an article is a
JSON array ``[body, byline, dateline, section, source, language, [keywords], url, path]`` (trailing empty values left
out), UTF-8, a line each; the lines of `BLOCK` articles are one zstd frame. Arrays:

===================  ======================================================================================
ids, id_ends         the ids one after the other, UTF-8; where each ends
headlines,           the same of headlines
headline_ends
id_hashes, id_order  blake2b-64 of each id, ascending, and the document of each
blocks, block_ends   the frames one after the other; where each ends
===================  ======================================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.article import Article

__all__ = ["BLOCK", "compress", "id_hash", "unpack"]

BLOCK = 16
LEVEL = 3
MAX_BLOCK_BYTES = 1 << 31
"""No block unpacks to more: a frame that claims more is damaged or hostile."""

_FIELDS = ("body", "byline", "dateline", "section", "source", "language", "keywords", "url", "path")


def id_hash(id: str) -> int:
    """The 64 bits by which an id is looked up."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest(), "little")


def _line(article: Article) -> str:
    values: list[Any] = [getattr(article, name) for name in _FIELDS]
    while values and not values[-1]:
        values.pop()
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def compress(articles: Sequence[Article]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The blocks of a batch of articles, one after the other, and where each ends."""
    packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
    blocks = [
        packer.compress("\n".join(map(_line, articles[at : at + BLOCK])).encode())
        for at in range(0, len(articles), BLOCK)
    ]
    return b"".join(blocks), np.cumsum([len(block) for block in blocks], dtype=np.int64)


def unpack(block: bytes) -> list[dict[str, Any]]:
    """The fields that were stored of each article of a block."""
    data = zstandard.ZstdDecompressor().decompress(block, max_output_size=MAX_BLOCK_BYTES)
    return [dict(zip(_FIELDS, json.loads(line), strict=False)) for line in data.decode().split("\n")]
