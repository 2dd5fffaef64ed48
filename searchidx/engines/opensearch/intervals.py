"""Interval rules of the cluster's: words and phrases, one after the other, in one sentence or paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from searchidx.engines.opensearch.mapping import term

__all__ = ["MOST_WORDS", "Rule", "any_rule", "by_width", "ordered", "within_unit", "word_rule"]

MOST_WORDS = 150
"""An interval query is made of so many words at most; what has more is decided article by article."""
_KINDS = {"s": "12", "p": "2"}
"""What marks the beginning or end of a sentence, of a paragraph."""


class Rule(NamedTuple):
    """A rule for occurrences that are all so many words wide (-1: of any width), and of how many words it is made."""

    width: int
    rule: dict[str, Any]
    size: int


def word_rule(field: str, words: Sequence[str]) -> Rule:
    """Words side by side."""
    rule: dict[str, Any] = {"query": "\n".join(map(term, words)), "use_field": field}
    if len(words) > 1:
        rule |= {"ordered": True, "max_gaps": 0}
    return Rule(len(words), {"match": rule}, len(words))


def any_rule(rules: Sequence[Rule]) -> dict[str, Any]:
    """Any of some occurrences."""
    return rules[0].rule if len(rules) == 1 else {"any_of": {"intervals": [rule.rule for rule in rules]}}


def by_width(rules: Sequence[Rule]) -> list[Rule] | None:
    """One rule a width; None where they are too many."""
    if sum(rule.size for rule in rules) > MOST_WORDS:
        return None
    widths: dict[int, list[Rule]] = {}
    for rule in rules:
        widths.setdefault(rule.width, []).append(rule)
    return [Rule(width, any_rule(some), sum(rule.size for rule in some)) for width, some in widths.items()]


def ordered(rules: Sequence[Rule], gaps: int) -> Rule:
    """Occurrences one after the other; of any width."""
    if len(rules) == 1:
        return rules[0]
    made = {"all_of": {"ordered": True, "max_gaps": gaps, "intervals": [rule.rule for rule in rules]}}
    return Rule(-1, made, sum(rule.size for rule in rules))


def within_unit(rule: Rule, unit: str, zone: str) -> Rule:
    """What lies in one sentence or paragraph; a headline is one."""
    if zone == "headline":
        return rule
    kinds = _KINDS[unit]
    marks = {
        (begins, ends): any_rule(
            [
                word_rule("marks", [f"{begin}{end}"])
                for begin, end in product("012", repeat=2)
                if (begin in kinds, end in kinds) == (begins, ends)
            ]
        )
        for begins, ends in ((True, False), (False, True), (True, True))
    }
    longer = {"all_of": {"ordered": True, "max_gaps": -1, "intervals": [marks[True, False], marks[False, True]]}}
    units = {"any_of": {"intervals": [marks[True, True], longer]}}
    kind, inner = next(iter(rule.rule.items()))
    return rule._replace(rule={kind: {**inner, "filter": {"contained_by": units}}}, size=rule.size + 8)
