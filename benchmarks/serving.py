"""Measure `searchidx serve`: the first page of a new server, each route, and 50 concurrent clients.

    python benchmarks/serving.py [CORPUS.jsonl[.gz]] [--times 10] [--index DIR] [--json FILE]
                                 [--rounds 15] [--clients 50] [--seconds 30]

The server is a process of its own; this process is the client, and takes its share of the machine. Routes are requested
one at a time: the time of the first request, then the median and the 95th percentile of the rest, and the server's CPU
time per request (Linux), which other load does not change. In the load test, clients send requests without a pause:
pages, articles, suggestions, feeds and the API, for words of the corpus (seeded). Any status but 200 is an error.
Memory is the server's anonymous memory (Linux: RssAnon of /proc), once a second. Its growth compares the maximum of
the last third with that of the second. Without CORPUS, generated articles are served.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from answers import build, read
from compare import generated

import searchidx

WORDS, GENERATED = ("said", "opec", '"interest rates"'), ("w1", "w400", '"w5 w9"')
"""A common word, a rare one, a phrase."""


class Server:
    """A running server process."""

    def __init__(self, index: Path) -> None:
        command = [sys.executable, "-m", "searchidx", "serve", "--index", str(index), "--port", "0"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        assert self._process.stderr is not None
        begun = self._process.stderr.readline()  # where it is, once it is there
        found = re.search(r":(\d+)/ until", begun)
        if found is None:
            sys.exit(begun + self._process.stderr.read())
        self.port = int(found[1])
        threading.Thread(target=deque, args=(self._process.stderr, 0), daemon=True).start()  # reads what it says on

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.connect()
        return connection

    def memory(self) -> float:
        """Return the anonymous memory in megabytes; 0 if the system does not report it."""
        try:
            found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        except OSError:
            found = None
        return int(found[1]) / 1024 if found else 0.0

    def processor(self) -> float:
        """Return the CPU time so far in seconds; 0 if the system does not report it."""
        try:
            spent = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        except OSError:
            return 0.0
        return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextmanager
def serving(index: Path) -> Iterator[Server]:
    """Run a server within the block."""
    server = Server(index)
    try:
        yield server
    finally:
        server.stop()


def ask(connection: http.client.HTTPConnection, path: str) -> tuple[float, int, int]:
    """Request a path; return the seconds, the status and the length of the response."""
    start = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    return time.perf_counter() - start, answer.status, len(body)


def routes(common: str, rare: str, phrase: str, id: str) -> dict[str, str]:
    """Return the path of each measured route by its name."""
    asked = {
        "page of all": "/",
        "page, a common word": f"/?{urlencode({'q': common})}",
        "page, a rare word": f"/?{urlencode({'q': rare})}",
        "page, a phrase": f"/?{urlencode({'q': phrase})}",
        "page, newest": f"/?{urlencode({'q': common, 'sort': 'newest'})}",
        "article": f"/article?{urlencode({'id': id, 'q': common})}",
        "feed, Atom": f"/feed.atom?{urlencode({'q': common})}",
        "feed, RSS": f"/feed.rss?{urlencode({'q': common})}",
        "suggestions, a letter": f"/suggestions?q={quote(common[:1])}",
        "suggestions, a word": f"/suggestions?{urlencode({'q': f'{rare} {common[:3]}'})}",
        "API search": f"/api/v1/search?{urlencode({'q': common})}",
    }
    return asked


def percentile(times: list[float], part: float) -> float:
    """Return a percentile of times; `part` is between 0 and 1."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def first_pages(index: Path, path: str, starts: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of the first page of new servers: elapsed, and CPU time."""
    times, spent = [], []
    for _ in range(starts):
        with serving(index) as server:
            connection = server.connect()
            ask(connection, "/opensearch.xml")  # by then it has begun
            before = server.processor()
            took, status, _ = ask(connection, path)
            assert status == 200, path
            times.append(1e3 * took)
            spent.append(1e3 * (server.processor() - before))
    return times, spent


def each_route(server: Server, asked: dict[str, str], rounds: int) -> dict[str, dict[str, float]]:
    """Measure each route: first, median, 95th percentile and CPU time in milliseconds; length in bytes."""
    connection = server.connect()
    found = {}
    print(f"{'milliseconds':<28}{'first':>9}{'median':>9}{'p95':>9}{'cpu':>9}{'bytes':>11}")
    for name, path in asked.items():
        first, status, length = ask(connection, path)
        assert status == 200, (status, path)
        spent = server.processor()
        times = [ask(connection, path)[0] for _ in range(rounds)]
        spent = (server.processor() - spent) / rounds
        figure = {"first": first, "median": statistics.median(times), "p95": percentile(times, 0.95), "cpu": spent}
        found[name] = {key: 1e3 * value for key, value in figure.items()} | {"bytes": length}
        print(f"{name:<28}" + "".join(f"{found[name][key]:>9.1f}" for key in figure) + f"{length:>11,}")
    return found


def paths(words: list[str], ids: list[str], chance: random.Random) -> Iterator[str]:
    """Yield the paths that a client requests: it types, reads results and opens articles."""
    while True:
        word, other = chance.choice(words), chance.choice(words)
        for typed in range(2, min(len(word), 6)):
            yield f"/suggestions?q={quote(word[:typed])}"
        query = chance.choice((word, f"{word} {other}", f"{word} OR {other}", f"{word} NOT {other}"))
        yield f"/?{urlencode({'q': query})}"
        yield f"/?{urlencode({'q': query, 'sort': 'newest'})}"
        yield f"/article?{urlencode({'id': chance.choice(ids), 'q': query})}"
        yield f"/feed.{chance.choice(('atom', 'rss'))}?{urlencode({'q': query})}"
        yield f"/api/v1/search?{urlencode({'q': query})}"


def load(server: Server, words: list[str], ids: list[str], clients: int, seconds: float) -> dict[str, Any]:
    """Run concurrent clients; return counts, times, errors and the memory of the server."""
    times: list[float] = []
    errors: Counter[str] = Counter()
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        asked = paths(words, ids, random.Random(number))
        connection = server.connect()
        while time.perf_counter() < until:
            path = next(asked)
            try:
                took, status, _ = ask(connection, path)
            except (OSError, http.client.HTTPException) as error:
                errors[f"{type(error).__name__} at {path.partition('?')[0]}"] += 1
                connection.close()
                connection = server.connect()
                continue
            times.append(took)
            if status != 200:
                errors[f"{status} at {path.partition('?')[0]}"] += 1
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    memory = [server.memory()]
    while any(thread.is_alive() for thread in threads):
        time.sleep(min(1.0, seconds / 10))
        memory.append(server.memory())
    third = len(memory) // 3
    middle, last = memory[third : 2 * third], memory[2 * third :]
    found = {
        "clients": clients,
        "seconds": seconds,
        "answers": len(times),
        "a_second": len(times) / seconds,
        "median_ms": 1e3 * statistics.median(times),
        "p95_ms": 1e3 * percentile(times, 0.95),
        "worst_ms": 1e3 * max(times),
        "errors": dict(errors),
        "memory_mb": memory,
        "growth": max(last) / max(middle) - 1 if middle and max(middle) else 0.0,
    }
    print(
        f"{clients} clients for {seconds:.0f} s: {len(times):,} answers, {found['a_second']:.0f} a second, median "
        f"{found['median_ms']:.0f} ms, p95 {found['p95_ms']:.0f} ms, at most {found['worst_ms']:.0f} ms; "
        f"{errors.total()} errors{f' {dict(errors)}' if errors else ''}"
    )
    print(
        f"memory {memory[0]:.0f} MB before, {max(middle, default=0):.0f} MB at most in the second third, "
        f"{max(last):.0f} MB in the last: {found['growth']:+.1%}"
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", help="JSON Lines, gzipped or not; generated articles without it")
    parser.add_argument("--times", type=int, default=1, help="repeat the corpus this many times")
    parser.add_argument("--articles", type=int, default=20_000, help="the number of generated articles")
    parser.add_argument("--index", type=Path, help="an existing index of the corpus")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as where:
        index = options.index or Path(where) / "index"
        if options.index is None:
            articles = read(options.corpus) if options.corpus else _generated(options.articles)
            build(articles, options.times, index).close()
        figures = measure(index, WORDS if options.corpus else GENERATED, options)
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1))


def _generated(count: int) -> Iterator[searchidx.Article]:
    return (searchidx.Article(**row) for row in generated(count))


def measure(index: Path, words: tuple[str, str, str], options: argparse.Namespace) -> dict[str, Any]:
    """Measure an index and print the figures."""
    with searchidx.open(index) as archive:
        hits = archive.search(words[0], limit=2000)
        ids = [hit.id for hit in hits]
        vocabulary = [word.lower() for hit in hits for word in re.findall(r"[^\W_]{2,}", hit.headline)]
        print(f"{len(archive):,} articles, {hits.total:,} with {words[0]!r}, {os.cpu_count()} processors\n")
        figures: dict[str, Any] = {"articles": len(archive), "cores": os.cpu_count()}
    asked = routes(*words, ids[0])
    if options.starts:
        times, spent = first_pages(index, asked["page, a common word"], options.starts)
        figures["first_page"] = {"ms": times, "cpu_ms": spent}
        print(
            f"the first page of a new server: {statistics.median(times):.0f} ms, "
            f"{statistics.median(spent):.0f} ms of a processor\n"
        )
    with serving(index) as server:
        if options.rounds:
            figures["routes"] = each_route(server, asked, options.rounds)
            print()
        if options.seconds:
            figures["load"] = load(server, vocabulary, ids, options.clients, options.seconds)
    return figures


if __name__ == "__main__":
    main()
