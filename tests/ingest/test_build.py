"""Incremental builds: every way in which sources can change, and what the index contains then."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts, record

import searchidx


@pytest.fixture
def roots(case: SourcesCase, put: Callable[..., Path]) -> tuple[SourcesCase, Path, Path]:
    """Two folders in one index."""
    left, right = case.folder / "left", case.folder / "right"
    put(left, "left.txt", HARBOUR)
    put(left, "more.txt", "More\n\nMore words.\n")
    put(right, "right.txt", BRIDGE)
    assert counts(case.build(left, right)) == (3, 0, 0, 0)
    return case, left, right


def test_unchanged_sources_commit_nothing(built_case: SourcesCase, contents: Callable[..., Any]) -> None:
    before = contents(built_case.index)
    assert counts(built_case.build()) == (0, 0, 2, 0)
    assert contents(built_case.index) == before


def test_touched_file_is_unchanged(built_case: SourcesCase) -> None:
    with searchidx.open(built_case.index) as archive:
        fingerprint = archive.fingerprint
    os.utime(built_case.sources / "harbour.txt", (1, 1))
    assert counts(built_case.build()) == (0, 0, 2, 0)
    with searchidx.open(built_case.index) as archive:
        assert archive.fingerprint == fingerprint


def test_source_named_twice_is_built_once(built_case: SourcesCase) -> None:
    assert counts(built_case.build(built_case.sources, built_case.sources / ".." / "sources")) == (0, 0, 2, 0)


def test_same_folder_named_otherwise_is_the_same_root(built_case: SourcesCase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built_case.folder)
    assert counts(searchidx.build("sources", index="index")) == (0, 0, 2, 0)
    (built_case.folder / "link").symlink_to("sources")
    assert counts(searchidx.build("link/", index="index")) == (0, 0, 2, 0)


def test_sources_and_index_can_move_together(built_case: SourcesCase) -> None:
    shutil.copytree(built_case.folder, built_case.folder.parent / "moved", dirs_exist_ok=True)
    moved = built_case.folder.parent / "moved"
    assert counts(searchidx.build(moved / "sources", index=moved / "index")) == (0, 0, 2, 0)


def test_changed_file_replaces_its_article(built_case: SourcesCase) -> None:
    built_case.put("harbour.txt", "Harbour closes\n\nIce everywhere.\n")
    assert counts(built_case.build()) == (0, 1, 1, 0)
    assert built_case.ids("noon") == []
    assert built_case.ids("ice") == ["harbour.txt"]
    assert built_case.article("harbour.txt").headline == "Harbour closes"


def test_only_changed_records_of_a_file_are_indexed(case: SourcesCase) -> None:
    case.put("feed.jsonl", [record("a"), record("b"), record("c")])
    case.build()
    case.put("feed.jsonl", [record("c"), record("a", body="Other words."), record("d")])
    assert counts(case.build()) == (1, 1, 1, 1)
    assert case.ids() == ["a", "c", "d"]
    assert case.ids("other") == ["a"]


def test_moved_file_moves_its_article(built_case: SourcesCase) -> None:
    (built_case.sources / "old").mkdir()
    (built_case.sources / "harbour.txt").rename(built_case.sources / "old" / "harbour.txt")
    assert counts(built_case.build()) == (1, 0, 1, 1)
    assert built_case.ids() == ["bridge.txt", "old/harbour.txt"]
    assert built_case.article("old/harbour.txt").path == "old/harbour.txt"


@pytest.mark.parametrize(("old", "new"), [("a.jsonl", "z.jsonl"), ("z.jsonl", "a.jsonl")])
def test_records_keep_their_ids_when_their_file_moves(case: SourcesCase, old: str, new: str) -> None:
    case.put(old, [record("a"), record("b")])
    case.build()
    (case.sources / old).rename(case.sources / new)
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["a", "b"])
    assert case.article("a").path == new


def test_removed_file_removes_its_articles(built_case: SourcesCase) -> None:
    (built_case.sources / "harbour.txt").unlink()
    assert counts(built_case.build()) == (0, 0, 1, 1)
    assert built_case.ids() == ["bridge.txt"]
    assert counts(built_case.build()) == (0, 0, 1, 0)


def test_emptied_folder_leaves_an_empty_index(built_case: SourcesCase) -> None:
    for path in built_case.sources.iterdir():
        path.unlink()
    with pytest.raises(searchidx.SourceError, match="--allow-empty"):
        built_case.build()
    assert built_case.ids() == ["bridge.txt", "harbour.txt"]
    assert counts(built_case.build(allow_empty=True)) == (0, 0, 0, 2)
    assert built_case.ids() == []
    built_case.put("harbour.txt", HARBOUR)
    assert counts(built_case.build()) == (1, 0, 0, 0)
    assert built_case.ids("noon") == ["harbour.txt"]


def test_file_in_another_format_replaces_its_article(built_case: SourcesCase) -> None:
    built_case.put("harbour.txt", [record("r1", "Record")])
    assert counts(built_case.build()) == (1, 0, 1, 1)
    assert built_case.ids() == ["bridge.txt", "r1"]


def test_building_one_root_leaves_the_others(roots: tuple[SourcesCase, Path, Path]) -> None:
    case, left, right = roots
    (left / "more.txt").unlink()
    (right / "right.txt").unlink()
    assert counts(case.build(left)) == (0, 0, 1, 1)
    assert case.ids() == ["left.txt", "right.txt"]
    assert counts(case.build(right, allow_empty=True)) == (0, 0, 0, 1)
    assert case.ids() == ["left.txt"]


def test_root_can_be_added_later(roots: tuple[SourcesCase, Path, Path], put: Callable[..., Path]) -> None:
    case, left, right = roots
    third = put(case.folder / "third", "third.txt", "Third\n\nThird words.\n").parent
    assert counts(case.build(third)) == (1, 0, 0, 0)
    assert counts(case.build(left, right, third)) == (0, 0, 4, 0)


def test_source_may_be_a_file(case: SourcesCase) -> None:
    page, other = case.put("page.txt", HARBOUR), case.put("other.txt", BRIDGE)
    assert counts(case.build(page)) == (1, 0, 0, 0)
    assert case.ids() == ["page.txt"]
    assert counts(case.build(page, other)) == (1, 0, 1, 0)
    case.put("page.txt", b"")
    [(place, _)] = case.build(page).skipped
    assert place == page.as_posix()
    assert case.ids() == ["other.txt", "page.txt"]


def test_record_without_id_is_named_by_file_and_line(case: SourcesCase) -> None:
    case.put("sub/feed.jsonl", [{"headline": "One"}, {"headline": "Two"}])
    case.build()
    assert case.ids() == ["sub/feed.jsonl#1", "sub/feed.jsonl#2"]


def test_documents_are_in_the_order_of_file_names(case: SourcesCase) -> None:
    for name in ("b.txt", "a/z.txt", "c.txt", "a.txt"):
        case.put(name, HARBOUR)
    case.build()
    with searchidx.open(case.index) as archive:
        assert archive.ids("harbour") == ["a.txt", "a/z.txt", "b.txt", "c.txt"]


def test_progress_counts_bytes_up_to_the_total(built_case: SourcesCase) -> None:
    built_case.put("new.txt", "New\n\nNew words.\n")
    built_case.put("more.txt", "More\n\nMore words.\n")
    calls: list[tuple[int, int]] = []
    searchidx.build(
        built_case.sources, index=built_case.index, on_progress=lambda done, total: calls.append((done, total))
    )
    size = sum((built_case.sources / name).stat().st_size for name in ("new.txt", "more.txt"))
    assert {total for _, total in calls} == {size}
    assert calls == sorted(calls)
    assert (calls[0][0], calls[-1][0]) == (0, size)
