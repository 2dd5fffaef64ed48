"""The values of a search form become a query text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx.query import parse
from searchidx.query.builder import ZONES, build_query


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ({}, ""),
        ({"every": " nato japan "}, "nato japan"),
        ({"phrase": "Taiwan Strait", "zone": "headline"}, 'headline:"Taiwan Strait"'),
        ({"phrase": '"Taiwan Strait"', "dates": "date:2023"}, '"Taiwan Strait" date:2023'),
        ({"some": 'nato "European Union"'}, 'nato OR "European Union"'),
        ({"some": "a OR b", "dates": "date:2023"}, "(a OR b) date:2023"),
        ({"every": "a", "some": "b c", "none": "d"}, "a (b OR c) -d"),
        ({"every": "a OR b", "phrase": "c d"}, '(a OR b) "c d"'),
        ({"every": "a b", "some": "c", "none": 'd "e f"', "zone": "lead"}, 'lead:(a b) lead:c -(d OR "e f")'),
        ({"every": "-a", "zone": "headline"}, "headline:(-a)"),
        ({"none": "a"}, "-a"),
        ({"dates": "date:2023"}, "date:2023"),
    ],
)
def test_form_becomes_the_query_of_its_fields(form: dict[str, str], query: str) -> None:
    assert build_query(**form) == query
    assert not form or parse(query).query is not None


WORDS = st.lists(st.sampled_from(["nato", '"New York"', "9/11", "U.S.", "über", "OR", "japan*"]), max_size=3).map(
    " ".join
)


@given(WORDS, WORDS, WORDS, st.sampled_from(["", *ZONES]), st.sampled_from(["", "date:2023"]))
def test_every_form_gives_a_query_without_errors(phrase: str, some: str, none: str, zone: str, dates: str) -> None:
    text = build_query("nato japan", phrase, some, none, zone, dates)
    parsed = parse(text)
    assert parsed.query is not None, (text, parsed.errors)
    assert ("date:2023" in [text[start:end] for start, end, _ in parsed.clauses]) == bool(dates)
