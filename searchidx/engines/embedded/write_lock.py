"""The lock of the writer, on an open file: the system releases it when the process ends."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from searchidx.errors import IndexLockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

RETRY_INTERVAL = 0.02
"""Seconds between two attempts."""


class WriteLock:
    """An exclusive lock on an index folder.

    Raises `IndexLockedError` if another writer, in any process, still holds it after `wait` seconds.
    """

    def __init__(self, folder: Path, wait: float) -> None:
        self._handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        deadline = time.monotonic() + wait
        while not self._try_lock():
            if time.monotonic() >= deadline:
                os.close(self._handle)
                raise IndexLockedError(
                    folder, f"another writer has the index in {folder} open: try again when it is done"
                )
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
        """Let other writers in."""
        os.close(self._handle)
