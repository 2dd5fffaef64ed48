"""The merge policy keeps segments few and rewrites little."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx.engines.embedded.merge_policy import (
    MAX_DELETED_SHARE,
    MAX_UNMERGED_SEGMENTS,
    MIN_SIZE_RATIO,
    SPLIT_MERGE_DOCS,
    plan_merges,
)

Sizes = list[tuple[int, int]]


@st.composite
def sizes(draw: st.DrawFn) -> Sizes:
    """Live documents and documents of some segments."""
    found = []
    for _ in range(draw(st.integers(0, 12))):
        whole = draw(st.one_of(st.integers(1, 20), st.integers(1, 10**7)))
        found.append((draw(st.integers(1, whole)), whole))
    return found


def sizes_after(found: Sizes, new: int) -> Sizes:
    """The sizes of the segments after a commit."""
    found = list(found)
    for first, stop in plan_merges(found, new):
        live = sum(each for each, _ in found[first:stop])
        found[first:stop] = [(live, live)]
    return found


@given(sizes(), st.integers(0, 12))
def test_plan_has_disjoint_ranges_last_first(found: Sizes, new: int) -> None:
    """Every range merges several segments, or rewrites one with many deletions."""
    stop_before = len(found)
    for first, stop in plan_merges(found, min(new, len(found))):
        assert 0 <= first < stop <= stop_before
        stop_before = first
        live, whole = (sum(each[n] for each in found[first:stop]) for n in (0, 1))
        assert stop - first > 1 or whole - live > MAX_DELETED_SHARE * whole


@given(sizes(), st.integers(0, 12))
def test_no_merge_is_due_right_after_merging(found: Sizes, new: int) -> None:
    left = sizes_after(found, min(new, len(found)))
    assert sum(live for live, _ in left) == sum(live for live, _ in found)
    assert all(whole - live <= MAX_DELETED_SHARE * whole for live, whole in left)
    assert plan_merges(left, len(left)) == []


@given(sizes(), st.integers(0, 12))
def test_commit_adds_at_most_two_segments(found: Sizes, new: int) -> None:
    """Segments from earlier commits are much larger, or merged too."""
    new = min(new, len(found))
    merged = [first for first, stop in plan_merges(found, new) if stop - first > 1]
    if not merged:
        assert len(found) - new <= 1 or len(found) <= MAX_UNMERGED_SEGMENTS
        return
    left = sizes_after(found, new)
    added = sum(live for live, _ in found[merged[-1] :])
    assert added >= SPLIT_MERGE_DOCS or len(merged) == 1
    assert len(left) <= merged[-1] + 2
    assert merged[-1] <= new + (added >= SPLIT_MERGE_DOCS)
    if merged[-1] > 0 and added < SPLIT_MERGE_DOCS:
        assert found[merged[-1] - 1][0] >= MIN_SIZE_RATIO * added


@pytest.mark.parametrize("last", [1, 100, 12_000])
def test_large_batch_becomes_two_segments(last: int) -> None:
    full = (12_000, 12_000)
    assert plan_merges([full] * 7 + [(last, last)], 0) == [(0, 8)]
    assert sizes_after([full] * 170 + [(last, last)], 0) == [(85 * 12_000,) * 2, (85 * 12_000 + last,) * 2]
    assert sizes_after([(10**8, 10**8), *[full] * 170, (last, last)], 1)[0] == (10**8, 10**8)
    assert plan_merges([full, (last, last)], 0) == []


def test_small_commit_leaves_two_large_segments_alone() -> None:
    halves = [(500_000, 500_000), (500_000, 500_000)]
    assert sizes_after([*halves, (100, 100)], 2) == [*halves, (100, 100)]
    assert sizes_after([*halves, (100, 100), (100, 100)], 3) == [*halves, (200, 200)]
    assert sizes_after([*halves, (100_000, 100_000)], 2) == [(500_000, 500_000), (600_000, 600_000)]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=200))
def test_segments_stay_few_and_writes_logarithmic(commits: list[int]) -> None:
    found: Sizes = []
    written = 0
    for added in commits:
        new = len(found)
        found = [*found, (added, added)]
        for first, stop in plan_merges(found, new):
            written += sum(live for live, _ in found[first:stop])
        found = sizes_after(found, new)
        total = sum(live for live, _ in found)
        assert len(found) <= 2 + np.log(total) / np.log(MIN_SIZE_RATIO)
    assert written <= sum(commits) * (3 + MIN_SIZE_RATIO * np.log2(sum(commits)))


def test_nothing_to_merge_gives_an_empty_plan() -> None:
    assert plan_merges([], 0) == []
    assert plan_merges([(5, 5)], 0) == []
    assert plan_merges([(5, 5)], 1) == []
