"""The SQLite file of a workspace: connection, transactions, migrations, integrity.

The file is in WAL mode: any number of processes read while one writes, and each transaction is durable. `user_version`
is the version of the tables; opening a file for writing brings it to the current version. Times are ISO 8601 in UTC.
A file that does not exist reads as an empty workspace, and the first write creates it.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from searchidx.errors import WorkspaceError

APPLICATION_ID = 0x53494458
"""`SIDX`, in the header of the file: no other program's database is taken for a workspace."""
MIGRATIONS = (
    """
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('revision', 0);
    CREATE TABLE articles (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
    CREATE TABLE labels (
        number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, color TEXT NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE label_articles (
        label INTEGER NOT NULL REFERENCES labels ON DELETE CASCADE, article INTEGER NOT NULL REFERENCES articles,
        at TEXT NOT NULL, PRIMARY KEY (label, article)
    ) WITHOUT ROWID;
    CREATE INDEX labels_of_article ON label_articles (article);
    CREATE TABLE notes (
        article INTEGER PRIMARY KEY REFERENCES articles, text TEXT NOT NULL, at TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, day TEXT NOT NULL, cursor TEXT NOT NULL
    );
    ALTER TABLE articles ADD COLUMN seen INTEGER;
    CREATE TABLE alerts (
        number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, query TEXT NOT NULL,
        every INTEGER, similar REAL, targets TEXT NOT NULL, at TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs,
        known BLOB NOT NULL
    );
    CREATE INDEX alerts_of_run ON alerts (run);
    CREATE TABLE matches (
        alert INTEGER NOT NULL REFERENCES alerts ON DELETE CASCADE, article INTEGER NOT NULL REFERENCES articles,
        reason TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (alert, article)
    ) WITHOUT ROWID;
    CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        alert INTEGER NOT NULL REFERENCES alerts ON DELETE CASCADE, target TEXT NOT NULL, articles INTEGER NOT NULL,
        payload TEXT, at TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, retry_at TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '', delivered TEXT
    );
    CREATE INDEX pending_deliveries ON deliveries (number) WHERE delivered IS NULL;
    """,
)
"""The statements that lead from each version to the next; version 0 is an empty file."""
BUSY_SECONDS = 60.0
"""How long a transaction waits for those of other processes."""
_RETRY_INTERVAL = 0.02


class Store:
    """The tables of a workspace. Threads may share it.

    A connection is opened on first use, and closed with the last reference to the store at the latest: Python 3.13
    warns of one that is left open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._is_on_disk = False

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement that changes nothing."""
        with self._lock, self._errors():
            return self._connect(create=False).execute(statement, values).fetchall()

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection whose statements within the block all read the same state."""
        with self._lock, self._errors():
            connection = self._connect(create=False)
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes within the block are made together, or not at all after an exception."""
        with self._lock, self._errors():
            connection = self._connect(create=True)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'revision'")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def revision(self) -> int:
        """A number that grows with every transaction; 0 for an empty workspace."""
        return int(self.read("SELECT value FROM counters WHERE name = 'revision'")[0][0])

    def check(self) -> Iterator[str]:
        """Yield a line for each damage of the file."""
        try:
            problems = [f"{self.path}: {line}" for (line,) in self.read("PRAGMA integrity_check") if line != "ok"]
            for table, _, parent, _ in self.read("PRAGMA foreign_key_check"):
                problems.append(f"{self.path}: a row of {table} refers to a missing row of {parent}")
        except WorkspaceError as error:
            yield str(error)
            return
        yield from problems

    def close(self) -> None:
        """Close the connection; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._finalizer()
                self._connection = None

    def _connect(self, create: bool) -> sqlite3.Connection:
        """The connection to the file, or, unless it is to be created, to an empty workspace in memory."""
        if self._connection is not None and (self._is_on_disk or not (create or self.path.exists())):
            return self._connection
        self.close()
        self._is_on_disk = create or self.path.exists()
        if create:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path if self._is_on_disk else ":memory:",
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        self._finalizer = weakref.finalize(self, connection.close)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Bring the tables to the current version."""
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")  # another process may be making the tables: all three are of one state
        version = _version(connection)
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        connection.execute("COMMIT")
        if version == 0 and tables:
            raise self._not_a_workspace()
        if version and application != APPLICATION_ID:
            raise self._not_a_workspace()
        if version > len(MIGRATIONS):
            raise WorkspaceError(
                self.path,
                f"the workspace {self.path} is of version {version}, and this searchidx knows versions up to "
                f"{len(MIGRATIONS)}: use a newer searchidx",
            )
        if version:
            # A damaged page can look like an empty one, and its labels as if nobody had given them. 3 ms a megabyte.
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found.splitlines()[-1])
        if version == len(MIGRATIONS):
            return
        _set_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        for number, script in enumerate(MIGRATIONS[_version(connection) :], _version(connection) + 1):
            for statement in script.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")

    def _not_a_workspace(self) -> WorkspaceError:
        return WorkspaceError(
            self.path, f"{self.path} is a database of another program: name another file with --workspace"
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of SQLite and of the system into `WorkspaceError`."""
        try:
            yield
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            advice = "another process writes to it: try again" if busy else "check the disk and the permissions"
            raise WorkspaceError(self.path, f"cannot use the workspace {self.path} ({error}): {advice}") from error
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(
                self.path, f"the workspace {self.path} is damaged ({error}): restore it from a copy or an export"
            ) from error
        except OSError as error:
            raise WorkspaceError(
                self.path, f"cannot use the workspace {self.path}: {error.strerror or error}"
            ) from error


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _set_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL mode; SQLite does not wait for other processes here, so this does."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_INTERVAL)


def utc_now() -> str:
    """The current time, as the tables hold it."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")


def add_articles(connection: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Give ids numbers, those that have none yet."""
    connection.executemany("INSERT OR IGNORE INTO articles (id) VALUES (?)", ((id,) for id in ids))
