"""Union-find over the numbers 0 to n - 1, for groups of similar articles."""

from __future__ import annotations

from collections.abc import Iterable


class DisjointSet:
    """Groups of numbers; the representative of a group is its smallest number.

    Source: path halving, Tarjan and van Leeuwen, Worst-case Analysis of Set Union Algorithms (1984).
    """

    __slots__ = ("_parents",)

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def find(self, item: int) -> int:
        """The representative of an item's group."""
        parents = self._parents
        while parents[item] != item:
            parents[item] = item = parents[parents[item]]
        return item

    def union(self, one: int, other: int) -> None:
        """Merge the groups of two items."""
        one, other = self.find(one), self.find(other)
        if one < other:
            self._parents[other] = one
        else:
            self._parents[one] = other

    def groups(self, labels: Iterable[int]) -> list[list[int]]:
        """The groups of two or more, by the labels of the items in order."""
        members: dict[int, list[int]] = {}
        for item, label in enumerate(labels):
            members.setdefault(self.find(item), []).append(label)
        return [group for group in members.values() if len(group) > 1]
