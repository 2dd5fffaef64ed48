"""`searchidx build` and `check`: counts, skips, exit codes, and what stays when they fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import searchidx
from searchidx.engines.embedded import EmbeddedEngine

Run = Callable[..., SimpleNamespace]


@pytest.fixture
def ask(run: Run, corpus_index: Path) -> Run:
    """`searchidx query` of the sample corpus."""
    return lambda *words: run("query", "--index", corpus_index, *words)


def test_build_and_query_work_with_defaults(process: Callable[..., Any], corpus: Path, tmp_path: Path) -> None:
    """The default names are those of the README."""
    shutil.copytree(corpus, tmp_path / "corpus")
    built = process("-m", "searchidx", "build", "corpus/", cwd=tmp_path)
    assert (built.returncode, built.stderr) == (0, "")
    assert (
        built.stdout.splitlines(keepends=True)[-1]
        == "71 added, 0 updated, 0 unchanged, 0 removed; 0 skipped, 1 ignored\n"
    )
    found = process("-m", "searchidx", "query", "NATO Japan", cwd=tmp_path)
    assert found.returncode == 0
    assert "text/kishida-stoltenberg-tokyo.txt" in found.stdout
    assert "2 hits" in found.stderr
    assert "\x1b" not in found.stdout + found.stderr


def test_check_reports_an_undamaged_index_as_sound(run: Run, corpus_index: Path) -> None:
    done = run("check", "--index", corpus_index)
    assert (done.code, done.out, done.err) == (0, "", f"no damage found in {corpus_index}\n")


def test_check_names_the_damaged_segment(run: Run, corpus_index: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus_index, tmp_path / "index")
    [segment] = (tmp_path / "index").glob("segment-*")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(bytes(data))
    done = run("check", "--index", tmp_path / "index")
    assert done.code == 2
    assert segment.name in done.out
    assert "damaged" in done.err


def test_salvage_saves_what_is_left_and_names_the_losses(run: Run, corpus_index: Path, tmp_path: Path) -> None:
    damaged, new = tmp_path / "damaged", tmp_path / "new"
    shutil.copytree(corpus_index, damaged)
    (segment,) = EmbeddedEngine.at(damaged).snapshot().views
    file = segment.segment.file
    data = bytearray((damaged / file.name).read_bytes())
    data[file.offsets["headlines"]] ^= 1
    (damaged / file.name).write_bytes(bytes(data))
    total = json.loads(run("stats", "--index", corpus_index, "--json").out)["articles"]
    checked = run("check", "--index", damaged)
    assert f"{total - 1:,} of {total:,} articles can still be read whole" in checked.err
    done = run("salvage", new, "--index", damaged)
    assert done.code == 1
    (line,) = done.out.splitlines()
    lost = line.split()[1]
    assert f"{total - 1:,} articles are saved in {new}; 1 lost" in done.err
    assert run("show", lost, "--index", corpus_index).code == 0
    assert run("show", lost, "--index", new).code == 1
    again = json.loads(run("salvage", tmp_path / "newer", "--index", damaged, "--json").out)
    assert (again["saved"], [each["id"] for each in again["lost"]]) == (total - 1, [lost])
    assert run("salvage", new, "--index", damaged).code == 2


def test_build_does_not_overwrite_a_damaged_index(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "sources", "page.txt", "Headline\n\nBody.\n")
    put(tmp_path / "index", "manifest.json", "{")
    done = run("build", tmp_path / "sources", "--index", tmp_path / "index")
    assert (done.code, done.out) == (2, "")
    assert "damaged" in done.err
    assert (tmp_path / "index" / "manifest.json").read_text() == "{"


def test_build_prints_counts_and_skips(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    sources, index = tmp_path / "sources", tmp_path / "index"
    put(sources, "page.txt", "Headline\n\nBody.\n")
    empty = put(sources, "empty.txt", "")
    put(sources, "README", "no article")
    done = run("build", sources, "--index", index)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "text  2 documents, 1 article",
        f"skipped {empty.as_posix()}: it is empty",
        "1 added, 0 updated, 0 unchanged, 0 removed; 1 skipped, 1 ignored",
    ]
    assert run("build", sources, "--index", index).out.endswith(
        "0 added, 0 updated, 1 unchanged, 0 removed; 1 skipped, 1 ignored\n"
    )


def test_build_json_has_the_report(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "sources", "page.txt", "Headline\n\nBody.\n")
    empty = put(tmp_path / "sources", "empty.txt", "")
    done = run("build", tmp_path / "sources", "--index", tmp_path / "index", "--json")
    assert (done.code, done.err) == (0, "")
    values = json.loads(done.out)
    assert values["skipped"] == [{"place": empty.as_posix(), "reason": "it is empty"}]
    assert (values["added"], values["updated"], values["unchanged"], values["removed"]) == (1, 0, 0, 0)


def test_build_with_two_processes_gives_the_same_index(run: Run, ask: Run, corpus: Path, tmp_path: Path) -> None:
    assert run("build", corpus, "--index", tmp_path / "index", "--jobs", 2).code == 0
    assert run("query", "--index", tmp_path / "index", "--ids", "japan").out == ask("--ids", "japan").out
    assert run("build", corpus, "--index", tmp_path / "index", "--jobs", 0).code == 2


def test_strict_exits_with_2_after_a_skip(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    words = ("build", tmp_path / "sources", "--index", tmp_path / "index", "--strict")
    put(tmp_path / "sources", "page.txt", "Headline\n\nBody.\n")
    assert run(*words).code == 0
    put(tmp_path / "sources", "empty.txt", "")
    done = run(*words)
    assert done.code == 2
    assert "1 unchanged" in done.out
    assert run("query", "--index", tmp_path / "index", "--count", "body").out == "1\n"


def test_missing_source_is_an_error(run: Run, tmp_path: Path) -> None:
    done = run("build", tmp_path / "missing", "--index", tmp_path / "index")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"searchidx: {tmp_path / 'missing'}: ")
    assert not (tmp_path / "index").exists()


def test_build_beside_a_writer_is_an_error(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "sources", "page.txt", "Headline\n\nBody.\n")
    with searchidx.create(tmp_path / "index").writer():
        done = run("build", tmp_path / "sources", "--index", tmp_path / "index")
    assert (done.code, done.out) == (2, "")
    assert "another writer has the index" in done.err


def test_build_into_a_file_is_an_error(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "sources", "page.txt", "Headline\n\nBody.\n")
    put(tmp_path, "file", "no folder")
    for index in (tmp_path / "file", tmp_path / "file" / "below"):
        done = run("build", tmp_path / "sources", "--index", index)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("searchidx: ")


def test_skipped_file_name_is_one_line(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    put(tmp_path / "sources", "new\nline \x1b[2J.txt", "Headline\n\nBody.\n")
    done = run("build", tmp_path / "sources", "--index", tmp_path / "index")
    assert len(done.out.splitlines()) == 3


def test_report_explains_a_large_build_in_ten_lines(run: Run, tmp_path: Path, put: Callable[..., Path]) -> None:
    sources = tmp_path / "sources"
    for number in range(20):
        put(sources, f"{number}.txt", "")
        put(sources, f"{number}.json", "{")
        put(sources, f"{number}.csv", f"id,title,date\nr{number},t,2023-02-30\n")
        put(sources, f"{number}.eml", "From: a@b.example\nSubject: s\nDate: Wed, 1 Feb 2023 13:33:00 GMT\n\nText.\n")
        put(sources, f"{number}.md", "# Headline\n\nText.\n")
    done = run("build", str(sources), "--index", str(tmp_path / "index"))
    lines = done.out.splitlines()
    assert len(lines) <= 10
    assert lines[0].split() == ["CSV", "and", "TSV", "tables", "20", "documents,", "20", "articles"]
    assert sum(line.startswith("skipped 20, such as ") for line in lines) >= 2
    assert lines[-1] == "60 added, 0 updated, 0 unchanged, 0 removed; 60 skipped, 0 ignored"
