"""What is counted over all hits: values of fields, days, words, occurrences; as arrays, part by part.

What they mean is written in `searchidx.engines.collectors`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.engines import timeout
from searchidx.engines.contract import FacetCounts, TermStats
from searchidx.engines.embedded.proximity import Occurrences, Work, distinct, occurrences
from searchidx.engines.embedded.term_postings import Part
from searchidx.query.traversal import is_text, positive_leaves

__all__ = ["count_days", "count_words", "facet", "places"]

Array = npt.NDArray[Any]
_PIECE = 1 << 20
"""So many postings are looked at together."""
_AT_ONCE = 1 << 14
"""So many occurrences are given out together, those of their last document aside."""
Hits = Sequence[tuple[Part, Array]]
"""Each part with the documents of it that match, ascending; intp."""


def _mask(part: Part, docs: Array) -> Array:
    """Whether each document of a part is among some; bool."""
    mask = np.zeros(part.count, np.bool_)
    mask[docs] = True
    return mask


def facet(hits: Hits, field: str) -> FacetCounts:
    """The hits by the values of a field."""
    values: dict[str, tuple[int, int]] = {}
    corpus: dict[str, int] = {}
    missing = corpus_missing = 0
    count = _dated if field in ("year", "month") else _valued
    for part, docs in hits:
        timeout.check()
        names, here, all_here, without, all_without = count(part, docs, field)
        for name, found, of_all in zip(names, here.tolist(), all_here.tolist(), strict=True):
            corpus[name] = corpus.get(name, 0) + of_all
            if found:
                values[name] = (values[name][0] if name in values else 0) + found, 0
        missing += without
        corpus_missing += all_without
    total = sum(len(docs) for _, docs in hits)
    return FacetCounts(
        {name: (found, corpus[name]) for name, (found, _) in values.items()}, total, missing, corpus_missing
    )


Counted = tuple[Sequence[str], Array, Array, int, int]
"""Names of values; of each how many hits have it, and how many documents; how many of either have none."""


def _valued(part: Part, docs: Array, field: str) -> Counted:
    names = part.segment.values
    here = names.prefix(f"{field}\x1f")
    numbers, owners = part.segment.arrays["doc_values"], part.segment.value_owners
    at = ((numbers >= here.start) & (numbers < here.stop)).nonzero()[0]
    numbers, owners = numbers.take(at) - here.start, owners.take(at)
    found = _mask(part, docs)
    counted = []
    for mask in (found, part.live):
        chosen = None if mask is None else mask.take(owners).nonzero()[0]
        of_these = owners if chosen is None else owners.take(chosen)
        counts = np.bincount(numbers if chosen is None else numbers.take(chosen), minlength=len(here))
        having = np.count_nonzero(of_these[1:] != of_these[:-1]) + (len(of_these) > 0)
        all_of_them = part.count if mask is None else int(np.count_nonzero(mask))
        counted.append((counts, all_of_them - int(having)))
    shown = [names[number].partition("\x1f")[2] for number in here]
    return shown, counted[0][0], counted[1][0], counted[0][1], counted[1][1]


def _dated(part: Part, docs: Array, field: str) -> Counted:
    arrays = part.segment.arrays
    days = arrays["day_start"].astype(np.intp)
    if field == "month":
        days[arrays["precision"] == 1] = 0
    every = np.bincount(days if part.live is None else days[part.live], minlength=1)
    here = np.bincount(days.take(docs), minlength=len(every))
    names: dict[str, int] = {}
    some = every[1:].nonzero()[0] + 1
    length = 4 if field == "year" else 7
    shown = [dt.date.fromordinal(day).isoformat()[:length] for day in some.tolist()]
    at = np.array([names.setdefault(name, len(names)) for name in shown], np.intp)
    counts, corpus = (np.bincount(at, each.take(some), minlength=len(names)).astype(np.int64) for each in (here, every))
    return list(names), counts, corpus, int(here[0]), int(every[0])


def count_days(hits: Hits, query: Any, count_occurrences: bool) -> dict[tuple[int, int], int]:
    """The hits, or the occurrences in them, by the days they may be of."""
    counts: dict[tuple[int, int], int] = {}
    work = Work([part for part, _ in hits])
    for part, docs in hits:
        arrays = part.segment.arrays
        starts, stops = arrays["day_start"].take(docs).astype(np.intp), arrays["day_stop"].take(docs).astype(np.intp)
        weights = None
        if count_occurrences:
            found = _occurrences(query, part, docs, work)
            weights = np.bincount(found.zones >> 1, minlength=part.count).take(docs)
        single = stops - starts <= 1
        days = starts if single.all() else starts[single]
        first = int(days.min(initial=1 << 31))
        if len(days):
            of_days = np.bincount(days - first, None if weights is None else weights[single])
            for day in of_days.nonzero()[0].tolist():
                ordinal = day + first
                key = (ordinal, ordinal + 1 if ordinal else 0)
                counts[key] = counts.get(key, 0) + int(of_days[day])
        for at in (~single).nonzero()[0].tolist():
            key = (int(starts[at]), int(stops[at]))
            counts[key] = counts.get(key, 0) + (1 if weights is None else int(weights[at]))
    return {key: count for key, count in counts.items() if count}


def _occurrences(query: Any, part: Part, docs: Array, work: Work) -> Occurrences:
    """What a query asks for in the text, wherever it stands in the documents that match."""
    found = [occurrences(leaf, part, work) for leaf in positive_leaves(query) if is_text(leaf)]
    found = [Occurrences(each.zones, each.first, each.last) for each in found]  # whatever parts they have
    every = found[0] if len(found) == 1 else distinct(*found) if found else None
    if every is None:
        none = np.zeros(0, np.intp)
        return Occurrences(none, none, none)
    hits = _mask(part, docs)
    return every.take(hits.take(every.zones >> 1).nonzero()[0])


def places(hits: Hits, query: Any) -> Iterator[tuple[int, list[tuple[str, int, int]]]]:
    """Of each hit where what a query asks for stands in it."""
    work = Work([part for part, _ in hits])
    for part, docs in hits:
        for found in _by_documents(_occurrences(query, part, docs, work)):
            owners = found.zones >> 1
            in_body = (found.zones & 1).astype(np.bool_)
            begins = part.segment.arrays["doc_starts"].take(owners).astype(np.intp)
            begins[in_body] = part.segment.headline_ends.take(owners[in_body]) + 1
            names = np.where(in_body, "body", "headline").tolist()
            rows = list(zip(names, (found.first - begins).tolist(), (found.last - begins).tolist(), strict=True))
            bounds = np.flatnonzero(np.append(True, owners[1:] != owners[:-1])).tolist()
            of_bounds = (owners.take(bounds) + part.first).tolist()
            for doc, (low, high) in zip(of_bounds, pairwise([*bounds, len(rows)]), strict=True):
                yield doc, rows[low:high]


def _by_documents(found: Occurrences) -> Iterator[Occurrences]:
    """Some occurrences at a time, those of a document together: as values of Python they take five times the memory."""
    owners = found.zones >> 1
    low = 0
    while low < len(owners):
        timeout.check()
        high = int(owners.searchsorted(owners[min(low + _AT_ONCE, len(owners)) - 1], side="right"))
        yield Occurrences(found.zones[low:high], found.first[low:high], found.last[low:high])
        low = high


def count_words(hits: Hits) -> TermStats:
    """The words of the hits, by class."""
    counted = [_by_class(part, docs) for part, docs in hits]
    found: set[str] = set()
    for (part, _), columns in zip(hits, counted, strict=True):
        found.update(part.segment.classes[number] for number in columns[0].nonzero()[0].tolist())
    stems = sorted(found)
    table = np.zeros((4, len(stems)), np.int64)
    numbers = []  # of each part, those of the stems
    for (part, _), columns in zip(hits, counted, strict=True):
        here = np.fromiter(map(part.segment.classes.find, stems), np.intp, len(stems))
        there = (here >= 0).nonzero()[0]
        table[:, there] += columns[:, here.take(there)]
        numbers.append(here.tolist())

    def spelling(at: int) -> str:
        printed: dict[str, int] = {}
        for (part, docs), here in zip(hits, numbers, strict=True):
            if here[at] >= 0:
                for name, count in _spellings(part, docs, here[at]):
                    printed[name] = printed.get(name, 0) + count
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
        spelling=spelling,
    )


def _by_class(part: Part, docs: Array) -> Array:
    """Of each class occurrences and documents, first in the hits, then in all live documents; int64, four rows."""
    text = part.segment.text
    hits = _mask(part, docs)
    ends = np.asarray(text.posting_ends, np.int64)
    rows = np.zeros((4, len(ends)), np.int64)
    if part.live is None:
        rows[2] = np.diff(np.asarray(text.occurrence_ends, np.int64), prepend=0)
        rows[3] = np.diff(ends, prepend=0)
    first = begin = 0
    while first < len(ends):  # some classes at a time: all postings would take twenty times their size on disk
        timeout.check()
        stop = max(int(ends.searchsorted(begin + _PIECE, side="right")), first + 1)
        end = int(ends[stop - 1])
        owners, sizes = text.docs(begin, end), text.sizes(begin, end)
        starts = np.append(begin, ends[first : stop - 1]) - begin
        for row, mask in ((0, hits), (2, part.live)):
            if mask is not None:
                chosen = mask.take(owners)
                rows[row, first:stop] = np.add.reduceat(sizes * chosen, starts)
                rows[row + 1, first:stop] = np.add.reduceat(chosen, starts, dtype=np.int64)
        first, begin = stop, end
    return rows


def _spellings(part: Part, docs: Array, number: int) -> Iterator[tuple[str, int]]:
    """The spellings of a class in some documents, and how often each stands there."""
    segment = part.segment
    hits = _mask(part, docs)
    owners, positions = segment.text.places(number)
    first, _ = segment.form_range(number)
    forms = segment.arrays["stream"].take(positions.take(hits.take(owners).nonzero()[0]))
    counts = np.bincount(forms.astype(np.intp) - (first + 1))
    for form in counts.nonzero()[0].tolist():
        yield segment.forms[first + form], int(counts[form])
