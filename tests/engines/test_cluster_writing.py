"""Batches on a cluster: whole or not at all, one writer, whatever dies when; what cannot be kept is named."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

import searchidx
from searchidx import (
    Article,
    IndexExistsError,
    IndexLockedError,
    IndexVersionError,
    SnapshotLostError,
    UnavailableError,
)
from searchidx.engines.contract import Sort
from searchidx.engines.locations import parse_location
from searchidx.engines.opensearch import OpenSearchEngine, opensearch_writer
from searchidx.engines.opensearch.commit_record import Lease, Record
from searchidx.engines.opensearch.mapping import CUT, MAX_WORD
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.opensearch_writer import OpenSearchWriter
from searchidx.query.nodes import Adjacent
from testcluster.nodes import Cluster


def named(*names: str) -> list[Article]:
    return [Article(name, f"Headline {name}") for name in names]


def put(engine: OpenSearchEngine, *articles: Article) -> None:
    with engine.writer() as writer:
        for each in articles:
            writer.add(each)


def ids(place: str) -> list[str]:
    with searchidx.open(place) as archive:
        found = archive.ids("*")
        assert archive.search("*").total == len(archive) == len(found)
        return found


def change(engine: OpenSearchEngine, make: Callable[[Record], Record]) -> None:
    assert engine._records.put(make(engine._records.read())) is not None


def dead() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def died(record: Record) -> Record:
    assert record.writer is not None
    return replace(record, writer={**record.writer, "pid": dead()})


def unheard(record: Record) -> Record:
    assert record.writer is not None
    return replace(record, writer={**record.writer, "at": time.time() - 1000})


def documents(cluster: Cluster, place: str) -> int:
    """How many documents there are in the indexes of a place, seen or not."""
    name = place.rpartition("/")[2]
    cluster.ask("POST", f"/{name}-0*/_refresh")
    found: int = cluster.ask("GET", f"/{name}-0*/_count")["count"]
    return found


def forget(cluster: Cluster, archive: searchidx.Archive) -> None:
    """Have the cluster lose what was opened."""
    snapshot = archive._snapshot
    assert isinstance(snapshot, OpenSearchSnapshot)
    cluster.ask("DELETE", "/_search/point_in_time", {"pit_id": list(snapshot._point)})


@pytest.fixture
def engine(on_cluster: str) -> OpenSearchEngine:
    made = OpenSearchEngine.create(parse_location(on_cluster))
    put(made, *named("a1", "a2"))
    return made


def test_a_batch_whose_writer_died_is_never_seen(engine: OpenSearchEngine, on_cluster: str, cluster: Cluster) -> None:
    writer = engine.writer()
    for each in named("a1", "b1", "b2"):
        writer.add(each)
    assert writer.rejections() == {}  # all of them are on the cluster
    writer._lease.abandon()
    cluster.ask("POST", f"/{engine._records.read().index}/_refresh")
    assert ids(on_cluster) == ["a1", "a2"]
    with pytest.raises(IndexLockedError, match=r"another writer is at work, process \d+ on "):
        engine.writer()
    change(engine, died)
    put(engine, *named("c1"))
    assert ids(on_cluster) == ["a1", "a2", "c1"]
    assert documents(cluster, on_cluster) == 3
    # What it sent last arrives only now.
    writer.add(Article("late", "Late"))
    assert writer.rejections() == {}
    put(engine, *named(*(f"d{n}" for n in range(20))))
    assert "late" not in ids(on_cluster)
    assert list(engine.verify()) == []


def test_a_writer_that_was_not_heard_of_cannot_commit(engine: OpenSearchEngine, on_cluster: str) -> None:
    slow = engine.writer()
    slow.add(Article("slow", "Slow"))
    change(engine, unheard)
    put(engine, *named("quick"))
    with pytest.raises(IndexLockedError, match="another writer has taken over"):
        slow.commit()
    assert not slow.is_open
    assert ids(on_cluster) == ["a1", "a2", "quick"]


def test_a_writer_that_lost_its_place_changes_no_list_of_another(
    engine: OpenSearchEngine, on_cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = engine.writer()
    slow.add(Article("a1", "Slow"))
    change(engine, unheard)
    with monkeypatch.context() as patch:
        patch.setattr(OpenSearchWriter, "_delete", unable)  # so that what it replaced stays listed
        quick = engine.writer()
        quick.add(Article("a2", "Quick"))
        quick.commit(b"quick")
    with pytest.raises(IndexLockedError, match="another writer has taken over"):
        slow.commit(b"slow")
    for _ in range(2):
        assert ids(on_cluster) == ["a1", "a2"]
        assert engine.snapshot().user_data() == b"quick"
        engine._cluster.ask("POST", f"/{engine._records.name}/_refresh")
        engine.writer().cancel()  # removes what was left behind
    engine._cluster.ask("POST", f"/{engine._records.name}/_refresh")
    assert engine._records.names() == list(engine._records.read().state)


def unable(*_: object) -> None:
    raise UnavailableError(parse_location("opensearch://host/name"), "it does not answer")


def test_who_waits_gets_the_place(engine: OpenSearchEngine, on_cluster: str) -> None:
    first = engine.writer()
    change(engine, died)
    with engine.writer(wait=10.0) as writer:
        writer.add(Article("b", "B"))
    first._lease.abandon()
    assert ids(on_cluster) == ["a1", "a2", "b"]


def test_deletions_that_were_not_made_are_not_seen(
    engine: OpenSearchEngine, on_cluster: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise UnavailableError(on_cluster, "gone")

    with monkeypatch.context() as patched:
        patched.setattr(OpenSearchWriter, "_delete", fail)
        patched.setattr(Lease, "end", lambda lease, **_: lease.abandon())
        put(engine, Article("a1", "Again"))
        assert documents(cluster, on_cluster) == 3
        with searchidx.open(on_cluster) as archive:
            assert archive.ids("*") == ["a2", "a1"]
            assert archive.ids("headline") == ["a2"]
            change(engine, died)
            patched.undo()
            put(engine, *named("b"))
            assert archive.ids("*") == ["a2", "a1"]
    assert ids(on_cluster) == ["a2", "a1", "b"]
    assert documents(cluster, on_cluster) == 3
    assert engine._records.read().gone == ()


def test_made_anew_it_answers_all_the_while(
    engine: OpenSearchEngine, on_cluster: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = on_cluster.rpartition("/")[2]
    before = engine._records.read().index
    archive = searchidx.open(on_cluster)
    with engine.writer(overwrite=True) as writer:
        writer.add(Article("new", "New"))
        assert ids(on_cluster) == ["a1", "a2"]
    after = engine._records.read().index
    assert before != after
    assert list(cluster.ask("GET", f"/_alias/{name}")) == [after]
    assert ids(on_cluster) == ["new"]
    assert archive.ids("*") == ["a1", "a2"]
    archive.close()
    monkeypatch.setattr(opensearch_writer, "KEPT", -1.0)
    engine.writer().cancel()
    assert list(cluster.ask("GET", f"/{name}-0*/_alias")) == [after]
    monkeypatch.undo()
    writer = engine.writer(overwrite=True)  # and one that dies leaves nothing
    writer.add(Article("newer", "Newer"))
    writer.rejections()
    writer._lease.abandon()
    change(engine, died)
    assert ids(on_cluster) == ["new"]
    engine.writer().cancel()
    assert list(cluster.ask("GET", f"/{name}-0*/_alias")) == [after]


def test_an_index_of_another_mapping_is_built_anew(on_cluster: str, put: Callable[..., Path], tmp_path: Path) -> None:
    for n in (1, 2):
        put(tmp_path, f"a{n}.txt", f"Headline {n}\n\nA body.\n")
    searchidx.build(tmp_path, index=on_cluster)
    assert searchidx.delete("a1.txt", index=on_cluster) == ["a1.txt"]
    engine = OpenSearchEngine.open(parse_location(on_cluster))
    change(engine, lambda record: replace(record, version=0))
    with pytest.raises(IndexVersionError, match="'searchidx build' makes it anew"):
        searchidx.open(on_cluster)
    report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.rebuilt, report.added) == (True, 1)
    assert ids(on_cluster) == ["a2.txt"]  # what was taken down stays so
    change(engine, lambda record: replace(record, analysis="other rules"))
    with pytest.raises(IndexVersionError, match="other rules for words"):
        searchidx.open(on_cluster)


def test_a_first_build_that_died(on_cluster: str) -> None:
    engine = OpenSearchEngine.at(parse_location(on_cluster))
    writer = engine.writer(overwrite=True)
    writer.add(Article("a", "A"))
    writer.rejections()
    writer._lease.abandon()
    change(engine, died)
    with pytest.raises(searchidx.IndexNotFoundError):
        searchidx.open(on_cluster)
    searchidx.create(on_cluster).close()
    assert ids(on_cluster) == []
    with pytest.raises(IndexExistsError):
        searchidx.create(on_cluster)


def test_what_the_cluster_refuses_is_named(
    on_cluster: str, put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [{"id": f"a{n}", "headline": f"Headline {n}", "body": "A body."} for n in range(5)]
    put(tmp_path, "some.jsonl", [*records, {"id": "long", "headline": "Long", "body": "x", "byline": "b" * 9_000}])
    made = opensearch_writer.document

    def other(article: Article, *where: int) -> dict[str, Any]:
        return made(article, *where) | ({"words": "many"} if article.id == "a3" else {})

    monkeypatch.setattr(
        opensearch_writer, "document", lambda *given: {**other(*given), "words": other(*given)["words"]}
    )
    with monkeypatch.context() as patched:
        patched.setattr(OpenSearchWriter, "_note", lambda *_: None)
        report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.added, len(report.skipped)) == (4, 2)
    (one, why), (other_one, other_why) = sorted(report.skipped)
    assert (one, other_one) == (f"{tmp_path}/some.jsonl (a3)", f"{tmp_path}/some.jsonl (long)")
    assert "the index refused it: failed to parse field [words]" in why
    assert other_why == "byline: is longer than 8,000 characters, which a cluster cannot index"
    assert ids(on_cluster) == ["a0", "a1", "a2", "a4"]
    monkeypatch.undo()
    report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.added, report.unchanged, len(report.skipped)) == (1, 4, 1)


def test_a_batch_with_what_is_refused_is_not_committed(
    engine: OpenSearchEngine, on_cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = opensearch_writer.document
    monkeypatch.setattr(opensearch_writer, "document", lambda article, *where: made(article, *where) | {"first": "x"})
    writer = engine.writer()
    writer.add(Article("bad", "Bad"))
    with pytest.raises(
        searchidx.SearchidxError, match=r"1 articles were refused .* bad: failed to parse field \[first\]"
    ):
        writer.commit()
    assert ids(on_cluster) == ["a1", "a2"]


def test_words_longer_than_the_index_keeps(on_cluster: str) -> None:
    long, longer = "a" * (MAX_WORD + 5), "a" * (MAX_WORD + 6)
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("long", "Long", f"before {long} after"))
        writer.add(Article("longer", f"{longer} after"))
        writer.add(Article("short", "Short", "after all"))
    with searchidx.open(on_cluster) as archive:
        snapshot = archive._snapshot
        for word, expected in ((long, ["long"]), (longer, ["longer"]), (long + "b", [])):
            found = snapshot.search(q.Term("text.folded", word))
            assert [snapshot.id(doc) for doc in found.docs] == expected
        assert archive.ids("a*") == ["long", "longer", "short"]
        assert archive.ids("aaa*") == ["long", "longer"]
        assert archive.ids("headline:aaa*") == ["longer"]
        assert archive.ids("NOT aaa*") == ["short"]
        assert archive.ids("aaa* w/1 after") == ["long", "longer"]
        assert snapshot.expand(q.Prefix("text.folded", "aaa")) == [long, longer]
        assert archive.get("long") == Article("long", "Long", f"before {long} after")
    assert list(searchidx.check(on_cluster)) == []


def test_long_words_of_other_fields(on_cluster: str) -> None:
    long = "k" * (MAX_WORD + 5) + "z"
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("long", "Long", keywords=[f"{long} deal"]))
        writer.add(Article("short", "Short", keywords=["kz deal"]))
    with searchidx.open(on_cluster) as archive:
        snapshot = archive._snapshot
        for tree, expected in (
            (q.Term("keyword", long), ["long"]),
            (q.Wildcard("keyword", "*z"), ["long", "short"]),
            (q.Prefix("keyword", long[:-1]), ["long"]),
            (q.Wildcard("keyword", f"*{CUT}*"), []),
            (q.Not(q.Regex("keyword", "kk.*z")), ["short"]),
            (Adjacent((q.Wildcard("keyword", "*kz"), q.Term("keyword", "deal"))), ["long", "short"]),
            (Adjacent((q.Wildcard("keyword", "*kkz"), q.Term("keyword", "deal"))), ["long"]),
        ):
            found = snapshot.search(tree, sort=Sort.OLDEST)
            assert [snapshot.id(doc) for doc in found.docs] == expected, tree
        assert snapshot.expand(q.Wildcard("keyword", "*z")) == [long, "kz"]


def test_a_long_phrase_among_others(on_cluster: str) -> None:
    text = " ".join(f"w{n}" for n in range(900))
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("whole", "Bank", text))
        writer.add(Article("half", "Bank", text[:1000]))
    with searchidx.open(on_cluster) as archive:
        assert archive.ids(f'"{text[:2000]}" bank') == ["whole"]
        assert archive.ids(f'bank -"{text[:2000]}"') == ["half"]
        assert archive.ids(f'"{text[:2000]}" OR rates') == ["whole"]


def test_a_commit_that_changes_no_article_loses_no_snapshot(engine: OpenSearchEngine, cluster: Cluster) -> None:
    with searchidx.open(str(engine.place)) as archive:
        with engine.writer() as writer:
            writer.optimize()
        assert archive.latest() is archive
        forget(cluster, archive)
        assert archive.ids("headline") == ["a1", "a2"]


def test_another_archive_of_the_same_name_is_seen(engine: OpenSearchEngine, cluster: Cluster, on_cluster: str) -> None:
    with searchidx.open(on_cluster) as archive:
        cluster.ask("DELETE", f"/{engine.place.name}-*?expand_wildcards=all")
        put(OpenSearchEngine.create(engine.place), *named("b1", "b2"))
        with pytest.raises(SnapshotLostError):
            archive.ids("headline")
        assert archive.latest().ids("headline") == ["b1", "b2"]


def test_whoever_reads_meanwhile_sees_one_commit(on_cluster: str) -> None:
    """Each commit replaces every article; a reader sees all of one, whenever it opens the archive."""
    articles, commits = 60, 6
    problems: list[Any] = []
    generations: set[str] = set()
    done = threading.Event()

    def fill(writer: Any, generation: int) -> None:
        for n in range(articles):
            writer.add(Article(f"a{n}", "Headline", f"bank {generation}"))

    def read() -> None:
        while not done.is_set():
            with searchidx.open(on_cluster) as archive:
                found = {hit.article.body for hit in archive.search("bank", limit=articles)}
                counted = archive.search("bank").total, len(archive.ids("*")), archive.facet("*", "year").missing
                if counted != (articles, articles, articles) or len(found) != 1:
                    problems.append((counted, found))
                generations.update(found)

    with searchidx.create(on_cluster).writer() as writer:
        fill(writer, 0)
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for generation in range(1, commits):
            with searchidx.open(on_cluster) as archive, archive.writer() as writer:
                fill(writer, generation)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert problems == []
    assert len(generations) > 1


def test_a_name_that_something_else_has(on_cluster: str, cluster: Cluster) -> None:
    name = on_cluster.rpartition("/")[2]
    cluster.ask("PUT", f"/{name}")
    with pytest.raises(IndexExistsError, match="is none of searchidx"):
        searchidx.create(on_cluster)
    assert list(cluster.ask("GET", f"/{name}-0*/_alias")) == []
