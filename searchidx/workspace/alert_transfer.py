"""Alerts in the export of a workspace: what they ask, what they know, and deliveries that are still to be made.

An imported alert knows what it knew. Its next run looks at the whole archive, since it may be another one. Its targets
work where the same user added them (`seal`).
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from searchidx.workspace.alerts import alert_key, numbers_of, pack_numbers, unpack_numbers
from searchidx.workspace.store import add_articles

_BATCH = 1_000


def export_alerts(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """The records of all alerts."""
    rows = connection.execute(
        "SELECT alerts.number, name, query, every, similar, targets, alerts.at, known, runs.at, day "
        "FROM alerts JOIN runs ON run = runs.number ORDER BY alerts.number"
    ).fetchall()
    for number, name, query, every, similar, targets, at, known, run_at, day in rows:
        yield {
            "kind": "alert", "name": name, "query": query, "every": every, "similar": similar,
            "targets": json.loads(targets), "at": at, "run_at": run_at, "day": day,
        }  # fmt: skip
        articles = [[id, "", ""] for id in _ids_of(connection, sorted(unpack_numbers(known)))]
        articles += map(
            list,
            connection.execute(
                "SELECT id, reason, at FROM matches JOIN articles ON article = articles.number "
                "WHERE alert = ? ORDER BY article",
                (number,),
            ),
        )
        for at_row in range(0, len(articles), _BATCH):
            yield {"kind": "known", "alert": name, "articles": articles[at_row : at_row + _BATCH]}
        pending = connection.execute(
            "SELECT id, target, payload, at FROM deliveries WHERE alert = ? AND delivered IS NULL ORDER BY number",
            (number,),
        )
        for id, target, payload, at_found in pending:
            yield {
                "kind": "delivery", "alert": name, "id": id, "target": json.loads(target),
                "payload": json.loads(payload), "at": at_found,
            }  # fmt: skip


def import_alert(connection: sqlite3.Connection, record: Mapping[str, Any], imported: dict[str, int]) -> None:
    """Import one record; `imported` has the numbers of the alerts of this import by key.

    Raises ValueError if there is an alert of that name already, and what decoding damaged JSON raises.
    """
    name = record["name"] if record["kind"] == "alert" else record["alert"]
    key = alert_key(name)
    if record["kind"] == "alert":
        if connection.execute("SELECT 1 FROM alerts WHERE key = ?", (key,)).fetchone():
            raise ValueError(f"there is an alert {name!r} already, which stays as it is")
        imported[key] = _insert_alert(connection, key, record)
        return
    if key not in imported:
        raise ValueError(f"there is an alert {name!r} already, which stays as it is")
    if record["kind"] == "known":
        _insert_known(connection, imported[key], record["articles"])
    else:
        connection.execute(
            "INSERT OR IGNORE INTO deliveries (id, alert, target, articles, payload, at) VALUES (?, ?, ?, ?, ?, ?)",
            (
                str(record["id"]),
                imported[key],
                json.dumps(dict(record["target"])),
                len(record["payload"]["articles"]),
                json.dumps(dict(record["payload"]), ensure_ascii=False),
                str(record["at"]),
            ),
        )


def _insert_alert(connection: sqlite3.Connection, key: str, record: Mapping[str, Any]) -> int:
    dt.date.fromisoformat(record["day"])
    dt.datetime.fromisoformat(record["run_at"])
    run = connection.execute("INSERT INTO runs (at, day, cursor) VALUES (?, ?, '')", (record["run_at"], record["day"]))
    cursor = connection.execute(
        "INSERT INTO alerts (key, name, query, every, similar, targets, at, run, known) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, x'')",
        (
            key,
            record["name"],
            str(record["query"]),
            None if record["every"] is None else int(record["every"]),
            None if record["similar"] is None else float(record["similar"]),
            json.dumps([dict(target) for target in record["targets"]]),
            str(record["at"]),
            run.lastrowid,
        ),
    )
    return int(cursor.lastrowid or 0)


def _insert_known(connection: sqlite3.Connection, alert: int, articles: list[list[str]]) -> None:
    rows = [(str(id), str(reason), str(at)) for id, reason, at in articles]
    add_articles(connection, [id for id, _, _ in rows])
    numbers = numbers_of(connection, [id for id, _, _ in rows])
    (before,) = connection.execute("SELECT known FROM alerts WHERE number = ?", (alert,)).fetchone()
    known = {numbers[id][0] for id, reason, _ in rows if not reason}
    packed = pack_numbers(unpack_numbers(before) | known)
    connection.execute("UPDATE alerts SET known = ? WHERE number = ?", (packed, alert))
    connection.executemany(
        "INSERT OR IGNORE INTO matches VALUES (?, ?, ?, ?)",
        ((alert, numbers[id][0], reason, at) for id, reason, at in rows if reason),
    )


def _ids_of(connection: sqlite3.Connection, numbers: list[int]) -> list[str]:
    rows = connection.execute(
        "SELECT id FROM articles WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number",
        (json.dumps(numbers),),
    )
    return [id for (id,) in rows]
