"""The lock of the writer, on an open file: the system releases it when the process ends."""

from __future__ import annotations

from pathlib import Path

from searchidx.errors import IndexLockedError
from searchidx.file_lock import FileLock


class WriteLock(FileLock):
    """An exclusive lock on an index folder.

    Raises `IndexLockedError` if another writer, in any process, still holds it after `wait` seconds.
    """

    def __init__(self, folder: Path, wait: float) -> None:
        try:
            super().__init__(folder / "lock", wait)
        except TimeoutError:
            raise IndexLockedError(
                folder, f"another writer has the index in {folder} open: try again when it is done"
            ) from None
