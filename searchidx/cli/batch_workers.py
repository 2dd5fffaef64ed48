"""Answer a list of queries in several processes: this one, and worker processes that open the same archive.

The answers are in order. Each worker has a few blocks of queries to answer; when all have, this process answers the
next block itself. It also answers what a worker could not, so errors are those that one process has.

Messages of `worker_pool`::

    task     {"indexes": [...], "workspace": ..., "all_versions": ..., "fingerprint": ..., "queries": [...], "ids": ...,
             "today": ...}
    reply    {"answers": [...]}, or {} if the worker failed or sees another commit
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from searchidx.archive import Archive
from searchidx.archive import open as open_index
from searchidx.errors import SearchidxError
from searchidx.search.batch import BatchAnswer
from searchidx.worker_pool import Message, Task, WorkerDied, WorkerPool, run_worker

BLOCK = 32
"""Queries of a task."""
_MAX_TASKS = 3
"""Tasks that a worker has at once."""
_MAX_AHEAD = 24
"""Blocks that are answered before those in front of them."""


def answer_all(
    archive: Archive,
    indexes: Sequence[str],
    workspace: str | None,
    queries: Iterable[str],
    ids: bool,
    workers: int,
) -> Iterator[BatchAnswer]:
    """Answer queries in order, with the help of `workers` worker processes."""
    today = dt.date.today()
    common = {
        "indexes": list(indexes), "workspace": workspace, "all_versions": archive.has_all_versions,
        "fingerprint": archive.fingerprint, "ids": ids, "today": today.isoformat(),
    }  # fmt: skip
    source = _BlockReader(queries)
    blocks: deque[tuple[list[str], Task | list[BatchAnswer]]] = deque()
    tasks: deque[Task] = deque()  # unfinished
    with WorkerPool(__name__, workers, _MAX_TASKS) as pool:
        while True:
            while tasks and tasks[0].is_done:
                tasks.popleft()
            head = blocks[0][1] if blocks else None
            is_ready = isinstance(head, list) or (head is not None and head.has_reply)
            if not is_ready and len(blocks) < _MAX_AHEAD and (block := source.read()):
                if len(tasks) < _MAX_TASKS * workers:
                    tasks.append(pool.submit(Message({**common, "queries": block})))
                    blocks.append((block, tasks[-1]))
                else:
                    blocks.append((block, list(archive.batch(block, ids=ids, today=today))))
            elif blocks:
                block, answers = blocks.popleft()
                found = answers if isinstance(answers, list) else _receive(answers)
                yield from archive.batch(block, ids=ids, today=today) if found is None else found
            elif source.error is not None:
                raise source.error
            else:
                return


class _BlockReader:
    """Reads blocks of queries; an error of the list waits until what stands before it is answered."""

    def __init__(self, queries: Iterable[str]) -> None:
        self._queries = iter(queries)
        self.error: SearchidxError | None = None

    def read(self) -> list[str]:
        """The next queries; [] at the end, or where the list cannot be read."""
        block: list[str] = []
        if self.error is None:
            try:
                block.extend(islice(self._queries, BLOCK))
            except SearchidxError as error:
                self.error = error
        return block


def _receive(task: Task) -> list[BatchAnswer] | None:
    """The answers of a worker; None if it has none."""
    try:
        reply = task.next_reply()
        task.finish()
    except WorkerDied:
        return None
    if reply is None or "answers" not in reply.header:
        return None
    return [_decode(values) for values in reply.header["answers"]]


def _decode(values: dict[str, Any]) -> BatchAnswer:
    first, last = (day and dt.date.fromisoformat(day) for day in (values["first"], values["last"]))
    years = {int(year): count for year, count in values["years"].items()} or None
    ids = tuple(values["ids"]) if "ids" in values else None
    return BatchAnswer(values["query"], values["total"], first, last, years, values["undated"], ids, values["error"])


class _Answerer:
    """What a worker does: it opens the archive once."""

    def __init__(self) -> None:
        self._archive: Archive | None = None

    def __call__(self, task: Message) -> Iterator[Message]:
        """Answer the queries of a task."""
        header = task.header
        try:
            if self._archive is None:
                self._archive = open_index(*header["indexes"], workspace=header["workspace"])
                if header["all_versions"]:
                    self._archive = self._archive.all_versions()
            if self._archive.fingerprint != header["fingerprint"]:
                yield Message({})
                return
            today = dt.date.fromisoformat(header["today"])
            answers = self._archive.batch(header["queries"], ids=header["ids"], today=today)
            found = [answer.to_dict() for answer in answers]
        except Exception:  # the parent answers these queries, and reports what is wrong
            yield Message({})
        else:
            yield Message({"answers": found})


def main() -> None:
    """The main function of a worker."""
    run_worker(_Answerer())
