"""The terms of some hits, for relevance feedback: read from the forward index, numbered through all segments.

For the hits 4 and 9, of which the second is in another segment::

    words            Banks rise | a bank fell         of hit 4, of hit 9
    terms            bank = 5, rise = 8 | a = 0, bank = 2, fell = 3     numbers of each segment
    numbers          0 1 | 2 0 3                       bank has one number
    owners           0 0 | 1 1 1
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchidx.engines import feedback
from searchidx.engines.embedded.array_types import Array, Ints
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_view import SegmentView


def rescore(views: Sequence[SegmentView], docs: Ints, scores: Array, live: int) -> Array:
    """New scores of some documents, best first; deleted articles count until their segments are merged."""
    names: dict[bytes, int] = {}
    terms: list[Ints] = []
    owners: list[Ints] = []
    for view in views:
        here = ((docs >= view.first) & (docs < view.first + view.count)).nonzero()[0]
        if len(here):
            found, sizes = _read_terms(view.segment, docs.take(here) - view.first)
            if len(views) > 1:
                distinct, places = np.unique(found, return_inverse=True)
                raw = view.segment.terms.raw
                numbers = [names.setdefault(raw(term), len(names)) for term in distinct.tolist()]
                found = np.array(numbers, np.intp).take(places)
            terms.append(found)
            owners.append(here.repeat(sizes))
    if not terms:
        return scores

    def frequencies(wanted: Ints) -> Ints:
        if len(views) == 1:
            return _article_counts(views[0].segment, wanted)
        strings = [name.decode() for name in names]
        total = np.zeros(len(names), np.intp)
        for view in views:
            found = np.array([view.segment.terms.find(each) for each in strings], np.intp)
            known = (found >= 0).nonzero()[0]
            total[known] += _article_counts(view.segment, found.take(known))
        return total.take(wanted)

    return feedback.rescore(np.concatenate(terms), np.concatenate(owners), scores, frequencies, live)


def _article_counts(segment: Segment, terms: Ints) -> Ints:
    """The number of articles of each term."""
    ends = segment.arrays["text_posting_ends"]
    counts: Ints = ends.take(terms).astype(np.intp)
    counts -= np.where(terms > 0, ends.take(np.maximum(terms - 1, 0)), 0)
    return counts


def _read_terms(segment: Segment, docs: Ints) -> tuple[Ints, Ints]:
    """The terms of the first words of some documents, and the number of words of each."""
    arrays = segment.arrays
    headline = arrays["headline_words"].take(docs).astype(np.intp)
    sizes = np.minimum(headline + arrays["body_words"].take(docs), feedback.WORDS)
    ends = sizes.cumsum()
    positions = np.arange(int(ends[-1]))
    offsets = positions - (ends - sizes).repeat(sizes)
    positions = arrays["doc_starts"].take(docs).astype(np.intp).repeat(sizes) + offsets
    positions += offsets >= headline.repeat(sizes)  # the empty slot between headline and body
    forms = segment.arrays["stream"].take(positions).astype(np.intp)
    return segment.form_terms.take(forms - 1), sizes
