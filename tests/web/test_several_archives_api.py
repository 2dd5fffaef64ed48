"""Several archives, served as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx import Article


@pytest.fixture
def client(tmp_path: Path, client_of: Callable[..., TestClient]) -> Iterator[TestClient]:
    """A client of two archives, each with a label on an article that both have."""
    for name, ids in (("old", ["a/1", "b"]), ("new", ["b", "c"])):
        with searchidx.create(tmp_path / name) as archive:
            with archive.writer() as writer:
                for id in ids:
                    writer.add(Article(id, f"Rain in {name}", "Rain fell."))
            archive.workspace.labels.add(f"seen@{name}", ["b"])
            archive.workspace.notes.set("b", f"note of {name}")
    with client_of(tmp_path / "old", tmp_path / "new") as found:
        yield found


def test_search_finds_articles_of_all_archives(client: TestClient) -> None:
    found = client.get("/api/v1/search", params={"q": "rain", "limit": 3}).json()
    assert found["total"] == 4
    more = client.get("/api/v1/search", params={"q": "rain", "limit": 3, "next": found["next"]}).json()
    assert [hit["id"] for hit in found["hits"] + more["hits"]] == ["a/1", "old:b", "new:b", "c"]
    assert client.get("/api/v1/stats").json()["articles"] == 4


def test_article_is_found_by_its_prefixed_id(client: TestClient) -> None:
    assert client.get("/api/v1/article", params={"id": "new:b"}).json()["headline"] == "Rain in new"
    assert client.get("/api/v1/note", params={"id": "new:b"}).json()["text"] == "note of new"
    page = client.get("/", params={"q": "rain"})
    assert page.status_code == 200
    assert "new%3Ab" in page.text or "new:b" in page.text


@pytest.mark.parametrize("operation", ["article", "similar"])
def test_ambiguous_id_is_a_problem_that_names_the_articles(client: TestClient, operation: str) -> None:
    found = client.get(f"/api/v1/{operation}", params={"id": "b"})
    assert found.status_code == 404
    assert found.json()["type"] == "urn:searchidx:problem:ambiguous-id"
    assert found.json()["ids"] == ["old:b", "new:b"]


def test_labels_of_all_workspaces_are_shown(client: TestClient) -> None:
    assert client.get("/api/v1/hits", params={"q": "label:seen@*", "format": "ids"}).text == "old:b\nnew:b\n"
    labels = client.get("/api/v1/labels").json()
    assert [(each["name"], each["articles"]) for each in labels["labels"]] == [("seen@new", 1), ("seen@old", 1)]


def test_alerts_of_several_archives_are_a_problem(client: TestClient) -> None:
    found = client.get("/api/v1/alerts")
    assert (found.status_code, found.json()["type"]) == (403, "urn:searchidx:problem:unsupported")


@pytest.mark.parametrize("address", ["/", "/?q=rain", "/article?id=new:b", "/?view=words&q=rain"])
def test_page_shows_several_archives(client: TestClient, address: str) -> None:
    page = client.get(address)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "problem" not in page.text


def test_archives_of_a_cluster_are_served_as_one(on_cluster: str, client_of: Callable[..., TestClient]) -> None:
    locations = [f"{on_cluster}-{name}" for name in ("new", "old")]
    for location in locations:
        with searchidx.create(location).writer() as writer:
            for id in ("a", location[-3:]):
                writer.add(Article(id, f"Rain in {location[-3:]}", "Rain fell."))
    with client_of(*locations) as client:
        assert client.get("/").status_code == 200
        assert "Rain in new" in client.get("/?q=rain").text
        ids = client.get("/api/v1/hits", params={"q": "rain", "format": "ids"}).text.split()
        names = [location.rpartition("/")[2] for location in locations]
        assert sorted(ids) == sorted([f"{names[0]}:a", "new", f"{names[1]}:a", "old"])
        tag = client.get("/api/v1/search", params={"q": "rain"}).headers["etag"]
        with searchidx.open(locations[1]) as archive, archive.writer() as writer:
            writer.delete("a")
        found = client.get("/api/v1/search", params={"q": "rain"}, headers={"If-None-Match": tag})
        assert (found.status_code, found.json()["total"]) == (200, 3)


def test_commit_of_one_archive_shows_with_the_next_request(client: TestClient, tmp_path: Path) -> None:
    tag = client.get("/api/v1/search", params={"q": "rain"}).headers["etag"]
    with searchidx.open(tmp_path / "new") as archive, archive.writer() as writer:
        writer.add(Article("d", "Rain again"))
    found = client.get("/api/v1/search", params={"q": "rain"}, headers={"If-None-Match": tag})
    assert (found.status_code, found.json()["total"]) == (200, 5)
    tag = found.headers["etag"]
    with searchidx.open(tmp_path / "old") as archive:
        archive.workspace.labels.add("seen", ["a/1"])
    assert client.get("/api/v1/search", params={"q": "rain"}, headers={"If-None-Match": tag}).status_code == 200
