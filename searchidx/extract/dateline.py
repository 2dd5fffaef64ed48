"""Printed dates and datelines: `13:33 JST, February 1, 2023`, `LONDON, Feb 26, 2023 -`, `1 February 2023 at 13:33`.

Numeric dates start with the year: `2023-02-01 13:33 JST`. Ambiguous dates are not read: a day and month without a year,
or `02/03/2023`. An abbreviation of a time zone has its usual meaning in news.
"""

from __future__ import annotations

import datetime as dt
import re

from searchidx.dates import PartialDate, parse_date

_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
    )
    for number, name in enumerate(names.split(), 1)
} | {"sept": 9}
_TIME_ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 60, "IST": 330, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "TRT": 180, "SAST": 120, "WAT": 60, "EAT": 180, "GST": 240, "PKT": 300, "WIB": 420, "ICT": 420,
    "HKT": 480, "SGT": 480, "PHT": 480, "PHST": 480, "AWST": 480, "JST": 540, "KST": 540, "ACST": 570, "AEST": 600,
    "AEDT": 660, "NZST": 720, "NZDT": 780, "NST": -210, "AST": -240, "ADT": -180, "EST": -300, "EDT": -240, "ET": None,
    "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "PT": None, "AKST": -540,
    "AKDT": -480, "HST": -600, "BRT": -180, "ART": -180, "CLT": -240,
}  # fmt: skip
"""Minutes from UTC; None for an abbreviation of both summer and winter time."""

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATE_PATTERNS = tuple(
    re.compile(rf"(?<![\w]){form}(?![\w])", re.IGNORECASE)
    for form in (
        rf"{_MONTH} {_DAY},? {_YEAR}",
        rf"{_DAY} {_MONTH},? {_YEAR}",
        rf"{_MONTH},? {_YEAR}",
        rf"{_YEAR}(?P<part>[-/.])(?P<number>\d{{1,2}})(?P=part)(?P<day>\d{{1,2}})",
    )
)
_TIME = re.compile(
    r"(?<![\w:])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?)?\s?(?P<half>(?i:[ap]\.?m\b\.?))?"
    r"(?:\s*\(?(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Z]{1,4})\)?)?(?![\w:])",
)
_LABEL = re.compile(r"(?:first )?(?:published|posted|issued|filed|date|dated)(?: on| at)?:?\s*", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\b\.?", re.IGNORECASE)
_FILLER = re.compile(r"(?:[\s,|•·\-–—()]|\bat\b|\bon\b)*", re.IGNORECASE)
_PRINTED_DAY = (
    rf"(?i:{_MONTH.replace('month', 'm1')} \d{{1,2}}|\d{{1,2}} {_MONTH.replace('month', 'm2')})(?:,? [12]\d{{3}})?"
)
_CAPITAL = "".join(filter(str.isupper, map(chr, (*range(0x530), *range(0x1E00, 0x1F00)))))
"""Capital letters of the Latin, Greek and Cyrillic alphabets. `re` has no class for them."""
_AGENCY = rf"(?: ?\([{_CAPITAL}][\w. &\-]{{1,30}}\))"
_DATELINE = re.compile(
    rf"(?P<dateline>(?P<place>[{_CAPITAL}][{_CAPITAL}\u0300-\u036f.'’/\- ]*[{_CAPITAL}\u0300-\u036f.]"
    rf"(?:, [{_CAPITAL}][\w.'’]*(?: [{_CAPITAL}][\w.]*)*)?)"
    rf"(?P<agency>{_AGENCY})?(?:,? (?P<date>{_PRINTED_DAY}))?(?P<agency2>{_AGENCY})?),? ?(?P<dash>--|[-–—])\s+(?=\S)"
)
_NAME = re.compile(rf"[{_CAPITAL}\u0300-\u036f]{{2}}")


def parse_printed_date(text: str) -> PartialDate | None:
    """Parse a line that consists of a date; None for any other line."""
    text = " ".join(text.split())
    if not 4 <= len(text) <= 80:
        return None
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    try:
        return parse_date(text) if len(text) > 4 else None
    except ValueError:
        pass
    for pattern in _DATE_PATTERNS:
        if match := pattern.search(text):
            break
    else:
        return None
    parts = match.groupdict()
    rest = _WEEKDAY.sub("", f"{text[: match.start()]} {text[match.end() :]}")
    day = parts.get("day")
    month = int(parts["number"]) if parts.get("number") else _MONTHS[parts["month"].lower()]
    try:
        date = parse_date(f"{parts['year']}-{month:02d}" + (f"-{int(day):02d}" if day else ""))
    except ValueError:
        return None
    if _FILLER.fullmatch(rest):
        return date
    clock = _TIME.search(rest)
    if clock is None or not _FILLER.fullmatch(rest[: clock.start()] + " " + rest[clock.end() :]):
        return None
    time = _parse_time(clock)
    if time is None or date.day is None or (clock["minute"] is None and clock["half"] is None):
        return None
    return PartialDate(date.year, date.month, date.day, time)


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
    date = parse_printed_date(match["date"]) if match["date"] else None
    return match["dateline"].strip(), date, following


def _parse_time(match: re.Match[str]) -> dt.time | None:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if half := match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    zone = parse_zone(match["zone"])
    try:
        return dt.time(hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def parse_zone(text: str | None) -> dt.timezone | None:
    """The zone of an abbreviation or an offset; None if it is unknown or means several."""
    if not text:
        return None
    if text in _TIME_ZONES:
        minutes = _TIME_ZONES[text]
        return None if minutes is None else dt.timezone(dt.timedelta(minutes=minutes))
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", text)
    if match is None or int(match[2]) > 14:
        return None
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return dt.timezone(dt.timedelta(minutes=-minutes if match[1] == "-" else minutes))
