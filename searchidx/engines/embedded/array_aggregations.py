"""Aggregations over all hits as arrays, segment by segment: facets, days, spans, terms.

`searchidx.engines.collectors` defines what they count: each function here computes the one of the same name there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from whoosh.query import Query

from searchidx.engines import timeout
from searchidx.engines.budget import spend
from searchidx.engines.embedded.array_types import Array, Int64s, Ints
from searchidx.engines.embedded.proximity import Occurrences, ProximityContext, all_occurrences, union_occurrences
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.results import FacetCounts, TermStats
from searchidx.query.traversal import is_text, positive_leaves
from searchidx.stemming import join_term, stem_of_term

_POSTING_COST = 5
"""Units of work to count one posting of a term."""
POSTINGS_PER_BLOCK = 1 << 20
"""Postings counted together: all at once would take twenty times their size on disk."""
SPANS_PER_BLOCK = 1 << 14
"""Occurrences turned into Python objects together, without those of the last document."""
SegmentHits = Sequence[tuple[SegmentView, Ints]]
"""Each segment with its documents that match, ascending."""


# -- facets ------------------------------------------------------------------------------------------------------------

_SegmentCounts = tuple[Sequence[str], Array, Array, int, int]
"""Values, the hits and the documents with each, the hits and the documents without any."""


def count_facet(hits: SegmentHits, field: str) -> FacetCounts:
    """Count hits by the values of a field."""
    values: dict[str, int] = {}
    corpus: dict[str, int] = {}
    missing = corpus_missing = 0
    count = _count_dates if field in ("year", "month") else _count_values
    for view, docs in hits:
        timeout.check()
        names, hit_counts, doc_counts, hits_without, docs_without = count(view, docs, field)
        for name, found, of_all in zip(names, hit_counts.tolist(), doc_counts.tolist(), strict=True):
            corpus[name] = corpus.get(name, 0) + of_all
            if found:
                values[name] = values.get(name, 0) + found
        missing += hits_without
        corpus_missing += docs_without
    total = sum(len(docs) for _, docs in hits)
    return FacetCounts({name: (found, corpus[name]) for name, found in values.items()}, total, missing, corpus_missing)


def _count_values(view: SegmentView, docs: Ints, field: str) -> _SegmentCounts:
    here, numbers, owners = view.segment.field_values(field)
    numbers = numbers - here.start
    counted: list[tuple[Ints, int]] = []
    for mask in (view.doc_mask(docs), view.live):
        chosen = None if mask is None else mask.take(owners).nonzero()[0]
        chosen_owners = owners if chosen is None else owners.take(chosen)
        counts = np.bincount(numbers if chosen is None else numbers.take(chosen), minlength=len(here))
        docs_with = np.count_nonzero(chosen_owners[1:] != chosen_owners[:-1]) + (len(chosen_owners) > 0)
        all_docs = view.count if mask is None else int(np.count_nonzero(mask))
        counted.append((counts, all_docs - int(docs_with)))
    return list(map(view.segment.value, here)), counted[0][0], counted[1][0], counted[0][1], counted[1][1]


def _count_dates(view: SegmentView, docs: Ints, field: str) -> _SegmentCounts:
    arrays = view.segment.arrays
    days = view.segment.days[0].astype(np.intp)
    if field == "month":
        days[arrays["precision"] == 1] = 0
    of_docs = np.bincount(days if view.live is None else days[view.live], minlength=1)
    of_hits = np.bincount(days.take(docs), minlength=len(of_docs))
    numbers: dict[str, int] = {}
    dated = of_docs[1:].nonzero()[0] + 1
    length = 4 if field == "year" else 7
    names = [dt.date.fromordinal(day).isoformat()[:length] for day in dated.tolist()]
    at = np.array([numbers.setdefault(name, len(numbers)) for name in names], np.intp)
    hit_counts, doc_counts = (
        np.bincount(at, each.take(dated), minlength=len(numbers)).astype(np.int64) for each in (of_hits, of_docs)
    )
    return list(numbers), hit_counts, doc_counts, int(of_hits[0]), int(of_docs[0])


# -- days and spans ----------------------------------------------------------------------------------------------------


def count_days(hits: SegmentHits, query: Query, occurrences: bool) -> dict[tuple[int, int], int]:
    """Count hits, or the occurrences in them, by the days they may be dated to."""
    if not occurrences:
        return _sum_by_days((view, docs, None) for view, docs in hits)
    context = ProximityContext([view for view, _ in hits])

    def count_in(view: SegmentView, docs: Ints) -> Ints:
        found = _occurrences_in(query, view, docs, context)
        return np.bincount(found.zones >> 1, minlength=view.count).take(docs)

    return _sum_by_days((view, docs, count_in(view, docs)) for view, docs in hits)


def count_word_days(hits: SegmentHits) -> dict[tuple[int, int], int]:
    """Count the words of hits by the days they may be dated to."""
    return _sum_by_days((view, docs, np.add(*view.segment.lengths).take(docs)) for view, docs in hits)


def _sum_by_days(hits: Iterable[tuple[SegmentView, Ints, Ints | None]]) -> dict[tuple[int, int], int]:
    """Count hits, or sum their weights, by the days they may be dated to."""
    counts: dict[tuple[int, int], int] = {}
    for view, docs, weights in hits:
        starts, stops = (days.take(docs).astype(np.intp) for days in view.segment.days)
        is_one_day = stops - starts <= 1
        days = starts if is_one_day.all() else starts[is_one_day]
        first = int(days.min(initial=1 << 31))
        if len(days):
            by_day = np.bincount(days - first, None if weights is None else weights[is_one_day])
            at_days = by_day.nonzero()[0]
            for ordinal, count in zip((at_days + first).tolist(), by_day.take(at_days).tolist(), strict=True):
                key = (ordinal, ordinal + 1 if ordinal else 0)
                counts[key] = counts.get(key, 0) + int(count)
        for at in (~is_one_day).nonzero()[0].tolist():
            key = (int(starts[at]), int(stops[at]))
            counts[key] = counts.get(key, 0) + (1 if weights is None else int(weights[at]))
    return {key: count for key, count in counts.items() if count}


def _occurrences_in(query: Query, view: SegmentView, docs: Ints, context: ProximityContext) -> Occurrences:
    """The occurrences of all leaves of the text in some documents, each once."""
    found = all_occurrences(filter(is_text, positive_leaves(query)), query, view, context)
    found = [Occurrences(each.zones, each.first, each.last) for each in found]  # without members: equal if spans are
    if not found:
        none = np.zeros(0, np.intp)
        return Occurrences(none, none, none)
    every = found[0] if len(found) == 1 else union_occurrences(*found)
    return every.take(view.doc_mask(docs).take(every.zones >> 1).nonzero()[0])


def iter_spans(hits: SegmentHits, query: Query) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    """The occurrences in each hit: zone, first and last word of the zone."""
    context = ProximityContext([view for view, _ in hits])
    for view, docs in hits:
        for found in _blocks(_occurrences_in(query, view, docs, context)):
            owners = found.zones >> 1
            in_body = (found.zones & 1).astype(np.bool_)
            begins = view.segment.arrays["doc_starts"].take(owners).astype(np.intp)
            begins[in_body] = view.segment.headline_ends.take(owners[in_body]) + 1
            names = np.where(in_body, "body", "headline").tolist()
            rows = list(zip(names, (found.first - begins).tolist(), (found.last - begins).tolist(), strict=True))
            bounds = np.flatnonzero(np.append(True, owners[1:] != owners[:-1])).tolist()
            hit_docs = (owners.take(bounds) + view.first).tolist()
            for doc, (low, high) in zip(hit_docs, pairwise([*bounds, len(rows)]), strict=True):
                yield doc, rows[low:high]


def _blocks(found: Occurrences) -> Iterator[Occurrences]:
    """Split occurrences between documents: as Python objects they take five times the memory."""
    owners = found.zones >> 1
    low = 0
    while low < len(owners):
        timeout.check()
        high = int(owners.searchsorted(owners[min(low + SPANS_PER_BLOCK, len(owners)) - 1], side="right"))
        yield Occurrences(found.zones[low:high], found.first[low:high], found.last[low:high])
        low = high


# -- terms -------------------------------------------------------------------------------------------------------------


def count_terms(hits: SegmentHits) -> TermStats:
    """Count the terms of the hits."""
    counted = [_count_segment_terms(view, docs) for view, docs in hits]
    found: set[str] = set()
    for (view, _), columns in zip(hits, counted, strict=True):
        found.update(stem_of_term(view.segment.terms[term]) for term in columns[0].nonzero()[0].tolist())
    stems = sorted(found)
    table = np.zeros((4, len(stems)), np.int64)
    for (view, _), columns in zip(hits, counted, strict=True):
        for language in view.segment.languages:
            names = (join_term(stem, language) for stem in stems)
            here = np.fromiter(map(view.segment.terms.find, names), np.intp, len(stems))
            there = (here >= 0).nonzero()[0]
            table[:, there] += columns[:, here.take(there)]

    def commonest_form(at: int) -> str:
        printed: dict[str, int] = {}
        for view, docs in hits:
            for term in view.segment.find_terms(stems[at]):
                for form, count in _count_forms(view, docs, term):
                    printed[form] = printed.get(form, 0) + count
        return min(printed.items(), key=lambda item: (-item[1], item[0]))[0]

    counts, articles, corpus_counts, corpus_articles = table.tolist()
    return TermStats(
        total=sum(len(docs) for _, docs in hits),
        words=int(table[0].sum()),
        corpus_words=sum(int(columns[2].sum()) for columns in counted),
        counts=counts,
        articles=articles,
        corpus_counts=corpus_counts,
        corpus_articles=corpus_articles,
        spelling=commonest_form,
        stems=stems,
    )


def _count_segment_terms(view: SegmentView, docs: Ints) -> Int64s:
    """Four rows: occurrences and documents of each term in the hits, then in all live documents."""
    text = view.segment.text
    hits = view.doc_mask(docs)
    ends = np.asarray(text.posting_ends, np.int64)
    rows = np.zeros((4, len(ends)), np.int64)
    if view.live is None:
        rows[2] = np.diff(np.asarray(text.occurrence_ends, np.int64), prepend=0)
        rows[3] = np.diff(ends, prepend=0)
    first = begin = 0
    spend(len(text) * _POSTING_COST)
    while first < len(ends):
        timeout.check()
        stop = max(int(ends.searchsorted(begin + POSTINGS_PER_BLOCK, side="right")), first + 1)
        end = int(ends[stop - 1])
        owners, frequencies = text.docs(begin, end), text.frequencies(begin, end)
        starts = np.append(begin, ends[first : stop - 1]) - begin
        for row, mask in ((0, hits), (2, view.live)):
            if mask is not None:
                chosen = mask.take(owners)
                rows[row, first:stop] = np.add.reduceat(frequencies * chosen, starts)
                rows[row + 1, first:stop] = np.add.reduceat(chosen, starts, dtype=np.int64)
        first, begin = stop, end
    return rows


def _count_forms(view: SegmentView, docs: Ints, term: int) -> Iterator[tuple[str, int]]:
    """The surface forms of a term in some documents, and the occurrences of each."""
    segment = view.segment
    owners, positions = segment.text.read_occurrences(term)
    first, _ = segment.forms_of_term(term)
    forms = segment.arrays["stream"].take(positions.take(view.doc_mask(docs).take(owners).nonzero()[0]))
    counts = np.bincount(forms.astype(np.intp) - (first + 1))
    for form in counts.nonzero()[0].tolist():
        yield segment.forms[first + form], int(counts[form])
