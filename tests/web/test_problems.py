"""What cannot be answered is a problem that says why: RFC 9457, everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

import searchidx
from searchidx.engines import query_limits
from searchidx.search import searcher
from searchidx.web import api

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "schemas" / "problem.json").read_text()))


@pytest.fixture(scope="module")
def problem(client: TestClient) -> Callable[..., dict[str, Any]]:
    """The problem that a request has, which is as its schema says."""

    def told(path: str, status: int, method: str = "GET", **extra: Any) -> dict[str, Any]:
        return as_problem(client.request(method, path, **extra), status)

    return told


def as_problem(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers
    document: dict[str, Any] = answer.json()
    SCHEMA.validate(document)
    assert document["status"] == status
    return document


@pytest.mark.parametrize(
    "operation", [each for each in api.OPERATIONS if each.name != "stats"], ids=lambda each: each.name
)
def test_a_bad_query_is_told_with_its_place(client: TestClient, corpus_index: Path, operation: api.Operation) -> None:
    query = '東京 AND (taiwan "strait'
    values = {"q": query, "id": "feeds/wire.jsonl#2", "field": "source"}
    asked = {each.name: values[each.name] for each in operation.parameters if each.name in values}
    if operation.name == "similar":
        return
    document = as_problem(client.get(f"/api/v1/{operation.name}", params=asked), 400)
    with searchidx.open(corpus_index) as archive, pytest.raises(searchidx.QueryError) as raised:
        archive.search(query)
    assert document["type"] == "urn:searchidx:problem:bad-query"
    assert document["query"] == query
    assert document["diagnostics"] == [each.to_dict() for each in raised.value.diagnostics]


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        ("search", "q", "q is missing"),
        ("search?q=a&q=b", "q", "q is given 2 times, more than once"),
        ("search?q=a&limit=ten", "limit", "limit is a whole number, not 'ten'"),
        ("search?q=a&limit=1_0", "limit", "limit is a whole number, not '1_0'"),
        ("search?q=a&limit=٣", "limit", "limit is a whole number, not '٣'"),
        ("search?q=a&limit=", "limit", "limit is a whole number, not ''"),
        ("search?q=a&limit=1e2", "limit", "limit is a whole number, not '1e2'"),
        ("search?q=a&limit=-1", "limit", "limit is 0 at least"),
        ("search?q=a&limit=1001", "limit", "limit is 1000 at most"),
        ("search?q=a&sort=newst", "sort",
         "sort is one of relevance, newest, oldest, headline, not 'newst': did you mean newest?"),
        ("search?q=a&lmit=3", "lmit", "lmit is none of q, sort, facet, limit, next: did you mean limit?"),
        ("search?q=a&facet=source&facet=title", "facet",
         "facet is one of source, section, language, byline, keyword, year, month, not 'title'"),
        ("groups?q=a&threshold=0", "threshold", "threshold is more than 0"),
        ("groups?q=a&threshold=nan", "threshold", "threshold is a number, not 'nan'"),
        ("groups?q=a&threshold=1e999", "threshold", "threshold is 1 at most"),
        ("timeline?q=a&count_words=yes", "count_words", "count_words is true or false, not 'yes'"),
        ("timeline?" + "&".join(["q=a"] * 21), "q", "q is given 21 times, more than 20"),
        ("facets?q=a", "field", "field is missing"),
        ("stats?a", "a", "a is none: there are none here"),
        ("search?q=a&next=b", "next", "next is what an answer to this very question gave"),
    ],
)  # fmt: skip
def test_a_bad_parameter_is_named(problem: Callable[..., Any], path: str, parameter: str, detail: str) -> None:
    document = problem(f"/api/v1/{path}", 400)
    assert (document["type"], document["parameter"]) == ("urn:searchidx:problem:bad-parameter", parameter)
    assert document["detail"] == detail


def test_half_a_letter_is_not_read_as_another(problem: Callable[..., Any]) -> None:
    for path in ("search?q=caf%E9", "search?q=%ED%A0%80", "%FF"):
        assert problem(f"/api/v1/{path}", 400)["detail"] == "the address is not UTF-8, %-encoded"


def test_what_is_not_there(problem: Callable[..., Any]) -> None:
    for name in ("article", "similar"):
        document = problem(f"/api/v1/{name}?id=no/such%20one", 404)
        assert (document["type"], document["id"]) == ("urn:searchidx:problem:unknown-id", "no/such one")
    for path in (
        "/api/v1/searches?q=a",
        "/api/v2/search?q=a",
        "/api",
        "/api/v1/article/feeds",
        "/api/v1/../../etc/passwd",
    ):
        assert problem(path, 404)["type"] == "urn:searchidx:problem:not-found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reading_is_answered(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/v1/search?q=nato")
    assert as_problem(answer, 405)["type"] == "urn:searchidx:problem:bad-method"
    assert {each.strip() for each in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


def test_what_is_too_large(problem: Callable[..., Any]) -> None:
    assert problem("/api/v1/search?q=" + "a" * 50_001, 414)["type"] == "urn:searchidx:problem:address-too-long"
    for body in (b"x" * 70_000, iter([b"x"])):
        document = problem("/api/v1/search?q=a", 413, content=body)
        assert document["type"] == "urn:searchidx:problem:body-too-large"


@pytest.mark.parametrize(
    ("query", "kind"),
    [("a*", "broad-pattern"), ("(a OR (b " * 60 + "c" + "))" * 60, "too-deep"), ("a b " * 6_000, "too-many-terms")],
)
def test_what_is_too_much_work_is_told_with_its_place(
    problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, query: str, kind: str
) -> None:
    monkeypatch.setattr(query_limits, "MAX_EXPANSION", 5)
    document = problem("/api/v1/search", 422, params={"q": query})
    assert document["type"] == "urn:searchidx:problem:too-much-work"
    (diagnostic,) = document["diagnostics"]
    assert diagnostic["kind"] == kind
    assert diagnostic["start"] < diagnostic["end"] <= len(query)


def test_what_takes_too_long_beside_the_search_is_of_the_query_too(
    problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> None:
        raise query_limits.timed_out(10, None)

    monkeypatch.setattr(searcher, "find_hints", slow)
    assert problem("/api/v1/search?q=nato", 422)["query"] == "nato"


def test_a_timeline_has_periods_that_somebody_reads(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(searchidx.Article("a", "oil", "", "0001-01-01"))
        writer.add(searchidx.Article("b", "oil", "", "9999-12-31"))
    client = client_of(tmp_path / "index")
    asked = {"q": "oil", "by": "day"}
    assert "3,652,059 periods" in as_problem(client.get("/api/v1/timeline", params=asked), 422)["detail"]
    assert client.get("/api/v1/timeline", params={**asked, "by": "year"}).status_code == 200


def test_so_many_occurrences_are_sorted(problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_SORTED", 10)
    document = problem("/api/v1/kwic?q=the&sort=left", 422)
    assert document["parameter"] == "sort"


def test_a_fault_is_told_as_one_without_its_words(
    client: TestClient, problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret words of a query")

    monkeypatch.setattr(searchidx.Archive, "search", broken)
    document = problem("/api/v1/search?q=a", 500)
    assert document["type"] == "urn:searchidx:problem:fault"
    assert "secret" not in json.dumps(document)
