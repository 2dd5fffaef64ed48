"""Tests against the reference engine: random queries, facets, histograms, spans, terms and near-duplicates."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.comparison import (
    Comparison,
    assert_same_completions,
    assert_same_counts,
    assert_same_ngrams,
    assert_same_spans,
    duplicate_ids,
    has_gaps,
    id_differences,
)
from searchidx.engines.testing.engine_tests import EngineTests
from searchidx.engines.testing.random_articles import commit_batches, random_reprints


class CollectorTests(EngineTests):
    """Answers about all hits, compared with the reference engine on random articles."""

    @pytest.fixture(scope="class", params=[1, 2, 3])
    @classmethod
    def comparison(cls, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
        seed: int = request.param
        return Comparison.build(
            cls.engine_class,
            tmp_path_factory.mktemp("comparison"),
            seed=seed,
            count=25 * seed,
            commits=1 + seed,
            location=cls.location,
        )

    def test_random_queries_match_the_same_articles(self, comparison: Comparison) -> None:
        snapshot = comparison.snapshots["history"]
        with_hits = comparison.check(
            lambda tree, turn: id_differences(comparison.reference, snapshot, tree, turn), count=12
        )
        assert with_hits >= 4  # queries without hits prove little

    def test_collectors_agree(self, comparison: Comparison) -> None:
        reference, snapshots = comparison.reference, comparison.snapshots.values()
        for tree in comparison.counted_queries(8):
            assert_same_counts(reference, snapshots, tree)
            if not has_gaps(tree):
                assert_same_spans(reference, snapshots, tree)

    def test_ngrams_agree(self, comparison: Comparison) -> None:
        reference, snapshots = comparison.reference, comparison.snapshots.values()
        trees = [*comparison.counted_queries(4), q.Every()]
        counts = [assert_same_ngrams(reference, snapshots, pair) for pair in pairwise(trees)]
        assert max(counts) > 100
        assert assert_same_ngrams(reference, snapshots, [q.NullQuery]) == 0

    def test_completions_agree(self, comparison: Comparison) -> None:
        assert assert_same_completions(comparison.reference, comparison.snapshots.values()) > 100

    def test_articles_may_be_read_in_any_order(self, comparison: Comparison) -> None:
        for snapshot in (comparison.reference, comparison.snapshots["history"]):
            docs = list(snapshot.search(q.Every(), limit=None).docs)
            random.Random(1).shuffle(docs)
            assert list(snapshot.articles(docs)) == [snapshot.article(doc) for doc in docs]

    def test_stats_count_the_words_of_live_articles(self, comparison: Comparison) -> None:
        assert comparison.snapshots["history"].stats().words == comparison.reference.stats().words

    @pytest.mark.parametrize("threshold", [0.6, 0.8, 1.0])
    def test_near_duplicates_agree(self, engine: Engine, reprints: Snapshot, threshold: float) -> None:
        assert duplicate_ids(engine.snapshot(), threshold) == duplicate_ids(reprints, threshold)
        assert len(duplicate_ids(reprints, threshold)) > 10

    @pytest.fixture
    def reprints(self, engine: Engine) -> Snapshot:
        """Articles and altered copies of them, in the engine and in the reference engine."""
        articles = random_reprints(random.Random(1), 60)
        reference = ReferenceEngine()
        for each in (engine, reference):
            commit_batches(each, [articles[:50], [*articles[50:], "a3", "a7"]])
        return reference.snapshot()

    def test_articles_without_a_body_have_no_near_duplicates(self, engine: Engine) -> None:
        same = [Article("a", "Same"), Article("b", "Same"), Article("c", "", "Rain."), Article("d", "", "Rain!")]
        commit_batches(engine, [same])
        snapshot = engine.snapshot()
        assert snapshot.near_duplicates([0, 1, 2, 3], 0.5) == [[2, 3]]
        assert snapshot.near_duplicates([], 0.5) == []
        assert snapshot.near_duplicates([0], 0.5) == []
