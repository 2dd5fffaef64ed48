"""Text to a query tree, and what is wrong with it.

A hand-written parser, one pass from left to right::

    any     = all (OR all)*
    all     = not ([AND] not)*
    not     = (NOT | '-')* part
    part    = '(' any ')' | name ':' value | name ':' part | phrase | '=' word | caps '(' words ')' | word
              each with an optional '^' number

Words become Whoosh's query classes over the fields of `searchidx.schema`: `Term`, or `Phrase` where a word gives
several tokens, side by side. Whoosh's own parser is not used: it reads some dates as others, drops what it cannot
read, and overflows the stack on deep input.

What a person typed never raises. Errors and hints are collected with their places, and where there is an error there is
no tree.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from whoosh import query as q

from searchidx import analysis
from searchidx.query.dates import DateProblem, Interval, days_of, interval_of
from searchidx.query.diagnostics import Diagnostic, Kind, Severity
from searchidx.schema import ALIASES, FIELDS, FieldKind, Level, level_field

__all__ = ["Parsed", "parse"]

MAX_LENGTH = 100_000
MAX_DEPTH = 100
MAX_TERMS = 10_000
MAX_ERRORS = 20
"""After so many, nobody is helped by more."""
MAX_HINTS = 20

_QUOTES = '"“”„«»＂'
_QUOTE = re.compile(f"[{_QUOTES}]")
_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r"([A-Za-z]+):")
_WORD = re.compile(rf"[^\s(){_QUOTES}]+")
_VALUE = re.compile(r"[^\s)]+")
_BRACKETED = re.compile(r"[\[{][^\]}]*[\]}]")
_BOOST = re.compile(r"\^(\d{1,6}(?:\.\d{1,6})?)(?=[\s)]|$)")
_WORD_BOOST = re.compile(r"(.+)\^(\d{1,6}(?:\.\d{1,6})?)")
_PROXIMITY = re.compile(r"(?:w|pre|near)/(?:\d+|s|p)", re.IGNORECASE)
_ATLEAST = re.compile(r"atleast\d*\(", re.IGNORECASE)
_FUZZY = re.compile(r".+~\d*")
_NUMBERS = re.compile(r"([\[{])\s*(\d+|\*)?\s*TO\s*(\d+|\*)?\s*([\]}])")
_COMPARED = re.compile(r"(>=|<=|>|<)?(\d+)")
_DOTS = re.compile(r"(\d+)?\.\.(\d+)?")
_DATES = {"date", "since", "until", "after", "before"}
_PRECISIONS = ("year", "month", "day", "time")
_FIELD_NAMES = sorted({*ALIASES, *_DATES})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a query text means.

    Attributes:
        text: as typed.
        query: a Whoosh query tree, or None where an error stands among the diagnostics.
        diagnostics: errors and hints, in the order of their places.
        plain: the words, where the query is nothing but two or more plain words: what the shell leaves of a phrase.
    """

    text: str
    query: Any
    diagnostics: tuple[Diagnostic, ...] = ()
    plain: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that stand in the way of a search."""
        return tuple(d for d in self.diagnostics if d.is_error)


def parse(text: str, *, today: dt.date | None = None) -> Parsed:
    """Read a query; never raises on what a person typed.

    `today` is the day that `yesterday` and `last week` are told from; the local day where it is None.
    """
    if len(text) > MAX_LENGTH:
        message = f"the query is {len(text):,} characters long; at most {MAX_LENGTH:,} are read"
        return Parsed(text, None, (Diagnostic(Kind.TOO_LONG, Severity.ERROR, message, MAX_LENGTH, len(text)),))
    parser = _Parser(text, today)
    try:
        query = parser.whole()
    except _Stop:
        query = None
    found = tuple(sorted(parser.diagnostics, key=lambda d: (d.start, d.end)))
    if query is None or any(d.is_error for d in found):
        return Parsed(text, None, found)
    return Parsed(text, query, found, tuple(parser.plain) if parser.is_plain and len(parser.plain) > 1 else ())


class _Stop(Exception):
    """Parsing ends here; the diagnostics say why."""


class _Parser:
    def __init__(self, text: str, today: dt.date | None) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.terms = 0
        self.errors = 0
        self.hints = 0
        self.today = today
        self.diagnostics: list[Diagnostic] = []
        self.plain: list[str] = []
        self.is_plain = True

    # -- what is said about the query ------------------------------------------------------------------------------

    def error(self, kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(kind, Severity.ERROR, message, start, end, suggestion))
        self.errors += 1
        if self.errors >= MAX_ERRORS:
            raise _Stop

    def hint(self, kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> None:
        self.hints += 1
        if self.hints <= MAX_HINTS:
            self.diagnostics.append(Diagnostic(kind, Severity.HINT, message, start, end, suggestion))

    def stop(self, kind: Kind, message: str, start: int, end: int) -> NoReturn:
        self.error(kind, message, start, end)
        raise _Stop

    # -- the grammar -----------------------------------------------------------------------------------------------

    def whole(self) -> Any:
        parts: list[Any] = []
        while True:
            found = self.any("text")
            if found is not None:
                parts.append(found)
            self.space()
            if self.at >= len(self.text):
                break
            # Only a closing bracket ends `any` before the end.
            self.error(Kind.UNBALANCED_BRACKET, "this bracket closes none that was opened", self.at, self.at + 1)
            self.at += 1
        if not parts:
            if not any(d.is_error for d in self.diagnostics):
                if self.text.strip():
                    self.error(Kind.NO_WORD, "there is no word in this query", 0, len(self.text))
                else:
                    self.error(Kind.EMPTY_QUERY, "the query is empty: type a word to search for", 0, len(self.text))
            return None
        query = parts[0] if len(parts) == 1 else q.And(parts)
        parts = query.subqueries if isinstance(query, q.And) else [query]
        if all(isinstance(part, q.Not) for part in parts) and not _is_undated(query):
            message = "the query only says what to leave out, so all other articles are hits"
            self.hint(Kind.ONLY_NEGATIVE, message, 0, len(self.text))
        return query

    def any(self, field: str) -> Any:
        found: list[Any] = []
        spans: list[tuple[int, int, bool]] = []
        while True:
            self.space()
            start = self.at
            part, joined = self.all(field)
            if part is not None:
                found.append(part)
                spans.append((start, self.at, joined))
            self.space()
            if not self.operator("OR"):
                break
            self.is_plain = False
            if self.at_end() or self.next_operator(("OR", "AND")):
                self.error(Kind.MISSING_OPERAND, "OR needs something on either side", self.at - 2, self.at)
        if len(found) > 1 and any(joined for *_, joined in spans):
            pieces = [self.text[s:e].strip() for s, e, _ in spans]
            shown = " OR ".join(f"({p})" if joined else p for p, (*_, joined) in zip(pieces, spans, strict=True))
            message = f"AND binds more tightly than OR: this is read as {shown}"
            self.hint(Kind.MIXED_OPERATORS, message, spans[0][0], spans[-1][1], shown)
        if len(found) > 1:
            return q.Or(found)
        return found[0] if found else None

    def all(self, field: str) -> tuple[Any, bool]:
        """A conjunction, and whether it is one of several parts that no brackets hold together."""
        found: list[Any] = []
        parts = 0
        if word := self.next_operator(("OR", "AND")):
            self.error(Kind.MISSING_OPERAND, f"{word} needs something on either side", self.at, self.at + len(word))
            if word == "AND":
                self.at += 3
        while True:
            self.space()
            if self.at_end() or self.next_operator(("OR",)):
                break
            if self.operator("AND"):
                self.is_plain = False
                self.space()
                if self.at_end() or self.next_operator(("OR", "AND")):
                    self.error(Kind.MISSING_OPERAND, "AND needs something on either side", self.at - 3, self.at)
                continue
            part, bracketed = self.negated(field)
            parts += 1
            if part is None:
                continue
            if isinstance(part, q.And) and part.boost == 1.0 and not bracketed:
                found.extend(part.subqueries)
            else:
                found.append(part)
        if not found:
            return None, False
        if len(found) == 1:
            return found[0], False
        flat: list[Any] = []
        for part in found:
            if isinstance(part, q.And) and part.boost == 1.0:
                flat.extend(part.subqueries)
            else:
                flat.append(part)
        return q.And(flat), parts > 1

    def negated(self, field: str) -> tuple[Any, bool]:
        count = 0
        start = self.at
        while True:
            if self.operator("NOT"):
                self.space()
            elif self.text.startswith("-", self.at) and self.at + 1 < len(self.text) and self.dash_negates():
                self.at += 1
            else:
                break
            count += 1
            self.is_plain = False
            if count > MAX_DEPTH:
                self.stop(Kind.TOO_DEEP, f"more than {MAX_DEPTH} negations in a row", start, self.at)
        if count and (self.at_end() or self.next_operator(("OR", "AND"))):
            self.error(Kind.MISSING_OPERAND, "NOT needs something after it", start, self.at)
            return None, False
        bracketed = self.text.startswith("(", self.at)
        part = self.part(field)
        if part is None:
            return None, False
        for _ in range(count):
            part = q.Not(part)
        return part, bracketed

    def dash_negates(self) -> bool:
        follows = self.text[self.at + 1]
        return not follows.isspace() and follows != ")"

    def part(self, field: str) -> Any:
        char = self.text[self.at]
        if char == "(":
            return self.boosted(self.group(field))
        if char in _QUOTES:
            return self.boosted(self.phrase(field))
        if match := _FIELD.match(self.text, self.at):
            return self.fielded(match, field)
        if field in _DATES or FIELDS[field].kind in (FieldKind.VALUE, FieldKind.NUMBER) or field == "url":
            return self.value(field)
        if char == "/" and len(self.text) > self.at + 1 and not self.text[self.at + 1].isspace():
            self.is_plain = False
            end = self.text.find("/", self.at + 1)
            end = len(self.text) if end < 0 else end + 1
            self.unsupported("regular expressions", self.at, end)
            self.at = end
            return None
        if self.text.startswith("caps(", self.at):
            return self.boosted(self.caps(field))
        if match := _ATLEAST.match(self.text, self.at):
            self.is_plain = False
            self.unsupported("atleast", self.at, match.end())
            self.at = match.end() - 1
            return self.group(field)
        return self.word(field)

    def group(self, field: str) -> Any:
        opened = self.at
        self.is_plain = False
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.stop(Kind.TOO_DEEP, f"more than {MAX_DEPTH} brackets stand within each other", opened, opened + 1)
        self.at += 1
        before = len(self.diagnostics)
        found = self.any(field)
        self.space()
        if self.text.startswith(")", self.at):
            self.at += 1
        else:
            self.error(Kind.UNBALANCED_BRACKET, "this bracket is never closed", opened, opened + 1)
        self.depth -= 1
        if found is None and len(self.diagnostics) == before:
            self.error(Kind.MISSING_OPERAND, "these brackets hold nothing", opened, self.at)
        return found

    def boosted(self, found: Any) -> Any:
        match = _BOOST.match(self.text, self.at)
        if match:
            self.is_plain = False
            self.at = match.end()
            if found is not None:
                found.boost *= float(match[1])
        return found

    def fielded(self, match: re.Match[str], field: str) -> Any:
        name, start, colon = match[1], match.start(), match.end()
        follows = self.text[colon : colon + 1]
        lowered = name.lower()
        known = lowered in ALIASES or lowered in _DATES
        if not follows or follows.isspace() or follows == ")":
            if known:
                self.at = colon
                self.is_plain = False
                self.error(Kind.MISSING_VALUE, f"what should {name} hold? Write {name}:word", start, colon)
                return None
            return self.word(field)
        if not known:
            if follows in ("/", ":"):
                return self.word(field)
            self.is_plain = False
            near = difflib.get_close_matches(lowered, _FIELD_NAMES, 1)
            message = f"there is no field {name!r}" + (f": did you mean {near[0]}?" if near else "")
            if not near:
                message += f" (the fields are {', '.join(n for n in FIELDS if n != 'text')})"
            self.error(Kind.UNKNOWN_FIELD, message, start, colon, f"{near[0]}:" if near else None)
            match_value = _VALUE.match(self.text, colon)
            self.at = match_value.end() if match_value and follows not in f"({_QUOTES}" else colon
            return None
        self.is_plain = False
        self.at = colon
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.stop(Kind.TOO_DEEP, f"more than {MAX_DEPTH} fields and brackets stand within each other", start, colon)
        found = self.part(lowered if lowered in _DATES else ALIASES[lowered])
        self.depth -= 1
        return found

    def phrase(self, field: str) -> Any:
        start = self.at
        self.is_plain = False
        match = _QUOTE.search(self.text, start + 1)
        if match is None:
            self.stop(Kind.UNBALANCED_QUOTE, "this quotation mark is never closed", start, start + 1)
        closes = match.start()
        inside = self.text[start + 1 : closes]
        self.at = closes + 1
        if field in _DATES:
            return self.dates(field, inside, start + 1, closes)
        kind = FIELDS[field].kind
        if kind in (FieldKind.VALUE, FieldKind.NUMBER):
            return self.whole_value(field, inside, start + 1, closes)
        if "*" in inside or "?" in inside[:-1]:
            self.unsupported("wildcards within a phrase", start, self.at)
            return None
        level = Level.FOLDED if kind is FieldKind.TEXT else Level.STEM
        return self.side_by_side(field, level, inside, start, self.at)

    def caps(self, field: str) -> Any:
        start = self.at
        self.is_plain = False
        closes = self.text.find(")", start)
        if closes < 0:
            self.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", start + 4, start + 5)
        self.at = closes + 1
        if FIELDS[field].kind is not FieldKind.TEXT:
            message = f"caps() looks at headlines and bodies, not at {field}"
            self.error(Kind.BAD_VALUE, message, start, self.at)
            return None
        inside = self.text[start + 5 : closes].strip(_QUOTES + " ")
        return self.side_by_side(field, Level.PRINTED, inside, start, self.at)

    def word(self, field: str) -> Any:
        match = _WORD.match(self.text, self.at)
        assert match is not None  # a bracket, a quotation mark or white space never comes here
        word, start, end = match.group(), match.start(), match.end()
        self.at = end
        if _PROXIMITY.fullmatch(word):
            self.is_plain = False
            self.unsupported(f"{word} (words near each other)", start, end)
            return None
        if len(word) > 1 and word[0] == "=" and end == start + 1:
            word = word[1:]
        level = Level.STEM
        boost = 1.0
        if "^" in word and (raised := _WORD_BOOST.fullmatch(word)):
            self.is_plain = False
            word, boost = raised[1], float(raised[2])
        if word[0] == "=":
            self.is_plain = False
            level = Level.FOLDED if FIELDS[field].kind is FieldKind.TEXT else Level.STEM
            word = word[1:]
            if not word and self.text[end : end + 1] in _QUOTES and end < len(self.text):
                return self.boosted(self.phrase(field))
        if _FUZZY.fullmatch(word):
            self.is_plain = False
            self.unsupported("~ (words spelt alike)", start, end)
            return None
        if "*" in word or "?" in word:
            self.is_plain = False
            found = self.wildcard(field, word, start, end)
        else:
            if word in ("or", "and", "not"):
                message = f"{word!r} is read as a word; the operator is written {word.upper()}"
                self.hint(Kind.LOWER_CASE_OPERATOR, message, start, end, word.upper())
            found = self.side_by_side(field, level, word, start, end)
            if self.is_plain:
                self.plain.append(word)
        if found is not None and boost != 1.0:
            found.boost *= boost
        return found

    def side_by_side(self, field: str, level: Level, text: str, start: int, end: int) -> Any:
        tokens = analysis.analyze_query(text)
        if not tokens:
            self.hint(Kind.NO_WORD, f"there is no word in {self.text[start:end]!r}, so it is passed over", start, end)
            return None
        self.terms += len(tokens)
        if self.terms > MAX_TERMS:
            self.stop(Kind.TOO_MANY_TERMS, f"the query has more than {MAX_TERMS:,} words", start, end)
        is_text = FIELDS[field].kind is FieldKind.TEXT
        if len(tokens) == 1:
            token = tokens[0]
            if is_text and len(token.printed) == 1 and analysis.is_unspaced(token.printed):
                return q.Prefix(level_field(field, Level.FOLDED), token.folded)
        if not is_text:
            terms = [token.folded for token in tokens]
        elif level is Level.STEM:
            terms = [token.stem for token in tokens]
        else:
            terms = [token.folded if level is Level.FOLDED else token.printed for token in tokens]
        name = level_field(field, level)
        return q.Term(name, terms[0]) if len(terms) == 1 else q.Phrase(name, terms)

    def wildcard(self, field: str, pattern: str, start: int, end: int) -> Any:
        self.terms += 1
        kind = FIELDS[field].kind
        name = level_field(field, Level.FOLDED) if kind is FieldKind.TEXT else field
        if not pattern.strip("*"):
            return q.Every() if field == "text" else q.Every(field)
        folded = "".join(c if c in "*?" else analysis.fold(c) for c in re.findall(r"[*?]|[^*?]+", pattern))
        letters = folded.replace("*", "").replace("?", "")
        if any(analysis.is_unspaced(c) for c in letters):
            if folded.strip("*") == letters:
                return self.side_by_side(field, Level.FOLDED, letters, start, end)
            self.unsupported("wildcards within words of this script", start, end)
            return None
        plain = [token.folded for token in analysis.analyze(letters)]
        if letters and (len(plain) != 1 or plain[0] != letters):
            message = "a wildcard stands within one word: leave out the punctuation, or write the parts apart"
            self.error(Kind.BAD_VALUE, message, start, end)
            return None
        if folded.endswith("*") and "*" not in folded[:-1] and "?" not in folded:
            return q.Prefix(name, folded[:-1])
        return q.Wildcard(name, folded)

    # -- values that are not words ---------------------------------------------------------------------------------

    def value(self, field: str) -> Any:
        pattern = _BRACKETED if self.text[self.at] in "[{" and field not in ("id", "url") else _VALUE
        match = pattern.match(self.text, self.at)
        if match is None:
            if self.text[self.at] in "[{":
                self.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", self.at, self.at + 1)
            self.error(Kind.MISSING_VALUE, f"what should {field} be?", self.at, self.at + 1)
            self.at += 1
            return None
        value, start, end = match.group(), match.start(), match.end()
        self.at = end
        if field in _DATES:
            return self.dates(field, value, start, end)
        return self.whole_value(field, value, start, end)

    def whole_value(self, field: str, value: str, start: int, end: int) -> Any:
        self.terms += 1
        if field == "words":
            return self.numbers(value, start, end)
        if field == "url":
            return self.side_by_side(field, Level.STEM, value, start, end)
        if value == "*":
            return q.Every(field)
        if field == "precision":
            if value not in _PRECISIONS:
                message = f"a date is known to the year, month, day or time, not to the {value!r}"
                near = difflib.get_close_matches(value, _PRECISIONS, 1)
                self.error(Kind.BAD_VALUE, message, start, end, near[0] if near else None)
                return None
        elif field == "language":
            value = value.lower().replace("_", "-")
        return q.Term(field, value)

    def numbers(self, value: str, start: int, end: int) -> Any:
        low: int | None = None
        high: int | None = None
        low_out = high_out = False
        if match := _NUMBERS.fullmatch(value):
            low_out, high_out = match[1] == "{", match[4] == "}"
            low = None if match[2] in (None, "*") else int(match[2])
            high = None if match[3] in (None, "*") else int(match[3])
        elif match := _COMPARED.fullmatch(value):
            number = int(match[2])
            if match[1] in (">", ">=", None):
                low, low_out = number, match[1] == ">"
            if match[1] in ("<", "<=", None):
                high, high_out = number, match[1] == "<"
        elif (match := _DOTS.fullmatch(value)) and value != "..":
            low = int(match[1]) if match[1] else None
            high = int(match[2]) if match[2] else None
        else:
            message = f"{value!r} is not a number of words: write words:>500, words:300 or words:[100 TO 300]"
            self.error(Kind.BAD_NUMBER, message, start, end)
            return None
        if low is not None and high is not None and low > high:
            message = "this range ends before it begins"
            self.error(Kind.BAD_RANGE, message, start, end, f"[{high} TO {low}]")
            return None
        if max(low or 0, high or 0) >= 1 << 31:
            self.error(Kind.BAD_NUMBER, "no article is so long", start, end)
            return None
        return q.NumericRange("words", low, high, startexcl=low_out, endexcl=high_out)

    def dates(self, field: str, value: str, start: int, end: int) -> Any:
        self.terms += 1
        if value.lower() == "none" and field == "date":
            return q.Not(q.Every("date"))
        today = self.today or dt.date.today()
        interval: Interval
        try:
            if field == "date":
                interval = interval_of(value, today)
            else:
                days = days_of(value, today)
                interval = {
                    "since": (days.start, None),
                    "until": (None, days.stop),
                    "after": (days.stop, None),
                    "before": (None, days.start),
                }[field]
        except DateProblem as problem:
            kind = Kind.BAD_RANGE if problem.upside_down else Kind.BAD_DATE
            self.error(kind, str(problem), start, end, problem.suggestion)
            return None
        first, stop = (_midnight(ordinal) for ordinal in interval)
        if interval[0] is not None and first is None:
            return q.NullQuery  # after the end of the calendar
        if first is None and stop is None:
            return q.Every("date")
        return q.DateRange("date", first, stop, endexcl=True)

    # -- the text --------------------------------------------------------------------------------------------------

    def space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def at_end(self) -> bool:
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def operator(self, name: str) -> bool:
        """Step over an operator, where it stands here as a word of its own."""
        if self.next_operator((name,)):
            self.at += len(name)
            return True
        return False

    def next_operator(self, names: Sequence[str]) -> str:
        if self.text[self.at : self.at + 1] not in ("A", "O", "N"):
            return ""
        for name in names:
            if self.text.startswith(name, self.at):
                follows = self.text[self.at + len(name) : self.at + len(name) + 1]
                if not follows or follows.isspace() or follows in "()" or follows in _QUOTES:
                    return name
        return ""

    def unsupported(self, what: str, start: int, end: int) -> None:
        self.error(Kind.NOT_SUPPORTED, f"this version does not know {what} yet", start, end)


def _midnight(ordinal: int | None) -> dt.datetime | None:
    if ordinal is None or ordinal > dt.date.max.toordinal():
        return None
    return dt.datetime.combine(dt.date.fromordinal(max(ordinal, 1)), dt.time())


def _is_undated(query: Any) -> bool:
    """Whether the query is `date:none`, which is said with a negation only here."""
    return isinstance(query, q.Not) and isinstance(query.query, q.Every)
