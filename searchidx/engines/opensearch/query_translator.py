"""A query tree as queries of the cluster's: one that finds too much at most, and one that finds too little.

Most trees are said exactly, and then the two are one. Where what Lucene means is not provably what `engines.matching`
says, a leaf gets a query that finds every article it may match (`upper`), and one that finds such as it must (`lower`);
NOT turns the two round. What lies between is decided article by article (`snapshot`). So nothing here can change an
answer, but by a mistake in what is called exact:

- A word is a term of the zone's field, a phrase terms side by side: the positions are those that we sent.
- Words within n words of each other are Lucene's ordered intervals, one way round or the other. It looks at minimal
  intervals only; among operands that all have the same width the nearest two are such, so none is missed.
  Operands of several widths are asked for width by width.
- In one sentence or paragraph: ordered intervals contained by one from a beginning to the next end. (What Lucene says
  is not containing another may not overlap it either.)
- So many times: that many ordered intervals, of single words.
- Without another near: Lucene's span-not, for words of one field that cannot be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from whoosh import query as q

from searchidx.engines.opensearch.intervals import MOST_WORDS, Rule, any_rule, by_width, ordered, within_unit, word_rule
from searchidx.engines.opensearch.mapping import OTHER_FIELDS, has_utf8, term
from searchidx.engines.opensearch.pattern_translator import expression, is_whole
from searchidx.query.nodes import PATTERNS, Adjacent, AtLeast, Near, NotNear, to_day_interval
from searchidx.query.traversal import boost_of, children, is_text, leaves, positive_leaves
from searchidx.schema import FIELDS, FieldKind, Level, split_level

__all__ = ["ALL", "MAX_CLAUSES", "NONE", "Bounds", "Translator", "size_of"]

Query = dict[str, Any]
ALL: Query = {"match_all": {}}
NONE: Query = {"match_none": {}}

MAX_CLAUSES = 400
"""A query has so many parts at most, as Lucene counts them. It takes 1,024: two such and what scores."""
_MANY = 8
"""So many words of one field are asked for together, where any of them will do."""
_HEADLINE_WEIGHT = 4.0

_ZONES = ("headline", "body")
_SUFFIX = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}

Spellings = Callable[[Any], Sequence[str]]


class Bounds(NamedTuple):
    """What finds every match and what finds nothing else; the same object where a leaf is said exactly."""

    upper: Query
    lower: Query

    @property
    def is_exact(self) -> bool:
        return self.upper is self.lower


class Translator:
    """Makes queries of trees.

    `spellings` lists the words that a pattern stands for; `has_long` says whether some word is too long for the index;
    `listing` makes a query for what another finds now, by number.

    Attributes:
        inexact: the nodes that are not said exactly, as far as they were met.
        has_listed: whether anything had to be listed.
    """

    def __init__(self, spellings: Spellings, has_long: Callable[[], bool], listing: Callable[[Query], Query]) -> None:
        self._spellings = spellings
        self._has_long = has_long
        self._listing = listing
        self._known: dict[tuple[Any, ...], Sequence[str]] = {}
        self.inexact: list[Any] = []
        self.has_listed = False

    def bounds(self, tree: Any) -> Bounds:
        """The two queries of a tree."""
        parts = children(tree)
        if parts is None:
            return self._leaf(tree)
        if isinstance(tree, q.And):
            return self._all([self.bounds(part) for part in parts]) if parts else exactly(NONE)
        if isinstance(tree, (q.Or, q.DisjunctionMax)):
            return self._any(parts)
        if isinstance(tree, q.Not):
            return self._not(self.bounds(parts[0]))
        if isinstance(tree, q.AndNot):
            return self._all([self.bounds(parts[0]), self._not(self.bounds(parts[1]))])
        if isinstance(tree, q.Require):
            return self._all([self.bounds(part) for part in parts])
        return self.bounds(parts[0])  # AndMaybe, ConstantScoreQuery

    def scoring(self, tree: Any) -> list[Query]:
        """What the words and phrases that were asked for count, each a query that scores."""
        found: list[Query] = []
        size = 0
        for leaf in filter(is_text, _scored(tree)):
            boost = boost_of(leaf)
            for zone, weight in zip(_ZONES, (_HEADLINE_WEIGHT, 1.0), strict=True):
                made = self._scored_in(leaf, zone)
                size += size_of(made)
                if size > MAX_CLAUSES // 2:
                    return found
                if made is not None and boost > 0:
                    found.append(_boosted(made, boost * weight))
        return found

    # -- composition ---------------------------------------------------------------------------------------------------

    def _all(self, parts: Sequence[Bounds]) -> Bounds:
        return self._joined(parts, lambda queries: {"bool": {"filter": queries}})

    def _any(self, parts: Sequence[Any]) -> Bounds:
        words: dict[str, list[str]] = {}
        found = []
        for part in parts:
            if isinstance(part, q.Term) and _is_word(part.text) and part.fieldname != "id":
                words.setdefault(part.fieldname, []).append(part.text)
            else:
                found.append(self.bounds(part))
        for field, some in words.items():
            if len(some) > _MANY:
                found.append(exactly(self._words(field, some)))
            else:
                found += [self.bounds(q.Term(field, word)) for word in some]
        return self._joined(found, _either) if found else exactly(NONE)

    def _joined(self, parts: Sequence[Bounds], join: Callable[[list[Query]], Query]) -> Bounds:
        """Some parts as one; where they are too many for one query, some at a time are asked for beforehand."""
        if len(parts) > 1 and sum(size_of(part.upper) for part in parts) > MAX_CLAUSES:
            groups: list[list[Bounds]] = []
            size = MAX_CLAUSES
            for part in parts:
                size += size_of(part.upper)
                if size > MAX_CLAUSES:
                    groups.append([])
                    size = size_of(part.upper)
                groups[-1].append(part)
            self.has_listed = True
            parts = [self._listed(self._joined(group, join)) for group in groups]
        upper = join([part.upper for part in parts])
        if all(part.is_exact for part in parts):
            return exactly(upper)
        return Bounds(upper, join([part.lower for part in parts]))

    def _listed(self, part: Bounds) -> Bounds:
        upper = self._listing(part.upper)
        return exactly(upper) if part.is_exact else Bounds(upper, self._listing(part.lower))

    def _not(self, part: Bounds) -> Bounds:
        upper: Query = {"bool": {"must_not": [part.lower]}}
        return exactly(upper) if part.is_exact else Bounds(upper, {"bool": {"must_not": [part.upper]}})

    # -- leaves --------------------------------------------------------------------------------------------------------

    def _leaf(self, leaf: Any) -> Bounds:
        if is_text(leaf):
            return self._text(leaf)
        if leaf is q.NullQuery:
            return exactly(NONE)
        if isinstance(leaf, q.Every):
            return exactly(_every(leaf.fieldname))
        if isinstance(leaf, q.DateRange):
            return exactly(_dates(leaf))
        if isinstance(leaf, q.NumericRange):
            return exactly(_numbers(leaf))
        return self._other(leaf)

    def _text(self, leaf: Any) -> Bounds:
        """A leaf that looks at the text, in both zones."""
        if isinstance(leaf, AtLeast):
            return self._at_least(leaf)
        if isinstance(leaf, PATTERNS):
            return self._pattern(leaf)
        made = []
        for zone in _ZONES:
            query = self._in_zone(leaf, zone)
            if query is None:
                return self._inexact(leaf)
            made.append(query)
        return exactly(_either(made))

    def _pattern(self, leaf: Any) -> Bounds:
        """A leaf that stands for any number of words."""
        found = self._words(leaf.fieldname, self.expanded(leaf))
        if not self._has_long():
            return exactly(found)
        self.inexact.append(leaf)  # of a word that the index holds in part
        return Bounds(_either([found, {"term": {"long": True}}]), found)

    def _in_zone(self, leaf: Any, zone: str) -> Query | None:
        """A leaf in one zone; None where it is not said exactly."""
        if isinstance(leaf, q.Term):
            fields = _fields(leaf.fieldname, zone)
            return {"term": {fields: term(leaf.text)}} if fields and _is_word(leaf.text) else NONE
        if isinstance(leaf, q.Phrase) and (leaf.slop == 1 or len(leaf.words) < 2):
            fields = _fields(leaf.fieldname, zone)
            if not fields or not leaf.words or not all(map(_is_word, leaf.words)):
                return NONE
            return _phrase(fields, leaf.words)
        if isinstance(leaf, NotNear):
            return self._without(leaf, zone)
        rules = self._rules(leaf, zone)
        if rules is None:
            return None
        return _intervals(zone, rules)

    def _inexact(self, leaf: Any) -> Bounds:
        """What a leaf that is decided here may match, and what it must."""
        self.inexact.append(leaf)
        if isinstance(leaf, Near):
            return Bounds(self._all([self._operand(part) for part in (leaf.a, leaf.b)]).upper, NONE)
        if isinstance(leaf, NotNear):
            one, other = self._operand(leaf.a), self._operand(leaf.b)
            return Bounds(one.upper, self._all([one, self._not(other)]).lower)
        if isinstance(leaf, AtLeast):
            return Bounds(self._operand(leaf.node).upper, NONE)
        if isinstance(leaf, q.Phrase):
            return Bounds(self._all([self.bounds(q.Term(leaf.fieldname, word)) for word in leaf.words]).upper, NONE)
        if isinstance(leaf, Adjacent):
            return Bounds(self._all([self.bounds(word) for word in leaf.words]).upper, NONE)
        raise TypeError(f"no engine evaluates {type(leaf).__name__}")

    def _operand(self, node: Any) -> Bounds:
        return self._any(node.subqueries) if isinstance(node, q.Or) else self.bounds(node)

    # -- intervals -----------------------------------------------------------------------------------------------------

    def _rules(self, node: Any, zone: str) -> list[Rule] | None:
        """Rules for the occurrences of a node in a zone, one a width; None where they cannot be said so."""
        if isinstance(node, q.Or):
            found: list[Rule] = []
            for part in node.subqueries:
                rules = self._rules(part, zone)
                if rules is None or any(rule.width < 0 for rule in rules):
                    return None
                found += rules
            return by_width(found)
        if isinstance(node, Adjacent):
            return self._adjacent(node, zone)
        if isinstance(node, Near):
            return self._near(node, zone)
        if isinstance(node, (AtLeast, NotNear)):
            return None
        field = _fields(node.fieldname, zone)
        if isinstance(node, PATTERNS):
            if self._has_long():
                return None
            words = self.expanded(node)
            if len(words) > MOST_WORDS:
                return None
            return by_width([word_rule(field, [word]) for word in words]) if field else []
        words = node.words if isinstance(node, q.Phrase) else [node.text]
        if not field or not words or not all(map(_is_word, words)):
            return []
        if isinstance(node, q.Phrase) and node.slop != 1 and len(words) > 1:
            return self._gapped(field, words, node.slop)
        return [word_rule(field, words)]

    def _gapped(self, field: str, words: Sequence[str], slop: int) -> list[Rule] | None:
        """A phrase of two words that lets others stand between; of more, not every chain is a minimal interval."""
        if len(words) > 2:
            return None
        return [ordered([word_rule(field, [word]) for word in words], slop - 1)]

    def _adjacent(self, node: Any, zone: str) -> list[Rule] | None:
        parts = []
        for word in node.words:
            rules = self._rules(word, zone)
            if rules is None:
                return None
            if not rules:
                return []
            parts += rules
        rule = ordered(parts, 0)
        return [rule._replace(width=len(node.words))]

    def _near(self, node: Any, zone: str) -> list[Rule] | None:
        """Two operands near each other; its own occurrences are of any width, so it is no operand of another."""
        sides = [self._rules(part, zone) for part in (node.a, node.b)]
        if any(side is None or any(rule.width < 0 for rule in side) for side in sides):
            return None
        if _share_words(node.a, node.b) and any(rule.width > 1 for side in sides for rule in side or ()):
            return None  # Lucene counts what is repeated among ordered intervals otherwise
        found = []
        for one, other in product(*sides):  # type: ignore[arg-type]
            for pair in [(one, other)] if node.ordered else [(one, other), (other, one)]:
                if isinstance(node.within, int):
                    found.append(ordered(pair, node.within - 1))
                else:
                    found.append(within_unit(ordered(pair, -1), node.within, zone))
        return found

    def _without(self, node: Any, zone: str) -> Query | None:
        """Occurrences without others near, where those are words of one field that cannot be the same."""
        if not isinstance(node.within, int):
            return None
        sides = [_plain(part) for part in (node.a, node.b)]
        if any(side is None for side in sides):
            return None
        (name, ones), (other, others) = sides  # type: ignore[misc]
        if name != other or {word for words in ones for word in words} & {word for words in others for word in words}:
            return None
        field = _fields(name, zone)
        if not field:
            return NONE
        include, exclude = (
            _spans(field, [words for words in side if words and all(map(_is_word, words))]) for side in (ones, others)
        )
        if include is None or exclude is None:
            return include or NONE
        return {
            "span_not": {
                "include": include,
                "exclude": exclude,
                "pre": 0 if node.ordered else node.within,
                "post": node.within,
            }
        }

    def _at_least(self, node: Any) -> Bounds:
        """So many occurrences in both zones together."""
        if node.count <= 1:
            return self._operand(node.node)
        sides = [self._rules(node.node, zone) for zone in _ZONES]
        if any(side is None or len(side) > 1 or (side and side[0].width != 1) for side in sides):
            return self._inexact(node)
        rules = [side[0] if side else None for side in sides if side is not None]
        most = max((rule.size for rule in rules if rule is not None), default=0) * node.count
        if most * (node.count + 1) > MAX_CLAUSES:
            return self._inexact(node)
        ways = []
        for headline in range(node.count + 1):
            parts = list(zip(_ZONES, (headline, node.count - headline), rules, strict=True))
            if all(rule is not None or not times for _, times, rule in parts):
                asked = [
                    _intervals(zone, [ordered([rule] * times, -1)]) for zone, times, rule in parts if rule and times
                ]
                ways.append({"bool": {"filter": asked}})
        return exactly(_either(ways))

    def _scored_in(self, leaf: Any, zone: str) -> Query | None:
        if isinstance(leaf, PATTERNS):
            words = self.expanded(leaf)
            field = _fields(leaf.fieldname, zone)
            return {"terms": {field: list(map(term, words))}} if words and field else None
        found = self._in_zone(leaf.node if isinstance(leaf, AtLeast) else leaf, zone)
        return None if found is NONE or (found is not None and size_of(found) > MOST_WORDS) else found

    # -- words ---------------------------------------------------------------------------------------------------------

    def expanded(self, pattern: Any) -> Sequence[str]:
        """The words that a pattern stands for, asked for once."""
        names = ("fieldname", "text", "start", "end", "startexcl", "endexcl", "maxdist", "prefixlength")
        key = type(pattern), *(getattr(pattern, name, None) for name in names)
        if key not in self._known:
            self._known[key] = self._spellings(pattern)
        return self._known[key]

    def _any_of(self, words: Sequence[str], base: str, level: Level) -> Query:
        fields = [field for zone in _ZONES if (field := _field(base, level, zone))]
        return _either([{"terms": {field: list(map(term, words))}} for field in fields]) if words else NONE

    def _words(self, name: str, words: Sequence[str]) -> Query:
        """Any of some words in a field, whichever it is."""
        base, level = split_level(name)
        if base in FIELDS and FIELDS[base].kind is FieldKind.TEXT:
            return self._any_of(words, base, level)
        return {"terms": {base: list(map(term, words))}} if base in OTHER_FIELDS and words else NONE

    def _other(self, leaf: Any) -> Bounds:
        """A leaf on a field that is no zone of the text."""
        if isinstance(leaf, Adjacent):
            return self._other_adjacent(leaf)
        base, _ = split_level(leaf.fieldname)
        if base == "id":
            return self._id(leaf)
        if base not in OTHER_FIELDS:
            if not isinstance(leaf, (q.Term, q.Phrase, *PATTERNS)):
                raise TypeError(f"no engine evaluates {type(leaf).__name__}")
            return exactly(NONE)
        if isinstance(leaf, PATTERNS):
            return self._pattern(leaf)
        words = leaf.words if isinstance(leaf, q.Phrase) else [leaf.text]
        if not words or not all(map(_is_word, words)):
            return exactly(NONE)
        if len(words) == 1:
            return exactly({"term": {base: term(words[0])}})
        if leaf.slop == 1:
            return exactly(_phrase(base, words))
        if len(words) == 2:
            return exactly(
                {"intervals": {base: ordered([word_rule(base, [word]) for word in words], leaf.slop - 1).rule}}
            )
        self.inexact.append(leaf)
        return Bounds({"bool": {"filter": [{"term": {base: term(word)}} for word in words]}}, NONE)

    def _other_adjacent(self, leaf: Any) -> Bounds:
        base, _ = split_level(leaf.words[0].fieldname)
        if base not in OTHER_FIELDS:
            return exactly(NONE)
        if any(isinstance(word, PATTERNS) for word in leaf.words) and self._has_long():
            return self._inexact(leaf)
        parts = []
        for word in leaf.words:
            words = self.expanded(word) if isinstance(word, PATTERNS) else [word.text]
            words = list(filter(_is_word, words))
            if not words:
                return exactly(NONE)
            parts.append(Rule(1, any_rule([word_rule(base, [each]) for each in words]), len(words)))
        rule = ordered(parts, 0)
        return exactly({"intervals": {base: rule.rule}}) if rule.size <= MOST_WORDS else self._inexact(leaf)

    def _id(self, leaf: Any) -> Bounds:
        if isinstance(leaf, (q.Prefix, q.Wildcard)) and not has_utf8(leaf.text):
            return exactly(NONE)
        if is_whole(leaf):
            return exactly({"regexp": {"id": {"value": expression(leaf)}}})
        if isinstance(leaf, q.TermRange):
            return exactly(_between("id", leaf))
        if isinstance(leaf, PATTERNS):
            self.inexact.append(leaf)
            return Bounds({"regexp": {"id": {"value": expression(leaf)}}}, NONE)
        words = leaf.words if isinstance(leaf, q.Phrase) else [leaf.text]
        return exactly({"term": {"id": words[0]}} if len(words) == 1 and _is_word(words[0]) else NONE)


def exactly(query: Query) -> Bounds:
    """The bounds of what is said exactly."""
    return Bounds(query, query)


def size_of(query: Any) -> int:
    """Of how many parts a query is made, as Lucene counts them."""
    if isinstance(query, list):
        return sum(map(size_of, query))
    if not isinstance(query, dict):
        return 0
    found = 0
    for name, value in query.items():
        found += (
            1 if name in ("term", "terms", "range", "exists", "match", "match_phrase", "span_term", "regexp") else 0
        )
        found += value.count("\n") if name == "query" and isinstance(value, str) else size_of(value)
    return found


def _scored(tree: Any) -> Iterator[Any]:
    """The leaves that count in the score."""
    if isinstance(tree, q.ConstantScoreQuery):
        return
    if isinstance(tree, q.Require):
        tree = tree.a
    parts = children(tree)
    if parts is None or isinstance(tree, q.Not):
        yield from positive_leaves(tree)
        return
    boost = float(getattr(tree, "boost", 1.0))
    for part in parts[:1] if isinstance(tree, q.AndNot) else parts:
        for leaf in _scored(part):
            yield leaf if boost == 1.0 else leaf.with_boost(boost * leaf.boost)


def _boosted(query: Query, boost: float) -> Query:
    """A query that counts so much."""
    return {"bool": {"must": [query], "boost": boost}} if boost != 1.0 else query


def _is_word(word: str) -> bool:
    """Whether a word may stand anywhere: what has no UTF-8 does not, and nothing is empty."""
    return bool(word) and has_utf8(word)


def _field(base: str, level: Level, zone: str) -> str:
    """The field of the words that a text field looks at in a zone; empty where it does not look there."""
    if base in _ZONES and base != zone:
        return ""
    return f"{'lead' if base == 'lead' and zone == 'body' else zone}.{_SUFFIX[level]}"


def _fields(name: str, zone: str) -> str:
    return _field(*split_level(name), zone)


def _phrase(field: str, words: Sequence[str]) -> Query:
    if len(words) == 1:
        return {"term": {field: term(words[0])}}
    return {"match_phrase": {field: {"query": "\n".join(map(term, words))}}}


def _either(queries: Iterable[Query]) -> Query:
    some = [query for query in queries if query is not NONE]
    if len(some) < 2:
        return some[0] if some else NONE
    return {"bool": {"should": some, "minimum_should_match": 1}}


def _intervals(zone: str, rules: Sequence[Rule]) -> Query | None:
    """Any of some rules in a zone; None where they are made of too much."""
    if not rules:
        return NONE
    if sum(rule.size for rule in rules) > MAX_CLAUSES // 2:
        return None
    return {"intervals": {f"{zone}.stem": any_rule(rules)}}


def _plain(node: Any) -> tuple[str, list[list[str]]] | None:
    """The one field of words, phrases and groups of them, and their words; None where it is none of these."""
    if isinstance(node, q.Or):
        parts = [_plain(part) for part in node.subqueries]
        names = {part[0] for part in parts if part is not None}
        if None in parts or len(names) != 1:
            return None
        return names.pop(), [words for part in parts if part is not None for words in part[1]]
    if isinstance(node, q.Term):
        return node.fieldname, [[node.text]]
    if isinstance(node, q.Phrase) and (node.slop == 1 or len(node.words) < 2):
        return node.fieldname, [list(node.words)]
    return None


def _spans(field: str, phrases: Sequence[Sequence[str]]) -> Query | None:
    """Spans of some phrases; None where there are none."""
    made: list[Query] = []
    for words in phrases:
        clauses: list[Query] = [{"span_term": {field: term(word)}} for word in words]
        made.append(
            clauses[0] if len(clauses) == 1 else {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}
        )
    if len(made) < 2:
        return made[0] if made else None
    return {"span_or": {"clauses": made}}


def _share_words(one: Any, other: Any) -> bool:
    """Whether two operands may have words in common."""
    words = [
        {word for leaf in leaves(part) for word in getattr(leaf, "words", None) or [getattr(leaf, "text", None)]}
        for part in (one, other)
    ]
    is_pattern = any(isinstance(leaf, PATTERNS) for part in (one, other) for leaf in leaves(part))
    return is_pattern or bool(words[0] & words[1])


def _every(name: str | None) -> Query:
    if name is None:
        return ALL
    base, _ = split_level(name)
    if base in ("date", "precision"):
        return {"exists": {"field": "first"}}
    if base in ("id", "words"):
        return ALL
    if base not in FIELDS:
        return NONE
    if FIELDS[base].kind is not FieldKind.TEXT:
        return {"exists": {"field": f"terms.{base}"}}
    if base == "headline":
        return {"range": {"headline_words": {"gt": 0}}}
    return {"exists": {"field": "body.stem"}} if base == "body" else {"range": {"words": {"gt": 0}}}


def _dates(leaf: Any) -> Query:
    """Articles whose local days meet those asked for, as `matching` says."""
    asked = to_day_interval(leaf)
    if asked.start >= asked.stop:
        return NONE
    return {"bool": {"filter": [{"range": {"first": {"lt": asked.stop}}}, {"range": {"stop": {"gt": asked.start}}}]}}


def _numbers(leaf: Any) -> Query:
    return _between("words", leaf) if leaf.fieldname == "words" else NONE


def _between(field: str, leaf: Any) -> Query:
    """What of a field that every article has lies in a range."""
    ends = {}
    if leaf.start is not None:
        ends["gt" if leaf.startexcl else "gte"] = leaf.start
    if leaf.end is not None:
        ends["lt" if leaf.endexcl else "lte"] = leaf.end
    if leaf.start is not None and leaf.end is not None and leaf.start > leaf.end:
        return NONE
    return {"range": {field: ends}} if ends else ALL
