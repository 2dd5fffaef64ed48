"""The threads that answer: so many at once, so many requests waiting for one, and so long for each to wait and to work.

A thread cannot be ended from outside, so the limit of time is one that the engine looks at as it works.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread

from searchidx.engines import timeout
from searchidx.web.problems import Problem
from searchidx.web.settings import Settings

__all__ = ["Work"]

Result = TypeVar("Result")


class Work:
    """What is being worked on."""

    def __init__(self, settings: Settings) -> None:
        self._turns = anyio.CapacityLimiter(settings.at_once)
        self._threads = anyio.CapacityLimiter(math.inf)  # as many as there are turns
        self._most = settings.at_once + settings.waiting
        self._most_streams = settings.streams
        self._seconds = settings.seconds
        self._here = self._streams = 0

    async def do(self, function: Callable[[], Result]) -> Result:
        """What a function gives, called in a thread; the problem `busy` where too many wait, or it waits too long."""
        if self._here >= self._most:
            raise _busy("too many requests are waiting")
        self._here += 1
        try:
            return await self.go_on(function, self._seconds)
        finally:
            self._here -= 1

    async def go_on(self, function: Callable[[], Result], patience: float = math.inf) -> Result:
        """The same for what has begun already, and has so many seconds to wait for its turn."""

        def limited() -> Result:
            with timeout.limit(self._seconds):
                return function()

        turn = object()
        try:
            self._turns.acquire_on_behalf_of_nowait(turn)
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(patience):
                    await self._turns.acquire_on_behalf_of(turn)
            except TimeoutError:
                raise _busy(f"this request waited for {patience:g} seconds") from None
        try:
            return await anyio.to_thread.run_sync(limited, limiter=self._threads)
        finally:
            self._turns.release_on_behalf_of(turn)

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """An answer is being sent within the block; the problem `busy` where there are too many such already."""
        if self._streams >= self._most_streams:
            raise _busy("too many long answers are being sent")
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1


def _busy(reason: str) -> Problem:
    return Problem(503, "busy", f"{reason}: try again", {"Retry-After": "1"})
