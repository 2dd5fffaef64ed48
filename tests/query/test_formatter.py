"""Formatting a query and parsing it again gives the same tree."""

from __future__ import annotations

import datetime as dt

import pytest
from grammar import QUERIES
from hypothesis import given, settings
from hypothesis import strategies as st

from searchidx.query import Kind, parse
from searchidx.query.formatter import format_query

NEAR = ("({} OR b)", "(b w/5 {} w/5 c)", "(b NOT w/s {})", "(b pre/5 {})^2", "atleast2({} OR b)")
AROUND = ("({} OR b)", "(b {} OR c)^2", "-(b {} OR c)", "headline:({})", "b ({})")
TODAY = dt.date(2023, 3, 15)


@settings(max_examples=400)
@given(QUERIES)
def test_a_formatted_query_parses_to_the_same_tree(text: str) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.query is not None, (text, parsed.diagnostics)
    formatted = format_query(parsed.query)
    again = parse(formatted, today=TODAY)
    assert again.query is not None, (text, formatted, again.diagnostics)
    assert repr(again.query) == repr(parsed.query), (text, formatted)
    assert format_query(again.query) == formatted


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("NATO Japan", "NATO AND Japan"),
        ("a b OR c", "(a AND b) OR c"),
        ("a OR b -c", "a OR (b AND NOT c)"),
        ("=banks^2 “Taiwan  Strait”", '"banks"^2 AND "Taiwan  Strait"'),
        ("a NEAR/5 b W/S c", "(a w/5 b) w/s c"),
        ("a not b NOT w/3 c", "a AND not AND b NOT w/3 c"),
        ("title:(a pre/2 b)", "headline:a pre/2 headline:b"),
        ("intitle:U.S.-led", "headline:(U.S.-led)"),
        ("date:february", None),
        ("since:2023-02 until:2023-03", "date:[2023-02-01 TO *] AND date:[* TO 2023-03-31]"),
        ("date:none", "date:none"),
        ("-date:*", "date:none"),
        ("words:>=500", "words:[500 TO *]"),
        ("atleast3(x OR y)^2", "atleast3(x OR y)^2"),
        ('"japan* said" /x+/ cat~2', '"japan* said" AND /x+/ AND cat~2'),
        ("(a OR b)^2.50", "(a OR b)^2.5"),
    ],
)
def test_query_is_formatted_with_explicit_operators(text: str, formatted: str | None) -> None:
    parsed = parse(text, today=TODAY)
    assert (parsed.query is None) if formatted is None else (format_query(parsed.query) == formatted)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["a", "U.S.-led", '"a b*"', "x~2"]),
    st.lists(st.sampled_from(NEAR), max_size=50),
    st.lists(st.sampled_from(AROUND), max_size=60),
)
def test_the_deepest_queries_parse_to_the_same_tree(text: str, near: list[str], around: list[str]) -> None:
    for each in near + around:
        text = each.format(text)
    parsed = parse(text)
    if parsed.query is None:
        assert {d.kind for d in parsed.errors} == {Kind.TOO_DEEP}
        return
    again = parse(format_query(parsed.query))
    assert again.query is not None, again.errors
    assert repr(again.query) == repr(parsed.query)
