"""The lease that makes a process the only writer of an archive on a cluster.

The writer is the process named in the commit record. It renews its entry every few seconds. A writer that has not
renewed for `LEASE_SECONDS` seconds, or whose process is known to be dead, loses the lease to the next writer. It can no
longer commit, since a commit replaces the record only if it is unchanged.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from searchidx.engines.opensearch.cluster_client import READ_RETRY_SECONDS
from searchidx.engines.opensearch.commit_record import WRITE_RETRY_SECONDS, CommitRecord, ControlIndex
from searchidx.errors import IndexLockedError, IndexNotFoundError, SearchidxError

LEASE_SECONDS = 60.0
"""Seconds without a renewal after which a writer has lost the lease."""
_RENEWAL_INTERVAL = 5.0
"""Seconds between renewals."""
_POLL_INTERVAL = 0.2
"""Seconds between attempts to get a lease that another writer holds."""


class WriterLease:
    """The lease of this process, renewed by a thread.

    All changes of the commit record go through `change` or `commit`, which fail if another writer has the lease.
    """

    def __init__(self, control: ControlIndex, wait: float, first: CommitRecord | None) -> None:
        """Wait for the lease; `first` is the record of a new archive, if one may be created."""
        self._control = control
        self._lock = threading.Lock()
        self._is_ended = threading.Event()
        self._is_committed = False
        self.record = self._acquire(wait, first)
        self._thread = threading.Thread(target=self._renew, name="searchidx-lease", daemon=True)
        self._thread.start()

    def commit(self, **values: Any) -> None:
        """Replace values of the record, and mark the batch as committed."""
        with self._lock:
            self._change(values | {"writer": self._entry(is_committed=True)})
            self._is_committed = True

    def change(self, **values: Any) -> None:
        """Replace values of the record; raises `IndexLockedError` if another writer has the lease."""
        with self._lock:
            self._change(values)

    def release(self, **values: Any) -> bool:
        """End the lease with a last change; returns whether the cluster took it.

        If it did not, the lease expires, and the next writer finishes what is left.
        """
        self.abandon()
        with self._lock, suppress(SearchidxError):
            self._change(values | {"writer": None}, READ_RETRY_SECONDS)
            return True
        return False

    def abandon(self) -> None:
        """Stop renewing the lease, without a message to the cluster."""
        self._is_ended.set()
        self._thread.join()

    def _change(self, values: dict[str, Any], retry_seconds: float = WRITE_RETRY_SECONDS) -> None:
        replaced = self._control.replace(replace(self.record, **values), retry_seconds)
        if replaced is None:
            # The response to one of our own changes may have been lost: then the record still names us.
            current = self._control.read()
            if current.writer is None or current.writer["epoch"] != self.epoch:
                raise self._lost_error()
            replaced = self._control.replace(replace(self.record, **values, revision=current.revision), retry_seconds)
            if replaced is None:
                raise self._lost_error()
        self.record = replaced

    def _acquire(self, wait: float, first: CommitRecord | None) -> CommitRecord:
        """Wait until no other writer has the lease, then take it; the record with this process as its writer."""
        deadline = time.monotonic() + wait
        while True:
            try:
                current = self._control.read()
            except IndexNotFoundError:
                if first is None:
                    raise
                current = first
            if current.writer is None or _has_lost(current.writer):
                self.epoch = current.epoch + 1
                aborted = current.aborted
                if current.writer is not None and not current.writer["committed"]:
                    aborted = (*aborted, int(current.writer["epoch"]))
                taken = replace(current, epoch=self.epoch, aborted=aborted, writer=self._entry(is_committed=False))
                replaced = self._control.replace(taken)
                if replaced is not None:
                    return replaced
            elif time.monotonic() >= deadline:
                raise IndexLockedError(self._control.location, _locked_message(current.writer))
            else:
                time.sleep(min(_POLL_INTERVAL, max(deadline - time.monotonic(), 0)))

    def _renew(self) -> None:
        while not self._is_ended.wait(_RENEWAL_INTERVAL):
            with self._lock:
                try:
                    replaced = self._control.replace(replace(self.record, writer=self._entry(self._is_committed)))
                except Exception:
                    continue
                if replaced is None:
                    return
                self.record = replaced

    def _entry(self, is_committed: bool) -> dict[str, Any]:
        """The `writer` of the record: this process."""
        return {
            "epoch": self.epoch,
            "committed": is_committed,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "at": time.time(),
        }

    def _lost_error(self) -> IndexLockedError:
        return IndexLockedError(
            self._control.location,
            f"another writer has taken over {self._control.location}, since this one could not renew its lease for "
            f"{LEASE_SECONDS:.0f} seconds; nothing was committed: try again",
        )


def _has_lost(writer: dict[str, Any]) -> bool:
    """Whether a writer has lost the lease: it is late, or its process on this machine is dead."""
    if time.time() - float(writer["at"]) > LEASE_SECONDS:
        return True
    if writer["host"] != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(writer["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _locked_message(writer: dict[str, Any]) -> str:
    age = max(time.time() - float(writer["at"]), 0)
    return (
        f"another writer is active: process {writer['pid']} on {writer['host']}, last seen {age:.0f} seconds ago; try "
        f"again when it has finished; a dead writer loses its lease after {LEASE_SECONDS:.0f} seconds"
    )
