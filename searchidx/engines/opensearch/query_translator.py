"""A query tree as two queries of the cluster: a loose one and a tight one.

The loose query matches a superset of the articles that match the tree, the tight query a subset. Articles that match
the loose query only are read and rechecked with the reference engine's `matches` (see `recheck`). So the translation
cannot change an answer, unless a translation is wrongly marked exact.

Most trees have an exact query, which is both. A leaf gets two queries where Lucene's semantics are not provably those
of `reference.match`. For example ``bank NOT (crisis w/5 (deficit w/2 rate))``, a proximity within a proximity::

    part                                    loose                              tight
    deficit w/2 rate                        (exact) intervals                  the same
    crisis w/5 (deficit w/2 rate)           crisis AND (deficit w/2 rate)      nothing
    NOT (crisis w/5 (deficit w/2 rate))     everything                         NOT (crisis AND (deficit w/2 rate))
    the whole query                         bank                               bank NOT (crisis AND (deficit w/2 rate))

NOT swaps the two. The articles to recheck are those with `bank`, `crisis` and `deficit` near `rate`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from whoosh import query as q

from searchidx.engines.bm25 import HEADLINE_WEIGHT, PAIR_WEIGHT
from searchidx.engines.opensearch.intervals import MAX_WORDS, words_bounds
from searchidx.engines.opensearch.mapping import METADATA_FIELDS, indexed_term, is_plain
from searchidx.engines.opensearch.metadata_queries import IdNode, asks_id, metadata_query
from searchidx.engines.opensearch.pattern_translator import ExpansionCache, pattern_query
from searchidx.engines.opensearch.proximity_translator import ProximityTranslator
from searchidx.engines.opensearch.query_dsl import (
    MATCH_NONE,
    MAX_CLAUSES,
    DslQuery,
    QueryBounds,
    all_of,
    any_of,
    boosted,
    clause_count,
    exact,
    may_occur,
    negated,
    word_fields,
    zone_field,
)
from searchidx.engines.opensearch.word_terms import WordTerms
from searchidx.query.nodes import PATTERNS, Adjacent, ArticleSet, AtLeast, Near, NotNear, WordNode
from searchidx.query.traversal import boost_of, children, is_text, positive_leaves, word_pairs
from searchidx.schema import split_level

_MAX_SEPARATE_TERMS = 8
"""Terms of one field in an OR that stay separate clauses; more become one `terms` query."""
_ZONE_WEIGHTS = {"headline": HEADLINE_WEIGHT, "body": 1.0}
"""The weight of each zone in a score."""


class QueryTranslator:
    """Translates one query.

    Attributes:
        expansions: the words of its patterns.
        inexact: the leaves without an exact query, so far.
        has_materialized: whether a part was too large and had to be evaluated beforehand.
    """

    def __init__(
        self,
        expansions: ExpansionCache,
        words: WordTerms,
        materialize: Callable[[DslQuery], DslQuery],
        numbered: Callable[[Collection[int]], DslQuery],
        id_bounds: Callable[[IdNode], QueryBounds],
    ) -> None:
        """Take what asks the index.

        Args:
            expansions: the words of patterns.
            words: the terms of words.
            materialize: evaluates a query, and returns one that finds the same articles by number.
            numbered: makes the query that finds articles by number.
            id_bounds: translates a leaf that asks for ids.
        """
        self.expansions = expansions
        self._words = words
        self._materialize = materialize
        self._numbered = numbered
        self._id_bounds = id_bounds
        self._proximity = ProximityTranslator(expansions, words)
        self.inexact: list[q.Query] = []
        self.has_materialized = False

    def bounds(self, tree: q.Query) -> QueryBounds:
        """The loose and the tight query of a tree."""
        parts = children(tree)
        if parts is None:
            return self._leaf(tree)
        if isinstance(tree, q.And):
            return self._all([self.bounds(part) for part in parts]) if parts else exact(MATCH_NONE)
        if isinstance(tree, (q.Or, q.DisjunctionMax)):
            return self._any(parts)
        if isinstance(tree, q.Not):
            return _not(self.bounds(parts[0]))
        if isinstance(tree, q.AndNot):
            return self._all([self.bounds(parts[0]), _not(self.bounds(parts[1]))])
        if isinstance(tree, q.Require):
            return self._all([self.bounds(part) for part in parts])
        return self.bounds(parts[0])  # AndMaybe, ConstantScoreQuery

    def scoring_queries(self, tree: q.Query) -> list[DslQuery]:
        """Queries whose scores add up to the score of a hit: one for each zone of each leaf that searches the text.

        Pairs of words are phrases: Lucene weighs a phrase by the sum of the idf of its words.
        """
        return self._scoring_queries((*_scored_leaves(tree), *_scored_pairs(tree, 1.0)))[0]

    def ranked_query(self, tree: q.Query, conditions: list[DslQuery]) -> DslQuery | None:
        """One query that finds the matches that meet some conditions, and scores them as `scoring_queries` do.

        The cluster then evaluates each leaf once, not once to find it and once to score it. Returns None for a tree
        other than words, phrases, proximities and narrow patterns, ORs of these, and an AND of these and of other
        exact queries that do not score.
        """
        required: list[list[DslQuery]] = []
        filters: list[DslQuery] = []
        excluded: list[DslQuery] = []
        parts: Sequence[q.Query] = (tree,)
        if isinstance(tree, q.And) and tree.boost == 1.0:
            parts = tree.subqueries
        for part in parts:
            if not any(map(is_text, _scored_leaves(part))):
                bounds = self.bounds(part.query if isinstance(part, q.Not) else part)
                if not bounds.is_exact:
                    return None
                (excluded if isinstance(part, q.Not) else filters).append(bounds.loose)
                continue
            queries, is_complete = self._scoring_queries(_scored_leaves(part))
            if not (is_complete and self._is_union(part)):
                return None
            required.append(queries)
        pairs, is_complete = self._scoring_queries(_scored_pairs(tree, 1.0))
        clauses = sum(map(clause_count, (*required, filters, excluded, pairs)))
        if not (is_complete and required and all(required)) or clauses > MAX_CLAUSES or self.has_materialized:
            return None
        query: dict[str, Any] = {"filter": conditions, "must_not": excluded}
        if filters:
            query["filter"] = [*filters, all_of(conditions)]
        if len(required) == 1:
            return {"bool": {**query, "should": [*required[0], *pairs], "minimum_should_match": 1}}
        return {"bool": {**query, "must": [any_of(queries) for queries in required], "should": pairs}}

    def _is_union(self, tree: q.Query) -> bool:
        """Whether the matches of a tree are those of any of the queries that score its leaves."""
        if isinstance(tree, q.Or):
            return all(map(self._is_union, tree.subqueries))
        if isinstance(tree, PATTERNS):
            return self.expansions.is_narrow(tree)
        return children(tree) is None and is_text(tree) and not isinstance(tree, AtLeast)

    def _scoring_queries(self, leaves: Iterable[q.Query]) -> tuple[list[DslQuery], bool]:
        """The queries that score some leaves in each zone, and whether they are all: none weightless or too large."""
        queries: list[DslQuery] = []
        clauses = 0
        is_complete = True
        for leaf in filter(is_text, leaves):
            boost = boost_of(leaf)
            for zone, weight in _ZONE_WEIGHTS.items():
                query = self._scoring_query(leaf, zone)
                clauses += clause_count(query)
                if clauses > MAX_CLAUSES // 2:
                    return queries, False
                if query is MATCH_NONE:
                    continue
                if query is None or boost <= 0:
                    is_complete = False
                else:
                    queries.append(boosted(query, boost * weight))
        return queries, is_complete

    def _scoring_query(self, leaf: q.Query, zone: str) -> DslQuery | None:
        if isinstance(leaf, PATTERNS):
            field = zone_field(leaf.fieldname, zone)
            if field and self.expansions.is_narrow(leaf):
                return pattern_query(field, leaf)
            words = self.expansions.words(leaf) if field else ()
            terms = [indexed_term(field, word) for word in words if not is_plain(field, word)]
            return {"terms": {field: terms}} if terms else MATCH_NONE
        query = self._proximity.zone_query(leaf.node if isinstance(leaf, AtLeast) else leaf, zone)
        is_too_large = query is not None and clause_count(query) > MAX_WORDS
        return None if is_too_large else query

    # -- composition ---------------------------------------------------------------------------------------------------

    def _all(self, parts: Sequence[QueryBounds]) -> QueryBounds:
        return self._join(parts, all_of)

    def _any(self, parts: Sequence[q.Query]) -> QueryBounds:
        words: dict[str, list[str]] = {}
        found = []
        for part in parts:
            if isinstance(part, q.Term) and may_occur(part.text) and part.fieldname != "id":
                words.setdefault(part.fieldname, []).append(part.text)
            else:
                found.append(self.bounds(part))
        for field, some in words.items():
            if len(some) > _MAX_SEPARATE_TERMS:
                terms: dict[str, list[str]] = {}
                for word in some:
                    for name, term in self._words.find(field, word):
                        terms.setdefault(name, []).append(term)
                found += [self._words_bounds(name, each) for name, each in terms.items()]
            else:
                found += [self.bounds(q.Term(field, word)) for word in some]
        return self._join(found, any_of) if found else exact(MATCH_NONE)

    def _join(self, parts: Sequence[QueryBounds], join: Callable[[list[DslQuery]], DslQuery]) -> QueryBounds:
        """Join parts into one; if they have too many clauses, evaluate groups of them beforehand."""
        if len(parts) > 1 and sum(clause_count(part.loose) for part in parts) > MAX_CLAUSES:
            groups: list[list[QueryBounds]] = []
            clauses = MAX_CLAUSES
            for part in parts:
                clauses += clause_count(part.loose)
                if clauses > MAX_CLAUSES:
                    groups.append([])
                    clauses = clause_count(part.loose)
                groups[-1].append(part)
            self.has_materialized = True
            parts = [self._materialize_bounds(self._join(group, join)) for group in groups]
        loose = join([part.loose for part in parts])
        if all(part.is_exact for part in parts):
            return exact(loose)
        return QueryBounds(loose, join([part.tight for part in parts]))

    def _materialize_bounds(self, part: QueryBounds) -> QueryBounds:
        loose = self._materialize(part.loose)
        return exact(loose) if part.is_exact else QueryBounds(loose, self._materialize(part.tight))

    # -- leaves --------------------------------------------------------------------------------------------------------

    def _leaf(self, leaf: q.Query) -> QueryBounds:
        if isinstance(leaf, PATTERNS) and (is_text(leaf) or split_level(leaf.fieldname)[0] in METADATA_FIELDS):
            return self._pattern(leaf)
        if isinstance(leaf, AtLeast) and leaf.count <= 1:
            return self._operand(leaf.node)
        if isinstance(leaf, ArticleSet):
            return exact(self._numbered(leaf.docs))
        if asks_id(leaf):
            bounds = self._id_bounds(leaf)
            if not bounds.is_exact:
                self.inexact.append(leaf)
            return bounds
        query = self._proximity.query(leaf) if is_text(leaf) else metadata_query(leaf, self.expansions)
        return self._inexact(leaf) if query is None else exact(query)

    def _pattern(self, leaf: WordNode) -> QueryBounds:
        if self.expansions.is_narrow(leaf):
            return exact(any_of(pattern_query(field, leaf) for field in word_fields(leaf.fieldname)))
        found = self._words_bounds(leaf.fieldname, self.expansions.words(leaf))
        if self.expansions.has_truncated_words():
            found = QueryBounds(any_of([found.loose, {"term": {"long": True}}]), found.tight)
        if not found.is_exact:
            self.inexact.append(leaf)
        return found

    def _words_bounds(self, name: str, words: Sequence[str]) -> QueryBounds:
        """The bounds of any of some words in a query field."""
        return self._join([words_bounds(field, words) for field in word_fields(name)], any_of)

    def _inexact(self, leaf: q.Query) -> QueryBounds:
        """The bounds of a leaf without an exact query."""
        self.inexact.append(leaf)
        if isinstance(leaf, Near):
            return QueryBounds(self._all([self._operand(part) for part in (leaf.a, leaf.b)]).loose, MATCH_NONE)
        if isinstance(leaf, NotNear):
            one, other = self._operand(leaf.a), self._operand(leaf.b)
            return QueryBounds(one.loose, self._all([one, _not(other)]).tight)
        if isinstance(leaf, AtLeast):
            return QueryBounds(self._operand(leaf.node).loose, MATCH_NONE)
        if isinstance(leaf, q.Phrase):
            words = [self.bounds(q.Term(leaf.fieldname, word)) for word in leaf.words]
            return QueryBounds(self._all(words).loose, MATCH_NONE)
        assert isinstance(leaf, Adjacent)
        return QueryBounds(self._all([self.bounds(word) for word in leaf.words]).loose, MATCH_NONE)

    def _operand(self, node: q.Query) -> QueryBounds:
        return self._any(node.subqueries) if isinstance(node, q.Or) else self.bounds(node)


def _not(part: QueryBounds) -> QueryBounds:
    loose = negated(part.tight)
    return exact(loose) if part.is_exact else QueryBounds(loose, negated(part.loose))


def _scored_leaves(tree: q.Query) -> Iterator[q.Query]:
    """The leaves that count in the score."""
    if isinstance(tree, q.ConstantScoreQuery):
        return
    if isinstance(tree, q.Require):
        tree = tree.a
    parts = children(tree)
    if parts is None or isinstance(tree, q.Not):
        yield from positive_leaves(tree)
        return
    boost = float(getattr(tree, "boost", 1.0))
    for part in parts[:1] if isinstance(tree, q.AndNot) else parts:
        for leaf in _scored_leaves(part):
            yield leaf if boost == 1.0 else leaf.with_boost(boost * leaf.boost)


def _scored_pairs(tree: q.Query, boost: float) -> Iterator[q.Phrase]:
    """The pairs of neighbouring words that count in the score, as phrases; `boost` is that of the nodes around."""
    if isinstance(tree, (q.ConstantScoreQuery, q.Not)):
        return
    parts = children(tree) or ()
    boost *= float(getattr(tree, "boost", 1.0))
    for part in parts[:1] if isinstance(tree, (q.AndNot, q.Require)) else parts:
        yield from _scored_pairs(part, boost)
    for _, pair in word_pairs(tree):
        pair.boost = PAIR_WEIGHT * boost
        yield pair
