"""Count n-grams over the forward index; `searchidx.engines.collectors.count_ngrams` defines them.

Memory does not grow with the answer. A first pass over the text of the hits counts its words. The vocabulary is then
cut into ranges of first words, each with up to `POSITIONS_PER_RANGE` positions, and each further pass sorts the
positions of one range. The headline "Rates rise" and the body "Banks raise rates. Rates rise." go through these steps,
in a vocabulary of banks 1, raise 2, rates 3, rise 4::

    position         0 1 2 3 4 5 6 7 8
    words            3 4 0 1 2 3 3 4 0            0: the empty slot that ends a zone
    continues        0 1 0 0 1 1 0 1 0            a word before it is in its sentence
    positions        0 3 4 6                      with a second word of the same sentence
    keys of size 2   34 12 23 34                  first word, second word
    sorted           12 23 34 34                  runs of equal keys are the n-grams
    counts           1 1 2                        so "rates rise" occurs twice
    keys of size 3   of positions in runs of 2 or more: the number of the run, third word
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from searchidx.analysis import join_words
from searchidx.engines import timeout
from searchidx.engines.collectors import MIN_NGRAM_COUNT
from searchidx.engines.embedded.array_types import Bools, Bytes, Int64s, Ints
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.results import NgramCounts, NgramForm

POSITIONS_PER_RANGE = 1 << 22
"""Positions sorted together, about 60 bytes each; a first word that is more frequent makes a range of its own."""
POSITIONS_PER_BLOCK = 1 << 20
"""Positions read together, without those of the last document."""

Int32s = npt.NDArray[np.int32]


class _Block(NamedTuple):
    """The text of some hits of a segment, one after the other; parallel arrays, but for `first`.

    Attributes:
        places: positions in the forward index.
        forms: the surface form at each, 0 in an empty slot.
        continues: whether the word before is in the same sentence.
        members: the queries that find the document, a bit each.
    """

    places: Ints
    forms: Ints
    continues: Bools
    members: Bytes


class _HitText:
    """The hits of some queries in one segment, and what the numbers of its surface forms mean.

    Attributes:
        words: of each surface form the number of its folded form in the vocabulary, 0 for the empty slot.
        at_edge: of each surface form whether an n-gram may begin and end with it.
    """

    words: Int32s
    at_edge: Bools

    def __init__(self, view: SegmentView, docs: Sequence[Ints]) -> None:
        self.segment: Segment = view.segment
        self.members = np.zeros(view.count, np.uint8)
        for number, found in enumerate(docs):
            self.members[found] |= 1 << number
        starts = self.segment.arrays["doc_starts"].astype(np.intp)
        self.starts = starts
        self._stops = np.append(starts[1:], len(self.segment.arrays["stream"])) if len(starts) else starts

    def blocks(self) -> Iterator[_Block]:
        """The text of the hits, block by block."""
        docs = self.members.nonzero()[0]
        sizes = self._stops.take(docs) - self.starts.take(docs)
        ends = sizes.cumsum()
        first = 0
        while first < len(docs):
            timeout.check()
            before = int(ends[first - 1]) if first else 0
            stop = int(ends.searchsorted(before + POSITIONS_PER_BLOCK, "right")) or 1
            stop = max(stop, first + 1)
            yield self._block(docs[first:stop], sizes[first:stop])
            first = stop

    def _block(self, docs: Ints, sizes: Ints) -> _Block:
        segment = self.segment
        begins = self.starts.take(docs)
        ends: Ints = sizes.cumsum()
        places: Ints = np.arange(int(ends[-1])) + (begins - (ends - sizes)).repeat(sizes)
        forms = segment.arrays["stream"].take(places).astype(np.intp)
        # Sentences of these documents; a headline is one sentence, whatever it looks like.
        starts = segment.sentence_starts
        starts = starts[starts.searchsorted(places[0]) : starts.searchsorted(places[-1], "right")]
        owners = docs.searchsorted(self.starts.searchsorted(starts, "right") - 1)
        owners[owners == len(docs)] = 0
        is_ours = (starts > segment.headline_ends.take(docs.take(owners))) & (
            starts < begins.take(owners) + sizes.take(owners)
        )
        starts, owners = starts[is_ours], owners[is_ours]
        continues = forms > 0
        continues[0] = False
        continues[1:] &= forms[:-1] > 0
        continues[starts - begins.take(owners) + (ends - sizes).take(owners)] = False
        return _Block(places, forms, continues, self.members.take(docs).repeat(sizes))


def count_ngrams(
    hits: Sequence[tuple[SegmentView, Sequence[Ints]]], sizes: Collection[int], edge_stems: Collection[str]
) -> Iterator[NgramCounts]:
    """Count the n-grams of documents, given by segment and by query."""
    texts = [_HitText(view, docs) for view, docs in hits]
    queries = len(hits[0][1]) if hits else 0
    vocabulary, frequencies = _number_words(texts, edge_stems)
    if not queries or not sizes:
        return
    ends = frequencies.cumsum()
    low = 1
    while low < len(frequencies):
        high = int(ends.searchsorted(ends[low - 1] + POSITIONS_PER_RANGE, "right"))
        high = max(high, low + 1)
        if ends[high - 1] > ends[low - 1]:
            found = _RangePositions(texts, low, high, max(sizes), vocabulary)
            yield from found.count(sorted(sizes), queries)
        low = high


def _number_words(texts: Sequence[_HitText], edge_stems: Collection[str]) -> tuple[list[str], Int64s]:
    """Number the folded forms of the hits in alphabetical order, from 1.

    Returns:
        The folded forms, and of each number how many n-grams may begin with it; 0 is the empty slot.
    """
    counted = []
    for text in texts:
        forms = np.zeros(len(text.segment.forms) + 1, np.int64)
        for block in text.blocks():
            forms += np.bincount(block.forms, minlength=len(forms))
        forms[0] = 0
        counted.append(forms)
    used = []
    strings: set[str] = set()
    for text, forms in zip(texts, counted, strict=True):
        folded = _folded_of_forms(text.segment)
        numbers = np.unique(folded[forms[1:].nonzero()[0]])
        names = text.segment.folded.get_many(numbers.tolist())
        used.append((folded, numbers, names))
        strings.update(names)
    vocabulary = ["", *sorted(strings)]
    places = {word: number for number, word in enumerate(vocabulary)}
    frequencies = np.zeros(len(vocabulary), np.int64)
    for text, forms, (folded, numbers, names) in zip(texts, counted, used, strict=True):
        of_folded = np.zeros(len(text.segment.folded), np.int32)
        of_folded[numbers] = [places[name] for name in names]
        text.words = np.append(np.int32(0), of_folded.take(folded)).astype(np.int32)
        text.at_edge = np.append(False, ~_is_listed(text.segment, edge_stems).take(text.segment.form_terms))
        may_begin = np.where(text.at_edge, forms, 0)
        frequencies += np.bincount(text.words, may_begin, len(vocabulary)).astype(np.int64)
    frequencies[0] = 0
    return vocabulary, frequencies


def _folded_of_forms(segment: Segment) -> Ints:
    """The number of the folded form of each surface form."""
    terms = segment.arrays["folded_class"].astype(np.intp)
    ends = np.asarray(segment.form_ends, np.intp)
    firsts = np.append(0, ends[:-1]).take(terms) + segment.arrays["folded_first"]
    sizes = segment.arrays["folded_stop"].astype(np.intp) - segment.arrays["folded_first"]
    order = firsts.argsort()
    found: Ints = order.repeat(sizes.take(order))
    return found


def _is_listed(segment: Segment, stems: Collection[str]) -> Bools:
    """Whether the stem of each term is one of some."""
    found = np.zeros(len(segment.terms), np.bool_)
    for stem in stems:
        found[segment.find_terms(stem)] = True
    return found


class _RangePositions:
    """The positions at which n-grams with a first word of one range may begin.

    Attributes:
        words: a row for each place within an n-gram: the word there, 0 past the end of the sentence.
        may_end: likewise, whether an n-gram may end there.
    """

    def __init__(self, texts: Sequence[_HitText], low: int, high: int, size: int, vocabulary: Sequence[str]) -> None:
        self._texts = texts
        self._vocabulary = vocabulary
        self._low = low
        words: list[list[Int32s]] = [[np.zeros(0, np.int32)] for _ in range(size)]
        may_end: list[list[Bools]] = [[np.zeros(0, np.bool_)] for _ in range(size)]
        members, places, owners = [np.zeros(0, np.uint8)], [np.zeros(0, np.intp)], [np.zeros(0, np.int32)]
        for number, text in enumerate(texts):
            is_first = text.at_edge & (text.words >= low) & (text.words < high)
            for block in text.blocks():
                at = is_first.take(block.forms).nonzero()[0]
                at = at[at + 1 < len(block.forms)]
                at = at[block.continues.take(at + 1)]
                places.append(block.places.take(at))
                members.append(block.members.take(at))
                owners.append(np.full(len(at), number, np.int32))
                forms = block.forms.take(at)
                inside = np.ones(len(at), np.bool_)
                for place in range(size):
                    if place:
                        following = np.minimum(at + place, len(block.forms) - 1)  # the last slot is empty
                        inside &= block.continues.take(following)
                        forms = np.where(inside, block.forms.take(following), 0)
                    words[place].append(text.words.take(forms))
                    may_end[place].append(text.at_edge.take(forms))
        self.words = [np.concatenate(each) for each in words]
        self.may_end = [np.concatenate(each) for each in may_end]
        self._members, self._places = np.concatenate(members), np.concatenate(places)
        self._owners = np.concatenate(owners)

    def count(self, sizes: Sequence[int], queries: int) -> Iterator[NgramCounts]:
        """Count the n-grams of each size."""
        positions = np.arange(len(self._places))
        ranks = self.words[0].astype(np.int64) - self._low
        for size in range(2, sizes[-1] + 1):
            timeout.check()
            there = self.words[size - 1].take(positions)
            positions, ranks = positions[there > 0], ranks[there > 0]
            keys = ranks * len(self._vocabulary) + there[there > 0]
            order = keys.argsort()
            positions, keys = positions.take(order), keys.take(order)
            begins = np.append(True, keys[1:] != keys[:-1]).nonzero()[0] if len(keys) else np.zeros(0, np.intp)
            lengths = np.diff(begins, append=len(keys))
            # An n-gram occurs at most as often as its first words: rare ones go no further.
            kept = (lengths >= MIN_NGRAM_COUNT).repeat(lengths)
            positions = positions[kept]
            lengths = lengths[lengths >= MIN_NGRAM_COUNT]
            ranks = np.arange(len(lengths)).repeat(lengths)
            if size in sizes and len(lengths):
                yield self._counts(size, positions, lengths, queries)

    def _counts(self, size: int, positions: Ints, lengths: Ints, queries: int) -> NgramCounts:
        begins = lengths.cumsum() - lengths
        may_end = self.may_end[size - 1].take(positions)
        members = np.where(may_end, self._members.take(positions), 0)
        chosen = (np.add.reduceat(may_end, begins, dtype=np.int64) >= MIN_NGRAM_COUNT).nonzero()[0]
        counts = [
            np.add.reduceat(members >> query & 1, begins, dtype=np.int64).take(chosen) for query in range(queries)
        ]

        def form(at: int) -> NgramForm:
            begin = int(begins[chosen[at]])
            stop = begin + int(lengths[chosen[at]])
            return self._form(size, positions[begin:stop][may_end[begin:stop]], queries)

        return NgramCounts(size, counts, form)  # type: ignore[arg-type]

    def _form(self, size: int, positions: Ints, queries: int) -> NgramForm:
        """What the n-gram at some positions looks like."""
        words = tuple(self._vocabulary[each[positions[0]]] for each in self.words[:size])
        printed: dict[str, int] = {}
        articles = np.zeros(queries, np.int64)
        for number, text in enumerate(self._texts):
            places = self._places.take(positions[self._owners.take(positions) == number])
            if not len(places):
                continue
            docs = np.unique(text.starts.searchsorted(places, "right") - 1)
            found = text.members.take(docs)
            articles += [np.count_nonzero(found >> query & 1) for query in range(queries)]
            stream = text.segment.arrays["stream"]
            for row, count in _count_rows([stream.take(places + place).astype(np.intp) for place in range(size)]):
                name = join_words([text.segment.forms[form - 1] for form in row])
                printed[name] = printed.get(name, 0) + count
        best = min(printed.items(), key=lambda item: (-item[1], item[0]))[0]
        return NgramForm(words, best, articles.tolist())


def _count_rows(columns: Sequence[Ints]) -> Iterator[tuple[list[int], int]]:
    """The distinct rows of a table, given as columns, and how often each occurs."""
    keys = columns[0]
    for column in columns[1:]:
        _, ranks = np.unique(keys, return_inverse=True)
        values, numbers = np.unique(column, return_inverse=True)
        keys = ranks * len(values) + numbers
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    for at, count in zip(first.tolist(), counts.tolist(), strict=True):
        yield [int(column[at]) for column in columns], count
