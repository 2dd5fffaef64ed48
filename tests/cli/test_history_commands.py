"""`history`, `diff`, `show --version`, `--all-versions`: output, exit codes, JSON and HTML."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import searchidx
from searchidx.render.differences import difference_html, difference_lines
from searchidx.search.history import difference
from searchidx.search.word_diff import compare_words
from searchidx.versions import Version

Run = Callable[..., SimpleNamespace]
HOUR = 3_600
VERSIONS = (
    {"headline": "Rates rise", "body": "The bank rose.\nNobody knew <why>."},
    {"headline": "Rates fall", "body": "The bank fell.\nNobody knew <why>."},
    {"headline": "Rates fall", "body": "The bank fell again.\nNobody knew <why>.", "byline": "A. Writer"},
)


@pytest.fixture
def ask(tmp_path: Path, put: Callable[..., Path], run: Run) -> Run:
    """A command on an index with an article of three versions, saved an hour after each other, and one of one."""
    put(tmp_path / "sources", "other.json", json.dumps({"id": "other", "headline": "Rates", "body": "bank"}))
    for number, values in enumerate(VERSIONS):
        path = put(tmp_path / "sources", "a.json", json.dumps({"id": "a", "url": "https://example.org/a", **values}))
        os.utime(path, (number * HOUR, number * HOUR))
        options = ["--keep-versions"] if not number else []
        assert run("build", tmp_path / "sources", "--index", tmp_path / "index", *options).code == 0
    return lambda name, *words: run(name, "--index", tmp_path / "index", *words)


def test_build_says_how_many_former_texts_it_kept(tmp_path: Path, put: Callable[..., Path], run: Run) -> None:
    for text in ("One.", "Two."):
        put(tmp_path / "sources", "a.txt", f"Rain\n\n{text}\n")
        done = run("build", tmp_path / "sources", "--index", tmp_path / "index", "--keep-versions")
    assert "kept 1 former text: 'searchidx history ID' lists the versions of an article\n" in done.out
    assert "0 added, 1 updated" in done.out


def test_history_is_a_table(ask: Run) -> None:
    assert ask("history", "a").out == (
        "version  saved (UTC)       changed         headline\n"
        "      1  1970-01-01 00:00  -               Rates rise\n"
        "      2  1970-01-01 01:00  headline, body  Rates fall\n"
        "      3  1970-01-01 02:00  body, byline    Rates fall\n"
    )
    assert ask("history", "other").out.splitlines()[1:] == ["      1  -            -        Rates"]
    unknown = ask("history", "nobody")
    assert (unknown.code, unknown.out) == (1, "")
    assert "there is no article 'nobody'" in unknown.err


def test_history_as_json_has_every_text(ask: Run) -> None:
    document = json.loads(ask("history", "a", "--json").out)
    assert document["id"] == "a"
    assert [each["article"]["body"] for each in document["versions"]] == [each["body"] for each in VERSIONS]
    assert [each["number"] for each in document["versions"]] == [1, 2, 3]


def test_difference_shows_changed_paragraphs(ask: Run) -> None:
    done = ask("diff", "a", "1", "2")
    assert done.code == 0
    assert done.out == (
        "a: version 1 (saved 1970-01-01 00:00 UTC) to version 2 (saved 1970-01-01 01:00 UTC)\n"
        "\nheadline\nRates [-rise-]{+fall+}\n"
        "\nbody\nThe bank [-rose-]{+fell+}.\n… 1 unchanged paragraph\n"
    )
    assert ask("diff", "a", "1", "2", "--whole").out.endswith(".\nNobody knew <why>.\n")
    assert "[-A. Writer-]" in ask("diff", "a", "3", "2").out
    colored = ask("diff", "a", "--color", "always").out
    assert "\x1b[32m{+ again+}\x1b[0m" in colored


def test_difference_defaults_to_the_last_two_versions(ask: Run) -> None:
    assert ask("diff", "a").out == ask("diff", "a", "2", "3").out
    assert ask("diff", "a", "1").out == ask("diff", "a", "1", "3").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("nobody",), 1, "there is no article 'nobody'"),
        (("other",), 1, "only one version of other is known"),
        (("a", "2", "2"), 1, "versions 2 and 2 of a say the same"),
        (("a", "1", "9"), 2, "there is no version 9 of 'a': 3 versions are known"),
        (("a", "0"), 2, "0 is not in the range x>=1"),
        (("a", "--json", "--html"), 2, "two output formats"),
    ],
)
def test_exit_codes_of_diff(ask: Run, words: tuple[str, ...], code: int, message: str) -> None:
    done = ask("diff", *words)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_difference_as_json(ask: Run) -> None:
    document = json.loads(ask("diff", "a", "1", "2", "--json").out)
    assert document["former"] == {"number": 1, "saved": "1970-01-01T00:00:00Z"}
    assert [change["field"] for change in document["changes"]] == ["headline", "body"]
    assert document["changes"][0]["pieces"] == [
        {"operation": "equal", "text": "Rates "},
        {"operation": "deleted", "text": "rise"},
        {"operation": "inserted", "text": "fall"},
    ]
    same = ask("diff", "a", "1", "1", "--json")
    assert (same.code, json.loads(same.out)["changes"]) == (1, [])


def test_difference_as_html(ask: Run) -> None:
    page = ask("diff", "a", "1", "2", "--html").out
    assert "<p>Rates <del>rise</del><ins>fall</ins></p>" in page
    assert "Nobody knew &lt;why&gt;." in page
    assert "<title>a: version 1 (saved 1970-01-01 00:00 UTC) to version 2" in page
    assert "https://example.org/a" in page


def test_html_and_terminal_show_hostile_text_as_text() -> None:
    hostile = searchidx.Article("<i>", "<script>alert(1)</script>", "\x1b[31m & \u202e x", url="javascript:<x>")
    other = searchidx.Article("<i>", "b", "y \x1b]0;z\x07", language="en")
    found = difference([Version(1, hostile, "<b>"), Version(2, other)], 1, 2)
    page = "".join(difference_html(found))
    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    lines = "".join(difference_lines(found, 60, whole=True))
    assert "\x1b[31m &" not in lines
    assert "\x1b]0" not in lines
    assert "\u202e" not in lines


def test_show_prints_a_former_version(ask: Run) -> None:
    done = ask("show", "a", "--version", "1")
    assert done.out.startswith("Rates rise\n")
    assert "The bank rose." in done.out
    matched = json.loads(ask("show", "a", "--version", "1", "--query", "rose", "--json").out)
    assert matched["matched"]["body"] == [[9, 13]]
    assert ask("show", "a").out == ask("show", "a", "--version", "3").out
    missing = ask("show", "a", "--version", "4")
    assert (missing.code, missing.out) == (2, "")
    assert "there is no version 4 of 'a': 'searchidx history' lists 3" in missing.err


def test_all_versions_are_searched_if_asked(ask: Run) -> None:
    assert ask("query", "rise", "--count").out == "0\n"
    assert ask("query", "rise", "--all-versions", "--count").out == "1\n"
    assert "version 1" in ask("query", "rise", "--all-versions").out
    assert "version" not in ask("query", "fall").out
    found = [json.loads(line) for line in ask("query", "bank", "--all-versions", "--jsonl").out.splitlines()]
    assert sorted((hit["id"], hit["version"]) for hit in found) == [("a", 1), ("a", 2), ("a", 3), ("other", 1)]
    head, *rows = ask("query", "bank id:a", "--all-versions", "--csv").out.splitlines()
    assert head.endswith(",snippet,version")
    assert sorted(row[-1] for row in rows) == ["1", "2", "3"]
    assert not ask("query", "bank", "--csv").out.splitlines()[0].endswith("version")
    assert ask("kwic", "rose", "--all-versions").code == 0
    assert ask("kwic", "rose").code == 1
    assert ask("timeline", "rose OR fell", "--all-versions").code == 0
    assert "rose" in ask("terms", "rose", "--all-versions").out


def test_stats_count_former_texts(ask: Run) -> None:
    assert "former      2 former texts of articles\n" in ask("stats").out
    assert json.loads(ask("stats", "--json").out)["former"] == 2


def test_options_keep_and_discard_are_passed_on(tmp_path: Path, put: Callable[..., Path], run: Run) -> None:
    put(tmp_path / "sources", "a.txt", "Rain\n\nIt rained.\n")
    assert run("build", tmp_path / "sources", "--index", tmp_path / "index", "--no-keep-versions").code == 0
    assert run("build", tmp_path / "sources", "--index", tmp_path / "index", "--discard-versions").code == 0


def test_pieces_are_words() -> None:
    def marked(one: str, other: str) -> str:
        marks = {"equal": "{}", "deleted": "[-{}-]", "inserted": "{{+{}+}}"}
        return "".join(marks[piece.operation].format(piece.text) for piece in compare_words(one, other))

    assert marked("a b c", "a b c") == "a b c"
    assert marked("", "new") == "{+new+}"
    assert marked("The U.S. rate", "The US rate") == "The [-U.S.-]{+US+} rate"
    assert marked("It rose 1,000 points", "It rose 1,200 points") == "It rose [-1,000-]{+1,200+} points"
    assert marked("one two three", "one 2 3") == "one [-two three-]{+2 3+}"
    assert marked("東京の銀行は上がった", "東京の銀行は下がった") == "東京の銀行は[-上-]{+下+}がった"
    assert marked("First.\nSecond.\nThird.", "First.\nThird.") == "First.\n[-Second.\n-]Third."
    assert marked("x\r\ny", "x\r\nz") == "x\r\n[-y-]{+z+}"
