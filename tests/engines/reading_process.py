"""The process that `test_concurrent_readers` runs beside a writer: it opens snapshot after snapshot and verifies each.

    python reading_process.py FOLDER

It reads until the user data of the index is ``end``, and prints the number of snapshots and of different commits.
"""

from __future__ import annotations

import sys
from pathlib import Path

from whoosh import query as q

from searchidx import Article
from searchidx.engines.contract import Snapshot
from searchidx.engines.embedded import EmbeddedEngine

WINDOW = 30
"""Number of the newest articles that every commit keeps."""


def article(number: int) -> Article:
    """The article that commit `number` adds."""
    return Article(
        f"a{number}", f"Commit {number}", "window word\n" * (1 + number % 7), f"2023-{1 + number % 12:02d}-01"
    )


def expected_ids(number: int) -> list[str]:
    """The ids after commit `number`, which deletes articles outside the window except every tenth."""
    return [f"a{n}" for n in range(1, number + 1) if n > number - WINDOW or n % 10 == 0]


def verify_snapshot(snapshot: Snapshot, number: int) -> None:
    """Assert that a snapshot is consistent with the commit it names."""
    expected = expected_ids(number)
    everything = snapshot.search(q.Every(), limit=None)
    assert [snapshot.id(doc) for doc in everything.docs] == expected, number
    assert everything.total == len(snapshot) == len(expected), number
    for query in (q.Term("text", "window"), q.Phrase("text.folded", ["window", "word"]), q.Term("precision", "day")):
        assert snapshot.search(query, limit=3).total == len(expected), (number, query)
    for n in {number, max(1, number - WINDOW + 1), number // 10 * 10} & set(range(1, number + 1)):
        doc = snapshot.find(f"a{n}")
        assert doc is not None, number
        assert snapshot.article(doc) == article(n), number
    gone = number - WINDOW
    if gone > 0 and gone % 10:
        assert snapshot.find(f"a{gone}") is None, number


def main(folder: Path) -> None:
    engine = EmbeddedEngine.open(folder)
    seen = set()
    count = 0
    print("reading", flush=True)
    while True:
        snapshot = engine.snapshot()
        data = snapshot.user_data().decode()
        if data == "end":
            break
        number = int(data or 0)
        assert number >= max(seen, default=0), "an older commit came back"
        verify_snapshot(snapshot, number)
        seen.add(number)
        count += 1
    print(count, len(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
