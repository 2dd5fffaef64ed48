"""Bulk requests that send the changes of one batch, a few at the same time.

Changes that fail because a node is busy or missing are retried. Each change has a version; the cluster keeps the
highest per article, so a duplicate or late request does no harm.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from searchidx.engines.opensearch.cluster_client import Cluster, ClusterError, error_reason, is_disk_full
from searchidx.engines.opensearch.commit_record import WRITE_RETRY_SECONDS
from searchidx.errors import UnavailableError

_CHANGES_PER_REQUEST = 500
_BYTES_PER_REQUEST = 4_000_000
_CONCURRENT_REQUESTS = 3
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 3.0
"""The first and the longest pause before a change is repeated, in seconds."""


class BulkSender:
    """Sends changes to one index.

    Attributes:
        rejections: the reasons why articles cannot be indexed, by id; complete after `flush`.
    """

    def __init__(self, cluster: Cluster, index: str) -> None:
        self._cluster = cluster
        self._index = index
        self.rejections: dict[str, str] = {}
        self._lines: list[tuple[str, bytes]] = []
        self._bytes = 0
        self._pending: list[Future[None]] = []
        self._slots = threading.BoundedSemaphore(2 * _CONCURRENT_REQUESTS)
        self._threads = ThreadPoolExecutor(_CONCURRENT_REQUESTS, "searchidx-bulk")

    def add(self, id: str, line: bytes) -> None:
        """Send the change of an article, given as its lines of a bulk request, sooner or later."""
        self._lines.append((id, line))
        self._bytes += len(line)
        if len(self._lines) >= _CHANGES_PER_REQUEST or self._bytes >= _BYTES_PER_REQUEST:
            self._send()

    def flush(self) -> None:
        """Wait until the cluster has taken or rejected every change."""
        self._send()
        pending, self._pending = self._pending, []
        for each in pending:
            each.result()

    def close(self, is_cancelling: bool = False) -> None:
        """Stop the threads, after all requests or only those that have begun."""
        self._threads.shutdown(cancel_futures=is_cancelling)

    def _send(self) -> None:
        lines, self._lines, self._bytes = self._lines, [], 0
        if not lines:
            return
        self._slots.acquire()
        pending = []
        for each in self._pending:
            if each.done():
                each.result()  # raises what went wrong
            else:
                pending.append(each)
        self._pending = pending
        self._pending.append(self._threads.submit(self._deliver, lines))

    def _deliver(self, lines: list[tuple[str, bytes]]) -> None:
        """Send changes until each one was taken or rejected."""
        try:
            deadline = time.monotonic() + WRITE_RETRY_SECONDS
            pause = _FIRST_PAUSE
            while lines:
                results = self._cluster.bulk((line for _, line in lines), self._index, WRITE_RETRY_SECONDS)
                retries = []
                for (id, line), result in zip(lines, results, strict=True):
                    status = result["status"]
                    if is_disk_full(ClusterError(status, result.get("error"))):
                        raise self._cluster.disk_full_error()
                    if status == 429 or status >= 500:
                        retries.append((id, line))
                    elif status >= 400 and status not in (404, 409):  # already deleted, or replaced by a later change
                        self.rejections[id] = error_reason(result["error"])
                lines = retries
                if lines and time.monotonic() > deadline:
                    location, reason = self._cluster.location, error_reason(results[-1].get("error", {}))
                    raise UnavailableError(
                        location,
                        f"{location} does not take articles ({reason}): check the cluster, then try again; the index "
                        "is unchanged",
                    )
                if lines:
                    time.sleep(pause)
                    pause = min(2 * pause, _MAX_PAUSE)
        finally:
            self._slots.release()
