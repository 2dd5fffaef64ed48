"""A segment as one snapshot sees it: live documents, ids, length norms and weights of the zones."""

from __future__ import annotations

from copy import copy
from functools import cached_property

import numpy as np

from searchidx.engines.bm25 import HEADLINE_WEIGHT, K1, B
from searchidx.engines.embedded.array_types import Bools, Floats, Int64s, Ints
from searchidx.engines.embedded.inverted_index import InvertedIndex
from searchidx.engines.embedded.ranking import ZoneWeights
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_ids import SegmentIds

ZONE_WEIGHTS = {"text": (HEADLINE_WEIGHT, 1.0), "headline": (HEADLINE_WEIGHT, 0.0), "body": (0.0, 1.0)}
"""The weight of an occurrence in the headline and in the body, by field."""


class _ZoneWeightsCache(dict[str, ZoneWeights]):
    """The `ZoneWeights` of each field, made on first use."""

    def __init__(self, inverted: InvertedIndex) -> None:
        self._inverted = inverted

    def __missing__(self, field: str) -> ZoneWeights:
        found = self[field] = ZoneWeights(self._inverted, *ZONE_WEIGHTS[field])
        return found


class SegmentView:
    """A segment as one snapshot sees it: with the deletions of that commit, and statistics of the whole snapshot.

    Attributes:
        first: the number of its first document in the snapshot.
        live: whether each document is live; None: all are.
        count: the number of documents, deleted ones included.
        ids: the ids of its documents, as the snapshot shows them.
    """

    def __init__(self, segment: Segment, first: int, live: Bools | None, mean_length: float) -> None:
        self.segment = segment
        self.first = first
        self.live = live
        self.count = segment.count
        self.ids = SegmentIds(segment)
        self._mean_length = mean_length
        self.zone_weights = _ZoneWeightsCache(segment.text)

    def renumber(self, first: int) -> SegmentView:
        """The same view for a snapshot in which its first document has another number."""
        moved = copy(self)
        moved.first = first
        return moved

    def share(self, mean_length: float, ids: SegmentIds) -> SegmentView:
        """The same view for a snapshot of several indexes, with their mean length and their ids."""
        shared = copy(self)
        shared._mean_length = mean_length
        shared.ids = ids
        return shared

    def norms(self) -> Floats:
        """K1 · (1 - B + B · length / mean length) of each document."""
        norms = self.segment.arrays["headline_words"] * np.float64(HEADLINE_WEIGHT)
        norms += self.segment.arrays["body_words"]
        norms *= B / (self._mean_length or 1.0)
        norms += 1 - B
        norms *= K1
        return norms.astype(np.float32)

    def doc_mask(self, docs: Ints) -> Bools:
        """Whether each document is one of some."""
        mask = np.zeros(self.count, np.bool_)
        mask[docs] = True
        return mask

    def live_indices(self, docs: Ints) -> Ints | None:
        """The indices of live documents among `docs`; None if all are live."""
        if self.live is None:
            return None
        alive = self.live.take(docs)
        return None if alive.all() else alive.nonzero()[0]

    @cached_property
    def live_form_counts(self) -> memoryview:
        """Prefix sums over forms: how many of the first n forms occur in a live document. Needs deletions."""
        arrays = self.segment.arrays
        forward_index = arrays["stream"]
        starts = np.append(arrays["doc_starts"].astype(np.intp), len(forward_index))
        is_live = np.zeros(len(self.segment.forms) + 1, np.intp)
        is_live[forward_index[starts[0] :][np.repeat(self.live, np.diff(starts))]] = 1  # type: ignore[arg-type]
        is_live[0] = 0
        return memoryview(is_live.cumsum())  # type: ignore[arg-type]

    def date_keys(self, docs: Ints) -> Int64s:
        """Sort keys of documents by date: first local day and local time in one number; 0 if undated."""
        arrays = self.segment.arrays
        days, times = arrays["day_start"].take(docs).astype(np.int64), arrays["time"].take(docs).astype(np.int64)
        keys: Int64s = (days << 37) + np.maximum(times - 1, 0)  # a day has fewer than 2^37 microseconds
        return keys
