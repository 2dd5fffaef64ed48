"""Read what is left of a damaged index: the articles that are certainly whole and right, and what is lost.

An article counts as right if its own checksum is right (`article_crcs`), or if the checksums of all arrays that hold
articles are. Arrays of postings and positions are not read: they are made again. A document counts as live if the list
of deletions says so. If that list is lost, documents whose id is in a later segment were deleted; the others are live
if they, or those of them that the sources still have, are as many as the manifest states. Otherwise all are lost:
nothing that was deleted comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np

from searchidx.article import Article
from searchidx.encoded_article import COLUMNS
from searchidx.engines.contract import LostArticle, Salvage
from searchidx.engines.embedded import doc_store
from searchidx.engines.embedded.array_types import Bools
from searchidx.engines.embedded.article_store import UNREADABLE, ArticleStore
from searchidx.engines.embedded.embedded_snapshot import read_live_mask
from searchidx.engines.embedded.manifest import MANIFEST_COPY, Manifest, read_checked_file, read_manifest
from searchidx.engines.embedded.segment_file import SegmentFile
from searchidx.engines.embedded.string_array import StringArray
from searchidx.errors import CorruptIndexError, IndexNotFoundError

_ARTICLE_ARRAYS = {
    "ids", "ids_bounds", "headlines", "headlines_bounds", "blocks", "block_ends", "block_docs", "block_dictionaries",
    "dictionaries", "dictionary_ends", *COLUMNS,
}  # fmt: skip
_NOT_RIGHT = "what is stored of it is damaged"


class EmbeddedSalvage(Salvage):
    """What is left of the index in a folder."""

    def __init__(self, folder: Path) -> None:
        self.lost: list[LostArticle] = []
        self.unnamed_losses = 0
        self.notes: list[str] = []
        self._manifest = self._read_manifest(folder)
        self.user_data: bytes | None = b""
        if self._manifest.user_data is not None:
            try:
                self.user_data = read_checked_file(folder, self._manifest.user_data)
            except CorruptIndexError:
                self.user_data = None
        self._folder = folder

    @staticmethod
    def _read_manifest(folder: Path) -> Manifest:
        try:
            return read_manifest(folder, of_other_rules=True)
        except (CorruptIndexError, IndexNotFoundError) as error:
            try:
                return read_manifest(folder, of_other_rules=True, name=MANIFEST_COPY)
            except (CorruptIndexError, IndexNotFoundError):
                raise error from None

    def articles(self, known: Collection[str] = ()) -> Iterator[Article]:
        segments = [_SegmentSalvage(self._folder, entry) for entry in self._manifest.segments]
        for at, segment in enumerate(segments):
            if segment.damage or not (segment.live is not None or segment.infer_live(segments[at + 1 :], known)):
                self.unnamed_losses += segment.live_count
                damage = segment.damage or f"{segment.name} has a damaged list of deletions"
                self.notes.append(f"{damage}: {segment.live_count:,} articles are lost with it")
            else:
                yield from self._read(segment)

    def former(self, ids: Iterable[str]) -> Iterator[Article]:
        kept = set(ids)
        for entry in self._manifest.former:
            found = _SegmentSalvage(self._folder, entry)
            count = 0
            for _, article in found.articles():
                count += 1
                if article.id in kept:
                    yield article
            if missing := found.live_count - count:
                self.notes.append(f"{missing:,} former versions of articles are lost with {entry['file']}")

    def _read(self, segment: _SegmentSalvage) -> Iterator[Article]:
        """The live articles of a segment; notes those that are lost."""
        assert segment.live is not None
        right = np.zeros(len(segment.live), np.bool_)
        for doc, article in segment.articles():
            right[doc] = True
            yield article
        self.lost += [segment.name_loss(doc) for doc in np.flatnonzero(segment.live & ~right).tolist()]


class _SegmentSalvage:
    """What is left of a segment.

    Attributes:
        store: its articles; None if the file cannot be opened.
        damage: why not.
        live: whether each document is live; None if that is not known.
        live_count: the number of live documents, as the manifest states it.
    """

    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        self.name = str(entry["file"])
        self.live_count = entry["articles"] - (entry["deleted"] or {"articles": 0})["articles"]
        self.store: ArticleStore | None = None
        self.live: Bools | None = None
        self.damage = ""
        self._ids: list[str] | None = None
        self._is_unproven = False  # nothing tells which articles are right
        try:
            file = SegmentFile(folder, entry)
            damaged = {name for name in file.arrays if not file.is_right(name)}
            store = ArticleStore(file)
            if len(store.headlines) != store.count or any(len(store.arrays[name]) != store.count for name in COLUMNS):
                raise file.corrupt("has columns of other lengths")
        except (CorruptIndexError, KeyError) as error:
            self.damage = f"{self.name} has no array {error}" if isinstance(error, KeyError) else _brief(error)
            return
        store.ids, store.headlines = _UncheckedStrings(file, "ids"), _UncheckedStrings(file, "headlines")
        self.store = store
        if not damaged & _ARTICLE_ARRAYS:
            store.trust()
        elif len(store.arrays.get("article_crcs", ())) != store.count:
            self._is_unproven = True
        with suppress(CorruptIndexError):
            live = read_live_mask(folder, entry)
            self.live = np.ones(store.count, np.bool_) if live is None else live
            if len(self.live) != store.count:
                self.live = None

    def infer_live(self, later: Sequence[_SegmentSalvage], known: Collection[str]) -> bool:
        """Infer which documents are live from later segments and known ids; returns whether that is certain."""
        replaced = {id for each in later for id in each.ids()}
        live = np.array([id not in replaced for id in self.ids()], np.bool_)
        for mask in (live, live & np.array([id in known for id in self.ids()], np.bool_)):
            if np.count_nonzero(mask) == self.live_count:
                self.live = mask
        return self.live is not None

    def ids(self) -> Sequence[str]:
        """The ids of all documents, as they stand; "" for one that cannot be read."""
        if self._ids is None:
            store = self.store
            self._ids = [] if store is None else [_read_text(store.ids, doc) for doc in range(store.count)]
        return self._ids

    def name_loss(self, doc: int) -> LostArticle:
        """The lost article of a document, named as far as it can be read; an id only if its hash is right."""
        assert self.store is not None
        id = self.ids()[doc]
        if doc_store.id_hash(id.encode()) not in self.store.arrays.get("id_hashes", ()):
            id = ""
        return LostArticle(id, _read_text(self.store.headlines, doc), _NOT_RIGHT)

    def articles(self) -> Iterator[tuple[int, Article]]:
        """The live articles that are right."""
        store, live = self.store, self.live
        if store is None or live is None or self._is_unproven:
            return
        done = np.zeros(store.count, np.bool_)
        first = begin = 0
        for number in range(len(store.arrays["block_ends"])):
            records, end = self._records(number, begin)
            # Where the first document of a block is damaged, the end of the block before tells the same.
            stored = int(store.block_docs[number - 1]) if number else 0
            for at, record in enumerate(records):
                for doc in dict.fromkeys((stored + at, first + at)):
                    if doc < store.count and live[doc] and not done[doc] and (article := self._decode(doc, record)):
                        done[doc] = True
                        yield doc, article
            first, begin = (first if end else stored) + len(records), end

    def _decode(self, doc: int, record: bytes) -> Article | None:
        assert self.store is not None
        try:
            return self.store.decode(doc, record)
        except UNREADABLE:
            return None

    def _records(self, number: int, begin: int) -> tuple[list[bytes], int]:
        """The records of a block, none if it cannot be read; and where it ends, 0 if that is not known.

        `begin` is where the block before ends.
        """
        assert self.store is not None
        arrays = self.store.arrays
        stored = int(arrays["block_ends"][number - 1]) if number else 0
        owners = range(len(arrays["dictionary_ends"]))
        for start in dict.fromkeys((stored, begin)):
            for owner in dict.fromkeys((int(arrays["block_dictionaries"][number]), *owners)):
                with suppress(*UNREADABLE):
                    records, size = doc_store.read_first_block(
                        arrays["blocks"][start:], self.store.read_dictionary(owner)
                    )
                    return records, start + size
        return [], 0


class _UncheckedStrings(StringArray):
    """Strings that can be read even if the bounds of some are damaged."""

    @cached_property
    def _bounds(self) -> memoryview:
        return memoryview(cast(Any, self._file.arrays[f"{self._name}_bounds"]))


def _read_text(strings: Sequence[str], number: int) -> str:
    try:
        return strings[number]
    except UNREADABLE:
        return ""


def _brief(error: CorruptIndexError) -> str:
    return str(error).partition(": restore it")[0]
