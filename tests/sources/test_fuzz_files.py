"""Mutated files of every format are read without an exception; `fuzz_files.py` reads more of them."""

from __future__ import annotations

import collections
import json
import os
from pathlib import Path

import pytest

from searchidx import Article
from searchidx.sources import Skip, text_encoding
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


def test_type_that_is_no_text_is_no_reference(tmp_path: Path) -> None:
    records = [{"type": {"a": 1}, "headline": "Rain", "body": "It rains."}, {"headline": "Snow", "body": "It snows."}]
    assert headlines(read_source(tmp_path, json.dumps(records), "a.json")) == ["Rain", "Snow"]


def test_date_of_a_library_that_does_not_exist_costs_no_article(tmp_path: Path) -> None:
    items = read_source(tmp_path, "TY  - NEWS\nTI  - Rain\nAB  - It rains.\nDA  - 2023/22/01\nER  - \n", "a.ris")
    assert headlines(items) == ["Rain"]
    assert any(isinstance(each, Skip) and "22" in each.reason for each in items)


def test_reference_in_place_of_an_element_costs_no_article(tmp_path: Path) -> None:
    feed = (CORPORA / "formats" / "atom.xml").read_text(encoding="utf-8")
    items = read_source(tmp_path, feed.replace("<entry>", "<entry>&unknown;", 1), "atom.xml")
    assert len(headlines(items)) == len(headlines(read_source(tmp_path, feed, "atom.xml")))


def test_encoding_is_detected_a_few_times_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detect, calls = text_encoding.detect_encoding, []
    monkeypatch.setattr(text_encoding, "detect_encoding", lambda data: calls.append(data) or detect(data))
    line = '{"headline": "Straße %d", "body": "Die Straße in München ist größer geworden."}\n'
    data = "".join(line % n for n in range(200)).encode("latin-1")
    assert headlines(read_source(tmp_path, data, "a.jsonl")) == [f"Straße {n}" for n in range(200)]
    assert 0 < len(calls) <= 25


def headlines(items: list[Article | Skip]) -> list[str]:
    return [each.headline for each in items if isinstance(each, Article)]
