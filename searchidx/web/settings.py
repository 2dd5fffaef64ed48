"""Settings of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from searchidx.worker_pool import available_cores


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the server, fixed when it starts.

    Attributes:
        indexes: the folder of the index, or its location on a cluster; or those of several, served as one.
        host: the address to listen on.
        allowed_hosts: names that a `Host` header may have, besides IP addresses and `localhost`.
        token: the token that a request must have; None allows every request.
        rate: requests a second of one client, with a burst of three seconds' worth; None for no limit.
        timeout: the longest that a request is worked on, and waits, in seconds.
        max_running: requests worked on at a time. More than there are processors would slow all of them down.
        max_waiting: requests that wait; further ones are rejected.
        max_streams: exports and other streams sent at a time.
        log_queries: whether the log has query strings.
        workspace: the file with labels, notes and alerts; None for that beside the index.
        can_write: whether clients may change it.
    """

    indexes: tuple[str | Path, ...]
    host: str = "127.0.0.1"
    allowed_hosts: frozenset[str] = frozenset()
    token: str | None = None
    rate: float | None = None
    timeout: float = 10.0
    max_running: int = field(default_factory=lambda: max(available_cores(), 2))
    max_waiting: int = 100
    max_streams: int = 16
    log_queries: bool = False
    workspace: str | Path | None = None
    can_write: bool = False
