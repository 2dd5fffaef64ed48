"""Where an index is stored: a folder, or a name on an OpenSearch cluster::

    index                                                  a folder
    opensearch://127.0.0.1:9200/news                       a name on a cluster
    opensearchs://one.example,two.example:9201/news        over TLS, on any of several nodes
    opensearch://127.0.0.1/news?shards=4&replicas=1        with settings for a new index

A location never holds credentials, since it appears in shell histories and logs. See `opensearch.cluster_client`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from searchidx.errors import IndexFolderError, UnsupportedError

PORT = 9200
"""The default port of a node."""
TIMEOUT = 60
"""The default timeout of a request to a cluster, in seconds."""

_USES_TLS = {"opensearch": False, "opensearchs": True}
_WEB_SCHEMES = ("http", "https")
"""Other tools write clusters so; no folder has such a name."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}")
_OPTION_RANGES = {"shards": (1, 1024), "replicas": (0, 10), "timeout": (1, 3600)}


@dataclass(frozen=True, slots=True)
class ClusterLocation:
    """A name on an OpenSearch cluster.

    Attributes:
        hosts: `host:port` of the nodes that requests may go to.
        name: the name of the index on the cluster.
        tls: whether to use TLS, with verified certificates.
        shards, replicas: settings of a new index; None lets the engine choose by the size of the cluster.
        timeout: the timeout of a request, in seconds.
    """

    hosts: tuple[str, ...]
    name: str
    tls: bool = False
    shards: int | None = field(default=None, compare=False)
    replicas: int | None = field(default=None, compare=False)
    timeout: int = field(default=TIMEOUT, compare=False)

    def __str__(self) -> str:
        return f"opensearch{'s' if self.tls else ''}://{','.join(self.hosts)}/{self.name}"


IndexLocation = Path | ClusterLocation
"""Where an index is stored."""


def parse_location(index: str | IndexLocation) -> IndexLocation:
    """Parse what a person typed as a location; raises `IndexFolderError` for a malformed cluster address."""
    if not isinstance(index, str):
        return index
    scheme, colon, _ = index.partition("://")
    if not colon or scheme not in (*_USES_TLS, *_WEB_SCHEMES):
        return Path(index)
    from urllib.parse import parse_qsl, urlsplit  # not loaded for folders

    parts = urlsplit(index)
    if "@" in parts.netloc:
        # The message does not repeat the address: it goes to a terminal and to logs.
        raise IndexFolderError(
            scheme,
            "the address of a cluster must not hold a password: set SEARCHIDX_OPENSEARCH_USER and …_PASSWORD_FILE",
        )

    def invalid(reason: str) -> IndexFolderError:
        return IndexFolderError(index, f"{index}: {reason}; a cluster is written opensearch://host:{PORT}/name")

    if scheme in _WEB_SCHEMES:
        raise invalid("an index has no web address")
    hosts = tuple(host if re.search(r":\d+$", host) else f"{host}:{PORT}" for host in parts.netloc.split(",") if host)
    name = parts.path.strip("/")
    if not hosts:
        raise invalid("the host is missing")
    if not name:
        raise invalid("the name after the host is missing")
    if not _NAME.fullmatch(name):
        raise invalid("a name has lower-case letters, digits, '-', '_' and '.', and begins with a letter or digit")
    options: dict[str, int] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in _OPTION_RANGES:
            raise invalid(f"unknown option {key!r}; the options are {', '.join(_OPTION_RANGES)}")
        low, high = _OPTION_RANGES[key]
        if not (value.isascii() and value.isdigit() and low <= int(value) <= high):
            raise invalid(f"{key} must be a number from {low} to {high}, not {value!r}")
        options[key] = int(value)
    return ClusterLocation(hosts, name, _USES_TLS[scheme], **options)


def name_folders(folders: Sequence[Path]) -> list[str]:
    """A name for each of several folders: the shortest end of its path that tells it from the others.

    Names have no blanks, brackets, quotes or colons, so that `NAME:ID` can be typed in a query. Raises
    `IndexFolderError` if two are the same folder.
    """
    paths = [folder.resolve() for folder in folders]
    for folder, path in zip(folders, paths, strict=True):
        if paths.count(path) > 1:
            raise IndexFolderError(folder, f"the index {folder} is given twice: give each index once")
    for length in range(1, max(len(path.parts) for path in paths) + 1):
        names = [re.sub(r"[^\w./-]+", "-", "/".join(path.parts[-length:])) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(number) for number in range(1, len(paths) + 1)]  # they differ in blanks or punctuation only


def name_cluster_indexes(locations: Sequence[ClusterLocation]) -> list[str]:
    """The names of several indexes on one cluster.

    Raises `UnsupportedError` if they may be on several clusters, `IndexFolderError` if two are the same.
    """
    first = locations[0]
    names = [location.name for location in locations]
    for location in locations:
        if (location.tls, set(location.hosts)) != (first.tls, set(first.hosts)):
            raise UnsupportedError(
                str(location),
                f"it is not known to be on the cluster of {first}, and different clusters have no common ranking: "
                "write the same hosts for all indexes of one cluster, and search different clusters one after the "
                "other",
            )
        if names.count(location.name) > 1:
            raise IndexFolderError(location, f"the index {location} is given twice: give each index once")
    return names


def local_folder(location: IndexLocation) -> Path | None:
    """The folder of an index; None for an index on a cluster."""
    return location if isinstance(location, Path) else None
