"""The contract of an engine, clause by clause: what every engine must do, whatever it keeps its documents in."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cluster_engine import ENGINES, SCORING, require_engine
from corpora import article, history, survivors, write
from trees import show
from whoosh import query as q

from searchidx import Article, IndexExistsError, IndexLockedError, IndexNotFoundError
from searchidx.article import FIELD_NAMES
from searchidx.engines.bm25 import HEADLINE_WEIGHT, K1, B, idf
from searchidx.engines.contract import Engine, Snapshot, Sort
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot


@pytest.fixture(params=ENGINES)
def kind(request: pytest.FixtureRequest) -> type[Engine]:
    return require_engine(request.param, request)


@pytest.fixture
def engine(kind: type[Engine], tmp_path: Path) -> Engine:
    """A new, empty index."""
    return kind.create(tmp_path / "index")


@pytest.fixture(params=SCORING)
def scoring(request: pytest.FixtureRequest) -> type[Engine]:
    """An engine that scores by our formula; that of a cluster has its own."""
    return require_engine(request.param, request)


def ids(snapshot: Snapshot, query: Any = None, **page: Any) -> list[str]:
    """The ids of a page, of all hits unless told otherwise."""
    found = snapshot.search(q.Every() if query is None else query, **{"limit": None, **page})
    return [snapshot.id(doc) for doc in found.docs]


def put(engine: Engine, *articles: Article) -> Snapshot:
    """Commit articles; the snapshot after it."""
    write(engine, [articles])
    return engine.snapshot()


def named(*names: str, **values: Any) -> list[Article]:
    return [Article(name, f"Headline {name}", **values) for name in names]


# -- create and open ---------------------------------------------------------------------------------------------------


def test_a_new_index_is_empty(engine: Engine) -> None:
    snapshot = engine.snapshot()
    assert len(snapshot) == 0
    assert snapshot.user_data() == b""
    assert snapshot.find("a1") is None
    for sort in Sort:
        found = snapshot.search(q.Every(), sort=sort)
        assert (found.total, list(found.docs), list(found.scores)) == (0, [], [])
    assert snapshot.search(q.Not(q.Term("text", "bank"))).total == 0
    assert list(engine.verify()) == []


def test_create_makes_the_folders_above_it(kind: type[Engine], tmp_path: Path) -> None:
    engine = kind.create(tmp_path / "one" / "two")
    assert len(engine.snapshot()) == 0


def test_create_overwrites_nothing(kind: type[Engine], tmp_path: Path) -> None:
    put(kind.create(tmp_path), *named("a1"))
    with pytest.raises(IndexExistsError) as caught:
        kind.create(tmp_path)
    assert caught.value.path == tmp_path
    assert ids(kind.open(tmp_path).snapshot()) == ["a1"]


def test_open_finds_what_was_committed(kind: type[Engine], tmp_path: Path) -> None:
    put(kind.create(tmp_path), *named("a1", "a2"))
    assert ids(kind.open(tmp_path).snapshot()) == ["a1", "a2"]


@pytest.mark.parametrize("made", [True, False])
def test_open_where_there_is_none(kind: type[Engine], tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "index"
    if made:
        folder.mkdir()
    with pytest.raises(IndexNotFoundError) as caught:
        kind.open(folder)
    assert caught.value.path == folder


def test_two_indexes_know_nothing_of_each_other(kind: type[Engine], tmp_path: Path) -> None:
    one, other = kind.create(tmp_path / "one"), kind.create(tmp_path / "other")
    put(one, *named("a1"))
    put(other, *named("a2"))
    assert (ids(one.snapshot()), ids(other.snapshot())) == (["a1"], ["a2"])


# -- what a batch does -------------------------------------------------------------------------------------------------


def test_documents_come_in_the_order_of_adding(engine: Engine) -> None:
    put(engine, *named("b", "a", "c"))
    snapshot = put(engine, *named("0"))
    assert ids(snapshot) == ["b", "a", "c", "0"]
    docs = [snapshot.find(id) for id in ("b", "a", "c", "0")]
    assert docs == sorted(docs)  # type: ignore[type-var]
    assert docs[0] == 0


def test_an_article_replaces_the_one_of_its_id(engine: Engine) -> None:
    put(engine, Article("a1", "Old bank"), Article("a2", "Other"))
    snapshot = put(engine, Article("a1", "New rates"))
    assert len(snapshot) == 2
    assert ids(snapshot) == ["a2", "a1"]
    assert ids(snapshot, q.Term("text", "bank")) == []
    assert ids(snapshot, q.Term("text", "rate")) == ["a1"]
    assert ids(snapshot, q.Term("id", "a1")) == ["a1"]
    doc = snapshot.find("a1")
    assert doc is not None
    assert snapshot.headlines([doc])[0] == "New rates"


def test_the_last_of_several_in_a_batch_stays(engine: Engine) -> None:
    snapshot = put(engine, Article("a1", "One"), Article("a2", "Two"), Article("a1", "Three"), Article("a1", "Four"))
    assert ids(snapshot) == ["a2", "a1"]
    assert snapshot.headlines(snapshot.search(q.Every()).docs) == ["Two", "Four"]
    assert ids(snapshot, q.Or([q.Term("text", "one"), q.Term("text", "three")])) == []


def test_ids_are_told_apart_by_every_character(engine: Engine) -> None:
    names = ["a1", "A1", "a1 b", "a1/b", "é", "e", "e\u0301", "名", "a" * 300]
    snapshot = put(engine, *named(*names))
    assert len(snapshot) == len(names)
    for name in names:
        doc = snapshot.find(name)
        assert doc is not None
        assert snapshot.id(doc) == snapshot.article(doc).id == name
        assert ids(snapshot, q.Term("id", name)) == [name]
    assert snapshot.find("a") is None
    assert snapshot.find("") is None
    assert snapshot.find("\ud800") is None


def test_delete_says_whether_there_was_one(engine: Engine) -> None:
    put(engine, *named("a1", "a2"))
    with engine.writer() as writer:
        writer.add(Article("a3", "New"))
        assert [writer.delete(id) for id in ("a1", "a1", "a3", "a3", "a4")] == [True, False, True, False, False]
    snapshot = engine.snapshot()
    assert ids(snapshot) == ["a2"]
    assert (snapshot.find("a1"), snapshot.find("a3")) == (None, None)
    with engine.writer() as writer:
        assert writer.delete("a1") is False


def test_delete_after_replacing_takes_both(engine: Engine) -> None:
    put(engine, *named("a1", "a2"))
    with engine.writer() as writer:
        writer.add(Article("a1", "Again"))
        assert writer.delete("a1") is True
        assert writer.delete("a1") is False
    assert ids(engine.snapshot()) == ["a2"]


def test_add_after_delete_in_one_batch(engine: Engine) -> None:
    put(engine, *named("a1", "a2"))
    with engine.writer() as writer:
        writer.delete("a1")
        writer.add(Article("a1", "Back again"))
    snapshot = engine.snapshot()
    assert ids(snapshot) == ["a2", "a1"]
    assert ids(snapshot, q.Term("text", "back")) == ["a1"]


def test_what_is_deleted_counts_in_no_statistics(scoring: type[Engine], tmp_path: Path) -> None:
    rng = random.Random(7)
    kept = [article(rng, f"k{n}") for n in range(12)]
    gone = [article(rng, f"g{n}") for n in range(9)]
    mixed = scoring.create(tmp_path / "mixed")
    put(mixed, *gone[:5], *kept[:6])
    put(mixed, *kept[6:], *gone[5:])
    write(mixed, [[each.id for each in gone]])
    plain = put(scoring.create(tmp_path / "plain"), *kept)
    snapshot = mixed.snapshot()
    assert len(snapshot) == len(plain) == 12
    for leaf in (
        q.Term("text", "bank"),
        q.Term("body.folded", "the"),
        q.Prefix("text.folded", "r"),
        q.Every("headline"),
    ):
        expected, found = plain.search(leaf, limit=None), snapshot.search(leaf, limit=None)
        assert (found.total, list(found.scores)) == (expected.total, list(expected.scores))
        assert [snapshot.id(doc) for doc in found.docs] == [plain.id(doc) for doc in expected.docs]


def test_everything_deleted(engine: Engine) -> None:
    put(engine, *named("a1", "a2"))
    write(engine, [["a1"], ["a2"]])
    snapshot = engine.snapshot()
    assert len(snapshot) == 0
    assert ids(snapshot) == []
    assert ids(snapshot, q.Not(q.Term("text", "a1"))) == []
    assert ids(put(engine, *named("a2"))) == ["a2"]


def test_an_empty_batch_changes_no_answer(engine: Engine) -> None:
    put(engine, *named("a1"))
    assert ids(put(engine)) == ["a1"]


# -- commit and cancel -------------------------------------------------------------------------------------------------


def test_nothing_is_visible_before_commit(engine: Engine, kind: type[Engine], tmp_path: Path) -> None:
    put(engine, *named("a1"))
    writer = engine.writer()
    writer.add(Article("a2", "New"))
    writer.delete("a1")
    assert ids(engine.snapshot()) == ids(kind.open(tmp_path / "index").snapshot()) == ["a1"]
    writer.commit()
    assert ids(engine.snapshot()) == ids(kind.open(tmp_path / "index").snapshot()) == ["a2"]


def test_cancel_leaves_the_index_as_it_was(engine: Engine) -> None:
    put(engine, *named("a1", "a2"))
    writer = engine.writer()
    writer.add(Article("a1", "Replaced"))
    writer.add(Article("a3", "New"))
    writer.delete("a2")
    writer.cancel()
    snapshot = engine.snapshot()
    assert ids(snapshot) == ["a1", "a2"]
    assert snapshot.headlines([0])[0] == "Headline a1"
    assert ids(put(engine, *named("a4"))) == ["a1", "a2", "a4"]


def test_leaving_the_block_commits(engine: Engine) -> None:
    with engine.writer() as writer:
        assert writer.is_open
        writer.add(Article("a1", "One"))
    assert not writer.is_open
    assert ids(engine.snapshot()) == ["a1"]


def test_an_exception_cancels_and_goes_on(engine: Engine) -> None:
    put(engine, *named("a1"))
    writers = []

    def fail() -> None:
        with engine.writer() as writer:
            writers.append(writer)
            writer.add(Article("a2", "Two"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [writer.is_open for writer in writers] == [False]
    assert ids(engine.snapshot()) == ["a1"]
    assert ids(put(engine, *named("a3"))) == ["a1", "a3"]


@pytest.mark.parametrize(("end", "left"), [("commit", ["a1"]), ("cancel", [])])
def test_a_block_that_ended_itself(engine: Engine, end: str, left: list[str]) -> None:
    with engine.writer() as writer:
        writer.add(Article("a1", "One"))
        getattr(writer, end)()
        assert not writer.is_open
    assert ids(engine.snapshot()) == left


@pytest.mark.parametrize("end", ["commit", "cancel"])
@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda writer: writer.add(Article("a2", "Two")), id="add"),
        pytest.param(lambda writer: writer.delete("a1"), id="delete"),
        pytest.param(lambda writer: writer.commit(), id="commit"),
    ],
)
def test_a_closed_writer_takes_nothing(engine: Engine, end: str, use: Callable[[Any], Any]) -> None:
    put(engine, *named("a1"))
    writer = engine.writer()
    getattr(writer, end)()
    with pytest.raises(ValueError, match="writer"):
        use(writer)
    writer.cancel()  # forgets what there is to forget, which is nothing
    assert ids(engine.snapshot()) == ["a1"]


def test_a_closed_writer_does_not_end_the_next(engine: Engine) -> None:
    first = engine.writer()
    first.commit()
    second = engine.writer()
    second.add(Article("a1", "One"))
    first.cancel()
    with pytest.raises(IndexLockedError):
        engine.writer()
    second.commit()
    assert ids(engine.snapshot()) == ["a1"]


def test_one_writer_at_a_time(engine: Engine, kind: type[Engine], tmp_path: Path) -> None:
    with engine.writer() as writer:
        writer.add(Article("a1", "One"))
        for other in (engine, kind.open(tmp_path / "index")):
            with pytest.raises(IndexLockedError):
                other.writer()
            with pytest.raises(IndexLockedError):
                other.writer(wait=0.01, overwrite=True)
        assert ids(engine.snapshot()) == []  # reading needs no lock
    assert ids(engine.snapshot()) == ["a1"]
    for end in ("commit", "cancel"):
        getattr(engine.writer(), end)()
    assert ids(put(engine, *named("a2"))) == ["a1", "a2"]


# -- anew --------------------------------------------------------------------------------------------------------------


def test_anew_replaces_all_there_was(engine: Engine) -> None:
    before = put(engine, *named("a1", "a2"))
    with engine.writer(overwrite=True) as writer:
        assert writer.delete("a1") is False
        writer.add(Article("a2", "Fresh"))
        writer.add(Article("a3", "Fresh"))
        assert ids(engine.snapshot()) == ["a1", "a2"]
    assert ids(engine.snapshot()) == ["a2", "a3"]
    assert ids(engine.snapshot(), q.Term("text", "headlin")) == []
    assert ids(before) == ["a1", "a2"]
    assert ids(put(engine, *named("a4"))) == ["a2", "a3", "a4"]


def test_anew_and_cancelled_is_as_before(engine: Engine) -> None:
    put(engine, *named("a1"))
    writer = engine.writer(overwrite=True)
    writer.add(Article("a2", "Two"))
    writer.cancel()
    assert ids(engine.snapshot()) == ["a1"]


def test_anew_replaces_the_state_too(engine: Engine) -> None:
    engine.writer().commit(b"old")
    engine.writer(overwrite=True).commit()
    assert engine.snapshot().user_data() == b""


# -- state -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [b"", b"\x00\xff" * 1000, "états".encode()])
def test_state_is_kept(engine: Engine, kind: type[Engine], tmp_path: Path, state: bytes) -> None:
    writer = engine.writer()
    writer.add(Article("a1", "One"))
    writer.commit(b"earlier")
    assert engine.snapshot().user_data() == b"earlier"
    engine.writer().commit(state)
    assert engine.snapshot().user_data() == kind.open(tmp_path / "index").snapshot().user_data() == state
    put(engine, *named("a2"))  # a commit without state leaves it
    assert engine.snapshot().user_data() == state
    writer = engine.writer()
    writer.cancel()
    assert engine.snapshot().user_data() == state


# -- snapshots ---------------------------------------------------------------------------------------------------------


def everything(snapshot: Snapshot) -> tuple[Any, ...]:
    """All that a snapshot tells of its documents."""
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


@pytest.mark.parametrize("seed", range(3))
def test_nothing_disturbs_a_snapshot(engine: Engine, seed: int) -> None:
    rng = random.Random(seed)
    batches = history(rng, 40, 4)
    taken = [engine.snapshot()]
    for batch in batches:
        write(engine, [batch])
        taken.append(engine.snapshot())
    told = [everything(snapshot) for snapshot in taken]
    write(engine, [[each.id for each in survivors(batches)[::2]], *history(rng, 30, 3)])
    with engine.writer(overwrite=True) as writer:
        writer.add(Article("a1", "All new"))
    assert [everything(snapshot) for snapshot in taken] == told
    for n, snapshot in enumerate(taken):
        assert ids(snapshot) == [each.id for each in survivors(batches[:n])]
        snapshot.close()


def test_a_snapshot_not_yet_asked_is_not_disturbed_either(engine: Engine) -> None:
    rng = random.Random(4)
    batches = history(rng, 30, 3)
    write(engine, batches)
    snapshot = engine.snapshot()
    with engine.writer(overwrite=True) as writer:
        writer.add(Article("a1", "All new"))
    put(engine, *named("a2"))
    assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == survivors(batches)


def test_a_snapshot_keeps_its_state(engine: Engine) -> None:
    engine.writer().commit(b"first")
    snapshot = engine.snapshot()
    engine.writer().commit(b"second")
    engine.writer().commit(b"third")
    assert snapshot.user_data() == b"first"


def test_fingerprints_tell_contents_apart(engine: Engine) -> None:
    taken = [engine.snapshot(), put(engine, *named("a1")), put(engine, *named("a2"))]
    write(engine, [["a1"]])
    taken.append(engine.snapshot())
    taken.append(put(engine, Article("a2", "Another headline")))
    assert len({snapshot.fingerprint for snapshot in taken}) == len(taken)
    assert engine.snapshot().fingerprint == taken[-1].fingerprint


def test_equal_fingerprints_mean_equal_answers(kind: type[Engine], tmp_path: Path) -> None:
    one = put(kind.create(tmp_path / "one"), *named("a1"))
    other = put(kind.create(tmp_path / "other"), *named("b1"))
    assert one.fingerprint != other.fingerprint


# -- articles come back whole ------------------------------------------------------------------------------------------

WHOLE = Article(
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
)


@pytest.mark.parametrize("name", FIELD_NAMES)
def test_each_field_comes_back(engine: Engine, name: str) -> None:
    values: dict[str, Any] = {"id": "a1", "headline": "Headline", name: getattr(WHOLE, name)}
    given = Article(**values)
    snapshot = put(engine, given)
    assert snapshot.article(0) == given
    assert getattr(snapshot.article(0), name) == getattr(WHOLE, name)


def test_whole_articles_come_back(engine: Engine, kind: type[Engine], tmp_path: Path) -> None:
    rng = random.Random(11)
    given = [
        WHOLE,
        Article("least", body="x"),
        Article("dated", "", "", date="2023"),
        *(article(rng, f"r{n}") for n in range(60)),
    ]
    put(engine, *given[:20])
    put(engine, *given[20:])
    assert list(engine.verify()) == []
    for snapshot in (engine.snapshot(), kind.open(tmp_path / "index").snapshot()):
        assert [snapshot.article(doc) for doc in snapshot.search(q.Every(), limit=None).docs] == given
        for each in given:
            doc = snapshot.find(each.id)
            assert doc is not None
            assert (snapshot.id(doc), snapshot.headlines([doc])[0]) == (each.id, each.headline)
            assert (snapshot.date(doc), str(snapshot.date(doc))) == (each.date, str(each.date))


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


def test_dates_come_back_as_stated(engine: Engine) -> None:
    given = [Article(date, "Headline", date=date) for date in DATES]
    snapshot = put(engine, Article("none", "Headline"), *given)
    assert snapshot.date(0) is None
    for each in given:
        doc = snapshot.find(each.id)
        assert doc is not None
        assert str(snapshot.date(doc)) == str(each.date)
        assert snapshot.date(doc) == snapshot.article(doc).date == each.date


# -- pages and order ---------------------------------------------------------------------------------------------------


@pytest.fixture
def twelve(engine: Engine) -> Snapshot:
    """Twelve articles in three commits, all of them hits of `bank`, with scores that differ in places only."""
    given = [Article(f"a{n}", "Bank" if n % 3 == 0 else "Other bank", body="bank " * (n % 4)) for n in range(12)]
    for n in (0, 4, 8):
        put(engine, *given[n : n + 4])
    return engine.snapshot()


def test_ten_hits_unless_told_otherwise(twelve: Snapshot) -> None:
    found = twelve.search(q.Term("text", "bank"))
    assert (found.total, len(found.docs), len(found.scores)) == (12, 10, 10)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("query", [q.Term("text", "bank"), q.Every(), q.Not(q.NullQuery)], ids=show)
def test_pages_are_slices_of_the_whole_answer(twelve: Snapshot, query: Any, sort: Sort) -> None:
    whole = twelve.search(query, limit=None, sort=sort)
    assert whole.total == len(whole.docs) == 12
    for limit in (0, 1, 2, 5, 12, 13, 1000, None):
        for offset in (0, 1, 7, 11, 12, 13, 500):
            page = twelve.search(query, limit=limit, offset=offset, sort=sort)
            stop = None if limit is None else offset + limit
            assert page.total == 12
            assert list(page.docs) == list(whole.docs)[offset:stop]
            assert list(page.scores) == list(whole.scores)[offset:stop]


def test_relevance_falls_and_ties_are_in_document_order(twelve: Snapshot) -> None:
    found = twelve.search(q.Term("text", "bank"), limit=None)
    ranked = [(-score, doc) for doc, score in zip(found.docs, found.scores, strict=True)]
    assert ranked == sorted(ranked)
    assert 1 < len(set(found.scores)) < 12
    assert min(found.scores) > 0


def test_no_score_is_document_order(twelve: Snapshot) -> None:
    found = twelve.search(q.Every(), limit=None)
    assert list(found.scores) == [0.0] * 12
    assert list(found.docs) == sorted(found.docs)


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
OLDEST = [
    *("old", "year", "month", "day", "midnight", "day again", "early", "micro", "late", "second", "far"),
    *("no day 1", "no day 2"),
]
NEWEST = [
    *("far", "second", "late", "micro", "early", "month", "day", "midnight", "day again", "year", "old"),
    *("no day 1", "no day 2"),
]


@pytest.mark.parametrize("commits", [1, 4])
def test_by_date_undated_last_and_ties_in_document_order(engine: Engine, commits: int) -> None:
    given = [Article(id, "Headline", date=date) for id, date in DATED]
    step = -(-len(given) // commits)
    for n in range(0, len(given), step):
        put(engine, *given[n : n + step])
    snapshot = engine.snapshot()
    assert ids(snapshot, sort=Sort.OLDEST) == OLDEST
    assert ids(snapshot, sort=Sort.NEWEST) == NEWEST
    assert ids(snapshot, sort=Sort.NEWEST, limit=3, offset=9) == NEWEST[9:12]
    assert ids(snapshot, q.Not(q.Every("date")), sort=Sort.NEWEST) == NEWEST[-2:]


# -- what a query tree means -------------------------------------------------------------------------------------------

NEWS = (
    Article(
        "n1",
        "Bank of Japan Raises Rates",
        "The bank raised rates in Malmö.\nMarkets in the U.S. rose. Banks’ shares fell.",
        date="2023-02-01T13:33:00+09:00",
        byline="Ana Bell",
        section="World news",
        source="The Daily",
        language="en-GB",
        keywords=("interest rates", "Japan"),
        url="https://example.org/2023/rates",
    ),
    Article(
        "n2",
        "NATO-JAPAN TALKS",
        "Japan's minister told us of banking rules. 東京都で会談。",
        date="2023-02",
        language="ja",
    ),
    Article("n3", "", "bank bank bank", date="2023", keywords=("rates", "interest")),
    Article("n4", "Quiet day", "—\nNothing happened.\nThe bank was closed."),
)

MEANINGS: tuple[tuple[Any, str], ...] = (
    # Words, at three levels, in four zones.
    (q.Term("text", "bank"), "n1 n2 n3 n4"),
    (q.Term("text.folded", "banks"), "n1"),
    (q.Term("text.folded", "banking"), "n2"),
    (q.Term("text.printed", "Bank"), "n1"),
    (q.Term("text.printed", "bank"), "n1 n3 n4"),
    (q.Term("headline", "bank"), "n1"),
    (q.Term("body", "bank"), "n1 n2 n3 n4"),
    (q.Term("lead", "bank"), "n1 n2 n3"),
    (q.Term("lead.folded", "banks"), ""),
    (q.Term("lead", "rose"), ""),
    (q.Term("lead", "noth"), "n4"),  # lines without a word are no paragraph
    (q.Term("body.folded", "malmo"), "n1"),
    (q.Term("body.printed", "Malmö"), "n1"),
    (q.Term("body.printed", "Malmo"), ""),
    (q.Term("text.folded", "us"), "n1 n2"),
    (q.Term("text.printed", "US"), "n1"),
    (q.Term("headline.folded", "nato"), "n2"),
    (q.Term("headline.printed", "NATO"), ""),  # capitals say nothing where all are capitals
    (q.Term("text.printed", "Japan"), "n1 n2"),
    (q.Term("text", "Bank"), ""),
    (q.Term("text", ""), ""),
    (q.Term("nowhere", "bank"), ""),
    # Phrases.
    (q.Phrase("text.folded", ["bank", "of", "japan"]), "n1"),
    (q.Phrase("text.folded", ["bank", "japan"]), ""),
    (q.Phrase("text.folded", ["bank", "japan"], slop=2), "n1"),
    (q.Phrase("text.folded", ["japan", "bank"], slop=4), ""),
    (q.Phrase("text.folded", ["rates", "the"], slop=4), ""),  # never from headline to body
    (q.Phrase("text.folded", ["malmo", "markets"]), "n1"),  # across paragraphs
    (q.Phrase("lead.folded", ["malmo", "markets"]), ""),
    (q.Phrase("text.folded", ["bank", "bank"]), "n3"),
    (q.Phrase("text.folded", ["bank", "bank", "bank", "bank"]), ""),
    (q.Phrase("text.folded", ["bank", "bank"], slop=3), "n3"),
    (q.Phrase("text.folded", ["nato", "japan"]), "n2"),
    (q.Phrase("headline.printed", ["NATO", "JAPAN"]), ""),
    (q.Phrase("text.folded", ["東京", "京都"]), "n2"),
    (q.Phrase("text", ["bank"]), "n1 n2 n3 n4"),
    (q.Phrase("text", []), ""),
    (q.Phrase("body.folded", ["rates", "in"]), "n1"),
    (q.Phrase("headline.folded", ["rates", "in"]), ""),
    # Patterns.
    (q.Prefix("text.folded", "bank"), "n1 n2 n3 n4"),
    (q.Prefix("text.folded", "banki"), "n2"),
    (q.Prefix("text.folded", "東"), "n2"),
    (q.Prefix("text.printed", "Ban"), "n1"),
    (q.Prefix("headline.folded", ""), "n1 n2 n4"),
    (q.Wildcard("text.folded", "bank?"), "n1"),
    (q.Wildcard("text.folded", "b*g"), "n2"),
    (q.Wildcard("text.folded", "*a?k*"), "n1 n2 n3 n4"),
    (q.Wildcard("text.folded", "[b]*"), ""),
    (q.Regex("text.folded", "bank(s|ing)"), "n1 n2"),
    (q.Regex("text.folded", "ban"), ""),
    (q.FuzzyTerm("text.folded", "bonk", maxdist=1), "n1 n3 n4"),
    (q.FuzzyTerm("text.folded", "bonk", maxdist=1, prefixlength=2), ""),
    (q.FuzzyTerm("text.folded", "anks", maxdist=2, prefixlength=0), "n1 n2 n3 n4"),  # talks, too
    (q.FuzzyTerm("text.folded", "u", maxdist=1, prefixlength=2), ""),  # no word shares two letters with one
    (q.TermRange("text.folded", "bank", "banks"), "n1 n2 n3 n4"),
    (q.TermRange("text.folded", "bank", "banks", startexcl=True, endexcl=True), "n2"),
    (q.TermRange("headline.folded", "talks", None), "n2"),
    (q.TermRange("headline.folded", None, "bank", endexcl=True), ""),
    # Other fields.
    (q.Term("byline", "ana"), "n1"),
    (q.Phrase("byline", ["ana", "bell"]), "n1"),
    (q.Phrase("byline", ["bell", "ana"]), ""),
    (q.Term("section", "news"), "n1"),
    (q.Prefix("section", "new"), "n1"),
    (q.Term("source", "daily"), "n1"),
    (q.Term("keyword", "rates"), "n1 n3"),
    (q.Phrase("keyword", ["interest", "rates"]), "n1"),
    (q.Term("url", "example"), "n1"),
    (q.Phrase("url", ["example", "org"]), "n1"),
    (q.Term("language", "en"), "n1"),
    (q.Term("language", "en-gb"), "n1"),
    (q.Term("language", "gb"), ""),
    (q.Term("id", "n3"), "n3"),
    (q.Wildcard("id", "n?"), "n1 n2 n3 n4"),
    (q.Term("id", "n"), ""),
    (q.Term("precision", "day"), "n1"),
    (q.Term("precision", "month"), "n1 n2"),
    (q.Term("precision", "time"), "n1"),
    (q.Term("precision", "year"), "n1 n2 n3"),
    (q.Prefix("precision", "mon"), "n1 n2"),
    (q.Phrase("precision", ["month"]), "n1 n2"),
    (q.Term("id", "\ud800"), ""),  # what has no UTF-8 is found nowhere
    (q.Term("language", "\ud800"), ""),
    (q.Prefix("text.folded", "\ud800"), ""),
    (q.Term("text.folded", "\ud800"), ""),
    (q.Term("text.printed", "\ud800"), ""),
    # Numbers and dates: a document matches where the days it may be of meet the days asked for.
    (q.NumericRange("words", 3, 3), "n3"),
    (q.NumericRange("words", 3, None, startexcl=True), "n1 n2 n4"),
    (q.NumericRange("words", None, 3), "n3"),
    (q.NumericRange("words", 5, 4), ""),
    (q.NumericRange("date", 0, None), ""),
    (q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 2), endexcl=True), "n1 n2 n3"),
    (q.DateRange("date", dt.datetime(2023, 2, 2), dt.datetime(2023, 2, 2)), "n2 n3"),
    (q.DateRange("date", dt.datetime(2023, 3, 1), None), "n3"),
    (q.DateRange("date", None, dt.datetime(2023, 2, 1), endexcl=True), "n3"),
    (q.DateRange("date", None, dt.datetime(2023, 2, 1)), "n1 n2 n3"),
    (q.DateRange("date", dt.datetime(2022, 12, 31), dt.datetime(2023, 1, 1), startexcl=True, endexcl=True), ""),
    (q.DateRange("date", dt.datetime(2024, 1, 1), None), ""),
    (q.DateRange("date", dt.datetime(2023, 2, 10), dt.datetime(2023, 2, 10), endexcl=True), ""),  # holds no day
    (q.DateRange("date", dt.datetime(2023, 2, 12), dt.datetime(2023, 2, 10)), ""),
    (q.DateRange("words", dt.datetime(2023, 2, 1), None), ""),
    # All there is.
    (q.Every("nowhere"), ""),
    (q.Every(), "n1 n2 n3 n4"),
    (q.Every("headline"), "n1 n2 n4"),
    (q.Every("body"), "n1 n2 n3 n4"),
    (q.Every("lead.printed"), "n1 n2 n3 n4"),
    (q.Every("date"), "n1 n2 n3"),
    (q.Every("precision"), "n1 n2 n3"),
    (q.Every("byline"), "n1"),
    (q.Every("language"), "n1 n2"),
    (q.Every("keyword"), "n1 n3"),
    (q.Every("id"), "n1 n2 n3 n4"),
    (q.Every("words"), "n1 n2 n3 n4"),
    (q.NullQuery, ""),
    # Nodes.
    (q.And([q.Term("text", "bank"), q.Term("text", "rate")]), "n1"),
    (q.And([q.Term("text", "bank"), q.DateRange("date", dt.datetime(2023, 2, 2), dt.datetime(2023, 2, 9))]), "n2 n3"),
    (q.And([q.DateRange("date", dt.datetime(2023, 4, 1), None), q.Term("headline", "bank")]), ""),
    (q.And([q.Every(), q.DateRange("date", dt.datetime(2023, 4, 1), None)]), "n3"),
    (q.AndNot(q.Term("text", "bank"), q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 1))), "n4"),
    (q.Require(q.Term("text", "japan"), q.DateRange("date", None, dt.datetime(2023, 2, 1))), "n1 n2"),
    (q.And([q.Term("text", "bank"), q.NumericRange("words", 4, None), q.Term("keyword", "rates")]), "n1"),
    (q.And([]), ""),
    (q.Or([]), ""),
    (q.Or([q.Term("text", "talk"), q.Term("text", "quiet")]), "n2 n4"),
    (q.Not(q.Term("text", "rate")), "n2 n3 n4"),
    (q.Not(q.NullQuery), "n1 n2 n3 n4"),
    (q.Not(q.Every()), ""),
    (q.Not(q.DateRange("date", dt.datetime(2023, 2, 1), dt.datetime(2023, 2, 1))), "n4"),
    (q.Or([q.Not(q.Term("text", "rate")), q.Term("headline", "bank")]), "n1 n2 n3 n4"),
    (q.And([q.Not(q.Term("text", "rate")), q.Not(q.Term("text", "talk"))]), "n3 n4"),
    (q.AndNot(q.Term("text", "bank"), q.Term("text", "japan")), "n3 n4"),
    (q.AndMaybe(q.Term("text", "japan"), q.Term("text", "rate")), "n1 n2"),
    (q.Require(q.Term("text", "japan"), q.Term("text", "rate")), "n1"),
    (q.DisjunctionMax([q.Term("text", "talk"), q.Term("text", "rate")]), "n1 n2"),
    (q.DisjunctionMax([]), ""),
    (q.ConstantScoreQuery(q.Term("text", "japan"), 2.0), "n1 n2"),
)


@pytest.fixture(
    params=[pytest.param((kind, commits), id=f"{kind.__name__}-{commits}") for kind in ENGINES for commits in (1, 4)],
    scope="module",
)
def news(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The articles above, by each engine, in one commit and in four with a fifth article come and gone."""
    kind, commits = request.param
    engine = require_engine(kind, request).create(tmp_path_factory.mktemp("news") / "index")
    if commits == 1:
        return put(engine, *NEWS)
    gone = Article(
        "gone", "Bank Talks", "Japan rates — Nothing rose.", date="2023-02-01", byline="Ana Bell", language="en"
    )
    write(engine, [[gone, NEWS[0]], [NEWS[1]], ["gone", NEWS[2], Article("n4", "Unquiet bank")], [NEWS[3]]])
    return engine.snapshot()


@pytest.mark.parametrize(
    ("query", "expected"), MEANINGS, ids=lambda value: "" if isinstance(value, str) else show(value)
)
def test_what_a_tree_matches(news: Snapshot, query: Any, expected: str) -> None:
    found = news.search(query, limit=None)
    assert sorted(news.id(doc) for doc in found.docs) == expected.split(), query
    assert found.total == len(expected.split())
    assert news.search(query, limit=1).total == found.total


# -- scores ------------------------------------------------------------------------------------------------------------


def score(snapshot: Snapshot, query: Any, id: str) -> float:
    found = snapshot.search(query, limit=None)
    return dict(zip(map(snapshot.id, found.docs), found.scores, strict=True))[id]


def bm25(
    headline: int, body: int, headline_words: int, body_words: int, mean: float, documents: int, holding: int
) -> float:
    weight = HEADLINE_WEIGHT * headline + body
    length = HEADLINE_WEIGHT * headline_words + body_words
    return idf(documents, holding) * weight / (weight + K1 * (1 - B + B * length / mean))


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-5)


def test_a_word_scores_by_bm25f(scoring: type[Engine], tmp_path: Path) -> None:
    engine = scoring.create(tmp_path)
    put(engine, Article("gone", "bank bank", "bank"), Article("a1", "Bank news", "the bank and the rates"))
    write(engine, [[Article("a2", "", "rates"), Article("a3", "banks", "of banking")], ["gone"]])
    snapshot = engine.snapshot()
    weight = HEADLINE_WEIGHT
    mean = ((weight * 2 + 5) + 1 + (weight * 1 + 2)) / 3
    assert score(snapshot, q.Term("text", "bank"), "a1") == near(bm25(1, 1, 2, 5, mean, 3, 2))
    assert score(snapshot, q.Term("text", "bank"), "a3") == near(bm25(1, 1, 1, 2, mean, 3, 2))
    assert score(snapshot, q.Term("headline", "bank"), "a1") == near(bm25(1, 0, 2, 5, mean, 3, 2))
    assert score(snapshot, q.Term("body", "rate"), "a2") == near(bm25(0, 1, 0, 1, mean, 3, 2))
    assert score(snapshot, q.Term("text.folded", "banking"), "a3") == near(bm25(0, 1, 1, 2, mean, 3, 1))
    assert score(snapshot, q.Prefix("text.folded", "bank"), "a3") == near(bm25(1, 1, 1, 2, mean, 3, 2))
    assert score(snapshot, q.Phrase("text.folded", ["the", "bank"]), "a1") == near(bm25(0, 1, 2, 5, mean, 3, 1))


def test_how_nodes_score(news: Snapshot) -> None:
    if isinstance(news, OpenSearchSnapshot):
        pytest.skip("a cluster scores by Lucene's formula")
    bank, japan, rate, talk = (q.Term("text", word) for word in ("bank", "japan", "rate", "talk"))
    of = {leaf: score(news, leaf, "n1") for leaf in (bank, japan, rate)}
    both = of[bank] + of[japan]
    most = max(of[bank], of[japan])
    other = q.Term("byline", "ana")
    assert score(news, q.And([bank, japan]), "n1") == near(both)
    assert score(news, q.And([bank, japan], boost=3.0), "n1") == near(3 * both)
    assert score(news, q.Or([bank, japan, talk], boost=0.5), "n1") == near(both / 2)
    assert score(news, q.And([bank, q.Term("text", "japan", boost=2.0)]), "n1") == near(of[bank] + 2 * of[japan])
    assert score(news, q.And([bank, other, q.Not(talk), q.Every("date")]), "n1") == near(of[bank])
    assert score(news, q.AndNot(bank, talk), "n1") == near(of[bank])
    assert score(news, q.Require(bank, rate), "n1") == near(of[bank])
    assert score(news, q.AndMaybe(bank, rate), "n1") == near(of[bank] + of[rate])
    assert score(news, q.AndMaybe(bank, talk), "n1") == near(of[bank])
    assert score(news, q.DisjunctionMax([bank, japan, talk]), "n1") == near(most)
    assert score(news, q.DisjunctionMax([bank, japan], boost=2.0, tiebreak=0.25), "n1") == near(
        2 * (most + 0.25 * (both - most))
    )
    assert score(news, q.ConstantScoreQuery(bank, 4.5), "n1") == near(4.5)
    assert score(news, q.Or([q.ConstantScoreQuery(other, 4.5), japan]), "n1") == near(4.5 + of[japan])
    for unscored in (other, q.Every(), q.Not(talk), q.NumericRange("words", 1, None), q.Term("id", "n1")):
        assert score(news, unscored, "n1") == 0.0


def test_one_object_at_two_places_counts_twice(news: Snapshot) -> None:
    """It does on a cluster as well."""
    bank = q.Term("text", "bank")
    assert score(news, q.Or([bank, q.And([bank])]), "n1") == near(2 * score(news, bank, "n1"))


# -- extremes ----------------------------------------------------------------------------------------------------------


def test_articles_without_a_word(engine: Engine) -> None:
    snapshot = put(engine, Article("a1", "—"), Article("a2", "", "", date="2023"), Article("a3", "", "...\n&"))
    assert ids(snapshot) == ["a1", "a2", "a3"]
    assert ids(snapshot, q.Every("text")) == []
    assert ids(snapshot, q.Not(q.Term("text", "bank"))) == ["a1", "a2", "a3"]
    assert ids(snapshot, q.NumericRange("words", None, 0)) == ["a1", "a2", "a3"]
    assert ids(snapshot, q.Prefix("text.folded", "")) == []
    snapshot = put(engine, Article("a4", "Bank"))
    assert ids(snapshot, q.Term("text", "bank")) == ["a4"]
    assert snapshot.search(q.Term("text", "bank")).scores[0] > 0


def test_a_single_word(scoring: type[Engine], tmp_path: Path) -> None:
    snapshot = put(scoring.create(tmp_path), Article("a1", "", "Bank"))
    assert ids(snapshot, q.Term("text", "bank")) == ["a1"]
    assert score(snapshot, q.Term("text", "bank"), "a1") == near(bm25(0, 1, 0, 1, 1.0, 1, 1))
    assert ids(snapshot, q.Phrase("text", ["bank", "bank"], slop=4)) == []


def test_very_frequent_words(scoring: type[Engine], tmp_path: Path) -> None:
    """Counts about the sizes at which an engine may store them otherwise."""
    some, many = (0, 1, 7, 8, 256), (0, 1, 31, 32, 256)
    given = [Article(f"h{n}-b{m}", "bank " * n, "x " + "bank " * m) for n in some for m in many]
    given.append(Article("most", "x", "bank " * 65_536))
    snapshot = put(scoring.create(tmp_path), *given)
    mean = sum(HEADLINE_WEIGHT * len(each.headline.split()) + len(each.body.split()) for each in given) / len(given)
    for field, zones in (("text", (1, 1)), ("headline", (1, 0)), ("body", (0, 1))):
        found = snapshot.search(q.Term(field, "bank"), limit=None)
        scores = dict(zip(map(snapshot.id, found.docs), found.scores, strict=True))
        held = {
            each.id: (each.headline.split().count("bank") * zones[0], each.body.split().count("bank") * zones[1])
            for each in given
        }
        holding = sum(any(pair) for pair in held.values())
        assert found.total == len(scores) == holding
        for each in given:
            if any(held[each.id]):
                words = len(each.headline.split()), len(each.body.split())
                assert scores[each.id] == near(bm25(*held[each.id], *words, mean, len(given), holding))


def test_a_hundred_thousand_words(engine: Engine) -> None:
    body = "\n".join(" ".join(f"w{(n * 1000 + m) % 977}" for m in range(1000)) for n in range(99)) + "\nLast bank rates"
    snapshot = put(
        engine, Article("short", "Bank rates", "w5 w6"), Article("long", "Long", f"{body} {'end ' * 997}"), *named("a1")
    )
    doc = snapshot.find("long")
    assert doc is not None
    assert snapshot.article(doc).body == f"{body} {'end ' * 997}"
    for query, expected in (
        (q.NumericRange("words", 100_001, 100_001), ["long"]),
        (q.Phrase("body.folded", ["last", "bank", "rates", "end"]), ["long"]),
        (q.Phrase("text.folded", ["bank", "rates"]), ["short", "long"]),
        (q.Phrase("text.folded", ["w976", "w1"], slop=2), ["long"]),
        (q.Phrase("text.folded", ["w1", "w0"], slop=4), []),
        (q.Term("lead", "end"), []),
        (q.Term("body", "end"), ["long"]),
    ):
        assert ids(snapshot, query, sort=Sort.OLDEST) == expected  # undated, so in document order
    assert score(snapshot, q.Term("text", "end"), "long") > 0


def test_many_articles_in_one_batch_with_one_replaced_each_time(engine: Engine) -> None:
    """More than a writer may want to hold in memory, of which the last versions stay."""
    with engine.writer() as writer:
        for n in range(1500):
            writer.add(Article(f"a{n % 500}", f"Version {n // 500}", f"w{n}"))
    snapshot = engine.snapshot()
    assert len(snapshot) == 500
    assert ids(snapshot) == [f"a{n}" for n in range(500)]
    assert snapshot.search(q.Term("text.folded", "2"), limit=0).total == 500
    assert snapshot.search(q.Term("text.folded", "1"), limit=0).total == 0
