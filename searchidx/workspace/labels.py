"""Labels: names that people give to articles, such as `relevant`, `seen` or `relevant@anna` of a coder.

Names are compared without case. Each label has a revision that grows when its articles change, so that a set of
articles found once can be used until then.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from searchidx.engines.contract import Snapshot
from searchidx.errors import LabelError
from searchidx.folding import lower
from searchidx.query import LABEL_HELP, LABEL_NAME
from searchidx.workspace.store import Store, add_articles, utc_now

COLORS = ("blue", "green", "orange", "purple", "red", "teal", "yellow", "gray")
"""The colours of labels, in the order in which new labels get them."""
_CODER = re.compile(r"(?P<name>.+)@(?P<coder>[^@]+)")


class Label(NamedTuple):
    """A label.

    Attributes:
        name: as it was first written.
        color: one of `COLORS`.
        articles: how many articles have it, those that are gone from the index included.
    """

    name: str
    color: str
    articles: int


class LabelCount(NamedTuple):
    """A label with the articles of one snapshot; `gone` of its `articles` are not in it."""

    name: str
    color: str
    articles: int
    gone: int


class Labels:
    """The labels of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, snapshot: Snapshot) -> list[LabelCount]:
        """All labels, with how many of their articles a snapshot lacks."""
        return [
            LabelCount(*label, label.articles - len(snapshot.find_all(self.ids(label.name)))) for label in self.all()
        ]

    def add(self, name: str, ids: Iterable[str], color: str | None = None) -> int:
        """Give articles a label, and create the label if it is new; returns how many did not have it.

        Raises:
            LabelError: for a name or a colour that no label can have.
        """
        key = label_key(name)
        if color is not None and color not in COLORS:
            raise LabelError(name, f"{color!r} is not a colour: use one of {', '.join(COLORS)}")
        ids = list(ids)
        with self._store.transaction() as connection:
            number = _create(connection, key, name, color)
            return _label(connection, number, ids)

    def remove(self, name: str, ids: Iterable[str]) -> int:
        """Take a label from articles; returns how many had it."""
        with self._store.transaction() as connection:
            number = _find(connection, label_key(name))
            if number is None:
                return 0
            before = connection.total_changes
            connection.executemany(
                "DELETE FROM label_articles WHERE label = ? AND article = (SELECT number FROM articles WHERE id = ?)",
                ((number, id) for id in ids),
            )
            removed = connection.total_changes - before
            connection.execute("UPDATE labels SET revision = revision + 1 WHERE number = ?", (number,))
            return removed

    def delete(self, name: str) -> bool:
        """Delete a label, whatever has it; returns whether there was one."""
        with self._store.transaction() as connection:
            return connection.execute("DELETE FROM labels WHERE key = ?", (label_key(name),)).rowcount > 0

    def all(self) -> list[Label]:
        """All labels, by name."""
        rows = self._store.read(
            "SELECT name, color, (SELECT count(*) FROM label_articles WHERE label = number) FROM labels ORDER BY key"
        )
        return [Label(*row) for row in rows]

    def ids(self, name: str) -> list[str]:
        """The ids of the articles with a label, in the order in which the workspace first met them."""
        rows = self._store.read(
            "SELECT id FROM label_articles JOIN articles ON article = articles.number "
            "WHERE label = (SELECT number FROM labels WHERE key = ?)",
            (label_key(name),),
        )
        return [id for (id,) in rows]

    def of(self, ids: Iterable[str]) -> dict[str, tuple[Label, ...]]:
        """The labels of some articles, by id; articles without any are left out. `articles` is 0 in these labels."""
        found: dict[str, tuple[Label, ...]] = {}
        wanted = list(ids)
        for at in range(0, len(wanted), 500):  # SQLite limits the values of one statement
            batch = wanted[at : at + 500]
            rows = self._store.read(
                "SELECT id, name, color FROM articles JOIN label_articles ON article = articles.number "
                "JOIN labels ON label = labels.number "
                f"WHERE id IN ({', '.join('?' * len(batch))}) ORDER BY id, key",
                batch,
            )
            for id, group in groupby(rows, key=lambda row: str(row[0])):
                found[id] = tuple(Label(name, color, 0) for _, name, color in group)
        return found

    def states(self) -> dict[str, tuple[int, ...]]:
        """The state of every label by its key: numbers that no other set of articles of a label ever has."""
        return {key: (number, revision) for key, number, revision in self._store.read(
            "SELECT key, number, revision FROM labels"
        )}  # fmt: skip

    def coders(self, name: str) -> list[str]:
        """The coders who have a label `name@coder`, by name."""
        key = label_key(name)
        matches = (_CODER.fullmatch(label.name) for label in self.all())
        return [match["coder"] for match in matches if match and label_key(match["name"]) == key]


def label_key(name: str) -> str:
    """The form in which names are compared; `LabelError` for a name that no label can have."""
    if not LABEL_NAME.fullmatch(name):
        raise LabelError(name, f"no label can have this name: {LABEL_HELP}")
    return lower(name)


def add_label_rows(
    connection: sqlite3.Connection, name: str, rows: Sequence[tuple[str, str]], color: str | None
) -> int:
    """Label articles, given as pairs of id and time, in an open transaction; returns how many did not have it."""
    number = _create(connection, label_key(name), name, color)
    return _label(connection, number, [id for id, _ in rows], [at for _, at in rows])


def _find(connection: sqlite3.Connection, key: str) -> int | None:
    row = connection.execute("SELECT number FROM labels WHERE key = ?", (key,)).fetchone()
    return None if row is None else int(row[0])


def _create(connection: sqlite3.Connection, key: str, name: str, color: str | None) -> int:
    """The number of a label, which is created if it is new."""
    number = _find(connection, key)
    if number is None:
        count = connection.execute("SELECT count(*) FROM labels").fetchone()[0]
        statement = "INSERT INTO labels (key, name, color) VALUES (?, ?, ?)"
        cursor = connection.execute(statement, (key, name, color or COLORS[count % len(COLORS)]))
        return int(cursor.lastrowid or 0)
    if color is not None:
        connection.execute("UPDATE labels SET color = ? WHERE number = ?", (color, number))
    return number


def _label(connection: sqlite3.Connection, number: int, ids: Sequence[str], times: Sequence[str] = ()) -> int:
    add_articles(connection, ids)
    before = connection.total_changes
    now = utc_now()
    connection.executemany(
        "INSERT OR IGNORE INTO label_articles SELECT ?, number, ? FROM articles WHERE id = ?",
        ((number, at, id) for id, at in zip(ids, times or [now] * len(ids), strict=True)),
    )
    added = connection.total_changes - before
    if added:
        connection.execute("UPDATE labels SET revision = revision + 1 WHERE number = ?", (number,))
    return added
