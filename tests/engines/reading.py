"""What `test_readers` runs beside a writer: a process that opens snapshot after snapshot and believes none of them.

    python reading.py FOLDER

It reads until the state of the index is ``end``, and prints the number of snapshots and of different commits it saw.
"""

from __future__ import annotations

import sys
from pathlib import Path

from whoosh import query as q

from searchidx import Article
from searchidx.engines.contract import Snapshot
from searchidx.engines.embedded import EmbeddedEngine

WINDOW = 30


def article(number: int) -> Article:
    """The article that commit `number` adds."""
    return Article(
        f"a{number}", f"Commit {number}", "window word\n" * (1 + number % 7), f"2023-{1 + number % 12:02d}-01"
    )


def held(number: int) -> list[str]:
    """The ids after commit `number`: it deletes what left the window, but for every tenth article."""
    return [f"a{n}" for n in range(1, number + 1) if n > number - WINDOW or n % 10 == 0]


def prove(snapshot: Snapshot, number: int) -> None:
    """All that a snapshot says fits the commit that it says it is of."""
    expected = held(number)
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
        state = snapshot.user_data().decode()
        if state == "end":
            break
        number = int(state or 0)
        assert number >= max(seen, default=0), "an older commit came back"
        prove(snapshot, number)
        seen.add(number)
        count += 1
    print(count, len(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
