"""Results of a search: hits, snippets, kwic lines, groups of near-duplicates, explanations.

Plain values without markup; `searchidx.render` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, NamedTuple, TypeVar, overload

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.diagnostics import Diagnostic
from searchidx.engines import budget
from searchidx.search.data_frame import to_frame

HIT_FIELDS = ("id", "headline", "date", "score", "byline", "dateline", "section", "source", "language", "keywords",
              "url", "path", "page", "edition", "ocr", "snippet")  # fmt: skip
"""The keys of `Hit.to_dict`, in its order."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of an article with its matches.

    Attributes:
        text: the passage.
        spans: (start, end) of each match, in code points of `text`; ascending, without overlaps.
    """

    text: str
    spans: tuple[tuple[int, int], ...] = ()

    def parts(self) -> Iterator[tuple[str, bool]]:
        """Iterate over the pieces of the text: (piece, whether it is a match)."""
        done = 0
        for start, end in self.spans:
            yield self.text[done:start], False
            yield self.text[start:end], True
            done = end
        yield self.text[done:], False

    def __str__(self) -> str:
        return self.text


class HitPreview(NamedTuple):
    """What a list of hits shows of an article.

    Attributes:
        headline: the headline with its matches.
        snippet: the passage of the body that shows the match best.
        window: (start, end) of the snippet in the body.
        matches: (start, end) of each match in the body.
    """

    headline: Snippet
    snippet: Snippet
    window: tuple[int, int]
    matches: tuple[tuple[int, int], ...]


Preview = Callable[[Article], HitPreview]
"""Makes the preview of an article."""


class KwicLine(NamedTuple):
    """A keyword in context: one occurrence with the text around it, on one line.

    White space is folded, and the text comes from one zone only.

    Attributes:
        id: the id of the article.
        headline: its headline.
        date: its date.
        zone: "headline" or "body".
        left: the text before the occurrence.
        match: the text of the occurrence.
        right: the text after it.
    """

    id: str
    headline: str
    date: PartialDate | None
    zone: str
    left: str
    match: str
    right: str

    def to_dict(self) -> dict[str, Any]:
        """Return the line as plain values, the date as ISO 8601."""
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
    """The reading of a query, or of a part of it.

    Attributes:
        query: the query in normal form, with all brackets.
        articles: how many articles match it alone.
        parts: the explanations of its operands.
        rechecked: how many articles were read to decide whether they match; on a cluster only.
    """

    query: str
    articles: int
    parts: tuple[Explanation, ...] = ()
    rechecked: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values: query, articles, rechecked unless it is 0, parts."""
        rechecked = {"rechecked": self.rechecked} if self.rechecked else {}
        parts = [part.to_dict() for part in self.parts]
        return {"query": self.query, "articles": self.articles, **rechecked, "parts": parts}


class Hit:
    """An article that matches a query.

    The article and the snippets are read when they are first used.

    Attributes:
        doc: the document number in the snapshot.
        score: the relevance; greater is better. Scores of different answers are not comparable.
        headline: the headline of the article.
    """

    __slots__ = ("_article", "_make_preview", "_preview", "_snapshot", "doc", "headline", "score")

    def __init__(
        self,
        snapshot: Any,
        doc: int,
        score: float,
        headline: str,
        preview: Preview,
    ) -> None:
        self._snapshot = snapshot
        self._make_preview = preview
        self._article: Article | None = None
        self._preview: HitPreview | None = None
        self.doc = doc
        self.score = score
        self.headline = headline

    @staticmethod
    def from_docs(
        snapshot: Any,
        docs: Sequence[int],
        scores: Sequence[float],
        preview: Preview,
    ) -> list[Hit]:
        """Make the hits of some documents; headlines are fetched together, because any page shows them."""
        return list(map(Hit, repeat(snapshot), docs, scores, snapshot.headlines(docs), repeat(preview)))

    @property
    def id(self) -> str:
        """The article's id."""
        id: str = self._snapshot.id(self.doc)
        return id

    @property
    def version(self) -> int | None:
        """The number of the version of the article, from 1; None unless all versions are searched."""
        version: int | None = self._snapshot.version(self.doc)
        return version

    @property
    def marked_headline(self) -> Snippet:
        """The article's headline with its matches."""
        return self._get_preview().headline

    @property
    def date(self) -> PartialDate | None:
        """The date of publication."""
        date: PartialDate | None = self._snapshot.date(self.doc)
        return date

    @property
    def article(self) -> Article:
        """The whole article."""
        if self._article is None:
            self._article = self._snapshot.article(self.doc)
        return self._article

    @property
    def snippet(self) -> Snippet:
        """The passage of the body that shows the match best."""
        return self._get_preview().snippet

    @property
    def matches(self) -> int:
        """The number of matches in the body."""
        return len(self._get_preview().matches)

    def passages(self, limit: int = 3) -> list[Snippet]:
        """Return the snippet and up to `limit - 1` further passages that have matches, in the order of the body."""
        from searchidx.search.snippets import find_passages

        preview = self._get_preview()
        return find_passages(self.article.body, preview.window, preview.matches, limit)

    def _get_preview(self) -> HitPreview:
        if self._preview is None:
            token = budget.begin(len(self._snapshot))
            try:
                self._preview = self._make_preview(self.article)
            finally:
                if token is not None:
                    budget.end(token)
        return self._preview

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as plain values, with the keys `HIT_FIELDS`, and `version` if all versions are searched."""
        article = self.article
        return {
            "id": article.id,
            **({} if self.version is None else {"version": self.version}),
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
            "page": article.page,
            "edition": article.edition,
            "ocr": article.ocr,
            "snippet": {"text": self.snippet.text, "spans": [list(span) for span in self.snippet.spans]},
        }

    def __repr__(self) -> str:
        return f"<Hit {self.id!r} {self.score:.3f} {self.headline!r}>"


Item = TypeVar("Item")


class _Page(Sequence[Item]):
    """A sequence that knows the total of the answer, and finds its hints when they are first used."""

    def __init__(self, total: int, items: Sequence[Item], diagnostics: Callable[[], tuple[Diagnostic, ...]]) -> None:
        self.total = total
        self._items = items
        self._find_diagnostics = diagnostics

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self._find_diagnostics()

    def __len__(self) -> int:
        """How many items this page has."""
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, at: int) -> Item: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Item]: ...
    def __getitem__(self, at: int | slice) -> Item | Sequence[Item]:
        return self._items[at]


class Hits(_Page[Hit]):
    """One page of an answer.

    Attributes:
        total: the exact number of articles that match.
        diagnostics: hints about the query and its answer. Some need searches of their own, so they are found when
            they are first used.
    """

    def __repr__(self) -> str:
        return f"<Hits {len(self)} of {self.total}>"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the hits of this page as plain values."""
        return [hit.to_dict() for hit in self]

    def to_pandas(self) -> Any:
        """Return the hits of this page as a `pandas.DataFrame`.

        Raises:
            MissingExtraError: if pandas is not installed.
        """
        return to_frame([_hit_row(hit) for hit in self], HIT_FIELDS)

    def _repr_html_(self) -> str:
        """Return the page as an HTML table, for notebooks."""
        from html import escape  # only notebooks need it

        rows = "".join(
            f"<tr><td>{escape(hit.headline)}</td><td>{escape(str(hit.date or 'undated'))}</td>"
            f"<td>{escape(hit.article.source)}</td><td>{_highlight_html(hit.snippet)}</td><td>{escape(hit.id)}</td></tr>"
            for hit in self
        )
        head = "".join(f"<th>{name}</th>" for name in ("headline", "date", "source", "passage", "id"))
        return f"<table><caption>{len(self):,} of {self.total:,} hits</caption><tr>{head}</tr>{rows}</table>"


def _hit_row(hit: Hit) -> dict[str, Any]:
    """Make a row of a data frame."""
    return {**hit.to_dict(), "snippet": hit.snippet.text}


def _highlight_html(snippet: Snippet) -> str:
    """Render a snippet as HTML with its matches in `<mark>`."""
    from html import escape  # only notebooks need it

    return "".join(f"<mark>{escape(text)}</mark>" if matched else escape(text) for text, matched in snippet.parts())


@dataclass(frozen=True, slots=True)
class Group:
    """Hits that are near-duplicates: wire copies, reprints, an article saved twice. Most groups have one hit.

    Attributes:
        hits: its hits, in the order of the answer.
    """

    hits: tuple[Hit, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the first hit as plain values, with id, headline, date and source of the others as "members"."""
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
    """One page of an answer with near-duplicates grouped.

    Attributes:
        total: the exact number of articles that match.
        distinct: how many groups they form.
        threshold: the similarity of bodies from which two hits are in one group, 0 to 1.
        diagnostics: hints, as in `Hits`.
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
        """Return the groups of this page as plain values."""
        return [group.to_dict() for group in self]

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with a row for each hit; the column "group" has the id of the group's first hit.

        Raises:
            MissingExtraError: if pandas is not installed.
        """
        rows = [{"group": group.hits[0].id, **_hit_row(hit)} for group in self for hit in group.hits]
        return to_frame(rows, ("group", *HIT_FIELDS))

    def __repr__(self) -> str:
        return f"<Groups {len(self)} of {self.distinct}, {self.total} hits>"
