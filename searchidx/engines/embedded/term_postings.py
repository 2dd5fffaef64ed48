"""Where the words of a query stand in the documents of a part: terms, phrases, patterns; and how often.

What is found of a word are its live documents and their weighted frequencies; of an occurrence, its document and its
position in the stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh import query as q

from searchidx import analysis
from searchidx.engines.bm25 import HEADLINE_WEIGHT, K1, B
from searchidx.engines.embedded.pattern_expansion import spec_of
from searchidx.engines.embedded.ranking import Counts, Known, Zone
from searchidx.engines.embedded.segment import Inverted, Segment, Spec
from searchidx.query.nodes import PATTERNS
from searchidx.schema import Level

__all__ = [
    "Part",
    "count_places",
    "frequencies",
    "frequencies_of_any",
    "in_zone",
    "occurrences",
    "phrase_places",
    "stands",
]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

_STEM, _FOLDED, _PRINTED = Level  # looking a member up takes longer than comparing it
_ZONES = {"text": (HEADLINE_WEIGHT, 1.0), "headline": (HEADLINE_WEIGHT, 0.0), "body": (0.0, 1.0)}
"""What an occurrence in the headline and one in the body count, by field."""
_WEIGHTS = np.array([1.0, HEADLINE_WEIGHT], np.float32)
_NO_PLACES = np.zeros(0, np.intp)
_EMPTY: tuple[Array, Any] = (_NO_PLACES, Known(np.zeros(0, np.float32)))


class _Zones(dict[str, Zone]):
    """What postings weigh in each field, made when it is first asked for."""

    def __init__(self, inverted: Inverted) -> None:
        self._inverted = inverted

    def __missing__(self, field: str) -> Zone:
        found = self[field] = Zone(self._inverted, *_ZONES[field])
        return found


class Part:
    """A segment as one snapshot sees it: with the deletions of that commit, and the snapshot's statistics."""

    def __init__(self, segment: Segment, first: int, live: Bools | None, mean: float) -> None:
        self.segment = segment
        self.first = first  # the number of its first document in the snapshot
        self.live = live
        self.count = segment.count
        self._mean = mean
        self.zones = _Zones(segment.text)

    def norms(self) -> Floats:
        """K1 · (1 - B + B · len / mean len), of each document."""
        norms = self.segment.arrays["headline_words"] * np.float64(HEADLINE_WEIGHT)
        norms += self.segment.arrays["body_words"]
        norms *= B / (self._mean or 1.0)
        norms += 1 - B
        norms *= K1
        return norms.astype(np.float32)

    def keep_live(self, docs: Array) -> Array | None:
        """The places of the live ones among `docs`, or None where all are."""
        if self.live is None:
            return None
        alive = self.live.take(docs)
        return None if alive.all() else alive.nonzero()[0]

    @cached_property
    def live_forms(self) -> memoryview:
        """Of each form, how many before it stand in a live document; one more: how many all told. Needs deletions."""
        arrays = self.segment.arrays
        stream = arrays["stream"]
        starts = np.append(arrays["doc_starts"].astype(np.intp), len(stream))
        lives = np.zeros(len(self.segment.forms) + 1, np.intp)
        lives[stream[starts[0] :][np.repeat(self.live, np.diff(starts))]] = 1  # type: ignore[arg-type]
        lives[0] = 0
        return memoryview(lives.cumsum())  # type: ignore[arg-type]

    def moments(self, docs: Array) -> Array:
        """What sorting some documents by date compares: first local day and local time, as one number; 0 undated."""
        arrays = self.segment.arrays
        days, times = arrays["day_start"].take(docs).astype(np.int64), arrays["time"].take(docs).astype(np.int64)
        moments: Array = (days << 37) + np.maximum(times - 1, 0)  # a day has fewer microseconds than 2^37
        return moments


def frequencies(query: Any, field: str, level: Level, part: Part) -> tuple[Array, Any]:
    """The live documents of a leaf of the text in one part, and their weighted frequencies."""
    if isinstance(query, q.Term) and level is _STEM and field in _ZONES:
        number = part.segment.classes.find(query.text)
        return _EMPTY if number < 0 else _counted(number, field, part)
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        return _tally(*_phrase_of(query, level, part), field, level, part)
    spec = _spec(part.segment, _word(query), level)
    return _EMPTY if spec is None else _one(spec, field, level, part)


def frequencies_of_any(numbers: Sequence[int], field: str, level: Level, part: Part) -> tuple[Array, Any]:
    """The same of several words of the vocabulary of a level, as if they were one."""
    specs = _specs_of(numbers, level, part)
    if len(specs) < 2:
        return _one(specs[0], field, level, part) if specs else _EMPTY
    total = np.zeros(part.count, np.float32)
    for spec in specs:
        docs, weights = _one(spec, field, level, part)
        total[docs] += weights.values()
    docs = total.nonzero()[0]
    return docs, Known(total.take(docs))


def _specs_of(numbers: Sequence[int], level: Level, part: Part) -> list[Spec]:
    """What several words of a vocabulary mean, neighbouring forms of a class as one: often they are all of it."""
    text = part.segment.text
    found: list[Spec] = []
    for spec in sorted([spec_of(number, level, part.segment) for number in numbers], key=itemgetter(1)):
        if found and (found[-1].number, found[-1].high) == (spec.number, spec.low):
            whole = text.spec(spec.number)
            low = found[-1].low
            found[-1] = Spec(spec.number, low, spec.high, (low, spec.high) == (whole.low, whole.high))
        else:
            found.append(spec)
    return found


def _word(query: Any) -> str:
    """The word of a term, or of a phrase of one."""
    text: str = query.text if isinstance(query, q.Term) else "".join(query.words)
    return text


def _spec(segment: Segment, text: str, level: Level) -> Spec | None:
    """What a word means in a segment, or None where it does not occur."""
    if level is _STEM:
        number = segment.classes.find(text)
        return None if number < 0 else segment.text.spec(number)
    number = segment.folded.find(text if level is _FOLDED else analysis.fold(text))
    if number < 0:
        return None
    if level is _FOLDED:
        return segment.folded_spec(number)
    wanted = text.encode()
    for form in range(*segment.folded_forms(number)):
        if segment.forms.raw(form) == wanted:
            return spec_of(form, level, segment)
    return None


def _one(spec: Spec, field: str, level: Level, part: Part) -> tuple[Array, Any]:
    if spec.is_class and field in _ZONES and level is not _PRINTED:
        return _counted(spec.number, field, part)
    docs, positions = _places(part.segment.text, spec)
    return _tally(docs, positions, field, level, part)


def _counted(number: int, field: str, part: Part) -> tuple[Array, Any]:
    """The live documents of a class in a zone, and their weighted frequencies, which its postings know."""
    weights: Known | Counts
    if field == "headline":
        docs, counts = part.segment.in_headlines(number)
        weights = Known(counts * _WEIGHTS[1])
    else:
        docs, weights = part.zones[field].postings(number)
        if field == "body":
            some = weights.nonzero()
            docs, weights = docs.take(some), weights.take(some)
    if part.live is not None and (at := part.keep_live(docs)) is not None:
        docs, weights = docs.take(at), weights.take(at)
    return docs, weights


def stands(query: Any, field: str, level: Level, part: Part, numbers: Sequence[int]) -> tuple[Array, Array, Array]:
    """The occurrences of a leaf of the text in live documents: document, first and last position; intp, ascending.

    `numbers` are the words of the vocabulary that a pattern stands for.
    """
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        if query.slop != 1:
            raise TypeError("no engine looks for a phrase with gaps near something")
        docs, last = _phrase_of(query, level, part)
        length = len(query.words)
    else:
        found = [_places(part.segment.text, spec) for spec in _specs(query, level, part, numbers)]
        docs, last = found[0] if found else (_NO_PLACES, _NO_PLACES)
        if len(found) > 1:
            docs, last = (np.concatenate(column) for column in zip(*found, strict=True))
            order = last.argsort(kind="stable")
            docs, last = docs.take(order), last.take(order)
        length = 1
    docs, last, _ = in_zone(docs, last, field, level, part)
    return docs, last - (length - 1), last


def count_places(query: Any, level: Level, part: Part, numbers: Sequence[int]) -> int:
    """How many places `stands` looks at."""
    if isinstance(query, q.Phrase) and len(query.words) > 1:
        words = [_spec(part.segment, word, level) for word in query.words]
        return 0 if None in words else min(_size(word, part) for word in words if word is not None)
    return sum(_size(spec, part) for spec in _specs(query, level, part, numbers))


def _size(spec: Spec, part: Part) -> int:
    first, stop = part.segment.text.occurrences(spec.number)
    return int(stop - first)


def _specs(query: Any, level: Level, part: Part, numbers: Sequence[int]) -> list[Spec]:
    """What a leaf that is no phrase of several words looks for."""
    if isinstance(query, PATTERNS):
        return _specs_of(numbers, level, part)
    spec = _spec(part.segment, _word(query), level)
    return [] if spec is None else [spec]


def _phrase_of(query: Any, level: Level, part: Part) -> tuple[Array, Array]:
    """The places of a phrase: document and position of its last word."""
    specs: list[Spec] = []
    for word in query.words:
        spec = _spec(part.segment, word, level)
        if spec is None:
            return _NO_PLACES, _NO_PLACES
        specs.append(spec)
    return phrase_places(part.segment.text, specs, query.slop)


def _places(inverted: Inverted, spec: Spec) -> tuple[Array, Array]:
    """Each occurrence of a word in a segment: its document and its position in the stream; intp, ascending."""
    docs, positions = inverted.places(spec.number)
    if not spec.is_class:
        keep = spec.stands(inverted.stream.take(positions)).nonzero()[0]
        docs, positions = docs.take(keep), positions.take(keep)
    return docs, positions


def phrase_places(inverted: Inverted, specs: Sequence[Spec], slop: int) -> tuple[Array, Array]:
    """The places of a phrase: document and position of its last word.

    Starts from the rarest word and looks in the stream for the others: no positions are merged. Empty slots part zones
    and documents, so nothing has to be asked about them; documents are looked up at the end, for what is left.
    """
    if slop != 1:
        return _loose_phrase(inverted, specs, slop)
    ends = inverted.occurrence_ends
    sizes = [ends[spec.number] - (ends[spec.number - 1] if spec.number else 0) for spec in specs]
    order = sorted(range(len(specs)), key=sizes.__getitem__)
    rarest = order[0]
    docs, counts, begins = inverted.spread(specs[rarest].number)
    total = len(begins)
    if rarest:
        begins -= rarest  # below 0 where the stream begins: the empty slot there is no first word
    kept: Array | None = None
    if not specs[rarest].is_class:
        order.append(rarest)
    for n in order[1:]:
        keep = specs[n].stands(inverted.stream[n:].take(begins, mode="clip")).nonzero()[0]
        begins = begins.take(keep)
        kept = keep if kept is None else kept.take(keep)
    if kept is None or len(kept) * 8 + 1000 > total:
        docs = docs.repeat(counts)
        docs = docs if kept is None else docs.take(kept)
    else:
        docs = docs.take(counts.cumsum().searchsorted(kept, side="right"))
    return docs, begins + (len(specs) - 1)


def _loose_phrase(inverted: Inverted, specs: Sequence[Spec], slop: int) -> tuple[Array, Array]:
    """In order, each word at most `slop` positions after the one before, in the same zone."""
    gaps = np.flatnonzero(inverted.stream == 0)
    docs, positions = _places(inverted, specs[0])
    for spec in specs[1:]:
        if not len(positions):
            break
        next_docs, next_positions = _places(inverted, spec)
        before = positions.searchsorted(next_positions) - 1
        last = positions.take(before, mode="clip")
        near = (before >= 0) & (next_positions - last <= slop)
        near &= gaps.searchsorted(last) == gaps.searchsorted(next_positions)
        keep = near.nonzero()[0]
        docs, positions = next_docs.take(keep), next_positions.take(keep)
    return docs, positions


def occurrences(part: Part, field: str, level: Level, text: str) -> tuple[Array, Array]:
    """Where one word stands in the live documents of a part, in the zone of a field: documents and positions; intp."""
    spec = _spec(part.segment, text, level)
    if spec is None:
        return _NO_PLACES, _NO_PLACES
    docs, positions = _places(part.segment.text, spec)
    return in_zone(docs, positions, field, level, part)[:2]


def in_zone(docs: Array, positions: Array, field: str, level: Level, part: Part) -> tuple[Array, Array, Bools]:
    """Those of some occurrences that a field and level look at, of live documents; and which are in the headline."""
    segment = part.segment
    in_headline = positions < segment.headline_ends.take(docs)
    keep: Bools | None = None
    if field == "headline":
        keep = in_headline
    elif field == "body":
        keep = ~in_headline
    elif field == "lead":
        keep = positions < segment.lead_stops.take(docs)
    if level is _PRINTED:
        shouts = in_headline & segment.arrays["shouting"].take(docs).view(np.bool_)
        keep = ~shouts if keep is None else keep & ~shouts
    if part.live is not None:
        alive = part.live.take(docs)
        keep = alive if keep is None else keep & alive
    if keep is None:
        return docs, positions, in_headline
    at = keep.nonzero()[0]
    return docs.take(at), positions.take(at), in_headline.take(at)


def _tally(docs: Array, positions: Array, field: str, level: Level, part: Part) -> tuple[Array, Any]:
    """Occurrences (ascending) to live documents and their weighted frequencies, in the zone of a field."""
    docs, _, in_headline = in_zone(docs, positions, field, level, part)
    if not len(docs):
        return _EMPTY
    weights = _WEIGHTS.take(in_headline)
    first = np.empty(len(docs), np.bool_)
    first[0] = True
    np.not_equal(docs[1:], docs[:-1], first[1:])
    starts = first.nonzero()[0]
    if len(starts) == len(docs):
        return docs, Known(weights)
    return docs.take(starts), Known(np.add.reduceat(weights, starts))
