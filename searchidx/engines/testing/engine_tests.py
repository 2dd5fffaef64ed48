"""The base of conformance tests: how they create an index, and helpers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.locations import IndexLocation
from searchidx.engines.testing.random_articles import commit_batches


class EngineTests:
    """Tests of one engine, which a subclass names.

    Attributes:
        engine_class: the engine to test.
        commits: the number of commits that `put` makes of its articles, so that an index has several segments.
    """

    engine_class: ClassVar[type[Engine]]
    commits: ClassVar[int] = 1

    @classmethod
    def location(cls, folder: Path) -> IndexLocation:
        """The location of a test's index, by a folder that is unique to the test; override it for other locations."""
        return folder

    @classmethod
    def create(cls, folder: Path) -> Engine:
        """Create an empty index."""
        return cls.engine_class.create(cls.location(folder))

    @classmethod
    def open(cls, folder: Path) -> Engine:
        """Open an index."""
        return cls.engine_class.open(cls.location(folder))

    @pytest.fixture
    def engine(self, tmp_path: Path) -> Engine:
        """An empty index in the folder `index`."""
        return self.create(tmp_path / "index")

    def index_articles(self, engine: Engine, *articles: Article) -> Snapshot:
        """Commit articles, and return a snapshot with them."""
        size = max(-(-len(articles) // self.commits), 1)
        batches: Sequence[Sequence[Article]] = [articles[n : n + size] for n in range(0, len(articles), size)]
        commit_batches(engine, batches or [()])
        return engine.snapshot()

    def require_bm25f(self) -> None:
        """Skip a test of exact scores if the engine has others."""
        if not self.engine_class.capabilities.bm25f_scores:
            pytest.skip("this engine does not score by searchidx's formula")


def ids(snapshot: Snapshot, query: q.Query | None = None, **page: Any) -> list[str]:
    """The ids of a page of hits; by default of all hits, or of all articles."""
    found = snapshot.search(q.Every() if query is None else query, **{"limit": None, **page})
    return [snapshot.id(doc) for doc in found.docs]


def articles_named(*names: str, **values: Any) -> list[Article]:
    """Articles with these ids, and a headline made of the id."""
    return [Article(name, f"Headline {name}", **values) for name in names]
