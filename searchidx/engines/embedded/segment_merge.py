"""Several adjacent segments to one: what a batch of all their live articles would have given, without the articles.

The vocabularies are united, every array is renumbered and written piece by piece, so that the memory taken is that of
the vocabularies and of one piece. Postings of a class are those of each segment one after the other, since the segments
are adjacent and their documents ascend. Stored articles are copied as they were compressed, where nothing was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.analysis import fold
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.interner import Numbering
from searchidx.engines.embedded.minhash import BINS
from searchidx.engines.embedded.segment import (
    BODY_COUNTS,
    HEADLINE_COUNTS,
    WIDE,
    Inverted,
    Segment,
    Strings,
    sentence_starts,
    unpack_bits,
)
from searchidx.engines.embedded.segment_file import SegmentFileWriter, type_for
from searchidx.engines.embedded.segment_writer import (
    put_docs,
    put_encoded,
    put_headlines,
    put_sentences,
    put_spellings,
    put_vocabulary,
    united,
)

__all__ = ["merge"]

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

PIECE = 1 << 20
"""So many postings, occurrences or positions are handled at a time; a multiple of 64 (`_occurrence_begins`)."""


def merge(segments: Sequence[tuple[Segment, Bools | None]], path: Path) -> dict[str, Any]:
    """Write one segment that holds the live documents of several adjacent ones; returns what the manifest says of it.

    `segments` are pairs of a segment and its live documents (None: all are).
    """
    file = SegmentFileWriter(path)

    def done() -> None:
        for segment, _ in segments:
            segment.file.release()

    try:
        inputs = []
        first = 0
        for segment, live in segments:
            inputs.append(_Input(segment, live, first))
            first = inputs[-1].stop
        _put_vocabulary(file, inputs)
        done()
        _put_inverted(file, "text", inputs, [each.classes for each in inputs], first)
        done()
        for name in ("headline_words", "body_words", "day_start", "day_stop", "time", "zone", "precision", "shouting"):
            file.put(name, np.concatenate([each.column(name) for each in inputs]))
        meta, renumbered = _unite([each.segment.meta_classes for each in inputs], list(map(_used_meta, inputs)))
        put_vocabulary(file, "meta_classes", meta)
        _put_inverted(file, "meta", inputs, renumbered, first)
        _put_meta_stream(file, inputs, renumbered, len(meta))
        _put_values(file, inputs)
        file.stream("signatures", "u1", (each.rows("signatures", BINS) for each in inputs))
        _put_stored(file, inputs)
        done()
        words = {name: sum(int(each.column(name).sum(dtype=np.int64)) for each in inputs) for name in _WORDS}
        return file.finish(articles=first, **words)
    except BaseException:
        file.abandon()
        raise


_WORDS = ("headline_words", "body_words")


class _Input:
    """A segment as it is merged: which of its documents, and what their numbers become.

    Attributes:
        docs: the new number of each document, -1 where it is deleted; int64.
        classes: the new numbers of its classes, once the vocabularies are united; int64.
        numbers: of each number in its stream the new one, likewise.
    """

    def __init__(self, segment: Segment, live: Bools | None, first: int) -> None:
        self.segment = segment
        self.live = live
        self.keep = np.arange(segment.count) if live is None else np.flatnonzero(live)
        self.docs = np.full(segment.count, -1, np.int64)
        self.docs[self.keep] = np.arange(first, first + len(self.keep))
        self.stop = first + len(self.keep)
        self.classes = np.zeros(0, np.int64)
        self.numbers = np.zeros(0, np.int64)

    def column(self, name: str) -> Array:
        """A column of the live documents."""
        return self.segment.arrays[name].take(self.keep)

    def rows(self, name: str, width: int) -> Array:
        """So many numbers of each live document."""
        values = self.segment.arrays[name]
        return values if self.live is None else values.reshape(-1, width)[self.keep].ravel()

    def spans(self, stream: str, starts: str) -> tuple[Array, Array]:
        """Where in a stream each live document begins and ends, its last empty slot included; int64."""
        begins = self.segment.arrays[starts].astype(np.int64)
        ends = np.append(begins[1:], len(self.segment.arrays[stream]))
        return begins[self.keep], ends[self.keep]


class _Used:
    """Strings of an input that are used, made anew each time they are gone through: there may be many inputs."""

    def __init__(self, strings: Callable[[], Iterable[bytes]], used: Bools) -> None:
        self._strings = strings
        self._used = used

    def __iter__(self) -> Iterator[bytes]:
        return compress(self._strings(), self._used)


def _unite(vocabularies: Sequence[Strings], used: Sequence[Bools]) -> tuple[list[bytes], list[Array]]:
    """The ascending strings of several that are used, and of each vocabulary the new number of each of its strings.

    One that is not used any more gets the number of the next that is, so the numbers ascend all the same.
    """
    strings, numbers = united([_Used(names.listed, mask) for names, mask in zip(vocabularies, used, strict=True)])
    renumbered: list[Array] = []
    for found, mask in zip(numbers, used, strict=True):
        renumbered.append(np.append(found, max(len(strings) - 1, 0)).take(np.cumsum(mask) - mask))
    return strings, renumbered


def _put_vocabulary(file: SegmentFileWriter, inputs: Sequence[_Input]) -> None:
    """Classes and forms, and the stream in their new numbers."""
    classes, forms = _Met(), _Met()
    used = [_used_forms(each) for each in inputs]
    pairs = []  # of each form its class and its print, numbered as they are met
    for each, mask in zip(inputs, used, strict=True):
        owners = np.repeat(classes.numbers(each.segment.classes), _sizes(each.segment.form_ends))
        pairs.append((owners << 32 | forms.numbers(each.segment.forms))[mask])
    distinct, place = np.unique(np.concatenate(pairs), return_inverse=True)
    spellings = _spellings(classes.listed(distinct >> 32), forms.listed(distinct & 0xFFFFFFFF))
    order = np.array(sorted(range(len(spellings)), key=spellings.__getitem__), np.int64)
    owners, starts = put_spellings(file, [spellings[at] for at in order.tolist()])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    numbers = np.split(rank.take(place), np.cumsum(list(map(len, pairs)))[:-1])
    for each, mask, places in zip(inputs, used, numbers, strict=True):
        each.numbers = np.zeros(len(mask) + 1, np.int64)
        each.numbers[1:][mask] = places + 1
        # A class that is not used any more gets the number of the next that is, so the numbers ascend all the same.
        found = np.full(len(each.segment.classes), max(len(starts) - 1, 0))
        found[np.repeat(np.arange(len(found)), _sizes(each.segment.form_ends))[mask]] = owners.take(places)
        each.classes = np.minimum.accumulate(found[::-1])[::-1]
    _put_stream(file, inputs, len(order))


class _Met:
    """The distinct strings of several vocabularies, numbered as they are met."""

    def __init__(self) -> None:
        self._numbering = Numbering()
        self._strings: list[bytes] = []

    def numbers(self, strings: Strings) -> Array:
        """The number of each of some strings; int64."""
        text, starts, sizes = strings.whole()
        found, new = self._numbering.numbers(text, starts, sizes)
        places = zip(starts.take(new).tolist(), sizes.take(new).tolist(), strict=True)
        self._strings += [text[start : start + size] for start, size in places]
        return found.astype(np.int64)

    def listed(self, numbers: Array) -> list[bytes]:
        """The strings of some numbers."""
        return list(map(self._strings.__getitem__, numbers.tolist()))


def _spellings(stems: Sequence[bytes], printed: Sequence[bytes]) -> list[bytes]:
    """Of forms their stem, folded and printed spelling, as `put_spellings` takes them."""
    folded = b"\0".join(printed).lower().split(b"\0") if printed else []
    for at in [at for at, form in enumerate(printed) if not form.isascii()]:
        folded[at] = fold(printed[at].decode()).encode()
    return list(map(b"\0".join, zip(stems, folded, printed, strict=True)))


def _sizes(ends: Any) -> Array:
    """How many each has, where each ends; int64."""
    found: Array = np.diff(np.asarray(ends, np.int64), prepend=np.int64(0))
    return found


def _used_forms(each: _Input) -> Bools:
    """Which of the forms of a segment stand in a live document."""
    if each.live is None:
        return np.ones(len(each.segment.forms), np.bool_)
    used = np.zeros(len(each.segment.forms) + 1, np.bool_)
    for piece in _pieces(each, "stream", "doc_starts"):
        used[each.segment.arrays["stream"][piece]] = True
    return used[1:]


def _put_stream(file: SegmentFileWriter, inputs: Sequence[_Input], forms: int) -> None:
    """The stream in its new numbers, and what tells of places in it."""

    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each in inputs:
            for piece in _pieces(each, "stream", "doc_starts"):
                yield each.numbers.take(each.segment.arrays["stream"][piece])
            each.segment.file.release()

    file.stream("stream", type_for(forms), numbers())
    starts, shift = [], 1
    for each in inputs:
        begins, ends = each.spans("stream", "doc_starts")
        lengths = ends - begins
        starts.append(shift + np.cumsum(lengths) - lengths)
        shift += int(lengths.sum())
    file.put("doc_starts", np.concatenate(starts))
    paragraphs: list[Array] = []

    def sentences() -> Iterator[Array]:
        for each, fresh in zip(inputs, starts, strict=True):
            arrays = each.segment.arrays
            old = sentence_starts(arrays["sentences"])
            owner = arrays["doc_starts"].searchsorted(old, side="right") - 1
            alive = np.flatnonzero(each.docs.take(owner) >= 0)
            moved = np.zeros(each.segment.count, np.int64)
            moved[each.keep] = fresh - each.column("doc_starts").astype(np.int64)
            paragraphs.append(unpack_bits(arrays["paragraphs"], len(old)).take(alive))
            yield old.take(alive) + moved.take(owner.take(alive))

    put_sentences(file, sentences(), paragraphs)


def _pieces(each: _Input, stream: str, starts: str) -> Iterator[slice | Array]:
    """The positions of a stream that belong to live documents, some at a time: slices, or int64."""
    if each.live is None:
        for first in range(1, len(each.segment.arrays[stream]), PIECE):
            yield slice(first, first + PIECE)
        return
    begins, ends = each.spans(stream, starts)
    lengths = ends - begins
    stops = np.cumsum(lengths)
    at = 0
    while at < len(begins):
        done = int(stops[at] - lengths[at])
        after = max(int(stops.searchsorted(done + PIECE, side="right")), at + 1)
        here = lengths[at:after]
        shift = np.repeat(begins[at:after] - (stops[at:after] - here), here)
        yield shift + np.arange(done, done + len(shift))
        at = after


def _used_meta(each: _Input) -> Bools:
    """Which classes of the other fields a live document has."""
    return _Postings(each, each.segment.meta, np.zeros(len(each.segment.meta_classes), np.int64)).sizes > 0


class _Postings:
    """The inverted list of one input: live postings only, by class in its own order.

    Attributes:
        sizes, occurrences: how many postings, and occurrences, each class has; int64.
    """

    def __init__(self, each: _Input, inverted: Inverted, classes: Array) -> None:
        self.inverted = inverted
        self.release = each.segment.file.release
        self.classes = classes
        self._docs = each.docs
        self._ends = np.asarray(inverted.posting_ends, np.int64)
        self._occurrence_ends = np.asarray(inverted.occurrence_ends, np.int64)
        self._kept: Array | None = None
        if each.live is not None:
            kept = each.docs.take(inverted.docs(0, len(inverted))) >= 0
            self._kept = np.flatnonzero(kept)
            self._ends = np.concatenate([[0], np.cumsum(kept)])[self._ends]
            self._begins = _occurrence_begins(inverted)
        self.sizes = np.diff(self._ends, prepend=0)
        self.occurrences = np.diff(self._occurrence_ends, prepend=0) if self._kept is None else self._count()

    def _count(self) -> Array:
        found = np.zeros(len(self.classes), np.int64)
        for low, high in _class_pieces(self._ends):
            headline, body = _counts(self.inverted, self._postings(low, high))
            both = np.concatenate([[0], np.cumsum(headline + body)])
            ends = self._ends[low:high] - (self._ends[low - 1] if low else 0)
            found[low:high] = np.diff(both[ends], prepend=0)
        return found

    def _range(self, ends: Array, low: int, high: int) -> slice:
        return slice(int(ends[low - 1]) if low else 0, int(ends[high - 1]))

    def _postings(self, low: int, high: int) -> Array:
        """The numbers, in the segment, of the live postings of its classes from `low` up to `high`."""
        chosen = self._range(self._ends, low, high)
        return np.arange(chosen.start, chosen.stop) if self._kept is None else self._kept[chosen]

    def docs(self, low: int, high: int) -> Array:
        """The new documents of those postings."""
        if self._kept is None:
            chosen = self._range(self._ends, low, high)
            return self._docs.take(self.inverted.docs(chosen.start, chosen.stop))
        return self._docs.take(self.inverted.docs_at(self._postings(low, high)))

    def counts(self, low: int, high: int) -> Array:
        """Their counts, packed as they are."""
        if self._kept is None:
            return self.inverted.counts[self._range(self._ends, low, high)]
        return self.inverted.counts.take(self._postings(low, high))

    def positions(self, low: int, high: int) -> Array:
        """The positions within the document of their occurrences."""
        if self._kept is None:
            return self.inverted.positions[self._range(self._occurrence_ends, low, high)]
        at = self._postings(low, high)
        headline, body = _counts(self.inverted, at)
        lengths = headline + body
        shift = np.repeat(self._begins(at) - (np.cumsum(lengths) - lengths), lengths)
        return self.inverted.positions.take(shift + np.arange(len(shift)))

    def wide(self, free: Array) -> tuple[Array, Array, Array]:
        """Where the postings go that have wide counts, and these; `free` is the next place of each new class."""
        at = self.inverted.wide.astype(np.intp)
        chosen = np.arange(len(at))
        if self._kept is not None:
            place = self._kept.searchsorted(at)
            chosen = np.flatnonzero(self._kept.take(place, mode="clip") == at) if len(self._kept) else at[:0]
            at = place.take(chosen)
        own = self._ends.searchsorted(at, side="right")
        where = free.take(self.classes.take(own)) + at - (self._ends - self.sizes).take(own)
        return where, self.inverted.wide_headline.take(chosen), self.inverted.wide_body.take(chosen)


def _gathered(
    lists: Sequence[_Postings], sizes: Sequence[Array], ends: Array, of: Callable[[_Postings, int, int], Array]
) -> Iterator[Array]:
    """Numbers of all inputs in the new order, some classes at a time.

    `sizes` tells of each input how many each of its classes has, `ends` where those of each new class end.
    """
    per_class = np.diff(ends, prepend=0)
    for first, stop in _class_pieces(ends):
        made = np.empty(int(per_class[first:stop].sum()), np.int64)
        free = np.cumsum(per_class[first:stop]) - per_class[first:stop]
        for each, all_sizes in zip(lists, sizes, strict=True):
            low, high = each.classes.searchsorted((first, stop))
            if low == high:
                continue
            mine, classes = all_sizes[low:high], each.classes[low:high] - first
            where = np.repeat(free.take(classes) - (np.cumsum(mine) - mine), mine)
            where += np.arange(len(where))
            made[where] = of(each, low, high)
            np.add.at(free, classes, mine)
            each.release()
        yield made


def _put_inverted(
    file: SegmentFileWriter, name: str, inputs: Sequence[_Input], renumbered: Sequence[Array], documents: int
) -> None:
    """The postings of the text or of the other fields."""
    lists = [
        _Postings(each, each.segment.text if name == "text" else each.segment.meta, classes)
        for each, classes in zip(inputs, renumbered, strict=True)
    ]
    count = max((int(classes.max()) + 1 for classes in renumbered if len(classes)), default=0)
    sizes, occurrences = [each.sizes for each in lists], [each.occurrences for each in lists]
    per_class = [np.zeros(count, np.int64), np.zeros(count, np.int64)]
    for total, mine in zip(per_class, (sizes, occurrences), strict=True):
        for each, number in zip(lists, mine, strict=True):
            np.add.at(total, each.classes, number)
    ends, occurrence_ends = map(np.cumsum, per_class)
    file.put(f"{name}_posting_ends", ends)
    file.put(f"{name}_occurrence_ends", occurrence_ends)
    put_docs(file, name, documents, _gathered(lists, sizes, ends, _Postings.docs))
    file.stream(f"{name}_counts", "u1", _gathered(lists, sizes, ends, _Postings.counts))
    free = ends - per_class[0]
    wide = []
    for each in lists:
        wide.append(each.wide(free))
        np.add.at(free, each.classes, each.sizes)
    places, headline, body = (np.concatenate([each[column] for each in wide]) for column in range(3))
    order = np.argsort(places)
    places, headline, body = places[order], headline[order], body[order]
    for suffix, values in (("wide", places), ("wide_headline", headline), ("wide_body", body)):
        file.put(f"{name}_{suffix}", values)
    type = max((each.inverted.positions.dtype.str[1:] for each in lists), default="u1")
    file.stream(f"{name}_positions", type, _gathered(lists, occurrences, occurrence_ends, _Postings.positions))
    if name == "text":
        put_headlines(file, documents, _in_headlines(lists, ends, places, headline))


def _in_headlines(
    lists: Sequence[_Postings], ends: Array, wide: Array, headline: Array
) -> Iterator[tuple[Array, Array, Array]]:
    """All postings as `put_headlines` takes them, given which have wide counts and those of the headline."""
    sizes = [each.sizes for each in lists]
    docs, counts = (_gathered(lists, sizes, ends, of) for of in (_Postings.docs, _Postings.counts))
    for (first, stop), piece, packed in zip(_class_pieces(ends), docs, counts, strict=True):
        begin = int(ends[first - 1]) if first else 0
        found = HEADLINE_COUNTS.take(packed)
        low, high = wide.searchsorted((begin, begin + len(piece)))
        found[wide[low:high] - begin] = headline[low:high]
        yield piece, found, ends[first:stop] - begin


def _put_meta_stream(
    file: SegmentFileWriter, inputs: Sequence[_Input], renumbered: Sequence[Array], count: int
) -> None:
    stream, starts = "meta_stream", "meta_doc_starts"

    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each, classes in zip(inputs, renumbered, strict=True):
            fresh = np.concatenate([[0], classes + 1])
            for piece in _pieces(each, stream, starts):
                yield fresh.take(each.segment.arrays[stream][piece])

    file.stream(stream, type_for(count), numbers())
    lengths = np.concatenate([np.subtract(*each.spans(stream, starts)[::-1]) for each in inputs])
    file.put(starts, 1 + np.cumsum(lengths) - lengths)


def _class_pieces(ends: Array) -> Iterator[tuple[int, int]]:
    """Ranges of classes that have about `PIECE` postings together."""
    first = 0
    while first < len(ends):
        begin = int(ends[first - 1]) if first else 0
        stop = max(int(ends.searchsorted(begin + PIECE, side="right")), first + 1)
        yield first, stop
        first = stop


def _counts(inverted: Inverted, at: Array) -> tuple[Array, Array]:
    """Occurrences in the headline and in the body, of some postings; int64."""
    packed = inverted.counts.take(at)
    headline, body = HEADLINE_COUNTS.take(packed), BODY_COUNTS.take(packed)
    large = np.flatnonzero(packed == WIDE)
    if len(large):
        place = inverted.wide.searchsorted(at[large])
        headline[large] = inverted.wide_headline.take(place)
        body[large] = inverted.wide_body.take(place)
    return headline, body


def _occurrence_begins(inverted: Inverted) -> Callable[[Array], Array]:
    """Where the occurrences of given (ascending) postings begin.

    The running sum of all counts would take eight bytes a posting, so it is kept for one posting in 64.
    """
    count = len(inverted)
    blocks = np.zeros(count // 64 + 2, np.int64)
    done = 0
    for first in range(0, count, PIECE):
        at = np.arange(first, min(first + PIECE, count))
        headline, body = _counts(inverted, at)
        sums = np.cumsum(headline + body)
        marks = np.arange(first + 64, at[-1] + 2, 64)
        blocks[first // 64 + 1 : first // 64 + 1 + len(marks)] = done + sums[marks - first - 1]
        done += int(sums[-1])

    def begins(postings: Array) -> Array:
        if not len(postings):
            return postings
        low = int(postings[0]) // 64 * 64
        at = np.arange(low, int(postings[-1]) + 1)
        headline, body = _counts(inverted, at)
        number = headline + body
        found: Array = (blocks[low // 64] + np.cumsum(number) - number)[postings - low]
        return found

    return begins


def _put_values(file: SegmentFileWriter, inputs: Sequence[_Input]) -> None:
    """What hits are counted by."""
    chosen, sizes, used = [], [], []
    for each in inputs:
        arrays = each.segment.arrays
        values = arrays["doc_values"]
        sizes.append(_sizes(arrays["doc_values_ends"])[each.keep])
        chosen.append(values if each.live is None else values[each.live.take(each.segment.value_owners)])
        used.append(np.bincount(chosen[-1], minlength=len(each.segment.values)) > 0)
    names, renumbered = _unite([each.segment.values for each in inputs], used)
    put_encoded(file, "values", names)
    file.put("doc_values", np.concatenate([new.take(old) for new, old in zip(renumbered, chosen, strict=True)]))
    file.put("doc_values_ends", np.cumsum(np.concatenate(sizes)))


def _put_stored(file: SegmentFileWriter, inputs: Sequence[_Input]) -> None:
    """Ids, headlines and stored articles of the live documents."""
    for name in ("ids", "headlines"):
        pieces, lengths = [], [np.zeros(1, np.int64)]
        for each in inputs:
            data, bounds = each.segment.arrays[name], each.segment.arrays[f"{name}_bounds"].astype(np.int64)
            sizes = np.diff(bounds)
            if each.live is not None:
                data = data[np.repeat(each.live, sizes)]
                sizes = sizes[each.keep]
            pieces.append(data)
            lengths.append(sizes)
        file.stream(name, "u1", pieces)
        file.put(f"{name}_bounds", np.cumsum(np.concatenate(lengths)))
        for each in inputs:
            each.segment.file.release()
    hashes = np.concatenate([each.segment.arrays["id_hashes"] for each in inputs])
    docs = np.concatenate([each.docs.take(each.segment.arrays["id_order"].astype(np.intp)) for each in inputs])
    alive = docs >= 0
    hashes, docs = hashes[alive], docs[alive]
    order = np.argsort(hashes, kind="stable")
    file.put("id_hashes", hashes[order], "u8")
    file.put("id_order", docs[order])
    blocks, dictionaries = doc_store.BlockWriter(), _Dictionaries()
    file.stream("blocks", "u1", _blocks(inputs, blocks, dictionaries))
    file.put("block_ends", np.array(blocks.ends, np.int64))
    file.put("block_docs", np.array(blocks.docs, np.int64))
    file.put("block_dictionaries", np.array(dictionaries.of_blocks, np.int64))
    doc_store.put_dictionaries(file, list(dictionaries.numbers))


class _Dictionaries:
    """The dictionaries of blocks that are copied: each once, by its number; and which one each block has."""

    def __init__(self) -> None:
        self.numbers = {b"": 0}
        self.of_blocks: list[int] = []

    def note(self, dictionary: bytes, blocks: int) -> None:
        """So many further blocks have this one."""
        number = self.numbers.setdefault(dictionary, len(self.numbers))
        self.of_blocks += [number] * (blocks - len(self.of_blocks))


def _blocks(inputs: Sequence[_Input], blocks: doc_store.BlockWriter, dictionaries: _Dictionaries) -> Iterator[Array]:
    """The blocks of stored articles: whole ones as they are, others packed anew, without a dictionary."""
    for each in inputs:
        segment = each.segment
        kept = [segment.dictionary(number) for number in range(len(segment.arrays["dictionary_ends"]))]
        owners = segment.arrays["block_dictionaries"].tolist()
        stops = segment.arrays["block_docs"].astype(np.int64)
        sizes = np.diff(stops, prepend=0)
        alive = np.diff(np.concatenate([[0], np.cumsum(each.docs >= 0)])[stops], prepend=0)
        small = np.array([not kept[owner] for owner in owners], np.bool_) & (sizes * 2 <= doc_store.BLOCK)
        kinds = list(zip(((alive == sizes) & ~small).tolist(), owners, strict=True))
        for (is_whole, owner), run in groupby(range(len(sizes)), kinds.__getitem__):
            numbers = list(run)
            if is_whole:
                yield from blocks.rest()
                dictionaries.note(b"", len(blocks.ends))
                low, high = numbers[0], numbers[-1] + 1
                yield blocks.copy(segment.blocks(low, high), segment.arrays["block_ends"][low:high], sizes[low:high])
                dictionaries.note(kept[owner], len(blocks.ends))
                segment.file.release()
                continue
            for number in numbers:
                if alive[number]:
                    first = int(stops[number] - sizes[number])
                    records = segment.records(number)
                    chosen = each.docs[first : first + len(records)] >= 0
                    yield from blocks.add(list(compress(records, chosen)))
    yield from blocks.rest()
    dictionaries.note(b"", len(blocks.ends))
