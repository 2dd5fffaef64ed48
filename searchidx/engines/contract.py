"""The contract of a storage engine: `Engine`, `Snapshot` and `Writer`.

An engine stores articles at a location and answers query trees. It gives any number of snapshots, and one writer at a
time. A snapshot never changes.

A new engine implements the abstract methods: six of `Engine`, eight of `Snapshot`, four of `Writer`. All others have
defaults. Facets, histograms, spans, term statistics and near-duplicates come from `searchidx.engines.collectors`; an
engine overrides them where it is faster. `searchidx.engines.testing.conformance` holds the tests that every engine
passes.

Documents are numbered from 0 within a snapshot, in the order in which they were added. Queries are trees of Whoosh's
query classes and of `searchidx.query.nodes`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar, NamedTuple

from whoosh import query as q

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.encoded_article import EncodedArticle
from searchidx.engines import collectors
from searchidx.engines.locations import IndexLocation
from searchidx.engines.reference.match import Document
from searchidx.engines.results import FacetCounts, IndexStats, NgramCounts, Sort, TermStats, TopDocs
from searchidx.errors import UnsupportedError

NO_VERSIONS = "a cluster keeps no versions of articles"


class Capabilities(NamedTuple):
    """Optional features of an engine.

    Attributes:
        bm25f_scores: scores follow the formula of `searchidx.engines.bm25`, whatever was deleted; else they only rank.
        whoosh_index: `Snapshot.index` is a `whoosh.index.Index`.
        exact_near_duplicates: `near_duplicates` finds every pair; else it may miss a few pairs below 0.6.
        fast_rescore: `Snapshot.rescore` takes a few milliseconds.
        keeps_versions: former texts of articles can be kept; else the methods for them raise `UnsupportedError`.
    """

    bm25f_scores: bool = True
    whoosh_index: bool = False
    exact_near_duplicates: bool = True
    fast_rescore: bool = False
    keeps_versions: bool = False


class Snapshot(ABC):
    """The documents of one commit; later commits do not change it.

    More than 20 methods: the abstract ones are the contract, the others have defaults.
    """

    # -- primitives ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def __len__(self) -> int:
        """The number of documents."""

    @abstractmethod
    def search(
        self, query: q.Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE
    ) -> TopDocs:
        """Find the page of `limit` hits (None: all) from `offset`, and the exact total.

        Raises the `QueryError` of `query_limits.too_broad` for a pattern with more than `MAX_EXPANSION` words.
        """

    @abstractmethod
    def expand(self, pattern: q.Query) -> list[str]:
        """The words of its field that a pattern matches, sorted; raises as `search` does.

        A pattern is a `Prefix`, `Wildcard`, `Regex`, `FuzzyTerm` or `TermRange`. On a field of the text it matches the
        words of all zones.
        """

    @abstractmethod
    def find(self, id: str) -> int | None:
        """The document number of an article, by its id; None if there is none."""

    @abstractmethod
    def article(self, doc: int) -> Article:
        """The stored article of a document."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """A name for the content: equal fingerprints give equal answers.

        ETags, page tokens and export manifests use it, so it must outlive the process. Only the engine can derive it
        without reading every article.
        """

    @abstractmethod
    def user_data(self) -> bytes:
        """The bytes that the last commit stored beside the documents; empty in a new index.

        A build keeps its table of source files here. It must change in the same commit as the documents, so it cannot
        be stored elsewhere.
        """

    @abstractmethod
    def stats(self) -> IndexStats:
        """The size and layout of the index, for `searchidx stats`; only storage knows them."""

    # -- optional: faster access ---------------------------------------------------------------------------------------

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        """The articles of some documents, in the order given; ascending order may be faster."""
        return map(self.article, docs)

    def all_articles(self) -> Iterator[Article]:
        """All articles, in document order."""
        return self.articles(self._all_hits(q.Every()))

    def documents(self, docs: Iterable[int]) -> Iterator[Document]:
        """The analysed articles of some documents, in the order given."""
        return map(Document, self.articles(docs))

    def id(self, doc: int) -> str:
        """The id of a document's article."""
        return self.article(doc).id

    def rechecked(self, query: q.Query) -> int:
        """How many articles a search reads to decide whether they match a query: 0 for most engines."""
        return 0

    def headlines(self, docs: Sequence[int]) -> list[str]:
        """The headlines of some documents' articles."""
        return [article.headline for article in self.articles(docs)]

    def date(self, doc: int) -> PartialDate | None:
        """The date of a document's article."""
        return self.article(doc).date

    def find_all(self, ids: Iterable[str]) -> Sequence[int]:
        """The document numbers of the articles with some ids, ascending; other ids are ignored."""
        found = (self.find(id) for id in ids)
        return sorted(doc for doc in found if doc is not None)

    @property
    def cursor(self) -> str:
        """What a later snapshot needs to know in order to tell which documents were added since; see `since`."""
        return ""

    def since(self, cursor: str) -> Snapshot:
        """A snapshot of the documents that may have been added since the snapshot with a cursor.

        It has every document added since, replacements included, and may have older ones; by default it has all. Its
        documents have numbers of their own.
        """
        return self

    # -- optional: former texts of articles, see `searchidx.versions` --------------------------------------------------

    def former(self) -> Snapshot | None:
        """The former texts, as documents of a snapshot of their own: of each article oldest first. None without any.

        Former texts are no documents of this snapshot: nothing else here depends on them.
        """
        raise UnsupportedError("versions", NO_VERSIONS)

    def with_former(self) -> Snapshot:
        """A snapshot of all versions: the documents of this one, then those of `former`."""
        raise UnsupportedError("versions", NO_VERSIONS)

    def version(self, doc: int) -> int | None:
        """The number of the version that a document of `with_former` is, from 1; None in any other snapshot."""
        return None

    # -- optional: others ----------------------------------------------------------------------------------------------

    @property
    def index(self) -> Any:
        """The `whoosh.index.Index` of this snapshot; None for an engine without one."""
        return None

    def raise_if_damaged(self, error: Exception) -> None:  # noqa: B027 - most engines store nothing that decays
        """Raise `CorruptIndexError` if damage of the index explains an unexpected exception."""

    def close(self) -> None:  # noqa: B027 - most engines hold no resources
        """Release resources. Hits taken from this snapshot keep working."""

    # -- optional: collectors ------------------------------------------------------------------------------------------

    def facet(self, query: q.Query, field: str) -> FacetCounts:
        """Count all hits by a field of `searchidx.schema.FACET_FIELDS`."""
        return collectors.count_facet(
            self.articles(self._all_hits(query)), self.articles(self._all_hits(q.Every())), field
        )

    def date_histogram(self, query: q.Query, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        """Count hits by the days they may be dated to: (first, day after the last) as ordinals; (0, 0) if undated.

        With `occurrences` it counts the items of `spans` instead of hits.
        """
        docs = self._all_hits(query)
        if occurrences:
            return collectors.count_span_days(self.documents(docs), query)
        return collectors.count_days(self.articles(docs))

    def word_histogram(self, query: q.Query) -> Mapping[tuple[int, int], int]:
        """Count the words of all hits, headlines and bodies together, by the days of `date_histogram`."""
        return collectors.count_word_days(self.documents(self._all_hits(query)))

    def spans(self, query: q.Query) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        """The occurrences in each hit, in document order, as `collectors.term_spans`; hits without any are left out."""
        docs = self._all_hits(query)
        yield from collectors.iter_spans(zip(docs, self.documents(docs), strict=True), query)

    def term_stats(self, query: q.Query) -> TermStats:
        """Count the terms of all hits, headlines and bodies together; an engine may list terms that no hit has."""
        return collectors.count_terms(self.documents(self._all_hits(query)), self.documents(self._all_hits(q.Every())))

    def ngrams(
        self, queries: Sequence[q.Query], sizes: Collection[int], edge_stems: Collection[str]
    ) -> Iterator[NgramCounts]:
        """Count the n-grams of the hits of up to 8 queries, as `collectors.count_ngrams`, in ascending batches.

        Raises `UnsupportedError` if the hits have more text than the engine can count.
        """
        docs = [frozenset(self._all_hits(query)) for query in queries]
        every = sorted(frozenset().union(*docs))
        members = ([doc in each for each in docs] for doc in every)
        return collectors.count_ngrams(zip(self.documents(every), members, strict=True), sizes, edge_stems)

    def completions(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The terms of the text with a spelling that begins with a folded prefix: (spelling, number of documents).

        The spelling is the most frequent one with that prefix; ties go to the first by code points. Terms are ordered
        by descending number of documents, then by stem.
        """
        return collectors.complete_prefix(self.documents(self._all_hits(q.Every())), prefix, limit)

    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        """Group ascending documents by similarity, as `collectors.group_near_duplicates`, in document order."""
        return collectors.group_near_duplicates(zip(docs, self.documents(docs), strict=True), threshold)

    def rescore(self, docs: Sequence[int], scores: Sequence[float]) -> Sequence[float]:
        """New scores of the best documents of an answer, best first, by `searchidx.engines.feedback`."""
        return collectors.rescore(self.documents(docs), scores, self.article_counts, len(self))

    def article_counts(self, stems: Sequence[str]) -> Sequence[int]:
        """The number of documents with each of some terms of the text."""
        return collectors.count_articles(self.documents(self._all_hits(q.Every())), stems)

    def _all_hits(self, query: q.Query) -> list[int]:
        """All hits, in document order."""
        return sorted(self.search(query, limit=None, sort=Sort.OLDEST).docs)


class Writer(ABC):
    """One batch of changes: `commit` makes all of them visible, or none.

    As a context manager it commits on leaving, and cancels on an exception. If the block committed or cancelled itself,
    leaving does nothing.
    """

    is_open: bool
    """Whether it still takes changes: it has neither committed nor cancelled."""

    @abstractmethod
    def add(self, article: Article) -> None:
        """Add an article, replacing any with the same id; of several in one batch the last stays."""

    def add_encoded(self, article: EncodedArticle) -> None:
        """Add an article that is encoded already."""
        self.add(article.decode())

    def check(self, article: Article) -> None:  # noqa: B027 - most engines hold any article
        """Raise the `ArticleError` that `add` would raise."""

    @abstractmethod
    def delete(self, id: str) -> bool:
        """Delete an article by its id, not its former texts; returns whether it was in the index or in this batch."""

    @abstractmethod
    def commit(self, user_data: bytes | None = None) -> None:
        """Make the batch durable and visible; `user_data` replaces what `Snapshot.user_data` returns."""

    @abstractmethod
    def cancel(self) -> None:
        """Discard the batch; the index is unchanged."""

    def rejections(self) -> Mapping[str, str]:
        """The reasons why added articles cannot be stored, by id; waits until all are known.

        For engines that find out after `add`. A batch with rejected articles is not committed unless they are deleted
        from it.
        """
        return {}

    def keep(self, former: Article) -> None:
        """Add a former text of the article with its id, newer than those kept before."""
        raise UnsupportedError("versions", NO_VERSIONS)

    def delete_former(self, id: str) -> bool:
        """Delete the former texts of an article, those of this batch included; returns whether there were any."""
        return False

    def optimize(self) -> None:  # noqa: B027 - not every engine has anything to do
        """Make the next commit bring the index into its fastest form, at any cost."""

    def purge(self) -> None:  # noqa: B027 - not every engine keeps deleted articles
        """Make the next commit remove every trace of deleted articles, at any cost."""

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.cancel()
        elif self.is_open:
            self.commit()


class LostArticle(NamedTuple):
    """An article of a damaged index that cannot be had any more.

    Attributes:
        id, headline: as they are stored; they may be damaged themselves, or empty.
        reason: one clause.
    """

    id: str
    headline: str
    reason: str


class Salvage(ABC):
    """What is left of a damaged index. Iterate `articles`, then `former`; the attributes are complete after that.

    Attributes:
        lost: the live articles that cannot be had any more.
        unnamed_losses: the number of further ones, of which not even the ids are left.
        notes: what else is lost, in sentences without a full stop.
        user_data: the user data of the last commit; None if they are damaged.
    """

    lost: list[LostArticle]
    unnamed_losses: int
    notes: list[str]
    user_data: bytes | None

    @abstractmethod
    def articles(self, known: Collection[str] = ()) -> Iterator[Article]:
        """The live articles that are certainly whole and right, in order; `known` are ids that are live in any case."""

    @abstractmethod
    def former(self, ids: Iterable[str]) -> Iterator[Article]:
        """The former texts of articles with these ids that are certainly whole and right, in order."""


class Engine(ABC):
    """An index at a location."""

    capabilities: ClassVar[Capabilities] = Capabilities()

    @classmethod
    @abstractmethod
    def create(cls, location: IndexLocation) -> Engine:
        """Create an empty index, with any missing folders; raises `IndexExistsError` if there is one."""

    @classmethod
    @abstractmethod
    def open(cls, location: IndexLocation) -> Engine:
        """Open an index; raises `IndexNotFoundError`, `IndexVersionError` or `CorruptIndexError`."""

    @classmethod
    @abstractmethod
    def at(cls, location: IndexLocation) -> Engine:
        """The engine at a location, whether or not an index is there: for a writer that overwrites it."""

    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The documents as of the last commit."""

    @abstractmethod
    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> Writer:
        """The writer; raises `IndexLockedError` if another process still writes after `wait` seconds.

        With `overwrite` the commit replaces the whole index, of any format version. `jobs` is the maximum number of
        worker processes, by default the number of processors; the result does not depend on it.
        """

    @abstractmethod
    def verify(self) -> Iterator[str]:
        """Read the whole last commit, and yield one line for each damage found."""

    def commit_token(self) -> object:
        """A value that differs after every commit, and may differ without one; cheaper than a snapshot."""
        return self.snapshot().fingerprint

    def former_user_data(self) -> bytes:
        """The user data of an index of any format version; empty if it cannot be read."""
        return b""

    def former_count(self) -> int:
        """The number of articles of an index of any format version; 0 if it cannot be read."""
        return 0

    def rescue(self) -> Snapshot | None:
        """A snapshot of an index that is to be overwritten, for the texts that no source can give again.

        It gives articles and former texts, but may answer no queries about words. None if nothing is lost with the
        index. Raises `IndexVersionError` if it has former texts that this version cannot read.
        """
        return None

    def salvage(self) -> Salvage:
        """What is left of the index, however damaged; raises what `open` raises if nothing is."""
        raise UnsupportedError("salvage", "an index on a cluster has copies there: restore it from a snapshot")
