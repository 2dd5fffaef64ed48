"""The engines that tests run on, and a form of the OpenSearch engine that takes folders as locations."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from searchidx.engines.contract import Engine
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.locations import ClusterLocation, IndexLocation
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.engines.reference.reference_engine import ReferenceEngine
from testcluster.nodes import LocalCluster


class ClusterEngine(OpenSearchEngine):
    """The engine on the running cluster; a folder becomes the name of an archive.

    Folders beside each other have names in the same order.
    """

    cluster: ClassVar[LocalCluster | None] = None
    names: ClassVar[set[str]] = set()

    @classmethod
    def at(cls, location: IndexLocation) -> ClusterEngine:
        if isinstance(location, Path):
            assert cls.cluster is not None
            name = f"test-{zlib.crc32(bytes(location.parent)):08x}-{location.name.lower()}"
            cls.names.add(name)
            location = ClusterLocation((cls.cluster.url().removeprefix("http://"),), name, shards=2)
        return cls(location)

    @classmethod
    def delete_all(cls, keep: Set[str] = frozenset()) -> None:
        """Delete the archives that tests have made, except those to keep."""
        for name in cls.names - keep:
            assert cls.cluster is not None
            cls.cluster.request("DELETE", f"/{name}-*?expand_wildcards=all")
        cls.names.intersection_update(keep)

    @classmethod
    @contextmanager
    def deleting(cls) -> Iterator[None]:
        """Delete the archives that are made within the block."""
        before = frozenset(cls.names)
        try:
            yield
        finally:
            cls.delete_all(keep=before)


ENGINES = (ReferenceEngine, EmbeddedEngine, ClusterEngine)


def require_engine(kind: type[Engine], request: pytest.FixtureRequest) -> type[Engine]:
    """An engine for a test; skips the test if the engine needs a cluster and none runs."""
    if kind is ClusterEngine:
        ClusterEngine.cluster = request.getfixturevalue("cluster")
        request.addfinalizer(ClusterEngine.delete_all)
    return kind
