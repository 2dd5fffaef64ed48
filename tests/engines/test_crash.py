"""Killed at any instant, an index opens complete: as it was before the commit in flight, or as it is after it.

A process (`crashing_writer`) changes an index repeatedly, and is killed with SIGKILL at random, seeded instants.
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
    """Start the process that is to be killed."""

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
def killed(child: Child, delay: float) -> Iterator[tuple[int, int]]:
    """Kill it so many seconds after its first commit began: the numbers of the commits begun and done.

    Its workers, if any, may live on within the block; none does after it.
    """
    assert child.stdout is not None
    assert child.stderr is not None
    with child:
        first = child.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):  # it never ends by itself
            child.wait(delay)
        child.kill()
        lines = [line.split() for line in (first + child.stdout.read()).splitlines()]
        numbers = {word: [int(number) for said, number in lines if said == word] for word in ("begin", "done")}
        assert numbers["begin"], child.stderr.read()
        yield numbers["begin"][-1], numbers["done"][-1] if numbers["done"] else numbers["begin"][0] - 1
        child.stderr.read()  # until all who have it are gone


class Expected:
    """What the index holds after each commit, found by taking the plan and not the index."""

    def __init__(self) -> None:
        self.after: list[list[Article]] = [[]]

    def __getitem__(self, number: int) -> list[Article]:
        while len(self.after) <= number:
            self.after.append(live_articles([self.after[-1], crashing_writer.batch(len(self.after))]))
        return self.after[number]


def content(folder: Path) -> tuple[int, list[Article]]:
    """The number of the commit, and all articles."""
    snapshot = EmbeddedEngine.open(folder).snapshot()
    found = snapshot.search(q.Every(), limit=None)
    assert found.total == len(found.docs) == len(snapshot)
    return int(snapshot.user_data() or 0), [snapshot.article(doc) for doc in found.docs]


def prove_swept(folder: Path) -> None:
    """A writer that does nothing leaves nothing but the last commit."""
    EmbeddedEngine.open(folder).writer().cancel()
    expected = {"manifest.json", "lock"} | read_manifest(folder).files()
    assert {path.name for path in folder.iterdir()} == expected


def prove_commits(start: Start, kind: str, folder: Path, seed: int, kills: int, longest: float) -> None:
    EmbeddedEngine.create(folder)
    expected = Expected()
    rng = random.Random(seed)
    before = made = leftovers = 0
    for turn in range(kills):
        about = f"seed {seed}, kill {turn}"
        with killed(start(kind, folder), rng.uniform(0, longest)) as (begun, done):
            number, articles = content(folder)
            assert number in {done, begun}, about
            assert done >= before, about
            assert articles == expected[number], f"{about}, after commit {number}"
            assert list(EmbeddedEngine.open(folder).verify()) == [], about
            made += number - before
            before = number
            leftovers += len(list(folder.iterdir())) > 2 + len(read_manifest(folder).files())
        if turn % 2:  # the next writer is another process as often
            crashing_writer.commit(folder, before + 1, jobs=1)
            before += 1
            assert content(folder) == (before, expected[before]), about
        if turn % 3 == 0:  # otherwise the next process finds what was left
            prove_swept(folder)
    prove_swept(folder)
    assert content(folder) == (before, expected[before])
    # On a busy machine few processes come far before they are killed; of many some do, and some are killed in a commit.
    assert (made and leftovers) or kills < 10


def test_killed_between_and_within_commits(start: Start, tmp_path: Path) -> None:
    prove_commits(start, "commits", tmp_path / "index", seed=1, kills=3, longest=0.2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else range(2, 9))
def test_killed_many_times(start: Start, tmp_path: Path, seed: int) -> None:
    prove_commits(start, "commits", tmp_path / "index", seed, kills=10 if REDUCED else 20, longest=0.2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [20] if REDUCED else [20, 21])
def test_killed_while_workers_build(start: Start, tmp_path: Path, seed: int) -> None:
    prove_commits(start, "workers", tmp_path / "index", seed, kills=2 if REDUCED else 15, longest=2.0)


ORPHANING = """
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


def test_a_worker_that_outlives_its_writer_disturbs_no_other(tmp_path: Path, environment: dict[str, str]) -> None:
    """The worker is stopped until its writer is dead and the next one has swept; then it goes on."""
    EmbeddedEngine.create(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANING, str(tmp_path)],
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
            child.stderr.read()  # until both are gone
            writer.add(Article("b1", "Another"))
    assert [article.id for article in content(tmp_path)[1]] == ["b1"]
    assert list(EmbeddedEngine.open(tmp_path).verify()) == []
    prove_swept(tmp_path)


def prove_builds(start: Start, folder: Path, seed: int, kills: int) -> None:
    """A first build is all or nothing, and the next one after it makes it whole."""
    folder.mkdir()
    source = crashing_writer.corpus(folder / "corpus")
    names = [f"article {n}" for n in range(20)]
    rng = random.Random(seed)
    for turn in range(kills):
        with killed(start("builds", folder), rng.uniform(0, 0.5)) as (begun, done):
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
                prove_swept(index)


def test_killed_while_building_anew(start: Start, tmp_path: Path) -> None:
    prove_builds(start, tmp_path / "builds", seed=1, kills=1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2] if REDUCED else [2, 3])
def test_killed_while_building_many_anew(start: Start, tmp_path: Path, seed: int) -> None:
    prove_builds(start, tmp_path / "builds", seed, kills=2 if REDUCED else 15)


def test_the_lock_dies_with_its_holder(start: Start, tmp_path: Path) -> None:
    """A writer in another process keeps others out; killed, it does not."""
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
