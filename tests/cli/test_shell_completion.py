"""Completions of typed command lines, and their use by bash, zsh and fish."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from searchidx.cli.shell_completion import typed_words

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def completions(run: Run, corpus_index: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return the values that a shell gets for a command line."""
    monkeypatch.setenv("SEARCHIDX_INDEX", str(corpus_index))

    def ask(line: str, shell: str = "zsh") -> list[str]:
        monkeypatch.setenv("_SEARCHIDX_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("SEARCHIDX_LINE", line)
        done = run()
        assert (done.code, done.err) == (0, "")
        return [item.split("\t")[1] for item in done.out.splitlines() if item]

    return ask


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("searchidx ti", ["timeline"]),
        ("searchidx query --fac", ["--facet"]),
        ("searchidx query --facet se", ["section"]),
        ("searchidx query --sort ", ["relevance", "best", "fresh", "newest", "oldest", "headline"]),
        ("searchidx timeline nato --by w", ["week"]),
        ("searchidx export nato --format b", ["bibtex"]),
        ("searchidx completion f", ["fish"]),
        ("searchidx query sect", ["section:"]),
        ("searchidx query nato sect", ["section:"]),
        ("searchidx query 'nato sect", ["nato section:"]),
        ("searchidx query '(nato -sect", ["(nato -section:"]),
        ("searchidx query 'aut", ["author:"]),
        ("searchidx query source:har", ['source:"Harbour Gazette"']),
        ("searchidx query 'nato source:\"Harbour G", ['nato source:"Harbour Gazette"']),
        ("searchidx query site:MER", ['site:"Meridian Wire"']),
        ("searchidx query language:en", ["language:en", "language:en-GB"]),
        ("searchidx query precision:", ["precision:day", "precision:month", "precision:year"]),
        ("searchidx query date:202", ["date:2024", "date:2023", "date:2022"]),
        ("searchidx query date:last", ['date:"last week"', 'date:"last month"', 'date:"last 30 days"']),
        ("searchidx query id:text/ki", ["id:text/kishida-stoltenberg-tokyo.txt"]),
        ("searchidx timeline nato byline:hen", ['byline:"Henrik Aalto"']),
        ("searchidx kwic =ban", []),
        ("searchidx query '\"bank source:har", []),
        ("searchidx query zeppelin:x", []),
        ("searchidx show text/ki", ["text/kishida-stoltenberg-tokyo.txt"]),
        ("searchidx similar hg-1003", ["hg-1003"]),
        ("searchidx show text/kishida-stoltenberg-tokyo.txt --query sect", ["section:"]),
        ("searchidx frobnicate x", []),
        ("searchidx query --no-such-option sect", ["section:"]),
        ("searchidx query nato --index /no/such/index source:har", []),
    ],
)
def test_command_line_is_completed_with_these_values(
    completions: Callable[..., list[str]], line: str, values: list[str]
) -> None:
    assert completions(line) == values


def test_empty_query_completes_to_all_fields(completions: Callable[..., list[str]]) -> None:
    found = completions("searchidx query ")
    assert {"headline:", "source:", "date:", "words:"} <= set(found)
    assert all(value.endswith(":") for value in found)


@pytest.mark.parametrize(
    ("line", "inserted"),
    [
        ("searchidx query source:har", r"\"Harbour\ Gazette\""),  # bash replaces the text after the colon
        ("searchidx query 'nato source:har", 'nato source:"Harbour Gazette"'),
        ('searchidx query "nato source:har', r"nato source:\"Harbour Gazette\""),
        ('searchidx query source:\\"har', r"\"Harbour\ Gazette\""),
        ("searchidx query sect", "section:"),
        ("searchidx show text/ki", "text/kishida-stoltenberg-tokyo.txt"),
    ],
)
def test_bash_replaces_and_quotes_the_last_word(
    completions: Callable[..., list[str]], line: str, inserted: str
) -> None:
    assert completions(line, "bash") == [inserted]


@pytest.mark.parametrize(
    ("line", "words", "last", "quote"),
    [
        ("", [], "", ""),
        ("a b", ["a"], "b", ""),
        ("a b ", ["a", "b"], "", ""),
        ("a 'b c", ["a"], "b c", "'"),
        ("a 'b c'd", ["a"], "b cd", ""),
        ('a "b \\" c', ["a"], 'b " c', '"'),
        ('a "b \\x', ["a"], "b \\x", '"'),
        (r"a b\ c", ["a"], "b c", ""),
        (r"a '\'", ["a"], "\\", ""),
        ("a '' b", ["a", ""], "b", ""),
    ],
)
def test_command_lines_split_as_in_shells(line: str, words: list[str], last: str, quote: str) -> None:
    assert typed_words(line)[:3] == (words, last, quote)


# -- the shells themselves ---------------------------------------------------------------------------------------------


@pytest.fixture
def in_shell(
    environment: dict[str, str], corpus_index: Path, tmp_path: Path, run: Run
) -> Callable[[str, list[str], str], str]:
    """Run a script in a real shell that has loaded its completion script, and return its output."""

    def call(shell: str, options: list[str], script: str) -> str:
        if shutil.which(shell) is None:
            pytest.skip(f"there is no {shell} here")
        command = tmp_path / "searchidx"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m searchidx "$@"\n')
        command.chmod(0o755)
        (tmp_path / "script").write_text(run("completion", shell).out)
        path = f"{tmp_path}:{environment.get('PATH', '')}"
        settings = environment | {"PATH": path, "SEARCHIDX_INDEX": str(corpus_index), "HOME": str(tmp_path)}
        done = subprocess.run(
            [shell, *options, "-c", script],
            env=settings,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stderr == ""
        return done.stdout

    return call


BASH = """
source ./script
complete -p searchidx
COMP_LINE='{line}'
COMP_POINT=${{#COMP_LINE}}
_searchidx_completion searchidx
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ print "compdef $@" }}
compadd() {{ print -l -- "${{(@P)@[-1]}}" }}
source ./script
words=({words})
CURRENT=$#words
_searchidx_completion
"""


def test_bash_completes_values_and_options(in_shell: Callable[..., Any]) -> None:
    first, *found = in_shell("bash", ["--norc"], BASH.format(line="searchidx query source:har")).splitlines()
    assert first.startswith("complete ")
    assert found == [r"\"Harbour\ Gazette\""]
    assert "--facet" in in_shell("bash", ["--norc"], BASH.format(line="searchidx query --fac"))


def test_bash_completes_nothing_without_an_index(in_shell: Callable[..., Any]) -> None:
    line = "searchidx query --index /no/such/place source:har"
    assert len(in_shell("bash", ["--norc"], BASH.format(line=line)).split()) == len(
        "complete -o nosort -F _searchidx_completion searchidx".split()
    )


def test_zsh_completes_values_and_fields(in_shell: Callable[..., Any]) -> None:
    shown = in_shell("zsh", ["-f"], ZSH.format(words="searchidx query source:har")).splitlines()
    assert shown == ["compdef _searchidx_completion searchidx", 'source:"Harbour Gazette"']
    shown = in_shell("zsh", ["-f"], ZSH.format(words="searchidx query sect")).splitlines()
    assert shown[1:] == ["section:"]


def test_fish_completes_values_fields_and_ids(in_shell: Callable[..., Any]) -> None:
    script = "source ./script; complete --do-complete '{}'"
    shown = in_shell("fish", ["--no-config"], script.format("searchidx query source:"))
    assert 'source:"Harbour Gazette"' in shown
    assert in_shell("fish", ["--no-config"], script.format("searchidx query sect")).startswith("section:\t")
    assert in_shell("fish", ["--no-config"], script.format("searchidx show text/ki")).startswith("text/kishida")


def test_values_and_ids_of_several_indexes_are_completed(
    completions: Callable[..., list[str]], make_archive: Callable[..., Any], tmp_path: Path
) -> None:
    make_archive({"id": "a", "headline": "Rain", "source": "Echo"}, {"id": "b", "headline": "Rain"})
    make_archive({"id": "b", "headline": "Rain", "source": "Ebb"})
    where = f"--index {tmp_path / 'made-1'} --index {tmp_path / 'made-2'}"
    assert completions(f"searchidx query {where} source:e") == ["source:Ebb", "source:Echo"]
    assert completions(f"searchidx show {where} ") == ["a", "made-1:b", "made-2:b"]
