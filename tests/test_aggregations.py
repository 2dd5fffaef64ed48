"""Facets, timelines, words and statistics through the library: invariants, and answers worked out by hand."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import searchidx
from searchidx import Article
from searchidx.schema import FACET_FIELDS
from searchidx.search.aggregations import UNITS
from searchidx.search.aggregator import MAX_PERIODS
from searchidx.search.log_likelihood import log_likelihood

QUERIES = (
    "the",
    "nato OR bank",
    '"Taiwan Strait"',
    "headline:election",
    "date:2023",
    "NOT japan",
    "zzzz",
    "rate w/9 bank",
)


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> searchidx.Archive:
    """Six articles whose counts are known."""
    archive = searchidx.create(tmp_path_factory.mktemp("small") / "index")
    with archive.writer() as writer:
        for id, body, date, source, keywords in (
            ("a", "Rain fell. Rain fell again.", "2023-01-30", "The Daily", ["rain", "floods"]),
            ("b", "Rain in Oslo.", "2023-02-05T23:59:00-08:00", "Morning Post", ["rain"]),
            ("c", "The rain stopped.", "2023-02", "The Daily", []),
            ("d", "Snow fell.", "2023-04-01", "The Daily", ["snow"]),
            ("e", "Rains of spring.", None, "", []),
            ("f", "Rain, says the almanac.", "2023", "The Daily", []),
        ):
            writer.add(Article(id, f"Weather {id}", body, date, source=source, keywords=keywords))
    archive.refresh()
    return archive


# -- facets ------------------------------------------------------------------------------------------------------------


def test_facet_counts_hits_and_corpus(small: searchidx.Archive) -> None:
    found = small.facet("rain", "source")
    assert [(each.value, each.count, each.corpus) for each in found.values] == [
        ("The Daily", 3, 4),
        ("Morning Post", 1, 1),
    ]
    assert (found.total, found.missing, found.corpus_missing) == (5, 1, 1)
    assert [each.share for each in found.values] == [0.75, 1.0]
    assert found.to_dicts()[-1] == {"value": None, "count": 1, "corpus": 1, "share": 1.0}


def test_article_counts_once_for_each_keyword(small: searchidx.Archive) -> None:
    found = small.facet("fell", "keyword")
    assert {each.value: each.count for each in found.values} == {"rain": 1, "floods": 1, "snow": 1}
    assert found.total == 2


def test_equal_counts_sort_alphabetically(small: searchidx.Archive) -> None:
    assert [each.value for each in small.facet("fell", "keyword").values] == ["floods", "rain", "snow"]


def test_month_facet_leaves_out_articles_dated_to_a_year(small: searchidx.Archive) -> None:
    found = small.facet("rain", "month")
    assert {each.value: each.count for each in found.values} == {"2023-01": 1, "2023-02": 2}
    assert found.missing == 2  # the undated one, and that of the year


@pytest.mark.parametrize(
    ("name", "field"), [("site", "source"), ("author", "byline"), ("tag", "keyword"), ("lang", "language")]
)
def test_facet_accepts_field_aliases(archive: searchidx.Archive, name: str, field: str) -> None:
    assert archive.facet("the", name) == archive.facet("the", field)


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("Jane Doe, John Roe", ["Jane Doe", "John Roe"]),
        ("Jane Doe; Roe, John", ["Jane Doe", "Roe, John"]),
        ("Doe, Jane", ["Doe, Jane"]),
        ("von der Doe, Jane Ann", ["von der Doe, Jane Ann"]),
        ("Jane Doe, Wire", ["Jane Doe, Wire"]),
        ("Jane Doe,  Jane Doe", ["Jane Doe"]),
        ("Desk", ["Desk"]),
        ("", []),
    ],
)
def test_facet_of_the_byline_counts_each_author_once(tmp_path: Path, byline: str, names: list[str]) -> None:
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        writer.add(Article("a", "Rain", "rain", byline=byline))
        writer.add(Article("b", "Rain", "rain"))
    archive.refresh()
    facet = archive.facet("rain", "byline")
    assert sorted(each.value for each in facet.values) == sorted(names)
    assert facet.missing == (1 if names else 2)
    for name in names:
        assert [hit.id for hit in archive.search(f'byline:="{name}"')] == ["a"]


@pytest.mark.parametrize("field", ["body", "nonsense", "id", ""])
def test_facet_rejects_other_fields(archive: searchidx.Archive, field: str) -> None:
    with pytest.raises(ValueError, match=r"cannot count hits by .*: use one of source, section"):
        archive.facet("the", field)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("field", FACET_FIELDS)
def test_facets_equal_a_count_over_the_articles(archive: searchidx.Archive, query: str, field: str) -> None:
    expected: Counter[str] = Counter()
    missing = 0
    for article in archive.articles(query):
        if field in ("year", "month"):
            shown = str(article.date or "")[: 4 if field == "year" else 7]
            values = [shown] if len(shown) == (4 if field == "year" else 7) else []
        else:
            values = list(article.keywords) if field == "keyword" else [v for v in [getattr(article, field)] if v]
            authors = article.byline.split(", ")
            if field == "byline" and len(authors) > 1 and all(" " in author for author in authors):
                values = authors
        expected.update(values)
        missing += not values
    found = archive.facet(query, field)
    assert {each.value: each.count for each in found.values} == expected
    assert (found.missing, found.total) == (missing, archive.search(query, limit=0).total)


# -- timelines ---------------------------------------------------------------------------------------------------------


def test_timeline_by_month_counts_each_query(small: searchidx.Archive) -> None:
    found = small.timeline("rain", "snow", by="month")
    assert [(each.name, each.counts, each.corpus) for each in found.periods] == [
        ("2023-01", (1, 0), 1),
        ("2023-02", (2, 0), 2),
        ("2023-03", (0, 0), 0),
        ("2023-04", (0, 1), 1),
    ]
    assert (found.totals, found.undated, found.imprecise) == ((5, 1), (1, 0), (1, 0))
    assert (found.corpus, found.corpus_undated, found.corpus_imprecise) == (6, 1, 1)
    assert found.periods[1].shares == (1000.0, 0.0)
    assert found.periods[2].shares == (0.0, 0.0)


def test_day_is_the_local_day_of_the_article(small: searchidx.Archive) -> None:
    days = small.timeline("oslo", by="day").periods
    assert [(each.name, each.start, each.stop) for each in days] == [
        ("2023-02-05", dt.date(2023, 2, 5), dt.date(2023, 2, 6))
    ]


def test_weeks_follow_iso_8601(small: searchidx.Archive) -> None:
    weeks = small.timeline("rain", by="week").periods
    assert [(each.name, each.start.isoformat(), each.counts) for each in weeks] == [("2023-W05", "2023-01-30", (2,))]


def test_count_words_counts_occurrences(small: searchidx.Archive) -> None:
    found = small.timeline("rain", by="year", count_words=True)
    assert [(each.name, each.counts) for each in found.periods] == [
        ("2023", (5,))
    ]  # 2 + 1 + 1 + 1, without the undated
    assert (found.counted, found.totals, found.undated) == ("words", (6,), (1,))


def test_overlapping_matches_are_one_occurrence(small: searchidx.Archive) -> None:
    assert small.timeline("rain OR rains OR =rain", by="year", count_words=True).totals == (6,)


@pytest.mark.parametrize("by", UNITS)
@pytest.mark.parametrize("count_words", [False, True])
def test_periods_undated_and_imprecise_add_up_to_totals(archive: searchidx.Archive, by: str, count_words: bool) -> None:
    found = archive.timeline(*QUERIES, by=by, count_words=count_words)
    for n, query in enumerate(QUERIES):
        together = sum(each.counts[n] for each in found.periods) + found.undated[n] + found.imprecise[n]
        assert together == found.totals[n]
        if not count_words:
            assert found.totals[n] == archive.search(query, limit=0).total
        else:
            assert found.totals[n] == sum(1 for _ in archive.kwic(query))
    names = [each.name for each in found.periods]
    assert names == sorted(set(names))
    assert all(one.stop == other.start for one, other in zip(found.periods, found.periods[1:], strict=False))


def test_timeline_without_hits_has_no_periods(archive: searchidx.Archive) -> None:
    found = archive.timeline("zzzz")
    assert (found.periods, found.totals, found.corpus) == ((), (0,), len(archive))


def test_timeline_covers_the_first_and_last_day_of_the_calendar(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        writer.add(Article("a", "First", date="0001-01-01"))
        writer.add(Article("z", "Last", date="9999-12-31"))
    archive.refresh()
    found = archive.timeline("first OR last", by="year")
    assert (len(found.periods), found.periods[-1].stop) == (9999, None)
    assert archive.timeline("last", by="week").periods[0].stop is None
    assert archive.timeline("last", by="day").periods[0].stop is None
    with pytest.raises(ValueError, match="use longer periods"):
        archive.timeline("first OR last", by="day")
    assert MAX_PERIODS > 9999


def test_timeline_rejects_unknown_units(archive: searchidx.Archive) -> None:
    with pytest.raises(ValueError, match="day, week, month, year"):
        archive.timeline("the", by="hour")


def test_to_dicts_survives_json(archive: searchidx.Archive) -> None:
    for answer in (archive.facet("the", "source"), archive.timeline("the", "nato"), archive.terms("nato")):
        assert json.loads(json.dumps(answer.to_dicts())) == answer.to_dicts()


# -- words -------------------------------------------------------------------------------------------------------------


def test_log_likelihood_equals_rayson_and_garside() -> None:
    # Their worked example: a word 12 times in 1,000 words against 20 in 100,000.
    total = 101_000
    e1, e2 = 1000 * 32 / total, 100_000 * 32 / total
    expected = 2 * (12 * math.log(12 / e1) + 20 * math.log(20 / e2))
    assert log_likelihood(12, 20, 1000, 100_000) == pytest.approx(expected)
    assert log_likelihood(0, 20, 1000, 100_000) < 0
    assert log_likelihood(1, 100, 1000, 100_000) == pytest.approx(0.0, abs=1e-9)
    assert log_likelihood(0, 0, 0, 0) == 0.0


def test_words_count_in_hits_and_corpus(small: searchidx.Archive) -> None:
    found = small.terms("snow")
    assert (found.total, found.words, found.corpus_words) == (1, 4, 32)
    assert [(each.word, each.count, each.articles, each.corpus) for each in found.distinctive][:2] == [
        ("d", 1, 1, 1),
        ("Snow", 1, 1, 1),
    ]
    assert "Weather" not in {each.word for each in found.frequent}  # it stands in every article


def test_inflections_count_as_one_word(small: searchidx.Archive) -> None:
    rain = next(
        each for each in small.terms("rain OR snow").frequent + small.terms("rain").distinctive if each.word == "Rain"
    )
    assert (rain.count, rain.articles) == (6, 5)


def test_words_of_the_whole_corpus_are_not_distinctive(archive: searchidx.Archive) -> None:
    assert archive.terms("NOT zzzz").distinctive == ()


# -- statistics --------------------------------------------------------------------------------------------------------


def test_stats_equal_hand_counts(small: searchidx.Archive) -> None:
    found = small.stats()
    assert (found.articles, found.undated, found.years) == (6, 1, ((2023, 5),))
    assert (found.first, found.last) == (dt.date(2023, 1, 1), dt.date(2023, 12, 31))
    assert [(each.value, each.count) for each in found.sources.values] == [("The Daily", 4), ("Morning Post", 1)]
    assert found.words == sum(
        len(article.headline.split()) + len(article.body.split()) for article in small.articles("weather")
    )
    assert found.fingerprint == small.fingerprint
    assert json.loads(json.dumps(found.to_dict()))["years"] == [{"year": 2023, "articles": 5}]


def test_stats_of_an_empty_index_are_zero(tmp_path: Path) -> None:
    found = searchidx.create(tmp_path / "index").stats()
    assert (found.articles, found.words, found.first, found.last, found.years) == (0, 0, None, None, ())


# -- data frames -------------------------------------------------------------------------------------------------------


def test_to_pandas_has_the_rows(archive: searchidx.Archive) -> None:
    pandas = pytest.importorskip("pandas")
    found = archive.timeline("nato", "bank", by="year").to_pandas()
    assert isinstance(found, pandas.DataFrame)
    assert list(found.columns) == ["period", "start", "stop", "corpus", "nato", "bank"]
    assert found["nato"].sum() == archive.search("nato").total
    alike = archive.timeline("corpus", "nato", "nato", by="year").to_pandas()
    assert list(alike.columns) == ["period", "start", "stop", "corpus", "corpus", "nato", "nato"]
    assert alike.iloc[:, 5].sum() == alike.iloc[:, 6].sum() == archive.search("nato").total
    groups = archive.groups('"repair ship"', 0.7)
    assert list(groups.to_pandas()["group"]) == [groups[0].hits[0].id] * 2
    assert list(groups.to_pandas()["id"]) == [hit.id for hit in groups[0].hits]
    assert len(archive.search("nato").to_pandas()) == len(archive.search("nato"))
    assert list(archive.facet("nato", "source").to_pandas().columns) == ["value", "count", "corpus", "share"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda archive, query: archive.search(query),
        lambda archive, query: archive.groups(query),
        lambda archive, query: archive.facet(query, "source"),
        lambda archive, query: archive.terms(query),
    ],
)
def test_empty_data_frames_keep_their_columns(archive: searchidx.Archive, ask: Callable[..., Any]) -> None:
    pytest.importorskip("pandas")
    nothing, something = ask(archive, "zeppelin").to_pandas(), ask(archive, "nato").to_pandas()
    assert (len(nothing), len(something) > 0) == (0, True)
    assert list(nothing.columns) == list(something.columns)
    first = ask(archive, "nato").to_dicts()[0]
    assert set(first) - {"members"} <= set(something.columns)


def test_missing_pandas_error_names_the_extra(archive: searchidx.Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(searchidx.MissingExtraError, match=r"searchidx\[pandas\]"):
        archive.search("nato").to_pandas()
