"""The facade of a workspace, and where it is by default."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from searchidx.engines.locations import IndexLocation
from searchidx.workspace.labels import Labels
from searchidx.workspace.notes import Notes
from searchidx.workspace.store import Store

if TYPE_CHECKING:
    from searchidx.workspace.alerts import Alerts

SUFFIX = ".workspace"


class Workspace:
    """What people add to an archive."""

    def __init__(self, path: str | Path) -> None:
        self._store = Store(Path(path))

    @property
    def path(self) -> Path:
        """Its file, which may not exist yet."""
        return self._store.path

    @property
    def store(self) -> Store:
        """The tables of its file."""
        return self._store

    @cached_property
    def labels(self) -> Labels:
        """The labels."""
        return Labels(self.store)

    @cached_property
    def notes(self) -> Notes:
        """The notes."""
        return Notes(self.store)

    @cached_property
    def alerts(self) -> Alerts:
        """The alerts."""
        from searchidx.workspace.alerts import Alerts

        return Alerts(self.store)

    def article_ids(self) -> list[str]:
        """The ids of all articles with a label or a note, in the order in which the workspace first met them."""
        rows = self.store.read(
            "SELECT id FROM articles "
            "WHERE number IN (SELECT article FROM label_articles UNION SELECT article FROM notes) ORDER BY number"
        )
        return [id for (id,) in rows]

    def revision(self) -> int:
        """A number that grows with every change, 0 for an empty workspace."""
        return self.store.revision()

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        self.store.close()


def default_path(location: IndexLocation) -> Path:
    """Where the workspace of an index is: beside its folder, or in the user's data folder if it is on a cluster."""
    if isinstance(location, Path):
        folder = location if location.name not in ("", "..") else location.resolve()
        return folder.with_name(folder.name + SUFFIX)
    hosts = blake2b(",".join(location.hosts).encode(), digest_size=4).hexdigest()
    return data_folder() / f"{location.name}-{hosts}{SUFFIX}"


def data_folder() -> Path:
    """The user's folder for the data of searchidx, by the conventions of the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "searchidx"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "searchidx"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "searchidx"
