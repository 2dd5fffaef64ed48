"""Text to a query tree, and what is wrong with it.

A hand-written parser, one pass from left to right::

    any     = all (OR all)*
    all     = not ([AND] not)*
    not     = (NOT | '-')* near
    near    = part ([NOT] ('w/' | 'pre/' | 'near/') (number | 's' | 'p') part)*
    part    = '(' any ')' | name ':' field | phrase | '=' word | '=' phrase | caps '(' words ')' | '/' regex '/'
              | 'atleast' number '(' any ')' | word ['~' [number]]
              each with an optional '^' number
    field   = '(' any ')' | phrase | value, or a part that no other name begins

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
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from whoosh import query as q

from searchidx import analysis
from searchidx.query import nodes, regexes, traversal
from searchidx.query.date_expressions import DateProblem, interval_of
from searchidx.query.diagnostics import Diagnostic, Kind, Severity
from searchidx.query.ranges import read_range
from searchidx.schema import ALIASES, FIELDS, FieldKind, Level, level_field, spelling, split_level

__all__ = ["QUOTES", "Parsed", "parse"]

_STEM, _FOLDED, _PRINTED = Level  # looking a member up takes longer than most of what is done with it
MAX_LENGTH = 100_000
MAX_DEPTH = 100
"""So many brackets stand within each other at most, and a tree has so many levels: whoever walks one may recurse."""
MAX_TERMS = 10_000
MAX_CHAIN = 50
"""So many proximity operators follow each other at most, since each nests those before it."""
MAX_DISTANCE = 1000
MAX_PATTERN = 1_000
"""Characters of one wildcard, regular expression or misspelt word: no word that people look for is longer."""
MAX_EDITS = 2
MAX_ERRORS = 20
"""After so many, nobody is helped by more."""
MAX_HINTS = 20

_SIGNS = {"since": ">=", "until": "<=", "after": ">", "before": "<"}
"""Fields that are another way to write `date:` and a comparison."""
_DATES = {"date", *_SIGNS}
_FIELD_NAMES = sorted({*ALIASES, *_DATES})
_TEXTS = {name for name, field in FIELDS.items() if field.kind is FieldKind.TEXT}
_RAW = {"id", "url"}
"""Fields whose values run to the next space or bracket, whatever they hold."""
_VALUES = {name for name, field in FIELDS.items() if field.kind in (FieldKind.VALUE, FieldKind.NUMBER)} | _DATES | _RAW
"""Fields that hold values and not words."""
_PRECISIONS = ("year", "month", "day", "time")

QUOTES = '"“”„«»＂'
"""What opens and closes a phrase."""
_QUOTE = re.compile(f"[{QUOTES}]")
# What stands next behind white space: an operator, the end of all there is or of a bracket, a word that nothing is
# written into or onto, the name of a field (which an address such as https://… does not begin with), or anything else.
_NEXT = re.compile(
    rf"""\s*(?:
        (?P<near>(?:NOT\s+)? (?i:w|pre|near)/ (?:[-+\d][^\s(){QUOTES}]* | (?i:[sp])?(?=[\s(){QUOTES}] | \Z)))
      | (?:(?P<OR>OR) | (?P<AND>AND) | (?P<NOT>NOT)) (?=[\s(){QUOTES}] | \Z)
      | (?P<plain>\w++) (?=[\s)] | \Z)
      | (?P<end>\) | \Z)
      | (?P<minus>-) (?=[^\s)])
      | (?P<field>(?=[A-Za-z]++:) (?:(?i:{"|".join(_FIELD_NAMES)}): | [A-Za-z]++:(?=[^\s)/:])))
      | (?P<part>)
    )""",
    re.VERBOSE,
)
_WORD = re.compile(rf"[^\s()^{QUOTES}]+")
_MARK = re.compile(rf"\^[^\s(){QUOTES}]*|~\d*(?=[\s()^{QUOTES}]|\Z)")
_VALUE = re.compile(r"[^\s)]+")
_BRACKETED = re.compile(r"[\[{][^\]}]*[\]}]")
_WEIGHT = re.compile(r"\d{1,6}(?:\.\d{1,6})?")
_NEAR = re.compile(r"(?P<NOT>NOT\s+)?(?P<name>w|pre|near)/(?:(?P<words>\d{1,4})|(?P<unit>[sp]))", re.IGNORECASE)
_ATLEAST = re.compile(r"atleast(\d*)\(", re.IGNORECASE)
_IN_PHRASE = re.compile(r".*[*?].*|/.+/|.+~\d*")
_SIGN = re.compile(r"[*?/~]")
"""What makes a word of a phrase a pattern, and what there is in any."""
_AROUND = ".,;:!()[]…"
"""Punctuation around a pattern within a phrase."""
_FUZZY = re.compile(r"(.+)~(\d*)", re.DOTALL)
_REGEX = re.compile(r"/((?:[^\\/]|\\.)*+)/", re.DOTALL)
_UNSPACED = "words of this script are not parted by spaces, so {} has no word to match: write the characters themselves"
_LIKE_OPERATORS = {"or": "OR", "and": "AND", "not": "NOT", "NEAR": "NEAR/5"}
"""Words that may have been meant as operators."""
_LANGUAGE = re.compile(r"[A-Za-z\d]+(?:[-_][A-Za-z\d]+)*")


class Parsed(NamedTuple):
    """What a query text means.

    Attributes:
        text: as typed.
        query: a Whoosh query tree, or None where an error stands among the diagnostics.
        diagnostics: errors and hints, in the order of their places.
        plain: the words, where the query is nothing but two or more plain words: what the shell leaves of a phrase.
        clauses: where the parts stand that all have to match, and what each means: (start, end, tree). An OR that no
            brackets hold makes the whole query one.
    """

    text: str
    query: Any
    diagnostics: tuple[Diagnostic, ...] = ()
    plain: tuple[str, ...] = ()
    clauses: tuple[tuple[int, int, Any], ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that stand in the way of a search."""
        return tuple(d for d in self.diagnostics if d.is_error)


def parse(text: str, *, today: dt.date | None = None) -> Parsed:
    """Read a query; never raises on what a person typed.

    `today` is the day that `yesterday` and `last week` are told from; the local day where it is None.
    """
    length = len(text)
    if length <= MAX_LENGTH and not text.isascii():
        length = len(unicodedata.normalize("NFKC", text))  # one character may stand for eighteen
    if length > MAX_LENGTH:
        message = f"the query is {length:,} characters long; at most {MAX_LENGTH:,} are read"
        start = min(MAX_LENGTH, len(text) - 1)
        return Parsed(text, None, (Diagnostic(Kind.TOO_LONG, Severity.ERROR, message, start, len(text)),))
    parser = _Parser(text, today)
    try:
        query = parser.whole()
    except _Stop:
        query = None
    found = tuple(sorted(parser.diagnostics, key=lambda d: (d.start, d.end))) if parser.diagnostics else ()
    is_plain = parser.is_plain and len(parser.plain) > 1 and query is not None
    clauses = () if query is None else tuple(parser.clauses)
    return Parsed(text, query, found, tuple(parser.plain) if is_plain else (), clauses)


class _Stop(Exception):
    """Parsing ends here; the diagnostics say why."""


class _Parser:
    """One text being read.

    Attributes:
        end: where the last part ended.
        at: where the next one begins, behind white space.
        next, over: what stands there, as a group of `_NEXT`, and where that ends. Known between parts only.
        negative: whether anything was negated.
    """

    next: str | None

    def __init__(self, text: str, today: dt.date | None) -> None:
        self.end = self.at = self.over = 0
        self.depth = self.nested = self.terms = self.errors = self.hints = 0
        self.is_plain, self.negative = True, False
        self.text = text
        self.today = today
        self.diagnostics: list[Diagnostic] = []
        self.plain: list[str] = []
        self.clauses: list[tuple[int, int, Any]] = []

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

    def look(self, at: int) -> None:
        """Go on at a place, and see what stands there behind white space."""
        self.end = at
        if at == len(self.text):
            self.next = "end"
            self.at = self.over = at
            return
        match = _NEXT.match(self.text, at)
        assert match is not None  # the last alternative is always there
        self.next = match.lastgroup
        self.at, self.over = match.span(match.lastindex or 0)

    def whole(self) -> Any:
        query = self.any("text")
        while self.at < len(self.text):
            # Only a closing bracket ends `any` before the end.
            self.error(Kind.UNBALANCED_BRACKET, "this bracket closes none that was opened", self.at, self.at + 1)
            self.at += 1
            self.any("text")
        if self.errors:
            return None
        # Brackets add three levels each at most (OR, AND, NOT), or two beneath atleast; an operator adds one.
        if self.nested * 3 > MAX_DEPTH - 4 and (deepest := _deeper(query, MAX_DEPTH)) is not None:
            message = f"brackets and operators make more than {MAX_DEPTH} levels within each other here"
            self.error(Kind.TOO_DEEP, message, deepest.startchar or 0, deepest.endchar or len(self.text))
            return None
        if query is None:
            if self.text.strip():
                self.error(Kind.NO_WORD, "there is no word in this query", 0, len(self.text))
            else:
                self.error(Kind.EMPTY_QUERY, "the query is empty: type a word to search for", 0, len(self.text))
        elif self.negative and _is_negative(query):
            message = "the query only says what to leave out, so all other articles are hits"
            self.hint(Kind.ONLY_NEGATIVE, message, 0, len(self.text))
        return query

    def any(self, field: str) -> Any:
        found: list[Any] = []
        spans: list[tuple[int, int, bool]] = []
        mixed = False
        self.look(self.at)
        begin = self.at
        while True:
            start = self.at
            part, joined = self.all(field)
            if self.next != "OR" and not found:
                return part
            if part is not None:
                found.append(part)
                spans.append((start, self.end, joined))
                mixed |= joined
            if self.next != "OR":
                break
            self.is_plain = False
            self.look(self.over)
            if self.next == "end":
                self.error(Kind.MISSING_OPERAND, "OR needs something on either side", self.end - 2, self.end)
        made = q.Or(found) if len(found) > 1 else found[0] if found else None
        if not self.depth:
            self.clauses = [(begin, self.end, made)]
        if mixed and len(found) > 1:
            pieces = [(self.text[start:end], joined) for start, end, joined in spans]
            shown = " OR ".join(f"({piece})" if joined else piece for piece, joined in pieces)
            message = f"AND binds more tightly than OR: this is read as {shown}"
            self.hint(Kind.MIXED_OPERATORS, message, spans[0][0], spans[-1][1], shown)
        return made

    def all(self, field: str) -> tuple[Any, bool]:
        """A conjunction, and whether it is one of several parts that no brackets hold together."""
        found: list[Any] = []
        if self.next in ("OR", "AND"):
            self.error(Kind.MISSING_OPERAND, f"{self.next} needs something on either side", self.at, self.over)
            if self.next == "AND":
                self.look(self.over)
        while (next := self.next) not in ("end", "OR"):
            if next == "AND":
                self.is_plain = False
                self.look(self.over)
                if self.next in ("end", "OR", "AND"):
                    self.error(Kind.MISSING_OPERAND, "AND needs something on either side", self.end - 3, self.end)
            else:
                start = self.at
                part = self.negated(field) if next in ("NOT", "minus") else self.near(field)
                if part is not None:
                    found.append(part)
                    if not self.depth:
                        self.clauses.append((start, self.end, part))
        if len(found) < 2:
            return found[0] if found else None, False
        flat: list[Any] = []
        for part in found:
            if isinstance(part, q.And) and part.boost == 1.0:
                flat.extend(part.subqueries)
            else:
                flat.append(part)
        return q.And(flat), True

    def negated(self, field: str) -> Any:
        start = self.at
        negative = False
        while self.next in ("NOT", "minus"):
            self.is_plain = False
            self.negative = True
            negative = not negative
            self.look(self.over)
        if self.at > start and self.next in ("end", "OR", "AND"):
            self.error(Kind.MISSING_OPERAND, "NOT needs something after it", start, self.at)
            return None
        part = self.near(field)
        if part is None or not negative:
            return part
        if isinstance(part, q.Not):
            return part.query  # twice negated is not negated
        return _placed(q.Not(part), start, self.end)

    def near(self, field: str) -> Any:
        """A part, or several with proximity operators between them."""
        start = self.at
        if self.next == "near":
            self.lonely_operator()
            return None
        found = self.placed(self.part(field), start)
        if self.next != "near":
            return found
        for _ in range(MAX_CHAIN):
            if self.next != "near":
                return found
            spans = [(start, self.end)]
            at, over = self.at, self.over
            self.is_plain = False
            self.look(over)
            if self.next in ("end", "OR", "AND", "NOT", "minus", "near"):
                self.over = over
                self.at = at
                self.lonely_operator()
                return None
            begin = self.at
            self.nested += 1
            other = self.placed(self.part(field), begin)
            spans.append((begin, self.end))
            found = self.proximity(found, other, spans, at, over)
        if self.next == "near":
            message = f"more than {MAX_CHAIN} proximity operators follow each other"
            self.stop(Kind.TOO_DEEP, message, self.at, self.over)
        return found

    def placed(self, part: Any, begin: int) -> Any:
        """The part just read, which now knows its place, after a look at what follows it."""
        if part is not None and part.startchar is None:
            _placed(part, begin, self.at)
        self.look(self.at)
        return part

    def lonely_operator(self) -> None:
        """Say that a proximity operator has nothing on one side, and go on behind it."""
        operator = self.text[self.at : self.over]
        message = f"{operator} needs a word, a phrase or a group of them on either side"
        self.error(Kind.MISSING_OPERAND, message, self.at, self.over)
        self.is_plain = False
        self.look(self.over)

    def proximity(self, one: Any, other: Any, spans: list[tuple[int, int]], at: int, over: int) -> Any:
        """What an operator that stands from `at` to `over` makes of its operands, which stand at `spans`."""
        match = _NEAR.fullmatch(self.text, at, over)
        words = match and match["words"]
        if match is None or (words and not 1 <= int(words) <= MAX_DISTANCE):
            message = (
                f"how near? Write a number of words from 1 to {MAX_DISTANCE:,}, s (sentence) or p (paragraph): w/5"
            )
            self.error(Kind.BAD_NUMBER, message, at, over)
            return None
        operator = self.text[at:over]
        if one is None or other is None:
            if not self.errors:
                message = f"{operator} needs a word on either side"
                self.error(Kind.MISSING_OPERAND, message, *spans[one is not None])
            return None
        fields = [self.operand_field(each, *span, operator) for each, span in zip((one, other), spans, strict=True)]
        if None in fields:
            return None
        if fields[0] != fields[1]:
            name = next(field for field in fields if field != "text")
            message = f"both sides of {operator} have to be in one field: write {name}:(a {operator} b)"
            self.error(Kind.BAD_OPERAND, message, spans[0][0], spans[1][1])
            return None
        node = nodes.NotNear if match["NOT"] else nodes.Near
        within: int | str = int(words) if words else match["unit"].lower()
        made = node(one, other, within, match["name"].lower() == "pre")
        return _placed(made, spans[0][0], spans[1][1])

    def operand_field(self, operand: Any, start: int, end: int, operator: str) -> str | None:
        """The field that an operand looks at; None where it cannot be one, which is said."""
        fields = set(_fields(operand))
        if None in fields:
            message = f"{operator} holds words, phrases, and (a OR b) groups of them: no AND, no NOT, no other fields"
        elif len(fields) > 1:
            message = f"what {operator} holds has to be in one field"
        else:
            return fields.pop()
        self.error(Kind.BAD_OPERAND, message, start, end)
        return None

    def part(self, field: str) -> Any:
        start = self.at
        if self.next == "plain" and field not in _VALUES:
            self.at = self.over
            return self.plain_word(field, _STEM, self.text[start : self.at], start, self.at)
        char = self.text[start]
        if char == "(":
            return self.boosted(self.group(field))
        if char in QUOTES:
            return self.boosted(self.phrase(field))
        if self.next == "field" and field not in _RAW:
            return self.fielded()
        if field in _VALUES:
            return self.value(field)
        if char == "=":
            return self.exact(field)
        if match := _MARK.match(self.text, start):
            self.at = match.end()
            self.error(Kind.MISSING_OPERAND, f"{match[0]} belongs right behind a word", start, self.at)
            return None
        if char == "/" and self.text[start + 1 : start + 2].strip():
            return self.boosted(self.regex(field))
        if self.text.startswith("caps(", start):
            return self.boosted(self.caps(field))
        if match := _ATLEAST.match(self.text, start):
            return self.boosted(self.at_least(field, match))
        return self.word(field)

    def group(self, field: str) -> Any:
        opened = self.at
        self.is_plain = False
        self.depth += 1
        self.nested += 1
        if self.depth > MAX_DEPTH:
            self.stop(Kind.TOO_DEEP, f"more than {MAX_DEPTH} brackets stand within each other", opened, opened + 1)
        self.at += 1
        before = len(self.diagnostics)
        found = self.any(field)
        if self.at < len(self.text):
            self.at += 1
        else:
            self.error(Kind.UNBALANCED_BRACKET, "this bracket is never closed", opened, opened + 1)
        self.depth -= 1
        if found is None and len(self.diagnostics) == before:
            self.error(Kind.MISSING_OPERAND, "these brackets hold nothing", opened, self.at)
        return found

    def at_least(self, field: str, match: re.Match[str]) -> Any:
        start = self.at
        self.at = match.end() - 1
        found = self.group(field)
        if not match[1] or len(match[1]) > 6 or int(match[1]) < 1:
            message = "how often? Write atleast3(word) for three times or more"
            self.error(Kind.BAD_NUMBER, message, start, match.end() - 1)
            return None
        if found is None or self.operand_field(found, match.end() - 1, self.at, match[0][:-1] + "()") is None:
            return None
        return _placed(nodes.AtLeast(found, int(match[1])), start, self.at)

    def boosted(self, found: Any) -> Any:
        """What was read, with the weight that may stand right behind it."""
        if self.text.startswith("^", self.at) and (match := _MARK.match(self.text, self.at)):
            self.is_plain = False
            self.at = match.end()
            weight = match[0][1:]
            if not _WEIGHT.fullmatch(weight):
                message = "a weight is a number below a million right behind its mark: ^2 or ^0.5"
                self.error(Kind.BAD_NUMBER, message, match.start(), match.end())
            elif found is not None:
                found.boost = round(found.boost * float(weight), 6)
                if found.boost >= 1_000_000:
                    message = "these weights come to a million or more: write smaller ones"
                    self.error(Kind.BAD_NUMBER, message, match.start(), match.end())
        return found

    def fielded(self) -> Any:
        start, colon = self.at, self.over
        name = self.text[start : colon - 1]
        field = name.lower()
        self.is_plain = False
        if field not in _DATES and field not in ALIASES:
            return self.unknown(name, start, colon)
        field = ALIASES.get(field, field)
        self.look(colon)
        if self.at == colon and self.next != "end":
            if field in _VALUES and self.text[colon] not in f"({QUOTES}":
                return self.value(field)
            if self.next in ("plain", "part"):
                return self.part(field)
            if self.next != "field":
                self.at = self.over
        message = f"what should {name} hold? Write {name}:word, or -{name}:word for all that does not hold it"
        self.error(Kind.MISSING_VALUE, message, start, colon)
        return None

    def unknown(self, name: str, start: int, colon: int) -> None:
        near = difflib.get_close_matches(name.lower(), _FIELD_NAMES, 1)
        message = f"there is no field {name!r}" + (f": did you mean {near[0]}?" if near else "")
        if not near:
            message += f" (the fields are {', '.join(n for n in FIELDS if n != 'text')})"
        self.error(Kind.UNKNOWN_FIELD, message, start, colon, f"{near[0]}:" if near else None)
        value = _VALUE.match(self.text, colon)
        self.at = value.end() if value and value[0][0] not in f"({QUOTES}" else colon

    def phrase(self, field: str) -> Any:
        start = self.at
        self.is_plain = False
        match = _QUOTE.search(self.text, start + 1)
        if match is None:
            self.stop(Kind.UNBALANCED_QUOTE, "this quotation mark is never closed", start, start + 1)
        closes = match.start()
        inside = self.text[start + 1 : closes]
        self.at = closes + 1
        if field in _VALUES:
            return self.whole_value(field, inside, start + 1, closes)
        written = inside.rstrip("?! ")  # at the end of a phrase these are the sentence's
        if _SIGN.search(written) and any(map(_IN_PHRASE.fullmatch, written.split())):
            return self.phrase_of_patterns(field, start, start + 1 + len(written), closes)
        return self.side_by_side(field, _FOLDED, inside, start, self.at)

    def phrase_of_patterns(self, field: str, start: int, stop: int, closes: int) -> Any:
        """A phrase some of whose words are patterns; it is read up to `stop`, and its quotation mark stands behind."""
        words: list[Any] = []
        for match in re.finditer(r"\S+", self.text[start + 1 : stop]):
            chunk, begin = match[0], start + 1 + match.start()
            end = begin + len(chunk)
            if not _IN_PHRASE.fullmatch(chunk):
                found = self.side_by_side(field, _FOLDED, chunk, begin, end)
            elif not chunk.strip("*?"):
                message = "a word of a phrase cannot be just anything: write a w/2 b where one word may stand between"
                self.error(Kind.BAD_VALUE, message, begin, end)
                return None
            elif _REGEX.fullmatch(chunk):
                self.at = begin
                found = self.regex(field)
            elif fuzzy := _FUZZY.fullmatch(chunk):
                found = self.fuzzy(field, fuzzy[1], fuzzy[2], begin, end)
            else:
                found = self.wildcard(field, chunk.strip(_AROUND), begin, end)
            if isinstance(found, q.Phrase):
                words.extend(nodes.Term(found.fieldname, word) for word in found.words)
            elif isinstance(found, nodes.Adjacent):
                words.extend(found.words)
            elif found is not None:
                words.append(found)
        self.at = closes + 1
        if self.errors or not words:
            return None
        return nodes.Adjacent(tuple(words)) if len(words) > 1 else words[0]

    def caps(self, field: str) -> Any:
        start = self.at
        self.is_plain = False
        closes = self.text.find(")", start)
        if closes < 0:
            self.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", start + 4, start + 5)
        self.at = closes + 1
        if field not in _TEXTS:
            message = f"caps() looks at headlines and bodies, not at {field}"
            self.error(Kind.BAD_VALUE, message, start, self.at)
            return None
        inside = self.text[start + 5 : closes].strip(QUOTES + " ")
        return self.side_by_side(field, _PRINTED, inside, start, self.at)

    def exact(self, field: str) -> Any:
        start = self.at
        self.look(start + 1)
        if self.at == start + 1 and self.text.startswith(tuple(QUOTES), self.at):
            return self.boosted(self.phrase(field))  # a phrase is as it is written anyway
        if self.at == start + 1 and (self.next == "field" or self.text.startswith(("(", "caps(", "/"), self.at)):
            self.error(Kind.BAD_VALUE, "= stands right before a word or a phrase, nothing else", start, start + 1)
            return None
        self.at = start
        return self.word(field)

    def word(self, field: str) -> Any:
        match = _WORD.match(self.text, self.at)
        assert match is not None  # a bracket, a quotation mark, white space or ^ never comes here
        word, start, end = match.group(), match.start(), match.end()
        self.at = end
        level = _STEM
        if word[0] == "=":
            self.is_plain = False
            level = _FOLDED
            word = word[1:]
        if match := _FUZZY.fullmatch(word):
            return self.boosted(self.fuzzy(field, match[1], match[2], start, end))
        if "*" in word or "?" in word:
            self.is_plain = False
            return self.boosted(self.wildcard(field, word, start, end))
        return self.boosted(self.plain_word(field, level, word, start, end))

    def plain_word(self, field: str, level: Level, word: str, start: int, end: int) -> Any:
        if word in _LIKE_OPERATORS:
            message = f"{word!r} is read as a word; the operator is written {_LIKE_OPERATORS[word]}"
            self.hint(Kind.LOWER_CASE_OPERATOR, message, start, end, _LIKE_OPERATORS[word])
        if self.is_plain:
            self.plain.append(word)
        return self.side_by_side(field, level, word, start, end)

    def side_by_side(self, field: str, level: Level, text: str, start: int, end: int) -> Any:
        is_text = field in _TEXTS
        terms = _plain_terms(text, level if is_text else _FOLDED)
        tokens: list[analysis.Token] | None = None
        if terms is None:
            tokens = analysis.analyze_query(text)
            terms = [spelling(token, level if is_text else _FOLDED) for token in tokens]
        if not terms:
            self.hint(Kind.NO_WORD, f"there is no word in {self.text[start:end]!r}, so it is passed over", start, end)
            return None
        self.terms += len(terms)
        if self.terms > MAX_TERMS:
            self.stop(Kind.TOO_MANY_TERMS, f"the query has more than {MAX_TERMS:,} words", start, end)
        if tokens is not None and level is not _PRINTED:
            last = tokens[-1].printed
            if len(last) == 1 and analysis.is_unspaced(last):
                return self.begun(field, tokens, text, start, end)
        name = field + level._value_ if is_text else field  # as `level_field` has it
        if len(terms) == 1:
            return nodes.Term(name, terms[0], 1.0, None, start, end, text)
        return nodes.Phrase(name, terms, 1, 1.0, None, start, end, text)

    def begun(self, field: str, tokens: list[analysis.Token], text: str, start: int, end: int) -> Any:
        """Words whose last is one character of a run, which any longer run may go on from: `京`, `NATO首`."""
        name = _as_spelt(field)
        words: list[Any] = [nodes.Term(name, token.folded) for token in tokens]
        if len(words) > 1 and field not in _TEXTS:
            return nodes.Phrase(name, [word.text for word in words], 1, 1.0, None, start, end, text)
        words[-1] = nodes.Prefix(name, words[-1].text, 1.0, True, start, end, tokens[-1].printed)
        return _placed(nodes.Adjacent(tuple(words)) if len(words) > 1 else words[0], start, end)

    # -- patterns: what stands for several words, by their folded spellings ----------------------------------------

    def pattern_field(self, field: str, pattern: str, start: int, end: int) -> str | None:
        """The field that a pattern looks at; None where the pattern is too long."""
        self.terms += 1
        if len(pattern) > MAX_PATTERN:
            message = (
                f"this stands for words by a pattern of {len(pattern):,} characters; at most {MAX_PATTERN:,} are read"
            )
            self.error(Kind.TOO_LONG, message, start, end)
            return None
        return _as_spelt(field)

    def regex(self, field: str) -> Any:
        start = self.at
        self.is_plain = False
        match = _REGEX.match(self.text, start)
        if match is None:
            message = "this regular expression is never closed: end it with /, or put what you mean in quotes"
            self.stop(Kind.BAD_PATTERN, message, start, start + 1)
        end = self.at = match.end()
        if rest := _WORD.match(self.text, end):
            self.at = rest.end()
            message = (
                "a regular expression ends at its second / (write \\/ for one within): put an address or path in quotes"
            )
            self.error(Kind.BAD_PATTERN, message, start, self.at, f'"{self.text[start : self.at]}"')
            return None
        name = self.pattern_field(field, match[1], start, end)
        if name is None:
            return None
        pattern = regexes.folded(match[1])
        message = ""
        if not pattern:
            message = "this regular expression is empty"
        elif any(char.isspace() for char in pattern):
            message = "a regular expression is about one word, in which there is no white space"
        elif any(map(analysis.is_unspaced, pattern)):
            self.error(Kind.NOT_SUPPORTED, _UNSPACED.format("a regular expression"), start, end)
            return None
        else:
            try:
                regexes.compiled(pattern)
            except regexes.RegexProblem as problem:
                message = f"this is not a regular expression: {problem}"
        if message:
            self.error(Kind.BAD_PATTERN, message, start, end)
            return None
        return _placed(q.Regex(name, pattern), start, end)

    def fuzzy(self, field: str, word: str, number: str, start: int, end: int) -> Any:
        self.is_plain = False
        name = self.pattern_field(field, word, start, end)
        edits = int(number or 1) if len(number) < 3 else MAX_EDITS + 1
        tokens = analysis.analyze_query(word) if name else []
        message = ""
        if not 1 <= edits <= MAX_EDITS:
            message = f"~ stands for one edit, ~2 for two, and there are no others: write {word[:40]}~ or {word[:40]}~2"
        elif re.search(r"[*?~]", word):
            message = "~ stands behind a word as it may be spelt, without * or ?"
        elif any(analysis.is_unspaced(char) for token in tokens for char in token.printed):
            self.error(Kind.NOT_SUPPORTED, _UNSPACED.format("~"), start, end)
            return None
        elif len(tokens) != 1:
            message = "~ stands behind one word: leave out the punctuation, or write the parts apart"
        if name is None:
            return None
        if message:
            self.error(Kind.BAD_PATTERN, message, start, end)
            return None
        return _placed(q.FuzzyTerm(name, tokens[0].folded, maxdist=edits, prefixlength=0), start, end)

    def wildcard(self, field: str, pattern: str, start: int, end: int) -> Any:
        name = self.pattern_field(field, pattern, start, end)
        if name is None:
            return None
        if not pattern.strip("*"):
            return _placed(q.Every() if field == "text" else q.Every(field), start, end)
        folded = "".join(c if c in "*?" else analysis.fold(c) for c in re.findall(r"[*?]|[^*?]+", pattern))
        letters = folded.replace("*", "").replace("?", "")
        if any(analysis.is_unspaced(c) for c in letters):
            if folded.strip("*") == letters:
                return self.side_by_side(field, _FOLDED, letters, start, end)
            self.error(Kind.NOT_SUPPORTED, _UNSPACED.format("a wildcard"), start, end)
            return None
        plain = [token.folded for token in analysis.analyze(letters)]
        if letters and (len(plain) != 1 or plain[0] != letters):
            message = "a wildcard stands within one word: leave out the punctuation, or write the parts apart"
            self.error(Kind.BAD_VALUE, message, start, end)
            return None
        if folded.endswith("*") and "*" not in folded[:-1] and "?" not in folded:
            return nodes.Prefix(name, folded[:-1], 1.0, True, start, end)
        return _placed(q.Wildcard(name, folded), start, end)

    # -- values that are not words ---------------------------------------------------------------------------------

    def value(self, field: str) -> Any:
        bracketed = self.text[self.at] in "[{" and field not in _RAW
        match = (_BRACKETED if bracketed else _VALUE).match(self.text, self.at)
        if match is None:
            self.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", self.at, self.at + 1)
        self.at = match.end()
        return self.whole_value(field, match[0], match.start(), match.end())

    def whole_value(self, field: str, value: str, start: int, end: int) -> Any:
        if field == "url":
            return self.side_by_side(field, _FOLDED, value, start, end)
        self.terms += 1
        if field == "words":
            return self.numbers(value, start, end)
        if field in _DATES:
            return self.dates(field, value, start, end)
        if value == "*":
            return q.Every(field)
        if field == "precision":
            value = value.lower()
            if value not in _PRECISIONS:
                message = f"a date is known to the year, month, day or time, not to the {value!r}"
                near = difflib.get_close_matches(value, _PRECISIONS, 1)
                self.error(Kind.BAD_VALUE, message, start, end, near[0] if near else None)
                return None
        elif field == "language":
            if not _LANGUAGE.fullmatch(value):
                self.error(Kind.BAD_VALUE, f"{value!r} is no language: write en or en-GB", start, end)
                return None
            value = value.lower().replace("_", "-")
        return nodes.Term(field, value)

    def numbers(self, value: str, start: int, end: int) -> Any:
        ends = read_range(value)
        if ends is None or not all(text is None or text.isdecimal() for text in ends[:2]) or value == "..":
            message = f"{value[:40]!r} is not a number of words: write words:>500, words:300 or words:[100 TO 300]"
            self.error(Kind.BAD_NUMBER, message, start, end)
            return None
        if any(text is not None and len(text) > 9 for text in ends[:2]):
            self.error(Kind.BAD_NUMBER, "no article is so long", start, end)
            return None
        low = None if ends.first is None else int(ends.first) + ends.after
        high = None if ends.last is None else int(ends.last) - ends.before
        if high is not None and high < (low or 0):
            if ends.after or ends.before:
                self.error(Kind.BAD_RANGE, f"there is no number in {value}", start, end)
            else:
                message = "this range ends before it begins"
                self.error(Kind.BAD_RANGE, message, start, end, f"[{ends.last} TO {ends.first}]")
            return None
        return q.NumericRange("words", low, high)

    def dates(self, field: str, value: str, start: int, end: int) -> Any:
        if value.lower() == "none" and field == "date":
            return q.Not(q.Every("date"))
        try:
            first, stop = interval_of(_SIGNS.get(field, "") + value, self.today)
        except DateProblem as problem:
            kind = Kind.BAD_RANGE if problem.upside_down else Kind.BAD_DATE
            self.error(kind, str(problem), start, end, problem.suggestion)
            return None
        if stop is not None and stop > dt.date.max.toordinal():
            stop = None
        if first is None and stop is None:
            return q.Every("date")
        return nodes.DayRange(first, stop)


def _plain_terms(text: str, level: Level) -> list[str] | None:
    """The terms of ASCII words with nothing but white space around them, as most are; None of any other text."""
    if not text.isascii():
        return None
    if text.isalnum():
        words = [text]
    elif not "".join(words := text.split()).isalnum():
        return None
    if level is _PRINTED:
        return words
    words = list(map(str.lower, words))
    return list(map(analysis.stem, words)) if level is _STEM else words


def _fields(node: Any) -> Iterator[str | None]:
    """The fields of the text that the words of an operand look at; None for what cannot be an operand."""
    parts = traversal.operands(node)
    if parts:
        for part in parts:
            yield from _fields(part)
    elif isinstance(node, (q.Term, q.Phrase, q.Prefix, q.Wildcard, q.Regex, q.FuzzyTerm)):
        field, _ = split_level(node.fieldname)
        yield field if field in _TEXTS else None
    else:
        yield None


def _as_spelt(field: str) -> str:
    """The field at the level at which words are compared as they are spelt."""
    return level_field(field, _FOLDED) if field in _TEXTS else field


def _placed(node: Any, start: int, end: int) -> Any:
    """A node, told where in the query it stands."""
    node.startchar = start
    node.endchar = end
    return node


def _deeper(query: Any, levels: int) -> Any:
    """A part of a tree that has more than so many levels above it; None where there is none."""
    parts = [query] if query is not None else []
    for _ in range(levels):
        parts = [child for part in parts for child in part.children()]
    return parts[0] if parts else None


def _is_negative(query: Any) -> bool:
    """Whether a query only says what to leave out; `date:none` says what is wanted."""
    if isinstance(query, (q.And, q.Or)):
        return all(_is_negative(part) for part in query.subqueries)
    return isinstance(query, q.Not) and not isinstance(query.query, q.Every) and not _is_negative(query.query)
