"""The HTTP API: what the library answers."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

import searchidx
from searchidx.render.data import hits_json


def test_a_search_is_answered_as_by_the_library(client: TestClient, corpus_index: Path) -> None:
    found = client.get("/api/v1/search", params={"q": '"Taiwan Strait"', "limit": 3})
    assert found.status_code == 200
    with searchidx.open(corpus_index) as archive:
        assert found.json() == hits_json(archive.search('"Taiwan Strait"', limit=3), '"Taiwan Strait"')
