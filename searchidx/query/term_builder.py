"""Plain words to terms, at the level given by field and notation (`=`, `caps`).

==============  ==================  =========================================
typed           level               node
==============  ==================  =========================================
``Banks``       stem                ``Term("text", "banks")``
``=banks``      folded              ``Term("text.folded", "banks")``
``caps(US)``    printed             ``Term("text.printed", "US")``
``byline:Doe``  folded, no suffix   ``Term("byline", "doe")``
``9/11``        stem                ``Phrase("text", ["9", "11"])``
``京``          folded              ``Prefix("text.folded", "京")``
==============  ==================  =========================================

At the level of stems a node holds the word itself, in lower case: its stem depends on the language of an article.
"""

from __future__ import annotations

from whoosh.query import Query

from searchidx import analysis
from searchidx.diagnostics import Kind
from searchidx.query.cursor import TEXT_FIELDS, Cursor
from searchidx.query.nodes import Adjacent, Phrase, Prefix, Term, WordNode, set_span
from searchidx.schema import Level, level_field, query_term

STEM, FOLDED, PRINTED = Level  # looking a member up takes longer than most of what is done with it
MAX_TERMS = 10_000
"""Words and values of one query."""


def make_words(cursor: Cursor, field: str, level: Level, text: str, start: int, end: int) -> Query | None:
    """Make the node of the words in `text`, side by side; None, with a hint, if it has no word."""
    is_text = field in TEXT_FIELDS
    terms = _ascii_terms(text, level if is_text else FOLDED)
    tokens: list[analysis.Token] | None = None
    if terms is None:
        tokens = analysis.analyze_query(text)
        terms = [query_term(token, level if is_text else FOLDED) for token in tokens]
    if not terms:
        cursor.hint(Kind.NO_WORD, f"{cursor.text[start:end]!r} has no word, so it is ignored", start, end)
        return None
    cursor.term_count += len(terms)
    if cursor.term_count > MAX_TERMS:
        cursor.stop(Kind.TOO_MANY_TERMS, f"the query has more than {MAX_TERMS:,} words", start, end)
    if tokens is not None and level is not PRINTED:
        last = tokens[-1].printed
        if len(last) == 1 and analysis.is_unspaced(last):
            return _make_unspaced_prefix(field, tokens, text, start, end)
    name = field + level._value_ if is_text else field  # as `level_field` does
    if len(terms) == 1:
        return Term(name, terms[0], 1.0, None, start, end, text)
    return Phrase(name, terms, 1, 1.0, None, start, end, text)


def _ascii_terms(text: str, level: Level) -> list[str] | None:
    """The terms of ASCII words with nothing but white space around them, the common case; None for other text."""
    if not text.isascii():
        return None
    if text.isalnum():
        words = [text]
    elif not "".join(words := text.split()).isalnum():
        return None
    if level is PRINTED:
        return words
    return list(map(str.lower, words))


def _make_unspaced_prefix(field: str, tokens: list[analysis.Token], text: str, start: int, end: int) -> Query:
    """Make words whose last is one character of an unspaced script, which longer runs continue: `京`, `NATO首`."""
    name = folded_field(field)
    if len(tokens) > 1 and field not in TEXT_FIELDS:
        return Phrase(name, [token.folded for token in tokens], 1, 1.0, None, start, end, text)
    last = tokens[-1]
    prefix = Prefix(name, last.folded, 1.0, True, start, end, last.printed)
    if len(tokens) == 1:
        return prefix
    words: list[WordNode] = [Term(name, token.folded, 1.0, None, start, end) for token in tokens[:-1]]
    return set_span(Adjacent((*words, prefix)), start, end)


def folded_field(field: str) -> str:
    """The name of a field at the level that patterns and phrases compare."""
    return level_field(field, FOLDED) if field in TEXT_FIELDS else field
