"""The measures of benchmarks/relevance.py, on hand-made rankings, and runs over small collections."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

import searchidx

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "relevance.py"
specification = importlib.util.spec_from_file_location("relevance", SCRIPT)
assert specification is not None
assert specification.loader is not None
sys.path.insert(0, str(SCRIPT.parent))  # it imports its neighbour
relevance = importlib.util.module_from_spec(specification)
sys.modules["relevance"] = relevance  # a dataclass looks its module up
specification.loader.exec_module(relevance)

JUDGED = {"a": 3, "b": 1, "c": 1}


def test_ndcg_discounts_gains_by_rank() -> None:
    ideal = 3 + 1 / math.log2(3) + 1 / 2
    assert relevance.ndcg(["a", "b", "c"], JUDGED) == 1
    assert relevance.ndcg(["x", "a", "y", "b"], JUDGED) == pytest.approx((3 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert relevance.ndcg(["b", "a"], JUDGED, depth=1) == pytest.approx(1 / 3)
    assert relevance.ndcg([*"0123456789", "a"], JUDGED) == 0


def test_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    assert relevance.reciprocal_rank(["x", "b", "a"], JUDGED) == 1 / 2
    assert relevance.reciprocal_rank(["x"], JUDGED) == 0


def test_interval_of_equal_differences_is_that_difference() -> None:
    assert relevance.bootstrap([0.25] * 9) == (0.25, 0.25)


def test_interval_holds_the_mean_and_narrows_with_more_queries() -> None:
    low, high = relevance.bootstrap([0.0, 1.0] * 20)
    assert 0.3 < low < 0.5 < high < 0.7
    narrow_low, narrow_high = relevance.bootstrap([0.0, 1.0] * 500)
    assert low < narrow_low < 0.5 < narrow_high < high


@pytest.mark.parametrize(
    "lines",
    [
        ["query-id\tcorpus-id\tscore\n", "1\td1\t2\n", "1\td2\t0\n", "2\td1\t1\n"],
        ["query_id\tdoc_id\trelevance\tgrade\n", "1\td1\t2\t9\n", "1\td2\t0\t9\n", "2\td1\t1\t9\n"],
        ["1 0 d1 2\n", "1 0 d2 0\n", "2 0 d1 1\n"],
        ["1\t0\td1\t2\n", "1\t0\td2\t-1\n", "2\t0\td1\t1\n"],
    ],
)
def test_judgements_are_read_in_each_format(lines: list[str]) -> None:
    assert relevance.read_qrels(iter(lines)) == {"1": {"d1": 2}, "2": {"d1": 1}}


def run(*words: str | Path) -> str:
    """What the script prints."""
    done = subprocess.run(
        [sys.executable, SCRIPT, *words],
        check=True,
        capture_output=True,
        text=True,
        env={**relevance.os.environ, "PYTHONPATH": str(SCRIPT.parent.parent)},
    )
    return done.stdout


def write_collection(folder: Path) -> None:
    rows = [
        {"_id": "d1", "title": "Banks raise rates", "text": "The bank of Japan raised its interest rates."},
        {"_id": "d2", "title": "Rugby in Apia", "text": "A match of rugby, watched by bankers."},
        {"_id": "d3", "title": "Rain", "text": "It rained on the banks of the river."},
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text(
        '{"_id": "1", "text": "Interest rates?"}\n{"_id": "2", "text": "rugby match"}\n'
    )
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td2\t1\n")


def test_judged_collection_is_measured_beside_a_peer(tmp_path: Path) -> None:
    write_collection(tmp_path)
    run(tmp_path, "--peers", "fts5", "--json", tmp_path / "found.json")
    (task,) = json.loads((tmp_path / "found.json").read_text())["tasks"]
    assert task["means"] == {"searchidx": 1, "best": 1, "fts5": 1}
    assert (task["queries"], task["difference"], task["interval"]) == (2, 0, [0, 0])


def test_known_items_are_found_by_words_of_the_article(tmp_path: Path) -> None:
    words = [f"{one}{other}" for one in ("alder", "birch", "cedar") for other in ("amber", "brook", "cliff", "dunes")]
    for number in range(3):
        body = " ".join(f"{word}{'abc'[number]} {word}xyz" for word in words)
        (tmp_path / f"{number}.txt").write_text(f"{words[number]}a story told\n\n{words[number]}a story told. {body}\n")
    run(tmp_path, "--peers", "", "--languages", "--json", tmp_path.parent / "found.json")
    found = json.loads((tmp_path.parent / "found.json").read_text())
    assert [(task["task"], task["operator"], task["queries"]) for task in found["tasks"]] == [
        ("headline", "OR", 3), ("headline", "AND", 3), ("3-5 words", "OR", 3), ("3-5 words", "AND", 3)
    ]  # fmt: skip
    assert all(task["means"]["searchidx"] > 0.5 for task in found["tasks"])
    assert sum(row["searches"] for row in found["languages"]) == 3


def test_other_constants_are_measured(tmp_path: Path) -> None:
    write_collection(tmp_path)
    index = tmp_path / "index"
    relevance.build(tmp_path, index)
    measured = relevance.run_setting({"K1": 1.5, "PAIR_WEIGHT": 0.0}, tmp_path, index)
    assert [set(values.values()) for values in measured] == [{1}]


def test_ablation_measures_the_formula_without_each_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two articles differ in the order of their words, and pairs prefer the one that is not sought."""
    (tmp_path / "corpus.jsonl").write_text(
        '{"_id": "apart", "title": "News", "text": "The bank of our river today, then and there."}\n'
        '{"_id": "near", "title": "News", "text": "The river bank of our today, then and there."}\n'
    )
    (tmp_path / "queries.jsonl").write_text('{"_id": "1", "text": "river bank"}\n')
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\tapart\t1\n")
    monkeypatch.setattr(relevance, "ABLATIONS", {"no pairs": {"PAIR_WEIGHT": 0.0}})
    index = tmp_path / "index"
    relevance.build(tmp_path, index)
    with searchidx.open(index) as archive:
        tasks = {tmp_path: relevance.make_tasks(tmp_path, archive)}
    [row] = relevance.ablate(tasks, {tmp_path: index})
    assert (row["without"], row["mean"]) == ("no pairs", 1)
    assert row["difference"] == pytest.approx(1 - 1 / math.log2(3))
