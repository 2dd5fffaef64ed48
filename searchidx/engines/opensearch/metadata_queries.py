"""Leaves that do not search the text: ids, words and values of fields, dates, numbers, `Every`."""

from __future__ import annotations

from typing import TypeGuard

from whoosh import query as q

from searchidx.engines.opensearch.intervals import (
    MAX_WORDS,
    IntervalRule,
    adjacent_rule,
    any_rule,
    ordered_rule,
    phrase_query,
    word_rule,
)
from searchidx.engines.opensearch.mapping import METADATA_FIELDS, is_encodable, stored_term
from searchidx.engines.opensearch.pattern_translator import ExpansionCache, is_same_language, lucene_regexp
from searchidx.engines.opensearch.query_dsl import (
    MATCH_ALL,
    MATCH_NONE,
    DslQuery,
    QueryBounds,
    all_of,
    exact,
    may_occur,
)
from searchidx.query.cursor import WORKSPACE_FIELDS
from searchidx.query.nodes import PATTERNS, Adjacent, WholeValue, WordNode, to_day_interval
from searchidx.schema import FIELDS, FieldKind, count_steps, split_level

IdNode = WordNode | q.Phrase
"""A leaf that may ask for ids."""


def metadata_query(leaf: q.Query, expansions: ExpansionCache) -> DslQuery | None:
    """The query of a leaf that searches neither the text nor the id; None if no query is exact.

    The caller expands patterns.
    """
    if leaf is q.NullQuery:
        return MATCH_NONE
    if isinstance(leaf, q.Every):
        return _every_query(leaf.fieldname)
    if isinstance(leaf, q.DateRange):
        return _date_query(leaf)
    if isinstance(leaf, q.NumericRange):
        return _number_query(leaf)
    if isinstance(leaf, WholeValue):
        return {"term": {f"whole.{leaf.fieldname}": stored_term(leaf.value)}} if may_occur(leaf.value) else MATCH_NONE
    if isinstance(leaf, Adjacent):
        return _adjacent_query(leaf, expansions)
    if not isinstance(leaf, (q.Term, q.Phrase, *PATTERNS)):
        raise TypeError(f"no engine evaluates {type(leaf).__name__}")
    base, _ = split_level(leaf.fieldname)
    if base not in METADATA_FIELDS or isinstance(leaf, PATTERNS):
        return MATCH_NONE
    words, slop = (leaf.words, leaf.slop) if isinstance(leaf, q.Phrase) else ([leaf.text], 1)
    if not words or not all(map(may_occur, words)):
        return MATCH_NONE
    if len(words) == 1 or slop == 1:
        return phrase_query(base, words)
    if len(words) > 2:
        return None  # not every match is a minimal interval
    return {"intervals": {base: ordered_rule([word_rule(base, [word]) for word in words], slop - 1).rule}}


def asks_id(leaf: q.Query) -> TypeGuard[IdNode]:
    """Whether a leaf asks for ids."""
    return isinstance(leaf, (q.Term, q.Phrase, *PATTERNS)) and split_level(leaf.fieldname)[0] == "id"


def id_bounds(leaf: IdNode) -> QueryBounds:
    """The loose and the tight query of a leaf that asks for ids, as they are stored."""
    found = _id_query(leaf)
    return QueryBounds(_id_regexp(leaf), MATCH_NONE) if found is None else exact(found)


def _id_regexp(pattern: q.Query) -> DslQuery:
    """Find the ids that a pattern matches, and maybe others."""
    return {"regexp": {"id": {"value": lucene_regexp(pattern)}}}


def _id_query(leaf: IdNode) -> DslQuery | None:
    if isinstance(leaf, (q.Prefix, q.Wildcard, q.FuzzyTerm)) and not is_encodable(leaf.text):
        return MATCH_NONE
    if isinstance(leaf, q.TermRange):
        return _range_query("id", leaf)
    if isinstance(leaf, q.Regex):
        return None  # an id may have line breaks, which `.` matches on the cluster only
    if isinstance(leaf, PATTERNS):
        return _id_regexp(leaf) if is_same_language(leaf) else None
    words = leaf.words if isinstance(leaf, q.Phrase) else [leaf.text]
    return {"term": {"id": words[0]}} if len(words) == 1 and may_occur(words[0]) else MATCH_NONE


def _adjacent_query(leaf: Adjacent, expansions: ExpansionCache) -> DslQuery | None:
    base, _ = split_level(leaf.words[0].fieldname)
    if base not in METADATA_FIELDS:
        return MATCH_NONE
    if any(isinstance(word, PATTERNS) for word in leaf.words) and expansions.has_truncated_words():
        return None
    parts = []
    for word in leaf.words:
        words = expansions.words(word) if isinstance(word, PATTERNS) else [word.text]
        words = list(filter(may_occur, words))
        if not words:
            return MATCH_NONE
        parts.append(IntervalRule(1, any_rule([word_rule(base, [each]) for each in words]), len(words)))
    rule = adjacent_rule(parts)
    return {"intervals": {base: rule.rule}} if rule is not None and rule.size <= MAX_WORDS else None


def _every_query(name: str | None) -> DslQuery:
    """Find the articles with a value in a field."""
    if name is None:
        return MATCH_ALL
    base, _ = split_level(name)
    if base in ("date", "precision"):
        return {"exists": {"field": "first"}}
    if base in ("id", "words"):
        return MATCH_ALL
    if base not in FIELDS or base in WORKSPACE_FIELDS:
        return MATCH_NONE
    if base == "ocr":
        return {"exists": {"field": "ocr"}}
    if FIELDS[base].kind is not FieldKind.TEXT:
        return {"exists": {"field": f"terms.{base}"}}
    if base == "headline":
        return {"range": {"headline_words": {"gt": 0}}}
    return {"exists": {"field": "body.stem"}} if base == "body" else {"range": {"words": {"gt": 0}}}


def _date_query(leaf: q.DateRange) -> DslQuery:
    """Find the articles whose interval of local days meets the one asked for, as `reference.match` defines it."""
    days = to_day_interval(leaf)
    if days.start >= days.stop:
        return MATCH_NONE
    return all_of([{"range": {"first": {"lt": days.stop}}}, {"range": {"stop": {"gt": days.start}}}])


def _number_query(leaf: q.NumericRange) -> DslQuery:
    """Find the articles with a number in a range, compared in steps of its field, as they are indexed."""
    if leaf.fieldname not in ("words", "ocr"):
        return MATCH_NONE
    start, end = (None if each is None else count_steps(leaf.fieldname, each) for each in (leaf.start, leaf.end))
    steps = q.NumericRange(leaf.fieldname, start, end, startexcl=leaf.startexcl, endexcl=leaf.endexcl)
    found = _range_query(leaf.fieldname, steps)
    return _every_query(leaf.fieldname) if found == MATCH_ALL else found


def _range_query(field: str, leaf: q.TermRange | q.NumericRange) -> DslQuery:
    """Find the values in a range, in a field that every article has."""
    limits: dict[str, float | str] = {}
    if leaf.start is not None:
        limits["gt" if leaf.startexcl else "gte"] = leaf.start
    if leaf.end is not None:
        limits["lt" if leaf.endexcl else "lte"] = leaf.end
    if leaf.start is not None and leaf.end is not None and leaf.start > leaf.end:  # type: ignore[operator]
        return MATCH_NONE
    return {"range": {field: limits}} if limits else MATCH_ALL
