"""Every engine passes the conformance suite of the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cluster_engine import ClusterEngine, require_engine

from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.conformance import EngineConformance


class TestReferenceEngine(EngineConformance):
    engine_class = ReferenceEngine


class TestEmbeddedEngine(EngineConformance):
    engine_class = EmbeddedEngine


class TestEmbeddedEngineOverSeveralCommits(EngineConformance):
    engine_class = EmbeddedEngine
    commits = 3


class TestOpenSearchEngine(EngineConformance):
    engine_class = ClusterEngine

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def running_cluster(cls, request: pytest.FixtureRequest) -> None:
        require_engine(ClusterEngine, request)

    @pytest.fixture(autouse=True)
    def delete_archives_of_each_test(self) -> Iterator[None]:
        with ClusterEngine.deleting():
            yield
