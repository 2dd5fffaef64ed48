"""Lists of queries: batch, on the command line and in the library."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

import searchidx
from searchidx.archive import Archive
from searchidx.cli import batch_workers
from searchidx.errors import ListError
from searchidx.search.batch import BatchAnswer

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


def answer_in_workers(archive: Archive, index: Path, queries: Iterable[str], workers: int = 2) -> list[BatchAnswer]:
    return list(batch_workers.answer_all(archive, [str(index)], None, queries, ids=True, workers=workers))


@pytest.mark.parametrize("count", [0, 1, 500])
def test_workers_give_the_answers_of_one_process(archive: Archive, corpus_index: Path, count: int) -> None:
    source = random.Random(count)
    queries = [source.choice([*QUERIES, "bank AND (", "taiw*", "date:2023"]) for _ in range(count)]
    assert answer_in_workers(archive, corpus_index, queries) == list(archive.batch(queries, ids=True))


def test_queries_of_workers_that_cannot_answer_are_answered_here(archive: Archive, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with searchidx.create(other).writer() as writer:
        writer.add(searchidx.Article("a", "Rain"))
    expected = list(archive.batch(QUERIES * 20, ids=True))
    for index in (other, tmp_path / "nowhere"):  # another commit, an index that is gone
        assert answer_in_workers(archive, index, QUERIES * 20) == expected


def test_answers_before_the_damage_of_a_list_are_given(archive: Archive, corpus_index: Path) -> None:
    def damaged() -> Iterator[str]:
        yield from QUERIES * 10
        raise ListError("damaged")

    answers = batch_workers.answer_all(archive, [str(corpus_index)], None, damaged(), ids=False, workers=1)
    assert list(islice(answers, 70)) == list(archive.batch(QUERIES * 10))
    with pytest.raises(ListError, match="damaged"):
        next(answers)


def test_long_list_has_the_rows_of_a_list_that_arrives_line_by_line(
    ask: Run, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["n,q", *(f"{n},{('nato', 'bank', '(', 'nato,2')[n % 4]}" for n in range(2_000))]
    (tmp_path / "list").write_text("\n".join(lines))
    long = ask("batch", tmp_path / "list", "--column", "q", "--by", "year")
    monkeypatch.setattr("searchidx.cli.batch_command._count_workers", lambda _: 0)
    assert ask("batch", tmp_path / "list", "--column", "q", "--by", "year").out == long.out
    assert [row["n"] for row in rows(long.out)] == [str(n) for n in range(2_000)]
    assert {row["error"] != "" for row in rows(long.out)[3::4]} == {True}
