"""Values counted over all hits: facets, timelines, words, index statistics.

Counts are exact. Each value has `to_dicts()`, rows of plain values, and `to_pandas()`, the same rows as a data frame.
`searchidx.search.aggregator` computes them, `searchidx.render` prints them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from searchidx.schema import FACET_FIELDS
from searchidx.search.data_frame import Rows, to_frame

FACETS = (*FACET_FIELDS, "label")
"""The fields by which hits can be counted."""
UNITS = ("day", "week", "month", "year")
"""The lengths of a period. Weeks are those of ISO 8601: they begin on Monday."""

MAX_COMMON_SHARE = 1 / 4
"""Words that a larger part of all articles has are not listed as frequent: they distinguish nothing."""


class Table:
    """A value made of rows that have the same columns."""

    __slots__ = ()
    _columns: ClassVar[Sequence[str]]

    def to_dicts(self) -> Rows:
        """Return rows of plain values."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Return the rows as a `pandas.DataFrame`.

        Raises:
            MissingExtraError: if pandas is not installed.
        """
        return to_frame(self.to_dicts(), self._columns)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet.

    Attributes:
        value: the value.
        count: how many hits have it.
        corpus: how many articles of the corpus have it.
    """

    value: str
    count: int
    corpus: int

    @property
    def share(self) -> float:
        """The part of the corpus's articles with this value that are hits, 0 to 1."""
        return self.count / self.corpus if self.corpus else 0.0


@dataclass(frozen=True, slots=True)
class Facet(Table):
    """All hits of a query, counted by the values of one field.

    Attributes:
        field: one of `FACETS`.
        values: the values that any hit has, most frequent first, then in alphabetical order.
        total: how many articles match. An article with several authors or keywords counts once for each.
        missing: how many hits have no value.
        corpus_missing: how many articles of the corpus have no value.
    """

    field: str
    values: tuple[FacetValue, ...]
    total: int
    missing: int
    corpus_missing: int
    _columns = ("value", "count", "corpus", "share")

    def to_dicts(self) -> Rows:
        """Return a row for each value: value, count, corpus, share.

        If hits without a value exist, a last row counts them; its value is None.
        """
        rows: Rows = [
            {"value": each.value, "count": each.count, "corpus": each.corpus, "share": each.share}
            for each in self.values
        ]
        if self.missing:
            share = self.missing / self.corpus_missing
            rows.append({"value": None, "count": self.missing, "corpus": self.corpus_missing, "share": share})
        return rows


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year of a timeline.

    Attributes:
        name: `2023-02-01`, `2023-W05`, `2023-02` or `2023`.
        start: its first day.
        stop: the day after its last day; None for the last period of the calendar.
        counts: the count of each query.
        corpus: how many articles of the corpus are of this period.
    """

    name: str
    start: dt.date
    stop: dt.date | None
    counts: tuple[int, ...]
    corpus: int

    @property
    def shares(self) -> tuple[float, ...]:
        """The count of each query per thousand articles of this period; 0 if the period has no articles."""
        return tuple(1000 * count / self.corpus if self.corpus else 0.0 for count in self.counts)


@dataclass(frozen=True, slots=True)
class Timeline(Table):
    """The counts of some queries, period by period.

    The periods run without gaps from the first with a hit of any query to the last. For each query, its counts,
    `undated` and `imprecise` add up to its total.

    Attributes:
        by: one of `UNITS`.
        counted: "articles", or "words" if occurrences are counted.
        queries: the queries as typed.
        periods: the periods, ascending.
        totals: the total of each query.
        undated: for each query, the count without a date.
        imprecise: for each query, the count whose date spans several periods.
        corpus: how many articles the corpus has.
        corpus_undated: how many of them have no date.
        corpus_imprecise: how many of them have a date that spans several periods.
    """

    by: str
    counted: str
    queries: tuple[str, ...]
    periods: tuple[Period, ...]
    totals: tuple[int, ...]
    undated: tuple[int, ...]
    imprecise: tuple[int, ...]
    corpus: int
    corpus_undated: int
    corpus_imprecise: int

    def to_dicts(self) -> Rows:
        """Return a row for each period: period, start, stop, corpus, counts, shares; then "imprecise" and "undated"."""
        rows = [
            _period_row(each.name, each.start, each.stop, each.corpus, each.counts, each.shares)
            for each in self.periods
        ]
        for name, counts, corpus in (
            ("imprecise", self.imprecise, self.corpus_imprecise),
            ("undated", self.undated, self.corpus_undated),
        ):
            shares = tuple(1000 * count / corpus if corpus else 0.0 for count in counts)
            rows.append(_period_row(name, None, None, corpus, counts, shares))
        return rows

    def to_pandas(self) -> Any:
        """Return the rows as a `pandas.DataFrame` with a column for each query; column names may repeat.

        Raises:
            MissingExtraError: if pandas is not installed.
        """
        rows = self.to_dicts()
        frame = to_frame(rows, ("period", "start", "stop", "corpus"))
        for number, query in enumerate(self.queries):
            counts = [row["counts"][number] for row in rows]
            frame.insert(len(frame.columns), query, counts, allow_duplicates=True)
        return frame


def _period_row(
    name: str,
    start: dt.date | None,
    stop: dt.date | None,
    corpus: int,
    counts: Sequence[int],
    shares: Sequence[float],
) -> dict[str, Any]:
    return {
        "period": name,
        "start": None if start is None else start.isoformat(),
        "stop": None if stop is None else stop.isoformat(),
        "corpus": corpus,
        "counts": list(counts),
        "shares": list(shares),
    }


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word with its inflections, counted in the hits of a query.

    Attributes:
        word: its most frequent surface form in the hits.
        count: how often it occurs in the hits.
        articles: how many hits have it.
        corpus: how often it occurs in the corpus.
        score: the log-likelihood of its frequency in the hits against the rest (`log_likelihood`).
    """

    word: str
    count: int
    articles: int
    corpus: int
    score: float


@dataclass(frozen=True, slots=True)
class Words(Table):
    """The words of the hits of a query.

    Attributes:
        total: how many articles match.
        words: how many words they have.
        corpus_words: how many words the corpus has.
        distinctive: the words most typical of the hits, highest score first.
        frequent: the most frequent words, without those that more than a quarter of all articles have.
    """

    total: int
    words: int
    corpus_words: int
    distinctive: tuple[WordCount, ...]
    frequent: tuple[WordCount, ...]
    _columns = ("list", "word", "count", "articles", "corpus", "score")

    def to_dicts(self) -> Rows:
        """Return a row for each distinctive, then each frequent word: list, word, count, articles, corpus, score."""
        return [
            {
                "list": name,
                "word": each.word,
                "count": each.count,
                "articles": each.articles,
                "corpus": each.corpus,
                "score": each.score,
            }
            for name in ("distinctive", "frequent")
            for each in getattr(self, name)
        ]


@dataclass(frozen=True, slots=True)
class Stats:
    """The contents of an index.

    Attributes:
        articles: how many articles it has.
        words: how many words they have.
        first: the first day of any article; None if no article has a date.
        last: the last day of any article; None if no article has a date.
        undated: how many articles have no date.
        years: (year, articles) from the first year to the last, without gaps.
        sources: all articles by source.
        sections: all articles by section.
        languages: all articles by language.
        language_origins: for each way in which a language is known ("stated", "detected", "default") the number of
            articles by language.
        segments: how many segments the index has.
        bytes: its size on disk.
        format: the version of its format.
        generation: the number of its last commit.
        fingerprint: identifies the content of the snapshot.
        former: how many former texts of articles it keeps.
    """

    articles: int
    words: int
    first: dt.date | None
    last: dt.date | None
    undated: int
    years: tuple[tuple[int, int], ...]
    sources: Facet
    sections: Facet
    languages: Facet
    language_origins: Mapping[str, Mapping[str, int]]
    segments: int
    bytes: int
    format: int
    generation: int
    fingerprint: str
    former: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as plain values."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        values["first"] = None if self.first is None else self.first.isoformat()
        values["last"] = None if self.last is None else self.last.isoformat()
        values["years"] = [{"year": year, "articles": articles} for year, articles in self.years]
        for name in ("sources", "sections", "languages"):
            facet: Facet = getattr(self, name)
            values[name] = [{"value": row["value"], "articles": row["count"]} for row in facet.to_dicts()]
        origins = values.pop("language_origins")
        for row in values["languages"]:
            row |= {origin: counts.get(row["value"], 0) for origin, counts in origins.items()}
        return values
