"""Write segment buffers as a segment file: join their vocabularies, then invert the forward index.

`segment` describes the arrays that are written here. Two buffers with one article each, "Banks rise" and "A bank",
and no bodies, go through these steps (spellings shortened to the surface form)::

    buffer 0    spellings  Banks rise        forms  1 2 0 0        the two 0 end the headline and the body
    buffer 1    spellings  A bank            forms  1 2 0 0

    union       A  bank  Banks  rise                               `merge_vocabularies`: by term, folded, surface form
    numbers     buffer 0: 2 3    buffer 1: 0 1                     of each spelling, in the union
    stream      (0) 3 4 0 0  1 2 0 0                               the forward index in these numbers, plus 1

    terms       a  bank  rise                                      the distinct terms (`put_forms`)
    of forms    1   2  2   3                                       the term of each form, plus 1
    term stream 2 3 0 0  1 2 0 0

    invert      sort (term, document, position):                   one sort of packed integers (`invert`)
                (1, 1, 0)  (2, 0, 0)  (2, 1, 1)  (3, 0, 1)
    docs           1          0          1          0              a posting begins where term or document changes
    positions      0          0          1          1
    posting_ends   1                     3          4              the postings of each term end here
"""

from __future__ import annotations

import operator
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.encoded_article import COLUMNS
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Array, Int64s
from searchidx.engines.embedded.inverted_index import LOWER_BITS, MAX_BODY, WIDE, is_wide
from searchidx.engines.embedded.segment import MAX_SENTENCE_STEP
from searchidx.engines.embedded.segment_buffer import SegmentBuffer
from searchidx.engines.embedded.segment_file import SegmentFileWriter, type_for
from searchidx.stemming import LANGUAGE_MARK

_PIECE = 1 << 17
"""Number of positions handled at a time."""
_KEY_BITS = 64
"""Size of the integers that are sorted, in bits."""


@dataclass(frozen=True, slots=True)
class InvertedArrays:
    """The postings of all terms: arrays over terms, postings and occurrences, each ordered by the one before."""

    posting_ends: Array  # of each term
    occurrence_ends: Array  # of each term
    docs: Array  # of each posting
    headline: Array  # of each posting: occurrences in the headline
    body: Array  # of each posting: occurrences in the body
    positions: Array  # of each occurrence, within its document


def write_segment(texts: Sequence[SegmentBuffer], fields: Iterable[SegmentBuffer], path: Path) -> dict[str, Any]:
    """Write the text arrays and the field arrays of some buffers, in order; returns the entry of the manifest.

    `fields` is iterated once all text arrays are written.
    """
    file = SegmentFileWriter(path)
    try:
        count = sum(len(buffer.arrays["zone_ends"]) for buffer in texts) // 2
        sums = _put_text(file, texts, count)
        file.put("signatures", _join(texts, "signatures"), "u1")
        fields = list(fields)
        _put_meta(file, fields, count)
        columns = [buffer.arrays["columns"].reshape(len(COLUMNS), -1) for buffer in fields]
        for name, column in zip(COLUMNS, np.concatenate(columns, axis=1), strict=True):
            file.put(name, column)
        _put_values(file, fields)
        _put_doc_store(file, fields)
        return file.finish(articles=count, **sums)
    except BaseException:
        file.abort()
        raise


def merge_vocabularies(lists: Sequence[Iterable[bytes]]) -> tuple[list[bytes], list[Array]]:
    """The ascending strings of several ascending lists, and the number of each string of each list; iterates twice."""
    numbers: dict[bytes, int] = {}
    for strings in lists:
        numbers.update(zip(strings, repeat(0)))
    merged = sorted(numbers)  # fast, as Python's sort merges ascending runs
    numbers.update(zip(merged, range(len(merged)), strict=True))
    return merged, [np.fromiter(map(numbers.__getitem__, strings), np.int64) for strings in lists]


def _join(buffers: Sequence[SegmentBuffer], name: str, lengths: Sequence[int] | None = None) -> Array:
    """Concatenate an array of all buffers; `lengths` are those of the arrays that its values are indexes of."""
    arrays = [buffer.arrays[name] for buffer in buffers]
    if lengths is None:
        return np.concatenate(arrays)
    before = np.cumsum([0, *lengths])
    return np.concatenate([array + shift for array, shift in zip(arrays, before[:-1], strict=True)])


def _put_text(file: SegmentFileWriter, buffers: Sequence[SegmentBuffer], count: int) -> dict[str, int]:
    """Add the arrays of headlines and bodies; returns the number of words of each."""
    spellings, numbers = merge_vocabularies([buffer.lines("spellings") for buffer in buffers])
    term_of_form, first_forms = put_forms(file, spellings)
    zero = np.zeros(1, np.int32)
    terms = np.concatenate([zero, term_of_form + 1]).astype(np.int32)
    type = type_for(len(spellings))
    stream = np.concatenate(
        [
            np.append(0, new + 1).astype(type).take(buffer.arrays["forms"])
            for new, buffer in zip(numbers, buffers, strict=True)
        ]
    )
    lengths = [len(buffer.arrays["forms"]) for buffer in buffers]
    ends = _join(buffers, "zone_ends", lengths)
    begins = np.concatenate([zero, ends[1::2] + 1])[:count]
    headline_words, body_words = ends[0::2] - begins, ends[1::2] - ends[0::2] - 1
    postings = invert(terms.take(stream), begins, len(first_forms), headline_words)
    _put_postings(file, "text", postings, count)
    put_headline_postings(file, count, [(postings.docs, postings.headline, postings.posting_ends)])
    del postings
    file.put_chunks("stream", type, (zero, stream))
    file.put("doc_starts", begins + 1)
    file.put("headline_words", headline_words)
    file.put("body_words", body_words)
    put_sentences(file, [_join(buffers, "sentences", lengths) + 1], [_join(buffers, "paragraphs")])
    return {"headline_words": int(headline_words.sum()), "body_words": int(body_words.sum())}


def _put_meta(file: SegmentFileWriter, buffers: Sequence[SegmentBuffer], count: int) -> None:
    """Add the vocabulary, the postings and the forward index of the other fields."""
    names, numbers = merge_vocabularies([buffer.lines("meta_names") for buffer in buffers])
    put_vocabulary(file, "meta_classes", names)
    streams = [buffer.arrays["meta_stream"] for buffer in buffers]
    stream = np.concatenate([np.append(0, new + 1).take(old) for new, old in zip(numbers, streams, strict=True)])
    starts = _join(buffers, "meta_starts", list(map(len, streams)))
    _put_postings(file, "meta", invert(stream, starts, len(names), np.zeros_like(starts)), count)
    file.put("meta_stream", np.append(0, stream))
    file.put("meta_doc_starts", starts + 1)


def _put_values(file: SegmentFileWriter, buffers: Sequence[SegmentBuffer]) -> None:
    """Add the values for facets."""
    names, numbers = merge_vocabularies([buffer.lines("value_names") for buffer in buffers])
    put_strings(file, "values", names)
    values = [new.take(buffer.arrays["doc_values"]) for new, buffer in zip(numbers, buffers, strict=True)]
    file.put("doc_values", np.concatenate(values))
    file.put("doc_values_ends", _join(buffers, "doc_values_ends", list(map(len, values))))


def _put_doc_store(file: SegmentFileWriter, buffers: Sequence[SegmentBuffer]) -> None:
    """Add ids, headlines and compressed records."""
    for name in ("ids", "headlines"):
        lines = [line for buffer in buffers for line in buffer.lines(name)]
        file.put_bytes(name, b"".join(lines))
        file.put(f"{name}_bounds", np.cumsum(np.fromiter(chain([0], map(len, lines)), np.int64, len(lines) + 1)))
    file.put("shouting", _join(buffers, "shouting"))
    hashes = _join(buffers, "id_hashes")
    order = np.argsort(hashes, kind="stable")
    file.put("id_hashes", hashes[order], "u8")
    file.put("id_order", order)
    file.put("article_crcs", _join(buffers, "article_crcs"), "u4")
    doc_store.put_dictionaries(file, [buffer.arrays["dictionary"].tobytes() for buffer in buffers])
    block_counts = [len(buffer.arrays["block_ends"]) for buffer in buffers]
    file.put("block_dictionaries", np.repeat(np.arange(len(buffers)), block_counts))
    file.put_chunks("blocks", "u1", [buffer.arrays["blocks"] for buffer in buffers])
    file.put("block_ends", _join(buffers, "block_ends", [len(buffer.arrays["blocks"]) for buffer in buffers]))
    file.put("block_docs", _join(buffers, "block_docs", [len(buffer.arrays["id_hashes"]) for buffer in buffers]))


def _is_first_of_run(strings: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Which strings differ from the one before; bool."""
    is_first = np.ones(len(strings), np.bool_)
    if len(strings) > 1:
        is_first[1:] = np.fromiter(map(operator.ne, strings[1:], strings), np.bool_, len(strings) - 1)
    return is_first


def invert(stream: Array, begins: Int64s, count: int, headline_words: Array) -> InvertedArrays:
    """Invert a forward index of term numbers: one sort of integers that pack term, document and position.

    Terms are numbered from 1 to `count`; 0 is an empty slot. `begins` are the positions where documents begin,
    `headline_words` the positions that their headlines take. All but the sort handles `_PIECE` positions at a time, as
    fresh memory costs more than the work done on it.
    """
    lengths = np.diff(begins, append=len(stream))
    longest = int(lengths.max(initial=1))
    width, bits = longest.bit_length(), longest.bit_length() + len(begins).bit_length()
    shifts = (np.arange(len(begins)) << width) - begins
    fits = bits + count.bit_length() <= _KEY_BITS
    if (
        not fits
    ):  # a very long document among very many: pack the position in the stream instead of document and position
        bits = len(stream).bit_length()
        shifts = np.zeros_like(begins)
    keys = np.empty(np.count_nonzero(stream), np.uint64)
    filled = 0
    cuts = np.unique(np.append(begins.searchsorted(np.arange(0, len(stream), _PIECE)), len(begins)))
    for first, stop in pairwise(cuts.tolist()):
        begin = int(begins[first])
        piece = stream[begin : begin + int(lengths[first:stop].sum())]
        places = np.flatnonzero(piece)
        into = keys[filled : filled + len(places)]
        into[:] = piece.take(places)
        into <<= np.uint64(bits)
        within = np.repeat(shifts[first:stop] + begin, lengths[first:stop]).take(places)
        within += places
        into |= within.view(np.uint64)
        filled += len(places)
    keys.sort()
    positions = np.empty(len(keys), type_for(longest))
    empty = np.zeros(0, np.int32 if len(stream) < 1 << 31 else np.int64)
    terms, docs, starts, headlines = [empty], [empty], [empty], [empty.astype(np.int64)]
    last, postings = (0, 0), 0
    for first in range(0, len(keys), _PIECE):
        key = keys[first : first + _PIECE]
        within = (key & np.uint64((1 << bits) - 1)).view(np.int64)
        term = (key >> np.uint64(bits)).view(np.int64)
        if fits:
            doc, position = within >> width, within & (1 << width) - 1
        else:
            doc = begins.searchsorted(within, side="right") - 1
            position = within - begins.take(doc)
        positions[first : first + len(key)] = position
        begins_posting = np.empty(len(key), np.bool_)
        begins_posting[0] = (term[0], doc[0]) != last
        begins_posting[1:] = (term[1:] != term[:-1]) | (doc[1:] != doc[:-1])
        last = term[-1], doc[-1]
        at = np.flatnonzero(begins_posting)
        terms.append(term.take(at).astype(empty.dtype))
        docs.append(doc.take(at).astype(empty.dtype))
        starts.append((at + first).astype(empty.dtype))
        in_headline = np.flatnonzero(position < headline_words.take(doc))
        headlines.append(np.cumsum(begins_posting).take(in_headline) + (postings - 1))
        postings += len(at)
    posting_ends = np.concatenate(terms).searchsorted(np.arange(1, count + 1, dtype=empty.dtype), side="right")
    ends = np.concatenate([*starts, np.array([len(keys)], empty.dtype)])
    headline = np.bincount(np.concatenate(headlines), minlength=postings).astype(empty.dtype)
    body = np.diff(ends) - headline
    return InvertedArrays(posting_ends, ends.take(posting_ends), np.concatenate(docs), headline, body, positions)


def put_strings(file: SegmentFileWriter, name: str, strings: Sequence[bytes]) -> None:
    """Add strings: their UTF-8 one after the other as `name`, and their lengths in bytes as `name_sizes`."""
    file.put_bytes(name, b"".join(strings))
    file.put(f"{name}_sizes", np.fromiter(map(len, strings), np.int64, len(strings)))


def put_sentences(file: SegmentFileWriter, starts: Iterable[Array], paragraphs: Sequence[Array]) -> None:
    """Add the positions where sentences begin, in ascending pieces, from 1 on; and which of them begin a paragraph.

    `paragraphs` is read once `starts` is exhausted.
    """

    def steps() -> Iterator[Array]:
        last = 0
        for piece in starts:
            gaps = np.diff(piece, prepend=last)
            far = gaps // MAX_SENTENCE_STEP
            piece_steps = np.full(len(gaps) + int(far.sum()), MAX_SENTENCE_STEP, np.uint8)
            piece_steps[np.arange(len(gaps)) + np.cumsum(far)] = gaps - MAX_SENTENCE_STEP * far
            last = int(piece[-1]) if len(piece) else last
            yield piece_steps

    file.put_chunks("sentences", "u1", steps())
    file.put("paragraphs", np.packbits(np.concatenate(paragraphs), bitorder="little"), "u1")


def put_vocabulary(file: SegmentFileWriter, name: str, strings: Sequence[bytes]) -> None:
    """Add distinct strings and a hash table: their numbers by bucket as `name_lookup`, and where each bucket ends."""
    put_strings(file, name, strings)
    buckets = max(1 << max(len(strings) - 1, 0).bit_length() >> 1, 1)  # one or two strings each
    hashes = np.fromiter(map(zlib.crc32, strings), np.int64, len(strings)) & (buckets - 1)
    file.put(f"{name}_lookup", np.argsort(hashes, kind="stable"))
    file.put(f"{name}_lookup_ends", np.cumsum(np.bincount(hashes, minlength=buckets)))


def put_forms(file: SegmentFileWriter, spellings: Sequence[bytes]) -> tuple[Int64s, Int64s]:
    """Add terms, surface forms and folded forms, given the ascending spellings of all surface forms.

    A spelling is term, U+0000, folded form, U+0000, surface form. Returns the term of each form, from 0, and the first
    form of each term.
    """
    parts = b"\0".join(spellings).split(b"\0") if spellings else []
    terms, folded, forms = parts[0::3], parts[1::3], parts[2::3]
    first_forms = np.flatnonzero(_is_first_of_run(terms))
    term_of_form = np.repeat(np.arange(len(first_forms)), np.diff(first_forms, append=len(terms)))
    distinct = [terms[at] for at in first_forms.tolist()]
    put_vocabulary(file, "classes", distinct)
    file.put("languages", np.frombuffer(b"\n".join([*_find_languages(distinct), b""]), np.uint8))
    file.put("form_ends", np.append(first_forms, len(terms))[1:])
    put_strings(file, "forms", forms)
    # Of each folded form: its term, and the range (first, stop) of the surface forms of that term.
    is_first = _is_first_of_run(folded)
    is_first[first_forms] = True
    first = np.flatnonzero(is_first)
    stop = np.append(first, len(folded))[1:]
    names = [folded[at] for at in first.tolist()]
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    put_vocabulary(file, "folded", [names[at] for at in order.tolist()])
    first, stop = first.take(order), stop.take(order)
    term = term_of_form.take(first)
    file.put("folded_class", term)
    file.put("folded_first", first - first_forms.take(term))
    file.put("folded_stop", stop - first_forms.take(term))
    return term_of_form, first_forms


def _find_languages(terms: Sequence[bytes]) -> list[bytes]:
    """The codes of the languages that terms belong to, ascending."""
    mark = LANGUAGE_MARK.encode()
    return sorted({term.partition(mark)[2] for term in terms})


def put_docs(file: SegmentFileWriter, name: str, documents: int, pieces: Iterable[Array]) -> None:
    """Add the documents of all postings, given in pieces: the low bits of each, and where the high bits change."""
    turns, uppers = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def lower() -> Iterator[Array]:
        before = last = 0
        for piece in pieces:
            if documents > 1 << LOWER_BITS and len(piece):
                upper = piece >> LOWER_BITS
                places = np.flatnonzero(np.diff(upper, prepend=last))
                turns.append(places + before)
                uppers.append(upper.take(places))
                before, last = before + len(piece), int(upper[-1])
                piece = piece & (1 << LOWER_BITS) - 1
            yield piece

    file.put_chunks(f"{name}_docs", type_for(max(min(documents, 1 << LOWER_BITS) - 1, 0)), lower())
    file.put(f"{name}_turns", np.concatenate(turns))
    file.put(f"{name}_upper", np.concatenate(uppers))


def put_headline_postings(
    file: SegmentFileWriter, documents: int, pieces: Iterable[tuple[Array, Array, Array]]
) -> None:
    """Add the list of the postings in headlines.

    Each piece has the documents of postings, their counts in the headline, and where the postings of each term end.
    """
    counts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def headline_docs() -> Iterator[Array]:
        before = 0
        for docs, headline, stops in pieces:
            places = np.flatnonzero(headline)
            in_headline = headline.take(places)
            counts.append(in_headline.astype(type_for(int(in_headline.max(initial=0)))))
            ends.append(places.searchsorted(stops) + before)
            before += len(places)
            yield docs.take(places)

    put_docs(file, "headline", documents, headline_docs())
    file.put("headline_counts", np.concatenate(counts[1:] or counts))
    file.put("headline_posting_ends", np.concatenate(ends))


def _put_postings(file: SegmentFileWriter, name: str, postings: InvertedArrays, documents: int) -> None:
    """Add the postings of the text or of the other fields; array names begin with `name`."""
    wide = np.flatnonzero(is_wide(postings.headline, postings.body))
    packed = postings.headline * (MAX_BODY + 1) + postings.body
    packed[wide] = WIDE
    file.put(f"{name}_posting_ends", postings.posting_ends)
    file.put(f"{name}_occurrence_ends", postings.occurrence_ends)
    put_docs(file, name, documents, [postings.docs])
    file.put(f"{name}_counts", packed, "u1")
    file.put(f"{name}_wide", wide)
    file.put(f"{name}_wide_headline", postings.headline[wide])
    file.put(f"{name}_wide_body", postings.body[wide])
    file.put(f"{name}_positions", postings.positions)
