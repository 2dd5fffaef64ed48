"""Tests of a snapshot: isolation, fingerprints, stored articles, pages and their order."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from whoosh import query as q

from searchidx.article import FIELD_NAMES, Article
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.results import Sort
from searchidx.engines.testing.engine_tests import EngineTests, articles_named, ids
from searchidx.engines.testing.random_articles import commit_batches, live_articles, random_article, random_commits
from searchidx.engines.testing.random_queries import format_tree

FULL_ARTICLE = Article(
    id="x/1 — 名",
    headline="Märkte: “Rates Rise”",
    body="First paragraph.\n\n\tSecond,\r\nwith \x01 odd \x02 characters \u2028 and 𝒳.\n",
    date="2023-02-01T13:33:00.000007+09:30",
    byline="José Díaz, Ana Bell",
    dateline="TOKYO, Feb. 1 (AP) —",
    section="World / Asia",
    source="朝日新聞",
    language="zh-Hant-TW",
    keywords=("interest rates", "東京", "Rates"),
    url="https://example.org/a?b=c&d=%20#e",
    path="ältere/Seite 1.html",
    page="A 1, 4–6",
    edition="Late Edition – Final",
    ocr=0.9375,
)
"""An article with a value in every field, and unusual characters."""

DATES = (
    "0001",
    "0001-01-01",
    "9999",
    "9999-12-31",
    "9999-12-31T23:59:59.999999-12:00",
    "2024-02",
    "2024-02-29",
    "2023-02-01T00:00",
    "2023-02-01T00:00:00Z",
    "2023-02-01T00:00:00+00:01",
    "2023-02-01T13:33:00.5",
    "2023-02-01T13:33:00.000001+14:00",
    "2023-02-01T13:33:00-23:59",
    "2023-02-01T13:33:00+23:59",
)

DATED: tuple[tuple[str, str | None], ...] = (
    ("no day 1", None),
    ("month", "2023-02"),
    ("day", "2023-02-01"),
    ("late", "2023-02-01T23:00:00+14:00"),
    ("early", "2023-02-01T01:00:00-10:00"),
    ("second", "2023-02-02"),
    ("year", "2023"),
    ("midnight", "2023-02-01T00:00:00Z"),
    ("no day 2", None),
    ("micro", "2023-02-01T01:00:00.000001"),
    ("day again", "2023-02-01"),
    ("old", "0001-01-01"),
    ("far", "9999-12-31"),
)
"""Ids and dates; `OLDEST` and `NEWEST` are the ids in the order of each sort."""

OLDEST = [
    *("old", "year", "month", "day", "midnight", "day again", "early", "micro", "late", "second", "far"),
    *("no day 1", "no day 2"),
]

NEWEST = [
    *("far", "second", "late", "micro", "early", "month", "day", "midnight", "day again", "year", "old"),
    *("no day 1", "no day 2"),
]


def all_answers(snapshot: Snapshot) -> tuple[Any, ...]:
    """Everything that a snapshot returns about its documents."""
    found = snapshot.search(q.Or([q.Term("text", "bank"), q.Every()]), limit=None)
    dated = snapshot.search(q.Every("date"), limit=None, sort=Sort.NEWEST)
    return (
        len(snapshot),
        snapshot.fingerprint,
        found,
        dated,
        [(snapshot.id(doc), snapshot.headlines([doc])[0], snapshot.date(doc)) for doc in found.docs],
        [snapshot.article(doc) for doc in found.docs],
        [snapshot.find(snapshot.id(doc)) for doc in found.docs],
    )


class SnapshotTests(EngineTests):
    """What a snapshot returns, and that it never changes."""

    @pytest.mark.parametrize("seed", range(3))
    def test_later_commits_do_not_change_a_snapshot(self, engine: Engine, seed: int) -> None:
        rng = random.Random(seed)
        batches = random_commits(rng, 40, 4)
        taken = [engine.snapshot()]
        for batch in batches:
            commit_batches(engine, [batch])
            taken.append(engine.snapshot())
        answers = [all_answers(snapshot) for snapshot in taken]
        commit_batches(engine, [[each.id for each in live_articles(batches)[::2]], *random_commits(rng, 30, 3)])
        with engine.writer(overwrite=True) as writer:
            writer.add(Article("a1", "All new"))
        assert [all_answers(snapshot) for snapshot in taken] == answers
        for n, snapshot in enumerate(taken):
            assert ids(snapshot) == [each.id for each in live_articles(batches[:n])]
            snapshot.close()

    def test_later_commits_do_not_change_an_unread_snapshot(self, engine: Engine) -> None:
        rng = random.Random(4)
        batches = random_commits(rng, 30, 3)
        commit_batches(engine, batches)
        snapshot = engine.snapshot()
        with engine.writer(overwrite=True) as writer:
            writer.add(Article("a1", "All new"))
        self.index_articles(engine, *articles_named("a2"))
        assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == live_articles(batches)

    def test_snapshot_keeps_its_user_data(self, engine: Engine) -> None:
        engine.writer().commit(b"first")
        snapshot = engine.snapshot()
        engine.writer().commit(b"second")
        engine.writer().commit(b"third")
        assert snapshot.user_data() == b"first"

    def test_fingerprints_differ_after_each_change(self, engine: Engine) -> None:
        taken = [
            engine.snapshot(),
            self.index_articles(engine, *articles_named("a1")),
            self.index_articles(engine, *articles_named("a2")),
        ]
        commit_batches(engine, [["a1"]])
        taken.append(engine.snapshot())
        taken.append(self.index_articles(engine, Article("a2", "Another headline")))
        assert len({snapshot.fingerprint for snapshot in taken}) == len(taken)
        assert engine.snapshot().fingerprint == taken[-1].fingerprint

    def test_different_contents_have_different_fingerprints(self, tmp_path: Path) -> None:
        one = self.index_articles(self.create(tmp_path / "one"), *articles_named("a1"))
        other = self.index_articles(self.create(tmp_path / "other"), *articles_named("b1"))
        assert one.fingerprint != other.fingerprint

    @pytest.mark.parametrize("name", FIELD_NAMES)
    def test_each_field_is_returned_as_stored(self, engine: Engine, name: str) -> None:
        values: dict[str, Any] = {"id": "a1", "headline": "Headline", name: getattr(FULL_ARTICLE, name)}
        given = Article(**values)
        snapshot = self.index_articles(engine, given)
        assert snapshot.article(0) == given
        assert getattr(snapshot.article(0), name) == getattr(FULL_ARTICLE, name)

    def test_articles_are_returned_as_stored(self, engine: Engine, tmp_path: Path) -> None:
        rng = random.Random(11)
        given = [
            FULL_ARTICLE,
            Article("least", body="x"),
            Article("dated", "", "", date="2023"),
            *(random_article(rng, f"r{n}") for n in range(60)),
        ]
        self.index_articles(engine, *given[:20])
        self.index_articles(engine, *given[20:])
        assert list(engine.verify()) == []
        for snapshot in (engine.snapshot(), self.open(tmp_path / "index").snapshot()):
            assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == given
            for each in given:
                doc = snapshot.find(each.id)
                assert doc is not None
                assert (snapshot.id(doc), snapshot.headlines([doc])[0]) == (each.id, each.headline)
                assert (snapshot.date(doc), str(snapshot.date(doc))) == (each.date, str(each.date))

    def test_dates_are_returned_as_stored(self, engine: Engine) -> None:
        given = [Article(date, "Headline", date=date) for date in DATES]
        snapshot = self.index_articles(engine, Article("none", "Headline"), *given)
        assert snapshot.date(0) is None
        for each in given:
            doc = snapshot.find(each.id)
            assert doc is not None
            assert str(snapshot.date(doc)) == str(each.date)
            assert snapshot.date(doc) == snapshot.article(doc).date == each.date

    @pytest.fixture
    def twelve(self, engine: Engine) -> Snapshot:
        """Twelve articles in three commits that all match `bank`; several share a score."""
        given = [Article(f"a{n}", "Bank" if n % 3 == 0 else "Other bank", body="bank " * (n % 4)) for n in range(12)]
        for n in (0, 4, 8):
            self.index_articles(engine, *given[n : n + 4])
        return engine.snapshot()

    def test_search_returns_ten_hits_by_default(self, twelve: Snapshot) -> None:
        found = twelve.search(q.Term("text", "bank"))
        assert (found.total, len(found.docs), len(found.scores)) == (12, 10, 10)

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("query", [q.Term("text", "bank"), q.Every(), q.Not(q.NullQuery)], ids=format_tree)
    def test_page_is_a_slice_of_all_hits(self, twelve: Snapshot, query: Any, sort: Sort) -> None:
        whole = twelve.search(query, limit=None, sort=sort)
        assert whole.total == len(whole.docs) == 12
        for limit in (0, 1, 2, 5, 12, 13, 1000, None):
            for offset in (0, 1, 7, 11, 12, 13, 500):
                page = twelve.search(query, limit=limit, offset=offset, sort=sort)
                stop = None if limit is None else offset + limit
                assert page.total == 12
                assert list(page.docs) == list(whole.docs)[offset:stop]
                assert list(page.scores) == list(whole.scores)[offset:stop]

    def test_scores_descend_and_ties_are_in_document_order(self, twelve: Snapshot) -> None:
        found = twelve.search(q.Term("text", "bank"), limit=None)
        ranked = [(-score, doc) for doc, score in zip(found.docs, found.scores, strict=True)]
        assert ranked == sorted(ranked)
        assert 1 < len(set(found.scores)) < 12
        assert min(found.scores) > 0

    def test_unscored_hits_are_in_document_order(self, twelve: Snapshot) -> None:
        found = twelve.search(q.Every(), limit=None)
        assert list(found.scores) == [0.0] * 12
        assert list(found.docs) == sorted(found.docs)

    @pytest.mark.parametrize("commits", [1, 4])
    def test_sort_by_date_puts_undated_last_and_ties_in_document_order(self, engine: Engine, commits: int) -> None:
        given = [Article(id, "Headline", date=date) for id, date in DATED]
        step = -(-len(given) // commits)
        for n in range(0, len(given), step):
            self.index_articles(engine, *given[n : n + step])
        snapshot = engine.snapshot()
        assert ids(snapshot, sort=Sort.OLDEST) == OLDEST
        assert ids(snapshot, sort=Sort.NEWEST) == NEWEST
        assert ids(snapshot, sort=Sort.NEWEST, limit=3, offset=9) == NEWEST[9:12]
        assert ids(snapshot, q.Not(q.Every("date")), sort=Sort.NEWEST) == NEWEST[-2:]
