"""Seals on the targets of alerts: what a stranger's workspace names is neither run, written nor called.

A target may run a command or write a file. A workspace can come from anywhere, with an archive that somebody sends. So
a target carries a seal, a keyed hash made when the alert is added, and it works only where the seal is valid. The key
is a file that only this user can read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from searchidx.workspace.workspace import data_folder

_KEY_FILE = "alert-key"
_KEY_BYTES = 32


def seal(target: Mapping[str, Any]) -> dict[str, Any]:
    """A target with its seal; the first use creates the key."""
    content = {name: value for name, value in target.items() if name != "seal"}
    return {**content, "seal": _digest(content, _read_key() or _create_key())}


def is_sealed(target: Mapping[str, Any]) -> bool:
    """Whether a target was sealed by this user on this machine; printing needs no seal."""
    if target.get("kind") == "stdout":
        return True
    content = {name: value for name, value in target.items() if name != "seal"}
    key = _read_key()
    return key is not None and hmac.compare_digest(str(target.get("seal", "")), _digest(content, key))


def _digest(content: Mapping[str, Any], key: bytes) -> str:
    return hmac.new(key, json.dumps(content, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _path() -> Path:
    return data_folder() / _KEY_FILE


def _read_key() -> bytes | None:
    try:
        key = _path().read_bytes()
    except OSError:
        return None
    return key if len(key) == _KEY_BYTES else None


def _create_key() -> bytes:
    """Create the key, or read the one that another process has just created."""
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}-{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, secrets.token_bytes(_KEY_BYTES))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(new, path)  # fails if there is one
    except FileExistsError:
        pass
    finally:
        os.unlink(new)
    key = _read_key()
    if key is None:
        raise OSError(0, "it is not a key: remove it", str(path))
    return key
