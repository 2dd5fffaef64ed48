"""Build segment buffers and merge segments in worker processes, so that large builds use every core.

Messages of `worker_pool`::

    task     {"build": "text and fields"} or {"build": "fields"}, and the bytes of a `DocumentBatch`
    reply    {"arrays": [[name, type], …]}, and the arrays of a `SegmentBuffer`: of the text, then of the fields

    task     {"merge": [manifest entry of a segment, …], "path": …}, and of each segment one bit a document,
             1 if it is live, lowest bit first, or no bytes if all are live
    reply    {"segment": manifest entry of the merged segment}

    reply    {"error": …} instead of any of these

The parent decides which documents form a segment and which segments are merged, so the index is the same for any
number of workers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from searchidx.engines.embedded.array_types import Bools
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.errors import SearchidxError, worker_lost
from searchidx.worker_pool import Message, Task, WorkerDied, WorkerPool, run_worker

if TYPE_CHECKING:
    from searchidx.engines.embedded.segment_buffer import SegmentBuffer

SegmentEntry = dict[str, Any]
"""The manifest entry of a segment."""


class SegmentWorkers:
    """Worker processes of a writer, started as they are needed; each works on one task at a time."""

    def __init__(self, count: int) -> None:
        self._pool = WorkerPool(__name__, count)

    def prepare(self) -> None:
        """Start a worker if none is idle and there may be one more."""
        self._pool.prepare()

    def build(self, batch: DocumentBatch) -> Task:
        """Build the segment buffers of a batch; waits while all workers are busy."""
        return self._pool.submit(Message({"build": "text and fields"}, batch.blobs))

    def build_fields(self, batch: DocumentBatch) -> Task | None:
        """Build only the field arrays of a batch, if a worker is idle."""
        return self._pool.submit(Message({"build": "fields"}, batch.blobs)) if self._pool.has_idle_worker else None

    def merge(self, segments: Sequence[tuple[SegmentEntry, Bools | None]], path: Path, keep_dictionaries: bool) -> Task:
        """Merge segments of one folder into the segment `path`, given as to `segment_merge.merge`."""
        live = [b"" if live is None else np.packbits(live, bitorder="little").data for _, live in segments]
        return self._pool.submit(
            Message(
                {
                    "merge": [entry for entry, _ in segments],
                    "path": str(path.resolve()),
                    "keep_dictionaries": keep_dictionaries,
                },
                live,
            )
        )

    @staticmethod
    def receive_text(task: Task) -> SegmentBuffer:
        """Wait for the text arrays of a segment buffer."""
        from searchidx.engines.embedded.segment_buffer import SegmentBuffer  # a reader does not need it

        return SegmentBuffer.from_message(_receive(task))

    @staticmethod
    def receive_fields(task: Task) -> SegmentBuffer:
        """Wait for the field arrays of a segment buffer, the last reply to the task."""
        from searchidx.engines.embedded.segment_buffer import SegmentBuffer

        buffer = SegmentBuffer.from_message(_receive(task))
        task.finish()
        return buffer

    @staticmethod
    def receive_segment(task: Task) -> SegmentEntry:
        """Wait for a merge; returns the manifest entry of the segment."""
        entry: SegmentEntry = _receive(task).header["segment"]
        return entry

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        self._pool.close()


def _receive(task: Task) -> Message:
    try:
        reply = task.next_reply()
    except WorkerDied as error:
        raise worker_lost(error.exit_code) from None
    assert reply is not None
    if "error" in reply.header:
        raise SearchidxError(f"a worker process could not build a segment: {reply.header['error']}")
    return reply


def _merge(
    entries: Sequence[SegmentEntry], bits: Sequence[bytes | memoryview], path: Path, keep_dictionaries: bool
) -> SegmentEntry:
    from searchidx.engines.embedded.segment import Segment, unpack_bits
    from searchidx.engines.embedded.segment_merge import merge

    inputs = []
    for entry, packed in zip(entries, bits, strict=True):
        segment = Segment(path.parent, entry)
        inputs.append((segment, unpack_bits(np.frombuffer(packed, np.uint8), segment.count) if packed else None))
    # Under a name with the process id: a worker that outlives its parent must not disturb the next writer.
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    merged = merge(inputs, temporary, keep_dictionaries)
    os.replace(temporary, path)
    return {**merged, "file": path.name}


def main() -> None:
    """The main function of a worker."""
    from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder

    builder = SegmentBufferBuilder()

    def handle(task: Message) -> Iterator[Message]:
        try:
            if "merge" in task.header:
                header = task.header
                merged = _merge(header["merge"], task.blobs, Path(header["path"]), header["keep_dictionaries"])
                yield Message({"segment": merged})
                return
            batch = DocumentBatch(*map(bytes, task.blobs))
            if task.header["build"] == "text and fields":
                yield builder.build_text(batch).to_message()
            yield builder.build_fields(batch).to_message()
        except (OSError, MemoryError, OverflowError, SearchidxError) as error:
            yield Message({"error": f"{type(error).__name__}: {error}"})

    run_worker(handle, max_unsent=2)
