"""What a query tree matches in one article, by definition: no index, article by article.

`matches` decides whether an article is a hit, `occurrences` finds the matches of a leaf, `highlight_spans` gives what
to highlight. The reference engine scans with these functions, so they are the specification that every engine is
compared with. Highlights use the same functions, so they are exactly the matches.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import NamedTuple

from whoosh import query as q

from searchidx.analysis import Token, analyze, sentence_starts
from searchidx.article import Article
from searchidx.engines import timeout
from searchidx.engines.budget import spend
from searchidx.folding import fold
from searchidx.query import regexes
from searchidx.query.nodes import (
    NODES,
    PATTERNS,
    Adjacent,
    ArticleSet,
    AtLeast,
    Near,
    NotNear,
    Proximity,
    WholeValue,
    to_day_interval,
)
from searchidx.query.traversal import children, is_text, operands, positive_leaves
from searchidx.schema import (
    FIELDS,
    FieldKind,
    Level,
    article_terms,
    count_steps,
    facet_values,
    split_level,
    whole_value,
)
from searchidx.stemming import ENGLISH, analysis_language, stem

_WORDS = (q.Term, q.Phrase, *PATTERNS)
_PAIR_COST = 100
"""Units of work to compare an occurrence with one of another operand."""
_ZONES = ("headline", "body")
_TOKEN_ATTRIBUTES = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}


class Document:
    """An analysed article: the tokens of its zones, the terms of its other fields; each is computed on first use."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._terms: dict[str, list[str]] = {}
        self._spellings: dict[tuple[str, str], list[str]] = {}

    @cached_property
    def zones(self) -> dict[str, tuple[Token, ...]]:
        """The tokens of the headline and of the body."""
        return {
            "headline": tuple(analyze(self.article.headline, self.language)),
            "body": tuple(analyze(self.article.body, self.language)),
        }

    @cached_property
    def language(self) -> str:
        """The code of the language that decides its stems."""
        return analysis_language(self.article.language)

    @cached_property
    def lead_word_count(self) -> int:
        """The number of words in the first paragraph of the body."""
        _, paragraphs = self._starts
        return paragraphs[1] if len(paragraphs) > 1 else self.word_count("body")

    def unit_bounds(self, unit: str, zone: str, word: int) -> tuple[int, int]:
        """The first and last word of the sentence ("s") or paragraph ("p") that holds a word of a zone."""
        if zone == "headline":
            return 0, self.word_count(zone) - 1
        starts = self._starts[unit == "p"]
        at = bisect_right(starts, word)
        return starts[at - 1], (starts[at] if at < len(starts) else self.word_count(zone)) - 1

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        """The word numbers at which sentences and paragraphs of the body begin."""
        return sentence_starts(self.article.body, self.language)

    @cached_property
    def is_all_capitals(self) -> bool:
        """Whether the headline has no lower-case letter, so that its capitals carry no information."""
        return not any(char.islower() for char in self.article.headline)

    def word_count(self, zone: str) -> int:
        """The number of words in a zone."""
        return len(self.zones[zone])

    def spellings(self, zone: str, level: Level) -> Sequence[str]:
        """The words of a zone, in the form that a level compares."""
        key = zone, level._value_
        found = self._spellings.get(key)
        if found is None:
            name = _TOKEN_ATTRIBUTES[level]
            found = self._spellings[key] = [getattr(token, name) for token in self.zones[zone]]
        return found

    def find_word(self, word: str, zone: str, level: Level) -> list[int]:
        """The places of a query word among the words of a zone, ascending.

        At the level of stems, a word matches that has the same term in the language of the article, or the same folded
        form: `premiere` finds `première`, whose term is another. English words of the same folded form have one term.
        """
        if level is not Level.STEM:
            return self.find_spelling(word, zone, level)
        found = self.find_spelling(stem(word, self.language), zone, level)
        if self.language == ENGLISH:
            return found
        return sorted({*found, *self.find_spelling(fold(word), zone, Level.FOLDED)})

    def find_spelling(self, spelling: str, zone: str, level: Level) -> list[int]:
        """The places of a spelling among `spellings`, ascending."""
        return _find_all(spelling, self.spellings(zone, level))

    def span(self, zone: str, first: int, last: int) -> tuple[int, int]:
        """The (start, end) of a run of words in the text of a zone, in code points."""
        return self.zones[zone][first].start, self.zones[zone][last].end

    def terms(self, field: str) -> list[str]:
        """The terms of a field outside the text."""
        if field not in self._terms:
            self._terms[field] = list(article_terms(self.article, field))
        return self._terms[field]


def _find_all(word: str, words: Sequence[str]) -> list[int]:
    """The places of a word among words; `index` compares many times faster than a loop."""
    found: list[int] = []
    with suppress(ValueError):
        while True:
            found.append(words.index(word, found[-1] + 1 if found else 0))
    return found


class Occurrence(NamedTuple):
    """One match of a leaf.

    Attributes:
        zone: "headline" or "body".
        first, last: its first and last word in the zone.
        parts: the first and last word of each part; empty if the match is one part. A proximity has a part for each
            word or phrase that took part in it. Words between its parts do not belong to it.
    """

    zone: str
    first: int
    last: int
    parts: tuple[tuple[int, int], ...] = ()

    @property
    def part_spans(self) -> tuple[tuple[int, int], ...]:
        """The first and last word of each part; of the whole match if it is one part."""
        return self.parts or ((self.first, self.last),)


def matches(query: q.Query, document: Document) -> bool:
    """Whether an article is a hit."""
    parts = children(query)
    if parts is not None:
        if isinstance(query, q.And):
            return bool(parts) and all(matches(part, document) for part in parts)
        if isinstance(query, (q.Or, q.DisjunctionMax)):
            return any(matches(part, document) for part in parts)
        if isinstance(query, q.Not):
            return not matches(parts[0], document)
        if isinstance(query, q.AndNot):
            return matches(parts[0], document) and not matches(parts[1], document)
        if isinstance(query, q.Require):
            return matches(parts[0], document) and matches(parts[1], document)
        return matches(parts[0], document)  # AndMaybe, ConstantScoreQuery
    if is_text(query):
        return bool(occurrences(query, document))
    return _matches_other_field(query, document)


def occurrences(query: q.Query, document: Document) -> list[Occurrence]:
    """The matches of a leaf on the text, or of an OR of such leaves, in order."""
    if isinstance(query, (q.Or, *NODES)):
        return _node_occurrences(query, document)
    assert isinstance(query, _WORDS)
    base, level = split_level(query.fieldname)
    found: list[Occurrence] = []
    for zone in _ZONES:
        timeout.check(query)
        if base in _ZONES and base != zone:
            continue
        if zone == "headline" and level is Level.PRINTED and document.is_all_capitals:
            continue
        found_words: Iterable[tuple[int, int]]
        if isinstance(query, q.Phrase):
            found_words = _find_phrase([document.find_word(word, zone, level) for word in query.words], query.slop)
        elif isinstance(query, q.Term):
            found_words = ((at, at) for at in document.find_word(query.text, zone, level))
        else:
            found_words = _find_pattern(query, document.spellings(zone, level))
        for first, last in found_words:
            if base != "lead" or zone == "headline" or last < document.lead_word_count:
                found.append(Occurrence(zone, first, last))
    return found


def frequency(query: q.Query, document: Document, headline: float = 1.0) -> float:
    """The weighted frequency of a leaf on the text; a match in the headline counts `headline`, one in the body 1.

    Matches that begin at the same word count once. For a proximity, each operand counts its matches that have one of
    the other near. The smaller count is the frequency. So the order of operands does not matter, and the frequency
    grows linearly with the text. A match of both operands counts as half a pair.
    """
    weights = {"headline": headline, "body": 1.0}
    if not isinstance(query, (q.Or, *NODES)):
        return sum(weights[each.zone] for each in occurrences(query, document))
    sides = [{(each.zone, each.first) for each in side} for side in _participants(query, document)]
    counts = [sum(weights[zone] for zone, _ in side) for side in sides]
    return min(*counts, sum(weights[zone] for zone, _ in sides[0] | sides[1]) / 2) if len(sides) > 1 else counts[0]


def _participants(query: q.Query, document: Document) -> list[Sequence[Occurrence]]:
    """The occurrences that take part in matches of a leaf; for a proximity, one list an operand."""
    if isinstance(query, AtLeast):
        return _participants(query.node, document) if occurrences(query, document) else [[]]
    if not isinstance(query, Near):
        return [occurrences(query, document)]
    ones, others = (occurrences(part, document) for part in operands(query))
    return [
        _sort_unique(_with_neighbours(query, ones, others, document)),
        _sort_unique(_with_neighbours(query, others, ones, document, swapped=True)),
    ]


def _node_occurrences(query: q.Query, document: Document) -> list[Occurrence]:
    parts = [occurrences(part, document) for part in operands(query)]
    if isinstance(query, AtLeast):
        return parts[0] if frequency(query.node, document) >= query.count else []
    if isinstance(query, Near):
        return _sort_unique(_join(one, other) for one, other in _near_pairs(query, parts[0], parts[1], document))
    if isinstance(query, NotNear):
        near = set(_with_neighbours(query, parts[0], parts[1], document))
        return [one for one in parts[0] if one not in near]
    if isinstance(query, Adjacent):
        found = parts[0]
        for words in parts[1:]:
            after = {(word.zone, word.first): word for word in words}
            found = [_join(one, after[one.zone, one.last + 1]) for one in found if (one.zone, one.last + 1) in after]
        return [one._replace(parts=()) for one in found]
    return _sort_unique(place for found in parts for place in found)


def _near_pairs(
    query: Proximity, ones: Sequence[Occurrence], others: Sequence[Occurrence], document: Document
) -> Iterator[tuple[Occurrence, Occurrence]]:
    """The pairs of occurrences of two operands that are near each other."""
    for one, near in _neighbours(query, ones, others, document):
        for other in near:
            spend(_PAIR_COST, query)
            yield one, other


def _with_neighbours(
    query: Proximity,
    ones: Sequence[Occurrence],
    others: Sequence[Occurrence],
    document: Document,
    swapped: bool = False,
) -> Iterator[Occurrence]:
    """The occurrences of one operand that have one of the other near; there may be quadratically many pairs."""
    for one, near in _neighbours(query, ones, others, document, swapped):
        if next(near, None) is not None:
            yield one


def _neighbours(
    query: Proximity,
    ones: Sequence[Occurrence],
    others: Sequence[Occurrence],
    document: Document,
    swapped: bool = False,
) -> Iterator[tuple[Occurrence, Iterator[Occurrence]]]:
    """Each occurrence of one operand with those of the other near it; `swapped`: `ones` are of the second operand."""
    by_first = sorted(others, key=lambda other: (other.zone, other.first))
    keys = [(other.zone, other.first) for other in by_first]
    longest = max((other.last - other.first for other in others), default=0)
    for one in ones:
        spend(_PAIR_COST, query)
        # Words that the other must overlap (a distance) or lie within (a sentence or paragraph).
        if isinstance(query.within, int):
            low, high = one.first - query.within, one.last + query.within
        else:
            low, high = document.unit_bounds(query.within, one.zone, one.first)
            if one.last > high:
                continue
        begin, end = low - longest, high
        if query.ordered:
            begin, end = (begin, min(end, one.first)) if swapped else (max(begin, one.last), end)
        places = range(bisect_left(keys, (one.zone, begin)), bisect_right(keys, (one.zone, end)))
        near = map(by_first.__getitem__, places)
        yield one, filter(partial(_is_near, query, one, low, high, swapped), near)


def _is_near(query: Proximity, one: Occurrence, low: int, high: int, swapped: bool, other: Occurrence) -> bool:
    """Whether an occurrence overlaps, or lies within, the words from `low` to `high` around another, in order."""
    inside = other.last >= low if isinstance(query.within, int) else low <= other.first and other.last <= high
    follows = one.first > other.last if swapped else other.first > one.last
    return inside and (follows or (not query.ordered and _are_distinct(query, one, other)))


def _are_distinct(query: Proximity, one: Occurrence, other: Occurrence) -> bool:
    """Whether two occurrences count as different ones.

    Operands of a proximity must share no word. An operand of NOT near ignores only what is part of its own match.
    """
    if isinstance(query, NotNear):
        return not all(
            any(first <= begin and end <= last for first, last in one.part_spans) for begin, end in other.part_spans
        )
    return not any(first <= end and begin <= last for first, last in one.part_spans for begin, end in other.part_spans)


def _join(one: Occurrence, other: Occurrence) -> Occurrence:
    """The occurrence from the first word of two occurrences to the last."""
    first, last = min(one.first, other.first), max(one.last, other.last)
    return Occurrence(one.zone, first, last, tuple(sorted((*one.part_spans, *other.part_spans))))


def _sort_unique(found: Iterable[Occurrence]) -> list[Occurrence]:
    """Sort occurrences and drop duplicates."""
    return sorted(set(found), key=lambda each: (each.zone != "headline", each.first, each.last, each.parts))


def highlighted_leaves(query: q.Query) -> list[q.Query]:
    """The leaves of a query whose matches are highlighted: those on the text, outside negations."""
    return list(filter(is_text, positive_leaves(query)))


def match_spans(
    leaves: Iterable[q.Query], document: Document, zones: Sequence[str] = _ZONES
) -> dict[str, list[tuple[int, int, int]]]:
    """The matches of some leaves in each zone, sorted: (start, end, number of the leaf), in code points.

    A proximity has a span for each part of its matches.
    """
    found: dict[str, list[tuple[int, int, int]]] = {zone: [] for zone in zones}
    for number, leaf in enumerate(leaves):
        parts = {
            (occurrence.zone, *part)
            for side in _participants(leaf, document)
            for occurrence in side
            for part in occurrence.part_spans
            if occurrence.zone in found
        }
        for zone, first, last in parts:
            start, end = document.span(zone, first, last)
            found[zone].append((start, end, number))
    for spans in found.values():
        spans.sort()
    return found


def highlight_spans(query: q.Query, document: Document, zone: str) -> list[tuple[int, int]]:
    """The spans to highlight in a zone: sorted, disjoint (start, end), in code points."""
    return merge_spans(match_spans(highlighted_leaves(query), document, [zone])[zone])


def merge_spans(found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """Merge overlapping `match_spans`."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def expand_pattern(pattern: q.Query, document: Document) -> set[str]:
    """The words of an article that a pattern matches: of all zones for a field of the text, else of its field."""
    assert isinstance(pattern, PATTERNS)
    field, level = split_level(pattern.fieldname)
    if field not in FIELDS:
        return set()
    if FIELDS[field].kind is FieldKind.TEXT:
        words = {word for zone in _ZONES for word in document.spellings(zone, level)}
    else:
        words = set(document.terms(field))
    return set(filter(word_predicate(pattern), words))


def _find_pattern(pattern: q.Query, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and last word of each match of a pattern in a sequence of words."""
    matching = set(filter(word_predicate(pattern), set(words)))
    return ((at, at) for at, word in enumerate(words) if word in matching)


def _find_phrase(places: Sequence[Sequence[int]], slop: int) -> Iterator[tuple[int, int]]:
    """The first and last word of each match of a phrase, given the places of each of its words, ascending.

    Each word follows the one before it by at most `slop` words.
    """
    found: dict[int, int] = {}  # by the last word of each partial match its first word
    for number, here in enumerate(places):
        if number == 0:
            found = {at: at for at in here}
            continue
        longer: dict[int, int] = {}
        ends = list(found)
        for at in here:
            nearest = bisect_left(ends, at) - 1
            if nearest >= 0 and at - ends[nearest] <= slop:
                longer[at] = found[ends[nearest]]
        found = longer
    return ((first, last) for last, first in found.items())


def word_predicate(query: q.Query) -> Callable[[str], bool]:
    """A function that tests whether a leaf other than a phrase matches one word."""
    text = getattr(query, "text", None)
    if isinstance(query, q.Prefix):
        return lambda word: word.startswith(query.text)
    if isinstance(query, q.Wildcard):
        return _wildcard_predicate(query.text)
    if isinstance(query, q.Regex):
        regex = regexes.compile_regex(query.text)
        return lambda word: regex.fullmatch(word) is not None
    if isinstance(query, q.FuzzyTerm):
        return lambda word: (
            word[: query.prefixlength] == query.text[: query.prefixlength]
            and abs(len(word) - len(query.text)) <= query.maxdist
            and _edit_distance(word, query.text) <= query.maxdist
        )
    if isinstance(query, q.TermRange):
        return lambda word: (
            (query.start is None or word > query.start or (word == query.start and not query.startexcl))
            and (query.end is None or word < query.end or (word == query.end and not query.endexcl))
        )
    if isinstance(query, q.Term):
        return lambda word: word == text
    raise TypeError(f"no engine evaluates {type(query).__name__}")


def _wildcard_predicate(pattern: str) -> Callable[[str], bool]:
    """A function that tests a word against a pattern of `*` and `?`.

    Each piece between stars is matched at its first possible place, since no later place leaves more room for the rest.
    So no word needs backtracking, whatever the number of stars.
    """
    first, *others = (
        re.compile("".join("." if char == "?" else re.escape(char) for char in piece), re.DOTALL)
        for piece in pattern.split("*")
    )
    if not others:
        return lambda word: first.fullmatch(word) is not None
    length = len(pattern) - 1 - pattern.rindex("*")

    def test(word: str) -> bool:
        found = first.match(word)
        for piece in others[:-1]:
            found = found and piece.search(word, found.end())
        return found is not None and others[-1].fullmatch(word, max(found.end(), len(word) - length)) is not None

    return test


def _edit_distance(a: str, b: str) -> int:
    """The Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        new = [i]
        for j, right in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (left != right)))
        row = new
    return row[-1]


def _matches_other_field(query: q.Query, document: Document) -> bool:
    """Whether a leaf on another field than the text matches."""
    if query is q.NullQuery:
        return False
    if isinstance(query, q.Every):
        return _matches_every(query.fieldname, document)
    if isinstance(query, q.DateRange):
        return _matches_dates(query, document)
    if isinstance(query, q.NumericRange):
        return _matches_number(query, document)
    if isinstance(query, ArticleSet):
        return document.article.id in query.ids
    if isinstance(query, WholeValue):
        values = facet_values(document.article, query.fieldname)
        return query.value != "" and any(whole_value(query.fieldname, value) == query.value for value in values)
    if isinstance(query, Adjacent):
        terms = document.terms(split_level(query.words[0].fieldname)[0])
        tests = list(map(word_predicate, query.words))
        starts = range(len(terms) - len(tests) + 1)
        return any(all(test(terms[at + n]) for n, test in enumerate(tests)) for at in starts)
    if not isinstance(query, _WORDS):
        raise TypeError(f"no engine evaluates {type(query).__name__}")
    base, _ = split_level(query.fieldname)
    if base not in FIELDS or FIELDS[base].kind in (FieldKind.DATE, FieldKind.NUMBER):
        return False
    terms = document.terms(base)
    if isinstance(query, q.Phrase):
        places = [[at for at, term in enumerate(terms) if term == word] for word in query.words]
        return any(True for _ in _find_phrase(places, query.slop))
    return any(map(word_predicate(query), terms))


def _matches_number(query: q.NumericRange, document: Document) -> bool:
    """Whether a number of an article is in a range, compared in steps of its field."""
    if query.fieldname == "words":
        value: float = document.word_count("headline") + document.word_count("body")
    elif query.fieldname == "ocr" and document.article.ocr is not None:
        value = count_steps("ocr", document.article.ocr)
    else:
        return False
    start, end = (None if each is None else count_steps(query.fieldname, each) for each in (query.start, query.end))
    low = start is None or value > start or (value == start and not query.startexcl)
    high = end is None or value < end or (value == end and not query.endexcl)
    return low and high


def _matches_every(field: str | None, document: Document) -> bool:
    if field is None:
        return True
    base, _ = split_level(field)
    if base in ("date", "precision"):
        return document.article.date is not None
    if base in ("id", "words"):
        return True
    if base == "ocr":
        return document.article.ocr is not None
    if base not in FIELDS:
        return False
    if FIELDS[base].kind is FieldKind.TEXT:
        return any(document.word_count(zone) for zone in _ZONES if base not in _ZONES or base == zone)
    return bool(document.terms(base))


def _matches_dates(query: q.DateRange, document: Document) -> bool:
    """Whether the local days of an article meet a range of dates."""
    date = document.article.date
    if date is None:
        return False
    asked = to_day_interval(query)
    return asked.start < asked.stop and date.days.meets(asked)
