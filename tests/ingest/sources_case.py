"""A folder of sources and its index, as the tests of builds use them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import searchidx

Counts = tuple[int, int, int, int]
HARBOUR = "Harbour opens\n\nShips came in at noon.\n"
BRIDGE = "Bridge closes\n\nTrains waited at the station.\n"


def counts(report: searchidx.Report) -> Counts:
    return report.added, report.updated, report.unchanged, report.removed


def record(id: str, headline: str = "Headline", body: str = "Body.") -> dict[str, object]:
    return {"id": id, "headline": headline, "body": body}


class SourcesCase:
    """A folder of sources and its index, below one folder."""

    def __init__(self, folder: Path, put: Callable[..., Path]) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        self.sources.mkdir()
        self.index = folder / "index"
        self._put = put

    def put(self, name: str, content: Any) -> Path:
        return self._put(self.sources, name, content)

    def build(self, *sources: Path, **options: Any) -> searchidx.Report:
        return searchidx.build(*(sources or (self.sources,)), index=self.index, **options)

    def ids(self, query: str = "*") -> list[str]:
        with searchidx.open(self.index) as archive:
            found = archive.ids(query)
            assert query != "*" or len(found) == len(archive)
            return sorted(found)

    def article(self, id: str) -> searchidx.Article:
        with searchidx.open(self.index) as archive:
            article = archive.get(id)
        assert article is not None
        return article
