"""Worker processes: start them, give them tasks, read their replies, replace those that die.

A worker is this Python interpreter with the `sys.path` of its parent, started with the name of a module whose `main`
it runs. It is neither a fork nor a `multiprocessing` child, so it works from `python -`, notebooks and scripts without
a main guard, and never runs the caller's code again.

Parent and worker exchange messages over pipes. Nothing is pickled. A message is one line of JSON, then its blobs::

    [header, [size of each blob in bytes]]    header: a JSON object
    null                                      the worker has sent all replies to a task

A worker answers its tasks in order. Each user of the pool defines only its own headers.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess

_BOOTSTRAP = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import {main}; {main}()"
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}
"""Workers do no linear algebra, and starting numpy's threads for it takes half of their start-up time."""
_EXIT_SECONDS = 1.0
"""How long to wait for the exit code of a worker that closed its output, in seconds."""


def available_cores() -> int:
    """The number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class Message(NamedTuple):
    """A JSON object and some blobs of bytes."""

    header: dict[str, Any]
    blobs: Sequence[bytes | memoryview] = ()


def write_message(sink: IO[bytes], message: Message | None) -> None:
    """Write a message, or None for the end of the replies to a task."""
    line: Any = None if message is None else [message.header, [memoryview(blob).nbytes for blob in message.blobs]]
    sink.write(json.dumps(line).encode() + b"\n")  # ASCII: a path need not be Unicode
    for blob in () if message is None else message.blobs:
        sink.write(blob)
    sink.flush()


def read_message(source: IO[bytes]) -> Message | None:
    """Read what `write_message` wrote; EOFError if the stream ends before."""
    line = source.readline()
    if not line.endswith(b"\n"):
        raise EOFError("the stream ended before a message")
    if (values := json.loads(line)) is None:
        return None
    header, sizes = values
    blobs = [source.read(size) for size in sizes]
    if [len(blob) for blob in blobs] != sizes:
        raise EOFError("the stream ended within a message")
    return Message(header, blobs)


class WorkerDied(Exception):
    """A worker ended, or was killed after the timeout, while it worked on a task."""

    def __init__(self, exit_code: int, is_timeout: bool) -> None:
        super().__init__(f"the worker process ended (exit code {exit_code})")
        self.exit_code = exit_code
        self.is_timeout = is_timeout


class Task:
    """A task that was given to a worker."""

    def __init__(self, worker: _Worker) -> None:
        self._worker = worker
        self.received: deque[Message] = deque()
        self.error: WorkerDied | None = None
        self.is_done = False

    @property
    def has_reply(self) -> bool:
        """Whether `next_reply` returns, or raises, without waiting."""
        return bool(self.received) or self.is_done

    def wait(self) -> None:
        """Wait for one message from the worker, about this task or one before it."""
        self._worker.receive()

    def next_reply(self) -> Message | None:
        """Wait for the next reply; None after the last one. Raises `WorkerDied`."""
        while not self.has_reply:
            self.wait()
        if self.received:
            return self.received.popleft()
        if self.error is not None:
            raise self.error
        return None

    def finish(self) -> None:
        """Wait for the end of the replies, so that the worker is idle; they stay to be read."""
        while not self.is_done:
            self.wait()

    def replies(self) -> Iterator[Message]:
        """Iterate over the replies that are left. Raises `WorkerDied`."""
        while (reply := self.next_reply()) is not None:
            yield reply


class WorkerPool:
    """Up to `size` worker processes that run a function of a module, `main`, started as tasks arrive.

    A worker holds up to `max_tasks` unfinished tasks. One that dies fails only the task it worked on: a new process
    takes over the tasks behind it. With `timeout`, so does a worker that sends nothing for that many seconds while the
    parent waits for it.
    """

    def __init__(
        self, module: str, size: int, max_tasks: int = 1, timeout: float | None = None, main: str = "main"
    ) -> None:
        self._module, self._main = module, main
        self._size = size
        self._max_tasks = max_tasks
        self._timeout = float("inf") if timeout is None else timeout
        self._workers: list[_Worker] = []
        self._unfinished: deque[Task] = deque()  # in the order of submission
        self._is_closed = threading.Event()

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def has_idle_worker(self) -> bool:
        return any(not worker.tasks for worker in self._workers)

    def prepare(self) -> None:
        """Start a worker if none is idle and there may be one more."""
        if not self.has_idle_worker and len(self._workers) < self._size:
            self._workers.append(_Worker(self._module, self._main, self._timeout))
            if len(self._workers) == 1 and self._timeout < float("inf"):
                threading.Thread(target=self._kill_late_workers, daemon=True).start()

    def submit(self, message: Message) -> Task:
        """Give a task to the worker with the fewest tasks; waits while all workers have `max_tasks`."""
        self.prepare()
        while True:
            while self._unfinished and self._unfinished[0].is_done:
                self._unfinished.popleft()
            worker = min(self._workers, key=lambda worker: len(worker.tasks))
            if len(worker.tasks) < self._max_tasks:
                task = worker.assign(message)
                self._unfinished.append(task)
                return task
            self._unfinished[0].wait()

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        self._is_closed.set()
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def _kill_late_workers(self) -> None:
        while not self._is_closed.wait(1.0):
            for worker in self._workers:
                worker.kill_if_late()


class _Worker:
    """One worker process at a time, with the tasks it was given and has not finished."""

    def __init__(self, module: str, main: str, timeout: float) -> None:
        self._module, self._main = module, main
        self._timeout = timeout
        self._deadline = float("inf")
        self._is_late = False
        self._waiting: deque[Message] = deque()  # of all tasks but the first, to repeat them if the process dies
        self._process: subprocess.Popen[bytes] | None = None
        self.tasks: deque[Task] = deque()
        self._start()

    def _start(self) -> None:
        import subprocess  # most commands need no worker

        # -P: import nothing from the current folder before sys.path is the parent's.
        command = [
            sys.executable,
            "-P",
            "-c",
            _BOOTSTRAP.format(module=self._module, main=self._main),
            json.dumps(sys.path),
        ]
        # In a process group of its own, so that Ctrl-C reaches the parent alone, which then ends the worker.
        group = 0 if os.name == "posix" else None
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=group, env=os.environ | _ENVIRONMENT
        )
        self._queue: SimpleQueue[Message | None] = SimpleQueue()
        # A pipe holds 64 KB, and the worker may still be starting: a thread writes while the parent goes on.
        self._feeder = threading.Thread(target=_write_tasks, args=(self._process.stdin, self._queue), daemon=True)
        self._feeder.start()

    def assign(self, message: Message) -> Task:
        if self._process is None:
            self._start()
        if self.tasks:
            self._waiting.append(message)
        self.tasks.append(Task(self))
        self._queue.put(message)
        return self.tasks[-1]

    def receive(self) -> None:
        """Wait for one message about the first task."""
        task = self.tasks[0]
        assert self._process is not None
        assert self._process.stdout is not None
        self._deadline = time.monotonic() + self._timeout
        try:
            reply = read_message(self._process.stdout)
        except (EOFError, ValueError):
            task.error, reply = self._replace_process(), None
        finally:
            self._deadline = float("inf")
        if reply is not None:
            task.received.append(reply)
            return
        task.is_done = True
        self.tasks.popleft()
        if self._waiting:
            self._waiting.popleft()

    def _replace_process(self) -> WorkerDied:
        import subprocess

        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_SECONDS)
        is_timeout, self._is_late = self._is_late, False
        exit_code = self.stop()
        if self._waiting:
            self._start()
            for message in self._waiting:
                self._queue.put(message)
        return WorkerDied(exit_code, is_timeout)

    def kill_if_late(self) -> None:
        if time.monotonic() > self._deadline and (process := self._process) is not None:
            self._is_late = True
            process.kill()

    def stop(self) -> int:
        """End the process, whatever it is doing; returns its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        self._queue.put(None)
        process.kill()
        self._feeder.join()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # of unwritten bytes, which nobody reads any more
                if pipe is not None:
                    pipe.close()
        return process.wait()


def _write_tasks(pipe: IO[bytes], queue: SimpleQueue[Message | None]) -> None:
    """Write the tasks of a worker as they arrive; whoever waits for its replies notices if it dies."""
    with suppress(OSError, ValueError):
        while (message := queue.get()) is not None:
            write_message(pipe, message)
            del message  # megabytes, while the queue is empty


def run_worker(handle: Callable[[Message], Iterable[Message]], max_unsent: int = 0) -> None:
    """Answer tasks until the parent closes the pipe or dies; to be called in a worker.

    With `max_unsent`, a thread writes replies while `handle` makes the next ones, until that many wait for the parent
    to read them. Without, a reply is out before `handle` goes on, even if that crashes the process.
    """
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no reply
    unsent: SimpleQueue[Message | None] = SimpleQueue()
    slots = threading.Semaphore(max_unsent)

    def write(reply: Message | None) -> None:
        with suppress(OSError):  # the parent died
            write_message(sink, reply)

    def write_unsent() -> None:
        while True:
            write(unsent.get())
            slots.release()

    def send(reply: Message | None) -> None:
        if max_unsent:
            slots.acquire()
            unsent.put(reply)
        else:
            write(reply)

    if max_unsent:
        threading.Thread(target=write_unsent, daemon=True).start()
    while True:
        try:
            task = read_message(source)
        except EOFError:
            return
        if task is not None:
            for reply in handle(task):
                send(reply)
                del reply  # megabytes, while `handle` makes the next one
        del task
        send(None)
