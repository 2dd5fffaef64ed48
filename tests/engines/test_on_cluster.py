"""The engine on a cluster beside the naive one: random corpora, random query trees, queries as typed; the same ids."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from clustered import OnCluster, usable
from corpora import history, survivors, write
from trees import Trees, show, smallest
from whoosh import query as q

from searchidx import Article
from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.opensearch import opensearch_snapshot as opensearch
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.query.traversal import leaves
from searchidx.search.aggregations import FACETS

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@dataclass(frozen=True)
class Sides:
    """One corpus: the oracle, and on the cluster after many commits with deletions."""

    seed: int
    articles: list[Article]
    naive: Snapshot
    written: Snapshot

    def trees(self, count: int, depth: int = 5) -> Iterator[tuple[int, Any]]:
        trees = Trees(self.articles)
        for n in range(count):
            seed = self.seed * 100_000 + n
            yield seed, trees.seeded(seed).tree(n % (depth + 1))


def sides(seed: int, folder: Path, count: int, commits: int) -> Sides:
    batches = history(random.Random(seed), count, commits)
    found = []
    for kind in (ReferenceEngine, OnCluster):
        engine = kind.create(folder / f"index-{seed}")
        write(engine, batches)
        found.append(engine.snapshot())
    return Sides(seed, survivors(batches), *found)


@pytest.fixture(scope="module", params=range(1, 5))
def these(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    usable(OnCluster, request)
    return sides(request.param, tmp_path_factory.mktemp("sides"), 40 * request.param, 1 + request.param)


def listed(snapshot: Snapshot, tree: Any, **page: Any) -> tuple[int, list[str]]:
    found = snapshot.search(tree, **{"limit": None, **page})
    return found.total, [snapshot.id(doc) for doc in found.docs]


def differences(tree: Any, these: Sides, turn: int) -> list[str]:
    """What the cluster answers otherwise than the oracle; nothing where they agree."""
    plain = q.ConstantScoreQuery(tree, 0.0)
    expected, found = listed(these.naive, plain), listed(these.written, plain)
    if found != expected:
        missing, extra = set(expected[1]) - set(found[1]), set(found[1]) - set(expected[1])
        return [f"{found[0]} hits, not {expected[0]}: without {missing}, with {extra}"]
    problems = []
    ranked = listed(these.written, tree)
    if (ranked[0], sorted(ranked[1])) != (expected[0], sorted(expected[1])):
        problems.append("other hits where they are ranked")
    for limit, offset in ((10, 0), (5, 3), (0, 0)):
        if listed(these.written, tree, limit=limit, offset=offset) != (ranked[0], ranked[1][offset : offset + limit]):
            problems.append(f"limit {limit}, offset {offset}: another page than the whole answer has there")
    sort = (Sort.NEWEST, Sort.OLDEST, Sort.HEADLINE)[turn % 3]
    if listed(these.written, tree, sort=sort) != listed(these.naive, tree, sort=sort):
        problems.append(f"{sort.value}: another order")
    return problems


def prove(these: Sides, count: int) -> int:
    """Compare everything for so many trees; how many of them had hits."""
    answered = 0
    for turn, (seed, tree) in enumerate(these.trees(count)):
        try:
            problems = differences(tree, these, turn)
        except Exception as error:
            error.add_note(f"corpus {these.seed}, tree {seed}: {show(tree)}")
            raise
        if problems:
            least = smallest(tree, lambda part, turn=turn: bool(differences(part, these, turn)))
            pytest.fail(
                f"corpus {these.seed}, tree {seed}: {problems}\n{show(tree)}\n"
                f"the smallest part that differs: {show(least)}: {differences(least, these, turn)}"
            )
        answered += these.naive.search(tree, limit=0, sort=Sort.OLDEST).total > 0
    return answered


def test_random_trees_over_random_corpora(these: Sides) -> None:
    assert prove(these, 40) >= 15


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 103 if REDUCED else 121))
def test_many_random_trees_over_random_corpora(seed: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    usable(OnCluster, request)
    count = 60 if REDUCED else 200
    assert prove(sides(seed, tmp_path, 20 + 3 * (seed % 40), 1 + seed % 9), count) > count // 3


def test_answers_of_several_pages(these: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opensearch, "PAGE", 7)
    monkeypatch.setattr(opensearch, "_BUCKETS", 5)
    monkeypatch.setattr(opensearch, "_AHEAD", 3)
    every = q.Every()
    for sort in (Sort.NEWEST, Sort.OLDEST, Sort.HEADLINE):
        assert listed(these.written, every, sort=sort) == listed(these.naive, every, sort=sort)
        for limit, offset in ((10, 5), (7, 7), (100, 8)):
            page = {"sort": sort, "limit": limit, "offset": offset}
            assert listed(these.written, every, **page) == listed(these.naive, every, **page)
    bank = q.Or([q.Term("text", "bank"), q.Prefix("text.folded", "r")])
    assert sorted(listed(these.written, bank)[1]) == sorted(listed(these.naive, bank)[1])
    assert these.written.date_histogram(every) == these.naive.date_histogram(every)
    assert these.written.facet(bank, "keyword") == these.naive.facet(bank, "keyword")
    assert these.written.term_stats(bank)[:-1] == these.naive.term_stats(bank)[:-1]
    for pattern in (q.Prefix("text.folded", ""), q.Regex("text", ".*a.*"), q.Prefix("byline", "")):
        assert these.written.expand(pattern) == these.naive.expand(pattern)
    docs = these.written.search(every, limit=None).docs
    assert list(these.written.articles(docs)) == these.articles
    assert [these.written.article(doc) for doc in docs] == these.articles


def counted(these: Sides, count: int = 12) -> Iterator[Any]:
    made = Trees(these.articles)
    yield q.Every()
    for n in range(count):
        tree = made.seeded(these.seed * 1000 + n).tree(n % 4)
        # Of a phrase that allows words between its words, as none of the language does, engines name other places.
        if all(getattr(leaf, "slop", 1) == 1 for leaf in leaves(tree)):
            yield tree


def test_facets(these: Sides) -> None:
    for tree in counted(these):
        for field in FACETS:
            assert these.written.facet(tree, field) == these.naive.facet(tree, field), (field, show(tree))


def test_days(these: Sides) -> None:
    for tree in counted(these):
        for occurrences in (False, True):
            expected = these.naive.date_histogram(tree, occurrences)
            assert these.written.date_histogram(tree, occurrences) == expected, (occurrences, show(tree))


def test_places(these: Sides) -> None:
    for tree in counted(these):
        expected, found = (
            [(snapshot.id(doc), list(places)) for doc, places in snapshot.spans(tree)]
            for snapshot in (these.naive, these.written)
        )
        assert found == expected, show(tree)


def test_words(these: Sides) -> None:
    for tree in counted(these):
        expected, found = these.naive.term_stats(tree), these.written.term_stats(tree)
        assert found[:-1] == expected[:-1], show(tree)
        places = range(0, len(expected.counts), 1 + len(expected.counts) // 20)
        assert [found.spelling(at) for at in places] == [expected.spelling(at) for at in places], show(tree)


def test_completions(these: Sides) -> None:
    found = 0
    for beginning in ("", "b", "ba", "bank", "banks", "rat", "ca", "cafe", "東", "w1", "zz", "a b", "\x00", "\ud800"):
        for limit in (0, 1, 5, 1000):
            expected = these.naive.completions(beginning, limit)
            found += len(expected)
            assert these.written.completions(beginning, limit) == expected, (beginning, limit)
    assert found > 100


def test_near_duplicates(these: Sides) -> None:
    for threshold in (0.2, 0.5, 0.8, 1.0):
        expected, found = (
            [
                [snapshot.id(doc) for doc in group]
                for group in snapshot.near_duplicates(sorted(snapshot.search(q.Every(), limit=None).docs), threshold)
            ]
            for snapshot in (these.naive, these.written)
        )
        assert found == expected
