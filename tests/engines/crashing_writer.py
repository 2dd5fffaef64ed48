"""The process that `test_crash` kills: it changes an index repeatedly, by a plan known to the test.

    python crashing_writer.py commits|workers|builds FOLDER

It prints ``begin n`` before commit n and ``done n`` after it. The user data of the index holds n.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import searchidx
from searchidx.engines.embedded import EmbeddedEngine, embedded_writer
from searchidx.engines.testing.random_articles import Change, article_id, random_article

IDS = 60
"""Number of different ids; small, so that most commits replace and delete articles."""


def batch(number: int) -> list[Change]:
    """The changes of commit `number`: usually few, sometimes many or only deletions."""
    rng = random.Random(f"commit {number}")
    if number % 13 == 0:
        return [article_id(n) for n in rng.sample(range(IDS), IDS // 2)]
    changes: list[Change] = []
    for _ in range(36 if number % 9 == 1 else rng.randint(1, 5)):
        changes.append(random_article(rng, article_id(rng.randrange(IDS))))
        if rng.random() < 0.25:
            changes.append(article_id(rng.randrange(IDS)))
    return changes


def optimizes(number: int) -> bool:
    return number % 11 == 0


def commit(folder: Path, number: int, jobs: int) -> None:
    with EmbeddedEngine.open(folder).writer(jobs=jobs) as writer:
        for change in batch(number):
            if isinstance(change, str):
                writer.delete(change)
            else:
                writer.add(change)
        if optimizes(number):
            writer.optimize()
        writer.commit(str(number).encode())


def corpus(folder: Path, count: int = 20) -> Path:
    """A source folder with `count` articles, `article 0` and so on."""
    folder.mkdir()
    for n in range(count):
        values = {"id": f"article {n}", "headline": f"Headline {n}", "body": f"Bank number {n}"}
        (folder / f"{n}.jsonl").write_text(json.dumps(values), "utf-8")
    return folder


def report(*values: object) -> None:
    print(*values, flush=True)


def main(kind: str, folder: Path) -> None:
    if kind == "builds":
        number = sum(1 for _ in folder.glob("index-*"))
        while True:
            number += 1
            report("begin", number)
            searchidx.build(folder / "corpus", index=folder / f"index-{number}")
            report("done", number)
    if kind == "workers":
        embedded_writer.MAX_BATCH_ARTICLES = 8
        embedded_writer.MIN_SEGMENT_TOKENS = 300
    number = int(EmbeddedEngine.open(folder).snapshot().user_data() or 0)
    while True:
        number += 1
        report("begin", number)
        commit(folder, number, jobs=2 if kind == "workers" else 1)
        report("done", number)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
