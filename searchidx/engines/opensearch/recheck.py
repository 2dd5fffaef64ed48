"""Exact filters for a query tree: the loose and the tight query, and a recheck of the articles that match only the
loose one.

The reference engine's `matches` decides about the articles that the loose query finds and the tight query does not.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from whoosh import query as q

from searchidx.engines import query_limits
from searchidx.engines.opensearch.article_store import ArticleStore
from searchidx.engines.opensearch.paging import count_hits, iter_pages
from searchidx.engines.opensearch.pattern_translator import ExpansionCache
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import (
    MATCH_NONE,
    MAX_CLAUSES,
    DslQuery,
    QueryBounds,
    all_of,
    any_of,
    negated,
)
from searchidx.engines.opensearch.query_translator import QueryTranslator
from searchidx.engines.opensearch.vocabulary import Vocabulary
from searchidx.engines.opensearch.word_terms import WordTerms
from searchidx.engines.reference.match import Document, matches
from searchidx.errors import UnsupportedError
from searchidx.query.nodes import PATTERNS
from searchidx.query.traversal import leaves, operands

MAX_MATERIALIZED = 1_000_000
"""Maximum articles that one part of a query finds, if the query is too large for one request."""
MIN_RECHECKED, RECHECKED_SHARE = 20_000, 0.05
"""Maximum articles that are rechecked for one query: this share of the archive, and at least this many."""
_MAX_CACHED_FILTERS = 16
"""Queries whose filter took more than one request, and is cached."""


class Rechecker:
    """Makes exact filters of query trees."""

    def __init__(self, point: PointInTime, store: ArticleStore, vocabulary: Vocabulary) -> None:
        self._point = point
        self._store = store
        self._vocabulary = vocabulary
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, tuple[DslQuery, int]] = OrderedDict()
        self._expansions = ExpansionCache(vocabulary.expand, vocabulary.is_narrow, vocabulary.has_truncated_words)

    def translator(self) -> QueryTranslator:
        """A translator for one query."""
        words = WordTerms(self._vocabulary.languages)
        return QueryTranslator(self._expansions, words, self._materialize, self._point.numbered, self._store.id_bounds)

    def filters(self, query: q.Query, translator: QueryTranslator | None = None) -> list[DslQuery]:
        """Filters that together find exactly the hits of a query."""
        key = repr(query)
        with self._lock:
            cached = self._cache.get(key)
        if cached is not None:
            return [self._point.visible, cached[0]]
        translator = translator or self.translator()
        for leaf in leaves(query):
            if isinstance(leaf, PATTERNS) and leaf.fieldname not in ("id", "precision"):
                translator.expansions.check(leaf)  # raises `too_broad`, wherever the pattern is in the tree
        bounds = translator.bounds(query)
        found, count = (bounds.loose, 0) if bounds.is_exact else self._recheck(query, bounds, translator.inexact)
        if translator.has_materialized or not bounds.is_exact:
            with self._lock:
                self._cache[key] = found, count
                while len(self._cache) > _MAX_CACHED_FILTERS:
                    self._cache.popitem(last=False)
        return [self._point.visible, found]

    def rechecked(self, query: q.Query) -> int:
        """The number of articles that are rechecked for a query."""
        self.filters(query)
        with self._lock:
            return self._cache.get(repr(query), (MATCH_NONE, 0))[1]

    def has_cached(self, query: q.Query) -> bool:
        """Whether the filter of a query took more than one request, and is cached."""
        with self._lock:
            return repr(query) in self._cache

    def _recheck(self, query: q.Query, bounds: QueryBounds, inexact: Sequence[q.Query]) -> tuple[DslQuery, int]:
        """The tight query with the numbers of the rechecked articles that match, and how many were rechecked."""
        doubtful = [self._point.visible, bounds.loose, negated(bounds.tight)]
        count = count_hits(self._point, doubtful)
        if count > max(MIN_RECHECKED, RECHECKED_SHARE * self._point.articles):
            raise query_limits.too_many_positions(_node_to_blame(inexact, query))
        found = [doc for doc, article in self._store.iter_found(doubtful) if matches(query, Document(article))]
        return any_of([bounds.tight, self._point.numbered(found)]), count

    def _materialize(self, query: DslQuery) -> DslQuery:
        """A query that finds the same articles as another, by number."""
        body = {"query": all_of([self._point.visible, query]), "sort": self._point.order, "stored_fields": "_none_"}
        found: list[int] = []
        for total, hits in iter_pages(self._point, body):
            if total > MAX_MATERIALIZED:
                raise UnsupportedError(
                    f"a query with more than {MAX_CLAUSES} clauses",
                    f"one part of it matches {total:,} articles: use fewer or rarer words",
                )
            found += map(self._point.doc, hits)
        return self._point.numbered(found)


def _node_to_blame(inexact: Sequence[q.Query], query: q.Query) -> q.Query:
    """The node with a place in the query text that caused too many rechecks."""

    def is_placed(node: q.Query) -> bool:
        return getattr(node, "startchar", None) is not None

    node = next(filter(is_placed, inexact), None) or (list(inexact) or [query])[0]
    return node if is_placed(node) else next(filter(is_placed, operands(node)), node)
