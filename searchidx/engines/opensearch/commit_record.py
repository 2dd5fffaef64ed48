"""The record of the last commit on a cluster, and the hidden index that holds it.

An archive `news` is an index of articles, `news-000001`, and a control index, `news-control`. The control index holds
one document `commit`, the commit record. A change replaces the whole document by compare-and-set::

    {"format": "searchidx", "version": 1, "analysis": "…", "generation": 7, "fingerprint": "…",
     "index": "news-000001", "articles": …, "words": …, "next": 1234, "epoch": 9,
     "aborted": [3], "gone": ["gone-9-0", …], "state": ["state-9-3f…", …], "retired": [[…, time], …],
     "writer": null or {"epoch": 9, "committed": …, "host": "…", "pid": …, "at": …}}

**Visibility.** An article belongs to the commit if its `order` is below `next`, its `batch` is not in `aborted`, and no
deletion list in `gone` has its order. So a batch is written while others read, and one change of one document makes it
visible. A crash at any instant leaves the archive at the commit before or after.

**Deletions.** Orders of the articles that a batch replaced or deleted are listed in `gone`. After the commit the writer
deletes these articles, then the lists. The next writer does so if this one could not.

**User data.** It is split at places that depend on its content, and a document with the same content stays in the next
commit. So a build that changes one source of many writes a few megabytes.

**Epochs.** Every writer has an `epoch`: the `batch` of its documents, and part of the names of its lists. An epoch that
ends without a commit is `aborted`, so nothing that it still sends is ever visible. See `writer_lease`.

**Rebuilds.** A rebuild, or a new version of the mapping, fills an index with the next number. The commit names it, and
the alias `news` moves to it in one step. Indexes and documents that no commit names are `retired`: they stay for
`RETENTION_SECONDS` seconds, for readers that still use it, and the next writer then removes it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b
from typing import Any

from searchidx.engines.opensearch.cluster_client import Cluster, ClusterError
from searchidx.engines.opensearch.mapping import VERSION, replica_settings
from searchidx.engines.opensearch.query_dsl import DslQuery
from searchidx.errors import CorruptIndexError, IndexNotFoundError, describe_damage

FORMAT = "searchidx"
RETENTION_SECONDS = 3600.0
"""Seconds for which retired indexes and documents stay."""
WRITE_RETRY_SECONDS = 60.0
"""Seconds during which a write is retried."""
_CHUNK_ORDERS = 500_000
"""Orders in one deletion list."""
_COMMIT = "commit"


@dataclass(frozen=True)
class CommitRecord:
    """The document `commit`; its attributes are named as in the document, but `deletions`, which is `gone` there.

    Attributes:
        index: the index of articles; empty before the first commit.
        analysis: the fingerprint of the analyzer.
        generation: the number of commits.
        fingerprint: identifies the content.
        articles, words: how many there are.
        next: the order of the next article; those of the commit are below it.
        epoch: the epoch of the last writer.
        aborted: epochs that ended without a commit.
        deletions: documents that list the orders of deleted articles.
        state: documents with the user data.
        retired: (name, time) of indexes and documents to remove later.
        writer: the current writer, as `writer_lease` describes it.
        revision: `_seq_no` and `_primary_term` of the document when it was read; not part of it.
    """

    index: str
    analysis: str
    generation: int = 0
    fingerprint: str = ""
    articles: int = 0
    words: int = 0
    next: int = 0
    epoch: int = 0
    aborted: tuple[int, ...] = ()
    deletions: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    retired: tuple[tuple[str, float], ...] = ()
    writer: dict[str, Any] | None = None
    format: str = FORMAT
    version: int = VERSION
    revision: tuple[int, int] = field(default=(-1, -1), compare=False)

    @property
    def token(self) -> tuple[str, int, str]:
        """What differs after every commit."""
        return self.index, self.generation, self.fingerprint

    def visible_articles(self, deleted: Sequence[int]) -> DslQuery:
        """The query for the articles of this commit, given the orders in its deletion lists."""
        hidden: list[DslQuery] = []
        if self.aborted:
            hidden.append({"terms": {"batch": list(self.aborted)}})
        chunks = (deleted[at : at + _CHUNK_ORDERS] for at in range(0, len(deleted), _CHUNK_ORDERS))
        hidden += [{"terms": {"order": list(chunk)}} for chunk in chunks]  # one query takes about a million terms
        committed: DslQuery = {"range": {"order": {"lt": self.next}}}
        return {"bool": {"filter": [committed], "must_not": hidden}} if hidden else committed


class ControlIndex:
    """The hidden index with the commit record, the user data and the deletion lists of an archive."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.location = cluster.location
        self.name = f"{cluster.location.name}-control"

    def create_if_missing(self) -> None:
        """Create the index, unless it exists."""
        index = {"number_of_shards": 1, "hidden": True, **replica_settings(self.location.replicas)}
        body = {"settings": {"index": index}, "mappings": {"dynamic": False}}
        try:
            self.cluster.request("PUT", f"/{self.name}", body, retry_seconds=WRITE_RETRY_SECONDS)
        except ClusterError as error:
            if not error.mentions("resource_already_exists"):
                raise

    def read(self) -> CommitRecord:
        """Read the commit record; raises `IndexNotFoundError` or `CorruptIndexError`."""
        return self.decode(self._get(_COMMIT))

    def decode(self, found: Mapping[str, Any] | None) -> CommitRecord:
        """The commit record of a response of the cluster; raises as `read` does."""
        if found is None:
            raise IndexNotFoundError(
                self.location,
                f"there is no index at {self.location}: build one with 'searchidx build', or name another with --index",
            )
        try:
            values = dict(found["_source"])
            if values["format"] != FORMAT:
                raise ValueError(f"its format is {values['format']!r}")
            values["deletions"] = values.pop("gone", ())
            values = {name: values[name] for name in CommitRecord.__dataclass_fields__ if name in values}
            for name in ("aborted", "deletions", "state"):
                values[name] = tuple(values[name])
            values["retired"] = tuple((str(name), float(at)) for name, at in values["retired"])
            return CommitRecord(**values, revision=(found["_seq_no"], found["_primary_term"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorruptIndexError(
                self.location,
                f"the commit record of {self.location} is damaged ({describe_damage(error)}): "
                f"restore a snapshot of the cluster, or remove {self.name} and rebuild the index",
            ) from error

    def replace(self, record: CommitRecord, retry_seconds: float = WRITE_RETRY_SECONDS) -> CommitRecord | None:
        """Replace the record that was read, and return the new one; None if it has changed since."""
        number, term = record.revision
        params = {"op_type": "create"} if number < 0 else {"if_seq_no": number, "if_primary_term": term}
        values = asdict(record)
        values["gone"] = values.pop("deletions")
        del values["revision"]
        source = json.loads(json.dumps(values))
        response = self.cluster.request(
            "PUT", f"/{self.name}/_doc/{_COMMIT}", source, params=params, expected=(409,), retry_seconds=retry_seconds
        )
        if response is not None:
            return replace(record, revision=(response["_seq_no"], response["_primary_term"]))
        # A lost response makes the client repeat the request. Then the first one has already written this record.
        found = self._get(_COMMIT)
        if found is not None and found["_source"] == source:
            return replace(record, revision=(found["_seq_no"], found["_primary_term"]))
        return None

    def put_user_data(self, user_data: bytes, prefix: str, former: Sequence[str]) -> tuple[str, ...]:
        """Store user data; the names of its documents, some of them `former` ones with the same content."""
        from searchidx.engines.opensearch import content_chunks

        names = []
        known = {name.rpartition("-")[2]: name for name in former}
        for chunk in content_chunks.split(user_data):
            digest = blake2b(chunk, digest_size=16).hexdigest()
            if digest not in known:
                known[digest] = f"{prefix}-{digest}"
                self._put(known[digest], {"bytes": base64.b64encode(chunk).decode()})
            names.append(known[digest])
        return tuple(names)

    def user_data(self, names: Sequence[str]) -> bytes:
        """The user data in these documents."""
        return b"".join(base64.b64decode(source["bytes"]) for source in self._sources(names))

    def put_deletions(self, orders: Sequence[int], prefix: str) -> tuple[str, ...]:
        """Store deletion lists; the names of their documents."""
        chunks = [orders[at : at + _CHUNK_ORDERS] for at in range(0, len(orders), _CHUNK_ORDERS)]
        names = tuple(f"{prefix}-{n}" for n in range(len(chunks)))
        for name, chunk in zip(names, chunks, strict=True):
            self._put(name, {"orders": chunk})
        return names

    def deletions(self, names: Sequence[str]) -> list[int]:
        """The orders in these deletion lists."""
        return [order for source in self._sources(names) for order in source["orders"]]

    def names(self) -> list[str]:
        """The names of all documents except the record, referenced by it or not."""
        body = {"query": {"match_all": {}}, "_source": False, "size": 10_000}
        params = {"allow_partial_search_results": "false"}
        response = self.cluster.request(
            "POST", f"/{self.name}/_search", body, params=params, retry_seconds=WRITE_RETRY_SECONDS
        )
        return [hit["_id"] for hit in response["hits"]["hits"] if hit["_id"] != _COMMIT]

    def remove(self, names: Sequence[str]) -> None:
        """Remove documents."""
        for name in names:
            self.cluster.request(
                "DELETE", f"/{self.name}/_doc/{name}", expected=(404,), retry_seconds=WRITE_RETRY_SECONDS
            )

    def _put(self, name: str, source: dict[str, Any]) -> None:
        self.cluster.request("PUT", f"/{self.name}/_doc/{name}", source, retry_seconds=WRITE_RETRY_SECONDS)

    def _sources(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        for name in names:
            found = self._get(name)
            if found is None:
                raise CorruptIndexError(
                    self.location,
                    f"the document {name} of {self.name} is missing: restore a snapshot of the cluster, or rebuild the "
                    "index",
                )
            yield found["_source"]

    def _get(self, name: str) -> dict[str, Any] | None:
        found = self.cluster.request("GET", f"/{self.name}/_doc/{name}", expected=(404,))
        return found if found is not None and found.get("found") else None


def read_commits(controls: Sequence[ControlIndex]) -> tuple[CommitRecord, ...]:
    """Read the commit records of archives of one cluster, in one request."""
    if len(controls) == 1:
        return (controls[0].read(),)
    documents = [{"_index": control.name, "_id": _COMMIT} for control in controls]
    found = controls[0].cluster.request("POST", "/_mget", {"docs": documents})["docs"]
    return tuple(
        control.decode(each) if each.get("found") else control.read()  # which tells what is wrong
        for control, each in zip(controls, found, strict=True)
    )
