"""Measure ranking, beside tantivy and SQLite FTS5: on judged collections, and by known-item searches in any archive.

    python benchmarks/relevance.py FOLDER... [--peers tantivy,fts5] [--ablate] [--tune] [--languages] [--json FILE]

A FOLDER with judgements is a judged collection: queries and the documents that answer them. It has three files, each
also as .gz:

    corpus.jsonl or docs.jsonl          {"_id" or "id", "title" or "headline", "text", "body" or "abstract"}
    queries.jsonl                       {"_id" or "id", "text"}
    qrels.tsv, qrels/test.tsv, qrels    BEIR: a header, then query, document, relevance; more columns are ignored
                                        TREC: query, iteration, document, relevance; no header

Its queries are searched as an OR of their words, and, where at least ten articles have all of them, as an AND. The
measure is nDCG@10 with the relevance as the gain, as trec_eval computes it. Any other FOLDER is a source of `build`.
Its tasks search for one article by words from it, as an OR and as an AND: the words of its headline in the field
`body`, and three to five words of at least four letters from its body. The measure is MRR@10: one divided by the rank
of the article among ten hits. Articles and words are drawn with a fixed seed.

Prints the mean of each system over the queries, and the difference of searchidx from the best peer with its 95 %
interval, by a paired bootstrap over queries. `best` is searchidx with --sort best. The peers need the extra `bench`;
those not installed are left out. Further lines of known-item searches by AND tell matching from ranking: how many
articles each system has among its ten hits, and the measure over the searches in which all systems have the article;
and beside the best peer, how many articles one of both finds alone, and how many it ranks higher.

--ablate leaves out one part of the formula at a time, and prints the mean of each task and its difference from the
whole formula with its 95 % interval.

--tune measures a grid of constants. For each collection it takes the constants that do best on the others, and prints
how they do on that one, so no collection chooses its own. Each setting runs in a process of its own, since engines read
the constants when they are imported. --languages also searches by headline in an index of all articles as English, and
prints both by language.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import math
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import compare  # beside this script

from searchidx.engines import bm25

CORPUS_NAMES = ("corpus.jsonl", "docs.jsonl")
QRELS_NAMES = ("qrels.tsv", "qrels/test.tsv", "qrels")
GRID: dict[str, tuple[float, ...]] = {
    "K1": (0.8, 1.2, 2.0),
    "HEADLINE_WEIGHT": (2.0, 4.0),
    "MAX_BURSTINESS": (1.0, 4.0),
    "PAIR_WEIGHT": (0.0, 0.15),
}
"""Values of the constants of `bm25` that --tune combines."""
ABLATIONS: dict[str, dict[str, float]] = {
    "no burstiness": {"MAX_BURSTINESS": 1.0},
    "no pairs": {"PAIR_WEIGHT": 0.0},
    "idf to the power of 1": {"IDF_POWER": 1.0},
    "headline as body": {"HEADLINE_WEIGHT": 1.0},
    "plain BM25": {"MAX_BURSTINESS": 1.0, "PAIR_WEIGHT": 0.0, "IDF_POWER": 1.0, "HEADLINE_WEIGHT": 1.0},
}
"""Constants of `bm25` that switch parts of the formula off."""
SEARCHES = 400
"""Known-item searches of each kind."""
DEPTH = 10
"""Hits of a query that are judged."""
MIN_AND_HITS = 10
"""A judged query is also asked as an AND if that finds so many articles."""
RESAMPLES = 2000
"""Bootstrap samples of an interval."""
WORD = re.compile(r"\w+")

Qrels = dict[str, dict[str, int]]
"""By query, by document, the relevance."""
Values = dict[str, float]
"""By query, its measure."""


@dataclass(frozen=True)
class Task:
    """Queries and what they should find.

    Attributes:
        collection: the name of the collection.
        name: the kind of query.
        operator: "OR" or "AND".
        field: the field that is searched: "text" or "body".
        queries: by query, its words.
        qrels: the judgements.
        is_judged: whether the measure is nDCG@10; else it is MRR@10.
    """

    collection: str
    name: str
    operator: str
    field: str
    queries: Mapping[str, Sequence[str]]
    qrels: Qrels
    is_judged: bool

    def measure(self, rank: Callable[[Task, Sequence[str]], Sequence[str]]) -> Values:
        """The measure of each query, given a function from words to the ids of the best hits."""
        of = ndcg if self.is_judged else reciprocal_rank
        return {query: of(rank(self, words), self.qrels[query]) for query, words in self.queries.items()}


# -- collections -------------------------------------------------------------------------------------------------------


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


def read_queries(folder: Path) -> dict[str, list[str]]:
    """The words of each query."""
    rows = map(json.loads, open_lines(folder, ("queries.jsonl",)))
    return {str(row.get("_id", row.get("id"))): WORD.findall(row["text"].lower()) for row in rows}


def is_judged(folder: Path) -> bool:
    """Whether a folder is a judged collection."""
    return folder.is_dir() and any((folder / f"{name}{end}").is_file() for name in QRELS_NAMES for end in ("", ".gz"))


def build(folder: Path, index: Path) -> None:
    """Index the articles of a collection."""
    import searchidx

    if not is_judged(folder):
        searchidx.build(folder, index=index)
        return
    with searchidx.create(index).writer() as writer:
        for row in map(json.loads, open_lines(folder, CORPUS_NAMES)):
            headline = row.get("headline") or row.get("title") or ""
            body = " ".join(str(row[name]) for name in ("body", "text", "abstract") if row.get(name))
            writer.add(searchidx.Article(id=str(row.get("_id", row.get("id"))), headline=headline, body=body))


def judged_tasks(folder: Path, archive: Any) -> list[Task]:
    """The tasks of a judged collection."""
    qrels = read_qrels(open_lines(folder, QRELS_NAMES))
    queries = {query: words for query, words in read_queries(folder).items() if query in qrels and words}
    narrow = {query: words for query, words in queries.items() if archive.search(" ".join(words)).total >= MIN_AND_HITS}
    tasks = [Task(folder.name, "queries", "OR", "text", queries, qrels, True)]
    return tasks + ([Task(folder.name, "queries", "AND", "text", narrow, qrels, True)] if narrow else [])


def make_tasks(folder: Path, archive: Any) -> list[Task]:
    """The tasks of a collection that have queries."""
    tasks = judged_tasks(folder, archive) if is_judged(folder) else known_item_tasks(folder, archive)
    return [task for task in tasks if task.queries]


def known_item_tasks(folder: Path, archive: Any) -> list[Task]:
    """Searches for one article by words from it."""
    from searchidx.analysis import analyze
    from searchidx.folding import lower

    source = random.Random(20230201)
    articles = list(archive.articles("*"))
    source.shuffle(articles)
    by_headline: dict[str, list[str]] = {}
    by_body: dict[str, list[str]] = {}
    for article in articles:
        body = {lower(token.printed) for token in analyze(article.body)}
        headline = list(dict.fromkeys(lower(token.printed) for token in analyze(article.headline)))
        if len(by_headline) < SEARCHES and len(headline) >= 3 and body:
            by_headline[article.id] = headline
        words = sorted(word for word in body if len(word) >= 4 and word.isalpha())
        if len(by_body) < SEARCHES and len(words) >= 20:
            by_body[article.id] = source.sample(words, source.randint(3, 5))
    return [
        Task(folder.name, name, operator, field, queries, {id: {id: 1} for id in queries}, False)
        for name, field, queries in (("headline", "body", by_headline), ("3-5 words", "text", by_body))
        for operator in ("OR", "AND")
    ]


# -- measures ----------------------------------------------------------------------------------------------------------


def ndcg(ranking: Sequence[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` documents."""
    gains = [judged.get(doc, 0) for doc in ranking[:depth]]
    ideal = sorted(judged.values(), reverse=True)[:depth]
    dcg, best = (sum(gain / math.log2(at + 2) for at, gain in enumerate(each)) for each in (gains, ideal))
    return dcg / best if best else 0.0


def reciprocal_rank(ranking: Sequence[str], judged: Mapping[str, int]) -> float:
    """One divided by the rank of the first relevant document; 0 if there is none."""
    return next((1 / at for at, doc in enumerate(ranking, 1) if doc in judged), 0.0)


def bootstrap(differences: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of the mean of some differences, by resampling them."""
    source = random.Random(20230201)
    means = sorted(statistics.fmean(source.choices(differences, k=len(differences))) for _ in range(RESAMPLES))
    return means[round(0.025 * RESAMPLES)], means[round(0.975 * RESAMPLES) - 1]


# -- systems -----------------------------------------------------------------------------------------------------------

Rank = Callable[[Task, Sequence[str]], Sequence[str]]


def searchidx_rank(archive: Any, sort: str = "relevance") -> Rank:
    """Rank by searchidx."""

    def rank(task: Task, words: Sequence[str]) -> Sequence[str]:
        prefix = "" if task.field == "text" else f"{task.field}:"
        query = f" {task.operator} ".join(f"{prefix}{word}" for word in words)
        return [hit.id for hit in archive.search(query, limit=DEPTH, sort=sort)]

    return rank


def tantivy_rank(engine: compare.Tantivy) -> Rank:
    """Rank by tantivy."""

    def rank(task: Task, words: Sequence[str]) -> Sequence[str]:
        fields = ["body"] if task.field == "body" else ["headline", "body"]
        query = engine.index.parse_query(f" {task.operator} ".join(map(quoted, words)), fields)
        found = engine.searcher.search(query, DEPTH).hits
        return [engine.searcher.doc(address)["id"][0] for _, address in found]

    return rank


def fts5_rank(engine: compare.Fts5) -> Rank:
    """Rank by SQLite FTS5."""

    def rank(task: Task, words: Sequence[str]) -> Sequence[str]:
        query = f" {task.operator} ".join(map(quoted, words))
        if task.field == "body":
            query = f"{{body}} : ({query})"
        asked = "select id from a where a match ? order by rank limit ?"
        return [row[0] for row in engine.base.execute(asked, (query, DEPTH))]

    return rank


PEERS: dict[str, tuple[str, Callable[[], Any], Callable[[Any], Rank]]] = {
    "tantivy": ("tantivy", compare.Tantivy, tantivy_rank),
    "fts5": ("sqlite3", compare.Fts5, fts5_rank),
}
"""By name, the module it needs, the engine and how it ranks."""


def quoted(word: str) -> str:
    """A word as a phrase of a peer's query language."""
    return '"' + re.sub(r'["\\]', "", word) + '"'


def open_peers(names: Sequence[str], archive: Any, folder: Path) -> dict[str, Rank]:
    """Index the articles of an archive with the peers that are installed."""
    found: dict[str, Rank] = {}
    rows = [{"id": each.id, "headline": each.headline, "body": each.body, "date": ""} for each in archive.articles("*")]
    for name in names:
        module, make, ranked = PEERS[name]
        if importlib.util.find_spec(module) is None:
            print(f"{name} is not installed", file=sys.stderr)
            continue
        engine = make()
        engine.build(rows, folder / name)
        engine.open(folder / name)
        found[name] = ranked(engine)
    return found


# -- reports -----------------------------------------------------------------------------------------------------------


def report(task: Task, systems: Mapping[str, Rank]) -> dict[str, Any]:
    """Measure systems on a task and print a line."""
    values = {name: task.measure(rank) for name, rank in systems.items()}
    means = {name: statistics.fmean(each.values()) for name, each in values.items()}
    line = f"{task.collection:13} {task.name:10} {task.operator:4} {len(task.queries):5}"
    line += "".join(f"{mean:11.3f}" for mean in means.values())
    row: dict[str, Any] = {
        "collection": task.collection,
        "task": task.name,
        "operator": task.operator,
        "queries": len(task.queries),
        "means": means,
    }
    if peers := [name for name in systems if name in PEERS]:
        best = max(peers, key=means.__getitem__)
        low, high = bootstrap([values["searchidx"][query] - values[best][query] for query in task.queries])
        row |= {"best_peer": best, "difference": means["searchidx"] - means[best], "interval": [low, high]}
        line += f"   {row['difference']:+.3f} ({low:+.3f} to {high:+.3f}) {best}"
    print(line, flush=True)
    if task.operator == "AND" and not task.is_judged:
        row["found"] = {name: sum(value > 0 for value in each.values()) for name, each in values.items()}
        common = [query for query in task.queries if all(each[query] for each in values.values())]
        if common:
            row["means_where_all_find"] = {
                name: statistics.fmean(each[query] for query in common) for name, each in values.items()
            }
            print(f"{'  articles found':34}" + "".join(f"{count:11}" for count in row["found"].values()))
            ranked = "".join(f"{mean:11.3f}" for mean in row["means_where_all_find"].values())
            print(f"{'  found by all':28} {len(common):5}{ranked}", flush=True)
        if peers:
            of_both = [(values["searchidx"][query], values[best][query]) for query in task.queries]
            row["beside_best_peer"] = {
                "found_alone": sum(one > 0 == other for one, other in of_both),
                "missed_alone": sum(other > 0 == one for one, other in of_both),
                "ranked_higher": sum(one > other > 0 for one, other in of_both),
                "ranked_lower": sum(other > one > 0 for one, other in of_both),
            }
            counts = [f"{name.replace('_', ' ')} {count}" for name, count in row["beside_best_peer"].items()]
            print(f"  beside {best}: {', '.join(counts)}")
    return row


def run_setting(setting: Mapping[str, float], folder: Path, index: Path) -> list[Values]:
    """The measures of the tasks of a collection with other constants, in a process of its own."""
    words = [sys.executable, __file__, str(folder), "--index", str(index), "--setting", json.dumps(setting)]
    root = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    return json.loads(subprocess.run(words, check=True, capture_output=True, env=environment, text=True).stdout)


def measure_setting(setting: Mapping[str, float], folder: Path, index: Path) -> list[Values]:
    """The measures of the tasks of a collection, with constants that no engine has read yet."""
    for name, value in setting.items():
        setattr(bm25, name, value)
    import searchidx

    with searchidx.open(index) as archive:
        rank = searchidx_rank(archive)
        return [task.measure(rank) for task in make_tasks(folder, archive)]


def ablate(tasks: Mapping[Path, Sequence[Task]], indexes: Mapping[Path, Path]) -> list[dict[str, Any]]:
    """Measure the formula without some of its parts, and print how the means of each task change."""
    rows: list[dict[str, Any]] = []
    for folder, of_folder in tasks.items():
        whole = run_setting({"PAIR_WEIGHT": bm25.PAIR_WEIGHT}, folder, indexes[folder])
        for name, setting in ABLATIONS.items():
            for task, values, usual in zip(
                of_folder, run_setting(setting, folder, indexes[folder]), whole, strict=True
            ):
                differences = [values[query] - usual[query] for query in task.queries]
                mean, difference = statistics.fmean(values.values()), statistics.fmean(differences)
                low, high = bootstrap(differences)
                print(
                    f"{task.collection:13} {task.name:10} {task.operator:4} {name:22} {mean:.3f}"
                    f"   {difference:+.3f} ({low:+.3f} to {high:+.3f})",
                    flush=True,
                )
                rows.append(
                    {"collection": task.collection, "task": task.name, "operator": task.operator, "without": name}
                    | {"mean": mean, "difference": difference, "interval": [low, high]}
                )
    return rows


def tune(folders: Sequence[Path], indexes: Mapping[Path, Path]) -> list[dict[str, Any]]:
    """Measure the grid, and print for each collection what the constants reach that do best on the others."""
    own = {name: getattr(bm25, name) for name in GRID}
    settings = [own, *(dict(zip(GRID, values, strict=True)) for values in product(*GRID.values()))]
    settings = [setting for at, setting in enumerate(settings) if setting not in settings[:at]]
    rows: list[dict[str, Any]] = []
    for setting in settings:
        found = {
            folder.name: statistics.fmean(
                value for values in run_setting(setting, folder, indexes[folder]) for value in values.values()
            )
            for folder in folders
        }
        rows.append({"setting": setting, "means": found})
        print(*(f"{name} {value:g}" for name, value in setting.items()), end="  ")
        print(*(f"{name} {value:.3f}" for name, value in found.items()), flush=True)
    for folder in folders:
        others = [other.name for other in folders if other != folder]
        if not others:
            continue
        best = max(rows, key=lambda row: statistics.fmean(row["means"][name] for name in others))
        chosen = ", ".join(f"{name} {value:g}" for name, value in best["setting"].items())
        reached, present = best["means"][folder.name], rows[0]["means"][folder.name]
        print(f"{folder.name}: {reached:.3f} with {chosen}, chosen on the others; {present:.3f} as they are")
    return rows


def compare_languages(archive: Any) -> list[dict[str, Any]]:
    """Print known-item searches by headline, by language, beside those in an index of all articles as English."""
    import searchidx
    from searchidx.analysis import analyze
    from searchidx.folding import lower
    from searchidx.stemming import analysis_language

    articles = list(archive.articles("*"))
    searched = [article for article in articles if article.body and len(list(analyze(article.headline))) >= 3]

    def measure(asked: Any) -> dict[str, list[tuple[float, bool]]]:
        found: dict[str, list[tuple[float, bool]]] = defaultdict(list)
        for article in searched:
            words = [f"body:{lower(token.printed)}" for token in analyze(article.headline)]
            ids = [hit.id for hit in asked.search(" OR ".join(words), limit=DEPTH)]
            has_all = article.id in asked.ids(" AND ".join(words))
            found[analysis_language(article.language) or "en"].append((reciprocal_rank(ids, {article.id: 1}), has_all))
        return found

    with tempfile.TemporaryDirectory() as folder:
        with searchidx.create(folder) as created, created.writer() as writer:
            for article in articles:
                writer.add(replace(article, language="en"))
        with searchidx.open(folder) as as_english:
            by_language, english = measure(archive), measure(as_english)
    rows: list[dict[str, Any]] = []
    print("language  searches   MRR@10  as English   all words  as English")
    for language, results in sorted(by_language.items(), key=lambda item: -len(item[1])):
        row = {
            "language": language,
            "searches": len(results),
            "mrr": statistics.fmean(rank for rank, _ in results),
            "mrr_as_english": statistics.fmean(rank for rank, _ in english[language]),
            "all_words": sum(has_all for _, has_all in results),
            "all_words_as_english": sum(has_all for _, has_all in english[language]),
        }
        rows.append(row)
        print(
            f"{language:9} {len(results):8,}   {row['mrr']:.3f}       {row['mrr_as_english']:.3f}"
            f"   {row['all_words']:9,}  {row['all_words_as_english']:10,}"
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--peers", default="tantivy,fts5", help="comma-separated: tantivy, fts5; empty for none")
    parser.add_argument("--ablate", action="store_true", help="leave out parts of the formula")
    parser.add_argument("--tune", action="store_true", help="measure other constants, leaving one collection out")
    parser.add_argument("--languages", action="store_true", help="compare with an index of all articles as English")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--index", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--setting", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.setting:
        print(json.dumps(measure_setting(given.setting, given.folders[0], given.index)))
        return
    import searchidx

    peers = list(filter(None, given.peers.split(",")))
    results: dict[str, list[dict[str, Any]]] = {"tasks": []}
    tasks: dict[Path, list[Task]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        indexes = {folder: Path(temporary) / str(number) for number, folder in enumerate(given.folders)}
        for folder, place in indexes.items():
            build(folder, place / "index")
            with searchidx.open(place / "index") as archive:
                systems = {
                    "searchidx": searchidx_rank(archive),
                    "best": searchidx_rank(archive, "best"),
                    **open_peers(peers, archive, place),
                }
                if not results["tasks"]:
                    print(f"{'collection':13} {'task':10} {'':4} {'':5}" + "".join(f"{name:>11}" for name in systems))
                tasks[folder] = make_tasks(folder, archive)
                results["tasks"] += [report(task, systems) for task in tasks[folder]]
                if given.languages:
                    results.setdefault("languages", []).extend(compare_languages(archive))
        at = {folder: place / "index" for folder, place in indexes.items()}
        if given.ablate:
            results["ablations"] = ablate(tasks, at)
        if given.tune:
            results["tune"] = tune(given.folders, at)
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
