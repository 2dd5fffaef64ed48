"""Date expressions of the query language to half-open intervals of local days.

An interval is a pair (start, stop) of day ordinals, None for an open end::

    2023-02          (2023-02-01, 2023-03-01)
    [* TO 2023]      (None, 2024-01-01)
    last week        Monday to Sunday before this week

Anything else raises `DateExpressionError`, whose message says what was expected; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re

from searchidx.dates import DayInterval, PartialDate, month_days, parse_date, year_days
from searchidx.query.ranges import parse_range

Interval = tuple[int | None, int | None]

_MONTHS = "january february march april may june july august september october november december".split()
_ISO = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(t.*)?)?)?", re.ASCII)
_LAST = re.compile(r"(?:the )?(?:last|past) (\d{1,5}) (day|week|month|year)s?")
_NAMED = re.compile(r"(this|last) (week|month|year)")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]+)\.? (\d{4})")
_MONTH_DAY = re.compile(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_MONTH_YEAR = re.compile(r"([a-z]+)\.?,? (\d{4})")
_EXPECTED = 'write it as 2023, 2023-02 or 2023-02-01, or say "last week", "february 2023" …'
_LAST_ORDINAL = dt.date.max.toordinal()


class DateExpressionError(ValueError):
    """Raised for an invalid date expression; `is_reversed` if its ends are in the wrong order."""

    def __init__(self, message: str, is_reversed: bool = False, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.is_reversed = is_reversed
        self.suggestion = suggestion


def parse_interval(text: str, today: dt.date | None) -> Interval:
    """Parse the text after `date:`, a date, range or comparison, to an interval of days.

    `today` is the local day if None.
    """
    ends = parse_range(text)
    if ends is None:
        raise DateExpressionError(f"a range of dates is written [2023-01 TO 2023-03], not {text}")
    first, last, excludes_first, excludes_last = ends
    days = None if first is None else parse_days(first, today)
    start = None if days is None else days.stop if excludes_first else days.start
    if last != first:
        days = None if last is None else parse_days(last, today)
    stop = None if days is None else days.start if excludes_last else days.stop
    if start is not None and start > _LAST_ORDINAL:
        raise DateExpressionError("no day comes after the year 9999")
    if stop is not None and stop <= 1:
        raise DateExpressionError("no day comes before the year 1")
    if start is not None and stop is not None and start >= stop:
        if excludes_first or excludes_last:
            raise DateExpressionError(f"there is no day in {text}", is_reversed=True)
        swapped = f"{last}..{first}" if ".." in text else f"[{last} TO {first}]"
        raise DateExpressionError("this range ends before it begins", is_reversed=True, suggestion=swapped)
    return start, stop


def parse_days(text: str, today: dt.date | None) -> DayInterval:
    """Parse one date: ISO, relative to `today` (the local day if None), or in words."""
    phrase = " ".join(text.lower().split())
    if not phrase:
        raise DateExpressionError(f"a date is missing here: {_EXPECTED}")
    try:
        match = _ISO.fullmatch(phrase)
        found = (
            _parse_iso(match) if match else _parse_relative(phrase, today or dt.date.today()) or _parse_words(phrase)
        )
    except DateExpressionError:
        raise
    except (ValueError, OverflowError) as error:
        raise DateExpressionError(f"there is no such date: {error}") from None
    if found is None:
        raise DateExpressionError(f"{text!r} is not a date: {_EXPECTED}")
    return found


def _parse_iso(match: re.Match[str]) -> DayInterval:
    year, month, day, time = match.groups()
    try:
        if time is not None:
            parse_date(match[0].upper())
        date = PartialDate(int(year), None if month is None else int(month), None if day is None else int(day))
    except ValueError as error:
        raise DateExpressionError(str(error)) from None
    if time is not None:
        day_text = match[0][:10]
        raise DateExpressionError(
            f"articles are searched by day, not by time of day: write {day_text}", suggestion=day_text
        )
    return date.days


def _parse_relative(phrase: str, today: dt.date) -> DayInterval | None:
    now = today.toordinal()
    if phrase in ("today", "yesterday"):
        start = now - (phrase == "yesterday")
        return DayInterval(start, start + 1)
    if match := _NAMED.fullmatch(phrase):
        back = match[1] == "last"
        if match[2] == "week":
            start = now - today.weekday() - 7 * back
            return DayInterval(start, start + 7)
        if match[2] == "year":
            return year_days(today.year - back)
        month = today.year * 12 + today.month - 1 - back
        return month_days(month // 12, month % 12 + 1)
    if match := _LAST.fullmatch(phrase):
        count = int(match[1])
        if count < 1:
            raise DateExpressionError(f"{phrase!r} has no day")
        if match[2] == "day":
            start = now - count + 1
        elif match[2] == "week":
            start = now - 7 * count + 1
        else:
            month = today.year * 12 + today.month - 1 - count * (12 if match[2] == "year" else 1)
            days = month_days(month // 12, month % 12 + 1)
            # The day after this day of that month (or after its last day, where it has no such day).
            start = min(days.start + today.day - 1, days.stop - 1) + 1
        if start < 1:
            raise DateExpressionError(f"{phrase!r} goes back before the year 1")
        return DayInterval(start, now + 1)
    return None


def _parse_words(phrase: str) -> DayInterval | None:
    day: int | None = None
    if match := _DAY_MONTH.fullmatch(phrase):
        day, name, year = int(match[1]), match[2], int(match[3])
    elif match := _MONTH_DAY.fullmatch(phrase):
        name, day, year = match[1], int(match[2]), int(match[3])
    elif match := _MONTH_YEAR.fullmatch(phrase):
        name, year = match[1], int(match[2])
    else:
        return None
    months = [n for n, full in enumerate(_MONTHS, 1) if len(name) >= 3 and full.startswith(name)]
    if name == "sept":
        months = [9]
    if len(months) != 1:
        return None
    if year < 1:
        raise DateExpressionError("there is no year 0")
    if day is None:
        return month_days(year, months[0])
    month = month_days(year, months[0])
    if not 1 <= day <= month.stop - month.start:
        raise DateExpressionError(f"there is no {day} {_MONTHS[months[0] - 1].title()} {year}")
    return PartialDate(year, months[0], day).days
