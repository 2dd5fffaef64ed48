"""A form to a query: for whoever would rather fill in fields than learn a language, and learns it from what comes out.

What is typed into a field may be of the language (`"interest rates" OR yen`), and is then read as such.
"""

from __future__ import annotations

import re

from searchidx.query.parser import QUOTES
from searchidx.query.rewrite import add_clause, within

__all__ = ["ZONES", "composed"]

ZONES = ("headline", "lead")
"""Where the words may be looked for, if not anywhere."""

_PHRASE = f"[{QUOTES}][^{QUOTES}]*[{QUOTES}]"
_PIECE = re.compile(rf"{_PHRASE}|[^\s{QUOTES}]+")
_WHOLE = re.compile(rf"{_PHRASE}|\w+")
_NO_QUOTES = str.maketrans(dict.fromkeys(QUOTES, " "))


def composed(every: str = "", phrase: str = "", some: str = "", none: str = "", zone: str = "", dates: str = "") -> str:
    """The query of a filled-in form; empty where nothing is.

    Args:
        every: has to match all of it.
        phrase: words side by side, quotation marks or not.
        some: words and quoted phrases, one of which at least has to match.
        none: words and quoted phrases that may not.
        zone: one of `ZONES` in which `every`, `phrase` and `some` have to match, or empty.
        dates: a clause about dates.
    """
    words = " ".join(phrase.translate(_NO_QUOTES).split())
    text = ""
    for part in (every.strip(), f'"{words}"' if words else "", _alternatives(some)):
        if part and zone:
            text = add_clause(text, within(zone, part))
        elif part:
            text = add_clause(text, _together(part) if text else part)
    if unwanted := _alternatives(none):
        text = add_clause(text, f"-{_together(unwanted)}")
    return add_clause(text, dates) if dates else text


def _alternatives(text: str) -> str:
    return " OR ".join(piece for piece in _PIECE.findall(text) if piece != "OR")


def _together(part: str) -> str:
    """A part as one operand: in brackets, but where it is one word or phrase."""
    return part if _WHOLE.fullmatch(part) else f"({part})"
