"""Mutated files of every format are read without an exception; `fuzz_files.py` reads more of them."""

from __future__ import annotations

import collections
import os

import pytest

from tests.sources.fuzz_files import iter_problems

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@pytest.mark.long
def test_mutated_file_gives_articles_or_skips() -> None:
    outcomes: collections.Counter[str] = collections.Counter()
    assert [(name, fault) for name, _, fault in iter_problems(1_500 if REDUCED else 20_000, 3, outcomes)] == []
    assert min(outcomes["articles"], outcomes["skips alone"]) > 100
