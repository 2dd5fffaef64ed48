"""Streaming responses of any length: produced on demand, and cut off visibly after an error."""

from __future__ import annotations

import datetime as dt
import http.client
import logging
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from servers import ask

import searchidx
from searchidx.engines import timeout
from searchidx.web import api, streaming

Running = Callable[..., AbstractContextManager[int]]
EXPORT = "/api/v1/export?q=nato"


class Pieces:
    """The content of an export: `count` pieces of a kilobyte, then the end or an error."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count, self.error = count, error
        self.made = 0
        self.left = threading.Event()

    def __call__(self, articles: Any, format: str) -> Iterator[str]:
        try:
            for _ in range(self.count):
                self.made += 1
                yield "x" * 1023 + "\n"
            if self.error is not None:
                raise self.error
        finally:
            self.left.set()


@pytest.fixture
def made_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Pieces]:
    """Replace the content of exports by pieces."""

    def patched(count: int, error: Exception | None = None) -> Pieces:
        pieces = Pieces(count, error)
        monkeypatch.setattr(api, "export_lines", pieces)
        return pieces

    return patched


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_stream_arrives_complete(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces], count: int
) -> None:
    made_of(count)
    with running(corpus_index) as port:
        answer = ask(port, EXPORT)
    assert (answer.status, len(answer.body)) == (200, count * 1024)
    assert ("content-length" in answer.headers) is (count * 1024 < streaming.BLOCK_BYTES)
    assert answer.headers["content-disposition"] == f'attachment; filename="nato-{dt.date.today()}.jsonl"'


@pytest.mark.parametrize("error", [RuntimeError("broken"), searchidx.CorruptIndexError("index", "damaged")])
def test_error_in_a_later_block_breaks_the_connection(
    running: Running,
    corpus_index: Path,
    made_of: Callable[..., Pieces],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    """The log has the error with its traceback, and the response as incomplete."""
    made_of(1000, error)
    with running(corpus_index) as port, caplog.at_level(logging.INFO, "searchidx.web"):
        with pytest.raises(http.client.IncompleteRead):
            ask(port, EXPORT)
        if curl := shutil.which("curl"):
            done = subprocess.run([curl, "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}{EXPORT}"], check=False)
            assert done.returncode == 18  # "partial file"
        assert ask(port, "/api/v1/stats").status == 200
    told = [record.getMessage() for record in caplog.records if record.name == "searchidx.web"]
    assert type(error).__name__ in told[0]
    assert "test_streaming.py" in told[0]
    assert " GET /api/v1/export 200 incomplete " in told[1]


def test_error_in_the_first_block_is_a_problem(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces]
) -> None:
    made_of(20, RuntimeError("broken"))
    with running(corpus_index) as port:
        assert ask(port, EXPORT).json()["type"] == "urn:searchidx:problem:fault"


def test_timeout_in_a_later_block_breaks_the_connection(
    running: Running, corpus_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is for each block, so that a long export may take longer."""

    def slow(articles: Any, format: str) -> Iterator[str]:
        for _ in range(64):
            yield "x" * 1024
        held = threading.Event()
        for _ in range(100):
            held.wait(0.1)
            timeout.check()
            yield "x"

    monkeypatch.setattr(api, "export_lines", slow)
    with running(corpus_index, timeout=0.3) as port, pytest.raises(http.client.IncompleteRead) as raised:
        ask(port, EXPORT)
    assert len(raised.value.partial) == 65536


def test_http_1_0_gets_505_for_long_answers(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces]
) -> None:
    with running(corpus_index) as port:
        for count, status in ((10, 200), (1000, 505)):
            made_of(count)
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(f"GET {EXPORT} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                assert connection.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


def test_stream_is_produced_only_as_it_is_read(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces]
) -> None:
    """A slow client holds no thread, and nothing is produced for a client that has left."""
    endless = made_of(1 << 40)
    with running(corpus_index, max_running=1, max_streams=1) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", EXPORT)
        answer = connection.getresponse()
        assert len(answer.read(200_000)) == 200_000
        assert ask(port, "/api/v1/search?q=nato").status == 200  # by the one thread there is
        turned_away = ask(port, EXPORT)
        assert (turned_away.status, turned_away.headers["retry-after"]) == (503, "1")
        answer.close()
        connection.close()
        assert endless.left.wait(30)
        assert endless.made < 30_000  # what the system's buffers hold


def test_client_that_stops_reading_is_disconnected(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "SEND_TIMEOUT", 0.1)
    endless = made_of(1 << 40)
    with running(corpus_index) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", EXPORT)
        connection.getresponse()
        assert endless.left.wait(30)
        connection.close()


def test_head_produces_only_the_first_block(
    running: Running, corpus_index: Path, made_of: Callable[..., Pieces]
) -> None:
    endless = made_of(1 << 40)
    with running(corpus_index) as port:
        assert ask(port, EXPORT, "HEAD").body == b""
    assert endless.made == 64
