"""The writer of an embedded index: one batch of changes, from articles in memory to a commit.

The life of an article: `add` keeps it in memory. A full batch becomes a segment buffer, in a worker process if there
is more than one batch. Enough buffers become a segment file that no manifest names yet. `commit` merges segments as
the merge policy plans, and writes the manifest that names them all. Articles that are replaced or deleted are marked
in bitmaps along the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from searchidx.article import Article
from searchidx.encoded_article import EncodedArticle
from searchidx.engines.contract import Writer
from searchidx.engines.embedded.array_types import Bools
from searchidx.engines.embedded.doc_store import id_hashes
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.embedded_snapshot import read_live_mask
from searchidx.engines.embedded.manifest import (
    Manifest,
    collect_garbage,
    damage_error,
    list_index_files,
    next_file_number,
    read_manifest,
    write_checked_file,
    write_errors,
)
from searchidx.engines.embedded.merge_policy import plan_merges
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_file import make_folder, sync_file
from searchidx.engines.embedded.write_lock import WriteLock
from searchidx.errors import ArticleError, IndexFolderError
from searchidx.worker_pool import available_cores

if TYPE_CHECKING:
    from searchidx.engines.embedded.segment_buffer import SegmentBuffer, SegmentBufferBuilder
    from searchidx.engines.embedded.segment_workers import SegmentWorkers
    from searchidx.worker_pool import Task

MAX_BATCH_ARTICLES = 12_000
MAX_BATCH_BYTES = 10_000_000
"""Articles, and bytes of their text (`_text_cost`), that a writer keeps before it builds a segment buffer."""
MIN_SEGMENT_TOKENS = 3_000_000
"""Segment buffers become a segment once they have this many tokens."""
MAX_CHARACTERS = 1 << 25
"""Maximum length of an article; in any script it then stays below `doc_store.MAX_RECORD` bytes."""


def _text_cost(text: bytes) -> int:
    """The memory a text in UTF-8 takes while indexed, as bytes of English text with about 6 bytes a word.

    In scripts without spaces every letter of 3 bytes is a word. Each byte after the first of a letter counts 2.5 times
    in all scripts, which is too much for some and does no harm.
    """
    if text.isascii():
        return len(text)
    characters = len(text.decode())
    return characters + (len(text) - characters) * 5 // 2


class EmbeddedWriter(Writer):
    """One batch of changes; has more methods than most classes, since every step of a batch shares its state."""

    def __init__(self, folder: Path, wait: float, overwrite: bool, jobs: int | None) -> None:
        self.folder = folder
        self.is_open = False
        with write_errors(folder):
            if overwrite:
                make_folder(folder)
            self._lock = WriteLock(folder, wait)
        try:
            if overwrite:
                # The old index, of any version, stays until the commit replaces it.
                self._manifest = Manifest(next_number=next_file_number(folder))
            else:
                self._manifest = read_manifest(folder)
                collect_garbage(folder, self._manifest.files())
            self._keep = list_index_files(folder) if overwrite else self._manifest.files()
            self._next_number = self._manifest.next_number
            self._segments = [_PendingSegment.open(folder, entry) for entry in self._manifest.segments]
            self._former_segments = [_PendingSegment.open(folder, entry) for entry in self._manifest.former]
        except BaseException:
            self._lock.release()
            raise
        self._jobs = available_cores() if jobs is None else max(jobs, 1)
        self._workers: SegmentWorkers | None = None
        self._builder: SegmentBufferBuilder | None = None
        self._batch: dict[str, EncodedArticle] = {}
        self._batch_bytes = 0
        self._former_batch: dict[str, list[EncodedArticle]] = {}
        self._former_bytes = 0
        self._overwrites = overwrite
        self.is_open = True

    # -- the contract --------------------------------------------------------------------------------------------------

    def add(self, article: Article) -> None:
        self.add_encoded(EncodedArticle.encode(article))

    def add_encoded(self, article: EncodedArticle) -> None:
        self._check_open()
        if len(article.headline) + len(article.body) > MAX_CHARACTERS:  # in bytes: at least as many
            self.check(article.decode())
        if self._batch.pop(article.id, None) is None:
            self._batch_bytes += _text_cost(article.body)
        self._batch[article.id] = article
        if self._workers is None and self._jobs > 1 and len(self._batch) > MAX_BATCH_ARTICLES // 4:
            self._start_workers().prepare()  # a process takes a while to start
        if len(self._batch) >= MAX_BATCH_ARTICLES or self._batch_bytes >= MAX_BATCH_BYTES:
            with self._cancel_on_error():
                self._build_buffer(is_last=False)

    def check(self, article: Article) -> None:
        if len(article.headline) + len(article.body) > MAX_CHARACTERS:
            raise ArticleError("body", article.body[:80], f"is longer than {MAX_CHARACTERS:,} characters")

    def delete(self, id: str) -> bool:
        self._check_open()
        found = [self._batch.pop(id, None) is not None, *(segment.delete(id) for segment in self._segments)]
        return any(found)

    def keep(self, former: Article) -> None:
        self._check_open()
        encoded = EncodedArticle.encode(former)
        self._former_batch.setdefault(former.id, []).append(encoded)
        self._former_bytes += _text_cost(encoded.body)
        if len(self._former_batch) >= MAX_BATCH_ARTICLES or self._former_bytes >= MAX_BATCH_BYTES:
            with self._cancel_on_error():
                self._write_former()

    def delete_former(self, id: str) -> bool:
        self._check_open()
        waiting = self._former_batch.pop(id, None)
        return any([waiting is not None, *(segment.delete(id) for segment in self._former_segments)])

    def commit(self, user_data: bytes | None = None) -> None:
        self._check_open()
        all_segments = (*self._segments, *self._former_segments)
        is_changed = (
            self._batch
            or self._former_batch
            or any(segment.has_new_deletions or segment.is_new for segment in all_segments)
        )
        if user_data is None and not self._overwrites and not is_changed:
            self._close()
            return
        with self._cancel_on_error():
            self._finish_segments()
            for segments in (self._segments, self._former_segments):
                first_new = next((n for n, each in enumerate(segments) if each.is_new), len(segments))
                self._merge(
                    segments, plan_merges([(each.live_count, each.segment.count) for each in segments], first_new)
                )
                for each in segments:
                    if each.is_new:
                        sync_file(self.folder / each.segment.file.name)
            entries, former = (
                [self._manifest_entry(each) for each in segments]
                for segments in (self._segments, self._former_segments)
            )
            manifest = Manifest(
                self._manifest.generation + 1, segments=entries, user_data=self._manifest.user_data, former=former
            )
            if user_data is not None:
                name = f"state-{self._take_number():06d}.bin"
                manifest.user_data = write_checked_file(self.folder, name, user_data)
            manifest.next_number = self._next_number
            manifest.write(self.folder)
        self._keep = set()  # `_close` adds the files of the new manifest
        self._close()

    def optimize(self) -> None:
        self._check_open()
        with self._cancel_on_error():
            self._finish_segments()
            for segments in (self._segments, self._former_segments):
                if len(segments) > 1 or any(each.live is not None for each in segments):
                    self._merge(segments, [(0, len(segments))])

    def purge(self) -> None:
        self._check_open()
        with self._cancel_on_error():
            self._finish_segments()
            for segments in (self._segments, self._former_segments):
                stale = [n for n, each in enumerate(segments) if each.live is not None or each.segment.has_dictionary]
                self._merge(segments, [(n, n + 1) for n in reversed(stale)], keep_dictionaries=False)

    def cancel(self) -> None:
        if self.is_open:
            self._close()

    # -- its life ------------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")

    @contextmanager
    def _cancel_on_error(self) -> Iterator[None]:
        """Cancel the batch on any exception; translate those of the system."""
        try:
            with write_errors(self.folder):
                yield
        except BaseException:
            self.cancel()
            raise

    def _close(self) -> None:
        self.is_open = False
        self._batch.clear()
        self._former_batch.clear()
        try:
            if self._workers is not None:
                self._workers.close()
            # If a commit failed after its manifest was in place, the files that it names must stay.
            try:
                self._keep |= read_manifest(self.folder).files()
            except IndexFolderError:
                pass  # no manifest, or one of another version, whose files are all in `_keep`
            collect_garbage(self.folder, self._keep)
        finally:
            self._lock.release()

    def _start_workers(self) -> SegmentWorkers:
        if self._workers is None:
            from searchidx.engines.embedded.segment_workers import SegmentWorkers  # most commands need no worker

            self._workers = SegmentWorkers(self._jobs)
        return self._workers

    def _take_number(self) -> int:
        self._next_number += 1
        return self._next_number - 1

    def _segment_path(self) -> Path:
        return self.folder / f"segment-{self._take_number():06d}.seg"

    # -- from articles to segments -------------------------------------------------------------------------------------

    def _build_buffer(self, is_last: bool) -> None:
        """Turn the batch into a segment buffer: in a worker, or here if it is the last one or there are no workers."""
        if not self._batch:
            return
        batch = DocumentBatch.join(list(self._batch.values()))
        new = _PendingSegment(self.folder, list(self._batch))
        for earlier in self._segments:
            earlier.delete_replaced(new)
        self._batch, self._batch_bytes = {}, 0
        self._segments.append(new)
        if self._jobs > 1 and not is_last:
            new.task = self._start_workers().build(batch)
        else:
            if self._builder is None:
                from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder  # a reader does not need it

                self._builder = SegmentBufferBuilder()
            if self._workers is not None:
                new.task = self._workers.build_fields(batch)
            new.texts = self._builder.build_text(batch)
            if new.task is None:
                new.fields = self._builder.build_fields(batch)
        self._write_segments(wait=is_last)

    def _write_segments(self, wait: bool) -> None:
        """Write segments from buffers, in order, whenever enough are ready; with `wait` from all, waiting for them."""
        while True:
            chosen: list[_PendingSegment] = []
            tokens = 0
            for each in self._segments:
                if each.is_buffer and tokens < MIN_SEGMENT_TOKENS:
                    if each.texts is None:
                        assert each.task is not None
                        if not (wait or each.task.has_reply):
                            return
                        each.texts = self._start_workers().receive_text(each.task)
                    chosen.append(each)
                    tokens += len(each.texts.arrays["forms"])
            if not chosen or (tokens < MIN_SEGMENT_TOKENS and not wait):
                return
            from searchidx.engines.embedded.segment_writer import write_segment  # a reader does not need it

            texts = [each.texts for each in chosen if each.texts]
            entry = write_segment(texts, map(self._receive_fields, chosen), self._segment_path())
            first = self._segments.index(chosen[0])
            self._segments[first : first + len(chosen)] = [_PendingSegment.from_buffers(self.folder, chosen, entry)]

    def _write_former(self) -> None:
        """Write the former texts of the batch to a segment of their own."""
        if not self._former_batch:
            return
        from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder  # most commits need neither
        from searchidx.engines.embedded.segment_writer import write_segment

        if self._builder is None:
            self._builder = SegmentBufferBuilder()
        batch = DocumentBatch.join([former for texts in self._former_batch.values() for former in texts])
        texts, fields = self._builder.build_text(batch), self._builder.build_fields(batch)
        entry = write_segment([texts], iter([fields]), self._segment_path())
        self._former_batch, self._former_bytes = {}, 0
        self._former_segments.append(_PendingSegment.open(self.folder, {**entry, "deleted": None}, is_new=True))

    def _receive_fields(self, pending: _PendingSegment) -> SegmentBuffer:
        """The field arrays of a buffer; waits for them."""
        if pending.fields is not None:
            return pending.fields
        assert pending.task is not None
        return self._start_workers().receive_fields(pending.task)

    def _finish_segments(self) -> None:
        """Write all articles to segments, end the workers, and drop segments without live documents."""
        self._build_buffer(is_last=True)
        self._write_segments(wait=True)
        self._write_former()
        if self._workers is not None:  # merging needs their memory
            self._workers.close()
            self._workers = None
        self._builder = None
        self._segments = [each for each in self._segments if each.live_count]
        self._former_segments = [each for each in self._former_segments if each.live_count]

    def _merge(
        self, segments: list[_PendingSegment], ranges: Sequence[tuple[int, int]], keep_dictionaries: bool = True
    ) -> None:
        """Replace each range of adjacent segments by one; the ranges are disjoint, the last range first.

        Worker processes merge if there are several ranges with many articles each.
        """
        paths = []
        in_workers = self._jobs > 1 and len(ranges) > 1
        for first, stop in ranges:
            paths.append(self._segment_path())
            in_workers &= sum(each.live_count for each in segments[first:stop]) >= MAX_BATCH_ARTICLES
            for each in segments[first:stop]:
                if not each.is_new:  # else the merged segment would give damaged data valid checksums
                    for damage in each.segment.file.verify():
                        raise damage_error(self.folder, f"{self.folder}: {damage}")
        if in_workers:
            tasks = []
            for (first, stop), path in zip(ranges, paths, strict=True):
                parts = [(each.segment.entry, each.live) for each in segments[first:stop]]
                tasks.append(self._start_workers().merge(parts, path, keep_dictionaries))
            entries = list(map(self._start_workers().receive_segment, tasks))
        else:
            entries = []
            for (first, stop), path in zip(ranges, paths, strict=True):
                from searchidx.engines.embedded.segment_merge import merge

                parts_here = [(each.segment, each.live) for each in segments[first:stop]]
                entries.append(merge(parts_here, path, keep_dictionaries))
        for (first, stop), entry in zip(ranges, entries, strict=True):
            segments[first:stop] = [_PendingSegment.open(self.folder, {**entry, "deleted": None}, is_new=True)]

    def _manifest_entry(self, pending: _PendingSegment) -> dict[str, Any]:
        """The entry of a segment in the manifest; writes its deletions if they are new."""
        entry = {"deleted": None, **pending.segment.entry}
        if not pending.has_new_deletions or pending.live is None:
            return entry
        deleted = np.flatnonzero(~pending.live)
        headline, body = pending.segment.lengths
        data = np.packbits(~pending.live, bitorder="little").tobytes()
        entry["deleted"] = {
            **write_checked_file(self.folder, f"deleted-{self._take_number():06d}.bits", data),
            "articles": len(deleted),
            "headline_words": int(headline[deleted].sum()),
            "body_words": int(body[deleted].sum()),
        }
        return entry


class _PendingSegment:
    """A segment, or a buffer that becomes part of one, with its live documents so far.

    Attributes:
        live: whether each document is live; None: all are.
        has_new_deletions: whether this writer deleted documents of it.
        is_new: whether this writer wrote it.
        texts, fields: the arrays of the buffer; None until `task`, in a worker, has made them.
    """

    def __init__(self, folder: Path, ids: list[str]) -> None:
        self._folder = folder
        self._segment: Segment | None = None
        self._docs: dict[str, int] | None = {id: doc for doc, id in enumerate(ids)}
        self._total = len(ids)
        self.live: Bools | None = None
        self.has_new_deletions = False
        self.is_new = True
        self.texts: SegmentBuffer | None = None
        self.fields: SegmentBuffer | None = None
        self.task: Task | None = None

    @classmethod
    def open(cls, folder: Path, entry: dict[str, Any], is_new: bool = False) -> _PendingSegment:
        """Open a segment of a commit, or a new one that is written."""
        found = cls(folder, [])
        found._open_file(entry)
        found.live = read_live_mask(folder, entry)
        found.is_new = is_new
        return found

    @classmethod
    def from_buffers(cls, folder: Path, buffers: Sequence[_PendingSegment], entry: dict[str, Any]) -> _PendingSegment:
        """Open the segment that was written from buffers; it takes over their deletions."""
        found = cls(folder, [])
        found._open_file(entry)
        found.has_new_deletions = any(each.has_new_deletions for each in buffers)
        if found.has_new_deletions:
            live = [np.ones(each._total, np.bool_) if each.live is None else each.live for each in buffers]
            found.live = np.concatenate(live)
        return found

    def _open_file(self, entry: dict[str, Any]) -> None:
        self._segment = Segment(self._folder, entry)
        self._total = self._segment.count
        self._docs = None

    @property
    def is_buffer(self) -> bool:
        """Whether it is not written to a segment file yet."""
        return self._segment is None

    @property
    def segment(self) -> Segment:
        """The open segment."""
        assert self._segment is not None, "it is not written yet"
        return self._segment

    @property
    def live_count(self) -> int:
        """The number of live documents."""
        return self._total if self.live is None else int(np.count_nonzero(self.live))

    def delete(self, id: str) -> bool:
        """Delete the article with an id; returns whether there was one."""
        if self._docs is not None:
            docs = [self._docs[id]] if id in self._docs else []
        else:
            docs = list(self.segment.find(id))
        found = [self._delete(doc) for doc in docs]
        return any(found)

    def _delete(self, doc: int) -> bool:
        if self.live is None:
            self.live = np.ones(self._total, np.bool_)
        was_live = bool(self.live[doc])
        self.live[doc] = False
        self.has_new_deletions |= was_live
        return was_live

    @cached_property
    def _id_hashes(self) -> npt.NDArray[np.uint64]:
        """The hashes of the ids of a buffer."""
        assert self._docs is not None
        return id_hashes(map(str.encode, self._docs))

    def delete_replaced(self, newer: _PendingSegment) -> None:
        """Delete the articles whose ids a newer buffer has too."""
        assert newer._docs is not None
        if self._docs is not None:
            replaced = [id for id in newer._docs if id in self._docs]
        elif self._total:
            mine, others = self.segment.arrays["id_hashes"], newer._id_hashes
            may_be_equal = mine.take(mine.searchsorted(others), mode="clip") == others
            replaced = list(compress(newer._docs, may_be_equal))
        else:
            return
        for id in replaced:
            self.delete(id)
