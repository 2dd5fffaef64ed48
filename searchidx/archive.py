"""Open and create archives: the functions `open` and `create` of `searchidx`, and the `Archive` they return.

Longer than 500 lines because its docstrings are the library's reference documentation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot, Writer
from searchidx.engines.locations import (
    ClusterLocation,
    IndexLocation,
    name_cluster_indexes,
    name_folders,
    parse_location,
)
from searchidx.engines.registry import engine_class
from searchidx.engines.results import Sort
from searchidx.errors import UnsupportedError
from searchidx.query import parse
from searchidx.search import searcher
from searchidx.search.hits import Explanation, Groups, Hit, Hits, KwicLine, Snippet
from searchidx.search.questions import question

if TYPE_CHECKING:
    from searchidx.query import Parsed
    from searchidx.search.aggregations import Facet, Stats, Timeline, Words
    from searchidx.search.autocomplete import Suggestion
    from searchidx.search.batch import BatchAnswer
    from searchidx.search.comparison import Comparison
    from searchidx.search.history import Difference
    from searchidx.search.ngrams import Ngrams
    from searchidx.search.score_explanation import ScoreExplanation
    from searchidx.versions import Version
    from searchidx.workspace import Workspace
    from searchidx.workspace.alert_run import Found
    from searchidx.workspace.labels import LabelCount
    from searchidx.workspace.resolver import Resolver


class LazyResolver:
    """The resolver of labels and notes, made when it is first needed: most searches do without SQLite.

    Several locations are those of archives that are read together, each with its own workspace.
    """

    def __init__(self, locations: Sequence[IndexLocation], path: str | Path | None = None) -> None:
        self._locations = locations
        self._path = path
        self._workspaces: list[Workspace] = []
        self._resolver: Resolver | None = None

    def get(self, snapshot: Snapshot) -> Resolver:
        """The resolver for a snapshot; one archive has the same for all."""
        from searchidx.workspace.resolver import Resolver

        if self._resolver is not None:
            return self._resolver
        if not self._workspaces:
            self._workspaces = [open_workspace(location, self._path) for location in self._locations]
        if len(self._workspaces) == 1:
            self._resolver = Resolver(self._workspaces[0])
            return self._resolver
        from searchidx.workspace.multi_workspace import MultiIndexIds, MultiWorkspace

        assert isinstance(snapshot, MultiIndexIds)
        return Resolver(MultiWorkspace(self._workspaces, snapshot))


def open_workspace(location: IndexLocation, path: str | Path | None) -> Workspace:
    """The workspace of an index: the file `path`, or the one at its usual place. It need not exist."""
    from searchidx.workspace import Workspace, default_path

    return Workspace(default_path(location) if path is None else path)


class Archive:
    """The articles of one commit, searchable. Has more than 20 methods: it is the facade of all answers.

    An archive is a fixed snapshot. Commits, its own writer's included, show only in archives that are opened or
    refreshed afterwards. Used as a context manager, it closes itself; hits taken from it remain usable.

    Every method that takes a `query` raises `QueryError` if the query is invalid, and takes `today`: the day from
    which `yesterday` and `last week` are counted; None (default) is the local day.

    Example:
        >>> with searchidx.open("index") as archive:
        ...     for hit in archive.search('"Taiwan Strait" date:2023-02'):
        ...         print(hit.date, hit.headline)
    """

    # Modules that a plain search does not need are imported in the methods that need them: it starts faster.

    def __init__(self, engine: Engine, resolver: LazyResolver | None = None) -> None:
        self._engine = engine
        self._lazy_resolver = resolver
        self.has_all_versions = False
        # Read the token before the snapshot: a commit between the two is then noticed late, not missed.
        self._commit_token = engine.commit_token()
        self._snapshot: Snapshot = engine.snapshot()

    @question
    def search(
        self,
        query: str,
        *,
        limit: int | None = 10,
        offset: int = 0,
        sort: str | Sort = Sort.RELEVANCE,
        rerank: bool = False,
        today: dt.date | None = None,
    ) -> Hits:
        """Search: return one page of the articles that match a query.

        Args:
            query: the query, in the query language.
            limit: the most hits of the page; None for all. Default 10.
            offset: how many hits to skip. Default 0.
            sort: "relevance" (default); "best", which reorders the first 50 hits of a query of six words or more by
                what the best of them have in common; "fresh", in which recent articles count up to 30 % more; "newest",
                "oldest" or "headline". Ties are in document order. `searchidx.search.orders` defines them.
            rerank: True is the same as sort="best".
            today: the day from which relative dates are counted; None for the local day.

        Returns:
            The hits. Their `total` is exact, whatever the limit.

        Raises:
            QueryError: if the query is invalid.
            ValueError: for a negative limit or offset, or an unknown order.

        Example:
            >>> hits = archive.search("NATO Japan", limit=5, sort="newest")
            >>> hits.total, [hit.headline for hit in hits]
        """
        order = "best" if rerank else sort
        return searcher.search(self._snapshot, self._parse(query, today), limit=limit, offset=offset, sort=order)

    @question
    def hits(self, query: str, *, sort: str | Sort = Sort.RELEVANCE, today: dt.date | None = None) -> Iterator[Hit]:
        """Iterate over all hits in order, with the memory of one.

        Args:
            query: the query.
            sort: the order, as for `search`.
            today: the day from which relative dates are counted.
        """
        return searcher.iter_hits(self._snapshot, self._parse(query, today), sort)

    @question
    def ids(self, query: str, *, today: dt.date | None = None) -> list[str]:
        """List the ids of all matching articles, in document order."""
        return searcher.ids(self._snapshot, self._parse(query, today))

    @question
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
        """Search, and group near-duplicates: wire copies, reprints.

        The similarity of two bodies is the Jaccard index of their shingles, the runs of four stems. Two hits are in one
        group if their similarity reaches the threshold, or if a chain of such pairs connects them.

        Args:
            query: the query.
            threshold: the lowest similarity of a pair, above 0 and at most 1. Default 0.8. Below 0.6 a few pairs may
                be missed.
            limit: the most groups of the page; None for all. Default 10.
            offset: how many groups to skip. Default 0.
            sort: the order, as for `search`. A group takes the place of its first hit.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for an impossible threshold, limit, offset or order.
        """
        return searcher.groups(
            self._snapshot, self._parse(query, today), threshold, limit=limit, offset=offset, sort=sort
        )

    @question
    def articles(self, query: str, *, today: dt.date | None = None) -> Iterator[Article]:
        """Iterate over all matching articles in document order, with the memory of one.

        If all versions are searched, the provenance of each has the number of its `version`, and when it was `saved`.
        """
        return searcher.iter_articles(self._snapshot, self._parse(query, today), self.has_all_versions)

    @question
    def kwic(
        self, query: str, *, width: int = 60, sort: str | None = None, today: dt.date | None = None
    ) -> Iterator[KwicLine]:
        """Iterate over all occurrences of a query with their context (keyword in context).

        Args:
            query: the query.
            width: the most characters of text on either side. Default 60.
            sort: "left" or "right" sorts by the text on that side, "date" by date; None (default) is document order.
                A sorted answer is held in memory.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for a negative width or an unknown order.

        Example:
            >>> for line in archive.kwic("caps(NATO)", width=24, sort="right"):
            ...     print(f"{line.left:>24}[{line.match}]{line.right}")
        """
        from searchidx.search.kwic import kwic

        return kwic(self._snapshot, self._parse(query, today), width, sort)

    @question
    def facet(self, query: str, field: str, *, today: dt.date | None = None) -> Facet:
        """Count all hits by the values of a field, beside the counts of the corpus.

        Args:
            query: the query.
            field: "source", "section", "edition", "language", "byline", "keyword", "year", "month" or "label".
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for any other field.
        """
        from searchidx.search.aggregator import compute_facet

        count_labels = None if self._resolver is None else self._resolver.count_labels
        return compute_facet(self._snapshot, self._parse(query, today), field, count_labels)

    @question
    def timeline(
        self, *queries: str, by: str = "month", count_words: bool = False, today: dt.date | None = None
    ) -> Timeline:
        """Count the hits of each query by period.

        Args:
            queries: one or more queries.
            by: the length of a period: "day", "week", "month" (default) or "year".
            count_words: count occurrences, as `kwic` finds them, instead of articles.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for another length, or if the timeline would have more than 100,000 periods.
        """
        from searchidx.search.aggregator import compute_timeline

        return compute_timeline(self._snapshot, [self._parse(query, today) for query in queries], by, count_words)

    @question
    def batch(
        self, queries: Iterable[str], *, ids: bool = False, today: dt.date | None = None
    ) -> Iterator[BatchAnswer]:
        """Answer a list of queries, in order and one at a time: counts, first and last day.

        An invalid query does not end the list; its answer has the error.

        Args:
            queries: the queries, a name or a whole query each.
            ids: also list the ids of all hits.
            today: the day from which relative dates are counted.

        Example:
            >>> for answer in archive.batch(["Stoltenberg", '"Taiwan Strait"']):
            ...     print(answer.query, answer.total, answer.first, answer.last)
        """
        from searchidx.search.batch import answer

        return (answer(self._snapshot, self._parse(query, today), ids) for query in queries)

    @question
    def terms(self, query: str, *, limit: int = 25, today: dt.date | None = None) -> Words:
        """Find the distinctive words of the hits, by log-likelihood, and their most frequent words.

        Args:
            query: the query.
            limit: the most words of either list. Default 25.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for a negative limit.
        """
        from searchidx.search.aggregator import compute_words

        return compute_words(self._snapshot, self._parse(query, today), limit)

    @question
    def ngrams(
        self,
        query: str,
        *,
        limit: int = 25,
        sizes: Collection[int] = (2, 3, 4),
        common: bool = False,
        today: dt.date | None = None,
    ) -> Ngrams:
        """Find the most frequent n-grams of the hits: runs of 2 to 4 words within a sentence or a headline.

        Capitals and accents do not distinguish n-grams, inflections do, as in a quoted phrase. N-grams that occur once
        are not listed.

        Args:
            query: the query.
            limit: the most n-grams. Default 25.
            sizes: how many words the n-grams have: 2, 3, 4 (default all).
            common: also list n-grams that begin or end with a word that more than a quarter of all articles have.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for a negative limit or another size.
            UnsupportedError: for hits of more than 2,000,000 words, if the index is on a cluster.
        """
        from searchidx.search.ngrams import compute_ngrams

        return compute_ngrams(self._snapshot, self._parse(query, today), limit, sizes, common)

    @question
    def compare(
        self,
        a: str,
        b: str,
        *,
        limit: int = 25,
        by: str = "year",
        common: bool = False,
        today: dt.date | None = None,
    ) -> Comparison:
        """Compare the hits of two queries: counts, overlap, distinctive words and phrases, timelines.

        An article that both find counts for both. To leave it out, compare `(a) -(b)` with `(b) -(a)`.

        Args:
            a: a query.
            b: another; the same with other dates or another source compares two periods or two sources.
            limit: the most words, and the most phrases, of each. Default 25.
            by: the length of a period: "day", "week", "month" or "year" (default).
            common: also list phrases that begin or end with a word that more than a quarter of all articles have.
            today: the day from which relative dates are counted.

        Raises:
            ValueError: for a negative limit, another length, or more than 100,000 periods.
            UnsupportedError: for hits of more than 2,000,000 words, if the index is on a cluster.

        Example:
            >>> found = archive.compare("nato date:2022", "nato date:2023")
            >>> found.totals, [phrase.text for phrase in found.distinctive_phrases[1]]
        """
        from searchidx.search.comparison import compare

        return compare(self._snapshot, self._parse(a, today), self._parse(b, today), limit, by, common)

    @question
    def similar(self, id: str, *, limit: int = 10) -> Hits:
        """Find the articles most like one, by its distinctive words; the article itself is left out.

        Args:
            id: the id of the article.
            limit: the most hits. Default 10.

        Raises:
            KeyError: if no article has the id.
        """
        from searchidx.search.more_like_this import similar

        return similar(self._snapshot, self._find(id), limit)

    @question
    def suggest(self, typed: str, limit: int = 10, *, today: dt.date | None = None) -> list[Suggestion]:
        """Complete a query that is being typed: its last word, a value of a field, headlines.

        Args:
            typed: the text typed so far. Any text is allowed.
            limit: the most suggestions. Default 10.
            today: the day from which relative dates are counted.

        Returns:
            Queries that find at least one article, those with the most articles first.

        Raises:
            ValueError: for a negative limit.
        """
        from searchidx.search.autocomplete import suggest

        return suggest(self._snapshot, typed, limit, lambda query: self._parse(query, today))

    @question
    def versions(self, id: str, threshold: float = 0.8) -> Hits:
        """Find the near-duplicates of an article, most similar first; the article itself is left out.

        Args:
            id: the id of the article.
            threshold: the lowest similarity, as for `groups`. Default 0.8.

        Raises:
            KeyError: if no article has the id.
            ValueError: for an impossible threshold.
        """
        from searchidx.search.more_like_this import versions

        return versions(self._snapshot, self._find(id), threshold)

    @question
    def stats(self) -> Stats:
        """Describe the index: how many articles and words, which dates, sources, sections and languages."""
        from searchidx.search.aggregator import compute_stats

        return compute_stats(self._snapshot)

    @question
    def explain(self, query: str, *, today: dt.date | None = None) -> Explanation:
        """Show how a query is read, and how many articles match each of its parts."""
        return searcher.explain(self._snapshot, self._parse(query, today))

    @question
    def explain_score(self, query: str, id: str, *, today: dt.date | None = None) -> ScoreExplanation:
        """Show what each part of a query adds to the score of an article.

        Args:
            query: the query.
            id: the id of the article.
            today: the day from which relative dates are counted.

        Returns:
            The parts that add to the score: words, phrases, and pairs of words that stand side by side.

        Raises:
            KeyError: if no article has the id.
        """
        from searchidx.search.score_explanation import explain_score

        return explain_score(self._snapshot, self._parse(query, today), self._find(id))

    @question
    def highlight(self, id: str | Article, query: str, *, today: dt.date | None = None) -> tuple[Snippet, Snippet]:
        """Highlight the matches of a query in an article.

        Args:
            id: the id of the article, or an article, such as one of its versions.
            query: the query.
            today: the day from which relative dates are counted.

        Returns:
            The whole headline and the whole body, with the spans of the matches.

        Raises:
            KeyError: if no article has the id.
        """
        article = id if isinstance(id, Article) else self._snapshot.article(self._find(id))
        return searcher.highlight(article, self._parse(query, today))

    def marked(self, id: str, query: str, *, today: dt.date | None = None) -> tuple[Snippet, Snippet]:
        """Alias of `highlight`, its former name."""
        return self.highlight(id, query, today=today)

    @question
    def get(self, id: str) -> Article | None:
        """Return the article with an id, or None."""
        doc = self._snapshot.find(id)
        return None if doc is None else self._snapshot.article(doc)

    @question
    def history(self, id: str) -> list[Version]:
        """List the versions of an article, oldest first; the last is what its source says now.

        Builds keep the former text of a page or web archive that changed, and of other sources if asked to.

        Args:
            id: the id of the article.

        Raises:
            KeyError: if no article has the id.
            UnsupportedError: if the index is on a cluster.

        Example:
            >>> for version in archive.history("pages/rates.html"):
            ...     print(version.number, version.saved, version.changed, version.article.headline)
        """
        from searchidx.search.history import versions

        return versions(self._snapshot, self._find(id))

    @question
    def diff(self, id: str, former: int | None = None, latter: int | None = None) -> Difference:
        """Compare two versions of an article word by word.

        Args:
            id: the id of the article.
            former: the number of a version; None for the last but one.
            latter: the number of another version; None for the last.

        Raises:
            KeyError: if no article has the id.
            ValueError: if no version has such a number.
            UnsupportedError: if the index is on a cluster.
        """
        from searchidx.search.history import difference

        return difference(self.history(id), former, latter)

    def all_versions(self) -> Archive:
        """Return an archive in which every method searches the former texts of articles as well.

        A version is then a hit of its own: `Hit.version` is its number. `get` and `history` still know an article by
        its last version.

        Raises:
            UnsupportedError: if the index is on a cluster.
        """
        every = copy(self)
        every._snapshot = self._snapshot.with_former()
        every.has_all_versions = True
        return every

    def _parse(self, query: str, today: dt.date | None) -> Parsed:
        """Parse a query, and look up the labels and notes that it asks for, and what it asks about versions."""
        parsed = parse(query, today=today)
        if parsed.asks_workspace and self._resolver is not None:
            parsed = self._resolver.resolve(parsed, self._snapshot)
        if parsed.asks_history:
            from searchidx.search.history import resolve

            parsed = resolve(parsed, self._snapshot)
        return parsed

    @property
    def workspace(self) -> Workspace:
        """The labels, notes and alerts of this archive.

        Raises:
            UnsupportedError: if the archive was opened without a workspace.

        Example:
            >>> archive.workspace.labels.add("seen", archive.ids("NATO Japan"))
            >>> archive.search("Japan -label:seen").total
        """
        return self._require_resolver().workspace

    def labels(self) -> list[LabelCount]:
        """List the labels of the workspace, each with the number of its articles, and of those that are gone."""
        return self.workspace.labels.count(self._snapshot)

    @question
    def add_alert(
        self,
        name: str,
        query: str,
        *,
        targets: Sequence[Mapping[str, Any]] = (),
        every: str | None = None,
        group_similar: float | None = None,
        today: dt.date | None = None,
    ) -> int:
        """Save a search as an alert, which reports articles that match from now on.

        Args:
            name: its name.
            query: its query.
            targets: where it is delivered to, see `searchidx.alerts.deliveries`.
            every: the shortest time between two runs: "hour", "day", "week" or such as "12h". None (default) runs it
                after every build.
            group_similar: group near-duplicates of a delivery from this similarity on.
            today: the day from which relative dates are counted, and before which new articles are late.

        Returns:
            How many articles match already; they are never reported.

        Raises:
            AlertError: if the name is invalid or taken.
            ValueError: for an impossible interval or similarity.
        """
        from searchidx.workspace.alert_run import add_alert
        from searchidx.workspace.alerts import parse_every

        seconds = None if every is None else parse_every(every)
        if group_similar is not None:
            searcher.require_threshold(group_similar)
        resolver = self._require_resolver()
        day = today or dt.date.today()
        return add_alert(resolver, self._snapshot, name, query, targets, seconds, group_similar, day)

    def run_alerts(self, *names: str, today: dt.date | None = None, dry_run: bool = False) -> list[Found]:
        """Find the articles that alerts have not reported yet, and record them with the deliveries to be made.

        `searchidx.alerts.run` also makes the deliveries. Only one process may run alerts at a time.

        Args:
            names: the alerts.
            today: the day from which relative dates are counted.
            dry_run: record nothing.

        Returns:
            What was found for each alert.
        """
        from searchidx.workspace.alert_run import run_alerts

        return run_alerts(self._require_resolver(), self._snapshot, names, today or dt.date.today(), dry_run)

    @cached_property
    def _resolver(self) -> Resolver | None:
        return None if self._lazy_resolver is None else self._lazy_resolver.get(self._snapshot)

    def _require_resolver(self) -> Resolver:
        if self._resolver is None:
            raise UnsupportedError("archive.workspace", "this archive was opened without a workspace")
        return self._resolver

    def _find(self, id: str) -> int:
        """Return the document of an id; KeyError if there is none."""
        doc = self._snapshot.find(id)
        if doc is None:
            raise KeyError(id)
        return doc

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self._snapshot)

    @question
    def __contains__(self, id: object) -> bool:
        """Return whether any article has the id."""
        return isinstance(id, str) and self._snapshot.find(id) is not None

    @property
    def index(self) -> Any:
        """The index as a `whoosh.index.Index`; `archive.index.searcher()` is a Whoosh `Searcher`.

        Raises:
            UnsupportedError: if the index is on a cluster.
        """
        index = self._snapshot.index
        if index is None:
            raise UnsupportedError("archive.index", "Whoosh reads an index in a folder only")
        return index

    @property
    def page_order(self) -> str:
        """The order of hits on a page: "best" where that takes milliseconds, "relevance" on a cluster."""
        return "best" if self._engine.capabilities.fast_rescore else "relevance"

    @property
    def fingerprint(self) -> str:
        """Identifies the content of the snapshot: equal fingerprints give equal answers."""
        return self._snapshot.fingerprint

    def writer(self, wait: float = 0.0, jobs: int | None = None, language: str = "") -> Writer:
        """Open the one writer of the index.

        As a context manager it commits when the block ends, and cancels if an exception leaves the block. The language
        of an article that states none is detected from its text.

        Args:
            wait: how many seconds to wait for another writer. Default 0.
            jobs: how many processes build large batches; None (default) is one per processor. The index is the same
                for any number.
            language: the language of articles that state none, if it cannot be detected either. Default none.

        Raises:
            IndexLockedError: if another writer is still open after `wait` seconds.
            ValueError: if `language` is not a language.

        Example:
            >>> with archive.writer() as writer:
            ...     writer.add(searchidx.Article(id="a1", headline="Rates rise", date="2023-02"))
            ...     writer.delete("a0")
            >>> archive.refresh()
            True
        """
        from searchidx.ingest.language_writer import LanguageWriter
        from searchidx.languages import parse_default_language

        default = parse_default_language(language) or ""
        return LanguageWriter(self._engine.writer(wait, jobs=jobs), default)

    def refresh(self) -> bool:
        """Move this archive to the last commit; only new segments are opened.

        Returns:
            Whether there was a newer commit.
        """
        fresh = self.latest()
        if fresh is self:
            return False
        self._snapshot.close()
        self._snapshot, self._commit_token = fresh._snapshot, fresh._commit_token
        vars(self).pop("_resolver", None)
        return True

    def latest(self) -> Archive:
        """Return an archive of the last commit; this archive stays as it is.

        Returns:
            This archive if no newer commit exists, which is cheap to check; otherwise a new one.
        """
        token = self._engine.commit_token()
        if token == self._commit_token:
            return self
        fresh = Archive(self._engine, self._lazy_resolver)
        if self.has_all_versions:
            fresh = fresh.all_versions()
        if fresh.fingerprint != self.fingerprint:
            return fresh
        fresh.close()
        self._commit_token = token
        return self

    def close(self) -> None:
        """Release the files or connections of the snapshot."""
        self._snapshot.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open(
    index: str | IndexLocation = "index", *others: str | IndexLocation, workspace: str | Path | None = None
) -> Archive:
    """Open an archive at its last commit, or several archives that are read as one.

    Several archives give the answers that one archive with all their articles would give. Ids that several of them
    have get a prefix. They can only be read; see docs/several-archives.md.

    Args:
        index: the folder of the index (default `index`), or its address on a cluster, `opensearch://host:9200/name`.
        others: the folders of further indexes, or further addresses on the same cluster.
        workspace: the file with labels, notes and alerts. None (default) is `index.workspace` beside the folder
            `index`, or a file in the user's data folder for an index on a cluster. It is made when it is first written.
            Several archives keep their own.

    Raises:
        IndexNotFoundError: if there is no index.
        IndexVersionError: if its format is of another version.
        CorruptIndexError: if it is damaged.
        IndexFolderError: if one of several indexes is given twice.
        UnsupportedError: if several indexes are not all in folders or all on one cluster, or for several indexes with
            one workspace.

    Example:
        >>> with searchidx.open("2022/index", "2023/index") as archive:
        ...     print(archive.search("NATO Japan").total)
    """
    locations = list(map(parse_location, (index, *others)))
    engine = (
        engine_class(locations[0]).open(locations[0]) if len(locations) == 1 else _open_engines(locations, workspace)
    )
    return Archive(engine, LazyResolver(locations, workspace))


def _open_engines(locations: Sequence[IndexLocation], workspace: str | Path | None) -> Engine:
    """Open several indexes as one."""
    if workspace is not None:
        raise UnsupportedError(str(workspace), "each of several archives has its own workspace: name no workspace")
    on_cluster = [location for location in locations if isinstance(location, ClusterLocation)]
    if len(on_cluster) == len(locations):
        from searchidx.engines.opensearch.cluster_multi_index import ClusterMultiIndexEngine
        from searchidx.engines.opensearch.opensearch_engine import OpenSearchEngine

        names = name_cluster_indexes(on_cluster)
        return ClusterMultiIndexEngine(dict(zip(names, map(OpenSearchEngine.open, on_cluster), strict=True)))
    if on_cluster:
        raise UnsupportedError(
            str(on_cluster[0]),
            "a cluster and a folder score articles by different formulas, so they have no common ranking: search them "
            "one after the other",
        )
    from searchidx.engines.embedded.embedded_engine import EmbeddedEngine
    from searchidx.engines.embedded.multi_index import MultiIndexEngine

    folders = [location for location in locations if isinstance(location, Path)]
    names = name_folders(folders)
    return MultiIndexEngine(dict(zip(names, map(EmbeddedEngine.open, folders), strict=True)))


def create(index: str | IndexLocation = "index") -> Archive:
    """Create a new, empty archive.

    Args:
        index: the folder of the index, or its address on a cluster. A missing folder is made.

    Raises:
        IndexExistsError: if there is an index already.
    """
    location = parse_location(index)
    return Archive(engine_class(location).create(location), LazyResolver([location]))
