"""`searchidx query`: hits, formats, facets, groups, errors that point at their place, and the terminal."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import searchidx
from searchidx.query import parse
from searchidx.render.terminal import diagnostic_lines

Run = Callable[..., SimpleNamespace]


ESCAPE = "\x1b"


ATTRIBUTES = {
    "id", "headline", "date", "score", "byline", "dateline", "section", "source", "language", "keywords", "url",
    "snippet",
}  # fmt: skip


@pytest.fixture
def ask(run: Run, corpus_index: Path) -> Run:
    """`searchidx query` of the sample corpus."""
    return lambda *words: run("query", "--index", corpus_index, *words)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_query_error_prints_a_caret_and_exits_with_2(process: Callable[..., Any], corpus_index: Path) -> None:
    done = process("-m", "searchidx", "query", "--index", corpus_index, "--json", "NATO AND (東京")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: this bracket is never closed\n    NATO AND (東京\n             ^\n"


def test_closed_pipe_is_not_an_error(environment: dict[str, str], corpus_index: Path) -> None:
    """`searchidx query … --jsonl | head -1`."""
    words = [sys.executable, "-m", "searchidx", "query", "--index", str(corpus_index), "--jsonl", "the"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == b""
        assert done.wait(60) != 2


@pytest.mark.skipif(sys.platform == "win32", reason="no such terminals here")
@pytest.mark.parametrize(
    "colours",
    [
        True,
        pytest.param(False),
    ],
    ids=["colour", "NO_COLOR"],
)
def test_matches_are_coloured_on_a_terminal(environment: dict[str, str], corpus_index: Path, colours: bool) -> None:
    import pty

    environment = environment | {"TERM": "xterm"} | ({} if colours else {"NO_COLOR": "1"})
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "searchidx", "query", "--index", str(corpus_index), "kishida"]
    printed = b""
    with subprocess.Popen(words, stdout=theirs, stderr=subprocess.DEVNULL, env=environment) as done:
        os.close(theirs)
        try:
            while piece := os.read(ours, 65536):
                printed += piece
        except OSError:  # the end of output on a terminal
            pass
        assert done.wait(60) == 0
    os.close(ours)
    assert "Kishida" in printed.decode()
    assert (b"\x1b[" in printed) == colours


def test_hits_go_to_standard_output(ask: Run) -> None:
    done = ask("kishida")
    assert done.code == 0
    assert done.out.count("\n\n") == 2  # three hits, blank lines between
    assert " 1. " in done.out
    assert "2023-02-01 13:33" in done.out
    assert done.err == "3 hits\n"
    assert ESCAPE not in done.out


def test_no_hits_exits_with_1(ask: Run) -> None:
    done = ask("zeppelin")
    assert (done.code, done.out, done.err) == (1, "", "no hits among 71 articles\n")


def test_page_states_what_it_omits(ask: Run) -> None:
    assert ask("nato", "OR", "taiwan").err == "12 hits, hits 1 to 10: --limit and --offset show others\n"
    done = ask("nato OR taiwan", "--offset", 10)
    assert "11. " in done.out
    assert "hits 11 to 12" in done.err
    assert "none shown" in ask("nato OR taiwan", "--offset", 99).err
    assert ask("nato OR taiwan", "--limit", 99).err == "12 hits\n"


def test_hints_go_to_standard_error(ask: Run) -> None:
    done = ask("Taiwan", "Strait", "--ids")
    assert (done.code, len(done.out.split())) == (0, 7)
    assert done.err == "hint: 5 articles have these words side by side: for the phrase, type '\"Taiwan Strait\"'\n"


def test_several_words_unquoted_are_one_query(ask: Run) -> None:
    assert ask("nato", "japan", "--ids").out == ask("nato japan", "--ids").out
    assert ask("--ids", "nato", "--limit", 1, "japan").out == ask("--ids", "--limit", 1, "nato japan").out
    assert ask("--ids", '"Taiwan', 'Strait"').out == ask("--ids", '"Taiwan Strait"').out


@pytest.mark.parametrize(
    "words",
    [
        ["-stoltenberg nato japan"],
        ["-stoltenberg", "nato", "japan"],
        ["nato", "japan", "-stoltenberg"],
        ["--", "-stoltenberg", "nato", "japan"],
        ["-(stoltenberg OR x)", "nato", "japan"],
        ['-"jens stoltenberg"', "nato", "japan"],
    ],
)
def test_query_may_begin_with_a_dash(ask: Run, words: list[str]) -> None:
    done = ask("--ids", *words)
    assert (done.code, done.out) == (0, "feeds/wire.jsonl#3\n")


@pytest.mark.parametrize("words", [["nato", "-hormuz"], ["nato", "-fish"], ["-headline:japan", "nato"], ["-h1n1 nato"]])
def test_negated_word_with_h_is_not_help(ask: Run, words: list[str]) -> None:
    done = ask("--ids", *words)
    assert done.code == 0
    assert done.out.split() == ask("--ids", " ".join(words).replace("-", "NOT ")).out.split()


@pytest.mark.parametrize("word", ["--cout", "--jsom", "--index-dir", "--limit5"])
def test_misspelt_option_is_an_error(ask: Run, word: str) -> None:
    done = ask(word, "nato")
    assert (done.code, done.out) == (2, "")
    assert word in done.err


def test_dashes_before_several_words_are_a_query(ask: Run) -> None:
    assert ask("--ids", "--stoltenberg nato japan").code in (0, 1)


def test_words_after_two_dashes_are_a_query(ask: Run) -> None:
    assert ask("--count", "--", "--nato").out == ask("--count", "nato").out


@pytest.mark.parametrize(
    "words", [["--limit", "-1"], ["--limit", "x"], ["--offset", "-1"], ["--sort", "title"], ["--limit"]]
)
def test_invalid_option_value_is_an_error(ask: Run, words: list[str]) -> None:
    done = ask("nato", *words)
    assert (done.code, done.out) == (2, "")
    assert words[0] in done.err


@pytest.mark.parametrize("words", [[], [""], ["   "]], ids=str)
def test_empty_query_is_an_error(ask: Run, words: list[str]) -> None:
    done = ask(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err


def test_json_equals_the_library(ask: Run, corpus_index: Path) -> None:
    done = ask("nato OR taiwan", "--json")
    values = json.loads(done.out)
    assert done.code == 0
    assert (values["version"], values["total"], len(values["hits"])) == (1, 12, 10)
    with searchidx.open(corpus_index) as archive:
        hits = archive.search("nato OR taiwan")
        assert values["hits"] == json.loads(json.dumps([hit.to_dict() for hit in hits]))
    assert all(set(hit) >= ATTRIBUTES for hit in values["hits"])
    assert done.out.count("\n") == 1
    for hit in values["hits"]:
        assert all(0 <= start < end <= len(hit["snippet"]["text"]) for start, end in hit["snippet"]["spans"])


def test_json_has_the_hints(ask: Run) -> None:
    [hint] = json.loads(ask("Taiwan Strait", "--json").out)["diagnostics"]
    assert (hint["kind"], hint["severity"], hint["suggestion"]) == ("phrase-without-quotes", "hint", '"Taiwan Strait"')


def test_json_without_hits_exits_with_1(ask: Run) -> None:
    done = ask("zeppelin", "--json")
    values = json.loads(done.out)
    assert (done.code, values["version"], values["total"], values["hits"]) == (1, 1, 0, [])


def test_jsonl_has_every_hit(ask: Run) -> None:
    lines = [json.loads(line) for line in ask("nato OR taiwan", "--jsonl").out.splitlines()]
    assert len(lines) == 12
    assert lines[:10] == json.loads(ask("nato OR taiwan", "--json").out)["hits"]


def test_csv_round_trips(ask: Run) -> None:
    done = ask("nato OR taiwan", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    lines = [json.loads(line) for line in ask("nato OR taiwan", "--jsonl").out.splitlines()]
    assert len(rows) == 12
    for row, line in zip(rows, lines, strict=True):
        assert set(row) >= ATTRIBUTES
        assert {name: row[name] for name in ("id", "headline", "byline", "url")} == {
            name: line[name] for name in ("id", "headline", "byline", "url")
        }
        assert row["date"] == (line["date"] or "")
        assert row["keywords"] == "; ".join(line["keywords"])
        assert row["snippet"] == line["snippet"]["text"]
        assert float(row["score"]) == pytest.approx(line["score"])


def test_csv_without_hits_has_a_header(ask: Run) -> None:
    done = ask("zeppelin", "--csv")
    assert done.code == 1
    assert [row[:4] for row in csv.reader(io.StringIO(done.out))] == [["id", "headline", "date", "score"]]


def test_csv_escapes_quotes_and_line_ends(built: Callable[..., Path], run: Run) -> None:
    values = {
        "id": 'a,"b"',
        "headline": 'He said "no", twice',
        "body": "first; line\nsecond, line",
        "keywords": ["x;y", "z"],
    }
    index = built(feed__jsonl=[values])
    [row] = csv.DictReader(io.StringIO(run("query", "--index", index, "--csv", "said").out, newline=""))
    assert (row["id"], row["headline"], row["snippet"]) == ('a,"b"', 'He said "no", twice', "first; line second, line")


def test_ids_prints_every_id(ask: Run, corpus_index: Path) -> None:
    done = ask("date:2023", "--ids", "--sort", "oldest")
    with searchidx.open(corpus_index) as archive:
        assert done.out.splitlines() == [hit.id for hit in archive.search("date:2023", limit=None, sort="oldest")]
    assert len(done.out.splitlines()) > 10
    assert (
        ask("date:2023", "--ids", "--limit", 3, "--offset", 1, "--sort", "oldest").out.splitlines()
        == (done.out.splitlines()[1:4])
    )


@pytest.mark.parametrize(("query", "count", "code"), [("nato OR taiwan", 12, 0), ("zeppelin", 0, 1)])
def test_count_prints_a_number(ask: Run, query: str, count: int, code: int) -> None:
    done = ask(query, "--count")
    assert (done.code, done.out) == (code, f"{count}\n")


def test_count_respects_limit_and_offset(ask: Run) -> None:
    assert ask("nato OR taiwan", "--count", "--limit", 5).out == "5\n"
    assert ask("nato OR taiwan", "--count", "--offset", 10).out == "2\n"


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_sort_equals_the_library(ask: Run, corpus_index: Path, sort: str) -> None:
    with searchidx.open(corpus_index) as archive:
        expected = [hit.id for hit in archive.search("japan", sort=sort)]
    assert [hit["id"] for hit in json.loads(ask("japan", "--json", "--sort", sort).out)["hits"]] == expected


def test_newest_and_oldest_are_reversed(ask: Run) -> None:
    newest, oldest = (ask("japan precision:day", "--ids", "--sort", sort).out.split() for sort in ("newest", "oldest"))
    assert newest == oldest[::-1]


@pytest.mark.parametrize(
    ("query", "marked", "columns"),
    [
        ("NATO AND (Japan", "(", (9, 1)),
        ("athor:Tanabe", "athor:", (0, 6)),
        ("strait date:2023-02-30", "2023-02-30", (12, 10)),
        ("東京 (京都", "(", (5, 1)),
        ("Málaga date:2023-13", "2023-13", (12, 7)),
        ("Ma\u0301laga date:2023-13", "2023-13", (12, 7)),
        ("ｗｉｄｅ (x", "(", (9, 1)),
        ("x date:東京", "東京", (7, 4)),
        ("two\nlines (x", "(", (10, 1)),
        ("tab\there (x", "(", (9, 1)),
        pytest.param("क्षेत्र में (x", "(", (7, 1)),
    ],
)
def test_caret_is_below_the_error(ask: Run, query: str, marked: str, columns: tuple[int, int]) -> None:
    done = ask(query)
    assert (done.code, done.out) == (2, "")
    message, shown, caret = done.err.splitlines()
    assert message.startswith("error: ")
    assert shown[4:] == re.sub(r"\s", " ", query)
    assert caret[4:] == " " * columns[0] + "^" + "~" * (columns[1] - 1)
    assert marked in shown


def test_every_error_of_a_query_is_printed(ask: Run) -> None:
    done = ask("athor:x date:2023-13")
    assert done.err.count("error: ") == 2
    assert done.err.count("^") == 2


def test_long_query_is_cut_around_the_error() -> None:
    query = "word " * 200 + "athor:x " + "word " * 200
    [_, shown, caret] = diagnostic_lines(query, parse(query).diagnostics, 80)
    assert max(len(shown), len(caret)) <= 80
    assert shown[caret.index("^") :].startswith("athor:x")


def test_long_query_in_wide_characters_is_cut_around_the_error() -> None:
    query = "京" * 200 + " athor:x"
    [_, shown, _] = diagnostic_lines(query, parse(query).diagnostics, 80)
    assert len(shown) + sum(char == "京" for char in shown) <= 80


def test_lines_fit_the_width_of_the_terminal(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    for line in ask("id:text/kishida-stoltenberg-tokyo.txt OR nato", "--limit", 5).out.splitlines():
        assert len(line) <= 50 or not line.startswith("    ")


@pytest.mark.parametrize(
    "body",
    [
        "alpha beta gamma delta",
        "alpha  beta   gamma delta",
        "alpha\nbeta\n\ngamma delta",
        pytest.param(
            "alpha\tbeta gamma\rdelta",
        ),
    ],
)
def test_snippet_is_printed_whole(built: Callable[..., Path], run: Run, body: str) -> None:
    index = built(feed__jsonl=[{"id": "a", "headline": "Letters", "body": body}])
    shown = run("query", "--index", index, "gamma").out.splitlines()[2:-1]
    assert " ".join(" ".join(shown).split()) == "alpha beta gamma delta"


@pytest.mark.parametrize("command", ["query", "show"])
def test_control_characters_do_not_reach_the_terminal(built: Callable[..., Path], command: str) -> None:
    from searchidx.render.terminal import article_lines, hit_lines

    index = built(feed__jsonl=[{"id": "a", "headline": "Calm", "body": "Good\x1b]0;owned\x07 \x1b[2Jmorning\x9b2J\b."}])
    with searchidx.open(index) as archive:
        article = archive.get("a")
        assert article is not None
        if command == "show":
            lines = list(article_lines(article, 80))
        else:
            lines = list(hit_lines(archive.search("good"), 1, 80))
    assert lines[-1]
    styles = re.compile(r"\x1b\[[\d;]*m")
    assert not re.findall(r"[\x00-\x1f\x7f-\x9f]", styles.sub("", "".join(lines)))


def test_facets_count_all_hits(ask: Run, archive: searchidx.Archive) -> None:
    done = ask("nato OR taiwan", "--json", "--limit", 1, "--facet", "source", "--facet", "year")
    values = json.loads(done.out)
    assert len(values["hits"]) == 1
    assert [facet["field"] for facet in values["facets"]] == ["source", "year"]
    for facet in values["facets"]:
        assert facet["values"] == archive.facet("nato OR taiwan", facet["field"]).to_dicts()
        assert sum(row["count"] for row in facet["values"]) == values["total"] == 12
    assert "facets" not in json.loads(ask("nato", "--json").out)


def test_csv_with_facets_prints_counts(ask: Run, archive: searchidx.Archive) -> None:
    found = rows(ask("nato OR taiwan", "--csv", "--facet", "section", "--facet", "year").out)
    assert {row["field"] for row in found} == {"section", "year"}
    assert sum(int(row["count"]) for row in found if row["field"] == "year") == 12
    assert len(found) == sum(len(archive.facet("nato OR taiwan", name).to_dicts()) for name in ("section", "year"))


def test_limit_zero_prints_facets_only(ask: Run) -> None:
    done = ask("nato OR taiwan", "--limit", 0, "--facet", "source")
    assert done.out.startswith("source ")
    assert done.err.startswith("12 hits, none shown")


@pytest.mark.parametrize("output_format", ["jsonl", "ids", "count"])
def test_facets_reject_line_formats(ask: Run, output_format: str) -> None:
    done = ask("nato", f"--{output_format}", "--facet", "source")
    assert (done.code, done.out) == (2, "")
    assert f"not with --{output_format}" in done.err


def test_unknown_facet_is_an_error(ask: Run) -> None:
    done = ask("nato", "--facet", "colour")
    assert (done.code, done.out) == (2, "")
    assert "'source'" in done.err


def test_group_similar_prints_the_same_groups_in_all_formats(
    run: Run, make_archive: Callable[..., searchidx.Archive], tmp_path: Path
) -> None:
    text = " ".join(f"word{n}" for n in range(60))
    make_archive({"body": text}, {"body": f"{text} more"}, {"body": "another thing altogether"}, {"body": text})

    def ask(*words: object) -> SimpleNamespace:
        return run("query", "word1 OR thing", "--group-similar", "0.9", "--index", tmp_path / "made-1", *words)

    assert (ask("--count").out, ask("--count").err) == ("2\n", "4 articles in 2 groups\n")
    assert ask("--count", "--offset", 1).out == "1\n"
    assert sorted(ask("--ids").out.split()) == ["a1", "a3"]
    assert len(ask("--jsonl").out.splitlines()) == 2
    assert sorted(row["id"] for row in rows(ask("--csv").out)) == ["a1", "a2", "a3", "a4"]
    values = json.loads(ask("--json").out)
    assert (values["total"], values["distinct"]) == (4, 2)
    assert ask().err == "4 hits in 2 groups\n"
    assert ask("--limit", 1).err.startswith("4 hits in 2 groups, groups 1 to 1")
    for threshold in ("0", "1.1", "-1", "x"):
        done = run("query", "x", "--group-similar", threshold, "--index", tmp_path / "made-1")
        assert (done.code, done.out) == (2, "")


def test_sort_by_headline(ask: Run, archive: searchidx.Archive) -> None:
    found = ask("date:2023", "--sort", "headline", "--ids").out.splitlines()
    headlines = [archive.get(id).headline.casefold() for id in found]  # type: ignore[union-attr]
    named = [headline for headline in headlines if headline.isascii()]
    assert named == sorted(named)
    assert len(found) == archive.search("date:2023").total


def test_score_option_prints_scores(ask: Run, archive: searchidx.Archive) -> None:
    score = archive.search("nato")[0].score
    assert f"score {score:.2f}" in ask("nato", "--score").out
    assert "score" not in ask("nato").out
