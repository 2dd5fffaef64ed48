"""What the command line costs to begin: whole processes, and the modules that lay out text.

    python benchmarks/start.py [--runs 15] [--against CHECKOUT]

Builds corpus/, then runs commands in processes of their own, in turn, so that a busy machine is fair to all of them:
medians of elapsed and of processor time. With --against the same of another checkout. `rich` is timed where installed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    ("--version",),
    ("query", "NATO Japan", "--limit", "3"),
    ("query", "NATO Japan", "--json"),
    ("query", "NATO Japan", "--count"),
)
IMPORTS = (
    "import searchidx.render.text_layout, searchidx.render.text_tables",
    "import rich.console, rich.table, rich.text",
)


def environment(checkout: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(checkout), "SEARCHIDX_CONFIG": "none"}


def spent(words: list[str], folder: Path, checkout: Path) -> tuple[float, float]:
    """Elapsed and processor time of a process, in milliseconds."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        env=environment(checkout),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    return 1000 * (time.perf_counter() - start), 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--against", type=Path)
    given = parser.parse_args()
    checkouts = [ROOT, *([given.against.resolve()] if given.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        cases: dict[tuple[str, Path], list[str]] = {}
        for number, checkout in enumerate(checkouts):
            index = f"index-{number}"
            spent(["-m", "searchidx", "build", str(checkout / "corpus"), "--index", index], Path(folder), checkout)
            for words in COMMANDS:
                named = [] if words == ("--version",) else ["--index", index]
                cases["searchidx " + " ".join(words), checkout] = ["-m", "searchidx", *words, *named]
        for code in ("import click, re, unicodedata", *(f"import click, re, unicodedata; {each}" for each in IMPORTS)):
            cases[code, ROOT] = ["-c", code]
        times: dict[tuple[str, Path], list[tuple[float, float]]] = {case: [] for case in cases}
        for _ in range(given.runs):
            for case, words in cases.items():
                try:
                    times[case].append(spent(words, Path(folder), case[1]))
                except AssertionError:
                    pass  # what is not installed
        for (what, checkout), found in times.items():
            if found:
                elapsed, cpu = (statistics.median(column) for column in zip(*found, strict=True))
                print(f"{elapsed:7.1f} ms, {cpu:7.1f} ms of a processor  {what}  ({checkout.name})")


if __name__ == "__main__":
    main()
