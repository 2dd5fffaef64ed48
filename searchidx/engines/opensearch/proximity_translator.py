"""Leaves that search the text, as exact queries: words, phrases, proximity and counts.

Positions in the index are those that searchidx sends, so Lucene's positional queries mean the same, with these limits:

- Near within n words: Lucene's ordered intervals, in one order or the other. They are minimal intervals. If all
  occurrences of an operand have the same width, the nearest two are minimal, so no match is missed. Operands of several
  widths get one rule for each width.
- Near within a sentence or paragraph: ordered intervals contained in one.
- At least n occurrences: n ordered intervals of single words.
- Not near: Lucene's span-not, for words of one field that cannot be the same.

Methods return None where no query is provably exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from whoosh import query as q

from searchidx.engines.opensearch.intervals import (
    MAX_WORDS,
    IntervalRule,
    adjacent_rule,
    any_rule,
    group_by_width,
    interval_query,
    ordered_rule,
    phrase_query,
    span_query,
    within_unit,
    word_rule,
)
from searchidx.engines.opensearch.mapping import indexed_term, is_plain
from searchidx.engines.opensearch.pattern_translator import ExpansionCache
from searchidx.engines.opensearch.query_dsl import (
    MATCH_NONE,
    MAX_CLAUSES,
    ZONES,
    DslQuery,
    any_of,
    may_occur,
    term_query,
    zone_field,
)
from searchidx.engines.opensearch.word_terms import WordTerms
from searchidx.query.nodes import PATTERNS, Adjacent, AtLeast, Near, NotNear
from searchidx.query.traversal import leaves


class ProximityTranslator:
    """Translates leaves that search the text."""

    def __init__(self, expansions: ExpansionCache, words: WordTerms) -> None:
        self._expansions = expansions
        self._words = words

    def query(self, leaf: q.Query) -> DslQuery | None:
        """The query of a leaf other than a pattern, in both zones."""
        if isinstance(leaf, AtLeast):
            return self._at_least(leaf)
        zones = []
        for zone in ZONES:
            query = self.zone_query(leaf, zone)
            if query is None:
                return None
            zones.append(query)
        return any_of(zones)

    def zone_query(self, leaf: q.Query, zone: str) -> DslQuery | None:
        """The query of a leaf in one zone."""
        if isinstance(leaf, q.Term):
            return self._word_query(leaf.fieldname, leaf.text, zone)
        if isinstance(leaf, q.Phrase) and (leaf.slop == 1 or len(leaf.words) < 2):
            field = zone_field(leaf.fieldname, zone)
            if not field or not leaf.words or not all(map(may_occur, leaf.words)):
                return MATCH_NONE
            if len(leaf.words) == 1:
                return self._word_query(leaf.fieldname, leaf.words[0], zone)
            if not self._words.is_ambiguous(leaf.fieldname):
                return phrase_query(field, [self._words.find_only(leaf.fieldname, word) for word in leaf.words])
        if isinstance(leaf, NotNear):
            return self._not_near(leaf, zone)
        rules = self._rules(leaf, zone)
        return None if rules is None else interval_query(zone, rules)

    def _word_query(self, name: str, word: str, zone: str) -> DslQuery:
        """The query of one word in a zone: any of its terms."""
        if not zone_field(name, zone) or not may_occur(word):
            return MATCH_NONE
        fields: dict[str, list[str]] = {}
        for each, term in self._words.find(name, word):
            field = zone_field(each, zone)
            if is_plain(field, term):
                return phrase_query(field, [term])
            fields.setdefault(field, []).append(indexed_term(field, term))
        return any_of(term_query(field, terms) for field, terms in fields.items())

    def _word_rule(self, name: str, word: str, zone: str) -> IntervalRule:
        """The rule of one word in a zone: any of its terms."""
        rules = [word_rule(zone_field(field, zone), [term]) for field, term in self._words.find(name, word)]
        return IntervalRule(1, any_rule(rules), len(rules))

    def _rules(self, node: q.Query, zone: str) -> list[IntervalRule] | None:
        """One rule for each width of the occurrences of a node in a zone."""
        if isinstance(node, q.Or):
            found: list[IntervalRule] = []
            for part in node.subqueries:
                rules = self._rules(part, zone)
                if rules is None or any(rule.width < 0 for rule in rules):
                    return None
                found += rules
            return group_by_width(found)
        if isinstance(node, Adjacent):
            return self._adjacent(node, zone)
        if isinstance(node, Near):
            return self._near(node, zone)
        if isinstance(node, (AtLeast, NotNear)):
            return None
        assert isinstance(node, (q.Term, q.Phrase, *PATTERNS))
        field = zone_field(node.fieldname, zone)
        if isinstance(node, PATTERNS):
            if self._expansions.has_truncated_words():
                return None
            expansion = self._expansions.words(node)
            if len(expansion) > MAX_WORDS:
                return None
            return group_by_width([word_rule(field, [word]) for word in expansion]) if field else []
        words = node.words if isinstance(node, q.Phrase) else [node.text]
        if not field or not words or not all(map(may_occur, words)):
            return []
        if isinstance(node, q.Phrase) and node.slop != 1 and len(words) > 1:
            if len(words) > 2:
                return None  # not every match is a minimal interval
            return [ordered_rule([self._word_rule(node.fieldname, word, zone) for word in words], node.slop - 1)]
        if self._words.is_ambiguous(node.fieldname):
            adjacent = adjacent_rule([self._word_rule(node.fieldname, word, zone) for word in words])
            return None if adjacent is None else [adjacent]
        return [word_rule(field, [self._words.find_only(node.fieldname, word) for word in words])]

    def _adjacent(self, node: Adjacent, zone: str) -> list[IntervalRule] | None:
        parts = []
        for word in node.words:
            rules = self._rules(word, zone)
            if rules is None:
                return None
            if not rules:
                return []
            parts += rules
        adjacent = adjacent_rule(parts)
        return None if adjacent is None else [adjacent]

    def _near(self, node: Near, zone: str) -> list[IntervalRule] | None:
        """Rules for two operands near each other; their width varies, so they cannot be operands again."""
        sides = [self._rules(part, zone) for part in (node.a, node.b)]
        if any(side is None or any(rule.width < 0 for rule in side) for side in sides):
            return None
        if self._share_words(node.a, node.b) and any(rule.width > 1 for side in sides for rule in side or ()):
            return None  # Lucene has other rules for repeated words in ordered intervals
        found = []
        for one, other in product(*sides):  # type: ignore[arg-type]
            for pair in [(one, other)] if node.ordered else [(one, other), (other, one)]:
                if isinstance(node.within, int):
                    found.append(ordered_rule(pair, node.within - 1))
                else:
                    found.append(within_unit(ordered_rule(pair, -1), node.within, zone))
        return found

    def _not_near(self, node: NotNear, zone: str) -> DslQuery | None:
        if not isinstance(node.within, int):
            return None
        sides = [self._field_phrases(part) for part in (node.a, node.b)]
        if any(side is None for side in sides):
            return None
        (name, ones), (other_name, others) = sides  # type: ignore[misc]
        if name != other_name or set().union(*ones) & set().union(*others):
            return None
        field = zone_field(name, zone)
        if not field:
            return MATCH_NONE
        if any(is_plain(field, word) for words in (*ones, *others) for word in words):
            return None
        include, exclude = (
            span_query(field, [words for words in side if words and all(map(may_occur, words))])
            for side in (ones, others)
        )
        if include is None or exclude is None:
            return include or MATCH_NONE
        before = 0 if node.ordered else node.within
        return {"span_not": {"include": include, "exclude": exclude, "pre": before, "post": node.within}}

    def _at_least(self, node: AtLeast) -> DslQuery | None:
        """Occurrences in both zones together: each way to split the count between them."""
        sides = [self._rules(node.node, zone) for zone in ZONES]
        if any(side is None or len(side) > 1 or (side and side[0].width != 1) for side in sides):
            return None
        rules = [side[0] if side else None for side in sides if side is not None]
        size = max((rule.size for rule in rules if rule is not None), default=0) * node.count
        if size * (node.count + 1) > MAX_CLAUSES:
            return None
        splits = []
        for in_headline in range(node.count + 1):
            parts = list(zip(ZONES, (in_headline, node.count - in_headline), rules, strict=True))
            if all(rule is not None or not times for _, times, rule in parts):
                zones = [
                    interval_query(zone, [ordered_rule([rule] * times, -1)])
                    for zone, times, rule in parts
                    if rule and times
                ]
                splits.append({"bool": {"filter": zones}})
        return any_of(splits)

    def _field_phrases(self, node: q.Query) -> tuple[str, list[list[str]]] | None:
        """The field, and the terms of each phrase, of words and phrases of one field; None for other nodes."""
        if isinstance(node, q.Or):
            parts = [self._field_phrases(part) for part in node.subqueries]
            names = {part[0] for part in parts if part is not None}
            if None in parts or len(names) != 1:
                return None
            return names.pop(), [words for part in parts if part is not None for words in part[1]]
        if isinstance(node, q.Term):
            words: Sequence[str] = [node.text]
        elif isinstance(node, q.Phrase) and (node.slop == 1 or len(node.words) < 2):
            words = node.words
        else:
            return None
        name: str = node.fieldname
        if self._words.is_ambiguous(name):
            return None
        return name, [[self._words.find_only(name, word) for word in words]]

    def _share_words(self, one: q.Query, other: q.Query) -> bool:
        """Whether two operands may match the same word."""
        found: list[set[str]] = []
        for part in (one, other):
            terms: set[str] = set()
            leaf: Any
            for leaf in leaves(part):
                if isinstance(leaf, PATTERNS) or self._words.is_ambiguous(leaf.fieldname):
                    return True
                words = getattr(leaf, "words", None) or [leaf.text]
                terms.update(self._words.find_only(leaf.fieldname, word) for word in words)
            found.append(terms)
        return bool(found[0] & found[1])
