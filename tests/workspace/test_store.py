"""The file of a workspace: what it outlives, what it refuses, several processes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import searchidx
from searchidx.archive import Archive
from searchidx.engines.locations import parse_location
from searchidx.errors import WorkspaceError
from searchidx.workspace import Workspace, default_path
from searchidx.workspace.store import MIGRATIONS, Store

LABELLER = """
import sys
from searchidx.workspace import Workspace

workspace = Workspace(sys.argv[1])
for number in range(50):
    workspace.labels.add("all", [f"{sys.argv[2]}-{number}", f"shared-{number}"])
    workspace.labels.add(f"own@p{sys.argv[2]}", [f"shared-{number}"])
    if number % 10 == 9:
        workspace.labels.remove("all", [f"{sys.argv[2]}-{number}"])
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "index.workspace")


def test_missing_file_reads_as_empty_and_is_not_created(workspace: Workspace) -> None:
    assert workspace.labels.all() == []
    assert workspace.notes.get("a") == ""
    assert workspace.revision() == 0
    assert list(workspace.store.check()) == []
    assert not workspace.path.exists()


def test_file_that_another_process_creates_is_seen(workspace: Workspace) -> None:
    assert workspace.labels.all() == []
    Workspace(workspace.path).labels.add("seen", ["a"])
    assert workspace.labels.ids("seen") == ["a"]


def test_workspace_outlives_a_rebuild_and_a_move(tmp_path: Path, corpus: Path) -> None:
    index = tmp_path / "index"
    searchidx.build(corpus, index=index)
    with searchidx.open(index) as archive:
        archive.workspace.labels.add("seen", archive.ids("nato"))
        archive.workspace.close()
    shutil.rmtree(index)
    searchidx.build(corpus, index=index)
    for name in ("index", "index.workspace"):
        (tmp_path / "moved").mkdir(exist_ok=True)
        shutil.move(tmp_path / name, tmp_path / "moved" / name)
    with searchidx.open(tmp_path / "moved" / "index") as archive:
        assert archive.search("label:seen").total == archive.search("nato").total == 5


def test_articles_that_are_gone_are_kept_and_said(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({"body": "one"}, {"body": "two"})
    archive.workspace.labels.add("seen", ["a1", "a2"])
    with archive.writer() as writer:
        writer.delete("a1")
    archive.refresh()
    assert archive.ids("label:seen") == ["a2"]
    assert [tuple(label) for label in archive.labels()] == [("seen", "blue", 2, 1)]


def test_eight_processes_label_at_once(workspace: Workspace) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", LABELLER, str(workspace.path), str(number)]) for number in range(8)
    ]
    assert [process.wait() for process in processes] == [0] * 8
    expected = {f"{process}-{n}" for process in range(8) for n in range(50) if n % 10 != 9}
    assert set(workspace.labels.ids("all")) == expected | {f"shared-{n}" for n in range(50)}
    for process in range(8):
        assert len(workspace.labels.ids(f"own@p{process}")) == 50
    assert workspace.revision() == 8 * (50 + 50 + 5)
    assert list(workspace.store.check()) == []


def test_transaction_that_fails_changes_nothing(workspace: Workspace) -> None:
    workspace.labels.add("seen", ["a"])
    before = workspace.revision()

    def fail() -> None:
        with workspace.store.transaction() as connection:
            connection.execute("DELETE FROM labels")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert workspace.labels.ids("seen") == ["a"]
    assert workspace.revision() == before


def test_newer_version_is_refused(workspace: Workspace) -> None:
    workspace.labels.add("seen", ["a"])
    workspace.close()
    with sqlite3.connect(workspace.path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(WorkspaceError, match="use a newer searchidx"):
        workspace.labels.all()


def test_database_of_another_program_is_refused(workspace: Workspace) -> None:
    connection = sqlite3.connect(workspace.path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(WorkspaceError, match="another program"):
        workspace.labels.add("seen", ["a"])
    connection = sqlite3.connect(workspace.path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    connection.close()


def test_damage_is_reported_by_check(corpus_index: Path, workspace: Workspace) -> None:
    workspace.labels.add("seen", (f"article-{n}" for n in range(5_000)))
    workspace.close()
    data = bytearray(workspace.path.read_bytes())
    at = data.rindex(b"article-2500")
    data[at - 3_000 : at + 3_000] = b"\xff" * 6_000
    workspace.path.write_bytes(data)
    assert any(str(workspace.path) in line for line in searchidx.check(corpus_index, workspace=workspace.path))
    workspace.path.write_bytes(b"no database, but long enough to be looked at" * 100)
    (line,) = searchidx.check(corpus_index, workspace=workspace.path)
    assert "damaged" in line


@pytest.mark.parametrize("count", [5, 71, 1_000])
def test_damaged_pages_are_no_missing_labels(workspace: Workspace, count: int) -> None:
    """SQLite takes some damaged pages for empty ones."""
    expected = sorted(f"article-{n}" for n in range(count))
    workspace.labels.add("seen", expected)
    workspace.close()
    whole = workspace.path.read_bytes()
    for start in range(4096, 4096 + 97, 12):
        data = bytearray(whole)
        for at in range(start, len(data), 97):
            data[at] ^= 0xFF
        workspace.path.write_bytes(data)
        with suppress(WorkspaceError):
            assert sorted(workspace.labels.ids("seen")) == expected
        workspace.close()


def test_every_migration_keeps_the_data(workspace: Workspace) -> None:
    """A file of each former version, made by its own statements, opens and has the current version."""
    for version in range(1, len(MIGRATIONS) + 1):
        path = workspace.path.with_name(f"version-{version}")
        connection = sqlite3.connect(path)
        for script in MIGRATIONS[:version]:
            connection.executescript(script)
        connection.execute("INSERT INTO articles (id) VALUES ('a')")
        connection.execute("INSERT INTO labels (key, name, color) VALUES ('seen', 'Seen', 'red')")
        connection.execute("INSERT INTO label_articles VALUES (1, 1, '2026-01-01T00:00:00+00:00')")
        connection.execute("PRAGMA application_id = 0x53494458")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
        connection.close()
        assert Workspace(path).labels.ids("seen") == ["a"]
        Workspace(path).labels.add("seen", ["b"])
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        connection.close()


def test_default_path_is_beside_the_index_and_never_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_path(tmp_path / "index") == tmp_path / "index.workspace"
    monkeypatch.chdir(tmp_path)
    assert default_path(Path()) == tmp_path.with_name(tmp_path.name + ".workspace")
    one, other = (default_path(parse_location(f"opensearch://{host}/news")) for host in ("a", "b"))
    assert one != other
    assert one.name.startswith("news-")


def test_workspace_within_a_source_is_no_article(tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path, "a.txt", "Rates rise\n\nThe bank spoke.")
    assert searchidx.build(tmp_path, index=tmp_path / "index").added == 1
    with searchidx.open(tmp_path / "index") as archive:
        archive.workspace.labels.add("seen", ["a.txt"])
        report = searchidx.build(tmp_path, index=tmp_path / "index")
        assert (report.unchanged, report.skipped) == (1, ())


def test_connection_is_closed_with_the_last_reference(tmp_path: Path) -> None:
    store = Store(tmp_path / "workspace.sqlite")
    with store.transaction() as connection:
        connection.execute("SELECT 1")
    del store
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
