"""A budget of work for one question to an archive, so that no query takes minutes or gigabytes.

Work is counted in one place, in units of 10 to 15 nanoseconds, whatever the speed of the machine: so a query is refused
everywhere or nowhere. Engines `spend` before a step whose cost depends on the query, such as sorting the occurrences of
a word. Questions within a question share its budget; outside of any, `spend` only looks at the time limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token

from whoosh import query as q

from searchidx.engines import timeout
from searchidx.engines.query_limits import too_much_work

MAX_WORK = 60_000_000
"""Units of one question to a small archive: less than a second."""
WORK_PER_ARTICLE = 1_400
"""Units for each article, where that is more: a larger archive may take longer."""
_HINT_SHARE = 6
"""The hints about a query may take this part of the work of a question; those that do not fit are left out."""
NODE_COST = 2_000
"""Units of evaluating one node of a query, whatever it finds."""


class Budget:
    """Units of work that are left."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


def begin(articles: int) -> Token[Budget | None] | None:
    """Begin a question to an archive with so many articles, unless a question around it has begun; see `end`."""
    return None if _budget.get() is not None else _budget.set(Budget(_work_for(articles)))


def end(token: Token[Budget | None]) -> None:
    """End the question that `begin` began."""
    _budget.reset(token)


def for_hints(articles: int) -> Budget:
    """The budget of the hints about one query."""
    return Budget(_work_for(articles) // _HINT_SHARE)


def _work_for(articles: int) -> int:
    work = articles * WORK_PER_ARTICLE
    return work if work > MAX_WORK else MAX_WORK  # faster than `max`


@contextmanager
def within(budget: Budget) -> Iterator[None]:
    """Spend from this budget alone in this block."""
    token = _budget.set(budget)
    try:
        yield
    finally:
        _budget.reset(token)


def spend(units: int, node: q.Query | None = None) -> None:
    """Count work that is about to be done for a node; raises the `QueryError` of `too_much_work` above the budget."""
    budget = _budget.get()
    if budget is not None:
        budget.left -= units
        if budget.left < 0:
            raise too_much_work(node)
    timeout.check(node)
