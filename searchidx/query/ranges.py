"""Ranges of the query language: `[a TO b]`, `{a TO b}`, `a..b`, `>=a` and a single `a`, for dates and numbers alike."""

from __future__ import annotations

import re
from typing import NamedTuple

_TO = re.compile(r"(?:^|(?<=\s))TO(?=\s|$)")


class Range(NamedTuple):
    """The ends of a range, as typed.

    Attributes:
        first, last: the texts of the ends without quotation marks, equal for a single value; None for an open end.
        excludes_first, excludes_last: whether the range starts after `first`, ends before `last`.
    """

    first: str | None
    last: str | None
    excludes_first: bool = False
    excludes_last: bool = False


def parse_range(text: str) -> Range | None:
    """Parse a range or a single value; None if brackets hold anything else than `a TO b`."""
    text = text.strip()
    if text[:1] in ("[", "{") and text[-1] in "]}":
        ends = _TO.split(text[1:-1])
        return (
            Range(_parse_end(ends[0]), _parse_end(ends[1]), text[0] == "{", text[-1] == "}") if len(ends) == 2 else None
        )
    if text[:1] in (">", "<"):
        is_greater, is_equal = text[0] == ">", text[1:2] == "="
        value = text[1 + is_equal :].strip()
        return Range(value, None, not is_equal) if is_greater else Range(None, value, False, not is_equal)
    first, dots, last = text.partition("..")
    return Range(_parse_end(first), _parse_end(last)) if dots or text == "*" else Range(text, text)


def _parse_end(text: str) -> str | None:
    text = text.strip()
    return None if text in ("", "*") else text.strip('"“”„«»＂')
