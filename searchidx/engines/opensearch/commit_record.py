"""What a commit is on a cluster, and who may make one.

An archive `news` is an index of articles, `news-000001`, and one of records, `news-control`. The latter holds one
document that is the truth, `commit`; it is replaced whole, and only where it is still what it was when it was read::

    {"format": "searchidx", "version": 1, "analysis": "…", "generation": 7, "fingerprint": "…",
     "index": "news-000001", "articles": …, "words": …, "next": 1234, "epoch": 9,
     "aborted": [3], "gone": ["gone-9-0", …], "state": ["state-9-0", …], "retired": [[…, at], …],
     "writer": null or {"epoch": 9, "committed": …, "host": "…", "pid": …, "at": …}}

An article is of the commit where its `order` is below `next`, its `batch` is none of `aborted`, and its order is none
of those that the documents `gone` list. So a batch can be written while others read, and becomes visible by one change
of one document: killed at any instant, the archive is at the commit before or after.

What a batch replaced or deleted is listed in `gone`, deleted after the commit, and forgotten; whoever writes next does
that where the last writer could not.

A *writer* is whoever stands in the record. It says so anew every few seconds; one that has not for `LEASE` seconds, or
whose process is known to be dead, has lost its place. Every writer has an `epoch`, which its documents carry as
`batch` and its lists in their names; an epoch that ended without a commit is `aborted`, so whatever it still sends is
never seen. A writer that lost its place finds the record changed and cannot commit.

When all articles are made anew, or the mapping is another, they go to an index of the next number; the commit names it,
and the alias `news` moves to it in one step. What no commit names any more stays for `KEPT` seconds, for those who read
it still, and is then removed by the next writer.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from searchidx.engines.opensearch.cluster_client import READING, Cluster, Refused
from searchidx.engines.opensearch.mapping import VERSION
from searchidx.errors import (
    CorruptIndexError,
    IndexExistsError,
    IndexLockedError,
    IndexNotFoundError,
    SearchidxError,
)

__all__ = ["KEPT", "PATIENCE", "Lease", "Record", "Records"]

FORMAT = "searchidx"
LEASE = 60.0
KEPT = 3600.0
_BEAT = 5.0
_LOOK = 0.2
PATIENCE = 60.0
"""A change is tried for so many seconds."""
_PIECE = 1 << 22
"""Bytes of a state in one document."""
_GONE_PIECE = 500_000


@dataclass(frozen=True)
class Record:
    """The document `commit`, as it was read."""

    index: str
    analysis: str
    generation: int = 0
    fingerprint: str = ""
    articles: int = 0
    words: int = 0
    next: int = 0
    epoch: int = 0
    aborted: tuple[int, ...] = ()
    gone: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    retired: tuple[tuple[str, float], ...] = ()
    writer: dict[str, Any] | None = None
    format: str = FORMAT
    version: int = VERSION
    seen: tuple[int, int] = field(default=(-1, -1), compare=False)
    """What the cluster calls this state of the document."""


class Records:
    """The index of records of an archive."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.place = cluster.place
        self.name = f"{cluster.place.name}-control"

    def make(self) -> None:
        """Make the index, where there is none."""
        replicas = self.place.replicas
        index: dict[str, Any] = {"number_of_shards": 1, "hidden": True}
        index |= {"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}
        body = {"settings": {"index": index}, "mappings": {"dynamic": False}}
        try:
            self.cluster.ask("PUT", f"/{self.name}", body, patience=PATIENCE)
        except Refused as refused:
            if not refused.names("resource_already_exists"):
                raise

    def read(self) -> Record:
        """The record; `IndexNotFoundError`, `CorruptIndexError`."""
        found = self._get("commit")
        if found is None:
            raise IndexNotFoundError(
                self.place,
                f"there is no index at {self.place}: build one with 'searchidx build', or name its place with --index",
            )
        try:
            values = dict(found["_source"])
            if values["format"] != FORMAT:
                raise ValueError(f"its format is {values['format']!r}")
            values = {name: values[name] for name in Record.__dataclass_fields__ if name in values}
            for name in ("aborted", "gone", "state"):
                values[name] = tuple(values[name])
            values["retired"] = tuple((str(name), float(at)) for name, at in values["retired"])
            return Record(**values, seen=(found["_seq_no"], found["_primary_term"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorruptIndexError(
                self.place,
                f"the record of {self.place} is damaged ({error!r}): restore a snapshot of the cluster, or remove "
                f"{self.name} and build anew",
            ) from error

    def put(self, record: Record, patience: float = PATIENCE) -> Record | None:
        """Replace the record where it is what it was when it was read; None where it is another."""
        first, term = record.seen
        params = {"op_type": "create"} if first < 0 else {"if_seq_no": first, "if_primary_term": term}
        values = asdict(record)
        del values["seen"]
        source = json.loads(json.dumps(values))
        answer = self.cluster.ask(
            "PUT", f"/{self.name}/_doc/commit", source, params=params, expected=(409,), patience=patience
        )
        if answer is not None:
            return replace(record, seen=(answer["_seq_no"], answer["_primary_term"]))
        # An answer may have been lost, and the request repeated: then what stands there is what was to be put.
        found = self._get("commit")
        if found is not None and found["_source"] == source:
            return replace(record, seen=(found["_seq_no"], found["_primary_term"]))
        return None

    def create(self, record: Record) -> Record:
        """The first record of an archive; `IndexExistsError` where there is one."""
        made = self.put(record)
        if made is None:
            raise IndexExistsError(self.place, f"there is an index at {self.place} already; nothing was changed")
        return made

    def put_state(self, state: bytes, name: str) -> tuple[str, ...]:
        """Keep bytes in documents; their names."""
        pieces = [state[at : at + _PIECE] for at in range(0, len(state), _PIECE)]
        return self._put_all(name, [{"bytes": base64.b64encode(piece).decode()} for piece in pieces])

    def state(self, names: Sequence[str]) -> bytes:
        """The bytes that such documents keep."""
        return b"".join(base64.b64decode(source["bytes"]) for source in self._sources(names))

    def put_gone(self, orders: Sequence[int], name: str) -> tuple[str, ...]:
        """List numbers of documents in documents; their names."""
        return self._put_all(
            name, [{"orders": orders[at : at + _GONE_PIECE]} for at in range(0, len(orders), _GONE_PIECE)]
        )

    def gone(self, names: Sequence[str]) -> list[int]:
        """The numbers that such documents list."""
        return [order for source in self._sources(names) for order in source["orders"]]

    def names(self) -> list[str]:
        """The names of all such documents, whether the record still has them or not."""
        body = {"query": {"match_all": {}}, "_source": False, "size": 10_000}
        params = {"allow_partial_search_results": "false"}
        hits = self.cluster.ask("POST", f"/{self.name}/_search", body, params=params, patience=PATIENCE)["hits"]["hits"]
        return [hit["_id"] for hit in hits if hit["_id"] != "commit"]

    def forget(self, names: Sequence[str]) -> None:
        """Remove documents."""
        for name in names:
            self.cluster.ask("DELETE", f"/{self.name}/_doc/{name}", expected=(404,), patience=PATIENCE)

    def _put_all(self, name: str, sources: Sequence[dict[str, Any]]) -> tuple[str, ...]:
        names = tuple(f"{name}-{n}" for n in range(len(sources)))
        for each, source in zip(names, sources, strict=True):
            self.cluster.ask("PUT", f"/{self.name}/_doc/{each}", source, patience=PATIENCE)
        return names

    def _sources(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        for name in names:
            found = self._get(name)
            if found is None:
                raise CorruptIndexError(
                    self.place, f"the record {name} of {self.place} is missing: restore a snapshot, or build anew"
                )
            yield found["_source"]

    def _get(self, name: str) -> dict[str, Any] | None:
        found = self.cluster.ask("GET", f"/{self.name}/_doc/{name}", expected=(404,))
        return found if found is not None and found.get("found") else None


class Lease:
    """The one writer's place in the record, kept by a thread that says so every few seconds.

    All changes of the record go through `change`, which fails where another writer has taken the place.
    """

    def __init__(self, records: Records, wait: float, first: Record | None) -> None:
        self._records = records
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._is_committed = False
        self.record = self._taken(wait, first)
        self._thread = threading.Thread(target=self._beat, name="searchidx-lease", daemon=True)
        self._thread.start()

    def commit(self, **values: Any) -> None:
        """The change that makes a batch a commit."""
        with self._lock:
            self._change(values | {"writer": self._myself(is_committed=True)})
            self._is_committed = True

    def change(self, **values: Any) -> None:
        """Replace values of the record; `IndexLockedError` where the place is another's."""
        with self._lock:
            self._change(values)

    def _change(self, values: dict[str, Any], patience: float = PATIENCE) -> None:
        made = self._records.put(replace(self.record, **values), patience)
        if made is None:
            # The answer to one of our own may have been lost: then we stand there still.
            found = self._records.read()
            if found.writer is None or found.writer["epoch"] != self.epoch:
                raise self._lost()
            made = self._records.put(replace(self.record, **values, seen=found.seen), patience)
            if made is None:
                raise self._lost()
        self.record = made

    def end(self, **values: Any) -> bool:
        """Give up the place, with a last change; whether the cluster could be told.

        Where it could not the next writer finds this one dead, and does what was left undone.
        """
        self.abandon()
        with self._lock, suppress(SearchidxError):
            self._change(values | {"writer": None}, READING)
            return True
        return False

    def abandon(self) -> None:
        """Give up the place without a word to the cluster."""
        self._ended.set()
        self._thread.join()

    def _taken(self, wait: float, first: Record | None) -> Record:
        """The record, with this process as the writer."""
        until = time.monotonic() + wait
        while True:
            try:
                found = self._records.read()
            except IndexNotFoundError:
                if first is None:
                    raise
                found = first
            if found.writer is None or _is_dead(found.writer):
                self.epoch = found.epoch + 1
                undone = _undone(found)
                aborted = found.aborted if undone is None else (*found.aborted, undone)
                taken = replace(found, epoch=self.epoch, aborted=aborted, writer=self._myself(is_committed=False))
                made = self._records.put(taken)
                if made is not None:
                    return made
            elif time.monotonic() >= until:
                raise IndexLockedError(self._records.place, _locked(found.writer))
            else:
                time.sleep(min(_LOOK, max(until - time.monotonic(), 0)))

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT):
            with self._lock:
                try:
                    made = self._records.put(replace(self.record, writer=self._myself(self._is_committed)))
                except Exception:
                    continue
                if made is None:
                    return
                self.record = made

    def _myself(self, is_committed: bool) -> dict[str, Any]:
        return {
            "epoch": self.epoch,
            "committed": is_committed,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "at": time.time(),
        }

    def _lost(self) -> IndexLockedError:
        return IndexLockedError(
            self._records.place,
            f"another writer has taken over at {self._records.place}, since this one was not heard of for "
            f"{LEASE:.0f} seconds; nothing was committed: do it again",
        )


def _undone(record: Record) -> int | None:
    """The epoch of a writer that stands in a record and has not committed; None where there is none."""
    writer = record.writer
    return None if writer is None or writer["committed"] else int(writer["epoch"])


def _is_dead(writer: dict[str, Any]) -> bool:
    """Whether a writer has lost its place."""
    if time.time() - float(writer["at"]) > LEASE:
        return True
    if writer["host"] != socket.gethostname() or os.name != "posix":
        return False
    try:
        os.kill(int(writer["pid"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _locked(writer: dict[str, Any]) -> str:
    ago = max(time.time() - float(writer["at"]), 0)
    return (
        f"another writer is at work, process {writer['pid']} on {writer['host']}, heard of {ago:.0f} seconds ago: try "
        f"again when it has finished; one that died loses its place after {LEASE:.0f} seconds"
    )
