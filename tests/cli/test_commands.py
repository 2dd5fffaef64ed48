"""What all commands share, and the data of terms, timeline, stats, similar and export."""

from __future__ import annotations

import csv
import io
import json
import shlex
import shutil
import sys
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

import searchidx
from searchidx.cli import iter_commands, main
from searchidx.cli.command import Command

Run = Callable[..., SimpleNamespace]


KISHIDA = "text/kishida-stoltenberg-tokyo.txt"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


COMMAND_OBJECTS = dict(iter_commands(main))


EXAMPLES = [
    (name, example)
    for name, command in COMMAND_OBJECTS.items()
    if isinstance(command, Command)
    for example in command.examples
]


READING_COMMANDS = [
    *([name, "x"] for name in ("query", "show", "kwic", "terms", "timeline", "ngrams", "similar", "export")),
    ["compare", "x", "y"],
    ["stats"],
    ["check"],
    ["salvage", "x"],
]


def test_choices_equal_those_of_the_library() -> None:
    """The commands have copies, because loading the modules would slow every search."""
    from searchidx.cli import choices
    from searchidx.export import export_formats as formats
    from searchidx.search import aggregations, orders
    from searchidx.search import kwic as kwic_module
    from searchidx.workspace import labels

    assert choices.FACETS == aggregations.FACETS
    assert choices.LABEL_COLORS == labels.COLORS
    assert choices.UNITS == aggregations.UNITS
    assert choices.ORDERS == orders.ORDERS
    assert choices.EXPORT_FORMATS == formats.EXPORT_FORMATS
    kwic: Any = COMMAND_OBJECTS["kwic"]
    sort = next(each for each in kwic.params if each.name == "sort")
    assert tuple(sort.type.choices) == tuple(kwic_module._SORT_KEYS)


@pytest.mark.parametrize("name", COMMAND_OBJECTS)
def test_every_command_has_help_and_examples(run: Run, name: str) -> None:
    command = COMMAND_OBJECTS[name]
    assert isinstance(command, Command)
    assert command.examples
    assert all(f"searchidx {name} " in f"{example} " for example in command.examples)
    shown = run(*name.split(), "--help")
    assert shown.code == 0
    assert all(example in shown.out for example in command.examples)
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help
    assert name in ("completion", "formats", "read") or "--index DIR" in shown.out


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_examples_work_when_pasted(
    process: Callable[..., Any], corpus: Path, corpus_index: Path, tmp_path: Path, name: str, example: str, run: Run
) -> None:
    """All examples that end, run by the shell beside a copy of the corpus and its index."""

    if name in ("watch", "serve"):
        return
    shutil.copytree(corpus, tmp_path / "corpus")
    shutil.copytree(corpus_index, tmp_path / "index")
    if name == "diff":
        shutil.rmtree(tmp_path / "index")
        page = tmp_path / "corpus" / "pages" / "negative-rates-end.html"
        for headline in ("Come to an End", "Are Over", "Are Gone"):
            page.write_text(
                page.read_text("utf-8").replace("Come to an End", headline).replace("Are Over", headline), "utf-8"
            )
            run("build", tmp_path / "corpus", "--index", tmp_path / "index")
    if "allow" in example:
        run("delete", "hg-1001", "--index", tmp_path / "index")
    if example.startswith("searchidx export --manifest"):
        written = next(other for _, other in EXAMPLES if "--write-manifest" in other)
        example = f"{written}; {example}"
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "searchidx"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m searchidx "$@"\n')
    script.chmod(0o755)
    code = (
        "import os, subprocess, sys; os.environ['PATH'] = sys.argv[1] + os.pathsep + os.environ['PATH'];"
        "sys.exit(subprocess.run(sys.argv[2], shell=True).returncode)"
    )
    done = process("-c", code, tmp_path / "bin", example, cwd=tmp_path)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "rror" in line]) == (0, [])
    silent = ("check", "salvage", "label add", "label remove", "label import", "note", "workspace import")
    silent += ("alert add", "alert remove", "alert run")
    assert done.stdout or ">" in example or name in silent or "cmp" in example


@pytest.mark.parametrize("command", READING_COMMANDS, ids=lambda words: words[0])
def test_missing_index_is_an_error(run: Run, tmp_path: Path, command: list[str]) -> None:
    done = run(*command, "--index", tmp_path / "none")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"searchidx: there is no index in {tmp_path / 'none'}: build one with 'searchidx build', "
        "or name its folder with --index\n"
    )
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", READING_COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("manifest", "message"),
    [('{"format": "searchidx", "version": 9}', "version 9"), ("{", "damaged"), ("", "damaged")],
    ids=["version", "cut", "empty"],
)
def test_unreadable_index_is_an_error(
    run: Run, tmp_path: Path, command: list[str], manifest: str, message: str
) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    done = run(*command, "--index", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("searchidx: ")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_version_is_printed(run: Run) -> None:
    assert run("--version").out == f"searchidx {searchidx.__version__}\n"
    assert run("--help").code == 0
    assert run("frobnicate").code == 2


@pytest.mark.parametrize("name", ["kwic", "terms", "timeline", "ngrams", "export"])
def test_query_may_begin_with_a_dash(ask: Run, name: str) -> None:
    assert ask(name, "-stoltenberg nato japan").code == 0
    assert ask(name, "--", "-stoltenberg nato japan").code == 0
    misspelt = ask(name, "--jsom", "nato")
    assert (misspelt.code, misspelt.out) == (2, "")
    assert "--jsom" in misspelt.err


def test_id_may_begin_with_a_dash(run: Run, make_archive: Callable[..., searchidx.Archive], tmp_path: Path) -> None:
    make_archive({"id": "-x1", "headline": "Tides rise"}, {"headline": "Tides fall"}, {"headline": "Snow"})
    index = tmp_path / "made-1"
    assert run("show", "-x1", "--index", index).out.startswith("Tides rise\n")
    assert run("similar", "-x1", "--ids", "--index", index).out == "a2\n"
    assert run("show", "--jsom", "-x1", "--index", index).code == 2


def test_misspelt_command_gets_a_suggestion(run: Run) -> None:
    done = run("qury", "nato")
    assert (done.code, done.out) == (2, "")
    assert "Did you mean query?" in done.err
    assert "Did you mean" not in run("frobnicate").err


@pytest.mark.parametrize("name", ["kwic", "terms", "timeline", "ngrams", "export"])
def test_no_hits_exits_with_1(ask: Run, name: str) -> None:
    done = ask(name, "zeppelin")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("0 ")


@pytest.mark.parametrize("name", ["kwic", "terms", "timeline", "ngrams", "export"])
def test_hints_go_to_standard_error(ask: Run, name: str) -> None:
    done = ask(name, "Taiwan Strait")
    assert "for the phrase, type '\"Taiwan Strait\"'" in done.err
    assert "hint:" not in done.out


def test_terms_prints_the_same_words_in_all_formats(ask: Run, archive: searchidx.Archive) -> None:
    words = archive.terms("nato", limit=4)
    values = json.loads(ask("terms", "nato", "--limit", 4, "--json").out)
    assert [each["word"] for each in values["distinctive"]] == [each.word for each in words.distinctive]
    found = rows(ask("terms", "nato", "--limit", 4, "--csv").out)
    assert [row["word"] for row in found] == [each.word for each in (*words.distinctive, *words.frequent)]
    assert ask("terms", "nato", "--limit", 0).code == 0


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
def test_timeline_counts_add_up(ask: Run, by: str) -> None:
    values = json.loads(ask("timeline", "nato OR taiwan", "bank", "--by", by, "--json").out)
    assert [query["query"] for query in values["queries"]] == ["nato OR taiwan", "bank"]
    for number, query in enumerate(values["queries"]):
        apart = values["undated"]["counts"][number] + values["imprecise"]["counts"][number]
        assert sum(period["counts"][number] for period in values["periods"]) + apart == query["total"]
        assert f"{query['total']}\n" == ask("query", query["query"], "--count").out
    found = rows(ask("timeline", "nato OR taiwan", "bank", "--by", by, "--csv").out)
    assert [row["period"] for row in found] == [*(row["period"] for row in values["periods"]), "imprecise", "undated"]


def test_timeline_counts_words(ask: Run, archive: searchidx.Archive) -> None:
    values = json.loads(ask("timeline", "nato", "--count-words", "--json").out)
    assert values["queries"][0]["total"] == sum(1 for _ in archive.kwic("nato"))


def test_timeline_with_too_many_periods_is_an_error(
    run: Run, make_archive: Callable[..., searchidx.Archive], tmp_path: Path
) -> None:
    make_archive({"headline": "x", "date": "0001-01-01"}, {"headline": "x", "date": "2023-01-01"})
    done = run("timeline", "x", "--by", "day", "--index", tmp_path / "made-1")
    assert (done.code, done.out) == (2, "")
    assert "use longer periods" in done.err


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_timeline_writes_a_plot(ask: Run, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / f"plot.{suffix}"
    done = ask("timeline", "nato", f"--{suffix}", file)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {file}\n")
    assert file.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")
    beside = ask("timeline", "nato", f"--{suffix}", file, "--csv")
    assert rows(beside.out)
    lost = ask("timeline", "nato", f"--{suffix}", tmp_path / "none" / f"plot.{suffix}")
    assert (lost.code, lost.out) == (2, "")
    assert lost.err.count("\n") == 1
    wrong = ask("timeline", "nato", f"--{suffix}", tmp_path / "plot.jpg")
    assert (wrong.code, f".{suffix}" in wrong.err) == (2, True)


def test_ngrams_prints_the_same_phrases_in_all_formats(ask: Run, archive: searchidx.Archive) -> None:
    found = archive.ngrams("nato OR taiwan", limit=4, sizes=[2])
    texts = [each.text for each in found.ngrams]
    words = ("ngrams", "nato OR taiwan", "--limit", 4, "--size", 2)
    assert [each["text"] for each in json.loads(ask(*words, "--json").out)["ngrams"]] == texts
    assert [row["text"] for row in rows(ask(*words, "--csv").out)] == texts
    printed = ask(*words)
    assert [line[: len(text)] for line, text in zip(printed.out.splitlines()[1:], texts, strict=True)] == texts
    assert printed.err.startswith(f"{found.total} hits of {found.words:,} words\n")
    assert ask("ngrams", "nato", "--size", 5).code == 2


def test_compare_prints_the_same_in_all_formats(ask: Run, archive: searchidx.Archive) -> None:
    found = archive.compare("nato", "taiwan", limit=4)
    words = ("compare", "nato", "taiwan", "--limit", 4)
    assert json.loads(ask(*words, "--json").out) == {"version": 1, **found.to_dict()}
    texts = [(row["of"], row["text"]) for row in found.to_dicts()]
    assert len(texts) >= 8
    assert [(row["of"], row["text"]) for row in rows(ask(*words, "--csv").out)] == texts
    printed = ask(*words).out
    assert printed.startswith(f"a  nato: {found.totals[0]} articles, {found.words[0]:,} words\n")
    assert f"both  {found.both} of {found.either} (" in printed
    assert all(text in printed for _, text in texts)
    periods = rows(ask(*words, "--timeline", "--csv").out)
    assert [(row["period"], int(row["count_a"]), int(row["count_b"])) for row in periods] == [
        (each.name, *each.counts) for each in found.periods
    ]
    assert printed.endswith(ask(*words, "--timeline").out)


def test_compare_needs_two_queries(ask: Run) -> None:
    done = ask("compare", "nato")
    assert (done.code, done.out, "QUERY_B" in done.err) == (2, "", True)
    assert ask("compare", "-stoltenberg nato", "-nato japan").code == 0
    assert ask("compare", "zeppelin", "unheard").code == 1
    invalid = ask("compare", "nato", "nato AND (")
    assert (invalid.code, invalid.out, "never closed" in invalid.err) == (2, "", True)


def test_compare_writes_a_plot_of_three_measures(ask: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "plot.svg"
    done = ask("compare", "nato", "zeppelin", "--svg", file)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"wrote {file}\n")
    text = file.read_text()
    for part in ("nato", "zeppelin", "per 1,000 articles", "million words", "0 articles"):
        assert part in text
    assert ask("compare", "zeppelin", "unheard", "--svg", file).code == 1


def test_stats_json_equals_the_library(ask: Run, archive: searchidx.Archive) -> None:
    values = json.loads(ask("stats", "--json").out)
    assert values == {"version": 1, **archive.stats().to_dict()}
    assert (values["articles"], values["fingerprint"]) == (71, archive.fingerprint)
    assert archive.fingerprint in ask("stats").out


def test_stats_succeeds_on_an_empty_index(
    run: Run, make_archive: Callable[..., searchidx.Archive], tmp_path: Path
) -> None:
    make_archive()
    done = run("stats", "--index", tmp_path / "made-1")
    assert done.code == 0
    assert "no article has a date" in done.out


def test_similar_prints_the_same_hits_in_all_formats(ask: Run, archive: searchidx.Archive) -> None:
    expected = [hit.id for hit in archive.similar(KISHIDA, limit=3)]
    assert len(expected) == 3
    assert ask("similar", KISHIDA, "--limit", 3, "--ids").out.split() == expected
    assert [hit["id"] for hit in json.loads(ask("similar", KISHIDA, "--limit", 3, "--json").out)["hits"]] == expected
    assert ask("similar", KISHIDA, "--limit", 3).out.count("\n\n") == 2
    unknown = ask("similar", "nobody", "--json")
    assert (unknown.code, unknown.out) == (1, "")
    assert "'nobody'" in unknown.err


@pytest.mark.parametrize("format", ["jsonl", "csv", "ris", "bibtex", "csl-json", "txt"])
def test_export_equals_the_library(ask: Run, archive: searchidx.Archive, format: str) -> None:
    from searchidx.export.export_formats import export_lines

    done = ask("export", "nato OR taiwan", "--format", format)
    assert done.code == 0
    expected = "".join(export_lines(archive.articles("nato OR taiwan"), format))
    assert done.out == expected.replace("\r\n", "\n")  # as the runner gives it
    assert done.err == "12 articles\n"


def test_manifest_repeats_an_export(run: Run, ask: Run, tmp_path: Path, corpus: Path) -> None:
    file = tmp_path / "manifest.json"
    first = ask("export", "nato OR taiwan", "--format", "csv", "--write-manifest", file)
    assert first.code == 0
    assert json.loads(file.read_text())["count"] == 12
    again = ask("export", "--manifest", file)
    assert (again.code, again.out) == (0, first.out)
    assert "the same bytes" in again.err
    for other in (["--format", "csv"], ["--offset", "3"], ["--limit", "3"], ["nato"]):
        refused = ask("export", "--manifest", file, *other)
        assert (refused.code, refused.out) == (2, "")
    run("build", corpus / "feeds", "--index", tmp_path / "other")
    other = run("export", "--manifest", file, "--index", tmp_path / "other")
    assert other.code == 1
    assert other.out != first.out
    assert "the index has changed" in other.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["nato", "--write-manifest", "m.json", "--limit", "3"],
        ["nato", "--write-manifest", "no-such-folder/m.json"],
        ["nato", "--format", "docx"],
        ["--manifest", "no-such-file.json"],
    ],
    ids=shlex.join,
)
def test_invalid_exports_write_nothing(
    ask: Run, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = ask("export", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "formats"),
    [
        ("query", ("json", "jsonl", "csv", "ids", "count")),
        ("similar", ("json", "jsonl", "csv", "ids")),
        ("kwic", ("jsonl", "csv")),
        ("terms", ("json", "csv")),
        ("timeline", ("json", "csv")),
        ("ngrams", ("json", "csv")),
    ],
)
def test_two_output_formats_are_an_error_that_names_both(ask: Run, command: str, formats: tuple[str, ...]) -> None:
    for first, second in permutations(formats, 2):
        done = ask(command, "a1", f"--{first}", f"--{second}")
        assert (done.code, done.out) == (2, "")
        assert f"--{first} and --{second} are two output formats" in done.err
    assert ask(command, "a1", f"--{formats[0]}", f"--{formats[0]}").code < 2


# -- formats -----------------------------------------------------------------------------------------------------------


def test_formats_lists_each_format_and_what_it_needs(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from searchidx.sources import format_registry

    lines = run("formats").out.splitlines()
    assert len(lines) == len(format_registry.SOURCE_FORMATS)
    (pdf,) = (line for line in lines if line.startswith("PDF "))
    assert pdf.split("  ")[-1].strip() == "needs searchidx[pdf], installed"
    monkeypatch.setattr(format_registry.importlib.util, "find_spec", lambda name: None)
    needs = [line.partition("needs ")[2] for line in run("formats").out.splitlines() if "needs " in line]
    assert needs == ["searchidx[pdf], not installed", "searchidx[warc], not installed"]
