"""A segment buffer: a batch of articles, tokenized and compressed, before it becomes part of a segment.

Building a buffer is most of the work of indexing and needs no other buffer, so worker processes do it. Joining several
buffers to a segment is fast, and one large segment answers faster than several small ones. A buffer comes in two
halves: the text arrays, which all buffers of a segment must deliver before it can be written, and the field arrays,
which are only copied behind them and may arrive later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any

import numpy as np

from searchidx.article import language_origin
from searchidx.encoded_article import COLUMNS, OTHER_FIELDS
from searchidx.engines.embedded import doc_store, malloc
from searchidx.engines.embedded.array_types import Array
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.forward_index import MultilingualIndexBuilder
from searchidx.engines.embedded.minhash import signatures
from searchidx.engines.embedded.segment_file import type_for
from searchidx.schema import FACET_FIELDS, FIELDS, FieldKind, split_value, value_terms
from searchidx.versions import CHANGED
from searchidx.worker_pool import Message

INVERTED_FIELDS = tuple(
    field.name
    for field in FIELDS.values()
    if field.kind in (FieldKind.WORDS, FieldKind.VALUE, FieldKind.CHANGE) and field.name not in ("id", "precision")
)
"""The fields with an inverted index of their own; ids are looked up by hash, precision is a column."""
FACET_VALUE_FIELDS = tuple(field for field in FACET_FIELDS if field not in ("year", "month"))
"""The fields whose whole values are kept for facets; dates are columns."""
_INDEX_OF_FIELD = {
    field: [*OTHER_FIELDS, "languageorigin", "changed"].index("keywords" if field == "keyword" else field)
    for field in INVERTED_FIELDS
}
"""Where the values of an article are: in its line of JSON, followed by how its language is known and what changed."""
_PROVENANCE = OTHER_FIELDS.index("provenance")


class SegmentBuffer:
    """The text arrays or the field arrays of a batch, by name; `segment` describes those that have its names.

    ============================  ===================================================================================
    text arrays:
    spellings                     lines: term, U+0000, folded form, U+0000, surface form; one for each surface form,
                                  ascending
    forms                         at each position the number of its spelling, from 1; 0 is an empty slot
    zone_ends, sentences,         as in `ForwardIndex`
    paragraphs
    signatures                    as in `minhash`
    field arrays:
    meta_names, meta_stream,      of the other fields: lines of field, U+001F, term; their numbers from 1, with 0 after
    meta_starts                   each field; where each document begins
    value_names, doc_values,      for facets: lines of field, U+001F, value; their numbers from 0, field by field; where
    doc_values_ends               each document ends
    columns                       the `COLUMNS`, one after the other
    ids, headlines, shouting      one for each article; the first two are lines
    id_hashes, article_crcs,      as in `doc_store`; the hashes in the order of the articles
    blocks, block_ends,
    block_docs, dictionary
    ============================  ===================================================================================
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays

    def lines(self, name: str) -> list[bytes]:
        """The lines of an array, as UTF-8."""
        return self.arrays[name].tobytes().split(b"\n")[:-1]

    def to_message(self) -> Message:
        """Encode the arrays as a reply of a worker."""
        types = [(name, array.dtype.str) for name, array in self.arrays.items()]
        return Message({"arrays": types}, [array.data for array in self.arrays.values()])

    @classmethod
    def from_message(cls, message: Message) -> SegmentBuffer:
        """Decode what `to_message` made."""
        types: list[tuple[str, str]] = message.header["arrays"]
        return cls({name: np.frombuffer(blob, type) for (name, type), blob in zip(types, message.blobs, strict=True)})


class SegmentBufferBuilder:
    """Builds segment buffers; the words it learned from one batch serve the next."""

    def __init__(self) -> None:
        malloc.raise_mmap_threshold()
        self._forward_index = MultilingualIndexBuilder()

    def build_text(self, batch: DocumentBatch) -> SegmentBuffer:
        """Build the text arrays of a batch."""
        index = self._forward_index.build(batch.texts, batch.analysis_languages())
        is_used = np.bincount(index.forms, minlength=len(index.spellings)) > 0
        is_used[0] = False
        numbers = np.flatnonzero(is_used)
        spellings = list(compress(index.spellings, is_used))
        order = sorted(range(len(spellings)), key=spellings.__getitem__)
        rank = np.zeros(len(index.spellings), type_for(len(spellings)))
        rank[numbers[order]] = np.arange(1, len(spellings) + 1)
        headline_ends, body_ends = index.zone_ends[0::2], index.zone_ends[1::2]
        hashes = index.term_hashes.take(index.forms)
        return SegmentBuffer(
            {
                "spellings": _join_lines([spellings[at] for at in order]),
                "forms": rank.take(index.forms),
                "signatures": signatures(hashes, headline_ends + 1, body_ends - headline_ends - 1),
                "zone_ends": index.zone_ends,
                "sentences": index.sentences,
                "paragraphs": index.paragraphs,
            }
        )

    def build_fields(self, batch: DocumentBatch) -> SegmentBuffer:
        """Build the field arrays of a batch."""
        lines = batch.split_lines(batch.other_fields)
        columns = np.frombuffer(batch.columns, "<i8")
        return SegmentBuffer({"columns": columns, **_index_fields(lines), **_compress_articles(batch, lines)})


def _index_fields(lines: Sequence[bytes]) -> dict[str, Array]:
    """The terms and the values of the other fields, given a line of JSON for each document."""
    terms, values = _FieldStrings(), _FieldStrings()
    article_terms: dict[tuple[str, Any], list[int]] = {}  # by field and value, as many documents share them
    numbers_of: dict[bytes, tuple[list[int], list[int]]] = {b"": ([], [])}  # by line: of its terms and values
    starts: list[int] = []
    ends: list[int] = []
    for line in lines:
        starts.append(len(terms.sequence))
        if line not in numbers_of:
            fields = json.loads(line)
            fields += [""] * (len(OTHER_FIELDS) - len(fields))
            provenance = fields[_PROVENANCE] or {}
            fields += [language_origin(fields[_INDEX_OF_FIELD["language"]], provenance), provenance.get(CHANGED, "")]
            term_numbers: list[int] = []
            for field in INVERTED_FIELDS:
                value = fields[_INDEX_OF_FIELD[field]]
                key = field, tuple(value) if field == "keyword" else value
                if key not in article_terms:
                    numbers = [terms.intern(field, term) + 1 for term in value_terms(field, value)]
                    article_terms[key] = [*numbers, 0] if numbers else []
                term_numbers += article_terms[key]
            value_numbers = [
                values.intern(field, each)
                for field in FACET_VALUE_FIELDS
                if (value := fields[_INDEX_OF_FIELD[field]])
                for each in split_value(field, value)
            ]
            numbers_of[line] = term_numbers, value_numbers
        term_numbers, value_numbers = numbers_of[line]
        terms.sequence += term_numbers
        values.sequence += value_numbers
        ends.append(len(values.sequence))
    meta_names, rank = terms.sort()
    value_names, value_rank = values.sort()
    return {
        "meta_names": meta_names,
        "meta_stream": np.append(0, rank + 1).take(np.array(terms.sequence, np.intp)),
        "meta_starts": np.array(starts, np.int64),
        "value_names": value_names,
        "doc_values": value_rank.take(np.array(values.sequence, np.intp)),
        "doc_values_ends": np.array(ends, np.int64),
    }


class _FieldStrings:
    """Strings of fields, numbered in the order of their first occurrence; `sequence` lists numbers of occurrences."""

    def __init__(self) -> None:
        self.sequence: list[int] = []
        self._numbers: dict[str, int] = {}

    def intern(self, field: str, text: str) -> int:
        return self._numbers.setdefault(f"{field}\x1f{text}", len(self._numbers))

    def sort(self) -> tuple[Array, Array]:
        """The strings ascending, as lines; and the rank of each number among them, int64."""
        names = sorted(self._numbers)
        rank = np.zeros(len(names), np.int64)
        rank[[self._numbers[name] for name in names]] = np.arange(len(names))
        return _join_lines([name.encode() for name in names]), rank


def _compress_articles(batch: DocumentBatch, other_fields: Sequence[bytes]) -> dict[str, Array]:
    """The arrays of the doc store."""
    ids = batch.split_lines(batch.ids)
    texts = batch.texts.split(b"\xff")
    headlines, bodies = texts[:-1:2], texts[1::2]
    records = list(map(doc_store.encode_record, bodies, other_fields))
    columns = np.frombuffer(batch.columns, "<i8").reshape(len(COLUMNS), -1).T.tobytes()
    size = 8 * len(COLUMNS)
    rows = [columns[at : at + size] for at in range(0, len(columns), size)]
    dictionary = doc_store.train_dictionary(records)
    writer = doc_store.BlockWriter(dictionary)
    blocks = [*writer.add(records), *writer.flush()]
    return {
        "ids": _join_lines(ids),
        "headlines": _join_lines(headlines),
        "shouting": np.array([_is_all_capitals(headline) for headline in headlines], np.uint8),
        "id_hashes": doc_store.id_hashes(ids),
        "article_crcs": np.array(list(map(doc_store.article_crc, ids, headlines, rows, records)), np.uint32),
        "blocks": np.concatenate([np.zeros(0, np.uint8), *blocks]),
        "block_ends": np.array(writer.ends, np.int64),
        "block_docs": np.array(writer.docs, np.int64),
        "dictionary": np.frombuffer(doc_store.compress_dictionary(dictionary), np.uint8),
    }


def _join_lines(strings: Iterable[bytes]) -> Array:
    return np.frombuffer(b"\n".join([*strings, b""]), np.uint8)


def _is_all_capitals(headline: bytes) -> bool:
    """Whether a headline has no lower-case letter."""
    if not headline.isascii():
        return not any(map(str.islower, headline.decode()))
    return headline == headline.upper()
