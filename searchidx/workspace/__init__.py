"""A workspace: what people add to an archive. Labels, notes and alerts, in one SQLite file beside the index.

A rebuild of the index does not touch it. It names articles by their ids, so it also keeps what it knows of articles
that an index no longer has. `Workspace` is its facade.
"""

from searchidx.workspace.workspace import Workspace, default_path

__all__ = ["Workspace", "default_path"]
