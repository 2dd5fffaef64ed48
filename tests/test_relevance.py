"""The measures of benchmarks/relevance.py, on hand-made rankings, and a run over a small collection."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "relevance.py"
specification = importlib.util.spec_from_file_location("relevance", SCRIPT)
assert specification is not None
assert specification.loader is not None
relevance = importlib.util.module_from_spec(specification)
specification.loader.exec_module(relevance)

JUDGED = {"a": 3, "b": 1, "c": 1}


def test_ndcg_discounts_gains_by_rank() -> None:
    ideal = 3 + 1 / math.log2(3) + 1 / 2
    assert relevance.ndcg(["a", "b", "c"], JUDGED) == 1
    assert relevance.ndcg(["x", "a", "y", "b"], JUDGED) == pytest.approx((3 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert relevance.ndcg(["b", "a"], JUDGED, depth=1) == pytest.approx(1 / 3)
    assert relevance.ndcg([*"0123456789", "a"], JUDGED) == 0


def test_recall_is_the_share_of_relevant_documents() -> None:
    assert relevance.recall(["x", "b", "a"], JUDGED) == pytest.approx(2 / 3)
    assert relevance.recall(["x", "b", "a"], JUDGED, depth=2) == pytest.approx(1 / 3)


def test_reciprocal_rank_is_that_of_the_first_relevant_document() -> None:
    assert relevance.reciprocal_rank(["x", "b", "a"], JUDGED) == 1 / 2
    assert relevance.reciprocal_rank(["x"], JUDGED) == 0


def test_means_cover_judged_queries_only() -> None:
    rankings = {"q1": ["a"], "q2": ["x"], "q3": ["y"]}
    found = relevance.evaluate(rankings, {"q1": {"a": 1}, "q2": {"b": 1}, "never asked": {"c": 1}})
    assert found == {"nDCG@10": 0.5, "recall@100": 0.5, "MRR": 0.5}


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


def test_collection_is_ranked_and_agrees_with_the_formula(tmp_path: Path) -> None:
    rows = [
        {"_id": "d1", "title": "Banks raise rates", "text": "The bank of Japan raised its interest rates."},
        {"_id": "d2", "title": "Rugby in Apia", "text": "A match of rugby, watched by bankers."},
        {"_id": "d3", "title": "Rain", "text": "It rained on the banks of the river."},
    ]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "1", "text": "Interest rates?"}\n{"_id": "2", "text": "rugby match"}\n'
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\td1\t1\n2\td2\t1\n")
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path, "--formula", "--json", tmp_path / "found.json"],
        check=True,
        capture_output=True,
        text=True,
        env={**relevance.os.environ, "PYTHONPATH": str(SCRIPT.parent.parent)},
    )
    (found,) = json.loads((tmp_path / "found.json").read_text())
    assert (found["nDCG@10"], found["recall@100"], found["MRR"]) == (1, 1, 1)
    assert float(done.stdout.split()[-1]) < 1e-5
