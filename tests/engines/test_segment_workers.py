"""Worker processes: the same index whatever their number, from wherever Python runs, and nothing left of them."""

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
from corpora import article, history, survivors, write
from whoosh import query as q

from searchidx import Article, SearchidxError
from searchidx.engines.contract import Writer
from searchidx.engines.embedded import EmbeddedEngine, embedded_engine, merge_policy
from searchidx.engines.embedded.manifest import read_manifest

Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def small_spills(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few articles make a part, and so few parts a segment, that a small test has many."""
    monkeypatch.setattr(embedded_engine, "SPILL_ARTICLES", 7)
    monkeypatch.setattr(embedded_engine, "ENOUGH_TOKENS", 900)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Every process that is started."""
    found: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *words: Any, **values: Any) -> None:
            super().__init__(*words, **values)
            found.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    yield found
    monkeypatch.undo()
    for process in found:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def prove_gone(started: list[subprocess.Popen[bytes]]) -> None:
    """None lives, none waits to be taken notice of, no pipe to one is open."""
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


def test_the_same_bytes_whatever_their_number(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    batches = history(random.Random(1), 60, 2)
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
        assert ids(folder) == [each.id for each in survivors(batches)]
        assert list(index.verify()) == []
        made.append(segments(folder))
    assert made[0] == made[1] == made[2]
    assert len(started) == 2 * (2 + 3)
    prove_gone(started)


def test_merged_by_workers_or_here(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Much that is merged becomes two segments, deletions and all, the same bytes wherever that is done."""
    monkeypatch.setattr(merge_policy, "SPLIT_MERGE_DOCS", 40)
    rng = random.Random(4)
    first = [article(rng, f"a{n}") for n in range(30)]
    made = []
    for jobs in (1, 2):
        folder = tmp_path / str(jobs)
        index = EmbeddedEngine.create(folder)
        write(index, [first])
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
    prove_gone(started)


def test_what_is_replaced_and_deleted_across_batches(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    index = EmbeddedEngine.create(tmp_path)
    write(index, [[Article("a0", "Before"), Article("a1", "Before"), Article("b", "Before")]])
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
    write(EmbeddedEngine.create(tmp_path), [[Article("a", "One")]])
    assert started == []


@pytest.mark.parametrize("end", ["commit", "cancel", "exception"])
def test_nothing_is_left_of_them(tmp_path: Path, started: list[subprocess.Popen[bytes]], end: str) -> None:
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
    prove_gone(started)
    assert len(ids(tmp_path)) == (30 if end == "commit" else 0)
    if end != "commit":
        assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "lock"}


SCRIPT = """
import sys
import searchidx
from searchidx.engines.embedded import embedded_engine as engine

engine.SPILL_ARTICLES = 7
engine.ENOUGH_TOKENS = 50
print("running")
archive = searchidx.create(sys.argv[1])
with archive.writer(jobs=2) as writer:
    for n in range(20):
        writer.add(searchidx.Article(f"a{n}", "Headline", "Body of number " + str(n)))
archive.refresh()
print(len(archive), *searchidx.check(sys.argv[1]))
"""


@pytest.mark.parametrize("way", ["-", "-c", "script", "module"])
def test_from_wherever_python_runs(tmp_path: Path, process: Process, way: str) -> None:
    """Without a main guard, the caller's code runs once."""
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


def test_from_a_folder_that_shadows_modules(tmp_path: Path, process: Process) -> None:
    """A worker imports what its parent did, whatever lies in the folder it starts in."""
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", "utf-8")
    done = process("-P", "-c", SCRIPT, "index", cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("running\n20\n", "")


def add_and_commit(writer: Writer, count: int) -> None:
    for n in range(count):
        writer.add(Article(f"b{n}", "Headline"))
    writer.commit()


@pytest.mark.parametrize("when", ["add", "commit"])
def test_a_worker_that_dies(tmp_path: Path, started: list[subprocess.Popen[bytes]], when: str) -> None:
    index = EmbeddedEngine.create(tmp_path)
    write(index, [[Article("old", "Before")]])
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
    write(index, [[Article("new", "After")]])  # the lock is free
    assert ids(tmp_path) == ["old", "new"]


@pytest.fixture
def hindered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedEngine:
    """An index whose workers are told to write where nothing can be written."""
    index = EmbeddedEngine.create(tmp_path)
    write(index, [[Article("old", "Before")]])
    monkeypatch.setattr(
        embedded_engine.EmbeddedWriter,
        "_segment_path",
        lambda self: tmp_path / "nowhere" / f"segment-{self._number():06d}.seg",
    )
    return index


def test_a_worker_that_cannot_write(hindered: EmbeddedEngine, started: list[subprocess.Popen[bytes]]) -> None:
    """What hinders a worker is told in its words."""
    with pytest.raises(SearchidxError, match="No such file"):
        add_and_commit(hindered.writer(jobs=2), 50)
    assert ids(hindered.folder) == ["old"]
    assert len(started) == 2


def test_a_worker_that_failed_is_put_away(hindered: EmbeddedEngine, started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises(SearchidxError):
        add_and_commit(hindered.writer(jobs=2), 50)
    prove_gone(started)


def test_a_worker_that_died_is_put_away(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    writer = EmbeddedEngine.create(tmp_path).writer(jobs=2)
    for n in range(14):
        writer.add(Article(f"a{n}", "Headline"))
    for worker in started:
        worker.kill()
    with pytest.raises(SearchidxError):
        writer.commit()
    prove_gone(started)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_large_and_odd_articles_through_the_pipe(tmp_path: Path, started: list[subprocess.Popen[bytes]]) -> None:
    """Articles larger than a pipe holds, and with every kind of line end."""
    index = EmbeddedEngine.create(tmp_path)
    rng = random.Random(3)
    articles = [article(rng, f"a{n}") for n in range(12)]
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
