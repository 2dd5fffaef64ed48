"""Documents by fields other than the text: ids, words and values of fields, dates, numbers. None of them score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from whoosh import query as q
from whoosh.query import Query

from searchidx.engines.embedded.array_types import Bools, Ints
from searchidx.engines.embedded.doc_sets import NO_DOCS, AllDocs, DocBitset, DocFilter, DocIdList, DocSet
from searchidx.engines.embedded.pattern_expansion import expand_to_numbers, match_strings
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.term_postings import phrase_occurrences
from searchidx.engines.reference.match import word_predicate
from searchidx.query.nodes import (
    PATTERNS,
    STOP_OF_CALENDAR,
    Adjacent,
    ArticleSet,
    Phrase,
    WholeValue,
    WordNode,
    to_day_interval,
)
from searchidx.schema import FIELDS, FieldKind, count_steps, split_level, whole_value

_PRECISIONS = {"year": 1, "month": 2, "day": 3, "time": 4}


def match_value(query: WordNode | q.Phrase, field: str, every: AllDocs) -> DocSet:
    """The documents of a word, phrase or pattern in a field."""
    if field not in FIELDS:
        return NO_DOCS
    if field == "precision":
        return _match_precision(query, every)
    if field == "id":
        docs = [_match_id(query, view) for view in every.views]
    elif isinstance(query, PATTERNS):
        numbers = zip(expand_to_numbers(query, every.views), every.views, strict=True)
        docs = [_union_terms(terms, view) for terms, view in numbers]
    else:
        docs = [_match_words(query, field, view) for view in every.views]
    return DocIdList(every.join(docs))


def match_adjacent(query: Adjacent, every: AllDocs) -> DocSet:
    """The documents with words of a field side by side, patterns among them."""
    words = zip(*(_word_numbers(word, every.views) for word in query.words), strict=True)
    docs = [_match_sequence(numbers, view) for view, numbers in zip(every.views, words, strict=True)]
    return DocIdList(every.join(docs))


def match_column(query: Query, every: AllDocs) -> DocSet:
    """The documents of a range of dates or numbers, or of `Every`."""
    if query is q.NullQuery:
        return NO_DOCS
    if isinstance(query, q.Every):
        return _match_every(query.fieldname, every)
    if isinstance(query, q.DateRange):
        return _match_dates(query, every)
    if isinstance(query, q.NumericRange):
        return _match_numbers(query, every)
    if isinstance(query, WholeValue):
        return DocIdList(every.join([_match_whole_value(query, view) for view in every.views]))
    if isinstance(query, ArticleSet):
        return DocIdList(np.asarray(query.docs, np.intp))
    raise TypeError(f"no engine evaluates {type(query).__name__}")


# -- words of fields ---------------------------------------------------------------------------------------------------


def _live(docs: Ints, view: SegmentView) -> Ints:
    keep = view.live_indices(docs)
    return docs if keep is None else docs.take(keep)


def _word_numbers(word: WordNode, views: Sequence[SegmentView]) -> Sequence[Sequence[int]]:
    """The numbers in each segment of the terms that a word or pattern stands for."""
    if isinstance(word, PATTERNS):
        return expand_to_numbers(word, views)
    found = [view.segment.meta_terms.find(f"{word.fieldname}\x1f{word.text}") for view in views]
    return [[number] if number >= 0 else [] for number in found]


def _match_words(query: q.Term | q.Phrase, field: str, view: SegmentView) -> Ints:
    meta, names = view.segment.meta, view.segment.meta_terms
    words = query.words if isinstance(query, q.Phrase) else [query.text]
    terms = [names.find(f"{field}\x1f{word}") for word in words]
    if len(terms) < 2 or min(terms) < 0:
        return _union_terms(terms if terms and min(terms) >= 0 else (), view)
    slop = query.slop if isinstance(query, q.Phrase) else 1
    docs, _ = phrase_occurrences(meta, list(map(meta.all_forms, terms)), slop)
    return _live(np.unique(docs), view)


def _union_terms(terms: Sequence[int], view: SegmentView) -> Ints:
    """The documents with any of some terms."""
    if not terms:
        return NO_DOCS.docs
    meta = view.segment.meta
    lists = [meta.docs(*meta.posting_range(term)) for term in terms]
    return _live(lists[0] if len(lists) == 1 else np.unique(np.concatenate(lists)), view)


def _match_whole_value(query: WholeValue, view: SegmentView) -> Ints:
    """The documents with a whole value: of those with its words side by side, read their values."""
    field, segment = query.fieldname, view.segment
    words = [query.value] if field == "language" else query.value.split(" ")
    docs = _match_words(Phrase(field, words), field, view)
    if not len(docs):
        return docs
    _, numbers, owners = segment.field_values(field)
    at = view.doc_mask(docs).take(owners).nonzero()[0]
    numbers, owners = numbers.take(at), owners.take(at)
    wanted = [each for each in np.unique(numbers).tolist() if whole_value(field, segment.value(each)) == query.value]
    return np.unique(owners[np.isin(numbers, wanted)])


def _match_sequence(words: Sequence[Sequence[int]], view: SegmentView) -> Ints:
    """The documents with terms side by side; each word is any of some terms."""
    if not all(words):
        return NO_DOCS.docs
    meta = view.segment.meta
    docs, positions = (np.concatenate(each) for each in zip(*map(meta.read_occurrences, words[0]), strict=True))
    for n, terms in enumerate(words[1:], 1):
        found = meta.forward_index.take(positions + n, mode="clip")
        keep = np.isin(found, np.array(terms) + 1).nonzero()[0]
        docs, positions = docs.take(keep), positions.take(keep)
    return _live(np.unique(docs), view)


def _match_id(query: WordNode | q.Phrase, view: SegmentView) -> Ints:
    if isinstance(query, q.Term):
        docs = sorted(view.ids.find(query.text))
    elif isinstance(query, q.Phrase):
        docs = sorted(view.ids.find(query.words[0])) if len(query.words) == 1 else []
    else:
        docs = match_strings(query, view.ids.strings, range(view.count), is_sorted=False)
    return _live(np.array(docs, np.intp), view)


# -- columns -----------------------------------------------------------------------------------------------------------


def _match_every(fieldname: str | None, every: AllDocs) -> DocSet:
    """The documents that have a field; all for None."""
    field = None if fieldname is None else split_level(fieldname)[0]
    if field is None or field in ("id", "words"):
        return DocBitset(every.live_mask() if every.live is None else every.live)
    if field not in FIELDS:
        return NO_DOCS
    if field == "ocr":
        mask = every.column("ocr") > 0
    elif field in ("date", "precision"):
        mask = every.column("day_start") > 0
    elif FIELDS[field].kind is FieldKind.TEXT:
        zones = (field,) if field in ("headline", "body") else ("headline", "body")
        mask = np.logical_or.reduce([every.column(f"{zone}_words") > 0 for zone in zones])
    else:
        mask = np.zeros(every.count, np.bool_)
        for view in every.views:
            meta = view.segment.meta
            for term in view.segment.meta_terms.prefix_range(f"{field}\x1f"):
                mask[meta.docs(*meta.posting_range(term)) + view.first] = True
    return DocBitset(every.keep_live(mask))


def _match_dates(query: q.DateRange, every: AllDocs) -> DocSet:
    """The documents whose interval of local days meets that of the query."""
    wanted = to_day_interval(query)
    if wanted.start >= wanted.stop:
        return NO_DOCS
    starts, stops, lives = every.column("day_start"), every.column("day_stop"), every.live

    def test(docs: Ints | None) -> Bools:
        begin, end, live = starts, stops, lives
        if docs is not None:
            begin, end = begin.take(docs), end.take(docs)
            live = None if live is None else live.take(docs)
        mask: Bools = end > wanted.start
        if wanted.stop < STOP_OF_CALENDAR:
            mask &= begin < wanted.stop
        if live is not None:
            mask &= live
        return mask

    return DocFilter(every.count, test)


def _match_numbers(query: q.NumericRange, every: AllDocs) -> DocSet:
    """The documents by their number of words, or by the confidence of their scanned words."""
    mask = every.live_mask()
    if query.fieldname == "words":
        values = every.column("headline_words").astype(np.int64) + every.column("body_words")
    elif query.fieldname == "ocr":
        values = every.column("ocr").astype(np.int64) - 1
        mask &= values >= 0
    else:
        return NO_DOCS
    if query.start is not None:
        start = count_steps(query.fieldname, query.start)
        mask &= values > start if query.startexcl else values >= start
    if query.end is not None:
        end = count_steps(query.fieldname, query.end)
        mask &= values < end if query.endexcl else values <= end
    return DocBitset(mask)


def _match_precision(query: WordNode | q.Phrase, every: AllDocs) -> DocSet:
    """The documents whose date is at least as precise as a level that the query names."""
    if isinstance(query, (q.Term, q.Phrase)):
        words = [query.text] if isinstance(query, q.Term) else query.words
        levels = [_PRECISIONS[word] for word in words if word in _PRECISIONS and len(words) == 1]
    else:
        test = word_predicate(query)
        levels = [n for word, n in _PRECISIONS.items() if test(word)]
    if not levels:
        return NO_DOCS
    return DocBitset(every.keep_live(every.column("precision") >= min(levels)))
