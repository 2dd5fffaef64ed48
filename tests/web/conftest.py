"""What tests of the server share: an application over an index, asked without a network; and servers, as processes."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from searchidx.web.app import create_app
from searchidx.web.settings import Settings

BASE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def client_of() -> Callable[..., TestClient]:
    """A client of an application over an index; `settings` are those of `Settings`."""

    def make(index: Path, **settings: Any) -> TestClient:
        app = create_app(Settings(index, **settings))
        return TestClient(app, base_url=BASE, raise_server_exceptions=False, follow_redirects=False)

    return make


@pytest.fixture(scope="session")
def client(client_of: Callable[..., TestClient], corpus_index: Path) -> TestClient:
    """A client of the sample corpus, 63 articles."""
    return client_of(corpus_index)


class Server:
    """`searchidx serve` as a process: where it listens, and what it said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr is not None
        first = process.stderr.readline()
        found = re.fullmatch(r"searchidx: (http://(.*):(\d+)/) until Ctrl-C\n", first)
        assert found is not None, first + process.stderr.read()
        self.url = found[1].removesuffix("/")
        self.port = int(found[3])

    def line(self) -> str:
        """The next line of its log."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def end(self) -> str:
        """Tell it to end; what it said since."""
        self.process.terminate()
        return self.process.communicate(timeout=30)[1]


@pytest.fixture(scope="session")
def serving(environment: dict[str, str]) -> Callable[..., contextlib.AbstractContextManager[Server]]:
    """A server over an index within a `with` block, on a port that is free."""

    @contextlib.contextmanager
    def serve(index: Path, *options: object) -> Iterator[Server]:
        words = ["-m", "searchidx", "serve", "--index", index, "--port", 0, *options]
        process = subprocess.Popen(
            [sys.executable, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        try:
            yield Server(process)
        finally:
            process.kill()
            process.communicate(timeout=30)

    return serve
