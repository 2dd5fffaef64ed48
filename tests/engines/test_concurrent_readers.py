"""Readers beside a writer: each snapshot holds exactly one commit and never changes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import reading_process

from searchidx.engines.contract import Snapshot, Sort
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.testing.random_articles import commit_batches, live_articles, random_commits
from searchidx.engines.testing.random_queries import RandomQueries

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"


def assert_readers_see_whole_commits(folder: Path, environment: dict[str, str], processes: int, commits: int) -> None:
    """Commit repeatedly while reader processes verify snapshot after snapshot."""
    index = EmbeddedEngine.create(folder)
    with ExitStack() as stack:
        readers = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, reading_process.__file__, str(folder)],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    encoding="utf-8",
                    env=environment,
                )
            )
            for _ in range(processes)
        ]
        try:
            for reader in readers:
                assert reader.stdout is not None
                assert reader.stdout.readline() == "reading\n"
            before: list[str] = []
            for number in range(1, commits + 1):
                with index.writer() as writer:
                    for id in set(before) - set(reading_process.expected_ids(number)):
                        writer.delete(id)
                    writer.add(reading_process.article(number))
                    if number % 50 == 0:
                        writer.optimize()
                    writer.commit(str(number).encode())
                before = reading_process.expected_ids(number)
            with index.writer() as writer:
                writer.commit(b"end")
            for reader in readers:
                out, err = reader.communicate(timeout=60)
                assert (err, reader.returncode) == ("", 0)
                snapshots, seen = map(int, out.split())
                assert snapshots >= seen > commits // 100
        finally:
            for reader in readers:
                reader.kill()
    assert list(index.verify()) == []


def test_readers_see_only_whole_commits_while_a_writer_commits(tmp_path: Path, environment: dict[str, str]) -> None:
    assert_readers_see_whole_commits(tmp_path, environment, processes=2, commits=60)


@pytest.mark.long
def test_many_readers_see_only_whole_commits(tmp_path: Path, environment: dict[str, str]) -> None:
    processes, commits = (2, 150) if REDUCED else (4, 1000)
    assert_readers_see_whole_commits(tmp_path, environment, processes, commits)


def record_answers(snapshot: Snapshot, queries: list[Any]) -> bytes:
    """Return all answers of a snapshot."""
    answers: list[Any] = [len(snapshot), snapshot.fingerprint, snapshot.user_data()]
    for query in queries:
        for sort in Sort:
            found = snapshot.search(query, limit=None, sort=sort)
            answers.append((found.total, list(found.docs), list(found.scores)))
            for doc in found.docs:
                answers.append(
                    (snapshot.id(doc), snapshot.headlines([doc])[0], snapshot.date(doc), snapshot.article(doc))
                )
                answers.append(snapshot.find(snapshot.id(doc)))
    return repr(answers).encode()


def test_snapshot_keeps_its_answers_after_its_files_are_removed(tmp_path: Path) -> None:
    """Commits, deletions and merges remove its files."""
    index = EmbeddedEngine.create(tmp_path)
    rng = random.Random(1)
    batches = [batch for count in (100, 15, 3) for batch in random_commits(rng, count, 1)]
    commit_batches(index, batches)
    with index.writer() as writer:
        writer.commit(b"user data")
    trees = RandomQueries(live_articles(batches))
    queries = [trees.with_seed(n).tree(n % 4) for n in range(20)]
    before = {path.name for path in tmp_path.iterdir()}
    expected = record_answers(index.snapshot(), queries)
    snapshot, late_snapshot = index.snapshot(), index.snapshot()  # searched only after its files are removed
    assert record_answers(snapshot, queries) == expected
    for turn in range(6):
        with index.writer() as writer:
            for n in range(turn, 100, 7):
                writer.delete(f"a{n}")
            for change in random_commits(rng, 20, 1)[0]:
                if not isinstance(change, str):
                    writer.add(change)
            if turn == 3:
                writer.optimize()
            writer.commit(f"turn {turn}".encode())
        assert record_answers(snapshot, queries) == expected
    assert not before & {path.name for path in tmp_path.iterdir()} - {"manifest.json", "manifest.copy.json", "lock"}
    assert record_answers(late_snapshot, queries) == expected
    assert index.snapshot().fingerprint != snapshot.fingerprint


def test_whoosh_reader_keeps_its_terms_after_a_commit(tmp_path: Path) -> None:
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, random_commits(random.Random(2), 30, 1))
    reader = index.snapshot().index.reader()
    commit_batches(index, [[f"a{n}" for n in range(30)], *random_commits(random.Random(3), 30, 1)])
    terms = list(reader.lexicon("text"))
    assert len(terms) > 20
    assert sum(reader.frequency("text", term) for term in terms) == reader.field_length("text")
