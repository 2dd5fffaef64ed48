"""What a person should know about a query: where it is wrong, or what it may have meant instead."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Diagnostic", "Kind", "Severity"]


class Severity(enum.Enum):
    """An error stops a search; a hint goes along with its answer."""

    ERROR = "error"
    HINT = "hint"


class Kind(enum.Enum):
    """What a diagnostic is about."""

    EMPTY_QUERY = "empty-query"
    NO_WORD = "no-word"
    UNKNOWN_FIELD = "unknown-field"
    MISSING_VALUE = "missing-value"
    MISSING_OPERAND = "missing-operand"
    UNBALANCED_QUOTE = "unbalanced-quote"
    UNBALANCED_BRACKET = "unbalanced-bracket"
    BAD_DATE = "bad-date"
    BAD_NUMBER = "bad-number"
    BAD_RANGE = "bad-range"
    BAD_VALUE = "bad-value"
    BAD_OPERAND = "bad-operand"
    BAD_PATTERN = "bad-pattern"
    BROAD_PATTERN = "broad-pattern"
    TOO_MUCH_WORK = "too-much-work"
    NOT_SUPPORTED = "not-supported"
    TOO_LONG = "too-long"
    TOO_DEEP = "too-deep"
    TOO_MANY_TERMS = "too-many-terms"
    ONLY_NEGATIVE = "only-negative"
    LOWER_CASE_OPERATOR = "lower-case-operator"
    MIXED_OPERATORS = "mixed-operators"
    PHRASE_WITHOUT_QUOTES = "phrase-without-quotes"
    IMPRECISE_DATES = "imprecise-dates"
    UNKNOWN_WORD = "unknown-word"
    SINGULAR_ONLY = "singular-only"
    NO_HITS = "no-hits"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to know about a query.

    Attributes:
        kind: what it is about.  severity: an error or a hint.
        message: one sentence for the person who typed the query.
        start, end: the place in the query, in code points, end excluded.
        suggestion: what could be written instead, where that is clear.
    """

    kind: Kind
    severity: Severity
    message: str
    start: int
    end: int
    suggestion: str | None = None

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def to_dict(self) -> dict[str, object]:
        """As plain values: kind, severity, message, start, end, suggestion."""
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "message": self.message,
            "start": self.start,
            "end": self.end,
            "suggestion": self.suggestion,
        }
