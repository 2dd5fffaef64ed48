"""Nothing that an archive, a file name or a command line holds controls the terminal, in any command."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from searchidx.cli import output

ATTACK = "\x1b]0;title\x07\x1b[2J\x1b[44m\x9b44m\x08\x7f\r\u202eevil"
"""A window title, a cleared screen, colours by two kinds of escapes, a backspace, a return and reversed text."""
STYLE = re.compile(r"\x1b\[[0-9;]*m")
CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def hostile(tmp_path: Path, run: Callable[..., SimpleNamespace]) -> Callable[..., SimpleNamespace]:
    """Run a command on an archive whose every field, file and label is hostile."""
    folder = tmp_path / "sources"
    folder.mkdir()
    record = dict.fromkeys(
        ("headline", "body", "byline", "dateline", "section", "source", "page", "edition"), f"bank {ATTACK}"
    )
    record |= {"id": "a1", "keywords": [f"rates {ATTACK}"], "url": f"https://a.example/{ATTACK}", "date": "2023-02-01"}
    again = {**record, "id": "a2", "body": f"The bank of {ATTACK} said."}
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, (record, again))))
    (folder / "\x1b]0;x\x07\x1b[31mbroken.jsonl").write_text('{"headline": \n')
    (folder / "\x1b[31mtext.txt").write_text(f"Bank {ATTACK}\n\nThe bank {ATTACK} opened.\n")

    def show(*words: object) -> SimpleNamespace:
        index = () if words[0] in ("read", "formats") else ("--index", tmp_path / "index")
        return run(*words, *index)

    show.folder = folder  # type: ignore[attr-defined]
    return show


COMMANDS = (
    ("query", "bank"), ("query", "bank", "--explain"), ("query", "bank", "--facet", "source", "--facet", "section"),
    ("query", "bank", "--group"), ("query", f"zzz{ATTACK}"), ("query", f"headline:(bank{ATTACK}"),
    ("query", "bank", "--explain-score", "a1"), ("show", "a1"), ("show", "a1", "--query", "bank"),
    ("show", "a1", "--provenance"), ("show", f"no{ATTACK}"), ("kwic", "bank"), ("kwic", "bank", "--sort", "left"),
    ("terms", "bank"), ("timeline", f"bank{ATTACK}", "bank"), ("similar", "a1"), ("similar", f"no{ATTACK}"), ("stats",),
    ("check",), ("delete", f"no{ATTACK}"), ("allow", f"no{ATTACK}"), ("label", "list"), ("alert", "list"), ("formats",),
    ("query", "bank", f"--sort{ATTACK}"), ("query", "bank", "--sort", f"x{ATTACK}"),
    ("label", "add", f"tag{ATTACK}", "a1"), ("alert", "add", f"new{ATTACK}", f"bank{ATTACK}"),
    ("label", "remove", f"tag{ATTACK}", "a1"), ("alert", "run"), ("alert", "remove", f"no{ATTACK}"),
    ("ngrams", "bank", "--common"), ("compare", "bank", f"said{ATTACK}"), ("history", "a1"), ("diff", "a1"),
    ("history", f"no{ATTACK}"), ("diff", "a1", f"1{ATTACK}"), ("query", "changed:body"),
    ("show", "a1", "--version", "1"), ("query", "bank", "--all-versions"), ("note", "a1", f"see {ATTACK}"),
    ("note", f"no{ATTACK}", "x"),
    ("label", "agreement", f"tag{ATTACK}", "other"), ("query", f"label:x{ATTACK}"), ("alert", "show", f"no{ATTACK}"),
)  # fmt: skip


def assert_harmless(done: SimpleNamespace, allows_styles: bool) -> None:
    for text in (done.out, done.err):
        found = CONTROL.search(STYLE.sub("", text) if allows_styles else text)
        assert found is None, text[max(found.start() - 40, 0) : found.end() + 40]


def test_no_command_prints_a_control_character(hostile: Callable[..., SimpleNamespace]) -> None:
    folder: Path = hostile.folder  # type: ignore[attr-defined]
    built = hostile("build", folder, "--keep-versions")
    assert "skipped" in built.out
    assert_harmless(built, allows_styles=False)
    for file in sorted(folder.iterdir()):
        assert_harmless(hostile("read", file), allows_styles=False)
        assert_harmless(hostile("read", file, "--explain"), allows_styles=False)
    records = folder / "a.jsonl"
    records.write_text(records.read_text().replace("bank", "banking"))
    assert "kept" in hostile("build", folder).out
    for words in COMMANDS:
        assert_harmless(hostile(*words), allows_styles=False)


def test_no_field_brings_a_style_of_its_own(
    hostile: Callable[..., SimpleNamespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With colours the only sequences are those of the renderer, none of which has a blue background."""
    hostile("build", hostile.folder)  # type: ignore[attr-defined]
    for words in (
        ("query", "bank"),
        ("show", "a1", "--query", "bank"),
        ("kwic", "bank"),
        ("terms", "bank"),
        ("stats",),
    ):
        done = hostile(*words, *(("--color", "always") if words[0] != "stats" else ()))
        assert_harmless(done, allows_styles=True)
        assert "\x1b[44m" not in done.out + done.err, words


@pytest.mark.parametrize("is_terminal", [True, False])
def test_data_is_disarmed_on_a_terminal_and_exact_in_a_pipe(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Out(io.BytesIO):
        def isatty(self) -> bool:
            return is_terminal

    out: Any = Out()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=out))
    output.write_data([f"a\t{ATTACK}\u200f"])
    written = out.getvalue().decode()
    if is_terminal:
        assert CONTROL.search(written) is None
        assert written.startswith("a\t\ufffd]0;title")
    else:
        assert written == f"a\t{ATTACK}\u200f\n"
