"""A time limit for the work of one request.

Python cannot stop a thread from outside, so long work calls `check` regularly. Without a limit, `check` reads one
context variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from whoosh import query as q

from searchidx.engines.query_limits import timed_out

_deadline: ContextVar[tuple[float, float] | None] = ContextVar("deadline", default=None)
"""The monotonic time at which work ends, and the limit in seconds."""


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Limit the work of this block, in this thread; `check` then raises the `QueryError` of `timed_out`."""
    token = _deadline.set((monotonic() + seconds, seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def is_limited() -> bool:
    """Whether this thread works within a limit."""
    return _deadline.get() is not None


def check(node: q.Query | None = None) -> None:
    """Raise if the time limit has passed; `node` is the query node evaluated last."""
    deadline = _deadline.get()
    if deadline is not None and monotonic() > deadline[0]:
        raise timed_out(deadline[1], node)
