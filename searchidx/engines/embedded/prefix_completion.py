"""The words that begin so, most frequent first: what a box offers while somebody types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.embedded.term_postings import Part

__all__ = ["completions"]

Array = npt.NDArray[Any]


class _Begun:
    """The classes of a part that have a spelling which begins so; those that most documents have, first."""

    def __init__(self, part: Part, beginning: str) -> None:
        self.part = part
        segment = part.segment
        here = segment.folded.prefix(beginning)
        owners, firsts, stops = (
            segment.arrays[name][here.start : here.stop] for name in ("folded_class", "folded_first", "folded_stop")
        )
        # The forms of a class are in the order of their folded spellings, so those that begin so stand side by side.
        order = owners.argsort(kind="stable")
        numbers, begins = np.unique(owners.take(order), return_index=True)
        lows = firsts.take(order).take(begins)
        highs = stops.take(order).take(np.append(begins[1:], len(order)) - 1) if len(order) else lows
        self.forms = dict(zip(numbers.tolist(), zip(lows.tolist(), highs.tolist(), strict=True), strict=True))
        ends = np.append(0, segment.text.posting_ends).astype(np.int64)
        having = ends.take(numbers + 1) - ends.take(numbers)  # deleted ones included, so at most so many
        ranks = (-having).argsort(kind="stable")
        self._numbers, self._having = numbers.take(ranks).tolist(), having.take(ranks).tolist()

    def names(self, first: int, stop: int) -> list[str]:
        """The stems from one rank up to another."""
        return [self.part.segment.classes[number] for number in self._numbers[first:stop]]

    def most(self, rank: int) -> int:
        """So many documents at most have any class of that rank or after it."""
        return self._having[rank] if rank < len(self._having) else 0

    def count(self, stem: str, spellings: Counter[str]) -> int:
        """How many live documents have a class; and how often each of its spellings that begin so stands in them."""
        segment = self.part.segment
        number = segment.classes.find(stem)
        if number < 0:
            return 0
        docs, counts, positions = segment.text.spread(number)
        if number in self.forms:
            low, high = self.forms[number]
            live = positions if self.part.live is None else positions[self.part.live.take(docs).repeat(counts)]
            first, stop = segment.form_range(number)
            found = np.bincount(
                segment.arrays["stream"].take(live).astype(np.intp) - (first + 1), minlength=stop - first
            )
            for form in range(low, high):
                spellings[segment.forms[first + form]] += int(found[form])
        return len(docs) if self.part.live is None else int(np.count_nonzero(self.part.live.take(docs)))


def completions(parts: Sequence[Part], beginning: str, limit: int) -> list[tuple[str, int]]:
    """Of each class one spelling that begins so, and how many live documents have the class; the most frequent ones."""
    begun = [_Begun(part, beginning) for part in parts]
    found: dict[str, tuple[int, str]] = {}
    seen: set[str] = set()
    first, stop = 0, max(limit, 1)
    while True:
        for stem in {stem for each in begun for stem in each.names(first, stop)} - seen:
            timeout.check()
            seen.add(stem)
            spellings: Counter[str] = Counter()
            articles = sum(each.count(stem, spellings) for each in begun)
            spelling = min(spellings.items(), key=lambda item: (-item[1], item[0]))
            if spelling[1]:
                found[stem] = articles, spelling[0]
        best = nsmallest(limit, found, key=lambda stem: (-found[stem][0], stem))
        beyond = sum(each.most(stop) for each in begun)
        if not beyond or (len(best) == limit and all(found[stem][0] > beyond for stem in best[-1:])):
            return [(found[stem][1], found[stem][0]) for stem in best]
        first, stop = stop, stop * 4
