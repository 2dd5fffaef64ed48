"""Which files a build reads: links, ignored names, unusual names, times and digests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts

import searchidx


def test_unchanged_file_is_not_read(built_case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchidx.ingest.reader_pool.read_document", lambda file: pytest.fail(f"{file.name} was read"))
    assert counts(built_case.build()) == (0, 0, 2, 0)


def test_broken_link_is_reported(case: SourcesCase) -> None:
    case.put("fine.txt", HARBOUR)
    (case.sources / "nowhere.txt").symlink_to("missing.txt")
    (case.sources / "itself.txt").symlink_to("itself.txt")
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    assert [Path(place).name for place, _ in report.skipped] == ["itself.txt", "nowhere.txt"]
    assert all("cannot be read" in reason for _, reason in report.skipped)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_named_pipe_does_not_block_the_build(case: SourcesCase) -> None:
    os.mkfifo(case.sources / "pipe.txt")
    [(place, reason)] = case.build().skipped
    assert (Path(place).name, reason) == ("pipe.txt", "it is not a file")


def test_linked_files_are_read(case: SourcesCase) -> None:
    outside = case.folder / "outside.txt"
    outside.write_text(HARBOUR)
    (case.sources / "inside.txt").symlink_to(outside)
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids("noon") == ["inside.txt"]


def test_circular_links_between_folders_end(case: SourcesCase) -> None:
    case.put("deep/page.txt", HARBOUR)
    (case.sources / "deep" / "up").symlink_to(case.sources)
    (case.sources / "again").symlink_to("deep")
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids() == ["deep/page.txt"]


def test_linked_folder_is_ignored_and_counted(case: SourcesCase) -> None:
    case.put("deep/page.txt", HARBOUR)
    (case.sources / "again").symlink_to("deep")
    assert case.build().ignored == 1


def test_ignored_files_are_counted(case: SourcesCase) -> None:
    for name in (".hidden.txt", "README", "README.md", "readme.txt", "LICENSE", "LICENCE.txt", "License-MIT", ".git/a"):
        case.put(f"sub/{name}", "Not an article\n\nAt all.\n")
    case.put("readmes-and-more.txt", HARBOUR)
    case.put("licensed.txt", BRIDGE)
    report = case.build()
    assert (report.added, report.ignored, report.skipped) == (2, 8, ())
    assert case.ids() == ["licensed.txt", "readmes-and-more.txt"]
    assert case.build().ignored == 8


def test_folder_named_readme_is_read(case: SourcesCase) -> None:
    case.put("readme.d/page.txt", HARBOUR)
    assert case.build() == searchidx.Report(added=1)


def test_index_within_the_sources_is_ignored(case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    case.put("page.txt", HARBOUR)
    monkeypatch.chdir(case.sources)
    assert searchidx.build(".", index="index") == searchidx.Report(added=1, ignored=1)
    report = searchidx.build(".", index="index")
    assert (counts(report), report.ignored, report.skipped) == ((0, 0, 1, 0), 1, ())


def test_source_file_is_read_even_if_its_name_is_ignored(case: SourcesCase) -> None:
    assert counts(case.build(case.put("README.txt", HARBOUR))) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "name",
    ["two words.txt", "Zürich/Łódź.txt", "東京 都.txt", "a#b?c%20.txt", "-dash.txt", "quote'\".txt", "no suffix"],
)
def test_unusual_file_names_are_ids(case: SourcesCase, name: str) -> None:
    case.put(name, HARBOUR)
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids() == [name]
    assert counts(case.build()) == (0, 0, 1, 0)


@pytest.mark.parametrize("name", ["new\nline.txt", "bell\a.txt", " blank.txt"])
def test_file_name_that_is_no_valid_id_is_skipped(case: SourcesCase, name: str) -> None:
    case.put("fine.txt", HARBOUR)
    path = case.put(name, BRIDGE)
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert reason.startswith("id: ")
    assert counts(case.build()) == (0, 0, 1, 0)


def test_file_name_that_is_not_unicode_is_escaped(case: SourcesCase) -> None:
    case.put("fine.txt", HARBOUR)
    try:
        case.put(os.fsdecode(b"caf\xe9.txt"), BRIDGE)
    except OSError:
        pytest.skip("this file system takes Unicode only")
    report = case.build()
    assert counts(report) == (2, 0, 0, 0)
    assert case.ids() == ["caf\\xe9.txt", "fine.txt"]


def test_file_with_new_times_and_the_same_bytes_is_not_read(case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    page = case.put("page.txt", HARBOUR)
    old = page.stat().st_mtime_ns - 3_600_000_000_000
    os.utime(page, ns=(old, old))
    assert case.build().added == 1
    os.utime(page, ns=(old + 1, old + 1))
    with monkeypatch.context() as unread:
        unread.setattr("searchidx.ingest.reader_pool.read_document", lambda _: pytest.fail("the file was read"))
        assert case.build() == searchidx.Report(unchanged=1)


def test_young_file_with_the_same_signature_and_other_bytes_is_read(case: SourcesCase) -> None:
    page = case.put("page.txt", "Rain\n\nRain fell.\n")
    assert case.build().added == 1
    look = page.stat()
    page.write_text("Rain\n\nRain rose\n", encoding="utf-8")
    os.utime(page, ns=(look.st_atime_ns, look.st_mtime_ns))
    assert case.build().updated == 1
