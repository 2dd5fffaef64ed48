"""An index survives SIGKILL at any instant: it opens with the last commit done or with the commit in flight.

The process `crashing_writer` changes an index repeatedly. The tests kill it at random, seeded instants.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import crashing_writer
import pytest
from whoosh import query as q

import searchidx
from searchidx import Article, IndexLockedError, IndexNotFoundError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.manifest import read_manifest
from searchidx.engines.testing.random_articles import live_articles

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
Child = subprocess.Popen[str]
Start = Callable[[str, Path], Child]


@pytest.fixture
def start(environment: dict[str, str]) -> Start:
    """Start `crashing_writer`."""

    def call(kind: str, folder: Path) -> Child:
        return subprocess.Popen(
            [sys.executable, crashing_writer.__file__, kind, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )

    return call


@contextmanager
def kill_after(child: Child, delay: float) -> Iterator[tuple[int, int]]:
    """Kill a process `delay` seconds after its first commit began; yield the last commits begun and done.

    Its worker processes may outlive it within the block, but not after the block.
    """
    assert child.stdout is not None
    assert child.stderr is not None
    with child:
        first = child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):  # it never exits by itself
            child.wait(delay)
        child.kill()
        lines = [line.split() for line in (first + child.stdout.read()).splitlines()]
        numbers = {word: [int(number) for event, number in lines if event == word] for word in ("begin", "done")}
        assert numbers["begin"], child.stderr.read()
        yield numbers["begin"][-1], numbers["done"][-1] if numbers["done"] else numbers["begin"][0] - 1
        child.stderr.read()  # until every process that holds the pipe has exited


class ExpectedArticles:
    """The articles after each commit, computed from the plan of `crashing_writer` without an index."""

    def __init__(self) -> None:
        self.after: list[list[Article]] = [[]]

    def __getitem__(self, number: int) -> list[Article]:
        while len(self.after) <= number:
            self.after.append(live_articles([self.after[-1], crashing_writer.batch(len(self.after))]))
        return self.after[number]


def content(folder: Path) -> tuple[int, list[Article]]:
    """Return the number of the commit and all articles."""
    snapshot = EmbeddedEngine.open(folder).snapshot()
    found = snapshot.search(q.Every(), limit=None)
    assert found.total == len(found.docs) == len(snapshot)
    return int(snapshot.user_data() or 0), [snapshot.article(doc) for doc in found.docs]


def assert_no_leftovers(folder: Path) -> None:
    """Assert that a writer without changes removes all files but those of the last commit."""
    EmbeddedEngine.open(folder).writer().cancel()
    expected = {"manifest.json", "manifest.copy.json", "lock"} | read_manifest(folder).files()
    assert {path.name for path in folder.iterdir()} == expected


def assert_commits_survive(start: Start, kind: str, folder: Path, seed: int, kills: int, max_delay: float) -> None:
    """Kill a writer `kills` times; after each, compare the index with the plan."""
    EmbeddedEngine.create(folder)
    expected = ExpectedArticles()
    rng = random.Random(seed)
    before = committed = leftovers = 0
    for turn in range(kills):
        about = f"seed {seed}, kill {turn}"
        with kill_after(start(kind, folder), rng.uniform(0, max_delay)) as (begun, done):
            number, articles = content(folder)
            assert number in {done, begun}, about
            assert done >= before, about
            assert articles == expected[number], f"{about}, after commit {number}"
            assert list(EmbeddedEngine.open(folder).verify()) == [], about
            committed += number - before
            before = number
            leftovers += len(list(folder.iterdir())) > 2 + len(read_manifest(folder).files())
        if turn % 2:  # every second time, another process writes next
            crashing_writer.commit(folder, before + 1, jobs=1)
            before += 1
            assert content(folder) == (before, expected[before]), about
        if turn % 3 == 0:  # otherwise the next process meets the leftovers
            assert_no_leftovers(folder)
    assert_no_leftovers(folder)
    assert content(folder) == (before, expected[before])
    # On a busy machine, a few kills may all come early. Of ten, some follow a commit and some interrupt one.
    assert (committed and leftovers) or kills < 10


def test_killed_writer_leaves_a_complete_commit(start: Start, tmp_path: Path) -> None:
    assert_commits_survive(start, "commits", tmp_path / "index", seed=1, kills=3, max_delay=0.2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else range(2, 47))
def test_writer_killed_many_times_leaves_complete_commits(start: Start, tmp_path: Path, seed: int) -> None:
    assert_commits_survive(start, "commits", tmp_path / "index", seed, kills=10 if REDUCED else 20, max_delay=0.2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [20] if REDUCED else range(20, 24))
def test_killed_writer_with_workers_leaves_complete_commits(start: Start, tmp_path: Path, seed: int) -> None:
    assert_commits_survive(start, "workers", tmp_path / "index", seed, kills=2 if REDUCED else 15, max_delay=2.0)


ORPHANING_WRITER = """
import os, signal, subprocess, sys
from pathlib import Path
from searchidx import Article
from searchidx.engines.embedded import EmbeddedEngine, embedded_writer

embedded_writer.MAX_BATCH_ARTICLES = 4
workers = []

class Popen(subprocess.Popen):
    def __init__(self, *words, **values):
        super().__init__(*words, **values)
        workers.append(self.pid)
        os.kill(self.pid, signal.SIGSTOP)

subprocess.Popen = Popen
writer = EmbeddedEngine.open(Path(sys.argv[1])).writer(jobs=2)
for n in range(8):
    writer.add(Article(f"a{n}", "Headline"))
print(*workers, flush=True)
sys.stdin.read()
"""


def test_orphaned_worker_does_not_disturb_the_next_writer(tmp_path: Path, environment: dict[str, str]) -> None:
    """The workers stop until their writer is dead and the next one has removed leftovers; then they go on."""
    EmbeddedEngine.create(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING_WRITER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        workers = [int(word) for word in child.stdout.readline().split()]
        assert len(workers) == 2
        child.kill()
        child.wait()
        with EmbeddedEngine.open(tmp_path).writer(wait=10, jobs=1) as writer:
            for worker in workers:
                os.kill(worker, signal.SIGCONT)
            child.stderr.read()  # until both have exited
            writer.add(Article("b1", "Another"))
    assert [article.id for article in content(tmp_path)[1]] == ["b1"]
    assert list(EmbeddedEngine.open(tmp_path).verify()) == []
    assert_no_leftovers(tmp_path)


def assert_builds_are_atomic(start: Start, folder: Path, seed: int, kills: int) -> None:
    """Kill first builds: each index is complete or missing, and a second build completes it."""
    folder.mkdir()
    source = crashing_writer.corpus(folder / "corpus")
    names = [f"article {n}" for n in range(20)]
    rng = random.Random(seed)
    for turn in range(kills):
        with kill_after(start("builds", folder), rng.uniform(0, 0.5)) as (begun, done):
            for number in range(1, begun + 1):
                index = folder / f"index-{number}"
                try:
                    with searchidx.open(index) as archive:
                        assert sorted(archive.ids("bank")) == sorted(names), f"seed {seed}, kill {turn}"
                    assert list(searchidx.check(index)) == []
                except IndexNotFoundError:
                    assert number == begun > done
                report = searchidx.build(source, index=index)
                assert (report.added, report.unchanged) in {(20, 0), (0, 20)}
                assert_no_leftovers(index)


def test_killed_first_build_is_complete_or_missing(start: Start, tmp_path: Path) -> None:
    assert_builds_are_atomic(start, tmp_path / "builds", seed=1, kills=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else range(2, 6))
def test_many_killed_first_builds_are_complete_or_missing(start: Start, tmp_path: Path, seed: int) -> None:
    assert_builds_are_atomic(start, tmp_path / "builds", seed, kills=2 if REDUCED else 15)


def test_lock_is_freed_when_its_holder_is_killed(start: Start, tmp_path: Path) -> None:
    """The writer of another process excludes others until it is killed."""
    EmbeddedEngine.create(tmp_path)
    code = (
        "import sys; from searchidx.engines.embedded import EmbeddedEngine; from pathlib import Path; "
        "writer = EmbeddedEngine.open(Path(sys.argv[1])).writer(); print('writing', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(searchidx.__file__).parent.parent
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(root)}
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        with pytest.raises(IndexLockedError) as caught:
            EmbeddedEngine.open(tmp_path).writer()
        assert caught.value.path == tmp_path
        child.kill()
        child.wait()
        EmbeddedEngine.open(tmp_path).writer(wait=10).cancel()
