"""Evaluates a query tree over arrays: the whole answer at once, without Python code per posting.

A leaf (word, phrase, pattern, range) finds its documents in each segment; they are then numbered through the snapshot
(`doc_sets.AllDocs`). So each leaf knows its document frequency, and the tree is combined once, not once a segment. For
`oil -gas` over segments of two and three documents, the last one deleted::

    Term oil      segment 0: docs 1   segment 1: docs 0 1 (2 is deleted)    joined: docs 1 2 3, idf from 3 of 4 live
    Term gas      segment 0: docs     segment 1: docs 1                     joined: docs 3
    Not gas       flags 1 1 1 0 0
    And           docs 1 2, scores taken at 0 1 of the list of oil

Leaves leave out deleted documents, so statistics count live documents only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from heapq import nsmallest
from typing import Any

import numpy as np
from whoosh import query as q
from whoosh.query import Query

from searchidx.engines import timeout
from searchidx.engines.bm25 import PAIR_WEIGHT, leaf_weight
from searchidx.engines.budget import NODE_COST, spend
from searchidx.engines.cache import cached
from searchidx.engines.embedded import malloc
from searchidx.engines.embedded.array_types import Floats, Ints
from searchidx.engines.embedded.doc_sets import (
    NO_DOCS,
    AllDocs,
    DocIdList,
    DocSet,
    WordPairs,
    add_pairs,
    and_maybe,
    complement,
    concatenate,
    constant_score,
    doc_numbers,
    intersect,
    top_docs,
    union,
    unscored,
)
from searchidx.engines.embedded.field_filters import match_adjacent, match_column, match_value
from searchidx.engines.embedded.pattern_expansion import expand_to_numbers
from searchidx.engines.embedded.ranking import Bm25Scores, FixedWeights, PackedWeights, Weights
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.term_postings import (
    WeightedPostings,
    WordPair,
    leaf_postings,
    pair_weights,
    union_postings,
)
from searchidx.engines.results import Sort, TopDocs
from searchidx.folding import fold
from searchidx.query.nodes import NODES, PATTERNS, Adjacent
from searchidx.query.traversal import boost_of, children, is_text, word_pairs
from searchidx.schema import FIELDS, FieldKind, Level, split_level

_BOOLEANS = {q.And, q.Or, q.DisjunctionMax, q.AndNot, q.AndMaybe, q.Require, q.Not, q.ConstantScoreQuery}
"""Compared by type: Whoosh's subclasses of these mean something else."""
_WORDS = (q.Term, q.Phrase, *PATTERNS)
_TEXT_FIELDS = {name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT}
_RELEVANCE = Sort.RELEVANCE  # looking up a member takes longer than comparing it
_WORD_COST = 500
"""Units of work to read the postings of one word of a pattern, whatever their number."""
_MIN_FACTOR = 1e-25
"""No score with a factor above this underflows to 0 in float32."""


_WORD, _PATTERN, _NODE, _BOOLEAN, _COLUMN = range(5)


@cache
def _kind(node_class: type[Query]) -> int:
    """Classify a class of nodes. Cached: `isinstance` over all these classes would cost a short query 2 %."""
    if issubclass(node_class, PATTERNS):
        return _PATTERN
    if issubclass(node_class, _WORDS):
        return _WORD
    if issubclass(node_class, NODES):
        return _NODE
    return _BOOLEAN if node_class in _BOOLEANS else _COLUMN


class Evaluator:
    """Answers query trees over the segments of one snapshot; `live` is its number of live documents."""

    def __init__(self, views: Sequence[SegmentView], live: int) -> None:
        self.views = views
        self.live = live
        self._every = AllDocs(views)
        malloc.raise_mmap_threshold()

    # -- answers -------------------------------------------------------------------------------------------------------

    def matching_docs(self, query: Query) -> list[tuple[SegmentView, Ints]]:
        """Each segment with its documents that match, ascending."""
        return self._every.split(doc_numbers(cached(self, query, self._evaluate)))

    def search(self, query: Query, limit: int | None, offset: int, sort: Sort) -> TopDocs:
        """One page of hits."""
        found = cached(self, query, self._evaluate)
        total = found.count()
        stop = total if limit is None else min(total, offset + limit)
        if stop <= offset:
            return TopDocs(total, (), ())
        if sort is _RELEVANCE:
            docs, scores = top_docs(found, self._every, stop)
            if offset:
                docs, scores = docs[offset:], scores[offset:]
            return TopDocs(total, docs.tolist(), scores.tolist())
        order = self._by_headline if sort is Sort.HEADLINE else self._by_date
        docs = order(doc_numbers(found), stop, sort)[offset:]
        return TopDocs(total, docs.tolist(), [0.0] * len(docs))

    def _by_date(self, docs: Ints, count: int, sort: Sort) -> Ints:
        keys = concatenate([view.date_keys(here) for view, here in self._every.split(docs)])
        if sort is Sort.NEWEST:
            keys = -keys
        keys[keys == 0] = np.iinfo(np.int64).max  # undated: last in either order
        if count * 4 < len(docs):  # sort only what comes before the end of the page
            places = (keys <= np.partition(keys, count - 1)[count - 1]).nonzero()[0]
            docs, keys = docs.take(places), keys.take(places)
        return docs.take(keys.argsort(kind="stable")[:count])

    def _by_headline(self, docs: Ints, count: int, sort: Sort) -> Ints:
        keys: list[tuple[bool, str, int]] = []
        for view, here in self._every.split(docs):
            headlines = view.segment.headlines
            timeout.check()
            for doc in here.tolist():
                key = fold(headlines[doc])
                keys.append((not key, key, view.first + doc))
        page = sorted(keys)[:count] if count * 16 > len(docs) else nsmallest(count, keys)
        return np.array([doc for _, _, doc in page], np.intp)

    # -- the tree ------------------------------------------------------------------------------------------------------

    def _evaluate(self, query: Any) -> DocSet:
        """The documents and scores of a tree."""
        kind = _kind(query.__class__)
        if kind <= _PATTERN:
            field, level = split_level(query.fieldname)
            if field not in _TEXT_FIELDS:
                found = match_value(query, field, self._every)
            elif kind == _PATTERN:
                found = self._evaluate_pattern(query, field, level)
            else:
                found = self._evaluate_word(query, field, level)
            spend(NODE_COST, query)
            return found
        if kind == _NODE:
            found = self._evaluate_node(query)
            spend(NODE_COST, query)
            return found
        if kind == _BOOLEAN:
            spend(NODE_COST, query)
            return self._evaluate_boolean(query)
        return match_column(query, self._every)

    def _evaluate_boolean(self, query: Query) -> DocSet:
        """The documents of a node with children."""
        parts = children(query) or ()
        sets = [self._evaluate(part) for part in parts]
        found = _combine(query, sets, self._every)
        pairs: list[WordPair] = []
        for number, phrase in word_pairs(query):
            one, other = sets[number : number + 2]
            if isinstance(one.scores, Bm25Scores) and isinstance(other.scores, Bm25Scores):
                postings = (one.docs, one.scores.weights), (other.docs, other.scores.weights)
                pairs.append(WordPair(phrase, PAIR_WEIGHT * (one.scores.factor + other.scores.factor), postings))
        if not pairs:  # there are none without a segment, either
            return found
        # A word adds at most PAIR_WEIGHT times its own score to each of its pairs, and has two of them at most.
        are_words = len(pairs) == len(parts) - 1
        is_bound = are_words or all(children(part) is None and boost_of(part) >= 0 for part in parts)
        bound = 1 + PAIR_WEIGHT * min(len(pairs), 2) if is_bound else None
        return add_pairs(found, WordPairs(partial(self._score_pairs, pairs, float(query.boost)), bound))

    def _score_pairs(self, pairs: Sequence[WordPair], boost: float, docs: Ints) -> Floats:
        """What pairs of words add to the scores of some ascending documents."""
        total = np.zeros(len(docs), np.float32)
        if not len(docs):
            return total
        norms = self._every.norms.take(docs)
        stop = 0
        for view, here in self._every.split(docs):
            first, stop = stop, stop + len(here)
            if first == stop:
                continue
            for pair, weights in zip(pairs, pair_weights(pairs, view, here), strict=True):
                timeout.check(pair.phrase)
                if weights is not None:
                    total[first:stop] += Bm25Scores(FixedWeights(weights), pair.factor).values(norms[first:stop])
        return total if boost == 1.0 else total * np.float32(boost)

    def _evaluate_word(self, query: q.Term | q.Phrase, field: str, level: Level) -> DocSet:
        """The documents of a word or phrase of the text."""
        found = []
        for view in self.views:  # faster than a comprehension for one view
            found.append(leaf_postings(query, field, level, view))  # noqa: PERF401
        return self._score(found, float(query.boost))

    def _evaluate_pattern(self, query: Any, field: str, level: Level) -> DocSet:
        """The documents of a pattern of the text."""
        numbers = zip(expand_to_numbers(query, self.views), self.views, strict=True)
        found = []
        for words, view in numbers:
            spend(len(words) * _WORD_COST, query)
            found.append(union_postings(words, field, level, view))
            spend(int(found[-1][2]), query)
        return self._score(found, float(query.boost))

    def _evaluate_node(self, query: Query) -> DocSet:
        """The documents of a node of our own."""
        if isinstance(query, Adjacent) and not is_text(query):
            return match_adjacent(query, self._every)
        from searchidx.engines.embedded import proximity  # most queries have no such node

        context = proximity.ProximityContext(self.views)
        found = [proximity.node_frequencies(query, view, context) for view in self.views]
        return self._score(
            [(docs, FixedWeights(weights), float(counts.sum())) for docs, weights, counts in found], boost_of(query)
        )

    def _score(self, postings: Sequence[WeightedPostings], boost: float) -> DocSet:
        """The postings of a leaf in each segment with their scores."""
        if not postings:
            return NO_DOCS
        docs, weights, occurrences = self._join(postings)
        spend(len(docs))
        factor = boost * leaf_weight(self.live, len(docs), occurrences)
        return DocIdList(docs, Bm25Scores(weights, factor), factor > _MIN_FACTOR)

    def _join(self, postings: Sequence[WeightedPostings]) -> WeightedPostings:
        """The postings of a leaf in all segments, numbered through the snapshot."""
        if len(postings) == 1:
            return postings[0]
        docs = self._every.join([docs for docs, _, _ in postings])
        weights = _join_weights([each for docs, each, _ in postings if len(docs)])
        return docs, weights, sum(occurrences for _, _, occurrences in postings)


def _join_weights(lists: Sequence[Weights]) -> Weights:
    """The weights of several segments, one after the other."""
    packed = [each for each in lists if isinstance(each, PackedWeights)]
    if packed and len(packed) == len(lists):
        return PackedWeights.concatenate(packed)
    return FixedWeights(concatenate([each.values() for each in lists]))


def _combine(query: Query, found: Sequence[DocSet], every: AllDocs) -> DocSet:
    """Combine the documents of a node's children; scores are summed in their order."""
    boost = float(getattr(query, "boost", 1.0))
    if isinstance(query, q.And):
        return intersect(found, every, boost)
    if isinstance(query, q.Or):
        return union(found, every, boost)
    if isinstance(query, q.Not):
        return complement(found[0], every)
    if isinstance(query, q.AndNot):
        return intersect([found[0], complement(found[1], every)], every, boost)
    if isinstance(query, q.Require):
        return intersect([found[0], unscored(found[1])], every, boost)
    if isinstance(query, q.AndMaybe):
        return and_maybe(found[0], found[1], every, boost)
    if isinstance(query, q.DisjunctionMax):
        return union(found, every, boost, tiebreak=float(query.tiebreak))
    assert isinstance(query, q.ConstantScoreQuery)
    return constant_score(found[0], float(query.score) * boost)
