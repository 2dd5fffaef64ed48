r"""Patterns of a query to nodes: they match any number of words, by their folded forms.

::

    regex     = '/' (character | '\/')* '/'           /stolt.*g/     Regex("text.folded", "stolt.*g")
    fuzzy     = word '~' ['1' | '2']                  stoltenburg~   FuzzyTerm("text.folded", "stoltenburg", maxdist=1)
    wildcard  = word with '*' or '?'                  wom?n          Wildcard("text.folded", "wom?n")
                                                      japan*         Prefix("text.folded", "japan")
"""

from __future__ import annotations

import re

from whoosh import query as q
from whoosh.query import Query

from searchidx import analysis
from searchidx.diagnostics import Kind
from searchidx.folding import fold
from searchidx.query import regexes
from searchidx.query.cursor import Cursor
from searchidx.query.nodes import Prefix, set_span
from searchidx.query.term_builder import FOLDED, folded_field, make_words

MAX_PATTERN_LENGTH = 1_000
"""Characters of one pattern; no word is longer."""
MAX_EDITS = 2
"""Edits that `~` allows."""

FUZZY = re.compile(r"(.+)~(\d*)", re.DOTALL)
REGEX = re.compile(r"/((?:[^\\/]|\\.)*+)/", re.DOTALL)
_REST_OF_WORD = re.compile(r"[^\s()^\"“”„«»＂]+")
_UNSPACED = "this script has no spaces between words, so {} has no word to match: write the characters themselves"


def _pattern_field(cursor: Cursor, field: str, pattern: str, start: int, end: int) -> str | None:
    """The name of the field that a pattern looks at; None, with an error, if the pattern is too long."""
    cursor.term_count += 1
    if len(pattern) > MAX_PATTERN_LENGTH:
        message = f"this pattern has {len(pattern):,} characters; the limit is {MAX_PATTERN_LENGTH:,}"
        cursor.error(Kind.TOO_LONG, message, start, end)
        return None
    return folded_field(field)


def parse_regex(cursor: Cursor, field: str) -> Query | None:
    """Parse a regular expression at the cursor."""
    start = cursor.at
    cursor.is_plain = False
    match = REGEX.match(cursor.text, start)
    if match is None:
        message = "this regular expression is never closed: end it with /, or put it in quotes to search for the text"
        cursor.stop(Kind.BAD_PATTERN, message, start, start + 1)
    end = cursor.at = match.end()
    if rest := _REST_OF_WORD.match(cursor.text, end):
        cursor.at = rest.end()
        message = "a regular expression ends at its second / (write \\/ inside it): put an address or path in quotes"
        cursor.error(Kind.BAD_PATTERN, message, start, cursor.at, f'"{cursor.text[start : cursor.at]}"')
        return None
    name = _pattern_field(cursor, field, match[1], start, end)
    if name is None:
        return None
    pattern = regexes.fold_regex(match[1])
    message = ""
    if not pattern:
        message = "this regular expression is empty"
    elif any(char.isspace() for char in pattern):
        message = "a regular expression matches one word, which has no white space"
    elif any(map(analysis.is_unspaced, pattern)):
        cursor.error(Kind.NOT_SUPPORTED, _UNSPACED.format("a regular expression"), start, end)
        return None
    else:
        try:
            regexes.compile_regex(pattern)
        except regexes.RegexError as error:
            message = f"this is not a regular expression: {error}"
    if message:
        cursor.error(Kind.BAD_PATTERN, message, start, end)
        return None
    return set_span(q.Regex(name, pattern), start, end)


def make_fuzzy(cursor: Cursor, field: str, word: str, number: str, start: int, end: int) -> Query | None:
    """Make the node of a word and the number after its `~`."""
    cursor.is_plain = False
    name = _pattern_field(cursor, field, word, start, end)
    if name is None:
        return None
    edits = int(number or 1) if len(number) < 3 else MAX_EDITS + 1
    tokens = analysis.analyze_query(word)
    if not 1 <= edits <= MAX_EDITS:
        message = f"~ allows one edit and ~2 two: write {word[:40]}~ or {word[:40]}~2"
    elif re.search(r"[*?~]", word):
        message = "~ follows a word without * or ?"
    elif any(analysis.is_unspaced(char) for token in tokens for char in token.printed):
        cursor.error(Kind.NOT_SUPPORTED, _UNSPACED.format("~"), start, end)
        return None
    elif len(tokens) != 1:
        message = "~ follows one word: leave out the punctuation, or separate the words"
    else:
        return set_span(q.FuzzyTerm(name, tokens[0].folded, maxdist=edits, prefixlength=0), start, end)
    cursor.error(Kind.BAD_PATTERN, message, start, end)
    return None


def make_wildcard(cursor: Cursor, field: str, pattern: str, start: int, end: int) -> Query | None:
    """Make the node of a word with `*` or `?`."""
    name = _pattern_field(cursor, field, pattern, start, end)
    if name is None:
        return None
    if not pattern.strip("*"):
        return set_span(q.Every() if field == "text" else q.Every(field), start, end)
    folded = "".join(c if c in "*?" else fold(c) for c in re.findall(r"[*?]|[^*?]+", pattern))
    letters = folded.replace("*", "").replace("?", "")
    if any(analysis.is_unspaced(c) for c in letters):
        if folded.strip("*") == letters:
            return make_words(cursor, field, FOLDED, letters, start, end)
        cursor.error(Kind.NOT_SUPPORTED, _UNSPACED.format("a wildcard"), start, end)
        return None
    plain = [token.folded for token in analysis.analyze(letters)]
    if letters and (len(plain) != 1 or plain[0] != letters):
        message = "a wildcard matches one word: remove the punctuation, or separate the words"
        cursor.error(Kind.BAD_VALUE, message, start, end)
        return None
    if folded.endswith("*") and "*" not in folded[:-1] and "?" not in folded:
        return Prefix(name, folded[:-1], 1.0, True, start, end)
    return set_span(q.Wildcard(name, folded), start, end)
