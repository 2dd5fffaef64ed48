"""Keeping an index in step with its sources: each time files change, what a build does.

The first report is that of a build of all there is. Changes are gathered until none came for a moment, so that a folder
that is being copied is one batch. Changes of the index itself, where it lies within a source, are none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from searchidx.errors import MissingExtraError
from searchidx.ingest.build import Report, require
from searchidx.sources import is_ignored, is_ignored_folder

__all__ = ["watch"]

_GATHER, _STEP = 1600, 200
"""Changes are gathered for so many milliseconds at most, and until none came for so many."""


def watch(
    build: Callable[[], Report], sources: Sequence[Path], index: Path | None, stop: threading.Event | None = None
) -> Iterator[Report]:
    """The report of each build that changed something, and of the first; until `stop` is set.

    `build` brings the index up to date, whose folder is `index`, if it has one. Raises `MissingExtraError` where
    watchfiles is not installed.
    """
    try:
        import watchfiles
    except ImportError:
        raise MissingExtraError("watch", "watching files") from None
    require(sources)
    roots = [source.resolve() for source in sources]
    own = None if index is None else index.resolve()
    changes = watchfiles.watch(
        *roots,
        watch_filter=lambda _, path: _concerns(Path(path), roots, own),
        debounce=_GATHER,
        step=_STEP,
        stop_event=stop,
        raise_interrupt=True,
        rust_timeout=1000,
        yield_on_timeout=True,  # so that the watch stands before the first build, and nothing falls between
    )
    next(changes, None)
    report = build()
    yield report
    for changed in changes:
        if changed and _is_change(report := build()):
            yield report


def _is_change(report: Report) -> bool:
    return bool(report.added or report.updated or report.removed)


def _concerns(path: Path, roots: Sequence[Path], index: Path | None) -> bool:
    """Whether a change of a path may be one of an article."""
    if index is not None and (path == index or index in path.parents):
        return False
    root = next((root for root in roots if root == path or root in path.parents), None)
    if root is None or root == path:
        return True
    below: Any = path.relative_to(root)
    return not is_ignored(below.name) and not any(map(is_ignored_folder, below.parts[:-1]))
