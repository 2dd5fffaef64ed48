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
from searchidx.engines.reference.match import Document
from searchidx.errors import AlertError, QueryError
from searchidx.query import Parsed, parse
from searchidx.search.hits import Snippet
from searchidx.search.snippets import LazyDocument, preview_document
from searchidx.workspace.alerts import (
    CHANGED,
    LATE,
    NEW,
    Target,
    alert_key,
    insert_deliveries,
    insert_run,
    last_cursor,
    mark_seen,
    numbers_of,
    pack_numbers,
    remove_old_runs,
    unpack_numbers,
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
    tree = _resolve(resolver, parse(query, today=today), snapshot).tree
    ids = [snapshot.id(doc) for doc in snapshot.search(q.ConstantScoreQuery(tree, 0.0), limit=None).docs]
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
        self._documents: dict[str, Document] = {}
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
        where = self._snapshot if parsed.asks_workspace or _is_relative(query) else added
        try:
            parsed = _resolve(self._resolver, parsed, where)
            docs = where.search(q.ConstantScoreQuery(parsed.tree, 0.0), limit=None).docs
        except QueryError as error:
            return Found(name, payload, str(error))
        unknown = self._leave_out_known(number, known, [where.id(doc) for doc in docs]) if len(docs) else {}
        at = utc_now()
        for id, (article, seen) in unknown.items():
            reason = self._reason(id, seen, last_run, last_day)
            self._connection.execute("INSERT INTO matches VALUES (?, ?, ?, ?)", (number, article, reason, at))
            payload["articles"].append(self._describe(id, reason, parsed))
        self._connection.execute("UPDATE alerts SET run = ? WHERE number = ?", (run, number))
        if unknown:
            if similar is not None:
                payload["articles"] = self._group(payload["articles"], similar)
            insert_deliveries(self._connection, number, json.loads(targets), payload)
        return Found(name, payload)

    def _leave_out_known(self, alert: int, known: bytes, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        """The articles that an alert does not know, in the order given, with their number and first run."""
        numbers = numbers_of(self._connection, ids)
        rows = self._connection.execute(
            "SELECT article FROM matches WHERE alert = ? AND article IN (SELECT value FROM json_each(?))",
            (alert, json.dumps([number for number, _ in numbers.values()])),
        )
        before = unpack_numbers(known) | {number for (number,) in rows}
        return {id: numbers[id] for id in ids if numbers[id][0] not in before}

    def _document(self, id: str) -> Document:
        """The analysed article, kept for other alerts."""
        if id not in self._documents:
            if len(self._documents) >= _MAX_DOCUMENTS:
                self._documents.clear()
            doc = self._snapshot.find(id)
            assert doc is not None  # it is a hit of this snapshot
            self._documents[id] = LazyDocument(self._snapshot.article(doc))
        return self._documents[id]

    def _reason(self, id: str, seen: int, last_run: int, last_day: str) -> str:
        if seen <= last_run:
            return CHANGED
        date = self._document(id).article.date
        return LATE if date is not None and date.days.stop <= dt.date.fromisoformat(last_day).toordinal() else NEW

    def _describe(self, id: str, reason: str, parsed: Parsed) -> dict[str, Any]:
        """What a delivery tells of an article."""
        document = self._document(id)
        preview = preview_document(parsed.tree, document)
        headline, passage = preview.headline, preview.snippet
        return {
            **_head(document.article),
            "reason": reason,
            "url": document.article.url,
            "headline_spans": _spans(headline),
            "passage": {"text": passage.text, "spans": _spans(passage)},
            "similar": [],
        }

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


def _is_relative(query: str) -> bool:
    """Whether a query means something else on another day."""
    one, other = (repr(parse(query, today=day).query) for day in _TWO_DAYS)
    return one != other


def _head(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "headline": article.headline,
        "date": None if article.date is None else str(article.date),
        "source": article.source,
    }


def _spans(snippet: Snippet) -> list[list[int]]:
    return [list(span) for span in snippet.spans]
