"""The engine on OpenSearch as tests know engines: at places that are folders, which give it names on a cluster."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import ClassVar

import pytest

from searchidx.engines.contract import Engine
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.locations import ClusterLocation, IndexLocation
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.engines.reference.reference_engine import ReferenceEngine
from testcluster.nodes import Cluster


class OnCluster(OpenSearchEngine):
    """On the cluster that runs here."""

    cluster: ClassVar[Cluster | None] = None
    used: ClassVar[set[str]] = set()

    @classmethod
    def at(cls, place: IndexLocation) -> OnCluster:
        if isinstance(place, Path):
            assert cls.cluster is not None
            name = f"test-{zlib.crc32(bytes(place)):08x}-{place.name.lower()}"
            cls.used.add(name)
            place = ClusterLocation((cls.cluster.url().removeprefix("http://"),), name, shards=2)
        return cls(place)

    @classmethod
    def clean(cls) -> None:
        """Remove what was made."""
        for name in cls.used:
            assert cls.cluster is not None
            cls.cluster.ask("DELETE", f"/{name}-*?expand_wildcards=all")
        cls.used.clear()


SCORING = (ReferenceEngine, EmbeddedEngine)
"""Engines that score by the formula of `searchidx.engines.bm25`."""
ENGINES = (*SCORING, OnCluster)


def usable(kind: type[Engine], request: pytest.FixtureRequest) -> type[Engine]:
    """An engine that a test is for; where it needs a cluster and none runs, the test is skipped."""
    if kind is OnCluster:
        OnCluster.cluster = request.getfixturevalue("cluster")
        request.addfinalizer(OnCluster.clean)
    return kind
