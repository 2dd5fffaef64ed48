"""The contract of an engine, kept by segments of arrays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.contract import (
    Capabilities,
    Engine,
    FacetCounts,
    IndexStats,
    Snapshot,
    Sort,
    TermStats,
    TopDocs,
    Writer,
)
from searchidx.engines.embedded import pattern_expansion
from searchidx.engines.embedded.doc_store import id_hashes
from searchidx.engines.embedded.document_batch import DocumentBatch
from searchidx.engines.embedded.evaluator import Evaluator
from searchidx.engines.embedded.manifest import (
    MANIFEST,
    VERSION,
    Manifest,
    checked,
    collect_garbage,
    files_of,
    former_user_data,
    map_file,
    next_number,
    read_checked,
    read_manifest,
    write_checked,
)
from searchidx.engines.embedded.merge_policy import plan_merges
from searchidx.engines.embedded.segment import Segment, unpack_bits
from searchidx.engines.embedded.segment_file import sync_file
from searchidx.engines.embedded.term_postings import Part
from searchidx.engines.embedded.write_lock import Lock
from searchidx.engines.locations import IndexLocation
from searchidx.errors import ArticleError, CorruptIndexError, IndexExistsError, IndexFolderError
from searchidx.worker_pool import available_cores

if TYPE_CHECKING:
    from searchidx.engines.embedded.segment_buffer import SegmentBuffer, SegmentBufferBuilder
    from searchidx.engines.embedded.segment_workers import SegmentWorkers
    from searchidx.worker_pool import Task

__all__ = ["EmbeddedEngine", "EmbeddedSnapshot", "EmbeddedWriter"]

Bools = npt.NDArray[np.bool_]

_SIGNS_OF_DAMAGE = (IndexError, ValueError, OverflowError, ZeroDivisionError, MemoryError, ArticleError)
"""What a damaged array makes of a computation, where checksums were not asked; a bug might as well."""

SPILL_ARTICLES = 12_000
SPILL_BYTES = 10_000_000
"""A writer holds so many articles, or so much of their text, before it has them made a part of a segment."""
ENOUGH_TOKENS = 3_000_000
"""A segment is put together of parts until they have so many tokens."""
MAX_CHARACTERS = 1 << 25
"""The longest article; in any script that leaves it below `doc_store.MAX_RECORD`."""


class EmbeddedEngine(Engine):
    """An index in a folder."""

    capabilities = Capabilities(whoosh_index=True, exact_near_duplicates=False)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, place: IndexLocation) -> EmbeddedEngine:
        folder = _folder(place)
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock = Lock(folder, wait=0.0)
            try:
                if (folder / MANIFEST).exists():
                    raise IndexExistsError(folder, f"there is an index in {folder} already; nothing was changed")
                manifest = Manifest()
                manifest.write(folder)
                collect_garbage(folder, manifest.files())
            finally:
                lock.release()
        return cls(folder)

    @classmethod
    def open(cls, place: IndexLocation) -> EmbeddedEngine:
        folder = _folder(place)
        read_manifest(folder)
        return cls(folder)

    @classmethod
    def at(cls, place: IndexLocation) -> EmbeddedEngine:
        return cls(_folder(place))

    def snapshot(self) -> EmbeddedSnapshot:
        seen = -1
        while True:
            manifest = read_manifest(self.folder)
            try:
                return EmbeddedSnapshot(self.folder, manifest)
            except CorruptIndexError:
                # A writer may have replaced the commit, and removed its files, between the two steps.
                if manifest.generation == seen or read_manifest(self.folder).generation == manifest.generation:
                    raise
                seen = manifest.generation

    def commit_token(self) -> object:
        try:
            found = (self.folder / MANIFEST).stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def former_user_data(self) -> bytes:
        return former_user_data(self.folder)

    def writer(self, wait: float = 0.0, overwrite: bool = False, jobs: int | None = None) -> EmbeddedWriter:
        return EmbeddedWriter(self.folder, wait, overwrite, jobs)

    def verify(self) -> Iterator[str]:
        from searchidx.engines.embedded.verify import findings

        return findings(self.folder, read_manifest(self.folder))


def _folder(place: IndexLocation) -> Path:
    if not isinstance(place, Path):
        raise TypeError(f"an embedded index lies in a folder, not at {place}")
    return place


class EmbeddedSnapshot(Snapshot):
    """One commit, opened."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self._manifest = manifest
        self._live = 0
        words = 0.0
        opened: list[tuple[Segment, Bools | None]] = []
        for about in manifest.segments:
            segment = Segment(folder, about)
            gone = about["deleted"] or {"articles": 0, "headline_words": 0, "body_words": 0}
            self._live += about["articles"] - gone["articles"]
            words += HEADLINE_WEIGHT * (about["headline_words"] - gone["headline_words"])
            words += about["body_words"] - gone["body_words"]
            opened.append((segment, _live_mask(folder, about)))
        mean = words / self._live if self._live else 0.0
        self.parts: list[Part] = []
        first = 0
        for segment, live in opened:
            self.parts.append(Part(segment, first, live, mean))
            first += segment.count
        self._stop = first
        self._firsts = [part.first for part in self.parts]
        # Mapped now, since a writer may remove it; read when it is asked for.
        self._state = None if manifest.state is None else map_file(folder, manifest.state)

    @cached_property
    def _evaluator(self) -> Evaluator:
        return Evaluator(self.parts, self._live)

    @property
    def generation(self) -> int:
        """The number of the commit."""
        return self._manifest.generation

    @property
    def index(self) -> Any:
        from searchidx.engines.embedded.whoosh_index import WhooshIndex  # only those who ask for it pay for it

        return WhooshIndex(self)

    @property
    def fingerprint(self) -> str:
        return self._manifest.fingerprint

    def __len__(self) -> int:
        return self._live

    def search(self, query: Any, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> TopDocs:
        try:
            return self._evaluator.search(query, limit, offset, sort)
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def expand(self, pattern: Any) -> list[str]:
        try:
            return pattern_expansion.spellings(pattern, self.parts)
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def completions(self, beginning: str, limit: int) -> list[tuple[str, int]]:
        from searchidx.engines.embedded.prefix_completion import completions  # only those who ask for it pay for it

        with self._explaining():
            return completions(self.parts, beginning, limit)

    def facet(self, query: Any, field: str) -> FacetCounts:
        from searchidx.engines.embedded import array_aggregations

        with self._explaining():
            return array_aggregations.facet(self._evaluator.matching(query), field)

    def date_histogram(self, query: Any, occurrences: bool = False) -> Mapping[tuple[int, int], int]:
        from searchidx.engines.embedded import array_aggregations

        with self._explaining():
            return array_aggregations.count_days(self._evaluator.matching(query), query, occurrences)

    def spans(self, query: Any) -> Iterator[tuple[int, Sequence[tuple[str, int, int]]]]:
        from searchidx.engines.embedded import array_aggregations

        with self._explaining():
            yield from array_aggregations.places(self._evaluator.matching(query), query)

    def term_stats(self, query: Any) -> TermStats:
        from searchidx.engines.embedded import array_aggregations

        with self._explaining():
            found = array_aggregations.count_words(self._evaluator.matching(query))

        def spelling(at: int) -> str:
            with self._explaining():
                return found.spelling(at)

        return found._replace(spelling=spelling)

    def near_duplicates(self, docs: Sequence[int], threshold: float) -> list[list[int]]:
        from searchidx.engines.embedded.near_duplicates import near_duplicates  # only those who ask for it pay for it

        with self._explaining():
            return near_duplicates(self.parts, docs, threshold)

    def stats(self) -> IndexStats:
        deleted = [about["deleted"] for about in self._manifest.segments if about["deleted"]]
        words, gone = (
            sum(about["headline_words"] + about["body_words"] for about in each)
            for each in (self._manifest.segments, deleted)
        )
        size = sum(file["bytes"] for file in (*self._manifest.segments, *deleted, self._manifest.state) if file)
        return IndexStats(words - gone, len(self.parts), size, VERSION, self.generation)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """What may be a sign of damage is looked into, and told as such."""
        try:
            yield
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> Exception:
        """What to raise for an error that damage may have caused: looks for the damage, now that there is reason to."""
        from searchidx.engines.embedded.verify import findings

        for finding in findings(self.folder, self._manifest):
            return _damaged(self.folder, finding)
        return error

    def place(self, doc: int) -> tuple[Part, int]:
        """The part that holds a document, and its number there."""
        if not 0 <= doc < self._stop:
            raise IndexError(f"there is no document {doc} in this snapshot")
        at = bisect_right(self._firsts, doc) - 1
        return self.parts[at], doc - self._firsts[at]

    def find(self, id: str) -> int | None:
        try:
            for part in reversed(self.parts):
                for doc in part.segment.find(id):
                    if part.live is None or part.live[doc]:
                        return part.first + doc
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error
        return None

    def article(self, doc: int) -> Article:
        part, at = self.place(doc)
        try:
            return part.segment.article(at)
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def articles(self, docs: Iterable[int]) -> Iterator[Article]:
        with self._explaining():
            part: Part | None = None
            for doc in docs:
                if part is None or not part.first <= doc < part.first + part.count:
                    part, _ = self.place(doc)
                    read = part.segment.reader()
                yield read(doc - part.first)

    def id(self, doc: int) -> str:
        part, at = self.place(doc)
        try:
            found: str = part.segment.ids[at]
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error
        return found

    def headlines(self, docs: Sequence[int]) -> list[str]:
        try:
            if len(self.parts) == 1:  # the usual case, and the fastest
                return self.parts[0].segment.headlines.several(docs)
            found: list[str] = []
            for doc in docs:
                at = bisect_right(self._firsts, doc) - 1
                found.append(self.parts[at].segment.headlines[doc - self._firsts[at]])
            return found
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def date(self, doc: int) -> PartialDate | None:
        part, at = self.place(doc)
        try:
            return part.segment.date(at)
        except _SIGNS_OF_DAMAGE as error:
            raise self._explained(error) from error

    def user_data(self) -> bytes:
        if self._state is None or self._manifest.state is None:
            return b""
        return checked(self.folder, self._manifest.state, self._state[:])


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Translate what the system says when it cannot write."""
    try:
        yield
    except OSError as error:
        raise IndexFolderError(
            folder, f"the index in {folder} could not be written ({error.strerror or error}); it is as it was"
        ) from error


def _damaged(folder: Path, finding: str) -> CorruptIndexError:
    """The error for what a check found."""
    return CorruptIndexError(folder, f"{folder}: {finding}: restore it from a copy, or build the index anew")


def _live_mask(folder: Path, about: dict[str, Any]) -> Bools | None:
    if not about["deleted"]:
        return None
    bits = np.frombuffer(read_checked(folder, about["deleted"]), np.uint8)
    return ~unpack_bits(bits, about["articles"])


def _weight(text: str) -> int:
    """What a text takes, in bytes of English, about six a word.

    Every letter of a script without spaces is a word, and takes three bytes. What other letters take beside their first
    byte counts alike, which is too much and does no harm.
    """
    return len(text) if text.isascii() else len(text) + (len(text.encode()) - len(text)) * 5 // 2


class EmbeddedWriter(Writer):
    """One batch of changes.

    Articles gather in memory; so many at a time are made a part, by worker processes where there are more than one such
    portion, and some parts at a time become a segment that no manifest names yet. What they replace is marked in
    bitmaps. `commit` merges what the merge policy says, and writes the manifest that names it all.
    """

    def __init__(self, folder: Path, wait: float, overwrite: bool, jobs: int | None) -> None:
        self.folder = folder
        self.is_open = False
        with _writing(folder):
            if overwrite:
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(folder, wait)
        try:
            if overwrite:
                # What stands there, of any version, stays until the commit replaces it.
                self._manifest = Manifest(next=next_number(folder))
            else:
                self._manifest = read_manifest(folder)
                collect_garbage(folder, self._manifest.files())
            self._keep = files_of(folder) if overwrite else self._manifest.files()
            self._next = self._manifest.next
            self._written = [_Written.of(folder, about) for about in self._manifest.segments]
        except BaseException:
            self._lock.release()
            raise
        self._jobs = available_cores() if jobs is None else max(jobs, 1)
        self._workers: SegmentWorkers | None = None
        self._make: SegmentBufferBuilder | None = None
        self._batch: dict[str, Article] = {}
        self._bytes = 0
        self._anew = overwrite
        self.is_open = True

    def add(self, article: Article) -> None:
        self._check_open()
        if len(article.headline) + len(article.body) > MAX_CHARACTERS:
            raise ArticleError("body", article.body[:80], f"is longer than {MAX_CHARACTERS:,} characters")
        if self._batch.pop(article.id, None) is None:
            self._bytes += _weight(article.body)
        self._batch[article.id] = article
        if self._workers is None and self._jobs > 1 and len(self._batch) > SPILL_ARTICLES // 4:
            self._at_work().prepare()  # it takes a while until one can read
        if len(self._batch) >= SPILL_ARTICLES or self._bytes >= SPILL_BYTES:
            with self._cancelling():
                self._spill(last=False)

    def delete(self, id: str) -> bool:
        self._check_open()
        found = [self._batch.pop(id, None) is not None, *(written.delete(id) for written in self._written)]
        return any(found)

    def commit(self, state: bytes | None = None) -> None:
        self._check_open()
        if state is None and not self._anew and not self._batch and not self._changed():
            self._close()
            return
        with self._cancelling():
            self._gather()
            new = next((n for n, written in enumerate(self._written) if written.is_new), len(self._written))
            self._merge(plan_merges([(written.count, written.segment.count) for written in self._written], new))
            for written in self._written:
                if written.is_new:
                    sync_file(self.folder / written.segment.file.name)
            manifest = Manifest(self._manifest.generation + 1, self._next, [], self._manifest.state)
            manifest.segments = [self._described(written) for written in self._written]
            if state is not None:
                manifest.state = write_checked(self.folder, f"state-{self._number():06d}.bin", state)
            manifest.next = self._next
            manifest.write(self.folder)
        self._keep = set()  # but what the new manifest names
        self._close()

    def optimize(self) -> None:
        self._check_open()
        with self._cancelling():
            self._gather()
            if len(self._written) > 1 or any(written.live is not None for written in self._written):
                self._merge([(0, len(self._written))])

    def purge(self) -> None:
        self._check_open()
        with self._cancelling():
            self._gather()
            whole = [written.live is None for written in self._written]
            self._merge([(n, n + 1) for n in reversed(range(len(whole))) if not whole[n]])

    def cancel(self) -> None:
        if self.is_open:
            self._close()

    @contextmanager
    def _cancelling(self) -> Iterator[None]:
        """Whatever goes wrong within cancels the batch; an error of the system says what it was about."""
        try:
            with _writing(self.folder):
                yield
        except BaseException:
            self.cancel()
            raise

    def _changed(self) -> bool:
        """Whether anything written is other than the last commit has it."""
        return any(written.changed or written.is_new for written in self._written)

    def _close(self) -> None:
        self.is_open = False
        self._batch.clear()
        try:
            if self._workers is not None:
                self._workers.close()
            # Where a commit failed after its manifest was in place, what that names has to stay.
            try:
                self._keep |= read_manifest(self.folder).files()
            except IndexFolderError:
                pass  # there is none, or it is of another version and nothing of it goes
            collect_garbage(self.folder, self._keep)
        finally:
            self._lock.release()

    def _check_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _gather(self) -> None:
        """Have everything written and at hand; what has no live documents any more is left out."""
        self._spill(last=True)
        self._put_together(wait=True)
        if self._workers is not None:  # merging wants the memory
            self._workers.close()
            self._workers = None
        self._make = None
        self._written = [written for written in self._written if written.count]

    def _segment_path(self) -> Path:
        return self.folder / f"segment-{self._number():06d}.seg"

    def _spill(self, last: bool) -> None:
        """Have the batch made a part: by a worker, or here where it is the only or the last one."""
        if not self._batch:
            return
        batch = DocumentBatch.of(list(self._batch.values()))
        written = _Written(self.folder, list(self._batch))
        for earlier in self._written:
            earlier.replace(written)
        self._batch, self._bytes = {}, 0
        self._written.append(written)
        if self._jobs > 1 and not last:
            written.task = self._at_work().build(batch)
        else:
            if self._make is None:
                from searchidx.engines.embedded.segment_buffer import SegmentBufferBuilder  # a reader does not need it

                self._make = SegmentBufferBuilder()
            if self._workers is not None:
                written.task = self._workers.build_fields(batch)
            written.words = self._make.build_text(batch)
            if written.task is None:
                written.rest = self._make.build_fields(batch)
        self._put_together(wait=last)

    def _put_together(self, wait: bool) -> None:
        """Write the parts that are there, as many at a time as are enough for a segment; or all, waiting for them."""
        while True:
            chosen: list[_Written] = []
            tokens = 0
            for written in self._written:
                if written.is_part and tokens < ENOUGH_TOKENS:
                    if written.words is None:
                        assert written.task is not None
                        if not (wait or written.task.has_reply):
                            return
                        written.words = self._at_work().receive_text(written.task)
                    chosen.append(written)
                    tokens += len(written.words.arrays["forms"])
            if not chosen or (tokens < ENOUGH_TOKENS and not wait):
                return
            from searchidx.engines.embedded.segment_writer import write_segment  # a reader does not need it

            about = write_segment(
                [written.words for written in chosen if written.words], map(self._rest, chosen), self._segment_path()
            )
            first = self._written.index(chosen[0])
            self._written[first : first + len(chosen)] = [_Written.joined(self.folder, chosen, about)]

    def _rest(self, written: _Written) -> SegmentBuffer:
        """The rest of a part whose words are there; waits for it."""
        if written.rest is not None:
            return written.rest
        assert written.task is not None
        return self._at_work().receive_fields(written.task)

    def _at_work(self) -> SegmentWorkers:
        """The workers."""
        if self._workers is None:
            from searchidx.engines.embedded.segment_workers import SegmentWorkers  # most commands need no worker

            self._workers = SegmentWorkers(self._jobs)
        return self._workers

    def _merge(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Put one segment in the place of each of some ranges of adjacent ones, the last places first.

        Workers do that where there is much to merge in more than one place.
        """
        paths = []
        aside = self._jobs > 1 and len(ranges) > 1
        for first, stop in ranges:
            paths.append(self._segment_path())
            aside &= sum(written.count for written in self._written[first:stop]) >= SPILL_ARTICLES
            for written in self._written[first:stop]:
                if not written.is_new:  # damage would get checksums of its own
                    for finding in written.segment.file.verify():
                        raise _damaged(self.folder, finding)
        if aside:
            tasks = []
            for (first, stop), path in zip(ranges, paths, strict=True):
                chosen = [(written.segment.about, written.live) for written in self._written[first:stop]]
                tasks.append(self._at_work().merge(chosen, path))
            abouts = list(map(self._at_work().receive_segment, tasks))
        else:
            abouts = []
            for (first, stop), path in zip(ranges, paths, strict=True):
                from searchidx.engines.embedded.segment_merge import merge

                abouts.append(merge([(written.segment, written.live) for written in self._written[first:stop]], path))
        for (first, stop), about in zip(ranges, abouts, strict=True):
            merged = _Written.of(self.folder, {**about, "deleted": None})
            merged.is_new = True
            self._written[first:stop] = [merged]

    def _described(self, written: _Written) -> dict[str, Any]:
        """What the manifest says of a segment."""
        about = {"deleted": None, **written.segment.about}
        if written.changed and written.live is not None:
            about["deleted"] = self._write_deleted(written.segment, written.live)
        return about

    def _write_deleted(self, segment: Segment, live: Bools) -> dict[str, Any]:
        gone = np.flatnonzero(~live)
        headline, body = segment.lengths
        data = np.packbits(~live, bitorder="little").tobytes()
        return {
            **write_checked(self.folder, f"deleted-{self._number():06d}.bits", data),
            "articles": len(gone),
            "headline_words": int(headline[gone].sum()),
            "body_words": int(body[gone].sum()),
        }


class _Written:
    """A segment as a writer sees it, or a part of one.

    Attributes:
        live: its live documents; None: all are.
        changed: whether documents were deleted by this writer.
        is_new: whether this writer wrote it.
        words, rest: those of the part, where they are here already; else `task` makes them in a worker.
    """

    def __init__(self, folder: Path, ids: list[str]) -> None:
        self._folder = folder
        self._segment: Segment | None = None
        self._docs: dict[str, int] | None = {id: doc for doc, id in enumerate(ids)}
        self._total = len(ids)
        self.live: Bools | None = None
        self.changed = False
        self.is_new = True
        self.words: SegmentBuffer | None = None
        self.rest: SegmentBuffer | None = None
        self.task: Task | None = None

    @classmethod
    def of(cls, folder: Path, about: dict[str, Any]) -> _Written:
        """A segment that is there."""
        found = cls(folder, [])
        found.open(about)
        found.live = _live_mask(folder, about) if about.get("deleted") else None
        found.is_new = False
        return found

    @classmethod
    def joined(cls, folder: Path, parts: Sequence[_Written], about: dict[str, Any]) -> _Written:
        """The segment that was put together of some parts."""
        found = cls(folder, [])
        found.open(about)
        found.changed = any(part.changed for part in parts)
        if found.changed:
            live = [np.ones(part._total, np.bool_) if part.live is None else part.live for part in parts]
            found.live = np.concatenate(live)
        return found

    def open(self, about: dict[str, Any]) -> None:
        """Open the segment, now that it is there."""
        self._segment = Segment(self._folder, about)
        self._total = self._segment.count
        self._docs = None

    @property
    def is_part(self) -> bool:
        """Whether no segment holds it yet."""
        return self._segment is None

    @property
    def segment(self) -> Segment:
        assert self._segment is not None, "no segment holds it yet"
        return self._segment

    @property
    def count(self) -> int:
        """How many of its documents are live."""
        return self._total if self.live is None else int(np.count_nonzero(self.live))

    def delete(self, id: str) -> bool:
        """Delete the article of that id; whether there was one."""
        if self._docs is not None:
            docs = [self._docs[id]] if id in self._docs else []
        else:
            docs = list(self.segment.find(id))
        found = [self._delete(doc) for doc in docs]
        return any(found)

    def _delete(self, doc: int) -> bool:
        if self.live is None:
            self.live = np.ones(self._total, np.bool_)
        found = bool(self.live[doc])
        self.live[doc] = False
        self.changed |= found
        return found

    @cached_property
    def _hashes(self) -> npt.NDArray[np.uint64]:
        """The hashes of the ids of a part."""
        assert self._docs is not None
        return id_hashes(map(str.encode, self._docs))

    def replace(self, newer: _Written) -> None:
        """Delete the articles that a newer part has again."""
        assert newer._docs is not None
        if self._docs is not None:
            again = [id for id in newer._docs if id in self._docs]
        elif self._total:
            mine, others = self.segment.arrays["id_hashes"], newer._hashes
            found = mine.take(mine.searchsorted(others), mode="clip") == others
            again = list(compress(newer._docs, found))
        else:
            return
        for id in again:
            self.delete(id)
