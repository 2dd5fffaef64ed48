"""Merging gives what building would have given, and the policy keeps segments few."""

from __future__ import annotations

import os
import random
from io import BytesIO
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpora import article, history, short_articles, survivors, write
from hypothesis import given
from hypothesis import strategies as st
from whoosh import query as q

from searchidx import Article
from searchidx.engines.embedded import EmbeddedEngine, doc_store, minhash, postings_merge, segment_writer
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.merge_policy import (
    MAX_DELETED_SHARE,
    MAX_UNMERGED_SEGMENTS,
    MIN_SIZE_RATIO,
    SPLIT_MERGE_DOCS,
    plan_merges,
)
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_buffer import SegmentBuffer, SegmentBufferBuilder
from searchidx.engines.embedded.segment_merge import merge
from searchidx.engines.embedded.segment_writer import write_segment
from searchidx.worker_pool import read_message, write_message

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
STORED = {"blocks", "block_ends", "block_docs", "block_dictionaries", "dictionaries", "dictionary_ends"}
"""Arrays that hold the same articles, packed otherwise."""


def arrays(segment: Segment) -> dict[str, Any]:
    return {name: values for name, values in segment.file.arrays.items() if name not in STORED}


def built_of(path: Path, *batches: list[Article]) -> Segment:
    """A segment of some batches, each of which came as a segment buffer through a pipe."""

    def send(buffer: SegmentBuffer) -> SegmentBuffer:
        pipe = BytesIO()
        write_message(pipe, buffer.to_message())
        pipe.seek(0)
        message = read_message(pipe)
        assert message is not None
        return SegmentBuffer.from_message(message)

    builder, encoded = SegmentBufferBuilder(), list(map(DocumentBatch.of, batches))
    texts = [send(builder.build_text(batch)) for batch in encoded]
    return Segment(path.parent, write_segment(texts, (send(builder.build_fields(batch)) for batch in encoded), path))


def prove_merge(folder: Path, rng: random.Random, batches: list[list[Article]], deleted: float) -> None:
    """Build a segment of each batch, delete some of its articles, merge them all."""
    inputs: list[tuple[Segment, Any]] = []
    kept: list[Article] = []
    for n, batch in enumerate(batches):
        live = np.array([rng.random() >= deleted for _ in batch], np.bool_)
        segment = built_of(folder / f"segment-{n:06d}.seg", batch)
        inputs.append((segment, None if live.all() else live))
        kept += [each for each, alive in zip(batch, live, strict=True) if alive]
    merged_about = merge(inputs, folder / "segment-000100.seg")
    merged = Segment(folder, merged_about)
    built = built_of(folder / "segment-000101.seg", kept)
    built_about = built.about
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
    assert wider <= {"text_positions", "meta_positions"}
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
    monkeypatch.setattr(postings_merge, "PIECE", piece)
    rng = random.Random(piece)
    prove_merge(tmp_path, rng, batches_of(rng, [12, 5, 9]), 0.2)


@pytest.mark.parametrize("bits", [64, 30])
@pytest.mark.parametrize("piece", [1, 7, 300])
def test_built_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, bits: int) -> None:
    """The same postings, however many positions are looked at at a time, and in whichever numbers they are sorted."""
    batches = batches_of(random.Random(piece), [30, 1, 12])
    expected = built_of(tmp_path / "segment-000001.seg", *batches)
    monkeypatch.setattr(segment_writer, "_PIECE", piece)
    monkeypatch.setattr(minhash, "_PIECE", piece)
    monkeypatch.setattr(segment_writer, "_KEY_BITS", bits)
    found = built_of(tmp_path / "segment-000002.seg", *batches)
    assert {name: (values.dtype, values.tolist()) for name, values in arrays(found).items()} == {
        name: (values.dtype, values.tolist()) for name, values in arrays(expected).items()
    }


@pytest.mark.parametrize("piece", [64, 1024])
def test_merged_where_the_upper_bits_of_documents_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_lower_bits: None, piece: int
) -> None:
    monkeypatch.setattr(postings_merge, "PIECE", piece)
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
    segments = [built_of(tmp_path / f"segment-{n:06d}.seg", each) for n, each in enumerate(batches)]
    inputs = [(segments[0], None), (segments[1], np.zeros(4, np.bool_)), (segments[2], None)]
    merged = Segment(tmp_path, merge(inputs, tmp_path / "segment-000100.seg"))
    built = built_of(tmp_path / "segment-000101.seg", batches[0] + batches[2])
    expected = arrays(built)
    assert {name: values.tolist() for name, values in arrays(merged).items()} == {
        name: values.tolist() for name, values in expected.items()
    }


@pytest.mark.parametrize("sizes", [[1], [30, 8, 1], [5, 0, 40]])
def test_parts_give_what_one_gives(tmp_path: Path, sizes: list[int]) -> None:
    batches = batches_of(random.Random(5), sizes)
    found = built_of(tmp_path / "segment-000001.seg", *batches)
    expected = built_of(tmp_path / "segment-000002.seg", [each for batch in batches for each in batch])
    assert {name: (values.dtype, values.tolist()) for name, values in arrays(found).items()} == {
        name: (values.dtype, values.tolist()) for name, values in arrays(expected).items()
    }
    assert [found.article(doc) for doc in range(found.count)] == [each for batch in batches for each in batch]


def test_stored_with_dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that have one and such that do not, merged, some of their articles deleted, and merged again."""
    monkeypatch.setattr(doc_store, "MIN_TRAINING_DOCS", 60)
    monkeypatch.setattr(doc_store, "DICTIONARY_SIZE", 1024)
    rng = random.Random(6)
    batches = batches_of(rng, [150, 3, 100, 70])
    kept = [each for batch in batches for each in batch]
    segments = [built_of(tmp_path / "segment-000001.seg", *batches[:2]), built_of(tmp_path / "segment-000002.seg", [])]
    segments += [built_of(tmp_path / "segment-000003.seg", *batches[2:])]
    merged = Segment(tmp_path, merge([(each, None) for each in segments], tmp_path / "segment-000004.seg"))
    assert len(merged.arrays["dictionary_ends"]) == 4  # none, and three
    assert [merged.article(doc) for doc in range(merged.count)] == kept
    live = np.array([rng.random() < 0.95 for _ in kept], np.bool_)
    again = Segment(tmp_path, merge([(merged, live)], tmp_path / "segment-000005.seg"))
    assert [again.article(doc) for doc in range(again.count)] == list(compress(kept, live))
    assert {0, 1} < set(again.arrays["block_dictionaries"].tolist())
    assert len(again.arrays["dictionary_ends"]) <= 4


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


def after(found: Sizes, new: int) -> Sizes:
    """The segments that a commit of these leaves."""
    found = list(found)
    for first, stop in plan_merges(found, new):
        live = sum(each for each, _ in found[first:stop])
        found[first:stop] = [(live, live)]
    return found


@given(sizes(), st.integers(0, 12))
def test_a_plan_is_of_ranges_that_can_be_carried_out(found: Sizes, new: int) -> None:
    """Last places first, so that numbers stay true; nothing twice; nothing for nothing."""
    stop_before = len(found)
    for first, stop in plan_merges(found, min(new, len(found))):
        assert 0 <= first < stop <= stop_before
        stop_before = first
        live, whole = (sum(each[n] for each in found[first:stop]) for n in (0, 1))
        assert stop - first > 1 or whole - live > MAX_DELETED_SHARE * whole


@given(sizes(), st.integers(0, 12))
def test_after_a_plan_there_is_nothing_to_do(found: Sizes, new: int) -> None:
    left = after(found, min(new, len(found)))
    assert sum(live for live, _ in left) == sum(live for live, _ in found)
    assert all(whole - live <= MAX_DELETED_SHARE * whole for live, whole in left)
    assert plan_merges(left, len(left)) == []


@given(sizes(), st.integers(0, 12))
def test_what_a_commit_adds_is_a_few_segments(found: Sizes, new: int) -> None:
    """And what was there before is much larger, or merged with it."""
    new = min(new, len(found))
    merged = [first for first, stop in plan_merges(found, new) if stop - first > 1]
    if not merged:
        assert len(found) - new <= 1 or len(found) <= MAX_UNMERGED_SEGMENTS
        return
    left = after(found, new)
    added = sum(live for live, _ in found[merged[-1] :])
    assert added >= SPLIT_MERGE_DOCS or len(merged) == 1
    assert len(left) <= merged[-1] + 2
    assert merged[-1] <= new + (added >= SPLIT_MERGE_DOCS)
    if merged[-1] > 0 and added < SPLIT_MERGE_DOCS:
        assert found[merged[-1] - 1][0] >= MIN_SIZE_RATIO * added


@pytest.mark.parametrize("last", [1, 100, 12_000])
def test_a_large_batch_is_two_segments_whatever_is_left_for_its_last(last: int) -> None:
    full = (12_000, 12_000)
    assert plan_merges([full] * 7 + [(last, last)], 0) == [(0, 8)]
    assert after([full] * 170 + [(last, last)], 0) == [(85 * 12_000,) * 2, (85 * 12_000 + last,) * 2]
    assert after([(10**8, 10**8), *[full] * 170, (last, last)], 1)[0] == (10**8, 10**8)
    assert plan_merges([full, (last, last)], 0) == []


def test_a_few_articles_leave_two_large_segments_alone() -> None:
    halves = [(500_000, 500_000), (500_000, 500_000)]
    assert after([*halves, (100, 100)], 2) == [*halves, (100, 100)]
    assert after([*halves, (100, 100), (100, 100)], 3) == [*halves, (200, 200)]
    assert after([*halves, (100_000, 100_000)], 2) == [(500_000, 500_000), (600_000, 600_000)]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=200))
def test_few_segments_after_many_commits(commits: list[int]) -> None:
    found: Sizes = []
    written = 0
    for added in commits:
        new = len(found)
        found = [*found, (added, added)]
        for first, stop in plan_merges(found, new):
            written += sum(live for live, _ in found[first:stop])
        found = after(found, new)
        total = sum(live for live, _ in found)
        assert len(found) <= 2 + np.log(total) / np.log(MIN_SIZE_RATIO)
    assert written <= sum(commits) * (3 + MIN_SIZE_RATIO * np.log2(sum(commits)))


def test_nothing_is_planned_for_nothing() -> None:
    assert plan_merges([], 0) == []
    assert plan_merges([(5, 5)], 0) == []
    assert plan_merges([(5, 5)], 1) == []


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
    assert list(index.verify()) == []


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
    assert list(index.verify()) == []
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
