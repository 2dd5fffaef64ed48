"""Query text to a query tree and diagnostics.

A hand-written recursive descent, one pass from left to right::

    or         = and ('OR' and)*
    and        = not (['AND'] not)*
    not        = ('NOT' | '-')* proximity
    proximity  = operand (operator operand)*                 the operators of `proximity_parser`
    operand    = (group | atleast | fielded | word | phrase | caps | regex) ['^' number]
    group      = '(' or ')'
    atleast    = 'atleast' number group
    fielded    = name ':' (group | phrase | value | operand without a name) | 'first:' operand

Words and phrases are the job of `word_parser`, patterns of `pattern_parser`, values of `value_parser`. The tree is made
of the nodes of `searchidx.query.nodes`, over the fields of `searchidx.schema`. Whoosh's own parser is not used: it
reads some dates as others, drops what it cannot read, and overflows the stack on deep input.

No text raises. Errors and hints are collected with their places; with an error there is no tree.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from typing import NamedTuple

from whoosh import query as q
from whoosh.query import Query

from searchidx.diagnostics import Diagnostic, Kind, Severity
from searchidx.errors import QueryError
from searchidx.query.cursor import (
    DATE_FIELDS,
    FIELD_NAMES,
    HISTORY_FIELDS,
    QUOTES,
    RAW_FIELDS,
    VALUE_FIELDS,
    WORKSPACE_FIELDS,
    Cursor,
    StopParsing,
)
from searchidx.query.nodes import AtLeast, FirstVersion, QueryT, set_span
from searchidx.query.pattern_parser import parse_regex
from searchidx.query.proximity_parser import check_operand, make_proximity, report_missing_operand
from searchidx.query.term_builder import STEM
from searchidx.query.value_parser import VALUE, parse_value
from searchidx.query.word_parser import make_plain_word, parse_caps, parse_exact, parse_phrase, parse_word
from searchidx.schema import ALIASES, FIELDS, WHOLE_VALUE_FIELDS

MAX_LENGTH = 100_000
"""Characters of a query, in NFKC."""
MAX_DEPTH = 100
"""Nesting depth of brackets, and levels of a tree; bounds recursion."""
MAX_CHAIN = 50
"""Proximity operators in a row; each nests those before it."""

FIRST_FIELD = "first"
"""The field whose value is a query."""
_WEIGHT_OR_EDITS = re.compile(rf"\^[^\s(){QUOTES}]*|~\d*(?=[\s()^{QUOTES}]|\Z)")
_WEIGHT = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
MAX_WEIGHT = 1_000_000
_AT_LEAST = re.compile(r"atleast(\d*)\(", re.IGNORECASE)


class Parsed(NamedTuple):
    """A parsed query text.

    Attributes:
        text: as typed.
        query: the query tree; None if the diagnostics hold an error.
        diagnostics: errors and hints, ordered by place.
        plain: the words, if the query is only two or more plain words: what remains of a phrase when a shell strips its
            quotes.
        clauses: (start, end, tree) of the parts that every hit must match. An OR without brackets makes the whole query
            one clause.
        asks_workspace: whether it asks for labels or notes, which `searchidx.workspace.resolver` looks up.
        asks_history: whether it asks about versions, which `searchidx.search.history` looks up.
    """

    text: str
    query: Query | None
    diagnostics: tuple[Diagnostic, ...] = ()
    plain: tuple[str, ...] = ()
    clauses: tuple[tuple[int, int, Query | None], ...] = ()
    asks_workspace: bool = False
    asks_history: bool = False

    @property
    def tree(self) -> Query:
        """The query tree; raises `QueryError` if the text has errors."""
        if self.query is None:
            raise QueryError(self.text, self.diagnostics)
        return self.query

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that prevent a search."""
        return tuple(d for d in self.diagnostics if d.is_error)


def parse(text: str, *, today: dt.date | None = None) -> Parsed:
    """Parse a query; no text raises.

    `today` is the day that `yesterday` and `last week` refer to; the local day if None.
    """
    length = len(text)
    if length <= MAX_LENGTH and not text.isascii():
        length = len(unicodedata.normalize("NFKC", text))  # one character may stand for eighteen
    if length > MAX_LENGTH:
        message = f"the query has {length:,} characters; the limit is {MAX_LENGTH:,}"
        start = min(MAX_LENGTH, len(text) - 1)
        return Parsed(text, None, (Diagnostic(Kind.TOO_LONG, Severity.ERROR, message, start, len(text)),))
    cursor = Cursor(text, today)
    try:
        query = _parse_query(cursor)
    except StopParsing:
        query = None
    diagnostics = tuple(sorted(cursor.diagnostics, key=lambda d: (d.start, d.end))) if cursor.diagnostics else ()
    is_plain = cursor.is_plain and len(cursor.plain_words) > 1 and query is not None
    clauses = () if query is None else tuple(cursor.clauses)
    plain = tuple(cursor.plain_words) if is_plain else ()
    return Parsed(text, query, diagnostics, plain, clauses, cursor.asks_workspace, cursor.asks_history)


def _parse_query(cursor: Cursor) -> Query | None:
    query = _parse_or(cursor, "text")
    while cursor.at < len(cursor.text):  # at a closing bracket, which alone ends an OR before the end
        message = "this bracket closes none: open one before it, or remove it"
        cursor.error(Kind.UNBALANCED_BRACKET, message, cursor.at, cursor.at + 1)
        cursor.at += 1
        _parse_or(cursor, "text")
    if cursor.error_count:
        return None
    if query is None:
        if cursor.text.strip():
            cursor.error(Kind.NO_WORD, "this query has no word", 0, len(cursor.text))
        else:
            cursor.error(Kind.EMPTY_QUERY, "the query is empty: type a word to search for", 0, len(cursor.text))
        return None
    if query.startchar is None:
        set_span(query, cursor.clauses[0][0], cursor.clauses[-1][1])
    # Brackets add at most three levels each (OR, AND, NOT), two under atleast; an operator adds one.
    if cursor.nesting * 3 > MAX_DEPTH - 4 and (node := _find_below(query, MAX_DEPTH)) is not None:
        message = f"brackets and operators are nested more than {MAX_DEPTH} levels deep here"
        cursor.error(Kind.TOO_DEEP, message, node.startchar or 0, node.endchar or len(cursor.text))
        return None
    if cursor.has_negation and _is_negative(query):
        message = "the query only excludes articles; all others are hits"
        cursor.hint(Kind.ONLY_NEGATIVE, message, 0, len(cursor.text))
    return query


def _parse_or(cursor: Cursor, field: str) -> Query | None:
    parts: list[Query] = []
    spans: list[tuple[int, int, bool]] = []
    is_mixed = False
    cursor.advance(cursor.at)
    begin = cursor.at
    while True:
        start = cursor.at
        part, is_and = _parse_and(cursor, field)
        if cursor.token != "OR" and not parts:
            return part
        if part is not None:
            parts.append(part if part.startchar is not None else set_span(part, start, cursor.end))
            spans.append((start, cursor.end, is_and))
            is_mixed |= is_and
        if cursor.token != "OR":
            break
        cursor.is_plain = False
        cursor.advance(cursor.token_end)
        if cursor.token == "end":
            cursor.error(Kind.MISSING_OPERAND, "OR needs a word or group on both sides", cursor.end - 2, cursor.end)
    query = q.Or(parts) if len(parts) > 1 else parts[0] if parts else None
    if not cursor.depth:
        cursor.clauses = [(begin, cursor.end, query)]
    if is_mixed and len(parts) > 1:
        pieces = [(cursor.text[start:end], is_and) for start, end, is_and in spans]
        bracketed = " OR ".join(f"({piece})" if is_and else piece for piece, is_and in pieces)
        message = f"AND binds more tightly than OR: this is read as {bracketed}"
        cursor.hint(Kind.MIXED_OPERATORS, message, spans[0][0], spans[-1][1], bracketed)
    return query


def _parse_and(cursor: Cursor, field: str) -> tuple[Query | None, bool]:
    """Parse a conjunction; also whether it has several parts without brackets around them."""
    parts: list[Query] = []
    if cursor.token in ("OR", "AND"):
        message = f"{cursor.token} needs a word or group on both sides"
        cursor.error(Kind.MISSING_OPERAND, message, cursor.at, cursor.token_end)
        if cursor.token == "AND":
            cursor.advance(cursor.token_end)
    while (token := cursor.token) not in ("end", "OR"):
        if token == "AND":
            cursor.is_plain = False
            cursor.advance(cursor.token_end)
            if cursor.token in ("end", "OR", "AND"):
                message = "AND needs a word or group on both sides"
                cursor.error(Kind.MISSING_OPERAND, message, cursor.end - 3, cursor.end)
        else:
            start = cursor.at
            part = _parse_not(cursor, field) if token in ("NOT", "minus") else _parse_proximity(cursor, field)
            if part is not None:
                parts.append(part)
                if not cursor.depth:
                    cursor.clauses.append((start, cursor.end, part))
    if len(parts) < 2:
        return parts[0] if parts else None, False
    flat: list[Query] = []
    for part in parts:
        if isinstance(part, q.And) and part.boost == 1.0:
            flat.extend(part.subqueries)
        else:
            flat.append(part)
    return q.And(flat), True


def _parse_not(cursor: Cursor, field: str) -> Query | None:
    start = cursor.at
    is_negated = False
    while cursor.token in ("NOT", "minus"):
        cursor.is_plain = False
        cursor.has_negation = True
        is_negated = not is_negated
        cursor.advance(cursor.token_end)
    if cursor.token in ("end", "OR", "AND"):
        cursor.error(Kind.MISSING_OPERAND, "NOT needs a word or group after it", start, cursor.at)
        return None
    part = _parse_proximity(cursor, field)
    if part is None or not is_negated:
        return part
    if isinstance(part, q.Not):
        return part.query  # a double negation
    return set_span(q.Not(part), start, cursor.end)


def _parse_proximity(cursor: Cursor, field: str) -> Query | None:
    """Parse an operand, or several with proximity operators between them."""
    start = cursor.at
    if cursor.token == "near":
        report_missing_operand(cursor)
        return None
    left = _advance_past(cursor, _parse_operand(cursor, field), start)
    if cursor.token != "near":
        return left
    for _ in range(MAX_CHAIN):
        left_span = (start, cursor.end)
        at, end = cursor.at, cursor.token_end
        cursor.is_plain = False
        cursor.advance(end)
        if cursor.token in ("end", "OR", "AND", "NOT", "minus", "near"):
            cursor.token_end = end
            cursor.at = at
            report_missing_operand(cursor)
            return None
        begin = cursor.at
        cursor.nesting += 1
        right = _advance_past(cursor, _parse_operand(cursor, field), begin)
        left = make_proximity(cursor, left, right, (left_span, (begin, cursor.end)), at, end)
        if cursor.token != "near":
            return left
    message = f"more than {MAX_CHAIN} proximity operators follow each other"
    cursor.stop(Kind.TOO_DEEP, message, cursor.at, cursor.token_end)


def _advance_past(cursor: Cursor, part: QueryT | None, begin: int) -> QueryT | None:
    """Set the place of the part just parsed, and advance to the token after it."""
    if part is not None and part.startchar is None:
        part.startchar = begin
        part.endchar = cursor.at
    cursor.advance(cursor.at)
    return part


def _parse_operand(cursor: Cursor, field: str) -> Query | None:
    start = cursor.at
    if cursor.token == "plain" and field not in VALUE_FIELDS:
        cursor.at = cursor.token_end
        return make_plain_word(cursor, field, STEM, cursor.text[start : cursor.at], start, cursor.at)
    char = cursor.text[start]
    if char == "(":
        return _parse_weight(cursor, _parse_group(cursor, field))
    if char in QUOTES:
        return _parse_weight(cursor, parse_phrase(cursor, field))
    if cursor.token == "field" and field not in RAW_FIELDS:
        return _parse_fielded(cursor)
    if field in VALUE_FIELDS and not (char == "=" and field in WHOLE_VALUE_FIELDS):
        return parse_value(cursor, field)
    if char == "=":
        return _parse_weight(cursor, parse_exact(cursor, field))
    if match := _WEIGHT_OR_EDITS.match(cursor.text, start):
        cursor.at = match.end()
        cursor.error(Kind.MISSING_OPERAND, f"{match[0]} must directly follow a word", start, cursor.at)
        return None
    if char == "/" and cursor.text[start + 1 : start + 2].strip():
        return _parse_weight(cursor, parse_regex(cursor, field))
    if cursor.text.startswith("caps(", start):
        return _parse_weight(cursor, parse_caps(cursor, field))
    if match := _AT_LEAST.match(cursor.text, start):
        return _parse_weight(cursor, _parse_at_least(cursor, field, match))
    return _parse_weight(cursor, parse_word(cursor, field))


def _parse_group(cursor: Cursor, field: str) -> Query | None:
    opened = cursor.at
    cursor.is_plain = False
    cursor.depth += 1
    cursor.nesting += 1
    if cursor.depth > MAX_DEPTH:
        message = f"brackets are nested more than {MAX_DEPTH} deep"
        cursor.stop(Kind.TOO_DEEP, message, opened, opened + 1)
    cursor.at += 1
    diagnostics = len(cursor.diagnostics)
    query = _parse_or(cursor, field)
    if cursor.at < len(cursor.text):
        cursor.at += 1
    else:
        cursor.error(Kind.UNBALANCED_BRACKET, "this bracket is never closed", opened, opened + 1)
    cursor.depth -= 1
    if query is None and len(cursor.diagnostics) == diagnostics:
        cursor.error(Kind.MISSING_OPERAND, "these brackets are empty: put a word between them", opened, cursor.at)
    return query


def _parse_at_least(cursor: Cursor, field: str, match: re.Match[str]) -> Query | None:
    start = cursor.at
    cursor.at = match.end() - 1
    operand = _parse_group(cursor, field)
    if not match[1] or len(match[1]) > 6 or int(match[1]) < 1:
        message = "write how many times, from 1 to 999999, as in atleast3(word)"
        cursor.error(Kind.BAD_NUMBER, message, start, match.end() - 1)
        return None
    if operand is None or check_operand(cursor, operand, match.end() - 1, cursor.at, match[0][:-1] + "()") is None:
        return None
    if operand.startchar is None:
        set_span(operand, match.end() - 1, cursor.at)
    return set_span(AtLeast(operand, int(match[1])), start, cursor.at)


def _parse_weight(cursor: Cursor, query: QueryT | None) -> QueryT | None:
    """Parse the weight that may follow a part, and apply it."""
    if cursor.text.startswith("^", cursor.at) and (match := _WEIGHT_OR_EDITS.match(cursor.text, cursor.at)):
        cursor.is_plain = False
        cursor.at = match.end()
        weight = match[0][1:]
        if not _WEIGHT.fullmatch(weight):
            message = f"write a weight below {MAX_WEIGHT:,} right after ^, as in ^2 or ^0.5"
            cursor.error(Kind.BAD_NUMBER, message, match.start(), match.end())
        elif query is not None:
            query.boost = round(query.boost * float(weight), 6)
            if query.boost >= MAX_WEIGHT:
                message = f"the product of these weights is {MAX_WEIGHT:,} or more: write smaller ones"
                cursor.error(Kind.BAD_NUMBER, message, match.start(), match.end())
    return query


def _parse_fielded(cursor: Cursor) -> Query | None:
    start, colon = cursor.at, cursor.token_end
    name = cursor.text[start : colon - 1]
    field = name.lower()
    cursor.is_plain = False
    if field not in DATE_FIELDS and field not in ALIASES:
        _report_unknown_field(cursor, name, start, colon)
        return None
    field = ALIASES.get(field, field)
    if cursor.in_first and field in (*WORKSPACE_FIELDS, *HISTORY_FIELDS):
        message = f"first: asks what the first version said, so {name}: cannot stand within it"
        cursor.stop(Kind.BAD_OPERAND, message, start, colon)
    cursor.asks_workspace |= field in WORKSPACE_FIELDS
    cursor.asks_history |= field in HISTORY_FIELDS
    cursor.advance(colon)
    if cursor.at == colon and cursor.token != "end":
        if field == FIRST_FIELD and cursor.token in ("plain", "part", "field"):
            return _parse_first(cursor)
        if field in VALUE_FIELDS and cursor.text[colon] not in f"(={QUOTES}":
            return parse_value(cursor, field)
        if cursor.token in ("plain", "part"):
            return _parse_operand(cursor, field)
        if cursor.token != "field":
            cursor.at = cursor.token_end
    message = f"{name}: needs a value: write {name}:word, or -{name}:word to exclude it"
    cursor.error(Kind.MISSING_VALUE, message, start, colon)
    return None


def _parse_first(cursor: Cursor) -> Query | None:
    """Parse what follows `first:`: any operand, about the first versions of articles."""
    start = cursor.at
    cursor.in_first = True
    cursor.nesting += 1
    query = _parse_operand(cursor, "text")
    cursor.in_first = False
    if query is None:
        return None
    if query.startchar is None:
        set_span(query, start, cursor.at)
    return FirstVersion(query)


def _report_unknown_field(cursor: Cursor, name: str, start: int, colon: int) -> None:
    """Report a name that is no field, and move past its value."""
    near = difflib.get_close_matches(name.lower(), FIELD_NAMES, 1)
    message = f"there is no field {name!r}" + (f": did you mean {near[0]}?" if near else "")
    if not near:
        message += f" (the fields are {', '.join(field for field in FIELDS if field != 'text')})"
    cursor.error(Kind.UNKNOWN_FIELD, message, start, colon, f"{near[0]}:" if near else None)
    value = VALUE.match(cursor.text, colon)
    cursor.at = value.end() if value and value[0][0] not in f"({QUOTES}" else colon


def _find_below(query: Query, levels: int) -> Query | None:
    """A node with `levels` nodes above it, or None."""
    nodes = [query]
    for _ in range(levels):
        nodes = [child for node in nodes for child in node.children()]
    return nodes[0] if nodes else None


def _is_negative(query: Query) -> bool:
    """Whether a query only excludes; `date:none` asks for something."""
    if isinstance(query, (q.And, q.Or)):
        return all(map(_is_negative, query.subqueries))
    return isinstance(query, q.Not) and not isinstance(query.query, q.Every) and not _is_negative(query.query)
