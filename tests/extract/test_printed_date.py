"""Dates as people write them, in many languages."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchidx.dates import parse_date
from searchidx.extract.printed_date import DateOrder, find_dates, find_order, read_date

exact = settings(derandomize=True, deadline=None, max_examples=120)


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        # days
        ("February 1, 2023", "2023-02-01"),
        ("FEBRUARY 1, 2023", "2023-02-01"),
        ("February 1 2023", "2023-02-01"),
        ("Feb. 1, 2023", "2023-02-01"),
        ("Feb 01, 2023", "2023-02-01"),
        ("Sept. 11, 2023", "2023-09-11"),
        ("Sep 11, 2023", "2023-09-11"),
        ("May 1, 2023", "2023-05-01"),
        ("1 February 2023", "2023-02-01"),
        ("1st February 2023", "2023-02-01"),
        ("February 2nd, 2023", "2023-02-02"),
        ("1 Feb. 2023", "2023-02-01"),
        ("February 29, 2024", "2024-02-29"),
        ("  1  February\t2023 ", "2023-02-01"),
        ("2023-02-01", "2023-02-01"),
        # months
        ("March 2023", "2023-03"),
        ("March, 2023", "2023-03"),
        ("Sept. 2023", "2023-09"),
        ("2023-02", "2023-02"),
        # with the day of the week, or a word before
        ("Wednesday, February 1, 2023", "2023-02-01"),
        ("Wed., Feb. 1, 2023", "2023-02-01"),
        ("Wed 1 Feb 2023", "2023-02-01"),
        ("February 1, 2023 (Wednesday)", "2023-02-01"),
        ("Published: 1 February 2023", "2023-02-01"),
        ("First published on Wed 1 Feb 2023", "2023-02-01"),
        ("Posted February 1, 2023", "2023-02-01"),
        ("Date: 2023-02-01", "2023-02-01"),
        # with the time
        ("13:33 JST, February 1, 2023", "2023-02-01T13:33:00+09:00"),
        ("1 February 2023 at 13:33 GMT", "2023-02-01T13:33:00+00:00"),
        ("Wed 1 Feb 2023 13.33 CET", "2023-02-01T13:33:00+01:00"),
        ("1 February 2023, 13:33:05 CEST", "2023-02-01T13:33:05+02:00"),
        ("Posted at 13:33 on 1 February 2023", "2023-02-01T13:33:00"),
        ("1 February 2023 - 13:33", "2023-02-01T13:33:00"),
        ("1 February 2023 13:33 +09:00", "2023-02-01T13:33:00+09:00"),
        ("1 February 2023 13:33 -0930", "2023-02-01T13:33:00-09:30"),
        ("1 February 2023 13:33 (KST)", "2023-02-01T13:33:00+09:00"),
        ("1 February 2023 13:33 IST", "2023-02-01T13:33:00+05:30"),
        ("1 February 2023 13:33 NST", "2023-02-01T13:33:00-03:30"),
        ("1 February 2023 13:33 ACST", "2023-02-01T13:33:00+09:30"),
        ("Mon, 06 Feb 2023 13:33:00 GMT", "2023-02-06T13:33:00+00:00"),
        ("Published on February 1, 2023 at 1:33 p.m. EST", "2023-02-01T13:33:00-05:00"),
        ("February 1, 2023 | 1:33pm", "2023-02-01T13:33:00"),
        ("Feb. 1, 2023, 1:33 p.m. ET", "2023-02-01T13:33:00"),  # ET is summer or winter time
        ("12:00 am, May 1, 2023", "2023-05-01T00:00:00"),
        ("12:30 p.m. May 1, 2023", "2023-05-01T12:30:00"),
        ("9 a.m. May 1, 2023", "2023-05-01T09:00:00"),
        ("0:05 May 1, 2023", "2023-05-01T00:05:00"),
        ("2023-02-01T09:15:00+01:00", "2023-02-01T09:15:00+01:00"),
        ("Date: 2023-02-01 13:33", "2023-02-01T13:33:00"),
        ("1 Feb 2023 1:33PM", "2023-02-01T13:33:00"),
        ("February 1, 2023 1:33 P.M.", "2023-02-01T13:33:00"),
        ("Feb 1, 2023 1:33 PM UTC", "2023-02-01T13:33:00+00:00"),
        ("Published 1:33 PM EST, Wed February 1, 2023", "2023-02-01T13:33:00-05:00"),
        ("1 Feb 2023 5 PM", "2023-02-01T17:00:00"),
        ("1 February 2023 13:33 UTC+9", "2023-02-01T13:33:00+09:00"),
        ("1 February 2023 13:33 GMT-03:30", "2023-02-01T13:33:00-03:30"),
    ],
)
def test_line_with_a_date_is_parsed(line: str, iso: str) -> None:
    assert str(read_date(line)) == iso


@pytest.mark.parametrize(
    "line",
    [
        "", "2023", "February", "February 1", "13:33", "13:33 JST", "Tuesday", "02/03/2023", "1 February 0023",
        "1 February 3023", "Smarch 1, 2023", "1. Smarch 2023", "Version 10.04.19.2", "2023.02.01.7", "1.2.3.2023",
        "In February 2023 the bank", "The bank closed on 1 February 2023.", "London 1 February 2023",
        "By Jane Doe, 1 February 2023", "1 February 2023 and 13:33", "Feb 1, 2023 to Feb 3, 2023",
        "February 1, 2023 February 2, 2023", "Updated: February 1, 2023", "May 1, 20233", "11 May 1, 2023",
        "13:00 pm, May 1, 2023", "25:10 May 1, 2023", "13:60 May 1, 2023", "9 May 1, 2023",
        "10:00 May 2023", "1 May 2023 " + "x" * 80, "1 May 2023" + " ," * 50 + " 13:33",
    ],
)  # fmt: skip
def test_ambiguous_or_longer_line_is_not_a_date(line: str) -> None:
    assert read_date(line) is None


@exact
@given(
    st.dates(dt.date(1000, 1, 1), dt.date(2999, 12, 31)),
    st.sampled_from(["%B {}, %Y", "{} %B %Y", "%b. {}, %Y", "{} %b %Y", "%A, %B {}, %Y", "Published: {} %B %Y"]),
    st.sampled_from([None, "%H:%M", "%H.%M", "%I:%M %p"]),
    st.times(),
    st.sampled_from([("", None), (" JST", 9), (" GMT", 0), (" EST", -5), (" +05:00", 5)]),
)
def test_any_date_is_parsed_in_every_printed_format(
    day: dt.date, form: str, clock: str | None, at: dt.time, zone: tuple[str, int | None]
) -> None:
    line = f"{day:{form.format(day.day)}}"
    expected = day.isoformat()
    if clock is not None:
        line += f", {at.strftime(clock).lower()}{zone[0]}"
        tz = None if zone[1] is None else dt.timezone(dt.timedelta(hours=zone[1]))
        expected += f"T{at.replace(second=0, microsecond=0, tzinfo=tz).isoformat()}"
    assert str(read_date(line)) == expected


@exact
@given(
    st.text(max_size=90)
    | st.lists(
        st.sampled_from(
            "Published: Mon 1 31 May feb. 2023 13:33 9.30 p.m. PM JST UTC+9 (ET) at on , - | – 2023-02-30".split()
        ),
        max_size=9,
    ).map(" ".join)
)
def test_any_line_is_a_date_or_none(line: str) -> None:
    with contextlib.suppress(ValueError):
        found = read_date(line)
        assert found is None or parse_date(str(found)) == found


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("1. Februar 2023", "2023-02-01"),
        ("Mittwoch, 1. Februar 2023, 13:33 Uhr", "2023-02-01T13:33:00"),
        ("Veröffentlicht am 01.02.2023 um 13.33 Uhr", "2023-02-01T13:33:00"),
        ("1. Jänner 2023", "2023-01-01"),
        ("Publié le mercredi 1er février 2023 à 13h33", "2023-02-01T13:33:00"),
        ("MERCREDI 1ER FÉVRIER 2023", "2023-02-01"),
        ("1 de febrero de 2023", "2023-02-01"),
        ("miércoles, 1 de febrero de 2023 a las 13:33 h", "2023-02-01T13:33:00"),
        ("1º de fevereiro de 2023 às 13h33", "2023-02-01T13:33:00"),
        ("mercoledì 1 febbraio 2023 alle ore 13:33", "2023-02-01T13:33:00"),
        ("1 d’agost de 2023", "2023-08-01"),
        ("woensdag 1 maart 2023 om 13:33 uur".removesuffix(" uur"), "2023-03-01T13:33:00"),
        ("den 1 februari 2023 kl. 13.33", "2023-02-01T13:33:00"),
        ("1. helmikuuta 2023 klo 13.33", "2023-02-01T13:33:00"),
        ("środa, 1 lutego 2023, godz. 13:33", "2023-02-01T13:33:00"),
        ("1. února 2023", "2023-02-01"),
        ("2023. február 1.", "2023-02-01"),
        ("2023. 02. 01.", "2023-02-01"),
        ("1 Şubat 2023 Çarşamba 13:33", "2023-02-01T13:33:00"),
        ("1 февраля 2023 г. в 13:33 МСК", "2023-02-01T13:33:00+03:00"),
        ("1 лютого 2023 року, 13:33", "2023-02-01T13:33:00"),
        ("1 Φεβρουαρίου 2023", "2023-02-01"),
        ("1 ianuarie 2023", "2023-01-01"),
        ("1. listopada 2023", "2023-10-01"),  # Croatian
        ("1 listopada 2023", "2023-11-01"),  # Polish
        ("ngày 1 tháng 2 năm 2023", "2023-02-01"),
        ("١ فبراير ٢٠٢٣", "2023-02-01"),
        ("1 كانون الثاني 2023", "2023-01-01"),
        ("1 בפברואר 2023", "2023-02-01"),
        ("1 กุมภาพันธ์ 2566", "2023-02-01"),
        ("2023年2月1日(水) 午後1時33分", "2023-02-01T13:33:00"),
        ("２０２３年２月１日", "2023-02-01"),
        ("令和5年2月1日", "2023-02-01"),
        ("2023年2月1日 星期三 13:33", "2023-02-01T13:33:00"),
        ("2023년 2월 1일 오후 1:33", "2023-02-01T13:33:00"),
        ("입력 2023.02.01. 13:33", "2023-02-01T13:33:00"),
        # months
        ("Februar 2023", "2023-02"),
        ("février 2023", "2023-02"),
        ("02/2023", "2023-02"),
        ("2023年2月", "2023-02"),
        # numbers, and programs
        ("1.2.2023", "2023-02-01"),
        ("15/03/2023", "2023-03-15"),
        ("3/15/2023", "2023-03-15"),
        ("03/03/2023", "2023-03-03"),
        ("2023/02/01 13:33", "2023-02-01T13:33:00"),
        ("01-Feb-2023", "2023-02-01"),
        ("Wednesday, 01-Feb-23 13:33:05 GMT", "2023-02-01T13:33:05+00:00"),
        ("Wed Feb  1 13:33:05 2023", "2023-02-01T13:33:05"),
        ("Wed Feb 01 2023 13:33:00 GMT+0900 (Japan Standard Time)", "2023-02-01T13:33:00+09:00"),
        ("Wed, 1 Feb 2023 13:33:00 +0900 (JST)", "2023-02-01T13:33:00+09:00"),
        ("24:00 May 1, 2023", "2023-05-01"),
    ],
)
def test_line_with_a_date_is_parsed_in_any_language(line: str, iso: str) -> None:
    assert str(read_date(line)) == iso


@pytest.mark.parametrize("line", ["February 30, 2023", "31 April 2023", "0 May 2023", "30.02.2023", "2023-02-30"])
def test_date_that_does_not_exist_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="there is no"):
        read_date(line)


def test_order_of_numbers_tells_day_and_month_apart() -> None:
    assert read_date("03/04/2023") is None
    assert str(read_date("03/04/2023", DateOrder.DAY_FIRST)) == "2023-04-03"
    assert str(read_date("03/04/2023", DateOrder.MONTH_FIRST)) == "2023-03-04"
    assert str(read_date("03.04.2023", DateOrder.MONTH_FIRST)) == "2023-04-03"
    assert find_order("03/04/2023, 03/15/2023") is DateOrder.MONTH_FIRST
    assert find_order("15/03/2023") is DateOrder.DAY_FIRST
    assert find_order("15/03/2023 03/15/2023 03/04/2023") is DateOrder.UNKNOWN


def test_dates_in_a_text_are_found_in_order() -> None:
    text = "On 1 February 2023 and on 2023-03-05; from March 2021, in 02/03/2023, until 30.02.2023."
    assert [str(each.date) for each in find_dates(text)] == [
        "2023-02-01", "2023-03-05", "2021-03", "there is no day 2023-02-30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["1 " * 50_000 + "2023", "a " * 50_000 + "2023", "2023-" * 20_000, "1." * 50_000 + "2023"]
)
def test_finding_dates_takes_linear_time(text: str) -> None:
    start = time.process_time()
    list(find_dates(text))
    assert time.process_time() - start < 2
