"""Compare an engine with the reference engine: the same random articles and queries must give the same answers.

Document numbers differ where articles were deleted, so ids are compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.locations import IndexLocation
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.results import Sort
from searchidx.engines.testing.random_articles import Change, commit_batches, live_articles, random_commits
from searchidx.engines.testing.random_queries import RandomQueries, format_tree, smallest_failing
from searchidx.query.traversal import leaves
from searchidx.schema import FACET_FIELDS

PREFIXES = ("", "b", "ba", "bank", "banks", "rat", "ca", "cafe", "東", "w1", "zz", "a b", "\x00", "\ud800")
"""Prefixes to complete: common and rare ones, other scripts, and what no term can begin with."""

Ids = tuple[int, list[str]]
Ranking = tuple[int, list[tuple[str, float]]]


@dataclass(frozen=True)
class Comparison:
    """One random corpus in the reference engine, and in another engine in several layouts.

    Attributes:
        seed: the seed of the corpus; its queries derive their seeds from it.
        articles: the live articles, in document order.
        reference: the snapshot of the reference engine.
        snapshots: the other engine's snapshots by layout: "history" (many commits with replacements and deletions),
            "segments" (as many commits of the live articles), "single" (one commit of them).
    """

    seed: int
    articles: list[Article]
    reference: Snapshot
    snapshots: Mapping[str, Snapshot]

    @classmethod
    def build(
        cls,
        engine_class: type[Engine],
        folder: Path,
        *,
        seed: int,
        count: int,
        commits: int,
        layouts: Sequence[str] = ("history",),
        location: Callable[[Path], IndexLocation] = lambda folder: folder,
    ) -> Comparison:
        """Index `count` random changes in `commits` commits."""
        batches = random_commits(random.Random(seed), count, commits)
        articles = live_articles(batches)
        step = len(articles) // commits + 1
        changes: dict[str, Sequence[Sequence[Change]]] = {
            "history": batches,
            "segments": [articles[n : n + step] for n in range(0, len(articles), step)],
            "single": [articles],
        }

        def index(engine: Engine, layout: str) -> Snapshot:
            commit_batches(engine, changes[layout])
            return engine.snapshot()

        reference = index(ReferenceEngine.create(folder / f"reference-{seed}"), "history")
        snapshots = {
            layout: index(engine_class.create(location(folder / f"{layout}-{seed}")), layout) for layout in layouts
        }
        return cls(seed, articles, reference, snapshots)

    def queries(self, count: int, depth: int = 5) -> Iterator[tuple[int, q.Query]]:
        """Random queries, at most `depth` deep, each with the seed that reproduces it."""
        made = RandomQueries(self.articles)
        for n in range(count):
            seed = self.seed * 100_000 + n
            yield seed, made.with_seed(seed).tree(n % (depth + 1))

    def counted_queries(self, count: int) -> Iterator[q.Query]:
        """The query for all articles, then random queries."""
        yield q.Every()
        for _, tree in self.queries(count, depth=3):
            yield tree

    def check(self, differences: Callable[[q.Query, int], list[str]], count: int, depth: int = 5) -> int:
        """Raise AssertionError with the smallest subquery that differs; return the number of queries with hits.

        `differences` describes how answers to a query differ; its second argument is the number of the query.
        """
        with_hits = 0
        for turn, (seed, tree) in enumerate(self.queries(count, depth)):
            about = f"corpus {self.seed}, query {seed}"
            try:
                problems = differences(tree, turn)
            except Exception as error:
                error.add_note(f"{about}: {format_tree(tree)}")
                raise
            if problems:

                def fails(part: q.Query, turn: int = turn) -> bool:
                    return bool(differences(part, turn))

                least = smallest_failing(tree, fails)
                raise AssertionError(
                    f"{about}: {problems}\n{format_tree(tree)}\n"
                    f"the smallest part that differs: {format_tree(least)}: {differences(least, turn)}"
                )
            with_hits += self.reference.search(tree, limit=0, sort=Sort.OLDEST).total > 0
        return with_hits


def search_ids(snapshot: Snapshot, tree: q.Query, **page: Any) -> Ids:
    """The total, and the ids of a page of hits; by default of all hits."""
    found = snapshot.search(tree, **{"limit": None, **page})
    return found.total, [snapshot.id(doc) for doc in found.docs]


def search_scores(
    snapshot: Snapshot, tree: q.Query, limit: int | None = None, offset: int = 0, sort: Sort = Sort.RELEVANCE
) -> Ranking:
    """The total, and the (id, score) of a page of hits; by default of all hits."""
    found = snapshot.search(tree, limit=limit, offset=offset, sort=sort)
    assert len(found.docs) == len(found.scores)
    return found.total, [(snapshot.id(doc), score) for doc, score in zip(found.docs, found.scores, strict=True)]


def id_differences(reference: Snapshot, snapshot: Snapshot, tree: q.Query, turn: int) -> list[str]:
    """How the hits of a query differ, their order by date or headline included; scores are not compared."""
    unscored = q.ConstantScoreQuery(tree, 0.0)
    expected, found = search_ids(reference, unscored), search_ids(snapshot, unscored)
    if found != expected:
        missing, extra = set(expected[1]) - set(found[1]), set(found[1]) - set(expected[1])
        return [f"{found[0]} hits instead of {expected[0]}: missing {missing}, extra {extra}"]
    problems = []
    ranked = search_ids(snapshot, tree)
    if (ranked[0], sorted(ranked[1])) != (expected[0], sorted(expected[1])):
        problems.append("other hits by relevance")
    for limit, offset in ((10, 0), (5, 3), (0, 0)):
        if search_ids(snapshot, tree, limit=limit, offset=offset) != (ranked[0], ranked[1][offset : offset + limit]):
            problems.append(f"limit {limit}, offset {offset}: not a slice of all hits")
    sort = (Sort.NEWEST, Sort.OLDEST, Sort.HEADLINE)[turn % 3]
    if search_ids(snapshot, tree, sort=sort) != search_ids(reference, tree, sort=sort):
        problems.append(f"{sort.value}: another order")
    return problems


def term_rows(snapshot: Snapshot, tree: q.Query) -> tuple[int, int, int, set[tuple[Any, ...]]]:
    """Term statistics that do not depend on the engine's order of terms: total, words, and a row a term."""
    found = snapshot.term_stats(tree)
    columns = zip(found.counts, found.articles, found.corpus_counts, found.corpus_articles, strict=True)
    rows = {(found.stems[at], found.spelling(at), *row) for at, row in enumerate(columns) if row[0]}
    return found.total, found.words, found.corpus_words, rows


def span_ids(snapshot: Snapshot, tree: q.Query) -> list[tuple[str, list[tuple[str, int, int]]]]:
    """The spans of each hit, by id."""
    return [(snapshot.id(doc), list(spans)) for doc, spans in snapshot.spans(tree)]


def has_gaps(tree: q.Query) -> bool:
    """Whether a phrase allows words between its words; engines may report other spans for it."""
    return any(getattr(leaf, "slop", 1) != 1 for leaf in leaves(tree))


def assert_same_counts(reference: Snapshot, snapshots: Collection[Snapshot], tree: q.Query) -> None:
    """Assert equal facets, histograms and term statistics for a query."""
    about = format_tree(tree)
    for field in FACET_FIELDS:
        facet = reference.facet(tree, field)
        assert [snapshot.facet(tree, field) for snapshot in snapshots] == [facet] * len(snapshots), (field, about)
    for occurrences in (False,) if has_gaps(tree) else (False, True):
        days = reference.date_histogram(tree, occurrences)
        found = [snapshot.date_histogram(tree, occurrences) for snapshot in snapshots]
        assert found == [days] * len(snapshots), (occurrences, about)
    words = reference.word_histogram(tree)
    assert [snapshot.word_histogram(tree) for snapshot in snapshots] == [words] * len(snapshots), about
    rows = term_rows(reference, tree)
    assert [term_rows(snapshot, tree) for snapshot in snapshots] == [rows] * len(snapshots), about


def ngram_rows(snapshot: Snapshot, trees: Sequence[q.Query], edge_stems: Collection[str]) -> list[tuple[Any, ...]]:
    """The n-grams of the hits of some queries: folded words, printed form, counts and articles of each query."""
    rows: list[tuple[Any, ...]] = []
    for counted in snapshot.ngrams(trees, (2, 3, 4), edge_stems):
        here = []
        for at, counts in enumerate(zip(*counted.counts, strict=True)):
            form = counted.form(at)
            assert len(form.words) == counted.size
            here.append((form.words, form.printed, [int(count) for count in counts], list(form.articles)))
        assert here == sorted(here)
        rows += here
    return sorted(rows)


def assert_same_ngrams(reference: Snapshot, snapshots: Collection[Snapshot], trees: Sequence[q.Query]) -> int:
    """Assert equal n-grams of the hits of some queries, with and without words at their edges; return their number."""
    stats = reference.term_stats(trees[0])
    edges = [stem for stem, count in zip(stats.stems, stats.counts, strict=True) if count > 3]
    expected = [ngram_rows(reference, trees, stems) for stems in ((), edges)]
    for snapshot in snapshots:
        assert [ngram_rows(snapshot, trees, stems) for stems in ((), edges)] == expected, list(map(format_tree, trees))
    return len(expected[0])


def assert_same_spans(reference: Snapshot, snapshots: Collection[Snapshot], tree: q.Query) -> int:
    """Assert equal spans for a query without gaps; return the number of hits with spans."""
    expected = span_ids(reference, tree)
    assert [span_ids(snapshot, tree) for snapshot in snapshots] == [expected] * len(snapshots), format_tree(tree)
    return len(expected)


def assert_same_completions(reference: Snapshot, snapshots: Collection[Snapshot]) -> int:
    """Assert equal completions of `PREFIXES`; return their number."""
    count = 0
    for prefix in PREFIXES:
        for limit in (0, 1, 5, 1000):
            expected = reference.completions(prefix, limit)
            count += len(expected)
            found = [snapshot.completions(prefix, limit) for snapshot in snapshots]
            assert found == [expected] * len(snapshots), (prefix, limit)
    return count


def duplicate_ids(snapshot: Snapshot, threshold: float) -> list[list[str]]:
    """The groups of near-duplicates among all articles, by id."""
    docs = sorted(snapshot.search(q.Every(), limit=None).docs)
    return [[snapshot.id(doc) for doc in group] for group in snapshot.near_duplicates(docs, threshold)]
