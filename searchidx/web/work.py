"""The threads that answer: so many at once, so many requests waiting for one, so long for each.

A thread cannot be ended from outside, so a limit of time is a deadline that the engine looks at as it works.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread

from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

__all__ = ["Work"]

Result = TypeVar("Result")


class Work:
    """What is being worked on."""

    def __init__(self, settings: Settings) -> None:
        self._threads = anyio.CapacityLimiter(settings.at_once)
        self._most = settings.at_once + settings.waiting
        self._here = 0

    async def do(self, function: Callable[..., Result], *values: object) -> Result:
        """What a function gives, called in a thread; the problem `busy` where too many wait for one already."""
        if self._here >= self._most:
            raise Problem(503, "busy", "too many requests are waiting: try again", {"Retry-After": "1"})
        self._here += 1
        try:
            return await anyio.to_thread.run_sync(partial(function, *values), limiter=self._threads)
        finally:
            self._here -= 1
