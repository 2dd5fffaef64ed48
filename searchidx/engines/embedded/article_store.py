"""The stored articles of a segment, read one by one; `doc_store` describes the arrays."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, cast

import zstandard

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.encoded_article import COLUMNS, decode_date
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Array
from searchidx.engines.embedded.segment_file import SegmentFile
from searchidx.engines.embedded.string_array import StringArray

UNREADABLE = (
    zstandard.ZstdError, struct.error, ArithmeticError, IndexError, MemoryError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""What reading a damaged article may raise, beside `CorruptIndexError`."""
_pack_columns = struct.Struct(f"<{len(COLUMNS)}q").pack


class ArticleStore:
    """The ids, headlines, dates and stored records of a segment; needs no other array of it.

    Attributes:
        file, arrays: the file of the segment, and its arrays.
        count: the number of documents.
    """

    def __init__(self, file: SegmentFile) -> None:
        self.file = file
        self.arrays = file.arrays
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict | None] = {}
        self.ids = StringArray(file, "ids")
        self.headlines = StringArray(file, "headlines")
        self.count = len(self.ids)
        self.block_docs = memoryview(cast(Any, self.arrays["block_docs"]))
        self._crcs = self.arrays.get("article_crcs")
        """What `decode` compares; None: nothing."""

    def trust(self) -> None:
        """Decode articles without comparing their checksums."""
        self._crcs = None

    def date(self, doc: int) -> PartialDate | None:
        """The date of a document."""
        return decode_date(*[int(self.arrays[name][doc]) for name in COLUMNS[:-1]])

    def blocks(self, first: int, stop: int) -> Array:
        """A range of blocks of stored articles, compressed."""
        ends = self.arrays["block_ends"]
        return self.arrays["blocks"][int(ends[first - 1]) if first else 0 : int(ends[stop - 1])]

    @property
    def has_dictionary(self) -> bool:
        """Whether any block has a compression dictionary."""
        return len(self.arrays["dictionaries"]) > 0

    def dictionary(self, number: int) -> bytes:
        """A compression dictionary, itself compressed; empty if its blocks use none."""
        ends = self.arrays["dictionary_ends"]
        return bytes(self.arrays["dictionaries"][int(ends[number - 1]) if number else 0 : int(ends[number])])

    def records(self, number: int) -> list[bytes]:
        """The records of a block."""
        dictionary = self.read_dictionary(int(self.arrays["block_dictionaries"][number]))
        return doc_store.read_block(self.blocks(number, number + 1).tobytes(), dictionary)

    def read_dictionary(self, number: int) -> zstandard.ZstdCompressionDict | None:
        """A compression dictionary, decompressed once; None if its blocks use none."""
        if number not in self._dictionaries:
            self._dictionaries[number] = doc_store.read_dictionary(self.dictionary(number))
        return self._dictionaries[number]

    def article_reader(self, ids: StringArray | None = None) -> Callable[[int], Article]:
        """A function from a document to its article; it keeps the last block, so ascending documents read each once.

        `ids` are the ids that the articles get, by default those of the segment.
        """
        first = stop = 0
        records: list[bytes] = []

        def read(doc: int) -> Article:
            nonlocal first, stop, records
            try:
                if not first <= doc < stop:
                    number = bisect_right(self.block_docs, doc)
                    first, stop = (self.block_docs[number - 1] if number else 0), self.block_docs[number]
                    records = self.records(number)
                return self.decode(doc, records[doc - first], ids)
            except UNREADABLE as error:
                raise self.file.corrupt(f"holds an article that cannot be read ({error})") from error

        return read

    def decode(self, doc: int, record: bytes, ids: StringArray | None = None) -> Article:
        """The article of a document, given its record; `UNREADABLE` if they do not fit, or are not what was stored."""
        if self._crcs is not None:
            columns = _pack_columns(*[int(self.arrays[name][doc]) for name in COLUMNS])
            crc = doc_store.article_crc(self.ids.raw(doc), self.headlines.raw(doc), columns, record)
            if crc != self._crcs[doc]:
                raise ValueError("its checksum is wrong")
        stored = doc_store.decode_record(record)
        return Article((self.ids if ids is None else ids)[doc], self.headlines[doc], date=self.date(doc), **stored)

    def article(self, doc: int) -> Article:
        """The article of a document."""
        return self.article_reader()(doc)
