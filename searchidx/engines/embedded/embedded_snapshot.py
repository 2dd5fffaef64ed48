"""One commit of an embedded index, open for reading.

Opening a segment checks that its arrays fit together; checksums are not read, which would take as long as reading the
whole index. So damage within an array shows as an exception where it is used. `reports_damage` is the one place that
translates these exceptions: it then reads the checksums, and raises `CorruptIndexError` if one differs.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property, partial, wraps
from inspect import isgeneratorfunction
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from whoosh.query import Query

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.contract import Snapshot
from searchidx.engines.embedded import pattern_expansion
from searchidx.engines.embedded.array_types import Bools
from searchidx.engines.embedded.doc_store import id_hashes
from searchidx.engines.embedded.evaluator import Evaluator
from searchidx.engines.embedded.manifest import (
    VERSION,
    Manifest,
    damage_error,
    map_file,
    read_checked_file,
    verify_checksum,
)
from searchidx.engines.embedded.segment import Segment, unpack_bits
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.results import FacetCounts, IndexStats, NgramCounts, Sort, TermStats, TopDocs
from searchidx.errors import ArticleError

if TYPE_CHECKING:
    from searchidx.engines.embedded.whoosh_index import WhooshIndex

DAMAGE_SIGNS = (IndexError, ValueError, OverflowError, ZeroDivisionError, MemoryError, ArticleError)
"""Exceptions that a damaged array can cause. A bug or a wrong argument can as well; then they are raised unchanged."""

Argument = TypeVar("Argument")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class NoDocumentError(IndexError):
    """Raised for a document number outside the snapshot."""


def reports_damage(
    method: Callable[Concatenate[EmbeddedSnapshot, Parameters], Result],
) -> Callable[Concatenate[EmbeddedSnapshot, Parameters], Result]:
    """Decorate a method of a snapshot, or a generator, so that damage is raised as `CorruptIndexError`."""

    @wraps(method)
    def call(self: EmbeddedSnapshot, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return method(self, *args, **kwargs)
        except DAMAGE_SIGNS as error:
            self.raise_if_damaged(error)
            raise

    @wraps(method)
    def iterate(self: EmbeddedSnapshot, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Iterator[Any]:
        try:
            yield from method(self, *args, **kwargs)  # type: ignore[misc]
        except DAMAGE_SIGNS as error:
            self.raise_if_damaged(error)
            raise

    return iterate if isgeneratorfunction(method) else call  # type: ignore[return-value]


class EmbeddedSnapshot(Snapshot):
    """One commit, open for reading. Its many methods are those of the contract.

    Attributes:
        views: its segments with their live documents, oldest first.
        generation: the number of the commit.
        word_weight: the number of words of all live documents, weighted by zone.
    """

    _former: EmbeddedSnapshot | None = None
    _former_first: int | None = None  # the first former text, in a snapshot of all versions

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.generation = manifest.generation
        self._open_views(
            manifest, [(Segment(folder, entry), read_live_mask(folder, entry)) for entry in manifest.segments]
        )
        if manifest.former:
            self._former = EmbeddedSnapshot(folder, replace(manifest, segments=manifest.former, former=[]))
        # Mapped now, since a writer may remove the file; read on demand.
        self._user_data = None if manifest.user_data is None else map_file(folder, manifest.user_data)

    def _open_views(self, manifest: Manifest, opened: Sequence[tuple[Segment, Bools | None]]) -> None:
        """Number the documents of the segments of a manifest, given open with their live documents."""
        self._manifest = manifest
        self._live_count = 0
        words = 0.0
        for entry in manifest.segments:
            deleted = entry["deleted"] or {"articles": 0, "headline_words": 0, "body_words": 0}
            self._live_count += entry["articles"] - deleted["articles"]
            words += HEADLINE_WEIGHT * (entry["headline_words"] - deleted["headline_words"])
            words += entry["body_words"] - deleted["body_words"]
        self.word_weight = words
        mean_length = words / self._live_count if self._live_count else 0.0
        self.views: list[SegmentView] = []
        first = 0
        for segment, live in opened:
            self.views.append(SegmentView(segment, first, live, mean_length))
            first += segment.count
        self._stop = first
        self._firsts = [view.first for view in self.views]

    def __len__(self) -> int:
        return self._live_count

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self.views, self._live_count)

    @property
    def cursor(self) -> str:
        return json.dumps([_segment_key(entry) for entry in self._manifest.segments])

    def since(self, cursor: str) -> EmbeddedSnapshot:
        """The segments that the former snapshot did not have; a merged one also has older documents."""
        known = {tuple(key) for key in json.loads(cursor)} if cursor else set()
        are_new = [tuple(_segment_key(entry)) not in known for entry in self._manifest.segments]
        newer = copy(self)
        vars(newer).pop("_evaluator", None)
        newer._manifest = replace(self._manifest, segments=list(compress(self._manifest.segments, are_new)))
        newer.views, newer._firsts, newer._live_count, newer._stop = [], [], 0, 0
        for view in compress(self.views, are_new):
            moved = view.renumber(newer._stop)
            newer.views.append(moved)
            newer._firsts.append(moved.first)
            newer._live_count += moved.count if moved.live is None else int(moved.live.sum())
            newer._stop += moved.count
        return newer

    def former(self) -> EmbeddedSnapshot | None:
        return self._former

    def with_former(self) -> EmbeddedSnapshot:
        every = copy(self)
        vars(every).pop("_evaluator", None)
        every._former_first = self._stop
        if self._former is not None:
            segments = [*self._manifest.segments, *self._former._manifest.segments]
            views = (*self.views, *self._former.views)
            every._open_views(
                replace(self._manifest, segments=segments, former=[]), [(view.segment, view.live) for view in views]
            )
        return every

    @reports_damage
    def version(self, doc: int) -> int | None:
        first = self._former_first
        if first is None:
            return None
        former = () if self._former is None else self._former.find_all([self.id(doc)])
        return 1 + (len(former) if doc < first else int(np.searchsorted(former, doc - first)))

    @property
    def index(self) -> WhooshIndex:
        from searchidx.engines.embedded.whoosh_index import WhooshIndex  # slow to import, and rarely used

        return WhooshIndex(self)

    @property
    def fingerprint(self) -> str:
        return self._manifest.fingerprint

    def user_data(self) -> bytes:
        if self._user_data is None or self._manifest.user_data is None:
            return b""
        return verify_checksum(self.folder, self._manifest.user_data, self._user_data[:])

    def stats(self) -> IndexStats:
        segments = self._manifest.segments
        former = self._manifest.former
        deleted = [entry["deleted"] for entry in segments if entry["deleted"]]
        words, deleted_words = (
            sum(each["headline_words"] + each["body_words"] for each in entries) for entries in (segments, deleted)
        )
        files = (*segments, *deleted, *former, *(entry["deleted"] for entry in former), self._manifest.user_data)
        size = sum(entry["bytes"] for entry in files if entry)
        versions = 0 if self._former is None else len(self._former)
        return IndexStats(words - deleted_words, len(segments), size, VERSION, self.generation, versions)

    # -- queries -------------------------------------------------------------------------------------------------------

    def search(self, query: Query, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> TopDocs:
        try:  # as `reports_damage` does; its call would cost a short query 2 %
            return self._evaluator.search(query, limit, offset, sort)
        except DAMAGE_SIGNS as error:
            self.raise_if_damaged(error)
            raise

    @reports_damage
    def expand(self, pattern: Any) -> list[str]:
        return pattern_expansion.expand_to_words(pattern, self.views)

    @reports_damage
    def completions(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        from searchidx.engines.embedded.prefix_completion import complete_prefix  # most commands need none of these

        return complete_prefix(self.views, prefix, limit)

    @reports_damage
    def facet(self, query: Query, field: str) -> FacetCounts:
        from searchidx.engines.embedded.array_aggregations import count_facet

        return count_facet(self._evaluator.matching_docs(query), field)

    @reports_damage
    def date_histogram(self, query: Query, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        from searchidx.engines.embedded.array_aggregations import count_days

        return count_days(self._evaluator.matching_docs(query), query, occurrences)

    @reports_damage
    def spans(self, query: Query) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        from searchidx.engines.embedded.array_aggregations import iter_spans

        yield from iter_spans(self._evaluator.matching_docs(query), query)

    @reports_damage
    def term_stats(self, query: Query) -> TermStats:
        from searchidx.engines.embedded.array_aggregations import count_terms

        stats = count_terms(self._evaluator.matching_docs(query))
        return stats._replace(spelling=partial(self._call, stats.spelling))

    @reports_damage
    def word_histogram(self, query: Query) -> Mapping[tuple[int, int], int]:
        from searchidx.engines.embedded.array_aggregations import count_word_days

        return count_word_days(self._evaluator.matching_docs(query))

    @reports_damage
    def ngrams(
        self, queries: Sequence[Query], sizes: Collection[int], edge_stems: Collection[str]
    ) -> Iterator[NgramCounts]:
        from searchidx.engines.embedded.ngram_counter import count_ngrams

        by_query = [self._evaluator.matching_docs(query) for query in queries]
        hits = [(view, [found[at][1] for found in by_query]) for at, view in enumerate(self.views)]
        for counts in count_ngrams(hits, sizes, edge_stems):
            yield counts._replace(form=partial(self._call, counts.form))

    @reports_damage
    def _call(self, function: Callable[[Argument], Result], argument: Argument) -> Result:
        return function(argument)

    @reports_damage
    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        from searchidx.engines.embedded.near_duplicates import find_near_duplicates

        return find_near_duplicates(self.views, docs, threshold)

    @reports_damage
    def rescore(self, docs: Sequence[int], scores: Sequence[float]) -> Sequence[float]:
        from searchidx.engines.embedded.hit_terms import rescore

        found = rescore(self.views, np.array(docs, np.intp), np.array(scores, np.float64), self._live_count)
        return found.tolist()  # type: ignore[no-any-return]

    # -- documents -----------------------------------------------------------------------------------------------------

    def locate(self, doc: int) -> tuple[SegmentView, int]:
        """The segment that holds a document, and the document's number in it."""
        if not 0 <= doc < self._stop:
            raise NoDocumentError(f"there is no document {doc} in this snapshot")
        at = bisect_right(self._firsts, doc) - 1
        return self.views[at], doc - self._firsts[at]

    @reports_damage
    def find(self, id: str) -> int | None:
        for view in reversed(self.views):
            if self._former_first is not None and view.first >= self._former_first:
                continue  # an id names the article, not a former text of it
            for doc in view.ids.find(id):
                if view.live is None or view.live[doc]:
                    return view.first + doc
        return None

    @reports_damage
    def find_all(self, ids: Iterable[str]) -> Sequence[int]:
        wanted = [id.encode(errors="surrogatepass") for id in ids]
        hashes = id_hashes(wanted)
        found = [view.first + view.ids.find_all(wanted, hashes, view.live) for view in self.views]
        return np.concatenate(found) if found else np.zeros(0, np.intp)  # type: ignore[return-value]

    @reports_damage
    def article(self, doc: int) -> Article:
        view, at = self.locate(doc)
        return view.segment.article_reader(view.ids.strings)(at)

    @reports_damage
    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        view: SegmentView | None = None
        for doc in docs:
            if view is None or not view.first <= doc < view.first + view.count:
                view, _ = self.locate(doc)
                read = view.segment.article_reader(view.ids.strings)
            yield read(doc - view.first)

    @reports_damage
    def id(self, doc: int) -> str:
        view, at = self.locate(doc)
        return view.ids.strings.raw(at).decode()

    def headlines(self, docs: Sequence[int]) -> list[str]:
        try:  # as `reports_damage` does, without the cost of its call
            if len(self.views) == 1:  # the usual case
                return self.views[0].segment.headlines.get_many(docs)
            found: list[str] = []
            for doc in docs:
                at = bisect_right(self._firsts, doc) - 1
                found.append(self.views[at].segment.headlines[doc - self._firsts[at]])
            return found
        except DAMAGE_SIGNS as error:
            self.raise_if_damaged(error)
            raise

    @reports_damage
    def date(self, doc: int) -> PartialDate | None:
        view, at = self.locate(doc)
        return view.segment.date(at)

    @cached_property
    def _damage(self) -> str | None:
        """The first damage that `verify` finds; found once, since it reads the whole index."""
        from searchidx.engines.embedded.verify import iter_damage  # only errors need it

        return next(iter_damage(self.folder, self._manifest), None)

    def raise_if_damaged(self, error: Exception) -> None:
        """Raise `CorruptIndexError` if the checksums or cross-references of the index show damage."""
        if isinstance(error, NoDocumentError):
            return
        if self._damage is not None:
            raise damage_error(self.folder, f"{self.folder}: {self._damage}") from error


def _segment_key(entry: Mapping[str, Any]) -> list[Any]:
    """What tells a segment from all others, those of a former index in the same folder included."""
    return [entry["file"], entry["bytes"], entry["crc32"]]


def read_live_mask(folder: Path, entry: dict[str, Any]) -> Bools | None:
    """Whether each document of a segment is live; None if all are."""
    if not entry.get("deleted"):
        return None
    bits = np.frombuffer(read_checked_file(folder, entry["deleted"]), np.uint8)
    return ~unpack_bits(bits, entry["articles"])
