"""Measure the start-up time of the command line, and of the modules that lay out text.

    python benchmarks/start.py [--runs 15] [--against CHECKOUT]

Builds corpus/, then runs each command in a process of its own. The commands take turns and so share the noise of the
machine. Prints medians of elapsed and of processor time. --against also measures another checkout. `rich` is measured
if it is installed.
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
    """The environment of a command: bytecode is kept, as in an installed package, so no run measures the compiler."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": str(checkout), "SEARCHIDX_CONFIG": "none"}


def run_timed(words: list[str], folder: Path, checkout: Path) -> tuple[float, float]:
    """Run a process; return its elapsed and its processor time in milliseconds."""
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
    options = parser.parse_args()
    checkouts = [ROOT, *([options.against.resolve()] if options.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        cases: dict[tuple[str, Path], list[str]] = {}
        for number, checkout in enumerate(checkouts):
            index = f"index-{number}"
            run_timed(["-m", "searchidx", "build", str(checkout / "corpus"), "--index", index], Path(folder), checkout)
            for words in COMMANDS:
                index_option = [] if words == ("--version",) else ["--index", index]
                cases["searchidx " + " ".join(words), checkout] = ["-m", "searchidx", *words, *index_option]
        for code in ("import click, re, unicodedata", *(f"import click, re, unicodedata; {each}" for each in IMPORTS)):
            cases[code, ROOT] = ["-c", code]
        times: dict[tuple[str, Path], list[tuple[float, float]]] = {case: [] for case in cases}
        for _ in range(options.runs):
            for name, words in cases.items():
                try:
                    times[name].append(run_timed(words, Path(folder), name[1]))
                except AssertionError:
                    pass  # not installed
        for (case, checkout), runs in times.items():
            if runs:
                elapsed, cpu = (statistics.median(column) for column in zip(*runs, strict=True))
                print(f"{elapsed:7.1f} ms, {cpu:7.1f} ms of a processor  {case}  ({checkout.name})")


if __name__ == "__main__":
    main()
