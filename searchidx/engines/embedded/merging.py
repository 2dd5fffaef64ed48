"""Several adjacent segments to one: what a batch of all their live articles would have given, without the articles.

The vocabularies are united, every array is renumbered and written piece by piece, so that the memory taken is that of
the vocabularies and of one piece. Postings of a class are those of each segment one after the other, since the segments
are adjacent and their documents ascend. Stored articles are copied as they were compressed, where nothing was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, compress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.analysis import fold
from searchidx.engines.embedded import storing
from searchidx.engines.embedded.building import put_docs, put_encoded, put_folded, put_vocabulary
from searchidx.engines.embedded.layout import SegmentFileWriter, type_for
from searchidx.engines.embedded.segment import (
    BODY_COUNTS,
    HEADLINE_COUNTS,
    WIDE,
    Inverted,
    Segment,
    Strings,
    is_wide,
)
from searchidx.engines.embedded.signatures import BINS

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
        classes, forms: the new numbers of its classes and forms, once the vocabularies are united.
    """

    def __init__(self, segment: Segment, live: Bools | None, first: int) -> None:
        self.segment = segment
        self.live = live
        self.keep = np.arange(segment.count) if live is None else np.flatnonzero(live)
        self.docs = np.full(segment.count, -1, np.int64)
        self.docs[self.keep] = np.arange(first, first + len(self.keep))
        self.stop = first + len(self.keep)
        self.classes = np.zeros(0, np.int64)
        self.forms = np.zeros(0, np.int64)

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


def _unite(vocabularies: Sequence[Strings], used: Sequence[Bools]) -> tuple[list[bytes], list[Array]]:
    """The ascending strings of several that are used, and of each vocabulary the new number of each of its strings.

    One that is not used any more gets the number of the next that is, so the numbers ascend all the same.
    """
    listed = [list(compress(names.listed(), mask)) for names, mask in zip(vocabularies, used, strict=True)]
    united: list[bytes] = sorted(dict.fromkeys(chain.from_iterable(listed)))
    numbers = {string: number for number, string in enumerate(united)}
    renumbered: list[Array] = []
    for strings, mask in zip(listed, used, strict=True):
        found: Array = np.array([*(numbers[string] for string in strings), max(len(united) - 1, 0)], np.int64)
        renumbered.append(found.take(np.cumsum(mask) - mask))
    return united, renumbered


def _put_vocabulary(file: SegmentFileWriter, inputs: Sequence[_Input]) -> None:
    """Classes and forms, and the stream in their new numbers."""
    used = [_used_forms(each) for each in inputs]
    used_classes = []
    for each, mask in zip(inputs, used, strict=True):
        before = np.concatenate([[0], np.cumsum(mask)])
        used_classes.append(np.diff(before[np.asarray(each.segment.form_ends, np.int64)], prepend=0) > 0)
    classes, renumbered = _unite([each.segment.classes for each in inputs], used_classes)
    of_input: list[list[tuple[int, bytes, bytes]]] = []
    for each, mask, numbers in zip(inputs, used, renumbered, strict=True):
        each.classes = numbers
        owners = np.repeat(numbers, _sizes(each.segment.form_ends))[mask].tolist()
        printed = list(compress(each.segment.forms.listed(), mask))
        of_input.append(list(zip(owners, map(_folded, printed), printed, strict=True)))
    ordered = sorted(dict.fromkeys(chain.from_iterable(of_input)))  # runs that ascend already sort fast
    place = {spelling: at for at, spelling in enumerate(ordered)}
    counts = np.bincount(np.array([owner for owner, _, _ in ordered], np.int64), minlength=len(classes))
    ends = np.cumsum(counts)
    starts = ends - counts
    for each, mask, listed in zip(inputs, used, of_input, strict=True):
        each.forms = np.zeros(len(mask), np.int64)
        flat = np.array([place[spelling] for spelling in listed], np.int64)
        each.forms[mask] = flat - starts.take(np.array([owner for owner, _, _ in listed], np.int64))
    put_vocabulary(file, "classes", classes)
    file.put("form_ends", ends)
    put_encoded(file, "forms", [form for _, _, form in ordered])
    put_folded(file, [(folded, owner) for owner, folded, _ in ordered], starts.tolist())
    _put_streams(file, inputs, len(classes), int(counts.max(initial=1)) - 1)


def _folded(form: bytes) -> bytes:
    return form.lower() if form.isascii() else fold(form.decode()).encode()


def _sizes(ends: Any) -> Array:
    """How many each has, where each ends; int64."""
    found: Array = np.diff(np.asarray(ends, np.int64), prepend=np.int64(0))
    return found


def _used_forms(each: _Input) -> Bools:
    """Which of the forms of a segment stand in a live document."""
    used = np.ones(len(each.segment.forms), np.bool_)
    if each.live is not None:
        used[:] = False
        arrays = each.segment.arrays
        starts = np.concatenate([[0, 0], np.asarray(each.segment.form_ends, np.int64)])
        for piece in _pieces(each, "stream", "doc_starts"):
            owner = arrays["stream"].take(piece).astype(np.intp)
            words = np.flatnonzero(owner)
            used[starts.take(owner[words]) + arrays["stream_forms"].take(piece[words])] = True
    return used


def _put_streams(file: SegmentFileWriter, inputs: Sequence[_Input], classes: int, most_forms: int) -> None:
    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each in inputs:
            renumbered = np.concatenate([[0], each.classes + 1])
            for piece in _pieces(each, "stream", "doc_starts"):
                yield renumbered.take(each.segment.arrays["stream"].take(piece))

    def forms() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each in inputs:
            arrays = each.segment.arrays
            starts = np.concatenate([[0, 0], np.asarray(each.segment.form_ends, np.int64)])  # by class number from 1
            renumbered = np.concatenate([each.forms, [0]])
            for piece in _pieces(each, "stream", "doc_starts"):
                owner = arrays["stream"].take(piece).astype(np.intp)
                found = renumbered.take(starts.take(owner) + arrays["stream_forms"].take(piece))
                found[owner == 0] = 0
                yield found

    file.stream("stream", type_for(classes), numbers())
    file.stream("stream_forms", type_for(most_forms), forms())
    starts, shift = [], 1
    sentences: list[Array] = []
    paragraphs: list[Array] = []
    for each in inputs:
        begins, ends = each.spans("stream", "doc_starts")
        lengths = ends - begins
        fresh = shift + np.cumsum(lengths) - lengths
        starts.append(fresh)
        shift += int(lengths.sum())
        arrays = each.segment.arrays
        old = arrays["sentences"].astype(np.int64)
        owner = each.segment.arrays["doc_starts"].searchsorted(old, side="right") - 1
        alive = np.flatnonzero(each.docs.take(owner) >= 0)
        moved = np.zeros(each.segment.count, np.int64)
        moved[each.keep] = fresh - begins
        sentences.append(old.take(alive) + moved.take(owner.take(alive)))
        paragraphs.append(each.segment.begin_paragraphs.take(alive))
    file.put("doc_starts", np.concatenate(starts))
    file.put("sentences", np.concatenate(sentences))
    file.put("paragraphs", np.packbits(np.concatenate(paragraphs), bitorder="little"), "u1")


def _pieces(each: _Input, stream: str, starts: str) -> Iterator[Array]:
    """The positions of a stream that belong to live documents, some at a time; int64."""
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
    return np.diff(_Postings(each, each.segment.meta, each.classes).ends, prepend=0) > 0


class _Postings:
    """The inverted list of one input: live postings only, by class in its own order."""

    def __init__(self, each: _Input, inverted: Inverted, classes: Array) -> None:
        self.inverted = inverted
        self.release = each.segment.file.release
        self.classes = classes
        self.docs = each.docs
        ends = np.asarray(inverted.posting_ends, np.int64)
        self.kept: Array | None = None
        if each.live is None:
            self.ends = ends
        else:
            kept = each.docs.take(inverted.docs(0, len(inverted))) >= 0
            self.kept = np.flatnonzero(kept)
            self.ends = np.concatenate([[0], np.cumsum(kept)])[ends]

    def postings(self, low: int, high: int) -> Array:
        """The numbers, in the segment, of the live postings of its classes from `low` up to `high`."""
        first, stop = int(self.ends[low - 1]) if low else 0, int(self.ends[high - 1])
        return np.arange(first, stop) if self.kept is None else self.kept[first:stop]

    def places(self, low: int, high: int, first: int, free: Array) -> Array:
        """Where those go: `free` is the next free place of each new class from `first` on, and moves on."""
        sizes = np.diff(self.ends[low:high], prepend=self.ends[low - 1] if low else 0)
        classes = self.classes[low:high] - first
        done = np.cumsum(sizes) - sizes
        where: Array = np.repeat(free.take(classes) - done, sizes)
        where += np.arange(len(where))
        np.add.at(free, classes, sizes)
        return where


def _put_inverted(
    file: SegmentFileWriter, name: str, inputs: Sequence[_Input], renumbered: Sequence[Array], documents: int
) -> None:
    """The postings of the text or of the other fields."""
    lists = [
        _Postings(each, each.segment.text if name == "text" else each.segment.meta, classes)
        for each, classes in zip(inputs, renumbered, strict=True)
    ]
    count = max((int(classes.max()) + 1 for classes in renumbered if len(classes)), default=0)
    per_class = np.zeros(count, np.int64)  # postings
    for each in lists:
        np.add.at(per_class, each.classes, np.diff(each.ends, prepend=0))
    ends = np.cumsum(per_class)
    occurrences = np.zeros(count, np.int64)
    wide: list[tuple[Array, Array, Array]] = []

    def gathered(of: Callable[[_Postings, Array], Array]) -> Iterator[Array]:
        """A number for each posting in the new order, some classes at a time."""
        for first, stop in _class_pieces(ends):
            begin = int(ends[first - 1]) if first else 0
            made = np.empty(int(ends[stop - 1]) - begin, np.int64)
            place = np.cumsum(per_class[first:stop]) - per_class[first:stop]
            for each in lists:
                low, high = each.classes.searchsorted((first, stop))
                if low == high:
                    continue
                values = of(each, each.postings(low, high))
                made[each.places(low, high, first, place)] = values
                each.release()
            yield made

    file.put(f"{name}_posting_ends", ends)
    docs = gathered(lambda each, at: each.docs.take(each.inverted.docs_at(at)))
    put_docs(file, name, documents, docs)
    file.stream(f"{name}_counts", "u1", gathered(lambda each, at: each.inverted.counts.take(at)))
    # The counts that a byte cannot hold, and from all of them how often each class occurs.
    both_of = gathered(lambda each, at: _joined(*_counts(each.inverted, at)))
    done = 0
    for (first, stop), joined in zip(_class_pieces(ends), both_of, strict=True):
        headline, body = joined >> 32, joined & 0xFFFFFFFF
        both = np.concatenate([[0], np.cumsum(headline + body)])
        here = ends[first:stop] - done
        occurrences[first:stop] = np.diff(both[here], prepend=0)
        large = np.flatnonzero(is_wide(headline, body))
        wide.append((large + done, headline[large], body[large]))
        done += len(headline)
    none = np.zeros(0, np.int64)
    for column, suffix in enumerate(("wide", "wide_headline", "wide_body")):
        file.put(f"{name}_{suffix}", np.concatenate([none, *(each[column] for each in wide)]))
    occurrence_ends = np.cumsum(occurrences)
    file.put(f"{name}_occurrence_ends", occurrence_ends)
    type = max((each.inverted.positions.dtype.str[1:] for each in lists), default="u1")
    file.stream(f"{name}_positions", type, _positions(lists, per_class, ends))


def _put_meta_stream(
    file: SegmentFileWriter, inputs: Sequence[_Input], renumbered: Sequence[Array], count: int
) -> None:
    stream, starts = "meta_stream", "meta_doc_starts"

    def numbers() -> Iterator[Array]:
        yield np.zeros(1, np.int64)
        for each, classes in zip(inputs, renumbered, strict=True):
            fresh = np.concatenate([[0], classes + 1])
            for piece in _pieces(each, stream, starts):
                yield fresh.take(each.segment.arrays[stream].take(piece))

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


def _joined(headline: Array, body: Array) -> Array:
    """Both counts in one number, each below 2³² as any within an article is."""
    found: Array = headline << 32 | body
    return found


def _positions(lists: Sequence[_Postings], per_class: Array, ends: Array) -> Iterator[Array]:
    """The positions within the document of every occurrence, in the new order."""
    begins = [_occurrence_begins(each.inverted) for each in lists]
    for first, stop in _class_pieces(ends):
        # Of each posting in the new order: which input it is from, where its occurrences lie there, how many.
        total = int(ends[stop - 1]) - (int(ends[first - 1]) if first else 0)
        start, number = np.empty(total, np.int64), np.empty(total, np.int64)
        source = np.empty(total, np.int8 if len(lists) < 128 else np.int64)
        place = np.cumsum(per_class[first:stop]) - per_class[first:stop]
        for n, each in enumerate(lists):
            low, high = each.classes.searchsorted((first, stop))
            if low == high:
                continue
            at = each.postings(low, high)
            where = each.places(low, high, first, place)
            headline, body = _counts(each.inverted, at)
            start[where], number[where], source[where] = begins[n](at), headline + body, n
        made = np.empty(int(number.sum()), np.int64)
        stops = np.cumsum(number)
        for n, each in enumerate(lists):
            mine = np.flatnonzero(source == n)
            lengths = number.take(mine)
            inside = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            values = each.inverted.positions.take(np.repeat(start.take(mine), lengths) + inside)
            made[np.repeat((stops - number).take(mine), lengths) + inside] = values
            each.release()
        yield made


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
        pieces, lengths = [], []
        for each in inputs:
            data, ends = each.segment.arrays[name], each.segment.arrays[f"{name}_ends"].astype(np.int64)
            sizes = np.diff(ends, prepend=0)
            if each.live is not None:
                data = data[np.repeat(each.live, sizes)]
                sizes = sizes[each.keep]
            pieces.append(data)
            lengths.append(sizes)
        file.stream(name, "u1", pieces)
        file.put(f"{name}_ends", np.cumsum(np.concatenate(lengths)))
    hashes = np.concatenate([each.segment.arrays["id_hashes"] for each in inputs])
    docs = np.concatenate([each.docs.take(each.segment.arrays["id_order"].astype(np.intp)) for each in inputs])
    alive = docs >= 0
    hashes, docs = hashes[alive], docs[alive]
    order = np.argsort(hashes, kind="stable")
    file.put("id_hashes", hashes[order], "u8")
    file.put("id_order", docs[order])
    blocks = storing.BlockWriter()
    file.stream("blocks", "u1", _blocks(inputs, blocks))
    file.put("block_ends", np.array(blocks.ends, np.int64))
    file.put("block_docs", np.array(blocks.docs, np.int64))


def _blocks(inputs: Sequence[_Input], blocks: storing.BlockWriter) -> Iterator[Array]:
    """The blocks of stored articles: whole ones as they are, others packed anew."""
    for each in inputs:
        segment = each.segment
        firsts = [0, *segment.block_docs[:-1]]
        for number, (first, stop) in enumerate(zip(firsts, segment.block_docs, strict=True)):
            alive = [doc - first for doc in range(first, stop) if each.live is None or each.live[doc]]
            if len(alive) == stop - first and (stop - first) * 2 > storing.BLOCK:
                yield from blocks.copy(segment.block(number), stop - first)
            elif alive:
                lines = storing.lines(segment.block(number))
                yield from blocks.add([lines[at] for at in alive])
    yield from blocks.rest()
