"""The connection to a cluster: the only module that knows its client.

Who asks is said by variables, or by files that they name, and never by a place or an option:

=========================================================  ========================================================
SEARCHIDX_OPENSEARCH_USER, SEARCHIDX_OPENSEARCH_PASSWORD   a user and a password
SEARCHIDX_OPENSEARCH_PASSWORD_FILE                         a file that holds the password
SEARCHIDX_OPENSEARCH_TOKEN, SEARCHIDX_OPENSEARCH_TOKEN_FILE  a bearer token, or a file that holds it
SEARCHIDX_OPENSEARCH_CA                                    a file of certificates to trust, beside or for the system's
=========================================================  ========================================================

Certificates are verified, and there is no way not to. Without TLS nothing secret is sent but to this very machine.

Where a node does not answer the next one is asked. What may pass is waited for, as long as `patience` says: a cluster
that is busy (429), or has not all it needs (5xx). Everything else is told at once.
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from searchidx.engines.locations import ClusterLocation
from searchidx.errors import IndexFolderError, MissingExtraError, SearchidxError, UnavailableError

__all__ = ["READING", "Cluster", "Refused", "attempts", "is_full", "reason_of"]

_BUSY = (429, 500, 502, 503, 504)
"""500 is what a node answers too that has just lost another one."""
READING = 5.0
"""An answer that could not be had is asked for again for so many seconds."""
_FIRST, _LONGEST = 0.1, 3.0
"""Seconds between two attempts: at first, and at most."""
_VARIABLE = "SEARCHIDX_OPENSEARCH_"


class Refused(SearchidxError):
    """The cluster answered that it will not: `status`, and what it said."""

    def __init__(self, status: int, said: Any) -> None:
        self.status = status
        self.said = said
        super().__init__(f"the cluster refused what it was asked ({status}): {reason_of(said)}")

    def names(self, kind: str) -> bool:
        """Whether what it said holds a word, such as the type of an error."""
        return kind in json.dumps(self.said, default=str)


def attempts(patience: float) -> Iterator[bool]:
    """As often as something may be tried, with longer and longer pauses between: whether it is the last time."""
    until = time.monotonic() + patience
    pause = _FIRST
    while True:
        yield time.monotonic() + pause > until
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _LONGEST)


class Cluster:
    """A connection to the cluster of a place."""

    def __init__(self, place: ClusterLocation) -> None:
        try:
            import opensearchpy
        except ImportError:
            raise MissingExtraError("opensearch", "an index on a cluster") from None
        self.place = place
        self._errors = opensearchpy.exceptions
        hosts = []
        for each in place.hosts:
            host, _, port = each.rpartition(":")
            hosts.append({"host": host.strip("[]"), "port": int(port)})
        secrets = _secrets(place)
        authority = os.environ.get(f"{_VARIABLE}CA")
        if authority and not Path(authority).is_file():
            raise UnavailableError(place, f"{_VARIABLE}CA names {authority}, and there is no such file")
        self._client = opensearchpy.OpenSearch(
            hosts=hosts,
            use_ssl=place.tls,
            verify_certs=True,
            ca_certs=authority if authority and place.tls else None,
            timeout=place.timeout,
            max_retries=len(hosts) - 1,  # each node once
            retry_on_status=(),
            retry_on_timeout=True,  # so one that hangs is left alone for a while
            http_compress=False,  # takes longer than to send it
            pool_maxsize=16,
            **secrets,
        )

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        expected: Collection[int] = (),
        patience: float = READING,
        told: Collection[int] = (),
    ) -> Any:
        """What the cluster answers; None where it answers with a status that was expected.

        Raises `UnavailableError`, or `Refused` for what it will not do, and at once for a status that is to be told.
        """
        for is_last in attempts(patience):
            try:
                return self._client.transport.perform_request(method, path, params=dict(params or {}), body=body)
            except self._errors.TransportError as error:
                status = error.status_code
                if status in expected:
                    return None
                refused = Refused(status, error.info) if isinstance(status, int) else None
                if is_full(refused):
                    raise self.full() from error
                if refused is None and (is_last or not self._may_pass(error)):
                    raise self._unreached(error) from error
                if refused is not None and status in told:
                    raise refused from error
                if refused is not None and (is_last or status not in _BUSY):
                    raise self._explained(refused) from error
        raise AssertionError

    def many(self, lines: Iterable[bytes], index: str, patience: float) -> list[dict[str, Any]]:
        """What became of each of some changes, given as the lines of a bulk request."""
        body = b"\n".join(lines) + b"\n"
        # In the path, since the client takes a parameter of that name for its own.
        path = f"/{index}/_bulk?timeout=30s&filter_path=items.*.status,items.*.error"
        answer = self.ask("POST", path, body, patience=patience)
        return [next(iter(item.values())) for item in answer["items"]]

    def full(self) -> UnavailableError:
        """The error for disks that take no more."""
        return UnavailableError(
            self.place,
            f"the disks of the cluster are full, and it takes no more ({self.place}): make room or add a node, and do "
            "it again; the index is as it was",
        )

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    def _may_pass(self, error: Exception) -> bool:
        """Whether a connection that was not to be had may be had in a moment: of those no certificate is to blame."""
        return not isinstance(error, (self._errors.SSLError, self._errors.ConnectionTimeout))

    def _unreached(self, error: Any) -> UnavailableError:
        place = self.place
        if isinstance(error, self._errors.SSLError) and "WRONG_VERSION_NUMBER" in str(error.info):
            what = "it does not speak TLS there: write opensearch://, or see whether its port is right"
        elif isinstance(error, self._errors.SSLError):
            what = f"its certificate is not to be trusted ({error.info}): {_VARIABLE}CA names the file of an authority"
        elif isinstance(error, self._errors.ConnectionTimeout):
            what = f"it did not answer within {place.timeout} seconds: it is overloaded, or cut off"
        else:
            said = str(error.info)
            cause = "nobody listens there" if "refused" in said else said
            what = f"{cause}: see whether the cluster is up, and its host and port right"
        return UnavailableError(place, f"{place} cannot be reached: {what}")

    def _explained(self, refused: Refused) -> Exception:
        place = self.place
        if refused.status == 401:
            return UnavailableError(
                place,
                f"{place} does not know who asks: set {_VARIABLE}USER and {_VARIABLE}PASSWORD_FILE, or "
                f"{_VARIABLE}TOKEN_FILE",
            )
        if refused.status == 403:
            return UnavailableError(place, f"{place} does not allow that: {reason_of(refused.said)}")
        if refused.status in _BUSY:
            return UnavailableError(
                place, f"{place} cannot answer now ({reason_of(refused.said)}): try again when the cluster is well"
            )
        return refused


def is_full(refused: Refused | None) -> bool:
    """Whether the cluster takes no more, its disks being full."""
    return refused is not None and refused.status in (403, 429) and refused.names("flood-stage")


def reason_of(said: Any) -> str:
    """The reason in an answer that is an error, as deep as it lies."""
    error = said.get("error", said) if isinstance(said, dict) else said
    if not isinstance(error, dict):
        return str(error)
    for cause in (*error.get("root_cause", ()), error):
        if isinstance(cause, dict) and cause.get("reason"):
            deeper = cause.get("caused_by") or {}
            return f"{cause['reason']}: {deeper['reason']}" if deeper.get("reason") else str(cause["reason"])
    return str(error.get("type", error))


def _secrets(place: ClusterLocation) -> dict[str, Any]:
    """How to say who asks."""
    user, password, token = _variable(place, "USER"), _secret(place, "PASSWORD"), _secret(place, "TOKEN")
    if not (user or password or token):
        return {}
    if bool(user) != bool(password):
        missing = "PASSWORD_FILE" if user else "USER"
        raise UnavailableError(place, f"{_VARIABLE}{missing} is not set: a user and a password belong together")
    if not place.tls and not all(map(_is_here, place.hosts)):
        raise UnavailableError(
            place,
            f"a password would be sent in the clear to {place}: write opensearchs:// for TLS, or unset the variables",
        )
    return {"headers": {"Authorization": f"Bearer {token}"}} if token else {"http_auth": (user, password)}


def _is_here(host: str) -> bool:
    """Whether a host is this machine."""
    name = host.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _variable(place: ClusterLocation, name: str) -> str:
    return os.environ.get(f"{_VARIABLE}{name}", "")


def _secret(place: ClusterLocation, name: str) -> str:
    """What a variable holds, or the file that another names."""
    path = _variable(place, f"{name}_FILE")
    if not path:
        return _variable(place, name)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexFolderError(place, f"{_VARIABLE}{name}_FILE names {path}, which cannot be read: {error}") from error
