"""Rewrites of queries, checked by comparing sets of hits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from grammar import QUERIES
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.errors import QueryError
from searchidx.query import parse
from searchidx.query.rewrite import (
    add_clause,
    add_zone,
    date_bounds,
    date_clause,
    parse_clauses,
    remove_clauses,
    remove_zone,
    set_dates,
    value_clause,
)
from searchidx.schema import facet_values
from searchidx.search.searcher import ids

TODAY = dt.date(2023, 3, 15)
ARTICLES = [
    Article(
        "urn:x", "Banks of Japan", "A bank said.\nThe U.S. café", "2023-02-28", source="Japan News", section="World"
    ),
    Article("b", "Stoltenberg", "Café b c a bank 9/11 東京都", "2023-02", source="The Japan News", language="en-GB"),
    Article("c", "Banks", "a " * 120 + "happily", "2022-12-31", byline="Jane Smith", language="en"),
    Article("d", "", "women or a Ü, generalized", "2020", section="Arts/Culture", keywords=["trade", "a*b"]),
    Article("e", "AT&T", "Indo-Pacific japan a a a b", None, byline="Paddy O'Brien", url="https://a.com/x?y=1"),
    Article("f", "b w/5 c", "naive banks caps", "2023-03-14T10:00:00", source="reuters", section="WORLD"),
]
CLAUSES = (
    "source:reuters",
    'source:"Japan News"',
    "language:en",
    "date:[2022 TO 2023-02]",
    "date:none",
    "-bank",
    "b OR c",
)


@cache
def _snapshot(headlines_only: bool = False) -> object:
    engine = ReferenceEngine()
    with engine.writer() as writer:
        for article in ARTICLES:
            writer.add(replace(article, body="") if headlines_only and article.headline else article)
    return engine.snapshot()


def found(text: str, headlines_only: bool = False) -> set[str]:
    return set(ids(_snapshot(headlines_only), parse(text, today=TODAY)))


def texts() -> st.SearchStrategy[str]:
    """Queries with operators and clauses at the top level, too, without brackets."""
    parts = st.one_of(QUERIES, st.sampled_from(["&", "date:2023", "since:2022-06", "-date:2023-03", "x -&", "a AND b"]))
    glue = st.sampled_from([" ", " AND ", " OR ", "  "])
    return st.tuples(parts, glue, parts, glue, parts).map("".join) | QUERIES


@given(texts(), st.sampled_from(CLAUSES))
def test_add_clause_intersects_the_hits(text: str, clause: str) -> None:
    if parse(text, today=TODAY).query is None:
        return
    clause = f"({clause})" if " OR " in clause else clause
    edited = add_clause(text, clause)
    assert found(edited) == found(text) & found(clause), edited
    assert [each for each in parse_clauses(edited, TODAY) if each.text == clause], edited


@given(texts(), st.sampled_from(CLAUSES[:4]))
def test_remove_clause_undoes_add_clause(text: str, clause: str) -> None:
    if parse(text, today=TODAY).query is None or text.strip() == "*":
        return
    edited = add_clause(text, clause)
    left = remove_clauses(edited, parse_clauses(edited, TODAY)[-1:])
    assert found(left) == found(text)
    assert left == text.strip() or text.strip().startswith("(") or "&" in text  # no clause, so it may go with one


@given(texts())
def test_hits_match_every_clause_and_each_can_be_removed(text: str) -> None:
    if parse(text, today=TODAY).query is None:
        return
    every = parse_clauses(text, TODAY)
    assert [each.text for each in every] == [text[each.start : each.end] for each in every]
    assert [each.end for each in every] == sorted(each.end for each in every)
    together = set.intersection(*(found(each.text) for each in every))
    assert found(text) == together
    for each in every:
        rest = remove_clauses(text, [each])
        others = [found(other.text) for other in every if other is not each]
        assert found(rest) == set.intersection(*others) if others else rest == "", rest


@given(texts(), st.none() | st.sampled_from(["date:2023", "date:[2022-12 TO 2023-02]", "date:none"]))
def test_set_dates_replaces_every_date_clause(text: str, clause: str | None) -> None:
    if parse(text, today=TODAY).query is None:
        return
    edited = set_dates(text, clause, TODAY)
    rest = [each for each in parse_clauses(text, TODAY) if each.field != "date" or each.is_negative]
    wanted = [found(each.text) for each in rest] + ([found(clause)] if clause else [])
    assert found(edited) == set.intersection(*wanted) if wanted else edited == ""
    again = [each.text for each in parse_clauses(edited, TODAY) if each.field == "date" and not each.is_negative]
    assert again == ([clause] if clause else [])


@pytest.mark.parametrize(
    ("text", "narrower"),
    [
        ("", "source:x"),
        ("  nato ", "nato source:x"),
        ("nato OR japan", "(nato OR japan) source:x"),
        ("(nato OR japan)", "(nato OR japan) source:x"),
        ("nato OR &", "(nato OR &) source:x"),
        ("-river", "-river source:x"),
        ("nato w/5 japan", "nato w/5 japan source:x"),
    ],
)
def test_add_clause_keeps_what_was_typed(text: str, narrower: str) -> None:
    assert add_clause(text, "source:x") == narrower


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        ("a AND b AND c", "b", "a AND c"),
        ("a AND b", "a", "b"),
        ("a AND b", "b", "a"),
        ("a NOT (b OR c) d", "NOT (b OR c)", "a d"),
        ('a(date:2023)"x y"', "(date:2023)", 'a "x y"'),
        ("a OR b", "a OR b", ""),
        ("a & b", "b", "a"),
    ],
)
def test_remove_clause_keeps_the_other_operators(text: str, taken: str, left: str) -> None:
    assert remove_clauses(text, [each for each in parse_clauses(text) if each.text == taken][:1]) == left


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        ("a AND b AND c AND d", "bc", "a AND d"),
        ("a AND b AND c", "ab", "c"),
        ("a b c", "ac", "b"),
        ("a AND b", "ab", ""),
        ("  a  (b)(c)d", "bc", "a d"),
        ("(a OR x) date:2023 b", "date:2023 b", "a OR x"),
        ("& a & b &", "ab", ""),
        ("& a & b &", "a", "b &"),
    ],
)
def test_remove_clauses_takes_several_at_once(text: str, taken: str, left: str) -> None:
    removed = [each for each in parse_clauses(text) if each.text.strip("()") in taken]
    assert remove_clauses(text, removed) == left


@given(texts(), st.data())
def test_removing_clauses_at_once_or_in_turn_is_equal(text: str, data: st.DataObject) -> None:
    if parse(text, today=TODAY).query is None:
        return
    every = parse_clauses(text, TODAY)
    removed = data.draw(st.lists(st.sampled_from(every), unique=True))
    kept = [found(each.text) for each in every if each not in removed]
    rest = remove_clauses(text, removed)
    assert found(rest) == set.intersection(*kept) if kept else rest == "", rest


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('nato source:"Japan News" -section:world', ["text", "source", "section"]),
        ("(site:a OR source:b) date:none -date:2023", ["source", "date", "date"]),
        (
            '(source:a OR byline:b) headline:x section:"a b*" lang:en words:>5 *',
            ["", "headline", "section", "language", "words", ""],
        ),
        ("nato OR source:x", [""]),
        ("nato source:", []),
    ],
)
def test_clauses_name_their_field(text: str, fields: list[str]) -> None:
    assert [each.field for each in parse_clauses(text)] == fields


def test_clauses_of_equal_terms_have_equal_meaning() -> None:
    one, other, negative = parse_clauses('source:"Japan News" site:“japan  news” -source:"Japan News"')
    assert one.meaning == other.meaning != negative.meaning
    assert [each.is_negative for each in (one, other, negative)] == [False, False, True]


@pytest.mark.parametrize(
    ("field", "value", "clause"),
    [
        ("source", "Reuters", "source:=Reuters"),
        ("source", "The “Star” & Co.", 'source:="The Star & Co."'),
        ("section", "Arts/Culture", 'section:="Arts/Culture"'),
        ("keyword", "a*b ?", 'keyword:="a*b ?"'),
        ("byline", "or", "byline:=or"),
        ("source", "AND", "source:=AND"),
        ("source", "—", None),
        ("language", "en-GB", 'language:="en-GB"'),
        ("language", "(none)", 'language:="(none)"'),
        ("page", "A*1", 'page:"A 1"'),
        ("id", "text/a.txt#1", "id:text/a.txt#1"),
        ("id", "a b", 'id:"a b"'),
        ("id", '"a"', None),
        ("id", "*", None),
    ],
)
def test_value_becomes_a_clause_of_its_field(field: str, value: str, clause: str | None) -> None:
    assert value_clause(field, value) == clause


@given(st.text(min_size=1), st.sampled_from(["source", "section", "byline"]))
def test_value_clause_finds_each_value_of_a_facet(value: str, field: str) -> None:
    article = Article("x", "x", **{field: value})
    engine = ReferenceEngine()
    with engine.writer() as writer:
        writer.add(article)
    for each in facet_values(article, field):
        clause = value_clause(field, each)
        assert clause is None or ids(engine.snapshot(), parse(clause)) == ["x"], clause


@given(st.text(alphabet='ab"“ ()*:\\', min_size=1))
def test_value_clause_finds_its_id(value: str) -> None:
    value = value.strip() or "a"
    clause = value_clause("id", value)
    if clause is None:
        return
    engine = ReferenceEngine()
    with engine.writer() as writer:
        writer.add(Article(value, "x"))
    assert ids(engine.snapshot(), parse(clause)) == [value], clause


@pytest.mark.parametrize(
    ("first", "last", "clause"),
    [
        ("2023-01-01", "2023-12-31", "date:2023"),
        ("2022-01-01", "2023-12-31", "date:[2022 TO 2023]"),
        ("2023-02-01", "2023-02-28", "date:2023-02"),
        ("2024-02-01", "2024-02-28", "date:[2024-02-01 TO 2024-02-28]"),
        ("2023-02-01", "2023-04-30", "date:[2023-02 TO 2023-04]"),
        ("2023-02-03", "2023-02-03", "date:2023-02-03"),
        ("2023-02-03", None, "date:[2023-02-03 TO *]"),
        (None, "2023-03-31", "date:[* TO 2023-03]"),
        ("9999-01-01", "9999-12-31", "date:9999"),
        (None, None, "date:*"),
    ],
)
def test_date_clause_is_as_short_as_possible(first: str | None, last: str | None, clause: str) -> None:
    days = tuple(None if each is None else dt.date.fromisoformat(each) for each in (first, last))
    assert date_clause(*days) == clause


def _days() -> Iterator[dt.date]:
    return (dt.date(2022, 11, 28) + dt.timedelta(days=n) for n in range(100))


@given(st.sampled_from(list(_days())), st.sampled_from(list(_days())))
def test_date_bounds_undo_date_clause(first: dt.date, last: dt.date) -> None:
    first, last = sorted((first, last))
    assert date_bounds(f"nato {date_clause(first, last)}") == (first, last)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("nato", (None, None)),
        ("since:2023 date:[2022 TO 2023-02]", ("2023-01-01", "2023-02-28")),
        ("date:yesterday", ("2023-03-14", "2023-03-14")),
        ("-date:2023", (None, None)),
        ("nato OR date:2023", (None, None)),
        ("date:2022 date:2023", ("2023-01-01", "2022-12-31")),
    ],
)
def test_date_bounds_intersect_all_date_clauses(text: str, days: tuple[str | None, str | None]) -> None:
    assert tuple(None if day is None else str(day) for day in date_bounds(text, TODAY)) == days


@given(texts())
def test_add_zone_finds_in_headlines_and_remove_zone_undoes_it(text: str) -> None:
    if parse(text, today=TODAY).query is None:
        return
    every = parse_clauses(text, TODAY)
    having = {article.id for article in ARTICLES if article.headline}
    there = [found(each.text, True) & having if each.field == "text" and not each.is_negative else found(each.text)
             for each in every]  # fmt: skip
    edited = add_zone(text, "headline")
    assert found(edited) & having == set.intersection(*there) & having, edited
    if all(each.field == "text" and not each.is_negative for each in every):
        assert found(remove_zone(edited, "headline")) == found(text)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("nato", "headline:nato"),
        ("nato japan source:x", "headline:(nato japan) source:x"),
        ('"Taiwan Strait" date:2023', 'headline:"Taiwan Strait" date:2023'),
        ("nato OR japan", "headline:(nato OR japan)"),
        ("(nato OR japan) -x =banks", "headline:(nato OR japan) -x headline:=banks"),
        ("source:x", "source:x"),
        ("nato OR source:x", "nato OR source:x"),
        ("body:x", "body:x"),
    ],
)
def test_add_zone_limits_words_to_the_zone(text: str, there: str) -> None:
    assert add_zone(text, "headline") == there


@pytest.mark.parametrize(
    ("text", "everywhere"),
    [
        ("headline:nato", "nato"),
        ('Title:"a b" source:x', '"a b" source:x'),
        ("headline:(a OR b) body:c -headline:d", "(a OR b) body:c -headline:d"),
        ("nato", "nato"),
    ],
)
def test_remove_zone_makes_words_match_everywhere(text: str, everywhere: str) -> None:
    assert remove_zone(text, "headline") == everywhere


def test_a_query_with_errors_has_no_clauses() -> None:
    with pytest.raises(QueryError):
        found('"nato')
    assert parse_clauses('"nato') == ()
