"""Proximity operators of a query to nodes.

::

    operator = ['NOT'] ('w/' | 'pre/' | 'near/') (1 to 1000 | 's' | 'p')

    a w/5 b      Near(a, b, 5)                  within 5 words, in either order
    a pre/s b    Near(a, b, "s", ordered=True)  in one sentence, a first
    a NOT w/5 b  NotNear(a, b, 5)               an a without a b within 5 words

Operands are words, phrases, patterns, `(x OR y)` groups of them and other proximities, all in one field of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whoosh import query as q
from whoosh.query import Query

from searchidx.diagnostics import Kind
from searchidx.query.cursor import TEXT_FIELDS, Cursor
from searchidx.query.nodes import Near, NotNear, set_span
from searchidx.query.traversal import operands
from searchidx.schema import split_level

MAX_DISTANCE = 1000
"""Words between the operands of a proximity."""

_OPERATOR = re.compile(r"(?P<NOT>NOT\s+)?(?P<name>w|pre|near)/(?:(?P<words>\d{1,4})|(?P<unit>[sp]))", re.IGNORECASE)
_OPERANDS = (q.Term, q.Phrase, q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm)
Span = tuple[int, int]


def make_proximity(
    cursor: Cursor, one: Query | None, other: Query | None, spans: tuple[Span, Span], at: int, end: int
) -> Query | None:
    """Make the node of two operands, which stand at `spans`, and the operator from `at` to `end`."""
    match = _OPERATOR.fullmatch(cursor.text, at, end)
    words = match and match["words"]
    if match is None or (words and not 1 <= int(words) <= MAX_DISTANCE):
        message = f"write a distance from 1 to {MAX_DISTANCE:,} words, s (sentence) or p (paragraph), as in w/5"
        cursor.error(Kind.BAD_NUMBER, message, at, end)
        return None
    operator = cursor.text[at:end]
    if one is None or other is None:
        if not cursor.error_count:
            message = f"{operator} needs a word on both sides"
            cursor.error(Kind.MISSING_OPERAND, message, *spans[one is not None])
        return None
    fields = [check_operand(cursor, each, *span, operator) for each, span in zip((one, other), spans, strict=True)]
    if None in fields:
        return None
    if fields[0] != fields[1]:
        name = next(field for field in fields if field != "text")
        message = f"both sides of {operator} must be in one field: write {name}:(a {operator} b)"
        cursor.error(Kind.BAD_OPERAND, message, spans[0][0], spans[1][1])
        return None
    make = NotNear if match["NOT"] else Near
    within: int | str = int(words) if words else match["unit"].lower()
    return set_span(make(one, other, within, match["name"].lower() == "pre"), spans[0][0], spans[1][1])


def check_operand(cursor: Cursor, operand: Query, start: int, end: int, operator: str) -> str | None:
    """The field that an operand looks at; None, with an error, if it cannot be an operand."""
    fields = set(_text_fields(operand))
    if None in fields:
        message = f"{operator} takes words, phrases and (a OR b) groups of them, without AND, NOT or other fields"
    elif len(fields) > 1:
        message = f"the words in {operator} must be in one field"
    else:
        return fields.pop()
    cursor.error(Kind.BAD_OPERAND, message, start, end)
    return None


def _text_fields(node: Query) -> Iterator[str | None]:
    """The fields of the text that the words of an operand look at; None for what cannot be an operand."""
    parts = operands(node)
    if parts:
        for part in parts:
            yield from _text_fields(part)
    elif isinstance(node, _OPERANDS):
        field, _ = split_level(node.fieldname)
        yield field if field in TEXT_FIELDS else None
    else:
        yield None


def report_missing_operand(cursor: Cursor) -> None:
    """Report that the operator at the cursor lacks an operand, and advance past it."""
    operator = cursor.text[cursor.at : cursor.token_end]
    message = f"{operator} needs a word, a phrase or a group of them on both sides"
    cursor.error(Kind.MISSING_OPERAND, message, cursor.at, cursor.token_end)
    cursor.is_plain = False
    cursor.advance(cursor.token_end)
