"""The embedded engine beside the naive one: random corpora, random query trees, the same answers.

Documents are numbered differently where some were deleted, so what is compared is ids and scores.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from corpora import history, short_articles, survivors, write
from trees import Trees, show, smallest
from whoosh import query as q

from searchidx import Article
from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.embedded_engine import EmbeddedSnapshot
from searchidx.engines.reference.reference_engine import ReferenceEngine

NEAR = 1e-5
"""Scores that differ by no more, relatively, count as equal: the embedded engine computes in single precision."""

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@dataclass(frozen=True)
class Sides:
    """One corpus in every shape: the oracle, many commits with deletions, many without, a single segment."""

    seed: int
    articles: list[Article]
    naive: Snapshot
    written: Snapshot
    parted: Snapshot
    whole: Snapshot

    def trees(self, count: int, depth: int = 5) -> Iterator[tuple[int, Any]]:
        """Trees, each with the seed that makes it anew."""
        trees = Trees(self.articles)
        for n in range(count):
            seed = self.seed * 100_000 + n
            yield seed, trees.seeded(seed).tree(n % (depth + 1))


def sides(seed: int, folder: Path, count: int, commits: int) -> Sides:
    rng = random.Random(seed)
    batches = history(rng, count, commits)
    articles = survivors(batches)
    step = len(articles) // commits + 1
    parts = [articles[n : n + step] for n in range(0, len(articles), step)]
    found = []
    for name, kind, changes in (
        ("naive", ReferenceEngine, batches),
        ("written", EmbeddedEngine, batches),
        ("parted", EmbeddedEngine, parts),
        ("whole", EmbeddedEngine, [articles]),
    ):
        engine = kind.create(folder / f"{name}-{seed}")
        write(engine, changes)
        found.append(engine.snapshot())
    return Sides(seed, articles, *found)


def ranking(
    snapshot: Snapshot, tree: Any, limit: int | None = None, offset: int = 0, sort: Sort = Sort.RELEVANCE
) -> tuple[int, list[tuple[str, float]]]:
    """The total, and each hit's id and score."""
    found = snapshot.search(tree, limit=limit, offset=offset, sort=sort)
    assert len(found.docs) == len(found.scores)
    return found.total, [(snapshot.id(doc), score) for doc, score in zip(found.docs, found.scores, strict=True)]


def close(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other))


PAGES = ((1, 0), (5, 3), (7, 11), (10, 1), (0, 0), (None, 4), (3, 1000))
SORTS = (Sort.NEWEST, Sort.OLDEST)


def differences(tree: Any, these: Sides, turn: int) -> list[str]:
    """What the embedded engine answers otherwise than the oracle does; nothing where they agree.

    `turn` chooses which further page and which sort by date are compared.
    """
    expected_total, expected = ranking(these.naive, tree)
    total, found = ranking(these.written, tree)
    scores = dict(expected)
    if total != expected_total or len(found) != total or scores.keys() != dict(found).keys():
        missing, extra = scores.keys() - dict(found).keys(), dict(found).keys() - scores.keys()
        return [f"{total} hits ({len(found)} listed), not {expected_total}: without {missing}, with {extra}"]
    problems = []
    if wrong := [(id, score, scores[id]) for id, score in found if not close(score, scores[id])]:
        problems.append(f"other scores: {wrong[:5]} (id, here, expected)")
    # Neighbours may change places only where their scores are all but equal; equal here means document order.
    if swapped := [(n, id) for n, (id, _) in enumerate(found) if not close(scores[id], expected[n][1])]:
        problems.append(f"other order: {swapped[:5]} (place, id)")
    order = [(-score, these.written.find(id)) for id, score in found]
    if order != sorted(order):
        problems.append("ties are not in document order, or scores rise")
    for limit, offset in ((10, 0), PAGES[turn % len(PAGES)]):
        stop = total if limit is None else offset + limit
        if ranking(these.written, tree, limit, offset) != (total, found[offset:stop]):
            problems.append(f"limit {limit}, offset {offset}: another page than the whole answer has there")
    sort = SORTS[turn % 2]
    dated = ranking(these.naive, tree, sort=sort)
    if ranking(these.written, tree, sort=sort) != dated:
        problems.append(f"{sort.value}: another order")
    if ranking(these.written, tree, 4, 2, sort) != (total, dated[1][2:6]):
        problems.append(f"{sort.value}: another page than the whole answer has there")
    # However the articles lie in segments, and whatever was deleted beside them: the same, to the last bit.
    for name, other in (("one segment", these.whole), ("many commits", these.parted)):
        if ranking(other, tree) != (total, found):
            problems.append(f"{name}: {ranking(other, tree)}, not {(total, found)}")
    if ranking(these.whole, tree, 10) != (total, found[:10]) or ranking(these.parted, tree, sort=sort) != dated:
        problems.append("another page or order by date where the articles lie in other segments")
    return problems


def prove(these: Sides, count: int, depth: int = 5) -> int:
    """Compare everything for so many trees; how many of them had hits."""
    answered = 0
    for turn, (seed, tree) in enumerate(these.trees(count, depth)):
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
        answered += len(these.whole.search(tree, limit=1).docs)
    return answered


@pytest.mark.parametrize("seed", range(1, 9))
def test_random_trees_over_random_corpora(seed: int, tmp_path: Path) -> None:
    these = sides(seed, tmp_path, count=10 * seed, commits=1 + seed % 5)
    assert [these.naive.id(doc) for doc in range(len(these.naive))] == [each.id for each in these.articles]
    answered = prove(these, 32)
    assert answered >= 13  # trees that match nothing prove little


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_random_trees_where_the_upper_bits_of_documents_turn(seed: int, tmp_path: Path, few_lower_bits: None) -> None:
    these = sides(seed, tmp_path, count=60, commits=2)
    assert isinstance(these.whole, EmbeddedSnapshot)
    assert len(these.whole.parts[0].segment.arrays["text_turns"]) > 100
    assert prove(these, 32) >= 13
    assert list(EmbeddedEngine.open(these.whole.folder).verify()) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(101, 105 if REDUCED else 125))
def test_many_random_trees_over_random_corpora(seed: int, tmp_path: Path) -> None:
    these = sides(seed, tmp_path, count=20 + 3 * (seed % 40), commits=1 + seed % 9)
    count = 60 if REDUCED else 200
    assert prove(these, count) > count // 3


@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_of_many_hits(seed: int, tmp_path: Path) -> None:
    """Pages of long answers, which an engine need not sort as a whole, beside the whole answers."""
    prove_pages(seed, tmp_path, 3000, 16)


@pytest.mark.long
@pytest.mark.parametrize("seed", [3] if REDUCED else range(3, 6))
def test_the_best_of_very_many_hits(seed: int, tmp_path: Path) -> None:
    prove_pages(seed, tmp_path, 8000 if REDUCED else 20_000, 30 if REDUCED else 100)


def prove_pages(seed: int, folder: Path, count: int, queries: int) -> None:
    articles = short_articles(random.Random(seed), count)
    gone = [each.id for each in articles[:: seed + 4]]
    kept = [each for n, each in enumerate(articles) if n % (seed + 4)]
    found = []
    for name, changes in (
        ("whole", [kept]),
        ("parted", [kept[: count // 3], kept[count // 3 : count // 2], kept[count // 2 :]]),
        ("written", [articles[: count // 2], articles[count // 2 :], gone]),
    ):
        engine = EmbeddedEngine.create(folder / name)
        write(engine, changes)
        found.append(engine.snapshot())
    trees = Trees(articles)
    greatest = 0
    for n in range(queries):
        tree = trees.seeded(seed * 100_000 + n).tree(n % 4)
        expected = ranking(found[0], tree)
        greatest = max(greatest, expected[0])
        for name, snapshot in zip(("whole", "parted", "written"), found, strict=True):
            about = f"corpus {seed}, tree {seed * 100_000 + n} of {name}: {show(tree)}"
            assert ranking(snapshot, tree) == expected, about
            for limit, offset in ((1, 0), (10, 0), (10, 25), (100, 0)):
                page = expected[1][offset : offset + limit]
                assert ranking(snapshot, tree, limit, offset) == (expected[0], page), f"{about}: {limit} from {offset}"
    assert greatest > count // 4


def test_common_and_rare_words_together(tmp_path: Path) -> None:
    """Words in almost every article beside words in few, in every pair of nodes."""
    articles = short_articles(random.Random(5), 400)
    snapshots = []
    for kind in (ReferenceEngine, EmbeddedEngine):
        engine = kind.create(tmp_path / kind.__name__)
        write(engine, [articles[:300], articles[300:]])
        snapshots.append(engine.snapshot())
    naive, embedded = snapshots
    common = q.Term("text.folded", "w1")
    some = q.DateRange("date", dt.datetime(2023, 5, 3), dt.datetime(2023, 9, 9))

    def count_of(tree: Any) -> int:
        return naive.search(tree, limit=0, sort=Sort.OLDEST).total

    found = [q.Term("text.folded", f"w{n}") for n in range(20, 60)]
    # Fewer than one in twenty, some of them beside the common word and some without it.
    rare = next(
        leaf
        for leaf in found
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
            q.And([one, some]),
            q.And([q.Not(one), some]),
            q.Or([one, some]),
            q.Require(one, q.And([other, some])),
        ):
            total, expected = ranking(naive, tree)
            assert (total, {id: pytest.approx(score, rel=NEAR) for id, score in expected}) == (
                embedded.search(tree).total,
                dict(ranking(embedded, tree)[1]),
            ), show(tree)
