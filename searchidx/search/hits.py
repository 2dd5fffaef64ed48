"""What a search gives back: hits, the passages that show why they are hits, groups of hits that are much the same.

Plain values without markup: how they look is the business of `searchidx.render`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple, TypeVar, overload

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.query.diagnostics import Diagnostic

__all__ = ["HIT", "Explanation", "Group", "Groups", "Hit", "Hits", "KwicLine", "Snippet"]

HIT = ("id", "headline", "date", "score", "byline", "dateline", "section", "source", "language", "keywords", "url",
       "path", "snippet")  # fmt: skip
"""The names of the values of a hit, in the order of `Hit.to_dict`."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of an article: `text`, and the `spans` (start, end in code points of it) that matched."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """The text piece by piece, and whether each is what matched."""
        done = 0
        for start, end in self.spans:
            yield self.text[done:start], False
            yield self.text[start:end], True
            done = end
        yield self.text[done:], False

    def __str__(self) -> str:
        return self.text


class KwicLine(NamedTuple):
    """A keyword in context: one occurrence of what was asked for, and the text around it, on one line.

    Attributes:
        id, headline, date: of the article.
        zone: "headline" or "body".
        left, match, right: the text; white space is folded, and nothing is taken from another zone.
    """

    id: str
    headline: str
    date: PartialDate | None
    zone: str
    left: str
    match: str
    right: str

    def to_dict(self) -> dict[str, Any]:
        """As plain values; the date as ISO 8601."""
        return {
            "id": self.id,
            "headline": self.headline,
            "date": None if self.date is None else str(self.date),
            "zone": self.zone,
            "left": self.left,
            "match": self.match,
            "right": self.right,
        }


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
        headline: the article's headline.
    """

    __slots__ = ("_article", "_show", "_shown", "_snapshot", "doc", "headline", "score")

    def __init__(
        self, snapshot: Any, doc: int, score: float, headline: str, show: Callable[[Article], tuple[Snippet, Snippet]]
    ) -> None:
        self._snapshot = snapshot
        self._show = show
        self._article: Article | None = None
        self._shown: tuple[Snippet, Snippet] | None = None
        self.doc = doc
        self.score = score
        self.headline = headline

    @staticmethod
    def of(
        snapshot: Any,
        docs: Sequence[int],
        scores: Sequence[float],
        show: Callable[[Article], tuple[Snippet, Snippet]],
    ) -> list[Hit]:
        """Those of some documents: headlines are fetched together, as any page shows them; the rest when asked for."""
        return list(map(Hit, repeat(snapshot), docs, scores, snapshot.headlines(docs), repeat(show)))

    @property
    def id(self) -> str:
        """The article's id."""
        found: str = self._snapshot.id(self.doc)
        return found

    @property
    def marked_headline(self) -> Snippet:
        """The article's headline, with what matched in it."""
        return self._marked[0]

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
        return self._marked[1]

    @property
    def _marked(self) -> tuple[Snippet, Snippet]:
        if self._shown is None:
            self._shown = self._show(self.article)
        return self._shown

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


_Item = TypeVar("_Item")


class _Page(Sequence[_Item]):
    """What pages of answers share: sequences that know their total, and find their hints when these are asked for."""

    def __init__(self, total: int, items: Sequence[_Item], diagnostics: Callable[[], tuple[Diagnostic, ...]]) -> None:
        self.total = total
        self._items = items
        self._find_diagnostics = diagnostics

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self._find_diagnostics()

    def __len__(self) -> int:
        """How many this page holds."""
        return len(self._items)

    def __iter__(self) -> Iterator[_Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, at: int) -> _Item: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_Item]: ...
    def __getitem__(self, at: int | slice) -> _Item | Sequence[_Item]:
        return self._items[at]


class Hits(_Page[Hit]):
    """One page of an answer.

    Attributes:
        total: how many articles match, exactly.
        diagnostics: hints: what a person should know about the answer. Some take a search of their own, so they are
            found when they are first asked for.
    """

    def __repr__(self) -> str:
        return f"<Hits {len(self)} of {self.total}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """The hits of this page as plain values."""
        return [hit.to_dict() for hit in self]

    def to_pandas(self) -> Any:
        """The hits of this page as a `pandas.DataFrame`; `MissingExtraError` where pandas is not installed."""
        from searchidx.search.aggregations import frame  # few ask for it

        return frame([_row(hit) for hit in self], HIT)

    def _repr_html_(self) -> str:
        """What a notebook shows: a table of the page."""
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(hit.headline)}</td><td>{escape(str(hit.date or 'undated'))}</td>"
            f"<td>{escape(hit.article.source)}</td><td>{_marked(hit.snippet)}</td><td>{escape(hit.id)}</td></tr>"
            for hit in self
        )
        head = "".join(f"<th>{name}</th>" for name in ("headline", "date", "source", "passage", "id"))
        return f"<table><caption>{len(self):,} of {self.total:,} hits</caption><tr>{head}</tr>{rows}</table>"


def _row(hit: Hit) -> dict[str, Any]:
    """A hit as a row of a data frame."""
    return {**hit.to_dict(), "snippet": hit.snippet.text}


def _marked(snippet: Snippet) -> str:
    """A passage as HTML, with what matched marked."""
    from html import escape

    return "".join(f"<mark>{escape(text)}</mark>" if matched else escape(text) for text, matched in snippet.parts())


@dataclass(frozen=True, slots=True)
class Group:
    """Hits whose bodies are much the same: wire copies, reprints, an article saved twice. Most are of one hit.

    Attributes:
        hits: the first is the one that stands first in the order asked for.
    """

    hits: tuple[Hit, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain values: the first hit, and of the others id, headline, date and source."""
        return {
            **self.hits[0].to_dict(),
            "members": [
                {
                    "id": hit.id,
                    "headline": hit.headline,
                    "date": None if hit.date is None else str(hit.date),
                    "source": hit.article.source,
                }
                for hit in self.hits[1:]
            ],
        }


class Groups(_Page[Group]):
    """One page of an answer whose near-duplicates are grouped.

    Attributes:
        total: how many articles match.
        distinct: how many groups they make.
        threshold: how similar two bodies have to be to stand in one group, 0 to 1.
        diagnostics: as of `Hits`.
    """

    def __init__(
        self,
        total: int,
        distinct: int,
        threshold: float,
        groups: Sequence[Group],
        diagnostics: Callable[[], tuple[Diagnostic, ...]],
    ) -> None:
        super().__init__(total, groups, diagnostics)
        self.distinct = distinct
        self.threshold = threshold

    def to_dicts(self) -> list[dict[str, Any]]:
        """The groups of this page as plain values."""
        return [group.to_dict() for group in self]

    def to_pandas(self) -> Any:
        """A row for each hit of each group, which is named by the id of its first, as a `pandas.DataFrame`."""
        from searchidx.search.aggregations import frame  # few ask for it

        return frame(
            [{"group": group.hits[0].id, **_row(hit)} for group in self for hit in group.hits], ("group", *HIT)
        )

    def __repr__(self) -> str:
        return f"<Groups {len(self)} of {self.distinct}, {self.total} hits>"
