"""A point in time of one commit: what the cluster keeps of an index while a snapshot uses it.

It may be one of several archives, each at its last commit. Their documents are numbered in the order of the names of
their indexes, which the cluster sorts by.

Deletions and merges do not change a point in time. The cluster loses it if a node dies, or if it is not used for
`KEEP_ALIVE`. Then a new one of the same commit replaces it, as long as that is still the last commit.
"""

from __future__ import annotations

import threading
import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Any

from searchidx.engines import timeout
from searchidx.engines.opensearch.cluster_client import (
    READ_RETRY_SECONDS,
    Cluster,
    ClusterError,
    error_reason,
    retry_attempts,
)
from searchidx.engines.opensearch.commit_record import CommitRecord, ControlIndex, read_commits
from searchidx.engines.opensearch.query_dsl import DslHit, DslQuery, all_of, any_of
from searchidx.errors import CorruptIndexError, SearchidxError, SnapshotLostError, UnavailableError

KEEP_ALIVE = "1h"
"""How long the cluster keeps an unused point in time."""
_TOO_LARGE = ("too_complex", "too_many_clauses", "too_many_nested_clauses")
"""Errors of a query that the cluster finds too large, whatever the status."""
_LOST = (404, 500, 502, 503, 504)
"""Statuses of a search whose point in time is lost, in whole or in part."""


class PointInTime:
    """The articles of the last commit of one archive, or of several, as they were when it was opened.

    Attributes:
        controls: the control index of each archive.
        records: the commit record of each archive.
        shards: the number of shards of the indexes.
        order: the sort keys of document order.
        conditions: the filters that together find the articles of the commits, from the number `first` on. Reopening
            replaces the items of this list, so requests that refer to it follow.
        visible: the query of these conditions.
        opened: how often it was opened.
    """

    shards: int

    def __init__(self, cluster: Cluster, controls: Sequence[ControlIndex], first: int = 0) -> None:
        self._first = first
        self.cluster = cluster
        self.controls = tuple(controls)
        self.order = ["order"] if len(controls) == 1 else ["_index", "order"]
        self._ids: list[str] = []
        self.conditions: list[DslQuery] = []
        self.visible: DslQuery = all_of(self.conditions)
        self.opened = 0
        self._lock = threading.Lock()
        self.records = read_commits(controls)
        self._open()
        self._owners = {record.index: owner for owner, record in enumerate(self.records)}
        indexes = sorted((record.index, record.next) for record in self.records)
        sizes = [size for _, size in indexes]
        self._firsts = dict(zip((index for index, _ in indexes), accumulate(sizes, initial=0), strict=False))
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

    @property
    def articles(self) -> int:
        """The number of articles of all archives."""
        return sum(record.articles for record in self.records)

    def doc(self, hit: DslHit) -> int:
        """The document number of a hit of a search in document order, or with its keys last."""
        order: int = hit["sort"][-1]
        return self._firsts[hit["_index"]] + order

    def owner(self, hit: DslHit) -> int:
        """Which of the archives a hit belongs to."""
        return self._owners[hit["_index"]]

    def owner_of_doc(self, doc: int) -> int:
        """Which of the archives a document belongs to."""
        indexes = list(self._firsts)
        return self._owners[indexes[bisect_right(list(self._firsts.values()), doc) - 1]]

    def in_archive(self, owner: int, query: DslQuery) -> DslQuery:
        """Find what a query finds in one of the archives."""
        return _in_index(self.records[owner].index, query)

    def numbered(self, docs: Iterable[int]) -> DslQuery:
        """Find documents by their numbers."""
        if len(self.records) == 1:
            return {"terms": {"order": list(map(int, docs))}}
        ascending = sorted(map(int, docs))
        bounds = [bisect_left(ascending, first) for first in self._firsts.values()]
        queries = []
        for (index, first), start, stop in zip(
            self._firsts.items(), bounds, [*bounds[1:], len(ascending)], strict=True
        ):
            if start < stop:
                orders = [doc - first for doc in ascending[start:stop]]
                queries.append(_in_index(index, {"terms": {"order": orders}}))
        return any_of(queries)

    def show_all(self, opened: int) -> None:
        """Drop the conditions, since all articles in the point in time that was opened as this one meet them."""
        with self._lock:
            if opened == self.opened:
                self.conditions.clear()

    def _open(self, is_reopening: bool = False) -> str:
        """Create a point in time of these commits; raises `SnapshotLostError` if there is a newer one.

        The articles that a commit deletes are removed after it, and then their list. If the lists are unchanged after
        the point in time was created, that has all articles of the commits.
        """
        location = self.cluster.location
        records = self.records
        while True:
            if is_reopening:
                records = read_commits(self.controls)
                if list(map(_content, records)) != list(map(_content, self.records)):
                    raise SnapshotLostError(
                        location,
                        f"the cluster no longer keeps the snapshot of {location}, and there is a newer commit: open it "
                        "again",
                    )
            try:
                deleted = [
                    control.deletions(record.deletions) for control, record in zip(self.controls, records, strict=True)
                ]
            except CorruptIndexError:
                current = read_commits(self.controls)
                if [record.deletions for record in current] == [record.deletions for record in records]:
                    raise
                records = current  # the articles were deleted meanwhile, and their list too
                continue
            indexes = [record.index for record in records]
            params = {"keep_alive": KEEP_ALIVE, "allow_partial_pit_creation": "false"}
            path = f"/{','.join(indexes)}/_search/point_in_time"
            response = self.cluster.request("POST", path, params=params, expected=(404,))
            current = read_commits(self.controls)
            if response is not None and list(map(_state, current)) == list(map(_state, records)):
                self.shards = response["_shards"]["total"]
                self.records = records
                first: list[DslQuery] = [{"range": {"order": {"gte": self._first}}}] if self._first else []
                visible = [record.visible_articles(orders) for record, orders in zip(records, deleted, strict=True)]
                if len(records) > 1:
                    of_each = zip(indexes, visible, strict=True)
                    visible = [any_of(_in_index(index, query) for index, query in of_each)]
                with self._lock:
                    self.opened += 1
                    self.conditions[:] = [*visible, *first]
                    self._ids[:] = [response["pit_id"]]  # last, since a request may be sent between these two lines
                return str(response["pit_id"])
            if response is None and [record.index for record in current] == indexes:
                raise CorruptIndexError(
                    location,
                    f"the index {' or '.join(indexes)} of {location} is missing: restore a snapshot of the cluster, or "
                    "rebuild the index",
                )
            records = current


def _in_index(index: str, query: DslQuery) -> DslQuery:
    """Find what a query finds in one index."""
    return all_of([{"term": {"_index": index}}, query])


def _content(record: CommitRecord) -> tuple[str, str]:
    """What two records of the same articles with the same numbers have in common."""
    return record.index, record.fingerprint


def _state(record: CommitRecord) -> tuple[str, int, tuple[str, ...]]:
    """What changes if the articles of a commit are removed, or another commit is made."""
    return record.index, record.generation, record.deletions


def _delete(cluster: Cluster, ids: list[str]) -> None:
    """Delete a point in time; if the cluster cannot be reached, it expires."""
    if ids:
        with suppress(SearchidxError):
            cluster.request(
                "DELETE", "/_search/point_in_time", {"pit_id": [ids.pop()]}, expected=(404,), retry_seconds=0.0
            )
