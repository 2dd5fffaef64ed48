"""Page tokens: where the next page of an answer begins, in which snapshot, of which request.

All pages of an answer use one snapshot and one day; otherwise hits could appear twice or never. A token that was
altered, or belongs to another request, is rejected. Opaque, not secret: its contents may change.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import NamedTuple

_CHECKSUM_BYTES = 9


class PageToken(NamedTuple):
    """The start of a page.

    Attributes:
        offset: the number of hits before it.
        fingerprint: the fingerprint of the snapshot.
        today: the day that relative dates count from.
    """

    offset: int
    fingerprint: str
    today: dt.date

    def encode(self, request_key: str) -> str:
        """Return the token of a request as text for a URL."""
        content = json.dumps([self.offset, self.fingerprint, self.today.toordinal()], separators=(",", ":")).encode()
        return urlsafe_b64encode(_checksum(content, request_key) + content).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, request_key: str) -> PageToken:
        """Read a token of a request; ValueError if it is none, or of another request."""
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        content = raw[_CHECKSUM_BYTES:]
        if raw[:_CHECKSUM_BYTES] != _checksum(content, request_key):
            raise ValueError(text)
        offset, fingerprint, today = json.loads(content)
        return cls(offset, fingerprint, dt.date.fromordinal(today))


def _checksum(content: bytes, request_key: str) -> bytes:
    return blake2b(content + request_key.encode(), digest_size=_CHECKSUM_BYTES).digest()
