"""A lock on an open file, which the system releases when the process ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RETRY_INTERVAL = 0.02
"""Seconds between two attempts."""


class FileLock:
    """An exclusive lock on a file, which is created if it is missing.

    Raises `TimeoutError` if another holder, in any process, still has it after `wait` seconds.
    """

    def __init__(self, path: Path, wait: float) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        deadline = time.monotonic() + wait
        while not self._try_lock():
            if time.monotonic() >= deadline:
                os.close(self._handle)
                raise TimeoutError
            time.sleep(RETRY_INTERVAL)

    def _try_lock(self) -> bool:
        try:
            if sys.platform == "win32":
                msvcrt.locking(self._handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Let others have the lock."""
        os.close(self._handle)
