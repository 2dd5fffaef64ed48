"""The articles of one commit on a cluster: the `Snapshot` contract over a point in time.

Facets, days, term statistics and completions are bucket aggregations. Spans and near-duplicates are the contract's
collectors over the articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Snapshot
from searchidx.engines.opensearch.article_store import ArticleStore
from searchidx.engines.opensearch.bucket_aggregations import iter_combinations, iter_values, sum_field
from searchidx.engines.opensearch.mapping import VERSION
from searchidx.engines.opensearch.paging import count_hits, iter_pages
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import with_statistics
from searchidx.engines.opensearch.recheck import Rechecker
from searchidx.engines.opensearch.vocabulary import Vocabulary
from searchidx.engines.results import FacetCounts, IndexStats, Sort, TermStats, TopDocs
from searchidx.stemming import stem_of_term

_MAX_HITS_WITH_ARTICLES = 100
"""Pages of up to this many hits bring their articles with them."""


class OpenSearchSnapshot(Snapshot):
    """One commit on a cluster."""

    def __init__(self, point: PointInTime, store: ArticleStore | None = None) -> None:
        self._point = point
        self._store = ArticleStore(point) if store is None else store
        self._vocabulary = Vocabulary(point, self._store)
        self._rechecker = Rechecker(point, self._store, self._vocabulary)
        self._user_data: bytes | None = None

    def __len__(self) -> int:
        return self._point.articles

    @property
    def fingerprint(self) -> str:
        return self._point.records[0].fingerprint

    @property
    def cursor(self) -> str:
        [record] = self._point.records
        return f"{record.index} {record.next}"

    def since(self, cursor: str) -> OpenSearchSnapshot:
        """The articles with later numbers, as of the last commit; all, if the index was rebuilt."""
        index, _, following = cursor.partition(" ")
        point = self._point
        first = int(following) if index == point.records[0].index else 0
        return OpenSearchSnapshot(PointInTime(point.cluster, point.controls, first)) if first else self

    def search(
        self, query: q.Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE
    ) -> TopDocs:
        translator = self._rechecker.translator()
        filters = self._rechecker.filters(query, translator)
        if limit == 0:
            return TopDocs(count_hits(self._point, filters), (), ())
        scoring = translator.scoring_queries(query) if sort is Sort.RELEVANCE else []
        is_quick = scoring and not self._rechecker.has_cached(query)
        ranked = translator.ranked_query(query, self._point.conditions) if is_quick else None
        body: dict[str, Any] = {
            "query": ranked or {"bool": {"filter": filters, "should": scoring}},
            "sort": [*_sort_keys(sort, has_scores=bool(scoring)), *self._point.order],
        }
        params = {}
        if scoring and self._point.shards > 1:
            # The statistics of all shards, in one more round trip between the nodes, so that their scores compare.
            params["search_type"] = "dfs_query_then_fetch"
            body["query"] = with_statistics(body["query"], scoring)
        end = None if limit is None else offset + limit
        if end is not None and end <= _MAX_HITS_WITH_ARTICLES:
            body |= {"_source": True}
        else:
            body |= {"stored_fields": "_none_", "docvalue_fields": ["id"]}
        docs: list[int] = []
        scores: list[float] = []
        total = 0
        for total, hits in iter_pages(self._point, body, end, params=params):  # noqa: B007 - the last total counts
            docs += self._store.cache_hits(hits)
            scores += [hit["sort"][0] if scoring else 0.0 for hit in hits]
        docs, scores = docs[offset:], scores[offset:]
        self._store.set_page(docs)
        return TopDocs(total, docs, scores)

    def rechecked(self, query: q.Query) -> int:
        return self._rechecker.rechecked(query)

    def expand(self, pattern: q.Query) -> list[str]:
        return self._vocabulary.expand(pattern)

    def completions(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        return self._vocabulary.completions(prefix, limit)

    def facet(self, query: q.Query, field: str) -> FacetCounts:
        point, filters, corpus = self._point, self._rechecker.filters(query), [self._point.visible]
        name = f"facet.{field}"
        counts = dict(iter_values(point, filters, name))
        corpus_counts = dict(iter_values(point, corpus, name)) if counts else {}
        missing = {"bool": {"must_not": [{"exists": {"field": name}}]}}
        return FacetCounts(
            {value: (count, corpus_counts[value]) for value, count in counts.items()},
            count_hits(point, filters),
            count_hits(point, [*filters, missing]),
            count_hits(point, [*corpus, missing]),
        )

    def date_histogram(self, query: q.Query, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        if occurrences:
            return super().date_histogram(query, occurrences)
        return self._count_days(query)

    def word_histogram(self, query: q.Query) -> Mapping[tuple[int, int], int]:
        return {days: words for days, words in self._count_days(query, "words").items() if words}

    def _count_days(self, query: q.Query, sum_of: str | None = None) -> Mapping[tuple[int, int], int]:
        """Count the hits by their days, or sum a field of them."""
        counts: Counter[tuple[int, int]] = Counter()
        sources = [{name: {"terms": {"field": name, "missing_bucket": True}}} for name in ("first", "stop")]
        for key, count in iter_combinations(self._point, self._rechecker.filters(query), sources, sum_of):
            counts[key["first"] or 0, key["stop"] or 0] += count
        return dict(counts)

    def term_stats(self, query: q.Query) -> TermStats:
        filters, corpus = self._rechecker.filters(query), [self._point.visible]
        total, words = sum_field(self._point, filters, "words")
        _, corpus_words = sum_field(self._point, corpus, "words")
        counts, articles = self._vocabulary.count_stems(filters)
        stems = sorted(counts)
        corpus_counts, corpus_articles = self._vocabulary.count_stems(corpus, stems)
        return TermStats(
            total=total,
            words=words,
            corpus_words=corpus_words,
            counts=[counts[stem] for stem in stems],
            articles=[articles[stem] for stem in stems],
            corpus_counts=[corpus_counts[stem] for stem in stems],
            corpus_articles=[corpus_articles[stem] for stem in stems],
            spelling=lambda at: self._vocabulary.most_frequent_form(filters, stems[at]),
            stems=stems,
        )

    def article_counts(self, stems: Sequence[str]) -> Sequence[int]:
        names = [stem_of_term(stem) for stem in stems]  # the cluster counts a stem once for all languages
        _, articles = self._vocabulary.count_stems([self._point.visible], sorted(set(names)))
        return [articles[name] for name in names]

    def stats(self) -> IndexStats:
        records = self._point.records
        indexes = ",".join(record.index for record in records)
        response = self._point.cluster.request("GET", f"/{indexes}/_stats/store,segments")["_all"]["primaries"]
        size = int(response["store"]["size_in_bytes"])
        segments = int(response["segments"]["count"])
        words, generation = (
            sum(counts) for counts in zip(*((each.words, each.generation) for each in records), strict=True)
        )
        return IndexStats(words, segments, size, VERSION, generation)

    def find(self, id: str) -> int | None:
        return self._store.find(id)

    def find_all(self, ids: Iterable[str]) -> Sequence[int]:
        return self._store.find_all(ids)

    def article(self, doc: int) -> Article:
        return self._store.article(doc)

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        return self._store.articles(docs)

    def id(self, doc: int) -> str:
        return self._store.id(doc)

    def user_data(self) -> bytes:
        if self._user_data is None:
            self._user_data = self._point.controls[0].user_data(self._point.records[0].state)
        return self._user_data


def _sort_keys(sort: Sort, has_scores: bool) -> list[Any]:
    """The sort keys of a search before those of document order, which decide ties."""
    if sort is Sort.RELEVANCE:
        return ["_score"] if has_scores else []
    if sort is Sort.HEADLINE:
        return [{"title": {"order": "asc", "missing": "_last"}}]
    order = {"order": "desc" if sort is Sort.NEWEST else "asc", "missing": "_last"}
    return [{"first": order}, {"micros": order}]
