"""Date expressions of queries become intervals of days."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from searchidx.query.date_expressions import DateExpressionError, parse_days, parse_interval

exact = settings(derandomize=True, deadline=None, max_examples=200)

TODAY = dt.date(2023, 2, 15)  # a Wednesday
DAY = dt.timedelta(days=1)
WINDOW = [dt.date(2021, 12, 1) + n * DAY for n in range(1300)]
ODD = dt.date(2024, 2, 29)

iso_dates = st.dates(WINDOW[0], WINDOW[-1]).flatmap(lambda d: st.sampled_from([str(d)[:4], str(d)[:7], str(d)]))
todays = st.dates(dt.date(1990, 1, 1), dt.date(2050, 12, 31))


def asked(text: str, today: dt.date = TODAY) -> tuple[str | None, str | None]:
    """The first and the last day of an expression; None on an open side."""
    start, stop = parse_interval(text, today)
    return (
        None if start is None else str(dt.date.fromordinal(start)),
        None if stop is None else str(dt.date.fromordinal(stop - 1)),
    )


def days_asked(text: str) -> list[str]:
    start, stop = parse_interval(text, TODAY)
    return [str(d) for d in WINDOW if (start or 0) <= d.toordinal() < (stop or 10**7)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-02-01", "2023-02-01", "2023-02-01"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("0001", "0001-01-01", "0001-12-31"),
        # ranges
        ("[2023-01 TO 2023-03]", "2023-01-01", "2023-03-31"),
        ("[ 2023-01  TO\n2023-03 ]", "2023-01-01", "2023-03-31"),
        ("{2023-01 TO 2023-03}", "2023-02-01", "2023-02-28"),
        ("[2023-01 TO 2023-03}", "2023-01-01", "2023-02-28"),
        ("{2023-01 TO 2023-03]", "2023-02-01", "2023-03-31"),
        ("[2023 TO 2023-03-05]", "2023-01-01", "2023-03-05"),
        ("[2023-03-05 TO 2023-03-05]", "2023-03-05", "2023-03-05"),
        ("[* TO 2023]", None, "2023-12-31"),
        ("[2023 TO *]", "2023-01-01", None),
        ("[TO 2023]", None, "2023-12-31"),
        ("[2023 TO]", "2023-01-01", None),
        ("[* TO *]", None, None),
        ("{* TO 2023}", None, "2022-12-31"),
        ("*", None, None),
        ('["last week" TO today]', "2023-02-06", "2023-02-15"),
        ("[“1 January 2023” TO yesterday]", "2023-01-01", "2023-02-14"),
        ("2023-01..2023-03", "2023-01-01", "2023-03-31"),
        ("2023-01 .. 2023-03", "2023-01-01", "2023-03-31"),
        ("2023..", "2023-01-01", None),
        ("..2023", None, "2023-12-31"),
        # comparisons
        (">=2023-02", "2023-02-01", None),
        (">2023-02", "2023-03-01", None),
        ("<2023", None, "2022-12-31"),
        ("<=2023", None, "2023-12-31"),
        (">= yesterday", "2023-02-14", None),
        # told from today, Wednesday 15 February 2023
        ("today", "2023-02-15", "2023-02-15"),
        ("Yesterday", "2023-02-14", "2023-02-14"),
        ("this week", "2023-02-13", "2023-02-19"),
        ("last week", "2023-02-06", "2023-02-12"),
        ("LAST   WEEK", "2023-02-06", "2023-02-12"),
        ("this month", "2023-02-01", "2023-02-28"),
        ("last month", "2023-01-01", "2023-01-31"),
        ("this year", "2023-01-01", "2023-12-31"),
        ("last year", "2022-01-01", "2022-12-31"),
        ("last 1 day", "2023-02-15", "2023-02-15"),
        ("last 30 days", "2023-01-17", "2023-02-15"),
        ("past 2 weeks", "2023-02-02", "2023-02-15"),
        ("the last 3 months", "2022-11-16", "2023-02-15"),
        ("last 1 year", "2022-02-16", "2023-02-15"),
        # as people say it
        ("february 2023", "2023-02-01", "2023-02-28"),
        ("Feb 2023", "2023-02-01", "2023-02-28"),
        ("Feb. 2023", "2023-02-01", "2023-02-28"),
        ("february, 2023", "2023-02-01", "2023-02-28"),
        ("sept 2023", "2023-09-01", "2023-09-30"),
        ("may 2023", "2023-05-01", "2023-05-31"),
        ("1 February 2023", "2023-02-01", "2023-02-01"),
        ("1st February 2023", "2023-02-01", "2023-02-01"),
        ("February 2nd, 2023", "2023-02-02", "2023-02-02"),
        ("feb. 29 2024", "2024-02-29", "2024-02-29"),
    ],
)
def test_an_expression_gives_these_days(text: str, first: str | None, last: str | None) -> None:
    assert asked(text) == (first, last)


@pytest.mark.parametrize(
    ("today", "text", "first", "last"),
    [
        ("2023-02-13", "last week", "2023-02-06", "2023-02-12"),  # a Monday
        ("2023-02-19", "last week", "2023-02-06", "2023-02-12"),  # a Sunday
        ("2024-01-01", "last week", "2023-12-25", "2023-12-31"),
        ("2024-01-01", "yesterday", "2023-12-31", "2023-12-31"),
        ("2024-01-15", "last month", "2023-12-01", "2023-12-31"),
        ("2024-03-31", "last month", "2024-02-01", "2024-02-29"),
        ("2024-03-31", "last 1 month", "2024-03-01", "2024-03-31"),
        ("2023-03-30", "last 1 month", "2023-03-01", "2023-03-30"),
        ("2024-02-29", "last 1 year", "2023-03-01", "2024-02-29"),
        ("2024-02-29", "last year", "2023-01-01", "2023-12-31"),
        ("9999-12-31", "this month", "9999-12-01", "9999-12-31"),
    ],
)
def test_relative_dates_follow_the_calendar(today: str, text: str, first: str, last: str) -> None:
    assert asked(text, dt.date.fromisoformat(today)) == (first, last)


@settings(exact, max_examples=25)
@given(todays, st.integers(1, 60))
@example(ODD, 1)
@example(ODD, 12)
@example(dt.date(2023, 5, 31), 3)
def test_relative_dates_agree_with_a_walk_through_the_calendar(today: dt.date, count: int) -> None:
    def walk(keep: object) -> list[dt.date]:
        return [d for n in range(-800, 400) if keep(d := today + n * DAY)]  # type: ignore[operator]

    def back(months: int) -> dt.date:
        """The same day `months` months ago, or the last day of a shorter month, found by walking back."""
        at, left = today, months
        while left:
            at -= DAY
            left -= (at + DAY).month != at.month  # `at` is the last day of the month before
        return min(at, at.replace(day=min(at.day, today.day)))

    def found(text: str) -> list[dt.date]:
        days = parse_days(text, today)
        return [dt.date.fromordinal(n) for n in range(days.start, days.stop)]

    assert found("today") == [today]
    assert found("yesterday") == [today - DAY]
    assert found("this week") == walk(lambda d: d.isocalendar()[:2] == today.isocalendar()[:2])
    assert found("last week") == walk(lambda d: d.isocalendar()[:2] == (today - 7 * DAY).isocalendar()[:2])
    assert found("this month") == walk(lambda d: (d.year, d.month) == (today.year, today.month))
    before = back(1)
    assert found("last month") == walk(lambda d: (d.year, d.month) == (before.year, before.month))
    assert found("this year") == walk(lambda d: d.year == today.year)
    assert found("last year") == walk(lambda d: d.year == today.year - 1)
    assert found(f"last {count} days") == walk(lambda d: 0 <= (today - d).days < count)
    assert found(f"last {count} weeks") == found(f"past {7 * count} days")
    assert found(f"last {count} months")[0] == back(count) + DAY
    assert found(f"last {count} months")[-1] == today
    assert found(f"last {count} years") == found(f"last {12 * count} months")


@settings(exact, max_examples=50)
@given(iso_dates)
def test_comparisons_agree_with_the_order_of_iso_dates(date: str) -> None:
    size = len(date)
    assert days_asked(date) == [str(d) for d in WINDOW if str(d)[:size] == date]
    assert days_asked(f">={date}") == [str(d) for d in WINDOW if str(d)[:size] >= date]
    assert days_asked(f">{date}") == [str(d) for d in WINDOW if str(d)[:size] > date]
    assert days_asked(f"<={date}") == [str(d) for d in WINDOW if str(d)[:size] <= date]
    assert days_asked(f"<{date}") == [str(d) for d in WINDOW if str(d)[:size] < date]


@settings(exact, max_examples=50)
@given(iso_dates, iso_dates, st.sampled_from("[{"), st.sampled_from("]}"))
def test_a_range_gives_the_days_between_or_an_error(first: str, last: str, opens: str, closes: str) -> None:
    expected = [
        day
        for day in map(str, WINDOW)
        if (day[: len(first)] >= first if opens == "[" else day[: len(first)] > first)
        and (day[: len(last)] <= last if closes == "]" else day[: len(last)] < last)
    ]
    text = f"{opens}{first} TO {last}{closes}"
    assume(expected or not {first[:4], last[:4]} & {"2021", "2025"})  # beyond the window
    if expected:
        assert days_asked(text) == expected
        if opens + closes == "[]":
            assert days_asked(f"{first}..{last}") == expected
    else:
        with pytest.raises(DateExpressionError) as caught:
            parse_interval(text, TODAY)
        assert caught.value.is_reversed


@pytest.mark.parametrize(
    ("text", "is_reversed", "message", "suggestion"),
    [
        ("", False, "a date is missing here", None),
        (">", False, "a date is missing here", None),
        ("soon", False, "'soon' is not a date", None),
        ("2023-2-1", False, "is not a date", None),
        ("20230201", False, "is not a date", None),
        ("02/03/2023", False, "is not a date", None),
        ("2023-02-30", False, "there is no day 2023-02-30", None),
        ("2023-13", False, "there is no month 13", None),
        ("0000", False, "there is no year", None),
        ("february 0000", False, "there is no year", None),
        ("30 february 2023", False, "there is no 30 February 2023", None),
        ("february 0 2023", False, "there is no 0 February 2023", None),
        ("ma 2023", False, "is not a date", None),
        ("ju 2023", False, "is not a date", None),
        ("february", False, "is not a date", None),
        ("next week", False, "is not a date", None),
        ("last 0 days", False, "has no day", None),
        ("last 99999 years", False, "no such date", None),
        ("last 99999 months", False, "no such date", None),
        ("2023-02-01T13:33", False, "by day, not by time", "2023-02-01"),
        ("[2023 to 2024]", False, "a range of dates is written", None),
        ("[2023 TO 2024 TO 2025]", False, "a range of dates is written", None),
        ("[2023]", False, "a range of dates is written", None),
        ("[2023 TO soon]", False, "'soon' is not a date", None),
        ("2023..2024..2025", False, "is not a date", None),
        ("[2023-03 TO 2023-01]", True, "ends before it begins", "[2023-01 TO 2023-03]"),
        ("2023-03..2023-01", True, "ends before it begins", "2023-01..2023-03"),
        ("[today TO yesterday]", True, "ends before it begins", "[yesterday TO today]"),
        ("{2023-01 TO 2023-02}", True, "there is no day", None),
        ("{2023 TO 2023]", True, "there is no day", None),
        ("{9999 TO *]", False, "no day comes after", None),
        (">9999", False, "no day comes after", None),
        ("<0001", False, "no day comes before", None),
        ("2023-02-01T24:00", False, "there is no moment", None),
        (">=*", False, "is not a date", None),
    ],
)
def test_an_invalid_date_raises_with_the_reason(
    text: str, is_reversed: bool, message: str, suggestion: str | None
) -> None:
    with pytest.raises(DateExpressionError, match=message) as caught:
        parse_interval(text, TODAY)
    assert (caught.value.is_reversed, caught.value.suggestion) == (is_reversed, suggestion)
    if suggestion is not None:
        first, last = asked(suggestion)
        assert first is not None
        assert last is not None
        assert first <= last


fragments = st.lists(
    st.sampled_from(
        "2023 2023-02 2023-02-30 0000 9999 0001 > < >= .. [ ] { } TO * today yesterday last this the 5 99999 0 days "
        "week months year feb may 1st , . - T13:33 ٢٠٢٣ ² \x00 ” Ⅳ".split(" ")
    ),
    max_size=7,
)


@exact
@given(fragments.map(" ".join) | fragments.map("".join) | st.text(max_size=20), st.dates())
def test_any_text_gives_an_interval_or_a_date_expression_error(text: str, today: dt.date) -> None:
    try:
        start, stop = parse_interval(text, today)
    except DateExpressionError as problem:
        start, stop = 1, 1 + len(str(problem))
    assert start is None or stop is None or start < stop


def test_a_range_of_blanks_parses_fast() -> None:
    began = time.process_time()
    with pytest.raises(DateExpressionError):
        parse_interval("[a" + " " * 20_000 + "b]", TODAY)
    assert time.process_time() - began < 0.12
