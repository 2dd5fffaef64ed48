"""Many files to articles: what is costly to read is read by worker processes, and comes back in the order of the files.

A page takes a hundred times as long to read as a record of the same length, so only such formats are worth a process.
Containers are opened here, and what lies in them is given to the workers like any other file: so the pages of one web
archive are read by all of them. Processes are also a fence: a page over which a parser crashes, or on which it never
ends, costs that page alone.

A worker is one of `processes`. It is given documents by a line of JSON, and their bytes where they are members of a
container, and answers with lines of JSON::

    parent → worker   {"path": …, "name": …, "url": …, "charset": …, "depth": …, "size": … or null}, and so many bytes
    worker → parent   {"article": …} or {"skip": [place, reason, damaged]}, and after the last of a document
                      {"spent": …}, to how many bytes it was unpacked
"""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from searchidx import processes
from searchidx.article import Article
from searchidx.sources import Document, Skip, SourceFile, documents, read_document, read_file
from searchidx.sources.source_file import TooLarge

__all__ = ["MAX_SECONDS", "main", "read_all"]

MAX_SECONDS = 120.0
"""A worker that gives nothing for so long is ended, and with it the document that it was given."""
_FEW = 8
"""So few costly documents are read sooner here than a worker starts."""
_AHEAD = 16
"""So many documents wait for a worker at most, …"""
_AHEAD_BYTES = 64 * 1024 * 1024
"""… and members of so many bytes for all of them, or one."""
_AHEAD_CHEAP = 4096
"""So many files are looked at before their turn, for what a worker could begin with."""
_encode = json.JSONEncoder().encode  # ASCII: a path need not be Unicode

_Found = Iterable[Article | Skip]


def read_all(files: Iterable[SourceFile], jobs: int) -> Iterator[tuple[SourceFile, _Found]]:
    """Of each file, in order, what it gives; to be taken before the next file is asked for."""
    with _Pool(jobs) as pool:
        for _, group in itertools.groupby(pool.read(files), lambda found: found[0]):
            _, file, _ = next(group)
            yield file, (each for _, _, found in group for each in found)  # noqa: B031 - the rest of it


def _opened(files: Iterable[SourceFile]) -> Iterator[tuple[int, SourceFile, Document | Skip | None]]:
    """All that lies in each file; first of each its number and nothing, so that none is passed over."""
    for number, file in enumerate(files):
        yield number, file, None
        for found in documents(file):
            yield number, file, found


class _Pool:
    """Workers that are given what comes next, as far ahead as they can take."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._workers: list[_Worker] = []

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.close()

    def read(self, files: Iterable[SourceFile]) -> Iterator[tuple[int, SourceFile, _Found]]:
        """What each document gives, with its file and the number of that; in order."""
        ahead: deque[tuple[int, SourceFile, Document | Skip | None]] = deque()
        given: deque[_Worker] = deque()  # the costly of those, in order, or as many as were given
        costly = size = turn = 0
        opened = _opened(files)
        is_more = True
        while True:
            while (
                is_more
                and len(ahead) < _AHEAD_CHEAP
                and costly < _AHEAD * self._jobs
                and (size < _AHEAD_BYTES or not ahead)
            ):
                try:
                    item = next(opened)
                except StopIteration:
                    is_more = False
                    break
                ahead.append(item)
                document = item[2]
                if isinstance(document, Document):
                    size += len(document.file.data or b"")
                    costly += document.is_costly
            if costly > _FEW and self._jobs > 1 and not self._workers:
                self._workers = [_Worker() for _ in range(self._jobs)]
            if self._workers and len(given) < costly:
                waiting = [each[2] for each in ahead if isinstance(each[2], Document) and each[2].is_costly]
                for document in waiting[len(given) :]:
                    worker = self._workers[turn % len(self._workers)]
                    turn += 1
                    worker.give(document)
                    given.append(worker)
            if not ahead:
                return
            number, file, found = ahead.popleft()
            if not isinstance(found, Document):
                yield number, file, () if found is None else (found,)
                continue
            size -= len(found.file.data or b"")
            if found.is_costly:
                costly -= 1
            if found.is_costly and given:
                yield number, file, given.popleft().results()
            else:
                yield number, file, read_document(found)


class _Worker:
    """A process that reads documents in turn, begun anew where one ended it."""

    def __init__(self) -> None:
        self._waiting: deque[Document] = deque()
        self._deadline = float("inf")
        self._is_late = False
        self._done = threading.Event()
        self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self) -> None:
        self._process = processes.start(__name__)
        self._tasks: queue.SimpleQueue[Document | None] = queue.SimpleQueue()
        threading.Thread(target=_send_all, args=(self._process, self._tasks), daemon=True).start()

    def give(self, document: Document) -> None:
        """Have a document read, after those given before."""
        self._waiting.append(document)
        self._tasks.put(document)

    def results(self) -> Iterator[Article | Skip]:
        """What the document given first gives."""
        assert self._process.stdout is not None
        while True:
            self._deadline = time.monotonic() + MAX_SECONDS
            line = self._process.stdout.readline()
            self._deadline = float("inf")
            if not line.endswith(b"\n"):
                yield self._ended()
                return
            found: dict[str, Any] = json.loads(line)
            if "spent" in found:
                file = self._waiting.popleft().file
                try:
                    file.budget.spend(file.path, found["spent"])
                except TooLarge as error:
                    yield Skip(file.name, str(error))
                return
            yield Article.from_dict(found["article"]) if "article" in found else Skip(*found["skip"])

    def _ended(self) -> Skip:
        """What to say of the document that ended the process; the others go on in a new one."""
        self._tasks.put(None)
        processes.stop(self._process)
        why = f"it gave nothing for {MAX_SECONDS:.0f} seconds" if self._is_late else "reading it ended the process"
        self._is_late = False
        document = self._waiting.popleft()
        self._start()
        for waiting in self._waiting:
            self._tasks.put(waiting)
        return Skip(document.file.name, why)

    def _watch(self) -> None:
        while not self._done.wait(1.0):
            if time.monotonic() > self._deadline:
                self._is_late = True
                self._process.kill()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._done.set()
        self._tasks.put(None)
        processes.stop(self._process)


def _send_all(process: subprocess.Popen[bytes], tasks: queue.SimpleQueue[Document | None]) -> None:
    """Hand a worker what it is given, in a thread of its own: a large member does not fit into a pipe."""
    assert process.stdin is not None
    while (document := tasks.get()) is not None:
        file = document.file
        size = None if file.data is None else len(file.data)
        task: dict[str, Any] = {"path": str(file.path), "name": file.name, "url": file.url, "charset": file.charset}
        task |= {"depth": file.depth, "size": size}
        try:
            process.stdin.write(_encode(task).encode() + b"\n" + (file.data or b""))
            process.stdin.flush()
        except (OSError, ValueError):
            return  # whoever waits for its results sees that it ended


def main() -> None:
    """The worker's side: read what is asked for, until nothing is."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a parser prints, it does not answer for us
    while task := source.readline():
        values = json.loads(task)
        data = None if values["size"] is None else source.read(values["size"])
        path, name, url, charset, depth = (values[key] for key in ("path", "name", "url", "charset", "depth"))
        file = SourceFile(Path(path), name, url, data=data, charset=charset, depth=depth)
        for found in read_file(file):
            if isinstance(found, Article):
                answer: dict[str, Any] = {"article": found.to_dict()}
            else:
                answer = {"skip": [found.place, found.reason, found.damaged]}
            sink.write(_encode(answer).encode() + b"\n")
            sink.flush()
        sink.write(_encode({"spent": file.budget.spent}).encode() + b"\n")
        sink.flush()
