"""Build a query text from the fields of the advanced search form.

A form field may hold the language itself (`"interest rates" OR yen`)::

    build_query(every="nato", some='yen "interest rates"', none="river", zone="headline", dates="date:2023")
    headline:nato headline:(yen OR "interest rates") -river date:2023
"""

from __future__ import annotations

import re

from searchidx.query.cursor import QUOTES
from searchidx.query.rewrite import add_clause, zone_clause

ZONES = ("headline", "lead")
"""The zones that a form offers."""

_PHRASE = f"[{QUOTES}][^{QUOTES}]*[{QUOTES}]"
_WORD_OR_PHRASE = re.compile(rf"{_PHRASE}|[^\s{QUOTES}]+")
_OPERAND = re.compile(rf"{_PHRASE}|\w+")
_QUOTES_TO_SPACE = str.maketrans(dict.fromkeys(QUOTES, " "))


def build_query(
    every: str = "", phrase: str = "", some: str = "", none: str = "", zone: str = "", dates: str = ""
) -> str:
    """Build the query of a form; empty if the form is.

    Args:
        every: a query that must match.
        phrase: words that must stand side by side, with quotation marks or without.
        some: words and quoted phrases, at least one of which must match.
        none: words and quoted phrases that must not match.
        zone: one of `ZONES` where `every`, `phrase` and `some` must match, or empty.
        dates: a date clause.
    """
    words = " ".join(phrase.translate(_QUOTES_TO_SPACE).split())
    text = ""
    for part in (every.strip(), f'"{words}"' if words else "", _join_alternatives(some)):
        if part and zone:
            text = add_clause(text, zone_clause(zone, part))
        elif part:
            text = add_clause(text, _to_operand(part) if text else part)
    if excluded := _join_alternatives(none):
        text = add_clause(text, f"-{_to_operand(excluded)}")
    return add_clause(text, dates) if dates else text


def _join_alternatives(text: str) -> str:
    return " OR ".join(part for part in _WORD_OR_PHRASE.findall(text) if part != "OR")


def _to_operand(part: str) -> str:
    """A part as one operand: a word, a phrase, or in brackets."""
    return part if _OPERAND.fullmatch(part) else f"({part})"
