"""CSV and TSV tables, as databases and spreadsheets export them."""

from __future__ import annotations

import csv
import gzip
import io
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import Item, read_source, write_source

import searchidx
from searchidx import Article
from searchidx.sources import Skip

ROWS = [
    {"id": "r1", "Title": "River Rises", "Text": "Rain fell.\nThe mill, cut off.", "pubDate": "2023-02-01"},
    {"id": "m1", "Title": 'The "old" mill; opened', "Text": "Café | bar.", "pubDate": "1 May 2023"},
]
ARTICLES = [
    Article("r1", "River Rises", "Rain fell.\nThe mill, cut off.", "2023-02-01", path="a.csv"),
    Article("m1", 'The "old" mill; opened', "Café | bar.", "2023-05-01", path="a.csv"),
]


def table(delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(ROWS[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue()


def read(folder: Path, data: str | bytes, name: str = "a.csv") -> list[Item]:
    return read_source(folder, data, name)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_table_is_read_with_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    assert read(tmp_path, table(delimiter)) == ARTICLES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_table_is_read_in_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, table(";").encode(encoding)) == ARTICLES


def test_compressed_table_is_read_without_a_suffix(tmp_path: Path) -> None:
    found = read(tmp_path, gzip.compress(table().encode()), "export")
    assert [article.headline for article in found if isinstance(article, Article)] == ["River Rises", ROWS[1]["Title"]]


def test_provenance_is_the_column(tmp_path: Path) -> None:
    (first, *_) = read(tmp_path, table())
    assert isinstance(first, Article)
    assert first.provenance == {"headline": "Title", "body": "Text", "date": "pubDate"}


def test_invalid_row_is_skipped_alone(tmp_path: Path) -> None:
    data = "id,headline,date\na,One,2023-02-01\nb,Two,2023-02-30\nc,Three,2023,x\n\nd,,\ne,Five\n"
    found = read(tmp_path, data)
    assert [each.id if isinstance(each, Article) else each.place for each in found] == [
        "a", "b", "a.csv:3 (b)", "a.csv:4", "a.csv:6 (d)", "e",
    ]  # fmt: skip
    assert [each.reason for each in found if isinstance(each, Skip)][1:] == [
        "the row has 4 cells, and there are 3 columns",
        "an article needs a headline or a body, and this one has neither",
    ]


def test_row_without_an_id_is_named_by_its_line(tmp_path: Path) -> None:
    data = 'headline,body\nOne,"two\nlines"\nTwo,x\n'
    assert [article.id for article in searchidx.read(write_source(tmp_path, "a.csv", data))] == ["a.csv#2", "a.csv#4"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "it is empty"),
        ("name of ship,tons\nAnna,12\n", "its first line names no column headline or body: 'name of ship,tons'"),
    ],
)
def test_table_without_articles_gives_a_reason(tmp_path: Path, data: str, reason: str) -> None:
    assert read(tmp_path, data) == [Skip("a.csv", reason)]


def test_prose_is_not_a_table(tmp_path: Path) -> None:
    (article,) = read(tmp_path, "Author, author\n\nThe crowd called for more.\n", "a.txt")
    assert isinstance(article, Article)
    assert article.headline == "Author, author"


def test_long_cell_is_read(tmp_path: Path) -> None:
    (article,) = read(tmp_path, f"headline,body\nOne,{'word ' * 100_000}\n")
    assert isinstance(article, Article)
    assert article.body.count("word") == 100_000


@settings(max_examples=150)
@given(st.data())
def test_any_damage_gives_articles_or_skips(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(table().encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    for found in read(tmp_path_factory.getbasetemp(), bytes(whole)):
        assert isinstance(found, (Article, Skip))


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (['1,"one', "2,two", "3,three"], [":2", "two", "three"]),
        (["1,one", '2,"two', "3,three", '4,"four"', "5,five"], ["one", ":3", "three", "four", "five"]),
        (['1,"one', '2,"two', '3,"three"'], [":2", ":3", "three"]),
        (['1,"one\nand more"', '2,"two ""quoted"""'], ["one\nand more", 'two "quoted"']),
        (['1,"one" more', '2,a "quoted" word'], ["one more", 'a "quoted" word']),
    ],
)
def test_quote_that_is_not_closed_costs_its_row(tmp_path: Path, rows: list[str], found: list[str]) -> None:
    items = read_source(tmp_path, "\n".join(["id,text", *rows]) + "\n", "a.csv")
    assert [each.body if isinstance(each, Article) else each.place.removeprefix("a.csv") for each in items] == found


def test_many_open_quotes_take_bounded_time(tmp_path: Path) -> None:
    start = time.process_time()
    read_source(tmp_path, "id,text\n" + '1,"one\n' * 20_000, "a.csv")
    assert time.process_time() - start < 20
