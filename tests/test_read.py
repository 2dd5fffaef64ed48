"""`searchidx.read`: the articles of one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx import Article


@pytest.mark.parametrize(
    ("name", "count", "id"),
    [
        ("text/squid-boats.txt", 1, "squid-boats.txt"),
        ("feeds/ledger.jsonl", 5, "el-01"),
        ("feeds/wire.jsonl", 5, "wire.jsonl#1"),
        ("feeds/exchange.jsonl.gz", 5, "lt-21"),
        ("pages/deich.html", 1, "deich.html"),
    ],
)
def test_read_yields_the_articles_of_a_file(corpus: Path, name: str, count: int, id: str) -> None:
    articles = list(searchidx.read(str(corpus / name)))
    assert len(articles) == count
    assert id in [article.id for article in articles]
    assert all(article.headline and type(article) is Article for article in articles)


def test_read_uses_the_given_url(corpus: Path) -> None:
    [article] = searchidx.read(corpus / "text" / "squid-boats.txt", url="https://example.org/squid")
    assert article.url == "https://example.org/squid"


@pytest.mark.parametrize("name", ["missing.txt", "", "empty.txt", "binary.txt"])
def test_read_raises_for_unreadable_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(searchidx.SourceError) as caught:
        list(searchidx.read(tmp_path / name))
    assert caught.value.place == str(tmp_path / name)


def test_read_reports_skipped_records(tmp_path: Path, put: Callable[..., Path]) -> None:
    path = put(tmp_path, "feed.jsonl", '{"id": "a", "headline": "A"}\n{"id": "b"\n7\n')
    skipped: list[Any] = []
    assert [article.id for article in searchidx.read(path, on_skip=skipped.append)] == ["a"]
    assert [skip.place for skip in skipped] == ["feed.jsonl:2"]


def test_file_with_only_bad_records_raises(tmp_path: Path, put: Callable[..., Path]) -> None:
    path = put(tmp_path, "feed.jsonl", '{"id": "a"\n{"id": "b"\n')
    with pytest.raises(searchidx.SourceError):
        list(searchidx.read(path))
