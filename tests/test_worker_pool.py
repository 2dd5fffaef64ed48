"""The pool of worker processes: messages, order, and workers that die or hang."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from searchidx.worker_pool import Message, WorkerDied, WorkerPool, read_message, write_message

MODULE = """
import os, time
from searchidx.worker_pool import Message, run_worker

def handle(task):
    action, *numbers = task.header["do"]
    for number in numbers:
        yield Message({"number": number}, task.blobs)
    if action == "crash":
        os._exit(3)
    if action == "hang":
        time.sleep(600)
    if action == "print":
        print("not a reply", flush=True)

def main():
    run_worker(handle)

def main_ahead():
    run_worker(handle, max_unsent=3)
"""


@pytest.fixture(scope="module", autouse=True)
def echo_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A module `echo_worker` on the path of this process, and so on that of its workers."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "echo_worker.py").write_text(MODULE, "utf-8")
    sys.path.append(str(folder))
    yield
    sys.path.remove(str(folder))


def task(action: str, *numbers: int) -> Message:
    return Message({"do": [action, *numbers]})


def numbers_in(replies: Iterator[Message]) -> list[int]:
    return [reply.header["number"] for reply in replies]


@pytest.mark.parametrize("message", [None, Message({"a": "\udce9 ü"}), Message({}, (b"", b"\n\xff\x00")), Message({})])
def test_message_survives_the_pipe(message: Message | None) -> None:
    pipe = BytesIO()
    write_message(pipe, message)
    write_message(pipe, Message({"next": 1}))
    pipe.seek(0)
    found = read_message(pipe)
    assert found == (message and Message(message.header, list(message.blobs)))
    assert read_message(pipe) == Message({"next": 1}, [])


def test_truncated_message_raises_eof_error() -> None:
    pipe = BytesIO()
    write_message(pipe, Message({"a": 1}, (b"one", b"two")))
    whole = pipe.getvalue()
    for cut in range(len(whole)):
        with pytest.raises(EOFError):
            read_message(BytesIO(whole[:cut]))


def test_replies_come_in_order_from_every_worker() -> None:
    with WorkerPool("echo_worker", 2, max_tasks=3) as pool:
        tasks = [pool.submit(task("reply", n, n + 100)) for n in range(10)]
        assert [numbers_in(each.replies()) for each in tasks] == [[n, n + 100] for n in range(10)]


def test_replies_can_be_read_in_any_order() -> None:
    with WorkerPool("echo_worker", 1, max_tasks=3) as pool:
        first, second = pool.submit(task("reply", 1)), pool.submit(task("reply", 2))
        assert numbers_in(second.replies()) == [2]
        assert first.has_reply
        assert numbers_in(first.replies()) == [1]


def test_blob_larger_than_a_pipe_arrives_whole() -> None:
    data = os.urandom(1 << 20)
    with WorkerPool("echo_worker", 1) as pool:
        reply = pool.submit(Message({"do": ["reply", 1]}, (data, b""))).next_reply()
    assert reply is not None
    assert reply.blobs == [data, b""]


def test_crash_fails_one_task_and_keeps_its_replies() -> None:
    with WorkerPool("echo_worker", 1, max_tasks=4) as pool:
        before, crash, again, after = (
            pool.submit(each) for each in (task("reply", 1), task("crash", 2, 3), task("crash"), task("reply", 4))
        )
        replies = crash.replies()
        assert [next(replies).header, next(replies).header] == [{"number": 2}, {"number": 3}]
        with pytest.raises(WorkerDied) as caught:
            next(replies)
        assert (caught.value.exit_code, caught.value.is_timeout) == (3, False)
        with pytest.raises(WorkerDied):
            list(again.replies())
        assert numbers_in(before.replies()) == [1]
        assert numbers_in(after.replies()) == [4]


def test_worker_is_replaced_for_a_task_after_its_crash() -> None:
    with WorkerPool("echo_worker", 1) as pool:
        with pytest.raises(WorkerDied):
            pool.submit(task("crash")).next_reply()
        assert numbers_in(pool.submit(task("reply", 5)).replies()) == [5]


def test_hanging_worker_is_killed_after_the_timeout() -> None:
    with WorkerPool("echo_worker", 1, max_tasks=2, timeout=2.0) as pool:
        hanging, after = pool.submit(task("hang", 1)), pool.submit(task("reply", 2))
        assert hanging.next_reply() == Message({"number": 1}, [])
        with pytest.raises(WorkerDied) as caught:
            hanging.next_reply()
        assert caught.value.is_timeout
        assert numbers_in(after.replies()) == [2]


def test_task_that_prints_does_not_corrupt_messages_of_workers(capfd: pytest.CaptureFixture[str]) -> None:
    with WorkerPool("echo_worker", 1) as pool:
        assert numbers_in(pool.submit(task("print", 1)).replies()) == [1]
    assert capfd.readouterr().err == "not a reply\n"


def test_close_ends_busy_workers() -> None:
    pool = WorkerPool("echo_worker", 2)
    for _ in range(2):
        pool.submit(task("hang"))
    processes = [worker._process for worker in pool._workers]
    pool.close()
    assert all(process is not None and process.returncode is not None for process in processes)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX process groups")
def test_interrupt_does_not_reach_workers() -> None:
    """Ctrl-C goes to the process group of the terminal; workers are in others, and the parent ends them."""
    with WorkerPool("echo_worker", 1) as pool:
        pool.prepare()
        process = pool._workers[0]._process
        assert process is not None
        assert os.getpgid(process.pid) == process.pid != os.getpgid(0)


def test_worker_imports_nothing_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", "utf-8")
    monkeypatch.chdir(tmp_path)
    with WorkerPool("echo_worker", 1) as pool:
        assert numbers_in(pool.submit(task("reply", 1)).replies()) == [1]


def test_worker_that_runs_ahead_replies_in_order_up_to_its_death() -> None:
    blob = bytes(range(256)) * 1_000  # more than a pipe holds
    with WorkerPool("echo_worker", 1, max_tasks=8, main="main_ahead") as pool:
        tasks = [pool.submit(Message({"do": ["", n, n + 1]}, (blob,))) for n in range(6)]
        replies = [reply for each in tasks for reply in each.replies()]
        assert [reply.header["number"] for reply in replies] == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
        assert {bytes(reply.blobs[0]) for reply in replies} == {blob}
        with pytest.raises(WorkerDied):
            list(pool.submit(task("crash")).replies())
        assert numbers_in(pool.submit(task("", 7)).replies()) == [7]
