"""Where the time of a build goes: processor time of each stage, and of whole builds beside tantivy's.

    python benchmarks/building.py [CORPUS.jsonl[.gz]] [--times 1] [--rounds 5]

Processor time does not depend on what else a machine is doing as much as time by the clock, which is shown too. Stages
are those of one process: articles, a batch of 12,000 as bytes, its words by a process that has met none before and by
one that has met all, the rest of its part, putting two parts together, merging the segment with itself. Least of the
rounds.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compare import PEERS, Row, made_up, read, size_mb

from searchidx import Article
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder
from searchidx.engines.embedded.segment_merge import merge
from searchidx.engines.embedded.segment_writer import write_segment

BATCH = 12_000


def least(rounds: int, run: Callable[[], Any]) -> float:
    """The least processor time of some runs, in seconds."""
    took = []
    for _ in range(rounds):
        start = time.process_time()
        run()
        took.append(time.process_time() - start)
    return min(took)


def stages(rows: list[Row], rounds: int, folder: Path) -> None:
    """Print what each stage takes for a thousand articles."""
    articles: list[Article] = []

    def show(stage: str, count: int, run: Callable[[], Any]) -> None:
        print(f"  {stage:<24} {least(rounds, run) / count * 1e6:8.2f} ms")

    def make() -> None:
        articles[:] = [Article(**{**row, "date": row["date"] or None}) for row in rows]

    print("processor time for a thousand articles, one process")
    show("articles", len(rows), make)
    some = articles[:BATCH]
    batch, other = DocumentBatch.of(some), DocumentBatch.of(articles[BATCH : 2 * BATCH])
    show("batch", len(some), lambda: DocumentBatch.of(some))
    show("words, first of all", len(batch), lambda: SegmentBufferBuilder().build_text(batch))
    make = SegmentBufferBuilder()
    words, rest = [[of(batch), of(other)] for of in (make.build_text, make.build_fields)]
    show("words, all known", len(batch), lambda: make.build_text(batch))
    show("the rest of a part", len(batch), lambda: make.build_fields(batch))
    count = len(batch) + len(other)
    numbers = iter(range(1, 1000))

    def path() -> Path:
        return folder / f"segment-{next(numbers):06d}.seg"

    show("segment of two parts", count, lambda: write_segment(words, rest, path()))
    segment = Segment(folder, write_segment(words, rest, path()))
    show("merging two segments", 2 * count, lambda: merge([(segment, None), (segment, None)], path()))


def spent() -> tuple[float, float]:
    """Processor time of this process and of those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return used[0].ru_utime + used[0].ru_stime, used[1].ru_utime + used[1].ru_stime


def whole(name: str, rows: list[Row], rounds: int, folder: Path) -> None:
    """Print what whole builds take: the one that took the least by the clock."""
    best: tuple[float, float, float] | None = None
    peer = PEERS[name]()
    articles = peer.taken(rows)
    for n in range(rounds):
        before, start = spent(), time.perf_counter()
        peer.build(articles, folder / f"{name}-{n}")
        took, after = time.perf_counter() - start, spent()
        found = took, after[0] - before[0], after[1] - before[1]
        best = found if best is None else min(best, found)
    assert best is not None
    size = size_mb(folder / f"{name}-0")
    print(f"  {name:<10} {best[0]:7.2f} s  {best[1]:7.2f} s here  {best[2]:7.2f} s in workers  {size:8.1f} MB")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--times", type=int, default=1, help="the corpus so many times over, for whole builds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default="searchidx,tantivy")
    asked = parser.parse_args()
    rows = list(read(asked.corpus)) if asked.corpus else list(made_up(20_000))
    with tempfile.TemporaryDirectory() as where:
        stages(rows, asked.rounds, Path(where))
        rows = [{**row, "id": f"{row['id']}-{n}"} for n in range(asked.times) for row in rows]
        print(f"whole builds of {len(rows):,} articles: by the clock, and processor time")
        for name in asked.peers.split(","):
            whole(name, rows, asked.rounds, Path(where))


if __name__ == "__main__":
    main()
