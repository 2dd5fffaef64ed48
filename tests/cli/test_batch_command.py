"""Lists of queries: batch, on the command line and in the library."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from searchidx.archive import Archive

Run = Callable[..., SimpleNamespace]
QUERIES = ["nato", '"Taiwan Strait"', "bank -river", "nosuchword", "date:none", "*", "headline:nato OR bank"]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("query", QUERIES)
def test_batch_equals_counting_the_articles(archive: Archive, query: str) -> None:
    articles = list(archive.articles(query))
    days = [article.date for article in articles if article.date is not None]
    [answer] = archive.batch([query], ids=True)
    assert answer.total == len(articles)
    assert answer.ids == tuple(article.id for article in articles)
    assert answer.undated == len(articles) - len(days)
    hits = archive.facet(query, "year").values
    assert {str(year): count for year, count in (answer.years or {}).items()} == {
        value.value: value.count for value in hits
    }
    assert (answer.first is None) == (not days)
    if answer.first is not None:
        assert str(answer.first)[:4] == min(str(day) for day in days)[:4]
        assert str(answer.last)[:4] == max(str(day) for day in days)[:4]


def test_batch_keeps_order_and_puts_errors_beside_lines(ask: Run, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("nato\n\nbank AND (\nnosuchword\nbank\n")
    done = ask("batch", tmp_path / "list")
    found = rows(done.out)
    assert done.code == 2
    assert [row["query"] for row in found] == ["nato", "bank AND (", "nosuchword", "bank"]
    assert [int(row["total"]) for row in found] == [archive.search(q).total for q in ("nato",)] + [0, 0] + [
        archive.search("bank").total
    ]
    assert [bool(row["error"]) for row in found] == [False, True, False, False]


def test_batch_keeps_columns_and_counts_years(ask: Run, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("party,name\nleft,nato\nright,bank\n")
    words = ("batch", tmp_path / "list", "--column", "name", "--by", "year")
    counted, shared = rows(ask(*words).out), rows(ask(*words, "--share").out)
    assert [(row["party"], row["name"]) for row in counted] == [("left", "nato"), ("right", "bank")]
    for row, share in zip(counted, shared, strict=True):
        for value in archive.facet(row["name"], "year").values:
            assert int(row[value.value]) == value.count
            assert float(share[value.value]) == pytest.approx(1000 * value.count / value.corpus, abs=0.001)


def test_batch_lists_ids_as_json(ask: Run, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("nato\n(\n")
    first, second = map(json.loads, ask("batch", tmp_path / "list", "--ids", "--jsonl").out.splitlines())
    assert first["ids"] == archive.ids("nato")
    assert second["ids"] == []
    assert second["error"]


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("a,b\n1,2\n", ["--column", "c"], "no column 'c'"),
        ("q,total\nnato,2\n", ["--column", "q"], "'total'"),
        ("q,q\nnato,2\n", ["--column", "q"], "same name"),
        ("q\n" + "x" * 200_000 + "\nnato\n", ["--column", "q"], "line 2 of the list"),
        ("nato\n", ["--share"], "--by year"),
    ],
)
def test_batch_rejects_a_list_it_cannot_read(
    ask: Run, tmp_path: Path, text: str, options: list[str], message: str
) -> None:
    (tmp_path / "list").write_text(text)
    limit = csv.field_size_limit(131_072)  # the default of a new process; reading a table raises it for good
    try:
        done = ask("batch", tmp_path / "list", *options)
    finally:
        csv.field_size_limit(limit)
    assert done.code == 2
    assert message in done.err


def test_batch_with_no_hits_exits_with_1(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("nosuchword\n")
    assert ask("batch", tmp_path / "list").code == 1


def test_batch_puts_the_error_beside_a_row_that_is_too_long(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("q\nnato,2\nnato\n")
    wrong, right = rows(ask("batch", tmp_path / "list", "--column", "q").out)
    assert "2 cells" in wrong["error"]
    assert int(right["total"]) > 0
