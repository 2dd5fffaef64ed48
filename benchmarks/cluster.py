"""Compare an index on a cluster with one in a folder: build rate, size, milliseconds per query, processor time.

    python -m testcluster start --heap 1g
    python benchmarks/cluster.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7] [--index opensearch://127.0.0.1:9200/bench]

Each query asks for an exact count and the ten best hits with their headlines. The cluster's caches are cleared before
each query. The script reports differing ids. Processor time is that of this process and of all nodes as they report it.
Times are medians; both indexes take turns, so compare figures of one run only.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from compare import GENERATED, REUTERS, Row, generated, read, size_mb

import searchidx
from searchidx import Archive

MORE = {
    "proximity": "oil w/5 price",
    "in one sentence": "bank w/s rate",
    "not near": "oil NOT w/5 crude",
    "at least 3": "atleast3(oil)",
    "exact": "=rates",
    "wildcard": "*tion",
    "fuzzy": "japam~",
    "newest": "oil",
}


class Nodes:
    """The nodes of a cluster without a password, over plain HTTP."""

    def __init__(self, place: str) -> None:
        self._url, _, self.name = place.replace("opensearch", "http", 1).rpartition("/")

    def ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(self._url + path, method=method)
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """Return the processor time of all nodes, in seconds."""
        nodes = self.ask("GET", "/_nodes/stats/process")["nodes"].values()
        return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000

    def megabytes(self) -> float:
        found = self.ask("GET", f"/{self.name}-*/_stats/store?expand_wildcards=all")["_all"]["primaries"]
        return found["store"]["size_in_bytes"] / 1e6

    def clear_caches(self) -> None:
        self.ask("POST", f"/{self.name}-*/_cache/clear?query=true&request=true&expand_wildcards=all")


def build(rows: Iterable[Row], place: str | Path) -> int:
    """Add all rows in one batch and return their number."""
    count = 0
    with searchidx.create(place).writer() as writer:
        for row in rows:
            writer.add(searchidx.Article(**{**row, "date": row["date"] or None}))
            count += 1
    return count


def timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ask(archive: Archive, kind: str, query: str) -> None:
    hits = archive.search(query, limit=10, sort="newest" if kind == "newest" else "relevance")
    _ = hits.total, [hit.headline for hit in hits]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--times", type=int, default=1, help="repeat the corpus this many times")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--index", default="opensearch://127.0.0.1:9200/bench")
    asked = parser.parse_args()
    queries = REUTERS | MORE if asked.corpus else GENERATED
    rows = list(read(asked.corpus)) if asked.corpus else list(generated(20_000))
    nodes = Nodes(asked.index)

    def copies() -> Iterable[Row]:
        return ({**row, "id": f"{row['id']}-{n}"} for n in range(asked.times) for row in rows)

    with tempfile.TemporaryDirectory() as where:
        folder = Path(where) / "index"
        took = timed(lambda: build(copies(), folder))
        count = asked.times * len(rows)
        print(f"{count:,} articles")
        print(f"  in a folder    {count / took:8,.0f} a second  {size_mb(folder):8.1f} MB")
        theirs, ours, start = nodes.cpu_seconds(), time.process_time(), time.perf_counter()
        build(copies(), asked.index)
        took = time.perf_counter() - start
        ours, theirs = time.process_time() - ours, nodes.cpu_seconds() - theirs
        size = nodes.megabytes()
        print(f"  on the cluster {count / took:8,.0f} a second  {size:8.1f} MB")
        print(f"                 {size / count * 1e6:,.0f} bytes an article, each copy")
        print(f"                 {ours / count * 1e6:,.0f} ms of a processor for a thousand here, ", end="")
        print(f"{theirs / count * 1e6:,.0f} ms in the nodes")
        compare(queries, searchidx.open(folder), searchidx.open(asked.index), nodes, asked.rounds)
    nodes.ask("DELETE", f"/{nodes.name}-*?expand_wildcards=all")


def compare(queries: dict[str, str], folder: Archive, cluster: Archive, nodes: Nodes, rounds: int) -> None:
    """Print the time of each query, and whether the answers agree."""
    trip = statistics.median(timed(lambda: nodes.ask("GET", "/")) for _ in range(rounds))
    print(f"  one round trip {trip * 1000:.1f} ms")
    print(f"{'':18} {'':36} {'hits':>8} {'folder':>8} {'cluster':>8}")
    for kind, query in queries.items():
        here, there = [], []
        for _ in range(rounds):
            nodes.clear_caches()
            here.append(timed(lambda kind=kind, query=query: ask(folder, kind, query)))
            there.append(timed(lambda kind=kind, query=query: ask(cluster, kind, query)))
        ids = folder.ids(query)
        same = "" if ids == cluster.ids(query) else "  DIFFERENT IDS"
        times = [f"{statistics.median(each) * 1000:8.2f}" for each in (here, there)]
        print(f"{kind:18} {query:36} {len(ids):8,} {times[0]} {times[1]}{same}")


if __name__ == "__main__":
    main()
