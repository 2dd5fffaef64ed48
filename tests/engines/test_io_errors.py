"""I/O errors: a full disk, a read-only folder, and an error at any system call of a commit."""

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


class FaultInjector:
    """Count the calls that write files, and let call `fail_at` fail with error `code`."""

    def __init__(self, folder: Path, fail_at: int, code: int = errno.ENOSPC) -> None:
        self.folder = str(folder)
        self.fail_at = fail_at
        self.code = code
        self.calls: list[str] = []

    def count(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self.fail_at:
            raise OSError(self.code, os.strerror(self.code))

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **values: Any) -> Any:
            if isinstance(arguments[0], int) or str(arguments[0]).startswith(self.folder):
                self.count(name)
            return call(*arguments, **values)

        return counting

    def open(self, path: Any, mode: str = "r", *arguments: Any, **values: Any) -> Any:
        if not str(path).startswith(self.folder) or mode == "rb":
            return ORIGINAL_OPEN(path, mode, *arguments, **values)
        self.count("open")
        return CountingFile(ORIGINAL_OPEN(path, mode, *arguments, **values), self)

    def __enter__(self) -> FaultInjector:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(builtins, "open", self.open)
        for name in ("fsync", "replace", "unlink", "open"):
            self.patch.setattr(os, name, self.wrap(f"os.{name}", getattr(os, name)))
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.undo()


ORIGINAL_OPEN = builtins.open


class CountingFile:
    """A file that reports each write to the fault injector."""

    def __init__(self, file: Any, faults: FaultInjector) -> None:
        self._file = file
        self._faults = faults

    def write(self, data: Any) -> Any:
        if data != MAGIC:  # a short write stays in the buffer
            self._faults.count("write")
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> CountingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def content(folder: Path) -> Content:
    snapshot = EmbeddedEngine.open(folder).snapshot()
    return snapshot.user_data(), [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs]


def change(folder: Path) -> None:
    """Make a commit that writes each kind of file and merges."""
    with EmbeddedEngine.open(folder).writer(jobs=1) as writer:
        writer.delete("a1")
        writer.delete("a10")
        for each in NEW:
            writer.add(each)
        writer.commit(b"after")


BEFORE: Content = (b"before", OLD)
AFTER: Content = (b"after", [each for each in OLD if each.id not in ("a1", "a10")] + NEW)


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "healthy"
    index = EmbeddedEngine.create(folder)
    for stop in (0, 10):
        with index.writer(jobs=1) as writer:
            for each in OLD[stop : stop + 10]:
                writer.add(each)
            writer.commit(b"before")
    assert content(folder) == BEFORE
    return folder


def record_calls(change: Callable[[Path], None], folder: Path) -> list[str]:
    with FaultInjector(folder, 0) as faults:
        change(folder)
    return faults.calls


@pytest.fixture(scope="module")
def calls(healthy: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of all file calls of a commit, in order."""
    folder = shutil.copytree(healthy, tmp_path_factory.mktemp("calls") / "copy")
    found = record_calls(change, folder)
    assert content(folder) == AFTER
    assert {"open", "write", "os.fsync", "os.replace", "os.unlink", "os.open"} == set(found)
    return found


def assert_fault_keeps_the_commit(healthy: Path, folder: Path, number: int, code: int, name: str) -> None:
    """Let call `number` fail; the index must stay as before and accept the next commit."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(healthy, folder)
    about = f"call {number} ({name})"
    with FaultInjector(folder, number, code), pytest.raises((SearchidxError, OSError)) as caught:
        change(folder)
    assert content(folder) in (BEFORE, AFTER), about
    assert list(EmbeddedEngine.open(folder).verify()) == [], about
    assert isinstance(caught.value, SearchidxError), f"{about}: {caught.value!r}"
    assert isinstance(caught.value, IndexFolderError), about
    assert caught.value.path == folder, about
    assert os.strerror(code) in str(caught.value), about
    assert content(folder) == BEFORE, about
    assert "nothing was changed" in str(caught.value), about
    change(folder)  # the lock is free and leftovers do no harm
    assert content(folder) == AFTER, about
    assert list(EmbeddedEngine.open(folder).verify()) == [], about


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
def test_error_before_the_manifest_is_replaced_keeps_the_old_commit(
    healthy: Path, calls: list[str], tmp_path: Path, code: int
) -> None:
    assert_faults_keep_the_commit(healthy, calls, tmp_path / "copy", code, 12 if code == errno.ENOSPC else 30)


@pytest.mark.long
def test_error_at_every_call_before_the_manifest_is_replaced_keeps_the_old_commit(
    healthy: Path, calls: list[str], tmp_path: Path
) -> None:
    assert_faults_keep_the_commit(healthy, calls, tmp_path / "copy", errno.ENOSPC, 7 if REDUCED else 1)


def assert_faults_keep_the_commit(healthy: Path, calls: list[str], folder: Path, code: int, step: int) -> None:
    """Fail every call before the new manifest is in place; of the writes, those at multiples of `step`."""
    for number, name in enumerate(calls[: calls.index("os.replace") + 1], 1):
        if name != "os.unlink" and (name != "write" or number % step == 0):
            assert_fault_keeps_the_commit(healthy, folder, number, code, name)


def test_error_after_the_manifest_is_replaced_states_which_commit_counts(
    healthy: Path, calls: list[str], tmp_path: Path
) -> None:
    number = calls.index("os.replace") + 2
    folder = shutil.copytree(healthy, tmp_path / "copy")
    with FaultInjector(folder, number), pytest.raises(SearchidxError) as caught:
        change(folder)
    assert content(folder) in (BEFORE, AFTER)
    assert ("nothing was changed" in str(caught.value)) == (content(folder) == BEFORE)


def test_error_at_the_removal_of_old_files_keeps_the_new_commit(
    healthy: Path, calls: list[str], tmp_path: Path
) -> None:
    """A later writer removes the file that is left."""
    number = len(calls)
    assert calls[-1] == "os.unlink"
    folder = shutil.copytree(healthy, tmp_path / "copy")
    try:
        with FaultInjector(folder, number, errno.EIO):
            change(folder)
    finally:
        assert content(folder) == AFTER
    EmbeddedEngine.open(folder).writer().cancel()


def test_leftover_that_cannot_be_removed_does_not_stop_a_commit(healthy: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(healthy, tmp_path / "copy")
    (folder / "segment-000099.seg").mkdir()
    change(folder)
    assert content(folder) == AFTER


def test_error_while_an_index_is_created_allows_a_second_try(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    calls = record_calls(lambda path: EmbeddedEngine.create(path) and None, folder)  # type: ignore[func-returns-value]
    stop = calls.index("os.replace") + 1
    for number in range(1, stop + 1):
        shutil.rmtree(folder)
        with FaultInjector(folder, number), pytest.raises(SearchidxError) as caught:
            EmbeddedEngine.create(folder)
        assert isinstance(caught.value, IndexFolderError)
        EmbeddedEngine.create(folder)
        assert content(folder) == (b"", [])


def test_error_while_optimizing_keeps_the_old_commit(healthy: Path, tmp_path: Path) -> None:
    def optimize(folder: Path) -> None:
        with EmbeddedEngine.open(folder).writer(jobs=1) as writer:
            writer.delete("a1")
            writer.optimize()
            writer.commit(b"optimized")

    calls = record_calls(optimize, shutil.copytree(healthy, tmp_path / "first"))
    for number in range(1, calls.index("os.replace") + 2, 7):
        folder = shutil.copytree(healthy, tmp_path / str(number))
        with FaultInjector(folder, number), pytest.raises(SearchidxError):
            optimize(folder)
        assert content(folder) == BEFORE
        optimize(folder)
        assert content(folder) == (b"optimized", [each for each in OLD if each.id != "a1"])


# -- errors of the system itself, in separate processes ----------------------------------------------------------------

CHILD = """
import os, shutil, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
import searchidx
from searchidx import SearchidxError
from test_io_errors import change, content
sys.dont_write_bytecode = True
folder = Path(sys.argv[1])
first = folder.parent / "first"
shutil.copytree(folder, first)
change(first)  # so that late imports are done
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


DROP_PRIVILEGES = "os.chdir(folder); folder = Path(); os.geteuid() or os.seteuid(65534)"
"""Code to become the user nobody, as root ignores permissions. Nobody cannot walk to the folder: enter it first."""


def run_in_process(
    process: Callable[..., subprocess.CompletedProcess[str]], folder: Path, before: str, action: str
) -> str:
    code = CHILD.format(before=before, action=action)
    done = process("-c", code, folder, "", Path(__file__).parent)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource limits")
@pytest.mark.parametrize("limit", [0, 100, 2000, 20_000])
def test_full_disk_keeps_the_old_commit(
    healthy: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]], limit: int
) -> None:
    """A limit on the size of files simulates the full disk: a longer write fails."""
    folder = shutil.copytree(healthy, tmp_path / "copy")
    before = (
        "import resource, signal; sys.dont_write_bytecode = True; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    )
    output = run_in_process(process, folder, f"sys.stdout.flush(); {before}", "change(folder)")
    if output == "done":
        assert limit == 20_000
        assert content(folder) == AFTER
    else:
        assert output.startswith("IndexFolderError cannot write the index in FOLDER (File too large)")
        assert content(folder) == BEFORE
        change(folder)
    assert list(EmbeddedEngine.open(folder).verify()) == []
    assert content(folder) == AFTER


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="the system has no seteuid")
@pytest.mark.parametrize("action", ["change(folder)", "searchidx.create(folder / 'below')"])
def test_read_only_folder_is_reported_and_stays_unchanged(
    healthy: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]], action: str
) -> None:
    folder = shutil.copytree(healthy, tmp_path / "copy")
    folder.chmod(0o555)
    (folder / "lock").chmod(0o444)
    try:
        output = run_in_process(process, folder, DROP_PRIVILEGES, action)
    finally:
        folder.chmod(0o755)
    assert output.startswith("IndexFolderError")
    assert "Permission denied" in output
    assert content(folder) == BEFORE


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="the system has no seteuid")
def test_read_only_folder_can_be_searched_and_checked(
    healthy: Path, tmp_path: Path, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    folder = shutil.copytree(healthy, tmp_path / "copy")
    (folder / "lock").unlink()
    folder.chmod(0o555)
    try:
        output = run_in_process(
            process,
            folder,
            DROP_PRIVILEGES,
            "print(len(searchidx.open(folder)), *searchidx.check(folder))",
        )
    finally:
        folder.chmod(0o755)
    assert output == "12\ndone"
    assert not (folder / "lock").exists()
