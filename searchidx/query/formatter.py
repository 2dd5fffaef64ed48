"""A query tree in the language's own syntax: what was understood, in words that can be typed again.

Parsing what is printed gives the same tree, for every tree that the parser makes. Words are printed as they were typed,
since a stem need not be its own stem; every group has its brackets, and every field its name.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from whoosh import query as q

from searchidx.query.nodes import Adjacent, AtLeast, NotNear, Proximity
from searchidx.schema import FIELDS, FieldKind, Level, split_level

__all__ = ["print_query"]

_PLAIN = re.compile(r"\w+")
_TIGHT = (q.Term, q.Phrase, q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm, q.Every, q.DateRange, q.NumericRange)
"""What needs no brackets beside an operator."""
_VALUES = ("id", "language", "precision", "date", "words")


def print_query(query: Any) -> str:
    """A query tree as a query text; classes that the language has no words for are printed as Whoosh shows them."""
    text = _node(query)
    boost = float(getattr(query, "boost", 1.0))
    if boost == 1.0:
        return text
    weight = f"{boost:.6f}".rstrip("0").rstrip(".")
    is_word = isinstance(query, (*_TIGHT, Adjacent, AtLeast)) and not _is_value(query)
    return f"{text}^{weight}" if is_word else f"({text})^{weight}"


def _is_value(query: Any) -> bool:
    """Whether a leaf is a value that runs to the next space, whatever it holds."""
    return not isinstance(query, (Adjacent, AtLeast)) and query.fieldname in (None, *_VALUES)


def _node(query: Any) -> str:
    if isinstance(query, (q.And, q.Or)):
        parts = (_part(part, beside=(q.Not, Proximity)) for part in query.subqueries)
        return (" AND " if isinstance(query, q.And) else " OR ").join(parts)
    if isinstance(query, q.Not):
        return "date:none" if query.query == q.Every("date") else f"NOT {_part(query.query, beside=(Proximity,))}"
    if isinstance(query, Proximity):
        operator = ("NOT " if isinstance(query, NotNear) else "") + ("pre" if query.ordered else "w")
        return f"{_part(query.a)} {operator}/{query.within} {_part(query.b)}"
    if isinstance(query, AtLeast):
        return f"atleast{query.count}({print_query(query.node)})"
    if isinstance(query, Adjacent):
        field = _prefix(query.words[0].fieldname)
        return f'{field}"{" ".join(_inner(word) for word in query.words)}"'
    return _leaf(query)


def _part(query: Any, beside: tuple[type, ...] = ()) -> str:
    """A node as a part of another: in brackets, but where it is one word or value, or binds more tightly anyway."""
    text = print_query(query)
    is_whole = isinstance(query, (*_TIGHT, *beside, Adjacent, AtLeast)) or float(getattr(query, "boost", 1.0)) != 1.0
    return text if is_whole or text == "date:none" else f"({text})"


def _prefix(fieldname: str) -> str:
    field, _ = split_level(fieldname)
    return "" if field == "text" else f"{field}:"


def _inner(query: Any) -> str:
    """A word without its field: as it stands within a phrase."""
    if isinstance(query, q.Prefix) and not hasattr(query, "typed"):
        return f"{query.text}*"
    if isinstance(query, q.Regex):
        return f"/{query.text}/"
    if isinstance(query, q.FuzzyTerm):
        return f"{query.text}~{'' if query.maxdist == 1 else query.maxdist}"
    return str(getattr(query, "typed", None) or " ".join(getattr(query, "words", None) or [query.text]))


def _leaf(query: Any) -> str:
    if isinstance(query, q.Every):
        return "*" if query.fieldname is None else f"{query.fieldname}:*"
    if isinstance(query, q.DateRange):
        return f"date:{_days(query.startdate, query.enddate)}"
    if isinstance(query, q.NumericRange):
        return f"{query.fieldname}:[{_end(query.start)} TO {_end(query.end)}]"
    if not isinstance(query, _TIGHT):
        return str(query)
    field, level = split_level(query.fieldname)
    prefix, text = _prefix(query.fieldname), _inner(query)
    if _is_value(query):
        return f'{prefix}"{text}"' if re.search(r"[\s()]", text) else f"{prefix}{text}"
    if not isinstance(query, (q.Term, q.Phrase)):
        return f"{prefix}{text}"
    if level is Level.PRINTED:
        return f"{prefix}caps({text})"
    if FIELDS[field].kind is FieldKind.TEXT and level is Level.STEM:
        return f"{prefix}({text})" if prefix and not _PLAIN.fullmatch(text) else f"{prefix}{text}"
    return f'{prefix}"{text}"'


def _days(first: dt.datetime | None, stop: dt.datetime | None) -> str:
    last = None if stop is None else stop - dt.timedelta(days=1)
    if first is not None and first == last:
        return first.date().isoformat()
    return f"[{_end(first and first.date().isoformat())} TO {_end(last and last.date().isoformat())}]"


def _end(value: object) -> object:
    return "*" if value is None else value
