"""How fast sources are read: pages against the extraction library alone, and a build over files that did not change.

python benchmarks/sources.py pages FOLDER      the pages below FOLDER: trafilatura alone on one core, and searchidx
python benchmarks/sources.py unchanged [N]     N small files, built, and built again with nothing changed
"""

from __future__ import annotations

import argparse
import gzip
import os
import statistics
import tempfile
import time
from pathlib import Path

import searchidx
from searchidx.engines.base import available_cores
from searchidx.reading import read_all
from searchidx.sources import SourceFile


def pages(folder: Path, times: int) -> None:
    """Pages a second, by the library alone and by searchidx with one process and with all, and processor time a page.

    The latter tells more where other programs keep the machine busy.
    """
    paths = sorted(path for path in folder.rglob("*.htm*") if path.is_file())
    cores = available_cores()
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    for _ in range(times):
        for name, run in (
            ("trafilatura alone", lambda: alone(paths)),
            ("searchidx, 1 process", lambda: ours(paths, 1)),
            (f"searchidx, {cores} processes", lambda: ours(paths, cores)),
        ):
            start, used = time.perf_counter(), sum(os.times()[:4])
            run()
            rates.setdefault(name, []).append(len(paths) / (time.perf_counter() - start))
            costs.setdefault(name, []).append(1000 * (sum(os.times()[:4]) - used) / len(paths))
    base = statistics.median(rates["trafilatura alone"])
    print(f"{len(paths):,} pages, {cores} cores, median of {times}")
    for name, found in rates.items():
        cost = statistics.median(costs[name])
        print(
            f"{name:26} {statistics.median(found):8.1f} pages/s {statistics.median(found) / base:6.2f} x {cost:7.1f} ms"
        )


def alone(paths: list[Path]) -> None:
    """What trafilatura does with the pages as its documentation says: text and metadata."""
    import trafilatura

    for path in paths:
        data = path.read_bytes()
        page = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        trafilatura.bare_extraction(page, with_metadata=True, include_comments=False)


def ours(paths: list[Path], jobs: int) -> None:
    """The same pages to articles."""
    for _, found in read_all([SourceFile(path, path.name) for path in paths], jobs):
        for _ in found:
            pass


def unchanged(count: int) -> None:
    """Seconds of a first build, and of one with nothing to do."""
    with tempfile.TemporaryDirectory() as scratch:
        corpus = Path(scratch, "corpus")
        for n in range(count):
            folder = corpus / f"{n // 1000:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{n:06}.txt").write_text(f"Report {n}\n\nRain fell on town {n}.\n", encoding="utf-8")
        for name in ("first build", "second", "third"):
            start = time.perf_counter()
            report = searchidx.build(corpus, index=Path(scratch, "index"))
            seconds = time.perf_counter() - start
            print(f"{name:22} {seconds:7.1f} s  {report.added:,} added, {report.unchanged:,} unchanged")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_pages = commands.add_parser("pages")
    of_pages.add_argument("folder", type=Path)
    of_pages.add_argument("--times", type=int, default=3)
    of_unchanged = commands.add_parser("unchanged")
    of_unchanged.add_argument("count", type=int, nargs="?", default=100_000)
    arguments = parser.parse_args()
    if arguments.command == "pages":
        pages(arguments.folder, arguments.times)
    else:
        unchanged(arguments.count)


if __name__ == "__main__":
    main()
