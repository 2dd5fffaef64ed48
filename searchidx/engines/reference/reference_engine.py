"""The naive engine: articles in memory, every query a plain scan.

It is the executable specification of what queries mean and how hits are scored, written to be read and not to be
fast, and the oracle that the conformance suite compares other engines with. Its "folder" is a name; nothing is
written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, ClassVar

from whoosh import query as q

from searchidx.analysis import fold
from searchidx.article import Article
from searchidx.engines import contract
from searchidx.engines.bm25 import HEADLINE_WEIGHT, K1, B, idf
from searchidx.engines.contract import (
    Engine,
    FacetCounts,
    IndexStats,
    Snapshot,
    Sort,
    TermStats,
    TopDocs,
    Writer,
)
from searchidx.engines.locations import IndexLocation
from searchidx.engines.reference import aggregate
from searchidx.engines.reference.match import (
    PATTERNS,
    Document,
    children,
    frequency,
    is_text,
    leaves,
    matches,
    occurrences,
    stands_for,
)
from searchidx.errors import IndexExistsError, IndexLockedError, IndexNotFoundError
from searchidx.query.nodes import boost_of

__all__ = ["ReferenceEngine"]


class ReferenceEngine(Engine):
    """An index in the memory of this process."""

    _all: ClassVar[dict[IndexLocation, ReferenceEngine]] = {}

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.kept = b""
        self.writing = False

    @classmethod
    def create(cls, place: IndexLocation) -> ReferenceEngine:
        if place in cls._all:
            raise IndexExistsError(place, f"there is an index in {place} already; nothing was changed")
        return cls.at(place)

    @classmethod
    def open(cls, place: IndexLocation) -> ReferenceEngine:
        if place not in cls._all:
            raise IndexNotFoundError(place, f"there is no index in {place}")
        return cls.at(place)

    @classmethod
    def at(cls, place: IndexLocation) -> ReferenceEngine:
        return cls._all.setdefault(place, cls())

    def snapshot(self) -> ReferenceSnapshot:
        return ReferenceSnapshot(list(self.documents), self.kept)

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> ReferenceWriter:
        if self.writing:
            raise IndexLockedError("memory", "another writer is at work: try again when it has finished")
        return ReferenceWriter(self, overwrite)

    def check(self) -> Iterator[str]:
        return iter(())


class ReferenceSnapshot(Snapshot):
    """The documents of one commit."""

    def __init__(self, documents: list[Document], state: bytes) -> None:
        self._documents = documents
        self._state = state

    @property
    def index(self) -> None:
        return None

    @property
    def fingerprint(self) -> str:
        articles = repr([document.article for document in self._documents])
        return blake2b(articles.encode(errors="surrogatepass"), digest_size=8).hexdigest()

    def __len__(self) -> int:
        return len(self._documents)

    def search(self, query: Any, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> TopDocs:
        for leaf in leaves(query):
            if isinstance(leaf, PATTERNS) and leaf.fieldname not in ("id", "precision"):
                self.expand(leaf)  # raises where they are too many
        hits = [doc for doc, document in enumerate(self._documents) if matches(query, document)]
        scores = dict.fromkeys(hits, 0.0)
        if sort is Sort.RELEVANCE:
            statistics: dict[int, int] = {}
            scores = {doc: self._score(query, self._documents[doc], statistics) for doc in hits}
            hits.sort(key=lambda doc: -scores[doc])  # stable: ties stay in document order
        elif sort is Sort.HEADLINE:
            names = {doc: fold(self._documents[doc].article.headline) for doc in hits}
            hits.sort(key=lambda doc: (not names[doc], names[doc]))
        else:
            keys = {doc: date.sort_key for doc in hits if (date := self._documents[doc].article.date) is not None}
            dated = sorted(keys, key=lambda doc: keys[doc] if sort is Sort.OLDEST else tuple(-n for n in keys[doc]))
            hits = dated + [doc for doc in hits if doc not in keys]
        page = hits[offset:] if limit is None else hits[offset : offset + limit]
        return TopDocs(len(hits), page, [scores[doc] for doc in page])

    def _score(self, query: Any, document: Document, statistics: dict[int, int]) -> float:
        if not matches(query, document):
            return 0.0
        parts = children(query)
        if parts is None:
            return boost_of(query) * self._leaf(query, document, statistics) if is_text(query) else 0.0
        boost = float(getattr(query, "boost", 1.0))
        if isinstance(query, q.Not):
            return 0.0
        if isinstance(query, q.ConstantScoreQuery):
            return boost * float(query.score)
        if isinstance(query, (q.AndNot, q.Require)):
            parts = parts[:1]
        scores = [self._score(part, document, statistics) for part in parts]
        if isinstance(query, q.DisjunctionMax):
            return boost * (max(scores) + float(query.tiebreak) * (sum(scores) - max(scores)))
        return boost * sum(scores)

    def _leaf(self, query: Any, document: Document, statistics: dict[int, int]) -> float:
        if id(query) not in statistics:
            statistics[id(query)] = sum(1 for each in self._documents if occurrences(query, each))
        weight = frequency(query, document, HEADLINE_WEIGHT)
        mean = sum(map(_length, self._documents)) / len(self._documents)
        norm = K1 * (1 - B + B * _length(document) / mean)
        return float(idf(len(self._documents), statistics[id(query)]) * weight / (weight + norm))

    def expand(self, pattern: Any) -> list[str]:
        found = set().union(*(stands_for(pattern, document) for document in self._documents))
        if len(found) > contract.MAX_EXPANSION:
            raise contract.too_broad(pattern)
        return sorted(found)

    def facet(self, query: Any, field: str) -> FacetCounts:
        hits = Counter[str]()
        corpus = Counter[str]()
        total = missing = corpus_missing = 0
        for document in self._documents:
            values = aggregate.facet_values(document.article, field)
            corpus.update(values)
            corpus_missing += not values
            if matches(query, document):
                total += 1
                hits.update(values)
                missing += not values
        return FacetCounts({value: (hits[value], corpus[value]) for value in hits}, total, missing, corpus_missing)

    def date_histogram(self, query: Any, occurrences: bool = False) -> dict[tuple[int, int], int]:
        found = Counter[tuple[int, int]]()
        for document in self._matching(query):
            found[aggregate.days_of(document.article)] += len(aggregate.places(query, document)) if occurrences else 1
        return dict(+found)

    def spans(self, query: Any) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        for doc, document in enumerate(self._documents):
            if matches(query, document) and (found := aggregate.places(query, document)):
                yield doc, found

    def term_stats(self, query: Any) -> TermStats:
        hits = list(self._matching(query))
        counts, articles, spellings = aggregate.word_counts(hits)
        corpus_counts, corpus_articles, _ = aggregate.word_counts(self._documents)
        stems = sorted(counts)
        return TermStats(
            total=len(hits),
            words=counts.total(),
            corpus_words=corpus_counts.total(),
            counts=[counts[stem] for stem in stems],
            articles=[articles[stem] for stem in stems],
            corpus_counts=[corpus_counts[stem] for stem in stems],
            corpus_articles=[corpus_articles[stem] for stem in stems],
            spelling=lambda at: min(spellings[stems[at]].items(), key=lambda item: (-item[1], item[0]))[0],
        )

    def completions(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        return list(islice(aggregate.completions(self._documents, beginning), limit))

    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        return list(aggregate.groups_of(((doc, self._documents[doc]) for doc in docs), threshold))

    def stats(self) -> IndexStats:
        words = sum(document.words("headline") + document.words("body") for document in self._documents)
        return IndexStats(words, segments=1, bytes=0, format=0, generation=0)

    def _matching(self, query: Any) -> Iterator[Document]:
        return (document for document in self._documents if matches(query, document))

    def find(self, id: str) -> int | None:
        return next((doc for doc, document in enumerate(self._documents) if document.article.id == id), None)

    def article(self, doc: int) -> Article:
        return self._documents[doc].article

    def user_data(self) -> bytes:
        return self._state


def _length(document: Document) -> float:
    return HEADLINE_WEIGHT * document.words("headline") + document.words("body")


class ReferenceWriter(Writer):
    """One batch of changes."""

    def __init__(self, engine: ReferenceEngine, overwrite: bool) -> None:
        self._engine = engine
        self._documents = [] if overwrite else list(engine.documents)
        self._kept = b"" if overwrite else engine.kept
        self.is_open = True
        engine.writing = True

    def add(self, article: Article) -> None:
        self.delete(article.id)
        self._documents.append(Document(article))

    def delete(self, id: str) -> bool:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")
        before = len(self._documents)
        self._documents = [document for document in self._documents if document.article.id != id]
        return len(self._documents) < before

    def commit(self, state: bytes | None = None) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")
        engine = self._engine
        engine.documents = self._documents
        engine.kept = self._kept if state is None else state
        self.cancel()

    def cancel(self) -> None:
        if self.is_open:
            self.is_open = False
            self._engine.writing = False
