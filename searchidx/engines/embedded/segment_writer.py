"""Parts to a segment file.

The spellings of the parts are united and become classes and forms; positions are sorted by class in one sort of packed
integers, and fall into postings where class or document change. The arrays written here are described in `segment`.
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

from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.document_batch import DATE_COLUMNS
from searchidx.engines.embedded.segment import FAR, LOWER_BITS, MAX_BODY, WIDE, is_wide
from searchidx.engines.embedded.segment_buffer import Part
from searchidx.engines.embedded.segment_file import SegmentFileWriter, type_for

__all__ = [
    "build",
    "put_docs",
    "put_encoded",
    "put_headlines",
    "put_sentences",
    "put_spellings",
    "put_vocabulary",
    "united",
]

_PIECE = 1 << 17
"""So many positions are looked at at a time."""
_BITS = 64
"""Those of a number that is sorted."""

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Postings:
    """An inverted list: arrays over classes, postings and occurrences, in that order of ascent."""

    posting_ends: Array  # by class
    occurrence_ends: Array  # by class
    docs: Array  # by posting
    headline: Array  # by posting: occurrences in the headline
    body: Array  # by posting: occurrences in the body
    positions: Array  # by occurrence, within the document


def build(words: Sequence[Part], rest: Iterable[Part], path: Path) -> dict[str, Any]:
    """Write the articles of some parts, in order, as the segment `path`; returns what the manifest says of it.

    Of each part there are its words, and the rest, which is asked for when all words are written.
    """
    file = SegmentFileWriter(path)
    try:
        count = sum(len(part.arrays["zone_ends"]) for part in words) // 2
        sums = _put_text(file, words, count)
        file.put("signatures", _joined(words, "signatures"), "u1")
        rest = list(rest)
        _put_meta(file, rest, count)
        dates = [part.arrays["dates"].reshape(len(DATE_COLUMNS), -1) for part in rest]
        for name, column in zip(DATE_COLUMNS, np.concatenate(dates, axis=1), strict=True):
            file.put(name, column)
        _put_values(file, rest)
        _put_stored(file, rest)
        return file.finish(articles=count, **sums)
    except BaseException:
        file.abandon()
        raise


def united(lists: Sequence[Iterable[bytes]]) -> tuple[list[bytes], list[Array]]:
    """The ascending strings of several ascending lists, and of each list the numbers of its strings; read twice."""
    numbers: dict[bytes, int] = {}
    for each in lists:
        numbers.update(zip(each, repeat(0)))
    found = sorted(numbers)  # runs that ascend already sort fast
    numbers.update(zip(found, range(len(found)), strict=True))
    return found, [np.fromiter(map(numbers.__getitem__, each), np.int64) for each in lists]


def _joined(parts: Sequence[Part], name: str, lengths: Sequence[int] | None = None) -> Array:
    """An array of all parts; where they are places within something, given how long that is in each."""
    arrays = [part.arrays[name] for part in parts]
    if lengths is None:
        return np.concatenate(arrays)
    before = np.cumsum([0, *lengths])
    return np.concatenate([array + shift for array, shift in zip(arrays, before[:-1], strict=True)])


def _put_text(file: SegmentFileWriter, parts: Sequence[Part], count: int) -> dict[str, int]:
    """Add what there is of headlines and bodies; returns how many words there are."""
    spellings, numbers = united([part.lines("spellings") for part in parts])
    owners, starts = put_spellings(file, spellings)
    none = np.zeros(1, np.int32)
    class_of = np.concatenate([none, owners + 1]).astype(np.int32)
    number = type_for(len(spellings))
    stream = np.concatenate(
        [
            np.append(0, new + 1).astype(number).take(part.arrays["forms"])
            for new, part in zip(numbers, parts, strict=True)
        ]
    )
    lengths = [len(part.arrays["forms"]) for part in parts]
    ends = _joined(parts, "zone_ends", lengths)
    begins = np.concatenate([none, ends[1::2] + 1])[:count]
    headline_words, body_words = ends[0::2] - begins, ends[1::2] - ends[0::2] - 1
    postings = invert(class_of.take(stream), begins, len(starts), headline_words)
    put_postings(file, "text", postings, count)
    put_headlines(file, count, [(postings.docs, postings.headline, postings.posting_ends)])
    del postings
    file.stream("stream", number, (none, stream))
    file.put("doc_starts", begins + 1)
    file.put("headline_words", headline_words)
    file.put("body_words", body_words)
    put_sentences(file, [_joined(parts, "sentences", lengths) + 1], [_joined(parts, "paragraphs")])
    return {"headline_words": int(headline_words.sum()), "body_words": int(body_words.sum())}


def _put_meta(file: SegmentFileWriter, parts: Sequence[Part], count: int) -> None:
    """Add what there is of the other fields."""
    names, numbers = united([part.lines("meta_names") for part in parts])
    put_vocabulary(file, "meta_classes", names)
    streams = [part.arrays["meta_stream"] for part in parts]
    stream = np.concatenate([np.append(0, new + 1).take(old) for new, old in zip(numbers, streams, strict=True)])
    starts = _joined(parts, "meta_starts", list(map(len, streams)))
    put_postings(file, "meta", invert(stream, starts, len(names), np.zeros_like(starts)), count)
    file.put("meta_stream", np.append(0, stream))
    file.put("meta_doc_starts", starts + 1)


def _put_values(file: SegmentFileWriter, parts: Sequence[Part]) -> None:
    """Add what hits are counted by."""
    names, numbers = united([part.lines("value_names") for part in parts])
    put_encoded(file, "values", names)
    values = [new.take(part.arrays["doc_values"]) for new, part in zip(numbers, parts, strict=True)]
    file.put("doc_values", np.concatenate(values))
    file.put("doc_values_ends", _joined(parts, "doc_values_ends", list(map(len, values))))


def _put_stored(file: SegmentFileWriter, parts: Sequence[Part]) -> None:
    """Add what is shown of the articles, and found by their ids."""
    for name in ("ids", "headlines"):
        lines = [line for part in parts for line in part.lines(name)]
        file.put_bytes(name, b"".join(lines))
        file.put(f"{name}_bounds", np.cumsum(np.fromiter(chain([0], map(len, lines)), np.int64, len(lines) + 1)))
    file.put("shouting", _joined(parts, "shouting"))
    hashes = _joined(parts, "id_hashes")
    order = np.argsort(hashes, kind="stable")
    file.put("id_hashes", hashes[order], "u8")
    file.put("id_order", order)
    doc_store.put_dictionaries(file, [part.arrays["dictionary"].tobytes() for part in parts])
    file.put("block_dictionaries", np.repeat(np.arange(len(parts)), [len(part.arrays["block_ends"]) for part in parts]))
    file.stream("blocks", "u1", [part.arrays["blocks"] for part in parts])
    file.put("block_ends", _joined(parts, "block_ends", [len(part.arrays["blocks"]) for part in parts]))
    file.put("block_docs", _joined(parts, "block_docs", [len(part.arrays["id_hashes"]) for part in parts]))


def _changes(strings: Sequence[Any]) -> npt.NDArray[np.bool_]:
    """Which of some strings are others than those before."""
    found = np.ones(len(strings), np.bool_)
    if len(strings) > 1:
        found[1:] = np.fromiter(map(operator.ne, strings[1:], strings), np.bool_, len(strings) - 1)
    return found


def invert(stream: Array, begins: Ints, count: int, headline_words: Array) -> Postings:
    """A stream of class numbers to postings: one sort of integers, of class, document and position within it.

    Numbers are from 1 to `count`, 0 an empty slot. `begins` tells where each document begins, `headline_words` how many
    positions its headline takes. What comes before and after the sort is done to some positions at a time: memory that
    is used once costs more than what is done with it.
    """
    lengths = np.diff(begins, append=len(stream))
    longest = int(lengths.max(initial=1))
    width, bits = longest.bit_length(), longest.bit_length() + len(begins).bit_length()
    shifts = (np.arange(len(begins)) << width) - begins
    fits = bits + count.bit_length() <= _BITS
    if not fits:  # a very long document among many, and words without number: the position in the stream has to do
        bits = len(stream).bit_length()
        shifts = np.zeros_like(begins)
    keys = np.empty(np.count_nonzero(stream), np.uint64)
    done = 0
    cuts = np.unique(np.append(begins.searchsorted(np.arange(0, len(stream), _PIECE)), len(begins)))
    for first, stop in pairwise(cuts.tolist()):
        begin = int(begins[first])
        piece = stream[begin : begin + int(lengths[first:stop].sum())]
        places = np.flatnonzero(piece)
        into = keys[done : done + len(places)]
        into[:] = piece.take(places)
        into <<= np.uint64(bits)
        within = np.repeat(shifts[first:stop] + begin, lengths[first:stop]).take(places)
        within += places
        into |= within.view(np.uint64)
        done += len(places)
    keys.sort()
    positions = np.empty(len(keys), type_for(longest))
    none = np.zeros(0, np.int32 if len(stream) < 1 << 31 else np.int64)
    classes, docs, starts, headlines = [none], [none], [none], [none.astype(np.int64)]
    last, postings = (0, 0), 0
    for first in range(0, len(keys), _PIECE):
        key = keys[first : first + _PIECE]
        within = (key & np.uint64((1 << bits) - 1)).view(np.int64)
        own = (key >> np.uint64(bits)).view(np.int64)
        if fits:
            doc, place = within >> width, within & (1 << width) - 1
        else:
            doc = begins.searchsorted(within, side="right") - 1
            place = within - begins.take(doc)
        positions[first : first + len(key)] = place
        fresh = np.empty(len(key), np.bool_)
        fresh[0] = (own[0], doc[0]) != last
        fresh[1:] = (own[1:] != own[:-1]) | (doc[1:] != doc[:-1])
        last = own[-1], doc[-1]
        begun = np.flatnonzero(fresh)
        classes.append(own.take(begun).astype(none.dtype))
        docs.append(doc.take(begun).astype(none.dtype))
        starts.append((begun + first).astype(none.dtype))
        inside = np.flatnonzero(place < headline_words.take(doc))
        headlines.append(np.cumsum(fresh).take(inside) + (postings - 1))
        postings += len(begun)
    posting_ends = np.concatenate(classes).searchsorted(np.arange(1, count + 1, dtype=none.dtype), side="right")
    ends = np.concatenate([*starts, np.array([len(keys)], none.dtype)])
    headline = np.bincount(np.concatenate(headlines), minlength=postings).astype(none.dtype)
    body = np.diff(ends) - headline
    return Postings(posting_ends, ends.take(posting_ends), np.concatenate(docs), headline, body, positions)


def put_encoded(file: SegmentFileWriter, name: str, encoded: Sequence[bytes]) -> None:
    """Add strings: their UTF-8 one after the other as `name`, and how long each is as `name_sizes`."""
    file.put_bytes(name, b"".join(encoded))
    file.put(f"{name}_sizes", np.fromiter(map(len, encoded), np.int64, len(encoded)))


def put_sentences(file: SegmentFileWriter, starts: Iterable[Array], paragraphs: Sequence[Array]) -> None:
    """Add where sentences begin, in pieces of ascending positions from 1 on, and which of them begin a paragraph.

    `paragraphs` are looked at after `starts`.
    """

    def steps() -> Iterator[Array]:
        last = 0
        for piece in starts:
            gaps = np.diff(piece, prepend=last)
            far = gaps // FAR
            found = np.full(len(gaps) + int(far.sum()), FAR, np.uint8)
            found[np.arange(len(gaps)) + np.cumsum(far)] = gaps - FAR * far
            last = int(piece[-1]) if len(piece) else last
            yield found

    file.stream("sentences", "u1", steps())
    file.put("paragraphs", np.packbits(np.concatenate(paragraphs), bitorder="little"), "u1")


def put_vocabulary(file: SegmentFileWriter, name: str, encoded: Sequence[bytes]) -> None:
    """Add distinct strings with a hash table: their numbers by bucket as `name_lookup`, and where each bucket ends."""
    put_encoded(file, name, encoded)
    buckets = max(1 << max(len(encoded) - 1, 0).bit_length() >> 1, 1)  # one or two strings each
    hashes = np.fromiter(map(zlib.crc32, encoded), np.int64, len(encoded)) & (buckets - 1)
    file.put(f"{name}_lookup", np.argsort(hashes, kind="stable"))
    file.put(f"{name}_lookup_ends", np.cumsum(np.bincount(hashes, minlength=buckets)))


def put_spellings(file: SegmentFileWriter, spellings: Sequence[bytes]) -> tuple[Ints, Ints]:
    """Add classes, forms and folded spellings, given of every form its stem, folded and printed spelling.

    These have a zero byte between, so that they ascend as the forms do. Returns the class of each form, from 0, and
    where the forms of each class begin.
    """
    parts = b"\0".join(spellings).split(b"\0") if spellings else []
    stems, folded, printed = parts[0::3], parts[1::3], parts[2::3]
    starts = np.flatnonzero(_changes(stems))
    owners = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(stems)))
    put_vocabulary(file, "classes", [stems[at] for at in starts.tolist()])
    file.put("form_ends", np.append(starts, len(stems))[1:])
    put_encoded(file, "forms", printed)
    # Of each folded spelling its class, and the forms of that class from first up to stop.
    fresh = _changes(folded)
    fresh[starts] = True
    first = np.flatnonzero(fresh)
    stop = np.append(first, len(folded))[1:]
    names = [folded[at] for at in first.tolist()]
    order = np.array(sorted(range(len(names)), key=names.__getitem__), np.int64)
    put_vocabulary(file, "folded", [names[at] for at in order.tolist()])
    first, stop = first.take(order), stop.take(order)
    owner = owners.take(first)
    file.put("folded_class", owner)
    file.put("folded_first", first - starts.take(owner))
    file.put("folded_stop", stop - starts.take(owner))
    return owners, starts


def put_docs(file: SegmentFileWriter, name: str, documents: int, pieces: Iterable[Array]) -> None:
    """Add the documents of all postings, given in pieces: the lowest bits of each, and where the upper ones change."""
    turns, uppers = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def lower() -> Iterator[Array]:
        done = last = 0
        for piece in pieces:
            if documents > 1 << LOWER_BITS and len(piece):
                upper = piece >> LOWER_BITS
                places = np.flatnonzero(np.diff(upper, prepend=last))
                turns.append(places + done)
                uppers.append(upper.take(places))
                done, last = done + len(piece), int(upper[-1])
                piece = piece & (1 << LOWER_BITS) - 1
            yield piece

    file.stream(f"{name}_docs", type_for(max(min(documents, 1 << LOWER_BITS) - 1, 0)), lower())
    file.put(f"{name}_turns", np.concatenate(turns))
    file.put(f"{name}_upper", np.concatenate(uppers))


def put_headlines(file: SegmentFileWriter, documents: int, pieces: Iterable[tuple[Array, Array, Array]]) -> None:
    """Add the list of the postings that stand in headlines.

    Pieces of all postings are documents, how often each stands in the headline, and where those of each class end.
    """
    counts, ends = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]

    def docs() -> Iterator[Array]:
        done = 0
        for piece, headline, stops in pieces:
            places = np.flatnonzero(headline)
            found = headline.take(places)
            counts.append(found.astype(type_for(int(found.max(initial=0)))))
            ends.append(places.searchsorted(stops) + done)
            done += len(places)
            yield piece.take(places)

    put_docs(file, "headline", documents, docs())
    file.put("headline_counts", np.concatenate(counts[1:] or counts))
    file.put("headline_posting_ends", np.concatenate(ends))


def put_postings(file: SegmentFileWriter, name: str, postings: Postings, documents: int) -> None:
    """Add the inverted list of so many documents, its names beginning with `name`."""
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
