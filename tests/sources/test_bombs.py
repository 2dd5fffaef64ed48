"""Small files that expand without bound are read up to the limit, whatever their compression, and then named."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

import searchidx
from searchidx import Article
from searchidx.sources import ExpansionBudget, Skip, SourceFile, read_file, source_file

ROWS = b"headline,body\n" + b"a,b\n" * 10_000
LINES = b'{"headline": "A", "body": "%s"}\n' % (b"b " * 400) * 500
ARTICLE = b"Harbour opens\n\nShips came in at noon.\n"
SMALL_BUDGET = 100_000
"""Bytes that any file may expand to in these tests; the files below expand to several times that."""


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed.getvalue()


def tarred(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def warc(page: bytes) -> bytes:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nContent-Type: application/http\r\n"
        b"WARC-Date: 2020-01-01T00:00:00Z\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(answer), answer)
    )


def tree_of_zips() -> bytes:
    leaf = zipped(*((f"{n}.txt", ARTICLE) for n in range(5)))
    branch = zipped(*((f"{n}.zip", leaf) for n in range(5)))
    return zipped(*((f"{n}.zip", branch) for n in range(5)))


BOMBS: dict[str, Callable[[], bytes]] = {
    "rows.csv.gz": lambda: gzip.compress(ROWS),
    "rows.csv.bz2": lambda: bz2.compress(ROWS),
    "rows.csv.xz": lambda: lzma.compress(ROWS),
    "rows.csv.zst": lambda: zstandard.compress(ROWS),
    "lines.jsonl.gz": lambda: gzip.compress(LINES),
    "rows.zip": lambda: zipped(("rows.csv", ROWS)),
    "packed.zip": lambda: zipped(("rows.csv.xz", lzma.compress(ROWS))),
    "rows.tar.xz": lambda: tarred(("rows.csv", ROWS)),
    "members.tar.xz": lambda: tarred(*((f"{n}.txt", ARTICLE) for n in range(400))),
    "tree.zip": tree_of_zips,
    "page.warc.gz": lambda: gzip.compress(warc(b"<p>page</p>" * 100_000)),
    "pages.warc.gz": lambda: gzip.compress(warc(b"<p>page</p>")) + gzip.compress(warc(b"<p></p>" * 300_000)),
}


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "MIN_BUDGET", SMALL_BUDGET)


def read_with(path: Path, max_ratio: float) -> tuple[list[Article], list[Skip], ExpansionBudget]:
    file = SourceFile(path, path.name, budget=ExpansionBudget(max_ratio))
    found = list(read_file(file))
    return (
        [item for item in found if isinstance(item, Article)],
        [item for item in found if isinstance(item, Skip)],
        file.budget,
    )


@pytest.mark.usefixtures("small_budget")
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_read_up_to_the_limit_and_named_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    ratio = 20
    articles, skips, budget = read_with(path, ratio)
    told = [skip for skip in skips if skip.reason.startswith("it unpacks to more than 20 times its size")]
    assert len(told) == 1, skips
    assert told[0].place.startswith(name)
    assert told[0].damaged  # articles of an earlier build stay
    limit = max(SMALL_BUDGET, ratio * path.stat().st_size)
    assert limit < budget.spent < limit + 3_000_000
    assert len(articles) <= limit / source_file.RECORD_COST


@pytest.mark.usefixtures("small_budget")
@pytest.mark.parametrize("name", ["rows.csv.gz", "members.tar.xz"])
def test_raised_ratio_reads_an_honest_file_whole(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    expected = {"rows.csv.gz": 10_000, "members.tar.xz": 400}[name]
    articles, skips, _ = read_with(path, 1e9)
    assert (len(articles), skips) == (expected, [])


@pytest.mark.usefixtures("small_budget")
def test_ratio_is_remembered_and_a_changed_one_reads_again(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "rows.csv.xz").write_bytes(lzma.compress(b"headline,body\n" + b"a,b\n" * 1_000))

    def build(max_ratio: float | None) -> tuple[int, int]:
        report = searchidx.build(tmp_path / "sources", index=tmp_path / "index", max_ratio=max_ratio, jobs=1)
        return report.added + report.unchanged, len(report.skipped)

    first, skipped = build(None)
    assert first < 1_000
    assert skipped == 1
    assert build(100_000) == (1_000, 0)
    assert build(None) == (1_000, 0)  # remembered
    assert build(200)[1] == 1


def test_ordinary_files_stay_far_below_the_limit() -> None:
    folder = Path(__file__).parent.parent / "corpora" / "formats"
    for path in folder.iterdir():
        if path.is_file():
            file = SourceFile(path, path.name)
            list(read_file(file))
            assert file.budget.spent < source_file.MIN_BUDGET / 4, path.name


def test_headers_of_a_web_archive_are_bounded_after_decompression(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    header = b"WARC/1.0\r\nWARC-Type: response\r\n" + b"A: b\r\n" * 250_000
    path.write_bytes(gzip.compress(header + b"Content-Length: 0\r\n\r\n\r\n\r\n"))
    first, *_ = read_file(SourceFile(path, path.name))
    assert first == Skip("a.warc.gz@0", "the record there is broken: its header is too long")
