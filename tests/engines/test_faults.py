"""The system refuses: a full disk, a folder that may not be written, an error at any call of a commit."""

from __future__ import annotations

import builtins
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx import Article, SearchidxError
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.segment_file import MAGIC
from searchidx.errors import IndexFolderError

REDUCED = os.environ.get("SEARCHIDX_PROOF") == "reduced"

Content = tuple[bytes, list[Article]]
OLD = [Article(f"a{n}", f"Headline {n}", "Body of it\n" * (n % 5)) for n in range(12)]
NEW = [Article(f"b{n}", f"New headline {n}", "Its body") for n in range(3)]


class Faults:
    """Counts the calls by which files are written, and lets one of them fail."""

    def __init__(self, folder: Path, fail_at: int, code: int = errno.ENOSPC) -> None:
        self.folder = str(folder)
        self.fail_at = fail_at
        self.code = code
        self.calls: list[str] = []

    def count(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self.fail_at:
            raise OSError(self.code, os.strerror(self.code))

    def wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*words: Any, **values: Any) -> Any:
            if isinstance(words[0], int) or str(words[0]).startswith(self.folder):
                self.count(name)
            return call(*words, **values)

        return counting

    def open(self, path: Any, mode: str = "r", *words: Any, **values: Any) -> Any:
        if not str(path).startswith(self.folder) or mode == "rb":
            return ORIGINAL_OPEN(path, mode, *words, **values)
        self.count("open")
        return File(ORIGINAL_OPEN(path, mode, *words, **values), self)

    def __enter__(self) -> Faults:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(builtins, "open", self.open)
        for name in ("fsync", "replace", "unlink", "open"):
            self.patch.setattr(os, name, self.wrapped(f"os.{name}", getattr(os, name)))
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()


ORIGINAL_OPEN = builtins.open


class File:
    """A file that counts what is written to it."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file = file
        self._faults = faults

    def write(self, data: Any) -> Any:
        if data != MAGIC:  # so little stays in memory until more comes
            self._faults.count("write")
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def content(folder: Path) -> Content:
    snapshot = EmbeddedEngine.open(folder).snapshot()
    return snapshot.user_data(), [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs]


def change(folder: Path) -> None:
    """A commit that writes each kind of file and merges."""
    with EmbeddedEngine.open(folder).writer(jobs=1) as writer:
        writer.delete("a1")
        writer.delete("a10")
        for each in NEW:
            writer.add(each)
        writer.commit(b"after")


BEFORE: Content = (b"before", OLD)
AFTER: Content = (b"after", [each for each in OLD if each.id not in ("a1", "a10")] + NEW)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "whole"
    index = EmbeddedEngine.create(folder)
    for stop in (0, 10):
        with index.writer(jobs=1) as writer:
            for each in OLD[stop : stop + 10]:
                writer.add(each)
            writer.commit(b"before")
    assert content(folder) == BEFORE
    return folder


def calls_of(change: Callable[[Path], None], folder: Path) -> list[str]:
    with Faults(folder, 0) as faults:
        change(folder)
    return faults.calls


@pytest.fixture(scope="module")
def calls(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every call of the commit, in order."""
    folder = shutil.copytree(whole, tmp_path_factory.mktemp("calls") / "copy")
    found = calls_of(change, folder)
    assert content(folder) == AFTER
    assert {"open", "write", "os.fsync", "os.replace", "os.unlink", "os.open"} == set(found)
    return found


def prove_fault(whole: Path, folder: Path, number: int, code: int, name: str) -> str:
    """Let call `number` fail; the message that came of it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    about = f"call {number} ({name})"
    with Faults(folder, number, code), pytest.raises((SearchidxError, OSError)) as caught:
        change(folder)
    assert content(folder) in (BEFORE, AFTER), about
    assert list(EmbeddedEngine.open(folder).verify()) == [], about
    assert isinstance(caught.value, SearchidxError), f"{about}: {caught.value!r}"
    assert isinstance(caught.value, IndexFolderError), about
    assert caught.value.path == folder, about
    assert os.strerror(code) in str(caught.value), about
    assert content(folder) == BEFORE, about
    assert "it is unchanged" in str(caught.value), about
    change(folder)  # the lock is free, and nothing that is left stands in the way
    assert content(folder) == AFTER, about
    assert list(EmbeddedEngine.open(folder).verify()) == [], about
    return str(caught.value)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_an_error_at_any_call_before_the_manifest_is_in_place(
    whole: Path, calls: list[str], tmp_path: Path, code: int
) -> None:
    prove_faults(whole, calls, tmp_path / "copy", code, 12 if code == errno.ENOSPC else 30)


@pytest.mark.long
def test_an_error_at_every_call_before_the_manifest_is_in_place(whole: Path, calls: list[str], tmp_path: Path) -> None:
    prove_faults(whole, calls, tmp_path / "copy", errno.ENOSPC, 7 if REDUCED else 1)


def prove_faults(whole: Path, calls: list[str], folder: Path, code: int, step: int) -> None:
    """At every call that is no write, and at every so manyth write."""
    for number, name in enumerate(calls[: calls.index("os.replace") + 1], 1):
        if name != "os.unlink" and (name != "write" or number % step == 0):
            prove_fault(whole, folder, number, code, name)


def test_an_error_when_the_new_manifest_is_made_durable(whole: Path, calls: list[str], tmp_path: Path) -> None:
    """Whether the commit counts is then told truly."""
    number = calls.index("os.replace") + 2
    folder = shutil.copytree(whole, tmp_path / "copy")
    with Faults(folder, number), pytest.raises(SearchidxError) as caught:
        change(folder)
    assert content(folder) in (BEFORE, AFTER)
    assert ("it is unchanged" in str(caught.value)) == (content(folder) == BEFORE)


def test_an_error_while_old_files_are_removed(whole: Path, calls: list[str], tmp_path: Path) -> None:
    """The commit is made: what cannot be removed is for a later writer."""
    number = len(calls)
    assert calls[-1] == "os.unlink"
    folder = shutil.copytree(whole, tmp_path / "copy")
    try:
        with Faults(folder, number, errno.EIO):
            change(folder)
    finally:
        assert content(folder) == AFTER
    EmbeddedEngine.open(folder).writer().cancel()


def test_leftovers_that_cannot_be_removed(whole: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(whole, tmp_path / "copy")
    (folder / "segment-000099.seg").mkdir()
    change(folder)
    assert content(folder) == AFTER


def test_an_error_while_one_is_created(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    calls = calls_of(lambda place: EmbeddedEngine.create(place) and None, folder)  # type: ignore[func-returns-value]
    stop = calls.index("os.replace") + 1
    for number in range(1, stop + 1):
        shutil.rmtree(folder)
        with Faults(folder, number), pytest.raises(SearchidxError) as caught:
            EmbeddedEngine.create(folder)
        assert isinstance(caught.value, IndexFolderError)
        EmbeddedEngine.create(folder)
        assert content(folder) == (b"", [])


def test_an_error_while_optimizing(whole: Path, tmp_path: Path) -> None:
    def optimize(folder: Path) -> None:
        with EmbeddedEngine.open(folder).writer(jobs=1) as writer:
            writer.delete("a1")
            writer.optimize()
            writer.commit(b"optimized")

    calls = calls_of(optimize, shutil.copytree(whole, tmp_path / "first"))
    for number in range(1, calls.index("os.replace") + 2, 7):
        folder = shutil.copytree(whole, tmp_path / str(number))
        with Faults(folder, number), pytest.raises(SearchidxError):
            optimize(folder)
        assert content(folder) == BEFORE
        optimize(folder)
        assert content(folder) == (b"optimized", [each for each in OLD if each.id != "a1"])


# -- the real thing, in processes of their own -------------------------------------------------------------------------

CHILD = """
import os, shutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import searchidx
from searchidx import SearchidxError
from test_faults import change, content
sys.dont_write_bytecode = True
folder = Path(sys.argv[1])
first = folder.parent / "first"
shutil.copytree(folder, first)
change(first)  # what is imported late is imported now
content(first)
list(searchidx.check(first))
searchidx.open(first)
try:
    searchidx.create(first)
except SearchidxError:
    pass
{before}
try:
    {action}
except SearchidxError as error:
    print(type(error).__name__, str(error).replace(str(folder), "FOLDER"))
else:
    print("done")
"""


NOBODY = "os.chdir(folder); folder = Path(); os.geteuid() or os.seteuid(65534)"
"""Root may do everything; nobody may not even walk to where tests are run, so it is there already."""


def run(process: Callable[..., subprocess.CompletedProcess[str]], folder: Path, before: str, action: str) -> str:
    code = CHILD.format(before=before, action=action)
    done = process("-c", code, folder, "", Path(__file__).parent)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
@pytest.mark.parametrize("limit", [0, 100, 2000, 20_000])
def test_a_disk_that_is_full(
    whole: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]], limit: int
) -> None:
    """No file may grow beyond the limit: writing more is an error of the system, as on a full disk."""
    folder = shutil.copytree(whole, tmp_path / "copy")
    before = (
        "import resource, signal; sys.dont_write_bytecode = True; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    )
    said = run(process, folder, f"sys.stdout.flush(); {before}", "change(folder)")
    if said == "done":
        assert limit == 20_000
        assert content(folder) == AFTER
    else:
        assert said.startswith("IndexFolderError the index in FOLDER could not be written (File too large)")
        assert content(folder) == BEFORE
        change(folder)
    assert list(EmbeddedEngine.open(folder).verify()) == []
    assert content(folder) == AFTER


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="there are no such permissions")
@pytest.mark.parametrize("action", ["change(folder)", "searchidx.create(folder / 'below')"])
def test_a_folder_that_may_not_be_written(
    whole: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]], action: str
) -> None:
    folder = shutil.copytree(whole, tmp_path / "copy")
    folder.chmod(0o555)
    (folder / "lock").chmod(0o444)
    try:
        said = run(process, folder, NOBODY, action)
    finally:
        folder.chmod(0o755)
    assert said.startswith("IndexFolderError")
    assert "Permission denied" in said
    assert content(folder) == BEFORE


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="there are no such permissions")
def test_reading_needs_no_permission_to_write(
    whole: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    folder = shutil.copytree(whole, tmp_path / "copy")
    (folder / "lock").unlink()
    folder.chmod(0o555)
    try:
        said = run(
            process,
            folder,
            NOBODY,
            "print(len(searchidx.open(folder)), *searchidx.check(folder))",
        )
    finally:
        folder.chmod(0o755)
    assert said == "12\ndone"
    assert not (folder / "lock").exists()
