"""A request sees the last commit; a running one keeps its snapshot."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from servers import Server, ask
from starlette.testclient import TestClient

import searchidx
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.web import snapshots

ADD = """
import sys, searchidx
with searchidx.open(sys.argv[1]) as archive, archive.writer() as writer:
    for number in range(int(sys.argv[2]), int(sys.argv[3])):
        writer.add(searchidx.Article(f"a{number}", f"Oil {number}", "Text of an article. " * 40, "2023-02-01"))
"""

Process = Callable[..., Any]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of ten articles."""
    with searchidx.create(tmp_path / "index").writer() as writer:
        for number in range(10):
            writer.add(searchidx.Article(f"a{number}", f"Oil {number}", "Text of an article. " * 40, "2023-02-01"))
    return tmp_path / "index"


@pytest.fixture
def add(process: Process, index: Path) -> Callable[[int, int], None]:
    """Commit articles with these numbers in another process."""

    def added(first: int, stop: int) -> None:
        done = process("-c", ADD, index, first, stop)
        assert done.returncode == 0, done.stderr

    return added


def total(answer: Any) -> int:
    assert answer.status_code == 200 if hasattr(answer, "status_code") else answer.status == 200
    found: int = answer.json()["total"]
    return found


def test_next_request_sees_a_commit(
    serving: Callable[..., AbstractContextManager[Server]], index: Path, add: Callable[[int, int], None]
) -> None:
    with serving(index) as server:
        first = server.ask("/api/v1/search?q=oil")
        add(10, 12)
        second = server.ask("/api/v1/search?q=oil", If_None_Match=first.headers["etag"])
        third = server.ask("/api/v1/search?q=oil", If_None_Match=second.headers["etag"])
    assert (total(first), total(second), third.status) == (10, 12, 304)


def test_commits_on_a_cluster_are_seen(on_cluster: str, client_of: Callable[..., TestClient]) -> None:
    def put(*ids: str) -> None:
        with searchidx.open(on_cluster) as archive, archive.writer() as writer:
            for each in ids:
                writer.add(searchidx.Article(each, f"Oil {each}", "", "2023-02-01"))

    searchidx.create(on_cluster)
    put("a1", "a2")
    client = client_of(on_cluster)
    first = client.get("/api/v1/search?q=oil")
    assert total(first) == 2
    put()
    again = client.get("/api/v1/search?q=oil", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304  # the same articles
    put("a2", "a3")
    assert total(client.get("/api/v1/search?q=oil", headers={"If-None-Match": first.headers["etag"]})) == 3
    assert client.get("/suggestions?q=oi").json()[1][0] == "Oil"


def test_index_is_reopened_only_after_a_commit(
    client_of: Callable[..., TestClient], index: Path, add: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request after a commit opens the index once; without a commit no request opens it."""
    opened = 0
    snapshot = EmbeddedEngine.snapshot

    def counted(engine: EmbeddedEngine) -> Any:
        nonlocal opened
        opened += 1
        return snapshot(engine)

    monkeypatch.setattr(EmbeddedEngine, "snapshot", counted)
    client = client_of(index)
    for _ in range(5):
        assert total(client.get("/api/v1/search?q=oil")) == 10
    assert opened == 1
    add(10, 11)
    assert opened == 1
    for _ in range(5):
        assert total(client.get("/api/v1/search?q=oil")) == 11
    assert opened == 2


def test_running_export_keeps_its_snapshot(
    running: Callable[..., AbstractContextManager[int]],
    index: Path,
    add: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A commit that replaces every article and removes their files does not change a running export."""
    begun, go_on = threading.Event(), threading.Event()
    articles = searchidx.Archive.articles

    def held(archive: searchidx.Archive, query: str, **values: Any) -> Any:
        for number, article in enumerate(articles(archive, query, **values)):
            if number == 5:
                begun.set()
                assert go_on.wait(60)
            yield article

    with searchidx.open(index) as archive:
        before = [article.to_dict() for article in archive.articles("oil")]
    found: list[Any] = []
    with running(index) as port:
        monkeypatch.setattr(searchidx.Archive, "articles", held)
        thread = threading.Thread(target=lambda: found.append(ask(port, "/api/v1/export?q=oil")))
        thread.start()
        assert begun.wait(60)
        add(0, 20)
        assert total(ask(port, "/api/v1/search?q=oil")) == 20
        go_on.set()
        thread.join(60)
    assert [json.loads(line) for line in found[0].body.splitlines()] == before


def test_pages_of_an_answer_share_a_snapshot(
    client_of: Callable[..., TestClient], index: Path, add: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later pages keep the snapshot of the first, until it is too old or too many commits came: then 410."""
    client = client_of(index)
    first = client.get("/api/v1/search?q=oil&limit=4&sort=newest")
    add(10, 15)
    assert total(client.get("/api/v1/search?q=oil")) == 15
    asked = {"q": "oil", "limit": "4", "sort": "newest", "next": first.json()["next"]}
    second = client.get("/api/v1/search", params=asked)
    assert (total(second), second.headers["etag"]) == (10, first.headers["etag"])
    asked["next"] = second.json()["next"]
    third = client.get("/api/v1/search", params=asked)
    assert [hit["id"] for page in (first, second, third) for hit in page.json()["hits"]] == [f"a{n}" for n in range(10)]
    for number in range(15, 15 + snapshots.MAX_FORMER):
        add(number, number + 1)
        assert total(client.get("/api/v1/search?q=oil")) == number + 1
    gone = client.get(f"/api/v1/search?{urlencode(asked)}")
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:searchidx:problem:archive-changed")
    monkeypatch.setattr(snapshots, "FORMER_SECONDS", 0.0)
    page = client.get("/api/v1/search?q=oil&limit=4")
    add(30, 31)
    asked = {"q": "oil", "limit": "4", "next": page.json()["next"]}
    assert client.get("/api/v1/search", params=asked).status_code == 410


def test_unreadable_commit_keeps_the_previous_snapshot(
    client_of: Callable[..., TestClient], index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The previous snapshot stays in use, and the log gives the reason once."""
    client = client_of(index)
    manifest = index / "manifest.json"
    whole = manifest.read_bytes()
    with caplog.at_level(logging.WARNING, "searchidx.web.snapshots"):
        manifest.write_bytes(whole[:-20])
        for _ in range(3):
            assert total(client.get("/api/v1/search?q=oil")) == 10
        assert [record.message.count("damaged") for record in caplog.records] == [1]
        manifest.write_bytes(whole)
        assert total(client.get("/api/v1/search?q=oil")) == 10
        shutil.rmtree(index)
        for _ in range(3):
            assert total(client.get("/api/v1/search?q=oil")) == 10
        assert [record.message.count("there is no index") for record in caplog.records] == [0, 1]


def test_concurrent_answers_are_each_of_one_commit(
    running: Callable[..., AbstractContextManager[int]], index: Path
) -> None:
    """Eight threads search during commits: each ETag has one total, and no thread sees an older commit again."""
    totals: dict[str, set[int]] = {}
    stop = threading.Event()

    def client() -> list[int]:
        seen = []
        while not stop.is_set():
            answer = ask(port, "/api/v1/search?q=oil&limit=1&facet=source")
            totals.setdefault(answer.headers["etag"], set()).add(total(answer))
            seen.append(total(answer))
            assert answer.json()["facets"][0]["total"] == seen[-1]
        return seen

    with running(index) as port, ThreadPoolExecutor(8) as pool, searchidx.open(index) as archive:
        asked = [pool.submit(client) for _ in range(8)]
        for number in range(10, 30):
            with archive.writer() as writer:
                writer.add(searchidx.Article(f"a{number}", "Oil", "Text"))
        stop.set()
        for each in asked:
            seen = each.result(60)
            assert seen == sorted(seen)
        assert total(ask(port, "/api/v1/search?q=oil")) == 30
    assert len(totals) > 3
    assert all(len(each) == 1 for each in totals.values())


def test_concurrent_answers_equal_sequential_ones(
    running: Callable[..., AbstractContextManager[int]], corpus_index: Path
) -> None:
    """Requests that run at the same time do not mix up shared state."""
    queries = ["nato", '"Taiwan Strait"', "bank*", "the w/5 of", "-nato", "japan~", "/stra.*/", "date:2023", "élection"]
    paths = [
        f"/api/v1/{name}?{urlencode({'q': query, **extra})}"
        for query in queries
        for name, extra in (
            ("search", {"facet": "byline"}), ("kwic", {"sort": "left"}), ("terms", {}), ("export", {"format": "csv"}),
            ("groups", {"threshold": "0.5"}), ("timeline", {"count_words": "true"}),
        )
    ]  # fmt: skip
    with running(corpus_index) as port:
        alone = {path: ask(port, path).body for path in paths}
        with ThreadPoolExecutor(8) as pool:
            asked = [(path, pool.submit(ask, port, path)) for path in paths * 4]
            for path, each in asked:
                assert (each.result().status, each.result().body) == (200, alone[path])
