"""The inverted index of one segment: the postings of each term, and the forward index beside them.

Two documents, `Banks rise` and `A bank` (headline empty, body as given). Surface forms are numbered from 1, sorted by
term::

    terms                 a = 0   bank = 1         rise = 2
    surface forms         A = 1   bank = 2  Banks = 3   rise = 4
    position              0   1   2      3     4   5   6   7     8
    text                  .   .   Banks  rise  .   .   A   bank  .     .: an empty slot
    forward index         0   0   3      4     0   0   1   2     0
    doc_starts                1                    5

    term                  a       bank             rise
    posting_ends          1       3                4                   postings of `bank`: 1 up to 3
    docs                  1       0  1             0
    counts                1       1  1             1                   headline × 32 + body
    positions             1       1  2             2                   relative to doc_starts

`read_term(1)` gives documents 0 and 1, one occurrence each, at positions 2 and 7. The surface form `Banks` has those
postings of `bank` at whose positions the forward index holds 3:
``FormRange(1, 3, 4, False).contains(forward_index.take(positions))``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from operator import sub
from typing import Any, NamedTuple, cast

import numpy as np

from searchidx.engines.embedded.array_types import Array, Bools, Ints

MAX_HEADLINE, MAX_BODY, WIDE = 7, 31, 255
"""The byte of a posting: occurrences in the headline (3 bits) and in the body (5 bits). WIDE: they are stored apart."""
LOWER_BITS = 16
"""The bits of a document number that each posting stores; the upper bits are stored where they change."""
HEADLINE_COUNTS, BODY_COUNTS = np.arange(256) >> 5, np.arange(256) & MAX_BODY
"""Occurrences in the headline and in the body, by the byte of a posting; intp."""
_LONG_SLICE = 2000
"""From this mean length on, adding a number to each slice is faster than adding an array."""
_MIN_VECTORIZED = 5000
"""From this number of postings on, arithmetic beats a table look-up."""
_TOTAL_COUNTS = HEADLINE_COUNTS + BODY_COUNTS


def is_wide(headline: Array, body: Array) -> Bools:
    """Whether each pair of counts is too large for the byte of a posting."""
    found: Bools = (headline > MAX_HEADLINE) | (body > MAX_BODY) | ((headline == MAX_HEADLINE) & (body == MAX_BODY))
    return found


class FormRange(NamedTuple):
    """Adjacent surface forms of one term: what a query word stands for in a segment.

    Attributes:
        term: the number of the term.
        low, high: the half-open range of their numbers in the forward index.
        is_whole_term: whether these are all forms of the term.
    """

    term: int
    low: int
    high: int
    is_whole_term: bool = True

    def contains(self, forms: Array) -> Bools:
        """Whether each value of the forward index is in the range; may overwrite `forms`."""
        if self.high - self.low == 1:
            found: Bools = forms == self.low
            return found
        forms -= self.low  # unsigned: smaller numbers wrap around to large ones
        return forms < self.high - self.low


class PostingDocs:
    """The documents of postings: the lower bits of each, and the postings where the upper bits change."""

    def __init__(self, arrays: dict[str, Array], name: str) -> None:
        self._lower = arrays[f"{name}_docs"]
        self._upper = arrays[f"{name}_upper"]
        self._turns = memoryview(cast(Any, arrays[f"{name}_turns"]))

    def __len__(self) -> int:
        return len(self._lower)

    @cached_property
    def _offsets(self) -> Ints:
        """The upper bits before the first turn, and from each turn on, in place."""
        return np.append(0, self._upper.astype(np.intp) << LOWER_BITS)

    def between(self, first: int, stop: int) -> Ints:
        """The documents of a range of postings."""
        found: Ints = self._lower[first:stop].astype(np.intp)
        if turns := self._turns:
            turn, after = bisect_right(turns, first), bisect_left(turns, stop)
            bounds = [first, *turns[turn:after], stop]
            offsets = self._offsets[turn : after + 1]
            if stop - first < _LONG_SLICE * len(offsets):
                found += offsets.repeat(list(map(sub, bounds[1:], bounds)))
                return found
            for low, high, offset in zip(bounds, bounds[1:], offsets.tolist(), strict=False):
                if offset:
                    found[low - first : high - first] += offset
        return found

    def at(self, postings: Array) -> Ints:
        """The documents of some postings."""
        found: Ints = self._lower.take(postings).astype(np.intp)
        if self._turns:
            found += self._offsets.take(np.asarray(self._turns, np.intp).searchsorted(postings, side="right"))
        return found


class InvertedIndex:
    """The postings of the text, or of the other fields.

    Attributes:
        forward_index: the form at each position, 0 in an empty slot.
        counts: the byte of each posting, see `MAX_BODY`.
        positions: of each occurrence, relative to the start of its document.
    """

    def __init__(
        self,
        arrays: dict[str, Array],
        name: str,
        doc_starts: Array,
        forward_index: Array,
        form_ends: memoryview | None = None,
    ) -> None:
        self._docs = PostingDocs(arrays, name)
        self.docs, self.docs_at = self._docs.between, self._docs.at
        self.counts = arrays[f"{name}_counts"]
        self.positions = arrays[f"{name}_positions"]
        self.wide = arrays[f"{name}_wide"]
        self._wide = memoryview(cast(Any, self.wide))
        self.wide_headline = arrays[f"{name}_wide_headline"]
        self.wide_body = arrays[f"{name}_wide_body"]
        self.posting_ends = memoryview(cast(Any, arrays[f"{name}_posting_ends"]))
        self.occurrence_ends = memoryview(cast(Any, arrays[f"{name}_occurrence_ends"]))
        self._doc_starts = doc_starts
        self.forward_index = forward_index
        self._form_ends = form_ends

    def __len__(self) -> int:
        """The number of postings."""
        return len(self._docs)

    @cached_property
    def _starts(self) -> Ints:
        """The first position of each document."""
        return self._doc_starts.astype(np.intp)

    def all_forms(self, term: int) -> FormRange:
        """All surface forms of a term."""
        ends = self._form_ends
        if ends is None:  # the other fields: each term is its only form
            return FormRange(term, term + 1, term + 2)
        return FormRange(term, (ends[term - 1] if term else 0) + 1, ends[term] + 1)

    def posting_range(self, term: int) -> tuple[int, int]:
        """The half-open range of a term's postings."""
        return (self.posting_ends[term - 1] if term else 0), self.posting_ends[term]

    def occurrence_range(self, term: int) -> tuple[int, int]:
        """The half-open range of a term's occurrences in `positions`."""
        return (self.occurrence_ends[term - 1] if term else 0), self.occurrence_ends[term]

    @cached_property
    def wide_postings(self) -> Ints:
        """The numbers of the wide postings."""
        return self.wide.astype(np.intp)

    def wide_range(self, first: int, stop: int) -> tuple[int, int]:
        """The range of `wide_postings` within a range of postings."""
        wide = self._wide
        low = bisect_left(wide, first)
        return low, bisect_left(wide, stop, low)

    def frequencies(self, first: int, stop: int) -> Ints:
        """The number of occurrences of each posting in a range."""
        packed = self.counts[first:stop]
        if stop - first < _MIN_VECTORIZED:
            counts: Ints = _TOTAL_COUNTS.take(packed)
        else:
            counts = ((packed >> 5) + (packed & MAX_BODY)).astype(np.intp)
        if len(self.wide):
            low, high = self.wide_range(first, stop)
            if low < high:
                counts[self.wide_postings[low:high] - first] = (
                    self.wide_headline[low:high].astype(np.intp) + self.wide_body[low:high]
                )
        return counts

    def doc_positions(self, docs: Ints, most: int) -> tuple[Ints, Ints] | None:
        """All positions of some documents, and where those of each end; None if there are more than `most`."""
        starts = self._starts.take(docs)
        sizes = self._stops.take(docs) - starts
        ends = sizes.cumsum()
        if ends[-1] > most:
            return None
        positions = (starts - ends + sizes).repeat(sizes)
        positions += np.arange(len(positions))
        return positions, ends

    @cached_property
    def _stops(self) -> Ints:
        """The position after each document."""
        return np.append(self._starts[1:], len(self.forward_index))

    def read_term(self, term: int) -> tuple[Ints, Ints, Ints]:
        """The postings of a term: documents, frequencies, and all positions in the forward index, ascending."""
        first, stop = self.posting_range(term)
        docs = self.docs(first, stop)
        frequencies = self.frequencies(first, stop)
        begin, end = self.occurrence_range(term)
        positions: Ints = self._starts.take(docs).repeat(frequencies)
        positions += self.positions[begin:end]
        return docs, frequencies, positions

    def read_some(self, term: int, docs: Ints, holders: Ints | None = None) -> tuple[Ints, Ints]:
        """The document and the position of each occurrence of a term in some ascending documents.

        `holders` are the documents of all postings of the term, if they are decoded already.
        """
        first, stop = self.posting_range(term)
        if holders is None:
            holders = self.docs(first, stop)
        at = holders.searchsorted(docs)
        there = (holders.take(at, mode="clip") == docs).nonzero()[0]
        if len(there) < len(docs):
            docs, at = docs.take(there), at.take(there)
        frequencies = self.frequencies(first, stop)
        ends = frequencies.cumsum().take(at)
        frequencies = frequencies.take(at)
        ends -= frequencies.cumsum()
        chosen = ends.repeat(frequencies)
        chosen += np.arange(len(chosen))
        begin, end = self.occurrence_range(term)
        positions = self._starts.take(docs).repeat(frequencies)
        positions += self.positions[begin:end].take(chosen)
        return docs.repeat(frequencies), positions

    def read_occurrences(self, term: int) -> tuple[Ints, Ints]:
        """The document and the position of each occurrence of a term, ascending."""
        docs, frequencies, positions = self.read_term(term)
        return docs.repeat(frequencies), positions
