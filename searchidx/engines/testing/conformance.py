"""The conformance suite: every clause of the contract, as a pytest class to subclass.

See `searchidx.engines.testing` for an example. Run the tests with pytest; those of exact scores are skipped for an
engine whose `capabilities` exclude them.
"""

from __future__ import annotations

import pytest

_MODULES = ("batch_tests", "collector_tests", "commit_tests", "engine_tests", "query_tests", "snapshot_tests",
            "version_tests")  # fmt: skip
pytest.register_assert_rewrite(*(f"{__package__}.{name}" for name in _MODULES))

from searchidx.engines.testing.batch_tests import BatchTests  # noqa: E402 - after the registration
from searchidx.engines.testing.collector_tests import CollectorTests  # noqa: E402
from searchidx.engines.testing.commit_tests import CommitTests  # noqa: E402
from searchidx.engines.testing.query_tests import QueryTests  # noqa: E402
from searchidx.engines.testing.snapshot_tests import SnapshotTests  # noqa: E402
from searchidx.engines.testing.version_tests import VersionTests  # noqa: E402


class EngineConformance(CommitTests, BatchTests, SnapshotTests, QueryTests, CollectorTests, VersionTests):
    """All tests of the contract; a subclass sets `engine_class`, and overrides `location` if that is not a folder."""
