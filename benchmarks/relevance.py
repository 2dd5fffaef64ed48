"""Measure ranking on judged collections: nDCG@10, recall@100 and MRR, for searchidx's constants and for a grid.

    python benchmarks/relevance.py COLLECTION... [--grid] [--formula] [--json FILE]

Each query becomes an OR of its words. Figures are means over the queries with a relevant document. --grid also ranks
with other values of k1, b and the headline's weight. --formula compares the scores of the ten best hits with BM25F
computed from the articles, and prints the largest relative difference.

A COLLECTION is a folder with three files, each also as .gz:

    corpus.jsonl or docs.jsonl          {"_id" or "id", "title" or "headline", "text", "body" or "abstract"}
    queries.jsonl                       {"_id" or "id", "text"}
    qrels.tsv, qrels/test.tsv, qrels    BEIR: a header, then query, document, relevance; more columns are ignored
                                        TREC: query, iteration, document, relevance; no header

nDCG takes the relevance as the gain, as trec_eval does. Each setting runs in a process of its own, since the engine
reads the constants when it is imported. They are not stored, so one index serves all settings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from searchidx.engines import bm25

CORPUS_NAMES = ("corpus.jsonl", "docs.jsonl")
QRELS_NAMES = ("qrels.tsv", "qrels/test.tsv", "qrels")
GRID = ((0.9, 1.2, 1.6, 2.0, 2.5), (0.4, 0.6, 0.7, 0.8), (1.0, 2.0, 4.0, 6.0))
"""Values of k1, b and the headline's weight."""
DEPTH = 1000
"""Hits of a query that are judged."""
WORD = re.compile(r"\w+")

Setting = tuple[float, float, float]
Qrels = dict[str, dict[str, int]]
"""By query, by document, the relevance."""


def open_lines(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """The lines of the first of these files that exists, plain or gzipped."""
    for path in (folder / f"{name}{end}" for name in names for end in ("", ".gz")):
        if path.is_file():
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
                yield from lines
            return
    raise SystemExit(f"{folder} has none of {', '.join(names)}")


def read_qrels(lines: Iterator[str]) -> Qrels:
    """The judgements of a BEIR or a TREC file; documents of relevance 0 are left out."""
    found: Qrels = {}
    has_header = False
    for number, line in enumerate(lines):
        columns = line.split("\t") if "\t" in line else line.split()
        if number == 0 and not columns[-1].strip().lstrip("-").isdigit():
            has_header = True
            continue
        query, doc, relevance = columns[:3] if has_header or len(columns) == 3 else (columns[0], *columns[2:4])
        if int(relevance) > 0:
            found.setdefault(query, {})[doc] = int(relevance)
    return found


def read_queries(folder: Path) -> dict[str, str]:
    """The queries by id, each an OR of its words."""
    rows = map(json.loads, open_lines(folder, ("queries.jsonl",)))
    return {str(row.get("_id", row.get("id"))): " OR ".join(WORD.findall(row["text"].lower())) for row in rows}


def ndcg(ranking: Sequence[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` documents."""
    gains = [judged.get(doc, 0) for doc in ranking[:depth]]
    ideal = sorted(judged.values(), reverse=True)[:depth]
    dcg, best = (sum(gain / math.log2(at + 2) for at, gain in enumerate(each)) for each in (gains, ideal))
    return dcg / best if best else 0.0


def recall(ranking: Sequence[str], judged: Mapping[str, int], depth: int = 100) -> float:
    """The share of relevant documents among the first `depth`."""
    return len(judged.keys() & set(ranking[:depth])) / len(judged) if judged else 0.0


def reciprocal_rank(ranking: Sequence[str], judged: Mapping[str, int]) -> float:
    """One divided by the rank of the first relevant document; 0 if there is none."""
    return next((1 / at for at, doc in enumerate(ranking, 1) if doc in judged), 0.0)


def evaluate(rankings: Mapping[str, Sequence[str]], qrels: Qrels) -> dict[str, float]:
    """The mean of each measure over the judged queries."""
    asked = [query for query in qrels if query in rankings]
    measures = {"nDCG@10": ndcg, "recall@100": recall, "MRR": reciprocal_rank}
    return {
        name: sum(measure(rankings[query], qrels[query]) for query in asked) / len(asked)
        for name, measure in measures.items()
    }


def build(folder: Path, index: Path) -> None:
    """Index a collection."""
    import searchidx

    with searchidx.create(index).writer() as writer:
        for row in map(json.loads, open_lines(folder, CORPUS_NAMES)):
            headline = row.get("headline") or row.get("title") or ""
            body = " ".join(str(row[name]) for name in ("body", "text", "abstract") if row.get(name))
            writer.add(searchidx.Article(id=str(row.get("_id", row.get("id"))), headline=headline, body=body))


def rank(index: Path, queries: Mapping[str, str]) -> dict[str, list[str]]:
    """The ids that each query finds, by relevance."""
    import searchidx

    with searchidx.open(index) as archive:
        return {
            query: [hit.id for hit in archive.search(text, limit=DEPTH)] if text else []
            for query, text in queries.items()
        }


def formula_difference(index: Path, queries: Mapping[str, str]) -> float:
    """The largest relative difference between scores and BM25F computed from the articles, over ten hits a query."""
    import searchidx
    from searchidx.analysis import analyze
    from searchidx.query.traversal import leaves
    from searchidx.stemming import stem

    def stems(text: str) -> Counter[str]:
        return Counter(token.stem for token in analyze(text))

    worst = 0.0
    with searchidx.open(index) as archive:
        counts = {article.id: (stems(article.headline), stems(article.body)) for article in archive.articles("*")}
        lengths = {id: bm25.HEADLINE_WEIGHT * head.total() + body.total() for id, (head, body) in counts.items()}
        mean = sum(lengths.values()) / len(lengths)
        frequency = Counter(stem for head, body in counts.values() for stem in head.keys() | body.keys())
        for text in filter(None, queries.values()):
            terms = [stem(leaf.text) for leaf in leaves(searchidx.parse(text).query)]
            for hit in archive.search(text, limit=10):
                head, body = counts[hit.id]
                norm = bm25.K1 * (1 - bm25.B + bm25.B * lengths[hit.id] / mean)
                weights = {term: bm25.HEADLINE_WEIGHT * head[term] + body[term] for term in terms}
                expected = sum(
                    bm25.idf(len(counts), frequency[term]) * weights[term] / (weights[term] + norm) for term in terms
                )
                worst = max(worst, abs(hit.score - expected) / expected)
    return worst


def run_setting(setting: Setting, folder: Path, index: Path) -> dict[str, float]:
    """Evaluate one setting in a process of its own."""
    words = [sys.executable, __file__, str(folder), "--index", str(index), "--setting", ",".join(map(str, setting))]
    root = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    found: dict[str, float] = json.loads(subprocess.run(words, check=True, capture_output=True, env=environment).stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--grid", action="store_true")
    parser.add_argument("--formula", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--index", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--setting", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.setting:
        folder = given.collections[0]
        bm25.K1, bm25.B, bm25.HEADLINE_WEIGHT = map(float, given.setting.split(","))
        rankings = rank(given.index, read_queries(folder))
        print(json.dumps(evaluate(rankings, read_qrels(open_lines(folder, QRELS_NAMES)))))
        return
    own = (bm25.K1, bm25.B, bm25.HEADLINE_WEIGHT)
    settings = [own, *(setting for setting in product(*GRID) if given.grid and setting != own)]
    results: list[dict[str, Any]] = []
    for folder in given.collections:
        with tempfile.TemporaryDirectory() as temporary:
            index = Path(temporary) / "index"
            build(folder, index)
            for setting in settings:
                found = dict(zip(("k1", "b", "headline"), setting, strict=True)) | run_setting(setting, folder, index)
                results.append({"collection": folder.name, **found})
                print(f"{folder.name:12}", *(f"{name} {value:<8.4g}" for name, value in found.items()), flush=True)
            if given.formula:
                worst = formula_difference(index, read_queries(folder))
                print(f"{folder.name:12} largest difference from the formula: {worst:.1e}")
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
