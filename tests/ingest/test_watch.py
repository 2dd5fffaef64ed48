"""`watch` commits changes of source files: in a process of its own, with real files."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import searchidx

ADDED = "{} added, 0 updated, {} unchanged, 0 removed; 0 skipped, 1 ignored\n"


def put(folder: Path, name: str, word: str) -> None:
    (folder / name).write_text(f"{word}\n\nIt was {word} that fell.\n", encoding="utf-8")


def test_changes_are_committed_in_order(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    put(corpus, "a.txt", "rain")
    command = [sys.executable, "-m", "searchidx", "watch", "corpus", "--index", "corpus/index"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == ADDED.format(1, 0)
            put(corpus, "b.txt", "snow")
            assert process.stdout.readline() == ADDED.format(1, 1)
            (corpus / "a.txt").unlink()
            assert process.stdout.readline() == ADDED.format(0, 1).replace("0 removed", "1 removed")
            with searchidx.open(corpus / "index") as archive:
                assert archive.ids("fell") == ["b.txt"]
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            assert process.stderr.read() == "no longer watching\n"
        finally:
            process.kill()


def test_renames_moves_and_copies_are_followed(tmp_path: Path) -> None:
    """Files are replaced by renaming; folders are moved in, renamed and moved out; many files are copied at once."""
    corpus = tmp_path / "corpus"
    other = tmp_path / "elsewhere"
    for folder in (corpus, other):
        folder.mkdir()
    put(corpus, "a.txt", "rain")
    for n in range(3):
        put(other, f"{n}.txt", "snow")
    stop = threading.Event()
    reports = searchidx.watch(corpus, index=tmp_path / "index", stop=stop)

    def counts() -> tuple[int, int, int, int]:
        report = next(reports)
        return report.added, report.updated, report.unchanged, report.removed

    assert counts() == (1, 0, 0, 0)
    put(corpus, ".a.txt.swp", "hail")
    (corpus / ".a.txt.swp").replace(corpus / "a.txt")
    assert counts() == (0, 1, 0, 0)
    other.rename(corpus / "winter")
    assert counts() == (3, 0, 1, 0)
    (corpus / "winter").rename(corpus / "summer")
    assert counts() == (3, 0, 1, 3)
    (corpus / "summer").rename(other)
    assert counts() == (0, 0, 1, 3)
    batches = 0
    for n in range(300):
        put(corpus, f"{n}.txt", "sleet")
    while batches < 300:
        batches += 1
        added, updated, unchanged, removed = counts()
        assert (updated, removed) == (0, 0)
        if added + unchanged == 301:
            break
    assert batches < 30
    stop.set()
    assert list(reports) == []


def test_iterator_ends_when_stop_is_set(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    put(corpus, "a.txt", "rain")
    stop = threading.Event()
    reports = searchidx.watch(corpus, index=tmp_path / "index", stop=stop)
    assert next(reports).added == 1
    put(corpus, ".hidden.txt", "hail")
    put(corpus, "b.txt", "snow")
    assert next(reports).added == 1
    stop.set()
    assert list(reports) == []


def test_later_skip_is_reported(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    put(corpus, "a.txt", "rain")
    stop = threading.Event()
    reports = searchidx.watch(corpus, index=tmp_path / "index", stop=stop)
    assert next(reports).skipped == ()
    (corpus / "b.txt").write_bytes(b"")
    assert [place for place, _ in next(reports).skipped] == [str(corpus / "b.txt")]
    stop.set()
    assert list(reports) == []


def test_missing_library_raises_missing_extra_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(searchidx.MissingExtraError, match=r"pip install 'searchidx\[watch\]'") as caught:
        next(searchidx.watch(tmp_path, index=tmp_path / "index"))
    assert caught.value.extra == "watch"


def test_missing_source_raises_source_error(tmp_path: Path) -> None:
    with pytest.raises(searchidx.SourceError, match="there is no such file or folder"):
        next(searchidx.watch(tmp_path / "none", index=tmp_path / "index"))


def test_polling_commits_changes_as_well(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    put(corpus, "a.txt", "rain")
    stop = threading.Event()
    reports = searchidx.watch(corpus, index=tmp_path / "index", stop=stop, poll=0.1)
    assert next(reports).added == 1
    put(corpus, "b.txt", "snow")
    assert next(reports).added == 1
    (corpus / "a.txt").unlink()
    assert next(reports).removed == 1
    stop.set()
    assert list(reports) == []
