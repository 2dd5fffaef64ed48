"""A request-scoped cache of what queries match.

A page asks a snapshot several questions about one query: hits, facets, a timeline. Within `query_cache` the query is
evaluated once. Outside it nothing is kept, and `cached` costs one look at a context variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from whoosh import query as q

Result = TypeVar("Result")

_cache: ContextVar[dict[tuple[int, str], tuple[object, object]] | None] = ContextVar("cache", default=None)
"""By the id of the owner and the query: the owner, so that its id is not reused, and the result."""


@contextmanager
def query_cache() -> Iterator[None]:
    """Keep the results of `cached` within this block and this thread."""
    token = _cache.set({})
    try:
        yield
    finally:
        _cache.reset(token)


def cached(owner: object, query: q.Query, compute: Callable[[q.Query], Result]) -> Result:
    """Return `compute(query)`, or the result of an equal query of the same owner in this block."""
    cache = _cache.get()
    if cache is None:
        return compute(query)
    key = id(owner), repr(query)
    if key not in cache:
        cache[key] = owner, compute(query)
    return cast(Result, cache[key][1])
