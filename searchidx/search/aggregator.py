"""Count over all hits of a parsed query: facets, timelines, distinctive words; and index statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from whoosh import query as q

from searchidx.article import LANGUAGE_ORIGINS
from searchidx.engines.contract import Snapshot
from searchidx.engines.results import FacetCounts, TermStats
from searchidx.errors import ArgumentError
from searchidx.query import Parsed
from searchidx.schema import ALIASES
from searchidx.search.aggregations import (
    FACETS,
    MAX_COMMON_SHARE,
    UNITS,
    Facet,
    FacetValue,
    Period,
    Stats,
    Timeline,
    WordCount,
    Words,
)
from searchidx.search.log_likelihood import log_likelihood
from searchidx.search.searcher import query_tree, require_page

MAX_PERIODS = 100_000
"""The most periods of a timeline."""

Histogram = Mapping[tuple[int, int], int]
"""Counts by date: (first day, day after the last), as ordinals; (0, 0) has the undated."""


LabelCounter = Callable[[Any, Snapshot], FacetCounts]
"""Counts the hits of a query tree by label."""


def compute_facet(snapshot: Snapshot, parsed: Parsed, field: str, count_labels: LabelCounter | None = None) -> Facet:
    """Count all hits of a query by the values of a field; labels by `count_labels`, none without it.

    Raises:
        ValueError: if the field is none of `FACETS`.
    """
    name = ALIASES.get(field, field)
    if name not in FACETS:
        raise ArgumentError(f"cannot count hits by {field!r}: use one of {', '.join(FACETS)}")
    with query_tree(parsed) as query:
        if name != "label":
            return _sort_facet(name, snapshot.facet(query, name))
        if count_labels is not None:
            return _sort_facet(name, count_labels(query, snapshot))
        total = snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=0).total
        return Facet(name, (), total, total, len(snapshot))


def _sort_facet(field: str, counts: FacetCounts) -> Facet:
    values = [FacetValue(value, *pair) for value, pair in counts.values.items()]
    values.sort(key=lambda each: (-each.count, each.value))
    return Facet(field, tuple(values), counts.total, counts.missing, counts.corpus_missing)


def compute_timeline(snapshot: Snapshot, queries: Sequence[Parsed], by: str, count_words: bool = False) -> Timeline:
    """Count the hits of each query by period, or their occurrences with `count_words`.

    Raises:
        ValueError: if `by` is none of `UNITS`, or for more than `MAX_PERIODS` periods.
    """
    histograms = []
    for parsed in queries:
        with query_tree(parsed) as query:
            histograms.append(snapshot.date_histogram(query, count_words))
    counted = "words" if count_words else "articles"
    texts = [parsed.text for parsed in queries]
    return build_timeline(texts, histograms, snapshot.date_histogram(q.Every()), by, counted)


def build_timeline(
    queries: Sequence[str], histograms: Sequence[Histogram], corpus: Histogram, by: str, counted: str
) -> Timeline:
    """Group the histogram of each query, and that of the corpus, into periods; raises as `compute_timeline`."""
    if by not in UNITS:
        raise ArgumentError(f"cannot make a timeline by {by!r}: use one of {', '.join(UNITS)}")
    *grouped, (corpus_counts, corpus_undated, corpus_imprecise) = [
        _group_by_period(each, by) for each in (*histograms, corpus)
    ]
    numbers = [number for counts, _, _ in grouped for number in counts]
    periods: list[Period] = []
    if numbers:
        first, last = min(numbers), max(numbers)
        if last - first >= MAX_PERIODS:
            raise ArgumentError(
                f"a timeline by {by} would have {last - first + 1:,} periods, "
                f"more than {MAX_PERIODS:,}: use longer periods"
            )
        for number in range(first, last + 1):
            name, start, stop = _describe_period(number, by)
            counts = tuple(each.get(number, 0) for each, _, _ in grouped)
            periods.append(Period(name, start, stop, counts, corpus_counts.get(number, 0)))
    return Timeline(
        by=by,
        counted=counted,
        queries=tuple(queries),
        periods=tuple(periods),
        totals=tuple(sum(each.values()) for each in histograms),
        undated=tuple(undated for _, undated, _ in grouped),
        imprecise=tuple(imprecise for _, _, imprecise in grouped),
        corpus=sum(corpus.values()),
        corpus_undated=corpus_undated,
        corpus_imprecise=corpus_imprecise,
    )


def _group_by_period(histogram: Histogram, by: str) -> tuple[dict[int, int], int, int]:
    """Return counts by period number, the undated count, and the count of dates that span several periods."""
    counts: dict[int, int] = {}
    undated = imprecise = 0
    for (start, stop), count in histogram.items():
        if not start:
            undated += count
        elif (number := _period_number(start, by)) == _period_number(stop - 1, by):
            counts[number] = counts.get(number, 0) + count
        else:
            imprecise += count
    return counts, undated, imprecise


def _period_number(day: int, by: str) -> int:
    """Number the period of a day (an ordinal); consecutive periods have consecutive numbers."""
    if by == "day":
        return day
    if by == "week":
        return (day - 1) // 7  # 0001-01-01 is a Monday
    date = dt.date.fromordinal(day)
    return date.year if by == "year" else date.year * 12 + date.month - 1


def _describe_period(number: int, by: str) -> tuple[str, dt.date, dt.date | None]:
    """Return the name of a period, its first day, and the day after its last."""
    start = _first_day(number, by)
    assert start is not None
    stop = _first_day(number + 1, by)
    if by == "week":
        year, week, _ = start.isocalendar()
        return f"{year:04d}-W{week:02d}", start, stop
    return start.isoformat()[: {"day": 10, "month": 7, "year": 4}[by]], start, stop


def _first_day(number: int, by: str) -> dt.date | None:
    """Return the first day of a period; None after the end of the calendar."""
    try:
        if by == "day":
            return dt.date.fromordinal(number)
        if by == "week":
            return dt.date.fromordinal(number * 7 + 1)
        return dt.date(number, 1, 1) if by == "year" else dt.date(number // 12, number % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def compute_words(snapshot: Snapshot, parsed: Parsed, limit: int) -> Words:
    """Find the `limit` most distinctive and the `limit` most frequent words of the hits of a query."""
    require_page(limit)
    with query_tree(parsed) as query:
        terms = snapshot.term_stats(query)
    rest = np.subtract(terms.corpus_counts, terms.counts)
    scores = log_likelihood(terms.counts, rest, terms.words, terms.corpus_words - terms.words).tolist()
    distinctive = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: -scores[at])
    max_articles = len(snapshot) * MAX_COMMON_SHARE
    frequent = sorted(
        (at for at, articles in enumerate(terms.corpus_articles) if articles <= max_articles),
        key=lambda at: -terms.counts[at],
    )
    return Words(
        terms.total,
        terms.words,
        terms.corpus_words,
        tuple(_count_word(terms, at, scores[at]) for at in distinctive[:limit]),
        tuple(_count_word(terms, at, scores[at]) for at in frequent[:limit]),
    )


def _count_word(terms: TermStats, at: int, score: float) -> WordCount:
    return WordCount(terms.spelling(at), terms.counts[at], terms.articles[at], terms.corpus_counts[at], score)


def count_years(days: Mapping[tuple[int, int], int]) -> dict[int, int]:
    """Count the articles of a date histogram, without the undated, by year: a date is of the year of its first day."""
    years: dict[int, int] = {}
    for (start, _), count in sorted(days.items()):
        year = dt.date.fromordinal(start).year
        years[year] = years.get(year, 0) + count
    return years


def first_and_last_day(days: Mapping[tuple[int, int], int]) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day of the dates of a histogram without the undated; None without any."""
    if not days:
        return None, None
    first, last = min(start for start, _ in days), max(stop for _, stop in days) - 1
    return dt.date.fromordinal(first), dt.date.fromordinal(last)


def compute_stats(snapshot: Snapshot) -> Stats:
    """Describe the contents of an index."""
    every: Any = q.Every()
    days = dict(snapshot.date_histogram(every))
    undated = days.pop((0, 0), 0)
    years = count_years(days)
    first, last = first_and_last_day(days)
    index = snapshot.stats()
    return Stats(
        articles=len(snapshot),
        words=index.words,
        first=first,
        last=last,
        undated=undated,
        years=tuple((year, years.get(year, 0)) for year in range(min(years), max(years) + 1)) if years else (),
        sources=_sort_facet("source", snapshot.facet(every, "source")),
        sections=_sort_facet("section", snapshot.facet(every, "section")),
        languages=_sort_facet("language", snapshot.facet(every, "language")),
        language_origins={origin: _count_languages(snapshot, origin) for origin in LANGUAGE_ORIGINS},
        segments=index.segments,
        bytes=index.bytes,
        format=index.format,
        generation=index.generation,
        fingerprint=snapshot.fingerprint,
        former=index.former,
    )


def _count_languages(snapshot: Snapshot, origin: str) -> dict[str, int]:
    """Count the articles by language whose language is known in one way."""
    facet = snapshot.facet(q.Term("languageorigin", origin), "language")
    return {language: hits for language, (hits, _) in facet.values.items() if hits}
