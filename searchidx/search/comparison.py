"""Compare the hits of two queries: counts, overlap, distinctive words and phrases, timelines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.engines.results import TermStats
from searchidx.query import Parsed
from searchidx.search.aggregations import Period, Table
from searchidx.search.aggregator import build_timeline
from searchidx.search.data_frame import Rows
from searchidx.search.log_likelihood import log_likelihood
from searchidx.search.ngrams import SIZES, Ngram, common_stems, per_million, top_ngrams
from searchidx.search.searcher import query_tree, require_page

SIDES = ("a", "b")
"""The names of the two queries."""


@dataclass(frozen=True, slots=True)
class ComparedPeriod(Period):
    """A period of the timelines of two queries.

    Attributes:
        occurrences: how often each query occurs in its hits of this period, as `kwic` finds it.
        corpus_words: how many words all articles of this period have.
    """

    occurrences: tuple[int, ...]
    corpus_words: int

    @property
    def per_million(self) -> tuple[float, ...]:
        """The occurrences of each query per million words of all articles of this period."""
        return tuple(per_million(count, self.corpus_words) for count in self.occurrences)


@dataclass(frozen=True, slots=True)
class Comparison(Table):
    """The hits of two queries, a and b, side by side. Pairs are in this order.

    Attributes:
        queries: the queries as typed.
        totals: how many articles each finds.
        both: how many articles both find.
        words: how many words the hits of each have.
        distinctive_words: of each, the words that are more frequent in its hits than in the other's, with inflections.
        distinctive_phrases: of each, the n-grams likewise.
        by: the length of a period, one of `UNITS`.
        periods: the periods from the first with a hit of either to the last, without gaps.
        imprecise: the hits of each whose date spans several periods.
        undated: the hits of each without a date.
    """

    queries: tuple[str, str]
    totals: tuple[int, int]
    both: int
    words: tuple[int, int]
    distinctive_words: tuple[tuple[Ngram, ...], tuple[Ngram, ...]]
    distinctive_phrases: tuple[tuple[Ngram, ...], tuple[Ngram, ...]]
    by: str
    periods: tuple[ComparedPeriod, ...]
    imprecise: tuple[int, ...]
    undated: tuple[int, ...]
    _columns = (
        "of", "text", "size", "count_a", "count_b", "articles_a", "articles_b", "per_million_a", "per_million_b",
        "score",
    )  # fmt: skip

    @property
    def either(self) -> int:
        """How many articles at least one of the queries finds."""
        return sum(self.totals) - self.both

    @property
    def overlap(self) -> float:
        """The Jaccard index: the share of the articles of either that both find, 0 to 1."""
        return self.both / self.either if self.either else 0.0

    def to_dicts(self) -> Rows:
        """Return a row for each distinctive word and phrase of a, then of b; `size` is 1 for words."""
        return [
            {"of": side, **self._ngram_row(each)}
            for at, side in enumerate(SIDES)
            for each in (*self.distinctive_words[at], *self.distinctive_phrases[at])
        ]

    def _ngram_row(self, ngram: Ngram) -> dict[str, Any]:
        rates = [per_million(count, words) for count, words in zip(ngram.counts, self.words, strict=True)]
        row = {"text": ngram.text, "size": ngram.size}
        row |= _by_side(count=ngram.counts, articles=ngram.articles, per_million=rates)
        return {**row, "score": ngram.score}

    def timeline_dicts(self) -> Rows:
        """Return a row for each period: counts, counts per 1,000 articles, occurrences, these per million words."""
        return [
            {
                "period": each.name,
                "start": each.start.isoformat(),
                "stop": None if each.stop is None else each.stop.isoformat(),
                "corpus": each.corpus,
                "corpus_words": each.corpus_words,
                **_by_side(
                    count=each.counts, share=each.shares, occurrences=each.occurrences, per_million=each.per_million
                ),
            }
            for each in self.periods
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "queries": [
                {
                    "name": name,
                    "query": query,
                    "total": total,
                    "words": words,
                    "imprecise": imprecise,
                    "undated": undated,
                }
                for name, query, total, words, imprecise, undated in zip(
                    SIDES, self.queries, self.totals, self.words, self.imprecise, self.undated, strict=True
                )
            ],
            "both": self.both,
            "either": self.either,
            "overlap": self.overlap,
            "distinctive": self.to_dicts(),
            "by": self.by,
            "periods": self.timeline_dicts(),
        }


def _by_side(**pairs: Sequence[float]) -> dict[str, float]:
    """Return the values of pairs with the name of their side: `count_a`, `count_b`."""
    return {
        f"{name}_{side}": value for name, values in pairs.items() for side, value in zip(SIDES, values, strict=True)
    }


def compare(snapshot: Snapshot, a: Parsed, b: Parsed, limit: int, by: str, common: bool = False) -> Comparison:
    """Compare the hits of two queries; raises as `Archive.compare` does."""
    require_page(limit)
    stats: list[TermStats] = []
    days: list[Mapping[tuple[int, int], int]] = []
    occurrences: list[Mapping[tuple[int, int], int]] = []
    for parsed in (a, b):
        with query_tree(parsed) as query:
            days.append(snapshot.date_histogram(query))
            occurrences.append(snapshot.date_histogram(query, occurrences=True))
            stats.append(snapshot.term_stats(query))
    queries = a.text, b.text
    timeline = build_timeline(queries, days, snapshot.date_histogram(q.Every()), by, "articles")
    words = stats[0].words, stats[1].words
    articles = len(snapshot)
    edges = frozenset() if common else common_stems(stats[0], articles) | common_stems(stats[1], articles)

    def score_for(side: int) -> Any:
        def score(counts: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.float64]:
            return log_likelihood(counts[side], counts[1 - side], words[side], words[1 - side])

        return score

    with query_tree(a) as first, query_tree(b) as second:
        both = snapshot.search(q.ConstantScoreQuery(q.And([first, second]), 0.0), limit=0).total
        of_a, of_b = top_ngrams(snapshot, [first, second], SIZES, edges, limit, [score_for(0), score_for(1)])
    return Comparison(
        queries=queries,
        totals=(stats[0].total, stats[1].total),
        both=both,
        words=words,
        distinctive_words=(_top_words(stats, 0, limit), _top_words(stats, 1, limit)),
        distinctive_phrases=(of_a, of_b),
        by=by,
        periods=_add_rates(snapshot, timeline.periods, occurrences, by),
        imprecise=timeline.imprecise,
        undated=timeline.undated,
    )


def _top_words(stats: Sequence[TermStats], side: int, limit: int) -> tuple[Ngram, ...]:
    """The words most typical of one side, counted with their inflections; ties in alphabetical order of stems."""
    own, other = stats[side], stats[1 - side]
    there = {stem: at for at, stem in enumerate(other.stems)}
    pairs = [there.get(stem, -1) for stem in own.stems]
    counts = np.array(own.counts, np.int64)
    others = np.array([*other.counts, 0], np.int64)[np.array(pairs, np.intp)]  # -1 is the 0 at the end
    scores = np.where(counts > 0, log_likelihood(counts, others, own.words, other.words), 0.0)
    found = []
    for at in np.argsort(-scores, kind="stable")[:limit].tolist():
        if scores[at] <= 0:
            break
        articles = own.articles[at], other.articles[pairs[at]] if pairs[at] >= 0 else 0
        both = (int(counts[at]), int(others[at]))
        order = (0, 1) if side == 0 else (1, 0)
        found.append(
            Ngram(
                own.spelling(at),
                1,
                tuple(both[each] for each in order),
                tuple(int(articles[each]) for each in order),
                float(scores[at]),
            )
        )
    return tuple(found)


def _add_rates(
    snapshot: Snapshot, periods: Sequence[Period], occurrences: Sequence[Mapping[tuple[int, int], int]], by: str
) -> tuple[ComparedPeriod, ...]:
    """Add the occurrences of each query and the words of all articles to periods."""
    if not periods:
        return ()
    first = periods[0].start.toordinal()
    last = (periods[-1].stop or dt.date.max).toordinal()
    words = {days: count for days, count in snapshot.word_histogram(q.Every()).items() if first <= days[0] < last}
    counted = build_timeline(("", "", ""), (*occurrences, words), {}, by, "words").periods
    counts = {each.name: each.counts for each in counted}
    return tuple(
        ComparedPeriod(each.name, each.start, each.stop, each.counts, each.corpus, found[:2], found[2])
        for each, found in ((each, counts.get(each.name, (0, 0, 0))) for each in periods)
    )
