"""Watch source files and build whenever they change.

Changes that follow each other closely are one batch, such as a folder that is being copied. Changes in the folder of
the index are ignored, even if it lies within a source.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from searchidx.errors import MissingExtraError, SourceError
from searchidx.ingest.build import check_sources
from searchidx.ingest.report import Report
from searchidx.sources import is_ignored, is_ignored_folder

_MAX_BATCH_MS, _QUIET_MS = 1600, 200
"""A batch ends 1600 ms after its first change, or when 200 ms pass without a change."""


def watch(
    build: Callable[[], Report],
    sources: Sequence[Path],
    index: Path | None,
    poll: float | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Report]:
    """Yield the report of the first build, and of each later one that changed something, until `stop` is set.

    `build` brings the index up to date; `index` is its folder, if it has one. `poll` compares the files every so many
    seconds, because network file systems do not report what other machines change. Raises
    `MissingExtraError` if watchfiles is not installed.
    """
    try:
        import watchfiles
    except ImportError:
        raise MissingExtraError("watch", "watching files") from None
    check_sources(sources)
    roots = [source.resolve() for source in sources]
    index_folder = None if index is None else index.resolve()
    batches = watchfiles.watch(
        *roots,
        watch_filter=lambda _, path: _is_source(Path(path), roots, index_folder),
        debounce=_MAX_BATCH_MS,
        step=_QUIET_MS,
        stop_event=stop,
        raise_interrupt=True,
        rust_timeout=1000,
        force_polling=poll is not None,
        poll_delay_ms=int(1000 * poll) if poll else 300,
        yield_on_timeout=True,  # start watching before the first build, so that no change is missed
    )
    next(batches, None)
    report = build()
    yield report
    for batch in batches:
        if batch:
            before = report
            try:
                report = build()
            except SourceError as error:  # a disk that is not mounted for a while
                report = Report(skipped=((error.place, error.reason),))
            left_out = (report.skipped, report.withheld) != (before.skipped, before.withheld)
            if report.added or report.updated or report.removed or left_out:
                yield report


def _is_source(path: Path, roots: Sequence[Path], index_folder: Path | None) -> bool:
    """Whether a changed path may be a source file."""
    if index_folder is not None and (path == index_folder or index_folder in path.parents):
        return False
    root = next((root for root in roots if root == path or root in path.parents), None)
    if root is None or root == path:
        return True
    below = path.relative_to(root)
    return not is_ignored(below.name) and not any(map(is_ignored_folder, below.parts[:-1]))
