"""The engine contract on an OpenSearch cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from searchidx.analysis import analyzer_fingerprint
from searchidx.engines.contract import Capabilities, Engine
from searchidx.engines.locations import ClusterLocation, IndexLocation
from searchidx.engines.opensearch.cluster_client import Cluster, ClusterError
from searchidx.engines.opensearch.commit_record import CommitRecord, ControlIndex
from searchidx.engines.opensearch.mapping import ANALYZER, PROBE_TERMS, VERSION
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.opensearch_writer import OpenSearchWriter
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.errors import (
    CorruptIndexError,
    IndexExistsError,
    IndexNotFoundError,
    IndexVersionError,
    UnavailableError,
)


class OpenSearchEngine(Engine):
    """An index on a cluster.

    Attributes:
        location: where it is.
        control: its control index.
    """

    capabilities = Capabilities(bm25f_scores=False)

    def __init__(self, location: ClusterLocation) -> None:
        self.location = location
        self._cluster = Cluster(location)
        self.control = ControlIndex(self._cluster)

    @classmethod
    def create(cls, location: IndexLocation) -> OpenSearchEngine:
        engine = cls.at(location)
        if engine._last_commit() is not None:
            raise IndexExistsError(location, f"there is already an index at {location}; nothing was changed")
        engine.writer(overwrite=True).commit()
        return engine

    @classmethod
    def open(cls, location: IndexLocation) -> OpenSearchEngine:
        engine = cls.at(location)
        record = engine._last_commit()
        if record is None:
            raise IndexNotFoundError(
                location,
                f"there is no index at {location}: build one with 'searchidx build', or name another with --index",
            )
        if record.version != VERSION or record.analysis != analyzer_fingerprint():
            origin = f"version {record.version}" if record.version != VERSION else "another analyzer"
            raise IndexVersionError(
                location,
                f"the index at {location} was made with {origin}, and this searchidx reads version {VERSION}: rebuild "
                "it with 'searchidx build'",
            )
        engine._check_analyzer(record)
        return engine

    @classmethod
    def at(cls, location: IndexLocation) -> OpenSearchEngine:
        if not isinstance(location, ClusterLocation):
            raise TypeError(f"{location} is not a location on a cluster")
        return cls(location)

    def snapshot(self) -> OpenSearchSnapshot:
        return OpenSearchSnapshot(PointInTime(self._cluster, [self.control]))

    def commit_token(self) -> object:
        return self.control.read().token

    def former_user_data(self) -> bytes:
        try:
            record = self._last_commit()
            return b"" if record is None else self.control.user_data(record.state)
        except CorruptIndexError:
            return b""

    def former_count(self) -> int:
        try:
            record = self._last_commit()
            return 0 if record is None else record.articles
        except CorruptIndexError:
            return 0

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> OpenSearchWriter:
        return OpenSearchWriter(self._cluster, self.control, analyzer_fingerprint(), wait, overwrite, jobs)

    def verify(self) -> Iterator[str]:
        from searchidx.engines.opensearch.cluster_verify import find_damage

        return find_damage(PointInTime(self._cluster, [self.control]))

    def _last_commit(self) -> CommitRecord | None:
        """The commit record; None before the first commit."""
        try:
            record = self.control.read()
        except IndexNotFoundError:
            return None
        return record if record.index else None

    def _check_analyzer(self, record: CommitRecord) -> None:
        """Raise `IndexVersionError` if the cluster would split or change the terms that it gets."""
        try:
            response: Any = self._cluster.request(
                "POST", f"/{record.index}/_analyze", {"analyzer": ANALYZER, "text": "\n".join(PROBE_TERMS)}
            )
        except ClusterError as error:
            raise UnavailableError(self.location, f"{self.location} cannot analyze terms: {error}") from error
        found = [(token["token"], token["position"]) for token in response["tokens"]]
        if found != [(word, at) for at, word in enumerate(PROBE_TERMS)]:
            raise IndexVersionError(
                self.location,
                f"the analyzer of the index at {self.location} changes terms: rebuild it with 'searchidx build'",
            )
