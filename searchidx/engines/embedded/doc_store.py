"""Stored articles: the text and fields of each document, compressed in blocks.

Ids and headlines are not compressed, since every page of hits shows them; dates are columns. All other fields of an
article are its *record*: the body as UTF-8, then, unless all other fields are empty, the byte FF and a JSON array
``[byline, dateline, section, source, language, [keywords], url, path, {provenance}, page, edition, ocr]`` without
trailing empty values.

A block is one zstd frame with the records of several documents, separated by the byte FE. Neither byte occurs in UTF-8.
A block holds at most 64 documents. A batch of 2,000 documents or more can have a dictionary, trained on some of them;
its blocks hold at most 16 documents and still compress equally well. Arrays:

===================  ======================================================================================
ids, ids_bounds      the ids, one after the other, UTF-8; where each begins, then where the last ends
headlines,           the headlines, likewise
headlines_bounds
id_hashes, id_order  blake2b-64 of each id, ascending, and the document that has it
blocks, block_ends   the frames, one after the other; where each ends
block_docs           of each frame the first document after it
block_dictionaries   of each frame the number of its dictionary
article_crcs         of each document the crc32 of its id, LF, its headline, LF, its columns (see `segment`) as signed
                     integers of 8 bytes, and its record; segments of earlier versions have none
dictionaries,        the zstd dictionaries, each compressed as a frame of its own; no bytes if blocks with that number
dictionary_ends      use no dictionary; where each ends
===================  ======================================================================================
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from searchidx.encoded_article import OTHER_FIELDS
from searchidx.engines.embedded.array_types import Array
from searchidx.engines.embedded.segment_file import SegmentFileWriter

MAX_BLOCK_DOCS, MAX_BLOCK_DOCS_WITH_DICTIONARY = 64, 16
_COMPRESSION = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_GREEDY, min_match=5, search_log=3, window_log=19, hash_log=17, chain_log=17
)
"""Within 1 % of the size of level 6 in two thirds of its time: larger tables only find what a dictionary holds."""
MIN_TRAINING_DOCS = 2000
"""A dictionary is trained on this many documents of a batch, or nearly twice as many; a smaller batch has none."""
DICTIONARY_SIZE = 96 << 10
"""In bytes."""
MAX_BLOCK_BYTES = 1 << 20
"""A block takes no further document once its records have this many bytes."""
MAX_RECORD = 1 << 28
"""Maximum size of a record, in bytes. A block unpacks to at most this and `MAX_BLOCK_BYTES`."""

_decode = json.JSONDecoder().decode
_BODY_END, _RECORD_SEPARATOR = b"\xff", b"\xfe"


def id_hash(id: bytes) -> int:
    """The 64 bits by which an id is looked up."""
    return int.from_bytes(hashlib.blake2b(id, digest_size=8).digest(), "little")


def id_hashes(ids: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """The hashes of many ids."""
    return np.frombuffer(b"".join([hashlib.blake2b(id, digest_size=8).digest() for id in ids]), "<u8")


def article_crc(id: bytes, headline: bytes, columns: bytes, record: bytes) -> int:
    """The checksum of an article."""
    return zlib.crc32(record, zlib.crc32(b"\n".join((id, headline, columns))))


def train_dictionary(records: Sequence[bytes]) -> bytes:
    """Train a dictionary on the records of a batch; empty if they are too few or have nothing in common."""
    sample: list[Any] = list(records[:: max(len(records) // MIN_TRAINING_DOCS, 1)])
    if len(sample) < MIN_TRAINING_DOCS or sum(map(len, sample)) < 4 * DICTIONARY_SIZE:
        return b""
    try:
        return zstandard.train_dictionary(DICTIONARY_SIZE, sample, k=200, d=8, f=18, accel=4).as_bytes()
    except zstandard.ZstdError:  # the records have nothing in common
        return b""


def compress_dictionary(dictionary: bytes) -> bytes:
    """Compress a dictionary for `put_dictionaries`."""
    return zstandard.ZstdCompressor(level=9).compress(dictionary) if dictionary else b""


def put_dictionaries(file: SegmentFileWriter, dictionaries: Sequence[bytes]) -> None:
    """Add the compressed dictionaries of blocks."""
    file.put_bytes("dictionaries", b"".join(dictionaries))
    file.put("dictionary_ends", np.cumsum([len(each) for each in dictionaries]))


def read_dictionary(frame: bytes) -> zstandard.ZstdCompressionDict | None:
    """Decompress a dictionary; ValueError if it states no size or one above `DICTIONARY_SIZE`."""
    if not frame:
        return None
    if not 0 <= zstandard.frame_content_size(frame) <= DICTIONARY_SIZE:
        raise ValueError("a dictionary states no size, or one that is too large")
    return zstandard.ZstdCompressionDict(zstandard.ZstdDecompressor().decompress(frame))


class BlockWriter:
    """Compresses records into blocks, or copies blocks.

    Attributes:
        ends: where each block ends, in bytes.
        docs: of each block the first document after it.
    """

    def __init__(self, dictionary: bytes = b"") -> None:
        self.ends: list[int] = []
        self.docs: list[int] = []
        self._waiting: list[bytes] = []
        self._bytes = 0
        self._max_docs = MAX_BLOCK_DOCS_WITH_DICTIONARY if dictionary else MAX_BLOCK_DOCS
        data = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
        if data is not None:
            data.precompute_compress(compression_params=_COMPRESSION)
        self._compressor = zstandard.ZstdCompressor(compression_params=_COMPRESSION, dict_data=data)

    def add(self, records: Sequence[bytes]) -> Iterator[Array]:
        """Add records; yields the blocks that are full."""
        for record in records:
            self._waiting.append(record)
            self._bytes += len(record)
            if len(self._waiting) >= self._max_docs or self._bytes >= MAX_BLOCK_BYTES:
                yield from self.flush()

    def copy(self, blocks: Array, ends: Array, docs: Array) -> Array:
        """Add compressed blocks, given where they end and how many documents each holds; call `flush` before."""
        shift = (self.ends[-1] if self.ends else 0) + len(blocks) - int(ends[-1])
        self.ends += (ends.astype(np.int64) + shift).tolist()
        self.docs += (np.cumsum(docs) + (self.docs[-1] if self.docs else 0)).tolist()
        return blocks

    def flush(self) -> Iterator[Array]:
        """Compress the records that wait, if any."""
        if self._waiting:
            block, count = self._compressor.compress(_RECORD_SEPARATOR.join(self._waiting)), len(self._waiting)
            self._waiting, self._bytes = [], 0
            self.ends.append((self.ends[-1] if self.ends else 0) + len(block))
            self.docs.append((self.docs[-1] if self.docs else 0) + count)
            yield np.frombuffer(block, np.uint8)


def encode_record(body: bytes, other_fields: bytes) -> bytes:
    """The record of an article, given its body and the line of `EncodedArticle.other_fields`."""
    return body + _BODY_END + other_fields if other_fields else body


def read_block(block: bytes, dictionary: zstandard.ZstdCompressionDict | None) -> list[bytes]:
    """Decompress the records of a block; ValueError if it states no size or one that is too large."""
    if not 0 <= zstandard.frame_content_size(block) <= MAX_RECORD + MAX_BLOCK_BYTES:
        raise ValueError("a block of articles states no size, or one that is too large")
    return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(block).split(_RECORD_SEPARATOR)


def read_first_block(blocks: Array, dictionary: zstandard.ZstdCompressionDict | None) -> tuple[list[bytes], int]:
    """Decompress the first of some blocks, whose end is not known; also returns its size in bytes."""
    size = zstandard.frame_content_size(blocks[:32].tobytes())
    if not 0 <= size <= MAX_RECORD + MAX_BLOCK_BYTES:
        raise ValueError("a block of articles states no size, or one that is too large")
    # A frame is at most this much longer than what it unpacks to.
    window = blocks[: size + (size >> 8) + (1 << 10)].tobytes()
    reader = zstandard.ZstdDecompressor(dict_data=dictionary).decompressobj()
    data = reader.decompress(window)
    if not reader.eof or len(data) != size:
        raise ValueError("a block of articles is cut off")
    return data.split(_RECORD_SEPARATOR), len(window) - len(reader.unused_data)


def decode_record(record: bytes) -> dict[str, Any]:
    """The fields of a record by name."""
    body, _, other_fields = record.partition(_BODY_END)
    values = _decode(other_fields.decode()) if other_fields else ()
    return {"body": body.decode(), **dict(zip(OTHER_FIELDS, values, strict=False))}
