"""The writer on a cluster: batches are atomic, one writer at a time, rejected articles are named."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster_helpers import all_ids, answers, archive_name, create_archive, random_articles
from hypothesis import given, settings
from hypothesis import strategies as st
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
from searchidx.encoded_article import EncodedArticle
from searchidx.engines.contract import Sort
from searchidx.engines.locations import parse_location
from searchidx.engines.opensearch import (
    OpenSearchEngine,
    commit_record,
    content_chunks,
    document_workers,
    opensearch_writer,
)
from searchidx.engines.opensearch.article_index import ArticleIndex
from searchidx.engines.opensearch.commit_record import CommitRecord
from searchidx.engines.opensearch.mapping import MAX_WORD_LENGTH, TRUNCATION_MARK
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.writer_lease import WriterLease
from searchidx.engines.testing.random_articles import commit_batches
from searchidx.query.nodes import Adjacent
from testcluster.nodes import LocalCluster


def articles(*ids: str) -> list[Article]:
    return [Article(id, f"Headline {id}") for id in ids]


def change_record(engine: OpenSearchEngine, change: Callable[[CommitRecord], CommitRecord]) -> None:
    assert engine.control.replace(change(engine.control.read())) is not None


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def with_dead_writer(record: CommitRecord) -> CommitRecord:
    assert record.writer is not None
    return replace(record, writer={**record.writer, "pid": dead_pid()})


def with_late_writer(record: CommitRecord) -> CommitRecord:
    assert record.writer is not None
    return replace(record, writer={**record.writer, "at": time.time() - 1000})


def stored_documents(cluster: LocalCluster, location: str) -> int:
    """The number of documents in all indexes of articles, visible or not."""
    name = archive_name(location)
    cluster.request("POST", f"/{name}-0*/_refresh")
    count: int = cluster.request("GET", f"/{name}-0*/_count")["count"]
    return count


def lose_snapshot(cluster: LocalCluster, archive: searchidx.Archive) -> None:
    snapshot = archive._snapshot
    assert isinstance(snapshot, OpenSearchSnapshot)
    cluster.request("DELETE", "/_search/point_in_time", {"pit_id": list(snapshot._point._ids)})


def fail(*_: object) -> None:
    raise UnavailableError(parse_location("opensearch://host/name"), "it does not answer")


@pytest.fixture
def engine(on_cluster: str) -> OpenSearchEngine:
    made = OpenSearchEngine.create(parse_location(on_cluster))
    commit_batches(made, [articles("a1", "a2")])
    return made


def test_batch_of_a_dead_writer_is_invisible(engine: OpenSearchEngine, on_cluster: str, cluster: LocalCluster) -> None:
    writer = engine.writer()
    for each in articles("a1", "b1", "b2"):
        writer.add(each)
    assert writer.rejections() == {}  # all are on the cluster
    writer._lease.abandon()
    cluster.request("POST", f"/{engine.control.read().index}/_refresh")
    assert all_ids(on_cluster) == ["a1", "a2"]
    with pytest.raises(IndexLockedError, match=r"another writer is active: process \d+ on "):
        engine.writer()
    change_record(engine, with_dead_writer)
    commit_batches(engine, [articles("c1")])
    assert all_ids(on_cluster) == ["a1", "a2", "c1"]
    assert stored_documents(cluster, on_cluster) == 3
    # A late request of the dead writer.
    writer.add(Article("late", "Late"))
    assert writer.rejections() == {}
    commit_batches(engine, [articles(*(f"d{n}" for n in range(20)))])
    assert "late" not in all_ids(on_cluster)
    assert list(engine.verify()) == []


def test_writer_with_an_expired_lease_cannot_commit(engine: OpenSearchEngine, on_cluster: str) -> None:
    slow = engine.writer()
    slow.add(Article("slow", "Slow"))
    change_record(engine, with_late_writer)
    commit_batches(engine, [articles("quick")])
    with pytest.raises(IndexLockedError, match="another writer has taken over"):
        slow.commit()
    assert not slow.is_open
    assert all_ids(on_cluster) == ["a1", "a2", "quick"]


def test_writer_with_an_expired_lease_changes_no_lists_of_the_next(
    engine: OpenSearchEngine, on_cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = engine.writer()
    slow.add(Article("a1", "Slow"))
    change_record(engine, with_late_writer)
    with monkeypatch.context() as patch:
        patch.setattr(ArticleIndex, "delete_orders", fail)  # so the deletion lists stay
        quick = engine.writer()
        quick.add(Article("a2", "Quick"))
        quick.commit(b"quick")
    with pytest.raises(IndexLockedError, match="another writer has taken over"):
        slow.commit(b"slow")
    for _ in range(2):
        assert all_ids(on_cluster) == ["a1", "a2"]
        assert engine.snapshot().user_data() == b"quick"
        engine._cluster.request("POST", f"/{engine.control.name}/_refresh")
        engine.writer().cancel()  # cleans up
    engine._cluster.request("POST", f"/{engine.control.name}/_refresh")
    assert engine.control.names() == list(engine.control.read().state)


def test_waiting_writer_gets_the_lease(engine: OpenSearchEngine, on_cluster: str) -> None:
    first = engine.writer()
    change_record(engine, with_dead_writer)
    with engine.writer(wait=10.0) as writer:
        writer.add(Article("b", "B"))
    first._lease.abandon()
    assert all_ids(on_cluster) == ["a1", "a2", "b"]


def test_deleted_articles_stay_invisible_until_a_later_writer_removes_them(
    engine: OpenSearchEngine, on_cluster: str, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(ArticleIndex, "delete_orders", fail)
        patched.setattr(WriterLease, "release", lambda lease, **_: lease.abandon())
        commit_batches(engine, [[Article("a1", "Again")]])
        assert stored_documents(cluster, on_cluster) == 3
        with searchidx.open(on_cluster) as archive:
            assert archive.ids("*") == ["a2", "a1"]
            assert archive.ids("headline") == ["a2"]
            change_record(engine, with_dead_writer)
            patched.undo()
            commit_batches(engine, [articles("b")])
            assert archive.ids("*") == ["a2", "a1"]
    assert all_ids(on_cluster) == ["a2", "a1", "b"]
    assert stored_documents(cluster, on_cluster) == 3
    assert engine.control.read().deletions == ()


def test_archive_answers_while_it_is_rebuilt(
    engine: OpenSearchEngine, on_cluster: str, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = archive_name(on_cluster)
    before = engine.control.read().index
    archive = searchidx.open(on_cluster)
    with engine.writer(overwrite=True) as writer:
        writer.add(Article("new", "New"))
        assert all_ids(on_cluster) == ["a1", "a2"]
    after = engine.control.read().index
    assert before != after
    assert list(cluster.request("GET", f"/_alias/{name}")) == [after]
    assert all_ids(on_cluster) == ["new"]
    assert archive.ids("*") == ["a1", "a2"]
    archive.close()
    monkeypatch.setattr(opensearch_writer, "RETENTION_SECONDS", -1.0)
    engine.writer().cancel()
    assert list(cluster.request("GET", f"/{name}-0*/_alias")) == [after]
    monkeypatch.undo()
    writer = engine.writer(overwrite=True)  # a dead rebuild leaves nothing
    writer.add(Article("newer", "Newer"))
    writer.rejections()
    writer._lease.abandon()
    change_record(engine, with_dead_writer)
    assert all_ids(on_cluster) == ["new"]
    engine.writer().cancel()
    assert list(cluster.request("GET", f"/{name}-0*/_alias")) == [after]


def test_build_replaces_an_index_of_another_version_or_analyzer(
    on_cluster: str, put: Callable[..., Path], tmp_path: Path
) -> None:
    for n in (1, 2):
        put(tmp_path, f"a{n}.txt", f"Headline {n}\n\nA body.\n")
    searchidx.build(tmp_path, index=on_cluster)
    assert searchidx.delete("a1.txt", index=on_cluster) == ["a1.txt"]
    engine = OpenSearchEngine.open(parse_location(on_cluster))
    change_record(engine, lambda record: replace(record, version=0))
    with pytest.raises(IndexVersionError, match="rebuild it with 'searchidx build'"):
        searchidx.open(on_cluster)
    report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.rebuilt, report.added) == (True, 1)
    assert all_ids(on_cluster) == ["a2.txt"]  # deleted articles stay deleted
    change_record(engine, lambda record: replace(record, analysis="other rules"))
    with pytest.raises(IndexVersionError, match="another analyzer"):
        searchidx.open(on_cluster)


def test_create_succeeds_after_a_first_build_died(on_cluster: str) -> None:
    engine = OpenSearchEngine.at(parse_location(on_cluster))
    writer = engine.writer(overwrite=True)
    writer.add(Article("a", "A"))
    writer.rejections()
    writer._lease.abandon()
    change_record(engine, with_dead_writer)
    with pytest.raises(searchidx.IndexNotFoundError):
        searchidx.open(on_cluster)
    searchidx.create(on_cluster).close()
    assert all_ids(on_cluster) == []
    with pytest.raises(IndexExistsError):
        searchidx.create(on_cluster)


def test_build_names_rejected_articles_and_commits_the_rest(
    on_cluster: str, put: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [{"id": f"a{n}", "headline": f"Headline {n}", "body": "A body."} for n in range(5)]
    put(tmp_path, "some.jsonl", [*records, {"id": "long", "headline": "Long", "body": "x", "byline": "b" * 9_000}])
    make_document = document_workers.make_document

    def make_invalid(article: Article, *numbers: int) -> dict[str, Any]:
        return make_document(article, *numbers) | ({"first": "never"} if article.id == "a3" else {})

    with monkeypatch.context() as patched:
        patched.setattr(document_workers, "make_document", make_invalid)
        report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.added, len(report.skipped)) == (4, 2)
    (rejected, why), (long, other_why) = sorted(report.skipped)
    assert (rejected, long) == (f"{tmp_path}/some.jsonl (a3)", f"{tmp_path}/some.jsonl (long)")
    assert "the index refused it: failed to parse field [first]" in why
    assert other_why == "byline: is longer than 8,000 characters, which a cluster cannot index"
    assert all_ids(on_cluster) == ["a0", "a1", "a2", "a4"]
    report = searchidx.build(tmp_path, index=on_cluster)
    assert (report.added, report.unchanged, len(report.skipped)) == (1, 4, 1)


def test_batch_with_a_rejected_article_is_not_committed(
    engine: OpenSearchEngine, on_cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_document = document_workers.make_document
    monkeypatch.setattr(document_workers, "make_document", lambda *given: make_document(*given) | {"first": "x"})
    writer = engine.writer()
    writer.add(Article("bad", "Bad"))
    with pytest.raises(
        searchidx.SearchidxError, match=r"the cluster rejected 1 article, .* bad: failed to parse field \[first\]"
    ):
        writer.commit()
    assert all_ids(on_cluster) == ["a1", "a2"]


def test_index_is_the_same_for_any_number_of_workers(
    on_cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opensearch_writer, "_MIN_ARTICLES_FOR_WORKERS", 10)
    monkeypatch.setattr(document_workers, "_TASK_BYTES", 2_000)
    some = random_articles(300, 11)
    found = []
    for location, jobs in ((tmp_path / "index", 1), (f"{on_cluster}-1", 1), (f"{on_cluster}-3", 3)):
        with searchidx.create(location).writer(jobs=jobs) as writer:
            for each in [*some, *some[:40], Article("gone", "Gone")]:
                writer.add(each)
            assert writer.delete("gone")
            assert not writer.delete("never")
        with searchidx.open(location) as archive:
            found.append((answers(location), list(archive.articles("NOT xyzzy")), archive.fingerprint))
        assert list(searchidx.check(location)) == []
    assert found[0][:2] == found[1][:2]
    assert found[1] == found[2]


def test_error_in_a_worker_is_reported(
    engine: OpenSearchEngine, on_cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opensearch_writer, "_MIN_ARTICLES_FOR_WORKERS", 0)
    writer = engine.writer(jobs=2)
    writer.add(Article("good", "Good"))
    writer.add(Article("bad", "Bad"))
    assert writer._workers is not None
    bad = EncodedArticle.encode(Article("bad", "Bad", ocr=0.5))
    bad = bad._replace(other_fields=bad.other_fields.replace(b"0.5", b"1e300"))  # no value of an article
    writer._workers.add(bad, 99, 99)
    with pytest.raises(searchidx.SearchidxError, match="a worker process could not send articles: ArticleError: ocr"):
        writer.commit()
    assert all_ids(on_cluster) == ["a1", "a2"]


def test_truncated_words_are_found_exactly(on_cluster: str) -> None:
    long, longer = "a" * (MAX_WORD_LENGTH + 5), "a" * (MAX_WORD_LENGTH + 6)
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


def test_truncated_words_of_metadata_are_found_exactly(on_cluster: str) -> None:
    long = "k" * (MAX_WORD_LENGTH + 5) + "z"
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("long", "Long", keywords=[f"{long} deal"]))
        writer.add(Article("short", "Short", keywords=["kz deal"]))
    with searchidx.open(on_cluster) as archive:
        snapshot = archive._snapshot
        for tree, expected in (
            (q.Term("keyword", long), ["long"]),
            (q.Wildcard("keyword", "*z"), ["long", "short"]),
            (q.Prefix("keyword", long[:-1]), ["long"]),
            (q.Wildcard("keyword", f"*{TRUNCATION_MARK}*"), []),
            (q.Not(q.Regex("keyword", "kk.*z")), ["short"]),
            (Adjacent((q.Wildcard("keyword", "*kz"), q.Term("keyword", "deal"))), ["long", "short"]),
            (Adjacent((q.Wildcard("keyword", "*kkz"), q.Term("keyword", "deal"))), ["long"]),
        ):
            found = snapshot.search(tree, sort=Sort.OLDEST)
            assert [snapshot.id(doc) for doc in found.docs] == expected, tree
        assert snapshot.expand(q.Wildcard("keyword", "*z")) == [long, "kz"]


def test_long_phrase_is_matched_whole_beside_other_clauses(on_cluster: str) -> None:
    text = " ".join(f"w{n}" for n in range(900))
    with searchidx.create(on_cluster).writer() as writer:
        writer.add(Article("whole", "Bank", text))
        writer.add(Article("half", "Bank", text[:1000]))
    with searchidx.open(on_cluster) as archive:
        assert archive.ids(f'"{text[:2000]}" bank') == ["whole"]
        assert archive.ids(f'bank -"{text[:2000]}"') == ["half"]
        assert archive.ids(f'"{text[:2000]}" OR rates') == ["whole"]


def test_lost_snapshot_is_reopened_after_an_empty_commit(engine: OpenSearchEngine, cluster: LocalCluster) -> None:
    with searchidx.open(str(engine.location)) as archive:
        with engine.writer() as writer:
            writer.optimize()
        assert archive.latest() is archive
        lose_snapshot(cluster, archive)
        assert archive.ids("headline") == ["a1", "a2"]


def test_recreated_archive_is_not_taken_for_the_old_one(
    engine: OpenSearchEngine, cluster: LocalCluster, on_cluster: str
) -> None:
    with searchidx.open(on_cluster) as archive:
        cluster.request("DELETE", f"/{engine.location.name}-*?expand_wildcards=all")
        commit_batches(OpenSearchEngine.create(engine.location), [articles("b1", "b2")])
        with pytest.raises(SnapshotLostError):
            archive.ids("headline")
        assert archive.latest().ids("headline") == ["b1", "b2"]


def test_readers_see_whole_commits_only(on_cluster: str) -> None:
    """Each commit replaces every article. A reader that opens the archive at any time sees articles of one commit."""
    count, commits = 60, 6
    problems: list[Any] = []
    generations: set[str] = set()
    is_done = threading.Event()

    def batch(generation: int) -> list[Article]:
        return [Article(f"a{n}", "Headline", f"bank {generation}") for n in range(count)]

    def read() -> None:
        while not is_done.is_set():
            with searchidx.open(on_cluster) as archive:
                bodies = {hit.article.body for hit in archive.search("bank", limit=count)}
                counts = archive.search("bank").total, len(archive.ids("*")), archive.facet("*", "year").missing
                if counts != (count, count, count) or len(bodies) != 1:
                    problems.append((counts, bodies))
                generations.update(bodies)

    create_archive(on_cluster, batch(0))
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for generation in range(1, commits):
            commit_batches(OpenSearchEngine.open(parse_location(on_cluster)), [batch(generation)])
    finally:
        is_done.set()
        for reader in readers:
            reader.join()
    assert problems == []
    assert len(generations) > 1


def test_rebuild_keeps_the_number_of_shards_or_adds_some(
    on_cluster: str, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shards() -> list[int]:
        found = cluster.request("GET", f"/{archive_name(on_cluster)}-0*/_settings")
        return [int(found[name]["settings"]["index"]["number_of_shards"]) for name in sorted(found)]

    create_archive(f"{on_cluster}?shards=2", articles("a1", "a2"))
    engine = OpenSearchEngine.open(parse_location(on_cluster))
    engine.writer(overwrite=True).commit()
    assert shards() == [2, 2]
    stats = {"indices": {"news-000001": {"primaries": {"store": {"size_in_bytes": 100_000_000_000}}}}}
    monkeypatch.setattr(
        engine._cluster,
        "request",
        lambda _, path, **__: stats if "_stats" in path else {"news-000001": {"settings": old}},
    )
    old = {"index": {"number_of_shards": "2"}}
    assert ArticleIndex._choose_shards(engine._cluster, "news-000001") == 4


@given(st.integers(0, 2**32), st.integers(0, 200_000), st.binary(max_size=300))
@settings(max_examples=40)
def test_chunks_keep_the_bytes_and_resume_after_a_change(seed: int, size: int, inserted: bytes) -> None:
    data = random.Random(seed).randbytes(size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content_chunks, "MIN_CHUNK", 256)
        patch.setattr(content_chunks, "MAX_CHUNK", 4096)
        patch.setattr(content_chunks, "_HASH_BITS", 10)
        chunks = content_chunks.split(data)
        assert b"".join(chunks) == data
        assert all(256 <= len(chunk) <= 4096 for chunk in chunks[:-1])
        at = seed % (size + 1)
        changed = content_chunks.split(data[:at] + inserted + data[at:])
        assert len(set(changed) - set(chunks)) <= 12


def test_unchanged_user_data_is_not_written_again(engine: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_chunks, "MIN_CHUNK", 256)
    monkeypatch.setattr(content_chunks, "MAX_CHUNK", 1024)
    monkeypatch.setattr(content_chunks, "_HASH_BITS", 9)
    data = random.Random(1).randbytes(50_000)
    changed = data[:20_000] + b"a new file" + data[20_000:]
    states = []
    for number, each in enumerate((data, changed, data, b"")):
        with engine.writer() as writer:
            writer.add(Article(f"s{number}", "State"))
            writer.commit(each)
        assert engine.snapshot().user_data() == each
        states.append(engine.control.read().state)
    first, second, third, last = map(set, states)
    assert len(first) > 50
    assert 0 < len(second - first) < 5
    assert 0 < len(third - second) < 5
    assert last == set()


def test_snapshot_hides_more_deletions_than_one_query_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit_record, "_CHUNK_ORDERS", 2)
    query = CommitRecord("news-000001", "", next=9).visible_articles([1, 2, 3, 4, 5])
    assert query["bool"]["must_not"] == [{"terms": {"order": orders}} for orders in ([1, 2], [3, 4], [5])]


def test_name_of_a_foreign_index_is_rejected(on_cluster: str, cluster: LocalCluster) -> None:
    name = archive_name(on_cluster)
    cluster.request("PUT", f"/{name}")
    with pytest.raises(IndexExistsError, match="was not made by searchidx"):
        searchidx.create(on_cluster)
    assert list(cluster.request("GET", f"/{name}-0*/_alias")) == []


def test_optimized_index_is_searched_in_its_merged_form(engine: OpenSearchEngine) -> None:
    for number in range(4):
        with engine.writer() as writer:
            writer.add(Article(f"a{number}", "Rain"))
            if number == 3:
                assert engine.snapshot().stats().segments > 1
                writer.optimize()
    assert engine.snapshot().stats().segments == 1
