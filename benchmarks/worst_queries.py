"""Ask the worst queries we know of a large archive: seconds and peak memory of each question, whatever its answer.

    python benchmarks/worst_queries.py INDEX [--all] [--only QUESTION] [--query QUERY]
    python benchmarks/worst_queries.py INDEX --corpus CORPUS.jsonl.gz --times 10

A question passes if it is answered, or refused by a `QueryError` that says what to narrow, within 5 seconds of one
processor and 1 GB. Memory is the greatest resident size of the process, less the pages of the index, which the system
may drop.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from answers import build, read

import searchidx

MAX_SECONDS = 5.0
MAX_MEMORY = 1 << 30

COMMON = ("the", "of", "said", "to", "in", "a", "and", "mln", "for", "it")
QUERIES = (
    "the w/1000 of",
    "the pre/1000 of",
    "the NOT w/1000 of",
    "(the w/1000 of) w/1000 to",
    "((the w/1000 of) w/1000 to) w/1000 in",
    "(the w/5 of) w/5 (to w/5 in)",
    "((the w/3 of) w/3 (to w/3 in)) w/3 ((a w/3 and) w/3 (said w/3 it))",
    "(the OR of OR to OR in OR a OR and) w/1000 (the OR of OR to OR in OR a OR and)",
    "(the OR of) w/p (to OR in)",
    "(the w/s of) w/s to",
    "((the w/p of) w/p to) w/p in",
    "the w/1 the",
    "the w/1000 the",
    "(the w/1000 the) w/1000 (the w/1000 the)",
    "atleast255(the)",
    "atleast2(the w/1000 of)",
    "atleast2((the OR of) w/50 (to OR in))",
    "a* OR b* OR c* OR d* OR e* OR f*",
    "*a*",
    "*e* w/1000 *a*",
    "s* w/50 s*",
    "(s* w/5 t*) w/5 (c* w/5 d*)",
    "/.*a.*/ OR /.*e.*/ OR /.*i.*/",
    "/(a|b|c|d|e|f|g|h)+.*/",
    "?????",
    "????? w/100 ????",
    "bank~2 OR rate~2 OR price~2 OR trade~2",
    "bank~2 w/1000 rate~2",
    '"the *"',
    '"* the *"',
    '"said it" w/1000 "of the"',
    "NOT the",
    "NOT (the w/1000 of)",
    "date:1987 NOT precision:day",
    "words:>0",
    " OR ".join(COMMON),
    " ".join(COMMON),
    " ".join(f"{one} w/9 {other}" for one in COMMON[:4] for other in COMMON[4:8]),
    " OR ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz"),
    " OR ".join(f"w{n}" for n in range(1000)),
)


def questions(archive: Any, query: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Everything that people ask about one query."""

    def search() -> Any:
        hits = archive.search(query, sort="best")
        return hits.total, [hit.to_dict() for hit in hits], hits.diagnostics

    yield "search", search
    yield "explain", lambda: archive.explain(query)
    yield "kwic", lambda: list(islice(archive.kwic(query), 1000))
    yield "terms", lambda: archive.terms(query)
    yield "groups", lambda: archive.groups(query)
    yield "timeline", lambda: archive.timeline(query, count_words=True)
    yield "facet", lambda: archive.facet(query, "source")


def reset_peak() -> None:
    """Have the system measure the greatest resident size from now on; Linux only."""
    Path("/proc/self/clear_refs").write_text("5")


def resident() -> tuple[int, int]:
    """The greatest resident size since `reset_peak`, and the resident pages of files, in bytes."""
    values = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(values[name].split()[0]) << 10 for name in ("VmHWM", "RssFile"))  # type: ignore[return-value]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index")
    parser.add_argument("--all", action="store_true", help="print every question, not only the worst of each query")
    parser.add_argument("--only", help="ask only questions of this name")
    parser.add_argument("--query", help="ask this query instead of those above")
    parser.add_argument("--corpus", help="first build the index from this file of JSON Lines")
    parser.add_argument("--times", type=int, default=1, help="build each article this many times")
    options = parser.parse_args()
    if options.corpus:
        build(list(read(options.corpus)), options.times, Path(options.index)).close()
    archive = searchidx.open(options.index)
    queries = QUERIES if options.query is None else (options.query,)
    failed = 0
    print(f"{len(archive):,} articles\n\n  seconds     MB  question   query")
    for query in queries:
        worst: tuple[float, int, str, str] = 0.0, 0, "", ""
        for name, ask in questions(archive, query):
            if options.only not in (None, name):
                continue
            reset_peak()
            started = time.process_time()
            try:
                ask()
                outcome = ""
            except searchidx.QueryError as error:
                outcome = f"  refused: {error}"
            seconds = time.process_time() - started
            peak, file_pages = resident()
            memory = peak - file_pages
            row = seconds, memory, name, outcome
            if options.all:
                print(f"{seconds:9.2f} {memory >> 20:6,}  {name:9}  {query[:60]}{outcome[:90]}", flush=True)
            is_bad = seconds > MAX_SECONDS or memory > MAX_MEMORY
            failed += is_bad
            if is_bad and not options.all:
                print(f"{seconds:9.2f} {memory >> 20:6,}  {name:9}  {query[:60]}{outcome[:90]}  TOO MUCH", flush=True)
            worst = max(worst, row)
        seconds, memory, name, outcome = worst
        print(f"{seconds:9.2f} {memory >> 20:6,}  {name:9}  {query[:60]}{outcome[:90]}", flush=True)
    print(f"\n{len(queries)} queries; {failed} questions took more than {MAX_SECONDS:g} s or {MAX_MEMORY >> 20:,} MB")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
