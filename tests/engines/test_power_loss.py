"""An index survives a power loss at any instant of a commit, which may lose every write that was not synced.

The test records syncs, renames and removals while a writer commits. Before each of them, and after the commit, it makes
every folder that a power loss may leave, and opens it:

- a name is what it was at the last sync of the folder, or what it is now;
- a file has all that was written before its last sync; what was written later may be there, missing or half there.

Each folder must hold the last commit or the one in flight, undamaged; after `commit` has returned, the new one.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx import Article
from searchidx.engines.embedded import EmbeddedEngine

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"
Content = tuple[tuple[str, bytes], ...]
"""The names and contents of the files of a folder."""


class UnsafeDisk:
    """Records what a power loss may leave of a folder."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.states: set[Content] = set()
        self.syncs = {"files": 0, "folders": 0}
        self._handles: dict[int, int] = {}  # open, so that no number of a removed file is used again
        self._synced: dict[int, bytes] = {}
        self._names = self._list()
        for inode in self._names.values():
            self._synced[inode] = self._read(inode)
        self._fsync, self._replace, self._unlink = os.fsync, os.replace, os.unlink
        monkeypatch.setattr(os, "fsync", self._on_fsync)
        monkeypatch.setattr(os, "replace", self._on_replace)
        monkeypatch.setattr(os, "unlink", self._on_unlink)

    def close(self) -> None:
        for handle in self._handles.values():
            os.close(handle)

    def _list(self) -> dict[str, int]:
        names = {}
        for entry in os.scandir(self.folder):
            inode = entry.inode()
            names[entry.name] = inode
            if inode not in self._handles:
                self._handles[inode] = os.open(entry.path, os.O_RDONLY)
        return names

    def _read(self, inode: int) -> bytes:
        handle = self._handles[inode]
        return os.pread(handle, os.fstat(handle).st_size, 0)

    def _on_fsync(self, handle: int) -> None:
        self.record()
        status = os.fstat(handle)
        self._fsync(handle)
        if stat.S_ISDIR(status.st_mode):
            if os.path.samestat(status, os.stat(self.folder)):
                self.syncs["folders"] += 1
                self._names = self._list()
        else:
            self.syncs["files"] += 1
            self._list()
            if status.st_ino in self._handles:
                self._synced[status.st_ino] = self._read(status.st_ino)

    def _on_replace(self, source: Any, target: Any, **values: Any) -> None:
        self.record()
        self._replace(source, target, **values)

    def _on_unlink(self, path: Any, **values: Any) -> None:
        self.record()
        self._unlink(path, **values)

    def _contents(self, inode: int) -> list[bytes]:
        """What a file may hold: its synced bytes, and any part of what was written later."""
        now = self._read(inode)
        synced = self._synced.get(inode, b"")
        lost = now[: len(synced)] + bytes(max(len(now) - len(synced), 0))  # the length was written, the bytes were not
        return list(dict.fromkeys((synced, now[: (len(synced) + len(now)) // 2], lost, now)))

    def record(self) -> None:
        """Add every folder that a power loss may leave now."""
        now = self._list()
        choices: list[list[tuple[str, bytes] | None]] = []
        for name in sorted({*self._names, *now}):
            inodes = dict.fromkeys((self._names.get(name), now.get(name)))
            choices.append(
                [
                    each
                    for inode in inodes
                    for each in ([None] if inode is None else [(name, data) for data in self._contents(inode)])
                ]
            )
        for chosen in itertools.product(*choices):
            self.states.add(tuple(each for each in chosen if each is not None))


def batches(count: int) -> Iterator[tuple[Sequence[Article], Sequence[str], str]]:
    """Articles to add, ids to delete, and what else to do, for each commit."""
    for number in range(count):
        added = [Article(f"a{number}-{n}", f"Bank {number}", f"Rates rose {n} times.") for n in range(3)]
        deleted = [f"a{number - 1}-1"] if number else []
        yield added, deleted, ("", "", "optimize", "purge")[number % 4]


def read_ids(folder: Path) -> frozenset[str]:
    snapshot = EmbeddedEngine.open(folder).snapshot()
    return frozenset(snapshot.article(doc).id for doc in snapshot.search(q.Every(), limit=None).docs)


def materialize(state: Content, folder: Path) -> Path:
    folder.mkdir()
    for name, data in state:
        (folder / name).write_bytes(data)
    return folder


def lose_power(folder: Path, commits: int, scratch: Path) -> int:
    """Open every state of some commits; returns how many there were."""
    engine = EmbeddedEngine.create(folder)
    expected: frozenset[str] = frozenset()
    count = 0
    for added, deleted, more in batches(commits):
        before, expected = expected, (expected | {each.id for each in added}) - {*deleted}
        writer = engine.writer(jobs=1)
        for article in added:
            writer.add(article)
        for id in deleted:
            writer.delete(id)
        if more:
            getattr(writer, more)()
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = UnsafeDisk(folder, monkeypatch)
            writer.commit(b"what is kept")
            during = set(disk.states)
            disk.states.clear()
            disk.record()
            after = set(disk.states)
            disk.close()
        for states, allowed in ((during, {before, expected}), (after, {expected})):
            for state in states:
                count += 1
                opened = materialize(state, scratch / f"state-{count}")
                assert read_ids(opened) in allowed, [(name, len(data)) for name, data in state]
                assert list(EmbeddedEngine.open(opened).verify()) == []
                if count % 10 == 0:
                    with EmbeddedEngine.open(opened).writer(jobs=1) as again:  # it removes what the commit left
                        again.add(Article("later", "Later"))
                    assert "later" in read_ids(opened)
    return count


def test_commit_survives_a_power_loss_at_any_instant(tmp_path: Path) -> None:
    assert lose_power(tmp_path / "index", 3, tmp_path) > 30


@pytest.mark.long
def test_every_kind_of_commit_survives_a_power_loss(tmp_path: Path) -> None:
    assert lose_power(tmp_path / "index", 4 if REDUCED else 16, tmp_path) > 100


def test_new_folder_of_an_index_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not synced in its parent may be gone after a power loss, with the index in it."""
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_ino), fsync(handle))[1])
    EmbeddedEngine.create(tmp_path / "new" / "deep" / "index")
    for folder in (tmp_path, tmp_path / "new", tmp_path / "new" / "deep", tmp_path / "new" / "deep" / "index"):
        assert folder.stat().st_ino in synced
