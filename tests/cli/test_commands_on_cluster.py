"""Commands print the same on a cluster as in a folder."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

Run = Callable[..., SimpleNamespace]

COMMANDS = {
    "query 'NATO Japan' --limit 1 --sort newest": 0,
    "query '\"Taiwan Strait\" date:2023-02..2023-08' --sort oldest": 0,
    "query --ids nato --sort newest": 0,
    "query --count nato": 0,
    "query --count nothingatall": 1,
    "query --csv nato --sort oldest": 0,
    "query bank --group-similar 0.8 --sort newest": 0,
    "query 'strait w/5 taiwan' --explain": 0,
    "query 'caps(US)' --ids --sort oldest": 0,
    "query 'nato AND (japan'": 2,
    "query 'stoltenburg'": 1,
    "query 'headlin:nato'": 2,
    "show hg-1002": 0,
    "show nobody": 1,
    "show hg-1002 --query us": 0,
    "timeline nato 'bank' --by month --csv": 0,
    "timeline nato --by year --count-words": 0,
    "kwic 'nato' --csv": 0,
    "kwic '\"taiwan strait\"' --sort right": 0,
    "terms strait --json": 0,
    "ngrams nato --csv": 0,
    "compare nato strait --json": 0,
    "export nato --format jsonl": 0,
    "export 'nato precision:day' --format bibtex": 0,
    "export nato --format ris --limit 1": 0,
    "export nato --format csv": 0,
}
"""Command lines and their exit codes."""


@pytest.fixture
def folders(run: Run, corpus: Path, on_cluster: str, tmp_path: Path) -> tuple[str, str]:
    """The sample corpus, in a folder and on a cluster."""
    folder = str(tmp_path / "index")
    built = [run("build", corpus, "--index", location) for location in (folder, on_cluster)]
    assert [(each.code, each.out) for each in built] == [(0, built[0].out)] * 2
    return folder, on_cluster


def anonymous(text: str, *locations: str) -> str:
    """A text without the locations of the indexes."""
    for location in locations:
        text = text.replace(location, "INDEX")
    return text


@pytest.mark.parametrize(("line", "code"), COMMANDS.items())
def test_command_succeeds_or_fails_as_stated(run: Run, corpus_index: Path, line: str, code: int) -> None:
    """In a folder, so that the comparison below does not compare two usage errors."""
    done = run(*shlex.split(line), "--index", corpus_index)
    assert (done.code, "Usage:" in done.err) == (code, False), done.err
    assert bool(done.out) == (code == 0 or "--count" in line)


def test_commands_print_the_same_on_a_cluster(run: Run, folders: tuple[str, str]) -> None:
    for line, code in COMMANDS.items():
        expected, found = (run(*shlex.split(line), "--index", location) for location in folders)
        assert (expected.code, found.code) == (code, code), line
        assert anonymous(found.out, *folders) == anonymous(expected.out, *folders), line
        assert anonymous(found.err, *folders) == anonymous(expected.err, *folders), line


def test_ranked_hits_are_the_same_set(run: Run, folders: tuple[str, str]) -> None:
    expected, found = (json.loads(run("query", "nato", "--json", "--index", location).out) for location in folders)
    assert found["total"] == expected["total"]
    assert {hit["id"] for hit in found["hits"]} == {hit["id"] for hit in expected["hits"]}
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    similar = run("similar", "text/kishida-stoltenberg-tokyo.txt", "--ids", "--limit", "3", "--index", folders[1])
    assert (similar.code, len(similar.out.splitlines())) == (0, 3)


def test_stats_are_the_same_and_the_index_is_sound(run: Run, folders: tuple[str, str]) -> None:
    expected, found = (json.loads(run("stats", "--json", "--index", location).out) for location in folders)
    of_the_index = {"segments", "bytes", "format", "generation", "fingerprint"}
    assert {k: v for k, v in found.items() if k not in of_the_index} == {
        k: v for k, v in expected.items() if k not in of_the_index
    }
    checked = run("check", "--index", folders[1])
    assert (checked.code, checked.err) == (0, f"no damage found in {folders[1]}\n")


def test_export_from_a_manifest_gives_the_same_bytes(run: Run, folders: tuple[str, str], tmp_path: Path) -> None:
    manifest = tmp_path / "nato.json"
    first = run("export", "nato", "--format", "ris", "--write-manifest", manifest, "--index", folders[1])
    again = run("export", "--manifest", manifest, "--index", folders[1])
    assert (first.code, again.code, again.out) == (0, 0, first.out)
    assert "the same bytes as the manifest states" in again.err


def test_incremental_builds_report_the_same(run: Run, corpus: Path, on_cluster: str, tmp_path: Path) -> None:
    """Changed, added, removed and permanently deleted articles: the same reports and answers as in a folder."""
    sources = tmp_path / "corpus"
    shutil.copytree(corpus, sources)
    locations = str(tmp_path / "index"), on_cluster

    def both(*line: object) -> str:
        expected, found = (run(*line, "--index", location) for location in locations)
        assert (found.code, anonymous(found.out, *locations)) == (expected.code, anonymous(expected.out, *locations)), (
            line
        )
        assert anonymous(found.err, *locations) == anonymous(expected.err, *locations), line
        ids = [run("query", "*", "--ids", "--index", location).out for location in locations]
        assert ids[0] == ids[1]
        return str(found.out)

    assert "71 added" in both("build", sources)
    assert "0 added, 0 updated, 71 unchanged, 0 removed" in both("build", sources)
    text = sources / "text" / "kishida-stoltenberg-tokyo.txt"
    text.write_text(text.read_text().replace("Tokyo", "Osaka"))
    (sources / "text" / "new.txt").write_text("A new headline\n\nA new body, of Osaka.\n")
    (sources / "text" / "apia-rugby.txt").unlink()
    assert "1 added, 1 updated, 69 unchanged, 1 removed" in both("build", sources)
    both("delete", "hg-1002", "nobody")
    report = both("build", sources)
    assert "0 added, 0 updated, 70 unchanged, 0 removed; 0 skipped" in report
    assert "left out" in report
    both("allow", "hg-1002")
    assert "1 added" in both("build", sources)
    for query in ("osaka", "bank", '"of osaka"', "us"):
        both("query", query, "--count")


def test_whoosh_index_is_unsupported(on_cluster: str) -> None:
    import searchidx

    with searchidx.create(on_cluster) as archive, pytest.raises(searchidx.UnsupportedError, match="in a folder only"):
        _ = archive.index
