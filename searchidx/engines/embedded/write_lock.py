"""The writer's lock: held by an open file, so the system releases it when its holder dies."""

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

__all__ = ["Lock"]

_PAUSE = 0.02


class Lock:
    """An exclusive lock on an index folder.

    Raises `IndexLockedError` where another writer, of this process or any other, still holds it after `wait` seconds.
    """

    def __init__(self, folder: Path, wait: float) -> None:
        self._handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        until = time.monotonic() + wait
        while not self._try():
            if time.monotonic() >= until:
                os.close(self._handle)
                raise IndexLockedError(
                    folder, f"another process is writing to the index in {folder}: try again when it has finished"
                )
            time.sleep(_PAUSE)

    def _try(self) -> bool:
        try:
            if sys.platform == "win32":
                msvcrt.locking(self._handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def release(self) -> None:
        """Let others write."""
        os.close(self._handle)
