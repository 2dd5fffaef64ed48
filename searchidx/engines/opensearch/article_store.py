"""The stored articles of a point in time: fetched in batches, cached, looked up by id."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from searchidx.article import Article
from searchidx.engines.opensearch import paging
from searchidx.engines.opensearch.mapping import decode_article, is_encodable
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import DslQuery, all_of
from searchidx.errors import CorruptIndexError, describe_damage

_MAX_CACHED, _MAX_CACHED_CHARACTERS = 2_000, 20_000_000
"""Cached articles, and the characters of their bodies."""
_MAX_CACHED_IDS = 1_000_000
_IDS_PER_REQUEST = 50_000
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
        for doc, source in paging.iter_sources(self._point, filters):
            yield doc, self._decode(source)

    def id(self, doc: int) -> str:
        """The id of a document's article."""
        found = self._ids.get(doc)
        return self.article(doc).id if found is None else found

    def find(self, id: str) -> int | None:
        """The document number of an id; None if there is none."""
        if not id or not is_encodable(id) or not self._may_exist(id):
            return None
        body = {"query": all_of([self._point.visible, {"term": {"id": id}}]), "sort": ["order"], "_source": True}
        for _, hits in paging.iter_pages(self._point, body, 1):
            for hit in hits:
                doc: int = hit["sort"][-1]
                self.cache_hit(doc, hit)
                return doc
        return None

    def find_all(self, ids: Iterable[str]) -> list[int]:
        """The document numbers of some ids, ascending; other ids are ignored."""
        wanted = [id for id in ids if id and is_encodable(id)]
        found: list[int] = []
        for at in range(0, len(wanted), _IDS_PER_REQUEST):
            query = {"terms": {"id": wanted[at : at + _IDS_PER_REQUEST]}}
            body = {"query": all_of([self._point.visible, query]), "sort": ["order"], "stored_fields": "_none_"}
            for _, hits in paging.iter_pages(self._point, body):
                found += [hit["sort"][-1] for hit in hits]
        return sorted(found)

    def cache_hit(self, doc: int, hit: Mapping[str, Any]) -> None:
        """Cache the article or the id that came with a hit."""
        if "_source" in hit:
            self._cache_article(doc, self._decode(hit["_source"]))
        elif "fields" in hit:
            with self._lock:
                if len(self._ids) > _MAX_CACHED_IDS:
                    self._ids.clear()
                self._ids[doc] = hit["fields"]["id"][0]

    def set_page(self, docs: Sequence[int]) -> None:
        """Name the documents that callers will probably read next, in this order."""
        with self._lock:
            self._page, self._page_positions = docs, None

    def _fetch(self, docs: Sequence[int]) -> dict[int, Article]:
        """Fetch some articles, and cache them."""
        if not docs:
            return {}
        found = dict(self.iter_found([{"terms": {"order": list(docs)}}, self._point.visible]))
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
        if not is_fetched and self._lookups > _MAX_SINGLE_LOOKUPS and self._point.record.articles <= _MAX_CACHED_IDS:
            body = {
                "query": self._point.visible,
                "sort": ["order"],
                "stored_fields": "_none_",
                "docvalue_fields": ["id"],
            }
            pages = paging.iter_pages(self._point, body)
            self._id_hashes = {hash(hit["fields"]["id"][0]) for _, hits in pages for hit in hits}
        return self._id_hashes is None or hash(id) in self._id_hashes

    def _decode(self, source: dict[str, Any]) -> Article:
        try:
            return decode_article(source)
        except (KeyError, TypeError, ValueError) as error:
            location = self._point.cluster.location
            raise CorruptIndexError(
                location, f"an article of {location} is damaged ({describe_damage(error)}): rebuild the index"
            ) from error


def _no_document(doc: int) -> IndexError:
    return IndexError(f"there is no document {doc} in this snapshot")
