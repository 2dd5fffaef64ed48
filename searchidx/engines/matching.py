"""What a query tree means for one article: the plain reading, without an index.

`matches` says whether an article is a hit, `occurrences` where a leaf of the tree stands in it, `spans` what to
highlight. The naive engine scans with it, which makes it the executable specification that every other engine is
compared with; and the few articles of a page of hits are highlighted by it, so that what is shown as matching is what
did match.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from whoosh import query as q

from searchidx.analysis import Token, analyze, sentence_starts
from searchidx.article import Article
from searchidx.dates import DayInterval
from searchidx.query import regexes
from searchidx.schema import FIELDS, FieldKind, Level, split_level, terms_of

__all__ = [
    "PATTERNS",
    "Document",
    "Occurrence",
    "children",
    "is_text",
    "leaves",
    "marks",
    "matches",
    "occurrences",
    "positive_leaves",
    "spans",
    "stands_for",
    "word_test",
]

PATTERNS = (q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm, q.TermRange)
"""The leaves that stand for any number of words."""
_WORDS = (q.Term, q.Phrase, *PATTERNS)
_ZONES = ("headline", "body")
_LAST_DAY = dt.date.max.toordinal()


class Document:
    """An article, analysed: the tokens of its zones, the terms of its other fields."""

    def __init__(self, article: Article) -> None:
        self.article = article
        self.zones: dict[str, tuple[Token, ...]] = {
            "headline": tuple(analyze(article.headline)),
            "body": tuple(analyze(article.body)),
        }
        self._terms: dict[str, list[str]] = {}

    @cached_property
    def lead_words(self) -> int:
        """How many words the first paragraph of the body has."""
        _, paragraphs = sentence_starts(self.article.body)
        return paragraphs[1] if len(paragraphs) > 1 else self.words("body")

    @cached_property
    def shouts(self) -> bool:
        """Whether the headline has no lower-case letter, so that its capitals say nothing."""
        return not any(char.islower() for char in self.article.headline)

    def words(self, zone: str) -> int:
        """How many words a zone has."""
        return len(self.zones[zone])

    def terms(self, field: str) -> list[str]:
        """The terms of a field that is not a zone of the text."""
        if field not in self._terms:
            self._terms[field] = list(terms_of(self.article, field))
        return self._terms[field]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a leaf matches: the zone, and its first and last word there."""

    zone: str
    first: int
    last: int


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
    """The leaves of a tree, in order."""
    parts = children(query)
    if parts is None:
        yield query
    else:
        for part in parts:
            yield from leaves(part)


def is_text(query: Any) -> bool:
    """Whether a leaf looks at the words of headlines and bodies, so that it scores."""
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
    """Where a leaf that looks at the text matches, in order."""
    field, level = split_level(query.fieldname)
    found: list[Occurrence] = []
    for zone in _ZONES:
        if field in _ZONES and field != zone:
            continue
        if zone == "headline" and level is Level.PRINTED and document.shouts:
            continue
        for first, last in _in_zone(query, level, document.zones[zone]):
            if field != "lead" or zone == "headline" or last < document.lead_words:
                found.append(Occurrence(zone, first, last))
    return found


def marks(query: Any, document: Document, zone: str) -> list[tuple[int, int, int]]:
    """Where the leaves of a query match in a zone: ascending (start, end) in code points, and which leaf it is."""
    tokens = document.zones[zone]
    return sorted(
        (tokens[place.first].start, tokens[place.last].end, number)
        for number, leaf in enumerate(filter(is_text, positive_leaves(query)))
        for place in occurrences(leaf, document)
        if place.zone == zone
    )


def spans(query: Any, document: Document, zone: str) -> list[tuple[int, int]]:
    """What to highlight in a zone: ascending (start, end) in code points, none overlapping another."""
    merged: list[tuple[int, int]] = []
    for start, end, _ in marks(query, document, zone):
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


def _spelling(token: Token, level: Level) -> str:
    if level is Level.STEM:
        return token.stem
    return token.folded if level is Level.FOLDED else token.printed


def stands_for(pattern: Any, document: Document) -> set[str]:
    """The words of an article that a pattern stands for, in any zone of the text or in its other field."""
    field, level = split_level(pattern.fieldname)
    if field not in FIELDS:
        return set()
    if FIELDS[field].kind is FieldKind.TEXT:
        words = {_spelling(token, level) for tokens in document.zones.values() for token in tokens}
    else:
        words = set(document.terms(field))
    return set(filter(word_test(pattern), words))


def _in_zone(query: Any, level: Level, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """First and last word of each match among the words of a zone."""
    if not isinstance(query, q.Phrase):
        test = word_test(query)
        for at, token in enumerate(tokens):
            if test(_spelling(token, level)):
                yield at, at
        return
    # Ends of what was found so far, and where each began; every further word stands at most `slop` words after one.
    found: dict[int, int] = {}
    for number, word in enumerate(query.words):
        here = [at for at, token in enumerate(tokens) if _spelling(token, level) == word]
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
        pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in query.text)
        return lambda word: re.fullmatch(pattern, word, re.DOTALL) is not None
    if isinstance(query, q.Regex):
        regex = regexes.compiled(query.text)
        return lambda word: regex.fullmatch(word) is not None
    if isinstance(query, q.FuzzyTerm):
        return lambda word: (
            word[: query.prefixlength] == query.text[: query.prefixlength] and _edits(word, query.text) <= query.maxdist
        )
    if isinstance(query, q.TermRange):
        return lambda word: (
            (query.start is None or word > query.start or (word == query.start and not query.startexcl))
            and (query.end is None or word < query.end or (word == query.end and not query.endexcl))
        )
    if isinstance(query, q.Term):
        return lambda word: word == text
    raise TypeError(f"no engine evaluates {type(query).__name__}")


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
    if not isinstance(query, _WORDS):
        raise TypeError(f"no engine evaluates {type(query).__name__}")
    base, _ = split_level(query.fieldname)
    if base not in FIELDS or FIELDS[base].kind not in (FieldKind.WORDS, FieldKind.VALUE):
        return False
    terms = document.terms(base)
    if isinstance(query, q.Phrase):
        tokens = [Token(term, term, term, at, 0, 0) for at, term in enumerate(terms)]
        return any(True for _ in _in_zone(query, Level.STEM, tokens))
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
        return any(document.zones[zone] for zone in _ZONES if base not in _ZONES or base == zone)
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
