"""Partial dates: a moment, a day, a month or a year, in the newspaper's local time.

A web page states `2023-02-01T13:33:00+09:00`, a magazine's cover `2023-02`. A `PartialDate` keeps exactly what was
stated. Queries compare the half-open interval of its local days, as day ordinals (`datetime.date.toordinal`: 1 is
0001-01-01). So the end of a month, a year or the calendar needs no special case.

A time zone never moves an article to another day: 00:30 in Auckland on 2 February is 2 February.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s?(?:([Zz])|([+-])(\d\d)(?::?([0-5]\d)(?::?([0-5]\d))?)?)?)?)?)?",
    re.ASCII,
)

_FAST_FORMAT = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
"""The most frequent formats. `datetime.fromisoformat` parses them faster."""


class Precision(enum.IntEnum):
    """How exactly a date is known. A greater precision includes the lesser ones."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    TIME = 4


@dataclass(frozen=True, slots=True)
class DayInterval:
    """A half-open interval of days, `start` to `stop`, as ordinals of `datetime.date.toordinal`."""

    start: int
    stop: int

    def meets(self, other: DayInterval) -> bool:
        """Whether the two intervals overlap."""
        return self.start < other.stop and other.start < self.stop


def year_days(year: int) -> DayInterval:
    """The days of a year from 1 to 9999."""
    return DayInterval(dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal() + 1)


def month_days(year: int, month: int) -> DayInterval:
    """The days of a month."""
    start = dt.date(year, month, 1).toordinal()
    return DayInterval(start, dt.date(year, month + 1, 1).toordinal() if month < 12 else start + 31)


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A date at the precision that was stated.

    `str()` is ISO 8601 at that precision: `2023`, `2023-02`, `2023-02-01`, `2023-02-01T13:33:00+09:00`.

    Raises ValueError for a date that does not exist, and for a part without the larger ones.

    Attributes:
        year, month, day: the local date; month and day are None if unknown.
        time: the local time of day, with a zone offset (`tzinfo`) if one was stated; None if unknown.
    """

    year: int
    month: int | None = None
    day: int | None = None
    time: dt.time | None = None

    def __post_init__(self) -> None:
        month, day = self.month, self.day
        if day is None:
            if self.time is not None:
                raise ValueError("a time of day needs its day")
            day = 1
        elif month is None:
            raise ValueError("a day needs its month")
        try:
            dt.date(self.year, 1 if month is None else month, day)
        except (ValueError, OverflowError):
            if not dt.MINYEAR <= self.year <= dt.MAXYEAR:
                missing = f"year {self.year:04d}"
            elif month is not None and not 1 <= month <= 12:
                missing = f"month {month:02d} in the year {self.year:04d}"
            else:
                missing = f"day {self.year:04d}-{month:02d}-{day:02d}"
            raise ValueError(f"there is no {missing}") from None

    @property
    def precision(self) -> Precision:
        if self.time is not None:
            return Precision.TIME
        if self.day is not None:
            return Precision.DAY
        return Precision.YEAR if self.month is None else Precision.MONTH

    @property
    def days(self) -> DayInterval:
        """The local days that this date includes."""
        if self.month is None:
            return year_days(self.year)
        if self.day is None:
            return month_days(self.year, self.month)
        ordinal = dt.date(self.year, self.month, self.day).toordinal()
        return DayInterval(ordinal, ordinal + 1)

    @property
    def datetime(self) -> dt.datetime | None:
        """The local moment, aware if a zone was stated; None if the time is unknown."""
        if self.time is None or self.month is None or self.day is None:
            return None
        return dt.datetime.combine(dt.date(self.year, self.month, self.day), self.time)

    @property
    def instant(self) -> dt.datetime | None:
        """The moment in UTC; None if time or zone is unknown, or if UTC has no such year."""
        moment = self.datetime
        if moment is None or moment.tzinfo is None:
            return None
        try:
            return moment.astimezone(dt.timezone.utc)
        except OverflowError:
            return None

    @property
    def sort_key(self) -> tuple[int, int]:
        """The key for sorting by date: first local day, and microseconds of the local day, 0 if unknown."""
        time = self.time
        if time is None:
            return self.days.start, 0
        seconds = (time.hour * 60 + time.minute) * 60 + time.second
        return self.days.start, seconds * 1_000_000 + time.microsecond

    def __str__(self) -> str:
        if self.month is None:
            return f"{self.year:04d}"
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        day = f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
        return day if self.time is None else f"{day}T{self.time.isoformat()}"


def parse_date(value: object) -> PartialDate:
    """Parse an ISO 8601 date or date-time, whole or partial, or convert a `datetime` value; ValueError otherwise.

    `2023`, `2023-02`, `2023-02-01`, `2023-02-01T13:33`, `2023-02-01 13:33:00.5+09:00`, `…Z`. Digits beyond microseconds
    are cut. A zone offset may have seconds, as historical local mean times do (`+00:09:21`). Other formats are the
    business of `searchidx.extract`.
    """
    if isinstance(value, PartialDate):
        return value
    if isinstance(value, dt.datetime):
        return _from_datetime(value)
    if isinstance(value, dt.date):
        return PartialDate(value.year, value.month, value.day)
    if not isinstance(value, str):
        raise ValueError(f"expected an ISO date such as 2023-02-01, not {type(value).__name__}")
    text = value.strip()
    if _FAST_FORMAT.fullmatch(text) is not None:
        try:
            return _from_valid(dt.datetime.fromisoformat(text), len(text) > 10)
        except ValueError:
            pass  # the full parser below explains the error
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an ISO date such as 2023-02-01, 2023-02 or 2023-02-01T13:33:00+09:00")
    year, month, day = match.group(1, 2, 3)
    if day is None:
        return PartialDate(int(year), None if month is None else int(month))
    return PartialDate(int(year), int(month), int(day), None if match[4] is None else _parse_time(match))


def _from_valid(value: dt.datetime, has_time: bool) -> PartialDate:
    """Convert a valid datetime whose zone offset has no seconds, without checking the fields again."""
    date = object.__new__(PartialDate)
    put = object.__setattr__
    put(date, "year", value.year)
    put(date, "month", value.month)
    put(date, "day", value.day)
    put(date, "time", value.timetz() if has_time else None)
    return date


def _parse_time(match: re.Match[str]) -> dt.time:
    hour, minute, second, fraction, utc, sign, *offset = match.group(4, 5, 6, 7, 8, 9, 10, 11, 12)
    zone = dt.timezone.utc if utc else None
    try:
        if sign:
            hours, minutes, seconds = offset
            offset_from_utc = dt.timedelta(0, int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0))
            zone = dt.timezone(offset_from_utc if sign == "+" else -offset_from_utc)
        micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
        return dt.time(int(hour), int(minute), int(second or 0), micros, zone)
    except ValueError as error:
        raise ValueError(f"there is no moment {match[0]}: {error}") from None


def _from_datetime(value: dt.datetime) -> PartialDate:
    offset = value.utcoffset()
    zone = None if offset is None else dt.timezone(dt.timedelta(seconds=int(offset.total_seconds())))
    time = dt.time(value.hour, value.minute, value.second, value.microsecond, tzinfo=zone)
    return PartialDate(value.year, value.month, value.day, time)
