"""The query cache changes no answer, and evaluates an equal query once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorded_answers import make_index, sample_queries
from whoosh import query as q

from searchidx.engines.cache import query_cache
from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.embedded.evaluator import Evaluator
from searchidx.search.aggregations import FACETS


def answers(snapshot: Snapshot, query: Any) -> list[Any]:
    found: list[Any] = [snapshot.search(query, limit=limit, sort=sort) for limit in (0, 3, None) for sort in Sort]
    found += [snapshot.facet(query, field) for field in FACETS]
    try:
        found += snapshot.spans(query)
    except TypeError as error:  # for a few trees that no query text gives
        found.append(str(error))
    return [*found, snapshot.date_histogram(query), snapshot.term_stats(query)[:-1]]


def are_equal(one: Any, other: Any) -> bool:
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(are_equal, one, other))
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)


def test_cached_answers_are_the_same(tmp_path: Path) -> None:
    snapshot = make_index(tmp_path / "index").snapshot()
    asked = list(sample_queries(snapshot, random_trees=10))
    wanted = [answers(snapshot, query) for query in asked]
    with query_cache():
        for _ in range(2):
            for query, want in zip(asked, wanted, strict=True):
                assert are_equal(answers(snapshot, query), want), query


def test_query_is_evaluated_once_within_a_block_and_again_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_index(tmp_path / "index")
    snapshot, other = engine.snapshot(), engine.snapshot()
    evaluated: list[Any] = []
    evaluate = Evaluator._evaluate
    monkeypatch.setattr(Evaluator, "_evaluate", lambda self, query: evaluated.append(query) or evaluate(self, query))

    def ask(of: Snapshot, weight: float = 1.0) -> int:
        evaluated.clear()
        of.search(q.Term("text", "bank", boost=weight))
        of.facet(q.Term("text", "bank", boost=weight), "source")
        return len(evaluated)

    assert ask(snapshot) == 2
    with query_cache():
        assert [ask(snapshot), ask(snapshot), ask(snapshot, 2.0), ask(other)] == [1, 0, 1, 1]
        with query_cache():
            assert ask(snapshot) == 1
        assert ask(snapshot) == 0
    assert ask(snapshot) == 2
