"""What tests of the server share: an application over an index, asked without a network."""

from __future__ import annotations

from collections.abc import Callable
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
