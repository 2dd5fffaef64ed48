"""The merge policy: choose the segments that a commit merges, to keep segments few and rewrite little."""

from __future__ import annotations

from collections.abc import Sequence

MIN_SIZE_RATIO = 8
"""A segment is left alone while it has at least this many times the documents of all newer ones that are merged."""
MAX_UNMERGED_SEGMENTS = 2
"""Maximum number of segments in an index whose newest segments a commit leaves as they were built."""
SPLIT_MERGE_DOCS = 300_000
"""From this many documents on, a merge makes two segments, each in a process of its own."""
MAX_DELETED_SHARE = 1 / 3
"""A segment is rewritten when a larger share of its documents is deleted."""


def plan_merges(sizes: Sequence[tuple[int, int]], first_new: int) -> list[tuple[int, int]]:
    """Choose what to merge: ranges (first, stop) of adjacent segments, the last range first.

    `sizes` are (live documents, documents) of each segment, oldest first; this commit wrote those from `first_new` on.
    The new segments become one, or two, together with each older one that is not much larger than all newer ones. So
    sizes fall by `MIN_SIZE_RATIO` from one segment to the next, except for the two that one commit leaves side by side.
    There are at most about log(articles) segments, and an article is rewritten at most that many times.
    """
    first, total = first_new, sum(live for live, _ in sizes[first_new:])
    while first and sizes[first - 1][0] < MIN_SIZE_RATIO * total:
        first -= 1
        total += sizes[first][0]
    if first == first_new and len(sizes) <= MAX_UNMERGED_SEGMENTS:
        first = len(sizes)
    ranges = _split_in_half(sizes, first) if total >= SPLIT_MERGE_DOCS else [(first, len(sizes))]
    merges = [(start, stop) for start, stop in ranges if stop - start > 1]
    unmerged = [*range(first), *(start for start, stop in ranges if stop - start == 1)]
    merges += [(n, n + 1) for n in unmerged if sizes[n][1] - sizes[n][0] > MAX_DELETED_SHARE * sizes[n][1]]
    return sorted(merges, reverse=True)


def _split_in_half(sizes: Sequence[tuple[int, int]], first: int) -> list[tuple[int, int]]:
    """The segments from `first` on as two ranges with about the same number of documents."""
    before = [sum(live for live, _ in sizes[first:cut]) for cut in range(first, len(sizes))]
    total = before[-1] + sizes[-1][0] if before else 0
    cut = min(range(first, len(sizes)), key=lambda n: abs(2 * before[n - first] - total), default=first)
    return [(first, cut), (cut, len(sizes))]
