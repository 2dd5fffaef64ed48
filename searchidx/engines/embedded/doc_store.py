"""Stored articles: what is shown of a hit, compressed in blocks.

Ids and headlines lie uncompressed, since every page of hits wants them; dates are columns. The rest of an article is
its *record*: the body, UTF-8, and where there is more, the byte FF and a JSON array ``[byline, dateline, section,
source, language, [keywords], url, path, {provenance}]`` (trailing empty values left out). The records of some articles
(`BLOCK`, where they came together), parted by the byte FE, are one zstd frame; neither byte is one of UTF-8. Where many
articles came together, a dictionary was trained on some of them, so that a block of few is as small. Arrays:

===================  ======================================================================================
ids, ids_bounds      the ids one after the other, UTF-8; where each begins, then where the last ends
headlines,           the same of headlines
headlines_bounds
id_hashes, id_order  blake2b-64 of each id, ascending, and the document of each
blocks, block_ends   the frames one after the other; where each ends
block_docs           of each frame the first document that it does not hold
block_dictionaries   of each frame the number of its dictionary
dictionaries,        the zstd dictionaries, each a frame of its own, or nothing where a block of that number has none;
dictionary_ends      where each ends
===================  ======================================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.engines.embedded.document_batch import REST
from searchidx.engines.embedded.segment_file import SegmentFileWriter

__all__ = [
    "BLOCK",
    "BlockWriter",
    "fields",
    "id_hash",
    "id_hashes",
    "packed",
    "put_dictionaries",
    "record",
    "records",
    "trained",
    "unpacked",
]

BLOCK, BLOCK_WITH_DICTIONARY = 64, 16
_PACKING = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_GREEDY, min_match=5, search_log=3, window_log=19, hash_log=17, chain_log=17
)
"""As small as level 6, but for 1 %, in two thirds of the time: larger tables find what a dictionary holds."""
TRAINED, DICTIONARY = 2000, 96 << 10
"""A dictionary of so many bytes is trained on so many articles."""
FULL = 1 << 20
"""A block that holds so many bytes takes no further article."""
MAX_RECORD = 1 << 28
"""No article takes more bytes, and no block unpacks to more than one beside a full one."""

_decode = json.JSONDecoder().decode
Array = npt.NDArray[Any]
_BODY_ENDS, _RECORD_ENDS = b"\xff", b"\xfe"


def id_hash(id: bytes) -> int:
    """The 64 bits by which an id, UTF-8, is looked up."""
    return int.from_bytes(hashlib.blake2b(id, digest_size=8).digest(), "little")


def id_hashes(ids: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """The same of many."""
    return np.frombuffer(b"".join([hashlib.blake2b(id, digest_size=8).digest() for id in ids]), "<u8")


def trained(records: Sequence[bytes]) -> bytes:
    """A dictionary for the records of a batch; empty where they are too few."""
    sample: list[Any] = list(records[:: max(len(records) // TRAINED, 1)])
    if len(sample) < TRAINED or sum(map(len, sample)) < 4 * DICTIONARY:
        return b""
    try:
        return zstandard.train_dictionary(DICTIONARY, sample, k=200, d=8, f=18, accel=4).as_bytes()
    except zstandard.ZstdError:  # nothing in them is alike
        return b""


def put_dictionaries(file: SegmentFileWriter, dictionaries: Sequence[bytes]) -> None:
    """Add the dictionaries of blocks, as `packed` gives them."""
    file.put_bytes("dictionaries", b"".join(dictionaries))
    file.put("dictionary_ends", np.cumsum([len(each) for each in dictionaries]))


def packed(dictionary: bytes) -> bytes:
    """A dictionary as it is kept."""
    return zstandard.ZstdCompressor(level=9).compress(dictionary) if dictionary else b""


def unpacked(frame: bytes) -> zstandard.ZstdCompressionDict | None:
    """A dictionary for reading; ValueError where it claims to be larger than any is."""
    if not frame:
        return None
    if not 0 <= zstandard.frame_content_size(frame) <= DICTIONARY:
        raise ValueError("a dictionary does not say its size, or claims to be too large")
    return zstandard.ZstdCompressionDict(zstandard.ZstdDecompressor().decompress(frame))


class BlockWriter:
    """Packs records into blocks, or takes blocks that were packed before.

    `ends` and `docs` tell where each ends.
    """

    def __init__(self, dictionary: bytes = b"") -> None:
        self.ends: list[int] = []
        self.docs: list[int] = []
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._most = BLOCK_WITH_DICTIONARY if dictionary else BLOCK
        data = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        if data is not None:
            data.precompute_compress(compression_params=_PACKING)
        self._packer = zstandard.ZstdCompressor(compression_params=_PACKING, dict_data=data)

    def add(self, records: Sequence[bytes]) -> Iterator[Array]:
        """Take records; gives the bytes of the blocks that are full."""
        for record in records:
            self._waiting.append(record)
            self._bytes += len(record)
            if len(self._waiting) >= self._most or self._bytes >= FULL:
                yield from self.rest()

    def copy(self, blocks: Array, ends: Array, articles: Array) -> Array:
        """Take blocks as they are, given where they end and how many articles each holds; nothing may wait."""
        shift = (self.ends[-1] if self.ends else 0) + len(blocks) - int(ends[-1])
        self.ends += (ends.astype(np.int64) + shift).tolist()
        self.docs += (np.cumsum(articles) + (self.docs[-1] if self.docs else 0)).tolist()
        return blocks

    def rest(self) -> Iterator[Array]:
        """Pack what waits."""
        if self._waiting:
            block, count = self._packer.compress(_RECORD_ENDS.join(self._waiting)), len(self._waiting)
            self._waiting, self._bytes = [], 0
            yield self._put(block, count)

    def _put(self, block: bytes, articles: int) -> Array:
        self.ends.append((self.ends[-1] if self.ends else 0) + len(block))
        self.docs.append((self.docs[-1] if self.docs else 0) + articles)
        return np.frombuffer(block, np.uint8)


def record(body: bytes, rest: bytes) -> bytes:
    """What is stored of an article: its body, and a line of the rest of its batch."""
    return body + _BODY_ENDS + rest if rest else body


def records(block: bytes, dictionary: zstandard.ZstdCompressionDict | None) -> list[bytes]:
    """The records of a block; ValueError where it claims to be larger than any is."""
    if not 0 <= zstandard.frame_content_size(block) <= MAX_RECORD + FULL:
        raise ValueError("a block of articles does not say its size, or claims to be too large")
    return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(block).split(_RECORD_ENDS)


def fields(record: bytes) -> dict[str, Any]:
    """The fields that a record holds."""
    body, _, rest = record.partition(_BODY_ENDS)
    return {"body": body.decode(), **dict(zip(REST, _decode(rest.decode()) if rest else (), strict=False))}
