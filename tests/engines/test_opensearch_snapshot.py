"""The engine on a cluster against the reference engine: random corpora, random query trees, every kind of count."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cluster_engine import ClusterEngine, require_engine
from whoosh import query as q

import searchidx
from searchidx import Article
from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.opensearch import bucket_aggregations, paging
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.query_translator import QueryTranslator
from searchidx.engines.opensearch.vocabulary import Vocabulary
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.random_articles import commit_batches, live_articles, random_commits
from searchidx.engines.testing.random_queries import RandomQueries, format_tree, smallest_failing
from searchidx.query.traversal import leaves
from searchidx.schema import FACET_FIELDS
from testcluster.nodes import LocalCluster

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@dataclass(frozen=True)
class Pair:
    """One corpus after many commits with deletions, in the reference engine and on the cluster."""

    seed: int
    articles: list[Article]
    expected: Snapshot
    found: Snapshot

    def trees(self, count: int, depth: int = 5) -> Iterator[tuple[int, Any]]:
        trees = RandomQueries(self.articles)
        for n in range(count):
            seed = self.seed * 100_000 + n
            yield seed, trees.with_seed(seed).tree(n % (depth + 1))


def make_pair(seed: int, folder: Path, count: int, commits: int) -> Pair:
    batches = random_commits(random.Random(seed), count, commits)
    snapshots = []
    for kind in (ReferenceEngine, ClusterEngine):
        engine = kind.create(folder / f"index-{seed}")
        commit_batches(engine, batches)
        snapshots.append(engine.snapshot())
    return Pair(seed, live_articles(batches), *snapshots)


@pytest.fixture(scope="module", params=range(1, 5))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    require_engine(ClusterEngine, request)
    return make_pair(request.param, tmp_path_factory.mktemp("pair"), 40 * request.param, 1 + request.param)


def test_words_side_by_side_score_more(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    require_engine(ClusterEngine, request)
    engine = ClusterEngine.create(tmp_path / "pairs")
    others = [Article(f"other{n}", f"Other {n}", "Some other words of the same number here.") for n in range(6)]
    apart = Article("apart", "News", "The bank of the river is central to them.")
    beside = Article("beside", "News", "The river of them is to the central bank.")
    commit_batches(engine, [[apart, beside, *others]])
    snapshot = engine.snapshot()
    words = [q.Term("text", "central"), q.Term("text", "bank")]
    for tree in (q.And(words), q.Or(words)):
        assert hit_ids(snapshot, tree) == (2, ["beside", "apart"])
    assert hit_ids(snapshot, q.And([q.Every("id"), *reversed(words)])) == (2, ["apart", "beside"])


def test_phrase_scores_by_the_articles_of_shards_without_its_words(on_cluster: str) -> None:
    texts = ["the central bank", "a central bank of it", *(["rain and snow"] * 10)]
    found = []
    for shards in (1, 4):
        location = f"{on_cluster}-{shards}?shards={shards}"
        with searchidx.create(location).writer() as writer:
            for n, text in enumerate(texts):
                writer.add(Article(f"a{n}", "News", text))
        with searchidx.open(location) as archive:
            found.append({hit.id: hit.score for hit in archive.search('"central bank"')})
    assert found[1] == pytest.approx(found[0], rel=1e-5)
    assert sorted(found[0]) == ["a0", "a1"]


def hit_ids(snapshot: Snapshot, tree: Any, **page: Any) -> tuple[int, list[str]]:
    found = snapshot.search(tree, **{"limit": None, **page})
    return found.total, [snapshot.id(doc) for doc in found.docs]


def differences(tree: Any, pair: Pair, turn: int) -> list[str]:
    """How the cluster's answers differ from the reference engine's."""
    plain = q.ConstantScoreQuery(tree, 0.0)
    expected, found = hit_ids(pair.expected, plain), hit_ids(pair.found, plain)
    if found != expected:
        missing, extra = set(expected[1]) - set(found[1]), set(found[1]) - set(expected[1])
        return [f"{found[0]} hits, not {expected[0]}: without {missing}, with {extra}"]
    problems = []
    ranked = hit_ids(pair.found, tree)
    if (ranked[0], sorted(ranked[1])) != (expected[0], sorted(expected[1])):
        problems.append("other hits when ranked")
    for limit, offset in ((10, 0), (5, 3), (0, 0)):
        if hit_ids(pair.found, tree, limit=limit, offset=offset) != (ranked[0], ranked[1][offset : offset + limit]):
            problems.append(f"limit {limit}, offset {offset}: not a page of the whole answer")
    sort = (Sort.NEWEST, Sort.OLDEST, Sort.HEADLINE)[turn % 3]
    if hit_ids(pair.found, tree, sort=sort) != hit_ids(pair.expected, tree, sort=sort):
        problems.append(f"{sort.value}: another order")
    return problems


def compare_trees(pair: Pair, count: int) -> int:
    """Compare the answers to random trees; returns how many had hits."""
    answered = 0
    for turn, (seed, tree) in enumerate(pair.trees(count)):
        try:
            problems = differences(tree, pair, turn)
        except Exception as error:
            error.add_note(f"corpus {pair.seed}, tree {seed}: {format_tree(tree)}")
            raise
        if problems:
            least = smallest_failing(tree, lambda part, turn=turn: bool(differences(part, pair, turn)))
            pytest.fail(
                f"corpus {pair.seed}, tree {seed}: {problems}\n{format_tree(tree)}\n"
                f"the smallest part that differs: {format_tree(least)}: {differences(least, pair, turn)}"
            )
        answered += pair.expected.search(tree, limit=0, sort=Sort.OLDEST).total > 0
    return answered


def test_random_trees_match_the_reference(pair: Pair) -> None:
    assert compare_trees(pair, 40) >= 15


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 103 if REDUCED else 121))
def test_many_random_trees_match_the_reference(seed: int, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    require_engine(ClusterEngine, request)
    count = 60 if REDUCED else 200
    assert compare_trees(make_pair(seed, tmp_path, 20 + 3 * (seed % 40), 1 + seed % 9), count) > count // 3


def test_explanation_tells_how_many_articles_were_rechecked(on_cluster: str) -> None:
    with searchidx.create(on_cluster).writer() as writer:
        for n in range(4):
            writer.add(Article(f"a{n}", "Rates", "crisis x deficit y rate" if n % 2 else "crisis a b c d deficit rate"))
        writer.add(Article("b", "Other", "crisis deficit"))
    with searchidx.open(on_cluster) as archive:
        found = archive.explain("crisis w/3 (deficit w/2 rate)")
        assert (found.articles, found.rechecked) == (2, 4)
        assert found.to_dict()["rechecked"] == 4
        exact = archive.explain("crisis w/1 deficit")
        assert (exact.articles, exact.rechecked) == (1, 0)
        assert "rechecked" not in exact.to_dict()


def ranking(snapshot: Snapshot, tree: Any) -> dict[str, float]:
    """The scores of the hits, by id."""
    found = snapshot.search(tree, limit=None)
    assert found.total == len(found.docs)
    return dict(zip(map(snapshot.id, found.docs), found.scores, strict=True))


def test_patterns_of_the_cluster_match_as_their_words_do(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cluster expands has the hits and the scores of the list of its words, and the hits of the reference."""
    rng = random.Random(pair.seed)
    words = sorted(pair.expected.expand(q.Prefix("text.folded", "")))
    bylines = sorted(pair.expected.expand(q.Prefix("byline", "")))
    answers: dict[int, dict[str, float]] = {}
    trees: list[Any] = []
    for n in range(40):
        word = rng.choice(words)
        at = rng.randrange(len(word))
        field = rng.choice(("text.folded", "text", "headline.folded", "lead", "body.folded", "byline"))
        if field == "byline":
            word = rng.choice(bylines)
            at = rng.randrange(len(word))
        trees += [
            q.Prefix(field, word[: at + 1]),
            q.Wildcard(field, f"{word[:at]}?{word[at + 1 :]}"),
            q.Wildcard(field, f"*{word[at:]}"),
            q.FuzzyTerm(field, f"{word[:at]}x{word[at + 1 :]}", maxdist=1 + n % 2, prefixlength=n % 3),
            q.Regex(field, f"({word[:at]}|a+)[a-z{word[at]}]?.*" if word.isalpha() else "a.*"),
        ]
    for n, tree in enumerate(trees):
        answers[n] = ranking(pair.found, tree)
        assert sorted(answers[n]) == sorted(ranking(pair.expected, tree)), tree
    assert sum(map(bool, answers.values())) > len(trees) // 2
    narrow = pair.found._vocabulary.is_narrow  # type: ignore[attr-defined]
    assert sum(map(narrow, trees)) > len(trees) // 2
    monkeypatch.setattr(Vocabulary, "is_narrow", lambda *_: False)
    apart = OpenSearchSnapshot(pair.found._point)  # type: ignore[attr-defined]
    for n, tree in enumerate(trees):
        assert ranking(apart, tree) == answers[n], tree


def test_scores_are_those_of_filters_and_scores_apart(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    trees = [tree for _, tree in pair.trees(60, depth=3)]
    together = [ranking(pair.found, tree) for tree in trees]
    translated = pair.found._rechecker.translator()  # type: ignore[attr-defined]
    assert sum(translated.ranked_query(tree, []) is not None for tree in trees) > 5
    monkeypatch.setattr(QueryTranslator, "ranked_query", lambda *_: None)
    for tree, scores in zip(trees, together, strict=True):
        assert ranking(pair.found, tree) == pytest.approx(scores, rel=1e-5), format_tree(tree)


def test_pattern_with_more_words_than_the_cluster_expands(on_cluster: str) -> None:
    """2,000 words are too many for one query of a shard, and few enough for a pattern."""
    with searchidx.create(on_cluster).writer() as writer:
        for n in range(40):
            writer.add(Article(f"a{n}", "Words", " ".join(f"w{n * 50 + k}" for k in range(50))))
    with searchidx.open(on_cluster) as archive:
        assert not archive._snapshot._vocabulary.is_narrow(q.Prefix("text.folded", "w"))  # type: ignore[attr-defined]
        assert archive.search("w*").total == 40
        assert archive._snapshot._vocabulary.is_narrow(q.Prefix("text.folded", "w19"))  # type: ignore[attr-defined]
        assert sorted(archive.ids("w19*")) == ["a0", "a3", "a38", "a39"]


def test_lost_point_in_time_does_not_show_a_batch_in_progress(cluster: LocalCluster, on_cluster: str) -> None:
    """While all articles are visible no filter is needed. One is when the cluster has lost the point in time."""
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("a", "Bank", "rates"))
    archive = searchidx.open(on_cluster)
    assert archive.ids("bank") == ["a"]
    point = archive._snapshot._point  # type: ignore[attr-defined]
    assert point.conditions == []
    with searchidx.open(on_cluster).writer() as writer:
        writer.add(Article("b", "Bank", "rates"))
        writer.rejections()  # waits until the cluster has the article
        cluster.request("POST", f"/{on_cluster.rpartition('/')[2]}-*/_refresh")
        cluster.request("DELETE", "/_search/point_in_time", {"pit_id": list(point._ids)})
        assert archive.ids("bank") == ["a"]
        assert archive.search("bank").total == 1
        assert point.conditions
        with searchidx.open(on_cluster) as other:
            assert other.search("bank").total == 1
            assert other._snapshot._point.conditions  # type: ignore[attr-defined]
        writer.cancel()


def test_answers_do_not_depend_on_the_page_size_of_requests(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGE", 7)
    monkeypatch.setattr(bucket_aggregations, "MAX_BUCKETS", 5)
    monkeypatch.setattr(paging, "ARTICLES_PER_REQUEST", 3)
    every = q.Every()
    for sort in (Sort.NEWEST, Sort.OLDEST, Sort.HEADLINE):
        assert hit_ids(pair.found, every, sort=sort) == hit_ids(pair.expected, every, sort=sort)
        for limit, offset in ((10, 5), (7, 7), (100, 8)):
            page = {"sort": sort, "limit": limit, "offset": offset}
            assert hit_ids(pair.found, every, **page) == hit_ids(pair.expected, every, **page)
    bank = q.Or([q.Term("text", "bank"), q.Prefix("text.folded", "r")])
    assert sorted(hit_ids(pair.found, bank)[1]) == sorted(hit_ids(pair.expected, bank)[1])
    assert pair.found.date_histogram(every) == pair.expected.date_histogram(every)
    assert pair.found.facet(bank, "keyword") == pair.expected.facet(bank, "keyword")
    assert pair.found.term_stats(bank)[:-1] == pair.expected.term_stats(bank)[:-1]
    for pattern in (q.Prefix("text.folded", ""), q.Regex("text", ".*a.*"), q.Prefix("byline", "")):
        assert pair.found.expand(pattern) == pair.expected.expand(pattern)
    docs = pair.found.search(every, limit=None).docs
    assert list(pair.found.articles(docs)) == pair.articles
    assert [pair.found.article(doc) for doc in docs] == pair.articles


def counted_trees(pair: Pair, count: int = 12) -> Iterator[Any]:
    trees = RandomQueries(pair.articles)
    yield q.Every()
    for n in range(count):
        tree = trees.with_seed(pair.seed * 1000 + n).tree(n % 4)
        # Engines may disagree about the spans of sloppy phrases, which the query language does not have.
        if all(getattr(leaf, "slop", 1) == 1 for leaf in leaves(tree)):
            yield tree


def test_facets_match_the_reference(pair: Pair) -> None:
    for tree in counted_trees(pair):
        for field in FACET_FIELDS:
            assert pair.found.facet(tree, field) == pair.expected.facet(tree, field), (field, format_tree(tree))


def test_date_histograms_match_the_reference(pair: Pair) -> None:
    for tree in counted_trees(pair):
        for occurrences in (False, True):
            expected = pair.expected.date_histogram(tree, occurrences)
            assert pair.found.date_histogram(tree, occurrences) == expected, (occurrences, format_tree(tree))


def test_spans_match_the_reference(pair: Pair) -> None:
    for tree in counted_trees(pair):
        expected, found = (
            [(snapshot.id(doc), list(spans)) for doc, spans in snapshot.spans(tree)]
            for snapshot in (pair.expected, pair.found)
        )
        assert found == expected, format_tree(tree)


def test_term_stats_match_the_reference(pair: Pair) -> None:
    for tree in counted_trees(pair):
        expected, found = pair.expected.term_stats(tree), pair.found.term_stats(tree)
        assert found[:-1] == expected[:-1], format_tree(tree)
        sample = range(0, len(expected.counts), 1 + len(expected.counts) // 20)
        assert [found.spelling(at) for at in sample] == [expected.spelling(at) for at in sample], format_tree(tree)


def test_completions_match_the_reference(pair: Pair) -> None:
    completed = 0
    for prefix in ("", "b", "ba", "bank", "banks", "rat", "ca", "cafe", "東", "w1", "zz", "a b", "\x00", "\ud800"):
        for limit in (0, 1, 5, 1000):
            expected = pair.expected.completions(prefix, limit)
            completed += len(expected)
            assert pair.found.completions(prefix, limit) == expected, (prefix, limit)
    assert completed > 100


def test_near_duplicates_match_the_reference(pair: Pair) -> None:
    for threshold in (0.2, 0.5, 0.8, 1.0):
        expected, found = (
            [
                [snapshot.id(doc) for doc in group]
                for group in snapshot.near_duplicates(sorted(snapshot.search(q.Every(), limit=None).docs), threshold)
            ]
            for snapshot in (pair.expected, pair.found)
        )
        assert found == expected
