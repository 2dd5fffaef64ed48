"""Merge the inverted indexes of adjacent segments, a piece of the vocabulary at a time.

The postings of a term are those of each segment, one after the other: the segments are adjacent, so documents ascend.
Two segments, the second document of the first one deleted, give::

    segment          0                       1
    documents        Banks rise | A bank     Rise
    terms            a    bank    rise       rise
    docs             1    0  1    0          0
    live postings    -    0       0          0
    new terms        0    0       1          1     unused "a" gets the number of the next used term
    new documents    0 -> 0, 1 -> -1         0 -> 1

    terms            bank    rise
    docs             0       0  1                  of "rise": 0 from the first segment, 1 from the second
    posting_ends     1          3
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from searchidx.engines.embedded.array_types import Array, Bools
from searchidx.engines.embedded.inverted_index import BODY_COUNTS, HEADLINE_COUNTS, WIDE, InvertedIndex
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_file import SegmentFileWriter
from searchidx.engines.embedded.segment_writer import put_docs, put_headline_postings

PIECE = 1 << 20
"""Number of postings, occurrences or positions handled at a time; a multiple of 64 (`_occurrence_starts`)."""


class MergeInput:
    """A segment that is merged, with its live documents and the new numbers of everything in it.

    Attributes:
        live: which documents are live; None: all are.
        live_docs: their numbers; int64.
        new_docs: the new number of each document, -1 if it is deleted; int64.
        stop: the first new number after those of this segment.
        new_terms: the new number of each term; int64, set once the vocabularies are joined.
        new_forms: the new number of each number in the forward index, likewise.
    """

    def __init__(self, segment: Segment, live: Bools | None, first: int) -> None:
        self.segment = segment
        self.live = live
        self.live_docs = np.arange(segment.count) if live is None else np.flatnonzero(live)
        self.new_docs = np.full(segment.count, -1, np.int64)
        self.new_docs[self.live_docs] = np.arange(first, first + len(self.live_docs))
        self.stop = first + len(self.live_docs)
        self.new_terms = np.zeros(0, np.int64)
        self.new_forms = np.zeros(0, np.int64)

    def column(self, name: str) -> Array:
        """A column of the live documents."""
        return self.segment.arrays[name].take(self.live_docs)

    def rows(self, name: str, width: int) -> Array:
        """The rows of the live documents, in an array with `width` numbers for each document."""
        values = self.segment.arrays[name]
        return values if self.live is None else values.reshape(-1, width)[self.live_docs].ravel()

    def doc_ranges(self, stream: str, starts: str) -> tuple[Array, Array]:
        """Where in a forward index each live document begins, and ends with its last empty slot; int64."""
        begins = self.segment.arrays[starts].astype(np.int64)
        ends = np.append(begins[1:], len(self.segment.arrays[stream]))
        return begins[self.live_docs], ends[self.live_docs]

    def pieces(self, stream: str, starts: str) -> Iterator[slice | Array]:
        """The positions of live documents in a forward index, `PIECE` at a time: slices, or int64."""
        if self.live is None:
            for first in range(1, len(self.segment.arrays[stream]), PIECE):
                yield slice(first, first + PIECE)
            return
        begins, ends = self.doc_ranges(stream, starts)
        lengths = ends - begins
        stops = np.cumsum(lengths)
        first = 0
        while first < len(begins):
            done = int(stops[first] - lengths[first])
            stop = max(int(stops.searchsorted(done + PIECE, side="right")), first + 1)
            sizes = lengths[first:stop]
            shift = np.repeat(begins[first:stop] - (stops[first:stop] - sizes), sizes)
            yield shift + np.arange(done, done + len(shift))
            first = stop


class LivePostings:
    """The postings of the live documents of one input, by term in the order of the input.

    Attributes:
        new_terms: the new number of each term.
        sizes, occurrences: the number of postings, and of occurrences, of each term; int64.
    """

    def __init__(self, merge_input: MergeInput, inverted: InvertedIndex, new_terms: Array) -> None:
        self.inverted = inverted
        self.new_terms = new_terms
        self.release = merge_input.segment.file.release
        self._new_docs = merge_input.new_docs
        self._ends = np.asarray(inverted.posting_ends, np.int64)
        self._occurrence_ends = np.asarray(inverted.occurrence_ends, np.int64)
        self._live: Array | None = None  # the numbers of live postings
        if merge_input.live is not None:
            is_live = merge_input.new_docs.take(inverted.docs(0, len(inverted))) >= 0
            self._live = np.flatnonzero(is_live)
            self._ends = np.concatenate([[0], np.cumsum(is_live)])[self._ends]
            self._starts_of = _occurrence_starts(inverted)
        self.sizes = np.diff(self._ends, prepend=0)
        self.occurrences = np.diff(self._occurrence_ends, prepend=0) if self._live is None else self._count()

    def _count(self) -> Array:
        occurrences = np.zeros(len(self.new_terms), np.int64)
        for low, high in _term_pieces(self._ends):
            headline, body = _unpack_counts(self.inverted, self._postings(low, high))
            sums = np.concatenate([[0], np.cumsum(headline + body)])
            ends = self._ends[low:high] - (self._ends[low - 1] if low else 0)
            occurrences[low:high] = np.diff(sums[ends], prepend=0)
        return occurrences

    def _range(self, ends: Array, low: int, high: int) -> slice:
        return slice(int(ends[low - 1]) if low else 0, int(ends[high - 1]))

    def _postings(self, low: int, high: int) -> Array:
        """The numbers in the segment of the live postings of the terms `low` to `high`, exclusive."""
        postings = self._range(self._ends, low, high)
        return np.arange(postings.start, postings.stop) if self._live is None else self._live[postings]

    def docs(self, low: int, high: int) -> Array:
        """The new documents of these postings."""
        if self._live is None:
            postings = self._range(self._ends, low, high)
            return self._new_docs.take(self.inverted.docs(postings.start, postings.stop))
        return self._new_docs.take(self.inverted.docs_at(self._postings(low, high)))

    def counts(self, low: int, high: int) -> Array:
        """The packed counts of these postings."""
        if self._live is None:
            return self.inverted.counts[self._range(self._ends, low, high)]
        return self.inverted.counts.take(self._postings(low, high))

    def positions(self, low: int, high: int) -> Array:
        """The positions within the document of the occurrences of these postings."""
        if self._live is None:
            return self.inverted.positions[self._range(self._occurrence_ends, low, high)]
        postings = self._postings(low, high)
        headline, body = _unpack_counts(self.inverted, postings)
        lengths = headline + body
        shift = np.repeat(self._starts_of(postings) - (np.cumsum(lengths) - lengths), lengths)
        return self.inverted.positions.take(shift + np.arange(len(shift)))

    def wide_counts(self, next_posting: Array) -> tuple[Array, Array, Array]:
        """The new numbers of the postings with wide counts, and these counts.

        `next_posting` is of each new term the new number of this input's first posting.
        """
        postings = self.inverted.wide.astype(np.intp)
        chosen = np.arange(len(postings))
        if self._live is not None:
            place = self._live.searchsorted(postings)
            is_live = self._live.take(place, mode="clip") == postings if len(self._live) else postings < 0
            chosen = np.flatnonzero(is_live)
            postings = place.take(chosen)
        term = self._ends.searchsorted(postings, side="right")
        new = next_posting.take(self.new_terms.take(term)) + postings - (self._ends - self.sizes).take(term)
        return new, self.inverted.wide_headline.take(chosen), self.inverted.wide_body.take(chosen)


def _gather(
    inputs: Sequence[LivePostings], sizes: Sequence[Array], ends: Array, get: Callable[[LivePostings, int, int], Array]
) -> Iterator[Array]:
    """Numbers of all inputs in the new order, a piece of the vocabulary at a time.

    `sizes` is of each input how many numbers each of its terms has; `ends` is where those of each new term end.
    """
    sizes_of_term = np.diff(ends, prepend=0)
    for first, stop in _term_pieces(ends):
        piece = np.empty(int(sizes_of_term[first:stop].sum()), np.int64)
        next_place = np.cumsum(sizes_of_term[first:stop]) - sizes_of_term[first:stop]
        for each, input_sizes in zip(inputs, sizes, strict=True):
            low, high = each.new_terms.searchsorted((first, stop))
            if low == high:
                continue
            lengths, terms = input_sizes[low:high], each.new_terms[low:high] - first
            places = np.repeat(next_place.take(terms) - (np.cumsum(lengths) - lengths), lengths)
            places += np.arange(len(places))
            piece[places] = get(each, low, high)
            np.add.at(next_place, terms, lengths)
            each.release()
        yield piece


def put_inverted_index(
    file: SegmentFileWriter,
    name: str,
    inputs: Sequence[MergeInput],
    new_terms: Sequence[Array],
    terms: int,
    documents: int,
) -> None:
    """Add the postings of the text or of the other fields; `new_terms` are the new terms of each input."""
    lists = [
        LivePostings(each, each.segment.text if name == "text" else each.segment.meta, numbers)
        for each, numbers in zip(inputs, new_terms, strict=True)
    ]
    count = max(terms, 1)  # without live terms, the unused ones still have the number 0
    sizes, occurrences = [each.sizes for each in lists], [each.occurrences for each in lists]
    sums = [np.zeros(count, np.int64), np.zeros(count, np.int64)]
    for total, of_inputs in zip(sums, (sizes, occurrences), strict=True):
        for each, of_input in zip(lists, of_inputs, strict=True):
            np.add.at(total, each.new_terms, of_input)
    ends, occurrence_ends = map(np.cumsum, sums)
    file.put(f"{name}_posting_ends", ends[:terms])
    file.put(f"{name}_occurrence_ends", occurrence_ends[:terms])
    put_docs(file, name, documents, _gather(lists, sizes, ends, LivePostings.docs))
    file.put_chunks(f"{name}_counts", "u1", _gather(lists, sizes, ends, LivePostings.counts))
    next_posting = ends - sums[0]
    wide = []
    for each in lists:
        wide.append(each.wide_counts(next_posting))
        np.add.at(next_posting, each.new_terms, each.sizes)
    postings, headline, body = (np.concatenate([each[column] for each in wide]) for column in range(3))
    order = np.argsort(postings)
    postings, headline, body = postings[order], headline[order], body[order]
    for suffix, values in (("wide", postings), ("wide_headline", headline), ("wide_body", body)):
        file.put(f"{name}_{suffix}", values)
    type = max((each.inverted.positions.dtype.str[1:] for each in lists), default="u1")
    file.put_chunks(f"{name}_positions", type, _gather(lists, occurrences, occurrence_ends, LivePostings.positions))
    if name == "text":
        put_headline_postings(file, documents, _headline_pieces(lists, ends[:terms], postings, headline))


def _headline_pieces(
    inputs: Sequence[LivePostings], ends: Array, wide: Array, wide_headline: Array
) -> Iterator[tuple[Array, Array, Array]]:
    """All postings as `put_headline_postings` takes them.

    `wide` are those with wide counts, `wide_headline` these counts.
    """
    sizes = [each.sizes for each in inputs]
    docs, counts = (_gather(inputs, sizes, ends, get) for get in (LivePostings.docs, LivePostings.counts))
    for (first, stop), piece, packed in zip(_term_pieces(ends), docs, counts, strict=True):
        begin = int(ends[first - 1]) if first else 0
        headline = HEADLINE_COUNTS.take(packed)
        low, high = wide.searchsorted((begin, begin + len(piece)))
        headline[wide[low:high] - begin] = wide_headline[low:high]
        yield piece, headline, ends[first:stop] - begin


def _term_pieces(ends: Array) -> Iterator[tuple[int, int]]:
    """Ranges of terms with about `PIECE` postings each."""
    first = 0
    while first < len(ends):
        begin = int(ends[first - 1]) if first else 0
        stop = max(int(ends.searchsorted(begin + PIECE, side="right")), first + 1)
        yield first, stop
        first = stop


def _unpack_counts(inverted: InvertedIndex, postings: Array) -> tuple[Array, Array]:
    """Occurrences in the headline and in the body; int64."""
    packed = inverted.counts.take(postings)
    headline, body = HEADLINE_COUNTS.take(packed), BODY_COUNTS.take(packed)
    is_wide = np.flatnonzero(packed == WIDE)
    if len(is_wide):
        place = inverted.wide.searchsorted(postings[is_wide])
        headline[is_wide] = inverted.wide_headline.take(place)
        body[is_wide] = inverted.wide_body.take(place)
    return headline, body


def _occurrence_starts(inverted: InvertedIndex) -> Callable[[Array], Array]:
    """A function from ascending postings to the start of the occurrences of each.

    The running sum of all counts would take eight bytes a posting, so only every 64th is kept.
    """
    count = len(inverted)
    blocks = np.zeros(count // 64 + 2, np.int64)
    total = 0
    for first in range(0, count, PIECE):
        postings = np.arange(first, min(first + PIECE, count))
        headline, body = _unpack_counts(inverted, postings)
        sums = np.cumsum(headline + body)
        marks = np.arange(first + 64, postings[-1] + 2, 64)
        blocks[first // 64 + 1 : first // 64 + 1 + len(marks)] = total + sums[marks - first - 1]
        total += int(sums[-1])

    def starts(postings: Array) -> Array:
        if not len(postings):
            return postings
        low = int(postings[0]) // 64 * 64
        headline, body = _unpack_counts(inverted, np.arange(low, int(postings[-1]) + 1))
        lengths = headline + body
        found: Array = (blocks[low // 64] + np.cumsum(lengths) - lengths)[postings - low]
        return found

    return starts
