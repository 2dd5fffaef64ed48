"""The HTTP API gives the answers of the library, in pages and as streams."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx import Archive
from searchidx.export.export_formats import EXPORT_FORMATS, export_lines
from searchidx.render import serialize
from searchidx.search.aggregations import FACETS
from searchidx.web import api, operation

QUERIES = [
    "nato",
    '"Taiwan Strait"',
    "bank* OR election",
    "-nato",
    "nosuchwordanywhere",
    "日本",
    "date:2023 sort",
    "a w/5 b",
]


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> Archive:
    return searchidx.open(corpus_index)


@pytest.fixture(scope="module")
def ask(client: TestClient) -> Callable[..., Any]:
    """Request an operation; asserts that it succeeds."""

    def asked(name: str, **values: object) -> Any:
        found = client.get(f"/api/v1/{name}", params=values)
        assert found.status_code == 200, found.text
        return found

    return asked


@pytest.mark.parametrize("query", QUERIES)
def test_json_equals_the_library(ask: Callable[..., Any], archive: Archive, query: str) -> None:
    hits = archive.search(query, limit=1000, sort="oldest")
    assert ask("search", q=query, limit=1000, sort="oldest").json() == {
        **serialize.hits_json(hits, query),
        "next": None,
    }
    groups = archive.groups(query, 0.5, limit=1000)
    assert ask("groups", q=query, limit=1000, threshold=0.5).json() == {
        **serialize.groups_json(groups, query),
        "next": None,
    }
    facets = [archive.facet(query, field) for field in FACETS]
    assert ask("facets", q=query, field=FACETS).json() == serialize.facets_json(facets)
    assert ask("search", q=query, facet=FACETS).json()["facets"] == serialize.facets_json(facets)["facets"]
    timeline = archive.timeline(query, "strait", by="year", count_words=True)
    assert ask("timeline", q=[query, "strait"], by="year", count_words="true").json() == serialize.timeline_json(
        timeline
    )
    assert ask("terms", q=query, limit=7).json() == serialize.words_json(archive.terms(query, limit=7), query)
    ngrams = archive.ngrams(query, limit=7, sizes=[2, 3], common=True)
    assert ask("ngrams", q=query, limit=7, size=[2, 3], common="true").json() == serialize.ngrams_json(ngrams)
    comparison = archive.compare(query, "strait", limit=7, by="month")
    asked = ask("compare", a=query, b="strait", limit=7, by="month")
    assert asked.json() == serialize.comparison_json(comparison)
    assert ask("explain", q=query).json() == serialize.explanation_json(archive.explain(query))


def test_article_json_equals_the_library(ask: Callable[..., Any], archive: Archive) -> None:
    for id in archive.ids("nato OR strait"):
        article = archive.get(id)
        assert article is not None
        assert ask("article", id=id).json() == serialize.article_json(article, None, None)
        marked = archive.marked(id, "nato OR strait")
        assert ask("article", id=id, q="nato OR strait").json() == serialize.article_json(
            article, marked, "nato OR strait"
        )
        assert ask("similar", id=id, limit=4).json() == serialize.hits_json(archive.similar(id, limit=4), id)
        explained = archive.explain_score("nato OR strait", id)
        assert ask("score", q="nato OR strait", id=id).json() == serialize.score_json(explained)
    assert ask("stats").json() == serialize.stats_json(archive.stats())


@pytest.mark.parametrize("query", QUERIES)
def test_streams_equal_the_command_line(ask: Callable[..., Any], archive: Archive, query: str) -> None:
    def lines(found: Iterator[str], end: str = "\n") -> str:
        return "".join(line + end for line in found)

    hits = archive.search(query, limit=None, sort="newest")
    found = {form: ask("hits", q=query, sort="newest", format=form).text for form in ("jsonl", "csv", "ids")}
    assert found == {
        "jsonl": lines(serialize.hits_jsonl(hits)),
        "csv": lines(serialize.hits_csv(hits), "\r\n"),
        "ids": lines(hit.id for hit in hits),
    }
    for form in EXPORT_FORMATS:
        assert ask("export", q=query, format=form).text == "".join(export_lines(archive.articles(query), form))
    for sort in ("left", "right", "date"):
        kwic = list(archive.kwic(query, width=20, sort=sort))
        assert ask("kwic", q=query, width=20, sort=sort).text == lines(serialize.kwic_jsonl(kwic))
        assert ask("kwic", q=query, width=20, sort=sort, limit=2, format="csv").text == lines(
            serialize.kwic_csv(kwic[:2]), "\r\n"
        )
    assert ask("timeline", q=query, format="csv").text == lines(serialize.timeline_csv(archive.timeline(query)), "\r\n")
    assert ask("terms", q=query, format="csv").text == lines(serialize.words_csv(archive.terms(query)), "\r\n")
    assert ask("ngrams", q=query, format="csv").text == lines(serialize.ngrams_csv(archive.ngrams(query)), "\r\n")
    comparison = archive.compare(query, "strait")
    for timeline, written in (("false", serialize.comparison_csv), ("true", serialize.compared_timeline_csv)):
        csv = ask("compare", a=query, b="strait", timeline=timeline, format="csv")
        assert csv.text == lines(written(comparison), "\r\n")
    facets = [archive.facet(query, "source")]
    assert ask("facets", q=query, field="source", format="csv").text == lines(serialize.facets_csv(facets), "\r\n")


@pytest.mark.parametrize(("name", "values"), [("search", {}), ("groups", {"threshold": 0.3})])
@pytest.mark.parametrize("sort", ["relevance", "best", "fresh", "oldest", "headline"])
def test_pages_together_hold_every_hit_once(
    client: TestClient, ask: Callable[..., Any], name: str, values: dict[str, object], sort: str
) -> None:
    """Follow tokens and links; together the pages equal one page with all hits."""
    asked = {"q": "the OR a", "sort": sort, **values}
    key = "hits" if name == "search" else "groups"
    whole = ask(name, **asked, limit=1000).json()
    assert len(whole[key]) > 20
    for limit in (7, 10):
        page = ask(name, **asked, limit=limit)
        seen = page.json()[key]
        while (token := page.json()["next"]) is not None:
            link = page.headers["link"]
            page = ask(name, **asked, limit=limit, next=token)
            assert link.endswith('>; rel="next"')
            assert client.get(link[1 : link.index(">")]).json() == page.json()
            seen += page.json()[key]
        assert "link" not in page.headers
        assert seen == whole[key]


def test_empty_page_has_no_next(ask: Callable[..., Any]) -> None:
    page = ask("search", q="the", limit=0)
    assert page.json()["hits"] == []
    assert page.json()["total"] > 0
    assert page.json()["next"] is None


@pytest.mark.parametrize("values", [{"q": "an"}, {"sort": "newest"}, {"facet": "source"}])
def test_page_token_of_another_request_is_rejected(
    client: TestClient, ask: Callable[..., Any], values: dict[str, str]
) -> None:
    asked = {"q": "the", "limit": 3}
    token = ask("search", **asked).json()["next"]
    assert ask("search", **asked, next=token).json()["hits"]
    for other in ({**asked, **values, "next": token}, {**asked, "next": token[:-2] + "xx"}, {**asked, "next": "é"}):
        found = client.get("/api/v1/search", params=other)
        assert (found.status_code, found.json()["parameter"]) == (400, "next")


def test_relative_dates_stay_fixed_across_pages(
    client_of: Callable[..., TestClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`date:yesterday` is the same day on the second page, even if midnight has passed."""
    with searchidx.create(tmp_path / "index").writer() as writer:
        for number, day in enumerate((1, 1, 2, 2), 1):
            writer.add(searchidx.Article(f"a{number}", "oil", "", f"2023-02-{day:02}"))
    client = client_of(tmp_path / "index")

    class Day(dt.date):
        now = dt.date(2023, 2, 2)

        @classmethod
        def today(cls) -> dt.date:  # type: ignore[override]
            return cls.now

    monkeypatch.setattr(operation, "dt", SimpleNamespace(date=Day))
    asked = {"q": "date:yesterday", "limit": 1}
    first = client.get("/api/v1/search", params=asked).json()
    Day.now = dt.date(2023, 2, 3)
    second = client.get("/api/v1/search", params={**asked, "next": first["next"]}).json()
    assert [first["hits"][0]["id"], second["hits"][0]["id"]] == ["a1", "a2"]
    assert client.get("/api/v1/search", params=asked).json()["hits"][0]["id"] == "a3"


def test_matching_etag_gets_304(client: TestClient, archive: Archive) -> None:
    for path in ("search?q=nato", "export?q=nato", "stats", "hits?q=nato&format=csv"):
        first = client.get(f"/api/v1/{path}")
        tag = first.headers["etag"]
        assert archive.fingerprint in tag
        for shown in (tag, f'"other", {tag}', f"W/{tag}"):
            again = client.get(f"/api/v1/{path}", headers={"If-None-Match": shown})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        for shown in ('"other"', tag[1:-1], ""):
            again = client.get(f"/api/v1/{path}", headers={"If-None-Match": shown})
            assert (again.status_code, again.content) == (200, first.content)


VALUES = {"q": "nato", "id": "feeds/wire.jsonl#2", "field": "source"}
READ = [
    op
    for op in api.OPERATIONS
    if op.method == "GET" and {each.name for each in op.parameters if each.required} <= VALUES.keys()
]
"""Operations that need neither a label nor an alert: those are tested with a workspace."""


@pytest.mark.parametrize("op", READ, ids=lambda op: op.name)
def test_head_equals_get_without_body(client: TestClient, op: operation.Operation) -> None:
    asked = {each.name: VALUES[each.name] for each in op.parameters if each.required}
    head = client.head(f"/api/v1/{op.name}", params=asked)
    get = client.get(f"/api/v1/{op.name}", params=asked)
    assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["etag"] == get.headers["etag"]


def test_api_root_redirects_to_openapi_document(client: TestClient) -> None:
    found = client.get("/api/v1", follow_redirects=True)
    assert found.json()["openapi"] == "3.1.0"
    assert json.loads(Path(api.__file__).with_name("openapi.json").read_text()) == found.json()
