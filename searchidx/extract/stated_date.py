"""Dates as records, feeds and pages state them for machines: ISO 8601, e-mail, printed, or a number."""

from __future__ import annotations

import datetime as dt
import email.utils
import re

from searchidx.errors import ArticleError
from searchidx.extract.dateline import parse_printed_date

_ONE_DIGIT_HOUR = re.compile(r"(\d{4}-\d\d-\d\d)[ T](?=\d:)")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:[ ,T]+(\d{1,2})(:\d\d(?::\d\d)?)(?: Uhr)?)?")
"""`1.2.2023`: with points the day comes first. With slashes the order is ambiguous, so those are not read."""


def normalize_date(value: object) -> object:
    """Convert a stated date to a value that `Article` accepts; an unknown text is returned unchanged.

    Raises `ArticleError` for a value that is neither text nor a plausible number.
    """
    if isinstance(value, (bool, list, dict)):
        raise ArticleError("date", value, "expected a date")
    if isinstance(value, (int, float)):
        return _date_of_number(value)
    if isinstance(value, str) and (match := _DAY_FIRST.fullmatch(value.strip())):
        day, month, year, hour, rest = match.groups()
        return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}" if hour else "")
    if isinstance(value, str) and not value[:4].isdigit():
        if (printed := parse_printed_date(value)) is not None:
            return printed
        try:
            return email.utils.parsedate_to_datetime(value)
        except (TypeError, ValueError, IndexError):
            return value
    if isinstance(value, str) and (match := _ONE_DIGIT_HOUR.match(value)):
        return f"{match[1]}T0{value[match.end() :]}"
    return value


def _date_of_number(value: float) -> str | dt.datetime:
    """Read a number as the digits of a year, month or day from 1500 to 2100; any other counts seconds since 1970.

    `20230201` as seconds would be a moment in August 1970. Little news is that old, and many records are dated with
    such digits. Above 1e11 a number counts milliseconds.
    """
    digits = str(int(value)) if value == value // 1 else ""
    if digits and 1000 <= value <= 9999:
        return digits
    if digits and (1500_01 <= value <= 2100_12 or 1500_01_01 <= value <= 2100_12_31):
        return "-".join(filter(None, (digits[:4], digits[4:6], digits[6:])))
    try:
        return dt.datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, dt.timezone.utc)
    except (OverflowError, ValueError, OSError):
        raise ArticleError("date", value, "the number is not a time in seconds since 1970") from None
