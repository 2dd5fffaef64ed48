"""Fixtures of the tests of builds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts


@pytest.fixture
def case(tmp_path: Path, put: Callable[..., Path]) -> SourcesCase:
    return SourcesCase(tmp_path, put)


@pytest.fixture
def built_case(case: SourcesCase) -> SourcesCase:
    """A case with two text files, built."""
    case.put("bridge.txt", BRIDGE)
    case.put("harbour.txt", HARBOUR)
    assert counts(case.build()) == (2, 0, 0, 0)
    return case
