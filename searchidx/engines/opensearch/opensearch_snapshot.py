"""The articles of one commit on a cluster, searchable.

A snapshot is the record of a commit and a *point in time*, which the cluster keeps while it is used: what a writer does
meanwhile, deletions and merges included, is not seen by it. Where the cluster has lost it (a node died, or it was not
used for `KEEP`), another one of the same commit will do, as long as that is the last one.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import nsmallest
from itertools import islice
from typing import Any, TypeVar

from searchidx.article import Article
from searchidx.engines import collectors, query_limits, timeout
from searchidx.engines.contract import (
    FacetCounts,
    IndexStats,
    Snapshot,
    Sort,
    TermStats,
    TopDocs,
)
from searchidx.engines.opensearch.cluster_client import (
    READING,
    Cluster,
    Refused,
    attempts,
    reason_of,
)
from searchidx.engines.opensearch.commit_record import Record, Records
from searchidx.engines.opensearch.mapping import (
    CUT,
    SEPARATOR,
    VERSION,
    article_of,
    has_utf8,
)
from searchidx.engines.opensearch.opensearch_writer import visible
from searchidx.engines.opensearch.pattern_translator import (
    ANY,
    escaped,
    expression,
    tester,
)
from searchidx.engines.opensearch.query_translator import Query, Translator
from searchidx.engines.reference.match import (
    Document,
    expand_pattern,
    matches,
)
from searchidx.errors import CorruptIndexError, SearchidxError, SnapshotLostError, UnavailableError, UnsupportedError
from searchidx.query.nodes import PATTERNS
from searchidx.query.traversal import leaves, operands
from searchidx.schema import FIELDS, FieldKind, Level, split_level

__all__ = ["OpenSearchSnapshot"]

KEEP = "1h"
"""A point in time that is not used for so long is lost."""
PAGE = 10_000
"""The cluster lists so many hits at a time at most."""
_SHOWN = 100
"""The articles of a page of no more hits are fetched with it."""
_AHEAD = 200
_CACHED, _CACHED_LETTERS = 2_000, 20_000_000
"""So many articles are kept at hand, of so many letters together."""
_MOST_IDS = 1_000_000
_FOUND_ONE_BY_ONE = 100
_BUCKETS = 50_000
"""A request counts so many values at most: a node counts 65,535 at once, unless told otherwise."""
MAX_LISTED = 1_000_000
"""What one part of a query too large for one question finds is listed up to so many."""
MAX_DECIDED = 20_000
"""So many articles are looked at here for one query at most."""
_REMEMBERED = 16
"""Of so many queries it is kept what had to be looked up beforehand."""
_MOST_LONG = 1_000
_INCLUDED = 2_000

_LOST = (404, 500, 502, 503, 504)
"""What a cluster answers that has not, or has no more, all of a point in time."""

Value = TypeVar("Value")


class OpenSearchSnapshot(Snapshot):
    """One commit, opened."""

    def __init__(self, cluster: Cluster, records: Records) -> None:
        self._cluster = cluster
        self._records = records
        self._record = records.read()
        self._point: list[str] = []
        self._gone: list[int] = []
        self._open_point()
        self._visible = visible(self._record, self._gone)
        self._state: bytes | None = None
        self._lock = threading.Lock()
        self._articles: OrderedDict[int, Article] = OrderedDict()
        self._letters = 0
        self._ids: dict[int, str] = {}
        self._page: Sequence[int] = ()
        self._at: dict[int, int] | None = None
        self._decided: OrderedDict[str, Query] = OrderedDict()
        self._long: int | None = None
        self._asked = 0
        self._hashes: set[int] | None = None
        # Hits and other threads may use it after it was closed, and a cluster keeps some hundreds at most: so it is
        # given back when nobody has it any more.
        weakref.finalize(self, _forget, self._cluster, self._point)

    @property
    def record(self) -> Record:
        """What the commit is."""
        return self._record

    @property
    def fingerprint(self) -> str:
        return self._record.fingerprint

    def __len__(self) -> int:
        return self._record.articles

    # -- searching -----------------------------------------------------------------------------------------------------

    def search(self, query: Any, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> TopDocs:
        translator = self._translator()
        found = self._filtered(query, translator)
        scoring = translator.scoring(query) if sort is Sort.RELEVANCE else []
        if limit == 0:
            return TopDocs(self._count(found), (), ())
        body: dict[str, Any] = {"query": {"bool": {"filter": found, "should": scoring}}, "sort": _orders(sort, scoring)}
        how = {"search_type": "dfs_query_then_fetch"} if scoring else {}
        wanted = None if limit is None else offset + limit
        if wanted is not None and wanted <= _SHOWN:
            body |= {"_source": True}
        else:
            body |= {"stored_fields": "_none_", "docvalue_fields": ["id"]}
        docs: list[int] = []
        scores: list[float] = []
        total = 0
        for total, hits in self._pages(body, wanted, how):  # noqa: B007 - the last one is the answer's
            for hit in hits:
                doc = hit["sort"][-1]
                docs.append(doc)
                scores.append(hit["sort"][0] if scoring else 0.0)
                self._note(doc, hit)
        docs, scores = docs[offset:], scores[offset:]
        with self._lock:
            self._page, self._at = docs, None
        return TopDocs(total, docs, scores)

    def expand(self, pattern: Any) -> list[str]:
        field, level = split_level(pattern.fieldname)
        if field not in FIELDS or FIELDS[field].kind not in (FieldKind.TEXT, FieldKind.WORDS, FieldKind.VALUE):
            return []
        if not all(has_utf8(text) for name in ("text", "start", "end") if (text := getattr(pattern, name, None))):
            return []
        test = tester(pattern)
        if field == "id":
            words = {str(key) for key, _ in self._buckets([self._visible], "id") if test(str(key))}
        elif FIELDS[field].kind is FieldKind.TEXT:
            words = self._spelt(pattern, level, test)
        else:
            listed = self._matching([self._visible], f"terms.{field}", expression(pattern))
            words = {word for word in listed if CUT not in word and test(word)}
        for article in self._long_articles():
            words |= expand_pattern(pattern, Document(article))
        if len(words) > query_limits.MAX_EXPANSION and field not in ("id", "precision"):
            raise query_limits.too_broad(pattern)
        return sorted(words)

    def _spelt(self, pattern: Any, level: Level, test: Callable[[str], bool]) -> set[str]:
        """The words of the text that a pattern stands for."""
        wanted = expression(pattern)
        part = {Level.FOLDED: 0, Level.PRINTED: 1, Level.STEM: 2}[level]
        before = f"[^{SEPARATOR}]*{SEPARATOR}" * part
        filters = [self._visible]
        if level is not Level.PRINTED and not wanted.startswith((ANY, ".", "(")):
            name = level.value.lstrip(".") or "stem"
            narrow = {"value": wanted}
            filters.append(
                {"bool": {"should": [{"regexp": {f"{zone}.{name}": narrow}} for zone in ("headline", "body")]}}
            )
        found: set[str] = set()
        for key in self._matching(filters, "forms", f"{before}({wanted}){SEPARATOR}{ANY}"):
            word = key.split(SEPARATOR)[part]
            if word not in found and CUT not in word and test(word):
                found.add(word)
        return found

    def _matching(self, filters: Sequence[Query], field: str, include: str) -> Iterator[str]:
        """The values of a field that an expression matches; all of them where the cluster finds it too hard."""
        try:
            found = [key for key, _ in self._buckets(filters, field, include)]
        except Refused as refused:
            if not (refused.status == 400 or refused.names("too_complex")):
                raise
            found = [key for key, _ in self._buckets([self._visible], field)]
        return iter(found)

    def _translator(self) -> Translator:
        return Translator(self.expand, lambda: self._longs() > 0, self._listing)

    def _listing(self, query: Query) -> Query:
        """A query for what another finds, by the numbers of the documents."""
        body = {"query": {"bool": {"filter": [self._visible, query]}}, "sort": ["order"], "stored_fields": "_none_"}
        found: list[int] = []
        for total, hits in self._pages(body, None, {}):
            if total > MAX_LISTED:
                raise UnsupportedError(
                    "a query of so many parts", f"write fewer, or rarer ones: {total:,} articles match"
                )
            found += [hit["sort"][-1] for hit in hits]
        return {"terms": {"order": found}}

    def _filtered(self, query: Any, translator: Translator | None = None) -> list[Query]:
        """Queries that all together find exactly what a tree matches."""
        key = repr(query)
        with self._lock:
            known = self._decided.get(key)
        if known is not None:
            return [self._visible, known]
        translator = translator or self._translator()
        for leaf in leaves(query):
            if isinstance(leaf, PATTERNS) and leaf.fieldname not in ("id", "precision"):
                translator.expanded(leaf)  # raises where they are too many, whatever else the query says
        bounds = translator.bounds(query)
        found = bounds.upper
        if not bounds.is_exact:
            found = self._decide(query, bounds.upper, bounds.lower, translator.inexact)
        if translator.has_listed or not bounds.is_exact:
            with self._lock:
                self._decided[key] = found
                while len(self._decided) > _REMEMBERED:
                    self._decided.popitem(last=False)
        return [self._visible, found]

    def _decide(self, query: Any, upper: Query, lower: Query, inexact: Sequence[Any]) -> Query:
        """Look at the articles of which the cluster cannot tell whether they match."""
        doubtful = [self._visible, upper, {"bool": {"must_not": [lower]}}]
        count = self._count(doubtful)
        if count > MAX_DECIDED:
            raise query_limits.too_many_positions(_placed(inexact, query))
        found = [doc for doc, article in self._scan(doubtful) if matches(query, Document(article))]
        return {"bool": {"should": [lower, {"terms": {"order": found}}], "minimum_should_match": 1}}

    # -- counting ------------------------------------------------------------------------------------------------------

    def facet(self, query: Any, field: str) -> FacetCounts:
        found = self._filtered(query)
        name = f"facet.{field}"
        hits = dict(self._buckets(found, name))
        corpus = dict(self._buckets([self._visible], name)) if hits else {}
        missing = {"bool": {"must_not": [{"exists": {"field": name}}]}}
        return FacetCounts(
            {value: (count, corpus[value]) for value, count in hits.items()},
            self._count(found),
            self._count([*found, missing]),
            self._count([self._visible, missing]),
        )

    def date_histogram(self, query: Any, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        found = self._filtered(query)
        counts: Counter[tuple[int, int]] = Counter()
        if occurrences:
            for _, article in self._scan(found):
                counts[collectors.day_interval(article)] += len(collectors.term_spans(query, Document(article)))
            return dict(+counts)
        sources = [{name: {"terms": {"field": name, "missing_bucket": True}}} for name in ("first", "stop")]
        for key, count in self._composite(found, sources):
            counts[key["first"] or 0, key["stop"] or 0] += count
        return dict(counts)

    def spans(self, query: Any) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        for doc, article in self._scan(self._filtered(query)):
            self._keep(doc, article)
            if places := collectors.term_spans(query, Document(article)):
                yield doc, places

    def term_stats(self, query: Any) -> TermStats:
        found = self._filtered(query)
        total, words = self._sum(found, "words")
        _, corpus_words = self._sum([self._visible], "words")
        counts, articles = self._classes(found)
        stems = sorted(counts)
        corpus_counts, corpus_articles = self._classes([self._visible], stems)
        return TermStats(
            total=total,
            words=words,
            corpus_words=corpus_words,
            counts=[counts[stem] for stem in stems],
            articles=[articles[stem] for stem in stems],
            corpus_counts=[corpus_counts[stem] for stem in stems],
            corpus_articles=[corpus_articles[stem] for stem in stems],
            spelling=lambda at: self._commonest(found, stems[at]),
        )

    def _classes(
        self, filters: Sequence[Query], stems: Sequence[str] | None = None
    ) -> tuple[Counter[str], Counter[str]]:
        """Of each class, or of some: how often it stands in some articles, and in how many."""
        counts: Counter[str] = Counter()
        articles: Counter[str] = Counter()
        includes: Iterable[str | None] = [None]
        if stems is not None and len(stems) <= 5 * _INCLUDED:
            some = (stems[at : at + _INCLUDED] for at in range(0, len(stems), _INCLUDED))
            includes = (f"({'|'.join(map(escaped, each))}){SEPARATOR}[0-9]+" for each in some)
        for include in includes:
            for key, documents in self._buckets(filters, "classes", include):
                stem, _, count = key.rpartition(SEPARATOR)
                counts[stem] += int(count) * documents
                articles[stem] += documents
        return counts, articles

    def _commonest(self, filters: Sequence[Query], stem: str) -> str:
        """The most frequent spelling of a class."""
        spelt: Counter[str] = Counter()
        other = f"[^{SEPARATOR}]*{SEPARATOR}"
        for key, documents in self._buckets(filters, "forms", f"{other}{other}{escaped(stem)}{SEPARATOR}[0-9]+"):
            _, printed, _, count = key.split(SEPARATOR)
            spelt[printed] += int(count) * documents
        return _most_frequent(spelt)

    def completions(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        if not has_utf8(beginning):
            return []
        spelt: dict[str, Counter[str]] = {}
        for key, documents in self._buckets([self._visible], "forms", escaped(beginning) + ANY):
            folded, printed, stem, count = key.split(SEPARATOR)
            if folded.startswith(beginning) and CUT not in key:  # nobody wants to be offered a word so long
                spelt.setdefault(stem, Counter())[printed] += int(count) * documents
        _, articles = self._classes([self._visible], sorted(spelt))
        best = nsmallest(limit, spelt, key=lambda stem: (-articles[stem], stem))
        return [(_most_frequent(spelt[stem]), articles[stem]) for stem in best]

    def stats(self) -> IndexStats:
        answer = self._cluster.ask("GET", f"/{self._record.index}/_stats/store,segments")["_all"]["primaries"]
        size = int(answer["store"]["size_in_bytes"])
        segments = int(answer["segments"]["count"])
        return IndexStats(self._record.words, segments, size, VERSION, self._record.generation)

    # -- articles ------------------------------------------------------------------------------------------------------

    def find(self, id: str) -> int | None:
        if not id or not has_utf8(id) or not self._may_stand(id):
            return None
        body = {"query": {"bool": {"filter": [self._visible, {"term": {"id": id}}]}}, "sort": ["order"], "size": 1}
        for _, hits in self._pages(body | {"_source": True}, 1, {}):
            for hit in hits:
                doc: int = hit["sort"][-1]
                self._note(doc, hit)
                return doc
        return None

    def _may_stand(self, id: str) -> bool:
        """Whether an id may be that of an article; whoever asks for many is told without a request for each."""
        self._asked += 1
        if self._hashes is None and self._asked > _FOUND_ONE_BY_ONE and len(self) <= _MOST_IDS:
            body = {"query": self._visible, "sort": ["order"], "stored_fields": "_none_", "docvalue_fields": ["id"]}
            pages = self._pages(body, None, {})
            self._hashes = {hash(hit["fields"]["id"][0]) for _, hits in pages for hit in hits}
        return self._hashes is None or hash(id) in self._hashes

    def article(self, doc: int) -> Article:
        with self._lock:
            found = self._articles.get(doc)
            if found is None and self._at is None:
                self._at = {each: at for at, each in enumerate(self._page)}
            at = None if self._at is None else self._at.get(doc)
            # Whoever asks for one of a page will ask for the next ones.
            ahead = [doc] if at is None else self._page[at : at + _AHEAD]
        if found is None:
            for each, article in self._fetched(ahead):
                self._keep(each, article)
                if each == doc:
                    found = article
        if found is None:
            raise IndexError(f"there is no document {doc} in this snapshot")
        return found

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        rest = iter(docs)
        while some := list(islice(rest, _AHEAD)):
            with self._lock:
                found = {doc: self._articles[doc] for doc in some if doc in self._articles}
            found |= dict(self._fetched([doc for doc in some if doc not in found]))
            for doc in some:
                if doc not in found:
                    raise IndexError(f"there is no document {doc} in this snapshot")
                yield found[doc]

    def id(self, doc: int) -> str:
        found = self._ids.get(doc)
        return self.article(doc).id if found is None else found

    def user_data(self) -> bytes:
        if self._state is None:
            self._state = self._records.state(self._record.state)
        return self._state

    def _note(self, doc: int, hit: Mapping[str, Any]) -> None:
        """Keep what came with a hit."""
        if "_source" in hit:
            self._keep(doc, self._made(hit["_source"]))
        elif "fields" in hit:
            with self._lock:
                if len(self._ids) > _MOST_IDS:
                    self._ids.clear()
                self._ids[doc] = hit["fields"]["id"][0]

    def _keep(self, doc: int, article: Article) -> None:
        with self._lock:
            if doc in self._articles:
                return
            self._articles[doc] = article
            self._letters += len(article.body)
            while len(self._articles) > _CACHED or (self._letters > _CACHED_LETTERS and len(self._articles) > 1):
                self._letters -= len(self._articles.popitem(last=False)[1].body)

    def _fetched(self, docs: Sequence[int]) -> Iterator[tuple[int, Article]]:
        if docs:
            yield from self._scan([{"terms": {"order": list(docs)}}, self._visible])

    def _scan(self, filters: Sequence[Query]) -> Iterator[tuple[int, Article]]:
        """The articles that some queries find, in document order."""
        body = {"query": {"bool": {"filter": list(filters)}}, "sort": ["order"], "_source": True}
        for _, hits in self._pages(body, None, {}, _AHEAD):
            for hit in hits:
                yield hit["sort"][-1], self._made(hit["_source"])

    def _made(self, source: dict[str, Any]) -> Article:
        try:
            return article_of(source)
        except (KeyError, TypeError, ValueError) as error:
            raise CorruptIndexError(
                self._cluster.place, f"an article of {self._cluster.place} is damaged ({error}): build the index anew"
            ) from error

    def sources(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every document as it is kept, by number."""
        body = {"query": self._visible, "sort": ["order"], "_source": True}
        for _, hits in self._pages(body, None, {}, _AHEAD):
            for hit in hits:
                yield hit["sort"][-1], hit["_source"]

    def _longs(self) -> int:
        """How many articles have a word too long for the index."""
        if self._long is None:
            self._long = self._count([self._visible, {"term": {"long": True}}])
        return self._long

    def _long_articles(self) -> Iterator[Article]:
        if self._longs():
            for _, article in islice(self._scan([self._visible, {"term": {"long": True}}]), _MOST_LONG):
                yield article

    # -- asking the cluster --------------------------------------------------------------------------------------------

    def _pages(
        self, body: dict[str, Any], wanted: int | None, how: Mapping[str, str], size: int = PAGE
    ) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """The total, and the hits page by page, of so many at most (None: all)."""
        body = {**body, "track_total_hits": True}
        listed = 0
        while True:
            body["size"] = min(size, size if wanted is None else wanted - listed)
            found = self._ask(body, how)["hits"]
            total, hits = found["total"]["value"], found["hits"]
            yield total, hits
            listed += len(hits)
            if len(hits) < body["size"] or listed >= total or listed == wanted:
                return
            body["search_after"] = hits[-1]["sort"]

    def _count(self, filters: Sequence[Query]) -> int:
        body = {"query": {"bool": {"filter": list(filters)}}, "size": 0, "track_total_hits": True}
        found: int = self._ask(body)["hits"]["total"]["value"]
        return found

    def _sum(self, filters: Sequence[Query], field: str) -> tuple[int, int]:
        """How many articles some queries find, and the sum of a number of theirs."""
        body = {
            "query": {"bool": {"filter": list(filters)}},
            "size": 0,
            "track_total_hits": True,
            "aggs": {"sum": {"sum": {"field": field}}},
        }
        found = self._ask(body)
        return found["hits"]["total"]["value"], round(found["aggregations"]["sum"]["value"])

    def _buckets(self, filters: Sequence[Query], field: str, include: str | None = None) -> Iterator[tuple[str, int]]:
        """Each value of a field that some articles have, and how many have it; those that an expression matches."""
        if include not in (None, ANY):
            terms = {"field": field, "size": _BUCKETS, "order": {"_key": "asc"}, "include": include}
            body = {"query": {"bool": {"filter": list(filters)}}, "size": 0, "aggs": {"values": {"terms": terms}}}
            found = self._ask(body)["aggregations"]["values"]
            if not found["sum_other_doc_count"]:
                yield from ((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"])
                return
            # More than are listed at once, so all are looked through; whoever asked knows which he wants.
        for key, count in self._composite(filters, [{"value": {"terms": {"field": field}}}]):
            yield key["value"], count

    def _composite(
        self, filters: Sequence[Query], sources: Sequence[dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """The combinations of values that some articles have, and how many have each."""
        made: dict[str, Any] = {"size": _BUCKETS, "sources": list(sources)}
        body = {"query": {"bool": {"filter": list(filters)}}, "size": 0, "aggs": {"values": {"composite": made}}}
        while True:
            found = self._ask(body)["aggregations"]["values"]
            yield from ((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"])
            if len(found["buckets"]) < _BUCKETS:
                return
            made["after"] = found["after_key"]

    def _ask(self, body: dict[str, Any], how: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What the point in time answers: all of its shards, or an error.

        A node that died takes along what it kept of a point in time, whatever other nodes have of the articles: then
        another point is made.
        """
        place = self._cluster.place
        params = {"allow_partial_search_results": "false", **(how or {})}
        for is_last in attempts(READING):
            timeout.check()
            point = self._point[:1] or [self._open_point(overwrite=True)]
            asked = {**body, "pit": {"id": point[0], "keep_alive": KEEP}}
            try:
                found: dict[str, Any] = self._cluster.ask("POST", "/_search", asked, params=params, told=_LOST)
            except Refused as refused:
                if refused.status not in _LOST or refused.names("too_complex"):
                    raise
                self._point.clear()
                if is_last:
                    said = reason_of(refused.said)
                    raise UnavailableError(
                        place, f"{place} has not all of the index at hand ({said}): see how its nodes are"
                    ) from refused
                continue
            self._point[:] = [found.get("pit_id", point[0])]
            return found
        raise AssertionError

    def _open_point(self, overwrite: bool = False) -> str:
        """Have the cluster keep a point in time of this commit; `SnapshotLostError` where there is a newer one.

        What a commit deleted is removed once it stands; where it still stands after the point was made, that holds all.
        """
        place = self._cluster.place
        while True:
            record = self._records.read() if overwrite else self._record
            if overwrite and record.fingerprint != self._record.fingerprint:
                raise SnapshotLostError(
                    place,
                    f"the cluster keeps what was opened of {place} no longer, and there is a newer one: open it again",
                )
            try:
                gone = self._records.gone(record.gone)
            except CorruptIndexError:
                now = self._records.read()
                if now.gone == record.gone:
                    raise
                self._record = self._record if overwrite else now
                continue  # they have been deleted meanwhile, and the list of them too
            params = {"keep_alive": KEEP, "allow_partial_pit_creation": "false"}
            made = self._cluster.ask("POST", f"/{record.index}/_search/point_in_time", params=params, expected=(404,))
            now = self._records.read()
            if made is not None and (now.generation, now.gone) == (record.generation, record.gone):
                self._point[:] = [made["pit_id"]]
                self._gone, self._record = gone, record
                self._visible = visible(record, gone)
                return self._point[0]
            if made is None and now.index == record.index:
                raise CorruptIndexError(
                    place, f"the index {record.index} of {place} is missing: restore it, or build anew"
                )
            self._record = now if not overwrite else self._record


def _most_frequent(spelt: Counter[str]) -> str:
    """Of several as frequent the first by code points."""
    return min(spelt.items(), key=lambda item: (-item[1], item[0]))[0]


def _forget(cluster: Cluster, point: list[str]) -> None:
    """Have the cluster keep a point in time no longer; where it cannot be told, it forgets it by itself."""
    if point:
        with suppress(SearchidxError):
            cluster.ask("DELETE", "/_search/point_in_time", {"pit_id": [point.pop()]}, expected=(404,), patience=0.0)


def _orders(sort: Sort, scoring: Sequence[Query]) -> list[Any]:
    """By what hits are sorted; ties always in document order."""
    if sort is Sort.RELEVANCE:
        return ["_score", "order"] if scoring else ["order"]
    if sort is Sort.HEADLINE:
        return [{"title": {"order": "asc", "missing": "_last"}}, "order"]
    order = {"order": "desc" if sort is Sort.NEWEST else "asc", "missing": "_last"}
    return [{"first": order}, {"micros": order}, "order"]


def _placed(inexact: Sequence[Any], query: Any) -> Any:
    """The node to blame for a query that needs too many articles to be looked at."""
    placed = [node for node in inexact if getattr(node, "startchar", None) is not None]
    node = (placed or list(inexact) or [query])[0]
    named = [part for part in operands(node) if getattr(part, "startchar", None) is not None]
    return node if getattr(node, "startchar", None) is not None or not named else named[0]
