"""Query tree to query text: what was understood, in words that can be typed again.

Parsing a formatted query gives the same tree, for every tree that the parser makes. Words are formatted as they were
typed, because stemming a stem can change it. Every group has its brackets, and every field its name::

    a b OR title:c     (a AND b) OR headline:c
    since:2023-02      date:[2023-02-01 TO *]
"""

from __future__ import annotations

import datetime as dt
import re

from whoosh import query as q
from whoosh.query import Query

from searchidx.query import nodes
from searchidx.query.nodes import Adjacent, ArticleSet, AtLeast, FirstVersion, NotNear, Proximity, WholeValue
from searchidx.schema import FIELDS, FieldKind, Level, split_level

_ONE_WORD = re.compile(r"\w+")
_WORDS = (q.Term, q.Phrase, q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm)
_LEAVES = (*_WORDS, q.Every, q.DateRange, q.NumericRange)
_OPERANDS = (*_LEAVES, Adjacent, ArticleSet, AtLeast, FirstVersion, WholeValue)
"""Nodes that need no brackets beside an operator."""
_VALUE_KINDS = {
    FieldKind.VALUE, FieldKind.DATE, FieldKind.NUMBER, FieldKind.LABEL, FieldKind.CHANGE, FieldKind.VERSIONS,
}  # fmt: skip
_VALUE_FIELDS = (None, *(name for name, field in FIELDS.items() if field.kind in _VALUE_KINDS))
"""Fields whose value runs to the next space, so that no `^` can follow it."""


def format_query(query: Query) -> str:
    """Format a query tree as a query text; classes outside the language are formatted as Whoosh does."""
    text = _format_node(query)
    boost = _boost(query)
    if boost == 1.0:
        return text
    weight = f"{boost:.6f}".rstrip("0").rstrip(".")
    is_value = isinstance(query, _LEAVES) and query.fieldname in _VALUE_FIELDS
    return f"{text}^{weight}" if isinstance(query, _OPERANDS) and not is_value else f"({text})^{weight}"


def _boost(query: Query) -> float:
    return float(getattr(query, "boost", 1.0))  # Whoosh's binary and wrapping queries have none


def _format_node(query: Query) -> str:
    if isinstance(query, (q.And, q.Or)):
        parts = (_format_operand(part, unbracketed=(q.Not, Proximity)) for part in query.subqueries)
        return (" AND " if isinstance(query, q.And) else " OR ").join(parts)
    if isinstance(query, q.Not):
        if query.query == q.Every("date"):
            return "date:none"
        return f"NOT {_format_operand(query.query, unbracketed=(Proximity,))}"
    if isinstance(query, Proximity):
        operator = ("NOT " if isinstance(query, NotNear) else "") + ("pre" if query.ordered else "w")
        return f"{_format_operand(query.a)} {operator}/{query.within} {_format_operand(query.b)}"
    if isinstance(query, AtLeast):
        return f"atleast{query.count}({format_query(query.node)})"
    if isinstance(query, Adjacent):
        return f'{_field_prefix(query.words[0].fieldname)}"{" ".join(map(_format_word, query.words))}"'
    if isinstance(query, FirstVersion):
        return f"first:{_format_operand(query.query)}"
    if isinstance(query, ArticleSet):
        return format_query(query.asked)
    if isinstance(query, WholeValue):
        return f'{query.fieldname}:="{query.typed}"'
    return _format_leaf(query)


def _format_operand(query: Query, unbracketed: tuple[type[Query], ...] = ()) -> str:
    """Format a part of another node, in brackets unless it binds more tightly anyway."""
    text = format_query(query)
    is_bare = isinstance(query, (*_OPERANDS, *unbracketed)) or _boost(query) != 1.0 or text == "date:none"
    return text if is_bare else f"({text})"


def _field_prefix(fieldname: str) -> str:
    field, _ = split_level(fieldname)
    return "" if field == "text" else f"{field}:"


def _format_word(query: Query) -> str:
    """Format a word or words without their field, as they stand in a phrase."""
    if isinstance(query, (nodes.Term, nodes.Phrase, nodes.Prefix)) and query.typed:
        return query.typed
    if isinstance(query, q.Phrase):
        return " ".join(query.words)
    if isinstance(query, q.Prefix):
        return f"{query.text}*"
    if isinstance(query, q.Regex):
        return f"/{query.text}/"
    if isinstance(query, q.FuzzyTerm):
        return f"{query.text}~{'' if query.maxdist == 1 else query.maxdist}"
    return query.text if isinstance(query, (q.Term, q.Wildcard)) else str(query)


def _format_leaf(query: Query) -> str:
    if isinstance(query, q.Every):
        return "*" if query.fieldname is None else f"{query.fieldname}:*"
    if isinstance(query, q.DateRange):
        return f"date:{_format_days(*nodes.day_bounds(query))}"
    if isinstance(query, q.NumericRange):
        first, last = ("*" if end is None else end for end in (query.start, query.end))
        return f"{query.fieldname}:[{first} TO {last}]"
    if not isinstance(query, _WORDS):
        return str(query)
    field, level = split_level(query.fieldname)
    prefix, text = _field_prefix(query.fieldname), _format_word(query)
    if field in _VALUE_FIELDS:
        return f'{prefix}"{text}"' if re.search(r"[\s()]", text) else f"{prefix}{text}"
    if not isinstance(query, (q.Term, q.Phrase)):
        return f"{prefix}{text}"
    if level is Level.PRINTED:
        return f"{prefix}caps({text})"
    if FIELDS[field].kind is FieldKind.TEXT and level is Level.STEM:
        return f"{prefix}({text})" if prefix and not _ONE_WORD.fullmatch(text) else f"{prefix}{text}"
    return f'{prefix}"{text}"'


def _format_days(first: int | None, stop: int | None) -> str:
    begin = "*" if first is None else dt.date.fromordinal(first).isoformat()
    end = "*" if stop is None else dt.date.fromordinal(stop - 1).isoformat()
    return begin if begin == end else f"[{begin} TO {end}]"
