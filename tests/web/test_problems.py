"""Every error is a problem document (RFC 9457)."""

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
from searchidx.web.operation import Operation

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "schemas" / "problem.json").read_text()))


@pytest.fixture(scope="module")
def problem(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Make a request; return its problem document, checked against the schema."""

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
    "operation",
    [each for each in api.OPERATIONS if each.method == "GET" and "q" in [p.name for p in each.parameters]],
    ids=lambda each: each.name,
)
def test_invalid_query_is_reported_with_its_place(client: TestClient, corpus_index: Path, operation: Operation) -> None:
    query = '東京 AND (taiwan "strait'
    values = {"q": query, "id": "feeds/wire.jsonl#2", "field": "source"}
    asked = {each.name: values[each.name] for each in operation.parameters if each.name in values}
    document = as_problem(client.get(f"/api/v1/{operation.name}", params=asked), 400)
    with searchidx.open(corpus_index) as archive, pytest.raises(searchidx.QueryError) as raised:
        archive.search(query)
    assert document["type"] == "urn:searchidx:problem:bad-query"
    assert document["query"] == query
    assert document["diagnostics"] == [each.to_dict() for each in raised.value.diagnostics]


@pytest.mark.parametrize(
    ("path", "parameter", "detail"),
    [
        ("search", "q", "the parameter q is missing"),
        ("search?q=a&q=b", "q", "the parameter q is given 2 times; at most once is allowed"),
        ("search?q=a&limit=ten", "limit", "the parameter limit must be a whole number, not 'ten'"),
        ("search?q=a&limit=1_0", "limit", "the parameter limit must be a whole number, not '1_0'"),
        ("search?q=a&limit=٣", "limit", "the parameter limit must be a whole number, not '٣'"),
        ("search?q=a&limit=", "limit", "the parameter limit must be a whole number, not ''"),
        ("search?q=a&limit=1e2", "limit", "the parameter limit must be a whole number, not '1e2'"),
        ("search?q=a&limit=-1", "limit", "the parameter limit must be at least 0"),
        ("search?q=a&limit=1001", "limit", "the parameter limit must be at most 1000"),
        ("search?q=a&sort=newst", "sort",
         "the parameter sort must be one of relevance, best, fresh, newest, oldest, headline, "
         "not 'newst': did you mean newest?"),
        ("search?q=a&lmit=3", "lmit",
         "the parameter lmit is not one of q, all_versions, sort, facet, limit, next: did you mean limit?"),
        ("search?q=a&facet=source&facet=title", "facet",
         "the parameter facet must be one of source, section, edition, language, byline, keyword, year, month, "
         "label, not 'title'"),
        ("groups?q=a&threshold=0", "threshold", "the parameter threshold must be more than 0"),
        ("groups?q=a&threshold=nan", "threshold", "the parameter threshold must be a number, not 'nan'"),
        ("groups?q=a&threshold=1e999", "threshold", "the parameter threshold must be at most 1"),
        ("timeline?q=a&count_words=yes", "count_words", "the parameter count_words must be true or false, not 'yes'"),
        ("timeline?" + "&".join(["q=a"] * 21), "q", "the parameter q is given 21 times; at most 20 times is allowed"),
        ("facets?q=a", "field", "the parameter field is missing"),
        ("stats?a", "a", "the parameter a is unknown: this address has no parameters"),
        ("search?q=a&next=b", "next",
         "the parameter next must come from an answer to a request with the same parameters"),
    ],
)  # fmt: skip
def test_invalid_parameter_is_named(problem: Callable[..., Any], path: str, parameter: str, detail: str) -> None:
    document = problem(f"/api/v1/{path}", 400)
    assert (document["type"], document["parameter"]) == ("urn:searchidx:problem:bad-parameter", parameter)
    assert document["detail"] == detail


def test_invalid_utf8_in_address_is_rejected(problem: Callable[..., Any]) -> None:
    for path in ("search?q=caf%E9", "search?q=%ED%A0%80", "%FF"):
        assert problem(f"/api/v1/{path}", 400)["detail"] == "the address is not percent-encoded UTF-8"


def test_unknown_id_and_path_are_404(problem: Callable[..., Any]) -> None:
    for address in ("article?", "similar?", "score?q=nato&"):
        document = problem(f"/api/v1/{address}id=no/such%20one", 404)
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
def test_other_methods_are_405(client: TestClient, method: str) -> None:
    answer = client.request(method, "/api/v1/search?q=nato")
    assert as_problem(answer, 405)["type"] == "urn:searchidx:problem:bad-method"
    assert {each.strip() for each in answer.headers["allow"].split(",")} == {"GET", "HEAD"}


def test_long_address_and_body_are_rejected(problem: Callable[..., Any]) -> None:
    assert problem("/api/v1/search?q=" + "a" * 50_001, 414)["type"] == "urn:searchidx:problem:address-too-long"
    for body in (b"x" * 70_000, iter([b"x"])):
        document = problem("/api/v1/search?q=a", 413, content=body)
        assert document["type"] == "urn:searchidx:problem:body-too-large"


@pytest.mark.parametrize(
    ("query", "kind"),
    [("a*", "broad-pattern"), ("(a OR (b " * 60 + "c" + "))" * 60, "too-deep"), ("a b " * 6_000, "too-many-terms")],
)
def test_costly_query_is_422_with_its_place(
    problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, query: str, kind: str
) -> None:
    monkeypatch.setattr(query_limits, "MAX_EXPANSION", 5)
    document = problem("/api/v1/search", 422, params={"q": query})
    assert document["type"] == "urn:searchidx:problem:too-much-work"
    (diagnostic,) = document["diagnostics"]
    assert diagnostic["kind"] == kind
    assert diagnostic["start"] < diagnostic["end"] <= len(query)


def test_timeout_in_hints_names_the_query(problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise query_limits.timed_out(10, None)

    monkeypatch.setattr(searcher, "find_hints", slow)
    assert problem("/api/v1/search?q=nato", 422)["query"] == "nato"


def test_timeline_of_too_many_periods_is_422(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(searchidx.Article("a", "oil", "", "0001-01-01"))
        writer.add(searchidx.Article("b", "oil", "", "9999-12-31"))
    client = client_of(tmp_path / "index")
    asked = {"q": "oil", "by": "day"}
    assert "3,652,059 periods" in as_problem(client.get("/api/v1/timeline", params=asked), 422)["detail"]
    assert client.get("/api/v1/timeline", params={**asked, "by": "year"}).status_code == 200


def test_sorting_too_many_occurrences_is_422(problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_SORTED_LINES", 10)
    document = problem("/api/v1/kwic?q=the&sort=left", 422)
    assert document["parameter"] == "sort"


def test_internal_error_hides_its_message(
    client: TestClient, problem: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret words of a query")

    monkeypatch.setattr(searchidx.Archive, "search", broken)
    document = problem("/api/v1/search?q=a", 500)
    assert document["type"] == "urn:searchidx:problem:fault"
    assert "secret" not in json.dumps(document)
