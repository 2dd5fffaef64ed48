"""How much one client may ask for: so many requests a second, and a burst after it was silent.

A bucket of tokens for each address (of IPv6 for each /64, which is what one client has): a request takes one, time
brings them back. Only the clients of the last minutes are remembered, so memory is bounded.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

__all__ = ["Rates"]

BURST_SECONDS = 3
MAX_CLIENTS = 10_000


class Rates:
    """The buckets of some clients, `rate` tokens a second."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._full = max(rate * BURST_SECONDS, 1.0)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how full, and when that was

    def wait(self, client: str) -> float:
        """Take a token of a client, and 0; or none, and for how many seconds it has to wait."""
        name, now = _of_client(client), self._clock()
        level, then = self._buckets.pop(name, (self._full, now))
        level = min(self._full, level + (now - then) * self._rate)
        taken = level >= 1.0
        self._buckets[name] = (level - 1.0 if taken else level, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)  # who was silent for the longest time
        return 0.0 if taken else (1.0 - level) / self._rate


def _of_client(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4 or address.ipv4_mapped is not None:  # as a socket for both tells it
        return client
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
