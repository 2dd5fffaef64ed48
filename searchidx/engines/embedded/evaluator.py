"""A query tree to arrays: the whole answer at once, no posting touched by Python.

Every *leaf* (a word, a phrase, a wildcard …) finds its documents in each segment. From there on they are those of the
snapshot, numbered through all segments (`Whole`): so a leaf's document frequency is known, and the tree is put together
once, however many segments there are. It is made of two kinds of set: a `Sparse` one holds the numbers of its
documents, a `Dense` one a flag for each document. Both carry what scores them (`ranking`).

Deleted documents are taken out of the leaves, so nothing above them has to know; statistics count live documents only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from heapq import nsmallest
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import query as q

from searchidx.analysis import fold
from searchidx.engines import timeout
from searchidx.engines.bm25 import idf
from searchidx.engines.cache import cached
from searchidx.engines.contract import Sort, TopDocs
from searchidx.engines.embedded import malloc, pattern_expansion
from searchidx.engines.embedded.ranking import Bm25, Counts, Given, Known, Scores, Sum, best
from searchidx.engines.embedded.term_postings import (
    Part,
    frequencies,
    frequencies_of_any,
    phrase_places,
)
from searchidx.engines.reference.match import word_predicate
from searchidx.query.nodes import NODES, PATTERNS, STOP_OF_CALENDAR, to_day_interval
from searchidx.query.traversal import boost_of, is_text
from searchidx.schema import FIELDS, FieldKind, Level, split_level

__all__ = ["Evaluator"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

_MANY = {q.And, q.Or, q.DisjunctionMax}
_PAIRS = {q.AndNot, q.AndMaybe, q.Require}
_WORDS = (q.Term, q.Phrase, *PATTERNS)
_TEXTS = {name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT}
_RELEVANCE = Sort.RELEVANCE  # looking a member up takes longer than comparing it


class Sparse:
    """Documents by number, ascending; `scores` is None where all of them score 0, `positive` where none does."""

    __slots__ = ("docs", "positive", "scores")

    def __init__(self, docs: Array, scores: Scores | None = None, positive: bool = False) -> None:
        self.docs = docs
        self.scores = scores
        self.positive = positive

    def count(self) -> int:
        """How many documents there are."""
        return len(self.docs)


class Dense:
    """Documents by a flag for each; `scores`, where there are any, has a number for each document, 0 off the mask.

    Where no document scores 0 the mask may be left out. Of few documents `docs` holds each, in any order, so that
    nobody has to look for them among all.
    """

    __slots__ = ("_mask", "docs", "scores")

    def __init__(self, mask: Bools | None, scores: Floats | None = None, docs: Array | None = None) -> None:
        self._mask = mask
        self.scores = scores
        self.docs = docs

    @property
    def mask(self) -> Bools:
        if self._mask is None:
            assert self.scores is not None
            self._mask = self.scores > 0
        return self._mask

    def count(self) -> int:
        """How many documents there are."""
        if self.docs is not None:
            return len(self.docs)
        if self._mask is None:
            assert self.scores is not None
            return int(np.count_nonzero(self.scores.view(np.int32)))  # counts integers faster
        return int(np.count_nonzero(self._mask))

    def at(self, docs: Array) -> Bools:
        """Whether each of some documents is one."""
        if self._mask is None:
            assert self.scores is not None
            found: Bools = self.scores.take(docs) > 0
            return found
        return self._mask.take(docs)


class Filter:
    """Documents by a condition on their columns, computed for all of them or for some."""

    __slots__ = ("_test", "_width")

    def __init__(self, width: int, test: Callable[[Array | None], Bools]) -> None:
        self._width = width
        self._test = test

    @property
    def mask(self) -> Bools:
        return self._test(None)

    scores = None

    def count(self) -> int:
        """How many documents there are."""
        return int(np.count_nonzero(self.mask))

    def at(self, docs: Array) -> Bools:
        """The condition at some documents."""
        if len(docs) * 4 > self._width:
            return self.mask.take(docs)
        return self._test(docs)


Found = Sparse | Dense | Filter
_NO_DOCS = np.zeros(0, np.intp)
_NOTHING = Sparse(_NO_DOCS)


class Whole:
    """The documents of all parts of a snapshot, side by side: what a tree is put together over."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.count = sum(part.count for part in parts)
        self._columns: dict[str, Array] = {}

    @cached_property
    def live(self) -> Bools | None:
        """Whether each document is live, or None where all are."""
        if all(part.live is None for part in self.parts):
            return None
        return _joined([np.ones(part.count, np.bool_) if part.live is None else part.live for part in self.parts])

    @cached_property
    def norms(self) -> Floats:
        """What the length of each document does to its score."""
        return _joined([part.norms() for part in self.parts])

    @cached_property
    def numbers(self) -> Array:
        """0, 1, 2 … up to the number of documents."""
        return np.arange(self.count, dtype=np.int32)

    def column(self, name: str) -> Array:
        """A number of each document."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = _joined([part.segment.arrays[name] for part in self.parts])
        return found

    def docs(self, docs: Sequence[Array]) -> Array:
        """Some documents of each part, numbered as in the snapshot; they ascend where those do."""
        return _joined([each + part.first if part.first else each for each, part in zip(docs, self.parts, strict=True)])

    def split(self, docs: Array) -> list[tuple[Part, Array]]:
        """The reverse, of ascending ones: each part with its own."""
        if len(self.parts) == 1:
            return [(self.parts[0], docs)]
        bounds = docs.searchsorted([part.first for part in self.parts] + [self.count]).tolist()
        return [
            (part, docs[low:high] - part.first) for part, (low, high) in zip(self.parts, pairwise(bounds), strict=True)
        ]


def _joined(arrays: Sequence[Array]) -> Array:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else _NO_DOCS


class Evaluator:
    """Answers query trees over the parts of one snapshot."""

    def __init__(self, parts: Sequence[Part], live: int) -> None:
        self.parts = parts
        self.live = live
        self._whole = Whole(parts)
        malloc.raise_mmap_threshold()

    # -- answers -------------------------------------------------------------------------------------------------

    def matching(self, query: Any) -> list[tuple[Part, Array]]:
        """Each part with its documents that match, ascending; intp."""
        return self._whole.split(_docs(cached(self, query, self._evaluate)))

    def search(self, query: Any, limit: int | None, offset: int, sort: Sort) -> TopDocs:
        """One page of the answer to a query tree."""
        found = cached(self, query, self._evaluate)
        total = found.count()
        wanted = total if limit is None else min(total, offset + limit)
        if wanted <= offset:
            return TopDocs(total, (), ())
        if sort is _RELEVANCE:
            docs, scores = _top(found, self._whole, wanted)
            if offset:
                docs, scores = docs[offset:], scores[offset:]
            return TopDocs(total, docs.tolist(), scores.tolist())
        order = self._named if sort is Sort.HEADLINE else self._dated
        docs = order(_docs(found), wanted, sort)[offset:]
        return TopDocs(total, docs.tolist(), [0.0] * len(docs))

    def _dated(self, docs: Array, wanted: int, sort: Sort) -> Array:
        keys = _joined([part.moments(here) for part, here in self._whole.split(docs)])
        if sort is Sort.NEWEST:
            keys = -keys
        keys[keys == 0] = np.iinfo(np.int64).max  # undated: last in either order
        if wanted * 4 < len(docs):  # only what comes before the end of the page has to be in order
            places = (keys <= np.partition(keys, wanted - 1)[wanted - 1]).nonzero()[0]
            docs, keys = docs.take(places), keys.take(places)
        return docs.take(keys.argsort(kind="stable")[:wanted])

    def _named(self, docs: Array, wanted: int, sort: Sort) -> Array:
        keys: list[tuple[bool, str, int]] = []
        for part, here in self._whole.split(docs):
            headlines = part.segment.headlines
            timeout.check()
            for doc in here.tolist():
                key = fold(headlines[doc])
                keys.append((not key, key, part.first + doc))
        page = sorted(keys)[:wanted] if wanted * 16 > len(docs) else nsmallest(wanted, keys)
        return np.array([doc for _, _, doc in page], np.intp)

    # -- the tree ------------------------------------------------------------------------------------------------

    def _evaluate(self, query: Any) -> Found:
        """What a tree finds. Only its leaves look at the parts."""
        kind = type(query)
        if isinstance(query, _WORDS):
            field, level = split_level(query.fieldname)
            found = self._word(query, field, level) if field in _TEXTS else self._value(query, field)
            timeout.check(query)
            return found
        if kind in NODES:
            found = self._node(query)
            timeout.check(query)
            return found
        if kind in _MANY:
            children = query.subqueries
        elif kind in _PAIRS:
            children = (query.a, query.b)
        elif kind is q.Not:
            children = (query.query,)
        elif kind is q.ConstantScoreQuery:
            children = (query.child,)
        else:
            return self._column(query)
        return _join(query, kind, [self._evaluate(child) for child in children], self._whole)

    # -- leaves --------------------------------------------------------------------------------------------------

    def _column(self, query: Any) -> Found:
        if query is q.NullQuery:
            return _NOTHING
        kind = type(query)
        if kind is q.Every:
            return self._every(query.fieldname)
        if isinstance(query, q.DateRange):
            return _dates(query, self._whole)
        if kind is q.NumericRange:
            return _numbers(query, self._whole)
        raise TypeError(f"no engine evaluates {kind.__name__}")

    def _value(self, query: Any, field: str) -> Found:
        if field not in FIELDS:
            return _NOTHING
        if field == "precision":
            return _precision(query, self._whole)
        if field == "id":
            docs = [_ids(query, part) for part in self.parts]
        elif isinstance(query, PATTERNS):
            found = zip(pattern_expansion.expand(query, self.parts), self.parts, strict=True)
            docs = [_meta_union(numbers, part) for numbers, part in found]
        else:
            docs = [_meta(query, field, part) for part in self.parts]
        return Sparse(self._whole.docs(docs))

    def _word(self, query: Any, field: str, level: Level) -> Found:
        found: list[tuple[Array, Any]] = []
        if isinstance(query, PATTERNS):
            expanded = zip(self.parts, pattern_expansion.expand(query, self.parts), strict=True)
            found += [frequencies_of_any(numbers, field, level, part) for part, numbers in expanded]
        else:
            for part in self.parts:
                found.append(frequencies(query, field, level, part))
        return self._scored(found, float(query.boost))

    def _node(self, query: Any) -> Found:
        if not is_text(query):
            words = zip(*(self._numbers_of(word) for word in query.words), strict=True)
            docs = [_meta_adjacent(numbers, part) for part, numbers in zip(self.parts, words, strict=True)]
            return Sparse(self._whole.docs(docs))
        from searchidx.engines.embedded import proximity  # most queries have no such node

        work = proximity.Work(self.parts)
        found = [proximity.frequencies(query, part, work) for part in self.parts]
        return self._scored([(docs, Known(weights)) for docs, weights, _ in found], boost_of(query))

    def _numbers_of(self, word: Any) -> Sequence[Sequence[int]]:
        """Of a word of the other fields or a pattern, in each part, the numbers of what it stands for."""
        if isinstance(word, PATTERNS):
            return pattern_expansion.expand(word, self.parts)
        found = [part.segment.meta_classes.find(f"{word.fieldname}\x1f{word.text}") for part in self.parts]
        return [[number] if number >= 0 else [] for number in found]

    def _scored(self, found: Sequence[tuple[Array, Any]], boost: float) -> Sparse:
        """Documents and weighted frequencies of a leaf in each part, scored by how rare it is in all of them."""
        if len(found) > 1:
            found = [
                (self._whole.docs([docs for docs, _ in found]), _weights([each for docs, each in found if len(docs)]))
            ]
        docs, weights = found[0] if found else (_NO_DOCS, Known(np.zeros(0, np.float32)))
        factor = boost * idf(self.live, len(docs))
        return Sparse(docs, Bm25(weights, factor), factor > _TINY)

    def _every(self, field: str | None) -> Found:
        whole = self._whole
        base = None if field is None else split_level(field)[0]
        if base is None or base in ("id", "words"):
            return Dense(np.ones(whole.count, np.bool_) if whole.live is None else whole.live)
        if base not in FIELDS:
            return _NOTHING
        if base in ("date", "precision"):
            mask = whole.column("day_start") > 0
        elif base in _TEXTS:
            zones = (base,) if base in ("headline", "body") else ("headline", "body")
            mask = np.logical_or.reduce([whole.column(f"{zone}_words") > 0 for zone in zones])
        else:
            mask = np.zeros(whole.count, np.bool_)
            for part in self.parts:
                meta, names = part.segment.meta, part.segment.meta_classes
                for number in names.prefix(f"{base}\x1f"):
                    mask[meta.docs(*meta.postings(number)) + part.first] = True
        return Dense(mask if whole.live is None else mask & whole.live)


def _weights(lists: Sequence[Any]) -> Any:
    """The weighted frequencies of some lists, one after the other."""
    if set(map(type, lists)) == {Counts}:
        return Counts.joined(lists)
    return Known(_joined([each.values() for each in lists]))


def _live(docs: Array, part: Part) -> Array:
    """The live ones of some documents."""
    keep = part.keep_live(docs)
    return docs if keep is None else docs.take(keep)


def _meta(query: Any, field: str, part: Part) -> Array:
    """The documents of a word or phrase of the other fields."""
    segment = part.segment
    names = segment.meta_classes
    words = query.words if isinstance(query, q.Phrase) else [query.text]
    numbers = [names.find(f"{field}\x1f{word}") for word in words]
    if len(numbers) < 2 or min(numbers) < 0:
        return _meta_union(numbers if numbers and min(numbers) >= 0 else (), part)
    docs, _ = phrase_places(segment.meta, list(map(segment.meta.spec, numbers)), query.slop)
    return _live(np.unique(docs), part)


def _meta_union(numbers: Sequence[int], part: Part) -> Array:
    """The documents of any of some words of the other fields."""
    if not numbers:
        return _NO_DOCS
    meta = part.segment.meta
    lists = [meta.docs(*meta.postings(n)) for n in numbers]
    return _live(lists[0] if len(lists) == 1 else np.unique(np.concatenate(lists)), part)


def _meta_adjacent(words: Sequence[Sequence[int]], part: Part) -> Array:
    """The documents that have words of the other fields side by side, in order: of each, any of some."""
    if not all(words):
        return _NO_DOCS
    meta = part.segment.meta
    docs, positions = (np.concatenate(each) for each in zip(*map(meta.places, words[0]), strict=True))
    for n, numbers in enumerate(words[1:], 1):
        found = meta.stream.take(positions + n, mode="clip")
        keep = np.isin(found, np.array(numbers) + 1).nonzero()[0]
        docs, positions = docs.take(keep), positions.take(keep)
    return _live(np.unique(docs), part)


def _ids(query: Any, part: Part) -> Array:
    """The documents of an id, or of a pattern of ids."""
    segment = part.segment
    if isinstance(query, q.Term) or (isinstance(query, q.Phrase) and len(query.words) == 1):
        found = sorted(segment.find(query.text if isinstance(query, q.Term) else query.words[0]))
    elif isinstance(query, q.Phrase):
        return _NO_DOCS
    else:
        found = pattern_expansion.matching(query, segment.ids, range(segment.count), ordered=False)
    return _live(np.array(found, np.intp), part)


_TINY = 1e-25
"""A factor above it gives no score that float32 would call 0."""


# -- columns -----------------------------------------------------------------------------------------------------


def _dates(query: Any, whole: Whole) -> Found:
    """Documents whose interval of local days meets the one asked for."""
    asked = to_day_interval(query)
    start, stop = asked.start, asked.stop
    if start >= stop:
        return _NOTHING
    starts, stops, lives = whole.column("day_start"), whole.column("day_stop"), whole.live

    def test(docs: Array | None) -> Bools:
        begin, end, live = starts, stops, lives
        if docs is not None:
            begin, end = begin.take(docs), end.take(docs)
            live = None if live is None else live.take(docs)
        mask = end > start
        if stop < STOP_OF_CALENDAR:
            mask &= begin < stop
        if live is not None:
            mask &= live
        return mask

    return Filter(whole.count, test)


def _numbers(query: Any, whole: Whole) -> Found:
    if query.fieldname != "words":
        return _NOTHING
    words = whole.column("headline_words").astype(np.int64) + whole.column("body_words")
    mask = np.ones(whole.count, np.bool_) if whole.live is None else whole.live.copy()
    if query.start is not None:
        mask &= words > query.start if query.startexcl else words >= query.start
    if query.end is not None:
        mask &= words < query.end if query.endexcl else words <= query.end
    return Dense(mask)


_PRECISIONS = {"year": 1, "month": 2, "day": 3, "time": 4}


def _precision(query: Any, whole: Whole) -> Found:
    """Documents whose date is known at least as exactly as a level that the query names."""
    if isinstance(query, (q.Term, q.Phrase)):
        words = [query.text] if isinstance(query, q.Term) else query.words
        levels = [_PRECISIONS[word] for word in words if word in _PRECISIONS and len(words) == 1]
    else:
        test = word_predicate(query)
        levels = [n for word, n in _PRECISIONS.items() if test(word)]
    if not levels:
        return _NOTHING
    mask = whole.column("precision") >= min(levels)
    return Dense(mask if whole.live is None else mask & whole.live)


# -- sets --------------------------------------------------------------------------------------------------------


def _join(query: Any, kind: type, found: Sequence[Found], whole: Whole) -> Found:
    """What a node makes of what its children found; scores are summed in the order of the children."""
    boost = float(getattr(query, "boost", 1.0))
    if kind is q.And:
        return _and(found, whole, boost)
    if kind is q.Or:
        return _or(found, whole, boost)
    if kind is q.Not:
        return _not(found[0], whole)
    if kind is q.AndNot:
        return _and([found[0], _not(found[1], whole)], whole, boost)
    if kind is q.Require:
        return _and([found[0], _unscored(found[1])], whole, boost)
    if kind is q.AndMaybe:
        return _and_maybe(found[0], found[1], whole, boost)
    if kind is q.DisjunctionMax:
        return _or(found, whole, boost, tiebreak=float(query.tiebreak))
    return _constant(found[0], float(query.score) * boost)


def _top(found: Found, whole: Whole, wanted: int) -> tuple[Array, Floats]:
    """The best documents, best first, and their scores."""
    if found.scores is None:
        docs = _docs(found)[:wanted]
        values = np.zeros(len(docs), np.float32)
    elif isinstance(found, Sparse):
        at, values = best(found.scores.values(whole.norms.take(found.docs)), wanted)
        docs = found.docs.take(at)
    elif found.docs is not None:
        at, values = best(found.scores.take(found.docs), wanted, found.docs)
        docs = found.docs.take(at)
    else:
        docs, values = best(found.scores, wanted)
        if not values.all():  # some that match may score 0, as those off the mask do
            docs = found.mask.nonzero()[0]
            at, values = best(found.scores.take(docs), wanted)
            docs = docs.take(at)
    return docs, values


def _docs(found: Found) -> Array:
    return found.docs if isinstance(found, Sparse) else found.mask.nonzero()[0]


def _unscored(found: Found) -> Found:
    return Sparse(found.docs) if isinstance(found, Sparse) else Dense(found.mask)


def _not(found: Found, whole: Whole) -> Filter | Dense:
    if isinstance(found, Sparse):
        mask = np.ones(whole.count, np.bool_) if whole.live is None else whole.live.copy()
        mask[found.docs] = False
        return Dense(mask)
    return Dense(~found.mask if whole.live is None else ~found.mask & whole.live)


def _and(found: Sequence[Found], whole: Whole, boost: float) -> Found:
    sparse = [each for each in found if isinstance(each, Sparse)]
    if not found:
        return _NOTHING
    if not sparse:
        mask = found[0].mask  # type: ignore[union-attr]
        for each in found[1:]:
            timeout.check()
            mask = mask & each.mask  # type: ignore[union-attr]
        total: Floats | None = None
        for each in found:
            if isinstance(each, Dense) and each.scores is not None:
                total = each.scores if total is None else total + each.scores
        if total is not None:
            total = total * mask if boost == 1.0 else total * mask * np.float32(boost)
        return Dense(mask, total)
    # From the shortest on: what is left, and where it stands in each list so far.
    if len(sparse) > 1:
        sparse.sort(key=Sparse.count)
    docs = sparse[0].docs
    places: list[Array | None] = [None]
    for each in sparse[1:]:
        timeout.check()
        here, there = _meet(docs, each.docs, whole)
        docs = docs.take(here)
        places = [here if at is None else at.take(here) for at in places]
        places.append(there)
    for each in found if len(sparse) < len(found) else ():
        if not isinstance(each, Sparse):
            timeout.check()
            keep = each.at(docs).nonzero()[0]
            docs = docs.take(keep)
            places = [keep if at is None else at.take(keep) for at in places]
    scores: list[tuple[Scores, Array | None]] = []
    for each in found:
        if each.scores is None:
            continue
        if isinstance(each, Sparse):
            scores.append((each.scores, places[sparse.index(each)]))
        else:
            scores.append((Given(each.scores.take(docs)), None))
    if not scores:
        return Sparse(docs)
    return Sparse(docs, Sum(scores, boost), boost > 0 and any(each.positive for each in sparse))


def _meet(few: Array, many: Array, whole: Whole) -> tuple[Array, Array]:
    """Where two ascending lists meet: the places in the first (not longer), and in the second."""
    if len(many) > 8 * len(few):
        at: Array = many.searchsorted(few)
    else:
        # A table that nothing has cleared: what it says is believed where the second list confirms it.
        table = np.empty(whole.count, np.int32)
        table[many] = whole.numbers[: len(many)]
        at = table.take(few)
    here = (many.take(at, mode="clip") == few).nonzero()[0]
    return here, at.take(here)


def _values(found: Found, whole: Whole) -> Floats | None:
    """The scores of a set's documents, in order, or None where they are all 0."""
    if isinstance(found, Sparse):
        return None if found.scores is None else found.scores.values(whole.norms.take(found.docs))
    return None if found.scores is None else found.scores[found.mask]


def _or(found: Sequence[Found], whole: Whole, boost: float, tiebreak: float | None = None) -> Found:
    if not found:
        return _NOTHING
    if len(found) == 1 and boost == 1.0:
        return found[0]
    scored = [each for each in found if type(each) is Sparse and each.positive]
    if tiebreak is None and boost > 0 and len(scored) == len(found):
        # Words, as nearly always: no score is 0, so the scores tell which documents there are.
        total = np.zeros(whole.count, np.float32)
        few = sum([len(each.docs) for each in scored]) * 4 < whole.count
        lists: list[Array] = []
        for each in scored:
            docs = each.docs
            values = each.scores.values(whole.norms.take(docs))  # type: ignore[union-attr]
            if not lists:
                total[docs] = values
            elif few:
                before = total.take(docs)
                total[docs] = before + values
                docs = docs.take((before == 0).nonzero()[0])
            else:
                np.add.at(total, docs, values)
            lists.append(docs)
        if boost != 1.0:
            total *= np.float32(boost)
        return Dense(None, total, np.concatenate(lists) if few else None)
    mask = np.zeros(whole.count, np.bool_)
    sums: Floats | None = None
    greatest = np.zeros(whole.count, np.float32)
    for other in found:
        docs = _docs(other)
        mask[docs] = True
        values_here = _values(other, whole)
        if values_here is None:
            continue
        if sums is None:
            sums = np.zeros(whole.count, np.float32)
        sums[docs] += values_here
        if tiebreak is not None:
            greatest[docs] = np.maximum(greatest.take(docs), values_here)
    if sums is not None and tiebreak is not None:
        sums = greatest if tiebreak == 0 else greatest + np.float32(tiebreak) * (sums - greatest)
    if sums is not None and boost != 1.0:
        sums = sums * np.float32(boost)
    return Dense(mask, sums)


def _and_maybe(must: Found, may: Found, whole: Whole, boost: float) -> Found:
    docs = _docs(must)
    values = _values(must, whole)
    total = np.zeros(len(docs), np.float32) if values is None else values.copy()
    extra = _values(may, whole)
    if extra is not None:
        wide = np.zeros(whole.count, np.float32)
        wide[_docs(may)] = extra
        total += wide.take(docs)
    return Sparse(docs, Given(total * np.float32(boost)))


def _constant(found: Found, score: float) -> Found:
    docs = _docs(found)
    return Sparse(docs, Given(np.full(len(docs), score, np.float32)))
