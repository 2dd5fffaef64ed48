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

    `sizes` are (live documents, documents) of each segment, oldest first. Newest segments are merged with older ones
    as long as those are not much larger; so the sizes fall by `RATIO` from each to the next, there are at most about
    log(articles) of them, and an article is written again as often.
    """
    first = len(sizes) - 1
    total = sizes[first][0] if sizes else 0
    while first > 0 and sizes[first - 1][0] < RATIO * total:
        first -= 1
        total += sizes[first][0]
    found = []
    if first < len(sizes) - 1:
        found.append((first, len(sizes)))
    else:
        first = len(sizes)
    found += [(n, n + 1) for n in reversed(range(first)) if sizes[n][1] - sizes[n][0] > MOST_DEAD * sizes[n][1]]
    return found
