"""Run alerts over random histories, kill some of the runs at a random step, and compare with an oracle.

Run as a program with a folder and seeds. The oracle searches after every change and subtracts what each alert knows. A
killed run has recorded what all alerts found, or nothing; what it recorded is told in the end, once a delivery.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

from crash_steps import in_process, told

import searchidx

WORDS = ("nato", "japan", "taiwan", "strait")
QUERIES = {"nato": "nato", "phrase": '"taiwan strait"', "without": "japan -nato", "all": "*"}


def change(archive: searchidx.Archive, rng: random.Random) -> None:
    """Add, change and delete some articles."""
    with archive.writer(jobs=1) as writer:
        for _ in range(rng.randrange(1, 5)):
            body = " ".join(rng.choices(WORDS, k=rng.randrange(1, 5)))
            writer.add(searchidx.Article(id=f"a{rng.randrange(25)}", headline="x", body=body))
        if rng.random() < 0.4:
            writer.delete(f"a{rng.randrange(25)}")
    archive.refresh()


def reported(folder: Path) -> dict[str, set[str]]:
    """The articles that each alert has recorded as reported."""
    with searchidx.open(folder / "index") as archive:
        alerts = archive.workspace.alerts
        found = {name: {match.id for match in alerts.matches(name)} for name in QUERIES}
        archive.workspace.close()
    return found


def check(folder: Path, seed: int) -> dict[str, int]:
    """Check one history; returns how many runs were killed before and after they recorded, and how much was told."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    archive = searchidx.create(folder / "index")
    change(archive, rng)
    known = {name: set(archive.ids(query)) for name, query in QUERIES.items()}
    for name, query in QUERIES.items():
        archive.add_alert(name, query, targets=[{"kind": "file", "path": str(folder / f"{name}.jsonl")}])
    archive.workspace.close()
    expected: dict[str, set[str]] = {name: set() for name in QUERIES}
    killed = recorded = 0
    for _ in range(10):
        change(archive, rng)
        fresh = {name: set(archive.ids(query)) - known[name] for name, query in QUERIES.items()}
        after = {name: expected[name] | fresh[name] for name in QUERIES}
        lived = in_process(folder, rng.choice([None, *range(1, 40)]))
        found = reported(folder)
        assert found == after or (not lived and found == expected), (seed, found, after)
        if found == after:
            known = {name: known[name] | fresh[name] for name in QUERIES}
            expected = after
            recorded += not lived
        killed += not lived
    assert in_process(folder, None)
    final = {name: set(archive.ids(query)) - known[name] for name, query in QUERIES.items()}
    total = 0
    for file, rows in told(folder).items():
        name = file.removesuffix(".jsonl")
        deliveries = Counter(id for id, _, _ in rows)  # a repeated delivery has the same id
        assert deliveries == Counter(expected[name] | final[name]), (seed, name, deliveries)
        total += len(rows)
    return {"killed": killed, "recorded": recorded, "told": total}


def main() -> None:
    """Print one line of JSON for each seed."""
    root = Path(sys.argv[1])
    for seed in map(int, sys.argv[2:]):
        print(json.dumps(check(root / str(seed), seed)))


if __name__ == "__main__":
    main()
