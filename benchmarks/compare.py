"""Compare searchidx with tantivy, SQLite FTS5 and stock Whoosh: build rate, index size, milliseconds per query.

    python benchmarks/compare.py [CORPUS.jsonl[.gz]] [--times 10] [--peers tantivy,fts5,whoosh] [--json FILE]

Each query asks for an exact count and the ten best hits with their headlines. Nothing is cached between queries. Times
are medians, or with --quantile 0.1 those that a tenth of the runs stays below, which other work on the machine disturbs
less. The engines take turns in one process and so share the machine's noise: compare figures of one run only.
Without a CORPUS the script generates 20,000 articles whose words follow Zipf's law (seeded), and uses queries that fit.

Builds start from articles in memory, in each engine's own form if it has one. Imports are not timed.

The peers need the extra `bench`. Stock Whoosh uses its own storage and parser, two text fields and Porter's stemmer.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import json
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import searchidx

Row = dict[str, Any]
Answer = tuple[int, list[str]]

REUTERS = {
    "term": "oil",
    "common term": "said",
    "and": "trade deficit",
    "not": "oil NOT crude",
    "or of 2": "japan OR taiwan",
    "or of 4": "company OR bank OR dollar OR rate",
    "phrase": '"interest rates"',
    "rare phrase": '"taiwan dollar"',
    "common phrase": '"said it"',
    "field": "headline:japan",
    "date range": "oil date:1987-03",
    "prefix": "exchang*",
}
GENERATED = {
    "term": "w40",
    "common term": "w1",
    "and": "w60 w90",
    "not": "w40 NOT w70",
    "or of 2": "w90 OR w400",
    "or of 4": "w12 OR w20 OR w30 OR w45",
    "phrase": '"w5 w9"',
    "rare phrase": '"w30 w200"',
    "common phrase": '"w1 w2"',
    "field": "headline:w60",
    "date range": "w40 date:1987-03",
    "prefix": "w12*",
}


def generated(count: int) -> Iterator[Row]:
    """Generate articles whose words follow Zipf's law."""
    source = random.Random(20230201)
    words = [f"w{n}" for n in range(1, 60_000)]
    weights = [1 / n for n in range(1, 60_000)]
    for n in range(count):
        drawn = source.choices(words, weights, k=source.randint(20, 260))
        day = dt.date(1987, 1, 1) + dt.timedelta(days=source.randrange(300))
        yield {"id": str(n), "headline": " ".join(drawn[:8]), "body": " ".join(drawn[8:]), "date": day.isoformat()}


def read(corpus: str) -> Iterator[Row]:
    """Read the articles of a JSON Lines file that have a headline or a body."""
    opened = gzip.open(corpus, "rt", encoding="utf-8") if corpus.endswith(".gz") else open(corpus, encoding="utf-8")  # noqa: SIM115
    with opened as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("headline") or row.get("body"):
                yield {
                    "id": str(row["id"]),
                    "headline": row.get("headline") or "",
                    "body": row.get("body") or "",
                    "date": (row.get("date") or "")[:19],
                }


class Searchidx:
    """searchidx through its public library."""

    def prepare(self, rows: list[Row]) -> list[searchidx.Article]:
        """Convert rows to articles, and import the library, before the clock starts."""
        import searchidx.archive

        return [searchidx.Article(**{**row, "date": row["date"] or None}) for row in rows]

    def build(self, articles: list[searchidx.Article], folder: Path) -> None:
        with searchidx.create(folder).writer() as writer:
            for article in articles:
                writer.add(article)

    def open(self, folder: Path) -> None:
        self.archive = searchidx.open(folder)

    def query(self, text: str) -> Answer:
        hits = self.archive.search(text, limit=10)
        return hits.total, [hit.headline for hit in hits]


class Tantivy:
    """tantivy with its English stemmer, two writer threads and its default merge policy."""

    def prepare(self, rows: list[Row]) -> list[Row]:
        import tantivy  # noqa: F401

        return rows

    def build(self, rows: list[Row], folder: Path) -> None:
        import tantivy

        folder.mkdir()
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw")
        for name in ("headline", "body"):
            schema.add_text_field(name, stored=True, tokenizer_name="en_stem")
        schema.add_date_field("date", stored=True, indexed=True, fast=True)
        index = tantivy.Index(schema.build(), path=str(folder))
        writer = index.writer(256_000_000, 2)
        for row in rows:
            document = tantivy.Document(id=row["id"], headline=row["headline"], body=row["body"])
            if row["date"]:
                document.add_date("date", dt.datetime.fromisoformat(row["date"]).replace(tzinfo=dt.timezone.utc))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(folder))
        self.searcher = self.index.searcher()

    def query(self, text: str) -> Answer | None:
        if "*" in text:
            return None
        asked = text.replace("date:1987-03", "AND date:[1987-03-01T00:00:00Z TO 1987-04-01T00:00:00Z}")
        if " OR " not in asked and '"' not in asked and " AND " not in asked and " NOT " not in asked:
            asked = asked.replace(" ", " AND ")
        if " NOT " in asked:
            asked = "+" + asked.replace(" NOT ", " -")
        found = self.searcher.search(self.index.parse_query(asked, ["headline", "body"]), 10, True)
        return found.count, [self.searcher.doc(address)["headline"][0] for _, address in found.hits]


class Fts5:
    """SQLite's FTS5 with Porter's stemmer, ranked by its BM25."""

    def prepare(self, rows: list[Row]) -> list[Row]:
        return rows

    def build(self, rows: list[Row], folder: Path) -> None:
        folder.mkdir()
        base = sqlite3.connect(folder / "fts5.db")
        base.execute(
            "create virtual table a using fts5(id unindexed, headline, body, date unindexed, tokenize='porter')"
        )
        base.executemany("insert into a values (:id, :headline, :body, :date)", rows)
        base.execute("insert into a(a) values ('optimize')")
        base.commit()
        base.close()

    def open(self, folder: Path) -> None:
        self.base = sqlite3.connect(folder / "fts5.db")

    def query(self, text: str) -> Answer | None:
        if "date:" in text:
            return None
        asked = text.replace(" NOT ", " NOT ") if " OR " in text or " NOT " in text else text
        total = self.base.execute("select count(*) from a where a match ?", (asked,)).fetchone()[0]
        rows = self.base.execute("select headline from a where a match ? order by rank limit 10", (asked,)).fetchall()
        return total, [row[0] for row in rows]


class Whoosh:
    """Whoosh 2.7.4 with its own storage and parser."""

    def prepare(self, rows: list[Row]) -> list[Row]:
        return rows

    def build(self, rows: list[Row], folder: Path) -> None:
        from whoosh import analysis, fields, index

        folder.mkdir()
        words = analysis.StemmingAnalyzer(stoplist=None)
        schema = fields.Schema(
            id=fields.ID(stored=True),
            headline=fields.TEXT(analyzer=words, stored=True),
            body=fields.TEXT(analyzer=words),
            date=fields.DATETIME,
        )
        writer = index.create_in(str(folder), schema).writer(limitmb=256)
        for row in rows:
            date = dt.datetime.fromisoformat(row["date"]) if row["date"] else None
            writer.add_document(**{**row, "date": date})
        writer.commit()

    def open(self, folder: Path) -> None:
        from whoosh import index, qparser

        opened = index.open_dir(str(folder))
        self.searcher = opened.searcher()
        self.parser = qparser.MultifieldParser(["headline", "body"], opened.schema)

    def query(self, text: str) -> Answer:
        asked = text.replace("date:1987-03", "date:[19870301 TO 19870331]")
        found = self.searcher.search(self.parser.parse(asked), limit=10)
        return len(found), [hit.get("headline", "") for hit in found]


PEERS: dict[str, Callable[[], Any]] = {"searchidx": Searchidx, "tantivy": Tantivy, "fts5": Fts5, "whoosh": Whoosh}


def size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def times_of(
    engines: dict[str, Any], text: str, budget: float, quantile: float = 0.5
) -> dict[str, tuple[float, int] | None]:
    """Return a quantile of the seconds of a query, and its count, for each engine; the engines take turns."""
    took: dict[str, list[float]] = {name: [] for name in engines}
    counts: dict[str, int] = {}
    began = time.perf_counter()
    while not counts or time.perf_counter() - began < budget * len(engines):
        for name, engine in engines.items():
            turn = time.perf_counter()
            for _ in range(25):
                start = time.perf_counter()
                answer = engine.query(text)
                took[name].append(time.perf_counter() - start)
                if answer is None or time.perf_counter() - turn > budget / 4:
                    break
            counts[name] = -1 if answer is None else answer[0]
    return {
        name: None if counts[name] < 0 else (float(np.quantile(took[name], quantile)), counts[name]) for name in engines
    }


def geometric_mean(values: list[float]) -> float:
    return statistics.geometric_mean(values) if values else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", help="JSON Lines, may be gzipped; default: a generated corpus")
    parser.add_argument("--times", type=int, default=1, help="repeat the corpus this many times")
    parser.add_argument("--peers", default="tantivy,fts5", help="comma-separated: tantivy, fts5, whoosh")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds per query and engine")
    parser.add_argument("--quantile", type=float, default=0.5, help="which of the times to print; default: the median")
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    rows = list(read(options.corpus)) if options.corpus else list(generated(20_000))
    queries = REUTERS if options.corpus else GENERATED
    rows = [{**row, "id": f"{row['id']}-{n}"} for n in range(options.times) for row in rows]
    engines: dict[str, Any] = {}
    figures: dict[str, Any] = {"articles": len(rows), "cores": os.cpu_count(), "build": {}, "queries": {}}
    print(f"{len(rows):,} articles, {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as where:
        for name in ["searchidx", *filter(None, options.peers.split(","))]:
            engine, folder = PEERS[name](), Path(where) / name
            articles = engine.prepare(rows)
            start = time.perf_counter()
            engine.build(articles, folder)
            took = time.perf_counter() - start
            del articles
            engine.open(folder)
            engines[name] = engine
            figures["build"][name] = {"seconds": took, "docs_per_second": len(rows) / took, "mb": size_mb(folder)}
            print(f"{name:<10} build {took:8.2f} s  {len(rows) / took:9,.0f} docs/s  {size_mb(folder):8.1f} MB")
        print(f"\n{'ms a query':<14}" + "".join(f"{name:>12}" for name in engines) + "   hits        ratio")
        ratios: dict[str, list[float]] = {name: [] for name in engines}
        for kind, text in queries.items():
            found = times_of(engines, text, options.budget, options.quantile)
            figures["queries"][kind] = {
                "query": text,
                **{n: v and {"ms": v[0] * 1e3, "total": v[1]} for n, v in found.items()},
            }
            own = found["searchidx"]
            assert own is not None
            shown = "".join("           –" if v is None else f"{v[0] * 1e3:12.3f}" for v in found.values())
            compared = []
            for name, value in found.items():
                if name != "searchidx" and value is not None:
                    ratios[name].append(own[0] / value[0])
                    # Peers match the stems of a phrase's words and find more; other counts agree.
                    other = "" if value[1] == own[1] else f" ({value[1]:,} hits)"
                    compared.append(f"{own[0] / value[0]:.2f} × {name}{other}")
            print(f"{kind:<14}{shown}   {own[1]:<10,}  {', '.join(compared)}")
        for name, values in ratios.items():
            if values:
                print(f"geometric mean of {len(values)}: {geometric_mean(values):.3f} × {name}")
                figures.setdefault("geometric_means", {})[name] = geometric_mean(values)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
