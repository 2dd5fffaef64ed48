"""Datelines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchidx.extract.dateline import split_dateline

exact = settings(derandomize=True, deadline=None, max_examples=120)


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
        ("ISTANBUL, Feb 30, 2023 - The", "ISTANBUL, Feb 30, 2023", "there is no day 2023-02-30", "The"),
        ("BERLIN, 3. Februar 2023 - Banken", "BERLIN, 3. Februar 2023", "2023-02-03", "Banken"),
        ("BERLIN, 30. Februar 2023 - Banken", "BERLIN, 30. Februar 2023", "there is no day 2023-02-30", "Banken"),
        ("BERLIN, 3. Feb. (AFP) - Banken", "BERLIN, 3. Feb. (AFP)", None, "Banken"),
        ("PARIS, 1er mars 2023 (AFP) - Les", "PARIS, 1er mars 2023 (AFP)", "2023-03-01", "Les"),
        ("MADRID, 3 de febrero de 2023 - Los", "MADRID, 3 de febrero de 2023", "2023-02-03", "Los"),
        ("МОСКВА, 3 февраля 2023 — Банки", "МОСКВА, 3 февраля 2023", "2023-02-03", "Банки"),
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
    assert isinstance(found.date, ValueError) == (date is not None and date.startswith("there"))
    assert (found.text, found.date and str(found.date), found.following) == (dateline, date, following)


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
        "APPLE, Pro 11 - The",
        "BOEING, 3 planes - The",
        "DENVER, Route 66 — The",
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
