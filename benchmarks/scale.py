"""Resources at scale: a build, a cold query, queries of each class, an addition, a merge of all segments.

    python benchmarks/scale.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7]

Memory is the maximum sum of the anonymous memory of all processes of the build (Linux: from /proc, every 20 ms), less
what the process had before. Mapped files do not count, since the system can drop their pages. Articles are read from
the file as they are added. A cold query is a process of its own,
`python -m searchidx query`, with the files in the page cache. A query of a class asks for an exact count and the ten
best hits with their headlines. Times are medians.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from compare import GENERATED, REUTERS, generated, read

import searchidx


def anonymous(pid: int) -> int:
    """The anonymous memory of a process and all its descendants, in bytes; 0 if it has ended."""
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE") + sum(anonymous(int(child)) for child in children)


class PeakMemory:
    """The maximum memory of this process and its children while the block runs, less the memory before; bytes."""

    def __enter__(self) -> PeakMemory:
        self._before = self.maximum = anonymous(os.getpid())
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.maximum = max(self.maximum, anonymous(os.getpid()))

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.maximum -= self._before


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--times", type=int, default=10, help="copies of the corpus")
    parser.add_argument("--rounds", type=int, default=7, help="how often each query and addition is timed")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="searchidx-scale-"))
    try:
        measure(options.corpus, options.times, options.rounds, folder / "index")
    finally:
        shutil.rmtree(folder)


def measure(corpus: str | None, times: int, rounds: int, index: Path) -> None:
    """Build, query, add, merge, and query again."""
    archive = searchidx.create(index)
    start, count = time.perf_counter(), 0
    with PeakMemory() as peak, archive.writer() as writer:
        for copy in range(times):
            for row in read(corpus) if corpus else generated(20_000):
                values = {**row, "id": f"{copy}-{row['id']}", "date": row["date"] or None}
                writer.add(searchidx.Article(**values))
                count += 1
    took = time.perf_counter() - start
    print(f"build      {count:,} articles in {took:.1f} s, {count / took:,.0f} a second; {folder_size(index)}")
    print(f"memory     {peak.maximum / 1e6:,.0f} MB, the maximum of all processes, less the memory before", flush=True)
    queries = REUTERS if corpus else GENERATED
    command = [sys.executable, "-m", "searchidx", "query", queries["term"], "--index", str(index)]
    # The first run writes bytecode, which an installed package has.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    cold = [
        wall_time(lambda: subprocess.run(command, capture_output=True, check=True, env=environment))
        for _ in range(rounds + 1)
    ][1:]
    print(f"cold query {statistics.median(cold) * 1000:.0f} ms, the whole process")
    bare = [
        wall_time(lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True)) for _ in range(rounds)
    ]
    print(f"           {statistics.median(bare) * 1000:.0f} ms of it for Python and numpy alone")
    print_times(index, queries, rounds)
    some = [row for row, _ in zip(read(corpus) if corpus else generated(100), range(100), strict=False)]
    added = []
    for turn in range(rounds):
        batch = [
            searchidx.Article(**{**row, "id": f"new {turn}-{row['id']}", "date": row["date"] or None}) for row in some
        ]
        with searchidx.open(index) as fresh:
            added.append(wall_time(lambda fresh=fresh, batch=batch: add(fresh, batch)))
    print(f"add 100    {statistics.median(added) * 1000:.0f} ms, committed", flush=True)
    with searchidx.open(index) as fresh, PeakMemory() as peak:
        took = wall_time(lambda: optimize(fresh))
    print(f"merge      {took:.1f} s for all segments, {peak.maximum / 1e6:,.0f} MB of memory; {folder_size(index)}")
    print_times(index, queries, rounds)


def folder_size(index: Path) -> str:
    """The bytes and the number of segments of an index."""
    size = sum(path.stat().st_size for path in index.iterdir())
    return f"{size / 1e6:,.1f} MB in {len(list(index.glob('*.seg')))} segments"


def print_times(index: Path, queries: dict[str, str], rounds: int) -> None:
    """Open the index, and print the median time and the hits of a query of each class."""
    print(f"{'ms a query':34}{'':10}   hits")
    with searchidx.open(index) as archive:
        for query in queries.values():
            took, hits = [], 0
            for _ in range(rounds):
                start = time.perf_counter()
                answer = archive.search(query, limit=10)
                hits, _ = answer.total, [hit.headline for hit in answer]
                took.append(time.perf_counter() - start)
            print(f"{query:34}{statistics.median(took) * 1e3:10.2f}   {hits:,}", flush=True)


def optimize(archive: searchidx.archive.Archive) -> None:
    """Merge all segments, and commit."""
    with archive.writer() as writer:
        writer.optimize()


def add(archive: searchidx.archive.Archive, batch: list[searchidx.Article]) -> None:
    """Add articles and commit."""
    with archive.writer() as writer:
        for article in batch:
            writer.add(article)


def wall_time(call: object) -> float:
    """The wall-clock time of a call, in seconds."""
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
