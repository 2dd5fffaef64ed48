"""Renamed, nested, empty and vanished sources: articles follow their files, and none is removed by mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts

import searchidx


@pytest.fixture
def nested_case(case: SourcesCase) -> SourcesCase:
    for name, text in (
        ("2022/harbour.txt", HARBOUR),
        ("2023/bridge.txt", BRIDGE),
        ("2023/tower.txt", "Tower\n\nBells."),
    ):
        case.put(name, text)
    return case


def test_articles_follow_a_renamed_folder(built_case: SourcesCase) -> None:
    new = built_case.sources.rename(built_case.folder / "renamed")
    (new / "bridge.txt").write_text("Bridge closes\n\nCorrected.")
    assert counts(built_case.build(new)) == (0, 1, 1, 0)
    assert built_case.ids("corrected") == ["bridge.txt"]
    (new / "harbour.txt").unlink()
    assert counts(built_case.build(new)) == (0, 0, 1, 1)
    with pytest.raises(searchidx.SourceError):
        built_case.build()


def test_renamed_folder_with_other_files_is_another_source(built_case: SourcesCase) -> None:
    shutil.rmtree(built_case.sources)
    other = built_case.folder / "other"
    other.mkdir()
    (other / "bridge.txt").write_text("Another bridge\n\nOther words.")
    report = built_case.build(other)
    assert "which is kept" in report.skipped[0][1]
    assert built_case.ids() == ["bridge.txt", "harbour.txt"]


def test_deleted_articles_stay_out_of_a_renamed_folder(built_case: SourcesCase) -> None:
    searchidx.delete("bridge.txt", index=built_case.index)
    new = built_case.sources.rename(built_case.folder / "renamed")
    (new / "bridge.txt").write_text("Bridge closes\n\nCorrected.")
    built_case.build(new)
    assert built_case.ids() == ["harbour.txt"]


def test_folder_around_a_source_indexes_nothing_twice(nested_case: SourcesCase) -> None:
    nested_case.build(nested_case.sources / "2023")
    assert counts(nested_case.build()) == (1, 0, 2, 0)
    assert nested_case.ids() == ["2022/harbour.txt", "bridge.txt", "tower.txt"]
    nested_case.put("2023/bridge.txt", "Bridge closes\n\nCorrected.")
    assert counts(nested_case.build()) == (0, 1, 2, 0)
    assert nested_case.ids("corrected") == ["bridge.txt"]


def test_folder_within_a_source_is_part_of_it(nested_case: SourcesCase) -> None:
    nested_case.build()
    nested_case.put("2023/bridge.txt", "Bridge closes\n\nCorrected.")
    assert counts(nested_case.build(nested_case.sources / "2023")) == (0, 1, 2, 0)
    assert nested_case.ids() == ["2022/harbour.txt", "2023/bridge.txt", "2023/tower.txt"]


def test_source_that_moved_into_a_folder_follows(nested_case: SourcesCase) -> None:
    nested_case.build(nested_case.sources / "2023")
    (nested_case.sources / "2023").rename(nested_case.sources / "year")
    assert counts(nested_case.build()) == (1, 0, 2, 0)
    assert nested_case.ids() == ["2022/harbour.txt", "bridge.txt", "tower.txt"]


def test_missing_source_removes_articles_only_with_allow_empty(built_case: SourcesCase) -> None:
    shutil.rmtree(built_case.sources)
    with pytest.raises(searchidx.SourceError, match="--allow-empty"):
        built_case.build()
    assert counts(built_case.build(allow_empty=True)) == (0, 0, 0, 2)
    with pytest.raises(searchidx.SourceError, match="no such file"):
        built_case.build(allow_empty=True)


def test_empty_folder_within_a_source_keeps_its_articles(nested_case: SourcesCase) -> None:
    nested_case.build()
    for path in (nested_case.sources / "2023").iterdir():
        path.unlink()
    report = nested_case.build()
    assert counts(report) == (0, 0, 3, 0)
    assert [Path(place).name for place, _ in report.skipped] == ["2023"]
    assert "the 2 articles it gave before stay" in report.skipped[0][1]
    assert counts(nested_case.build(allow_empty=True)) == (0, 0, 1, 2)


def test_removed_folder_within_a_source_removes_its_articles(nested_case: SourcesCase) -> None:
    nested_case.build()
    shutil.rmtree(nested_case.sources / "2023")
    assert counts(nested_case.build()) == (0, 0, 1, 2)


def test_excluded_files_are_left_out_and_remembered(nested_case: SourcesCase) -> None:
    nested_case.build(exclude=["/2023/t*"])
    assert nested_case.ids() == ["2022/harbour.txt", "2023/bridge.txt"]
    assert counts(nested_case.build()) == (0, 0, 2, 0)
    assert counts(nested_case.build(exclude=[])) == (1, 0, 2, 0)


def test_files_of_a_saved_page_are_ignored(case: SourcesCase) -> None:
    page = "<!DOCTYPE html><html><body><article><h1>Harbour</h1><p>" + "Ships came in at noon. " * 20
    case.put("Harbour.html", page)
    for name in ("style.css", "main.js", "data.json", "saved_resource.html"):
        case.put(f"Harbour_files/{name}", page if name.endswith("html") else '{"title": "t", "text": "x"}')
    case.put("Other_files/story.txt", HARBOUR)
    report = case.build()
    assert case.ids() == ["Harbour.html", "Other_files/story.txt"]
    assert (report.skipped, report.ignored) == ((), 1)
