"""Walks over query trees, Whoosh's classes and those of `searchidx.query.nodes`.

The *children* of a node are the parts that And, Or, Not and the like combine into a set of articles. A node without
children is a leaf to the engines: a word, a range, or a node that matches at occurrences (`Near`, `Adjacent` …). The
*operands* of the latter are the parts whose occurrences it combines. For `a -(b w/5 c)`::

    And ── Term a                               children(And) = (Term a, Not)
        └─ Not ── Near ── Term b                children(Near) = None, operands(Near) = (Term b, Term c)
                       └─ Term c                positive_leaves(And) = Term a;  leaves(And) = Term a, Term b, Term c
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeGuard

from whoosh import query as q
from whoosh.query import Query

from searchidx.query.nodes import NODES, PATTERNS, Adjacent, Phrase
from searchidx.schema import FIELDS, FieldKind, split_level

_WORDS = (q.Term, q.Phrase, *PATTERNS)
_STEM_FIELDS = {name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT}
"""The fields of the text as they name the level of stems."""


def children(query: Query) -> tuple[Query, ...] | None:
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


def operands(query: Query) -> tuple[Query, ...]:
    """The parts whose occurrences a node combines: those of an `Or` of words and of the nodes that are our own."""
    if isinstance(query, NODES):
        return query.operands
    return tuple(query.subqueries) if isinstance(query, q.Or) else ()


def leaves(query: Query) -> Iterator[Query]:
    """The words, patterns, ranges and values of a tree, those within proximities included, in order."""
    parts = children(query) or operands(query)
    if not parts:
        yield query
    for part in parts:
        yield from leaves(part)


def map_leaves(query: Query, function: Callable[[Query], Query]) -> Query:
    """A tree of And, Or and Not with each leaf replaced; the operands of a proximity are no leaves."""
    if isinstance(query, (q.And, q.Or)):
        copy: Query = type(query)([map_leaves(part, function) for part in query.subqueries], boost=query.boost)
    elif isinstance(query, q.Not):
        copy = q.Not(map_leaves(query.query, function), boost=query.boost)
    else:
        return function(query)
    copy.startchar, copy.endchar = query.startchar, query.endchar
    return copy


def positive_leaves(query: Query) -> Iterator[Query]:
    """The leaves outside negations, in order; a proximity is one leaf."""
    parts = children(query)
    if parts is None:
        yield query
    elif not isinstance(query, q.Not):
        for part in parts[:1] if isinstance(query, q.AndNot) else parts:
            yield from positive_leaves(part)


def word_pairs(query: Query) -> Iterator[tuple[int, Phrase]]:
    """The neighbouring words of an And or Or, as phrases of stems, each with the number of its first child.

    Both words search the same field of the text by their stems, with no weight of their own.
    """
    if not isinstance(query, (q.And, q.Or)):
        return
    for number, (one, other) in enumerate(pairwise(query.subqueries)):
        if _may_pair(one) and _may_pair(other) and one.fieldname == other.fieldname:
            yield number, Phrase(one.fieldname, [one.text, other.text])


def _may_pair(query: Query) -> TypeGuard[q.Term]:
    return isinstance(query, q.Term) and query.boost == 1.0 and query.fieldname in _STEM_FIELDS


def is_text(query: Query) -> bool:
    """Whether a leaf looks at the words of headlines and bodies, so that it scores."""
    if isinstance(query, Adjacent):
        return is_text(query.words[0])
    if isinstance(query, NODES):
        return True
    if not isinstance(query, _WORDS):
        return False
    base, _ = split_level(query.fieldname)
    return base in FIELDS and FIELDS[base].kind is FieldKind.TEXT


def boost_of(query: Query) -> float:
    """The weight of a leaf: the product of its own and of those within it."""
    boost = float(query.boost)
    for part in operands(query):
        boost *= boost_of(part)
    return boost
