"""Exit codes and output of the commands that use a workspace: label, note, alert, workspace."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from searchidx.archive import Archive

Run = Callable[..., SimpleNamespace]
ID = "hg-1001"


@pytest.fixture
def ask(run: Run, corpus_index: Path, tmp_path: Path) -> Run:
    """A command on the sample corpus, with a workspace of the test's own: `ask("label list", …)`."""
    options = ("--index", corpus_index, "--workspace", tmp_path / "workspace.db")

    def asked(command: str, *words: object) -> SimpleNamespace:
        return run(*command.split(), *options, *words)

    return asked


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# -- label -------------------------------------------------------------------------------------------------------------


def test_label_add_reports_what_is_new_and_what_was_there(ask: Run, archive: Archive) -> None:
    total, both = archive.search("nato").total, archive.search("nato japan").total
    first = ask("label add", "seen", "nato")
    assert (first.code, first.out, first.err) == (0, "", f"{total} articles labelled seen\n")
    again = ask("label add", "seen", "nato OR bank")
    assert (again.code, f"; {total} articles had the label already\n" in again.err) == (0, True)
    assert ask("query", "label:seen nato japan", "--count").out == f"{both}\n"


def test_label_add_without_hits_exits_with_1(ask: Run) -> None:
    done = ask("label add", "seen", "nosuchword")
    assert (done.code, done.out, done.err) == (1, "", "0 articles labelled seen\n")


def test_label_add_takes_ids_and_reports_unknown_ones(ask: Run) -> None:
    done = ask("label add", "seen", "--ids", ID, "nobody", ID)
    assert (done.code, done.out) == (0, "")
    unknown, added = done.err.splitlines()
    assert "there is no article 'nobody'" in unknown
    assert added == "1 article labelled seen"
    assert ask("label add", "seen", "--ids", "nobody").code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "seen"), "give a QUERY, or --ids"),
        (("add", "seen", "nato AND ("), "never closed"),
        (("add", "", "nato"), "label ''"),
        (("add", "to read", "nato"), "label 'to read'"),
        (("add", "seen", "nato", "--label-color", "ultraviolet"), "--label-color"),
        (("remove", "seen", "nato", "--all"), "not both"),
        (("agreement",), "NAME..."),
        (("import", "no-such-file.csv"), "no-such-file.csv"),
        (("list", "--json", "--csv"), "two output formats"),
    ],
)
def test_wrong_label_commands_change_nothing(ask: Run, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = ask(f"label {words[0]}", *words[1:])
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err
    assert ask("label list").code == 1


def test_label_remove_takes_labels_away_and_all_deletes_them(ask: Run, archive: Archive) -> None:
    total, of_2023 = archive.search("nato").total, archive.search("nato date:2023").total
    ask("label add", "seen", "nato")
    some = ask("label remove", "seen", "nato date:2023")
    assert (some.code, some.err) == (0, f"{of_2023} articles no longer labelled seen\n")
    none = ask("label remove", "seen", "nato date:2023")
    assert none.err == f"0 articles no longer labelled seen; {of_2023} articles did not have the label\n"
    rest = ask("label remove", "seen", "--all")
    left = total - of_2023
    assert (rest.code, rest.err) == (0, f"deleted seen, which {left} article{'' if left == 1 else 's'} had\n")
    unknown = ask("label remove", "seen", "--all")
    assert (unknown.code, "there is no label 'seen'" in unknown.err) == (1, True)


def test_label_list_has_the_same_counts_in_all_formats(ask: Run, archive: Archive) -> None:
    empty = ask("label list")
    assert (empty.code, empty.err) == (1, "")
    ask("label add", "seen", "nato", "--label-color", "green")
    ask("label add", "relevant@anna", "bank")
    counts = {"seen": archive.search("nato").total, "relevant@anna": archive.search("bank").total}
    listed = json.loads(ask("label list", "--json").out)["labels"]
    assert {each["name"]: each["articles"] for each in listed} == counts
    assert {each["name"]: each["color"] for each in listed}["seen"] == "green"
    table = rows(ask("label list", "--csv").out)
    assert len(table) == 2
    printed = ask("label list").out
    assert all(name in printed and str(count) in printed for name, count in counts.items())


def test_exported_labels_are_imported_for_another_coder(ask: Run, archive: Archive, tmp_path: Path) -> None:
    ask("label add", "relevant", "nato")
    ask("note", ID, "ask the desk")
    exported = ask("label export")
    table = rows(exported.out)
    assert exported.code == 0
    assert {row["id"] for row in table if row["label"] == "relevant"} == set(archive.ids("nato"))
    assert [row["note"] for row in table if row["id"] == ID] == ["ask the desk"]
    assert len(rows(ask("label export", "bank").out)) >= archive.search("bank").total
    (tmp_path / "labels.csv").write_text(exported.out + "nobody,,\nx\n", newline="")
    done = ask("label import", tmp_path / "labels.csv", "--coder", "ben")
    assert done.out == ""
    assert f"{archive.search('nato').total:,} labels" in done.err
    assert ask("query", "label:relevant@ben", "--count").out == f"{archive.search('nato').total}\n"


def test_import_reports_lines_that_it_cannot_read(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(f"id,label,note\n{ID},relevant,\n,relevant,\n{ID},to read,\n")
    done = ask("label import", tmp_path / "labels.csv")
    assert (done.code, done.out) == (1, "")
    assert "1 labels" in done.err
    assert "2 lines skipped" in done.err
    assert "labels.csv, line 3:" in done.err
    assert "labels.csv, line 4:" in done.err


def test_agreement_of_two_coders_is_printed(ask: Run) -> None:
    ask("label add", "relevant@anna", "nato")
    ask("label add", "relevant@ben", "nato")
    done = ask("label agreement", "relevant")
    assert (done.code, done.err) == (0, "")
    assert "anna" in done.out
    assert "ben" in done.out
    values = json.loads(ask("label agreement", "relevant", "--among", "nato OR bank", "--json").out)
    assert values["coders"] == ["anna", "ben"]
    alone = ask("label agreement", "unheard")
    assert (alone.code, alone.out, "unheard" in alone.err) == (2, "", True)


# -- note --------------------------------------------------------------------------------------------------------------


def test_note_is_written_printed_found_and_removed(ask: Run) -> None:
    nothing = ask("note", ID)
    assert (nothing.code, nothing.out) == (1, "")
    written = ask("note", ID, "quotes", "the minister")
    assert (written.code, written.out, written.err) == (0, "", "note written\n")
    assert ask("note", ID).out == "quotes the minister\n"
    assert ask("query", "note:minister", "--ids").out == f"{ID}\n"
    removed = ask("note", ID, "--remove")
    assert (removed.code, removed.err) == (0, "note removed\n")
    assert ask("note", ID).code == 1


def test_note_of_an_unknown_article_exits_with_1(ask: Run) -> None:
    done = ask("note", "nobody", "text")
    assert (done.code, done.out, "there is no article 'nobody'" in done.err) == (1, "", True)
    both = ask("note", ID, "text", "--remove")
    assert (both.code, "not both" in both.err) == (2, True)


# -- alert -------------------------------------------------------------------------------------------------------------


def test_alert_is_added_listed_shown_and_removed(ask: Run, archive: Archive) -> None:
    assert ask("alert list").code == 1
    added = ask("alert add", "strait", "taiwan")
    assert (added.code, added.out) == (0, "")
    assert added.err.startswith(f"added strait; {archive.search('taiwan').total} articles that already match")
    listed = ask("alert list", "--json")
    assert [(each["name"], each["query"]) for each in json.loads(listed.out)["alerts"]] == [("strait", "taiwan")]
    assert "strait" in ask("alert list").out
    assert ask("alert show", "strait").code == 0
    assert ask("alert show", "strait", "--ids").out == ""
    again = ask("alert add", "strait", "taiwan")
    assert (again.code, again.out, "strait" in again.err) == (2, "", True)
    removed = ask("alert remove", "strait")
    assert (removed.code, removed.err) == (0, "removed strait\n")
    unknown = ask("alert remove", "strait")
    assert (unknown.code, "there is no alert 'strait'" in unknown.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("add", "a", "nato AND ("), "never closed"),
        (("add", "a", "nato", "--every", "fortnight"), "fortnight"),
        (("add", "a", "nato", "--every", "day", "--on-build"), "not both"),
        (("add", "a", "nato", "--secret-file", "s"), "needs --webhook"),
        (("add", "a", "nato", "--mail", "me@example.org"), "--mail-from and --smtp"),
        (("add", "a", "nato", "--command", "'unclosed"), "--command"),
        (("add", "a", "nato", "--webhook", "http://example.org/"), "https"),
        (("show", "unheard"), "unheard"),
        (("run", "unheard"), "unheard"),
    ],
)
def test_wrong_alert_commands_add_nothing(ask: Run, words: tuple[str, ...], message: str) -> None:
    done = ask(f"alert {words[0]}", *words[1:])
    assert (done.code > 0, done.out) == (True, "")
    assert message in done.err
    assert ask("alert list").code == 1


def test_alert_run_without_new_articles_reports_none(ask: Run) -> None:
    ask("alert add", "strait", "taiwan")
    for words in (["strait"], [], ["--dry-run"]):
        done = ask("alert run", *words)
        assert (done.code, done.out) == (0, ""), words


# -- workspace ---------------------------------------------------------------------------------------------------------


def test_exported_workspace_is_imported_whole(ask: Run, run: Run, corpus_index: Path, tmp_path: Path) -> None:
    ask("label add", "seen", "nato")
    ask("note", ID, "ask the desk")
    ask("alert add", "strait", "taiwan")
    exported = ask("workspace export")
    assert (exported.code, exported.err) == (0, "")
    assert all(json.loads(line) for line in exported.out.splitlines())
    (tmp_path / "copy.jsonl").write_text(exported.out)
    options = ("--index", corpus_index, "--workspace", tmp_path / "other.db")
    done = run("workspace", "import", tmp_path / "copy.jsonl", *options)
    assert (done.code, done.out) == (0, "")
    assert "0 lines skipped" in done.err
    for command, *words in (["label list", "--json"], ["note", ID], ["label export"]):
        assert run(*command.split(), *words, *options).out == ask(command, *words).out
    assert json.loads(run("alert", "list", "--json", *options).out)["alerts"][0]["query"] == "taiwan"


def test_import_of_a_damaged_export_reports_its_lines(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "copy.jsonl").write_text('{broken\n[]\n{"kind": "unheard"}\n')
    done = ask("workspace import", tmp_path / "copy.jsonl")
    assert (done.code > 0, done.out, "Traceback" in done.err) == (True, "", False)
    assert "copy.jsonl" in done.err


def test_workspace_path_says_whether_it_exists(ask: Run, tmp_path: Path) -> None:
    before = ask("workspace path")
    assert (before.code, before.out, before.err) == (0, f"{tmp_path / 'workspace.db'}\n", "it does not exist yet\n")
    ask("label add", "seen", "nato")
    assert ask("workspace path").err == ""


READING = [("label", "list"), ("label", "export"), ("alert", "list"), ("workspace", "export"), ("query", "label:seen")]
WRITING = [("label", "add", "seen", "nato"), ("note", ID, "text"), ("alert", "add", "strait", "taiwan")]


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_reading_a_missing_workspace_does_not_make_it(
    run: Run, corpus_index: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run(*words, "--index", corpus_index, "--workspace", tmp_path / "none.db")
    assert done.code in (0, 1)
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [*READING, *WRITING], ids=" ".join)
def test_damaged_workspace_is_one_error_and_stays_as_it_is(
    run: Run, corpus_index: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "workspace.db"
    file.write_bytes(b"this is no database, " * 50)
    done = run(*words, "--index", corpus_index, "--workspace", file)
    assert (done.code, done.out) == (2, "")
    assert str(file) in done.err
    assert "Traceback" not in done.err
    assert file.read_bytes() == b"this is no database, " * 50


@pytest.mark.parametrize("words", WRITING, ids=" ".join)
def test_workspace_that_cannot_be_written_is_one_error(
    run: Run, corpus_index: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    done = run(*words, "--index", corpus_index, "--workspace", tmp_path / "file" / "workspace.db")
    assert (done.code, done.out, "Traceback" in done.err) == (2, "", False)
    assert "workspace.db" in done.err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write any file")
def test_read_only_workspace_can_be_read_but_not_written(ask: Run, tmp_path: Path) -> None:
    ask("label add", "seen", "nato")
    (tmp_path / "workspace.db").chmod(0o400)
    tmp_path.chmod(0o500)
    try:
        assert ask("label list").code == 0
        assert ask("label add", "seen", "bank").code == 2
    finally:
        tmp_path.chmod(0o700)


# -- processes ---------------------------------------------------------------------------------------------------------


def test_ids_of_one_process_are_labelled_by_the_next(
    environment: dict[str, str], corpus_index: Path, tmp_path: Path, archive: Archive
) -> None:
    options = ["--index", str(corpus_index), "--workspace", str(tmp_path / "workspace.db")]

    def start(*words: str, given: bytes = b"") -> Any:
        command = [sys.executable, "-m", "searchidx", *words, *options]
        return subprocess.run(command, input=given, capture_output=True, env=environment, timeout=120, check=False)

    found = start("query", "nato", "--ids", "--limit", "71")
    labelled = start("label", "add", "seen", "--ids", "-", given=found.stdout)
    assert (labelled.returncode, labelled.stdout) == (0, b"")
    assert labelled.stderr.decode() == f"{archive.search('nato').total} articles labelled seen\n"
    exported = start("label", "export")
    assert exported.stdout.count(b"\r\n") == archive.search("nato").total + 1
    wrong = start("label", "add", "to read", "nato")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count(b"\n")) == (2, b"", 1)
