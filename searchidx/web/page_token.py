"""The tokens by which a client asks for the next page: where it begins, in which snapshot, of which question.

A page and the next are of one snapshot, and of one day, or hits would be shown twice or never. A token that is none of
ours, or belongs to another question, is refused. It hides nothing: it is opaque so that it may change.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import NamedTuple

__all__ = ["Token"]

_CHECK = 9


class Token(NamedTuple):
    """Where a page begins.

    Attributes:
        offset: how many come before it.
        fingerprint: of the snapshot.
        today: the day from which relative dates are told.
    """

    offset: int
    fingerprint: str
    today: dt.date

    def text(self, question: str) -> str:
        """The token of a question, as it is sent."""
        content = json.dumps([self.offset, self.fingerprint, self.today.toordinal()], separators=(",", ":")).encode()
        return urlsafe_b64encode(_check(content, question) + content).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, question: str) -> Token:
        """The token of a question, as it was sent; ValueError where it is none of that."""
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        content = raw[_CHECK:]
        if raw[:_CHECK] != _check(content, question):
            raise ValueError(text)
        offset, fingerprint, today = json.loads(content)
        return cls(offset, fingerprint, dt.date.fromordinal(today))


def _check(content: bytes, question: str) -> bytes:
    return blake2b(content + question.encode(), digest_size=_CHECK).digest()
