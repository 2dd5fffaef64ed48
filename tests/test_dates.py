"""Partial dates: parsing, errors, and the interval of local days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from searchidx.dates import DayInterval, PartialDate, Precision, month_days, parse_date, year_days

exact = settings(derandomize=True, deadline=None, max_examples=80)

UTC = dt.timezone.utc
TOKYO = dt.timezone(dt.timedelta(hours=9))

zones = st.none() | st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
moments = st.datetimes(timezones=st.none()).flatmap(lambda m: zones.map(lambda zone: m.replace(tzinfo=zone)))
days = st.dates()
partial_dates = st.one_of(
    days.map(lambda d: PartialDate(d.year)),
    days.map(lambda d: PartialDate(d.year, d.month)),
    days.map(lambda d: PartialDate(d.year, d.month, d.day)),
    moments.map(parse_date),
)


def days_where(year: int, month: int | None = None, day: int | None = None) -> list[int]:
    """The ordinals of all days of a year that meet a condition."""
    at, found = dt.date(year, 1, 1), []
    while True:
        if (month is None or at.month == month) and (day is None or at.day == day):
            found.append(at.toordinal())
        if at == dt.date.max or (at + dt.timedelta(days=1)).year != year:
            return found
        at += dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("written", "iso", "precision"),
    [
        ("2023", "2023", Precision.YEAR),
        (" 2023 ", "2023", Precision.YEAR),
        ("0001", "0001", Precision.YEAR),
        ("9999", "9999", Precision.YEAR),
        ("2023-02", "2023-02", Precision.MONTH),
        ("2023-02-01", "2023-02-01", Precision.DAY),
        ("2024-02-29", "2024-02-29", Precision.DAY),
        ("2000-02-29", "2000-02-29", Precision.DAY),
        ("2023-02-01T13:33", "2023-02-01T13:33:00", Precision.TIME),
        ("2023-02-01 13:33", "2023-02-01T13:33:00", Precision.TIME),
        ("2023-02-01T00:00", "2023-02-01T00:00:00", Precision.TIME),
        ("2023-02-01T13:33:05", "2023-02-01T13:33:05", Precision.TIME),
        ("2023-02-01T13:33:00Z", "2023-02-01T13:33:00+00:00", Precision.TIME),
        ("2023-02-01T13:33:00z", "2023-02-01T13:33:00+00:00", Precision.TIME),
        ("2023-02-01T13:33:00-00:00", "2023-02-01T13:33:00+00:00", Precision.TIME),
        ("2023-02-01T13:33:00+09:00", "2023-02-01T13:33:00+09:00", Precision.TIME),
        ("2023-02-01T13:33:00+0900", "2023-02-01T13:33:00+09:00", Precision.TIME),
        ("2023-02-01T13:33:00+09", "2023-02-01T13:33:00+09:00", Precision.TIME),
        ("2023-02-01 13:33:00 +09:00", "2023-02-01T13:33:00+09:00", Precision.TIME),
        ("2023-02-01T13:33-03:30", "2023-02-01T13:33:00-03:30", Precision.TIME),
        ("2023-02-01T13:33:00.5Z", "2023-02-01T13:33:00.500000+00:00", Precision.TIME),
        ("2023-02-01T13:33:00,5", "2023-02-01T13:33:00.500000", Precision.TIME),
        ("2023-02-01T13:33:00.123456789+09:00", "2023-02-01T13:33:00.123456+09:00", Precision.TIME),
        ("1890-02-01T13:33:00-00:09:21", "1890-02-01T13:33:00-00:09:21", Precision.TIME),
        ("0001-01-01T00:00+14:00", "0001-01-01T00:00:00+14:00", Precision.TIME),
        ("9999-12-31T23:59-10:00", "9999-12-31T23:59:00-10:00", Precision.TIME),
    ],
)
def test_iso_date_is_parsed_at_its_precision(written: str, iso: str, precision: Precision) -> None:
    date = parse_date(written)
    assert str(date) == iso
    assert date.precision is precision
    assert (date.month is None, date.day is None, date.time is None) == tuple(
        precision < level for level in (Precision.MONTH, Precision.DAY, Precision.TIME)
    )


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "0000", "0000-01-01", "23", "202", "20230", "+2023", "-2023", "2023-", "2023-2", "2023-00", "2023-13",
        "2023-2-1", "2023-02-00", "2023-02-29", "1900-02-29", "2023-04-31", "2023-02-32", "20230201", "2023-032",
        "2023-W05", "2023/02/01", "01.02.2023", "1 February 2023", "yesterday", "2023-02-01T", "2023-02-01T13",
        "2023-02-01T24:00", "2023-02-01T13:60", "2023-02-01T13:33:60", "2023-02-01T13:33:00+24:00",
        "2023-02-01T13:33:00 JST", "2023-02-29T13:33", "2023-02-01T13:33:00.", "2023-02-01 - 2023-02-03", "２０２３",
        "٢٠٢٣", "2023\x00", "2023–02", "None",
        "2023-02-01T13:33+09:75", "2023-02-01T13:33+09:00:60", "2023-02-01T24:00:00Z",
    ],
)  # fmt: skip
def test_invalid_iso_date_raises(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_date(written)


@pytest.mark.parametrize("value", [None, True, 2023, 1675258380.0, b"2023", ["2023"], dt.time(13, 33)])
def test_parse_date_rejects_values_that_are_not_text(value: object) -> None:
    with pytest.raises(ValueError, match="expected an ISO date"):
        parse_date(value)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0000", "there is no year 0000"),
        ("2023-13", "there is no month 13"),
        ("2023-02-30", "there is no day 2023-02-30"),
        ("2023-02-01T25:00", "there is no moment 2023-02-01T25:00"),
        ("1 May 2023", "'1 May 2023' is not an ISO date"),
    ],
)
def test_error_names_the_part_that_does_not_exist(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_date(written)


@exact
@given(st.text(max_size=40) | st.from_regex(r"\A\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?(Z|[+-]\d\d:?\d\d)?\Z"))
@example("2023-02-01T13:33:00.1234567890")
def test_any_text_is_parsed_or_raises_value_error(text: str) -> None:
    try:
        date = parse_date(text)
    except ValueError:
        date = PartialDate(2023)  # nothing else may be raised
    assert parse_date(str(date)) == date


@exact
@given(partial_dates)
def test_parsing_inverts_str(date: PartialDate) -> None:
    assert parse_date(str(date)) == date
    assert str(parse_date(str(date))) == str(date)


@exact
@given(moments)
def test_datetime_is_converted_exactly(moment: dt.datetime) -> None:
    date = parse_date(moment)
    assert date.datetime == moment
    assert date.datetime.utcoffset() == moment.utcoffset()
    assert dt.datetime.fromisoformat(str(date)) == moment
    assert parse_date(moment.date()) == PartialDate(moment.year, moment.month, moment.day)
    assert parse_date(date) is date


@pytest.mark.parametrize("offset", [dt.timedelta(minutes=9, seconds=21), dt.timedelta(microseconds=1)])
def test_zone_offset_with_seconds_is_kept(offset: dt.timedelta) -> None:
    date = parse_date(dt.datetime(1890, 1, 1, 12, tzinfo=dt.timezone(offset)))
    assert parse_date(str(date)) == date


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((0,), "there is no year 0000"),
        ((10_000,), "there is no year 10000"),
        ((10**20, 2), "there is no year"),
        ((2023, 13), "there is no month 13 in the year 2023"),
        ((2023, 0), "there is no month 00"),
        ((2023, 2, 30), "there is no day 2023-02-30"),
        ((2023, 2, 0), "there is no day 2023-02-00"),
        ((2023, None, 1), "a day needs its month"),
        ((2023, 2, None, dt.time(13)), "a time of day needs its day"),
    ],
)
def test_date_outside_the_calendar_raises(parts: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        PartialDate(*parts)


@pytest.mark.parametrize("year", [1, 1582, 1900, 2000, 2023, 2024, 2100, 9999])
def test_intervals_hold_the_days_of_the_calendar(year: int) -> None:
    def ordinals(found: DayInterval) -> list[int]:
        return list(range(found.start, found.stop))

    assert ordinals(year_days(year)) == ordinals(PartialDate(year).days) == days_where(year)
    for month in range(1, 13):
        expected = days_where(year, month)
        assert ordinals(month_days(year, month)) == ordinals(PartialDate(year, month).days) == expected
        for day in (1, 28, len(expected)):
            assert ordinals(PartialDate(year, month, day).days) == days_where(year, month, day)


@exact
@given(moments)
def test_time_and_zone_do_not_change_the_day(moment: dt.datetime) -> None:
    local = moment.date().toordinal()
    assert parse_date(moment).days == DayInterval(local, local + 1)


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2023", None),
        ("2023-02-01", None),
        ("2023-02-01T13:33", None),  # a time, but nobody knows where
        ("2023-02-01T13:33Z", dt.datetime(2023, 2, 1, 13, 33, tzinfo=UTC)),
        ("2023-02-01T13:33+09:00", dt.datetime(2023, 2, 1, 4, 33, tzinfo=UTC)),
        ("2023-07-15T00:30+13:00", dt.datetime(2023, 7, 14, 11, 30, tzinfo=UTC)),
        ("2023-07-14T23:30-10:00", dt.datetime(2023, 7, 15, 9, 30, tzinfo=UTC)),
        ("0001-01-01T00:00+14:00", None),  # UTC has no such year
        ("9999-12-31T23:59-10:00", None),
    ],
)
def test_instant_needs_time_and_zone(written: str, instant: dt.datetime | None) -> None:
    found = parse_date(written).instant
    assert found == instant
    assert found is None or found.utcoffset() == dt.timedelta(0)


@exact
@given(st.tuples(*[st.integers(-6, 6)] * 4))
def test_intervals_meet_if_they_share_a_day(ends: tuple[int, int, int, int]) -> None:
    one, other = DayInterval(*sorted(ends[:2])), DayInterval(*sorted(ends[2:]))
    shared = set(range(one.start, one.stop)) & set(range(other.start, other.stop))
    if one.start < one.stop and other.start < other.stop:
        assert one.meets(other) == other.meets(one) == bool(shared)


@exact
@given(partial_dates, partial_dates)
def test_sorting_is_by_first_local_day_then_local_time(one: PartialDate, other: PartialDate) -> None:
    def expected(date: PartialDate) -> dt.datetime:
        return dt.datetime.combine(
            dt.date(date.year, date.month or 1, date.day or 1), (date.time or dt.time()).replace(tzinfo=None)
        )

    assert (one.sort_key < other.sort_key) == (expected(one) < expected(other))
    assert (one.sort_key == other.sort_key) == (expected(one) == expected(other))


def test_precisions_are_ordered() -> None:
    assert sorted(Precision) == [Precision.YEAR, Precision.MONTH, Precision.DAY, Precision.TIME]


def test_dates_are_compared_by_value() -> None:
    date = PartialDate(2023, 2, 1, dt.time(13, 33, tzinfo=TOKYO))
    assert date == parse_date("2023-02-01T13:33:00+09:00")
    assert len({date, parse_date("2023-02-01 13:33 +0900"), parse_date("2023-02-01")}) == 2
    with pytest.raises(AttributeError):
        date.year = 2024  # type: ignore[misc]
