"""Fixtures of the engine tests."""

from __future__ import annotations

import pytest

from searchidx.engines.embedded import inverted_index, segment_writer


@pytest.fixture
def few_lower_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The upper bits of document numbers change every eighth document instead of every 65,536th."""
    for module in (segment_writer, inverted_index):
        monkeypatch.setattr(module, "LOWER_BITS", 3)
