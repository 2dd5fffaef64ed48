"""The writer of an archive on a cluster: one batch of changes.

Articles are sent as they come, under an epoch that no commit names yet, so nobody sees them before the commit. See
`commit_record` for the protocol.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from itertools import islice
from typing import Any

from searchidx.article import Article
from searchidx.encoded_article import EncodedArticle
from searchidx.engines.contract import Writer
from searchidx.engines.opensearch.article_index import ArticleIndex
from searchidx.engines.opensearch.cluster_client import READ_RETRY_SECONDS, Cluster
from searchidx.engines.opensearch.commit_record import RETENTION_SECONDS, CommitRecord, ControlIndex
from searchidx.engines.opensearch.document_workers import DocumentSender, DocumentWorkers
from searchidx.engines.opensearch.mapping import check_lengths, encoded_digest
from searchidx.engines.opensearch.writer_lease import WriterLease
from searchidx.errors import IndexFolderError, IndexLockedError, SearchidxError
from searchidx.worker_pool import available_cores

_MAX_NAMED_REJECTIONS = 10
"""Rejected articles that an error message names."""
_MIN_ARTICLES_FOR_WORKERS = 2_000
"""Articles of a batch after which worker processes make the documents."""
_MAX_BYTES_FOR_WORKERS = 1_000_000
"""Bytes of the text of an article beyond which this process makes its document, to tell whether it is too large."""


class OpenSearchWriter(Writer):
    """One batch of changes."""

    def __init__(
        self, cluster: Cluster, control: ControlIndex, analysis: str, wait: float, overwrite: bool, jobs: int | None
    ) -> None:
        self._cluster = cluster
        self._control = control
        self._analysis = analysis
        self._is_overwriting = overwrite
        self.is_open = False
        if overwrite:
            control.create_if_missing()
        self._lease = WriterLease(control, wait, CommitRecord("", analysis) if overwrite else None)
        try:
            self._retired = self._clean_up(self._lease.record)
            self._base = base = self._lease.record
            self._index = (
                ArticleIndex.create_next(cluster, base.index) if overwrite else ArticleIndex(cluster, base.index)
            )
            self._index.check_analyzers()
        except BaseException:
            self._lease.release()
            raise
        self._jobs = available_cores() if jobs is None else max(jobs, 1)
        self._sender = DocumentSender(cluster, self._index.name, self._lease.epoch)
        self._workers: DocumentWorkers | None = None
        self._next_order = 0 if overwrite else base.next
        self._version = 0
        self._added: dict[str, int] = {}  # order, by id
        self._words: dict[int, int] = {}  # by order
        self._rejections: dict[str, str] = {}
        self._changed_ids: set[str] = set()  # the last commit's articles with these ids are replaced or deleted
        self._fingerprint = blake2b(b"" if overwrite else base.fingerprint.encode(), digest_size=8)
        self._is_changed = overwrite
        self._is_uncertain = False
        self._is_optimizing = False
        self.is_open = True

    def add(self, article: Article) -> None:
        self.add_encoded(EncodedArticle.encode(article))

    def add_encoded(self, article: EncodedArticle) -> None:
        self._check_open()
        check_lengths(article)
        order, version = self._next_order, self._version + 1
        if self._workers is None and self._jobs > 1 and len(self._added) >= _MIN_ARTICLES_FOR_WORKERS:
            self._workers = DocumentWorkers(self._jobs, self._cluster.location, self._index.name, self._lease.epoch)
        if self._workers is not None and len(article.headline) + len(article.body) <= _MAX_BYTES_FOR_WORKERS:
            self._workers.add(article, order, version)
        else:
            self._words[order] = self._sender.add(article, order, version)
        self._added[article.id] = order
        self._changed_ids.add(article.id)
        self._next_order, self._version = order + 1, version
        self._update_fingerprint(b"+", article.id, encoded_digest(article))

    def delete(self, id: str) -> bool:
        self._check_open()
        found = self._added.pop(id, None) is not None
        self._rejections.pop(id, None)
        if found:
            self._version += 1
            self._sender.delete(id, self._version)
        elif id not in self._changed_ids and not self._is_overwriting:
            found = bool(self._committed_articles({id}))
        if found:
            self._changed_ids.add(id)
            self._update_fingerprint(b"-", id, "")
        return found

    def optimize(self) -> None:
        self._is_optimizing = True

    def rejections(self) -> Mapping[str, str]:
        self._check_open()
        self._flush()
        return dict(self._rejections)

    def commit(self, user_data: bytes | None = None) -> None:
        self._check_open()
        try:
            self._flush()
            if self._rejections:
                raise self._rejection_error()
            replaced = {} if self._is_overwriting else self._committed_articles(self._changed_ids)
            if self._is_overwriting:
                self._index.finish_filling()
            self._index.refresh()
            values = self._record_values(replaced, user_data)
            self._is_uncertain = True
            self._lease.commit(**values)
        except IndexLockedError:
            self._is_uncertain = False
            self.cancel()
            raise
        except BaseException:
            self.cancel()
            raise
        self.is_open = False
        self._close_senders()
        try:
            if self._is_overwriting:
                self._index.move_alias(self._base.index)
            self._index.delete_orders([order for order, _ in replaced.values()])
            if self._is_optimizing:
                self._index.merge()
            if self._lease.release(deletions=()):
                self._control.remove(values["deletions"])
        except SearchidxError:  # the batch is committed; the next writer does the rest
            self._lease.release()

    def cancel(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self._close_senders(is_cancelling=True)
        if self._is_uncertain:  # the response to the commit may be lost: the record tells the next writer
            self._lease.abandon()
            return
        self._index.retry_seconds = READ_RETRY_SECONDS
        aborted = self._lease.record.aborted
        with suppress(SearchidxError):  # the next writer removes what is left
            if self._is_overwriting:
                self._index.drop()
            elif self._version:
                aborted = (*aborted, self._lease.epoch)  # cancelled requests may still arrive
                self._index.delete_matching({"term": {"batch": self._lease.epoch}})
        self._lease.release(retired=self._retired, aborted=aborted)

    def _flush(self) -> None:
        """Wait until the cluster has taken or rejected every change."""
        self._sender.bulk.flush()
        rejections, self._sender.bulk.rejections = self._sender.bulk.rejections, {}
        if self._workers is not None:
            self._workers.flush()
            self._words |= self._workers.words
            rejections |= {id: why for id, why in self._workers.rejections.items() if id in self._added}
            self._workers.words, self._workers.rejections = {}, {}
        self._rejections |= rejections

    def _close_senders(self, is_cancelling: bool = False) -> None:
        if self._workers is not None:
            self._workers.close()
        self._sender.bulk.close(is_cancelling)

    def _update_fingerprint(self, sign: bytes, id: str, digest: str) -> None:
        self._fingerprint.update(b"%b%b\n%b\n" % (sign, id.encode(errors="surrogatepass"), digest.encode()))
        self._is_changed = True

    def _committed_articles(self, ids: set[str]) -> dict[str, tuple[int, int]]:
        """The order and the number of words of the articles with these ids in the last commit."""
        return self._index.find_ids(ids, self._base.visible_articles(())) if self._base.articles else {}

    def _record_values(self, replaced: Mapping[str, tuple[int, int]], user_data: bytes | None) -> dict[str, Any]:
        """The new values of the commit record; stores the user data and the deletion lists."""
        base, epoch, is_overwriting = self._base, self._lease.epoch, self._is_overwriting
        deletions = self._control.put_deletions([order for order, _ in replaced.values()], f"gone-{epoch}")
        state = () if is_overwriting else base.state
        if user_data is not None:
            state = self._control.put_user_data(user_data, f"state-{epoch}", base.state)
        retired = [name for name in base.state if name not in state]
        if is_overwriting and base.index:
            retired.append(base.index)
        now = time.time()
        words = sum(map(self._words.__getitem__, self._added.values())) - sum(words for _, words in replaced.values())
        return {
            "index": self._index.name,
            "analysis": self._analysis,
            "version": CommitRecord.version,
            "generation": base.generation + 1,
            "fingerprint": self._fingerprint.hexdigest() if self._is_changed else base.fingerprint,
            "articles": (0 if is_overwriting else base.articles) + len(self._added) - len(replaced),
            "words": (0 if is_overwriting else base.words) + words,
            "next": self._next_order,
            "aborted": () if is_overwriting else base.aborted,
            "deletions": deletions,
            "state": state,
            "retired": (*self._retired, *((name, now) for name in retired)),
        }

    def _clean_up(self, record: CommitRecord) -> tuple[tuple[str, float], ...]:
        """Finish what earlier writers left, and remove what was retired long ago; the rest of the retired."""
        index = ArticleIndex(self._cluster, record.index)
        if record.deletions and record.index:
            index.delete_orders(self._control.deletions(record.deletions))
            self._lease.change(deletions=())
            self._control.remove(record.deletions)
            record = self._lease.record
        if record.aborted and record.index:
            index.delete_matching({"terms": {"batch": list(record.aborted)}})
        known = {record.index, *record.state, *(name for name, _ in record.retired)}
        expired = [name for name, at in record.retired if time.time() - at > RETENTION_SECONDS]
        existing = (*ArticleIndex.names(self._cluster), *self._control.names())
        for name in (*expired, *(name for name in existing if name not in known)):
            if ArticleIndex.is_name(self._cluster, name):
                ArticleIndex(self._cluster, name).drop()
            else:
                self._control.remove([name])
        return tuple(each for each in record.retired if each[0] not in expired)

    def _rejection_error(self) -> IndexFolderError:
        rejections = self._rejections
        named = "; ".join(f"{id}: {reason}" for id, reason in islice(rejections.items(), _MAX_NAMED_REJECTIONS))
        count = len(rejections)
        more = f"; and {count - _MAX_NAMED_REJECTIONS:,} more" if count > _MAX_NAMED_REJECTIONS else ""
        articles = f"{count:,} article{'' if count == 1 else 's'}"
        return IndexFolderError(
            self._cluster.location,
            f"the cluster rejected {articles}, and the index is unchanged: {named}{more}",
        )

    def _check_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: get a new one from the archive")
