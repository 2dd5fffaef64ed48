"""Nodes of a query tree that Whoosh has no class for: proximity, counts, and phrases of more than plain words.

They are `whoosh.query.Query` objects beside Whoosh's own, and stand in a tree where a word could: each of them looks at
one field of the text and matches at *occurrences*, from a first word to a last one. What those are is written down, as
plainly as it can be, in `searchidx.engines.reference.match`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import query as q

__all__ = ["NODES", "Adjacent", "AtLeast", "Near", "NotNear", "Proximity", "boost_of", "operands"]


class _Node(q.Query):  # type: ignore[misc]
    """What the nodes share: parts, and equality by what they are made of."""

    boost: float

    def _key(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Node) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, repr(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._key()))})"

    __str__ = __repr__

    def is_leaf(self) -> bool:
        """False: it has parts."""
        return False

    def children(self) -> Iterator[Any]:
        """Its operands."""
        return iter(operands(self))

    def normalize(self) -> Any:
        """Itself: there is nothing to simplify."""
        return self


class Adjacent(_Node):
    """Words side by side, in order: a phrase some of whose words are patterns."""

    def __init__(self, words: tuple[Any, ...], boost: float = 1.0) -> None:
        self.words = words
        self.boost = boost

    def _key(self) -> tuple[Any, ...]:
        return (self.words, self.boost)


class Proximity(_Node):
    """Two operands near each other in one zone.

    Attributes:
        a, b: the operands.
        within: how many words one may stand from the other at most (1 is side by side); "s", "p": in one sentence, in
            one paragraph.
        ordered: whether `b` has to follow `a`.
    """

    def __init__(self, a: Any, b: Any, within: int | str, ordered: bool = False, boost: float = 1.0) -> None:
        self.a = a
        self.b = b
        self.within = within
        self.ordered = ordered
        self.boost = boost

    def _key(self) -> tuple[Any, ...]:
        return (self.a, self.b, self.within, self.ordered, self.boost)


class Near(Proximity):
    """Both operands, near each other; an occurrence spans from the first word of the two to the last."""


class NotNear(Proximity):
    """The occurrences of `a` that have no `b` near."""


class AtLeast(_Node):
    """The occurrences of a node, in articles that have so many of them at least."""

    def __init__(self, node: Any, count: int, boost: float = 1.0) -> None:
        self.node = node
        self.count = count
        self.boost = boost

    def _key(self) -> tuple[Any, ...]:
        return (self.node, self.count, self.boost)


NODES = (Adjacent, Near, NotNear, AtLeast)


def operands(node: Any) -> tuple[Any, ...]:
    """The parts of such a node, and of a group of words."""
    if isinstance(node, Proximity):
        return node.a, node.b
    if isinstance(node, AtLeast):
        return (node.node,)
    if isinstance(node, Adjacent):
        return node.words
    return tuple(node.subqueries) if isinstance(node, q.Or) else ()


def boost_of(query: Any) -> float:
    """The weight of a leaf: every weight written within a node is one of the whole node."""
    boost = float(query.boost)
    for part in operands(query):
        boost *= boost_of(part)
    return boost
