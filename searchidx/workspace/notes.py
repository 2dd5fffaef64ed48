"""Notes: one text for an article, which people write about it."""

from __future__ import annotations

from collections.abc import Iterable

from searchidx.workspace.store import Store, add_articles, utc_now


class Notes:
    """The notes of a workspace."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def set(self, id: str, text: str) -> None:
        """Write the note of an article in place of any former one; a blank text removes it."""
        self.set_all([(id, text)])

    def set_all(self, notes: Iterable[tuple[str, str]]) -> None:
        """Write the notes of several articles, given as pairs of id and text, in one transaction."""
        now = utc_now()
        with self._store.transaction() as connection:
            for id, text in notes:
                if text.strip():
                    add_articles(connection, [id])
                    connection.execute(
                        "INSERT INTO notes SELECT number, ?, ? FROM articles WHERE id = ? "
                        "ON CONFLICT (article) DO UPDATE SET text = excluded.text, at = excluded.at",
                        (text.strip(), now, id),
                    )
                else:
                    connection.execute(
                        "DELETE FROM notes WHERE article = (SELECT number FROM articles WHERE id = ?)", (id,)
                    )

    def get(self, id: str) -> str:
        """The note of an article; empty if it has none."""
        rows = self._store.read("SELECT text FROM notes JOIN articles ON article = number WHERE id = ?", (id,))
        return str(rows[0][0]) if rows else ""

    def all(self) -> dict[str, str]:
        """All notes by the id of their article."""
        return dict(self._store.read("SELECT id, text FROM notes JOIN articles ON article = number ORDER BY number"))
