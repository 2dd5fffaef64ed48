"""The embedded engine compared with the reference engine: random articles, random queries, equal scores."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import query as q

import searchidx
from searchidx.article import Article
from searchidx.engines.contract import Sort
from searchidx.engines.embedded import EmbeddedEngine, doc_sets, term_postings
from searchidx.engines.embedded.embedded_snapshot import EmbeddedSnapshot
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.comparison import Comparison, search_scores
from searchidx.engines.testing.random_articles import commit_batches, random_short_articles
from searchidx.engines.testing.random_queries import RandomQueries, format_tree

SCORE_TOLERANCE = 1e-5
"""Relative tolerance of scores: the embedded engine computes in single precision."""

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


def build_comparison(seed: int, folder: Path, count: int, commits: int) -> Comparison:
    layouts = ("history", "segments", "single")
    return Comparison.build(EmbeddedEngine, folder, seed=seed, count=count, commits=commits, layouts=layouts)


def is_close(one: float, other: float) -> bool:
    return abs(one - other) <= SCORE_TOLERANCE * max(abs(one), abs(other))


PAGES = ((1, 0), (5, 3), (7, 11), (10, 1), (0, 0), (None, 4), (3, 1000))
SORTS = (Sort.NEWEST, Sort.OLDEST)


def find_differences(tree: Any, comparison: Comparison, turn: int) -> list[str]:
    """Describe how answers of the embedded engine differ from the reference engine's, and between layouts.

    `turn` selects the page and the sort by date that are compared.
    """
    reference, history = comparison.reference, comparison.snapshots["history"]
    expected_total, expected = search_scores(reference, tree)
    total, found = search_scores(history, tree)
    scores = dict(expected)
    if total != expected_total or len(found) != total or scores.keys() != dict(found).keys():
        missing, extra = scores.keys() - dict(found).keys(), dict(found).keys() - scores.keys()
        return [f"{total} hits ({len(found)} listed), not {expected_total}: missing {missing}, extra {extra}"]
    problems = []
    if wrong := [(id, score, scores[id]) for id, score in found if not is_close(score, scores[id])]:
        problems.append(f"wrong scores: {wrong[:5]} (id, found, expected)")
    # Neighbours may swap only if their scores are nearly equal. Equal scores are in document order.
    if swapped := [(n, id) for n, (id, _) in enumerate(found) if not is_close(scores[id], expected[n][1])]:
        problems.append(f"wrong order: {swapped[:5]} (position, id)")
    order = [(-score, history.find(id)) for id, score in found]
    if order != sorted(order):
        problems.append("ties are not in document order, or scores rise")
    for limit, offset in ((10, 0), PAGES[turn % len(PAGES)]):
        stop = total if limit is None else offset + limit
        if search_scores(history, tree, limit, offset) != (total, found[offset:stop]):
            problems.append(f"limit {limit}, offset {offset}: not a slice of all hits")
    sort = SORTS[turn % 2]
    dated = search_scores(reference, tree, sort=sort)
    if search_scores(history, tree, sort=sort) != dated:
        problems.append(f"{sort.value}: wrong order")
    if search_scores(history, tree, 4, 2, sort) != (total, dated[1][2:6]):
        problems.append(f"{sort.value}: not a slice of all hits")
    # Scores are equal to the last bit for every layout of segments and deletions.
    single, segments = comparison.snapshots["single"], comparison.snapshots["segments"]
    for name, other in (("one segment", single), ("many commits", segments)):
        if search_scores(other, tree) != (total, found):
            problems.append(f"{name}: {search_scores(other, tree)}, not {(total, found)}")
    if search_scores(single, tree, 10) != (total, found[:10]) or search_scores(segments, tree, sort=sort) != dated:
        problems.append("wrong page or order by date in another layout")
    return problems


def compare_answers(comparison: Comparison, count: int) -> int:
    """Compare the answers to random queries; return the number of queries with hits."""
    return comparison.check(lambda tree, turn: find_differences(tree, comparison, turn), count)


@pytest.mark.parametrize("seed", range(1, 9))
def test_random_queries_agree_with_the_reference_engine(seed: int, tmp_path: Path) -> None:
    comparison = build_comparison(seed, tmp_path, count=10 * seed, commits=1 + seed % 5)
    assert [comparison.reference.id(doc) for doc in range(len(comparison.reference))] == [
        each.id for each in comparison.articles
    ]
    assert compare_answers(comparison, 32) >= 13  # queries without hits prove little


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_random_queries_agree_when_upper_bits_change_often(seed: int, tmp_path: Path, few_lower_bits: None) -> None:
    comparison = build_comparison(seed, tmp_path, count=60, commits=2)
    single = comparison.snapshots["single"]
    assert isinstance(single, EmbeddedSnapshot)
    assert len(single.views[0].segment.arrays["text_turns"]) > 100
    assert compare_answers(comparison, 32) >= 13
    assert list(EmbeddedEngine.open(single.folder).verify()) == []


def test_accented_word_finds_the_same_word_without_accent_in_another_language(tmp_path: Path) -> None:
    """German stems `café` and `cafe` to different terms, so the folded form decides."""
    with searchidx.create(tmp_path / "index") as archive:
        with archive.writer() as writer:
            writer.add(Article("de", "Im cafe", "Das cafe ist zu.", language="de"))
            writer.add(Article("en", "At the café", "The cafe is closed.", language="en"))
        archive.refresh()
        assert sorted(archive.ids("café")) == sorted(archive.ids("cafe")) == ["de", "en"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 105 if REDUCED else 125))
def test_many_random_queries_agree_with_the_reference_engine(seed: int, tmp_path: Path) -> None:
    comparison = build_comparison(seed, tmp_path, count=20 + 3 * (seed % 40), commits=1 + seed % 9)
    count = 60 if REDUCED else 200
    assert compare_answers(comparison, count) > count // 3


@pytest.mark.parametrize("seed", [1, 2])
def test_pages_of_many_hits_are_slices_of_all(seed: int, tmp_path: Path) -> None:
    """An engine may select the best of many hits without sorting them all."""
    assert_pages_are_slices(seed, tmp_path, 3000, 16)


@pytest.mark.long
@pytest.mark.parametrize("seed", [3] if REDUCED else range(3, 6))
def test_pages_of_very_many_hits_are_slices_of_all(seed: int, tmp_path: Path) -> None:
    assert_pages_are_slices(seed, tmp_path, 8000 if REDUCED else 20_000, 30 if REDUCED else 100)


def assert_pages_are_slices(seed: int, folder: Path, count: int, queries: int) -> None:
    articles = random_short_articles(random.Random(seed), count)
    deleted = [each.id for each in articles[:: seed + 4]]
    kept = [each for n, each in enumerate(articles) if n % (seed + 4)]
    snapshots = []
    for name, changes in (
        ("single", [kept]),
        ("segments", [kept[: count // 3], kept[count // 3 : count // 2], kept[count // 2 :]]),
        ("history", [articles[: count // 2], articles[count // 2 :], deleted]),
    ):
        engine = EmbeddedEngine.create(folder / name)
        commit_batches(engine, changes)
        snapshots.append(engine.snapshot())
    trees = RandomQueries(articles)
    max_hits = 0
    for n in range(queries):
        tree = trees.with_seed(seed * 100_000 + n).tree(n % 4)
        expected = search_scores(snapshots[0], tree)
        max_hits = max(max_hits, expected[0])
        for name, snapshot in zip(("single", "segments", "history"), snapshots, strict=True):
            about = f"corpus {seed}, tree {seed * 100_000 + n} of {name}: {format_tree(tree)}"
            assert search_scores(snapshot, tree) == expected, about
            for limit, offset in ((1, 0), (10, 0), (10, 25), (100, 0)):
                page = expected[1][offset : offset + limit]
                found_page = search_scores(snapshot, tree, limit, offset)
                assert found_page == (expected[0], page), f"{about}: {limit} from {offset}"
    assert max_hits > count // 4


@pytest.mark.parametrize(("commits", "few", "scanned"), [(1, 5, 6000), (1, 5, 0), (1, 200, 0), (3, 5, 6000)])
def test_best_hits_with_pairs_are_the_first_of_all_hits(
    commits: int, few: int, scanned: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pairs are looked for in few documents for the best hits, and in all documents for all hits.

    Of more than `few` documents the best come first. Texts up to `scanned` words are read; of others the positions of a
    word.
    """
    monkeypatch.setattr(doc_sets, "_FEW_PAIRED", few)
    monkeypatch.setattr(term_postings, "_MAX_SCANNED", scanned)
    rng = random.Random(20230201)
    words = [f"{one}{other}" for one in "bcdfgk" for other in ("ank", "eel", "oto")]
    weights = [1 / (n + 1) for n in range(len(words))]
    articles = [
        Article(
            f"a{n}",
            " ".join(rng.choices(words, weights, k=3)),
            " ".join(rng.choices(words, weights, k=rng.randint(2, 40))),
        )
        for n in range(1500)
    ]
    engine = EmbeddedEngine.create(tmp_path / "index")
    step = len(articles) // commits
    commit_batches(engine, [articles[at : at + step] for at in range(0, len(articles), step)])
    if commits > 1:
        commit_batches(engine, [[f"a{n}" for n in range(0, 1500, 7)]])
    snapshot = engine.snapshot()
    changed = 0
    for turn in range(200):
        terms = [q.Term("text", word) for word in rng.sample(words, rng.randint(2, 6))]
        tree = (q.And if turn % 2 else q.Or)(terms, boost=rng.choice((1.0, 2.0)))
        if turn % 5 == 0:
            tree.subqueries.append(q.Phrase("text", [rng.choice(words), rng.choice(words)]))
        every = snapshot.search(tree, limit=None)
        best = snapshot.search(tree, limit=10)
        assert list(best.docs) == list(every.docs[:10]), tree
        assert list(best.scores) == list(every.scores[:10]), tree
        apart = q.And([q.Every(), *terms]) if turn % 2 else q.DisjunctionMax(terms, tiebreak=1.0)
        changed += list(best.docs) != list(snapshot.search(apart, limit=10).docs)
    assert changed > 20


@pytest.mark.parametrize("commits", [1, 3])
def test_best_hits_of_a_rare_or_a_common_word_are_the_first_of_all_hits(
    commits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the best hits only articles with the rare word are scored, for all hits every article."""
    rng = random.Random(20230203)
    rare, common = ["taiwan", "opec", "gold"], ["bank", "said", "trade", "oil"]
    articles = []
    for n in range(2000):
        words = rng.choices(common, k=rng.randint(3, 12))
        if rng.random() < 0.1:
            words += rng.choices(rare, k=rng.randint(1, 6))
        rng.shuffle(words)
        articles.append(Article(f"a{n}", " ".join(words[:2]), " ".join(words[2:])))
    engine = EmbeddedEngine.create(tmp_path / "index")
    step = len(articles) // commits
    commit_batches(engine, [articles[at : at + step] for at in range(0, len(articles), step)])
    if commits > 1:
        commit_batches(engine, [[f"a{n}" for n in range(0, 2000, 9)]])
    snapshot = engine.snapshot()
    found: list[bool] = []
    candidates = doc_sets.WordUnion.candidates

    def watch(union: doc_sets.WordUnion, count: int) -> Any:
        best = candidates(union, count)
        found.append(best is not None)
        return best

    monkeypatch.setattr(doc_sets.WordUnion, "candidates", watch)
    for _ in range(150):
        words = [rng.choice(rare), *rng.sample(common, rng.randint(1, 3))]
        rng.shuffle(words)
        tree = q.Or([q.Term("text", word) for word in words])
        every = snapshot.search(tree, limit=None)
        best = snapshot.search(tree, limit=10)
        assert (best.total, list(best.docs)) == (len(every.docs), list(every.docs[:10])), tree
        assert list(best.scores) == list(every.scores[:10]), tree
        assert sorted(every.docs) == list(snapshot.search(q.ConstantScoreQuery(tree, 0.0), limit=None).docs)
    assert found.count(True) > 50


def test_pair_across_the_end_of_the_lead_does_not_count(tmp_path: Path) -> None:
    article = Article("a1", "Reserves", "Gold fell at the bank.\n\nGold rose.")
    snapshots = []
    for kind in (ReferenceEngine, EmbeddedEngine):
        engine = kind.create(tmp_path / kind.__name__)
        commit_batches(engine, [[article, Article("a2", "Oil", "Oil rose."), Article("a3", "Gold", "Gold rose.")]])
        snapshots.append(engine.snapshot())
    for words in (("bank", "gold"), ("gold", "fell"), ("gold", "bank"), ("gold", "rose")):
        tree = q.Or([q.Term("lead", word) for word in words])
        (total, expected), (other_total, found) = (search_scores(each, tree) for each in snapshots)
        assert (total, [id for id, _ in expected]) == (other_total, [id for id, _ in found]), words
        assert [score for _, score in found] == pytest.approx([score for _, score in expected]), words


def test_occurrences_in_some_documents_are_those_of_all(tmp_path: Path) -> None:
    """Some counts are too large for the byte of a posting."""
    rng = random.Random(20230202)
    articles = [Article(f"a{n}", "bank", " ".join(rng.choices(("bank", "river", "tax"), k=90))) for n in range(60)]
    engine = EmbeddedEngine.create(tmp_path / "index")
    commit_batches(engine, [[*articles, Article("rare", "delta", "bank")]])
    text = engine.snapshot().views[0].segment.text
    assert len(text.wide) > 9
    for term in range(len(text.posting_ends)):
        owners, positions = text.read_occurrences(term)
        for count in (0, 1, 7, 61):
            docs = np.array(sorted(rng.sample(range(61), count)), np.intp)
            expected = [each for each in zip(owners.tolist(), positions.tolist(), strict=True) if each[0] in docs]
            for holders in (None, text.docs(*text.posting_range(term))):
                found = text.read_some(term, docs, holders)
                assert list(zip(*(each.tolist() for each in found), strict=True)) == expected


def test_common_and_rare_words_combine_like_the_reference_engine(tmp_path: Path) -> None:
    """Combine a word of almost every article with a word of few articles in every kind of node."""
    articles = random_short_articles(random.Random(5), 400)
    snapshots = []
    for kind in (ReferenceEngine, EmbeddedEngine):
        engine = kind.create(tmp_path / kind.__name__)
        commit_batches(engine, [articles[:300], articles[300:]])
        snapshots.append(engine.snapshot())
    reference, embedded = snapshots
    common = q.Term("text.folded", "w1")
    dates = q.DateRange("date", dt.datetime(2023, 5, 3), dt.datetime(2023, 9, 9))

    def count_of(tree: Any) -> int:
        return reference.search(tree, limit=0, sort=Sort.OLDEST).total

    candidates = [q.Term("text.folded", f"w{n}") for n in range(20, 60)]
    # More than four articles, at least two of them without the common word, which has 20 times as many.
    rare = next(
        leaf
        for leaf in candidates
        if 4 < count_of(leaf) < count_of(common) / 20 and count_of(leaf) - count_of(q.Require(leaf, common)) > 1
    )
    for one, other in ((common, rare), (rare, common)):
        for tree in (
            q.And([one, other]),
            q.Or([one, other]),
            q.AndNot(one, other),
            q.AndMaybe(one, other),
            q.Require(one, other),
            q.DisjunctionMax([one, other], tiebreak=0.3),
            q.And([one, q.Not(other)]),
            q.Or([q.And([one, other]), one]),
            q.Phrase("text.folded", [one.text, other.text], slop=4),
            q.And([one, dates]),
            q.And([q.Not(one), dates]),
            q.Or([one, dates]),
            q.Require(one, q.And([other, dates])),
        ):
            total, expected = search_scores(reference, tree)
            assert (total, {id: pytest.approx(score, rel=SCORE_TOLERANCE) for id, score in expected}) == (
                embedded.search(tree).total,
                dict(search_scores(embedded, tree)[1]),
            ), format_tree(tree)
