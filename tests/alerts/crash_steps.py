"""Kill a run of alerts at each of its steps, repeat it, and print what was told: run as a program with a folder.

A step is a statement of SQLite: before the transaction that records what was found, in it, between it and a delivery,
between a delivery and its record. Each step is killed in a process of its own, on a copy of the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import searchidx
from searchidx.alerts import run


def make(folder: Path) -> None:
    """An archive with three alerts, and new articles that they have not seen."""
    archive = searchidx.create(folder / "index")
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="old", headline="nato", body="japan"))
        writer.add(searchidx.Article(id="changed", headline="none", body="none"))
    archive.refresh()
    for name in ("nato", "japan", "none"):
        targets = [{"kind": "file", "path": str(folder / f"{name}-{number}.jsonl")} for number in (1, 2)]
        archive.add_alert(name, name, targets=targets)
    with archive.writer() as writer:
        for number in range(3):
            writer.add(searchidx.Article(id=f"new{number}", headline="nato", body="japan"))
        writer.add(searchidx.Article(id="changed", headline="nato", body="-"))
    archive.close()
    archive.workspace.close()


def run_alerts(folder: Path, fatal_step: int | None) -> None:
    """Run all alerts; the process kills itself before a step."""
    with searchidx.open(folder / "index") as archive:
        store = archive.workspace.store
        store.read("SELECT 1")
        connection = store._connection
        assert connection is not None
        steps = 0

        def count(statement: str) -> None:
            nonlocal steps
            steps += 1
            if steps == fatal_step:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(count)
        run(archive)


def in_process(folder: Path, fatal_step: int | None) -> bool:
    """Run alerts in a process of its own; returns whether it lived."""
    child = os.fork()
    if not child:
        run_alerts(folder, fatal_step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def told(folder: Path) -> dict[str, Counter[tuple[str, str, str]]]:
    """By file, how often each article was told, with its reason and the delivery."""
    found = {}
    for path in sorted(folder.glob("*.jsonl")):
        rows = map(json.loads, path.read_text().splitlines())
        found[path.name] = Counter((row["id"], row["reason"], row["delivery"]) for row in rows)
    return found


def main() -> None:
    """Print one line of JSON for each step."""
    root = Path(sys.argv[1])
    for step in range(1, 10_000):
        folder = root / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)  # paths in targets are absolute, so each run has the same folder
        lived = in_process(folder, step)
        told_first = sum(sum(each.values()) for each in told(folder).values())
        assert in_process(folder, None)
        found = told(folder)
        print(json.dumps({
            "lived": lived,
            "told_first": told_first,
            "articles": {name: sorted({(id, reason) for id, reason, _ in each}) for name, each in found.items()},
            "deliveries": {name: len({delivery for _, _, delivery in each}) for name, each in found.items()},
            "repeated": sum(count - 1 for each in found.values() for count in each.values()),
        }))  # fmt: skip
        if lived:
            return


if __name__ == "__main__":
    main()
