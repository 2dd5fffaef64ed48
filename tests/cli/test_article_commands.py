"""`searchidx show` and `kwic`."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import searchidx

Run = Callable[..., SimpleNamespace]


KISHIDA = "text/kishida-stoltenberg-tokyo.txt"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_show_prints_the_whole_article(run: Run, corpus_index: Path) -> None:
    done = run("show", "text/kishida-stoltenberg-tokyo.txt", "--index", corpus_index)
    assert (done.code, done.err) == (0, "")
    with searchidx.open(corpus_index) as archive:
        article = archive.get("text/kishida-stoltenberg-tokyo.txt")
    assert article is not None
    assert done.out.startswith(article.headline + "\n")
    assert re.search(r"^date: +2023-02-01T13:33:00\+09:00$", done.out, re.MULTILINE)
    assert " ".join(article.body.split()) in " ".join(done.out.split())
    assert "\x1b" not in done.out


def test_show_of_an_unknown_id_exits_with_1(run: Run, corpus_index: Path) -> None:
    done = run("show", "nobody", "--index", corpus_index)
    assert (done.code, done.out) == (1, "")
    assert "'nobody'" in done.err


def test_show_prints_any_article(run: Run, ask: Run, corpus_index: Path) -> None:
    ids = ask("query", "*", "--ids").out.splitlines()
    assert len(ids) == 71
    for id in ids[::9]:
        assert f" {id}\n" in run("show", id, "--index", corpus_index).out


def test_article_without_headline_has_a_placeholder(built: Callable[..., Path], run: Run) -> None:
    index = built(feed__jsonl=[{"id": "a", "body": "Only a body."}])
    done = run("query", "--index", index, "body")
    assert done.out.splitlines() == [" 1. (no headline)", "    undated", "    Only a body.", "    a"]
    assert "Only a body." in run("show", "a", "--index", index).out


def test_show_provenance_names_the_place_of_each_value(run: Run, corpus_index: Path) -> None:
    result = run("show", "hg-1001", "--provenance", "--index", corpus_index)
    assert result.code == 0
    assert result.out.splitlines()[0] == "headline:  Lift Failure Strands Skiers Above Glen Orrin  ← headline"
    page = run("show", "pages/cable-ship-repair.html", "--provenance", "--index", corpus_index)
    assert [line.partition("← ")[2] for line in page.out.splitlines()] == [
        "h1", "the page", "article:published_time", "author", "article:section", "og:site_name", "lang",
        "link rel=canonical",
    ]  # fmt: skip


def test_show_json_has_the_matches(ask: Run, archive: searchidx.Archive) -> None:
    article = archive.get(KISHIDA)
    assert article is not None
    values = json.loads(ask("show", KISHIDA, "--json").out)
    assert values == {"version": 1, **article.to_dict()}
    values = json.loads(ask("show", KISHIDA, "--json", "--query", '"Taiwan Strait"').out)
    assert [article.body[start:end] for start, end in values["matched"]["body"]] == ["Taiwan Strait"]
    assert values["matched"]["headline"] == []


@pytest.mark.parametrize(
    ("query", "highlighted"),
    [
        ('"Taiwan Strait"', ["Taiwan Strait"]),
        ("caps(NATO) headline:japan", ["Japan", "NATO"]),
        ("=kishida", ["Kishida"]),
        ("zeppelin", []),
    ],
)
def test_show_highlights_exactly_the_matches(ask: Run, query: str, highlighted: list[str]) -> None:
    import re

    done = ask("show", KISHIDA, "--query", query, "--color", "always")
    found = re.findall(r"\x1b\[31m\x1b\[1m(.*?)\x1b\[0m", done.out)
    assert done.code == 0
    assert sorted(set(found)) == sorted(set(highlighted))
    assert (done.err == "") == bool(highlighted)


def test_caps_highlights_only_capitals(
    run: Run, make_archive: Callable[..., searchidx.Archive], tmp_path: Path
) -> None:
    make_archive({"id": "a", "headline": "Letters", "body": "They told us that the US was near us. The US it was."})
    done = run("show", "a", "--query", "caps(US)", "--color", "always", "--index", tmp_path / "made-1")
    assert done.out.count("\x1b[31m") == done.out.count("\x1b[31m\x1b[1mUS\x1b[0m") == 2


@pytest.mark.parametrize("sort", [None, "left", "right", "date"])
def test_kwic_prints_every_occurrence(ask: Run, archive: searchidx.Archive, sort: str | None) -> None:
    options = [] if sort is None else ["--sort", sort]
    expected = [line.to_dict() for line in archive.kwic("nato OR japan", width=20, sort=sort)]
    done = ask("kwic", "nato", "OR", "japan", "--width", 20, "--jsonl", *options)
    assert [json.loads(line) for line in done.out.splitlines()] == expected
    assert len(expected) > 10
    assert [row["match"] for row in rows(ask("kwic", "nato OR japan", "--csv", *options).out)] == [
        line["match"] for line in expected
    ]
    shown = ask("kwic", "nato OR japan", *options)
    assert f"{len(expected)} occurrences in " in shown.err


def test_kwic_limit_and_offset_select_lines(ask: Run) -> None:
    every = ask("kwic", "nato", "--jsonl").out.splitlines()
    assert ask("kwic", "nato", "--jsonl", "--limit", 2, "--offset", 1).out.splitlines() == every[1:3]
    assert ask("kwic", "nato", "--jsonl", "--offset", 999).code == 1
    for page in (("--offset", 999), ("--limit", 0)):
        assert ask("kwic", "nato", *page).err.startswith("no occurrences shown: --limit and --offset show others\n")


def test_kwic_of_an_invalid_query_prints_nothing(ask: Run) -> None:
    for output_format in ("--csv", "--jsonl"):
        done = ask("kwic", "(nato", output_format)
        assert (done.code, done.out) == (2, "")


def test_kwic_without_occurrences_counts_the_hits(ask: Run) -> None:
    for query in ("date:2023", "-nato"):
        done = ask("kwic", query)
        found = ask("query", query, "--count").out.strip()
        assert (done.code, done.out) == (1, "")
        assert f"0 occurrences\nhint: {found} articles match, but not through words in a headline or body" in done.err
    assert "none by words" not in ask("kwic", "zeppelin").err
