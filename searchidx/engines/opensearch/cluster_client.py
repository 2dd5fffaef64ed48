"""The connection to an OpenSearch cluster; the only module that imports `opensearchpy`.

Credentials come from environment variables, or from files that these name, never from a location or an option:

=============================================================  ======================================================
SEARCHIDX_OPENSEARCH_USER, SEARCHIDX_OPENSEARCH_PASSWORD       a user and a password
SEARCHIDX_OPENSEARCH_PASSWORD_FILE                             a file with the password
SEARCHIDX_OPENSEARCH_TOKEN, SEARCHIDX_OPENSEARCH_TOKEN_FILE    a bearer token, or a file with one
SEARCHIDX_OPENSEARCH_CA                                        a file with CA certificates, instead of the system's
=============================================================  ======================================================

Certificates are always verified. Without TLS, credentials are sent to the loopback interface only.

A request goes to the next node if one does not respond. Temporary failures are retried for `retry_seconds`: status
429, 5xx, or no connection. Every other failure raises at once.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from searchidx.engines.locations import ClusterLocation
from searchidx.errors import IndexFolderError, MissingExtraError, SearchidxError, UnavailableError
from searchidx.loopback import is_loopback

READ_RETRY_SECONDS = 5.0
"""Seconds during which a read is retried."""
_TEMPORARY = (429, 500, 502, 503, 504)
"""Statuses to retry. A node also answers 500 when it has just lost another node."""
_FIRST_PAUSE, _MAX_PAUSE = 0.1, 3.0
"""The first and the longest pause between two attempts, in seconds."""
_VARIABLE = "SEARCHIDX_OPENSEARCH_"


class ClusterError(SearchidxError):
    """An error response of the cluster: `status`, and `response`, its decoded body."""

    def __init__(self, status: int, response: Any) -> None:
        self.status = status
        self.response = response
        super().__init__(f"the cluster refused a request ({status}): {error_reason(response)}")

    def mentions(self, word: str) -> bool:
        """Whether the response contains a word, such as the type of an error."""
        return word in json.dumps(self.response, default=str)


def retry_attempts(retry_seconds: float) -> Iterator[bool]:
    """Yield once an attempt, with growing pauses in between: whether this attempt is the last."""
    deadline = time.monotonic() + retry_seconds
    pause = _FIRST_PAUSE
    while True:
        yield time.monotonic() + pause > deadline
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(2 * pause, _MAX_PAUSE)


class Cluster:
    """A connection to the cluster of a location."""

    def __init__(self, location: ClusterLocation) -> None:
        try:
            import opensearchpy
        except ImportError:
            raise MissingExtraError("opensearch", "an index on a cluster") from None
        self.location = location
        self._errors = opensearchpy.exceptions
        hosts = []
        for each in location.hosts:
            host, _, port = each.rpartition(":")
            hosts.append({"host": host.strip("[]"), "port": int(port)})
        credentials = _credentials(location)
        authority = os.environ.get(f"{_VARIABLE}CA")
        if authority and not Path(authority).is_file():
            raise UnavailableError(location, f"{_VARIABLE}CA names {authority}, which is not a file")
        self._client = opensearchpy.OpenSearch(
            hosts=hosts,
            use_ssl=location.tls,
            verify_certs=True,
            ca_certs=authority if authority and location.tls else None,
            timeout=location.timeout,
            max_retries=len(hosts) - 1,  # each node once
            retry_on_status=(),
            retry_on_timeout=True,  # so the client avoids a node that hangs for a while
            http_compress=False,  # compressing takes longer than sending
            pool_maxsize=16,
            **credentials,
        )

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        expected: Collection[int] = (),
        retry_seconds: float = READ_RETRY_SECONDS,
        unretried: Collection[int] = (),
    ) -> Any:
        """Send a request and return the decoded response; None for a status in `expected`.

        Raises `UnavailableError`, or `ClusterError` for an error response without a more precise error. A status in
        `unretried` raises `ClusterError` at once.
        """
        for is_last in retry_attempts(retry_seconds):
            try:
                return self._client.transport.perform_request(method, path, params=dict(params or {}), body=body)
            except self._errors.TransportError as error:
                status = error.status_code
                if status in expected:
                    return None
                response = ClusterError(status, error.info) if isinstance(status, int) else None
                if is_disk_full(response):
                    raise self.disk_full_error() from error
                if response is None and (is_last or not self._is_temporary(error)):
                    raise self._connection_error(error) from error
                if response is not None and status in unretried:
                    raise response from error
                if response is not None and (is_last or status not in _TEMPORARY):
                    raise self._response_error(response) from error
        raise AssertionError

    def bulk(self, lines: Iterable[bytes], index: str, retry_seconds: float) -> list[dict[str, Any]]:
        """Send the lines of a bulk request; the result of each change: its status, and its error if any."""
        body = b"\n".join(lines) + b"\n"
        # In the path, since the client has a parameter of its own called timeout.
        path = f"/{index}/_bulk?timeout=30s&filter_path=items.*.status,items.*.error"
        response = self.request("POST", path, body, retry_seconds=retry_seconds)
        return [next(iter(item.values())) for item in response["items"]]

    def disk_full_error(self) -> UnavailableError:
        """The error for a cluster that is read-only because its disks are full."""
        return UnavailableError(
            self.location,
            f"the disks of the cluster at {self.location} are full: free some space or add a node, then try again; the "
            "index is unchanged",
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _is_temporary(self, error: Exception) -> bool:
        """Whether a failed connection is worth a retry: no bad certificate, and no timeout."""
        return not isinstance(error, (self._errors.SSLError, self._errors.ConnectionTimeout))

    def _connection_error(self, error: Any) -> UnavailableError:
        location = self.location
        if isinstance(error, self._errors.SSLError) and "WRONG_VERSION_NUMBER" in str(error.info):
            reason = "it does not speak TLS: write opensearch://, or check the port"
        elif isinstance(error, self._errors.SSLError):
            reason = f"its certificate is not trusted ({error.info}): set {_VARIABLE}CA to the file of its authority"
        elif isinstance(error, self._errors.ConnectionTimeout):
            reason = f"it did not answer within {location.timeout} seconds: it is overloaded or disconnected"
        else:
            info = str(error.info)
            cause = "nothing listens there" if "refused" in info else info
            reason = f"{cause}: check that the cluster runs, and its host and port"
        return UnavailableError(location, f"cannot connect to {location}: {reason}")

    def _response_error(self, error: ClusterError) -> Exception:
        location, reason = self.location, error_reason(error.response)
        if error.status == 401:
            return UnavailableError(
                location,
                f"{location} rejects the credentials: set {_VARIABLE}USER and {_VARIABLE}PASSWORD_FILE, or "
                f"{_VARIABLE}TOKEN_FILE",
            )
        if error.status == 403:
            return UnavailableError(location, f"{location} denies permission: {reason}")
        if error.status in _TEMPORARY:
            return UnavailableError(
                location, f"{location} cannot answer now ({reason}): try again when the cluster is healthy"
            )
        return error


def is_disk_full(error: ClusterError | None) -> bool:
    """Whether an error says that the cluster is read-only because its disks are full."""
    return error is not None and error.status in (403, 429) and error.mentions("flood-stage")


def error_reason(response: Any) -> str:
    """The most specific reason in an error response."""
    error = response.get("error", response) if isinstance(response, dict) else response
    if not isinstance(error, dict):
        return str(error)
    for cause in (*error.get("root_cause", ()), error):
        if isinstance(cause, dict) and cause.get("reason"):
            deeper = cause.get("caused_by") or {}
            return f"{cause['reason']}: {deeper['reason']}" if deeper.get("reason") else str(cause["reason"])
    return str(error.get("type", error))


def _credentials(location: ClusterLocation) -> dict[str, Any]:
    """The client's options for the credentials in the environment."""
    user = os.environ.get(f"{_VARIABLE}USER", "")
    password, token = _secret(location, "PASSWORD"), _secret(location, "TOKEN")
    if not (user or password or token):
        return {}
    if bool(user) != bool(password):
        missing = "PASSWORD_FILE" if user else "USER"
        raise UnavailableError(location, f"{_VARIABLE}{missing} is not set: set both a user and a password, or neither")
    if not location.tls and not all(is_loopback(host.rpartition(":")[0].strip("[]")) for host in location.hosts):
        raise UnavailableError(
            location,
            f"credentials would be sent in the clear to {location}: write opensearchs:// for TLS, or unset the "
            "variables",
        )
    return {"headers": {"Authorization": f"Bearer {token}"}} if token else {"http_auth": (user, password)}


def _secret(location: ClusterLocation, name: str) -> str:
    """The content of the file that a variable names, else the value of the variable itself."""
    path = os.environ.get(f"{_VARIABLE}{name}_FILE", "")
    if not path:
        return os.environ.get(f"{_VARIABLE}{name}", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexFolderError(
            location, f"{_VARIABLE}{name}_FILE names {path}, which cannot be read: {error}"
        ) from error
