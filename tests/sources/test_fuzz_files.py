"""Mutated files of every format are read without an exception; `fuzz_files.py` reads more of them."""

from __future__ import annotations

import collections
import os
from pathlib import Path

import pytest

from searchidx import Article
from tests.sources.fuzz_files import CORPORA, iter_problems
from tests.sources.source_files import read_source

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


@pytest.mark.long
def test_mutated_file_gives_articles_or_skips() -> None:
    outcomes: collections.Counter[str] = collections.Counter()
    assert [(name, fault) for name, _, fault in iter_problems(1_500 if REDUCED else 20_000, 3, outcomes)] == []
    assert min(outcomes["articles"], outcomes["skips alone"]) > 100


@pytest.mark.parametrize("name", ["ÿ:p", "ÿ:", "x:ÿ:p"])
def test_damaged_name_of_an_element_costs_no_article(name: str, tmp_path: Path) -> None:
    data = (CORPORA / "formats" / "item.newsml.xml").read_text(encoding="utf-8")
    items = read_source(tmp_path, data.replace("<p>", f"<{name}>", 1), "item.xml")
    assert any(isinstance(each, Article) and "Ada Quill" in each.body for each in items)
