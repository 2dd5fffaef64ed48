"""A merged segment equals one built of the same articles."""

from __future__ import annotations

import os
import random
from io import BytesIO
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import query as q

from searchidx import Article
from searchidx.engines.embedded import EmbeddedEngine, doc_store, minhash, postings_merge, segment_writer
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_buffer import SegmentBuffer, SegmentBufferBuilder
from searchidx.engines.embedded.segment_merge import merge
from searchidx.engines.embedded.segment_writer import write_segment
from searchidx.engines.testing.random_articles import (
    commit_batches,
    live_articles,
    random_article,
    random_commits,
    random_short_articles,
)
from searchidx.worker_pool import read_message, write_message

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
STORED = {"blocks", "block_ends", "block_docs", "block_dictionaries", "dictionaries", "dictionary_ends"}
"""Arrays with the same articles, compressed in other blocks."""


def arrays(segment: Segment) -> dict[str, Any]:
    return {name: values for name, values in segment.file.arrays.items() if name not in STORED}


def build_segment(path: Path, *batches: list[Article]) -> Segment:
    """A segment of some batches; each segment buffer goes through a pipe."""

    def send(buffer: SegmentBuffer) -> SegmentBuffer:
        pipe = BytesIO()
        write_message(pipe, buffer.to_message())
        pipe.seek(0)
        message = read_message(pipe)
        assert message is not None
        return SegmentBuffer.from_message(message)

    builder, encoded = SegmentBufferBuilder(), list(map(DocumentBatch.encode, batches))
    texts = [send(builder.build_text(batch)) for batch in encoded]
    return Segment(path.parent, write_segment(texts, (send(builder.build_fields(batch)) for batch in encoded), path))


def check_merge(folder: Path, rng: random.Random, batches: list[list[Article]], deleted: float) -> None:
    """Build a segment of each batch, delete some articles, and compare the merged segment with a built one."""
    inputs: list[tuple[Segment, Any]] = []
    kept: list[Article] = []
    for n, batch in enumerate(batches):
        live = np.array([rng.random() >= deleted for _ in batch], np.bool_)
        segment = build_segment(folder / f"segment-{n:06d}.seg", batch)
        inputs.append((segment, None if live.all() else live))
        kept += [each for each, alive in zip(batch, live, strict=True) if alive]
    merged_about = merge(inputs, folder / "segment-000100.seg")
    merged = Segment(folder, merged_about)
    built = build_segment(folder / "segment-000101.seg", kept)
    built_about = built.entry
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
    # A merge streams positions, so it cannot know the smallest type for them.
    wider = {name for name, values in expected.items() if found[name].dtype != values.dtype}
    assert wider <= {"text_positions", "meta_positions"}
    assert all(found[name].dtype.itemsize > expected[name].dtype.itemsize for name in wider)


def batches_of(rng: random.Random, sizes: list[int]) -> list[list[Article]]:
    return [[random_article(rng, f"{n} {m}") for m in range(size)] for n, size in enumerate(sizes)]


@pytest.mark.parametrize("deleted", [0, 0.1, 0.7])
@pytest.mark.parametrize("sizes", [[30, 8, 1], [1, 1, 1, 1], [5, 40], [50]], ids=str)
def test_merged_segment_equals_built_segment(tmp_path: Path, sizes: list[int], deleted: float) -> None:
    rng = random.Random(f"{sizes} {deleted}")
    batches = batches_of(rng, sizes)
    # At least one document is live: an empty segment is never requested.
    check_merge(tmp_path, rng, [*batches, [random_article(rng, "last")]] if deleted else batches, deleted)


@pytest.mark.parametrize("piece", [64, 128, 1024])
def test_merge_does_not_depend_on_the_piece_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr(postings_merge, "PIECE", piece)
    rng = random.Random(piece)
    check_merge(tmp_path, rng, batches_of(rng, [12, 5, 9]), 0.2)


@pytest.mark.parametrize("bits", [64, 30])
@pytest.mark.parametrize("piece", [1, 7, 300])
def test_postings_do_not_depend_on_the_piece_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int, bits: int
) -> None:
    """The postings do not depend on the size of a piece, nor on the integers that are sorted."""
    batches = batches_of(random.Random(piece), [30, 1, 12])
    expected = build_segment(tmp_path / "segment-000001.seg", *batches)
    monkeypatch.setattr(segment_writer, "_PIECE", piece)
    monkeypatch.setattr(minhash, "_PIECE", piece)
    monkeypatch.setattr(segment_writer, "_KEY_BITS", bits)
    found = build_segment(tmp_path / "segment-000002.seg", *batches)
    assert {name: (values.dtype, values.tolist()) for name, values in arrays(found).items()} == {
        name: (values.dtype, values.tolist()) for name, values in arrays(expected).items()
    }


@pytest.mark.parametrize("piece", [64, 1024])
def test_merge_is_right_where_the_high_bits_of_documents_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_lower_bits: None, piece: int
) -> None:
    monkeypatch.setattr(postings_merge, "PIECE", piece)
    rng = random.Random(piece)
    check_merge(tmp_path, rng, batches_of(rng, [40, 3, 60, 12]), 0.3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6) if REDUCED else range(60))
def test_random_merged_segment_equals_built_segment(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    sizes = [rng.choice((1, 2, 10, 60, 200)) for _ in range(rng.randint(1, 6))]
    check_merge(tmp_path, rng, batches_of(rng, sizes), rng.choice((0, 0.05, 0.3, 0.5)))


def test_merge_omits_a_segment_that_is_wholly_deleted(tmp_path: Path) -> None:
    rng = random.Random(1)
    batches = batches_of(rng, [6, 4, 6])
    segments = [build_segment(tmp_path / f"segment-{n:06d}.seg", each) for n, each in enumerate(batches)]
    inputs = [(segments[0], None), (segments[1], np.zeros(4, np.bool_)), (segments[2], None)]
    merged = Segment(tmp_path, merge(inputs, tmp_path / "segment-000100.seg"))
    built = build_segment(tmp_path / "segment-000101.seg", batches[0] + batches[2])
    expected = arrays(built)
    assert {name: values.tolist() for name, values in arrays(merged).items()} == {
        name: values.tolist() for name, values in expected.items()
    }


@pytest.mark.parametrize("sizes", [[1], [30, 8, 1], [5, 0, 40]])
def test_several_buffers_give_the_segment_of_one(tmp_path: Path, sizes: list[int]) -> None:
    batches = batches_of(random.Random(5), sizes)
    found = build_segment(tmp_path / "segment-000001.seg", *batches)
    expected = build_segment(tmp_path / "segment-000002.seg", [each for batch in batches for each in batch])
    assert {name: (values.dtype, values.tolist()) for name, values in arrays(found).items()} == {
        name: (values.dtype, values.tolist()) for name, values in arrays(expected).items()
    }
    assert [found.article(doc) for doc in range(found.count)] == [each for batch in batches for each in batch]


def test_merged_blocks_keep_their_dictionaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Merge buffers with and without dictionaries, delete some articles, and merge again."""
    monkeypatch.setattr(doc_store, "MIN_TRAINING_DOCS", 60)
    monkeypatch.setattr(doc_store, "DICTIONARY_SIZE", 1024)
    rng = random.Random(6)
    batches = batches_of(rng, [150, 3, 100, 70])
    kept = [each for batch in batches for each in batch]
    segments = [
        build_segment(tmp_path / "segment-000001.seg", *batches[:2]),
        build_segment(tmp_path / "segment-000002.seg", []),
    ]
    segments += [build_segment(tmp_path / "segment-000003.seg", *batches[2:])]
    merged = Segment(tmp_path, merge([(each, None) for each in segments], tmp_path / "segment-000004.seg"))
    assert len(merged.arrays["dictionary_ends"]) == 4  # none, and three
    assert [merged.article(doc) for doc in range(merged.count)] == kept
    live = np.array([rng.random() < 0.95 for _ in kept], np.bool_)
    again = Segment(tmp_path, merge([(merged, live)], tmp_path / "segment-000005.seg"))
    assert [again.article(doc) for doc in range(again.count)] == list(compress(kept, live))
    assert {0, 1} < set(again.arrays["block_dictionaries"].tolist())
    assert len(again.arrays["dictionary_ends"]) <= 4


# -- in an index -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("commits", [60, pytest.param(300, marks=pytest.mark.long)])
def test_many_small_commits_leave_few_segments(tmp_path: Path, commits: int) -> None:
    articles = random_short_articles(random.Random(2), commits)
    index = EmbeddedEngine.create(tmp_path)
    most = 0
    for each in articles:
        commit_batches(index, [[each]])
        most = max(most, len(read_manifest(tmp_path).segments))
    assert most <= 6
    snapshot = index.snapshot()
    assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == articles
    assert list(index.verify()) == []


@pytest.mark.parametrize("change", ["add", "delete"])
def test_optimize_keeps_changes_of_its_commit(tmp_path: Path, change: str) -> None:
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, [[Article(f"a{n}", "Headline") for n in range(20)], [Article("b", "Headline")]])
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
        batches += random_commits(rng, count, 1)
    commit_batches(index, batches)
    assert len(read_manifest(tmp_path).segments) > 1
    with index.writer() as writer:
        writer.delete("a90")
        writer.optimize()
    (about,) = read_manifest(tmp_path).segments
    expected = [each for each in live_articles(batches) if each.id != "a90"]
    assert about["deleted"] is None
    assert about["articles"] == len(expected)
    snapshot = index.snapshot()
    assert [snapshot.article(doc) for doc in range(len(snapshot))] == expected
    assert list(index.verify()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "manifest.copy.json", "lock", about["file"]}


def test_second_optimize_changes_nothing(tmp_path: Path) -> None:
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, random_commits(random.Random(5), 40, 3))
    for _ in range(2):
        with index.writer() as writer:
            writer.optimize()
        before = index.snapshot().fingerprint
    with index.writer() as writer:
        writer.optimize()
    assert index.snapshot().fingerprint == before
