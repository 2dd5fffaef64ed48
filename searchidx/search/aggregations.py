"""What an archive counts: facets, timelines, words, statistics.

Plain values, exact over all hits; how they look is the business of `searchidx.render`. Each has `to_dicts()`, rows of
plain values, and `to_pandas()`, the same as a data frame where pandas is installed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from searchidx.errors import MissingExtraError
from searchidx.schema import FACET_FIELDS

__all__ = [
    "FACETS",
    "UNITS",
    "Facet",
    "FacetValue",
    "Period",
    "Stats",
    "Timeline",
    "WordCount",
    "Words",
    "frame",
    "log_likelihood",
    "timeline",
]

FACETS = FACET_FIELDS
"""The fields that articles can be counted by."""
UNITS = ("day", "week", "month", "year")
"""The periods of a timeline; weeks begin on Monday and are named as ISO 8601 does."""
MAX_PERIODS = 100_000
"""A timeline has so many periods at most."""

Rows = list[dict[str, Any]]


def frame(rows: Rows, names: Sequence[str]) -> Any:
    """Rows as a `pandas.DataFrame`, its columns there where no row is; `MissingExtraError` without pandas."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtraError("pandas", "a data frame") from None
    return pd.DataFrame(rows, columns=names)


class _Rows:
    """What is made of rows, each of the same names."""

    __slots__ = ()
    _names: ClassVar[Sequence[str]]

    def to_dicts(self) -> Rows:
        """Rows of plain values."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`."""
        return frame(self.to_dicts(), self._names)


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: how many hits have it, and how many articles of the corpus."""

    value: str
    count: int
    corpus: int

    @property
    def share(self) -> float:
        """The part of the corpus's articles with this value that are hits, 0 to 1."""
        return self.count / self.corpus if self.corpus else 0.0


@dataclass(frozen=True, slots=True)
class Facet(_Rows):
    """All hits of a query by the values of one field.

    Attributes:
        field: one of `FACETS`.
        values: those that any hit has, most frequent first, then in the order of their letters.
        total: how many articles match. An article with several bylines or keywords counts with each.
        missing: how many of them have no value; `corpus_missing` of all articles.
    """

    field: str
    values: tuple[FacetValue, ...]
    total: int
    missing: int
    corpus_missing: int
    _names = ("value", "count", "corpus", "share")

    def to_dicts(self) -> Rows:
        """A row for each value: value, count, corpus, share; the value of the last, for hits without any, is None."""
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
        name: `2023-02-01`, `2023-W05`, `2023-02`, `2023`.
        start, stop: its first day, and the day after its last (None after the last day there is).
        counts: of each query.
        corpus: how many articles there are of this period, whether they match or not.
    """

    name: str
    start: dt.date
    stop: dt.date | None
    counts: tuple[int, ...]
    corpus: int

    @property
    def shares(self) -> tuple[float, ...]:
        """Of each query the count per thousand articles of this period; 0 where there are none."""
        return tuple(1000 * count / self.corpus if self.corpus else 0.0 for count in self.counts)


@dataclass(frozen=True, slots=True)
class Timeline(_Rows):
    """What some queries find, period by period.

    The periods go from the first in which any query finds anything to the last, those without hits included. All
    counts of a query together, `undated` and `imprecise` too, are its total.

    Attributes:
        by: one of `UNITS`.
        counted: "articles", or "words" where occurrences are counted.
        queries: as they were typed.
        totals: of each query.
        undated: of each query, what has no date.
        imprecise: of each query, what is dated to a month or year that is no single period.
        corpus: how many articles there are; `corpus_undated` and `corpus_imprecise` are those of them.
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
        """A row for each period: period, start, stop, corpus, counts, shares; then "imprecise" and "undated"."""
        rows = [_row(each.name, each.start, each.stop, each.corpus, each.counts, each.shares) for each in self.periods]
        for name, counts, corpus in (
            ("imprecise", self.imprecise, self.corpus_imprecise),
            ("undated", self.undated, self.corpus_undated),
        ):
            shares = tuple(1000 * count / corpus if corpus else 0.0 for count in counts)
            rows.append(_row(name, None, None, corpus, counts, shares))
        return rows

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`, a column for each query, which may have the name of another."""
        rows = self.to_dicts()
        found = frame(rows, ("period", "start", "stop", "corpus"))
        for number, query in enumerate(self.queries):
            counts = [row["counts"][number] for row in rows]
            found.insert(len(found.columns), query, counts, allow_duplicates=True)
        return found


def _row(
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


Days = Mapping[tuple[int, int], int]
"""How many there are of each interval of days, as ordinals from a first up to a last; (0, 0) of those without date."""


def timeline(queries: Sequence[str], found: Sequence[Days], corpus: Days, by: str, counted: str) -> Timeline:
    """Put together what each of some queries finds on which days; ValueError where that makes too many periods."""
    if by not in UNITS:
        raise ValueError(f"a timeline is by {', '.join(UNITS)}, not by {by!r}")
    placed = [_placed(each, by) for each in (*found, corpus)]
    numbers = [number for each, _, _ in placed[:-1] for number in each]
    periods: list[Period] = []
    if numbers:
        first, last = min(numbers), max(numbers)
        if last - first >= MAX_PERIODS:
            raise ValueError(f"a timeline by {by} would have {last - first + 1:,} periods here: choose longer ones")
        for number in range(first, last + 1):
            name, start, stop = _period(number, by)
            counts = tuple(each.get(number, 0) for each, _, _ in placed[:-1])
            periods.append(Period(name, start, stop, counts, placed[-1][0].get(number, 0)))
    return Timeline(
        by=by,
        counted=counted,
        queries=tuple(queries),
        periods=tuple(periods),
        totals=tuple(sum(each.values()) for each in found),
        undated=tuple(undated for _, undated, _ in placed[:-1]),
        imprecise=tuple(imprecise for _, _, imprecise in placed[:-1]),
        corpus=sum(corpus.values()),
        corpus_undated=placed[-1][1],
        corpus_imprecise=placed[-1][2],
    )


def _placed(days: Days, by: str) -> tuple[dict[int, int], int, int]:
    """Counts by the number of the period, of what has no date, and of what lies in no single period."""
    counts: dict[int, int] = {}
    undated = imprecise = 0
    for (start, stop), count in days.items():
        if not start:
            undated += count
        elif (number := _number(start, by)) == _number(stop - 1, by):
            counts[number] = counts.get(number, 0) + count
        else:
            imprecise += count
    return counts, undated, imprecise


def _number(day: int, by: str) -> int:
    """The number of the period that a day is in; the next period has the next number."""
    if by == "day":
        return day
    if by == "week":
        return (day - 1) // 7  # 0001-01-01 is a Monday
    date = dt.date.fromordinal(day)
    return date.year if by == "year" else date.year * 12 + date.month - 1


def _period(number: int, by: str) -> tuple[str, dt.date, dt.date | None]:
    """The name of a period, its first day and the day after its last."""
    start = _start(number, by)
    assert start is not None
    stop = _start(number + 1, by)
    if by == "week":
        year, week, _ = start.isocalendar()
        return f"{year:04d}-W{week:02d}", start, stop
    return start.isoformat()[: {"day": 10, "month": 7, "year": 4}[by]], start, stop


def _start(number: int, by: str) -> dt.date | None:
    """The first day of a period; None where the calendar ends before."""
    try:
        if by == "day":
            return dt.date.fromordinal(number)
        if by == "week":
            return dt.date.fromordinal(number * 7 + 1)
        return dt.date(number, 1, 1) if by == "year" else dt.date(number // 12, number % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class WordCount:
    """A word, its inflections with it, in the hits of a query.

    Attributes:
        word: its most frequent spelling there.
        count: how often it stands in the hits; `corpus` in all articles.
        articles: how many of the hits have it.
        score: how far its frequency in the hits is above that in the rest, as log-likelihood (`log_likelihood`).
    """

    word: str
    count: int
    articles: int
    corpus: int
    score: float


@dataclass(frozen=True, slots=True)
class Words(_Rows):
    """The words of the hits of a query.

    Attributes:
        total: how many articles match.
        words: how many words they have; `corpus_words` all articles.
        distinctive: the words that tell the hits from the rest, the most telling first.
        frequent: the most frequent ones; not those that more than a quarter of all articles have.
    """

    total: int
    words: int
    corpus_words: int
    distinctive: tuple[WordCount, ...]
    frequent: tuple[WordCount, ...]
    _names = ("list", "word", "count", "articles", "corpus", "score")

    def to_dicts(self) -> Rows:
        """A row for each distinctive word, then for each frequent one: list, word, count, articles, corpus, score."""
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


def log_likelihood(count: int, rest: int, words: int, rest_words: int) -> float:
    """How unlikely it is that a word is as frequent in one text as in another: G² of Dunning (1993).

    As Rayson and Garside (2000) compute it for two corpora: the word stands `count` times among `words`, and `rest`
    times among `rest_words`. Negative where it is rarer in the first; 3.84 is exceeded by chance one time in twenty.
    """
    total = words + rest_words
    if not total or not count + rest:
        return 0.0
    expected = words * (count + rest) / total, rest_words * (count + rest) / total
    found = 2 * sum(n * math.log(n / e) for n, e in zip((count, rest), expected, strict=True) if n)
    return found if count >= expected[0] else -found


@dataclass(frozen=True, slots=True)
class Stats:
    """What is in an index.

    Attributes:
        articles, words: how many.
        first, last: the first and the last day of any article, None where none is dated.
        undated: how many articles have no date.
        years: (year, articles), ascending, those without articles included.
        sources, sections, languages: of all articles, as facets.
        segments, bytes: how the index lies on disk.
        format: the version of its format.  generation: the number of its last commit.
        fingerprint: names the content of the snapshot.
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
    segments: int
    bytes: int
    format: int
    generation: int
    fingerprint: str

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        found: dict[str, Any] = dict(self._plain())
        found["first"] = None if self.first is None else self.first.isoformat()
        found["last"] = None if self.last is None else self.last.isoformat()
        found["years"] = [{"year": year, "articles": articles} for year, articles in self.years]
        for name in ("sources", "sections", "languages"):
            facet: Facet = getattr(self, name)
            found[name] = [{"value": row["value"], "articles": row["count"]} for row in facet.to_dicts()]
        return found

    def _plain(self) -> Iterator[tuple[str, Any]]:
        for name in self.__slots__:
            yield name, getattr(self, name)
