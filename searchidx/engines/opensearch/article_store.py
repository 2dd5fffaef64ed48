"""The stored articles of a point in time: fetched in batches, cached, looked up by id."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from searchidx.article import Article
from searchidx.engines.opensearch import paging
from searchidx.engines.opensearch.bucket_aggregations import iter_values
from searchidx.engines.opensearch.mapping import decode_article, is_encodable
from searchidx.engines.opensearch.metadata_queries import IdNode, id_bounds
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import DslHit, DslQuery, QueryBounds, all_of
from searchidx.errors import CorruptIndexError, describe_damage

_MAX_CACHED, _MAX_CACHED_CHARACTERS = 2_000, 20_000_000
"""Cached articles, and the characters of their bodies."""
_MAX_CACHED_IDS = 1_000_000
IDS_PER_REQUEST = 50_000
"""Ids that one request looks up."""
_MAX_SINGLE_LOOKUPS = 100
"""Lookups of an id before the hashes of all ids are fetched."""


class ArticleStore:
    """Reads articles by document number or id."""

    def __init__(self, point: PointInTime) -> None:
        self._point = point
        self._lock = threading.Lock()
        self._cache: OrderedDict[int, Article] = OrderedDict()
        self._cached_characters = 0
        self._ids: dict[int, str] = {}
        self._page: Sequence[int] = ()
        self._page_positions: dict[int, int] | None = None
        self._lookups = 0
        self._id_hashes: set[int] | None = None

    def article(self, doc: int) -> Article:
        """The article of a document; fetches the next ones of the last page with it."""
        with self._lock:
            found = self._cache.get(doc)
            if found is None and self._page_positions is None:
                self._page_positions = {each: at for at, each in enumerate(self._page)}
            at = None if self._page_positions is None else self._page_positions.get(doc)
            batch = [doc] if at is None else self._page[at : at + paging.ARTICLES_PER_REQUEST]
        if found is None:
            found = self._fetch(batch).get(doc)
        if found is None:
            raise _no_document(doc)
        return found

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        """The articles of some documents, in the order given."""
        rest = iter(docs)
        while batch := list(islice(rest, paging.ARTICLES_PER_REQUEST)):
            with self._lock:
                found = {doc: self._cache[doc] for doc in batch if doc in self._cache}
            found |= self._fetch([doc for doc in batch if doc not in found])
            for doc in batch:
                if doc not in found:
                    raise _no_document(doc)
                yield found[doc]

    def iter_found(self, filters: Sequence[DslQuery]) -> Iterator[tuple[int, Article]]:
        """The articles that all filters find, in document order, with their numbers."""
        for hits in paging.iter_article_pages(self._point, filters):
            yield from self._read_articles(hits)

    def id(self, doc: int) -> str:
        """The id of a document's article."""
        found = self._ids.get(doc)
        return self.article(doc).id if found is None else found

    def find(self, id: str) -> int | None:
        """The document number of an id; None if there is none."""
        if not id or not is_encodable(id) or not self._may_exist(id):
            return None
        body = {"query": all_of([self._point.visible, {"term": {"id": id}}]), "sort": self._point.order}
        for _, hits in paging.iter_pages(self._point, {**body, "_source": True}, 1):
            for doc in self.cache_hits(hits):
                return doc
        return None

    def find_all(self, ids: Iterable[str]) -> list[int]:
        """The document numbers of some ids, ascending; other ids are ignored."""
        wanted = [id for id in ids if id and is_encodable(id)]
        found: list[int] = []
        for at in range(0, len(wanted), IDS_PER_REQUEST):
            query = {"terms": {"id": wanted[at : at + IDS_PER_REQUEST]}}
            body = {"query": all_of([self._point.visible, query]), "sort": self._point.order}
            for _, hits in paging.iter_pages(self._point, {**body, "stored_fields": "_none_"}):
                found += map(self._point.doc, hits)
        return sorted(found)

    def all_ids(self) -> Iterator[str]:
        """The ids of all articles."""
        return (str(id) for id, _ in iter_values(self._point, [self._point.visible], "id"))

    def id_bounds(self, leaf: IdNode) -> QueryBounds:
        """The loose and the tight query of a leaf that asks for ids."""
        return id_bounds(leaf)

    def cache_hits(self, hits: Sequence[DslHit]) -> list[int]:
        """Cache the articles or the ids that came with some hits; their document numbers."""
        if hits and "_source" in hits[0]:
            articles = self._read_articles(hits)
            for doc, article in articles:
                self._cache_article(doc, article)
            return [doc for doc, _ in articles]
        docs = list(map(self._point.doc, hits))
        ids = self._read_ids(hits)
        with self._lock:
            if len(self._ids) > _MAX_CACHED_IDS:
                self._ids.clear()
            self._ids.update(zip(docs, ids, strict=True))
        return docs

    def set_page(self, docs: Sequence[int]) -> None:
        """Name the documents that callers will probably read next, in this order."""
        with self._lock:
            self._page, self._page_positions = docs, None

    def _fetch(self, docs: Sequence[int]) -> dict[int, Article]:
        """Fetch some articles, and cache them."""
        if not docs:
            return {}
        found = dict(self.iter_found([self._point.numbered(docs), self._point.visible]))
        for doc, article in found.items():
            self._cache_article(doc, article)
        return found

    def _cache_article(self, doc: int, article: Article) -> None:
        with self._lock:
            cache = self._cache
            if doc in cache:
                return
            cache[doc] = article
            self._cached_characters += len(article.body)
            while len(cache) > _MAX_CACHED or (self._cached_characters > _MAX_CACHED_CHARACTERS and len(cache) > 1):
                self._cached_characters -= len(cache.popitem(last=False)[1].body)

    def _may_exist(self, id: str) -> bool:
        """Whether an id may be in the index. After many lookups this needs no more requests."""
        self._lookups += 1
        is_fetched = self._id_hashes is not None
        if not is_fetched and self._lookups > _MAX_SINGLE_LOOKUPS and self._point.articles <= _MAX_CACHED_IDS:
            body = {
                "query": self._point.visible,
                "sort": self._point.order,
                "stored_fields": "_none_",
                "docvalue_fields": ["id"],
            }
            pages = paging.iter_pages(self._point, body)
            self._id_hashes = {hash(hit["fields"]["id"][0]) for _, hits in pages for hit in hits}
        return self._id_hashes is None or hash(id) in self._id_hashes

    def _read_ids(self, hits: Sequence[DslHit]) -> list[str]:
        """The ids of the articles of some hits that came with their ids."""
        return [hit["fields"]["id"][0] for hit in hits]

    def _read_articles(self, hits: Sequence[DslHit]) -> list[tuple[int, Article]]:
        """The articles of some hits that came with them, with their document numbers."""
        return [(self._point.doc(hit), self._decode(hit)) for hit in hits]

    def _decode(self, hit: DslHit) -> Article:
        try:
            return decode_article(hit["_source"])
        except (KeyError, TypeError, ValueError) as error:
            location = self._point.cluster.location
            raise CorruptIndexError(
                location,
                f"an article of {hit['_index']} of {location} is damaged ({describe_damage(error)}): rebuild the index",
            ) from error


def _no_document(doc: int) -> IndexError:
    return IndexError(f"there is no document {doc} in this snapshot")
