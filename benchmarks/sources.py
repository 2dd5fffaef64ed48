"""Measure the speed, memory and completeness of reading sources.

python benchmarks/sources.py pages FOLDER      speed for the pages below FOLDER, and that of trafilatura alone
python benchmarks/sources.py unchanged [N]     time of builds of N small files, first new and then unchanged
python benchmarks/sources.py streams [MB]      speed and memory for a generated file of each streamed format
python benchmarks/sources.py stream FILE       the same for one file
python benchmarks/sources.py whole FOLDER      records, articles and skips of each file
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

from extraction import read_page_file, read_with_trafilatura

import searchidx
from searchidx.ingest.reader_pool import read_all
from searchidx.sources import Skip, SourceFile, is_ignored, read_file
from searchidx.worker_pool import available_cores


def pages(folder: Path, times: int) -> None:
    """Print pages per second and processor time per page, for trafilatura alone and for searchidx.

    On a busy machine the processor time is the better measure.
    """
    paths = sorted(path for path in folder.rglob("*.htm*") if path.is_file())
    cores = available_cores()
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    for _ in range(times):
        for name, run in (
            ("trafilatura alone", lambda: read_by_trafilatura(paths)),
            ("searchidx, 1 process", lambda: read_by_searchidx(paths, 1)),
            (f"searchidx, {cores} processes", lambda: read_by_searchidx(paths, cores)),
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


def read_by_trafilatura(paths: list[Path]) -> None:
    """Extract text and metadata as trafilatura's documentation shows."""
    for path in paths:
        read_with_trafilatura(read_page_file(path), "")


def read_by_searchidx(paths: list[Path], jobs: int) -> None:
    """Read the articles of the same pages."""
    for _, found in read_all([SourceFile(path, path.name) for path in paths], jobs):
        for _ in found:
            pass


def unchanged(count: int) -> None:
    """Print the seconds of a first build and of two without changes."""
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
"""The words of generated articles."""


def make_lines(n: int) -> list[str]:
    """A headline and five paragraphs, different for each number up to 997."""
    chance = random.Random(n % 997)
    return [f"Report {n}", *(f"{' '.join(chance.choices(WORDS, k=80)).capitalize()}." for _ in range(5))]


def make_page(n: int) -> bytes:
    """A page of about 40 kB, mostly markup and scripts."""
    headline, *paragraphs = make_lines(n)
    return (
        f"<!DOCTYPE html><html lang='en'><head><title>{headline} - The Gazette</title><meta property="
        f"'article:published_time' content='2023-02-01T10:00:00Z'></head><body><nav>{'<a href=/s>Section</a>' * 60}"
        f"</nav><article><h1>{headline}</h1>{''.join(f'<p>{each}</p>' for each in paragraphs)}</article><footer>"
        f"{'<div class=f>All rights reserved</div>' * 60}</footer><script>{'x=1;' * 8000}</script></body></html>"
    ).encode()


def make_warc_record(n: int) -> bytes:
    """A page as a record of a web archive."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + make_page(n)
    return (
        (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{n}>\r\nWARC-Date: 2023-02-01T10:00:00Z\r\n"
            f"WARC-Target-URI: https://gazette.example/2023/{n}\r\nContent-Type: application/http; msgtype=response\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        ).encode()
        + answer
        + b"\r\n\r\n"
    )


def make_json(n: int) -> str:
    """An article as a line of JSON."""
    headline, *paragraphs = make_lines(n)
    return json.dumps({"id": f"a{n}", "headline": headline, "date": "2023-02-01", "body": "\n".join(paragraphs)})


def write_file(path: Path, size: int, make: Callable[[int], bytes], begin: bytes = b"", end: bytes = b"") -> None:
    """Write articles until the file has `size` bytes before compression."""
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else open(path, "wb") as file:
        count = file.write(begin)
        number = 0
        while count < size:
            count += file.write(make(number))
            number += 1
        file.write(end)


def write_files(folder: Path, size: int) -> None:
    """Write a file of `size` bytes of each streamed format."""
    write_file(folder / "crawl.warc", size, make_warc_record)
    write_file(folder / "whole.warc.gz", size, make_warc_record)
    write_file(folder / "lines.jsonl", size, lambda n: f"{make_json(n)}\n".encode())
    write_file(folder / "lines.jsonl.gz", size, lambda n: f"{make_json(n)}\n".encode())
    write_file(folder / "array.json", size, lambda n: f"{',' * (n > 0)}{make_json(n)}".encode(), b"[", b"]")
    rows = (json.loads(make_json(n)) for n in range(1 << 30))
    with open(folder / "table.csv", "w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, ["id", "headline", "date", "body"])
        writer.writeheader()
        while table.tell() < size:
            writer.writerow(next(rows))
    mail = "From a@b.example Wed Feb  1 10:00:00 2023\nFrom: a@b.example\nMessage-ID: <{0}>\nSubject: {1}\n\n{2}\n\n"
    write_file(
        folder / "mails.mbox",
        size,
        lambda n: mail.format(n, make_lines(n)[0], "\n\n".join(make_lines(n)[1:])).encode(),
    )
    with zipfile.ZipFile(folder / "pages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(size // len(make_page(0))):
            archive.writestr(f"{n}.html", make_page(n))
    with (
        tarfile.open(folder / "pages.tar.gz", "w:gz", compresslevel=1) as tar,
        tempfile.TemporaryDirectory() as scratch,
    ):
        one = Path(scratch, "page.html")
        for n in range(size // len(make_page(0))):
            one.write_bytes(make_page(n))
            tar.add(one, f"{n}.html")
    for name in ("large.zip", "large.tar"):
        with (
            zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED)
            if "zip" in name
            else tarfile.open(folder / name, "w") as large
        ):
            (large.write if "zip" in name else large.add)(folder / "lines.jsonl", "lines.jsonl")


def streams(size: int) -> None:
    """Measure generated files of each format, each in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        write_files(Path(scratch), size * 1_000_000)
        for path in sorted(Path(scratch).iterdir()):
            subprocess.run([sys.executable, __file__, "stream", str(path)], check=True)


def stream(path: Path, jobs: int) -> None:
    """Print the speed of reading a file, and the peak memory of this process and of the largest worker."""
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
    """Check that each record of a folder's files gives an article or a skip."""
    total = 0
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if is_ignored(name):
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        records = sum(1 for each in data.split(b"\n") if each.strip()) if ".jsonl" in path.name else 1
        found = list(read_file(SourceFile(path, name)))
        skips = [each for each in found if isinstance(each, Skip)]
        total += records - len(found)
        print(f"{name}: {records:,} records, {len(found) - len(skips):,} articles, {len(skips):,} skipped")
        for skip in skips:
            print(f"    {skip.place}: {skip.reason}")
    print(f"{total:,} lost")


def main() -> None:
    """Run the command on the command line."""
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
