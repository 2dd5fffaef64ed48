"""The contract of an engine, kept by an OpenSearch cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from searchidx.analysis import fingerprint_of_analysis
from searchidx.engines.contract import Capabilities, Engine
from searchidx.engines.locations import ClusterLocation, IndexLocation
from searchidx.engines.opensearch.cluster_client import Cluster, Refused
from searchidx.engines.opensearch.commit_record import Record, Records
from searchidx.engines.opensearch.mapping import ANALYZER, PROBE, VERSION
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.opensearch_writer import OpenSearchWriter
from searchidx.errors import (
    CorruptIndexError,
    IndexExistsError,
    IndexNotFoundError,
    IndexVersionError,
    UnavailableError,
)

__all__ = ["OpenSearchEngine"]


class OpenSearchEngine(Engine):
    """An index on a cluster."""

    capabilities = Capabilities(bm25f_scores=False)

    def __init__(self, place: ClusterLocation) -> None:
        self.place = place
        self._cluster = Cluster(place)
        self._records = Records(self._cluster)

    @classmethod
    def create(cls, place: IndexLocation) -> OpenSearchEngine:
        engine = cls.at(place)
        if engine._made() is not None:
            raise IndexExistsError(place, f"there is an index at {place} already; nothing was changed")
        engine.writer(overwrite=True).commit()
        return engine

    @classmethod
    def open(cls, place: IndexLocation) -> OpenSearchEngine:
        engine = cls.at(place)
        record = engine._made()
        if record is None:
            raise IndexNotFoundError(
                place, f"there is no index at {place}: build one with 'searchidx build', or name its place with --index"
            )
        if record.version != VERSION or record.analysis != fingerprint_of_analysis():
            made = f"version {record.version}" if record.version != VERSION else "other rules for words"
            raise IndexVersionError(
                place,
                f"the index at {place} was made with {made}, and this searchidx reads version {VERSION}: "
                "'searchidx build' makes it anew",
            )
        engine._probe(record)
        return engine

    @classmethod
    def at(cls, place: IndexLocation) -> OpenSearchEngine:
        if not isinstance(place, ClusterLocation):
            raise TypeError(f"an index on a cluster does not lie in {place}")
        return cls(place)

    def snapshot(self) -> OpenSearchSnapshot:
        return OpenSearchSnapshot(self._cluster, self._records)

    def commit_token(self) -> object:
        record = self._records.read()
        return record.index, record.generation, record.fingerprint

    def former_user_data(self) -> bytes:
        try:
            record = self._made()
            return b"" if record is None else self._records.state(record.state)
        except CorruptIndexError:
            return b""

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> OpenSearchWriter:
        return OpenSearchWriter(self._cluster, self._records, fingerprint_of_analysis(), wait, overwrite)

    def verify(self) -> Iterator[str]:
        from searchidx.engines.opensearch.cluster_verify import findings

        return findings(self._cluster, self.snapshot())

    def _made(self) -> Record | None:
        """The record of an index that was committed; None where there is none."""
        try:
            record = self._records.read()
        except IndexNotFoundError:
            return None
        return record if record.index else None

    def _probe(self, record: Record) -> None:
        """Make sure that the cluster takes our terms apart as they were put together."""
        try:
            answer: Any = self._cluster.ask(
                "POST", f"/{record.index}/_analyze", {"analyzer": ANALYZER, "text": "\n".join(PROBE)}
            )
        except Refused as refused:
            raise UnavailableError(self.place, f"{self.place} cannot analyse terms: {refused}") from refused
        found = [(token["token"], token["position"]) for token in answer["tokens"]]
        if found != [(word, at) for at, word in enumerate(PROBE)]:
            raise IndexVersionError(
                self.place,
                f"the cluster takes the terms of {self.place} apart otherwise than this searchidx puts them together: "
                "'searchidx build' makes the index anew",
            )
