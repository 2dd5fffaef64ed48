"""Sources that cannot be read keep the articles they gave before, and are reported."""

from __future__ import annotations

import gc
import gzip
import json
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts, record

import searchidx
from searchidx.sources import UNEXPECTED_ERROR

FORMATS = {"z.txt": "text.txt", "z.html": "page.html", "z.zip": "folder.zip", "z.jsonl.gz": "page-packed.html.gz"}


@pytest.mark.parametrize(
    ("content", "expected_reason"),
    [
        (b"", "it is empty"),
        (b" \n\n\t\n", "it is empty"),
        (b"\0\1\2\3 binary \0\0" * 40, "binary"),
        (HARBOUR.encode("utf-16")[:-1], "utf-16"),
    ],
    ids=["empty", "blank", "binary", "half a character"],
)
def test_damaged_text_keeps_its_article_and_is_reported(
    built_case: SourcesCase, content: bytes, expected_reason: str
) -> None:
    path = built_case.put("harbour.txt", content)
    report = built_case.build()
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert expected_reason in reason
    assert "the article it gave before stays" in reason
    assert built_case.ids("noon") == ["harbour.txt"]
    again = built_case.build()  # the file is not read again, but still reported
    assert (counts(again), again.skipped) == ((0, 0, 2, 0), report.skipped)
    built_case.put("harbour.txt", HARBOUR + "\nAnd left at one.\n")
    assert counts(mended := built_case.build()) == (0, 1, 1, 0)
    assert mended.skipped == ()


def test_damaged_new_file_is_skipped(case: SourcesCase) -> None:
    case.put("empty.txt", b"")
    case.put("fine.txt", HARBOUR)
    case.put("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    assert [Path(place).name for place, _ in report.skipped] == ["empty.txt", "picture.txt"]


def test_records_of_a_half_written_file_stay(case: SourcesCase) -> None:
    path = case.put("feed.jsonl", [record("a"), record("b"), record("c")])
    whole = path.read_bytes()
    case.build()
    case.put("feed.jsonl", whole[: whole.index(b'"b"') + 1])
    report = case.build()
    assert counts(report) == (0, 0, 3, 0)
    [(place, reason)] = report.skipped
    assert place == f"{path.as_posix()}:2"
    assert "the 2 articles it gave before stay" in reason
    assert case.ids() == ["a", "b", "c"]
    case.put("feed.jsonl", whole)
    assert counts(case.build()) == (0, 0, 3, 0)


@pytest.mark.parametrize("content", [b"", b"\n\n"], ids=["empty", "blank"])
def test_emptied_file_keeps_its_records_and_is_reported(case: SourcesCase, content: bytes) -> None:
    path = case.put("feed.jsonl", [record("a"), record("b")])
    case.build()
    case.put("feed.jsonl", content)
    report = case.build()
    assert case.ids() == ["a", "b"]
    assert [place for place, _ in report.skipped] == [path.as_posix()]


def test_invalid_date_is_reported_and_the_article_indexed(case: SourcesCase) -> None:
    path = case.put("feed.jsonl", [record("a"), {**record("b"), "date": "2023-02-30"}])
    report = case.build()
    assert counts(report) == (2, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == f"{path.as_posix()}:2 (b)"
    assert "there is no day 2023-02-30" in reason


def test_record_that_becomes_invalid_leaves_the_index(case: SourcesCase) -> None:
    """An invalid record is no damage, so its former article is removed."""
    case.put("feed.jsonl", [record("a"), record("b")])
    case.build()
    path = case.put("feed.jsonl", [record("a"), {"id": "b", "headline": " "}])
    report = case.build()
    assert counts(report) == (0, 0, 1, 1)
    [(place, reason)] = report.skipped
    assert place == f"{path.as_posix()}:2 (b)"
    assert "needs a headline or a body" in reason


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_truncated_gzip_keeps_its_articles_and_is_reported(case: SourcesCase) -> None:
    lines = "".join(json.dumps(record(f"r{n:03}", body=f"Words {n * n * 7919}.")) + "\n" for n in range(400))
    whole = gzip.compress(lines.encode(), mtime=0)
    path = case.put("feed.jsonl.gz", whole)
    assert counts(case.build()) == (400, 0, 0, 0)
    for cut in (whole[:-4], whole[: len(whole) // 2], whole[:12]):
        case.put("feed.jsonl.gz", cut)
        report = case.build()
        assert (report.removed, report.unchanged) == (0, 400)
        [(place, reason)] = report.skipped
        assert place.startswith(path.as_posix())
        assert "damaged or cut off" in reason
    assert len(case.ids()) == 400


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_records_before_the_truncation_of_a_gzip_are_read(case: SourcesCase) -> None:
    lines = "".join(json.dumps(record(f"r{n:03}", body=f"Words {n * n * 7919}.")) + "\n" for n in range(400))
    whole = gzip.compress(lines.encode(), mtime=0)
    case.put("feed.jsonl.gz", whole[: len(whole) * 3 // 4])
    report = case.build()
    assert 100 < report.added < 400
    assert len(report.skipped) == 1


def test_compressed_file_is_closed(case: SourcesCase) -> None:
    path = case.put("feed.jsonl.gz", gzip.compress(json.dumps(record("a")).encode()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert [article.id for article in searchidx.read(path)] == ["a"]
        gc.collect()
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file_keeps_its_article_and_is_reported(built_case: SourcesCase) -> None:
    path = built_case.sources / "harbour.txt"
    path.chmod(0)
    try:
        report = built_case.build()
    finally:
        path.chmod(0o644)
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert "cannot be read" in reason
    assert counts(mended := built_case.build()) == (0, 0, 2, 0)
    assert mended.skipped == ()


def test_file_with_a_disk_error_keeps_its_article(built_case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = built_case.put("harbour.txt", HARBOUR + "More.\n")
    with monkeypatch.context() as patch:
        patch.setattr("searchidx.sources.source_file.SourceFile.open", fail)
        report = built_case.build()
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert "Input/output error" in reason


def test_folder_that_cannot_be_listed_keeps_its_articles(case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    case.put("fine.txt", HARBOUR)
    case.put("locked/bridge.txt", BRIDGE)
    case.build()
    scandir = os.scandir

    def fail(path: Any = ".") -> Any:
        if Path(os.fsdecode(path)).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", fail)
        report = case.build()
    assert case.ids() == ["fine.txt", "locked/bridge.txt"]
    assert any("locked" in place for place, _ in report.skipped)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: os.truncate(path, 90), lambda path: path.chmod(0)])
@pytest.mark.parametrize("name", ["z.txt", "z.html", "z.zip", "z.jsonl.gz"])
def test_file_that_changes_during_the_build_affects_itself_alone(
    change: Callable[[Path], None], name: str, case: SourcesCase
) -> None:
    case.put("a.txt", HARBOUR)
    path = case.sources / name
    path.write_bytes((Path(__file__).parent.parent / "corpora" / "formats" / FORMATS[name]).read_bytes())

    def change_once(read: int, total: int) -> None:
        if path.exists():
            change(path)

    report = searchidx.build(case.sources, index=case.index, on_progress=change_once)
    assert "a.txt" in case.ids()
    assert report.added + len(report.skipped) > 1
    assert not any(UNEXPECTED_ERROR in reason for _, reason in report.skipped)
    assert list(searchidx.check(case.index)) == []


def test_at_most_a_thousand_skips_are_reported_for_a_file(case: SourcesCase) -> None:
    case.put("a.jsonl", "{\n" * 3_000 + '{"headline": "Rain"}\n')
    report = case.build()
    assert report.added == 1
    assert len(report.skipped) == 1_001
    assert report.skipped[-1][1] == "2,000 more were skipped"
