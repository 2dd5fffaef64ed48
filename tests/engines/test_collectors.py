"""Facets, histograms, spans, terms and completions of the embedded engine, compared with the reference engine."""

from __future__ import annotations

import pytest

from searchidx.engines.contract import Sort
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.embedded_snapshot import EmbeddedSnapshot
from searchidx.engines.testing.comparison import (
    Comparison,
    assert_same_completions,
    assert_same_counts,
    assert_same_spans,
    has_gaps,
    search_ids,
)
from searchidx.engines.testing.random_queries import format_tree


@pytest.fixture(scope="module", params=range(1, 7))
def these(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Random articles: in several segments with deletions, and in one segment."""
    seed = request.param
    folder = tmp_path_factory.mktemp("comparison")
    return Comparison.build(
        EmbeddedEngine, folder, seed=seed, count=25 * seed, commits=1 + seed, layouts=("history", "single")
    )


def test_counts_equal_the_reference(these: Comparison) -> None:
    for tree in these.counted_queries(24):
        assert_same_counts(these.reference, these.snapshots.values(), tree)


def test_spans_equal_the_reference(these: Comparison) -> None:
    queries = [tree for tree in these.counted_queries(60) if not has_gaps(tree)]
    assert sum(assert_same_spans(these.reference, these.snapshots.values(), tree) for tree in queries) > 100


def test_single_values_and_missing_add_up_to_the_total(these: Comparison) -> None:
    for tree in these.counted_queries(24):
        for field in ("source", "section", "language", "year", "month"):
            found = these.snapshots["history"].facet(tree, field)
            assert sum(count for count, _ in found.values.values()) + found.missing == found.total


def test_completions_equal_the_reference(these: Comparison) -> None:
    assert assert_same_completions(these.reference, these.snapshots.values()) > 100


def test_sort_by_headline_equals_the_reference(these: Comparison) -> None:
    for tree in these.counted_queries(12):
        expected = search_ids(these.reference, tree, sort=Sort.HEADLINE)
        for name, snapshot in these.snapshots.items():
            assert search_ids(snapshot, tree, sort=Sort.HEADLINE) == expected, (name, format_tree(tree))
            page = search_ids(snapshot, tree, sort=Sort.HEADLINE, limit=2, offset=1)
            assert page == (expected[0], expected[1][1:3])


def test_stats_describe_the_files(these: Comparison) -> None:
    for snapshot in these.snapshots.values():
        assert isinstance(snapshot, EmbeddedSnapshot)
        stats = snapshot.stats()
        assert stats.words == these.reference.stats().words
        assert stats.segments == len(snapshot.views)
        files = (path for path in snapshot.folder.iterdir() if path.suffix in (".seg", ".bits", ".bin"))
        assert stats.bytes == sum(path.stat().st_size for path in files)
