"""Several archives of one cluster, read as one.

One point in time has the indexes of all of them, and every search goes to all their shards at once. The shards exchange
their statistics first, so scores are those of one index with all articles. An archive's articles are told from those of
others by the name of their index, `_index`.

Ids that clash get a prefix, as `searchidx.engines.multi_engine` says. The cluster holds ids without it: whether an id
clashes is asked for each page of hits. A pattern on the id needs all ids that clash; they are listed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.multi_engine import ArchiveNames, MultiEngine
from searchidx.engines.opensearch import paging
from searchidx.engines.opensearch.article_store import IDS_PER_REQUEST, ArticleStore
from searchidx.engines.opensearch.bucket_aggregations import iter_values
from searchidx.engines.opensearch.cluster_client import Cluster
from searchidx.engines.opensearch.commit_record import ControlIndex, read_commits
from searchidx.engines.opensearch.mapping import is_encodable
from searchidx.engines.opensearch.metadata_queries import IdNode
from searchidx.engines.opensearch.opensearch_engine import OpenSearchEngine
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot
from searchidx.engines.opensearch.pattern_translator import pattern_predicate
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import DslHit, DslQuery, QueryBounds, all_of, any_of, exact, negated
from searchidx.errors import AmbiguousIdError, UnsupportedError
from searchidx.query.nodes import PATTERNS

_MAX_PREFIXED = 1_000_000
"""Maximum articles with a prefix, if a query has a pattern on the id."""
_MAX_CACHED_DOCS = 1_000_000


class ClusterMultiIndexEngine(MultiEngine[OpenSearchEngine]):
    """Several indexes on one cluster, by name. It only reads."""

    capabilities = OpenSearchEngine.capabilities

    def __init__(self, engines: Mapping[str, OpenSearchEngine]) -> None:
        super().__init__(engines)
        location = next(iter(engines.values())).location
        self._cluster = Cluster(replace(location, name=",".join(engines)))
        self._controls = [engine.control for engine in engines.values()]

    def snapshot(self) -> ClusterMultiIndexSnapshot:
        return ClusterMultiIndexSnapshot(self._cluster, self._controls, tuple(self._engines))

    def commit_token(self) -> object:
        return tuple(record.token for record in read_commits(self._controls))


class ClusterMultiIndexSnapshot(OpenSearchSnapshot):
    """One commit of each of several indexes.

    Attributes:
        names: the names of the indexes.
    """

    _store: PrefixedArticleStore

    def __init__(self, cluster: Cluster, controls: Sequence[ControlIndex], names: Sequence[str]) -> None:
        self.names = tuple(names)
        point = PointInTime(cluster, controls)
        super().__init__(point, PrefixedArticleStore(point, ArchiveNames(names)))

    # The commits of several indexes have no common cursor: every document counts as added.

    @property
    def cursor(self) -> str:
        return ""

    def since(self, cursor: str) -> OpenSearchSnapshot:
        return self

    @property
    def fingerprint(self) -> str:
        parts = [(name, record.fingerprint) for name, record in zip(self.names, self._point.records, strict=True)]
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()

    def user_data(self) -> bytes:
        return b""

    def show_ids(self, owner: int, ids: Sequence[str]) -> list[str]:
        """The ids that articles of an index have here, given by their ids there.

        Articles that the index does not have are shown with the prefix.
        """
        return self._store.show_ids(owner, ids)

    def original_id(self, id: str) -> tuple[int, str] | None:
        """The index of an article by its id here, and its id there; None if no index has it."""
        return self._store.original_id(id)


class PrefixedArticleStore(ArticleStore):
    """Reads articles of several archives, whose ids may get a prefix."""

    def __init__(self, point: PointInTime, names: ArchiveNames) -> None:
        super().__init__(point)
        self._names = names
        self._docs: dict[str, int] = {}  # by id, with the prefix that it may have

    def find(self, id: str) -> int | None:
        with self._lock:
            doc = self._docs.get(id)
        if doc is not None:
            return doc
        owner, original = self._names.split(id)
        found = self._look_up([original]).get(original, {})
        if owner is not None:
            return found.get(owner)
        if len(found) > 1:
            raise AmbiguousIdError(id, [self._names.add_prefix(each, id) for each in sorted(found)])
        return next(iter(found.values()), None)

    def find_all(self, ids: Iterable[str]) -> list[int]:
        split = list(map(self._names.split, ids))
        found = self._look_up([original for _, original in split])
        docs = (
            doc for owner, original in split for each, doc in found.get(original, {}).items() if owner in (None, each)
        )
        return sorted(set(docs))

    def all_ids(self) -> Iterator[str]:
        for id, articles in iter_values(self._point, [self._point.visible], "id"):
            if not self._has_prefix(id, articles):
                yield id
        yield from self._prefixed.values()

    def id_bounds(self, leaf: IdNode) -> QueryBounds:
        bounds = super().id_bounds(leaf)
        if not isinstance(leaf, PATTERNS):
            words = leaf.words if isinstance(leaf, q.Phrase) else [leaf.text]
            owner, original = self._names.split(words[0] if len(words) == 1 else "")
            if owner is None:
                return bounds
            return exact(self._point.in_archive(owner, super().id_bounds(q.Term("id", original)).loose))
        if not self._prefixed:
            return bounds
        test = pattern_predicate(leaf)
        prefixed = self._point.numbered([doc for doc, id in self._prefixed.items() if test(id)])
        others = all_of([bounds.loose, negated(self._point.numbered(self._prefixed))])
        loose = any_of([others, prefixed])
        return exact(loose) if bounds.is_exact else QueryBounds(loose, prefixed)

    def show_ids(self, owner: int, ids: Sequence[str]) -> list[str]:
        """The ids that articles of an archive have here; see `ClusterMultiIndexSnapshot.show_ids`."""
        found = self._look_up(ids)

        def show(id: str) -> str:
            owners = found.get(id, {})
            has_prefix = owner not in owners or self._has_prefix(id, len(owners))
            return self._names.add_prefix(owner, id) if has_prefix else id

        return list(map(show, ids))

    def original_id(self, id: str) -> tuple[int, str] | None:
        """The archive of an article, and its id there; see `ClusterMultiIndexSnapshot.original_id`."""
        owner, original = self._names.split(id)
        if owner is not None:
            return owner, original
        doc = self.find(id)
        return None if doc is None else (self._point.owner_of_doc(doc), id)

    def _has_prefix(self, id: str, articles: int) -> bool:
        """Whether an id gets the prefix that so many articles have."""
        return articles > 1 or self._names.split(id)[0] is not None

    def _look_up(self, ids: Iterable[str]) -> dict[str, dict[int, int]]:
        """The documents of some ids without prefix, by the archive that has them."""
        wanted = [id for id in dict.fromkeys(ids) if id and is_encodable(id)]
        found: dict[str, dict[int, int]] = {}
        for at in range(0, len(wanted), IDS_PER_REQUEST):
            query = all_of([self._point.visible, {"terms": {"id": wanted[at : at + IDS_PER_REQUEST]}}])
            for hit in self._iter_hits(query):
                found.setdefault(hit["fields"]["id"][0], {})[self._point.owner(hit)] = self._point.doc(hit)
        return found

    @cached_property
    def _prefixed(self) -> dict[int, str]:
        """The documents whose ids get the prefix, with it."""
        visible = self._point.visible
        clashes = [id for id, articles in iter_values(self._point, [visible], "id") if articles > 1]
        batches = (clashes[at : at + IDS_PER_REQUEST] for at in range(0, len(clashes), IDS_PER_REQUEST))
        queries: list[DslQuery] = [{"terms": {"id": batch}} for batch in batches]
        queries += [{"prefix": {"id": {"value": prefix}}} for prefix in self._names.prefixes]
        found: dict[int, str] = {}
        for hit in self._iter_hits(all_of([visible, any_of(queries)])):
            found[self._point.doc(hit)] = self._names.add_prefix(self._point.owner(hit), hit["fields"]["id"][0])
            if len(found) > _MAX_PREFIXED:
                raise UnsupportedError(
                    "a pattern on the id",
                    f"the archives have more than {_MAX_PREFIXED:,} articles with the same ids: search each by itself",
                )
        return found

    def _iter_hits(self, query: DslQuery) -> Iterator[DslHit]:
        """All that a query finds, in document order and with their ids."""
        body = {"query": query, "sort": self._point.order, "stored_fields": "_none_", "docvalue_fields": ["id"]}
        for _, hits in paging.iter_pages(self._point, body):
            yield from hits

    def _read_ids(self, hits: Sequence[DslHit]) -> list[str]:
        return self._show(hits, super()._read_ids(hits))

    def _read_articles(self, hits: Sequence[DslHit]) -> list[tuple[int, Article]]:
        found = super()._read_articles(hits)
        ids = self._show(hits, [article.id for _, article in found])
        return [
            (doc, article if article.id == id else replace(article, id=id))
            for (doc, article), id in zip(found, ids, strict=True)
        ]

    def _show(self, hits: Sequence[DslHit], ids: Sequence[str]) -> list[str]:
        """The ids of some hits with the prefix, where they get it."""
        docs = list(map(self._point.doc, hits))
        with self._lock:
            cached = [self._ids.get(doc) for doc in docs]
        found = self._look_up(id for id, known in zip(ids, cached, strict=True) if known is None)
        shown = []
        for hit, id, known in zip(hits, ids, cached, strict=True):
            has_prefix = known is None and self._has_prefix(id, len(found[id]))
            shown.append(self._names.add_prefix(self._point.owner(hit), id) if has_prefix else known or id)
        with self._lock:
            for cache in (self._docs, self._ids):
                if len(cache) > _MAX_CACHED_DOCS:
                    cache.clear()
            self._docs.update(zip(shown, docs, strict=True))
            self._ids.update(zip(docs, shown, strict=True))
        return shown
