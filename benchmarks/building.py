"""Where the time of a build goes: processor time of each step, and whole builds beside tantivy's.

    python benchmarks/building.py [CORPUS.jsonl[.gz]] [--times 1] [--rounds 5]

The steps run in one process: create articles, encode a batch of 12,000, build its text arrays without and with a warm
cache, build its field arrays, write a segment of two buffers, merge the segment with itself, and read the articles from
JSON Lines, with the language, the digest and the encoding of each. The last build is that of the command `searchidx
build` from a file of JSON Lines. Processor time depends less on the load of the machine than wall-clock time. Shown is
the minimum of the rounds; that of the command includes its workers.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from compare import PEERS, Row, generated, read, size_mb

from searchidx import Article
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder
from searchidx.engines.embedded.segment_merge import merge
from searchidx.engines.embedded.segment_writer import write_segment
from searchidx.ingest.reader_pool import read_articles
from searchidx.sources import SourceFile

BATCH_SIZE = 12_000
"""Number of articles in a batch, as the writer makes them."""


def min_cpu_time(rounds: int, run: Callable[[], Any]) -> float:
    """The minimum processor time of several runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def print_steps(rows: list[Row], rounds: int, folder: Path) -> None:
    """Print the processor time of each step for a thousand articles."""
    articles: list[Article] = []

    def show(step: str, count: int, run: Callable[[], Any]) -> None:
        print(f"  {step:<24} {min_cpu_time(rounds, run) / count * 1e6:8.2f} ms")

    def create() -> None:
        articles[:] = [Article(**{**row, "date": row["date"] or None}) for row in rows]

    print("processor time for a thousand articles, one process")
    show("articles", len(rows), create)
    some = articles[:BATCH_SIZE]
    batch, other = DocumentBatch.encode(some), DocumentBatch.encode(articles[BATCH_SIZE : 2 * BATCH_SIZE])
    show("batch", len(some), lambda: DocumentBatch.encode(some))
    show("text arrays, cold", len(batch), lambda: SegmentBufferBuilder().build_text(batch))
    builder = SegmentBufferBuilder()
    texts, fields = [[build(batch), build(other)] for build in (builder.build_text, builder.build_fields)]
    show("text arrays, warm", len(batch), lambda: builder.build_text(batch))
    show("field arrays", len(batch), lambda: builder.build_fields(batch))
    count = len(batch) + len(other)
    numbers = iter(range(1, 1000))

    def path() -> Path:
        return folder / f"segment-{next(numbers):06d}.seg"

    show("segment of two buffers", count, lambda: write_segment(texts, fields, path()))
    segment = Segment(folder, write_segment(texts, fields, path()))
    show("merging two segments", 2 * count, lambda: merge([(segment, None), (segment, None)], path()))
    path_of_lines = write_lines(rows, folder)
    show("reading JSON Lines", len(rows), lambda: sum(1 for _ in read_articles(SourceFile(path_of_lines, "lines"))))


def write_lines(rows: list[Row], folder: Path) -> Path:
    """Write articles as JSON Lines; returns the path of the file."""
    path = folder / "articles.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return path


def cpu_times() -> tuple[float, float]:
    """Processor time of this process and of the workers it waited for, in seconds."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return used[0].ru_utime + used[0].ru_stime, used[1].ru_utime + used[1].ru_stime


def print_build(name: str, rounds: int, build: Callable[[Path], None], folder: Path) -> None:
    """Print the times of the fastest of several builds, each in a folder of its own."""
    best: tuple[float, float, float] | None = None
    for n in range(rounds):
        before, start = cpu_times(), time.perf_counter()
        build(folder / f"{name}-{n}")
        took, after = time.perf_counter() - start, cpu_times()
        times = took, after[0] - before[0], after[1] - before[1]
        best = times if best is None else min(best, times)
    assert best is not None
    size = size_mb(folder / f"{name}-0")
    print(f"  {name:<10} {best[0]:7.2f} s  {best[1]:7.2f} s here  {best[2]:7.2f} s in workers  {size:8.1f} MB")


def build_by_command(path: Path, index: Path) -> None:
    """Build an index by the command, in a process of its own."""
    command = [sys.executable, "-m", "searchidx", "build", path, "--index", index]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--times", type=int, default=1, help="copies of the corpus in whole builds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="searchidx,tantivy")
    options = parser.parse_args()
    rows = list(read(options.corpus)) if options.corpus else list(generated(20_000))
    with tempfile.TemporaryDirectory() as where:
        print_steps(rows, options.rounds, Path(where))
        rows = [{**row, "id": f"{row['id']}-{n}"} for n in range(options.times) for row in rows]
        print(f"whole builds of {len(rows):,} articles: wall-clock time, and processor time")
        for name in options.peers.split(","):
            peer = PEERS[name]()
            print_build(name, options.rounds, partial(peer.build, peer.prepare(rows)), Path(where))
        lines = write_lines(rows, Path(where))
        print_build("command", options.rounds, partial(build_by_command, lines), Path(where))


if __name__ == "__main__":
    main()
