"""What a search gives back: hits, and the passages that show why they are hits.

Plain values without markup: how they look is the business of `searchidx.render`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.query.diagnostics import Diagnostic

__all__ = ["Explanation", "Hit", "Hits", "Snippet"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of an article: `text`, and the `spans` (start, end in code points of it) that matched."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a query, or a part of it, was understood.

    Attributes:
        query: it, in the language's own syntax, with all its brackets.
        articles: how many articles match it alone.
        parts: what it is made of.
    """

    query: str
    articles: int
    parts: tuple[Explanation, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain values: query, articles, parts."""
        return {"query": self.query, "articles": self.articles, "parts": [part.to_dict() for part in self.parts]}


class Hit:
    """One article of an answer.

    Attributes:
        doc: its document number in the snapshot.
        score: how well it matches; greater is better, comparable within one answer only.
    """

    __slots__ = ("_article", "_make_snippet", "_snapshot", "_snippet", "doc", "score")

    def __init__(self, snapshot: Any, doc: int, score: float, make_snippet: Callable[[Article], Snippet]) -> None:
        self._snapshot = snapshot
        self._make_snippet = make_snippet
        self._article: Article | None = None
        self._snippet: Snippet | None = None
        self.doc = doc
        self.score = score

    @property
    def id(self) -> str:
        """The article's id."""
        found: str = self._snapshot.id(self.doc)
        return found

    @property
    def headline(self) -> str:
        """The article's headline."""
        found: str = self._snapshot.headline(self.doc)
        return found

    @property
    def date(self) -> PartialDate | None:
        """When it was published."""
        found: PartialDate | None = self._snapshot.date(self.doc)
        return found

    @property
    def article(self) -> Article:
        """The whole article."""
        if self._article is None:
            self._article = self._snapshot.article(self.doc)
        return self._article

    @property
    def snippet(self) -> Snippet:
        """The passage of the body that shows the match best."""
        if self._snippet is None:
            self._snippet = self._make_snippet(self.article)
        return self._snippet

    def to_dict(self) -> dict[str, Any]:
        """The hit as plain values: id, headline, date, score, then the article's other fields and the snippet."""
        article = self.article
        return {
            "id": article.id,
            "headline": article.headline,
            "date": None if article.date is None else str(article.date),
            "score": self.score,
            "byline": article.byline,
            "dateline": article.dateline,
            "section": article.section,
            "source": article.source,
            "language": article.language,
            "keywords": list(article.keywords),
            "url": article.url,
            "path": article.path,
            "snippet": {"text": self.snippet.text, "spans": [list(span) for span in self.snippet.spans]},
        }

    def __repr__(self) -> str:
        return f"<Hit {self.id!r} {self.score:.3f} {self.headline!r}>"


class Hits(Sequence[Hit]):
    """One page of an answer.

    Attributes:
        total: how many articles match, exactly.
        diagnostics: hints: what a person should know about the answer. Some take a search of their own, so they are
            found when they are first asked for.
    """

    def __init__(self, total: int, hits: Sequence[Hit], diagnostics: Callable[[], tuple[Diagnostic, ...]]) -> None:
        self.total = total
        self._hits = hits
        self._find_diagnostics = diagnostics

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self._find_diagnostics()

    def __len__(self) -> int:
        """How many hits this page holds."""
        return len(self._hits)

    def __iter__(self) -> Iterator[Hit]:
        return iter(self._hits)

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Hit]: ...
    def __getitem__(self, at: int | slice) -> Hit | Sequence[Hit]:
        return self._hits[at]

    def __repr__(self) -> str:
        return f"<Hits {len(self)} of {self.total}>"
