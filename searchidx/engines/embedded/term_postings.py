"""Documents, weights and positions of the words of a query in one segment: terms, phrases, patterns.

The corpus of `inverted_index`: documents `Banks rise` and `A bank`, their forward index::

    position           0   1   2      3     4   5   6   7     8
    forward index      .   .   Banks  rise  .   .   A   bank  .

The phrase "banks rise" (folded forms) becomes two ranges of forms: `Banks` and `rise`. The rarer word is read from the
inverted index: `rise` at position 3. Minus its offset in the phrase (1), that gives a start at 2. The forward index at
2 holds `Banks`, which is in the range of the first word, so position 3 is the last word of an occurrence, in document
0. Empty slots separate zones, so no phrase crosses from a headline to a body.

Everywhere, postings are live documents, their weighted frequencies (`ranking.Weights`) and the number of occurrences in
all of them; occurrences are pairs of documents and positions in the forward index, both ascending.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from whoosh import query as q

from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.budget import spend
from searchidx.engines.embedded.array_types import Array, Bools, Floats, Ints
from searchidx.engines.embedded.inverted_index import FormRange, InvertedIndex
from searchidx.engines.embedded.pattern_expansion import forms_of_word
from searchidx.engines.embedded.ranking import FixedWeights, PackedWeights, Weights
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_view import ZONE_WEIGHTS, SegmentView
from searchidx.folding import fold
from searchidx.query.nodes import PATTERNS, WordNode
from searchidx.schema import Level
from searchidx.stemming import ENGLISH, stem

WeightedPostings = tuple[Ints, Weights, float]

_STEM, _FOLDED, _PRINTED = Level  # looking up a member takes longer than comparing it
_ONLY_ENGLISH = (ENGLISH,)
_MAX_SORTED = 8
"""Lists of postings that are sorted rather than added up."""
_MAX_SCANNED = 3000
"""Words of text, for each pair, that are read in less time than positions."""
_RANGE_COST, _READ_COST = 2_000, 2
"""Units of work to read the positions of a term for some of its forms, and for each occurrence of the term."""
_WEIGHTS = np.array([1.0, HEADLINE_WEIGHT], np.float32)
_NO_POSITIONS = np.zeros(0, np.intp)
_NO_POSTINGS: WeightedPostings = (_NO_POSITIONS, FixedWeights(np.zeros(0, np.float32)), 0)


# -- postings ----------------------------------------------------------------------------------------------------------


def leaf_postings(query: q.Term | q.Phrase, field: str, level: Level, view: SegmentView) -> WeightedPostings:
    """The postings of a word or phrase of the text, in the zone of `field`."""
    if (
        isinstance(query, q.Term)
        and level is _STEM
        and field in ZONE_WEIGHTS
        and view.segment.languages == _ONLY_ENGLISH
    ):
        term = view.segment.terms.find(stem(query.text))
        return _NO_POSTINGS if term < 0 else _term_postings(term, field, view)
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        return _count_by_document(*_find_phrase(query, level, view), field, level, view)
    return _union_postings(_find_ranges(view.segment, _only_word(query), level), field, level, view)


class WordPair(NamedTuple):
    """Two neighbouring words of a query, whose scores rise where they stand side by side.

    Attributes:
        phrase: the words, as a phrase of stems.
        factor: the factor of the scores of the pair.
        postings: documents and weights of each word in the whole snapshot.
    """

    phrase: q.Phrase
    factor: float
    postings: tuple[tuple[Ints, Weights], tuple[Ints, Weights]]


def pair_weights(pairs: Sequence[WordPair], view: SegmentView, docs: Ints) -> Iterator[Floats | None]:
    """The weighted frequency of each pair in some ascending live documents; None if it is 0 in all.

    Short texts are read as they stand in the forward index. Of longer ones only the positions of the rarer word are
    read, and its neighbours looked up; that takes time for all postings of the word.
    """
    text = view.segment.text
    most = _MAX_SCANNED * len(pairs)
    # The mean length decides, unless these texts are far longer.
    texts = text.doc_positions(docs, 2 * most) if len(docs) * len(text.forward_index) < most * view.count else None
    if texts is None:
        for pair in pairs:
            yield _weigh_occurrences(*_read_pair(pair, view, docs), pair, view, docs)
        return
    positions, ends = texts
    forms = text.forward_index.take(positions)
    found: dict[str, Bools] = {}
    for pair in pairs:
        one, other = pair.phrase.words
        for number, word in enumerate((one, other)):
            if word not in found:
                found[word] = _in_any(_pair_ranges(pair, number, view), forms.copy())
        last = (found[one][:-1] & found[other][1:]).nonzero()[0] + 1
        owners = docs.take(ends.searchsorted(last, side="right"))
        yield _weigh_occurrences(owners, positions.take(last), pair, view, docs)


def _read_pair(pair: WordPair, view: SegmentView, docs: Ints) -> tuple[Ints, Ints]:
    """The document and the position of the last word of each occurrence of a pair in some ascending documents."""
    text = view.segment.text
    words = [_pair_ranges(pair, n, view) for n in (0, 1)]
    rarer = int(_size(words[0], view) > _size(words[1], view))
    holding, weights = pair.postings[rarer]
    holders = holding if isinstance(weights, PackedWeights) and weights.term is not None else None
    neighbours = words[1 - rarer]
    found: list[tuple[Ints, Ints]] = []
    for forms in words[rarer] if neighbours else ():
        owners, positions = text.read_some(forms.term, docs, holders)
        keep = _in_any(neighbours, text.forward_index.take(positions + (1 - 2 * rarer))).nonzero()[0]
        if not forms.is_whole_term:
            are_forms = forms.contains(text.forward_index.take(positions.take(keep)))
            keep = keep.take(are_forms.nonzero()[0])
        positions = positions.take(keep)
        if not rarer:
            positions += 1
        found.append((owners.take(keep), positions))
    return _merge_occurrences(found)


def _pair_ranges(pair: WordPair, number: int, view: SegmentView) -> Sequence[FormRange]:
    """The forms of the first or second word of a pair in a segment."""
    weights = pair.postings[number][1]
    if isinstance(weights, PackedWeights) and weights.term is not None:
        return (view.segment.text.all_forms(weights.term),)
    return _find_ranges(view.segment, pair.phrase.words[number], _STEM)


def _weigh_occurrences(owners: Ints, last: Ints, pair: WordPair, view: SegmentView, docs: Ints) -> Floats | None:
    """The weighted frequency in each of some documents, given the documents and last positions of occurrences."""
    if not len(owners):
        return None
    owners, _, in_headline = select_zone(owners, last, pair.phrase.fieldname, _STEM, view)
    return np.bincount(docs.searchsorted(owners), _WEIGHTS.take(in_headline), len(docs)).astype(np.float32)


def _in_any(ranges: Sequence[FormRange], forms: Array) -> Bools:
    """Whether each value of the forward index is in one of some ranges; may overwrite `forms`."""
    if len(ranges) == 1:
        return ranges[0].contains(forms)
    if not ranges:
        return np.zeros(len(forms), np.bool_)
    found: Bools = np.logical_or.reduce([each.contains(forms.copy()) for each in ranges])
    return found


def union_postings(words: Sequence[int], field: str, level: Level, view: SegmentView) -> WeightedPostings:
    """The postings of several words of the vocabulary of a level, as if they were one word."""
    return _union_postings(_join_ranges(words, level, view), field, level, view)


def _union_postings(ranges: Sequence[FormRange], field: str, level: Level, view: SegmentView) -> WeightedPostings:
    """The postings of several ranges of forms, as if they were one word."""
    if len(ranges) < 2:
        return _form_postings(ranges[0], field, level, view) if ranges else _NO_POSTINGS
    found = [each for forms in ranges if len((each := _form_postings(forms, field, level, view))[0])]
    if len(found) < 2:
        return found[0] if found else _NO_POSTINGS
    occurrences = sum(each[2] for each in found)
    if len(found) <= _MAX_SORTED and all(isinstance(weights, PackedWeights) for _, weights, _ in found):
        # Terms of several languages have no document in common, so their postings only need to be sorted.
        docs = np.concatenate([docs for docs, _, _ in found])
        order = docs.argsort(kind="stable")
        docs = docs.take(order)
        if (docs[1:] != docs[:-1]).all():
            packed = [weights for _, weights, _ in found if isinstance(weights, PackedWeights)]
            return docs, PackedWeights.concatenate(packed).take(order), occurrences
    total = np.zeros(view.count, np.float32)
    for docs, weights, _ in found:
        total[docs] += weights.values()
    docs = total.nonzero()[0]
    return docs, FixedWeights(total.take(docs)), occurrences


def _join_ranges(words: Sequence[int], level: Level, view: SegmentView) -> list[FormRange]:
    """The forms of several words, with adjacent ranges of a term joined: often they make up the whole term."""
    text = view.segment.text
    joined: list[FormRange] = []
    for forms in sorted([forms_of_word(word, level, view.segment) for word in words], key=itemgetter(1)):
        if joined and (joined[-1].term, joined[-1].high) == (forms.term, forms.low):
            every = text.all_forms(forms.term)
            low = joined[-1].low
            joined[-1] = FormRange(forms.term, low, forms.high, (low, forms.high) == (every.low, every.high))
        else:
            joined.append(forms)
    return joined


def _only_word(query: WordNode | q.Phrase) -> str:
    """The word of a term, or of a phrase of one word."""
    return query.text if isinstance(query, q.Term) else "".join(query.words)  # type: ignore[union-attr]


def _find_ranges(segment: Segment, word: str, level: Level) -> list[FormRange]:
    """The forms that a word stands for: ranges of different terms."""
    if level is _STEM:
        if segment.languages == _ONLY_ENGLISH:
            term = segment.terms.find(stem(word))
            return [] if term < 0 else [segment.text.all_forms(term)]
        terms = [segment.terms.find(stem(word, language)) for language in segment.languages]
        ranges = [segment.text.all_forms(term) for term in terms if term >= 0]
        # Where an accent decides about the ending, the same folded form may belong to another term.
        return ranges + [forms for forms in _find_ranges(segment, fold(word), _FOLDED) if forms.term not in terms]
    number = segment.folded.find(word if level is _FOLDED else fold(word))
    if number < 0:
        return []
    if level is _FOLDED and segment.languages == _ONLY_ENGLISH:
        return [segment.folded_range(number)]
    stop = number + 1
    while stop < len(segment.folded) and segment.folded.raw(stop) == segment.folded.raw(number):
        stop += 1  # in terms of other languages
    if level is _FOLDED:
        return [segment.folded_range(at) for at in range(number, stop)]
    wanted = word.encode(errors="surrogatepass")
    return [
        forms_of_word(form, _PRINTED, segment)
        for at in range(number, stop)
        for form in range(*segment.forms_of_folded(at))
        if segment.forms.raw(form) == wanted
    ]


def _form_postings(forms: FormRange, field: str, level: Level, view: SegmentView) -> WeightedPostings:
    if forms.is_whole_term and field in ZONE_WEIGHTS and level is not _PRINTED:
        return _term_postings(forms.term, field, view)
    begin, end = view.segment.text.occurrence_range(forms.term)
    spend(_RANGE_COST + _READ_COST * (end - begin))
    docs, positions = _form_occurrences(view.segment.text, forms)
    return _count_by_document(docs, positions, field, level, view)


def _term_postings(term: int, field: str, view: SegmentView) -> WeightedPostings:
    """The postings of a whole term: their counts are stored, so no position is read."""
    if field == "text":
        docs, packed = view.zone_weights[field].postings(term)
        if view.live is None or (at := view.live_indices(docs)) is None:
            first, stop = view.segment.text.occurrence_range(term)
            return docs, packed, stop - first
        frequencies = view.segment.text.frequencies(*view.segment.text.posting_range(term))
        return docs.take(at), packed.take(at), int(frequencies.take(at).sum())
    if field == "headline":
        docs, counts = view.segment.headline_postings(term)
        weight = _WEIGHTS[1]
    else:
        docs, packed = view.zone_weights[field].postings(term)
        counts, weight = packed.values(), _WEIGHTS[0]
        at = counts.nonzero()[0]
        docs, counts = docs.take(at), counts.take(at)
    if view.live is not None and (at := view.live_indices(docs)) is not None:
        docs, counts = docs.take(at), counts.take(at)
    return docs, FixedWeights(counts * weight), float(counts.sum(dtype=np.float64))


def _count_by_document(docs: Ints, positions: Ints, field: str, level: Level, view: SegmentView) -> WeightedPostings:
    """Count the occurrences in the zone of a field by document."""
    docs, _, in_headline = select_zone(docs, positions, field, level, view)
    if not len(docs):
        return _NO_POSTINGS
    weights = _WEIGHTS.take(in_headline)
    is_first = np.empty(len(docs), np.bool_)
    is_first[0] = True
    np.not_equal(docs[1:], docs[:-1], is_first[1:])
    starts = is_first.nonzero()[0]
    if len(starts) == len(docs):
        return docs, FixedWeights(weights), len(docs)
    return docs.take(starts), FixedWeights(np.add.reduceat(weights, starts)), len(docs)


# -- occurrences -------------------------------------------------------------------------------------------------------


def leaf_spans(
    query: WordNode | q.Phrase, field: str, level: Level, view: SegmentView, words: Sequence[int]
) -> tuple[Ints, Ints, Ints]:
    """The occurrences of a leaf of the text: documents, first and last positions, ascending.

    `words` are the numbers of the words that a pattern stands for.
    """
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        if query.slop != 1:
            raise TypeError("no engine looks for a phrase with gaps near something")
        docs, last = _find_phrase(query, level, view)
        length = len(query.words)
    else:
        docs, last = _read_ranges(view.segment.text, _leaf_ranges(query, level, view, words))
        length = 1
    docs, last, _ = select_zone(docs, last, field, level, view)
    return docs, last - (length - 1), last


def count_occurrences(query: WordNode | q.Phrase, level: Level, view: SegmentView, words: Sequence[int]) -> int:
    """The number of occurrences that `leaf_spans` reads."""
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        return min(_size(_find_ranges(view.segment, word, level), view) for word in query.words)
    return _size(_leaf_ranges(query, level, view, words), view)


def _size(ranges: Sequence[FormRange], view: SegmentView) -> int:
    """The number of occurrences of the terms of some ranges."""
    size = 0
    for forms in ranges:  # faster than a sum
        first, stop = view.segment.text.occurrence_range(forms.term)
        size += stop - first
    return size


def _leaf_ranges(
    query: WordNode | q.Phrase, level: Level, view: SegmentView, words: Sequence[int]
) -> Sequence[FormRange]:
    """The forms of a word or pattern."""
    if isinstance(query, PATTERNS):
        return _join_ranges(words, level, view)
    return _find_ranges(view.segment, _only_word(query), level)


def _find_phrase(query: q.Phrase, level: Level, view: SegmentView) -> tuple[Ints, Ints]:
    """The document and the position of the last word of each occurrence of a phrase."""
    segment, text = view.segment, view.segment.text
    words: list[list[FormRange]] = []
    is_simple = True
    for word in query.words:
        ranges = _find_ranges(segment, word, level)
        if not ranges:
            return _NO_POSITIONS, _NO_POSITIONS
        if len(ranges) > 1:
            is_simple = False
        words.append(ranges)
    if is_simple:
        return phrase_occurrences(text, [ranges[0] for ranges in words], query.slop)
    if query.slop != 1:
        return _loose_phrase(text, words, query.slop)
    # One phrase for each range of the rarest word; the other words may be of any of their ranges.
    rarest = min(range(len(words)), key=lambda n: _size(words[n], view))
    found = [_phrase_around(text, words, rarest, forms) for forms in words[rarest]]
    return _merge_occurrences(found)


def _phrase_around(
    inverted: InvertedIndex, words: Sequence[Sequence[FormRange]], at: int, forms: FormRange
) -> tuple[Ints, Ints]:
    """The occurrences of a phrase whose word number `at` is one of `forms`."""
    docs, positions = _form_occurrences(inverted, forms)
    begins = positions - at
    for n, ranges in enumerate(words):
        if n != at:
            # A negative begin is clipped to the empty slot at 0, which is no word.
            tokens = inverted.forward_index[n:].take(begins, mode="clip")
            keep = _in_any(ranges, tokens).nonzero()[0]
            docs, begins = docs.take(keep), begins.take(keep)
    return docs, begins + (len(words) - 1)


def _read_ranges(inverted: InvertedIndex, ranges: Sequence[FormRange]) -> tuple[Ints, Ints]:
    """The document and position of each occurrence of several ranges of forms, ascending by position."""
    return _merge_occurrences([_form_occurrences(inverted, forms) for forms in ranges])


def _merge_occurrences(found: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Merge lists of occurrences, ascending by position."""
    if len(found) < 2:
        return found[0] if found else (_NO_POSITIONS, _NO_POSITIONS)
    docs, positions = (np.concatenate(column) for column in zip(*found, strict=True))
    order = positions.argsort(kind="stable")
    return docs.take(order), positions.take(order)


def _form_occurrences(inverted: InvertedIndex, forms: FormRange) -> tuple[Ints, Ints]:
    """The document and position of each occurrence of some forms of a term."""
    docs, positions = inverted.read_occurrences(forms.term)
    if not forms.is_whole_term:
        keep = forms.contains(inverted.forward_index.take(positions)).nonzero()[0]
        docs, positions = docs.take(keep), positions.take(keep)
    return docs, positions


def phrase_occurrences(inverted: InvertedIndex, ranges: Sequence[FormRange], slop: int) -> tuple[Ints, Ints]:
    """The document and the position of the last word of each occurrence of a phrase, each word of one range.

    It reads the positions of the rarest word and looks up the others in the forward index, so no lists are merged.
    Documents are computed at the end, for the occurrences that are left.
    """
    if slop != 1:
        return _loose_phrase(inverted, [[forms] for forms in ranges], slop)
    ends = inverted.occurrence_ends
    sizes = [ends[forms.term] - (ends[forms.term - 1] if forms.term else 0) for forms in ranges]
    order = sorted(range(len(ranges)), key=sizes.__getitem__)
    rarest = order[0]
    docs, frequencies, begins = inverted.read_term(ranges[rarest].term)
    if rarest:
        begins -= rarest  # a negative one is clipped to the empty slot at 0, which is no first word
    kept: Ints | None = None
    if not ranges[rarest].is_whole_term:
        order.append(rarest)
    for n in order[1:]:
        keep = ranges[n].contains(inverted.forward_index[n:].take(begins, mode="clip")).nonzero()[0]
        begins = begins.take(keep)
        kept = keep if kept is None else kept.take(keep)
    docs = docs.repeat(frequencies)
    return docs if kept is None else docs.take(kept), begins + (len(ranges) - 1)


def _loose_phrase(inverted: InvertedIndex, words: Sequence[Sequence[FormRange]], slop: int) -> tuple[Ints, Ints]:
    """A phrase in order, each word at most `slop` positions after the previous one, in the same zone."""
    gaps = np.flatnonzero(inverted.forward_index == 0)
    docs, positions = _read_ranges(inverted, words[0])
    for ranges in words[1:]:
        if not len(positions):
            break
        next_docs, next_positions = _read_ranges(inverted, ranges)
        before = positions.searchsorted(next_positions) - 1
        last = positions.take(before, mode="clip")
        near = (before >= 0) & (next_positions - last <= slop)
        # Two positions are in one zone if as many empty slots lie before one as before the other.
        near &= gaps.searchsorted(last) == gaps.searchsorted(next_positions)
        keep = near.nonzero()[0]
        docs, positions = next_docs.take(keep), next_positions.take(keep)
    return docs, positions


def word_occurrences(view: SegmentView, field: str, level: Level, word: str) -> tuple[Ints, Ints]:
    """The document and position of each occurrence of one word in live documents, in the zone of a field."""
    ranges = _find_ranges(view.segment, word, level)
    return _occurrences_in_zone(ranges, field, level, view)


def term_occurrences(view: SegmentView, field: str, term: str) -> tuple[Ints, Ints]:
    """The document and position of each occurrence of one term in live documents, in the zone of a field."""
    number = view.segment.terms.find(term)
    ranges = [] if number < 0 else [view.segment.text.all_forms(number)]
    return _occurrences_in_zone(ranges, field, _STEM, view)


def _occurrences_in_zone(ranges: Sequence[FormRange], field: str, level: Level, view: SegmentView) -> tuple[Ints, Ints]:
    docs, positions = _read_ranges(view.segment.text, ranges)
    return select_zone(docs, positions, field, level, view)[:2]


def select_zone(docs: Ints, positions: Ints, field: str, level: Level, view: SegmentView) -> tuple[Ints, Ints, Bools]:
    """The occurrences in live documents and in the zone of a field, and whether each is in a headline."""
    segment = view.segment
    in_headline = positions < segment.headline_ends.take(docs)
    keep: Bools | None = None
    if field == "headline":
        keep = in_headline
    elif field == "body":
        keep = ~in_headline
    elif field == "lead":
        keep = positions < segment.lead_stops.take(docs)
    if level is _PRINTED:  # capitals mean nothing in a headline without lower-case letters
        in_capitals = in_headline & segment.arrays["shouting"].take(docs).view(np.bool_)
        keep = ~in_capitals if keep is None else keep & ~in_capitals
    if view.live is not None:
        alive = view.live.take(docs)
        keep = alive if keep is None else keep & alive
    if keep is None:
        return docs, positions, in_headline
    at = keep.nonzero()[0]
    return docs.take(at), positions.take(at), in_headline.take(at)
