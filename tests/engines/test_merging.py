"""Merging gives what building would have given, and the policy keeps segments few."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import article, history, short_articles, survivors, write
from hypothesis import given
from hypothesis import strategies as st
from whoosh import query as q

from searchidx import Article
from searchidx.engines.embedded import EmbeddedEngine, merging
from searchidx.engines.embedded.building import Builder
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.merging import merge
from searchidx.engines.embedded.policy import MOST_DEAD, RATIO, plan
from searchidx.engines.embedded.segment import Segment

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
STORED = {"blocks", "block_ends", "block_docs"}
"""Arrays that hold the same articles, packed otherwise."""


def arrays(segment: Segment) -> dict[str, Any]:
    return {name: values for name, values in segment.file.arrays.items() if name not in STORED}


def prove_merge(folder: Path, rng: random.Random, batches: list[list[Article]], deleted: float) -> None:
    """Build a segment of each batch, delete some of its articles, merge them all."""
    inputs: list[tuple[Segment, Any]] = []
    kept: list[Article] = []
    for n, batch in enumerate(batches):
        live = np.array([rng.random() >= deleted for _ in batch], np.bool_)
        segment = Segment(folder, Builder().build(batch, folder / f"segment-{n:06d}.seg"))
        inputs.append((segment, None if live.all() else live))
        kept += [each for each, alive in zip(batch, live, strict=True) if alive]
    merged_about = merge(inputs, folder / "segment-000100.seg")
    merged = Segment(folder, merged_about)
    built_about = Builder().build(kept, folder / "segment-000101.seg")
    built = Segment(folder, built_about)
    assert list(merged.file.verify()) == []
    differing = {"file", "bytes", "crc32"}
    assert {k: v for k, v in merged_about.items() if k not in differing} == {
        k: v for k, v in built_about.items() if k not in differing
    }
    found, expected = arrays(merged), arrays(built)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name].tolist() == values.tolist(), name
    assert [merged.article(doc) for doc in range(merged.count)] == kept
    # The smallest type that holds the numbers is chosen; a merge may not know it beforehand.
    wider = {name for name, values in expected.items() if found[name].dtype != values.dtype}
    assert wider <= {"text_positions", "meta_positions", "stream_forms"}
    assert all(found[name].dtype.itemsize > expected[name].dtype.itemsize for name in wider)


def batches_of(rng: random.Random, sizes: list[int]) -> list[list[Article]]:
    return [[article(rng, f"{n} {m}") for m in range(size)] for n, size in enumerate(sizes)]


@pytest.mark.parametrize("deleted", [0, 0.1, 0.7])
@pytest.mark.parametrize("sizes", [[30, 8, 1], [1, 1, 1, 1], [5, 40], [50]], ids=str)
def test_merged_as_built(tmp_path: Path, sizes: list[int], deleted: float) -> None:
    rng = random.Random(f"{sizes} {deleted}")
    batches = batches_of(rng, sizes)
    # Something lives: a segment of nothing is never asked for.
    prove_merge(tmp_path, rng, [*batches, [article(rng, "last") for _ in range(1)]] if deleted else batches, deleted)


@pytest.mark.parametrize("piece", [64, 128, 1024])
def test_merged_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(merging, "PIECE", piece)
    rng = random.Random(piece)
    prove_merge(tmp_path, rng, batches_of(rng, [12, 5, 9]), 0.2)


@pytest.mark.parametrize("piece", [64, 1024])
def test_merged_where_the_upper_bits_of_documents_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_lower_bits: None, piece: int
) -> None:
    monkeypatch.setattr(merging, "PIECE", piece)
    rng = random.Random(piece)
    prove_merge(tmp_path, rng, batches_of(rng, [40, 3, 60, 12]), 0.3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6) if REDUCED else range(60))
def test_merged_as_built_at_random(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.choice((1, 2, 10, 60, 200)) for _ in range(rng.randint(1, 6))]
    prove_merge(tmp_path, rng, batches_of(rng, sizes), rng.choice((0, 0.05, 0.3, 0.5)))


def test_merged_where_a_whole_segment_is_deleted(tmp_path: Path) -> None:
    rng = random.Random(1)
    batches = batches_of(rng, [6, 4, 6])
    segments = [Segment(tmp_path, Builder().build(each, tmp_path / f"segment-{n:06d}.seg")) for n, each in
                enumerate(batches)]  # fmt: skip
    inputs = [(segments[0], None), (segments[1], np.zeros(4, np.bool_)), (segments[2], None)]
    merged = Segment(tmp_path, merge(inputs, tmp_path / "segment-000100.seg"))
    built = Segment(tmp_path, Builder().build(batches[0] + batches[2], tmp_path / "segment-000101.seg"))
    expected = arrays(built)
    assert {name: values.tolist() for name, values in arrays(merged).items()} == {
        name: values.tolist() for name, values in expected.items()
    }


# -- the policy --------------------------------------------------------------------------------------------------------

Sizes = list[tuple[int, int]]


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    """Live documents and documents of some segments."""
    found = []
    for _ in range(draw(st.integers(0, 12))):
        whole = draw(st.one_of(st.integers(1, 20), st.integers(1, 10**7)))
        found.append((draw(st.integers(1, whole)), whole))
    return found


def after(found: Sizes) -> Sizes:
    """The segments that a commit of these leaves."""
    found = list(found)
    for first, stop in plan(found):
        live = sum(each for each, _ in found[first:stop])
        found[first:stop] = [(live, live)]
    return found


@given(sizes())
def test_a_plan_is_of_ranges_that_can_be_carried_out(found: Sizes) -> None:
    """Last places first, so that numbers stay true; nothing twice; nothing for nothing."""
    ranges = plan(found)
    stop_before = len(found)
    for first, stop in ranges:
        assert 0 <= first < stop <= stop_before
        stop_before = first
        live, whole = (sum(each[n] for each in found[first:stop]) for n in (0, 1))
        assert stop - first > 1 or whole - live > MOST_DEAD * whole


@given(sizes())
def test_after_a_plan_sizes_fall(found: Sizes) -> None:
    left = after(found)
    assert sum(live for live, _ in left) == sum(live for live, _ in found)
    for n, (live, whole) in enumerate(left):
        assert whole - live <= MOST_DEAD * whole
        assert n + 1 == len(left) or live >= RATIO * sum(newer for newer, _ in left[n + 1 :])
    assert plan(left) == []


@pytest.mark.parametrize("last", [1, 100, 6000])
def test_a_large_batch_is_one_segment_whatever_is_left_for_its_last(last: int) -> None:
    assert plan([(6000, 6000)] * 170 + [(last, last)]) == [(0, 171)]
    assert plan([(10**7, 10**7)] + [(6000, 6000)] * 170 + [(last, last)]) == [(1, 172)]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=200))
def test_few_segments_after_many_commits(commits: list[int]) -> None:
    found: Sizes = []
    written = 0
    for added in commits:
        found = [*found, (added, added)]
        for first, stop in plan(found):
            written += sum(live for live, _ in found[first:stop])
        found = after(found)
        total = sum(live for live, _ in found)
        assert len(found) <= 2 + np.log(total) / np.log(RATIO)
    assert written <= sum(commits) * (3 + RATIO * np.log2(sum(commits)))


def test_nothing_is_planned_for_nothing() -> None:
    assert plan([]) == []
    assert plan([(5, 5)]) == []


# -- in an index -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("commits", [60, pytest.param(300, marks=pytest.mark.long)])
def test_many_small_commits(tmp_path: Path, commits: int) -> None:
    articles = short_articles(random.Random(2), commits)
    index = EmbeddedEngine.create(tmp_path)
    most = 0
    for each in articles:
        write(index, [[each]])
        most = max(most, len(read_manifest(tmp_path).segments))
    assert most <= 6
    snapshot = index.snapshot()
    assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == articles
    assert list(index.check()) == []


@pytest.mark.parametrize("change", ["add", "delete"])
def test_optimize_keeps_the_batch(tmp_path: Path, change: str) -> None:
    index = EmbeddedEngine.create(tmp_path)
    write(index, [[Article(f"a{n}", "Headline") for n in range(20)], [Article("b", "Headline")]])
    with index.writer() as writer:
        if change == "add":
            writer.add(Article("c", "Headline"))
        else:
            writer.delete("a3")
        writer.optimize()
    assert len(index.snapshot()) == (22 if change == "add" else 20)


def test_optimize_leaves_one_segment_without_deletions(tmp_path: Path) -> None:
    rng = random.Random(5)
    index = EmbeddedEngine.create(tmp_path)
    batches: list[list[Any]] = []
    for count in (120, 20, 4):
        batches += history(rng, count, 1)
    write(index, batches)
    assert len(read_manifest(tmp_path).segments) > 1
    with index.writer() as writer:
        writer.delete("a90")
        writer.optimize()
    (about,) = read_manifest(tmp_path).segments
    expected = [each for each in survivors(batches) if each.id != "a90"]
    assert about["deleted"] is None
    assert about["articles"] == len(expected)
    snapshot = index.snapshot()
    assert [snapshot.article(doc) for doc in range(len(snapshot))] == expected
    assert list(index.check()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "lock", about["file"]}


def test_optimize_twice_changes_nothing(tmp_path: Path) -> None:
    index = EmbeddedEngine.create(tmp_path)
    write(index, history(random.Random(5), 40, 3))
    for _ in range(2):
        with index.writer() as writer:
            writer.optimize()
        before = index.snapshot().fingerprint
    with index.writer() as writer:
        writer.optimize()
    assert index.snapshot().fingerprint == before
