"""The command read: a dry run of one file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    rows = [f"r{n},Headline {n},Some words here,2023-02-0{n}" for n in range(1, 4)]
    path.write_text(
        "\n".join(["id,title,text,date", *rows, 'r4,Half,"open,2023-02-04', "r5,Bad date,Words,2023-02-30"])
    )
    return path


def test_articles_are_listed_with_what_was_skipped(run: Run, table: Path) -> None:
    done = run("read", str(table))
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split() for line in lines[1:5]] == [
        ["2023-02-01", "3", "Headline", "1"],
        ["2023-02-02", "3", "Headline", "2"],
        ["2023-02-03", "3", "Headline", "3"],
        ["no", "date", "1", "Bad", "date"],
    ]
    assert [line.split(":")[0:2] for line in lines[5:7]] == [
        ["skipped table.csv", "5"],
        ["skipped table.csv", "6 (r5)"],
    ]
    assert lines[7:] == ["CSV and TSV tables: 4 articles, 2 skipped"]
    assert list(table.parent.iterdir()) == [table]


def test_limit_shows_the_first_and_counts_all(run: Run, table: Path) -> None:
    done = run("read", str(table), "--limit", "1")
    assert "… and 3 more" in done.out
    found = json.loads(run("read", str(table), "--limit", "1", "--json").out)
    assert (found["total"], [each["id"] for each in found["articles"]]) == (4, ["r1"])
    assert found["formats"] == [{"format": "CSV and TSV tables", "documents": 1}]
    assert [each["place"] for each in found["skipped"]] == ["table.csv:5", "table.csv:6 (r5)"]


def test_column_option_maps_columns_to_fields(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Titel,Volltext\nHafen,Schiffe kamen\n")
    found = json.loads(run("read", str(path), "--column", "headline=Titel", "--column", "body=Volltext", "--json").out)
    assert [(each["headline"], each["body"]) for each in found["articles"]] == [("Hafen", "Schiffe kamen")]


def test_file_without_articles_exits_with_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("")
    done = run("read", str(path))
    assert (done.code, done.out.splitlines()[0]) == (1, "skipped empty.txt: it is empty")


@pytest.mark.parametrize(("name", "message"), [("missing.txt", "there is no such file"), (".", "it is a folder")])
def test_reading_a_missing_path_or_a_folder_is_an_error(run: Run, tmp_path: Path, name: str, message: str) -> None:
    done = run("read", str(tmp_path / name))
    assert done.code == 2
    assert message in done.err


def test_explain_shows_each_block_and_why(run: Run, tmp_path: Path) -> None:
    lines = [f"Paragraph {n} tells what happened at the river on that day, and who was there." for n in range(5)]
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body><nav><a href=/>Home</a></nav><article><h1>River rises</h1>"
        f"{''.join(f'<p>{line}</p>' for line in lines)}</article></body></html>"
    )
    done = run("read", str(page), "--explain")
    assert done.code == 0
    rows = done.out.splitlines()
    assert [row.split()[0] for row in rows[::2]] == ["-", "-", *["body"] * 5]
    assert all(row.strip()[-4] in "+-" for row in rows[1::2])


def test_explain_needs_a_saved_page(run: Run, table: Path) -> None:
    done = run("read", str(table), "--explain")
    assert (done.code, "it is not a saved page" in done.err) == (2, True)
    assert run("read", str(table), "--explain", "--json").code == 2
