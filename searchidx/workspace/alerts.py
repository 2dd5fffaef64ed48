"""Alerts: saved searches that report each article that matches once, and the deliveries that tell of them.

An alert *knows* the articles that matched when it was added, and those it found since. A run finds the articles that
match and that it does not know. It records them, the deliveries that tell of them, and what the alert has now seen, in
one transaction; then each delivery is made, and recorded as delivered. So a crash before the transaction finds the same
articles again, and a crash after it leaves deliveries that the next run makes. Only a crash between the success of a
delivery and its record repeats that delivery, with the same id.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import uuid
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from searchidx.errors import AlertError
from searchidx.folding import lower
from searchidx.query import LABEL_HELP, LABEL_NAME
from searchidx.workspace.store import Store, utc_now

NEW, LATE, CHANGED = "new", "late", "changed"
"""Why an article is reported: it is new; it is new, but dated before the day of the last run; it matches since it
changed."""
_EVERY = re.compile(r"(\d{1,5})([mhdw])")
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NAMED = {"hour": "1h", "day": "1d", "week": "1w"}
_EARLY = 0.1
"""The part of an interval by which a run may be early: a daily job does not start at the same second each day."""
_MAX_RETRY_SECONDS = 86_400

Target = Mapping[str, Any]
"""Where an alert is delivered to: `kind` and the settings of that kind, see `searchidx.alerts.deliveries`."""


class Run(NamedTuple):
    """A run that looked at a snapshot: its number, its local day, and the cursor of the snapshot."""

    number: int
    day: str
    cursor: str


class Alert(NamedTuple):
    """A saved search.

    Attributes:
        name: its name.
        query: its query.
        every: how many seconds lie between two runs; None runs it after every build.
        similar: the similarity from which articles of one delivery are grouped; None for no groups.
        targets: where it is delivered to.
        added: when it was added.
        last_run: when it last ran.
        found: how many articles it has reported.
        pending: how many deliveries are still to be made.
        error: why the last attempt of one of these failed.
    """

    name: str
    query: str
    every: int | None
    similar: float | None
    targets: tuple[Target, ...]
    added: str
    last_run: str
    found: int
    pending: int
    error: str

    def is_due(self, now: str) -> bool:
        """Whether it should run now."""
        if self.every is None:
            return True
        elapsed = dt.datetime.fromisoformat(now) - dt.datetime.fromisoformat(self.last_run)
        return elapsed.total_seconds() >= self.every * (1 - _EARLY)

    def to_dict(self) -> dict[str, Any]:
        """Return the alert as plain values."""
        targets = [{name: value for name, value in target.items() if name != "seal"} for target in self.targets]
        return {**self._asdict(), "targets": targets}


class Match(NamedTuple):
    """An article that an alert reported: its id, the reason, when."""

    id: str
    reason: str
    at: str


class Delivery(NamedTuple):
    """A delivery to be made. `id` stays the same when it is repeated; `payload` is what to tell."""

    number: int
    id: str
    alert: str
    target: Target
    payload: dict[str, Any]
    attempts: int


class Alerts:
    """The alerts of a workspace."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def all(self) -> list[Alert]:
        """All alerts, by name."""
        rows = self.store.read(
            "SELECT name, query, every, similar, targets, alerts.at, runs.at, "
            "(SELECT count(*) FROM matches WHERE alert = alerts.number), "
            "(SELECT count(*) FROM deliveries WHERE alert = alerts.number AND delivered IS NULL), "
            "coalesce((SELECT error FROM deliveries WHERE alert = alerts.number AND delivered IS NULL "
            "AND error <> '' ORDER BY number DESC LIMIT 1), '') "
            "FROM alerts JOIN runs ON run = runs.number ORDER BY key"
        )
        return [Alert(*row)._replace(targets=tuple(json.loads(row[4]))) for row in rows]

    def get(self, name: str) -> Alert:
        """An alert; raises `AlertError` if there is none."""
        key = lower(name)
        found = next((alert for alert in self.all() if lower(alert.name) == key), None)
        if found is None:
            raise AlertError(name, "there is no such alert: 'searchidx alert list' lists all")
        return found

    def remove(self, name: str) -> bool:
        """Remove an alert with all it knows; returns whether there was one."""
        with self.store.transaction() as connection:
            found = connection.execute("DELETE FROM alerts WHERE key = ?", (lower(name),)).rowcount > 0
            remove_old_runs(connection)
            return found

    def matches(self, name: str, limit: int | None = None) -> list[Match]:
        """The articles that an alert reported, the latest first."""
        rows = self.store.read(
            "SELECT id, reason, at FROM matches JOIN articles ON article = articles.number "
            "WHERE alert = (SELECT number FROM alerts WHERE key = ?) ORDER BY at DESC, article DESC LIMIT ?",
            (lower(name), -1 if limit is None else limit),
        )
        return [Match(*row) for row in rows]

    # -- deliveries ----------------------------------------------------------------------------------------------------

    def pending(self, now: str) -> list[Delivery]:
        """The deliveries to be made, in order, without those that failed a short while ago."""
        rows = self.store.read(
            "SELECT deliveries.number, id, name, target, payload, attempts "
            "FROM deliveries JOIN alerts ON alert = alerts.number "
            "WHERE delivered IS NULL AND retry_at <= ? ORDER BY deliveries.number",
            (now,),
        )
        return [
            Delivery(number, id, name, json.loads(target), json.loads(payload), attempts)
            for number, id, name, target, payload, attempts in rows
        ]

    def record_delivery(self, delivery: Delivery) -> None:
        """Record that a delivery succeeded; its content is no longer kept."""
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET delivered = ?, payload = NULL, error = '' WHERE number = ?",
                (utc_now(), delivery.number),
            )

    def record_failure(self, delivery: Delivery, reason: str) -> None:
        """Record that a delivery failed; later runs repeat it, at first after a minute, at last once a day."""
        wait = dt.timedelta(seconds=min(60 * 2**delivery.attempts, _MAX_RETRY_SECONDS))
        retry_at = (dt.datetime.now(dt.timezone.utc) + wait).isoformat(timespec="seconds")
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET attempts = attempts + 1, retry_at = ?, error = ? WHERE number = ?",
                (retry_at, reason, delivery.number),
            )

    def forget(self, ids: Iterable[str]) -> None:
        """Remove articles from deliveries that are still to be made: they were deleted permanently."""
        gone = set(ids)
        with self.store.transaction() as connection:
            rows = connection.execute("SELECT number, payload FROM deliveries WHERE delivered IS NULL").fetchall()
            for number, text in rows:
                payload = json.loads(text)
                kept = [each for each in payload["articles"] if each["id"] not in gone]
                for each in kept:
                    each["similar"] = [other for other in each["similar"] if other["id"] not in gone]
                text = json.dumps({**payload, "articles": kept}, ensure_ascii=False)
                connection.execute("UPDATE deliveries SET payload = ? WHERE number = ?", (text, number))


# -- parts of a transaction, used by `alert_run` -----------------------------------------------------------------------


def parse_every(text: str) -> int:
    """The seconds of an interval: hour, day, week, or a number and m, h, d or w; `ValueError` for others."""
    match = _EVERY.fullmatch(_NAMED.get(text, text))
    if match is None or not int(match[1]):
        raise ValueError(f"{text!r} is not an interval: write hour, day, week, or a number such as 30m, 12h, 2d, 1w")
    return int(match[1]) * _SECONDS[match[2]]


def alert_key(name: str) -> str:
    """The form in which names are compared; `AlertError` for a name that no alert can have."""
    if not LABEL_NAME.fullmatch(name):
        raise AlertError(name, f"no alert can have this name: {LABEL_HELP}")
    return lower(name)


def insert_run(connection: sqlite3.Connection, day: dt.date, cursor: str) -> Run:
    """Record a run."""
    statement = "INSERT INTO runs (at, day, cursor) VALUES (?, ?, ?)"
    number = connection.execute(statement, (utc_now(), day.isoformat(), cursor)).lastrowid
    return Run(int(number or 0), day.isoformat(), cursor)


def last_cursor(connection: sqlite3.Connection) -> str:
    """The cursor of the last run; empty before the first."""
    row = connection.execute("SELECT cursor FROM runs ORDER BY number DESC LIMIT 1").fetchone()
    return "" if row is None else str(row[0])


def mark_seen(connection: sqlite3.Connection, ids: Iterable[str], run: int) -> None:
    """Record in which run articles were seen first."""
    connection.executemany(
        "INSERT INTO articles (id, seen) VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET seen = excluded.seen WHERE seen IS NULL",
        ((id, run) for id in ids),
    )


def numbers_of(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """The numbers of articles, and the runs in which they were seen first, by id."""
    rows = connection.execute(
        "SELECT id, number, seen FROM articles WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
    )
    return {id: (number, seen) for id, number, seen in rows}


def pack_numbers(numbers: Iterable[int]) -> bytes:
    """Numbers of articles as a column holds them."""
    return array("I", sorted(numbers)).tobytes()


def unpack_numbers(packed: bytes) -> set[int]:
    """The numbers in such a column."""
    return set(array("I", packed))


def are_known(packed: bytes, numbers: Iterable[int]) -> list[bool]:
    """Whether each of some numbers is in such a column."""
    known = array("I", packed)
    places = ((number, bisect_left(known, number)) for number in numbers)
    return [at < len(known) and known[at] == number for number, at in places]


def insert_deliveries(
    connection: sqlite3.Connection, alert: int, targets: Sequence[Target], payload: Mapping[str, Any]
) -> None:
    """Record a delivery to each target."""
    text = json.dumps(payload, ensure_ascii=False)
    for target in targets:
        connection.execute(
            "INSERT INTO deliveries (id, alert, target, articles, payload, at) VALUES (?, ?, ?, ?, ?, ?)",
            (str(uuid.uuid4()), alert, json.dumps(target), len(payload["articles"]), text, utc_now()),
        )


def remove_old_runs(connection: sqlite3.Connection) -> None:
    """Remove runs that no alert needs; the last one says what was seen."""
    connection.execute(
        "DELETE FROM runs WHERE number NOT IN (SELECT run FROM alerts) AND number < (SELECT max(number) FROM runs)"
    )
