"""Near-duplicates: the embedded engine's signatures and the default collector, compared with every pair."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from searchidx import Article
from searchidx.engines.collectors import group_near_duplicates, shingles
from searchidx.engines.contract import Snapshot
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.minhash import BINS, bin_offsets
from searchidx.engines.embedded.near_duplicates import _band_width
from searchidx.engines.reference.match import Document
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.comparison import duplicate_ids
from searchidx.engines.testing.random_articles import commit_batches, random_reprints


class DefaultDuplicates(ReferenceEngine):
    """The reference engine with the default collector instead of a comparison of every pair."""

    def snapshot(self) -> Snapshot:  # type: ignore[override]
        snapshot = super().snapshot()
        snapshot.near_duplicates = lambda docs, threshold: group_near_duplicates(  # type: ignore[method-assign]
            zip(docs, snapshot.documents(docs), strict=True), threshold
        )
        return snapshot


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.8, 0.9, 1.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_groups_are_those_of_comparing_every_pair(tmp_path: Path, seed: int, threshold: float) -> None:
    articles = random_reprints(random.Random(seed), 60)
    groups = []
    for engine in (ReferenceEngine(), DefaultDuplicates(), EmbeddedEngine.create(tmp_path / "index")):
        commit_batches(engine, [articles[:50], [*articles[50:], "a3", "a7"]])
        groups.append(duplicate_ids(engine.snapshot(), threshold))
    assert groups[1] == groups[0]
    assert groups[2] == groups[0]
    assert len(groups[0]) > 10


def test_a_thousand_copies_are_one_group(tmp_path: Path) -> None:
    engine = EmbeddedEngine.create(tmp_path / "index")
    text = " ".join(f"w{n}" for n in range(200))
    articles = [Article(f"a{n}", f"Headline {n}", text if n % 2 else f"{text} {n}") for n in range(1000)]
    commit_batches(engine, [articles])
    assert engine.snapshot().near_duplicates(range(1000), 0.8) == [list(range(1000))]


def test_equal_bins_estimate_the_jaccard_index(tmp_path: Path) -> None:
    """The error of the estimate is that of 64 draws."""
    rng = random.Random(7)
    pairs = []
    for n in range(200):
        common = [f"w{rng.randrange(9999)}" for _ in range(rng.randint(20, 300))]
        other = [w if rng.random() > n / 400 else f"v{rng.randrange(9999)}" for w in common]
        pairs += [Article(f"a{n}", "", " ".join(common)), Article(f"b{n}", "", " ".join(other))]
    engine = EmbeddedEngine.create(tmp_path / "index")
    commit_batches(engine, [pairs])
    rows = engine.snapshot().views[0].segment.arrays["signatures"].reshape(-1, BINS)
    errors = []
    for n in range(0, 400, 2):
        one, other = shingles(Document(pairs[n])), shingles(Document(pairs[n + 1]))
        true = len(one & other) / len(one | other)
        errors.append(float((rows[n] == rows[n + 1]).mean()) - (true + (1 - true) / 256))
    assert abs(sum(errors) / len(errors)) < 0.01
    assert max(map(abs, errors)) < 0.25
    assert sum(error**2 for error in errors) / len(errors) < 0.06**2


def test_each_bin_has_its_own_probe_order() -> None:
    assert all(sorted(row) == list(range(1, BINS)) for row in bin_offsets().tolist())
    assert Counter(map(tuple, bin_offsets().tolist())).most_common(1)[0][1] == 1
    assert bin_offsets()[0, :4].tolist() == [51, 34, 32, 31]  # part of the index format: it must not change


@pytest.mark.parametrize(("threshold", "rows"), [(1.0, 8), (0.95, 8), (0.9, 6), (0.8, 4), (0.7, 3), (0.5, 2)])
def test_rows_of_a_band_fit_the_threshold(threshold: float, rows: int) -> None:
    assert _band_width(threshold) == rows
