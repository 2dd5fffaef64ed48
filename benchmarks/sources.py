"""How fast and how fully sources are read, and in how much memory.

python benchmarks/sources.py pages FOLDER      the pages below FOLDER: trafilatura alone on one core, and searchidx
python benchmarks/sources.py unchanged [N]     N small files, built, and built again with nothing changed
python benchmarks/sources.py streams [MB]      files of so many MB of each format that is read as a stream
python benchmarks/sources.py stream FILE       one such file
python benchmarks/sources.py whole FOLDER      of each file: records, articles, and what was skipped
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from searchidx.processes import available_cores

import searchidx
from searchidx.ingest.reader_pool import read_all
from searchidx.sources import Skip, SourceFile, is_ignored, read_file


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


WORDS = "rain fell on the town and river rose to mark that it had left in year of great flood mayor said".split()
"""What made-up articles are made of."""


def text(n: int) -> list[str]:
    """Five paragraphs, others for each number, with a headline before them."""
    chance = random.Random(n % 997)
    return [f"Report {n}", *(f"{' '.join(chance.choices(WORDS, k=80)).capitalize()}." for _ in range(5))]


def page(n: int) -> bytes:
    """A page of some 40 kB, as most of it is no text."""
    headline, *paragraphs = text(n)
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{headline} - The Gazette</title><meta property="
        f"'article:published_time' content='2023-02-01T10:00:00Z'></head><body><nav>{'<a href=/s>Section</a>' * 60}"
        f"</nav><article><h1>{headline}</h1>{''.join(f'<p>{each}</p>' for each in paragraphs)}</article><footer>"
        f"{'<div class=f>All rights reserved</div>' * 60}</footer><script>{'x=1;' * 8000}</script></body></html>"
    ).encode()


def record(n: int) -> bytes:
    """A page as a record of a web archive."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page(n)
    return (
        (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{n}>\r\nWARC-Date: 2023-02-01T10:00:00Z\r\n"
            f"WARC-Target-URI: https://gazette.example/2023/{n}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        ).encode()
        + answer
        + b"\r\n\r\n"
    )


def line(n: int) -> str:
    """An article as a line of JSON."""
    headline, *paragraphs = text(n)
    return json.dumps({"id": f"a{n}", "headline": headline, "date": "2023-02-01", "body": "\n".join(paragraphs)})


def written(path: Path, size: int, of: Callable[[int], bytes], begin: bytes = b"", end: bytes = b"") -> None:
    """A file of so many bytes, article by article; unpacked, where its name says that it is packed."""
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else open(path, "wb") as file:
        count = file.write(begin)
        number = 0
        while count < size:
            count += file.write(of(number))
            number += 1
        file.write(end)


def make(folder: Path, size: int) -> None:
    """A file of so many bytes of each format that may be of any length."""
    written(folder / "crawl.warc", size, record)
    written(folder / "whole.warc.gz", size, record)
    written(folder / "lines.jsonl", size, lambda n: f"{line(n)}\n".encode())
    written(folder / "lines.jsonl.gz", size, lambda n: f"{line(n)}\n".encode())
    written(folder / "array.json", size, lambda n: f"{',' * (n > 0)}{line(n)}".encode(), b"[", b"]")
    rows = (json.loads(line(n)) for n in range(1 << 30))
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, ["id", "headline", "date", "body"])
        writer.writeheader()
        while table.tell() < size:
            writer.writerow(next(rows))
    mail = "From a@b.example Wed Feb  1 10:00:00 2023\nFrom: a@b.example\nMessage-ID: <{0}>\nSubject: {1}\n\n{2}\n\n"
    written(folder / "mails.mbox", size, lambda n: mail.format(n, text(n)[0], "\n\n".join(text(n)[1:])).encode())
    with zipfile.ZipFile(folder / "pages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(size // len(page(0))):
            archive.writestr(f"{n}.html", page(n))
    with (
        tarfile.open(folder / "pages.tar.gz", "w:gz", compresslevel=1) as tar,
        tempfile.TemporaryDirectory() as scratch,
    ):
        one = Path(scratch, "page.html")
        for n in range(size // len(page(0))):
            one.write_bytes(page(n))
            tar.add(one, f"{n}.html")
    for name in ("large.zip", "large.tar"):
        with (
            zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED)
            if "zip" in name
            else tarfile.open(folder / name, "w") as large
        ):
            (large.write if "zip" in name else large.add)(folder / "lines.jsonl", "lines.jsonl")


def streams(size: int) -> None:
    """Made-up files of each format, each read by a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        make(Path(scratch), size * 1_000_000)
        for path in sorted(Path(scratch).iterdir()):
            subprocess.run([sys.executable, __file__, "stream", str(path)], check=True)


def stream(path: Path, jobs: int) -> None:
    """How fast a file is read, and how much memory that takes at most: of this process, and of the largest worker."""
    count = skips = 0
    start = time.perf_counter()
    for _, found in read_all([SourceFile(path, path.name)], jobs):
        for each in found:
            count, skips = count + (not isinstance(each, Skip)), skips + isinstance(each, Skip)
    seconds = time.perf_counter() - start
    here, workers = (
        resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        f"{path.name:15} {path.stat().st_size / 1e6:7.1f} MB  {count:8,} articles {skips:3,} skipped {seconds:7.1f} s "
        f"{count / seconds:8,.0f}/s  {here:5,} MB here {workers:5,} MB a worker, {jobs} processes",
        flush=True,
    )


def whole(folder: Path) -> None:
    """Whether what a folder holds was added or skipped: nothing may be lost without a word."""
    total = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if is_ignored(name):
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        there = sum(1 for each in data.split(b"\n") if each.strip()) if ".jsonl" in path.name else 1
        found = list(read_file(SourceFile(path, name)))
        skips = [each for each in found if isinstance(each, Skip)]
        total += there - len(found)
        print(f"{name}: {there:,} there, {len(found) - len(skips):,} articles, {len(skips):,} skipped")
        for skip in skips:
            print(f"    {skip.place}: {skip.reason}")
    print(f"{total:,} lost")


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    of_pages = commands.add_parser("pages")
    of_pages.add_argument("folder", type=Path)
    of_pages.add_argument("--times", type=int, default=3)
    of_unchanged = commands.add_parser("unchanged")
    of_unchanged.add_argument("count", type=int, nargs="?", default=100_000)
    of_streams = commands.add_parser("streams")
    of_streams.add_argument("size", type=int, nargs="?", default=300)
    of_stream = commands.add_parser("stream")
    of_stream.add_argument("path", type=Path)
    of_stream.add_argument("--jobs", type=int, default=available_cores())
    of_whole = commands.add_parser("whole")
    of_whole.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    match arguments.command:
        case "pages":
            pages(arguments.folder, arguments.times)
        case "unchanged":
            unchanged(arguments.count)
        case "streams":
            streams(arguments.size)
        case "stream":
            stream(arguments.path, arguments.jobs)
        case "whole":
            whole(arguments.folder)


if __name__ == "__main__":
    main()
