"""Many files to articles: what is costly to read is read by worker processes, and comes back in the order of the files.

A page takes a hundred times as long to read as a record of the same length, so only such formats are worth a process.
Processes are also a fence: a file over which a parser crashes, or on which it never ends, costs that file alone.

A worker is one of `processes`. It is given files by lines of JSON and answers with lines of JSON::

    parent → worker   {"path": …, "name": …, "url": …}
    worker → parent   {"article": …} or {"skip": [place, reason, damaged]}, and {} after the last of a file
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from searchidx import processes
from searchidx.article import Article
from searchidx.sources import Skip, SourceFile, is_costly, read_file

__all__ = ["MAX_SECONDS", "main", "read_all"]

MAX_SECONDS = 120.0
"""A worker that gives nothing for so long is ended, and with it the file that it was given."""
_FEW = 8
"""So few costly files are read sooner here than a worker starts."""
_AHEAD = 16
"""So many files wait for a worker at most; their names fit into a pipe."""
_encode = json.JSONEncoder().encode  # ASCII: a path need not be Unicode


def read_all(files: Sequence[SourceFile], jobs: int) -> Iterator[tuple[SourceFile, Iterable[Article | Skip]]]:
    """Of each file, in order, what it gives; to be taken before the next file is asked for."""
    costly = [n for n, file in enumerate(files) if is_costly(file)] if jobs > 1 and len(files) > _FEW else []
    if len(costly) <= _FEW:
        for file in files:
            yield file, read_file(file)
        return
    workers = [_Worker() for _ in range(min(jobs, len(costly)))]
    try:
        turn = {n: workers[place % len(workers)] for place, n in enumerate(costly)}
        given = 0
        for done, n in enumerate(costly):
            while given < len(costly) and given < done + _AHEAD * len(workers):
                turn[costly[given]].give(files[costly[given]])
                given += 1
            before = costly[done - 1] + 1 if done else 0
            for file in files[before:n]:
                yield file, read_file(file)
            yield files[n], turn[n].results()
        for file in files[costly[-1] + 1 :]:
            yield file, read_file(file)
    finally:
        for worker in workers:
            worker.close()


class _Worker:
    """A process that reads files in turn, begun anew where a file ended it."""

    def __init__(self) -> None:
        self._waiting: deque[SourceFile] = deque()
        self._deadline = float("inf")
        self._is_late = False
        self._done = threading.Event()
        self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self) -> None:
        self._process = processes.start(__name__)

    def give(self, file: SourceFile) -> None:
        """Have a file read, after those given before."""
        self._waiting.append(file)
        self._send(file)

    def _send(self, file: SourceFile) -> None:
        task = {"path": str(file.path), "name": file.name, "url": file.url}
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_encode(task).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # whoever waits for its results sees that it ended

    def results(self) -> Iterator[Article | Skip]:
        """What the file given first gives."""
        assert self._process.stdout is not None
        while True:
            self._deadline = time.monotonic() + MAX_SECONDS
            line = self._process.stdout.readline()
            self._deadline = float("inf")
            if not line.endswith(b"\n"):
                yield self._ended()
                return
            found: dict[str, Any] = json.loads(line)
            if not found:
                self._waiting.popleft()
                return
            yield Article.from_dict(found["article"]) if "article" in found else Skip(*found["skip"])

    def _ended(self) -> Skip:
        """What to say of the file that ended the process; the others go on in a new one."""
        processes.stop(self._process)
        why = f"it gave nothing for {MAX_SECONDS:.0f} seconds" if self._is_late else "reading it ended the process"
        self._is_late = False
        file = self._waiting.popleft()
        self._start()
        for waiting in self._waiting:
            self._send(waiting)
        return Skip(file.name, why)

    def _watch(self) -> None:
        while not self._done.wait(1.0):
            if time.monotonic() > self._deadline:
                self._is_late = True
                self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._done.set()
        processes.stop(self._process)


def main() -> None:
    """The worker's side: read what is asked for, until nothing is."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a parser prints, it does not answer for us
    while task := source.readline():
        values = json.loads(task)
        for found in read_file(SourceFile(Path(values["path"]), values["name"], values["url"])):
            if isinstance(found, Article):
                answer: dict[str, Any] = {"article": found.to_dict()}
            else:
                answer = {"skip": [found.place, found.reason, found.damaged]}
            sink.write(_encode(answer).encode() + b"\n")
            sink.flush()
        sink.write(b"{}\n")
        sink.flush()
