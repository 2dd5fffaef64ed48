"""Interval and span queries: words, phrases, ordered sequences, sentences and paragraphs.

An interval rule finds occurrences. Lucene looks at minimal intervals only: those that contain no other one of the same
rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from searchidx.engines.opensearch.mapping import BOUNDARY_MARK, PRINTED_MARK, indexed_term, is_plain, stored_term
from searchidx.engines.opensearch.query_dsl import (
    MATCH_NONE,
    MAX_CLAUSES,
    DslQuery,
    QueryBounds,
    any_of,
    exact,
    term_query,
)

MAX_WORDS = 150
"""Maximum words in the rules of one operand; a query with more is rechecked article by article."""
_MAX_PHRASES = 1_000
"""Maximum phrases of words that have alternatives; Lucene's limit is 1,024."""
_BOUNDARY_MARKS = {"s": "12", "p": "2"}
"""The digits of the field `marks` at which a sentence, or a paragraph, begins or ends."""


class IntervalRule(NamedTuple):
    """A rule of an interval query.

    Attributes:
        width: the number of words in each occurrence; -1 if it varies.
        rule: the rule in the query DSL.
        size: the number of words in the rule, with those of its filters.
    """

    width: int
    rule: dict[str, Any]
    size: int


def word_rule(field: str, words: Sequence[str]) -> IntervalRule:
    """Words side by side in one field of the mapping."""
    if any(is_plain(field, word) for word in words):
        rules = [_single_word_rule(field, word) for word in words]
        return rules[0] if len(rules) == 1 else ordered_rule(rules, 0)._replace(width=len(rules))
    rule: dict[str, Any] = {"query": "\n".join(indexed_term(field, word) for word in words), "use_field": field}
    if len(words) > 1:
        rule |= {"ordered": True, "max_gaps": 0}
    return IntervalRule(len(words), {"match": rule}, len(words))


def _single_word_rule(field: str, word: str) -> IntervalRule:
    """One word. A plain surface form is the folded form where the field of surface forms has no term."""
    if not is_plain(field, word):
        return word_rule(field, [word])
    other_print = {"not_overlapping": {"match": {"query": PRINTED_MARK, "use_field": field}}}
    folded = {"query": stored_term(word), "use_field": f"{field.partition('.')[0]}.folded", "filter": other_print}
    return IntervalRule(1, {"match": folded}, 2)


def words_bounds(field: str, words: Sequence[str]) -> QueryBounds:
    """Any of some words in one field of the mapping."""
    plain = [word for word in words if is_plain(field, word)]
    others = [indexed_term(field, word) for word in words if not is_plain(field, word)]
    marked = term_query(field, others)
    if not plain:
        return exact(marked)
    if 2 * len(plain) <= MAX_WORDS:
        rule = any_rule([_single_word_rule(field, word) for word in plain])
        return exact(any_of([marked, {"intervals": {field: rule}}]))
    folded = term_query(f"{field.partition('.')[0]}.folded", list(map(stored_term, plain)))
    return QueryBounds(any_of([marked, folded]), marked)


def phrase_query(field: str, words: Sequence[str]) -> DslQuery:
    """Find words side by side in one field of the mapping."""
    if any(is_plain(field, word) for word in words):
        return {"intervals": {field: word_rule(field, words).rule}}
    terms = [indexed_term(field, word) for word in words]
    return term_query(field, terms) if len(terms) == 1 else {"match_phrase": {field: {"query": "\n".join(terms)}}}


def any_rule(rules: Sequence[IntervalRule]) -> dict[str, Any]:
    """The occurrences of any rule, in the query DSL."""
    return rules[0].rule if len(rules) == 1 else {"any_of": {"intervals": [rule.rule for rule in rules]}}


def group_by_width(rules: Sequence[IntervalRule]) -> list[IntervalRule] | None:
    """Merge the rules of each width into one; None if they have too many words."""
    if sum(rule.size for rule in rules) > MAX_WORDS:
        return None
    widths: dict[int, list[IntervalRule]] = {}
    for rule in rules:
        widths.setdefault(rule.width, []).append(rule)
    return [IntervalRule(width, any_rule(some), sum(rule.size for rule in some)) for width, some in widths.items()]


def ordered_rule(rules: Sequence[IntervalRule], max_gaps: int) -> IntervalRule:
    """One occurrence of each rule, in order, with at most `max_gaps` other words in between (-1: any number)."""
    if len(rules) == 1:
        return rules[0]
    rule = {"all_of": {"ordered": True, "max_gaps": max_gaps, "intervals": [rule.rule for rule in rules]}}
    return IntervalRule(-1, rule, sum(rule.size for rule in rules))


def adjacent_rule(rules: Sequence[IntervalRule]) -> IntervalRule | None:
    """One word of each rule, side by side; None if these are too many phrases, all of which Lucene lists."""
    if prod(rule.size for rule in rules) > _MAX_PHRASES:
        return None
    return ordered_rule(rules, 0)._replace(width=len(rules))


def within_unit(rule: IntervalRule, unit: str, zone: str) -> IntervalRule:
    """The occurrences within one sentence ("s") or paragraph ("p"); a headline is one of each.

    A unit is the interval from a word that begins one to the next word that ends one. Lucene's `not_containing` would
    be shorter, but it also rejects intervals that only overlap.
    """
    if zone == "headline":
        return rule
    digits = _BOUNDARY_MARKS[unit]
    marks = {
        (begins, ends): any_rule(
            [
                word_rule("marks", [f"{BOUNDARY_MARK}{begin}{end}"])
                for begin, end in product("012", repeat=2)
                if (begin in digits, end in digits) == (begins, ends)
            ]
        )
        for begins, ends in ((True, False), (False, True), (True, True))
    }
    longer = {"all_of": {"ordered": True, "max_gaps": -1, "intervals": [marks[True, False], marks[False, True]]}}
    units = {"any_of": {"intervals": [marks[True, True], longer]}}
    kind, inner = next(iter(rule.rule.items()))
    return rule._replace(rule={kind: {**inner, "filter": {"contained_by": units}}}, size=rule.size + 8)


def interval_query(zone: str, rules: Sequence[IntervalRule]) -> DslQuery | None:
    """Find an occurrence of any rule in a zone; None if the rules have too many words."""
    if not rules:
        return MATCH_NONE
    if sum(rule.size for rule in rules) > MAX_CLAUSES // 2:
        return None
    return {"intervals": {f"{zone}.stem": any_rule(rules)}}


def span_query(field: str, phrases: Sequence[Sequence[str]]) -> DslQuery | None:
    """Find any of some phrases without plain surface forms, as a span query; None for no phrases."""
    spans: list[DslQuery] = []
    for words in phrases:
        clauses: list[DslQuery] = [{"span_term": {field: indexed_term(field, word)}} for word in words]
        spans.append(
            clauses[0] if len(clauses) == 1 else {"span_near": {"clauses": clauses, "slop": 0, "in_order": True}}
        )
    if len(spans) < 2:
        return spans[0] if spans else None
    return {"span_or": {"clauses": spans}}
