"""Make and send the documents of articles, in this process or in worker processes.

Messages of `worker_pool`::

    task     {"location": [fields of a ClusterLocation], "index": …, "epoch": …, "numbers": [[order, version], …]}, and
             the articles of a batch, as `encoded_article.pack` gives them
    reply    {"words": [the number of words of each article], "rejections": {id: reason, …}}
    reply    {"error": message, "is_unavailable": …}

The parent gives each article its order and version, and the cluster keeps the highest version of an article. So the
index is the same for any number of workers, whatever order their requests arrive in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from searchidx.encoded_article import EncodedArticle, pack, unpack
from searchidx.engines.locations import ClusterLocation
from searchidx.engines.opensearch.bulk_sender import BulkSender
from searchidx.engines.opensearch.cluster_client import Cluster
from searchidx.engines.opensearch.mapping import MAX_DOCUMENT_BYTES, encoded_digest, make_document
from searchidx.errors import ArticleError, SearchidxError, UnavailableError, worker_lost
from searchidx.worker_pool import Message, Task, WorkerDied, WorkerPool, run_worker

_TASK_BYTES = 1_500_000
"""Bytes of the articles of a task."""
_MAX_TASKS = 2
"""Unfinished tasks of a worker: one that it works on, and the next."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class DocumentSender:
    """Makes documents of one epoch and sends them, in this process."""

    def __init__(self, cluster: Cluster, index: str, epoch: int) -> None:
        self.bulk = BulkSender(cluster, index)
        self._epoch = epoch

    def add(self, encoded: EncodedArticle, order: int, version: int) -> int:
        """Send the document of an article sooner or later; returns its number of words.

        Raises `ArticleError` if the cluster cannot index it.
        """
        article = encoded.decode()
        document = make_document(article, order, self._epoch, encoded_digest(encoded))
        line = _encode(document).encode()
        if len(line) > MAX_DOCUMENT_BYTES:
            raise ArticleError(
                "body",
                article.body[:80],
                f"takes {len(line):,} bytes, more than the {MAX_DOCUMENT_BYTES:,} of a request",
            )
        self.bulk.add(article.id, self._action("index", article.id, version) + b"\n" + line)
        words: int = document["words"]
        return words

    def delete(self, id: str, version: int) -> None:
        """Delete an article that this epoch has sent."""
        self.bulk.add(id, self._action("delete", id, version))

    def _action(self, kind: str, id: str, version: int) -> bytes:
        """The first line of a change in a bulk request. The cluster stores such a name of a document in 15 bytes."""
        digest = blake2b(f"{self._epoch} {id}".encode(), digest_size=15).digest()
        name = base64.urlsafe_b64encode(digest).decode()
        return _encode({kind: {"_id": name, "version": version, "version_type": "external_gte"}}).encode()


class DocumentWorkers:
    """Worker processes that make and send the documents of one epoch.

    Attributes:
        words: the number of words of each article that the cluster has taken, by order; complete after `flush`.
        rejections: the reasons why articles cannot be indexed, by id; complete after `flush`.
    """

    def __init__(self, count: int, location: ClusterLocation, index: str, epoch: int) -> None:
        values = [location.hosts, location.name, location.tls, location.shards, location.replicas, location.timeout]
        self._header = {"location": values, "index": index, "epoch": epoch}
        self._location = location
        self._pool = WorkerPool(__name__, count, _MAX_TASKS)
        self._articles: list[EncodedArticle] = []
        self._numbers: list[tuple[int, int]] = []
        self._bytes = 0
        self._tasks: list[tuple[Task, list[int]]] = []
        self.words: dict[int, int] = {}
        self.rejections: dict[str, str] = {}

    def add(self, article: EncodedArticle, order: int, version: int) -> None:
        """Give an article to a worker; waits while all are busy."""
        self._articles.append(article)
        self._numbers.append((order, version))
        self._bytes += len(article.headline) + len(article.body) + len(article.other_fields)
        if self._bytes >= _TASK_BYTES:
            self._submit()

    def flush(self) -> None:
        """Wait until the cluster has taken or rejected every article; fills `words` and `rejections`."""
        self._submit()
        self._receive(wait=True)

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        self._pool.close()

    def _submit(self) -> None:
        if self._articles:
            task = self._pool.submit(Message({**self._header, "numbers": self._numbers}, pack(self._articles)))
            self._tasks.append((task, [order for order, _ in self._numbers]))
            self._articles, self._numbers, self._bytes = [], [], 0
            self._receive(wait=False)

    def _receive(self, wait: bool) -> None:
        """Read the replies to the tasks that are done, or wait for all."""
        unfinished = []
        for task, orders in self._tasks:
            if not (wait or task.has_reply):
                unfinished.append((task, orders))
                continue
            header = self._reply(task)
            self.words.update(zip(orders, header["words"], strict=True))
            self.rejections |= header["rejections"]
        self._tasks = unfinished

    def _reply(self, task: Task) -> dict[str, Any]:
        try:
            reply = task.next_reply()
            task.finish()
        except WorkerDied as error:
            raise worker_lost(error.exit_code) from None
        assert reply is not None
        if "error" not in reply.header:
            return reply.header
        if reply.header["is_unavailable"]:
            raise UnavailableError(self._location, reply.header["error"])
        raise SearchidxError(f"a worker process could not send articles: {reply.header['error']}")


def main() -> None:
    """The main function of a worker."""
    senders: dict[tuple[str, int], DocumentSender] = {}

    def handle(task: Message) -> Iterator[Message]:
        try:
            key = task.header["index"], task.header["epoch"]
            if key not in senders:
                hosts, *rest = task.header["location"]
                senders[key] = DocumentSender(Cluster(ClusterLocation(tuple(hosts), *rest)), *key)
            sender = senders[key]
            articles = zip(unpack(task.blobs), task.header["numbers"], strict=True)
            words = [sender.add(article, *numbers) for article, numbers in articles]
            sender.bulk.flush()
            rejections, sender.bulk.rejections = sender.bulk.rejections, {}
            yield Message({"words": words, "rejections": rejections})
        except UnavailableError as error:
            yield Message({"error": str(error), "is_unavailable": True})
        except (OSError, MemoryError, SearchidxError) as error:
            yield Message({"error": f"{type(error).__name__}: {error}", "is_unavailable": False})

    run_worker(handle)
