"""The n-grams of hits: the most frequent ones, and the choice of the best by any score."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.engines.results import NgramForm, TermStats
from searchidx.errors import ArgumentError
from searchidx.query import Parsed
from searchidx.search.aggregations import MAX_COMMON_SHARE, Table
from searchidx.search.data_frame import Rows
from searchidx.search.searcher import query_tree, require_page

SIZES = (2, 3, 4)
"""The sizes of n-grams that are counted, in words."""

Scorer = Callable[[Sequence[npt.NDArray[np.int64]]], npt.NDArray[np.float64]]
"""The scores of n-grams from the counts of each query; those above 0 are listed."""


@dataclass(frozen=True, slots=True)
class Ngram:
    """An n-gram, or a word with its inflections, counted in the hits of one or more queries.

    Attributes:
        text: its most frequent surface form.
        size: how many words it has.
        counts: how often it occurs in the hits of each query.
        articles: how many hits of each query have it.
        score: what it is ranked by.
    """

    text: str
    size: int
    counts: tuple[int, ...]
    articles: tuple[int, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Ngrams(Table):
    """The most frequent n-grams of the hits of a query.

    Attributes:
        query: the query as typed.
        total: how many articles match.
        words: how many words they have.
        ngrams: the n-grams, most frequent first, then in alphabetical order.
    """

    query: str
    total: int
    words: int
    ngrams: tuple[Ngram, ...]
    _columns = ("text", "size", "count", "articles", "per_million")

    def to_dicts(self) -> Rows:
        """Return a row for each n-gram: text, size, count, articles, occurrences per million words of the hits."""
        return [
            {
                "text": each.text,
                "size": each.size,
                "count": each.counts[0],
                "articles": each.articles[0],
                "per_million": per_million(each.counts[0], self.words),
            }
            for each in self.ngrams
        ]


def per_million(count: int, words: int) -> float:
    """Return a count per million words; 0 without words."""
    return 1_000_000 * count / words if words else 0.0


def compute_ngrams(
    snapshot: Snapshot, parsed: Parsed, limit: int, sizes: Collection[int] = SIZES, common: bool = False
) -> Ngrams:
    """Find the `limit` most frequent n-grams of the hits of a query.

    Raises:
        ValueError: for a negative limit or a size that is none of `SIZES`.
        UnsupportedError: if the engine cannot count n-grams of so many words.
    """
    require_page(limit)
    require_sizes(sizes)
    with query_tree(parsed) as query:
        stats = snapshot.term_stats(query)
        edges = frozenset() if common else common_stems(stats, len(snapshot))
        [found] = top_ngrams(snapshot, [query], sizes, edges, limit, [lambda counts: counts[0].astype(np.float64)])
    return Ngrams(parsed.text, stats.total, stats.words, found)


def require_sizes(sizes: Collection[int]) -> None:
    """Raise ValueError for a size of n-grams that is not counted."""
    if wrong := set(sizes) - set(SIZES):
        raise ArgumentError(f"n-grams have {', '.join(map(str, SIZES))} words, not {min(wrong)}")


def common_stems(stats: TermStats, articles: int) -> frozenset[str]:
    """The stems of words that more than a quarter of all articles have."""
    pairs = zip(stats.stems, stats.corpus_articles, strict=True)
    return frozenset(stem for stem, count in pairs if count > articles * MAX_COMMON_SHARE)


def top_ngrams(
    snapshot: Snapshot,
    queries: Sequence[q.Query],
    sizes: Collection[int],
    edge_stems: Collection[str],
    limit: int,
    scorers: Sequence[Scorer],
) -> list[tuple[Ngram, ...]]:
    """Find the `limit` n-grams with the highest scores, once for each scorer, in one count.

    Ties are in alphabetical order of the folded words.
    """
    # By scorer and size, so that the n-grams of each list arrive in alphabetical order and the first of a tie stays.
    best: dict[tuple[int, int], list[tuple[float, NgramForm, tuple[int, ...]]]] = {
        (number, size): [] for number in range(len(scorers)) for size in sizes
    }
    for counted in snapshot.ngrams(queries, sizes, edge_stems):
        counts = [np.asarray(each, np.int64) for each in counted.counts]
        if not counts or not len(counts[0]):
            continue
        for number, scorer in enumerate(scorers):
            found = best[number, counted.size]
            scores = scorer(counts)
            lowest = found[-1][0] if len(found) >= limit and found else 0.0
            above = (scores > lowest).nonzero()[0]
            for at in above[np.argsort(-scores[above], kind="stable")][:limit].tolist():
                row = tuple(int(each[at]) for each in counts)
                found.append((float(scores[at]), counted.form(at), row))
            found.sort(key=lambda item: -item[0])
            del found[limit:]
    lists: list[tuple[Ngram, ...]] = []
    for number in range(len(scorers)):
        of_all_sizes = [item for size in sizes for item in best[number, size]]
        of_all_sizes.sort(key=lambda item: (-item[0], item[1].words))
        lists.append(
            tuple(
                Ngram(form.printed, len(form.words), row, tuple(form.articles), score)
                for score, form, row in of_all_sizes[:limit]
            )
        )
    return lists
