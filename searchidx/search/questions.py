"""What every question to an archive is given: a budget of work, and a report of damage that shows late.

A snapshot reports damage that it meets. A damaged value that looks valid there, such as a day beyond the calendar, may
fail later: where a period is named, or where an occurrence is looked up in its article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from searchidx.engines import budget
from searchidx.engines.contract import Snapshot
from searchidx.errors import ArgumentError

_DAMAGE_SIGNS = (ArithmeticError, AssertionError, IndexError, MemoryError, RecursionError, ValueError)
"""Exceptions that a damaged value can cause. A bug can as well; then they are raised unchanged."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@contextmanager
def report_damage(snapshot: Snapshot) -> Iterator[None]:
    """Raise `CorruptIndexError` in place of an unexpected exception of this block, if the index is damaged."""
    try:
        yield
    except ArgumentError:
        raise
    except _DAMAGE_SIGNS as error:
        snapshot.raise_if_damaged(error)
        raise


def question(
    method: Callable[Concatenate[Any, Parameters], Result],
) -> Callable[Concatenate[Any, Parameters], Result]:
    """Decorate a method of an archive. If it returns an iterator, each item is a question of its own."""

    @wraps(method)
    def ask(self: Any, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        snapshot: Snapshot = self._snapshot
        token = budget.begin(len(snapshot))
        try:  # as `report_damage` does, without the cost of a context manager
            result = method(self, *args, **kwargs)
        except ArgumentError:
            raise
        except _DAMAGE_SIGNS as error:
            snapshot.raise_if_damaged(error)
            raise
        finally:
            if token is not None:
                budget.end(token)
        return _iterate(snapshot, result) if isinstance(result, Iterator) else result  # type: ignore[return-value]

    return ask


def _iterate(snapshot: Snapshot, items: Iterator[Any]) -> Iterator[Any]:
    while True:
        token = budget.begin(len(snapshot))
        try:
            with report_damage(snapshot):
                item = next(items)
        except StopIteration:
            return
        finally:
            if token is not None:
                budget.end(token)
        yield item
