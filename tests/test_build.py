"""The incremental build: every way a folder of sources can change between two builds, and what the index then holds."""

from __future__ import annotations

import gc
import gzip
import json
import os
import shutil
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx.engines.embedded.embedded_engine import EmbeddedWriter
from searchidx.engines.embedded.manifest import VERSION
from searchidx.engines.embedded.write_lock import Lock
from searchidx.sources import UNEXPECTED_ERROR

Counts = tuple[int, int, int, int]
HARBOUR = "Harbour opens\n\nShips came in at noon.\n"
BRIDGE = "Bridge closes\n\nTrains waited at the station.\n"


def counts(report: searchidx.Report) -> Counts:
    return report.added, report.updated, report.unchanged, report.removed


def record(id: str, headline: str = "Headline", body: str = "Body.") -> dict[str, object]:
    return {"id": id, "headline": headline, "body": body}


class Case:
    """A folder of sources and its index, below one folder."""

    def __init__(self, folder: Path, put: Callable[..., Path]) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.index = folder / "index"
        self._put = put

    def put(self, name: str, content: Any) -> Path:
        return self._put(self.sources, name, content)

    def build(self, *sources: Path) -> searchidx.Report:
        return searchidx.build(*(sources or (self.sources,)), index=self.index)

    def ids(self, query: str = "*") -> list[str]:
        with searchidx.open(self.index) as archive:
            found = archive.ids(query)
            assert query != "*" or len(found) == len(archive)
            return sorted(found)

    def article(self, id: str) -> searchidx.Article:
        with searchidx.open(self.index) as archive:
            article = archive.get(id)
        assert article is not None
        return article


FORMATS = {"z.txt": "text.txt", "z.html": "page.html", "z.zip": "folder.zip", "z.jsonl.gz": "page-packed.html.gz"}


@pytest.fixture
def case(tmp_path: Path, put: Callable[..., Path]) -> Case:
    return Case(tmp_path, put)


@pytest.fixture
def two(case: Case) -> Case:
    """A case with two text files, built."""
    case.put("bridge.txt", BRIDGE)
    case.put("harbour.txt", HARBOUR)
    assert counts(case.build()) == (2, 0, 0, 0)
    return case


# -- what did not change -----------------------------------------------------------------------------------------------


def test_a_second_build_of_the_same_commits_nothing(two: Case, contents: Callable[..., Any]) -> None:
    before = contents(two.index)
    assert counts(two.build()) == (0, 0, 2, 0)
    assert contents(two.index) == before


def test_a_file_touched_is_read_and_found_unchanged(two: Case) -> None:
    with searchidx.open(two.index) as archive:
        fingerprint = archive.fingerprint
    os.utime(two.sources / "harbour.txt", (1, 1))
    assert counts(two.build()) == (0, 0, 2, 0)
    with searchidx.open(two.index) as archive:
        assert archive.fingerprint == fingerprint


def test_an_unchanged_file_is_not_opened(two: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("searchidx.ingest.reader_pool.read_document", lambda file: pytest.fail(f"{file.name} was read"))
    assert counts(two.build()) == (0, 0, 2, 0)


def test_a_source_named_twice_is_built_once(two: Case) -> None:
    assert counts(two.build(two.sources, two.sources / ".." / "sources")) == (0, 0, 2, 0)


def test_the_same_folder_named_otherwise_is_the_same_root(two: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two.folder)
    assert counts(searchidx.build("sources", index="index")) == (0, 0, 2, 0)
    (two.folder / "link").symlink_to("sources")
    assert counts(searchidx.build("link/", index="index")) == (0, 0, 2, 0)


def test_sources_and_index_can_move_together(two: Case) -> None:
    shutil.copytree(two.folder, two.folder.parent / "moved", dirs_exist_ok=True)
    moved = two.folder.parent / "moved"
    assert counts(searchidx.build(moved / "sources", index=moved / "index")) == (0, 0, 2, 0)


# -- what changed ------------------------------------------------------------------------------------------------------


def test_a_changed_file_replaces_its_article(two: Case) -> None:
    two.put("harbour.txt", "Harbour closes\n\nIce everywhere.\n")
    assert counts(two.build()) == (0, 1, 1, 0)
    assert two.ids("noon") == []
    assert two.ids("ice") == ["harbour.txt"]
    assert two.article("harbour.txt").headline == "Harbour closes"


def test_of_a_changed_file_only_changed_records_are_indexed(case: Case) -> None:
    case.put("feed.jsonl", [record("a"), record("b"), record("c")])
    case.build()
    case.put("feed.jsonl", [record("c"), record("a", body="Other words."), record("d")])
    assert counts(case.build()) == (1, 1, 1, 1)
    assert case.ids() == ["a", "c", "d"]
    assert case.ids("other") == ["a"]


def test_a_moved_file_moves_its_article(two: Case) -> None:
    (two.sources / "old").mkdir()
    (two.sources / "harbour.txt").rename(two.sources / "old" / "harbour.txt")
    assert counts(two.build()) == (1, 0, 1, 1)
    assert two.ids() == ["bridge.txt", "old/harbour.txt"]
    assert two.article("old/harbour.txt").path == "old/harbour.txt"


@pytest.mark.parametrize(("old", "new"), [("a.jsonl", "z.jsonl"), ("z.jsonl", "a.jsonl")])
def test_a_moved_file_of_records_keeps_their_ids(case: Case, old: str, new: str) -> None:
    case.put(old, [record("a"), record("b")])
    case.build()
    (case.sources / old).rename(case.sources / new)
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["a", "b"])
    assert case.article("a").path == new


def test_a_removed_file_takes_its_articles_with_it(two: Case) -> None:
    (two.sources / "harbour.txt").unlink()
    assert counts(two.build()) == (0, 0, 1, 1)
    assert two.ids() == ["bridge.txt"]
    assert counts(two.build()) == (0, 0, 1, 0)


def test_a_folder_emptied_leaves_an_empty_index(two: Case) -> None:
    for path in two.sources.iterdir():
        path.unlink()
    assert counts(two.build()) == (0, 0, 0, 2)
    assert two.ids() == []
    two.put("harbour.txt", HARBOUR)
    assert counts(two.build()) == (1, 0, 0, 0)
    assert two.ids("noon") == ["harbour.txt"]


def test_a_file_that_becomes_another_format_replaces_its_article(two: Case) -> None:
    two.put("harbour.txt", [record("r1", "Record")])
    assert counts(two.build()) == (1, 0, 1, 1)
    assert two.ids() == ["bridge.txt", "r1"]


# -- several roots -----------------------------------------------------------------------------------------------------


@pytest.fixture
def roots(case: Case, put: Callable[..., Path]) -> tuple[Case, Path, Path]:
    """Two folders in one index."""
    left, right = case.folder / "left", case.folder / "right"
    put(left, "left.txt", HARBOUR)
    put(left, "more.txt", "More\n\nMore words.\n")
    put(right, "right.txt", BRIDGE)
    assert counts(case.build(left, right)) == (3, 0, 0, 0)
    return case, left, right


def test_building_one_root_leaves_the_others(roots: tuple[Case, Path, Path]) -> None:
    case, left, right = roots
    (left / "more.txt").unlink()
    (right / "right.txt").unlink()
    assert counts(case.build(left)) == (0, 0, 1, 1)
    assert case.ids() == ["left.txt", "right.txt"]
    assert counts(case.build(right)) == (0, 0, 0, 1)
    assert case.ids() == ["left.txt"]


def test_a_root_can_be_added_later(roots: tuple[Case, Path, Path], put: Callable[..., Path]) -> None:
    case, left, right = roots
    third = put(case.folder / "third", "third.txt", "Third\n\nThird words.\n").parent
    assert counts(case.build(third)) == (1, 0, 0, 0)
    assert counts(case.build(left, right, third)) == (0, 0, 4, 0)


def test_two_roots_with_a_file_of_one_name_name_both_places(case: Case, put: Callable[..., Path]) -> None:
    left = put(case.folder / "left", "page.txt", HARBOUR)
    right = put(case.folder / "right", "page.txt", BRIDGE)
    report = case.build(left.parent, right.parent)
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == right.as_posix()
    assert left.as_posix() in reason
    assert case.article("page.txt").headline == "Harbour opens"


@pytest.mark.parametrize("single", [False, True], ids=["folder", "file"])
def test_the_place_in_a_root_built_earlier_can_be_opened(
    case: Case, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, single: bool
) -> None:
    left = put(case.folder / "left", "page.jsonl", [record("same")])
    right = put(case.folder / "right", "other.jsonl", [record("same")])
    monkeypatch.chdir(case.folder)
    case.build(left if single else left.parent)
    [(_, reason)] = case.build(right.parent).skipped
    named = reason.removeprefix("its id 'same' is that of an article in ").removesuffix(", which is kept")
    assert Path(named).resolve() == left


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b" \n\n\t\n", "it is empty"),
        (b"\0\1\2\3 binary \0\0" * 40, "binary"),
        (HARBOUR.encode("utf-16")[:-1], "utf-16"),
    ],
    ids=["empty", "blank", "binary", "half a character"],
)
def test_a_damaged_text_keeps_its_article_and_is_named(two: Case, content: bytes, told: str) -> None:
    path = two.put("harbour.txt", content)
    report = two.build()
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert told in reason
    assert "the article it gave before stays" in reason
    assert two.ids("noon") == ["harbour.txt"]
    again = two.build()  # the file is not read again, and named all the same
    assert (counts(again), again.skipped) == ((0, 0, 2, 0), report.skipped)
    two.put("harbour.txt", HARBOUR + "\nAnd left at one.\n")
    assert counts(mended := two.build()) == (0, 1, 1, 0)
    assert mended.skipped == ()


def test_a_damaged_file_is_skipped_where_it_gave_nothing_before(case: Case) -> None:
    case.put("empty.txt", b"")
    case.put("fine.txt", HARBOUR)
    case.put("picture.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    assert [Path(place).name for place, _ in report.skipped] == ["empty.txt", "picture.txt"]


def test_records_of_a_half_written_file_stay(case: Case) -> None:
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
def test_an_emptied_file_of_records_keeps_them_and_is_named(case: Case, content: bytes) -> None:
    path = case.put("feed.jsonl", [record("a"), record("b")])
    case.build()
    case.put("feed.jsonl", content)
    report = case.build()
    assert case.ids() == ["a", "b"]
    assert [place for place, _ in report.skipped] == [path.as_posix()]


def test_a_date_that_cannot_be_meant_is_named_and_costs_no_article(case: Case) -> None:
    path = case.put("feed.jsonl", [record("a"), {**record("b"), "date": "2023-02-30"}])
    report = case.build()
    assert counts(report) == (2, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == f"{path.as_posix()}:2 (b)"
    assert "there is no day 2023-02-30" in reason


def test_a_record_refused_for_what_it_says_leaves_the_index(case: Case) -> None:
    """What is known and refused is no damage: the article it was is gone."""
    case.put("feed.jsonl", [record("a"), record("b")])
    case.build()
    path = case.put("feed.jsonl", [record("a"), {"id": "b", "headline": " "}])
    report = case.build()
    assert counts(report) == (0, 0, 1, 1)
    [(place, reason)] = report.skipped
    assert place == f"{path.as_posix()}:2 (b)"
    assert "needs a headline or a body" in reason


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_gzip_cut_off_keeps_its_articles_and_is_named(case: Case) -> None:
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
def test_what_stands_before_the_cut_of_a_gzip_is_read(case: Case) -> None:
    lines = "".join(json.dumps(record(f"r{n:03}", body=f"Words {n * n * 7919}.")) + "\n" for n in range(400))
    whole = gzip.compress(lines.encode(), mtime=0)
    case.put("feed.jsonl.gz", whole[: len(whole) * 3 // 4])
    report = case.build()
    assert 100 < report.added < 400
    assert len(report.skipped) == 1


def test_a_packed_file_is_closed(case: Case) -> None:
    path = case.put("feed.jsonl.gz", gzip.compress(json.dumps(record("a")).encode()))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert [article.id for article in searchidx.read(path)] == ["a"]
        gc.collect()
    assert [str(warning.message) for warning in heard if warning.category is ResourceWarning] == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_keeps_its_article_and_is_named(two: Case) -> None:
    path = two.sources / "harbour.txt"
    path.chmod(0)
    try:
        report = two.build()
    finally:
        path.chmod(0o644)
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert "cannot be read" in reason
    assert counts(mended := two.build()) == (0, 0, 2, 0)
    assert mended.skipped == ()


def test_a_file_the_disk_cannot_give_keeps_its_article(two: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object) -> bytes:
        raise OSError(5, "Input/output error")

    path = two.put("harbour.txt", HARBOUR + "More.\n")
    with monkeypatch.context() as patch:
        patch.setattr("searchidx.sources.source_file.SourceFile.open", fail)
        report = two.build()
    assert counts(report) == (0, 0, 2, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert "Input/output error" in reason


def test_a_folder_the_disk_cannot_list_keeps_its_articles(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_link_to_nowhere_is_named(case: Case) -> None:
    case.put("fine.txt", HARBOUR)
    (case.sources / "nowhere.txt").symlink_to("missing.txt")
    (case.sources / "itself.txt").symlink_to("itself.txt")
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    assert [Path(place).name for place, _ in report.skipped] == ["itself.txt", "nowhere.txt"]
    assert all("cannot be read" in reason for _, reason in report.skipped)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(case: Case) -> None:
    os.mkfifo(case.sources / "pipe.txt")
    [(place, reason)] = case.build().skipped
    assert (Path(place).name, reason) == ("pipe.txt", "it is not a file")


def test_linked_files_are_read(case: Case) -> None:
    outside = case.folder / "outside.txt"
    outside.write_text(HARBOUR)
    (case.sources / "inside.txt").symlink_to(outside)
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids("noon") == ["inside.txt"]


def test_folders_linked_in_a_circle_end(case: Case) -> None:
    case.put("deep/page.txt", HARBOUR)
    (case.sources / "deep" / "up").symlink_to(case.sources)
    (case.sources / "again").symlink_to("deep")
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids() == ["deep/page.txt"]


def test_a_linked_folder_left_aside_is_counted(case: Case) -> None:
    case.put("deep/page.txt", HARBOUR)
    (case.sources / "again").symlink_to("deep")
    assert case.build().ignored == 1


@pytest.mark.parametrize("change", [Path.unlink, lambda path: os.truncate(path, 90), lambda path: path.chmod(0)])
@pytest.mark.parametrize("name", ["z.txt", "z.html", "z.zip", "z.jsonl.gz"])
def test_a_file_that_goes_or_changes_while_others_are_read_costs_itself(
    change: Callable[[Path], None], name: str, case: Case
) -> None:
    case.put("a.txt", HARBOUR)
    path = case.sources / name
    path.write_bytes((Path(__file__).parent / "corpora" / "formats" / FORMATS[name]).read_bytes())

    def told(read: int, total: int) -> None:
        if path.exists():
            change(path)

    report = searchidx.build(case.sources, index=case.index, on_progress=told)
    assert "a.txt" in case.ids()
    assert report.added + len(report.skipped) > 1
    assert not any(UNEXPECTED_ERROR in reason for _, reason in report.skipped)
    assert list(searchidx.check(case.index)) == []


# -- ids ---------------------------------------------------------------------------------------------------------------


def test_an_id_claimed_by_two_files_names_both(case: Case, contents: Callable[..., Any]) -> None:
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


def test_a_claim_is_resolved_when_the_first_file_goes(case: Case) -> None:
    first = case.put("a.jsonl", [record("same", "First")])
    case.put("b.jsonl", [record("other"), record("same", "Second")])
    case.build()
    first.unlink()
    report = case.build()
    assert (report.skipped, report.unchanged, case.ids()) == ((), 1, ["other", "same"])
    assert case.article("same").headline == "Second"
    assert counts(case.build()) == (0, 0, 2, 0)


def test_a_claim_is_resolved_when_the_first_file_gives_the_id_up(case: Case) -> None:
    case.put("a.jsonl", [record("same", "First")])
    case.put("b.jsonl", [record("same", "Second")])
    case.build()
    case.put("a.jsonl", [record("new", "First")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["new", "same"])
    assert case.article("same").headline == "Second"


def test_a_record_moved_to_an_earlier_file_is_never_lost(case: Case) -> None:
    case.put("z.jsonl", [record("moves"), record("stays")])
    case.build()
    case.put("z.jsonl", [record("stays")])
    case.put("a.jsonl", [record("moves")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["moves", "stays"])


def test_a_record_moved_to_a_later_file_is_never_lost(case: Case) -> None:
    case.put("a.jsonl", [record("moves"), record("stays")])
    case.build()
    case.put("a.jsonl", [record("stays")])
    case.put("z.jsonl", [record("moves")])
    report = case.build()
    assert (report.skipped, case.ids()) == ((), ["moves", "stays"])
    assert case.article("moves").path == "z.jsonl"


def test_an_earlier_file_added_later_does_not_take_an_id_over(case: Case) -> None:
    later = case.put("z.jsonl", [record("same", "Stands")])
    case.build()
    case.put("a.jsonl", [record("same", "Claims")])
    [(place, reason)] = case.build().skipped
    assert Path(place).name == "a.jsonl (same)"
    assert later.as_posix() in reason
    assert case.article("same").headline == "Stands"


def test_an_id_claimed_twice_in_one_file(case: Case) -> None:
    path = case.put("feed.jsonl", [record("same", "First"), record("same", "Second")])
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place.startswith(path.as_posix())
    assert "twice" in reason
    assert case.article("same").headline == "First"
    assert counts(case.build()) == (0, 0, 1, 0)


def test_a_path_and_a_record_may_claim_one_id(case: Case) -> None:
    text = case.put("a.txt", HARBOUR)
    feed = case.put("feed.jsonl", [record("a.txt", "Record")])
    [(place, reason)] = case.build().skipped
    assert place == f"{feed.as_posix()} (a.txt)"
    assert text.as_posix() in reason
    assert case.article("a.txt").headline == "Harbour opens"


def test_an_article_added_by_a_program_is_kept(case: Case) -> None:
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


# -- what is left aside ------------------------------------------------------------------------------------------------


def test_what_is_left_aside_is_counted(case: Case) -> None:
    for name in (".hidden.txt", "README", "README.md", "readme.txt", "LICENSE", "LICENCE.txt", "License-MIT", ".git/a"):
        case.put(f"sub/{name}", "Not an article\n\nAt all.\n")
    case.put("readmes-and-more.txt", HARBOUR)
    case.put("licensed.txt", BRIDGE)
    report = case.build()
    assert (report.added, report.ignored, report.skipped) == (2, 8, ())
    assert case.ids() == ["licensed.txt", "readmes-and-more.txt"]
    assert case.build().ignored == 8


def test_a_folder_named_readme_is_read(case: Case) -> None:
    case.put("readme.d/page.txt", HARBOUR)
    assert case.build() == searchidx.Report(added=1)


def test_an_index_within_the_sources_is_left_aside(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.put("page.txt", HARBOUR)
    monkeypatch.chdir(case.sources)
    assert searchidx.build(".", index="index") == searchidx.Report(added=1, ignored=1)
    report = searchidx.build(".", index="index")
    assert (counts(report), report.ignored, report.skipped) == ((0, 0, 1, 0), 1, ())


def test_a_file_as_source(case: Case) -> None:
    page, other = case.put("page.txt", HARBOUR), case.put("other.txt", BRIDGE)
    assert counts(case.build(page)) == (1, 0, 0, 0)
    assert case.ids() == ["page.txt"]
    assert counts(case.build(page, other)) == (1, 0, 1, 0)
    case.put("page.txt", b"")
    [(place, _)] = case.build(page).skipped
    assert place == page.as_posix()
    assert case.ids() == ["other.txt", "page.txt"]


def test_a_file_named_as_source_is_read_whatever_its_name(case: Case) -> None:
    assert counts(case.build(case.put("README.txt", HARBOUR))) == (1, 0, 0, 0)


# -- sources and indexes that are not there ----------------------------------------------------------------------------


def test_a_missing_source_leaves_no_index_behind(case: Case) -> None:
    with pytest.raises(searchidx.SourceError) as caught:
        case.build(case.sources, case.folder / "missing")
    assert caught.value.place == str(case.folder / "missing")
    assert not case.index.exists()


def test_a_missing_source_leaves_the_index_as_it_was(two: Case, contents: Callable[..., Any]) -> None:
    before = contents(two.index)
    two.put("new.txt", "New\n\nNew words.\n")
    with pytest.raises(searchidx.SourceError):
        two.build(two.sources, two.folder / "missing")
    assert contents(two.index) == before


def test_a_source_gone_since_the_last_build_keeps_its_articles(two: Case) -> None:
    """A disk that is not mounted is no order to forget what stood on it."""
    two.sources.rename(two.folder / "elsewhere")
    with pytest.raises(searchidx.SourceError):
        two.build()
    assert two.ids() == ["bridge.txt", "harbour.txt"]


def test_the_folder_of_an_index_is_made_with_its_parents(case: Case) -> None:
    case.put("page.txt", HARBOUR)
    index = case.folder / "far" / "away" / "index"
    searchidx.build(case.sources, index=index)
    with searchidx.open(index) as archive:
        assert archive.ids("noon") == ["page.txt"]


def test_a_folder_with_other_files_may_hold_an_index(two: Case) -> None:
    (two.index / "README.md").write_text("about this folder")
    two.put("new.txt", "New\n\nNew words.\n")
    two.build()
    assert (two.index / "README.md").read_text() == "about this folder"


def test_an_index_where_a_file_stands(case: Case) -> None:
    case.put("page.txt", HARBOUR)
    case.index.write_text("a file")
    with pytest.raises(searchidx.SearchidxError):
        case.build()


def test_a_build_beside_a_writer_is_refused(two: Case, contents: Callable[..., Any]) -> None:
    before = contents(two.index)
    two.put("new.txt", "New\n\nNew words.\n")
    with searchidx.open(two.index) as archive:
        writer = archive.writer()
        with pytest.raises(searchidx.IndexLockedError):
            two.build()
        writer.cancel()
    assert contents(two.index) == before
    assert counts(two.build()) == (1, 0, 2, 0)


# -- indexes of another version, damaged ones, builds that fail --------------------------------------------------------


def _rewrite_manifest(index: Path, **values: object) -> None:
    path = index / "manifest.json"
    manifest = {**json.loads(path.read_text()), **values}
    del manifest["crc32"]
    manifest["crc32"] = zlib.crc32(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode())
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("values", [{"version": VERSION + 1}, {"version": VERSION - 1}, {"analysis": "other"}], ids=str)
def test_an_index_of_another_version_is_built_anew(two: Case, values: dict[str, object]) -> None:
    old = {path.name for path in two.index.iterdir()} - {"manifest.json", "lock"}
    _rewrite_manifest(two.index, **values)
    with pytest.raises(searchidx.IndexVersionError):
        searchidx.open(two.index)
    assert counts(two.build()) == (2, 0, 0, 0)
    assert two.ids("noon") == ["harbour.txt"]
    assert list(searchidx.check(two.index)) == []
    assert not old & {path.name for path in two.index.iterdir()}
    assert counts(two.build()) == (0, 0, 2, 0)


def test_a_rebuild_that_fails_leaves_the_index_of_another_version(
    two: Case, contents: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    _rewrite_manifest(two.index, version=1)
    before = contents(two.index)
    monkeypatch.setattr(EmbeddedWriter, "commit", _fail)
    with pytest.raises(RuntimeError, match="half-way"):
        two.build()
    assert contents(two.index) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "other"}', b"\xff\xfe\0"], ids=repr)
def test_a_damaged_manifest_is_not_built_over(two: Case, content: bytes, contents: Callable[..., Any]) -> None:
    (two.index / "manifest.json").write_bytes(content)
    before = contents(two.index)
    with pytest.raises(searchidx.CorruptIndexError):
        two.build()
    assert contents(two.index) == before


def test_a_damaged_state_is_not_built_over(two: Case, contents: Callable[..., Any]) -> None:
    [state] = two.index.glob("state-*")
    state.write_bytes(state.read_bytes()[:-1] + b"?")
    before = contents(two.index)
    with pytest.raises(searchidx.CorruptIndexError):
        two.build()
    assert contents(two.index) == before
    assert two.ids("noon") == ["harbour.txt"]  # what was indexed answers all the same
    assert len(list(searchidx.check(two.index))) == 1


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("half-way")


@pytest.mark.parametrize(
    "where",
    [
        "searchidx.engines.embedded.embedded_engine.EmbeddedWriter.commit",
        "searchidx.ingest.reader_pool.read_document",
        "os.fsync",
        "os.replace",
    ],
)
def test_a_build_that_fails_leaves_the_index_as_it_was(
    two: Case, contents: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = contents(two.index)
    two.put("new.txt", "New\n\nNew words.\n")
    (two.sources / "bridge.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(where, _fail)
        with pytest.raises(RuntimeError, match="half-way"):
            two.build()
    assert contents(two.index) == before
    assert two.ids() == ["bridge.txt", "harbour.txt"]
    assert counts(two.build()) == (1, 0, 1, 1)  # the lock is free, and nothing was forgotten
    assert two.ids() == ["harbour.txt", "new.txt"]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, OSError])
def test_a_build_stopped_just_after_its_commit_leaves_a_sound_index(
    two: Case, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    replace = os.replace

    def replace_and_stop(*names: Any) -> None:
        replace(*names)
        raise interrupt

    two.put("new.txt", "New\n\nNew words.\n")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_and_stop)
        with pytest.raises((interrupt, searchidx.SearchidxError)):
            two.build()
    assert list(searchidx.check(two.index)) == []
    assert two.ids() in (["bridge.txt", "harbour.txt"], ["bridge.txt", "harbour.txt", "new.txt"])


def test_what_a_crash_left_is_swept_away(two: Case) -> None:
    (two.index / "segment-000099.seg").write_bytes(b"half a segment")
    (two.index / "manifest.json.new").write_bytes(b"{")
    assert two.ids() == ["bridge.txt", "harbour.txt"]
    two.build()
    assert not (two.index / "segment-000099.seg").exists()
    assert not (two.index / "manifest.json.new").exists()


def test_the_lock_is_given_back(two: Case) -> None:
    two.build()
    Lock(two.index, wait=0.0).release()


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["two words.txt", "Zürich/Łódź.txt", "東京 都.txt", "a#b?c%20.txt", "-dash.txt", "quote'\".txt", "no suffix"],
)
def test_names_of_files(case: Case, name: str) -> None:
    case.put(name, HARBOUR)
    assert counts(case.build()) == (1, 0, 0, 0)
    assert case.ids() == [name]
    assert counts(case.build()) == (0, 0, 1, 0)


@pytest.mark.parametrize("name", ["new\nline.txt", "bell\a.txt", " blank.txt"])
def test_a_name_that_is_no_id_is_skipped_and_named(case: Case, name: str) -> None:
    case.put("fine.txt", HARBOUR)
    path = case.put(name, BRIDGE)
    report = case.build()
    assert counts(report) == (1, 0, 0, 0)
    [(place, reason)] = report.skipped
    assert place == path.as_posix()
    assert reason.startswith("id: ")
    assert counts(case.build()) == (0, 0, 1, 0)


def test_a_name_that_is_no_unicode_is_written_out(case: Case) -> None:
    case.put("fine.txt", HARBOUR)
    try:
        case.put(os.fsdecode(b"caf\xe9.txt"), BRIDGE)
    except OSError:
        pytest.skip("this file system takes Unicode only")
    report = case.build()
    assert counts(report) == (2, 0, 0, 0)
    assert case.ids() == ["caf\\xe9.txt", "fine.txt"]


def test_records_without_ids_take_file_and_line(case: Case) -> None:
    case.put("sub/feed.jsonl", [{"headline": "One"}, {"headline": "Two"}])
    case.build()
    assert case.ids() == ["sub/feed.jsonl#1", "sub/feed.jsonl#2"]


def test_documents_stand_in_the_order_of_names(case: Case) -> None:
    for name in ("b.txt", "a/z.txt", "c.txt", "a.txt"):
        case.put(name, HARBOUR)
    case.build()
    with searchidx.open(case.index) as archive:
        assert archive.ids("harbour") == ["a.txt", "a/z.txt", "b.txt", "c.txt"]


def test_progress_tells_bytes_and_ends_at_all_of_them(two: Case) -> None:
    two.put("new.txt", "New\n\nNew words.\n")
    two.put("more.txt", "More\n\nMore words.\n")
    heard: list[tuple[int, int]] = []
    searchidx.build(two.sources, index=two.index, on_progress=lambda done, total: heard.append((done, total)))
    size = sum((two.sources / name).stat().st_size for name in ("new.txt", "more.txt"))
    assert {total for _, total in heard} == {size}
    assert heard == sorted(heard)
    assert (heard[0][0], heard[-1][0]) == (0, size)


def test_a_file_of_other_times_and_the_same_bytes_is_not_read(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    page = case.put("page.txt", HARBOUR)
    old = page.stat().st_mtime_ns - 3_600_000_000_000
    os.utime(page, ns=(old, old))
    assert case.build().added == 1
    os.utime(page, ns=(old + 1, old + 1))
    with monkeypatch.context() as unread:
        unread.setattr("searchidx.ingest.reader_pool.read_document", lambda _: pytest.fail("the file was read"))
        assert case.build() == searchidx.Report(unchanged=1)


def test_a_file_of_the_same_look_and_other_bytes_is_read_while_it_is_fresh(case: Case) -> None:
    page = case.put("page.txt", "Rain\n\nRain fell.\n")
    assert case.build().added == 1
    look = page.stat()
    page.write_text("Rain\n\nRain rose\n", encoding="utf-8")
    os.utime(page, ns=(look.st_atime_ns, look.st_mtime_ns))
    assert case.build().updated == 1


def test_of_one_file_a_thousand_skips_are_named(case: Case) -> None:
    case.put("a.jsonl", "{\n" * 3_000 + '{"headline": "Rain"}\n')
    report = case.build()
    assert report.added == 1
    assert len(report.skipped) == 1_001
    assert report.skipped[-1][1] == "2,000 more were skipped"
