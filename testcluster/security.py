"""What a secure cluster needs: an authority, a certificate for the nodes, a user with a password.

Java's own keytool makes the certificates, since it is there wherever a node runs.
"""

from __future__ import annotations

from pathlib import Path

AUTHORITY = "authority.pem"
PASSWORD = "password"
USER = "admin"


def make(folder: Path) -> dict[str, object]:
    raise NotImplementedError


def copy(folder: Path, config: Path) -> None:
    raise NotImplementedError
