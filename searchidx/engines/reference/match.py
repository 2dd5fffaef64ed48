"""What a query tree means for one article: the plain reading, without an index.

`matches` says whether an article is a hit, `occurrences` where a leaf of the tree stands in it, `spans` what to
highlight. The naive engine scans with it, which makes it the executable specification that every other engine is
compared with; and the few articles of a page of hits are highlighted by it, so that what is shown as matching is what
did match.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

from whoosh import query as q

from searchidx.analysis import Token, analyze, sentence_starts
from searchidx.article import Article
from searchidx.dates import DayInterval
from searchidx.engines import timeout
from searchidx.query import regexes
from searchidx.query.nodes import NODES, Adjacent, AtLeast, Near, NotNear, operands
from searchidx.schema import FIELDS, FieldKind, Level, split_level, terms_of

__all__ = [
    "PATTERNS",
    "Document",
    "Occurrence",
    "children",
    "frequency",
    "is_text",
    "leaves",
    "marks",
    "matches",
    "occurrences",
    "positive_leaves",
    "spans",
    "stands_for",
    "united",
    "word_test",
]

PATTERNS = (q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm, q.TermRange)
"""The leaves that stand for any number of words."""
_WORDS = (q.Term, q.Phrase, *PATTERNS)
_ZONES = ("headline", "body")
_LAST_DAY = dt.date.max.toordinal()
_SPELLINGS = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}


class Document:
    """An article, analysed: the tokens of its zones, the terms of its other fields."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self._terms: dict[str, list[str]] = {}

    @cached_property
    def zones(self) -> dict[str, tuple[Token, ...]]:
        """The tokens of the headline and of the body."""
        return {"headline": tuple(analyze(self.article.headline)), "body": tuple(analyze(self.article.body))}

    @cached_property
    def lead_words(self) -> int:
        """How many words the first paragraph of the body has."""
        _, paragraphs = self._starts
        return paragraphs[1] if len(paragraphs) > 1 else self.words("body")

    def unit(self, unit: str, zone: str, word: int) -> tuple[int, int]:
        """First and last word of the sentence ("s") or paragraph ("p") of a zone in which a word stands."""
        if zone == "headline":
            return 0, self.words(zone) - 1
        starts = self._starts[unit == "p"]
        at = bisect_right(starts, word)
        return starts[at - 1], (starts[at] if at < len(starts) else self.words(zone)) - 1

    @cached_property
    def _starts(self) -> tuple[list[int], list[int]]:
        """The words with which sentences and paragraphs of the body begin."""
        return sentence_starts(self.article.body)

    @cached_property
    def shouts(self) -> bool:
        """Whether the headline has no lower-case letter, so that its capitals say nothing."""
        return not any(char.islower() for char in self.article.headline)

    def words(self, zone: str) -> int:
        """How many words a zone has."""
        return len(self.zones[zone])

    def spellings(self, zone: str, level: Level) -> Sequence[str]:
        """The words of a zone as they are compared at a level."""
        return [getattr(token, _SPELLINGS[level]) for token in self.zones[zone]]

    def span(self, zone: str, first: int, last: int) -> tuple[int, int]:
        """From where to where in the text of a zone some of its words stand, in code points."""
        return self.zones[zone][first].start, self.zones[zone][last].end

    def terms(self, field: str) -> list[str]:
        """The terms of a field that is not a zone of the text."""
        if field not in self._terms:
            self._terms[field] = list(terms_of(self.article, field))
        return self._terms[field]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a leaf matches: the zone, its first and last word there, and of its parts the first and last.

    A word or phrase is one part. What a proximity found has a part for each word or phrase that took part in it, and
    the words that stand between those are not its own.
    """

    zone: str
    first: int
    last: int
    parts: tuple[tuple[int, int], ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """First and last word of each part, or of it where it has none."""
        return self.parts or ((self.first, self.last),)


def children(query: Any) -> tuple[Any, ...] | None:
    """The parts of a node in the order in which scores are summed; None for a leaf."""
    if isinstance(query, (q.And, q.Or, q.DisjunctionMax)):
        return tuple(query.subqueries)
    if isinstance(query, (q.AndNot, q.AndMaybe, q.Require)):
        return query.a, query.b
    if isinstance(query, q.Not):
        return (query.query,)
    if isinstance(query, q.ConstantScoreQuery):
        return (query.child,)
    return None


def leaves(query: Any) -> Iterator[Any]:
    """The leaves of a tree, those within nodes of our own as well, in order."""
    parts = children(query) or operands(query)
    if not parts:
        yield query
    for part in parts:
        yield from leaves(part)


def is_text(query: Any) -> bool:
    """Whether a leaf looks at the words of headlines and bodies, so that it scores."""
    if isinstance(query, Adjacent):
        return is_text(query.words[0])
    if isinstance(query, NODES):
        return True
    if not isinstance(query, _WORDS):
        return False
    base, _ = split_level(query.fieldname)
    return base in FIELDS and FIELDS[base].kind is FieldKind.TEXT


def matches(query: Any, document: Document) -> bool:
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
    return _other(query, document)


def occurrences(query: Any, document: Document) -> list[Occurrence]:
    """Where a leaf that looks at the text, or a group of such, matches, in order."""
    if isinstance(query, (q.Or, *NODES)):
        return _of_node(query, document)
    base, level = split_level(query.fieldname)
    found: list[Occurrence] = []
    for zone in _ZONES:
        timeout.check(query)
        if base in _ZONES and base != zone:
            continue
        if zone == "headline" and level is Level.PRINTED and document.shouts:
            continue
        for first, last in _in_zone(query, document.spellings(zone, level)):
            if base != "lead" or zone == "headline" or last < document.lead_words:
                found.append(Occurrence(zone, first, last))
    return found


def frequency(query: Any, document: Document, headline: float = 1.0) -> float:
    """How often a leaf that looks at the text, or a node of our own, matches; a match in the headline counts so much.

    What begins at the same word counts once. Of two operands near each other, those occurrences of each count that have
    one of the other near, and the fewer are the frequency: so it is the same whichever operand stands first, and grows
    with the text and not with the square of it. Where an occurrence is one of both, it is still one of a pair.
    """
    weights = {"headline": headline, "body": 1.0}
    if not isinstance(query, (q.Or, *NODES)):
        return sum(weights[each.zone] for each in occurrences(query, document))
    sides = [{(each.zone, each.first) for each in side} for side in _sides(query, document)]
    counts = [sum(weights[zone] for zone, _ in side) for side in sides]
    return min(*counts, sum(weights[zone] for zone, _ in sides[0] | sides[1]) / 2) if len(sides) > 1 else counts[0]


def _sides(query: Any, document: Document) -> list[Sequence[Occurrence]]:
    """What took part in the matches of a leaf: of a proximity, of each operand that which has the other near."""
    if isinstance(query, AtLeast):
        return _sides(query.node, document) if occurrences(query, document) else [[]]
    if not isinstance(query, Near):
        return [occurrences(query, document)]
    ones, others = (occurrences(part, document) for part in operands(query))
    near: tuple[set[Occurrence], set[Occurrence]] = set(), set()  # the pairs may be a square of them
    for one, other in _pairs(query, ones, others, document):
        near[0].add(one)
        near[1].add(other)
    return [_distinct(side) for side in near]


def _of_node(query: Any, document: Document) -> list[Occurrence]:
    parts = [occurrences(part, document) for part in operands(query)]
    if isinstance(query, AtLeast):
        return parts[0] if frequency(query.node, document) >= query.count else []
    if isinstance(query, Near):
        return _distinct(_joined(one, other) for one, other in _pairs(query, parts[0], parts[1], document))
    if isinstance(query, NotNear):
        near = {one for one, _ in _pairs(query, parts[0], parts[1], document)}
        return [one for one in parts[0] if one not in near]
    if isinstance(query, Adjacent):
        found = parts[0]
        for words in parts[1:]:
            after = {(word.zone, word.first): word for word in words}
            found = [_joined(one, after[one.zone, one.last + 1]) for one in found if (one.zone, one.last + 1) in after]
        return [replace(one, parts=()) for one in found]
    return _distinct(place for found in parts for place in found)


def _pairs(
    query: Any, ones: Sequence[Occurrence], others: Sequence[Occurrence], document: Document
) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Occurrences of two operands that are near each other."""
    by_first = sorted(others, key=lambda other: (other.zone, other.first))
    keys = [(other.zone, other.first) for other in by_first]
    longest = max((other.last - other.first for other in others), default=0)
    by_words = isinstance(query.within, int)
    for one in ones:
        timeout.check(query)
        # Where the other has to be: for words, a part of it at least; in a sentence or paragraph, all of it.
        if by_words:
            low, high = one.first - query.within, one.last + query.within
        else:
            low, high = document.unit(query.within, one.zone, one.first)
            if one.last > high:
                continue
        for at in range(bisect_left(keys, (one.zone, low - longest)), bisect_right(keys, (one.zone, high))):
            other = by_first[at]
            inside = other.last >= low if by_words else low <= other.first and other.last <= high
            if inside and (other.first > one.last or (not query.ordered and _are_two(query, one, other))):
                yield one, other


def _are_two(query: Any, one: Occurrence, other: Occurrence) -> bool:
    """Whether the second of two occurrences is another one, wherever it stands.

    To be near each other they may share no word. One that must have nothing near is spared only what is part of it.
    """
    if isinstance(query, NotNear):
        return not all(any(first <= begin and end <= last for first, last in one.places) for begin, end in other.places)
    return not any(first <= end and begin <= last for first, last in one.places for begin, end in other.places)


def _joined(one: Occurrence, other: Occurrence) -> Occurrence:
    """From the first word of two occurrences to the last."""
    first, last = min(one.first, other.first), max(one.last, other.last)
    return Occurrence(one.zone, first, last, tuple(sorted((*one.places, *other.places))))


def _distinct(found: Iterable[Occurrence]) -> list[Occurrence]:
    """Each of some occurrences once, in order."""
    return sorted(set(found), key=lambda each: (each.zone != "headline", each.first, each.last, each.parts))


def marks(query: Any, document: Document, zone: str) -> list[tuple[int, int, int]]:
    """Where the leaves of a query match in a zone: ascending (start, end) in code points, and which leaf it is."""
    return sorted(
        (*document.span(zone, first, last), number)
        for number, leaf in enumerate(filter(is_text, positive_leaves(query)))
        for first, last in _places(leaf, document, zone)
    )


def _places(leaf: Any, document: Document, zone: str) -> set[tuple[int, int]]:
    """First and last words of all that took part in the matches of a leaf in a zone."""
    found = chain.from_iterable(_sides(leaf, document))
    return {place for occurrence in found if occurrence.zone == zone for place in occurrence.places}


def spans(query: Any, document: Document, zone: str) -> list[tuple[int, int]]:
    """What to highlight in a zone: ascending (start, end) in code points, none overlapping another."""
    return united(marks(query, document, zone))


def united(found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """What marks cover, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def positive_leaves(query: Any) -> Iterator[Any]:
    """The leaves that an article was asked to match."""
    parts = children(query)
    if parts is None:
        yield query
    elif not isinstance(query, q.Not):
        for part in parts[:1] if isinstance(query, q.AndNot) else parts:
            yield from positive_leaves(part)


def stands_for(pattern: Any, document: Document) -> set[str]:
    """The words of an article that a pattern stands for, in any zone of the text or in its other field."""
    field, level = split_level(pattern.fieldname)
    if field not in FIELDS:
        return set()
    if FIELDS[field].kind is FieldKind.TEXT:
        words = {word for zone in _ZONES for word in document.spellings(zone, level)}
    else:
        words = set(document.terms(field))
    return set(filter(word_test(pattern), words))


def _in_zone(query: Any, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """First and last word of each match among the words of a zone."""
    if not isinstance(query, q.Phrase):
        found_words = set(filter(word_test(query), set(words)))
        yield from ((at, at) for at, word in enumerate(words) if word in found_words)
        return
    # Ends of what was found so far, and where each began; every further word stands at most `slop` words after one.
    found: dict[int, int] = {}
    for number, wanted in enumerate(query.words):
        here = [at for at, word in enumerate(words) if word == wanted]
        if number == 0:
            found = {at: at for at in here}
            continue
        longer: dict[int, int] = {}
        ends = list(found)
        for at in here:
            nearest = bisect_left(ends, at) - 1
            if nearest >= 0 and at - ends[nearest] <= query.slop:
                longer[at] = found[ends[nearest]]
        found = longer
    for last, first in found.items():
        yield first, last


def word_test(query: Any) -> Callable[[str], bool]:
    """Whether a leaf that is no phrase matches one word."""
    text = getattr(query, "text", None)
    if isinstance(query, q.Prefix):
        return lambda word: word.startswith(query.text)
    if isinstance(query, q.Wildcard):
        return _wildcard_test(query.text)
    if isinstance(query, q.Regex):
        regex = regexes.compiled(query.text)
        return lambda word: regex.fullmatch(word) is not None
    if isinstance(query, q.FuzzyTerm):
        return lambda word: (
            word[: query.prefixlength] == query.text[: query.prefixlength]
            and abs(len(word) - len(query.text)) <= query.maxdist
            and _edits(word, query.text) <= query.maxdist
        )
    if isinstance(query, q.TermRange):
        return lambda word: (
            (query.start is None or word > query.start or (word == query.start and not query.startexcl))
            and (query.end is None or word < query.end or (word == query.end and not query.endexcl))
        )
    if isinstance(query, q.Term):
        return lambda word: word == text
    raise TypeError(f"no engine evaluates {type(query).__name__}")


def _wildcard_test(pattern: str) -> Callable[[str], bool]:
    """Whether a word is as `*` and `?` say.

    What stands between stars is looked for where it first can stand, since no later place leaves more room for the
    rest: so no word takes long, however many stars there are.
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


def _edits(a: str, b: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        new = [i]
        for j, right in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (left != right)))
        row = new
    return row[-1]


def _other(query: Any, document: Document) -> bool:
    """Whether a leaf that is no word of the text matches."""
    if query is q.NullQuery:
        return False
    if isinstance(query, q.Every):
        return _every(query.fieldname, document)
    if isinstance(query, q.DateRange):
        return _in_dates(query, document)
    if isinstance(query, q.NumericRange):
        words = document.words("headline") + document.words("body")
        low = query.start is None or words > query.start or (words == query.start and not query.startexcl)
        high = query.end is None or words < query.end or (words == query.end and not query.endexcl)
        return bool(query.fieldname == "words" and low and high)
    if isinstance(query, Adjacent):
        terms = document.terms(split_level(query.words[0].fieldname)[0])
        tests = list(map(word_test, query.words))
        starts = range(len(terms) - len(tests) + 1)
        return any(all(test(terms[at + n]) for n, test in enumerate(tests)) for at in starts)
    if not isinstance(query, _WORDS):
        raise TypeError(f"no engine evaluates {type(query).__name__}")
    base, _ = split_level(query.fieldname)
    if base not in FIELDS or FIELDS[base].kind not in (FieldKind.WORDS, FieldKind.VALUE):
        return False
    terms = document.terms(base)
    if isinstance(query, q.Phrase):
        return any(True for _ in _in_zone(query, terms))
    return any(map(word_test(query), terms))


def _every(field: str | None, document: Document) -> bool:
    if field is None:
        return True
    base, _ = split_level(field)
    if base in ("date", "precision"):
        return document.article.date is not None
    if base in ("id", "words"):
        return True
    if base not in FIELDS:
        return False
    if FIELDS[base].kind is FieldKind.TEXT:
        return any(document.words(zone) for zone in _ZONES if base not in _ZONES or base == zone)
    return bool(document.terms(base))


def _in_dates(query: Any, document: Document) -> bool:
    """An article matches where its interval of local days meets the one asked for."""
    date = document.article.date
    if date is None or query.fieldname != "date":
        return False
    start, stop = 1, _LAST_DAY + 1
    if query.startdate is not None:
        start = query.startdate.toordinal() + bool(query.startexcl)
    if query.enddate is not None:
        midnight = query.enddate.time() == dt.time()
        stop = query.enddate.toordinal() + (0 if midnight and query.endexcl else 1)
    return start < stop and date.days.meets(DayInterval(start, stop))
