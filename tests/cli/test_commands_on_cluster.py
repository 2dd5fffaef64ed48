"""The commands of the README on a cluster: they print what they print of an index in a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

Run = Callable[..., SimpleNamespace]

ALIKE = (
    "query 'NATO Japan' --limit 1 --sort newest",
    "query '\"Taiwan Strait\" date:2023-02..2023-08' --sort oldest",
    "query --ids nato --sort newest",
    "query --count nato",
    "query --count nothingatall",
    "query --csv nato --sort oldest",
    "query --group bank --sort newest",
    "query 'strait w/5 taiwan' --explain",
    "query 'caps(US)' --ids --sort oldest",
    "query 'nato AND (japan'",
    "query 'stoltenburg'",
    "query 'headlin:nato'",
    "show hg-1002",
    "show nobody",
    "show hg-1002 --query us",
    "timeline nato 'bank' --by month --csv",
    "timeline nato --by year --words",
    "kwic 'nato' --csv",
    "kwic '\"taiwan strait\"' --sort right",
    "terms strait --json",
    "export nato --format jsonl",
    "export 'nato precision:day' --format bibtex",
    "export nato --format ris --limit 1",
    "export nato --format csv",
)


@pytest.fixture
def folders(run: Run, corpus: Path, on_cluster: str, tmp_path: Path) -> tuple[str, str]:
    """The sample corpus, in a folder and on a cluster."""
    folder = str(tmp_path / "index")
    built = [run("build", corpus, "--index", place) for place in (folder, on_cluster)]
    assert [(each.code, each.out) for each in built] == [(0, built[0].out)] * 2
    return folder, on_cluster


def words(line: str) -> list[str]:
    import shlex

    return shlex.split(line)


def said(text: str, *places: str) -> str:
    for place in places:
        text = text.replace(place, "INDEX")
    return text


def test_the_commands_print_the_same(run: Run, folders: tuple[str, str]) -> None:
    for line in ALIKE:
        expected, found = (run(*words(line), "--index", place) for place in folders)
        assert (found.code, said(found.out, *folders)) == (expected.code, said(expected.out, *folders)), line
        assert said(found.err, *folders) == said(expected.err, *folders), line


def test_hits_by_relevance(run: Run, folders: tuple[str, str]) -> None:
    expected, found = (json.loads(run("query", "nato", "--json", "--index", place).out) for place in folders)
    assert found["total"] == expected["total"]
    assert {hit["id"] for hit in found["hits"]} == {hit["id"] for hit in expected["hits"]}
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    similar = run("similar", "text/kishida-stoltenberg-tokyo.txt", "--ids", "--limit", "3", "--index", folders[1])
    assert (similar.code, len(similar.out.splitlines())) == (0, 3)


def test_what_is_in_the_index(run: Run, folders: tuple[str, str]) -> None:
    expected, found = (json.loads(run("stats", "--json", "--index", place).out) for place in folders)
    of_the_index = {"segments", "bytes", "format", "generation", "fingerprint"}
    assert {k: v for k, v in found.items() if k not in of_the_index} == {
        k: v for k, v in expected.items() if k not in of_the_index
    }
    checked = run("check", "--index", folders[1])
    assert (checked.code, checked.err) == (0, f"{folders[1]} is sound\n")


def test_a_manifest_gives_the_same_bytes_again(run: Run, folders: tuple[str, str], tmp_path: Path) -> None:
    manifest = tmp_path / "nato.json"
    first = run("export", "nato", "--format", "ris", "--write-manifest", manifest, "--index", folders[1])
    again = run("export", "--manifest", manifest, "--index", folders[1])
    assert (first.code, again.code, again.out) == (0, 0, first.out)
    assert "the same bytes as the manifest states" in again.err


def test_builds_keep_in_step(run: Run, corpus: Path, on_cluster: str, tmp_path: Path) -> None:
    """Changed, added, removed and deleted for good: reports and answers as those of a folder."""
    sources = tmp_path / "corpus"
    shutil.copytree(corpus, sources)
    places = str(tmp_path / "index"), on_cluster

    def both(*line: object) -> str:
        expected, found = (run(*line, "--index", place) for place in places)
        assert (found.code, said(found.out, *places)) == (expected.code, said(expected.out, *places)), line
        assert said(found.err, *places) == said(expected.err, *places), line
        ids = [run("query", "*", "--ids", "--index", place).out for place in places]
        assert ids[0] == ids[1]
        return str(found.out)

    assert both("build", sources).startswith("63 added")
    assert both("build", sources).startswith("0 added, 0 updated, 63 unchanged, 0 removed")
    text = sources / "text" / "kishida-stoltenberg-tokyo.txt"
    text.write_text(text.read_text().replace("Tokyo", "Osaka"))
    (sources / "text" / "new.txt").write_text("A new headline\n\nA new body, of Osaka.\n")
    (sources / "text" / "apia-rugby.txt").unlink()
    assert both("build", sources).startswith("1 added, 1 updated, 61 unchanged, 1 removed")
    both("delete", "hg-1002", "nobody")
    assert "0 added, 0 updated, 62 unchanged, 0 removed; 1 skipped" in both("build", sources)
    both("allow", "hg-1002")
    assert both("build", sources).startswith("1 added")
    for query in ("osaka", "bank", '"of osaka"', "us"):
        both("query", query, "--count")


def test_what_whoosh_cannot_read(on_cluster: str) -> None:
    import searchidx

    with searchidx.create(on_cluster) as archive, pytest.raises(searchidx.UnsupportedError, match="in a folder only"):
        _ = archive.index
