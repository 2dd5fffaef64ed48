"""Add alerts, and run them: find what each has not reported yet, and record it.

A query is evaluated over the documents that were added since the alert last ran (`Snapshot.since`), which include every
article that changed. Other articles match as they did before, so the alert knows them. Queries whose answer also
changes without new documents are evaluated over the whole archive: those with relative dates, and those that ask for
labels or notes.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from whoosh import query as q

from searchidx.article import Article
from searchidx.engines.contract import Snapshot
from searchidx.engines.reference.match import highlighted_leaves
from searchidx.errors import AlertError, QueryError
from searchidx.query import Parsed, parse
from searchidx.query.traversal import leaves
from searchidx.search import searcher
from searchidx.search.hits import Snippet
from searchidx.search.snippets import IndexedDocument, preview_document
from searchidx.workspace.alerts import (
    CHANGED,
    LATE,
    NEW,
    Target,
    alert_key,
    are_known,
    insert_deliveries,
    insert_run,
    last_cursor,
    mark_seen,
    numbers_of,
    pack_numbers,
    remove_old_runs,
)
from searchidx.workspace.resolver import Resolver
from searchidx.workspace.seal import seal
from searchidx.workspace.store import utc_now

VERSION = 1
"""The version of what a delivery tells."""
_TWO_DAYS = dt.date(2001, 1, 1), dt.date(2022, 8, 18)
"""Two days that differ in year, month, weekday and all else that a relative date can name."""
_MAX_DOCUMENTS = 2_000
"""Analysed articles that are kept for the alerts of a run."""


class Found(NamedTuple):
    """What a run found for one alert.

    Attributes:
        alert: its name.
        payload: what deliveries tell; its `articles` are the articles not reported before.
        error: why it could not run; empty if it ran.
    """

    alert: str
    payload: dict[str, Any]
    error: str = ""

    @property
    def articles(self) -> list[dict[str, Any]]:
        """The articles that the alert has not reported before."""
        found: list[dict[str, Any]] = self.payload["articles"]
        return found


def add_alert(
    resolver: Resolver,
    snapshot: Snapshot,
    name: str,
    query: str,
    targets: Sequence[Target],
    every: int | None,
    similar: float | None,
    today: dt.date,
) -> int:
    """Add an alert that knows all articles that match now; returns how many.

    Raises `AlertError` if the name is invalid or taken, and `QueryError` if the query is.
    """
    key = alert_key(name)
    sealed = [seal(target) for target in targets]
    parsed = _resolve(resolver, parse(query, today=today), snapshot)
    ids = searcher.ids(snapshot, parsed)
    with resolver.workspace.store.transaction() as connection:
        if connection.execute("SELECT 1 FROM alerts WHERE key = ?", (key,)).fetchone():
            raise AlertError(name, "there is one of this name: remove it, or choose another name")
        added = snapshot.since(last_cursor(connection))
        run = insert_run(connection, today, snapshot.cursor)
        mark_seen(connection, _all_ids(added), run.number)
        known = pack_numbers(number for number, _ in numbers_of(connection, ids).values())
        connection.execute(
            "INSERT INTO alerts (key, name, query, every, similar, targets, at, run, known) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (key, name, query, every, similar, json.dumps(sealed), utc_now(), run.number, known),
        )
        remove_old_runs(connection)
    return len(ids)


def run_alerts(
    resolver: Resolver, snapshot: Snapshot, names: Iterable[str], today: dt.date, dry_run: bool = False
) -> list[Found]:
    """Find and record what alerts have not reported yet; one that cannot run stays as it was.

    Only one process may run alerts of a workspace at a time. With `dry_run` nothing is recorded.
    """
    keys = [alert_key(name) for name in names]
    with resolver.workspace.store.transaction() as connection:
        return _Run(connection, resolver, snapshot, today, dry_run).run(keys)


class _Run:
    """One run, in one transaction."""

    def __init__(
        self, connection: sqlite3.Connection, resolver: Resolver, snapshot: Snapshot, today: dt.date, dry_run: bool
    ) -> None:
        self._connection = connection
        self._resolver = resolver
        self._snapshot = snapshot
        self._today = today
        self._dry_run = dry_run
        self._articles: dict[str, _Article] = {}
        self._numbers: dict[str, tuple[int, int]] = {}
        self._added: dict[str, Snapshot] = {}

    def run(self, keys: Sequence[str]) -> list[Found]:
        connection = self._connection
        connection.execute("SAVEPOINT run")
        run = insert_run(connection, self._today, self._snapshot.cursor)
        found = []
        for key in keys:
            row = connection.execute(
                "SELECT alerts.number, name, query, similar, targets, known, runs.number, day, cursor "
                "FROM alerts JOIN runs ON run = runs.number WHERE key = ?",
                (key,),
            ).fetchone()
            if row is not None:
                found.append(self._run_alert(run.number, *row))
        remove_old_runs(connection)
        if self._dry_run:
            connection.execute("ROLLBACK TO run")
        connection.execute("RELEASE run")
        return found

    def _added_since(self, cursor: str, run: int) -> Snapshot:
        """The documents added since a cursor, which this run has then seen."""
        if cursor not in self._added:
            self._added[cursor] = self._snapshot.since(cursor)
            mark_seen(self._connection, _all_ids(self._added[cursor]), run)
        return self._added[cursor]

    def _run_alert(
        self, run: int, number: int, name: str, query: str, similar: float | None, targets: str, known: bytes,
        last_run: int, last_day: str, cursor: str,
    ) -> Found:  # fmt: skip
        added = self._added_since(cursor, run)
        payload: dict[str, Any] = {"version": VERSION, "alert": name, "query": query, "at": utc_now(), "articles": []}
        parsed = parse(query, today=self._today)
        where = self._snapshot if parsed.asks_workspace or _is_relative(parsed) else added
        try:
            parsed = _resolve(self._resolver, parsed, where)
            docs = where.search(q.ConstantScoreQuery(parsed.tree, 0.0), limit=None).docs
        except QueryError as error:
            return Found(name, payload, str(error))
        unknown = self._leave_out_known(number, known, [where.id(doc) for doc in docs]) if len(docs) else {}
        highlighted = highlighted_leaves(parsed.tree)
        last_ordinal = dt.date.fromisoformat(last_day).toordinal()
        rows = []
        at = utc_now()
        for id, (article_number, seen) in unknown.items():
            article = self._article(id)
            reason = CHANGED if seen <= last_run else LATE if article.stop <= last_ordinal else NEW
            rows.append((number, article_number, reason, at))
            payload["articles"].append(article.describe(reason, highlighted))
        self._connection.executemany("INSERT INTO matches VALUES (?, ?, ?, ?)", rows)
        self._connection.execute("UPDATE alerts SET run = ? WHERE number = ?", (run, number))
        if unknown:
            if similar is not None:
                payload["articles"] = self._group(payload["articles"], similar)
            insert_deliveries(self._connection, number, json.loads(targets), payload)
        return Found(name, payload)

    def _leave_out_known(self, alert: int, known: bytes, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The articles that an alert does not know, in the order given, with their number and first run."""
        if new := [id for id in ids if id not in self._numbers]:
            self._numbers.update(numbers_of(self._connection, new))
        numbers = [self._numbers[id] for id in ids]
        are_old = are_known(known, (number for number, _ in numbers))
        rows = self._connection.execute(
            "SELECT article FROM matches WHERE alert = ? AND article IN (SELECT value FROM json_each(?))",
            (alert, json.dumps([number for number, _ in numbers])),
        )
        reported = {number for (number,) in rows}
        return {
            id: pair
            for id, pair, is_old in zip(ids, numbers, are_old, strict=True)
            if not is_old and pair[0] not in reported
        }

    def _article(self, id: str) -> _Article:
        """The analysed article, kept for other alerts."""
        if id not in self._articles:
            if len(self._articles) >= _MAX_DOCUMENTS:
                self._articles.clear()
            doc = self._snapshot.find(id)
            assert doc is not None  # it is a hit of this snapshot
            self._articles[id] = _Article(self._snapshot.article(doc))
        return self._articles[id]

    def _group(self, articles: list[dict[str, Any]], threshold: float) -> list[dict[str, Any]]:
        """The first article of each group of near-duplicates, with the others as `similar`."""
        by_doc = {self._snapshot.find(each["id"]): each for each in articles}
        others: set[int] = set()
        docs = sorted(doc for doc in by_doc if doc is not None)
        for first, *rest in self._snapshot.near_duplicates(docs, threshold):
            others.update(rest)
            by_doc[first]["similar"] = [
                {name: by_doc[doc][name] for name in ("id", "headline", "date", "source", "reason")} for doc in rest
            ]
        return [each for doc, each in by_doc.items() if doc not in others]


def _resolve(resolver: Resolver, parsed: Parsed, snapshot: Snapshot) -> Parsed:
    """Look up what a query asks of the workspace, and about versions: an article that gets a version is added again."""
    parsed = resolver.resolve(parsed, snapshot)
    if parsed.asks_history:
        from searchidx.search.history import resolve  # few alerts ask

        parsed = resolve(parsed, snapshot)
    return parsed


def _all_ids(snapshot: Snapshot) -> Iterable[str]:
    return map(snapshot.id, snapshot.search(q.Every(), limit=None).docs)


class _Article:
    """An article that alerts report: analysed, and what every delivery tells of it.

    Attributes:
        stop: the day after the last to which it may be dated, as an ordinal; later than all days without a date.
    """

    def __init__(self, article: Article) -> None:
        self._document = IndexedDocument(article)
        self.stop = dt.date.max.toordinal() + 1 if article.date is None else article.date.days.stop
        self._head = {
            "id": article.id,
            "headline": article.headline,
            "date": None if article.date is None else str(article.date),
            "source": article.source,
        }

    def describe(self, reason: str, leaves: Sequence[q.Query]) -> dict[str, Any]:
        """What a delivery tells of it; `leaves` are the `highlighted_leaves` of the query."""
        preview = preview_document(leaves, self._document)
        return {
            **self._head,
            "reason": reason,
            "url": self._document.article.url,
            "headline_spans": _spans(preview.headline),
            "passage": {"text": preview.snippet.text, "spans": _spans(preview.snippet)},
            "similar": [],
        }


def _is_relative(parsed: Parsed) -> bool:
    """Whether a query means something else on another day."""
    if parsed.query is None or not any(isinstance(leaf, q.DateRange) for leaf in leaves(parsed.query)):
        return False
    one, other = (repr(parse(parsed.text, today=day).query) for day in _TWO_DAYS)
    return one != other


def _spans(snippet: Snippet) -> list[list[int]]:
    return [list(span) for span in snippet.spans]
