"""Datelines: the place, and sometimes the date, before the first sentence: `LONDON, Feb 26, 2023 -`."""

from __future__ import annotations

import re
from typing import NamedTuple

from searchidx.dates import PartialDate
from searchidx.extract.calendar_names import ENGLISH_MONTHS, MONTHS
from searchidx.extract.printed_date import read_date

_PRINTED_DAY = (
    r"(?:(?P<first>[^\W\d_]{3,9})\.? \d{1,2}|\d{1,2}(?:\.|er|º)? (?:de )?(?P<second>[^\W\d_]{2,20})\.?)"
    r"(?:(?:,| de)? [12]\d{3})?"
)
"""A day with or without its year. The month comes first (`Feb 26`) only in English."""
_CAPITAL = "".join(filter(str.isupper, map(chr, (*range(0x530), *range(0x1E00, 0x1F00)))))
"""Capital letters of the Latin, Greek and Cyrillic alphabets. `re` has no class for them."""
_AGENCY = rf"(?: ?\([{_CAPITAL}][\w. &\-]{{1,30}}\))"
_DATELINE = re.compile(
    rf"(?P<dateline>(?P<place>[{_CAPITAL}][{_CAPITAL}\u0300-\u036f.'’/\- ]*[{_CAPITAL}\u0300-\u036f.]"
    rf"(?:, [{_CAPITAL}][\w.'’]*(?: [{_CAPITAL}][\w.]*)*)?)"
    rf"(?P<agency>{_AGENCY})?(?:,? (?P<date>{_PRINTED_DAY}))?(?P<agency2>{_AGENCY})?),? ?(?P<dash>--|[-–—])\s+(?=\S)"
)
_NAME = re.compile(rf"[{_CAPITAL}\u0300-\u036f]{{2}}")


class Dateline(NamedTuple):
    """A dateline as printed, its date or why there is no such date, and the text after it."""

    text: str
    date: PartialDate | ValueError | None
    following: str


def split_dateline(text: str) -> Dateline | None:
    """Split `LONDON, Feb 26, 2023 - Banks said` into the dateline and the rest; None without a dateline.

    A place without date and agency needs a long dash and a capital letter after it, as in `LONDON — Lenders said`.
    `NATO — the alliance — met` and `NATO - the alliance` are sentences. A place has two adjacent letters: `U.N.` is an
    abbreviation.
    """
    match = _DATELINE.match(text)
    if match is None or not _NAME.search(match["place"]) or not _has_month(match):
        return None
    following = text[match.end() :]
    if not (match["date"] or match["agency"] or match["agency2"]) and (
        match["dash"] not in ("—", "--") or not following.lstrip("“‘\"'")[:1].isupper()
    ):
        return None
    date: PartialDate | ValueError | None = None
    if match["date"]:
        try:
            date = read_date(match["date"])
        except ValueError as error:
            date = error
    return Dateline(match["dateline"].strip(), date, following)


def _has_month(match: re.Match[str]) -> bool:
    """Whether the word where a date has its month is one. Czech has a month `pro`, but `Pro 11` is no date."""
    if match["first"]:
        return match["first"].lower() in ENGLISH_MONTHS
    return not match["second"] or match["second"].lower() in MONTHS
