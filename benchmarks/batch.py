"""Measure `searchidx batch`: queries a second over a list of names.

    python benchmarks/batch.py CORPUS.jsonl[.gz] [--times 10] [--queries 10000] [--index FOLDER]

The archive is the corpus, repeated as by compare.py. The first list has names as researchers look them up: runs of two
or more capitalised words, in quotes, drawn (seeded) from the corpus itself. The second has as many single words, drawn
by their number of occurrences. `searchidx batch LIST` answers each; its start is part of the time.
Processor time is that of the command and its worker processes; the wall time of a busy machine is longer.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import compare

import searchidx

_NAME = re.compile(r"\b[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})+\b")
_WORD = re.compile(r"[A-Za-z]{3,}")


def draw_lists(rows: list[compare.Row], count: int) -> dict[str, list[str]]:
    """Draw the lists of names and words."""
    source = random.Random(20230201)
    lists: dict[str, list[str]] = {"names": [], "words": []}
    while min(map(len, lists.values())) < count:
        body = source.choice(rows)["body"]
        for kind, pattern, form in (("names", _NAME, '"{}"'), ("words", _WORD, "{}")):
            found = pattern.findall(body)
            if found and len(lists[kind]) < count:
                lists[kind].append(form.format(source.choice(found)))
    return lists


def build(rows: list[compare.Row], times: int, folder: Path) -> None:
    """Build the archive: the rows, repeated with other ids."""
    with searchidx.create(folder).writer() as writer:
        for number in range(times):
            for row in rows:
                writer.add(searchidx.Article(**{**row, "id": f"{row['id']}-{number}", "date": row["date"] or None}))


def run(queries: list[str], index: Path, *options: str) -> tuple[float, float, int]:
    """Answer a list by the command; return wall seconds, processor seconds and the sum of the totals."""
    environment = {**os.environ, "PYTHONPATH": str(Path(searchidx.__file__).parents[1])}
    with tempfile.TemporaryDirectory() as folder:
        listed, answered = Path(folder) / "list.txt", Path(folder) / "answers.csv"
        listed.write_text("\n".join(queries) + "\n")
        command = [sys.executable, "-m", "searchidx", "batch", str(listed), "--index", str(index), *options]
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        with answered.open("wb") as output:
            done = subprocess.run(command, stdout=output, env=environment, check=False)
        wall = time.perf_counter() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        with answered.open(newline="") as lines:
            answers = list(csv.DictReader(lines))
    if done.returncode or [row["query"] for row in answers] != queries:
        raise SystemExit(f"exit code {done.returncode}, {len(answers):,} answers for {len(queries):,} queries")
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, processor, sum(int(row["total"]) for row in answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus")
    parser.add_argument("--times", type=int, default=10, help="repeat the corpus this many times")
    parser.add_argument("--queries", type=int, default=10_000, help="queries of each list")
    parser.add_argument("--index", type=Path, help="keep the archive in this folder, or use the one that is there")
    options = parser.parse_args()
    rows = list(compare.read(options.corpus))
    with tempfile.TemporaryDirectory() as folder:
        index = options.index or Path(folder) / "index"
        if not (index / "manifest.json").exists():
            build(rows, options.times, index)
        with searchidx.open(index) as archive:
            print(f"{len(archive):,} articles")
        for kind, queries in draw_lists(rows, options.queries).items():
            for name, extra in ((kind, ()), (f"{kind} --by year", ("--by", "year"))):
                wall, processor, hits = run(queries, index, *extra)
                print(
                    f"{name:16} {len(queries):,} queries, {hits / len(queries):,.0f} hits each: {wall:.2f} s, "
                    f"{len(queries) / wall:,.0f} a second; {len(queries) / processor:,.0f} a second of processor time",
                    flush=True,
                )


if __name__ == "__main__":
    main()
