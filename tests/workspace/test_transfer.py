"""Export and import: nothing is lost, and what cannot be read is named."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import searchidx
from searchidx.archive import Archive
from searchidx.errors import LabelError
from searchidx.render.serialize import csv_row
from searchidx.workspace import Workspace
from searchidx.workspace.transfer import COLUMNS, csv_rows, export_lines, import_csv, import_lines

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).map(str.strip).filter(bool)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "one")
    workspace.labels.add("Seen", ["a", "b", "gone"])
    workspace.labels.add("relevant@anna", ["b"], "red")
    workspace.labels.add("empty", [])
    workspace.notes.set("b", "two\nlines, =1+1")
    workspace.notes.set("c", "=SUM(A1)")
    return workspace


def _content(workspace: Workspace) -> object:
    labels = {label.name: (label.color, set(workspace.labels.ids(label.name))) for label in workspace.labels.all()}
    return labels, workspace.notes.all()


def test_json_lines_hold_the_whole_workspace(workspace: Workspace, tmp_path: Path) -> None:
    lines = list(export_lines(workspace))
    other = Workspace(tmp_path / "other")
    done = import_lines(other, lines)
    assert (done.labelled, done.notes, done.alerts, done.skipped) == (4, 2, 0, ())
    assert _content(other) == _content(workspace)
    assert sorted(export_lines(other)) == sorted(lines)
    assert import_lines(other, lines)[:2] == (0, 0)


def test_newer_note_stays_on_import(workspace: Workspace, tmp_path: Path) -> None:
    lines = [line.replace('"at": "20', '"at": "19') for line in export_lines(workspace)]
    workspace.notes.set("b", "newer")
    import_lines(workspace, lines)
    assert workspace.notes.get("b") == "newer"


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", "3", '{"kind": "x"}', '{"kind": "labelled", "label": "a b", "articles": []}',
        '{"kind": "labelled", "label": "a", "articles": [[1, 2]]}', '{"kind": "note", "id": "x", "text": 3, "at": ""}',
        '{"kind": "note"}', "[" * 100_000,
    ],
)  # fmt: skip
def test_bad_lines_are_named_and_the_others_imported(workspace: Workspace, tmp_path: Path, line: str) -> None:
    header, *rest = export_lines(workspace)
    other = Workspace(tmp_path / "other")
    done = import_lines(other, [header, line, *rest])
    assert [number for number, _ in done.skipped] == [2]
    assert _content(other) == _content(workspace)


def test_other_files_are_not_imported(workspace: Workspace) -> None:
    before = _content(workspace)
    for first in ("{}", "x", json.dumps({"format": "searchidx-workspace", "version": 2})):
        done = import_lines(workspace, [first, '{"kind": "label", "name": "new", "color": "red"}'])
        assert [line for line, _ in done.skipped] == [1]
    assert _content(workspace) == before


def test_csv_has_a_line_for_each_label(workspace: Workspace) -> None:
    assert list(csv_rows(workspace)) == [
        ("a", "Seen", ""),
        ("b", "relevant@anna", "two\nlines, =1+1"),
        ("b", "Seen", ""),
        ("gone", "Seen", ""),
        ("c", "", "=SUM(A1)"),
    ]
    assert list(csv_rows(workspace, ["c", "b", "new"]))[-1] == ("new", "", "")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=5))
def test_csv_round_trip(tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str]) -> None:
    folder = tmp_path_factory.mktemp("csv")
    one, other = Workspace(folder / "one"), Workspace(folder / "other")
    one.labels.add("x", notes)
    one.notes.set_all(notes.items())
    text = "\r\n".join(map(csv_row, [COLUMNS, *csv_rows(one)]))
    assert import_csv(other, io.StringIO(text, newline="")).skipped == ()
    assert _content(other) == _content(one)


def test_coder_is_added_to_imported_labels(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "one")
    lines = ["ID, Label ,note,headline\n", "a,relevant,,x\n", "b,seen@ben,n,y\n", ",x,,\n", "c,two words,,\n", "d\n"]
    done = import_csv(workspace, lines, "anna")
    assert (done.labelled, done.notes) == (2, 1)
    assert [line for line, _ in done.skipped] == [4, 5]
    assert [label.name for label in workspace.labels.all()] == ["relevant@anna", "seen@ben"]
    with pytest.raises(LabelError):
        import_csv(workspace, lines, "a b")


def test_csv_without_ids_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "one")
    assert import_csv(workspace, ["label\n", "x\n"]).skipped[0][0] == 1
    assert import_csv(workspace, []).skipped[0][0] == 1
    assert next(csv.reader(["a,b"])) == ["a", "b"]


def test_alerts_move_with_what_they_know(make_archive: Callable[..., Archive], tmp_path: Path) -> None:
    archive = make_archive({"body": "nato"}, {"body": "none"})
    archive.add_alert("nato", "nato", targets=[{"kind": "stdout"}], every="12h", group_similar=0.9)
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="a3", headline="nato", body="-"))
    archive.refresh()
    archive.run_alerts("nato")
    lines = list(export_lines(archive.workspace))
    moved = Workspace(tmp_path / "moved")
    assert import_lines(moved, lines)[2:] == (1, ())
    assert sorted(export_lines(moved)) == sorted(lines)
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="a2", headline="nato", body="-"))
    (index,) = (path for path in tmp_path.iterdir() if path.is_dir() and path.name.startswith("made"))
    with searchidx.open(index, workspace=moved.path) as other:
        assert [each["id"] for each in other.run_alerts("nato")[0].articles] == ["a2"]
        ids = [[each["id"] for each in delivery.payload["articles"]] for delivery in moved.alerts.pending("9")]
        assert ids == [["a3"], ["a2"]]
    done = import_lines(moved, lines)
    assert done.alerts == 0
    assert {reason for _, reason in done.skipped} == {"there is an alert 'nato' already, which stays as it is"}
