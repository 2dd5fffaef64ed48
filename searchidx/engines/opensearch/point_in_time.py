"""A point in time of one commit: what the cluster keeps of an index while a snapshot uses it.

Deletions and merges do not change a point in time. The cluster loses it if a node dies, or if it is not used for
`KEEP_ALIVE`. Then a new one of the same commit replaces it, as long as that is still the last commit.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from searchidx.engines import timeout
from searchidx.engines.opensearch.cluster_client import (
    READ_RETRY_SECONDS,
    Cluster,
    ClusterError,
    error_reason,
    retry_attempts,
)
from searchidx.engines.opensearch.commit_record import ControlIndex
from searchidx.engines.opensearch.query_dsl import DslQuery, all_of
from searchidx.errors import CorruptIndexError, SearchidxError, SnapshotLostError, UnavailableError

KEEP_ALIVE = "1h"
"""How long the cluster keeps an unused point in time."""
_TOO_LARGE = ("too_complex", "too_many_clauses", "too_many_nested_clauses")
"""Errors of a query that the cluster finds too large, whatever the status."""
_LOST = (404, 500, 502, 503, 504)
"""Statuses of a search whose point in time is lost, in whole or in part."""


class PointInTime:
    """The articles of the last commit, as they were when it was opened.

    Attributes:
        record: the commit record.
        shards: the number of shards of the index.
        conditions: the filters that together find the articles of the commit, from the number `first` on. Reopening
            replaces the items of this list, so requests that refer to it follow.
        visible: the query of these conditions.
        opened: how often it was opened.
    """

    shards: int

    def __init__(self, cluster: Cluster, control: ControlIndex, first: int = 0) -> None:
        self._first = first
        self.cluster = cluster
        self._control = control
        self._ids: list[str] = []
        self.conditions: list[DslQuery] = []
        self.visible: DslQuery = all_of(self.conditions)
        self.opened = 0
        self._lock = threading.Lock()
        self.record = control.read()
        self._open()
        # Hits and other threads may use a snapshot after it was closed, and a node keeps 300 of these by default. So
        # the point in time is deleted when the last reference to it goes.
        weakref.finalize(self, _delete, cluster, self._ids)

    def search(self, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Search all shards, and return the decoded response.

        A dead node takes its part of a point in time with it, even if other nodes have the same articles. Then this
        opens a new one. Raises `UnavailableError` or `SnapshotLostError`.
        """
        location = self.cluster.location
        params = {"allow_partial_search_results": "false", **(params or {})}
        for is_last in retry_attempts(READ_RETRY_SECONDS):
            timeout.check()
            ids = self._ids[:1] or [self._open(is_reopening=True)]
            request = {**body, "pit": {"id": ids[0], "keep_alive": KEEP_ALIVE}}
            try:
                response: dict[str, Any] = self.cluster.request(
                    "POST", "/_search", request, params=params, unretried=_LOST
                )
            except ClusterError as error:
                if error.status not in _LOST or any(map(error.mentions, _TOO_LARGE)):
                    raise
                self._ids.clear()
                if is_last:
                    raise UnavailableError(
                        location,
                        f"parts of the index at {location} are unavailable ({error_reason(error.response)}): check the "
                        "nodes of the cluster",
                    ) from error
                continue
            self._ids[:] = [response.get("pit_id", ids[0])]
            return response
        raise AssertionError

    def show_all(self, opened: int) -> None:
        """Drop the conditions, since all articles in the point in time that was opened as this one meet them."""
        with self._lock:
            if opened == self.opened:
                self.conditions.clear()

    def _open(self, is_reopening: bool = False) -> str:
        """Create a point in time of this commit; raises `SnapshotLostError` if there is a newer one.

        The articles that a commit deletes are removed after it, and then their list. If the list is unchanged after the
        point in time was created, that has all articles of the commit.
        """
        location = self.cluster.location
        record = self.record
        while True:
            if is_reopening:
                record = self._control.read()
                if record.fingerprint != self.record.fingerprint:
                    raise SnapshotLostError(
                        location,
                        f"the cluster no longer keeps the snapshot of {location}, and there is a newer commit: open it "
                        "again",
                    )
            try:
                deleted = self._control.deletions(record.deletions)
            except CorruptIndexError:
                current = self._control.read()
                if current.deletions == record.deletions:
                    raise
                record = current  # the articles were deleted meanwhile, and their list too
                continue
            params = {"keep_alive": KEEP_ALIVE, "allow_partial_pit_creation": "false"}
            path = f"/{record.index}/_search/point_in_time"
            response = self.cluster.request("POST", path, params=params, expected=(404,))
            current = self._control.read()
            if response is not None and (current.generation, current.deletions) == (
                record.generation,
                record.deletions,
            ):
                self.shards = response["_shards"]["total"]
                self.record = record
                first: list[DslQuery] = [{"range": {"order": {"gte": self._first}}}] if self._first else []
                with self._lock:
                    self.opened += 1
                    self.conditions[:] = [record.visible_articles(deleted), *first]
                    self._ids[:] = [response["pit_id"]]  # last, since a request may be sent between these two lines
                return str(response["pit_id"])
            if response is None and current.index == record.index:
                raise CorruptIndexError(
                    location,
                    f"the index {record.index} of {location} is missing: restore a snapshot of the cluster, or rebuild "
                    "the index",
                )
            record = current


def _delete(cluster: Cluster, ids: list[str]) -> None:
    """Delete a point in time; if the cluster cannot be reached, it expires."""
    if ids:
        with suppress(SearchidxError):
            cluster.request(
                "DELETE", "/_search/point_in_time", {"pit_id": [ids.pop()]}, expected=(404,), retry_seconds=0.0
            )
