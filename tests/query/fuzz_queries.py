"""Ask an archive random queries: only `QueryError`, and none above a second of processor time.

python tests/query/fuzz_queries.py --queries 1000000
python tests/query/fuzz_queries.py --queries 100000 --corpus CORPUS.jsonl.gz

A third of the queries follow the grammar, a third are such queries with pieces removed, repeated or inserted, and a
third are noise. Every query is searched, with hits, snippets and hints; every tenth is also explained, counted, listed.
Without a corpus, the archive has 24 articles made of pieces of queries. A question above a second is asked three times,
and the least time counts: other processes and the garbage collector add to a time, and nothing takes from it.
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import random
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from query_texts import TOKENS

import searchidx
from searchidx import Article, QueryError
from searchidx.archive import Archive

TODAY = dt.date(2023, 2, 15)
MAX_SECONDS = 1.0
NEAR = ("w/5", "pre/3", "NOT w/2", "w/s", "w/p", "pre/s", "w/1000", "NEAR/1", "NOT pre/7")
FIELDS = ("headline", "body", "lead", "text", "byline", "section", "keyword", "source", "language", "id", "url")
VALUES = (
    "date:1987-03", "date:2023", "since:2022", "before:1987-02-30", "date:none", 'date:"last week"', "words:>50",
    "words:[3 TO 90]", "precision:day", "language:en", "*", "headline:*", "date:[* TO 1987-06]", "versions:>1",
)  # fmt: skip


class RandomTexts:
    """Random query texts over some words; equal seeds and words give equal texts."""

    def __init__(self, words: Sequence[str], seed: int) -> None:
        self.words = words
        self.rng = random.Random(seed)

    def text(self) -> str:
        return self.rng.choice((self.query, self.mutated, self.noise))()

    def query(self) -> str:
        return self.clause(self.rng.choice((0, 1, 1, 2, 2, 3)))

    def clause(self, depth: int) -> str:
        rng = self.rng
        if depth == 0 or rng.random() < 0.2:
            return self.leaf()
        parts = [self.clause(depth - 1) for _ in range(rng.choice((2, 2, 3, 5)))]
        joined = rng.choice((" ", " ", " OR ", " AND ", " AND NOT ")).join(parts)
        return rng.choice(
            (
                joined,
                f"({joined})",
                f"({joined})^1.5",
                f"NOT ({joined})",
                f"-({joined})",
                f"({self.near(depth)})",
                f"{rng.choice(FIELDS[:4])}:({self.near(1)})",
            )
        )

    def near(self, depth: int) -> str:
        rng = self.rng
        if depth == 0:
            return rng.choice((self.word, self.word, self.pattern, self.phrase))()
        operands = [self.near(depth - 1) for _ in range(rng.choice((2, 2, 3)))]
        kind = rng.random()
        if kind < 0.2:
            return f"({' OR '.join(operands)})"
        if kind < 0.3:
            return f"atleast{rng.randint(1, 9)}({operands[0]})"
        return f"({operands[0]} {rng.choice(NEAR)} {operands[1]})"

    def leaf(self) -> str:
        rng = self.rng
        return rng.choice(
            (
                self.word,
                self.word,
                self.pattern,
                self.phrase,
                lambda: f"={self.word()}",
                lambda: f"caps({self.word()})",
                lambda: f"{rng.choice(FIELDS)}:{rng.choice((self.word, self.pattern, self.phrase))()}",
                lambda: rng.choice(VALUES),
            )
        )()

    def word(self) -> str:
        return self.rng.choice(self.words)

    def phrase(self) -> str:
        return '"' + " ".join(self.rng.choice((self.word, self.word, self.pattern))() for _ in range(3)) + '"'

    def pattern(self) -> str:
        word, rng = self.word(), self.rng
        at = rng.randrange(len(word) + 1)
        return rng.choice(
            (f"{word[:at]}*", f"*{word[at:]}", f"{word[:at]}?{word[at:]}", f"{word}~", f"/{word[:at]}.*/")
        )

    def mutated(self) -> str:
        text, rng = self.query(), self.rng
        for _ in range(rng.randint(1, 4)):
            at, stop = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
            text = rng.choice(
                (
                    text[:at] + text[stop:],
                    text[:at] + text[at:stop] * 2 + text[stop:],
                    text[:at] + rng.choice(TOKENS) + text[at:],
                )
            )
        return text

    def noise(self) -> str:
        rng = self.rng
        if rng.random() < 0.2:
            return "".join(
                chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000))))
                for _ in range(rng.randint(1, 40))
            )
        return rng.choice((" ", "")).join(
            rng.choice((rng.choice(TOKENS), self.word())) for _ in range(rng.randint(1, 14))
        )


def questions(archive: Archive, text: str, number: int) -> list[Callable[[], object]]:
    """What is asked of a query."""

    def search() -> None:
        hits = archive.search(text, today=TODAY)
        for hit in hits:
            hit.to_dict()
        for each in hits.diagnostics:
            assert not each.is_error
            assert 0 <= each.start <= each.end <= len(text)

    asked: list[Callable[[], object]] = [search]
    if number % 10 == 0:
        asked += [
            lambda: archive.explain(text, today=TODAY),
            lambda: archive.terms(text, today=TODAY),
            lambda: archive.timeline(text, today=TODAY),
            lambda: archive.facet(text, "source", today=TODAY),
            lambda: list(islice(archive.kwic(text, today=TODAY), 20)),
        ]
    return asked


def small_archive(folder: Path) -> tuple[Archive, list[str]]:
    """24 articles made of pieces of queries, and their words."""
    rng = random.Random(4)
    pieces = [piece for piece in TOKENS if any(char.isalnum() for char in piece) and "\ud800" not in piece]
    words = [piece for piece in pieces if piece.isalnum() and not piece.isupper()]
    archive = searchidx.create(folder)
    for batch in range(3):
        with archive.writer(jobs=1) as writer:
            for n in range(8):
                headline, body = (" ".join(rng.choices(pieces + words, k=rng.randint(1, size))) for size in (3, 40))
                date = rng.choice((None, "2023", "2023-02", "2023-02-14", "2023-02-06T10:00:00+09:00"))
                writer.add(Article(f"{batch}{n}", headline, body, date=date, byline=rng.choice(pieces), language="en"))
    return searchidx.open(folder), words


def large_archive(folder: Path, corpus: Path) -> tuple[Archive, list[str]]:
    """The articles of a corpus, and words as frequent in the list as in them."""
    searchidx.build(corpus, index=folder)
    archive = searchidx.open(folder)
    sample = islice(archive.articles("*"), 0, None, max(len(archive) // 1000, 1))
    return archive, [word for article in sample for word in re.findall(r"\w+", article.body)]


class QueryFuzz:
    """Random queries to an archive. Seconds are of one processor.

    Attributes:
        outcomes: how many queries were answered, and how many refused.
        slowest: the greatest seconds of a question, and its query.
    """

    def __init__(self, archive: Archive, words: Sequence[str], seed: int) -> None:
        self.archive = archive
        self.texts = RandomTexts(words, seed)
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.slowest = (0.0, "")

    def faults(self, count: int) -> Iterator[str]:
        """Ask so many queries; yields what is wrong."""
        for number in range(count):
            text, outcome = self.texts.text(), "answered"
            for ask in questions(self.archive, text, number):
                seconds, error = _time(ask)
                if isinstance(error, QueryError):
                    outcome = "refused"
                elif error is not None:
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    yield f"{text!r}: {error!r} ({Path(where.filename).name}:{where.lineno})"
                if seconds > MAX_SECONDS:
                    seconds = min(seconds, _time(ask)[0], _time(ask)[0])
                self.slowest = max(self.slowest, (seconds, text))
                if seconds > MAX_SECONDS:
                    yield f"{text!r}: {seconds:.2f} s"
            self.outcomes[outcome] += 1


def _time(ask: Callable[[], object]) -> tuple[float, Exception | None]:
    """The seconds of one processor that a question takes, and what it raises."""
    before = time.process_time()
    try:
        ask()
    except Exception as error:
        return time.process_time() - before, error
    return time.process_time() - before, None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        archive, words = large_archive(folder, options.corpus) if options.corpus else small_archive(folder)
        with archive:
            fuzz, faults = QueryFuzz(archive, words, options.seed), 0
            started = time.process_time()
            for fault in fuzz.faults(options.queries):
                faults += 1
                print(fault, flush=True)
            seconds = time.process_time() - started
    counted = ", ".join(f"{count:,} {name}" for name, count in fuzz.outcomes.most_common())
    print(f"{options.queries:,} queries in {seconds:,.0f} s: {counted}; {faults} faults")
    print(f"slowest: {fuzz.slowest[0]:.2f} s, {fuzz.slowest[1]!r}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
