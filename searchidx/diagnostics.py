"""Diagnostics of a query: errors and hints, each with its place and, if there is one, a suggestion."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """An error prevents a search; a hint accompanies the answer."""

    ERROR = "error"
    HINT = "hint"


class Kind(enum.Enum):
    """The kind of a diagnostic; the value is its name in JSON."""

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
    UNKNOWN_LABEL = "unknown-label"
    SINGULAR_ONLY = "singular-only"
    NAME_VARIANTS = "name-variants"
    NO_HITS = "no-hits"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a hint about a query.

    Attributes:
        message: one sentence for the person who typed the query.
        start, end: the place in the query, in code points, end excluded.
        suggestion: the text to write there instead; None if it is unclear.
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
        """The JSON object of the diagnostic."""
        return {
            "kind": self.kind.value,
            "severity": self.severity.value,
            "message": self.message,
            "start": self.start,
            "end": self.end,
            "suggestion": self.suggestion,
        }
