"""Partial dates: a moment, a day, a month or a year, on the newspaper's own calendar.

News is dated as printed: `2023-02-01T13:33:00+09:00` on a web page, `2023-02` on a magazine's cover. A `PartialDate`
keeps exactly what was stated. What a query compares is its *interval of local days*: half-open, as day ordinals
(`datetime.date.toordinal`: 1 is 0001-01-01), so that no end of a month, year or calendar needs a special case.

Times and zones never move an article to another day: 00:30 in Auckland on 2 February is 2 February, whatever day it
was elsewhere.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["DayInterval", "PartialDate", "Precision", "month_days", "parse_date", "year_days"]

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s?(?:([Zz])|([+-])(\d\d)(?::?([0-5]\d)(?::?([0-5]\d))?)?)?)?)?)?",
    re.ASCII,
)

_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:[T ](?:[01]\d|2[0-3]):\d\d:\d\d)?", re.ASCII)
"""What most dates are, and the system's own reader takes as well."""


class Precision(enum.IntEnum):
    """How exactly a date is known; a greater precision includes the lesser ones."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    TIME = 4


@dataclass(frozen=True, slots=True)
class DayInterval:
    """Days from `start` up to, not including, `stop`: day ordinals, as `datetime.date.toordinal` counts them."""

    start: int
    stop: int

    def meets(self, other: DayInterval) -> bool:
        """Whether the two have a day in common."""
        return self.start < other.stop and other.start < self.stop


def year_days(year: int) -> DayInterval:
    """The days of a year, 1 to 9999."""
    return DayInterval(dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal() + 1)


def month_days(year: int, month: int) -> DayInterval:
    """The days of a month."""
    start = dt.date(year, month, 1).toordinal()
    return DayInterval(start, dt.date(year, month + 1, 1).toordinal() if month < 12 else start + 31)


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A date at the precision it was stated with.

    `str()` is ISO 8601 at that precision: `2023`, `2023-02`, `2023-02-01`, `2023-02-01T13:33:00+09:00`.

    What the calendar does not have, and a part without the one before it, raise ValueError.

    Attributes:
        year, month, day: the local calendar date; month and day are None where unknown.
        time: the local time of day, with a zone offset (`tzinfo`) where one was stated; None where unknown.
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
        """The local days this date may mean."""
        if self.month is None:
            return year_days(self.year)
        if self.day is None:
            return month_days(self.year, self.month)
        ordinal = dt.date(self.year, self.month, self.day).toordinal()
        return DayInterval(ordinal, ordinal + 1)

    @property
    def datetime(self) -> dt.datetime | None:
        """The local moment, aware where a zone was stated; None unless the time is known."""
        if self.time is None or self.month is None or self.day is None:
            return None
        return dt.datetime.combine(dt.date(self.year, self.month, self.day), self.time)

    @property
    def instant(self) -> dt.datetime | None:
        """The moment in UTC; None unless both time and zone are known (or where UTC has no such year)."""
        moment = self.datetime
        if moment is None or moment.tzinfo is None:
            return None
        try:
            return moment.astimezone(dt.timezone.utc)
        except OverflowError:
            return None

    @property
    def sort_key(self) -> tuple[int, int]:
        """What sorting by date compares: (first local day, microseconds of the local day, 0 where unknown)."""
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
    """Read an ISO 8601 date or date-time, whole or partial, or a `datetime` value; ValueError where none is meant.

    `2023`, `2023-02`, `2023-02-01`, `2023-02-01T13:33`, `2023-02-01 13:33:00.5+09:00`, `…Z`. Fractions finer than a
    microsecond are cut. The offset of a zone may have seconds, as local mean times of old do (`+00:09:21`). No other
    way of writing dates is guessed at here: the readers of the sources know those.
    """
    if isinstance(value, PartialDate):
        return value
    if isinstance(value, dt.datetime):
        return _of_datetime(value)
    if isinstance(value, dt.date):
        return PartialDate(value.year, value.month, value.day)
    if not isinstance(value, str):
        raise ValueError(f"expected an ISO date such as 2023-02-01, not {type(value).__name__}")
    text = value.strip()
    if _PLAIN.fullmatch(text) is not None:
        with suppress(ValueError):  # said in full below
            return _of_plain(dt.datetime.fromisoformat(text), len(text) > 10)
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an ISO date such as 2023-02-01, 2023-02 or 2023-02-01T13:33:00+09:00")
    year, month, day = match.group(1, 2, 3)
    if day is None:
        return PartialDate(int(year), None if month is None else int(month))
    return PartialDate(int(year), int(month), int(day), None if match[4] is None else _time(match))


def _of_plain(value: dt.datetime, has_time: bool) -> PartialDate:
    """The date of a moment without a zone, which needs no check: the fields are set without any."""
    found = object.__new__(PartialDate)
    put = object.__setattr__
    put(found, "year", value.year)
    put(found, "month", value.month)
    put(found, "day", value.day)
    put(found, "time", value.time() if has_time else None)
    return found


def _time(match: re.Match[str]) -> dt.time:
    hour, minute, second, fraction, utc, sign, *offset = match.group(4, 5, 6, 7, 8, 9, 10, 11, 12)
    zone = dt.timezone.utc if utc else None
    try:
        if sign:
            hours, minutes, seconds = offset
            ahead = dt.timedelta(0, int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0))
            zone = dt.timezone(ahead if sign == "+" else -ahead)
        micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
        return dt.time(int(hour), int(minute), int(second or 0), micros, zone)
    except ValueError as error:
        raise ValueError(f"there is no moment {match[0]}: {error}") from None


def _of_datetime(value: dt.datetime) -> PartialDate:
    offset = value.utcoffset()
    zone = None if offset is None else dt.timezone(dt.timedelta(seconds=int(offset.total_seconds())))
    time = dt.time(value.hour, value.minute, value.second, value.microsecond, tzinfo=zone)
    return PartialDate(value.year, value.month, value.day, time)
