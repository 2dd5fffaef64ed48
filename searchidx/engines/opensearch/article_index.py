"""An index of articles on a cluster, as a writer manages it: `news-000001` and its alias `news`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from searchidx.engines.opensearch.cluster_client import Cluster, retry_attempts
from searchidx.engines.opensearch.commit_record import WRITE_RETRY_SECONDS
from searchidx.engines.opensearch.mapping import (
    PROBES,
    index_body,
    is_encodable,
    replica_settings,
)
from searchidx.engines.opensearch.query_dsl import DslQuery, all_of
from searchidx.errors import IndexExistsError, UnavailableError

_IDS_PER_LOOKUP = 5_000
_ORDERS_PER_DELETION = 20_000
_MAX_SHARD_BYTES = 30_000_000_000
"""Bytes of a shard, beyond which a rebuild makes more of them."""
_LONG_RUNNING: dict[str, Any] = {"request_timeout": 3600}
"""For requests whose duration depends on the size of the index; in seconds."""
_ALL_SHARDS = {"allow_partial_search_results": "false"}


class ArticleIndex:
    """One index of articles.

    Attributes:
        name: its name; empty before the first commit of an archive.
        retry_seconds: seconds during which requests are retried.
    """

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name
        self.retry_seconds = WRITE_RETRY_SECONDS

    @classmethod
    def create_next(cls, cluster: Cluster, current: str) -> ArticleIndex:
        """Create the index with the next number; raises `IndexExistsError` if something else has the archive's name."""
        location = cluster.location
        if not current:
            others = (
                cluster.request("GET", f"/{location.name}", expected=(404,), retry_seconds=WRITE_RETRY_SECONDS) or {}
            )
            if foreign := sorted(name for name in others if not cls.is_name(cluster, name)):
                raise IndexExistsError(
                    location,
                    f"{foreign[0]} on that cluster was not made by searchidx: choose another name than {location}; "
                    "nothing was changed",
                )
        numbers = [int(name[-6:]) for name in (*cls.names(cluster), current) if name]
        name = f"{location.name}-{max(numbers, default=0) + 1:06d}"
        shards = location.shards or cls._choose_shards(cluster, current)
        cluster.request("PUT", f"/{name}", index_body(shards), retry_seconds=WRITE_RETRY_SECONDS)
        return cls(cluster, name)

    @staticmethod
    def _choose_shards(cluster: Cluster, current: str) -> int | None:
        """The number of shards of a rebuild: that of the old index, or more if its shards have outgrown their size."""
        path = f"/{current}/_stats/store"
        found = cluster.request("GET", path, expected=(404,), retry_seconds=WRITE_RETRY_SECONDS) if current else None
        if not found or current not in found["indices"]:
            return None
        size = found["indices"][current]["primaries"]["store"]["size_in_bytes"]
        settings = cluster.request("GET", f"/{current}/_settings", retry_seconds=WRITE_RETRY_SECONDS)
        shards = int(settings[current]["settings"]["index"]["number_of_shards"])
        return max(shards, -(-int(size) // _MAX_SHARD_BYTES))

    def finish_filling(self) -> None:
        """Create the replicas of a new index, and wait until each one that a node can take is complete.

        A replica copies the files of the primary. That costs less than to send every article to both.
        """
        self._request("POST", f"/{self.name}/_flush", params=_LONG_RUNNING)
        settings = {"index": replica_settings(self.cluster.location.replicas)}
        self._request("PUT", f"/{self.name}/_settings", settings)
        params = {"wait_for_no_initializing_shards": "true", "timeout": "3500s", **_LONG_RUNNING}
        self._request("GET", f"/_cluster/health/{self.name}", params=params)

    def check_analyzers(self) -> None:
        """Raise `UnavailableError` if the cluster does not split the words that it gets as meant."""
        for name, (text, expected) in PROBES.items():
            response = self._request("POST", f"/{self.name}/_analyze", {"analyzer": name, "text": text})
            if [(token["token"], token["position"]) for token in response["tokens"]] != expected:
                location = self.cluster.location
                raise UnavailableError(
                    location,
                    f"the cluster at {location} does not split words as OpenSearch 2.19 does (analyzer {name}): use "
                    "another version; nothing was changed",
                )

    @staticmethod
    def is_name(cluster: Cluster, name: str) -> bool:
        """Whether a name is that of an index of articles of the archive."""
        return re.fullmatch(re.escape(cluster.location.name) + r"-\d{6}", name) is not None

    @classmethod
    def names(cls, cluster: Cluster) -> list[str]:
        """The names of all indexes of articles of the archive."""
        path = f"/{cluster.location.name}-*/_alias"
        response = cluster.request("GET", path, expected=(404,), retry_seconds=WRITE_RETRY_SECONDS) or {}
        return sorted(name for name in response if cls.is_name(cluster, name))

    def drop(self) -> None:
        """Remove the index, if it exists."""
        self._request("DELETE", f"/{self.name}", expected=(404,))

    def move_alias(self, old: str) -> None:
        """Let the alias of the archive name this index instead of an old one."""
        alias = self.cluster.location.name
        actions: list[dict[str, Any]] = [{"add": {"index": self.name, "alias": alias}}]
        if old:
            actions.append({"remove": {"index": old, "alias": alias, "must_exist": False}})
        self._request("POST", "/_aliases", {"actions": actions})

    def find_ids(self, ids: Iterable[str], visible: DslQuery) -> dict[str, tuple[int, int]]:
        """The order and the number of words of the visible articles with these ids."""
        found: dict[str, tuple[int, int]] = {}
        rest = filter(is_encodable, ids)
        while batch := list(islice(rest, _IDS_PER_LOOKUP)):
            body = {
                "query": all_of([visible, {"terms": {"id": batch}}]),
                "size": len(batch),
                "stored_fields": "_none_",
                "docvalue_fields": ["id", "order", "words"],
            }
            response = self._request("POST", f"/{self.name}/_search", body, params=_ALL_SHARDS)
            for hit in response["hits"]["hits"]:
                values = hit["fields"]
                found[values["id"][0]] = values["order"][0], values["words"][0]
        return found

    def delete_orders(self, orders: Sequence[int]) -> None:
        """Delete the articles with these orders."""
        for at in range(0, len(orders), _ORDERS_PER_DELETION):
            self.delete_matching({"terms": {"order": orders[at : at + _ORDERS_PER_DELETION]}})

    def delete_matching(self, query: DslQuery) -> None:
        """Delete the articles that a query finds; raises `UnavailableError` if some are left."""
        self.refresh()
        params = {"conflicts": "proceed", "refresh": "true", **_LONG_RUNNING}
        self._request("POST", f"/{self.name}/_delete_by_query", {"query": query}, params=params)
        body = {"query": query, "size": 0, "track_total_hits": True}
        response = self._request("POST", f"/{self.name}/_search", body, params=_ALL_SHARDS)
        if left := response["hits"]["total"]["value"]:
            raise UnavailableError(self.cluster.location, f"{left:,} articles of {self.name} could not be deleted")

    def refresh(self) -> None:
        """Make all changes visible to searches, on every copy of every shard."""
        for is_last in retry_attempts(self.retry_seconds):
            response = self._request("POST", f"/{self.name}/_refresh", params=_LONG_RUNNING)
            failed = response["_shards"]["failed"]
            if not failed:
                return
            if is_last:
                location = self.cluster.location
                raise UnavailableError(
                    location,
                    f"{failed} shards of {self.name} could not be refreshed: check the nodes of {location}, then try "
                    "again; the index is unchanged",
                )

    def merge(self) -> None:
        """Merge each shard into one segment, and let searches use it."""
        params = {"max_num_segments": "1", **_LONG_RUNNING}
        self._request("POST", f"/{self.name}/_forcemerge", params=params)
        self.refresh()

    def _request(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        return self.cluster.request(method, path, body, retry_seconds=self.retry_seconds, **options)
