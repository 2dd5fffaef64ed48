"""A parsed query to what is counted over all of its hits: facets, timelines, words; and what is in an index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from whoosh import query as q

from searchidx.engines.contract import FacetCounts, Snapshot, TermStats
from searchidx.query import Parsed
from searchidx.schema import ALIASES
from searchidx.search.aggregations import (
    FACETS,
    Facet,
    FacetValue,
    Stats,
    Timeline,
    WordCount,
    Words,
    log_likelihood,
    timeline,
)
from searchidx.search.searcher import require_page, understood

__all__ = ["facet_of", "stats_of", "timeline_of", "words_of"]

COMMON = 1 / 4
"""A word that more than so many of all articles have is not listed as frequent: such words tell nothing."""


def facet_of(snapshot: Snapshot, parsed: Parsed, field: str) -> Facet:
    """All hits of a query by the values of a field; ValueError where nothing is counted by that."""
    name = ALIASES.get(field, field)
    if name not in FACETS:
        raise ValueError(f"hits are counted by {', '.join(FACETS)}, not by {field!r}")
    with understood(parsed) as query:
        return _facet(name, snapshot.facet(query, name))


def _facet(field: str, found: FacetCounts) -> Facet:
    values = [FacetValue(value, *counts) for value, counts in found.values.items()]
    values.sort(key=lambda each: (-each.count, each.value))
    return Facet(field, tuple(values), found.total, found.missing, found.corpus_missing)


def timeline_of(snapshot: Snapshot, queries: Sequence[Parsed], by: str, count_words: bool = False) -> Timeline:
    """What some queries find, period by period; ValueError where that makes too many periods."""
    found = []
    for parsed in queries:
        with understood(parsed) as query:
            found.append(snapshot.date_histogram(query, count_words))
    counted = "words" if count_words else "articles"
    return timeline([parsed.text for parsed in queries], found, snapshot.date_histogram(q.Every()), by, counted)


def words_of(snapshot: Snapshot, parsed: Parsed, limit: int) -> Words:
    """The words that tell the hits of a query from the rest, and the most frequent ones: so many of each."""
    require_page(limit)
    with understood(parsed) as query:
        found = snapshot.term_stats(query)
    rest_words = found.corpus_words - found.words
    scores = [
        log_likelihood(count, corpus - count, found.words, rest_words)
        for count, corpus in zip(found.counts, found.corpus_counts, strict=True)
    ]
    distinctive = sorted((at for at, score in enumerate(scores) if score > 0), key=lambda at: -scores[at])
    common = len(snapshot) * COMMON
    frequent = sorted(
        (at for at, articles in enumerate(found.corpus_articles) if articles <= common),
        key=lambda at: -found.counts[at],
    )
    return Words(
        found.total,
        found.words,
        found.corpus_words,
        tuple(_word(found, at, scores[at]) for at in distinctive[:limit]),
        tuple(_word(found, at, scores[at]) for at in frequent[:limit]),
    )


def _word(found: TermStats, at: int, score: float) -> WordCount:
    return WordCount(found.spelling(at), found.counts[at], found.articles[at], found.corpus_counts[at], score)


def stats_of(snapshot: Snapshot) -> Stats:
    """What is in an index."""
    every: Any = q.Every()
    days = dict(snapshot.date_histogram(every))
    undated = days.pop((0, 0), 0)
    years: dict[int, int] = {}
    for (start, _), articles in days.items():
        year = dt.date.fromordinal(start).year
        years[year] = years.get(year, 0) + articles
    about = snapshot.stats()
    return Stats(
        articles=len(snapshot),
        words=about.words,
        first=dt.date.fromordinal(min(start for start, _ in days)) if days else None,
        last=dt.date.fromordinal(max(stop for _, stop in days) - 1) if days else None,
        undated=undated,
        years=tuple((year, years.get(year, 0)) for year in range(min(years), max(years) + 1)) if years else (),
        sources=_facet("source", snapshot.facet(every, "source")),
        sections=_facet("section", snapshot.facet(every, "section")),
        languages=_facet("language", snapshot.facet(every, "language")),
        segments=about.segments,
        bytes=about.bytes,
        format=about.format,
        generation=about.generation,
        fingerprint=snapshot.fingerprint,
    )
