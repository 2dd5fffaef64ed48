"""Words and phrases of a query to nodes.

::

    word    = ['='] characters up to a space, bracket, quote or '^', patterns among them
    whole   = '=' (word | phrase), in a field of values that have words
    phrase  = quote (plain word | pattern)* quote
    caps    = 'caps(' plain word* ')'

    =banks         Term("text.folded", "banks")            "Bank of Japan"  Phrase("text.folded", […])
    caps(US)       Term("text.printed", "US")              "jap* said"      Adjacent(Prefix("jap"), Term("said"))
    source:="The Day"  WholeValue("source", "the day")
"""

from __future__ import annotations

import re

from whoosh import query as q
from whoosh.query import Query

from searchidx.diagnostics import Kind
from searchidx.query.cursor import QUOTES, TEXT_FIELDS, VALUE_FIELDS, Cursor
from searchidx.query.nodes import Adjacent, Term, WholeValue, WordNode, set_span
from searchidx.query.pattern_parser import FUZZY, REGEX, make_fuzzy, make_wildcard, parse_regex
from searchidx.query.term_builder import FOLDED, PRINTED, STEM, make_words
from searchidx.query.value_parser import make_value
from searchidx.schema import WHOLE_VALUE_FIELDS, Level, whole_value

_QUOTE = re.compile(f"[{QUOTES}]")
_WORD = re.compile(rf"[^\s()^{QUOTES}]+")
_WHOLE_VALUE = re.compile(rf"=(?:[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]|([^\s()^{QUOTES}]+))")
_PATTERN_IN_PHRASE = re.compile(r".*[*?].*|/.+/|.+~\d*")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""The beginning of an address, whose `?` and `~` are no patterns."""
_PATTERN_SIGN = re.compile(r"[*?/~]")
"""A character that every pattern of a phrase has."""
_PUNCTUATION = ".,;:!()[]…"
"""Punctuation around a wildcard in a phrase."""
_OPERATOR_LOOKALIKES = {"or": "OR", "and": "AND", "not": "NOT", "NEAR": "NEAR/5"}
"""Words that may be meant as operators, and the operators."""


def parse_word(cursor: Cursor, field: str) -> Query | None:
    """Parse a word or pattern at the cursor, with the `=` before it."""
    match = _WORD.match(cursor.text, cursor.at)
    assert match is not None  # brackets, quotes, white space and ^ are parsed elsewhere
    word, start, end = match.group(), match.start(), match.end()
    cursor.at = end
    level = STEM
    if word[0] == "=":
        cursor.is_plain = False
        level = FOLDED
        word = word[1:]
    if _ADDRESS.match(word):
        return make_plain_word(cursor, field, level, word, start, end)
    if match := FUZZY.fullmatch(word):
        return make_fuzzy(cursor, field, match[1], match[2], start, end)
    if "*" in word or "?" in word:
        cursor.is_plain = False
        return make_wildcard(cursor, field, word, start, end)
    return make_plain_word(cursor, field, level, word, start, end)


def make_plain_word(cursor: Cursor, field: str, level: Level, word: str, start: int, end: int) -> Query | None:
    """Make the node of a word that is no pattern."""
    if word in _OPERATOR_LOOKALIKES:
        operator = _OPERATOR_LOOKALIKES[word]
        message = f"{word!r} is read as a word; the operator is written {operator}"
        cursor.hint(Kind.LOWER_CASE_OPERATOR, message, start, end, operator)
    if word.startswith("!") and word[1:2].isalnum():
        message = f"'!' excludes nothing here; to exclude articles with the word, type -{word[1:]}"
        cursor.hint(Kind.LOWER_CASE_OPERATOR, message, start, end, f"-{word[1:]}")
    if cursor.is_plain:
        cursor.plain_words.append(word)
    return make_words(cursor, field, level, word, start, end)


def parse_exact(cursor: Cursor, field: str) -> Query | None:
    """Parse `=` and the word or phrase after it."""
    start = cursor.at
    if field in WHOLE_VALUE_FIELDS:
        return _parse_whole_value(cursor, field)
    cursor.advance(start + 1)
    if cursor.at == start + 1 and cursor.text.startswith(tuple(QUOTES), cursor.at):
        return parse_phrase(cursor, field)  # quotes mean the same
    if cursor.at == start + 1 and (cursor.token == "field" or cursor.text.startswith(("(", "caps(", "/"), cursor.at)):
        cursor.error(Kind.BAD_VALUE, "= must directly precede a word or a phrase", start, start + 1)
        return None
    cursor.at = start
    return parse_word(cursor, field)


def _parse_whole_value(cursor: Cursor, field: str) -> Query | None:
    """Parse `=` and the value after it, in quotation marks or up to a space."""
    start = cursor.at
    cursor.is_plain = False
    match = _WHOLE_VALUE.match(cursor.text, start)
    if match is None:
        cursor.at = start + 1
        message = f'= must directly precede a whole value: {field}:=word or {field}:="two words"'
        cursor.error(Kind.BAD_VALUE, message, start, start + 1)
        return None
    cursor.at = match.end()
    typed, first, last = match[1] or match[2], *match.span(match.lastindex or 0)
    if match[2] and _PATTERN_SIGN.search(typed):
        message = f"a whole value has no pattern: put it in quotation marks, or write {field}:{typed}"
        cursor.error(Kind.BAD_VALUE, message, first, last, f'"{typed}"')
        return None
    value = whole_value(field, typed)
    if not value:
        cursor.hint(Kind.NO_WORD, f"{typed!r} has no word, so it is ignored", first, last)
        return None
    cursor.term_count += 1
    return set_span(WholeValue(field, value, typed), start, cursor.at)


def parse_caps(cursor: Cursor, field: str) -> Query | None:
    """Parse `caps(…)`."""
    start = cursor.at
    cursor.is_plain = False
    closes = cursor.text.find(")", start)
    if closes < 0:
        cursor.stop(Kind.UNBALANCED_BRACKET, "this bracket is never closed", start + 4, start + 5)
    cursor.at = closes + 1
    if field not in TEXT_FIELDS:
        message = f"caps() searches headlines and bodies, not {field}"
        cursor.error(Kind.BAD_VALUE, message, start, cursor.at)
        return None
    inside = cursor.text[start + 5 : closes].strip(QUOTES + " ")
    return make_words(cursor, field, PRINTED, inside, start, cursor.at)


def parse_phrase(cursor: Cursor, field: str) -> Query | None:
    """Parse a phrase, or the quoted value of a field of values."""
    start = cursor.at
    cursor.is_plain = False
    match = _QUOTE.search(cursor.text, start + 1)
    if match is None:
        cursor.stop(Kind.UNBALANCED_QUOTE, "this quotation mark is never closed", start, start + 1)
    closes = match.start()
    inside = cursor.text[start + 1 : closes]
    cursor.at = closes + 1
    if field in VALUE_FIELDS:
        span = (start + 1, closes) if inside else (start, cursor.at)
        return make_value(cursor, field, inside, *span)
    words = inside.rstrip("?! ")  # at the end of a phrase these are punctuation
    if _PATTERN_SIGN.search(words) and any(map(_is_pattern, words.split())):
        return _parse_phrase_of_patterns(cursor, field, start, start + 1 + len(words), closes)
    return make_words(cursor, field, FOLDED, inside, start, cursor.at)


def _is_pattern(chunk: str) -> bool:
    """Whether a word of a phrase is a pattern."""
    return _PATTERN_IN_PHRASE.fullmatch(chunk) is not None and _ADDRESS.match(chunk) is None


def _parse_phrase_of_patterns(cursor: Cursor, field: str, start: int, stop: int, closes: int) -> Query | None:
    """Parse a phrase with patterns: its words end at `stop`, its closing quotation mark is at `closes`."""
    words: list[WordNode] = []
    for match in re.finditer(r"\S+", cursor.text[start + 1 : stop]):
        chunk, begin = match[0], start + 1 + match.start()
        end = begin + len(chunk)
        if not _is_pattern(chunk):
            node = make_words(cursor, field, FOLDED, chunk, begin, end)
        elif not chunk.strip(_PUNCTUATION + "*?"):
            message = "* and ? alone match no word of a phrase: write a w/2 b to leave room for one word"
            cursor.error(Kind.BAD_VALUE, message, begin, end)
            return None
        elif REGEX.fullmatch(chunk):
            cursor.at = begin
            node = parse_regex(cursor, field)
        elif fuzzy := FUZZY.fullmatch(chunk):
            node = make_fuzzy(cursor, field, fuzzy[1], fuzzy[2], begin, end)
        else:
            node = make_wildcard(cursor, field, chunk.strip(_PUNCTUATION), begin, end)
        if isinstance(node, q.Phrase):
            words.extend(Term(node.fieldname, word, 1.0, None, begin, end) for word in node.words)
        elif isinstance(node, Adjacent):
            words.extend(node.words)
        elif isinstance(node, WordNode):
            words.append(node)
    cursor.at = closes + 1
    if cursor.error_count or not words:
        return None
    return Adjacent(tuple(words)) if len(words) > 1 else words[0]
