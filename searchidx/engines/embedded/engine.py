"""The contract of an engine, kept by segments of arrays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.engines.base import Engine, Matches, Snapshot, Sort, Writer
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.embedded.evaluation import Evaluator, Part
from searchidx.engines.embedded.locking import Lock
from searchidx.engines.embedded.manifest import (
    MANIFEST,
    Manifest,
    files_of,
    next_number,
    read_checked,
    read_manifest,
    sweep,
    write_checked,
)
from searchidx.engines.embedded.segment import Segment
from searchidx.errors import CorruptIndexError, IndexExistsError, SearchidxError

__all__ = ["EmbeddedEngine", "EmbeddedSnapshot", "EmbeddedWriter"]

SPILL_ARTICLES = 10_000
SPILL_CHARACTERS = 16_000_000
"""A writer holds so many articles, or so much of their text, before it writes them as a segment."""


class EmbeddedEngine(Engine):
    """An index in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, folder: Path) -> EmbeddedEngine:
        folder.mkdir(parents=True, exist_ok=True)
        lock = Lock(folder, wait=0.0)
        try:
            if (folder / MANIFEST).exists():
                raise IndexExistsError(folder, f"there is an index in {folder} already; nothing was changed")
            manifest = Manifest()
            manifest.write(folder)
            sweep(folder, manifest.files())
        finally:
            lock.release()
        return cls(folder)

    @classmethod
    def open(cls, folder: Path) -> EmbeddedEngine:
        read_manifest(folder)
        return cls(folder)

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

    def writer(self, wait: float = 0.0, anew: bool = False) -> EmbeddedWriter:
        return EmbeddedWriter(self.folder, wait, anew)

    def check(self) -> Iterator[str]:
        """What is damaged in the last commit: a line for each finding, naming the file; reads everything."""
        manifest = read_manifest(self.folder)
        for about in manifest.segments:
            try:
                yield from Segment(self.folder, about).file.verify()
                if about["deleted"]:
                    read_checked(self.folder, about["deleted"])
            except SearchidxError as error:
                yield str(error)
        if manifest.state:
            try:
                read_checked(self.folder, manifest.state)
            except SearchidxError as error:
                yield str(error)


class EmbeddedSnapshot(Snapshot):
    """One commit, opened."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self._manifest = manifest
        self._live = 0
        words = 0.0
        opened: list[tuple[Segment, npt.NDArray[np.bool_] | None]] = []
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
        self._firsts = [part.first for part in self.parts]
        self._evaluator = Evaluator(self.parts, self._live)
        self._state: bytes | None = None
        if manifest.state is None:
            self._state = b""

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

    def search(self, query: Any, *, limit: int | None = 10, offset: int = 0, sort: Sort = Sort.RELEVANCE) -> Matches:
        return self._evaluator.search(query, limit, offset, sort)

    def count(self, query: Any) -> int:
        """How many documents a query tree matches."""
        return self._evaluator.count(query)

    def place(self, doc: int) -> tuple[Part, int]:
        """The part that holds a document, and its number there."""
        part = self.parts[bisect_right(self._firsts, doc) - 1]
        return part, doc - part.first

    def find(self, id: str) -> int | None:
        for part in reversed(self.parts):
            for doc in part.segment.find(id):
                if part.live is None or part.live[doc]:
                    return part.first + doc
        return None

    def article(self, doc: int) -> Article:
        part, at = self.place(doc)
        return part.segment.article(at)

    def id(self, doc: int) -> str:
        part, at = self.place(doc)
        found: str = part.segment.ids[at]
        return found

    def headline(self, doc: int) -> str:
        part, at = self.place(doc)
        found: str = part.segment.headlines[at]
        return found

    def date(self, doc: int) -> PartialDate | None:
        part, at = self.place(doc)
        return part.segment.date(at)

    def state(self) -> bytes:
        if self._state is None:
            assert self._manifest.state is not None
            self._state = read_checked(self.folder, self._manifest.state)
        return self._state


def _live_mask(folder: Path, about: dict[str, Any]) -> npt.NDArray[np.bool_] | None:
    if not about["deleted"]:
        return None
    bits = np.frombuffer(read_checked(folder, about["deleted"]), np.uint8)
    return ~np.unpackbits(bits, count=about["articles"], bitorder="little").view(np.bool_)


class EmbeddedWriter(Writer):
    """One batch of changes.

    Articles gather in memory and are written as segments that no manifest names yet; what they replace is marked in
    bitmaps. `commit` writes the manifest that names it all.
    """

    def __init__(self, folder: Path, wait: float, anew: bool) -> None:
        self.folder = folder
        self._lock = Lock(folder, wait)
        try:
            if anew:
                # What stands there, of any version, stays until the commit replaces it.
                self._manifest = Manifest(next=next_number(folder))
            else:
                self._manifest = read_manifest(folder)
                sweep(folder, self._manifest.files())
            self._keep = files_of(folder) if anew else self._manifest.files()
            self._next = self._manifest.next
            self._segments = [Segment(folder, about) for about in self._manifest.segments]
            self._live = [_live_mask(folder, about) for about in self._manifest.segments]
        except BaseException:
            self._lock.release()
            raise
        self._changed: set[int] = set()
        self._batch: dict[str, Article] = {}
        self._characters = 0
        self._builder: Any = None
        self.is_open = True

    def add(self, article: Article) -> None:
        self._check_open()
        if self._batch.pop(article.id, None) is None:
            self._characters += len(article.body)
        self._batch[article.id] = article
        if len(self._batch) >= SPILL_ARTICLES or self._characters >= SPILL_CHARACTERS:
            self._spill()

    def delete(self, id: str) -> bool:
        self._check_open()
        found = self._batch.pop(id, None) is not None
        return self._delete_written(id) or found

    def commit(self, state: bytes | None = None) -> None:
        self._check_open()
        try:
            self._spill()
            manifest = Manifest(self._manifest.generation + 1, self._next, [], self._manifest.state)
            for at, segment in enumerate(self._segments):
                about = {"deleted": None, **segment.about}
                live = self._live[at]
                if at in self._changed and live is not None:
                    about["deleted"] = self._write_deleted(segment, live)
                if about["deleted"] and about["deleted"]["articles"] == about["articles"]:
                    continue  # nothing of it is left
                manifest.segments.append(about)
            if state is not None:
                manifest.state = write_checked(self.folder, f"state-{self._number():06d}.bin", state)
            manifest.next = self._next
            manifest.write(self.folder)
        except BaseException:
            self.cancel()
            raise
        self._keep = manifest.files()
        self._close()

    def cancel(self) -> None:
        if self.is_open:
            self._close()

    def _close(self) -> None:
        self.is_open = False
        self._batch.clear()
        try:
            sweep(self.folder, self._keep)
        finally:
            self._lock.release()

    def _check_open(self) -> None:
        if not self.is_open:
            raise ValueError("this writer has committed or cancelled: ask the archive for a new one")

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _spill(self) -> None:
        """Write the batch as a segment."""
        if not self._batch:
            return
        if self._builder is None:
            from searchidx.engines.embedded.building import Builder  # a reader has no use for it

            self._builder = Builder()
        articles = list(self._batch.values())
        for id in self._batch:
            self._delete_written(id)
        self._batch = {}
        self._characters = 0
        about = self._builder.build(articles, self.folder / f"segment-{self._number():06d}.seg")
        self._segments.append(Segment(self.folder, about))
        self._live.append(None)

    def _delete_written(self, id: str) -> bool:
        found = False
        for at, segment in enumerate(self._segments):
            for doc in segment.find(id):
                live = self._live[at]
                if live is None:
                    live = self._live[at] = np.ones(segment.count, np.bool_)
                if live[doc]:
                    live[doc] = False
                    self._changed.add(at)
                    found = True
        return found

    def _write_deleted(self, segment: Segment, live: npt.NDArray[np.bool_]) -> dict[str, Any]:
        gone = np.flatnonzero(~live)
        headline, body = segment.lengths
        data = np.packbits(~live, bitorder="little").tobytes()
        return {
            **write_checked(self.folder, f"deleted-{self._number():06d}.bits", data),
            "articles": len(gone),
            "headline_words": int(headline[gone].sum()),
            "body_words": int(body[gone].sum()),
        }
