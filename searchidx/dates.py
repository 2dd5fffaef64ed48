"""Partial dates: a moment, a day, a month or a year, on the newspaper's own calendar.

News is dated as printed: `2023-02-01T13:33:00+09:00` on a web page, `2023-02` on a magazine's cover. A `PartialDate`
keeps exactly what was stated. What a query compares is its *interval of local days*: half-open, as day ordinals
(`datetime.date.toordinal`: 1 is 0001-01-01), so that no end of a month, year or calendar needs a special case.

Times and zones never move an article to another day: 00:30 in Auckland on 2 February is 2 February, whatever day it
was elsewhere.
"""

from __future__ import annotations

import calendar
import datetime as dt
import enum
import re
from dataclasses import dataclass

__all__ = ["DayInterval", "PartialDate", "Precision", "month_days", "parse_date", "year_days"]

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)?")
_FRACTION = re.compile(r"[.,](\d+)")


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
    last = calendar.monthrange(year, month)[1]
    return DayInterval(dt.date(year, month, 1).toordinal(), dt.date(year, month, last).toordinal() + 1)


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A date at the precision it was stated with.

    `str()` is ISO 8601 at that precision: `2023`, `2023-02`, `2023-02-01`, `2023-02-01T13:33:00+09:00`.

    Attributes:
        year, month, day: the local calendar date; month and day are None where unknown.
        time: the local time of day, with a zone offset (`tzinfo`) where one was stated; None where unknown.
    """

    year: int
    month: int | None = None
    day: int | None = None
    time: dt.time | None = None

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
    microsecond are cut. No other way of writing dates is guessed at here: the readers of the sources know those.
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
    if not text.isascii():
        raise ValueError(f"{text[:40]!r} is not an ISO date such as 2023-02-01")
    if match := _PARTIAL.fullmatch(text):
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        if year < 1:
            raise ValueError(f"there is no year {text[:4]}")
        if month is not None and not 1 <= month <= 12:
            raise ValueError(f"there is no month {month:02d} in {text}")
        if month is not None and day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
            raise ValueError(f"there is no day {text}")
        return PartialDate(year, month, day)
    if _MOMENT.fullmatch(text):
        # datetime.fromisoformat reads fractions of 3 or 6 digits before Python 3.11 and any number since; it wants
        # upper-case Z and no blank before the zone.
        plain = _FRACTION.sub(lambda m: "." + m.group(1)[:6].ljust(6, "0"), text.upper(), count=1)
        try:
            return _of_datetime(
                dt.datetime.fromisoformat(plain[:10] + plain[10:].replace(" ", "T", 1).replace(" ", ""))
            )
        except ValueError as error:
            raise ValueError(f"there is no moment {text}: {error}") from None
    raise ValueError(f"{text[:40]!r} is not an ISO date such as 2023-02-01, 2023-02 or 2023-02-01T13:33:00+09:00")


def _of_datetime(value: dt.datetime) -> PartialDate:
    offset = value.utcoffset()
    zone = None if offset is None else dt.timezone(offset)
    time = dt.time(value.hour, value.minute, value.second, value.microsecond, tzinfo=zone)
    return PartialDate(value.year, value.month, value.day, time)
