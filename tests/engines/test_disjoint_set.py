"""Union-find, compared with connected components found by a plain search."""

from __future__ import annotations

import random

import pytest

from searchidx.engines.disjoint_set import DisjointSet


def components(size: int, pairs: list[tuple[int, int]]) -> list[list[int]]:
    remaining, found = set(range(size)), []
    while remaining:
        component, added = set(), {min(remaining)}
        while added:
            component |= added
            added = {b for pair in pairs for a, b in (pair, pair[::-1]) if a in component} - component
        remaining -= component
        found.append(sorted(component))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_connected_components(seed: int) -> None:
    rng = random.Random(seed)
    size = rng.randint(1, 30)
    pairs = [(rng.randrange(size), rng.randrange(size)) for _ in range(rng.randint(0, 30))]
    groups = DisjointSet(size)
    for one, other in pairs:
        groups.union(one, other)
    expected = components(size, pairs)
    assert [groups.find(item) for item in range(size)] == [
        next(group[0] for group in expected if item in group) for item in range(size)
    ]
    labels = range(100, 100 + size)
    assert groups.groups(labels) == [[100 + item for item in group] for group in expected if len(group) > 1]
