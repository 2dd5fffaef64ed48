"""The archive as of the last commit, whichever process made it.

Each request asks whether there is a newer commit, which is one call to the system; so nothing is done while nobody
asks, and nobody waits for a commit to be seen. A request keeps the archive it was given: what is new is another one.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from searchidx.archive import Archive
from searchidx.archive import open as open_archive
from searchidx.errors import SearchidxError

__all__ = ["Live"]

_log = logging.getLogger(__name__)


class Live:
    """The archive in a folder, as of its last commit each time it is asked for."""

    def __init__(self, index: Path) -> None:
        self._archive = open_archive(index)
        self._opening = threading.Lock()
        self._trouble = ""

    def archive(self) -> Archive:
        """The archive as of the last commit; while that is being opened for another request, the one before it."""
        if self._opening.acquire(blocking=False):
            try:
                self._archive = self._archive.latest()
                self._trouble = ""
            except SearchidxError as error:  # what was opened goes on answering
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    _log.warning("the last commit cannot be opened, the one before it is shown: %s", error)
            finally:
                self._opening.release()
        return self._archive
