"""Fixtures of the server tests."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, FLAGS, SIZES, served, written
from servers import Server
from starlette.testclient import TestClient

from searchidx.web import server
from searchidx.web.app import create_app
from searchidx.web.settings import Settings

BASE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def client_of() -> Callable[..., TestClient]:
    """Make a client of an application on indexes, without a network; `settings` are those of `Settings`."""

    def make(*indexes: Path, **settings: Any) -> TestClient:
        app = create_app(Settings(indexes, **settings))
        return TestClient(app, base_url=BASE, raise_server_exceptions=False, follow_redirects=False)

    return make


@pytest.fixture(scope="session")
def client(client_of: Callable[..., TestClient], corpus_index: Path) -> Iterator[TestClient]:
    """A client of an application on the sample corpus (71 articles), with one event loop for all requests."""
    with client_of(corpus_index) as found:
        yield found


@pytest.fixture(scope="session")
def serving(environment: dict[str, str]) -> Callable[..., contextlib.AbstractContextManager[Server]]:
    """Start a server process on an index and a free port, for a `with` block."""

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


@pytest.fixture(scope="session")
def running() -> Callable[..., contextlib.AbstractContextManager[int]]:
    """Start a server in this process for a `with` block, so that a test can patch it; gives its port."""

    @contextlib.contextmanager
    def run(index: Path, **values: Any) -> Iterator[int]:
        settings = Settings((index,), **values)
        serving = server.create_server(create_app(settings), settings)
        with server.listen("127.0.0.1", 0) as listening:
            thread = threading.Thread(target=serving.run, args=([listening],))
            thread.start()
            try:
                yield listening.getsockname()[1]
            finally:
                serving.force_exit = serving.should_exit = True
                thread.join(30)
                assert not thread.is_alive()

    return run


@pytest.fixture(scope="module")
def address(corpus_index: Path) -> Iterator[str]:
    """The address of a server of the sample corpus; a module may override it."""
    with served(corpus_index) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open a path in a new window; any error that the browser reports fails the test."""
    contexts, faults = [], []

    def make(path: str, size: str = "wide", **options: Any) -> Any:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
        page.goto(written(path))
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(said: Any) -> bool:
    """Whether the console shows an error other than status 4xx, which answers an invalid query."""
    return said.type in ("error", "warning") and "status of 4" not in said.text
