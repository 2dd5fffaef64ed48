"""The archive of the last commit, whichever process made it.

Each request asks whether there is a newer commit: one system call, or one request to a cluster. So an idle server does
nothing. A request keeps the archive that it was given; a new commit gets an archive of its own.

Former archives are kept for `FORMER_SECONDS`, so that the next page of an answer comes from the snapshot of the first.
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

MAX_FORMER = 3
"""Maximum number of former archives to keep."""
FORMER_SECONDS = 600.0
"""Seconds to keep a former archive."""

_log = logging.getLogger(__name__)


class ArchiveSnapshots:
    """The newest archive of an index, or of several, and the few before it."""

    def __init__(self, *indexes: str | Path, workspace: str | Path | None = None) -> None:
        self._newest = _warm_up(open_archive(*indexes, workspace=workspace))
        self._former: list[tuple[float, Archive]] = []  # each with the time at which it expires
        self._refresh_lock = threading.Lock()
        self._last_error = ""

    def newest(self) -> Archive:
        """Return the archive of the last commit, or the one before while another request opens it."""
        if self._refresh_lock.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._refresh_lock.release()
        return self._newest

    def find(self, fingerprint: str) -> Archive | None:
        """Return the newest or a former archive with this fingerprint."""
        newest = self.newest()
        for archive in (newest, *(former for _, former in self._former)):
            if archive.fingerprint == fingerprint:
                return archive
        return None

    def _refresh(self) -> None:
        """Open the last commit if there is a newer one, and drop expired archives."""
        try:
            newest = self._newest.latest()
            self._last_error = ""
        except SearchidxError as error:  # the archive that is open goes on answering
            if str(error) != self._last_error:
                self._last_error = str(error)
                _log.warning("the last commit cannot be opened, so the one before it is shown: %s", error)
            return
        now = monotonic()
        if newest is not self._newest:
            self._former = [(now + FORMER_SECONDS, self._newest), *self._former[: MAX_FORMER - 1]]
            self._newest = newest
        self._former = [each for each in self._former if each[0] > now]


def _warm_up(archive: Archive) -> Archive:
    """Run one search of each kind, so that the first request does not wait for lazy loading."""
    every = "*"
    archive.timeline(every, by="year")
    for field in FACETS:
        archive.facet(every, field)
    for hit in archive.search(every, limit=1, sort=archive.page_order):
        archive.similar(hit.id, limit=1).to_dicts()
    return archive
