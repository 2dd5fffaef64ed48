"""The merge policy: which segments a commit merges, so that there are few of them and little is written twice."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["plan"]

RATIO = 8
"""A segment stays beside newer ones while it is so many times as large as all of them together."""
MOST_DEAD = 1 / 3
"""A segment is written anew when more of it than this is deleted."""


def plan(sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What to merge: at most one range (first, stop) of adjacent segments for each place, last places first.

    `sizes` are (live documents, documents) of each segment, oldest first. A segment that is not much larger than all
    newer ones together is merged with them; so the sizes fall by `RATIO` from each to the next, there are at most about
    log(articles) of them, and an article is written again as often.
    """
    first = len(sizes)
    total = 0
    for n in reversed(range(len(sizes))):
        if n < len(sizes) - 1 and sizes[n][0] < RATIO * total:
            first = n  # whatever lies between: many a batch ends with a small segment
        total += sizes[n][0]
    found = [(first, len(sizes))] if first < len(sizes) else []
    found += [(n, n + 1) for n in reversed(range(first)) if sizes[n][1] - sizes[n][0] > MOST_DEAD * sizes[n][1]]
    return found
