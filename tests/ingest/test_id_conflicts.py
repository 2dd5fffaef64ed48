"""An id names one article: which of several sources may give it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sources_case import BRIDGE, HARBOUR, SourcesCase, counts, record

import searchidx


def test_same_file_name_in_two_roots_names_both_places(case: SourcesCase, put: Callable[..., Path]) -> None:
    left = put(case.folder / "left", "page.txt", HARBOUR)
    right = put(case.folder / "right", "page.txt", BRIDGE)
    report = case.build(left.parent, right.parent)
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == right.as_posix()
    assert left.as_posix() in reason
    assert case.article("page.txt").headline == "Harbour opens"


@pytest.mark.parametrize("single", [False, True], ids=["folder", "file"])
def test_named_place_in_an_earlier_root_can_be_opened(
    case: SourcesCase, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, single: bool
) -> None:
    left = put(case.folder / "left", "page.jsonl", [record("same")])
    right = put(case.folder / "right", "other.jsonl", [record("same")])
    monkeypatch.chdir(case.folder)
    case.build(left if single else left.parent)
    [(_, reason)] = case.build(right.parent).skipped
    named = reason.removeprefix("its id 'same' is that of an article in ").removesuffix(", which is kept")
    assert Path(named).resolve() == left


def test_id_in_two_files_names_both_places(case: SourcesCase, contents: Callable[..., Any]) -> None:
    first = case.put("a.jsonl", [record("same", "First"), record("mine")])
    second = case.put("b.jsonl", [record("other"), record("same", "Second")])
    report = case.build()
    assert counts(report) == (3, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == f"{second.as_posix()} (same)"
    assert first.as_posix() in reason
    assert case.article("same").headline == "First"
    before = contents(case.index)
    assert case.build() == searchidx.Report(unchanged=3, skipped=report.skipped)
    assert contents(case.index) == before


def test_conflict_ends_when_the_first_file_is_removed(case: SourcesCase) -> None:
    first = case.put("a.jsonl", [record("same", "First")])
    case.put("b.jsonl", [record("other"), record("same", "Second")])
    case.build()
    first.unlink()
    report = case.build()
    assert (report.skipped, report.unchanged, case.ids()) == ((), 1, ["other", "same"])
    assert case.article("same").headline == "Second"
    assert counts(case.build()) == (0, 0, 2, 0)


def test_conflict_ends_when_the_first_file_drops_the_id(case: SourcesCase) -> None:
    case.put("a.jsonl", [record("same", "First")])
    case.put("b.jsonl", [record("same", "Second")])
    case.build()
    case.put("a.jsonl", [record("new", "First")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["new", "same"])
    assert case.article("same").headline == "Second"


def test_record_moved_to_an_earlier_file_stays(case: SourcesCase) -> None:
    case.put("z.jsonl", [record("moves"), record("stays")])
    case.build()
    case.put("z.jsonl", [record("stays")])
    case.put("a.jsonl", [record("moves")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["moves", "stays"])


def test_record_moved_to_a_later_file_stays(case: SourcesCase) -> None:
    case.put("a.jsonl", [record("moves"), record("stays")])
    case.build()
    case.put("a.jsonl", [record("stays")])
    case.put("z.jsonl", [record("moves")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["moves", "stays"])
    assert case.article("moves").path == "z.jsonl"


def test_new_earlier_file_does_not_take_over_an_id(case: SourcesCase) -> None:
    later = case.put("z.jsonl", [record("same", "Stands")])
    case.build()
    case.put("a.jsonl", [record("same", "Claims")])
    [(place, reason)] = case.build().skipped
    assert Path(place).name == "a.jsonl (same)"
    assert later.as_posix() in reason
    assert case.article("same").headline == "Stands"


def test_id_twice_in_one_file_keeps_the_first(case: SourcesCase) -> None:
    path = case.put("feed.jsonl", [record("same", "First"), record("same", "Second")])
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place.startswith(path.as_posix())
    assert "twice" in reason
    assert case.article("same").headline == "First"
    assert counts(case.build()) == (0, 0, 1, 0)


def test_path_and_record_conflict_over_one_id(case: SourcesCase) -> None:
    text = case.put("a.txt", HARBOUR)
    feed = case.put("feed.jsonl", [record("a.txt", "Record")])
    [(place, reason)] = case.build().skipped
    assert place == f"{feed.as_posix()} (a.txt)"
    assert text.as_posix() in reason
    assert case.article("a.txt").headline == "Harbour opens"


def test_article_added_by_a_program_is_kept(case: SourcesCase) -> None:
    case.build()
    with searchidx.open(case.index) as archive, archive.writer() as writer:
        writer.add(searchidx.Article(id="same", headline="By a program"))
        writer.add(searchidx.Article(id="alone", headline="By a program too"))
    case.put("feed.jsonl", [record("same", "By a file"), record("own")])
    [(_, reason)] = case.build().skipped
    assert "added by a program" in reason
    assert case.ids() == ["alone", "own", "same"]
    assert case.article("same").headline == "By a program"
    with searchidx.open(case.index) as archive, archive.writer() as writer:
        assert writer.delete("same")
    report = case.build()
    assert (counts(report), report.skipped) == ((1, 0, 1, 0), ())
    assert case.article("same").headline == "By a file"
