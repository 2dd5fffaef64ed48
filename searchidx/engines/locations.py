"""Where an index lies, and which engine looks after it there.

An index is a folder, or has a name on an OpenSearch cluster::

    index                                                  a folder
    opensearch://127.0.0.1:9200/news                       a name on a cluster
    opensearchs://one.example,two.example:9201/news        over TLS, by any of some nodes
    opensearch://127.0.0.1/news?shards=4&replicas=1        as it is to be made, where it is not there yet

Who may use a cluster is never said in its place, which stands in histories and logs: see `opensearch.client`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from searchidx.errors import IndexFolderError

if TYPE_CHECKING:
    from searchidx.engines.embedded import EmbeddedEngine
    from searchidx.engines.opensearch import OpenSearchEngine

__all__ = ["ClusterLocation", "IndexLocation", "engine_of", "folder_of", "location_of"]

PORT = 9200
TIMEOUT = 60
"""A cluster is waited for so many seconds, each time something is asked of it."""

_SCHEMES = {"opensearch": False, "opensearchs": True}
_WEB = ("http", "https")
"""How people write a cluster elsewhere; a folder of that name is never meant."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}")
_OPTIONS = {"shards": (1, 1024), "replicas": (0, 10), "timeout": (1, 3600)}


@dataclass(frozen=True, slots=True)
class ClusterLocation:
    """A name on an OpenSearch cluster.

    Attributes:
        hosts: `host:port` of the nodes that may be asked.
        name: what the index is called there.
        tls: whether to speak TLS, the certificates verified.
        shards, replicas: how a new index is made; None where the cluster's size decides.
        timeout: so many seconds an answer is waited for.
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
"""Where an index lies."""


def location_of(index: str | IndexLocation) -> IndexLocation:
    """The place that a person means; `IndexFolderError` for one on a cluster that cannot be."""
    if not isinstance(index, str):
        return index
    scheme, colon, _ = index.partition("://")
    if not colon or scheme not in (*_SCHEMES, *_WEB):
        return Path(index)
    from urllib.parse import parse_qsl, urlsplit  # a folder has no use for it

    parts = urlsplit(index)
    if "@" in parts.netloc:
        # Not even to be shown: the error goes to a terminal, and to logs.
        raise IndexFolderError(
            scheme, "a place on a cluster holds no password: set SEARCHIDX_OPENSEARCH_USER and …_PASSWORD_FILE"
        )

    def wrong(what: str) -> IndexFolderError:
        return IndexFolderError(index, f"{index}: {what}; a cluster is written opensearch://host:{PORT}/name")

    if scheme in _WEB:
        raise wrong("an index has no address of the web")
    hosts = tuple(host if re.search(r":\d+$", host) else f"{host}:{PORT}" for host in parts.netloc.split(",") if host)
    name = parts.path.strip("/")
    if not hosts:
        raise wrong("no host is named")
    if not _NAME.fullmatch(name):
        raise wrong(
            "a name has lower-case letters, digits, '-', '_' and '.', and begins with a letter or digit"
            if name
            else "no name follows the host"
        )
    options: dict[str, int] = {}
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in _OPTIONS:
            raise wrong(f"{key!r} is no option; there are {', '.join(_OPTIONS)}")
        least, most = _OPTIONS[key]
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise wrong(f"{key} is a number from {least} to {most}, not {value!r}")
        options[key] = int(value)
    return ClusterLocation(hosts, name, _SCHEMES[scheme], **options)


def engine_of(place: IndexLocation) -> type[EmbeddedEngine] | type[OpenSearchEngine]:
    """The engine that looks after the index at a place."""
    if isinstance(place, ClusterLocation):
        from searchidx.engines.opensearch import OpenSearchEngine  # its client takes long to load

        return OpenSearchEngine
    from searchidx.engines.embedded import EmbeddedEngine

    return EmbeddedEngine


def folder_of(place: IndexLocation) -> Path | None:
    """The folder in which an index lies; None for one on a cluster."""
    return place if isinstance(place, Path) else None
