"""Words with a prefix, most frequent first: suggestions while a person types.

For `ban` each segment ranks its terms that have a form with this prefix by their number of documents. The first
`limit` terms of each segment are counted exactly; then four times as many, until no term further down can be among the
best. With two segments and `limit` 1::

    segment 0    bank 9   ban 7   banker 1          segment 1    banana 4   ban 3
    round 1      bank 9, banana 4                   the rest have at most 7 + 3 documents: go on
    round 2      bank 9, banana 4, ban 10, …        none left: ban
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest

import numpy as np

from searchidx.engines import timeout
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.stemming import stem_of_term


class _PrefixTerms:
    """The terms of a segment that have a form with a prefix, ranked by descending number of documents."""

    def __init__(self, view: SegmentView, prefix: str) -> None:
        self._view = view
        segment = view.segment
        here = segment.folded.prefix_range(prefix)
        terms, firsts, stops = (
            segment.arrays[name][here.start : here.stop] for name in ("folded_class", "folded_first", "folded_stop")
        )
        # The forms of a term ascend by folded form, so those with the prefix are adjacent.
        order = terms.argsort(kind="stable")
        numbers, begins = np.unique(terms.take(order), return_index=True)
        lows = firsts.take(order).take(begins)
        highs = stops.take(order).take(np.append(begins[1:], len(order)) - 1) if len(order) else lows
        self._forms = dict(zip(numbers.tolist(), zip(lows.tolist(), highs.tolist(), strict=True), strict=True))
        ends = np.append(0, segment.text.posting_ends).astype(np.int64)
        doc_counts = ends.take(numbers + 1) - ends.take(numbers)  # with deleted documents, so an upper bound
        ranks = (-doc_counts).argsort(kind="stable")
        self._terms, self._doc_counts = numbers.take(ranks).tolist(), doc_counts.take(ranks).tolist()

    def stems(self, first: int, stop: int) -> list[str]:
        """The stems of the terms of a range of ranks."""
        return [stem_of_term(self._view.segment.terms[term]) for term in self._terms[first:stop]]

    def max_docs(self, rank: int) -> int:
        """An upper bound of the documents of a stem whose terms, one a language, all have this rank or a later one."""
        return self._doc_counts[rank] * len(self._view.segment.languages) if rank < len(self._doc_counts) else 0

    def count(self, stem: str, form_counts: Counter[str]) -> int:
        """The number of live documents with a stem; adds the occurrences of its forms with the prefix."""
        return sum(self._count_term(term, form_counts) for term in self._view.segment.find_terms(stem))

    def _count_term(self, term: int, form_counts: Counter[str]) -> int:
        segment, live = self._view.segment, self._view.live
        docs, frequencies, positions = segment.text.read_term(term)
        if term in self._forms:
            low, high = self._forms[term]
            if live is not None:
                positions = positions[live.take(docs).repeat(frequencies)]
            first, stop = segment.forms_of_term(term)
            forms = segment.arrays["stream"].take(positions).astype(np.intp) - (first + 1)
            counts = np.bincount(forms, minlength=stop - first)
            for form in range(low, high):
                form_counts[segment.forms[first + form]] += int(counts[form])
        return len(docs) if live is None else int(np.count_nonzero(live.take(docs)))


def complete_prefix(views: Sequence[SegmentView], prefix: str, limit: int) -> list[tuple[str, int]]:
    """The most frequent terms with a prefix: the commonest surface form with it, and the number of documents.

    Computes the function of the same name in `searchidx.engines.collectors`.
    """
    segments = [_PrefixTerms(view, prefix) for view in views]
    counted: dict[str, tuple[int, str]] = {}
    seen: set[str] = set()
    first, stop = 0, max(limit, 1)
    while True:
        for stem in {stem for each in segments for stem in each.stems(first, stop)} - seen:
            timeout.check()
            seen.add(stem)
            form_counts: Counter[str] = Counter()
            docs = sum(each.count(stem, form_counts) for each in segments)
            form, occurrences = min(form_counts.items(), key=lambda item: (-item[1], item[0]))
            if occurrences:
                counted[stem] = docs, form
        best = nsmallest(limit, counted, key=lambda stem: (-counted[stem][0], stem))
        max_rest = sum(each.max_docs(stop) for each in segments)
        if not max_rest or (len(best) == limit and all(counted[stem][0] > max_rest for stem in best[-1:])):
            return [(counted[stem][1], counted[stem][0]) for stem in best]
        first, stop = stop, stop * 4
