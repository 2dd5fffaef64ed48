"""Segment workers: the same index for any number of jobs, from scripts and stdin, and no process left behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx import Article, SearchidxError
from searchidx.engines.contract import Writer
from searchidx.engines.embedded import EmbeddedEngine, embedded_writer, merge_policy
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.testing.random_articles import commit_batches, live_articles, random_article, random_commits

Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make buffers and segments small, so that a small test has many."""
    monkeypatch.setattr(embedded_writer, "MAX_BATCH_ARTICLES", 7)
    monkeypatch.setattr(embedded_writer, "MIN_SEGMENT_TOKENS", 900)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """All processes that the test starts."""
    found: list[subprocess.Popen[bytes]] = []

    class RecordingPopen(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *words: Any, **values: Any) -> None:
            super().__init__(*words, **values)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", RecordingPopen)
    yield found
    monkeypatch.undo()
    for process in found:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def assert_ended(started: list[subprocess.Popen[bytes]]) -> None:
    """Assert that every process has ended and was waited for, and that its pipes are closed."""
    assert started
    for process in started:
        assert process.returncode is not None
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
        assert [pipe for pipe in (process.stdin, process.stdout) if pipe is not None and not pipe.closed] == []


def ids(folder: Path) -> list[str]:
    snapshot = EmbeddedEngine.open(folder).snapshot()
    return [snapshot.id(doc) for doc in snapshot.search(q.Every(), limit=None).docs]


def segments(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}


def test_index_has_the_same_bytes_for_any_number_of_jobs(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    batches = random_commits(random.Random(1), 60, 2)
    made = []
    for jobs in (1, 2, 3):
        folder = tmp_path / str(jobs)
        index = EmbeddedEngine.create(folder)
        for batch in batches:
            with index.writer(jobs=jobs) as writer:
                for change in batch:
                    if isinstance(change, str):
                        writer.delete(change)
                    else:
                        writer.add(change)
        assert ids(folder) == [each.id for each in live_articles(batches)]
        assert list(index.verify()) == []
        made.append(segments(folder))
    assert made[0] == made[1] == made[2]
    assert len(started) == 2 * (2 + 3)
    assert_ended(started)


def test_merge_in_workers_equals_merge_in_the_parent(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large merge makes two segments; they have the same bytes whether workers or the parent merges."""
    monkeypatch.setattr(merge_policy, "SPLIT_MERGE_DOCS", 40)
    rng = random.Random(4)
    first = [random_article(rng, f"a{n}") for n in range(30)]
    made = []
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        index = EmbeddedEngine.create(folder)
        commit_batches(index, [first])
        with index.writer(jobs=jobs) as writer:
            for n in (0, 3, 17, 29):
                writer.delete(f"a{n}")
            for n in range(60):
                writer.add(Article(f"b{n}", f"Headline {n}", first[n % 30].body))
            writer.delete("b50")
        kept = [each.id for each in first if each.id not in ("a0", "a3", "a17", "a29")]
        assert ids(folder) == [*kept, *(f"b{n}" for n in range(60) if n != 50)]
        assert list(index.verify()) == []
        assert [about["deleted"] for about in read_manifest(folder).segments] == [None, None]
        made.append(segments(folder))
    assert made[0] == made[1]
    assert len(started) == 2 * 2 + 4  # those of the first commits, that build, that merge
    assert_ended(started)


def test_articles_are_replaced_and_deleted_across_batches(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, [[Article("a0", "Before"), Article("a1", "Before"), Article("b", "Before")]])
    with index.writer(jobs=2) as writer:
        for n in range(20):
            writer.add(Article(f"a{n}", "First"))
        assert [writer.delete(f"a{n}") for n in (3, 3, 12, 99)] == [True, False, True, False]
        for n in (0, 5, 12, 19):
            writer.add(Article(f"a{n}", "Second"))
        for n in range(30, 40):
            writer.add(Article(f"a{n}", "Third"))
        assert writer.delete("a31") is True
        assert writer.delete("a5") is True
        assert writer.delete("a5") is False
    kept = [n for n in range(20) if n not in (0, 3, 5, 12, 19)]
    expected = ["b", *(f"a{n}" for n in [*kept, 0, 12, 19, 30, *range(32, 40)])]
    assert ids(tmp_path) == expected
    snapshot = index.snapshot()
    assert snapshot.search(q.Term("text", "second")).total == 3
    assert snapshot.search(q.Term("text", "befor")).total == 1
    assert list(index.verify()) == []
    assert started


def test_few_articles_start_no_worker(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    commit_batches(EmbeddedEngine.create(tmp_path), [[Article("a", "One")]])
    assert started == []


@pytest.mark.parametrize("end", ["commit", "cancel", "exception"])
def test_no_worker_survives_the_writer(tmp_path: Path, started: list[subprocess.Popen[bytes]], end: str) -> None:
    index = EmbeddedEngine.create(tmp_path)
    writer = index.writer(jobs=2)
    for n in range(30):
        writer.add(Article(f"a{n}", "Headline"))
    if end == "exception":
        with pytest.raises(KeyError), writer:
            raise KeyError("of the caller")
    else:
        getattr(writer, end)()
    assert len(started) == 2
    assert_ended(started)
    assert len(ids(tmp_path)) == (30 if end == "commit" else 0)
    if end != "commit":
        assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "manifest.copy.json", "lock"}


SCRIPT = """
import sys
import searchidx
from searchidx.engines.embedded import embedded_writer as engine

engine.MAX_BATCH_ARTICLES = 7
engine.MIN_SEGMENT_TOKENS = 50
print("running")
archive = searchidx.create(sys.argv[1])
with archive.writer(jobs=2) as writer:
    for n in range(20):
        writer.add(searchidx.Article(f"a{n}", "Headline", "Body of number " + str(n)))
archive.refresh()
print(len(archive), *searchidx.check(sys.argv[1]))
"""


@pytest.mark.parametrize("way", ["-", "-c", "script", "module"])
def test_workers_run_from_stdin_scripts_and_modules(tmp_path: Path, process: Process, way: str) -> None:
    """The caller's code has no main guard, and runs once."""
    index = tmp_path / "index"
    script = tmp_path / "unguarded.py"
    script.write_text(SCRIPT, "utf-8")
    if way == "-":
        done = process("-", index, stdin=SCRIPT)
    elif way == "-c":
        done = process("-c", SCRIPT, index)
    elif way == "script":
        done = process(script, index)
    else:
        done = process("-m", "unguarded", index, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("running\n20\n", "", 0)


def test_current_folder_shadows_no_module_of_a_worker(tmp_path: Path, process: Process) -> None:
    """A worker imports the modules of its parent, not those in the current folder."""
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", "utf-8")
    done = process("-P", "-c", SCRIPT, "index", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("running\n20\n", "")


def add_and_commit(writer: Writer, count: int) -> None:
    for n in range(count):
        writer.add(Article(f"b{n}", "Headline"))
    writer.commit()


@pytest.mark.parametrize("when", ["add", "commit"])
def test_dead_worker_cancels_the_commit(tmp_path: Path, started: list[subprocess.Popen[bytes]], when: str) -> None:
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, [[Article("old", "Before")]])
    before = segments(tmp_path)
    writer = index.writer(jobs=2)
    for n in range(14):
        writer.add(Article(f"a{n}", "Headline"))
    assert len(started) == 2
    for worker in started:
        worker.kill()
    with pytest.raises(SearchidxError, match="worker process"):
        add_and_commit(writer, 46 if when == "add" else 0)
    assert not writer.is_open
    assert segments(tmp_path) == before
    commit_batches(index, [[Article("new", "After")]])  # the lock is free
    assert ids(tmp_path) == ["old", "new"]


@pytest.fixture
def unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    """An index whose workers must write to a folder that does not exist."""
    index = EmbeddedEngine.create(tmp_path)
    commit_batches(index, [[Article("old", "Before")]])
    monkeypatch.setattr(
        embedded_writer.EmbeddedWriter,
        "_segment_path",
        lambda self: tmp_path / "nowhere" / f"segment-{self._take_number():06d}.seg",
    )
    return index


def test_worker_that_cannot_write_cancels_the_commit(
    unwritable: EmbeddedEngine, started: list[subprocess.Popen[bytes]]
) -> None:
    """The error names what a worker reported."""
    with pytest.raises(SearchidxError, match="No such file"):
        add_and_commit(unwritable.writer(jobs=2), 50)
    assert ids(unwritable.folder) == ["old"]
    assert len(started) == 2


def test_failed_worker_is_ended(unwritable: EmbeddedEngine, started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises(SearchidxError):
        add_and_commit(unwritable.writer(jobs=2), 50)
    assert_ended(started)


def test_dead_worker_is_waited_for(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    writer = EmbeddedEngine.create(tmp_path).writer(jobs=2)
    for n in range(14):
        writer.add(Article(f"a{n}", "Headline"))
    for worker in started:
        worker.kill()
    with pytest.raises(SearchidxError):
        writer.commit()
    assert_ended(started)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_large_and_unusual_articles_reach_the_workers(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """Articles larger than a pipe, and with every kind of line end."""
    index = EmbeddedEngine.create(tmp_path)
    rng = random.Random(3)
    articles = [random_article(rng, f"a{n}") for n in range(12)]
    articles += [
        Article("long", "Long", "word and words\n" * 20_000),
        Article("ends", "Ends", "one\r\ntwo\rthree\u2028four\x85five\x1csix\x00seven"),
        Article("high", "\U0001f5de \U00020000", "\ufeff\u200b"),
    ]
    with index.writer(jobs=2) as writer:
        for each in articles:
            writer.add(each)
    snapshot = index.snapshot()
    assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == articles
    assert started
