"""Values of fields that hold no words: dates, numbers, ids, languages.

::

    value  = '[' … ']' | '{' … '}' | characters up to a space or closing bracket | phrase

    date:2023-02         DayRange(2023-02-01, 2023-03-01)      since:2023  DayRange(2023-01-01, None)
    words:{100 TO 300]   NumericRange("words", 101, 300)       lang:EN_gb  Term("language", "en-gb")
    ocr:<0.8             NumericRange("ocr", None, 0.7999)
"""

from __future__ import annotations

import datetime as dt
import difflib
import re

from whoosh import query as q
from whoosh.query import Query

from searchidx.article import LANGUAGE_ORIGINS
from searchidx.diagnostics import Kind
from searchidx.languages import parse_language
from searchidx.query.cursor import COMPARISONS, DATE_FIELDS, RAW_FIELDS, Cursor
from searchidx.query.date_expressions import DateExpressionError, parse_interval
from searchidx.query.nodes import DayRange, Prefix, Term, set_span
from searchidx.query.ranges import parse_range
from searchidx.query.term_builder import FOLDED, make_words
from searchidx.schema import ALIASES, FIELDS, FieldKind
from searchidx.versions import COMPARED_FIELDS

VALUE = re.compile(r"[^\s)]+")
_BRACKETED = re.compile(r"[\[{][^\]}]*[\]}]")
_LANGUAGE = re.compile(r"[A-Za-z\d]+(?:[-_][A-Za-z\d]+)*")
LABEL_NAME = re.compile(r"\w[\w.@+/-]{0,99}")
"""The names that labels can have."""
LABEL_HELP = "write up to 100 letters, digits and . @ + / - _, such as relevant or relevant@anna"
"""What a name of a label is, for messages."""
_NUMBER_HELP = {
    "words": "a number of words: write words:>500, words:300 or words:[100 TO 300]",
    "versions": "a number of versions: write versions:>1, versions:2 or versions:[2 TO 5]",
    "ocr": "a confidence from 0 to 1 of up to four decimals: write ocr:<0.8 or ocr:[0.5 TO 0.9]",
}
_CHOICES = {
    "precision": ("a precision", ("year", "month", "day", "time")),
    "languageorigin": ("how a language is known", LANGUAGE_ORIGINS),
    "changed": ("a field that can change", COMPARED_FIELDS),
}
"""For fields with few values: what a value is, and all of them."""


def parse_value(cursor: Cursor, field: str) -> Query | None:
    """Parse a value at the cursor."""
    is_bracketed = cursor.text[cursor.at] in "[{" and field not in RAW_FIELDS
    match = (_BRACKETED if is_bracketed else VALUE).match(cursor.text, cursor.at)
    if match is None:
        cursor.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", cursor.at, cursor.at + 1)
    cursor.at = match.end()
    return make_value(cursor, field, match[0], match.start(), match.end())


def make_value(cursor: Cursor, field: str, value: str, start: int, end: int) -> Query | None:
    """Make the node of a value, quoted or not."""
    if field == "url":
        return make_words(cursor, field, FOLDED, value, start, end)
    cursor.term_count += 1
    if FIELDS[ALIASES.get(field, "date")].kind in (FieldKind.NUMBER, FieldKind.VERSIONS):
        return _make_number_range(cursor, field, value, start, end)
    if field in DATE_FIELDS:
        return _make_day_range(cursor, field, value, start, end)
    if value == "*":
        return set_span(q.Every(field), start, end)
    if field == "label":
        return _make_label(cursor, value, start, end)
    if field in _CHOICES:
        value = value.lower()
        kind, choices = _CHOICES[field]
        if value not in choices:
            message = f"{value!r} is not {kind}: write {', '.join(choices[:-1])} or {choices[-1]}"
            near = difflib.get_close_matches(value, choices, 1)
            cursor.error(Kind.BAD_VALUE, message, start, end, near[0] if near else None)
            return None
    elif field == "language":
        value = parse_language(value) or value
        if not _LANGUAGE.fullmatch(value):
            cursor.error(Kind.BAD_VALUE, f"{value!r} is not a language: write en or en-GB", start, end)
            return None
        value = value.lower().replace("_", "-")
    return Term(field, value)


def _make_label(cursor: Cursor, value: str, start: int, end: int) -> Query | None:
    """Make the node of a label, or of all labels that begin alike: `label:relevant@*`."""
    name = value.removesuffix("*")
    if not LABEL_NAME.fullmatch(name):
        cursor.error(Kind.BAD_VALUE, f"{value[:40]!r} is not a label: {LABEL_HELP}", start, end)
        return None
    return Term("label", name) if name == value else Prefix("label", name)


def _make_number_range(cursor: Cursor, field: str, value: str, start: int, end: int) -> Query | None:
    """Make a range of numbers, with both ends included: a field has a smallest step."""
    ends, steps = parse_range(value), FIELDS[field].steps
    number = re.compile(r"\d+" if steps == 1 else r"\d+(?:\.\d{1,4})?|\.\d{1,4}")
    if ends is None or not all(text is None or number.fullmatch(text) for text in ends[:2]) or value == "..":
        message = f"{value[:40]!r} is not {_NUMBER_HELP[field]}"
        cursor.error(Kind.BAD_NUMBER, message, start, end)
        return None
    if any(text is not None and len(text) > 9 for text in ends[:2]):
        cursor.error(Kind.BAD_NUMBER, "the number is too large: use at most 999999999", start, end)
        return None
    low = None if ends.first is None else round(float(ends.first) * steps) + ends.excludes_first
    high = None if ends.last is None else round(float(ends.last) * steps) - ends.excludes_last
    if high is not None and high < (low or 0):
        if ends.excludes_first or ends.excludes_last:
            cursor.error(Kind.BAD_RANGE, f"there is no number in {value}", start, end)
        else:
            message = "this range ends before it begins"
            cursor.error(Kind.BAD_RANGE, message, start, end, f"[{ends.last} TO {ends.first}]")
        return None
    if steps == 1:
        return set_span(q.NumericRange(field, low, high), start, end)
    first, last = (None if each is None else each / steps for each in (low, high))
    return set_span(q.NumericRange(field, first, last), start, end)


def _make_day_range(cursor: Cursor, field: str, value: str, start: int, end: int) -> Query | None:
    if value.lower() == "none" and field == "date":
        return q.Not(set_span(q.Every("date"), start, end))
    try:
        first, stop = parse_interval(COMPARISONS.get(field, "") + value, cursor.today)
    except DateExpressionError as error:
        kind = Kind.BAD_RANGE if error.is_reversed else Kind.BAD_DATE
        cursor.error(kind, str(error), start, end, error.suggestion)
        return None
    if stop is not None and stop > dt.date.max.toordinal():
        stop = None
    if first is None and stop is None:
        return q.Every("date")
    return DayRange(first, stop)
