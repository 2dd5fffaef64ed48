"""The text of a query while it is parsed: the current place, the next token, and the diagnostics so far.

A token is what the grammar of `searchidx.query.parser` branches on. In `NATO w/5 (Japan OR -x)` the tokens are::

    plain NATO · near w/5 · part ( · plain Japan · OR · minus - · plain x · end )

`advance` finds the next one. The parsers of words, phrases, patterns and values read the rest: they move `at`, then
call `advance`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NoReturn

from whoosh.query import Query

from searchidx.diagnostics import Diagnostic, Kind, Severity
from searchidx.schema import ALIASES, FIELDS, FieldKind

MAX_ERRORS = 20
"""Errors after which parsing stops: more help nobody."""
MAX_HINTS = 20
"""Hints that are kept."""

COMPARISONS = {"since": ">=", "until": "<=", "after": ">", "before": "<"}
"""Fields that stand for `date:` with a comparison."""
DATE_FIELDS = {"date", *COMPARISONS}
RAW_FIELDS = {"id", "url"}
"""Fields whose values run to the next space or bracket, with any characters."""
VALUE_FIELDS = (
    {
        name
        for name, field in FIELDS.items()
        if field.kind in (FieldKind.VALUE, FieldKind.NUMBER, FieldKind.LABEL, FieldKind.CHANGE, FieldKind.VERSIONS)
    }
    | DATE_FIELDS
    | RAW_FIELDS
)
"""Fields that hold values instead of words."""
WORKSPACE_FIELDS = {name for name, field in FIELDS.items() if field.kind in (FieldKind.LABEL, FieldKind.NOTE)}
"""Fields whose values a workspace holds."""
HISTORY_FIELDS = {
    name for name, field in FIELDS.items() if field.kind in (FieldKind.CHANGE, FieldKind.VERSIONS, FieldKind.FIRST)
}
"""Fields that ask about the versions of an article."""
TEXT_FIELDS = {name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT}
FIELD_NAMES = sorted({*ALIASES, *DATE_FIELDS})
"""What may stand before a colon."""

QUOTES = '"“”„«»＂'
"""The characters that open and close a phrase."""
_GERSHAYIM = re.compile('(?<=[\u05d0-\u05ea])"(?=[\u05d0-\u05ea])')
"""A quotation mark within a Hebrew word, typed for the sign of abbreviations: ``צה"ל``."""
# The next token after white space: an operator, a plain word (letters and digits up to a space or closing bracket), the
# end of the text or group, the name of a field (an address such as https://… has none), or the start of anything else.
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<near>(?:NOT\s+)? (?i:w|pre|near)/ (?:[-+\d][^\s(){QUOTES}]* | (?i:[sp])?(?=[\s(){QUOTES}] | \Z)))
      | (?:(?P<OR>OR) | (?P<AND>AND) | (?P<NOT>NOT)) (?=[\s(){QUOTES}] | \Z)
      | (?P<plain>\w++) (?=[\s)] | \Z)
      | (?P<end>\) | \Z)
      | (?P<minus>-) (?=[^\s)])
      | (?P<field>(?=[A-Za-z]++:) (?:(?i:{"|".join(FIELD_NAMES)}): | [A-Za-z]++:(?=[^\s)/:])))
      | (?P<part>)
    )""",
    re.VERBOSE,
)


class StopParsing(Exception):
    """Ends parsing early; the diagnostics say why."""


class Cursor:
    """A place in a query text, and what is known of the text before it.

    Attributes:
        end: where the last part ended.
        at: where the next token begins, after white space.
        token, token_end: the kind of the next token, as a group of `_TOKEN`, and its end; valid between parts only.
        depth: the open brackets.  nesting: brackets and proximity operators so far.  term_count: words so far.
        has_negation: whether anything was negated.  asks_workspace: whether anything asks for labels or notes.
        asks_history: whether anything asks about versions.  in_first: whether the place is in a query after `first:`.
        plain_words: the words, while the query `is_plain`: nothing but words.
        clauses: as in `Parsed`.
    """

    token: str | None

    def __init__(self, text: str, today: dt.date | None) -> None:
        self.end = self.at = self.token_end = 0
        self.depth = self.nesting = self.term_count = self.error_count = self.hint_count = 0
        self.is_plain, self.has_negation, self.asks_workspace = True, False, False
        self.asks_history = self.in_first = False
        self.text = text if text.isascii() else _GERSHAYIM.sub("\u05f4", text)
        self.today = today
        self.diagnostics: list[Diagnostic] = []
        self.plain_words: list[str] = []
        self.clauses: list[tuple[int, int, Query | None]] = []

    def advance(self, at: int) -> None:
        """Move to a place and find the token after it."""
        self.end = at
        if at == len(self.text):
            self.token = "end"
            self.at = self.token_end = at
            return
        match = _TOKEN.match(self.text, at)
        assert match is not None  # the last alternative is empty
        self.token = match.lastgroup
        self.at, self.token_end = match.span(match.lastindex or 0)

    def error(self, kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        """Report an error; raises `StopParsing` after `MAX_ERRORS`."""
        self.diagnostics.append(Diagnostic(kind, Severity.ERROR, message, start, end, suggestion))
        self.error_count += 1
        if self.error_count >= MAX_ERRORS:
            raise StopParsing

    def hint(self, kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        """Report a hint, up to `MAX_HINTS`."""
        self.hint_count += 1
        if self.hint_count <= MAX_HINTS:
            self.diagnostics.append(Diagnostic(kind, Severity.HINT, message, start, end, suggestion))

    def stop(self, kind: Kind, message: str, start: int, end: int) -> NoReturn:
        """Report an error after which the text cannot be read."""
        self.error(kind, message, start, end)
        raise StopParsing
