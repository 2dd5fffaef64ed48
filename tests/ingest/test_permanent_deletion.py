"""Permanent deletion: no trace stays, and no later build brings an article back unless it is allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import searchidx
from searchidx.cli import main
from searchidx.engines.embedded import manifest

SECRET = "Zanzibarite"


@pytest.fixture
def index(tmp_path: Path, put: Callable[..., Path]) -> Path:
    """An index of a folder with a text, and a file of two records."""
    put(tmp_path / "sources", "a.txt", f"{SECRET} found\n\nIn a mine.\n")
    lines = [{"id": f"r{n}", "headline": f"Record {n}", "body": f"Body {n}."} for n in (1, 2)]
    put(tmp_path / "sources", "b.jsonl", "\n".join(map(json.dumps, lines)))
    searchidx.build(tmp_path / "sources", index=tmp_path / "index")
    return tmp_path / "index"


def build(index: Path) -> searchidx.Report:
    return searchidx.build(index.parent / "sources", index=index)


def ids(index: Path) -> list[str]:
    with searchidx.open(index) as archive:
        return archive.ids("*")


def test_no_trace_of_a_deleted_article_stays_in_the_folder(index: Path) -> None:
    def files_with_secret() -> list[str]:
        return [path.name for path in index.iterdir() if SECRET.encode() in path.read_bytes()]

    assert files_with_secret()
    assert searchidx.delete("a.txt", index=index) == ["a.txt"]
    assert files_with_secret() == []
    assert ids(index) == ["r1", "r2"]
    assert list(searchidx.check(index)) == []


def test_later_builds_leave_out_a_deleted_article(index: Path) -> None:
    searchidx.delete("r1", "a.txt", index=index)
    for _ in range(2):
        report = build(index)
        assert (report.added, report.updated, report.unchanged, report.removed) == (0, 0, 1, 0)
        sources = (index.parent / "sources").as_posix()
        assert report.withheld == ((f"{sources}/a.txt", "a.txt"), (f"{sources}/b.jsonl (r1)", "r1"))
        assert report.skipped == ()
        assert ids(index) == ["r2"]


def test_deleted_article_stays_out_when_its_file_moves(index: Path) -> None:
    searchidx.delete("r1", index=index)
    file = index.parent / "sources" / "b.jsonl"
    file.rename(file.with_name("c.jsonl"))
    report = build(index)
    assert ids(index) == ["a.txt", "r2"]
    assert [place.rpartition("/")[2] for place, _ in report.withheld] == ["c.jsonl (r1)"]


def test_deleted_article_stays_out_of_a_rebuilt_index(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searchidx.delete("r1", index=index)
    monkeypatch.setattr(manifest, "VERSION", manifest.VERSION + 1)
    report = build(index)
    assert report.rebuilt
    assert ids(index) == ["a.txt", "r2"]
    assert searchidx.allow("r1", index=index) == ["r1"]


def test_allowed_article_comes_back_with_the_next_build(index: Path) -> None:
    searchidx.delete("r1", "r2", index=index)
    build(index)
    assert searchidx.allow("r1", "nobody", index=index) == ["r1"]
    assert ids(index) == ["a.txt"]
    report = build(index)
    assert (report.added, [id for _, id in report.withheld]) == (1, ["r2"])
    assert ids(index) == ["a.txt", "r1"]


def test_unknown_id_changes_nothing(index: Path, contents: Callable[..., Any]) -> None:
    before = contents(index)
    assert searchidx.delete("nobody", index=index) == []
    assert searchidx.allow("r1", index=index) == []
    assert contents(index) == before


def test_article_added_by_a_program_can_be_deleted(index: Path) -> None:
    with searchidx.open(index) as archive, archive.writer() as writer:
        writer.add(searchidx.Article("p1", "By a program"))
    assert searchidx.delete("p1", index=index) == ["p1"]
    assert "p1" not in ids(index)


def test_delete_and_allow_on_the_command_line(index: Path) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, [*words, "--index", str(index)])
        return result.exit_code, result.stdout, result.stderr

    assert run("delete", "r1", "nobody") == (
        1,
        "r1\n",
        f"1 deleted from {index}\nsearchidx: there is no article 'nobody' in {index}\n",
    )
    assert run("delete", "r1") == (0, "r1\n", f"1 deleted from {index}\n")
    code, out, _ = run("build", str(index.parent / "sources"), "--strict")
    assert code == 0
    assert "the article 'r1' was deleted; 'searchidx allow' allows it again\n" in out
    assert "; 0 skipped" in out
    assert run("allow", "r1", "r2") == (
        1,
        "r1\n",
        "1 allowed again; the next 'searchidx build' reads them\n"
        f"searchidx: no article 'r2' was deleted from {index}\n",
    )
