"""Several indexes in folders, read as one.

The snapshot has the segments of all of them, in the order of the folders, with the mean length and the document
frequencies of the whole. So scores, totals, facets and pages are those of one index with all articles.

Ids that clash get a prefix, as `searchidx.engines.multi_engine` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from hashlib import blake2b
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded.array_types import Bools, Ints
from searchidx.engines.embedded.doc_store import id_hashes
from searchidx.engines.embedded.embedded_engine import EmbeddedEngine
from searchidx.engines.embedded.embedded_snapshot import DAMAGE_SIGNS, EmbeddedSnapshot
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_ids import SegmentIds
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.string_array import StringArray
from searchidx.engines.multi_engine import ArchiveNames, MultiEngine
from searchidx.engines.results import IndexStats
from searchidx.errors import AmbiguousIdError

Hashes = npt.NDArray[np.uint64]


class MultiIndexEngine(MultiEngine[EmbeddedEngine]):
    """Several indexes in folders, by name. It only reads."""

    capabilities = EmbeddedEngine.capabilities

    def snapshot(self) -> MultiIndexSnapshot:
        return MultiIndexSnapshot({name: engine.snapshot() for name, engine in self._engines.items()})


class MultiIndexSnapshot(EmbeddedSnapshot):
    """One commit of each of several indexes.

    Attributes:
        names: the names of the indexes.
    """

    def __init__(self, parts: Mapping[str, EmbeddedSnapshot]) -> None:
        self.names = tuple(parts)
        self._kind = ""
        self._parts = tuple(parts.values())
        self.generation = sum(part.generation for part in self._parts)
        self.word_weight = sum(part.word_weight for part in self._parts)
        self._live_count = sum(map(len, self._parts))
        formers = [part.former() for part in self._parts]
        former_views = [() if former is None else former.views for former in formers]
        # A former text has the prefix of its article.
        self._prefixes = IdPrefixes(
            self.names, [[*part.views, *others] for part, others in zip(self._parts, former_views, strict=True)]
        )
        self._share([(owner, view) for owner, part in enumerate(self._parts) for view in part.views])
        if any(former_views):
            self._former = self._derive(
                "former",
                [(owner, view) for owner, views in enumerate(former_views) for view in views],
                sum(0.0 if former is None else former.word_weight for former in formers),
                sum(0 if former is None else len(former) for former in formers),
            )

    def _share(self, views: Iterable[tuple[int, SegmentView]]) -> None:
        """Number the documents of some segments, each with the index that it belongs to."""
        mean_length = self.word_weight / self._live_count if self._live_count else 0.0
        self.views, self._firsts, self._stop = [], [], 0
        self._owners: list[int] = []
        for owner, view in views:
            ids = PrefixedIds(view.segment, owner, self._prefixes)
            self.views.append(view.share(mean_length, ids).renumber(self._stop))
            self._firsts.append(self._stop)
            self._owners.append(owner)
            self._stop += view.count

    def _derive(
        self, kind: str, views: Iterable[tuple[int, SegmentView]], word_weight: float, count: int
    ) -> MultiIndexSnapshot:
        """A snapshot of other segments of the same commits."""
        derived = copy(self)
        vars(derived).pop("_evaluator", None)
        derived._kind, derived.word_weight, derived._live_count = kind, word_weight, count
        derived._share(views)
        return derived

    # The commits of several indexes have no common cursor: every document counts as added.

    @property
    def cursor(self) -> str:
        return ""

    def since(self, cursor: str) -> EmbeddedSnapshot:
        return self

    @property
    def fingerprint(self) -> str:
        parts = [(name, part.fingerprint) for name, part in zip(self.names, self._parts, strict=True)]
        return blake2b((repr(parts) + self._kind).encode(), digest_size=8).hexdigest()

    def user_data(self) -> bytes:
        return b""

    def with_former(self) -> MultiIndexSnapshot:
        former = self._former
        if not isinstance(former, MultiIndexSnapshot):
            every = copy(self)
        else:
            views = [*zip(self._owners, self.views, strict=True), *zip(former._owners, former.views, strict=True)]
            weight, count = self.word_weight + former.word_weight, len(self) + len(former)
            every = self._derive("all versions", views, weight, count)
        every._former_first = self._stop
        return every

    def stats(self) -> IndexStats:
        has_all = self._former_first is not None
        of_parts = [(part.with_former() if has_all else part).stats() for part in self._parts]
        words, segments, size, former = (
            sum(counts)
            for counts in zip(*((each.words, each.segments, each.bytes, each.former) for each in of_parts), strict=True)
        )
        return IndexStats(words, segments, size, of_parts[0].format, self.generation, former)

    def find(self, id: str) -> int | None:
        found: dict[int, int] = {}
        try:
            for view, owner in zip(self.views, self._owners, strict=True):
                if self._former_first is not None and view.first >= self._former_first:
                    break  # an id names the article, not a former text of it
                for doc in view.ids.find(id):
                    if view.live is None or view.live[doc]:
                        found[owner] = view.first + doc
        except DAMAGE_SIGNS as error:
            self.raise_if_damaged(error)
            raise
        if len(found) > 1:
            raise AmbiguousIdError(id, [self.id(doc) for doc in found.values()])
        return next(iter(found.values()), None)

    # -- ids of one index ----------------------------------------------------------------------------------------------

    def show_ids(self, owner: int, ids: Sequence[str]) -> list[str]:
        """The ids that articles of an index have here, given by their ids there.

        Articles that the index does not have are shown with the prefix.
        """
        raw = [id.encode(errors="surrogatepass") for id in ids]
        hashes = id_hashes(raw)
        shown: dict[str, str] = {}
        for view, other in zip(self.views, self._owners, strict=True):
            if other == owner:
                for doc in view.segment.find_all(raw, hashes, view.live).tolist():
                    shown[view.segment.ids[doc]] = view.ids.strings[doc]
        return [shown.get(id) or self._prefixes.add_prefix(owner, id) for id in ids]

    def original_id(self, id: str) -> tuple[int, str] | None:
        """The index of an article by its id here, and its id there; None if no index has it."""
        owner, original = self._prefixes.split(id)
        if owner is not None:
            return owner, original
        doc = self.find(id)
        if doc is None:
            return None
        view, at = self.locate(doc)
        return self._owners[self.views.index(view)], view.segment.ids[at]

    def raise_if_damaged(self, error: Exception) -> None:
        for part in self._parts:
            part.raise_if_damaged(error)


class IdPrefixes(ArchiveNames):
    """Which ids of several indexes get a prefix."""

    def __init__(self, names: Sequence[str], views: Sequence[Sequence[SegmentView]]) -> None:
        super().__init__(names)
        self._views = views

    def prefixed_docs(self, segment: Segment) -> Ints:
        """The documents of a segment whose ids get the prefix, ascending."""
        ambiguous = [_docs_with_prefix(segment.ids, prefix.encode()) for prefix in self.prefixes]
        return np.unique(np.concatenate([*ambiguous, self._clashes[id(segment)]]))

    @cached_property
    def _clashes(self) -> dict[int, Ints]:
        """By `id()` of each segment, its live documents whose id another index has, too."""
        every = [(owner, view) for owner, views in enumerate(self._views) for view in views]
        hashes = [_as_array(view.segment.arrays["id_hashes"]) for _, view in every]
        owners_of_id: dict[bytes, set[int]] = {}
        candidates: list[list[tuple[int, bytes]]] = []
        for at, (owner, view) in enumerate(every):
            shared = np.zeros(view.count, np.bool_)
            for other, (another, _) in enumerate(every):
                if another != owner:
                    shared |= _are_members(hashes[at], hashes[other])
            docs = view.segment.arrays["id_order"][shared].astype(np.intp)
            if view.live is not None:
                docs = docs[view.live.take(docs)]
            found = [(doc, view.segment.ids.raw(doc)) for doc in docs.tolist()]
            for _, raw in found:
                owners_of_id.setdefault(raw, set()).add(owner)
            candidates.append(found)
        return {
            id(view.segment): np.array([doc for doc, raw in found if len(owners_of_id[raw]) > 1], np.intp)
            for (_, view), found in zip(every, candidates, strict=True)
        }


class PrefixedIds(SegmentIds):
    """The ids of a segment of one of several indexes."""

    def __init__(self, segment: Segment, owner: int, prefixes: IdPrefixes) -> None:
        super().__init__(segment)
        self._owner = owner
        self._prefixes = prefixes

    @cached_property
    def strings(self) -> StringArray:
        docs = self._prefixes.prefixed_docs(self.segment)
        if not len(docs):
            return self.segment.ids
        shown = self.segment.ids.raw_list()
        prefix = self._prefixes.prefixes[self._owner].encode()
        for doc in docs.tolist():
            shown[doc] = prefix + shown[doc]
        return _ListedStrings(shown)

    def find(self, id: str) -> Iterator[int]:
        owner, original = self._prefixes.split(id)
        return self.segment.find(original) if owner in (None, self._owner) else iter(())

    def find_all(self, ids: Sequence[bytes], hashes: Hashes, live: Bools | None) -> Ints:
        split = [self._prefixes.split(each.decode(errors="surrogatepass")) for each in ids]
        own = [id.encode(errors="surrogatepass") for owner, id in split if owner in (None, self._owner)]
        return self.segment.find_all(own, id_hashes(own), live)


class _ListedStrings(StringArray):
    """Strings of a list."""

    def __init__(self, strings: Sequence[bytes]) -> None:
        bounds = np.zeros(len(strings) + 1, np.int64)
        np.cumsum([len(each) for each in strings], out=bounds[1:])
        self._map: Any = b"".join(strings)
        self._start = 0
        self._count = len(strings)
        self._bounds = memoryview(cast(Any, bounds))


def _as_array(hashes: Any) -> Hashes:
    return np.asarray(hashes, np.uint64)


def _are_members(some: Hashes, of: Hashes) -> Bools:
    """Whether each of some ascending hashes is one of others."""
    if not len(of):
        return np.zeros(len(some), np.bool_)
    at = of.searchsorted(some)
    found: Bools = of.take(at, mode="clip") == some
    return found


def _docs_with_prefix(strings: StringArray, prefix: bytes) -> Ints:
    """The numbers of the strings that begin with a prefix."""
    data, starts, sizes = strings.raw_buffer()
    letters = np.frombuffer(data, np.uint8)
    found = (sizes >= len(prefix)).nonzero()[0]
    for at, letter in enumerate(prefix):
        found = found[letters.take(starts.take(found) + at) == letter]
    return found
