"""Printed dates and datelines."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchidx.dates import parse_date
from searchidx.extract.dateline import parse_printed_date, split_dateline

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
    assert str(parse_printed_date(line)) == iso


@pytest.mark.parametrize(
    "line",
    [
        "", "2023", "February", "February 1", "13:33", "13:33 JST", "Tuesday", "02/03/2023", "1.2.2023", "2/13/2023",
        "February 30, 2023", "February 29, 2023", "31 April 2023", "0 May 2023", "May 32, 2023", "1 February 0023",
        "1 February 3023", "Smarch 1, 2023", "1 février 2023", "1 de mayo de 2023",
        "In February 2023 the bank", "The bank closed on 1 February 2023.", "London 1 February 2023",
        "By Jane Doe, 1 February 2023", "1 February 2023 and 13:33", "Feb 1, 2023 to Feb 3, 2023",
        "February 1, 2023 February 2, 2023", "Updated: February 1, 2023", "May 1, 20233", "11 May 1, 2023",
        "13:00 pm, May 1, 2023", "24:00 May 1, 2023", "25:10 May 1, 2023", "13:60 May 1, 2023", "9 May 1, 2023",
        "10:00 May 2023", "1 May 2023 " + "x" * 80, "1 May 2023" + " ," * 40 + " 13:33",
    ],
)  # fmt: skip
def test_ambiguous_or_longer_line_is_not_a_date(line: str) -> None:
    assert parse_printed_date(line) is None


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
    assert str(parse_printed_date(line)) == expected


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
def test_parsing_any_line_raises_nothing(line: str) -> None:
    found = parse_printed_date(line)
    assert found is None or parse_date(str(found)) == found
    assert found is None or str(found.year) in line


@pytest.mark.parametrize(
    ("text", "dateline", "date", "following"),
    [
        ("LONDON, Feb 26, 2023 - Lenders said", "LONDON, Feb 26, 2023", "2023-02-26", "Lenders said"),
        ("NEW YORK, Sept. 11, 2023 — A bell", "NEW YORK, Sept. 11, 2023", "2023-09-11", "A bell"),
        ("TOKYO, 1 Feb 2023 – The", "TOKYO, 1 Feb 2023", "2023-02-01", "The"),
        ("LONDON, Feb 26 (Reuters) - Lenders", "LONDON, Feb 26 (Reuters)", None, "Lenders"),
        ("BEIJING, Feb. 1 (Xinhua) -- The", "BEIJING, Feb. 1 (Xinhua)", None, "The"),
        ("LONDON (Reuters) - Lenders", "LONDON (Reuters)", None, "Lenders"),
        ("TOKYO (Jiji Press) - The", "TOKYO (Jiji Press)", None, "The"),
        ("WASHINGTON, D.C. (AP) — The", "WASHINGTON, D.C. (AP)", None, "The"),
        ("ST. PAUL, Minn. (AP) — The", "ST. PAUL, Minn. (AP)", None, "The"),
        ("TOKYO, Japan (AFP) — The", "TOKYO, Japan (AFP)", None, "The"),
        ("WINSTON-SALEM, N.C. (AP) — The", "WINSTON-SALEM, N.C. (AP)", None, "The"),
        ("COEUR D’ALENE, Idaho (AP) — The", "COEUR D’ALENE, Idaho (AP)", None, "The"),
        (
            "SALT LAKE CITY, Utah, Feb. 1, 2023 (AP) — The",
            "SALT LAKE CITY, Utah, Feb. 1, 2023 (AP)",
            "2023-02-01",
            "The",
        ),
        ("LONDON — Lenders", "LONDON", None, "Lenders"),
        ("LONDON — “Lenders", "LONDON", None, "“Lenders"),
        ("LONDON -- Lenders — and banks", "LONDON", None, "Lenders — and banks"),
        ("ISTANBUL, Feb 30, 2023 - The", "ISTANBUL, Feb 30, 2023", None, "The"),  # the day does not exist
        ("SÃO PAULO, Feb 1 (Reuters) - The", "SÃO PAULO, Feb 1 (Reuters)", None, "The"),
        ("MALMÖ (TT) — The", "MALMÖ (TT)", None, "The"),
        ("ŁÓDŹ, Poland (AP) — The", "ŁÓDŹ, Poland (AP)", None, "The"),
        ("PARIS/LONDON, Feb 1 (Reuters) - The", "PARIS/LONDON, Feb 1 (Reuters)", None, "The"),
    ],
)
def test_place_and_date_before_the_first_sentence_are_the_dateline(
    text: str, dateline: str, date: str | None, following: str
) -> None:
    found = split_dateline(text)
    assert found is not None
    assert (found[0], found[1] and str(found[1]), found[2]) == (dateline, date, following)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LONDON",
        "LONDON, Feb 26, 2023 -",
        "London, Feb 26, 2023 - Lenders",
        "London lenders said",
        "NATO - the alliance - met",
        "NATO — the alliance — met",
        "U.N. — The",
        "U.S. - the country",
        "A — the letter",
        "I — who else",
        "US-China talks - the first",
        "(Reuters) - Lenders",
        "TOKYO--The",
        "LONDON Lenders - said",
        "“LONDON (Reuters) - Lenders”",
    ],
)
def test_sentence_that_begins_with_capitals_has_no_dateline(text: str) -> None:
    assert split_dateline(text) is None


@exact
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from("LONDON NEW D.C. , Feb 26 2023 (AP) - — -- The Ohio, É /".split()), max_size=9).map(
        " ".join
    )
)
def test_dateline_and_rest_together_are_the_text(text: str) -> None:
    found = split_dateline(text)
    assert found is None or (text.startswith(found[0]) and text.endswith(found[2]) and found[0] and found[2])
