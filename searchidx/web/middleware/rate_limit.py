"""Rate limit per client: a number of requests a second, and a burst after a pause.

Token bucket: a request takes a token, and time refills the bucket. A client is an IPv4 address or an IPv6 /64, the
smallest network that one client gets. Only the `MAX_CLIENTS` most recent clients have a bucket, which bounds memory.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

BURST_SECONDS = 3
MAX_CLIENTS = 10_000


class RateLimiter:
    """Token buckets by client, refilled with `rate` tokens a second."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._capacity = max(rate * BURST_SECONDS, 1.0)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # level, and the time it was measured

    def acquire(self, client: str) -> float:
        """Take a token of a client; return 0, or the seconds to wait if there is no token."""
        key, now = _bucket_key(client), self._clock()
        level, then = self._buckets.pop(key, (self._capacity, now))
        level = min(self._capacity, level + (now - then) * self._rate)
        is_allowed = level >= 1.0
        self._buckets[key] = (level - 1.0 if is_allowed else level, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)  # the least recent client
        return 0.0 if is_allowed else (1.0 - level) / self._rate


def _bucket_key(client: str) -> str:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 4 or address.ipv4_mapped is not None:  # dual-stack sockets report ::ffff:192.0.2.1
        return client
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
