"""Worker processes that make parts and merge segments, so that what is large uses every core.

A worker is one of `searchidx.processes`. Parent and worker speak in lines of JSON and bare arrays over pipes, nothing
is pickled::

    parent → worker   {"words": true}, then a `Batch`, or {"words": false}, then a `Batch`, or
                      {"merge": [[what the manifest says of a segment, its live documents], …], "path": …}
    worker → parent   a `Part`, the words, where they were asked for; another, the rest; or
                      what the manifest says of the segment; or {"error": "…"}

Live documents are a bit each, lowest first, as hexadecimal digits, or null where all are. What becomes which segment,
and which are merged, is decided by the parent, so the result is the same whatever the number of workers.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from searchidx import processes
from searchidx.engines.embedded.document_batch import Batch
from searchidx.errors import SearchidxError

if TYPE_CHECKING:
    import subprocess
    from threading import Thread

    from searchidx.engines.embedded.segment_buffer import Part

__all__ = ["Workers", "main"]

Bools = npt.NDArray[np.bool_]
Reply = Literal["words", "rest", "merged"]


class Workers:
    """Some worker processes, begun as they are needed; each is given a task at a time, in turn."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: deque[subprocess.Popen[bytes]] = deque()
        self._busy: deque[tuple[subprocess.Popen[bytes], Reply, int]] = deque()  # what each is to say, in that order
        self._said: dict[tuple[Reply, int], Any] = {}
        self._senders: list[Thread] = []

    def prepare(self) -> None:
        """Have a worker that waits for a task, where there may be one more."""
        if not self._idle and len(self._all) < self._count:
            self._all.append(processes.start(__name__))
            self._idle.append(self._all[-1])

    def make(self, task: int, batch: Batch) -> None:
        """Have the part of a batch made; waits for a worker where all are at work."""
        self._give(task, ("words", "rest"), {"words": True}, batch)

    def make_rest(self, task: int, batch: Batch) -> bool:
        """Have the rest of a part made, where a worker waits for a task; whether one does."""
        if not self._idle:
            return False
        self._give(task, ("rest",), {"words": False}, batch)
        return True

    def words(self, task: int, wait: bool) -> Part | None:
        """The words of the part that a task gave; None where they are not there yet and not to be waited for."""
        while wait and ("words", task) not in self._said:
            self._wait()
        found: Part | None = self._said.pop(("words", task), None)
        return found

    def rest(self, task: int) -> Part:
        """The rest of it; waits for it."""
        while ("rest", task) not in self._said:
            self._wait()
        found: Part = self._said.pop(("rest", task))
        return found

    def merge(self, task: int, segments: Sequence[tuple[dict[str, Any], Bools | None]], path: Path) -> None:
        """Have segments of the same folder merged as the segment `path`, given as to `merging.merge`."""
        live = [None if live is None else np.packbits(live, bitorder="little").tobytes().hex() for _, live in segments]
        listed = [[about, bits] for (about, _), bits in zip(segments, live, strict=True)]
        self._give(task, ("merged",), {"merge": listed, "path": str(path.resolve())})

    def merged(self, task: int) -> dict[str, Any]:
        """What the manifest says of the segment that a task gave; waits for it."""
        while ("merged", task) not in self._said:
            self._wait()
        found: dict[str, Any] = self._said.pop(("merged", task))
        return found

    def _give(self, task: int, replies: Sequence[Reply], told: dict[str, Any], batch: Batch | None = None) -> None:
        self.prepare()
        while not self._idle:
            self._wait()
        worker = self._idle.popleft()
        from threading import Thread

        # A pipe holds little, and a worker may not have begun to read: the parent has other things to do meanwhile.
        sender = Thread(target=_send, args=(worker.stdin, told, batch), daemon=True)
        sender.start()
        self._senders = [*(each for each in self._senders if each.is_alive()), sender]
        self._busy.extend((worker, reply, task) for reply in replies)

    def _wait(self) -> None:
        from searchidx.engines.embedded.segment_buffer import Part  # a reader has no use for it

        worker, reply, task = self._busy.popleft()
        assert worker.stdout is not None
        line = worker.stdout.readline()
        try:
            if line.startswith(b"["):
                self._said[reply, task] = Part.read(line, worker.stdout)
            else:
                found = json.loads(line)
                if "error" in found:
                    raise SearchidxError(f"a worker process could not build a segment: {found['error']}")
                self._said[reply, task] = found
        except (EOFError, json.JSONDecodeError):
            raise SearchidxError(
                f"a worker process ended unexpectedly (exit code {worker.wait()}), perhaps for want of memory: "
                "nothing was changed; try again with --jobs 1"
            ) from None
        if all(worker is not other for other, _, _ in self._busy):
            self._idle.append(worker)

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for worker in self._all:
            processes.stop(worker)
        for sender in self._senders:
            sender.join()
        for left in (self._all, self._idle, self._busy, self._senders):
            left.clear()


def _send(pipe: IO[bytes], task: dict[str, Any], batch: Batch | None) -> None:
    """Write a task; that a worker has died is found out by who waits for what it says."""
    with suppress(OSError, ValueError):
        pipe.write(json.dumps(task).encode() + b"\n")
        if batch is not None:
            batch.write(pipe)
        pipe.flush()


def main() -> None:
    """The worker's side: do what it is told, until nothing is."""
    from threading import Thread

    from searchidx.engines.embedded.segment_buffer import PartMaker

    make = PartMaker()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    writer = Thread()  # what is said may have to wait until the parent listens: there is more to do meanwhile

    def say(what: Part | dict[str, Any]) -> None:
        nonlocal writer
        if writer.ident is not None:
            writer.join()
        writer = Thread(target=_say, args=(sink, what))
        writer.start()

    while (header := source.readline()).endswith(b"\n"):
        told = json.loads(header)
        try:
            if "merge" in told:
                say(_merge(told["merge"], Path(told["path"])))
            else:
                batch = Batch.read(source)
                if told["words"]:
                    say(make.words(batch))
                say(make.rest(batch))
        except EOFError:
            return  # whoever asked for it has died
        except (OSError, MemoryError, OverflowError, SearchidxError) as error:
            say({"error": f"{type(error).__name__}: {error}"})


def _say(sink: IO[bytes], what: Part | dict[str, Any]) -> None:
    """Write a reply; where nobody listens any more, nothing is left to do."""
    with suppress(OSError):
        if isinstance(what, dict):
            sink.write(json.dumps(what).encode() + b"\n")
        else:
            what.write(sink)
        sink.flush()


def _merge(segments: Sequence[tuple[dict[str, Any], str | None]], path: Path) -> dict[str, Any]:
    from searchidx.engines.embedded.segment import Segment, unpack_bits
    from searchidx.engines.embedded.segment_merge import merge

    inputs = []
    for about, bits in segments:
        segment = Segment(path.parent, about)
        live = None if bits is None else unpack_bits(np.frombuffer(bytes.fromhex(bits), np.uint8), segment.count)
        inputs.append((segment, live))
    # Under a name of its own, lest a worker that outlives its parent disturb the next writer.
    own = path.with_name(f"{path.name}.{os.getpid()}")
    found = merge(inputs, own)
    os.replace(own, path)
    return {**found, "file": path.name}
