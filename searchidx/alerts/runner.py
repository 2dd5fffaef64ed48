"""Run alerts: find, record, deliver. One process at a time does so for a workspace."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from searchidx.alerts.deliveries import DeliveryContext, DeliveryError, deliver
from searchidx.archive import Archive
from searchidx.errors import WorkspaceError
from searchidx.file_lock import FileLock
from searchidx.workspace.alert_run import Found
from searchidx.workspace.store import utc_now

LOCK_SECONDS = 60.0
"""How long a run waits for that of another process."""


class AlertRun(NamedTuple):
    """What a run did.

    Attributes:
        found: what it found for each alert that ran.
        delivered: how many deliveries it made.
        failures: (alert, reason) of each alert that could not run, and of each delivery that failed; the next run
            tries again.
    """

    found: tuple[Found, ...]
    delivered: int
    failures: tuple[tuple[str, str], ...]


def run(
    archive: Archive,
    names: Sequence[str] = (),
    *,
    dry_run: bool = False,
    out: TextIO | None = None,
) -> AlertRun:
    """Run alerts of an archive, and make all deliveries that are to be made.

    Args:
        archive: the archive, at the commit to look at.
        names: the alerts; by default all that are due.
        dry_run: find only: record nothing, deliver nothing.
        out: where deliveries to standard output are written; by default standard output.

    Raises:
        AlertError: for a name that no alert has.
        WorkspaceError: if another process still runs alerts after a minute.
    """
    alerts = archive.workspace.alerts
    if not archive.workspace.path.exists():
        for name in names:
            alerts.get(name)
        return AlertRun((), 0, ())
    with _lock(archive.workspace.path):
        if names:
            due = [alerts.get(name).name for name in names]
        else:
            due = [alert.name for alert in alerts.all() if alert.is_due(utc_now())]
        found = archive.run_alerts(*due, dry_run=dry_run) if due else []
        failures = [(each.alert, each.error) for each in found if each.error]
        delivered = 0
        if not dry_run:
            context = DeliveryContext(archive, out or sys.stdout)
            for delivery in alerts.pending(utc_now()):
                try:
                    deliver(delivery, context)
                except DeliveryError as error:
                    alerts.record_failure(delivery, str(error))
                    failures.append((delivery.alert, str(error)))
                    continue
                alerts.record_delivery(delivery)
                delivered += 1
    return AlertRun(tuple(found), delivered, tuple(failures))


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time run the alerts of a workspace."""
    try:
        lock = FileLock(path.with_name(path.name + "-lock"), LOCK_SECONDS)
    except TimeoutError:
        raise WorkspaceError(path, f"another process runs the alerts of {path}: try again when it is done") from None
    except OSError as error:
        raise WorkspaceError(path, f"cannot run the alerts of {path}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
