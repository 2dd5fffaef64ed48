"""Merge adjacent segments into one: equal to the segment that one batch of all their live articles would give.

The vocabularies are joined, then every array is renumbered and written in pieces, so memory holds the vocabularies and
one piece. Compressed articles are copied as they are unless one in their block was deleted. Two segments, the second
document of the first one deleted, give::

    segment          0                               1
    documents        Banks rise | A bank (deleted)   Rise
    forms            A  bank  Banks  rise            Rise              sorted by term, folded form, surface form
    stream           3 4 0 0      1 2 0 0            1 0 0             1: the first form; 0: an empty slot

    used forms       .  .     Banks  rise            Rise
    new forms        Banks = 0   Rise = 1   rise = 2                   sorted likewise (`_put_vocabulary`)
    new_forms        0  0  0  1  3                   0  2              of each number in the old stream, plus 1
    stream           1 3 0 0                         2 0 0             `new_forms.take(stream)` of live documents

`postings_merge` has the same example for postings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby
from pathlib import Path
from typing import Any

import numpy as np

from searchidx.encoded_article import COLUMNS
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Array, Bools
from searchidx.engines.embedded.interner import Interner
from searchidx.engines.embedded.minhash import BINS
from searchidx.engines.embedded.postings_merge import LivePostings, MergeInput, put_inverted_index
from searchidx.engines.embedded.segment import Segment, sentence_starts, unpack_bits
from searchidx.engines.embedded.segment_file import SegmentFileWriter, type_for
from searchidx.engines.embedded.segment_writer import (
    merge_vocabularies,
    put_forms,
    put_sentences,
    put_strings,
    put_vocabulary,
)
from searchidx.engines.embedded.string_array import StringArray
from searchidx.folding import fold

_COLUMNS = ("headline_words", "body_words", *COLUMNS, "shouting")


def merge(
    segments: Sequence[tuple[Segment, Bools | None]], path: Path, keep_dictionaries: bool = True
) -> dict[str, Any]:
    """Write one segment with the live documents of several adjacent ones; returns the entry of the manifest.

    `segments` are pairs of a segment and its live documents (None: all are live). Compression dictionaries hold
    passages of the articles they were trained on, deleted ones included: the segment has none without
    `keep_dictionaries`.
    """
    file = SegmentFileWriter(path)

    def release() -> None:
        for segment, _ in segments:
            segment.file.release()

    try:
        inputs: list[MergeInput] = []
        for segment, live in segments:
            inputs.append(MergeInput(segment, live, inputs[-1].stop if inputs else 0))
        count = inputs[-1].stop
        text_terms = _put_vocabulary(file, inputs)
        release()
        put_inverted_index(file, "text", inputs, [each.new_terms for each in inputs], text_terms, count)
        release()
        for name in _COLUMNS:
            file.put(name, np.concatenate([each.column(name) for each in inputs]))
        terms, new_terms = _join_used([each.segment.meta_terms for each in inputs], list(map(_used_meta, inputs)))
        put_vocabulary(file, "meta_classes", terms)
        put_inverted_index(file, "meta", inputs, new_terms, len(terms), count)
        _put_meta_stream(file, inputs, new_terms, len(terms))
        _put_values(file, inputs)
        file.put_chunks("signatures", "u1", (each.rows("signatures", BINS) for each in inputs))
        _put_doc_store(file, inputs, keep_dictionaries)
        release()
        words = {
            name: sum(int(each.column(name).sum(dtype=np.int64)) for each in inputs)
            for name in ("headline_words", "body_words")
        }
        return file.finish(articles=count, **words)
    except BaseException:
        file.abort()
        raise


class _UsedStrings:
    """The strings of an input that are used; each iteration decodes them again, as many inputs would fill memory."""

    def __init__(self, strings: Callable[[], Iterable[bytes]], is_used: Bools) -> None:
        self._strings = strings
        self._is_used = is_used

    def __iter__(self) -> Iterator[bytes]:
        return compress(self._strings(), self._is_used)


def _join_used(vocabularies: Sequence[StringArray], is_used: Sequence[Bools]) -> tuple[list[bytes], list[Array]]:
    """The ascending strings that are used, and of each vocabulary the new number of each of its strings.

    An unused string gets the number of the next used one, so that numbers still ascend.
    """
    used = [_UsedStrings(strings.raw_list, mask) for strings, mask in zip(vocabularies, is_used, strict=True)]
    strings, numbers = merge_vocabularies(used)
    new_numbers: list[Array] = []
    for new, mask in zip(numbers, is_used, strict=True):
        new_numbers.append(np.append(new, max(len(strings) - 1, 0)).take(np.cumsum(mask) - mask))
    return strings, new_numbers


def _put_vocabulary(file: SegmentFileWriter, inputs: Sequence[MergeInput]) -> int:
    """Join the terms and surface forms, add them and the forward index in new numbers; returns the number of terms."""
    terms, forms = _StringTable(), _StringTable()
    is_used = [_used_forms(each) for each in inputs]
    pairs = []  # of each used form the number of its term and of its surface form
    for each, mask in zip(inputs, is_used, strict=True):
        term_of_form = np.repeat(terms.intern(each.segment.terms), _differences(each.segment.form_ends))
        pairs.append((term_of_form << 32 | forms.intern(each.segment.forms))[mask])
    distinct, place = np.unique(np.concatenate(pairs), return_inverse=True)
    form_keys = _form_keys(terms.strings(distinct >> 32), forms.strings(distinct & 0xFFFFFFFF))
    order = np.array(sorted(range(len(form_keys)), key=form_keys.__getitem__), np.int64)
    term_of_form, first_forms = put_forms(file, [form_keys[at] for at in order.tolist()])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    new_forms = np.split(rank.take(place), np.cumsum(list(map(len, pairs)))[:-1])
    for each, mask, new in zip(inputs, is_used, new_forms, strict=True):
        each.new_forms = np.zeros(len(mask) + 1, np.int64)
        each.new_forms[1:][mask] = new + 1
        # An unused term gets the number of the next used one, so that numbers still ascend.
        numbers = np.full(len(each.segment.terms), max(len(first_forms) - 1, 0))
        numbers[np.repeat(np.arange(len(numbers)), _differences(each.segment.form_ends))[mask]] = term_of_form.take(new)
        each.new_terms = np.minimum.accumulate(numbers[::-1])[::-1]
    _put_stream(file, inputs, len(order))
    return len(first_forms)


class _StringTable:
    """The distinct strings of several vocabularies, numbered in the order of their first occurrence."""

    def __init__(self) -> None:
        self._interner = Interner()
        self._strings: list[bytes] = []

    def intern(self, strings: StringArray) -> Array:
        """The number of each string of a vocabulary; int64."""
        text, starts, sizes = strings.raw_buffer()
        numbers, new = self._interner.intern(text, starts, sizes)
        places = zip(starts.take(new).tolist(), sizes.take(new).tolist(), strict=True)
        self._strings += [text[start : start + size] for start, size in places]
        return numbers.astype(np.int64)

    def strings(self, numbers: Array) -> list[bytes]:
        return list(map(self._strings.__getitem__, numbers.tolist()))


def _form_keys(terms: Sequence[bytes], forms: Sequence[bytes]) -> list[bytes]:
    """Term, folded form and surface form of each surface form, as `put_forms` takes them."""
    folded = b"\0".join(forms).lower().split(b"\0") if forms else []
    for at in [at for at, form in enumerate(forms) if not form.isascii()]:
        folded[at] = fold(forms[at].decode()).encode()
    return list(map(b"\0".join, zip(terms, folded, forms, strict=True)))


def _differences(ends: Any) -> Array:
    """The size of each item, given where each ends; int64."""
    sizes: Array = np.diff(np.asarray(ends, np.int64), prepend=np.int64(0))
    return sizes


def _used_forms(each: MergeInput) -> Bools:
    """Which surface forms of a segment occur in a live document."""
    if each.live is None:
        return np.ones(len(each.segment.forms), np.bool_)
    is_used = np.zeros(len(each.segment.forms) + 1, np.bool_)
    for piece in each.pieces("stream", "doc_starts"):
        is_used[each.segment.arrays["stream"][piece]] = True
    return is_used[1:]


def _used_meta(each: MergeInput) -> Bools:
    """Which terms of the other fields a live document has."""
    return LivePostings(each, each.segment.meta, np.zeros(len(each.segment.meta_terms), np.int64)).sizes > 0


def _put_stream(file: SegmentFileWriter, inputs: Sequence[MergeInput], forms: int) -> None:
    """Add the forward index in the new numbers, and the arrays of positions in it."""

    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each in inputs:
            for piece in each.pieces("stream", "doc_starts"):
                yield each.new_forms.take(each.segment.arrays["stream"][piece])
            each.segment.file.release()

    file.put_chunks("stream", type_for(forms), numbers())
    starts, length = [], 1
    for each in inputs:
        begins, ends = each.doc_ranges("stream", "doc_starts")
        lengths = ends - begins
        starts.append(length + np.cumsum(lengths) - lengths)
        length += int(lengths.sum())
    file.put("doc_starts", np.concatenate(starts))
    paragraphs: list[Array] = []

    def sentences() -> Iterator[Array]:
        for each, new_starts in zip(inputs, starts, strict=True):
            arrays = each.segment.arrays
            old = sentence_starts(arrays["sentences"])
            doc_of = arrays["doc_starts"].searchsorted(old, side="right") - 1
            live = np.flatnonzero(each.new_docs.take(doc_of) >= 0)
            shift = np.zeros(each.segment.count, np.int64)
            shift[each.live_docs] = new_starts - each.column("doc_starts").astype(np.int64)
            paragraphs.append(unpack_bits(arrays["paragraphs"], len(old)).take(live))
            yield old.take(live) + shift.take(doc_of.take(live))

    put_sentences(file, sentences(), paragraphs)


def _put_meta_stream(
    file: SegmentFileWriter, inputs: Sequence[MergeInput], new_terms: Sequence[Array], count: int
) -> None:
    """Add the forward index of the other fields."""
    stream, starts = "meta_stream", "meta_doc_starts"

    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each, terms in zip(inputs, new_terms, strict=True):
            new_numbers = np.concatenate([[0], terms + 1])
            for piece in each.pieces(stream, starts):
                yield new_numbers.take(each.segment.arrays[stream][piece])

    file.put_chunks(stream, type_for(count), numbers())
    lengths = np.concatenate([np.subtract(*each.doc_ranges(stream, starts)[::-1]) for each in inputs])
    file.put(starts, 1 + np.cumsum(lengths) - lengths)


def _put_values(file: SegmentFileWriter, inputs: Sequence[MergeInput]) -> None:
    """Add the values for facets."""
    values, sizes, is_used = [], [], []
    for each in inputs:
        arrays = each.segment.arrays
        all_values = arrays["doc_values"]
        sizes.append(_differences(arrays["doc_values_ends"])[each.live_docs])
        values.append(all_values if each.live is None else all_values[each.live.take(each.segment.value_docs)])
        is_used.append(np.bincount(values[-1], minlength=len(each.segment.values)) > 0)
    names, new_numbers = _join_used([each.segment.values for each in inputs], is_used)
    put_strings(file, "values", names)
    file.put("doc_values", np.concatenate([new.take(old) for new, old in zip(new_numbers, values, strict=True)]))
    file.put("doc_values_ends", np.cumsum(np.concatenate(sizes)))


def _put_doc_store(file: SegmentFileWriter, inputs: Sequence[MergeInput], keep_dictionaries: bool) -> None:
    """Add ids, headlines and compressed articles."""
    for name in ("ids", "headlines"):
        pieces, lengths = [], [np.zeros(1, np.int64)]
        for each in inputs:
            data, bounds = each.segment.arrays[name], each.segment.arrays[f"{name}_bounds"].astype(np.int64)
            sizes = np.diff(bounds)
            if each.live is not None:
                data = data[np.repeat(each.live, sizes)]
                sizes = sizes[each.live_docs]
            pieces.append(data)
            lengths.append(sizes)
        file.put_chunks(name, "u1", pieces)
        file.put(f"{name}_bounds", np.cumsum(np.concatenate(lengths)))
        for each in inputs:
            each.segment.file.release()
    hashes = np.concatenate([each.segment.arrays["id_hashes"] for each in inputs])
    docs = np.concatenate([each.new_docs.take(each.segment.arrays["id_order"].astype(np.intp)) for each in inputs])
    is_live = docs >= 0
    hashes, docs = hashes[is_live], docs[is_live]
    order = np.argsort(hashes, kind="stable")
    file.put("id_hashes", hashes[order], "u8")
    file.put("id_order", docs[order])
    if all("article_crcs" in each.segment.arrays for each in inputs):
        file.put("article_crcs", np.concatenate([each.column("article_crcs") for each in inputs]), "u4")
    writer, dictionaries = doc_store.BlockWriter(), _DictionaryTable()
    file.put_chunks("blocks", "u1", _merge_blocks(inputs, writer, dictionaries, keep_dictionaries))
    file.put("block_ends", np.array(writer.ends, np.int64))
    file.put("block_docs", np.array(writer.docs, np.int64))
    file.put("block_dictionaries", np.array(dictionaries.of_blocks, np.int64))
    doc_store.put_dictionaries(file, list(dictionaries.numbers))


class _DictionaryTable:
    """The distinct dictionaries of copied blocks by number, and the number for each block."""

    def __init__(self) -> None:
        self.numbers = {b"": 0}
        self.of_blocks: list[int] = []

    def assign(self, dictionary: bytes, stop: int) -> None:
        """Assign a dictionary to all blocks before `stop` that have none yet."""
        number = self.numbers.setdefault(dictionary, len(self.numbers))
        self.of_blocks += [number] * (stop - len(self.of_blocks))


def _merge_blocks(
    inputs: Sequence[MergeInput],
    writer: doc_store.BlockWriter,
    dictionaries: _DictionaryTable,
    keep_dictionaries: bool,
) -> Iterator[Array]:
    """The blocks of stored articles: whole ones are copied, others compressed again, without a dictionary.

    A block is whole if none of its articles was deleted, and if it has a dictionary that is kept or is more than half
    full.
    """
    for each in inputs:
        segment = each.segment
        all_dictionaries = [segment.dictionary(number) for number in range(len(segment.arrays["dictionary_ends"]))]
        dictionary_of = segment.arrays["block_dictionaries"].tolist()
        stops = segment.arrays["block_docs"].astype(np.int64)
        sizes = np.diff(stops, prepend=0)
        live = np.diff(np.concatenate([[0], np.cumsum(each.new_docs >= 0)])[stops], prepend=0)
        has_none = np.array([not all_dictionaries[number] for number in dictionary_of], np.bool_)
        is_small = has_none & (sizes * 2 <= doc_store.MAX_BLOCK_DOCS)
        is_whole_block = (live == sizes) & ~is_small & (has_none | keep_dictionaries)
        kinds = list(zip(is_whole_block.tolist(), dictionary_of, strict=True))
        for (is_whole, dictionary), run in groupby(range(len(sizes)), kinds.__getitem__):
            numbers = list(run)
            if is_whole:
                yield from writer.flush()
                dictionaries.assign(b"", len(writer.ends))
                low, high = numbers[0], numbers[-1] + 1
                yield writer.copy(segment.blocks(low, high), segment.arrays["block_ends"][low:high], sizes[low:high])
                dictionaries.assign(all_dictionaries[dictionary], len(writer.ends))
                segment.file.release()
                continue
            for number in numbers:
                if live[number]:
                    first = int(stops[number] - sizes[number])
                    records = segment.records(number)
                    is_live = each.new_docs[first : first + len(records)] >= 0
                    yield from writer.add(list(compress(records, is_live)))
    yield from writer.flush()
    dictionaries.assign(b"", len(writer.ends))
