"""What goes wrong with a cluster is a clear error in bounded time: never a smaller answer, never an article lost.

On real nodes: three, of which one is killed while others build and query; one whose disk is full; one that speaks TLS.
What is asked of them is asked of an index in a folder too.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from corpora import article, identity
from proxying import Proxy

import searchidx
from searchidx import Article, IndexNotFoundError, SearchidxError, SnapshotLostError, UnavailableError
from testcluster.nodes import NAMES, Cluster

QUERIES = (
    "bank",
    "NOT bank",
    '"interest rates"',
    "japan*",
    "bank w/5 rate",
    "headline:general OR date:2023",
    "atleast3(the)",
)
REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
VICTIMS = NAMES[1:2] if REDUCED else NAMES
BOUND = 30.0
"""No error takes longer, in seconds, where the place says nothing else."""


def some(count: int, seed: int) -> list[Article]:
    rng = random.Random(seed)
    return [article(rng, identity(n)) for n in range(count)]


def fill(place: str | Path, articles: Sequence[Article]) -> None:
    with searchidx.create(place).writer() as writer:
        for each in articles:
            writer.add(each)


def answers(place: str | Path) -> dict[str, list[str]]:
    with searchidx.open(place) as archive:
        found = {query: archive.ids(query) for query in QUERIES}
        assert {query: archive.search(query).total for query in QUERIES} == {q: len(ids) for q, ids in found.items()}
        return found


def until(condition: Callable[[], bool], patience: float = 180.0) -> None:
    """Wait for what a cluster does in its own time."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        threading.Event().wait(0.1)


@contextmanager
def fails(match: str | None = None, within: float = BOUND) -> Iterator[pytest.ExceptionInfo[SearchidxError]]:
    """A clear error, soon."""
    start = time.monotonic()
    with pytest.raises((UnavailableError, SnapshotLostError), match=match) as caught:
        yield caught
    assert time.monotonic() - start < within


@contextmanager
def own(count: int, *, secure: bool = False) -> Iterator[Cluster]:
    """A cluster to be maltreated."""
    folder = Path(tempfile.mkdtemp(prefix="searchidx-testcluster-"))
    found = Cluster(folder)
    try:
        found.start(count, port=None, secure=secure)
        yield found
    finally:
        found.clean()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def trio(cluster: Cluster) -> Iterator[Cluster]:
    with own(3) as found:
        yield found


@pytest.fixture
def whole(trio: Cluster) -> Cluster:
    """Three nodes, all up and well."""
    for name in NAMES:
        trio.revive(name)
    trio.wait()

    def is_well() -> bool:
        trio.ask("POST", "/_cluster/reroute?retry_failed=true")  # what failed five times is not tried again by itself
        return bool(trio.ask("GET", "/_cluster/health")["status"] == "green")

    until(is_well)
    return trio


def place(cluster: Cluster, name: str, options: str = "") -> str:
    """A place that any of the nodes may be asked about."""
    hosts = ",".join(cluster.url(node).partition("://")[2] for node in cluster.names)
    return f"opensearch{'s' if cluster.secure else ''}://{hosts}/{name}{options}"


# -- one node, badly reached -------------------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with Proxy(1) as proxy:
        free = proxy.port
    with fails("nobody listens there"):
        searchidx.open(f"opensearch://127.0.0.1:{free}/news")


def test_no_tls_is_spoken(on_cluster: str) -> None:
    with fails("does not speak TLS"):
        searchidx.open(on_cluster.replace("opensearch", "opensearchs"))


def test_a_node_that_never_answers(on_cluster: str, cluster: Cluster) -> None:
    fill(on_cluster, some(20, 1))
    host, _, name = on_cluster.removeprefix("opensearch://").partition("/")
    with Proxy(int(host.rpartition(":")[2])) as proxy:
        archive = searchidx.open(f"opensearch://127.0.0.1:{proxy.port}/{name}?timeout=1")
        total = archive.search("NOT bank").total
        proxy.dumb = True
        with fails("did not answer within 1 seconds", within=10.0):
            _ = archive.search("NOT bank").total
        proxy.dumb = False
        assert archive.search("NOT bank").total == total


def test_a_slow_node_answers_the_same(on_cluster: str, tmp_path: Path) -> None:
    articles = some(50, 2)
    fill(tmp_path / "index", articles)
    host, _, name = on_cluster.removeprefix("opensearch://").partition("/")
    with Proxy(int(host.rpartition(":")[2])) as proxy:
        proxy.delay = 0.05
        slow = f"opensearch://127.0.0.1:{proxy.port}/{name}"
        fill(slow, articles)
        assert answers(slow) == answers(tmp_path / "index")


def test_connections_cut_while_building(on_cluster: str, tmp_path: Path) -> None:
    articles = some(3000, 3)
    fill(tmp_path / "index", articles)
    host, _, name = on_cluster.removeprefix("opensearch://").partition("/")
    with Proxy(int(host.rpartition(":")[2])) as proxy:
        cut = f"opensearch://127.0.0.1:{proxy.port}/{name}"
        with searchidx.create(cut).writer() as writer:
            for n, each in enumerate(articles):
                writer.add(each)
                if n % 500 == 499:
                    proxy.cut()
        assert proxy.requests
        proxy.cut()
        assert answers(cut) == answers(tmp_path / "index")


@pytest.mark.long
def test_a_build_killed_half_way_is_finished_by_the_next(
    on_cluster: str, tmp_path: Path, environment: dict[str, str]
) -> None:
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
        try:  # nothing yet, or all of it
            with searchidx.open(on_cluster) as archive:
                assert len(archive) in (0, 10_000)
                assert archive.search("banks").total == len(archive)
        except IndexNotFoundError:
            pass
    assert killed
    report = searchidx.build(corpus, index=on_cluster)
    assert (report.added + report.unchanged, report.removed, report.skipped) == (10_000, 0, ())
    assert answers(on_cluster) == answers(tmp_path / "index")


# -- three nodes, of which one dies ------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("victim", VICTIMS)
def test_a_node_killed_while_building(whole: Cluster, tmp_path: Path, victim: str) -> None:
    articles = some(3000, 5)
    fill(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    where = place(whole, f"built-{victim}", "?shards=3&replicas=1")
    with searchidx.create(where).writer() as writer:
        for n, each in enumerate(articles):
            writer.add(each)
            if n == len(articles) // 2:
                # What a node has alone, since no other has had the time to copy it, is gone with it.
                until(lambda: whole.ask("GET", "/_cluster/health")["status"] == "green")
                whole.kill(victim)
    assert answers(where) == expected
    whole.revive(victim)
    whole.wait()
    until(lambda: whole.ask("GET", "/_cluster/health")["status"] == "green")  # recovered: all is there twice again
    whole.kill(NAMES[NAMES.index(victim) - 1])
    assert answers(where) == expected
    with searchidx.open(where) as archive:
        assert list(archive.articles("NOT xyzzy")) == articles


@pytest.mark.long
def test_a_node_killed_while_querying(whole: Cluster, tmp_path: Path) -> None:
    articles = some(2000, 6)
    fill(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    where = place(whole, "asked", "?shards=3&replicas=1&timeout=10")
    fill(where, articles)
    ended, right, errors, wrong = threading.Event(), [], [], []
    longest = [0.0]

    def ask(seed: int) -> None:
        rng, archive = random.Random(seed), searchidx.open(where)
        while not ended.is_set():
            query, start = rng.choice(QUERIES), time.monotonic()
            try:
                found = archive.ids(query)
                (right if found == expected[query] else wrong).append(query)
            except (UnavailableError, SnapshotLostError) as error:
                errors.append(error)
                archive = searchidx.open(where)
            longest[0] = max(longest[0], time.monotonic() - start)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    try:
        for victim in VICTIMS:
            before = len(right)
            until(lambda before=before: len(right) > before + 30)  # type: ignore[misc]
            whole.kill(victim)
            before = len(right)
            until(lambda before=before: len(right) > before + 30)  # type: ignore[misc]
            whole.revive(victim)
            whole.wait()
            until(lambda: whole.ask("GET", "/_cluster/health")["status"] == "green")
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert longest[0] < BOUND
    assert not any(isinstance(error, SnapshotLostError) for error in errors)  # nobody wrote: the state is still there


@pytest.mark.long
def test_a_shard_without_a_copy_is_an_error(whole: Cluster, tmp_path: Path) -> None:
    articles = some(300, 7)
    fill(tmp_path / "index", articles)
    where = place(whole, "single", "?shards=3&replicas=0&timeout=10")
    fill(where, articles)
    archive = searchidx.open(where)
    shards = whole.ask("GET", "/_cat/shards/single-0*?format=json")
    records = whole.ask("GET", "/_cat/shards/single-control?format=json")[0]["node"]
    victim = next(shard["node"] for shard in shards if shard["node"] != records)
    whole.kill(victim)
    for query in QUERIES:
        with fails(within=60.0):
            archive.ids(query)
    with fails(within=60.0):
        searchidx.open(where).ids("bank")
    with fails(within=150.0), searchidx.open(where).writer() as writer:
        for each in articles:
            writer.add(each)
    whole.revive(victim)
    whole.wait()
    until(lambda: whole.ask("GET", "/_cluster/health")["status"] == "green")
    assert answers(where) == answers(tmp_path / "index")


# -- states that are lost, disks that are full -------------------------------------------------------------------------


@pytest.mark.long
def test_a_state_that_the_cluster_forgot(whole: Cluster, tmp_path: Path) -> None:
    where, articles = place(whole, "forgotten"), some(100, 9)
    fill(where, articles)
    archive = searchidx.open(where)
    whole.ask("DELETE", "/_search/point_in_time/_all")
    fill(tmp_path / "index", articles)
    assert archive.ids("bank") == answers(tmp_path / "index")["bank"]  # it is the last commit still
    whole.ask("DELETE", "/_search/point_in_time/_all")
    with searchidx.open(where).writer() as writer:
        writer.add(some(1, 10)[0])
    with fails("open"):
        archive.ids("bank")


@pytest.mark.long
def test_full_disks(whole: Cluster, tmp_path: Path) -> None:
    where, articles = place(whole, "full"), some(200, 11)
    fill(where, articles)
    fill(tmp_path / "index", articles)
    stem = "cluster.routing.allocation.disk.watermark."
    marks = dict.fromkeys([f"{stem}{mark}" for mark in ("low", "high", "flood_stage")], "9000tb")
    whole.ask("PUT", "/_cluster/settings", {"transient": marks})
    try:
        until(lambda: "read_only_allow_delete" in str(whole.ask("GET", "/full-*/_settings")))
        with fails("full", within=60.0), searchidx.open(where).writer() as writer:
            for each in some(300, 12):
                writer.add(each)
        assert answers(where) == answers(tmp_path / "index")
    finally:
        whole.ask("PUT", "/_cluster/settings", {"transient": dict.fromkeys(marks)})
    until(lambda: "read_only_allow_delete" not in str(whole.ask("GET", "/full-*/_settings")))
    until(lambda: "create-index" not in str(whole.ask("GET", "/_cluster/state/blocks")))
    with searchidx.open(where).writer() as writer:
        writer.add(Article(id="late", headline="Xyzzy", body=""))
    with searchidx.open(where) as archive:
        assert archive.ids("xyzzy") == ["late"]


# -- a node that hangs -------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.skipif(REDUCED, reason="it takes minutes until such a node is noticed")
def test_a_node_that_hangs(whole: Cluster, tmp_path: Path) -> None:
    """The last of these, since it takes such a cluster long to be well again."""
    articles = some(300, 8)
    fill(tmp_path / "index", articles)
    expected = answers(tmp_path / "index")
    where = place(whole, "hung", "?shards=3&replicas=1&timeout=5")
    fill(where, articles)
    archive = searchidx.open(where)
    whole.signal("two", signal.SIGSTOP)
    try:
        end = time.monotonic() + 150
        while True:
            start = time.monotonic()
            try:
                assert archive.ids("bank") == expected["bank"]
                break  # the others have noticed
            except UnavailableError:
                assert time.monotonic() - start < BOUND
            assert time.monotonic() < end
    finally:
        whole.signal("two", signal.SIGCONT)
    assert answers(where) == expected


# -- who may ask -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(cluster: Cluster) -> Iterator[Cluster]:
    with own(1, secure=True) as found:
        yield found


@pytest.fixture
def known(guarded: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place on a node that speaks TLS, and the variables set that it takes."""
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_USER", "searchidx")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE", str(guarded.password))
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_CA", str(guarded.authority))
    return place(guarded, "news-guarded")


@pytest.mark.long
def test_over_tls_with_a_password(
    known: str, guarded: Cluster, tmp_path: Path, corpus: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """All that there is to be done with an archive, by a user who may do no more."""
    articles = some(100, 13)
    fill(tmp_path / "index", articles)
    with caplog.at_level(logging.DEBUG):
        fill(known, articles)
        assert answers(known) == answers(tmp_path / "index")
        for report in [searchidx.build(corpus, index=index) for index in (known, tmp_path / "index")]:
            assert (report.added, report.skipped) == (63, ())
        for index in (known, tmp_path / "index"):
            assert searchidx.delete(articles[0].id, index=index) == [articles[0].id]
        assert answers(known) == answers(tmp_path / "index")
        with searchidx.open(known) as archive, archive.writer() as writer:
            writer.add(articles[0])
            writer.optimize()
        with searchidx.open(known) as archive:
            assert archive.stats().articles == 163
        assert list(searchidx.check(known)) == []
    password = guarded.password.read_text().strip()
    assert "news-guarded" in caplog.text
    assert password not in caplog.text
    assert base64.b64encode(f"searchidx:{password}".encode()).decode() not in caplog.text


@pytest.mark.long
def test_who_is_not_known(known: str, guarded: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("open sesame\n")
    monkeypatch.setenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE", str(wrong))
    with fails("does not know who asks") as caught:
        searchidx.open(known)
    assert "sesame" not in f"{caught.value!r} {caught.value.__cause__!r}"
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_PASSWORD_FILE")
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_USER")
    with fails("does not know who asks"):
        searchidx.open(known)


@pytest.mark.long
def test_certificates_that_are_not_to_be_trusted(known: str, guarded: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(guarded.url().rpartition(":")[2])
    with Proxy(port, host="127.0.0.2") as proxy, fails("certificate"):  # it is not in its name
        searchidx.open(f"opensearchs://127.0.0.2:{proxy.port}/news")
    with fails("cannot be reached"):  # TLS is spoken there
        searchidx.open(known.replace("opensearchs", "opensearch"))
    monkeypatch.delenv("SEARCHIDX_OPENSEARCH_CA")
    with fails("certificate"):
        searchidx.open(known)


@pytest.mark.long
def test_what_is_not_allowed(known: str, guarded: Cluster) -> None:
    with fails("does not allow"):
        searchidx.create(known.replace("news-guarded", "others"))
    with pytest.raises(urllib.error.HTTPError):
        guarded.ask("GET", "/others-control")
