"""Compare an index on a cluster with one in a folder: build rate, size, milliseconds per query, processor time.

    python -m testcluster start --heap 1g
    python benchmarks/cluster.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7] [--workers 1,2]
                                 [--index opensearch://127.0.0.1:9200/bench]

The index is filled once for each number of worker processes. Processor time is that of this process and its workers,
and of all nodes as they report it. The size is that after the last build, and after its segments were merged to one.

Each query asks for an exact count and the ten best hits with their headlines. The cluster's caches are cleared before
each query. The script reports differing ids. Times are medians; both indexes take turns, so compare figures of one run
only. "First" is the first query of a newly opened archive, which expands the pattern.
"""

from __future__ import annotations

import argparse
import json
import resource
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

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """Return the processor time of all nodes, in seconds."""
        nodes = self.ask("GET", "/_nodes/stats/process")["nodes"].values()
        return sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000

    def bytes(self) -> int:
        found = self.ask("GET", f"/{self.name}-*/_stats/store?expand_wildcards=all")["_all"]["primaries"]
        return int(found["store"]["size_in_bytes"])

    def merge(self) -> None:
        """Merge each shard into one segment, after the nodes have given up what they keep for recovery."""
        for path in ("_flush", "_forcemerge?max_num_segments=1", "_refresh", "_flush"):
            self.ask("POST", f"/{self.name}-0*/{path}")
            time.sleep(35)  # a primary learns every 30 seconds what no copy needs any more

    def delete(self) -> None:
        self.ask("DELETE", f"/{self.name}-*?expand_wildcards=all")

    def clear_caches(self) -> None:
        self.ask("POST", f"/{self.name}-*/_cache/clear?query=true&request=true&expand_wildcards=all")


def build(rows: Iterable[Row], place: str | Path, jobs: int | None = None) -> int:
    """Add all rows in one batch and return their number."""
    count = 0
    with searchidx.create(place).writer(jobs=jobs) as writer:
        for row in rows:
            writer.add(searchidx.Article(**{**row, "date": row["date"] or None}))
            count += 1
    return count


def own_seconds() -> float:
    """The processor time of this process and of its workers that have ended."""
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + found.ru_utime + found.ru_stime


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
    parser.add_argument("--workers", default="1,2", help="numbers of worker processes (default %(default)s)")
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
        print(
            f"{'on the cluster':18} {'a second':>10} {'ms of a processor for a thousand here':>40} {'in the nodes':>14}"
        )
        for n, jobs in enumerate(map(int, asked.workers.split(","))):
            if n:
                nodes.delete()
            theirs, ours, start = nodes.cpu_seconds(), own_seconds(), time.perf_counter()
            build(copies(), asked.index, jobs)
            took = time.perf_counter() - start
            ours, theirs = own_seconds() - ours, nodes.cpu_seconds() - theirs
            costs = f"{ours / count * 1e6:40,.0f} {theirs / count * 1e6:14,.0f}"
            print(f"  {jobs} workers {'':7} {count / took:8,.0f} {costs}")
        print(f"  {nodes.bytes() / count:,.0f} bytes an article, each copy; ", end="")
        nodes.merge()
        print(f"merged {nodes.bytes() / count:,.0f}")
        compare(queries, searchidx.open(folder), asked.index, nodes, asked.rounds)
    nodes.delete()


def compare(queries: dict[str, str], folder: Archive, index: str, nodes: Nodes, rounds: int) -> None:
    """Print the time of each query, and whether the answers agree."""
    cluster = searchidx.open(index)
    trip = statistics.median(timed(lambda: nodes.ask("GET", "/")) for _ in range(rounds))
    print(f"  one round trip {trip * 1000:.1f} ms")
    print(f"{'':18} {'':36} {'hits':>8} {'folder':>8} {'cluster':>8} {'first':>8}")
    for kind, query in queries.items():
        here, there, first = [], [], []
        for _ in range(rounds):
            nodes.clear_caches()
            here.append(timed(lambda kind=kind, query=query: ask(folder, kind, query)))
            with searchidx.open(index) as fresh:
                first.append(timed(lambda kind=kind, query=query, fresh=fresh: ask(fresh, kind, query)))
            nodes.clear_caches()
            there.append(timed(lambda kind=kind, query=query: ask(cluster, kind, query)))
        ids = folder.ids(query)
        same = "" if ids == cluster.ids(query) else "  DIFFERENT IDS"
        times = [f"{statistics.median(each) * 1000:8.2f}" for each in (here, there, first)]
        print(f"{kind:18} {query:36} {len(ids):8,} {times[0]} {times[1]} {times[2]}{same}")


if __name__ == "__main__":
    main()
