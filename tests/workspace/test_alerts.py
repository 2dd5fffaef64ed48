"""Alerts, compared with an oracle that searches twice and subtracts, over random histories on every engine."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx.archive import Archive, LazyResolver
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.errors import AlertError, QueryError
from searchidx.workspace.alerts import Alert, parse_every

WORDS = ("nato", "japan", "taiwan", "strait")
QUERIES = (
    "nato",
    "japan -nato",
    '"taiwan strait"',
    "headline:jap*",
    "*",
    "-strait",
    "label:seen japan",
    "nato -label:seen",
    "note:ask",
    "date:today nato",
    'date:"last 7 days"',
    "since:2023-01",
    "id:a1",
    "wordofnoarticle",
)
FIRST_DAY = dt.date(2023, 1, 5)


@pytest.fixture(params=["embedded", "reference", "cluster"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    workspace = tmp_path / "workspace"
    if request.param == "reference":
        return Archive(ReferenceEngine.create(tmp_path / "reference"), LazyResolver([tmp_path], workspace))
    index = request.getfixturevalue("on_cluster") if request.param == "cluster" else tmp_path / "index"
    searchidx.create(index)
    return searchidx.open(index, workspace=workspace)


class Oracle:
    """Searches again after every change, and subtracts what each alert has seen."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known: dict[str, set[str]] = {}
        self._last_run: dict[str, tuple[int, dt.date]] = {}
        self._seen_in: dict[str, int] = {}
        self._runs = 0

    def add(self, name: str, today: dt.date) -> None:
        self._look(today, [name])
        self._known[name] = set(self._archive.ids(name, today=today))

    def run(self, queries: list[str], today: dt.date) -> dict[str, dict[str, str]]:
        """The expected articles and reasons by query."""
        before = dict(self._last_run)
        self._look(today, queries)
        expected: dict[str, dict[str, str]] = {}
        for query in queries:
            run, day = before[query]
            fresh = set(self._archive.ids(query, today=today)) - self._known[query]
            self._known[query] |= fresh
            expected[query] = {id: self._reason(id, run, day) for id in fresh}
        return expected

    def _look(self, today: dt.date, queries: list[str]) -> None:
        self._runs += 1
        for id in self._archive.ids("*"):
            self._seen_in.setdefault(id, self._runs)
        for query in queries:
            self._last_run[query] = self._runs, today

    def _reason(self, id: str, run: int, day: dt.date) -> str:
        if self._seen_in[id] <= run:
            return "changed"
        article = self._archive.get(id)
        assert article is not None
        is_old = article.date is not None and article.date.days.stop <= day.toordinal()
        return "late" if is_old else "new"


def change(archive: Archive, rng: random.Random, today: dt.date) -> None:
    """Add, change and delete some articles, and some labels and notes."""
    with archive.writer() as writer:
        for _ in range(rng.randrange(6)):
            date = rng.choice([None, today, today - dt.timedelta(days=rng.randrange(30)), "2022", "2023-01"])
            writer.add(
                searchidx.Article(
                    id=f"a{rng.randrange(40)}",
                    headline=" ".join(rng.choices(WORDS, k=2)),
                    body=" ".join(rng.choices(WORDS, k=rng.randrange(1, 6))),
                    date=None if date is None else str(date),
                )
            )
        for _ in range(rng.randrange(3)):
            writer.delete(f"a{rng.randrange(40)}")
    archive.refresh()
    ids = archive.ids("*")
    if ids and rng.random() < 0.4:
        archive.workspace.labels.add("seen", rng.sample(ids, rng.randint(1, min(len(ids), 4))))
    if ids and rng.random() < 0.2:
        archive.workspace.labels.remove("seen", rng.sample(ids, 1))
    if ids and rng.random() < 0.3:
        archive.workspace.notes.set(rng.choice(ids), rng.choice(("ask the desk", "done", "")))


@pytest.mark.parametrize("seed", range(6))
def test_alerts_report_what_an_oracle_finds(archive: Archive, seed: int) -> None:
    rng = random.Random(seed)
    oracle = Oracle(archive)
    names: dict[str, str] = {}
    today = FIRST_DAY
    for step in range(14):
        today += dt.timedelta(days=rng.randrange(3))
        change(archive, rng, today)
        if step in (0, 3, 6):
            for query in QUERIES[step // 3 :: 3]:
                names[query] = f"alert{len(names)}"
                archive.add_alert(names[query], query, targets=[{"kind": "stdout"}], today=today)
                oracle.add(query, today)
        queries = rng.sample(list(names), rng.randint(1, len(names)))  # some run more often than others
        dry = archive.run_alerts(*(names[query] for query in queries), today=today, dry_run=True)
        found = archive.run_alerts(*(names[query] for query in queries), today=today)
        expected = oracle.run(queries, today)
        assert [each.articles for each in dry] == [each.articles for each in found]
        for query, each in zip(queries, found, strict=True):
            told = {article["id"]: article["reason"] for article in each.articles}
            assert told == expected[query], (seed, step, query)
            assert not each.error
    for query, name in names.items():
        assert len(archive.workspace.alerts.matches(name)) == archive.workspace.alerts.get(name).found, query


def test_rebuilt_index_reports_nothing_twice(tmp_path: Path, corpus: Path) -> None:
    """A rebuild from nothing numbers its segments as the former index did."""
    import shutil

    searchidx.build(corpus, index=tmp_path / "index")
    with searchidx.open(tmp_path / "index") as archive:
        archive.add_alert("nato", "nato")
    shutil.rmtree(tmp_path / "index")
    shutil.copytree(corpus, tmp_path / "corpus")
    (tmp_path / "corpus" / "new.txt").write_text("NATO again\n\nNATO met.")
    searchidx.build(tmp_path / "corpus", index=tmp_path / "index")
    with searchidx.open(tmp_path / "index") as archive:
        assert [each["id"] for each in archive.run_alerts("nato")[0].articles] == ["new.txt"]
        assert archive.run_alerts("nato")[0].articles == []


def test_passage_shows_the_match(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive()
    archive.add_alert("strait", '"Taiwan Strait"')
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="x", headline="In the Taiwan Strait", body="Ships left the Taiwan Strait."))
    archive.refresh()
    (article,) = archive.run_alerts("strait")[0].articles
    assert article["headline_spans"] == [[7, 20]]
    start, end = article["passage"]["spans"][0]
    assert article["passage"]["text"][start:end] == "Taiwan Strait"


def test_similar_articles_are_grouped(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive()
    archive.add_alert("wire", "bank", group_similar=0.8)
    body = "The bank of the river broke in the night and the water rose over the fields " * 3
    with archive.writer() as writer:
        for id, text in (("a", body), ("b", "A bank."), ("c", body), ("d", body)):
            writer.add(searchidx.Article(id=id, headline=id, body=text, source=id.upper()))
    archive.refresh()
    first, second = archive.run_alerts("wire")[0].articles
    assert [first["id"], [each["id"] for each in first["similar"]]] == ["a", ["c", "d"]]
    assert (second["id"], second["similar"]) == ("b", [])
    assert {match.id for match in archive.workspace.alerts.matches("wire")} == set("abcd")


def test_invalid_alerts_are_refused(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive({"body": "x"})
    archive.add_alert("One", "x")
    for name in ("one", "a b", "", "a\nb"):
        with pytest.raises(AlertError):
            archive.add_alert(name, "x")
    with pytest.raises(QueryError):
        archive.add_alert("two", "(x")
    for every in ("", "soon", "0d", "1y", "-1h"):
        with pytest.raises(ValueError, match="not an interval"):
            archive.add_alert("two", "x", every=every)
    with pytest.raises(ValueError, match="threshold"):
        archive.add_alert("two", "x", group_similar=2)
    assert [alert.name for alert in archive.workspace.alerts.all()] == ["One"]


def test_query_that_an_archive_outgrows_is_an_error_of_its_alert(
    make_archive: Callable[..., Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    from searchidx.engines import query_limits

    archive = make_archive({"body": "nato"})
    archive.add_alert("broad", "n*")
    archive.add_alert("nato", "nato")
    monkeypatch.setattr(query_limits, "MAX_EXPANSION", 2)
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="new", headline="nato nasa nafta", body="-"))
    archive.refresh()
    broad, nato = archive.run_alerts("broad", "nato")
    assert "words" in broad.error
    assert [each["id"] for each in nato.articles] == ["new"]
    monkeypatch.undo()
    assert [each["id"] for each in archive.run_alerts("broad")[0].articles] == ["new"]


def test_removed_alert_leaves_nothing(make_archive: Callable[..., Archive]) -> None:
    archive = make_archive()
    archive.add_alert("nato", "nato", targets=[{"kind": "stdout"}])
    with archive.writer() as writer:
        writer.add(searchidx.Article(id="x", headline="nato", body="-"))
    archive.refresh()
    archive.run_alerts("nato")
    alerts = archive.workspace.alerts
    assert len(alerts.pending("9")) == 1
    assert alerts.remove("NATO")
    assert not alerts.remove("nato")
    assert (alerts.all(), alerts.pending("9")) == ([], [])
    assert list(archive.workspace.store.check()) == []


@pytest.mark.parametrize(
    ("every", "hours", "is_due"),
    [
        (None, 0, True),
        ("day", 12, False),
        ("day", 23, True),
        ("12h", 10, False),
        ("12h", 11, True),
        ("week", 24, False),
    ],
)
def test_alert_is_due_after_its_interval_or_a_tenth_before(every: str | None, hours: int, is_due: bool) -> None:
    seconds = None if every is None else parse_every(every)
    alert = Alert("a", "q", seconds, None, (), "", "2026-01-01T06:00:00+00:00", 0, 0, "")
    now = dt.datetime(2026, 1, 1, 6, tzinfo=dt.timezone.utc) + dt.timedelta(hours=hours)
    assert alert.is_due(now.isoformat()) is is_due
