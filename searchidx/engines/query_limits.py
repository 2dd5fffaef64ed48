"""Limits on the work of one query, and the errors that report them.

Each error is a `QueryError` with one diagnostic, located at the node that caused it if the parser recorded its offsets.
"""

from __future__ import annotations

from whoosh import query as q

from searchidx.diagnostics import Diagnostic, Kind, Severity
from searchidx.errors import QueryError

MAX_EXPANSION = 10_000
"""Maximum words that one pattern may stand for, counted over the live articles of a snapshot."""

_PATTERN_FORMATS = {"Prefix": "{}*", "Wildcard": "{}", "Regex": "/{}/", "FuzzyTerm": "{}~"}


def too_broad(pattern: q.Query) -> QueryError:
    """The error for a pattern that matches more than `MAX_EXPANSION` words."""
    written = _PATTERN_FORMATS.get(type(pattern).__name__, "this range").format(getattr(pattern, "text", ""))
    message = f"{written} matches more than {MAX_EXPANSION:,} words: add letters"
    return _error(Kind.BROAD_PATTERN, message, pattern)


def too_many_pairs(node: q.Query) -> QueryError:
    """The error for a nested proximity with more pairs than an engine examines."""
    message = "these words occur near each other too often: use rarer words or a smaller distance"
    return _error(Kind.TOO_MUCH_WORK, message, node)


def too_many_positions(operand: q.Query) -> QueryError:
    """The error for an operand of a proximity that occurs more often than an engine collects."""
    message = "this occurs at too many places to list them or to look for words near it: use fewer or rarer words"
    return _error(Kind.TOO_MUCH_WORK, message, operand)


def too_much_work(node: q.Query | None) -> QueryError:
    """The error for a query above its budget of work; `node` is what was evaluated last."""
    message = "this query takes too much work: use fewer or rarer words, longer prefixes or a smaller distance"
    return _error(Kind.TOO_MUCH_WORK, message, node)


def timed_out(seconds: float, node: q.Query | None) -> QueryError:
    """The error for a query that exceeds its time limit; `node` is what was evaluated last."""
    message = f"this query takes longer than its limit of {seconds:g} seconds: use fewer or rarer words"
    return _error(Kind.TOO_MUCH_WORK, message, node)


def _error(kind: Kind, message: str, node: q.Query | None) -> QueryError:
    start, end = (getattr(node, name, None) or 0 for name in ("startchar", "endchar"))
    return QueryError("", [Diagnostic(kind, Severity.ERROR, message, start, end)])
