"""The archive: the one object behind `searchidx.open`, `create` and `build`."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from searchidx.article import Article
from searchidx.engines.contract import (
    Engine,
    Snapshot,
    Sort,
    Writer,
)
from searchidx.engines.locations import (
    IndexLocation,
    local_folder,
    parse_location,
)
from searchidx.engines.registry import engine_class
from searchidx.errors import IndexNotFoundError, IndexVersionError, UnsupportedError
from searchidx.query import parse
from searchidx.search import searcher
from searchidx.search.hits import (
    Explanation,
    Groups,
    Hit,
    Hits,
    KwicLine,
    Snippet,
)

if TYPE_CHECKING:
    from searchidx.ingest.build import ProgressCallback
    from searchidx.ingest.report import Report
    from searchidx.search.aggregations import (
        Facet,
        Stats,
        Timeline,
        Words,
    )
    from searchidx.search.autocomplete import Suggestion

__all__ = ["Archive", "allow", "build", "check", "create", "delete", "open", "watch"]


_WATCH_WAITS = 60.0
"""So many seconds a build of `watch` waits for another writer."""


class Archive:
    """The articles of one commit, searchable.

    An archive never changes under you: what a writer commits, this one's included, is seen by archives opened or
    refreshed afterwards. As a context manager it closes itself; hits taken from it go on working.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stamp = engine.commit_token()  # before the snapshot: a commit between the two is seen later, not missed
        self._snapshot: Snapshot = engine.snapshot()

    def search(
        self,
        query: str,
        *,
        limit: int | None = 10,
        offset: int = 0,
        sort: str | Sort = Sort.RELEVANCE,
        today: dt.date | None = None,
    ) -> Hits:
        """The articles that match a query, best first (or `sort="newest"`, `"oldest"`); ties in document order.

        `limit` hits (None: all) from the `offset`-th on; `total` of the result is exact all the same. `today` is the
        day from which `yesterday` and `last week` are told, the local day where it is None. Raises `QueryError` where
        the query cannot be meant.
        """
        return searcher.search(self._snapshot, parse(query, today=today), limit=limit, offset=offset, sort=sort)

    def hits(self, query: str, *, sort: str | Sort = Sort.RELEVANCE, today: dt.date | None = None) -> Iterator[Hit]:
        """Every hit, in order, nothing cut off; one at a time, so memory is that of one. Raises as `search`."""
        return searcher.iter_hits(self._snapshot, parse(query, today=today), sort)

    def ids(self, query: str, *, today: dt.date | None = None) -> list[str]:
        """The id of every article that matches, in document order, nothing cut off."""
        return searcher.ids(self._snapshot, parse(query, today=today))

    def groups(
        self,
        query: str,
        threshold: float = 0.8,
        *,
        limit: int | None = 10,
        offset: int = 0,
        sort: str | Sort = Sort.RELEVANCE,
        today: dt.date | None = None,
    ) -> Groups:
        """The articles that match, those grouped whose bodies are much the same: wire copies, reprints.

        Two are in one group where their similarity is `threshold` at least, or where others between them lead from one
        to the other: Jaccard's index of the runs of four stems in their bodies, 0 to 1. Below 0.6 a few pairs may
        be missed. `limit` and `offset` count groups. Raises as `search`, and ValueError for a threshold that is none.
        """
        return searcher.groups(
            self._snapshot, parse(query, today=today), threshold, limit=limit, offset=offset, sort=sort
        )

    def articles(self, query: str, *, today: dt.date | None = None) -> Iterator[Article]:
        """Every article that matches, in document order, nothing cut off; one at a time, so memory is that of one."""
        return searcher.articles(self._snapshot, parse(query, today=today))

    def kwic(
        self, query: str, *, width: int = 60, sort: str | None = None, today: dt.date | None = None
    ) -> Iterator[KwicLine]:
        """Every occurrence of what a query asks for, in context: `width` characters of text on either side at most.

        In document order as they are found, or sorted by what stands to the "left" or "right", or by "date"; then all
        of them are held in memory. Raises `QueryError` where the query cannot be meant.
        """
        from searchidx.search.kwic import kwic

        return kwic(self._snapshot, parse(query, today=today), width, sort)

    def facet(self, query: str, field: str, *, today: dt.date | None = None) -> Facet:
        """All hits by their source, section, language, byline, keyword, year or month, with those of the corpus."""
        from searchidx.search.aggregator import facet_of

        return facet_of(self._snapshot, parse(query, today=today), field)

    def timeline(
        self, *queries: str, by: str = "month", count_words: bool = False, today: dt.date | None = None
    ) -> Timeline:
        """How many articles match each of some queries by day, week, month or year; or how often, with `count_words`.

        What occurs is told as by `kwic`. ValueError where that makes more than `counts.MAX_PERIODS` periods.
        """
        from searchidx.search.aggregator import timeline_of

        return timeline_of(self._snapshot, [parse(query, today=today) for query in queries], by, count_words)

    def terms(self, query: str, *, limit: int = 25, today: dt.date | None = None) -> Words:
        """The words that tell the hits from the rest, by log-likelihood, and the most frequent ones; `limit` each."""
        from searchidx.search.aggregator import words_of

        return words_of(self._snapshot, parse(query, today=today), limit)

    def similar(self, id: str, *, limit: int = 10) -> Hits:
        """The articles most like the one of that id, which is left out; KeyError where there is none."""
        from searchidx.search.more_like_this import similar

        doc = self._snapshot.find(id)
        if doc is None:
            raise KeyError(id)
        return similar(self._snapshot, doc, limit)

    def suggest(self, typed: str, limit: int = 10, *, today: dt.date | None = None) -> list[Suggestion]:
        """What somebody who types a query may mean: its last word completed, values of a field, headlines.

        Each is a query that finds an article at least, and says how many; what most articles have comes first. Never
        raises on what was typed.
        """
        from searchidx.search.autocomplete import suggest

        return suggest(self._snapshot, typed, limit, today)

    def versions(self, id: str, threshold: float = 0.8) -> Hits:
        """The articles whose bodies are much the same as that of the one of that id, which is left out.

        What they are is told as by `groups`. KeyError where there is no such article.
        """
        from searchidx.search.more_like_this import versions

        doc = self._snapshot.find(id)
        if doc is None:
            raise KeyError(id)
        return versions(self._snapshot, doc, threshold)

    def stats(self) -> Stats:
        """What is in the index: how many articles and words, of which days, sources, sections and languages."""
        from searchidx.search.aggregator import stats_of

        return stats_of(self._snapshot)

    def explain(self, query: str, *, today: dt.date | None = None) -> Explanation:
        """How a query was understood, and how many articles each part of it has alone.

        Raises `QueryError` where the query cannot be meant.
        """
        return searcher.explain(self._snapshot, parse(query, today=today))

    def marked(self, id: str, query: str, *, today: dt.date | None = None) -> tuple[Snippet, Snippet]:
        """The whole headline and the whole body of an article, with what a query finds in them.

        KeyError where there is no article of that id; `QueryError` where the query cannot be meant.
        """
        article = self.get(id)
        if article is None:
            raise KeyError(id)
        return searcher.marked(article, parse(query, today=today))

    def get(self, id: str) -> Article | None:
        """The article of that id, or None."""
        doc = self._snapshot.find(id)
        return None if doc is None else self._snapshot.article(doc)

    def __len__(self) -> int:
        """How many articles there are."""
        return len(self._snapshot)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and self._snapshot.find(id) is not None

    @property
    def index(self) -> Any:
        """The `whoosh.index.Index` beneath: `archive.index.searcher()` is a Whoosh `Searcher`.

        `UnsupportedError` where the index lies on a cluster.
        """
        found = self._snapshot.index
        if found is None:
            raise UnsupportedError("archive.index", "Whoosh reads an index in a folder only")
        return found

    @property
    def fingerprint(self) -> str:
        """Names the content of this snapshot: equal fingerprints give equal answers."""
        return self._snapshot.fingerprint

    def writer(self, wait: float = 0.0, jobs: int | None = None) -> Writer:
        """The one writer of the index, committing on leaving its `with` block, cancelling on an exception.

        Large batches are built by `jobs` processes, as many as there are processors where it is None. Raises
        `IndexLockedError` where another writer still works after `wait` seconds.
        """
        return self._engine.writer(wait, jobs=jobs)

    def refresh(self) -> bool:
        """Move to the last commit; whether there was a newer one. Costs the opening of what is new."""
        fresh = self.latest()
        if fresh is self:
            return False
        self._snapshot.close()
        self._snapshot, self._stamp = fresh._snapshot, fresh._stamp
        return True

    def latest(self) -> Archive:
        """The archive as of the last commit: this one where there is none newer, which costs next to nothing to ask.

        Else another one, while this one goes on as it is.
        """
        stamp = self._engine.commit_token()
        if stamp == self._stamp:
            return self
        fresh = Archive(self._engine)
        if fresh.fingerprint != self.fingerprint:
            return fresh
        fresh.close()
        self._stamp = stamp
        return self

    def close(self) -> None:
        """Give back what the archive holds."""
        self._snapshot.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open(index: str | IndexLocation = "index") -> Archive:
    """The archive in the folder `index`, or at a place on a cluster (`opensearch://host:9200/name`), as last committed.

    Raises `IndexNotFoundError`, `IndexVersionError` or `CorruptIndexError` where it cannot be opened.
    """
    return Archive(_opened(parse_location(index)))


def create(index: str | IndexLocation = "index") -> Archive:
    """A new, empty archive in the folder `index`, made where it is missing; `IndexExistsError` where one stands."""
    place = parse_location(index)
    return Archive(engine_class(place).create(place))


def check(index: str | IndexLocation = "index") -> Iterator[str]:
    """What is damaged in the index in the folder `index`: a line for each finding; reads every byte of it."""
    return _opened(parse_location(index)).verify()


def _opened(place: IndexLocation) -> Engine:
    return engine_class(place).open(place)


def build(
    *sources: str | Path,
    index: str | IndexLocation = "index",
    wait: float = 0.0,
    jobs: int | None = None,
    columns: Mapping[str, str] | None = None,
    on_progress: ProgressCallback | None = None,
) -> Report:
    """Bring the index in the folder `index` up to date with the source folders or files; made where there is none.

    Files that did not change since are not read; the source `-` is standard input, whose articles are added. An index
    of another version of the format is built anew. What could not be read stands in the report's `skipped`, and costs
    nothing else. `jobs` processes build, as many as there are processors where it is None; the index is the same
    whatever their number. `columns` says under which name records hold a field (`{"body": "Volltext"}`), where that is
    none of the usual ones; builds remember it of their sources.

    Raises `SourceError` where a source does not exist, `IndexLockedError` where another writer still works after `wait`
    seconds, `CorruptIndexError` where the index is damaged; the index is then as it was.
    """
    from searchidx.ingest import (
        build as ingestion,  # whoever only reads has no use for it, nor for the readers of sources
    )
    from searchidx.sources.record_fields import FIELD_ALIASES as FIELDS

    if unknown := set(columns or ()) - set(FIELDS):
        raise ValueError(f"{min(unknown)!r} is no field of an article; the fields are {', '.join(FIELDS)}")
    place = parse_location(index)
    roots: Sequence[Path] = [Path(source) for source in sources or ("corpus",)]
    ingestion.check_sources(roots)
    overwrite = rebuilt = False
    try:
        _opened(place)
    except IndexNotFoundError:
        overwrite = True
    except IndexVersionError:
        overwrite = rebuilt = True
    report = ingestion.build(
        engine_class(place).at(place),
        place,
        roots,
        wait=wait,
        overwrite=overwrite,
        jobs=jobs,
        columns=columns,
        on_progress=on_progress,
    )
    return replace(report, rebuilt=rebuilt)


def watch(
    *sources: str | Path,
    index: str | IndexLocation = "index",
    jobs: int | None = None,
    columns: Mapping[str, str] | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Report]:
    """Build, then build again whenever files of the sources change: an iterator over the reports, until `stop` is set.

    Changes that come together are one batch, and one commit. Raises what `build` does, and `MissingExtraError` where
    watchfiles is not installed.
    """
    from searchidx.ingest import watch as watcher

    roots = [Path(source) for source in sources or ("corpus",)]
    return watcher.watch(
        lambda: build(*roots, index=index, jobs=jobs, columns=columns, wait=_WATCH_WAITS),
        roots,
        local_folder(parse_location(index)),
        stop,
    )


def delete(*ids: str, index: str | IndexLocation = "index", wait: float = 0.0) -> list[str]:
    """Remove articles from the index for good: later builds leave them out, and say so, until `allow` lets them in.

    Nothing of them stays in the folder. Returns which of the ids name an article, or one that was deleted so before.
    (`archive.writer().delete(id)` forgets an article too, but a build from its source brings it back.)
    """
    from searchidx.ingest import permanent_deletion

    place = parse_location(index)
    return permanent_deletion.delete_permanently(_opened(place), place, ids, wait=wait)


def allow(*ids: str, index: str | IndexLocation = "index", wait: float = 0.0) -> list[str]:
    """Let articles that `delete` removed in again with the next build; returns which of the ids are of such."""
    from searchidx.ingest import permanent_deletion

    place = parse_location(index)
    return permanent_deletion.allow(_opened(place), place, ids, wait=wait)
