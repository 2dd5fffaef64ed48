"""The contract of an engine: what holds documents and answers query trees.

An engine is created or opened at a place, gives any number of snapshots and one writer at a time. A snapshot answers;
it never changes. Every engine passes the same conformance suite (`tests/engines/`), whose oracle is the naive engine.

Documents are numbered 0 and up within a snapshot, in document order: the order in which they were added.
"""

from __future__ import annotations

import enum
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.locations import IndexLocation
from searchidx.errors import QueryError
from searchidx.query.diagnostics import Diagnostic, Kind, Severity

__all__ = [
    "Engine",
    "FacetCounts",
    "IndexStats",
    "Snapshot",
    "Sort",
    "TermStats",
    "TopDocs",
    "Writer",
    "too_broad",
    "too_many_pairs",
    "too_many_places",
    "too_slow",
]

MAX_EXPANSION = 10_000
"""A pattern stands for at most so many words of a field, those of all live articles counted: what bounds its work."""

Query = Any
"""A `whoosh.query.Query`, or one of the nodes of `searchidx.query`."""


class Sort(enum.Enum):
    """The order of hits; ties always in document order."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    HEADLINE = "headline"


class TopDocs(NamedTuple):
    """One page of an answer.

    Attributes:
        total: how many documents match, exactly.
        docs: the document numbers of the page, in order.
        scores: their scores, as many.
    """

    total: int
    docs: Sequence[int]
    scores: Sequence[float]


class FacetCounts(NamedTuple):
    """How many hits have each value of a field, and how many documents.

    Attributes:
        values: of each value that a hit has, (hits, documents).
        total: how many documents match.
        missing, corpus_missing: how many hits, and how many documents, have no value.
    """

    values: Mapping[str, tuple[int, int]]
    total: int
    missing: int
    corpus_missing: int


class TermStats(NamedTuple):
    """The words of the hits of a query, by class, in the order of the stems: sequences of the same length.

    Attributes:
        total: how many documents match.
        words, corpus_words: how many words they have, and all documents.
        counts: how often each class stands in the hits; articles: in how many of them.
        corpus_counts: how often it stands in all documents; corpus_articles: in how many of them.
        spelling: of the class at a place of these sequences, the most frequent spelling in the hits (of several as
            frequent the first by code points).
    """

    total: int
    words: int
    corpus_words: int
    counts: Sequence[int]
    articles: Sequence[int]
    corpus_counts: Sequence[int]
    corpus_articles: Sequence[int]
    spelling: Callable[[int], str]


class IndexStats(NamedTuple):
    """How an index lies on disk: words of all documents, segments, bytes, version of the format, number of commits."""

    words: int
    segments: int
    bytes: int
    format: int
    generation: int


class Snapshot(ABC):
    """The documents of one commit, searchable; it never changes, and nothing a writer does disturbs it."""

    @property
    @abstractmethod
    def index(self) -> Any:
        """The `whoosh.index.Index` beneath, or None where the engine has none."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names this snapshot's content: equal fingerprints give equal answers."""

    @abstractmethod
    def __len__(self) -> int:
        """How many documents there are."""

    @abstractmethod
    def search(self, query: Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> TopDocs:
        """The page of `limit` documents (None: all) from `offset` that a query tree matches, and the exact total.

        Raises the `QueryError` of `too_broad` where a pattern stands for more than `MAX_EXPANSION` words.
        """

    @abstractmethod
    def expand(self, pattern: Query) -> list[str]:
        """The words of its field that a pattern stands for, ascending; raises as `search` does.

        A pattern is a `Prefix`, `Wildcard`, `Regex`, `FuzzyTerm` or `TermRange`. Of the text, whatever the zone.
        """

    @abstractmethod
    def completions(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        """The words of the text that begin so, folded: of each class one spelling, and how many documents have it.

        It is the most frequent of the spellings that begin so (of several as frequent the first by code points). The
        classes that most documents have come first, then they are in the order of their stems.
        """

    @abstractmethod
    def facet(self, query: Query, field: str) -> FacetCounts:
        """How many of all hits have each value of a field of `searchidx.search.aggregations.FACETS`."""

    @abstractmethod
    def date_histogram(self, query: Query, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        """How many hits may be of which days, by (first, day after the last) as ordinals; (0, 0) of the undated.

        With `occurrences` those of `places` are counted instead of documents.
        """

    @abstractmethod
    def spans(self, query: Query) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        """Of each hit, in document order, where what a query asks for stands in it: (zone, first, last word).

        As `searchidx.engines.reference.aggregate.places` says; hits without such places are left out.
        """

    @abstractmethod
    def term_stats(self, query: Query) -> TermStats:
        """The words of all hits, headlines and bodies together; those that no hit has may be left out."""

    @abstractmethod
    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        """Which of some documents (ascending) are much the same: groups of two or more, in document order.

        As `reference.aggregate.groups_of` says, except that an engine may miss a few pairs below 0.6.
        """

    @abstractmethod
    def stats(self) -> IndexStats:
        """How the index lies on disk."""

    @abstractmethod
    def find(self, id: str) -> int | None:
        """The document of an article's id, or None."""

    @abstractmethod
    def article(self, doc: int) -> Article:
        """The whole article of a document."""

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        """The whole articles of some documents, in their order: faster than one by one where that is ascending."""
        return map(self.article, docs)

    def id(self, doc: int) -> str:
        """The id of a document's article."""
        return self.article(doc).id

    def headlines(self, docs: Sequence[int]) -> list[str]:
        """The headlines of some documents' articles."""
        return [article.headline for article in self.articles(docs)]

    def date(self, doc: int) -> PartialDate | None:
        """The date of a document's article."""
        return self.article(doc).date

    @abstractmethod
    def user_data(self) -> bytes:
        """What the last commit was given to keep beside the documents; empty at first."""

    def close(self) -> None:  # noqa: B027 - most engines hold nothing that has to be given back
        """Give back what the snapshot holds. Hits that were taken from it go on working."""


class Writer(ABC):
    """Changes to an index, in one batch: all of them become visible with `commit`, or none.

    As a context manager it commits on leaving, and cancels where an exception leaves it; where the block has done
    either itself, leaving does nothing more.
    """

    is_open: bool
    """Whether it takes changes still: it has neither committed nor cancelled."""

    @abstractmethod
    def add(self, article: Article) -> None:
        """Add an article, in the place of any with the same id; the last of several in one batch stays."""

    @abstractmethod
    def delete(self, id: str) -> bool:
        """Delete the article of that id; whether there was one (added in this batch or before it)."""

    @abstractmethod
    def commit(self, state: bytes | None = None) -> None:
        """Make the batch durable and visible; `state` replaces what is kept beside the documents."""

    def refused(self) -> Mapping[str, str]:
        """Why articles that were added cannot be kept, by id, where an engine finds that only later; waits for it.

        A batch that has such articles is not committed, unless they are deleted from it again.
        """
        return {}

    def optimize(self) -> None:  # noqa: B027 - not every engine has anything to do
        """Make the coming commit bring the index into the form that is fastest to search, whatever that takes."""

    def purge(self) -> None:  # noqa: B027 - not every engine keeps any
        """Make the coming commit hold nothing more of articles that were deleted, whatever that takes."""

    @abstractmethod
    def cancel(self) -> None:
        """Forget the batch; the index is as it was."""

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.cancel()
        elif self.is_open:
            self.commit()


class Engine(ABC):
    """An index at a place."""

    @classmethod
    @abstractmethod
    def create(cls, place: IndexLocation) -> Engine:
        """A new, empty index at a place (folders are made); `IndexExistsError` where one stands."""

    @classmethod
    @abstractmethod
    def open(cls, place: IndexLocation) -> Engine:
        """The index at a place; `IndexNotFoundError`, `IndexVersionError`, `CorruptIndexError` where it cannot be."""

    @classmethod
    @abstractmethod
    def at(cls, place: IndexLocation) -> Engine:
        """Whatever is at a place, an index or none yet: for a writer that makes all of it anew."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The documents as of the last commit."""

    def commit_token(self) -> object:
        """What is another once there is a newer commit (and may be so without one): cheaper to ask than a snapshot."""
        return self.snapshot().fingerprint

    def former_user_data(self) -> bytes:
        """What was kept beside the documents, though the index be of another version; empty where it cannot be read."""
        return b""

    @abstractmethod
    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> Writer:
        """The one writer; `IndexLockedError` where another process still writes after `wait` seconds.

        With `anew` the commit replaces all there was, whatever version of the format that had. `jobs` is how many
        processes may build, as many as there are processors where it is None; the result is the same.
        """

    @abstractmethod
    def check(self) -> Iterator[str]:
        """What is damaged in the last commit: a line for each finding; reads everything."""


def available_cores() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system can say
        return os.cpu_count() or 1


def too_broad(pattern: Query) -> QueryError:
    """The error for a pattern that stands for too many words; it has the pattern's place where the parser set one."""
    kind = type(pattern).__name__
    shown = {"Prefix": "{}*", "Wildcard": "{}", "Regex": "/{}/", "FuzzyTerm": "{}~"}.get(kind, "this range")
    message = (
        f"{shown.format(getattr(pattern, 'text', ''))} stands for more than {MAX_EXPANSION:,} words: "
        "write more of its letters"
    )
    return _refused(Kind.BROAD_PATTERN, message, pattern)


def too_many_pairs(node: Query) -> QueryError:
    """The error for a proximity within another that has more pairs than an engine looks at."""
    message = (
        "these stand near each other too often to look for anything near them: name rarer words, or a smaller distance"
    )
    return _refused(Kind.TOO_MUCH_WORK, message, node)


def too_many_places(operand: Query) -> QueryError:
    """The error for an operand of a proximity that stands at more places than an engine gathers."""
    message = "this stands at too many places to look for anything near it: name fewer or rarer words"
    return _refused(Kind.TOO_MUCH_WORK, message, operand)


def too_slow(seconds: float, node: Query) -> QueryError:
    """The error for what takes longer than so many seconds, which ended while `node` was worked on."""
    message = f"this takes longer than the {seconds:g} seconds there are: ask for fewer or rarer words"
    return _refused(Kind.TOO_MUCH_WORK, message, node)


def _refused(kind: Kind, message: str, node: Query) -> QueryError:
    """An error at the place of a node, where the parser set one."""
    start, end = (getattr(node, name, None) or 0 for name in ("startchar", "endchar"))
    return QueryError("", [Diagnostic(kind, Severity.ERROR, message, start, end)])
