"""Workers read costly files: the same articles in the same order, even if a worker crashes or hangs."""

from __future__ import annotations

import gzip
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx import Article, worker_pool
from searchidx.ingest import reader_pool
from searchidx.ingest.reader_pool import read_all
from searchidx.sources import Skip, SourceFile, source_file

PAGE = (
    "<!DOCTYPE html><html><head><title>River {0}</title></head><body><article><h1>River {0} rises</h1>"
    "<p>Rain fell on town {0} for three days and three nights, and the river rose to the mark of 1913.</p>"
    "<p>The old mill was cut off. Twelve families spent the night in the sports hall.</p></article></body></html>"
)


@pytest.fixture
def files(tmp_path: Path, put: Callable[..., Path]) -> list[SourceFile]:
    """24 pages, with three texts and an empty page between them."""
    paths = [put(tmp_path / "sources", f"{n:02}.html", PAGE.format(n)) for n in range(24)]
    paths += [put(tmp_path / "sources", f"{n:02}.txt", f"Text {n}\n\nWords {n}.\n") for n in (0, 7, 30)]
    paths.append(put(tmp_path / "sources", "11.empty.html", b""))
    return [SourceFile(path, path.name) for path in sorted(paths)]


def read_list(files: list[SourceFile], jobs: int) -> list[tuple[str, list[Article | Skip]]]:
    """What is read from each file, by its name."""
    return [
        (file.name, [each if isinstance(each, Skip) else each.article.decode() for each in results])
        for file, results in read_all(files, jobs)
    ]


def test_workers_find_what_one_process_finds(files: list[SourceFile]) -> None:
    alone = read_list(files, 1)
    assert sum(isinstance(result, Article) for _, results in alone for result in results) == 27
    assert read_list(files, 3) == alone


def test_few_files_start_no_worker(files: list[SourceFile], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "_Worker", lambda *_: pytest.fail("a process was started"))
    assert len(read_list(files[:8], 3)) == 8


def test_index_is_the_same_for_any_number_of_jobs(files: list[SourceFile], tmp_path: Path) -> None:
    prints = []
    for jobs in (1, 3):
        report = searchidx.build(tmp_path / "sources", index=tmp_path / f"index{jobs}", jobs=jobs)
        assert (report.added, len(report.skipped)) == (27, 1)
        with searchidx.open(tmp_path / f"index{jobs}") as archive:
            prints.append(archive.fingerprint)
    assert prints[0] == prints[1]


def inject_fault(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """Let workers run a statement in the pages 3 and 4, and in page 9 after an article."""
    patch = (
        "import os, time, searchidx.ingest.reader_pool as r; true = r.read_document\n"
        "def read_document(document):\n"
        "    if document.file.name in ('03.html', '04.html'):\n"
        f"        {fault}\n"
        "    yield from true(document)\n"
        "    if document.file.name == '09.html':\n"
        f"        {fault}\n"
        "r.read_document = read_document\n"
    )
    bootstrap = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); exec({patch!r}); r.main()"
    monkeypatch.setattr(worker_pool, "_BOOTSTRAP", bootstrap.replace("{", "{{").replace("}", "}}"))


def test_file_that_crashes_a_worker_is_skipped_alone(files: list[SourceFile], monkeypatch: pytest.MonkeyPatch) -> None:
    inject_fault(monkeypatch, "os._exit(139)")
    results = dict(read_list(files, 2))
    ended = [Skip(f"{n}.html", "reading it ended the process") for n in ("03", "04", "09")]
    assert results.pop("03.html") == ended[:1]
    assert results.pop("04.html") == ended[1:2]
    alone = dict(read_list(files, 1))
    assert results.pop("09.html") == [*alone["09.html"], ended[2]]
    assert results == {name: alone[name] for name in results}


def test_file_that_hangs_a_worker_is_skipped(files: list[SourceFile], monkeypatch: pytest.MonkeyPatch) -> None:
    inject_fault(monkeypatch, "time.sleep(600)")
    monkeypatch.setattr(reader_pool, "TIMEOUT", 4.0)
    results = dict(read_list([file for file in files[3:16] if file.name not in ("04.html", "09.html")], 2))
    assert results["03.html"] == [Skip("03.html", "it gave nothing for 4 seconds")]
    assert isinstance(results["10.html"][0], Article)


@pytest.mark.parametrize("jobs", [1, 2])
def test_unpacked_size_of_members_is_limited_across_workers(
    jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_file, "MIN_BUDGET", 30 << 20)
    page = gzip.compress(PAGE.format(1).encode() + b"<!-- " + b"x" * (1 << 20) + b" -->")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(100):
            archive.writestr(f"{n}.html.gz", page)
    ((_, results),) = read_list([SourceFile(tmp_path / "a.zip", "a.zip")], jobs)
    assert 10 < sum(isinstance(each, Article) for each in results) < 80
    [skip] = [each for each in results if isinstance(each, Skip)]
    assert skip.reason.startswith("it unpacks to more than 200 times its size")


def test_workers_end_when_the_iterator_is_closed(files: list[SourceFile]) -> None:
    results = read_all(files, 2)
    _, given = next(results)
    list(given)
    processes = [worker._process for worker in results.gi_frame.f_locals["pool"]._workers]  # type: ignore[attr-defined]
    results.close()  # type: ignore[attr-defined]
    assert [process.returncode is not None for process in processes] == [True, True]


def test_parser_that_prints_does_not_corrupt_messages_of_workers(
    files: list[SourceFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    inject_fault(monkeypatch, "print('{}')")
    assert read_list(files, 2) == read_list(files, 1)
    assert sys.stdout is not None
