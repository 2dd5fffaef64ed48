"""Runs handlers in threads, and limits how many run, how many wait, and for how long.

A thread cannot be ended from outside, so the engine checks the timeout as it works.
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

Result = TypeVar("Result")


class RequestExecutor:
    """Admits requests to worker threads, within the limits of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._slots = anyio.CapacityLimiter(settings.max_running)
        self._threads = anyio.CapacityLimiter(math.inf)  # `_slots` bounds them
        self._max_requests = settings.max_running + settings.max_waiting
        self._max_streams = settings.max_streams
        self._timeout = settings.timeout
        self._requests = self._streams = 0

    async def run(self, function: Callable[[], Result]) -> Result:
        """Call a function in a thread; raises the problem `busy` if too many requests wait, or this one too long."""
        if self._requests >= self._max_requests:
            raise _busy("too many requests are waiting")
        self._requests += 1
        try:
            return await self.resume(function, self._timeout)
        finally:
            self._requests -= 1

    async def resume(self, function: Callable[[], Result], max_wait: float = math.inf) -> Result:
        """Call a function of a request that was admitted before; `max_wait` is in seconds."""

        def run_with_timeout() -> Result:
            with timeout.limit(self._timeout):
                return function()

        slot = object()
        try:
            self._slots.acquire_on_behalf_of_nowait(slot)
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(max_wait):
                    await self._slots.acquire_on_behalf_of(slot)
            except TimeoutError:
                raise _busy(f"this request waited for {max_wait:g} seconds") from None
        try:
            return await anyio.to_thread.run_sync(run_with_timeout, limiter=self._threads)
        finally:
            self._slots.release_on_behalf_of(slot)

    @contextmanager
    def stream_slot(self) -> Iterator[None]:
        """Count a streaming response within the block; raises the problem `busy` if there are too many."""
        if self._streams >= self._max_streams:
            raise _busy("too many long answers are being sent")
        self._streams += 1
        try:
            yield
        finally:
            self._streams -= 1


def _busy(reason: str) -> Problem:
    return Problem(503, "busy", f"{reason}: try again", {"Retry-After": "1"})
