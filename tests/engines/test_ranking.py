"""Weighted frequencies of several postings lists, and the top k, compared with plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from searchidx.engines.embedded.inverted_index import WIDE, InvertedIndex
from searchidx.engines.embedded.ranking import PackedWeights, ZoneWeights, top_k

WEIGHTS = {"text": (4.0, 1.0), "headline": (4.0, 0.0), "body": (0.0, 1.0), "halves": (2.5, 1.0)}


def inverted(source: np.random.Generator, size: int) -> InvertedIndex:
    """A list of `size` postings, one in twenty of them wide."""
    counts = source.integers(0, WIDE, size).astype(np.uint8)
    wide = np.sort(source.choice(size, size // 20, replace=False)).astype(np.uint32)
    counts[wide] = WIDE
    arrays: dict[str, Any] = {
        "docs": np.arange(size, dtype=np.uint16),
        "turns": np.zeros(0, np.uint8),
        "upper": np.zeros(0, np.uint8),
        "counts": counts,
        "positions": np.zeros(0, np.uint8),
        "wide": wide,
        "wide_headline": source.integers(0, 9, len(wide)).astype(np.uint8),
        "wide_body": source.integers(32, 900, len(wide)).astype(np.uint16),
        "posting_ends": np.array([size], np.uint16),
        "occurrence_ends": np.zeros(1, np.uint8),
    }
    none = np.zeros(0, np.uint8)
    return InvertedIndex({f"text_{name}": array for name, array in arrays.items()}, "text", none, none)


def weighed(list: InvertedIndex, headline: float, body: float) -> list[float]:
    """The weighted frequency of each posting, one by one."""
    found = [(int(count) >> 5) * headline + (int(count) & 31) * body for count in list.counts]
    for n, posting in enumerate(list.wide.tolist()):
        found[posting] = int(list.wide_headline[n]) * headline + int(list.wide_body[n]) * body
    return found


@pytest.mark.parametrize("field", WEIGHTS)
@pytest.mark.parametrize("sizes", [(40,), (40, 300), (6_000,), (3_000, 7_000, 20)])
def test_weights_of_joined_lists_are_those_of_each_posting(field: str, sizes: tuple[int, ...]) -> None:
    source = np.random.default_rng(20230201)
    lists = [inverted(source, size) for size in sizes]
    expected = np.array([w for each in lists for w in weighed(each, *WEIGHTS[field])], np.float32)
    counts = PackedWeights.concatenate([ZoneWeights(each, *WEIGHTS[field]).postings(0)[1] for each in lists])
    assert counts.values().tolist() == expected.tolist()
    at = np.sort(source.choice(len(expected), len(expected) // 3, replace=False))
    assert counts.values(at).tolist() == expected[at].tolist()


def test_weights_of_chosen_postings_equal_a_plain_loop() -> None:
    source = np.random.default_rng(20230202)
    lists = [inverted(source, size) for size in (200, 90)]
    some = [np.sort(source.choice(len(each), 30, replace=False)) for each in lists]
    counts = [ZoneWeights(each, *WEIGHTS["headline"]).postings(0)[1] for each in lists]
    expected = [
        weighed(each, *WEIGHTS["headline"])[n] for each, places in zip(lists, some, strict=True) for n in places
    ]
    chosen = [each.take(places) for each, places in zip(counts, some, strict=True)]
    assert PackedWeights.concatenate(chosen).values().tolist() == expected
    whole = PackedWeights.concatenate([counts[0], chosen[1]])
    assert whole.values(np.array([0, 199, 200, 229])).tolist() == [
        *(weighed(lists[0], 4.0, 0.0)[n] for n in (0, 199)), expected[30], expected[59],
    ]  # fmt: skip


@pytest.mark.parametrize("size", [0, 1, 9, 299, 301, 4_999, 5_001, 30_000])
@pytest.mark.parametrize("distinct", [1, 3, 50, 1_000_000])
@pytest.mark.parametrize("count", [1, 10, 400])
def test_top_k_agrees_with_a_full_sort(size: int, distinct: int, count: int) -> None:
    source = np.random.default_rng(size + distinct)
    scores = source.integers(1, distinct + 1, size).astype(np.float32)
    expected = sorted(range(size), key=lambda n: (-scores[n], n))[:count]
    places, values = top_k(scores, count)
    assert (places.tolist(), values.tolist()) == (expected, scores[expected].tolist())
    docs = source.permutation(size)
    expected = sorted(range(size), key=lambda n: (-scores[n], docs[n]))[:count]
    places, values = top_k(scores, count, docs)
    assert (places.tolist(), values.tolist()) == (expected, scores[expected].tolist())
