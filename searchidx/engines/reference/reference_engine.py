"""The reference engine: articles in memory, and a plain scan for every query.

It is the executable specification of what queries match and how hits are scored. It is written to be read, not to be
fast, and the tests compare other engines with it. It counts with the contract's default collectors. Nothing is written
to disk: a location is only a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations
from typing import ClassVar

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines import query_limits
from searchidx.engines.bm25 import HEADLINE_WEIGHT, K1, PAIR_WEIGHT, B, leaf_weight
from searchidx.engines.collectors import shingles
from searchidx.engines.contract import Capabilities, Engine, Snapshot, Writer
from searchidx.engines.disjoint_set import DisjointSet
from searchidx.engines.locations import IndexLocation
from searchidx.engines.reference.match import Document, expand_pattern, frequency, matches, occurrences
from searchidx.engines.results import IndexStats, Sort, TopDocs
from searchidx.errors import IndexExistsError, IndexLockedError, IndexNotFoundError
from searchidx.folding import fold
from searchidx.query.nodes import PATTERNS
from searchidx.query.traversal import boost_of, children, is_text, leaves, word_pairs


class ReferenceEngine(Engine):
    """An index in the memory of this process."""

    _engines: ClassVar[dict[IndexLocation, ReferenceEngine]] = {}

    capabilities = Capabilities(keeps_versions=True)

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.former: list[Document] = []
        self.user_data = b""
        self.is_locked = False

    @classmethod
    def create(cls, location: IndexLocation) -> ReferenceEngine:
        if location in cls._engines:
            raise IndexExistsError(location, f"an index exists at {location}; nothing was changed")
        return cls.at(location)

    @classmethod
    def open(cls, location: IndexLocation) -> ReferenceEngine:
        if location not in cls._engines:
            raise IndexNotFoundError(location, f"there is no index at {location}")
        return cls.at(location)

    @classmethod
    def at(cls, location: IndexLocation) -> ReferenceEngine:
        return cls._engines.setdefault(location, cls())

    def snapshot(self) -> ReferenceSnapshot:
        return ReferenceSnapshot(list(self.documents), self.user_data, list(self.former))

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> ReferenceWriter:
        if self.is_locked:
            raise IndexLockedError("memory", "another writer is at work: try again when it has finished")
        return ReferenceWriter(self, overwrite)

    def verify(self) -> Iterator[str]:
        return iter(())


class ReferenceSnapshot(Snapshot):
    """The documents of one commit, in a list."""

    def __init__(
        self,
        documents: list[Document],
        user_data: bytes,
        former: list[Document] | None = None,
        versions: list[int] | None = None,
    ) -> None:
        self._documents = documents
        self._user_data = user_data
        self._former = former or []
        self._versions = versions

    def __len__(self) -> int:
        return len(self._documents)

    def search(
        self, query: q.Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE
    ) -> TopDocs:
        for leaf in leaves(query):
            if isinstance(leaf, PATTERNS) and leaf.fieldname not in ("id", "precision"):
                self.expand(leaf)  # raises if there are too many words
        hits = [doc for doc, document in enumerate(self._documents) if matches(query, document)]
        scores = dict.fromkeys(hits, 0.0)
        if sort is Sort.RELEVANCE:
            weights: dict[int, float] = {}
            scores = {doc: self._score(query, doc, weights) for doc in hits}
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

    def _score(self, query: q.Query, doc: int, weights: dict[int, float]) -> float:
        """The score of an article; `weights` caches `_weigh` by the id of a leaf."""
        if not matches(query, self._documents[doc]):
            return 0.0
        parts = children(query)
        if parts is None:
            return boost_of(query) * self._score_leaf(query, doc, weights) if is_text(query) else 0.0
        boost = float(getattr(query, "boost", 1.0))
        if isinstance(query, q.Not):
            return 0.0
        if isinstance(query, q.ConstantScoreQuery):
            return boost * float(query.score)
        if isinstance(query, (q.AndNot, q.Require)):
            parts = parts[:1]
        scores = [self._score(part, doc, weights) for part in parts]
        if isinstance(query, q.DisjunctionMax):
            return boost * (max(scores) + float(query.tiebreak) * (sum(scores) - max(scores)))
        pairs = [self._score_pair(pair, parts[at : at + 2], doc, weights) for at, pair in word_pairs(query)]
        return boost * sum(scores + pairs)

    def _score_leaf(self, leaf: q.Query, doc: int, weights: dict[int, float]) -> float:
        return self._weigh(leaf, weights) * self._saturate(leaf, doc)

    def _score_pair(self, pair: q.Phrase, words: Sequence[q.Query], doc: int, weights: dict[int, float]) -> float:
        return PAIR_WEIGHT * sum(self._weigh(word, weights) for word in words) * self._saturate(pair, doc)

    def _weigh(self, leaf: q.Query, weights: dict[int, float]) -> float:
        """The factor of a leaf in all its scores."""
        if id(leaf) not in weights:
            holders = [document for document in self._documents if occurrences(leaf, document)]
            count = sum(frequency(leaf, document) for document in holders)
            weights[id(leaf)] = leaf_weight(len(self), len(holders), count)
        return weights[id(leaf)]

    def _saturate(self, leaf: q.Query, doc: int) -> float:
        """The saturated frequency of a leaf in a document: below 1."""
        weight = frequency(leaf, self._documents[doc], HEADLINE_WEIGHT)
        mean = sum(map(_weighted_length, self._documents)) / len(self)
        return float(weight / (weight + K1 * (1 - B + B * _weighted_length(self._documents[doc]) / mean)))

    def expand(self, pattern: q.Query) -> list[str]:
        words = set().union(*(expand_pattern(pattern, document) for document in self._documents))
        if len(words) > query_limits.MAX_EXPANSION:
            raise query_limits.too_broad(pattern)
        return sorted(words)

    def find(self, id: str) -> int | None:
        return next((doc for doc, document in enumerate(self._documents) if document.article.id == id), None)

    def article(self, doc: int) -> Article:
        return self._documents[doc].article

    def documents(self, docs: Iterable[int]) -> Iterator[Document]:
        return map(self._documents.__getitem__, docs)

    def former(self) -> ReferenceSnapshot | None:
        return ReferenceSnapshot(self._former, self._user_data) if self._former else None

    def with_former(self) -> ReferenceSnapshot:
        counts: Counter[str] = Counter()
        former_versions: list[int] = []
        for document in self._former:
            counts[document.article.id] += 1
            former_versions.append(counts[document.article.id])
        versions = [counts[document.article.id] + 1 for document in self._documents]
        return ReferenceSnapshot(
            self._documents + self._former, self._user_data, self._former, versions + former_versions
        )

    def version(self, doc: int) -> int | None:
        return None if self._versions is None else self._versions[doc]

    def find_all(self, ids: Iterable[str]) -> Sequence[int]:
        wanted = set(ids)
        return [doc for doc, document in enumerate(self._documents) if document.article.id in wanted]

    @property
    def fingerprint(self) -> str:
        articles = repr([document.article for document in (*self._documents, *self._former)])
        return blake2b(articles.encode(errors="surrogatepass"), digest_size=8).hexdigest()

    def user_data(self) -> bytes:
        return self._user_data

    def stats(self) -> IndexStats:
        words = sum(document.word_count("headline") + document.word_count("body") for document in self._documents)
        return IndexStats(words, segments=1, bytes=0, format=0, generation=0, former=len(self._former))

    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        """Compare every pair: the definition, which the faster default is tested against."""
        sets = {doc: found for doc in docs if (found := shingles(self._documents[doc]))}
        groups = DisjointSet(len(sets))
        for (one, first), (other, second) in combinations(enumerate(sets.values()), 2):
            common = len(first & second)
            if common >= threshold * (len(first) + len(second) - common):
                groups.union(one, other)
        return groups.groups(sets)


def _weighted_length(document: Document) -> float:
    return HEADLINE_WEIGHT * document.word_count("headline") + document.word_count("body")


class ReferenceWriter(Writer):
    """One batch of changes, on a copy of the list."""

    def __init__(self, engine: ReferenceEngine, overwrite: bool) -> None:
        self._engine = engine
        self._documents = [] if overwrite else list(engine.documents)
        self._former = [] if overwrite else list(engine.former)
        self._user_data = b"" if overwrite else engine.user_data
        self.is_open = True
        engine.is_locked = True

    def add(self, article: Article) -> None:
        self.delete(article.id)
        self._documents.append(Document(article))

    def delete(self, id: str) -> bool:
        self._require_open()
        before = len(self._documents)
        self._documents = [document for document in self._documents if document.article.id != id]
        return len(self._documents) < before

    def keep(self, former: Article) -> None:
        self._require_open()
        self._former.append(Document(former))

    def delete_former(self, id: str) -> bool:
        self._require_open()
        before = len(self._former)
        self._former = [document for document in self._former if document.article.id != id]
        return len(self._former) < before

    def commit(self, user_data: bytes | None = None) -> None:
        self._require_open()
        self._engine.documents = self._documents
        self._engine.former = self._former
        self._engine.user_data = self._user_data if user_data is None else user_data
        self.cancel()

    def cancel(self) -> None:
        if self.is_open:
            self.is_open = False
            self._engine.is_locked = False

    def _require_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")
