"""What a query finds, kept for whoever asks for it again in the same breath.

A page counts the answer that it lists by many things, and each of these is a question of its own to a snapshot. Within
a block what a query finds is found once. Outside of one nothing is kept, and that costs a look at a variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

__all__ = ["once", "query_cache"]

Found = TypeVar("Found")

_kept: ContextVar[dict[tuple[int, str], tuple[object, Any]] | None] = ContextVar("kept", default=None)
"""By who was asked, and the query: who was asked (so that no other takes its place in memory), what was found."""


@contextmanager
def query_cache() -> Iterator[None]:
    """Within the block, and in this thread, what a query finds is kept."""
    before = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(before)


def once(asked: object, query: Any, find: Callable[[Any], Found]) -> Found:
    """What a query finds; what was found for an equal one, where that is kept."""
    kept = _kept.get()
    if kept is None:
        return find(query)
    key = id(asked), repr(query)
    if key not in kept:
        kept[key] = asked, find(query)
    found: Found = kept[key][1]
    return found
