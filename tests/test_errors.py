"""The exceptions: one tree, with their data, and the calls that raise them."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx import Article

EXCEPTIONS = (
    "QueryError", "ArticleError", "SourceError", "IndexNotFoundError", "IndexExistsError", "IndexVersionError",
    "CorruptIndexError", "IndexLockedError",
)  # fmt: skip


def every_error(folder: Path) -> list[searchidx.SearchidxError]:
    def query() -> None:
        searchidx.create(folder / "q").search("NATO AND (Japan")

    def version() -> None:
        searchidx.create(folder / "v")
        (folder / "v" / "manifest.json").write_text('{"format": "searchidx", "version": 9}')
        searchidx.open(folder / "v")

    def corrupt() -> None:
        (folder / "c").mkdir()
        (folder / "c" / "manifest.json").write_text("{")
        searchidx.open(folder / "c")

    def locked() -> None:
        archive = searchidx.create(folder / "l")
        with archive.writer():
            archive.writer()

    failing: list[Callable[[], Any]] = [
        query,
        lambda: Article(id="", headline="No id"),
        lambda: searchidx.build(folder / "missing", index=folder / "i"),
        lambda: searchidx.open(folder / "none"),
        lambda: searchidx.create(folder / "q"),
        version,
        corrupt,
        locked,
    ]
    caught = []
    for fail in failing:
        with pytest.raises(searchidx.SearchidxError) as error:
            fail()
        caught.append(error.value)
    return caught


def test_errors_share_a_root_and_can_be_copied(tmp_path: Path) -> None:
    errors = every_error(tmp_path)
    assert [type(error).__name__ for error in errors] == list(EXCEPTIONS)
    for error in errors:
        assert str(error)
        assert "\n" not in str(error)
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(twin) is type(error)
            assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_errors_carry_their_data(tmp_path: Path) -> None:
    query, article, source, *folders = every_error(tmp_path)
    assert isinstance(query, searchidx.QueryError)
    assert query.diagnostics[0].start == 9
    assert isinstance(article, searchidx.ArticleError)
    assert (article.field, article.value) == ("id", "")
    assert isinstance(article, ValueError)
    assert isinstance(source, searchidx.SourceError)
    assert source.place == str(tmp_path / "missing")
    assert all(isinstance(error.path, Path) for error in folders)


def test_create_on_a_file_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(searchidx.SearchidxError):
        searchidx.create(tmp_path / "file")


@pytest.mark.parametrize(
    "values",
    [
        {"id": "a"},
        {"id": "a", "headline": " ", "body": "\n"},
        {"id": "a\nb", "headline": "x"},
        {"id": 7, "headline": "x"},
        {"id": "a", "headline": "x", "date": "2023-13"},
        {"id": "a", "headline": "x", "date": "yesterday"},
        {"id": "a", "headline": "x", "keywords": "one, two"},
        {"id": "a", "headline": "half \ud83d"},
    ],
    ids=str,
)
def test_invalid_articles_raise(values: dict[str, Any]) -> None:
    with pytest.raises(searchidx.ArticleError):
        Article(**values)
