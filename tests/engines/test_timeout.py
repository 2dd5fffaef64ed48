"""Any work stops at the time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx.engines import timeout
from searchidx.query import Kind

OPERATIONS: dict[str, Callable[[searchidx.Archive, str], object]] = {
    "search": lambda archive, query: archive.search(query).to_dicts(),
    "headline": lambda archive, query: archive.search(query, sort="headline").total,
    "ids": lambda archive, query: archive.ids(query),
    "hits": lambda archive, query: [hit.to_dict() for hit in archive.hits(query)],
    "groups": lambda archive, query: archive.groups(query, 0.1).to_dicts(),
    "kwic": lambda archive, query: list(archive.kwic(query)),
    "facet": lambda archive, query: archive.facet(query, "byline"),
    "timeline": lambda archive, query: archive.timeline(query, count_words=True),
    "terms": lambda archive, query: archive.terms(query),
    "ngrams": lambda archive, query: archive.ngrams(query),
    "compare": lambda archive, query: archive.compare(query, "nato"),
    "explain": lambda archive, query: archive.explain(query),
    "similar": lambda archive, query: archive.similar("hg-1001").total,
}
QUERIES = ["the", "a OR the", "strait*", "/na.o/", "japan~", '"the sea"', "the w/5 of", "atleast3(the)", "-nato", "b*t"]


@pytest.fixture(scope="module")
def archive(corpus_index: object) -> searchidx.Archive:
    return searchidx.open(str(corpus_index))


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("query", QUERIES)
def test_slow_operation_ends_with_an_error_at_its_place(archive: searchidx.Archive, name: str, query: str) -> None:
    with timeout.limit(60):
        expected = OPERATIONS[name](archive, query)
    with timeout.limit(-1), pytest.raises(searchidx.QueryError) as raised:
        OPERATIONS[name](archive, query)
    (diagnostic,) = [each for each in raised.value.diagnostics if each.is_error]
    assert diagnostic.kind is Kind.TOO_MUCH_WORK
    assert "-1 seconds" in diagnostic.message
    if name != "similar":
        assert raised.value.query == query
        assert 0 <= diagnostic.start <= diagnostic.end <= len(query)
    assert OPERATIONS[name](archive, query) == expected  # the limit is gone


@pytest.mark.parametrize("query", ["the w/1000 of", "the w/s of", "((the w/9 of) w/9 a) w/9 x", "the NOT w/9 of"])
def test_highlighting_one_long_article_ends_at_the_limit(tmp_path: Path, query: str) -> None:
    """In a long article the pairs of a proximity grow with the square of the words."""
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        writer.add(searchidx.Article("long", "The", "the of a x " * 20_000))
    archive.refresh()
    assert archive.marked("long", "the")[1].spans[-1] == (219_989, 219_992)
    with timeout.limit(0.1), pytest.raises(searchidx.QueryError) as raised:
        archive.marked("long", query)
    assert raised.value.diagnostics[-1].kind is Kind.TOO_MUCH_WORK


def test_innermost_limit_applies() -> None:
    with timeout.limit(60):
        with timeout.limit(-1), pytest.raises(searchidx.QueryError):
            timeout.check()
        timeout.check()
    timeout.check()


def test_limit_applies_to_its_thread_only() -> None:
    ended = []

    def other() -> None:
        timeout.check()
        ended.append(True)

    with timeout.limit(-1):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(30)
    assert ended == [True]
