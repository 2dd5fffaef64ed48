"""Dates as records, feeds, mails and pages state them for machines: ISO 8601, as printed, in e-mail, or a number."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from contextlib import suppress

from searchidx.dates import PartialDate, parse_date
from searchidx.errors import ArticleError
from searchidx.extract.printed_date import DateOrder, is_ambiguous, read_date

_ISO_START = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d.*)?)?)?", re.ASCII)
_VARIANT = re.compile(
    r"(\d{4})([-/.]?)(\d\d?)\2(\d\d?)[T ]+"
    r"(\d{1,2}):?(\d\d)?(?::?(\d\d))?(?:[.,]\d+)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
"""ISO 8601 in its basic form or with other separators: `20230201T133300Z`, `2023/2/1 9:05`."""
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-?W(\d\d)-?(\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{4,19}(?:\.\d+)?", re.ASCII)
_COMPACT_TIME = re.compile(r"(?:19|20)\d\d(?:0\d|1[0-2])[0-3]\d[0-2]\d[0-5]\d(?:[0-5]\d)?", re.ASCII)
_MAX_SECONDS = 1e11
"""Above it a number counts milliseconds, above a thousand times of it microseconds."""


def normalize_date(value: object, order: DateOrder = DateOrder.UNKNOWN) -> object:
    """Convert a stated date to a value that `Article` accepts; an unknown text is returned unchanged.

    `order` tells which number of `03/04/2023` is the day. Raises `ArticleError` for a date that does not exist, and for
    a value that is neither text nor a plausible number.
    """
    if isinstance(value, (bool, list, dict)):
        raise ArticleError("date", value, "expected a date")
    if isinstance(value, (int, float)):
        return _date_of_number(value)
    if not isinstance(value, str):
        return value
    try:
        date = _read_text(value.strip(), order)
        if date is None and is_ambiguous(value):
            raise ValueError(f"day and month of {value.strip()[:40]!r} cannot be told apart")
        return date or value
    except ValueError as error:
        raise ArticleError("date", value, str(error)) from None


def _read_text(text: str, order: DateOrder) -> object:
    """The date of a text, or None; ValueError for one that does not exist."""
    if _ISO_START.match(text):
        try:
            return parse_date(text)
        except ValueError:  # a variant may still be meant
            pass
    if match := _VARIANT.fullmatch(text):
        return _date_of_variant(match)
    if match := _WEEK.fullmatch(text):
        with suppress(ValueError):
            return dt.date.fromisocalendar(int(match[1]), int(match[2]), int(match[3]))
    if (match := _ORDINAL.fullmatch(text)) and 1 <= int(match[2]) <= 366:
        day = dt.date(int(match[1]), 1, 1) + dt.timedelta(int(match[2]) - 1)
        return day if day.year == int(match[1]) else None
    if _COMPACT_TIME.fullmatch(text):
        return _read_text(f"{text[:8]}T{text[8:]}", order)
    if _NUMBER.fullmatch(text):
        return _date_of_number(float(text) if "." in text else int(text))
    if (printed := read_date(text, order)) is not None:
        return printed
    if _ISO_START.fullmatch(text):
        return parse_date(text)  # raises: it says which part does not exist
    with suppress(TypeError, ValueError, IndexError, OverflowError):
        return email.utils.parsedate_to_datetime(text)
    return None


def _date_of_variant(match: re.Match[str]) -> PartialDate:
    """A day and time. The end of a day (24:00) and a leap second stay on their day."""
    year, _, month, day, hour, minute, second, zone = match.groups()
    date = PartialDate(int(year), int(month), int(day))
    if hour == "24" and int(minute or 0) == int(second or 0) == 0:
        return date
    second = "59" if second == "60" else second or "00"
    zone = "Z" if (zone or "").upper() in ("UTC", "GMT", "Z") else zone or ""
    return parse_date(f"{date}T{int(hour):02}:{minute or '00'}:{second}{zone}")


def _date_of_number(value: float) -> str | dt.datetime:
    """Read a number as the digits of a year, month or day from 1500 to 2100; any other counts seconds since 1970.

    `20230201` as seconds would be a moment in August 1970. Little news is that old, and many records are dated with
    such digits. Above 1e11 a number counts milliseconds, above 1e14 microseconds.
    """
    digits = str(int(value)) if value == value // 1 else ""
    if digits and 1000 <= value <= 9999:
        return digits
    if digits and (1500_01 <= value <= 2100_12 or 1500_01_01 <= value <= 2100_12_31):
        return "-".join(filter(None, (digits[:4], digits[4:6], digits[6:])))
    try:
        for _ in range(2):
            value = value / 1000 if abs(value) > _MAX_SECONDS else value
        return dt.datetime.fromtimestamp(value, dt.timezone.utc)
    except (OverflowError, ValueError, OSError):
        raise ArticleError("date", value, "the number is not a time in seconds since 1970") from None
