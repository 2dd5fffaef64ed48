"""Failures of a cluster are clear errors within a time limit. No answer is incomplete, and no article is lost.

The nodes are real: three of which one is killed during builds and queries, one with full disks, one with TLS. Answers
are compared with those of an index in a folder.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster_helpers import QUERIES, answers, create_archive, locate, proxied, random_articles, wait_until
from faulty_proxy import FaultyProxy

import searchidx
from searchidx import Article, IndexNotFoundError, SearchidxError, SnapshotLostError, UnavailableError
from searchidx.engines.locations import parse_location
from searchidx.engines.opensearch import OpenSearchEngine
from searchidx.language_detection import add_detected_language
from testcluster import artifacts
from testcluster.nodes import NAMES, LocalCluster

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
VICTIMS = NAMES[1:2] if REDUCED else NAMES
MAX_SECONDS = 30.0
"""Maximum time until an error, unless the location has a timeout."""


@contextmanager
def fails(match: str | None = None, within: float = MAX_SECONDS) -> Iterator[pytest.ExceptionInfo[SearchidxError]]:
    """Expect a clear error soon."""
    start = time.monotonic()
    with pytest.raises((UnavailableError, SnapshotLostError), match=match) as caught:
        yield caught
    assert time.monotonic() - start < within


@contextmanager
def private_cluster(count: int, *, secure: bool = False) -> Iterator[LocalCluster]:
    """A cluster that tests may break, of the release of the one that runs, or of the newest with a security plugin."""
    folder = Path(tempfile.mkdtemp(prefix="searchidx-testcluster-"))
    found = LocalCluster(folder)
    try:
        found.start(count, port=None, secure=secure, release=artifacts.SECURE if secure else LocalCluster().release)
        yield found
    finally:
        found.clean()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def trio(cluster: LocalCluster) -> Iterator[LocalCluster]:
    with private_cluster(3) as found:
        yield found


def is_green(cluster: LocalCluster) -> bool:
    """Whether every shard has all its copies."""
    return bool(cluster.request("GET", "/_cluster/health")["status"] == "green")


@pytest.fixture
def healthy(trio: LocalCluster) -> LocalCluster:
    """Three healthy nodes."""
    for name in NAMES:
        trio.revive(name)
    trio.wait()

    def is_recovered() -> bool:
        trio.request("POST", "/_cluster/reroute?retry_failed=true")  # the cluster gives up after five failures
        return is_green(trio)

    wait_until(is_recovered)
    return trio


# -- one node, bad connections -----------------------------------------------------------------------------------------


def test_closed_port_is_reported() -> None:
    with FaultyProxy(1) as proxy:
        free = proxy.port
    with fails("nothing listens there"):
        searchidx.open(f"opensearch://127.0.0.1:{free}/news")


def test_node_without_tls_is_reported(on_cluster: str) -> None:
    with fails("does not speak TLS"):
        searchidx.open(on_cluster.replace("opensearch", "opensearchs"))


def test_node_that_never_answers_times_out(on_cluster: str, cluster: LocalCluster) -> None:
    create_archive(on_cluster, random_articles(20, 1))
    with proxied(on_cluster) as (proxy, location):
        archive = searchidx.open(f"{location}?timeout=1")
        total = archive.search("NOT bank").total
        proxy.drops_responses = True
        with fails("did not answer within 1 seconds", within=10.0):
            _ = archive.search("NOT bank").total
        proxy.drops_responses = False
        assert archive.search("NOT bank").total == total


def test_slow_node_gives_the_same_answers(on_cluster: str, tmp_path: Path) -> None:
    articles = random_articles(50, 2)
    create_archive(tmp_path / "index", articles)
    with proxied(on_cluster) as (proxy, slow):
        proxy.delay = 0.05
        create_archive(slow, articles)
        assert answers(slow) == answers(tmp_path / "index")


def test_build_survives_cut_connections(on_cluster: str, tmp_path: Path) -> None:
    articles = random_articles(3000, 3)
    create_archive(tmp_path / "index", articles)
    with proxied(on_cluster) as (proxy, cut):
        with searchidx.create(cut).writer() as writer:
            for n, each in enumerate(articles):
                writer.add(each)
                if n % 500 == 499:
                    proxy.cut()
        assert proxy.request_chunks
        proxy.cut()
        assert answers(cut) == answers(tmp_path / "index")


@pytest.mark.long
def test_killed_build_is_finished_by_the_next(on_cluster: str, tmp_path: Path, environment: dict[str, str]) -> None:
    corpus, rng = tmp_path / "corpus", random.Random(4)
    corpus.mkdir()
    for n in range(40):
        values = ({"id": f"{n}-{m}", "headline": f"Bank {m}", "body": f"Number {n} of the banks"} for m in range(250))
        (corpus / f"{n}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in values), "utf-8")
    searchidx.build(corpus, index=tmp_path / "index")
    command = [sys.executable, "-m", "searchidx", "build", str(corpus), "--index", on_cluster, "--jobs", "1"]
    killed = 0
    for _ in range(6):
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            child.wait(rng.uniform(0.8, 3.0))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            killed += 1
        try:  # nothing, or everything
            with searchidx.open(on_cluster) as archive:
                assert len(archive) in (0, 10_000)
                assert archive.search("banks").total == len(archive)
        except IndexNotFoundError:
            pass
    assert killed
    report = searchidx.build(corpus, index=on_cluster)
    assert (report.added + report.unchanged, report.removed, report.skipped) == (10_000, 0, ())
    assert answers(on_cluster) == answers(tmp_path / "index")


# -- three nodes, one is killed ----------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("victim", VICTIMS)
def test_build_survives_a_killed_node(healthy: LocalCluster, tmp_path: Path, victim: str) -> None:
    articles = random_articles(3000, 5)
    create_archive(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    location = locate(healthy, f"built-{victim}", "?shards=3&replicas=1")
    with searchidx.create(location).writer() as writer:
        for n, each in enumerate(articles):
            writer.add(each)
            if n == len(articles) // 2:
                # Documents without a copy on another node would be lost.
                wait_until(lambda: is_green(healthy))
                healthy.kill(victim)
    assert answers(location) == expected
    healthy.revive(victim)
    healthy.wait()
    wait_until(lambda: is_green(healthy))
    healthy.kill(NAMES[NAMES.index(victim) - 1])
    assert answers(location) == expected
    with searchidx.open(location) as archive:
        assert list(archive.articles("NOT xyzzy")) == list(map(add_detected_language, articles))


@pytest.mark.long
def test_queries_survive_a_killed_node(healthy: LocalCluster, tmp_path: Path) -> None:
    articles = random_articles(2000, 6)
    create_archive(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    location = locate(healthy, "asked", "?shards=3&replicas=1&timeout=10")
    create_archive(location, articles)
    is_done, right, errors, wrong = threading.Event(), [], [], []
    longest = [0.0]

    def ask(seed: int) -> None:
        rng, archive = random.Random(seed), searchidx.open(location)
        while not is_done.is_set():
            query, start = rng.choice(QUERIES), time.monotonic()
            try:
                found = archive.ids(query)
                (right if found == expected[query] else wrong).append(query)
            except (UnavailableError, SnapshotLostError) as error:
                errors.append(error)
                archive = searchidx.open(location)
            longest[0] = max(longest[0], time.monotonic() - start)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for victim in VICTIMS:
            before = len(right)
            wait_until(lambda before=before: len(right) > before + 30)  # type: ignore[misc]
            healthy.kill(victim)
            before = len(right)
            wait_until(lambda before=before: len(right) > before + 30)  # type: ignore[misc]
            healthy.revive(victim)
            healthy.wait()
            wait_until(lambda: is_green(healthy))
    finally:
        is_done.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert longest[0] < MAX_SECONDS
    assert not any(isinstance(error, SnapshotLostError) for error in errors)  # no commit happened


@pytest.mark.long
def test_rolling_restart_and_rebuild_leave_no_moment_without_answers(healthy: LocalCluster, tmp_path: Path) -> None:
    """Each node in turn is restarted, then the archive is rebuilt, while readers ask and open it all the time."""
    articles = random_articles(500, 16)
    create_archive(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    location = locate(healthy, "rolling", "?shards=2&replicas=1")
    create_archive(location, articles)
    wait_until(lambda: is_green(healthy))
    is_done, right, problems = threading.Event(), [], []

    def ask(seed: int) -> None:
        rng, kept = random.Random(seed), searchidx.open(location)
        while not is_done.is_set():
            query = rng.choice(QUERIES)
            try:
                with searchidx.open(location) as fresh:
                    for archive in (kept, fresh):
                        found = archive.ids(query)
                        (right if found == expected[query] else problems).append(query)
            except SearchidxError as error:
                problems.append(f"{query}: {error}")

    def wait_for_answers() -> None:
        before = len(right)
        wait_until(lambda: len(right) > before + 20 or bool(problems))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    try:
        for name in NAMES:
            wait_for_answers()
            healthy.restart(name)
            wait_until(lambda: is_green(healthy))
        for _ in range(2):
            wait_for_answers()
            with OpenSearchEngine.at(parse_location(location)).writer(overwrite=True) as writer:
                for each in articles:
                    writer.add(each)
        wait_for_answers()
    finally:
        is_done.set()
        for thread in threads:
            thread.join()
    assert not problems
    assert answers(location) == expected


@pytest.mark.long
def test_archive_is_restored_from_a_snapshot_of_the_cluster(healthy: LocalCluster) -> None:
    """The commands of docs/cluster.md, with a repository in a folder that all nodes share."""
    location, articles = locate(healthy, "backed"), random_articles(300, 17)
    create_archive(location, articles)
    with searchidx.open(location).writer() as writer:
        writer.delete(articles[0].id)
    expected = answers(location)
    repository = {"type": "fs", "settings": {"location": str(healthy.backups / "repository")}}
    healthy.request("PUT", "/_snapshot/backups", repository)
    indexes = {"indices": "backed-*,backed-control", "include_global_state": False}
    made = healthy.request("PUT", "/_snapshot/backups/monday?wait_for_completion=true", indexes)
    assert made["snapshot"]["state"] == "SUCCESS"
    with searchidx.open(location).writer() as writer:
        writer.add(random_articles(301, 18)[-1])
        writer.delete(articles[1].id)
    later = searchidx.open(location)
    assert answers(location) != expected
    healthy.request("DELETE", "/backed-*?expand_wildcards=all")
    with pytest.raises(IndexNotFoundError):
        searchidx.open(location)
    healthy.request("POST", "/_snapshot/backups/monday/_restore?wait_for_completion=true", indexes)
    assert answers(location) == expected
    assert list(searchidx.check(location)) == []
    with fails("open"):
        later.ids("bank")
    with searchidx.open(location).writer() as writer:
        assert writer.delete(articles[2].id)
        writer.add(articles[0])
    assert searchidx.open(location).get(articles[0].id) == articles[0]
    assert list(searchidx.check(location)) == []
    healthy.request("DELETE", "/_snapshot/backups/monday")


@pytest.mark.long
def test_missing_shard_is_an_error(healthy: LocalCluster, tmp_path: Path) -> None:
    articles = random_articles(300, 7)
    create_archive(tmp_path / "index", articles)
    location = locate(healthy, "single", "?shards=3&replicas=0&timeout=10")
    create_archive(location, articles)
    archive = searchidx.open(location)
    shards = healthy.request("GET", "/_cat/shards/single-0*?format=json")
    records = healthy.request("GET", "/_cat/shards/single-control?format=json")[0]["node"]
    victim = next(shard["node"] for shard in shards if shard["node"] != records)
    healthy.kill(victim)
    for query in QUERIES:
        with fails(within=60.0):
            archive.ids(query)
    with fails(within=60.0):
        searchidx.open(location).ids("bank")
    with fails(within=150.0), searchidx.open(location).writer() as writer:
        for each in articles:
            writer.add(each)
    healthy.revive(victim)
    healthy.wait()
    wait_until(lambda: is_green(healthy))
    assert answers(location) == answers(tmp_path / "index")


# -- lost points in time, full disks -----------------------------------------------------------------------------------


@pytest.mark.long
def test_lost_point_in_time_is_reopened_or_reported(healthy: LocalCluster, tmp_path: Path) -> None:
    location, articles = locate(healthy, "forgotten"), random_articles(100, 9)
    create_archive(location, articles)
    archive = searchidx.open(location)
    healthy.request("DELETE", "/_search/point_in_time/_all")
    create_archive(tmp_path / "index", articles)
    assert archive.ids("bank") == answers(tmp_path / "index")["bank"]  # no newer commit
    healthy.request("DELETE", "/_search/point_in_time/_all")
    with searchidx.open(location).writer() as writer:
        writer.add(random_articles(1, 10)[0])
    with fails("open"):
        archive.ids("bank")


@pytest.mark.long
def test_full_disks_are_reported(healthy: LocalCluster, tmp_path: Path) -> None:
    location, articles = locate(healthy, "full"), random_articles(200, 11)
    create_archive(location, articles)
    create_archive(tmp_path / "index", articles)
    stem = "cluster.routing.allocation.disk.watermark."
    marks = dict.fromkeys([f"{stem}{mark}" for mark in ("low", "high", "flood_stage")], "9000tb")
    healthy.request("PUT", "/_cluster/settings", {"transient": marks})
    try:
        wait_until(lambda: "read_only_allow_delete" in str(healthy.request("GET", "/full-*/_settings")))
        with fails("full", within=60.0), searchidx.open(location).writer() as writer:
            for each in random_articles(300, 12):
                writer.add(each)
        assert answers(location) == answers(tmp_path / "index")
    finally:
        healthy.request("PUT", "/_cluster/settings", {"transient": dict.fromkeys(marks)})
    wait_until(lambda: "read_only_allow_delete" not in str(healthy.request("GET", "/full-*/_settings")))
    wait_until(lambda: "create-index" not in str(healthy.request("GET", "/_cluster/state/blocks")))
    with searchidx.open(location).writer() as writer:
        writer.add(Article(id="late", headline="Xyzzy", body=""))
    with searchidx.open(location) as archive:
        assert archive.ids("xyzzy") == ["late"]


# -- a node that hangs -------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(REDUCED, reason="the cluster takes minutes to notice such a node")
def test_hanging_node_gives_errors_until_it_is_removed(healthy: LocalCluster, tmp_path: Path) -> None:
    """Runs last with these nodes, since the cluster recovers slowly."""
    articles = random_articles(300, 8)
    create_archive(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    location = locate(healthy, "hung", "?shards=3&replicas=1&timeout=5")
    create_archive(location, articles)
    archive = searchidx.open(location)
    healthy.signal("two", signal.SIGSTOP)
    try:
        end = time.monotonic() + 150
        while True:
            start = time.monotonic()
            try:
                assert archive.ids("bank") == expected["bank"]
                break  # the other nodes have removed it
            except UnavailableError:
                assert time.monotonic() - start < MAX_SECONDS
            assert time.monotonic() < end
    finally:
        healthy.signal("two", signal.SIGCONT)
    assert answers(location) == expected


# -- credentials and TLS -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def secure_cluster(cluster: LocalCluster) -> Iterator[LocalCluster]:
    with private_cluster(1, secure=True) as found:
        yield found


@pytest.fixture
def secure_location(secure_cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """A location on a node with TLS, with its credentials in the environment."""
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_USER", "searchidx")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE", str(secure_cluster.password_file))
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_CA", str(secure_cluster.ca_certificate))
    return locate(secure_cluster, "news-guarded")


@pytest.mark.long
def test_restricted_user_can_do_everything_over_tls(
    secure_location: str, secure_cluster: LocalCluster, tmp_path: Path, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A user with the documented permissions only."""
    articles = random_articles(100, 13)
    create_archive(tmp_path / "index", articles)
    with caplog.at_level(logging.DEBUG):
        create_archive(secure_location, articles)
        assert answers(secure_location) == answers(tmp_path / "index")
        for report in [searchidx.build(corpus, index=index) for index in (secure_location, tmp_path / "index")]:
            assert (report.added, report.skipped) == (71, ())
        for index in (secure_location, tmp_path / "index"):
            assert searchidx.delete(articles[0].id, index=index) == [articles[0].id]
        assert answers(secure_location) == answers(tmp_path / "index")
        with searchidx.open(secure_location) as archive, archive.writer() as writer:
            writer.add(articles[0])
            writer.optimize()
        with searchidx.open(secure_location) as archive:
            assert archive.stats().articles == 171
        assert list(searchidx.check(secure_location)) == []
    password = secure_cluster.password_file.read_text().strip()
    assert "news-guarded" in caplog.text
    assert password not in caplog.text
    assert base64.b64encode(f"searchidx:{password}".encode()).decode() not in caplog.text


@pytest.mark.long
def test_wrong_credentials_are_reported(
    secure_location: str, secure_cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("open sesame\n")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE", str(wrong))
    with fails("rejects the credentials") as caught:
        searchidx.open(secure_location)
    assert "sesame" not in f"{caught.value!r} {caught.value.__cause__!r}"
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE")
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_USER")
    with fails("rejects the credentials"):
        searchidx.open(secure_location)


@pytest.mark.long
def test_untrusted_certificates_are_reported(
    secure_location: str, secure_cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(secure_cluster.url().rpartition(":")[2])
    with FaultyProxy(port, host="127.0.0.2") as proxy, fails("certificate"):  # not a name of the certificate
        searchidx.open(f"opensearchs://127.0.0.2:{proxy.port}/news")
    with fails("cannot connect"):  # the node speaks TLS
        searchidx.open(secure_location.replace("opensearchs", "opensearch"))
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_CA")
    with fails("certificate"):
        searchidx.open(secure_location)


@pytest.mark.long
def test_denied_permissions_are_reported(secure_location: str, secure_cluster: LocalCluster) -> None:
    with fails("denies permission"):
        searchidx.create(secure_location.replace("news-guarded", "others"))
    with pytest.raises(urllib.error.HTTPError):
        secure_cluster.request("GET", "/others-control")
