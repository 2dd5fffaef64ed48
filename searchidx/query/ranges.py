"""Ranges of the query language: the ends of `[a TO b]`, `{a TO b}`, `a..b`, `>=a` and `a` alone, as they were typed.

Dates and numbers are asked for in the same ways. What the text of an end means is for them to say.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Range", "read_range"]

_TO = re.compile(r"(?:^|(?<=\s))TO(?=\s|$)")


class Range(NamedTuple):
    """Where a range begins and ends.

    Attributes:
        first, last: the texts of its ends, without quotation marks, the same one twice for a value alone; None where
            the range is open.
        after, before: whether the first, the last is left out.
    """

    first: str | None
    last: str | None
    after: bool = False
    before: bool = False


def read_range(text: str) -> Range | None:
    """The ends of a range; None where brackets hold something else."""
    text = text.strip()
    if text[:1] in ("[", "{") and text[-1] in "]}":
        ends = _TO.split(text[1:-1])
        return Range(_end(ends[0]), _end(ends[1]), text[0] == "{", text[-1] == "}") if len(ends) == 2 else None
    if text[:1] in (">", "<"):
        over, equal = text[0] == ">", text[1:2] == "="
        value = text[1 + equal :].strip()
        return Range(value, None, after=not equal) if over else Range(None, value, before=not equal)
    first, dots, last = text.partition("..")
    return Range(_end(first), _end(last)) if dots or text == "*" else Range(text, text)


def _end(text: str) -> str | None:
    text = text.strip()
    return None if text in ("", "*") else text.strip('"“”„«»＂')
