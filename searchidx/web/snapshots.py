"""The archive as of the last commit, whichever process made it.

Each request asks whether there is a newer commit, which is one call to the system, or one request to a cluster; so
nothing is done while nobody asks, and nobody waits for a commit to be seen. A request keeps the archive it was given:
what is new is another one.

A few archives that are no longer the last are kept for a while, so that who has seen a first page of one can see the
second.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from time import monotonic

from searchidx.archive import Archive
from searchidx.archive import open as open_archive
from searchidx.errors import SearchidxError
from searchidx.search.aggregations import FACETS

__all__ = ["Live"]

FORMER = 3
"""So many archives that are no longer the last are kept at most,"""
FORMER_SECONDS = 600.0
"""and each for so long."""

_log = logging.getLogger(__name__)


class Live:
    """The archive of an index, as of its last commit each time it is asked for."""

    def __init__(self, index: str | Path) -> None:
        self._archive = _warm(open_archive(index))
        self._former: list[tuple[float, Archive]] = []
        self._opening = threading.Lock()
        self._trouble = ""

    def archive(self) -> Archive:
        """The archive as of the last commit; while that is being opened for another request, the one before it."""
        if self._opening.acquire(blocking=False):
            try:
                self._move()
            finally:
                self._opening.release()
        return self._archive

    def archive_of(self, fingerprint: str) -> Archive | None:
        """The archive of that fingerprint, where it is the last or was so a short while ago."""
        last = self.archive()
        for archive in (last, *(former for _, former in self._former)):
            if archive.fingerprint == fingerprint:
                return archive
        return None

    def _move(self) -> None:
        """To the last commit, where it is another one."""
        try:
            last = self._archive.latest()
            self._trouble = ""
        except SearchidxError as error:  # what was opened goes on answering
            if str(error) != self._trouble:
                self._trouble = str(error)
                _log.warning("the last commit cannot be opened, the one before it is shown: %s", error)
            return
        now = monotonic()
        if last is not self._archive:
            self._former = [(now + FORMER_SECONDS, self._archive), *self._former[: FORMER - 1]]
            self._archive = last
        self._former = [each for each in self._former if each[0] > now]


def _warm(archive: Archive) -> Archive:
    """An archive that has been asked a little, so that who asks first does not wait for what is loaded by then."""
    every = "*"
    archive.timeline(every, by="year")
    for field in FACETS:
        archive.facet(every, field)
    for hit in archive.search(every, limit=1):
        archive.similar(hit.id, limit=1).to_dicts()
    return archive
