"""Labels and alerts at scale.

    python benchmarks/alerts.py [CORPUS.jsonl[.gz]] [--times 10] [--rounds 7]

The corpus is indexed several times over, as one archive. Then: labelling the hits of a broad query; what `label:` adds
to queries of an open archive; and 1,000 alerts over 1,000 new articles. The queries of the alerts are two words, a
phrase or a word with a field, drawn from the corpus with a fixed seed. Times of labels are medians. On a
busy machine the processor time of a run says more than its duration.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from compare import generated
from compare import read as read_file

import searchidx
from searchidx.archive import Archive

NEW_ARTICLES = ALERTS = 1_000
LABELLED = 100_000


def read(corpus: str | None) -> Iterator[dict[str, Any]]:
    """Read the articles of a file, or generate some."""
    for row in generated(20_000) if corpus is None else read_file(corpus):
        yield {**row, "date": row["date"] or None}


def median_of(rounds: int, call: Callable[[], object]) -> float:
    """The median time of a call in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def build(corpus: str | None, times: int, index: Path) -> None:
    """Index a corpus several times over."""
    archive = searchidx.create(index)
    with archive.writer() as writer:
        for time_number in range(times):
            for number, row in enumerate(read(corpus)):
                writer.add(searchidx.Article(**{**row, "id": f"{time_number}-{number}"}))


def alert_queries(corpus: str | None, rng: random.Random) -> list[str]:
    """The queries of the alerts: of words that stand side by side in some articles."""
    bodies = [row["body"] for row in islice(read(corpus), 5_000) if row["body"]]
    queries = []
    while len(queries) < ALERTS:
        words = [word for word in rng.choice(bodies).split() if word.isalnum() and len(word) > 3]
        if len(words) < 2:
            continue
        at = rng.randrange(len(words) - 1)
        one, other = words[at].lower(), words[at + 1].lower()
        queries.append(rng.choice((f"{one} {other}", f'"{one} {other}"', f"headline:{one}", f"{one} -{other}")))
    return queries


def measure_labels(archive: Archive, rounds: int) -> None:
    """Print the times of labels."""
    archive.workspace.labels.add("warm", ["x"])
    ids = archive.ids("*")[:LABELLED]
    start = time.perf_counter()
    archive.workspace.labels.add("seen", ids)
    print(f"label {len(ids):,} articles            {time.perf_counter() - start:8.2f} s")
    start = time.perf_counter()
    archive.search("label:seen", limit=10)
    print(f"first query for the label          {time.perf_counter() - start:8.2f} s")
    for query in ("oil", "said", "interest rates", '"interest rates"', "headline:oil date:1987-03"):
        plain = median_of(rounds * 5, lambda query=query: archive.search(query))
        labelled = median_of(rounds * 5, lambda query=query: archive.search(f"{query} label:seen"))
        excluded = median_of(rounds * 5, lambda query=query: archive.search(f"{query} -label:seen"))
        print(
            f"{query:<30} {1000 * plain:8.3f} ms;  label:seen adds {1000 * (labelled - plain):.3f} ms, "
            f"-label:seen {1000 * (excluded - plain):.3f} ms"
        )


def measure_alerts(archive: Archive, corpus: str | None) -> None:
    """Print the time of a run of all alerts over new articles."""
    start = time.perf_counter()
    queries = alert_queries(corpus, random.Random(1))
    for number, query in enumerate(queries):
        archive.add_alert(f"a{number}", query, targets=[{"kind": "stdout", "format": "jsonl"}])
    print(f"add {ALERTS:,} alerts                   {time.perf_counter() - start:8.2f} s")
    with archive.writer() as writer:
        for number, row in enumerate(islice(read(corpus), NEW_ARTICLES)):
            writer.add(searchidx.Article(**{**row, "id": f"new-{number}"}))
    archive.refresh()
    start, before = time.perf_counter(), time.process_time()
    found = archive.run_alerts(*(f"a{number}" for number in range(ALERTS)))
    elapsed, work = time.perf_counter() - start, time.process_time() - before
    count = sum(len(each.articles) for each in found)
    print(
        f"run {ALERTS:,} alerts over {NEW_ARTICLES:,} new articles {elapsed:8.2f} s, {work:.2f} s of processor time; "
        f"{count:,} found"
    )
    start = time.perf_counter()
    archive.run_alerts(*(f"a{number}" for number in range(ALERTS)))
    print(f"run them again, nothing new        {time.perf_counter() - start:8.2f} s")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index")
        build(arguments.corpus, arguments.times, index)
        with searchidx.open(index) as archive:
            print(f"{len(archive):,} articles")
            measure_labels(archive, arguments.rounds)
            measure_alerts(archive, arguments.corpus)


if __name__ == "__main__":
    main()
