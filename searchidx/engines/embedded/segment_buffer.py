"""A batch of articles, tokenized and stored: what a segment is put together from.

Making a part is most of the work and needs no other part, so worker processes do it; putting some together is quick,
and one larger segment answers faster than several. A part comes in two: its words, which have to be there before those
of several parts can be put together, and the rest, which is only written beside them and may come later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import compress
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded import doc_store, malloc
from searchidx.engines.embedded.document_batch import REST, Batch
from searchidx.engines.embedded.forward_index import Streams, Tokenizer
from searchidx.engines.embedded.minhash import signatures
from searchidx.engines.embedded.segment_file import type_for
from searchidx.schema import FIELDS, FieldKind, terms_of_value

__all__ = ["Part", "PartMaker"]

META_FIELDS = tuple(
    field.name
    for field in FIELDS.values()
    if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and field.name not in ("id", "precision")
)
"""The fields with postings of their own; ids are looked up by hash, precision is a column."""
VALUE_FIELDS = ("source", "section", "language", "byline", "keyword")
"""The fields whose values are kept whole, to count hits by; dates are columns."""
_PLACE = {field: REST.index("keywords" if field == "keyword" else field) for field in META_FIELDS}

Array = npt.NDArray[Any]


class Part:
    """The words of a batch, or its rest: arrays by name, those of a `Streams` and of a segment, but for the classes.

    ============================  ===================================================================================
    the words:
    spellings                     stem, U+0000, folded, U+0000, printed spelling of each form, ascending; lines
    forms                         of each position the number of its spelling, from 1; 0 is the empty slot
    zone_ends, sentences,         as in `Streams`
    paragraphs
    signatures                    as in `signatures`
    the rest:
    meta_names, meta_stream,      of the other fields: U+001F between field and term, lines; their numbers from 1, 0
    meta_starts                   after each field; where each document begins
    value_names, doc_values,      what hits are counted by, U+001F between field and value, lines; their numbers from 0,
    doc_values_ends               field by field; where each document ends
    dates                         the `DATE_COLUMNS`, one after the other
    ids, headlines, shouting      of each article; the first two lines
    id_hashes, blocks,            as in `storing`; the hashes in the order of the articles
    block_ends, block_docs,
    dictionary
    ============================  ===================================================================================
    """

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays

    def lines(self, name: str) -> list[bytes]:
        """Lines, as UTF-8."""
        return self.arrays[name].tobytes().split(b"\n")[:-1]

    def write(self, sink: IO[bytes]) -> None:
        """Write what `read` reads: a line of JSON with the name, type and length of each array, the arrays."""
        kinds = [(name, array.dtype.str, len(array)) for name, array in self.arrays.items()]
        sink.write(json.dumps(kinds).encode() + b"\n")
        for array in self.arrays.values():
            sink.write(array.data)

    @classmethod
    def read(cls, head: bytes, source: IO[bytes]) -> Part:
        """The part whose first line is given, and whose arrays stand next in a stream; EOFError where that ends."""
        arrays: dict[str, Array] = {}
        for name, kind, length in json.loads(head):
            dtype = np.dtype(kind)
            data = source.read(dtype.itemsize * length)
            if len(data) != dtype.itemsize * length:
                raise EOFError("the part is cut off")
            arrays[name] = np.frombuffer(data, dtype)
        return cls(arrays)


class PartMaker:
    """Makes parts of batches; what it learned of the vocabulary in one serves the next."""

    def __init__(self) -> None:
        malloc.keep()
        self._tokenizer = Tokenizer()

    def words(self, batch: Batch) -> Part:
        """The words of a batch."""
        streams = self._tokenizer(batch.texts)
        spellings = streams.spellings
        used = np.bincount(streams.forms, minlength=len(spellings)) > 0
        used[0] = False
        numbers = np.flatnonzero(used)
        named = list(compress(spellings, used))
        order = sorted(range(len(named)), key=named.__getitem__)
        rank = np.zeros(len(spellings), type_for(len(named)))
        rank[numbers[order]] = np.arange(1, len(named) + 1)
        keys = [named[at] for at in order]
        forms = rank.take(streams.forms)
        return Part(
            {
                "spellings": _lines(keys),
                "forms": forms,
                "signatures": _signatures(streams),
                "zone_ends": streams.zone_ends,
                "sentences": streams.sentences,
                "paragraphs": streams.paragraphs,
            }
        )

    def rest(self, batch: Batch) -> Part:
        """The rest of it."""
        rest = batch.lines(batch.rest)
        return Part({"dates": np.frombuffer(batch.dates, "<i8"), **_fields(rest), **_stored(batch, rest)})


def _signatures(streams: Streams) -> Array:
    headline_ends, body_ends = streams.zone_ends[0::2], streams.zone_ends[1::2]
    return signatures(streams.stems.take(streams.forms), headline_ends + 1, body_ends - headline_ends - 1)


def _fields(rest: Sequence[bytes]) -> dict[str, Array]:
    """What there is of the other fields: their terms, and their values."""
    terms, values = _Listed(), _Listed()
    known: dict[tuple[str, Any], list[int]] = {}  # the terms of a field's value
    starts: list[int] = []
    ends: list[int] = []
    for line in rest:
        starts.append(len(terms.stream))
        if line:
            given = json.loads(line)
            given += [""] * (len(REST) - len(given))
            for field in META_FIELDS:
                value = given[_PLACE[field]]
                key = field, tuple(value) if field == "keyword" else value
                if key not in known:
                    found = [terms.number(field, term) + 1 for term in terms_of_value(field, value)]
                    known[key] = [*found, 0] if found else []
                terms.stream += known[key]
            for field in VALUE_FIELDS:
                value = given[_PLACE[field]]
                for each in value if field == "keyword" else filter(None, [value]):
                    values.stream.append(values.number(field, each))
        ends.append(len(values.stream))
    meta_names, rank = terms.ranked()
    value_names, value_rank = values.ranked()
    return {
        "meta_names": meta_names,
        "meta_stream": np.append(0, rank + 1).take(np.array(terms.stream, np.intp)),
        "meta_starts": np.array(starts, np.int64),
        "value_names": value_names,
        "doc_values": value_rank.take(np.array(values.stream, np.intp)),
        "doc_values_ends": np.array(ends, np.int64),
    }


class _Listed:
    """Strings of fields and their numbers, in the order in which they are met; and a list of such numbers."""

    def __init__(self) -> None:
        self.stream: list[int] = []
        self._numbers: dict[str, int] = {}

    def number(self, field: str, text: str) -> int:
        return self._numbers.setdefault(f"{field}\x1f{text}", len(self._numbers))

    def ranked(self) -> tuple[Array, Array]:
        """The strings ascending, as lines; and of each number the place among them."""
        names = sorted(self._numbers)
        rank = np.zeros(len(names), np.int64)
        rank[[self._numbers[name] for name in names]] = np.arange(len(names))
        return _lines([name.encode() for name in names]), rank


def _stored(batch: Batch, rest: Sequence[bytes]) -> dict[str, Array]:
    """What is shown of the articles, and found by their ids."""
    ids = batch.lines(batch.ids)
    texts = batch.texts.split(b"\xff")
    headlines, bodies = texts[:-1:2], texts[1::2]
    records = list(map(doc_store.record, bodies, rest))
    dictionary = doc_store.trained(records)
    blocks = doc_store.BlockWriter(dictionary)
    packed = [*blocks.add(records), *blocks.rest()]
    return {
        "ids": _lines(ids),
        "headlines": _lines(headlines),
        "shouting": np.array([_shouts(headline) for headline in headlines], np.uint8),
        "id_hashes": doc_store.id_hashes(ids),
        "blocks": np.concatenate([np.zeros(0, np.uint8), *packed]),
        "block_ends": np.array(blocks.ends, np.int64),
        "block_docs": np.array(blocks.docs, np.int64),
        "dictionary": np.frombuffer(doc_store.packed(dictionary), np.uint8),
    }


def _lines(strings: Iterable[bytes]) -> Array:
    return np.frombuffer(b"\n".join([*strings, b""]), np.uint8)


def _shouts(headline: bytes) -> bool:
    """Whether a headline has no lower-case letter."""
    if not headline.isascii():
        return not any(map(str.islower, headline.decode()))
    return headline == headline.upper()
