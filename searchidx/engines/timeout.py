"""A limit on the time that is worked for one who asks.

A thread cannot be ended from outside, so work that may take long looks at times whether its time is up. Where nobody
set a limit that is a look at a variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from searchidx.engines.contract import Query, too_slow

__all__ = ["check", "within"]

_limit: ContextVar[tuple[float, float] | None] = ContextVar("limit", default=None)
"""When the time is up, and how many seconds there were."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is worked in the block, in this thread, ends with the `QueryError` of `too_slow` where it takes longer."""
    before = _limit.set((monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _limit.reset(before)


def check(node: Query = None) -> None:
    """Raise where the time is up; `node` is what was just worked on."""
    limit = _limit.get()
    if limit is not None and monotonic() > limit[0]:
        raise too_slow(limit[1], node)
