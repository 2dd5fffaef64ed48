"""The merge policy: which segments a commit merges, so that there are few of them and little is written twice."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["plan"]

RATIO = 8
"""A segment stays beside newer ones while it is so many times as large as all of them that a commit merges."""
MOST_NEW = 2
"""So many segments, all in all, may a commit leave as they were built."""
LARGE = 300_000
"""So many documents are merged into two segments rather than one, each by a process of its own."""
MOST_DEAD = 1 / 3
"""A segment is written anew when more of it than this is deleted."""


def plan(sizes: Sequence[tuple[int, int]], new: int) -> list[tuple[int, int]]:
    """What to merge: ranges (first, stop) of adjacent segments, last places first.

    `sizes` are (live documents, documents) of each segment, oldest first; those from `new` on are this commit's. They
    become one segment, or two, together with each older one that is not much larger than all newer ones of them. So
    the sizes fall by `RATIO` from each to the next, but for what one commit left side by side; there are at most about
    log(articles) of them, and an article is written again as often.
    """
    first, total = new, sum(live for live, _ in sizes[new:])
    while first and sizes[first - 1][0] < RATIO * total:
        first -= 1
        total += sizes[first][0]
    if first == new and len(sizes) <= MOST_NEW:
        first = len(sizes)
    merged = _halves(sizes, first) if total >= LARGE else [(first, len(sizes))]
    found = [(start, stop) for start, stop in merged if stop - start > 1]
    kept = [*range(first), *(start for start, stop in merged if stop - start == 1)]
    found += [(n, n + 1) for n in kept if sizes[n][1] - sizes[n][0] > MOST_DEAD * sizes[n][1]]
    return sorted(found, reverse=True)


def _halves(sizes: Sequence[tuple[int, int]], first: int) -> list[tuple[int, int]]:
    """The segments from `first` on as two ranges that hold about as many documents each."""
    before = [sum(live for live, _ in sizes[first:cut]) for cut in range(first, len(sizes))]
    total = before[-1] + sizes[-1][0] if before else 0
    cut = min(range(first, len(sizes)), key=lambda n: abs(2 * before[n - first] - total), default=first)
    return [(first, cut), (cut, len(sizes))]
