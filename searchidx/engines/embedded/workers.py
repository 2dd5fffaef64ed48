"""Worker processes that build segments, so that a large batch uses every core.

A worker is one of `searchidx.processes`. Parent and worker speak in lines of JSON over pipes, nothing is pickled::

    parent → worker   {"path": "…/segment-000003.seg", "articles": n}, then n lines, an article each
    worker → parent   what the manifest says of the segment, or {"error": "…"}

Which batch becomes which segment is decided by the parent, so the result is the same whatever the number of workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from searchidx import processes
from searchidx.article import Article
from searchidx.errors import SearchidxError

if TYPE_CHECKING:
    import subprocess

__all__ = ["Workers", "main"]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def _own(path: Path) -> str:
    """The name under which a worker writes, lest one that outlives its parent disturbs the next writer."""
    return f"{path.resolve()}.{os.getpid()}"


class Workers:
    """Some worker processes; each is given a batch at a time, in turn."""

    def __init__(self, count: int) -> None:
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: deque[subprocess.Popen[bytes]] = deque()
        self._busy: deque[tuple[subprocess.Popen[bytes], int, Path]] = deque()
        self._results: dict[int, dict[str, Any]] = {}
        for _ in range(count):
            self._all.append(processes.start(__name__))
        self._idle.extend(self._all)

    def build(self, number: int, articles: Sequence[Article], path: Path) -> None:
        """Have a batch built as the segment `path`; waits for a worker where all are at work."""
        if not self._idle:
            self._wait()
        worker = self._idle.popleft()
        lines = [json.dumps({"path": _own(path), "articles": len(articles)})]
        lines += [_encode(article.to_dict()) for article in articles]
        assert worker.stdin is not None
        try:
            worker.stdin.write("\n".join(lines).encode() + b"\n")
            worker.stdin.flush()
        except OSError:
            raise self._died(worker) from None
        self._busy.append((worker, number, path))

    def result(self, number: int) -> dict[str, Any]:
        """What the manifest says of the segment that batch became; waits for it."""
        while number not in self._results:
            self._wait()
        return self._results.pop(number)

    def _wait(self) -> None:
        worker, number, path = self._busy.popleft()
        assert worker.stdout is not None
        line = worker.stdout.readline()
        if not line:
            raise self._died(worker)
        found = json.loads(line)
        if "error" in found:
            raise SearchidxError(f"a worker process could not build a segment: {found['error']}")
        self._idle.append(worker)
        os.replace(_own(path), path)
        self._results[number] = {**found, "file": path.name}

    def _died(self, worker: subprocess.Popen[bytes]) -> SearchidxError:
        return SearchidxError(
            f"a worker process ended unexpectedly (exit code {worker.wait()}), perhaps for want of memory: "
            "nothing was changed; try again with --jobs 1"
        )

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for worker in self._all:
            processes.stop(worker)
        self._all.clear()
        self._idle.clear()
        self._busy.clear()


def main() -> None:
    """The worker's side: build what comes in, until nothing does."""
    from searchidx.engines.embedded.building import Builder

    builder = Builder()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while header := source.readline():
        task = json.loads(header)
        articles = [Article(**json.loads(source.readline())) for _ in range(task["articles"])]
        try:
            found: dict[str, Any] = builder.build(articles, Path(task["path"]))
        except (OSError, MemoryError, OverflowError) as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        sink.write(json.dumps(found).encode() + b"\n")
        sink.flush()
