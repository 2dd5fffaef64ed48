"""Datelines: the place, and sometimes the date, before the first sentence: `LONDON, Feb 26, 2023 -`."""

from __future__ import annotations

import contextlib
import re

from searchidx.dates import PartialDate
from searchidx.extract.printed_date import read_date

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_PRINTED_DAY = rf"(?i:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? [12]\d{{3}})?"
_CAPITAL = "".join(filter(str.isupper, map(chr, (*range(0x530), *range(0x1E00, 0x1F00)))))
"""Capital letters of the Latin, Greek and Cyrillic alphabets. `re` has no class for them."""
_AGENCY = rf"(?: ?\([{_CAPITAL}][\w. &\-]{{1,30}}\))"
_DATELINE = re.compile(
    rf"(?P<dateline>(?P<place>[{_CAPITAL}][{_CAPITAL}\u0300-\u036f.'’/\- ]*[{_CAPITAL}\u0300-\u036f.]"
    rf"(?:, [{_CAPITAL}][\w.'’]*(?: [{_CAPITAL}][\w.]*)*)?)"
    rf"(?P<agency>{_AGENCY})?(?:,? (?P<date>{_PRINTED_DAY}))?(?P<agency2>{_AGENCY})?),? ?(?P<dash>--|[-–—])\s+(?=\S)"
)
_NAME = re.compile(rf"[{_CAPITAL}\u0300-\u036f]{{2}}")


def split_dateline(text: str) -> tuple[str, PartialDate | None, str] | None:
    """Split `LONDON, Feb 26, 2023 - Banks said` into the dateline as printed, its date, and the rest; None without one.

    A place without date and agency needs a long dash and a capital letter after it, as in `LONDON — Lenders said`.
    `NATO — the alliance — met` and `NATO - the alliance` are sentences. A place has two adjacent letters: `U.N.` is an
    abbreviation.
    """
    match = _DATELINE.match(text)
    if match is None or not _NAME.search(match["place"]):
        return None
    following = text[match.end() :]
    if not (match["date"] or match["agency"] or match["agency2"]) and (
        match["dash"] not in ("—", "--") or not following.lstrip("“‘\"'")[:1].isupper()
    ):
        return None
    date = None
    if match["date"]:
        with contextlib.suppress(ValueError):
            date = read_date(match["date"])
    return match["dateline"].strip(), date, following
