"""What a server is told when it starts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from searchidx.worker_pool import available_cores

__all__ = ["Settings", "is_loopback"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server is told when it starts.

    Attributes:
        index: the folder of the index, or its place on a cluster.
        host: the address it listens on.
        names: the names under which it may be asked for, beside addresses and `localhost`.
        token: what a request has to show; None where anybody may ask.
        rate: so many requests a second of one client, and a burst of three seconds' worth; None: any number.
        seconds: a request is worked on for so long at most.
        at_once, waiting: so many requests are worked on at a time (more than there are processors would all take
            longer), so many wait; more are turned away.
        streams: so many exports and other streams run at a time.
        log_queries: whether the log shows what was asked for.
    """

    index: str | Path
    host: str = "127.0.0.1"
    names: frozenset[str] = frozenset()
    token: str | None = None
    rate: float | None = None
    seconds: float = 10.0
    at_once: int = field(default_factory=lambda: max(available_cores(), 2))
    waiting: int = 100
    streams: int = 16
    log_queries: bool = False


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
