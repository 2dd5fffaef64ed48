"""The contract of an engine: what holds documents and answers query trees.

An engine is created or opened at a place, gives any number of snapshots and one writer at a time. A snapshot answers;
it never changes. Every engine passes the same conformance suite (`tests/engines/`), whose oracle is the naive engine.

Documents are numbered 0 and up within a snapshot, in document order: the order in which they were added.
"""

from __future__ import annotations

import enum
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.errors import QueryError
from searchidx.query.diagnostics import Diagnostic, Kind, Severity

__all__ = ["Engine", "Matches", "Snapshot", "Sort", "Writer", "too_broad", "too_many_pairs"]

MAX_EXPANSION = 10_000
"""A pattern stands for at most so many words of a field, those of all live articles counted: what bounds its work."""

Query = Any
"""A `whoosh.query.Query`, or one of the nodes of `searchidx.query`."""


class Sort(enum.Enum):
    """The order of hits; ties always in document order."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Matches(NamedTuple):
    """One page of an answer.

    Attributes:
        total: how many documents match, exactly.
        docs: the document numbers of the page, in order.
        scores: their scores, as many.
    """

    total: int
    docs: Sequence[int]
    scores: Sequence[float]


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
    def search(self, query: Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> Matches:
        """The page of `limit` documents (None: all) from `offset` that a query tree matches, and the exact total.

        Raises the `QueryError` of `too_broad` where a pattern stands for more than `MAX_EXPANSION` words.
        """

    @abstractmethod
    def spellings(self, pattern: Query) -> list[str]:
        """The words of its field that a pattern stands for, ascending; raises as `search` does.

        A pattern is a `Prefix`, `Wildcard`, `Regex`, `FuzzyTerm` or `TermRange`. Of the text, whatever the zone.
        """

    @abstractmethod
    def find(self, id: str) -> int | None:
        """The document of an article's id, or None."""

    @abstractmethod
    def article(self, doc: int) -> Article:
        """The whole article of a document."""

    def id(self, doc: int) -> str:
        """The id of a document's article."""
        return self.article(doc).id

    def headline(self, doc: int) -> str:
        """The headline of a document's article."""
        return self.article(doc).headline

    def date(self, doc: int) -> PartialDate | None:
        """The date of a document's article."""
        return self.article(doc).date

    @abstractmethod
    def state(self) -> bytes:
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
    def create(cls, folder: Path) -> Engine:
        """A new, empty index in `folder` (made where missing); `IndexExistsError` where one stands."""

    @classmethod
    @abstractmethod
    def open(cls, folder: Path) -> Engine:
        """The index in `folder`; `IndexNotFoundError`, `IndexVersionError`, `CorruptIndexError` where it cannot be."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The documents as of the last commit."""

    def former_state(self) -> bytes:
        """What was kept beside the documents, though the index be of another version; empty where it cannot be read."""
        return b""

    @abstractmethod
    def writer(self, wait: float = 0.0, anew: bool = False, jobs: int | None = None) -> Writer:
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


def _refused(kind: Kind, message: str, node: Query) -> QueryError:
    """An error at the place of a node, where the parser set one."""
    return QueryError("", [Diagnostic(kind, Severity.ERROR, message, node.startchar or 0, node.endchar or 0)])
