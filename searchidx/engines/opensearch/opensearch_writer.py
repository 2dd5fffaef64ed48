"""One batch of changes, on its way to a cluster.

Articles are sent as they come, some at a time and several requests at once, to where nobody sees them yet (`records`).
A request is repeated where a node was busy or away; each change has a number, and the cluster keeps the one of the
greatest for each article, so it does no harm when one arrives twice or late.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from typing import Any

from searchidx.article import Article
from searchidx.engines.contract import Writer
from searchidx.engines.opensearch.cluster_client import (
    READING,
    Cluster,
    Refused,
    attempts,
    is_full,
    reason_of,
)
from searchidx.engines.opensearch.commit_record import (
    KEPT,
    PATIENCE,
    Lease,
    Record,
    Records,
)
from searchidx.engines.opensearch.mapping import (
    MAX_DOCUMENT,
    document,
    has_utf8,
    index_body,
)
from searchidx.errors import (
    ArticleError,
    IndexExistsError,
    IndexFolderError,
    IndexLockedError,
    SearchidxError,
    UnavailableError,
)

__all__ = ["OpenSearchWriter", "visible"]

_AT_ONCE = 500
_BYTES_AT_ONCE = 4_000_000
_REQUESTS = 3
"""A request holds so many changes, or so many bytes of them; so many are under way."""
_LOOKED_UP = 5_000
_DELETED_AT_ONCE = 20_000
_NAMED = 10
_LONG: dict[str, Any] = {"request_timeout": 3600}
"""What may take as long as it takes."""
_WHOLE = {"allow_partial_search_results": "false"}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def visible(record: Record, gone: Sequence[int]) -> dict[str, Any]:
    """The query for the articles of a commit."""
    hidden: list[dict[str, Any]] = []
    if record.aborted:
        hidden.append({"terms": {"batch": list(record.aborted)}})
    if gone:
        hidden.append({"terms": {"order": list(gone)}})
    found: dict[str, Any] = {"range": {"order": {"lt": record.next}}}
    return {"bool": {"filter": [found], "must_not": hidden}} if hidden else found


class OpenSearchWriter(Writer):
    """One batch of changes."""

    def __init__(self, cluster: Cluster, records: Records, analysis: str, wait: float, overwrite: bool) -> None:
        self._cluster = cluster
        self._records = records
        self._anew = overwrite
        self._patience = PATIENCE
        self.is_open = False
        if overwrite:
            records.make()
        self._lease = Lease(records, wait, Record("", analysis) if overwrite else None)
        try:
            self._retired = self._tidied(self._lease.record)
            self._base = self._lease.record
            self._index = self._new_index() if overwrite else self._base.index
            self._analysis = analysis
        except BaseException:
            self._lease.end()
            raise
        self._next = 0 if overwrite else self._base.next
        self._version = 0
        self._added: dict[str, tuple[int, int]] = {}
        self._touched: set[str] = set()  # what the last commit has of these is replaced or deleted
        self._digest = blake2b((b"" if overwrite else self._base.fingerprint.encode()), digest_size=8)
        self._is_changed = overwrite
        self._lines: list[tuple[str, bytes]] = []
        self._bytes = 0
        self._refused: dict[str, str] = {}
        self._sent: list[Future[None]] = []
        self._room = threading.BoundedSemaphore(2 * _REQUESTS)
        self._senders = ThreadPoolExecutor(_REQUESTS, "searchidx-bulk")
        self._is_uncertain = False
        self._is_optimizing = False
        self.is_open = True

    def add(self, article: Article) -> None:
        self._check_open()
        made = document(article, self._next, self._lease.epoch)
        line = _encode(made).encode()
        if len(line) > MAX_DOCUMENT:
            raise ArticleError(
                "body", article.body[:80], f"takes {len(line):,} bytes, more than a cluster is sent at once"
            )
        self._added[article.id] = self._next, made["words"]
        self._touched.add(article.id)
        self._next += 1
        self._note(b"+", article.id, made["digest"])
        self._put(article.id, self._action("index", article.id) + b"\n" + line)

    def delete(self, id: str) -> bool:
        self._check_open()
        found = self._added.pop(id, None) is not None
        self._refused.pop(id, None)
        if found:
            self._put(id, self._action("delete", id))
        elif id not in self._touched and not self._anew:
            found = bool(self._stand([id]))
        if found:
            self._touched.add(id)
            self._note(b"-", id, "")
        return found

    def optimize(self) -> None:
        self._is_optimizing = True

    def rejections(self) -> Mapping[str, str]:
        self._check_open()
        self._flush()
        return dict(self._refused)

    def commit(self, state: bytes | None = None) -> None:
        self._check_open()
        try:
            self._flush()
            if self._refused:
                raise self._rejection()
            base, lease = self._base, self._lease
            was = {} if self._anew else self._stand(self._touched)
            self._refresh()
            generation = base.generation + 1
            gone = self._records.put_gone([order for order, _ in was.values()], f"gone-{lease.epoch}")
            kept = () if self._anew else base.state
            if state is not None:
                kept = self._records.put_state(state, f"state-{lease.epoch}")
            left = [name for name in base.state if name not in kept]
            if self._anew and base.index:
                left.append(base.index)
            now = time.time()
            words = sum(words for _, words in self._added.values()) - sum(words for _, words in was.values())
            self._is_uncertain = True
            lease.commit(
                index=self._index,
                analysis=self._analysis,
                version=Record.version,
                generation=generation,
                fingerprint=self._digest.hexdigest() if self._is_changed else base.fingerprint,
                articles=(0 if self._anew else base.articles) + len(self._added) - len(was),
                words=(0 if self._anew else base.words) + words,
                next=self._next,
                aborted=() if self._anew else base.aborted,
                gone=gone,
                state=kept,
                retired=(*self._retired, *((name, now) for name in left)),
            )
        except IndexLockedError:
            self._is_uncertain = False
            self.cancel()
            raise
        except BaseException:
            self.cancel()
            raise
        self.is_open = False
        self._senders.shutdown()
        try:
            if self._anew:
                self._move_alias(base.index)
            self._delete([order for order, _ in was.values()])
            if self._is_optimizing:
                self._ask("POST", f"/{self._index}/_forcemerge", params={"max_num_segments": "1", **_LONG})
            if lease.end(gone=()):
                self._records.forget(gone)
        except SearchidxError:  # it is committed; what is left to do is the next writer's
            lease.end()

    def cancel(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self._senders.shutdown(cancel_futures=True)
        if self._is_uncertain:  # an answer that was lost may have told of a commit: the next writer reads whether
            self._lease.abandon()
            return
        self._patience = READING
        aborted = self._lease.record.aborted
        with suppress(SearchidxError):  # what cannot be removed now is by the next writer
            if self._anew:
                self._ask("DELETE", f"/{self._index}", expected=(404,))
            elif self._version:
                aborted = (*aborted, self._lease.epoch)  # what was given up on may arrive yet
                self._delete_where({"term": {"batch": self._lease.epoch}})
        self._lease.end(retired=self._retired, aborted=aborted)

    # -- sending -------------------------------------------------------------------------------------------------------

    def _put(self, id: str, line: bytes) -> None:
        self._lines.append((id, line))
        self._bytes += len(line)
        if len(self._lines) >= _AT_ONCE or self._bytes >= _BYTES_AT_ONCE:
            self._send()

    def _send(self) -> None:
        lines, self._lines, self._bytes = self._lines, [], 0
        if not lines:
            return
        self._room.acquire()
        waiting = []
        for each in self._sent:
            if each.done():
                each.result()  # raises what went wrong
            else:
                waiting.append(each)
        self._sent = waiting
        self._sent.append(self._senders.submit(self._deliver, lines))

    def _flush(self) -> None:
        """Wait until all is with the cluster."""
        self._send()
        sent, self._sent = self._sent, []
        for each in sent:
            each.result()

    def _deliver(self, lines: list[tuple[str, bytes]]) -> None:
        """Send changes until each was taken or refused."""
        try:
            until = time.monotonic() + PATIENCE
            pause = 0.1
            while lines:
                answers = self._cluster.many((line for _, line in lines), self._index, PATIENCE)
                again = []
                for (id, line), answer in zip(lines, answers, strict=True):
                    status = answer["status"]
                    if is_full(Refused(status, answer.get("error"))):
                        raise self._cluster.full()
                    if status == 429 or status >= 500:
                        again.append((id, line))
                    elif status >= 400 and status not in (404, 409):  # gone already, or replaced by a later one
                        self._refused[id] = reason_of(answer["error"])
                lines = again
                if lines and time.monotonic() > until:
                    raise UnavailableError(
                        self._cluster.place,
                        f"{self._cluster.place} takes no articles ({reason_of(answers[-1].get('error', {}))}): see how "
                        "the cluster is, and do it again; the index is as it was",
                    )
                if lines:
                    time.sleep(pause)
                    pause = min(2 * pause, 3.0)
        finally:
            self._room.release()

    def _action(self, kind: str, id: str) -> bytes:
        self._version += 1
        name = f"{self._lease.epoch}-{blake2b(id.encode(), digest_size=16).hexdigest()}"
        return _encode({kind: {"_id": name, "version": self._version, "version_type": "external_gte"}}).encode()

    def _note(self, sign: bytes, id: str, digest: str) -> None:
        self._digest.update(b"%b%b\n%b\n" % (sign, id.encode(errors="surrogatepass"), digest.encode()))
        self._is_changed = True

    # -- what stands in the index --------------------------------------------------------------------------------------

    def _stand(self, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Of those of some ids that the last commit has: the number, and how many words."""
        if not self._base.articles:
            return {}
        found: dict[str, tuple[int, int]] = {}
        rest = filter(has_utf8, ids)
        while some := list(islice(rest, _LOOKED_UP)):
            answer = self._ask(
                "POST",
                f"/{self._index}/_search",
                {
                    "query": {"bool": {"filter": [visible(self._base, ()), {"terms": {"id": some}}]}},
                    "size": len(some),
                    "stored_fields": "_none_",
                    "docvalue_fields": ["id", "order", "words"],
                },
                params=_WHOLE,
            )
            for hit in answer["hits"]["hits"]:
                values = hit["fields"]
                found[values["id"][0]] = values["order"][0], values["words"][0]
        return found

    def _delete(self, orders: Sequence[int]) -> None:
        for at in range(0, len(orders), _DELETED_AT_ONCE):
            self._delete_where({"terms": {"order": orders[at : at + _DELETED_AT_ONCE]}})

    def _delete_where(self, query: dict[str, Any]) -> None:
        self._refresh()
        params = {"conflicts": "proceed", "refresh": "true", **_LONG}
        self._ask("POST", f"/{self._index}/_delete_by_query", {"query": query}, params=params)
        asked = {"query": query, "size": 0, "track_total_hits": True}
        left = self._ask("POST", f"/{self._index}/_search", asked, params=_WHOLE)["hits"]["total"]["value"]
        if left:
            raise UnavailableError(self._cluster.place, f"{left:,} articles of {self._index} could not be deleted")

    def _refresh(self) -> None:
        """Make what was written visible to searches, on every node that has it."""
        for is_last in attempts(self._patience):
            failed = self._ask("POST", f"/{self._index}/_refresh", params=_LONG)["_shards"]["failed"]
            if not failed:
                return
            if is_last:
                raise UnavailableError(
                    self._cluster.place,
                    f"{failed} parts of {self._index} did not say that they have all there is: see how the nodes of "
                    f"{self._cluster.place} are, and do it again; the index is as it was",
                )

    def _tidied(self, record: Record) -> tuple[tuple[str, float], ...]:
        """Do what earlier writers left undone; what is retired still."""
        self._index = record.index
        if record.gone and record.index:
            self._delete(self._records.gone(record.gone))
            self._lease.change(gone=())
            self._records.forget(record.gone)
            record = self._lease.record
        if record.aborted and record.index:
            self._delete_where({"terms": {"batch": list(record.aborted)}})
        known = {record.index, *record.state, *(name for name, _ in record.retired)}
        old = [name for name, at in record.retired if time.time() - at > KEPT]
        for name in (*old, *(name for name in (*self._indexes(), *self._records.names()) if name not in known)):
            if self._is_index(name):
                self._ask("DELETE", f"/{name}", expected=(404,))
            else:
                self._records.forget([name])
        return tuple(each for each in record.retired if each[0] not in old)

    def _is_index(self, name: str) -> bool:
        return re.fullmatch(re.escape(self._cluster.place.name) + r"-\d{6}", name) is not None

    def _indexes(self) -> list[str]:
        """The indexes of articles that there are."""
        answer = self._ask("GET", f"/{self._cluster.place.name}-*/_alias", expected=(404,)) or {}
        return sorted(filter(self._is_index, answer))

    def _new_index(self) -> str:
        place = self._cluster.place
        if not self._base.index:
            others = self._ask("GET", f"/{place.name}", expected=(404,)) or {}
            if strange := sorted(name for name in others if not self._is_index(name)):
                raise IndexExistsError(
                    place,
                    f"{strange[0]} on that cluster is none of searchidx: name {place} otherwise; nothing was changed",
                )
        numbers = [int(name[-6:]) for name in (*self._indexes(), self._base.index) if name]
        name = f"{place.name}-{max(numbers, default=0) + 1:06d}"
        self._ask("PUT", f"/{name}", index_body(place.shards, place.replicas))
        return name

    def _move_alias(self, old: str) -> None:
        name = self._cluster.place.name
        actions: list[dict[str, Any]] = [{"add": {"index": self._index, "alias": name}}]
        if old:
            actions.append({"remove": {"index": old, "alias": name, "must_exist": False}})
        self._ask("POST", "/_aliases", {"actions": actions})

    # -- the end -------------------------------------------------------------------------------------------------------

    def _rejection(self) -> IndexFolderError:
        named = "; ".join(f"{id}: {reason}" for id, reason in islice(self._refused.items(), _NAMED))
        more = f"; and {len(self._refused) - _NAMED:,} more" if len(self._refused) > _NAMED else ""
        return IndexFolderError(
            self._cluster.place,
            f"{len(self._refused):,} articles were refused by the cluster, and the index is as it was: {named}{more}",
        )

    def _ask(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        return self._cluster.ask(method, path, body, patience=self._patience, **how)

    def _check_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")
