"""Versions over HTTP: history, diff, and searches of all versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx.render import serialize
from searchidx.versions import to_former_text

TEXTS = [searchidx.Article("a", "Rates", f"The bank {verb}.") for verb in ("rose", "fell", "sank")]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("history") / "index"
    with searchidx.create(index).writer() as writer:
        writer.add(TEXTS[-1])
        for number in range(2):
            writer.keep(to_former_text(TEXTS[number], TEXTS[number + 1], f"2023-02-0{number + 1}T00:00:00Z", ""))
    return index


@pytest.fixture(scope="module")
def client(client_of: Callable[..., TestClient], index: Path) -> Iterator[TestClient]:
    with client_of(index) as found:
        yield found


def test_history_and_difference_equal_the_library(client: TestClient, index: Path) -> None:
    archive = searchidx.open(index)
    assert client.get("/api/v1/history?id=a").json() == serialize.history_json(archive.history("a"))
    for query, pair in (("", ()), ("&former=1", (1,)), ("&former=1&latter=2", (1, 2))):
        expected = json.loads(json.dumps(serialize.difference_json(archive.diff("a", *pair))))
        assert client.get(f"/api/v1/diff?id=a{query}").json() == expected


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("history?id=nobody", 404, "unknown-id"),
        ("diff?id=nobody", 404, "unknown-id"),
        ("diff?id=a&former=9", 404, "unknown-version"),
        ("diff?id=a&former=0", 400, "bad-parameter"),
        ("history", 400, "bad-parameter"),
    ],
)
def test_unknown_articles_and_versions_are_problems(client: TestClient, path: str, status: int, kind: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.json()["type"].endswith(f":{kind}")


def test_all_versions_are_searched_page_by_page(client: TestClient) -> None:
    assert client.get("/api/v1/search?q=bank").json()["total"] == 1
    page = client.get("/api/v1/search?q=bank&all_versions=true&limit=2&facet=year").json()
    assert page["total"] == 3
    rest = client.get(
        "/api/v1/search",
        params={"q": "bank", "all_versions": "true", "limit": 2, "facet": "year", "next": page["next"]},
    )
    versions = [hit["version"] for hit in (*page["hits"], *rest.json()["hits"])]
    assert sorted(versions) == [1, 2, 3]
    lines = client.get("/api/v1/hits?q=bank&all_versions=true").text.splitlines()
    assert len(lines) == 3
    assert client.get("/api/v1/groups?q=bank&all_versions=true").json()["total"] == 3
    assert client.get("/api/v1/search?q=first:rose%20changed:body").json()["total"] == 1


@pytest.mark.parametrize("sort", ["", "&sort=oldest"])
def test_all_versions_are_exported_with_their_numbers(client: TestClient, sort: str) -> None:
    lines = client.get(f"/api/v1/export?q=bank&all_versions=true{sort}").text.splitlines()
    found = {(article["provenance"]["version"], article["body"]) for article in map(json.loads, lines)}
    assert found == {(str(number), text.body) for number, text in enumerate(TEXTS, 1)}
    (line,) = client.get(f"/api/v1/export?q=bank{sort}").text.splitlines()
    assert "version" not in json.loads(line).get("provenance", {})


def test_list_is_answered_over_all_versions(client: TestClient) -> None:
    for option, total in (("", 0), ("?all_versions=true", 1)):
        answer = client.post(f"/api/v1/batch{option}", content="rose\n", headers={"Content-Type": "text/plain"})
        assert json.loads(answer.text)["total"] == total


def test_etag_changes_with_a_former_text(client_of: Callable[..., TestClient], tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(TEXTS[1])
    with client_of(tmp_path / "index") as client:
        before = client.get("/api/v1/history?id=a")
        with searchidx.open(tmp_path / "index") as archive, archive.writer() as writer:
            writer.keep(to_former_text(TEXTS[0], TEXTS[1], "", ""))
        after = client.get("/api/v1/history?id=a", headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert len(after.json()["versions"]) == 2


def test_cluster_says_that_it_keeps_no_versions(
    client_of: Callable[..., TestClient], request: pytest.FixtureRequest
) -> None:
    index = request.getfixturevalue("on_cluster")
    with searchidx.create(index).writer() as writer:
        writer.add(TEXTS[0])
    with client_of(index) as client:
        answer = client.get("/api/v1/search?q=versions:>1")
        assert answer.status_code == 403
        assert answer.json()["type"].endswith(":unsupported")
