"""Sets of documents, with scores, and their boolean algebra.

A `DocIdList` holds ascending numbers, a `DocBitset` a flag for each document, a `DocFilter` a condition that is
evaluated only at candidate documents, a `WordUnion` lists that are united when needed. For four documents and
`(oil OR gas) AND price`::

    oil              DocIdList  docs 0 2       scores: an object of `ranking`, not computed yet
    gas              DocIdList  docs 2 3
    oil OR gas       WordUnion  scores 0.5 0 0.9 0.4     a document is in the set if its score is not 0
    price            DocIdList  docs 1 2 3
    … AND price      DocIdList  docs 2 3       flags taken at 1 2 3; scores: a sum of those at 2 3 of both

No set contains deleted documents, so only NOT has to check liveness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.embedded.array_types import Array, Bools, Floats, Ints
from searchidx.engines.embedded.ranking import Bm25Scores, FixedScores, Scores, SummedScores, reached_by, top_k
from searchidx.engines.embedded.segment_view import SegmentView

Scalar = TypeVar("Scalar", bound=np.generic)
_FEW_PAIRED = 200
"""Up to this number of documents, pairs are looked for in all at once."""
_ROUNDING = 1 + 1e-5
"""A bound of scores is raised by this factor, because scores are rounded."""


class DocIdList:
    """Documents by number, ascending.

    Attributes:
        scores: None if all scores are 0.
        is_positive: whether all scores are above 0.
    """

    __slots__ = ("docs", "is_positive", "scores")

    def __init__(self, docs: Ints, scores: Scores | None = None, is_positive: bool = False) -> None:
        self.docs = docs
        self.scores = scores
        self.is_positive = is_positive

    def count(self) -> int:
        """The number of documents."""
        return len(self.docs)


class DocBitset:
    """Documents by a flag for each document of the snapshot.

    Attributes:
        docs: the documents in any order, given if they are few, so that nothing has to scan the flags.

        pairs: pairs of words that are still to be added to the scores.

    Without `mask` the documents are those whose score is not 0.
    """

    __slots__ = ("_mask", "_scores", "docs", "pairs")

    def __init__(
        self,
        mask: Bools | None,
        scores: Floats | None = None,
        docs: Ints | None = None,
        pairs: WordPairs | None = None,
    ) -> None:
        self._mask = mask
        self._scores = scores
        self.pairs = pairs
        self.docs = docs

    @property
    def scores(self) -> Floats | None:
        """A score for each document of the snapshot, 0 outside the set; None if all are 0."""
        if self.pairs is not None and self._scores is not None:
            docs = self.mask.nonzero()[0]
            self._scores[docs] += self.pairs.scores_at(docs)
            self.pairs = None
        return self._scores

    def word_scores(self) -> tuple[Ints | None, Floats]:
        """Documents in any order and their scores before those of `pairs`; None: of all documents of the snapshot."""
        assert self._scores is not None
        if self.docs is not None:
            return self.docs, self._scores.take(self.docs)
        if self._mask is None:
            return None, self._scores
        docs = self._mask.nonzero()[0]
        return docs, self._scores.take(docs)

    @property
    def mask(self) -> Bools:
        """The flags."""
        if self._mask is None:
            assert self._scores is not None
            self._mask = self._scores > 0
        return self._mask

    def with_pairs(self, pairs: WordPairs) -> DocBitset:
        """The same documents with pairs to add; no other set may use these scores."""
        return DocBitset(self._mask, self._scores, self.docs, pairs)

    def count(self) -> int:
        """The number of documents."""
        if self.docs is not None:
            return len(self.docs)
        if self._mask is None:
            assert self._scores is not None
            return int(np.count_nonzero(self._scores.view(np.int32)))  # integers are counted faster than floats
        return int(np.count_nonzero(self._mask))

    def at(self, docs: Ints) -> Bools:
        """Whether each of some documents is in the set."""
        if self._mask is None:
            assert self._scores is not None
            found: Bools = self._scores.take(docs) > 0
            return found
        return self._mask.take(docs)


class DocFilter:
    """Documents by a condition on columns, computed for all of them or only for some; without scores.

    `test` returns the flags of some documents, or of all for None.
    """

    __slots__ = ("_test", "_total")

    scores = None

    def __init__(self, total: int, test: Callable[[Ints | None], Bools]) -> None:
        self._total = total
        self._test = test

    @property
    def mask(self) -> Bools:
        """The flags of all documents."""
        return self._test(None)

    def count(self) -> int:
        """The number of documents."""
        return int(np.count_nonzero(self.mask))

    def at(self, docs: Ints) -> Bools:
        """Whether each of some documents is in the set."""
        if len(docs) * 4 > self._total:
            return self.mask.take(docs)
        return self._test(docs)


class WordUnion:
    """The documents of any of several words, of which a rare one outweighs the others; few are scored for the best.

    A score is below the sum of the factors of its words (`Bm25Scores`). So once the best documents with the rare word
    are known to score more than the others can add up to, no other document is scored (Turtle and Flood's MaxScore,
    1995). For `japan OR taiwan` with factors 5 and 10, if the tenth best document with `taiwan` scores 9, those with
    `japan` alone are only counted.

    Attributes:
        pairs: pairs of words that are still to be added to the scores.
    """

    __slots__ = ("_bitset", "_every", "_lists", "_mask", "_rare", "_rest", "_shared", "pairs")

    def __init__(
        self, lists: Sequence[DocIdList], rare: DocIdList, rest: float, every: AllDocs, pairs: WordPairs | None = None
    ) -> None:
        self._lists = lists
        self._rare = rare
        self._rest = rest
        self._every = every
        self._mask: Bools | None = None
        self._bitset: DocBitset | None = None
        self._shared: list[tuple[Ints, Ints]] | None = None
        self.pairs = pairs

    @staticmethod
    def of(lists: Sequence[DocIdList], every: AllDocs) -> WordUnion | None:
        """The union of some lists; None if no word is rare and outweighs the others."""
        factors = [each.scores.factor if type(each.scores) is Bm25Scores else 0.0 for each in lists]
        greatest = max(factors)
        rare, rest = lists[factors.index(greatest)], sum(factors) - greatest
        if rest > greatest or not all(factors) or 4 * len(rare.docs) > sum([len(each.docs) for each in lists]):
            return None
        return WordUnion(lists, rare, rest, every)

    def with_pairs(self, pairs: WordPairs) -> WordUnion:
        """The same documents with pairs to add."""
        return WordUnion(self._lists, self._rare, self._rest, self._every, pairs)

    @property
    def bitset(self) -> DocBitset:
        """The same documents, all scored."""
        if self._bitset is None:
            self._bitset = _union_words(self._lists, self._every, 1.0, self.pairs)
        return self._bitset

    @property
    def scores(self) -> Floats | None:
        """A score for each document of the snapshot, 0 outside the set."""
        return self.bitset.scores

    @property
    def mask(self) -> Bools:
        """The flags."""
        if self._mask is None:
            self._mask = np.zeros(self._every.count, np.bool_)
            for each in self._lists:
                self._mask[each.docs] = True
        return self._mask

    @property
    def shared(self) -> list[tuple[Ints, Ints]]:
        """What each other word has in common with the rare one: indices in the rare list and in its own."""
        if self._shared is None:
            rare, every = self._rare.docs, self._every
            self._shared = [_intersect_sorted(rare, each.docs, every) for each in self._lists if each is not self._rare]
        return self._shared

    def count(self) -> int:
        """The number of documents."""
        if len(self._lists) == 2:
            return len(self._lists[0].docs) + len(self._lists[1].docs) - len(self.shared[0][0])
        return int(np.count_nonzero(self.mask))

    def at(self, docs: Ints) -> Bools:
        """Whether each of some documents is in the set."""
        return self.mask.take(docs)

    def candidates(self, count: int) -> tuple[Ints, Floats] | None:
        """Ascending documents and their scores without pairs, if the `count` best are among them; else None."""
        growth = 1.0 if self.pairs is None else self.pairs.bound
        docs = self._rare.docs
        if growth is None or len(docs) < count:
            return None
        norms = self._every.norms.take(docs)
        scores = np.zeros(len(docs), np.float32)
        shared = iter(self.shared)
        for each in self._lists:  # in this order, so that sums are rounded as in `_union_words`
            assert each.scores is not None
            if each is self._rare:
                scores += each.scores.values(norms)
            else:
                here, there = next(shared)
                scores[here] += each.scores.values(norms.take(here), there)
        if self._rest * growth * _ROUNDING >= reached_by(scores, count):
            return None
        return docs, scores


DocSet = DocIdList | DocBitset | DocFilter | WordUnion
NO_DOCS = DocIdList(np.zeros(0, np.intp))


class AllDocs:
    """All documents of a snapshot, numbered through its segments: the universe of the algebra.

    Attributes:
        count: the number of documents, deleted ones included.
    """

    def __init__(self, views: Sequence[SegmentView]) -> None:
        self.views = views
        self.count = sum(view.count for view in views)
        self._columns: dict[str, Array] = {}

    @cached_property
    def live(self) -> Bools | None:
        """Whether each document is live; None if all are."""
        if all(view.live is None for view in self.views):
            return None
        return concatenate([np.ones(view.count, np.bool_) if view.live is None else view.live for view in self.views])

    @cached_property
    def norms(self) -> Floats:
        """The length norm of each document, see `ranking`."""
        return concatenate([view.norms() for view in self.views])

    @cached_property
    def numbers(self) -> npt.NDArray[np.int32]:
        """0, 1, 2 … up to the number of documents."""
        return np.arange(self.count, dtype=np.int32)

    def column(self, name: str) -> Array:
        """A column of the segments, joined."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = concatenate([view.segment.arrays[name] for view in self.views])
        return found

    def join(self, docs: Sequence[Ints]) -> Ints:
        """Turn documents of each segment into documents of the snapshot."""
        pairs = zip(docs, self.views, strict=True)
        return concatenate([each + view.first if view.first else each for each, view in pairs])

    def split(self, docs: Ints) -> list[tuple[SegmentView, Ints]]:
        """Turn ascending documents of the snapshot into each segment with its own documents."""
        if len(self.views) == 1:
            return [(self.views[0], docs)]
        bounds = docs.searchsorted([view.first for view in self.views] + [self.count]).tolist()
        slices = zip(self.views, pairwise(bounds), strict=True)
        return [(view, docs[low:high] - view.first) for view, (low, high) in slices]

    def live_mask(self) -> Bools:
        """Whether each document is live, as a new array."""
        return np.ones(self.count, np.bool_) if self.live is None else self.live.copy()

    def keep_live(self, mask: Bools) -> Bools:
        """The live documents of a mask; may be the mask itself."""
        return mask if self.live is None else mask & self.live


def concatenate(arrays: Sequence[npt.NDArray[Scalar]]) -> npt.NDArray[Scalar]:
    """Join arrays; returns a single array itself, not a copy."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else NO_DOCS.docs  # type: ignore[return-value]


# -- reading a set -----------------------------------------------------------------------------------------------------


def doc_numbers(found: DocSet) -> Ints:
    """The numbers of the documents, ascending."""
    return found.docs if isinstance(found, DocIdList) else found.mask.nonzero()[0]


def top_docs(found: DocSet, every: AllDocs, count: int) -> tuple[Ints, Floats]:
    """The `count` documents with the greatest scores, best first, and these scores."""
    if isinstance(found, WordUnion):
        best = found.candidates(count)
        if best is not None:
            docs, values = best
            if found.pairs is not None:
                return _top_with_pairs(docs, values, found.pairs, count)
            at, values = top_k(values, count)
            return docs.take(at), values
        found = found.bitset
    if isinstance(found, DocBitset) and found.pairs is not None:
        return _top_with_pairs(*found.word_scores(), found.pairs, count, is_ascending=found.docs is None)
    if isinstance(found, DocIdList) and isinstance(found.scores, PairedScores):
        words = found.scores.words.values(every.norms.take(found.docs))
        return _top_with_pairs(found.docs, words, found.scores.pairs, count)
    if found.scores is None:
        docs = doc_numbers(found)[:count]
        return docs, np.zeros(len(docs), np.float32)
    if isinstance(found, DocIdList):
        at, values = top_k(found.scores.values(every.norms.take(found.docs)), count)
        return found.docs.take(at), values
    if found.docs is not None:
        at, values = top_k(found.scores.take(found.docs), count, found.docs)
        return found.docs.take(at), values
    docs, values = top_k(found.scores, count)
    if not values.all():  # a document in the set may score 0, as all outside it do
        docs = found.mask.nonzero()[0]
        at, values = top_k(found.scores.take(docs), count)
        docs = docs.take(at)
    return docs, values


def _top_with_pairs(
    docs: Ints | None, scores: Floats, pairs: WordPairs, count: int, is_ascending: bool = True
) -> tuple[Ints, Floats]:
    """The `count` best of some documents, given their scores without pairs.

    Pairs are looked for only in documents that can be among the best: those whose score reaches that of the tenth if it
    grows by as much as pairs can add. If they are many, the best of them come first, since the score of the tenth with
    pairs excludes most others.
    """
    growth = tenth = np.float32(0)
    if pairs.bound is not None and len(scores) > count:
        growth = np.float32(pairs.bound * _ROUNDING)
        tenth = reached_by(scores, count)
    if tenth > 0:
        at = (scores >= tenth / growth).nonzero()[0]
        docs, scores = at if docs is None else docs.take(at), scores.take(at)
    elif docs is None:
        docs = scores.nonzero()[0]
        scores = scores.take(docs)
    if not is_ascending:
        order = docs.argsort()
        docs, scores = docs.take(order), scores.take(order)
    if tenth > 0 and len(docs) > max(2 * count, _FEW_PAIRED):
        first = top_k(scores, 2 * count)[0]
        first.sort()
        best = scores.take(first) + pairs.scores_at(docs.take(first))
        can_rise = scores >= reached_by(best, count) / growth
        can_rise[first] = False
        rest = can_rise.nonzero()[0]
        if len(rest):
            best = np.concatenate([best, scores.take(rest) + pairs.scores_at(docs.take(rest))])
            first = np.concatenate([first, rest])
        docs = docs.take(first)
        at, values = top_k(best, count, docs)
    else:
        at, values = top_k(scores + pairs.scores_at(docs), count)
    return docs.take(at), values


def _score_values(found: DocSet, every: AllDocs) -> Floats | None:
    """The scores of the documents in order of number; None if all are 0."""
    if isinstance(found, DocIdList):
        return None if found.scores is None else found.scores.values(every.norms.take(found.docs))
    return None if found.scores is None else found.scores[found.mask]


# -- the algebra -------------------------------------------------------------------------------------------------------


def unscored(found: DocSet) -> DocSet:
    """The same documents with score 0."""
    return DocIdList(found.docs) if isinstance(found, DocIdList) else DocBitset(found.mask)


def constant_score(found: DocSet, score: float) -> DocSet:
    """The same documents with one score."""
    docs = doc_numbers(found)
    return DocIdList(docs, FixedScores(np.full(len(docs), score, np.float32)))


def complement(found: DocSet, every: AllDocs) -> DocBitset:
    """All other live documents, with score 0."""
    if isinstance(found, DocIdList):
        mask = every.live_mask()
        mask[found.docs] = False
        return DocBitset(mask)
    return DocBitset(every.keep_live(~found.mask))


def intersect(sets: Sequence[DocSet], every: AllDocs, boost: float) -> DocSet:
    """The documents of all sets; scores are summed in the order of the sets."""
    lists = [each for each in sets if isinstance(each, DocIdList)]
    if not sets:
        return NO_DOCS
    if not lists:
        return _intersect_masks([each for each in sets if not isinstance(each, DocIdList)], boost)
    # Shortest list first. `places` holds the index in each list so far of the documents that are left.
    if len(lists) > 1:
        lists.sort(key=DocIdList.count)
    docs = lists[0].docs
    places: list[Ints | None] = [None]
    for each in lists[1:]:
        timeout.check()
        here, there = _intersect_sorted(docs, each.docs, every)
        docs = docs.take(here)
        places = [here if at is None else at.take(here) for at in places]
        places.append(there)
    for other in sets if len(lists) < len(sets) else ():
        if not isinstance(other, DocIdList):
            timeout.check()
            keep = other.at(docs).nonzero()[0]
            docs = docs.take(keep)
            places = [keep if at is None else at.take(keep) for at in places]
    terms: list[tuple[Scores, Ints | None]] = []
    for other in sets:
        if other.scores is None:
            continue
        if isinstance(other, DocIdList):
            terms.append((other.scores, places[lists.index(other)]))
        else:
            terms.append((FixedScores(other.scores.take(docs)), None))
    if not terms:
        return DocIdList(docs)
    return DocIdList(docs, SummedScores(terms, boost), boost > 0 and any(each.is_positive for each in lists))


def _intersect_masks(sets: Sequence[DocBitset | DocFilter | WordUnion], boost: float) -> DocBitset:
    mask = sets[0].mask
    for each in sets[1:]:
        timeout.check()
        mask = mask & each.mask
    total: Floats | None = None
    for each in sets:
        if each.scores is not None:
            total = each.scores if total is None else total + each.scores
    if total is not None:
        total = total * mask if boost == 1.0 else total * mask * np.float32(boost)
    return DocBitset(mask, total)


def _intersect_sorted(docs: Ints, others: Ints, every: AllDocs) -> tuple[Ints, Ints]:
    """The indices of the common documents in two ascending lists, the first not longer than the second."""
    if len(others) > 8 * len(docs):
        at: Array = others.searchsorted(docs)
    else:
        # Sparse-set trick: the table is uninitialised, so every entry is checked against the dense list.
        table = np.empty(every.count, np.int32)
        table[others] = every.numbers[: len(others)]
        at = table.take(docs)
    here = (others.take(at, mode="clip") == docs).nonzero()[0]
    return here, at.take(here)


def union(sets: Sequence[DocSet], every: AllDocs, boost: float, tiebreak: float | None = None) -> DocSet:
    """The documents of any set; scores are summed in the order of the sets.

    With a `tiebreak` the score is the greatest one, plus `tiebreak` times the sum of the others.
    """
    if not sets:
        return NO_DOCS
    if len(sets) == 1 and boost == 1.0:
        return sets[0]
    lists = [each for each in sets if type(each) is DocIdList and each.is_positive]
    if tiebreak is None and boost > 0 and len(lists) == len(sets):
        words = WordUnion.of(lists, every) if boost == 1.0 else None
        return _union_words(lists, every, boost) if words is None else words
    mask = np.zeros(every.count, np.bool_)
    sums: Floats | None = None
    greatest = np.zeros(every.count, np.float32)
    for each in sets:
        docs = doc_numbers(each)
        mask[docs] = True
        values = _score_values(each, every)
        if values is None:
            continue
        if sums is None:
            sums = np.zeros(every.count, np.float32)
        sums[docs] += values
        if tiebreak is not None:
            greatest[docs] = np.maximum(greatest.take(docs), values)
    if sums is not None and tiebreak is not None:
        sums = greatest if tiebreak == 0 else greatest + np.float32(tiebreak) * (sums - greatest)
    if sums is not None and boost != 1.0:
        sums = sums * np.float32(boost)
    return DocBitset(mask, sums)


def _union_words(lists: Sequence[DocIdList], every: AllDocs, boost: float, pairs: WordPairs | None = None) -> DocBitset:
    """The usual union: all scores are positive, so a document is in the set if its sum is not 0."""
    total = np.zeros(every.count, np.float32)
    are_few = sum([len(each.docs) for each in lists]) * 4 < every.count
    added: list[Ints] = []
    for each in lists:
        docs = each.docs
        values = each.scores.values(every.norms.take(docs))  # type: ignore[union-attr]
        if not added:
            total[docs] = values
        elif are_few:
            before = total.take(docs)
            total[docs] = before + values
            docs = docs.take((before == 0).nonzero()[0])
        else:
            np.add.at(total, docs, values)
        added.append(docs)
    if boost != 1.0:
        total *= np.float32(boost)
    return DocBitset(None, total, np.concatenate(added) if are_few else None, pairs)


class WordPairs:
    """Pairs of neighbouring words, which add to the scores of documents; evaluated only where scores are needed.

    Attributes:
        scores_at: what they add to the scores of some ascending documents.
        bound: no document's score with pairs is above `bound` times its score without; None if it may be.
    """

    __slots__ = ("bound", "scores_at")

    def __init__(self, scores_at: Callable[[Ints], Floats], bound: float | None) -> None:
        self.scores_at = scores_at
        self.bound = bound


class PairedScores:
    """Scores of documents, and pairs of words that add to them."""

    __slots__ = ("docs", "pairs", "words")

    def __init__(self, docs: Ints, words: Scores, pairs: WordPairs) -> None:
        self.docs = docs
        self.words = words
        self.pairs = pairs

    def values(self, norms: Floats, at: Ints | None = None) -> Floats:
        return self.words.values(norms, at) + self.pairs.scores_at(self.docs if at is None else self.docs.take(at))


def add_pairs(found: DocSet, pairs: WordPairs) -> DocSet:
    """The same documents with the scores of pairs of words added."""
    if isinstance(found, DocIdList) and found.scores is not None:
        return DocIdList(found.docs, PairedScores(found.docs, found.scores, pairs), found.is_positive)
    return found.with_pairs(pairs) if isinstance(found, (DocBitset, WordUnion)) else found


def and_maybe(required: DocSet, optional: DocSet, every: AllDocs, boost: float) -> DocSet:
    """The documents of the first set; those of the second add their scores."""
    docs = doc_numbers(required)
    values = _score_values(required, every)
    total = np.zeros(len(docs), np.float32) if values is None else values.copy()
    extra = _score_values(optional, every)
    if extra is not None:
        by_doc = np.zeros(every.count, np.float32)
        by_doc[doc_numbers(optional)] = extra
        total += by_doc.take(docs)
    return DocIdList(docs, FixedScores(total * np.float32(boost)))
