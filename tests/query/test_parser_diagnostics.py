"""An invalid or doubtful query gets diagnostics with their kind, place and suggestion."""

from __future__ import annotations

import datetime as dt

import pytest
from whoosh import query as q

from searchidx.query import Kind, Parsed, Severity, parse

TODAY = dt.date(2023, 2, 15)


def places(parsed: Parsed) -> list[tuple[Kind, int, int]]:
    return [(d.kind, d.start, d.end) for d in parsed.diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(Kind.EMPTY_QUERY, 0, 0)]),
        (" \n", [(Kind.EMPTY_QUERY, 0, 2)]),
        # operators without operands
        ("AND", [(Kind.MISSING_OPERAND, 0, 3)]),
        ("OR a", [(Kind.MISSING_OPERAND, 0, 2)]),
        ("a OR", [(Kind.MISSING_OPERAND, 2, 4)]),
        ("a AND", [(Kind.MISSING_OPERAND, 2, 5)]),
        ("a AND AND b", [(Kind.MISSING_OPERAND, 2, 5)]),
        ("a OR OR b", [(Kind.MISSING_OPERAND, 5, 7)]),
        ("a AND OR b", [(Kind.MISSING_OPERAND, 2, 5)]),
        ("a NOT", [(Kind.MISSING_OPERAND, 2, 5)]),
        ("NOT OR x", [(Kind.MISSING_OPERAND, 0, 4)]),
        ("(a OR) b", [(Kind.MISSING_OPERAND, 3, 5)]),
        ("()", [(Kind.MISSING_OPERAND, 0, 2)]),
        ("a ( )", [(Kind.MISSING_OPERAND, 2, 5)]),
        # brackets and quotes
        ("NATO AND (Japan", [(Kind.UNBALANCED_BRACKET, 9, 10)]),
        ("((a)", [(Kind.UNBALANCED_BRACKET, 0, 1)]),
        ("a) b", [(Kind.UNBALANCED_BRACKET, 1, 2)]),
        ("a)b(c", [(Kind.UNBALANCED_BRACKET, 1, 2), (Kind.UNBALANCED_BRACKET, 3, 4)]),
        ("caps(US", [(Kind.UNBALANCED_BRACKET, 4, 5)]),
        ("date:[2023 TO 2024", [(Kind.UNBALANCED_BRACKET, 5, 6)]),
        ('NATO "Taiwan Strait', [(Kind.UNBALANCED_QUOTE, 5, 6)]),
        ("“Taiwan Strait", [(Kind.UNBALANCED_QUOTE, 0, 1)]),
        ('a"', [(Kind.UNBALANCED_QUOTE, 1, 2)]),
        ('date:"last week', [(Kind.UNBALANCED_QUOTE, 5, 6)]),
        # fields
        ("foo:bar", [(Kind.UNKNOWN_FIELD, 0, 4)]),
        ("a headlin:x b", [(Kind.UNKNOWN_FIELD, 2, 10)]),
        ('foo:"bar"', [(Kind.UNKNOWN_FIELD, 0, 4)]),
        ("foo:(a b)", [(Kind.UNKNOWN_FIELD, 0, 4)]),
        ("headline:", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline: x", [(Kind.MISSING_VALUE, 0, 9)]),
        ("(date:)", [(Kind.MISSING_VALUE, 1, 6)]),
        # values
        ("date:soon", [(Kind.BAD_DATE, 5, 9)]),
        ("date:2023-02-30", [(Kind.BAD_DATE, 5, 15)]),
        ('date:"29 february 2023"', [(Kind.BAD_DATE, 6, 22)]),
        ("date:[2023 to 2024]", [(Kind.BAD_DATE, 5, 19)]),
        ("date:[2024 TO 2023]", [(Kind.BAD_RANGE, 5, 19)]),
        ("date:{2023-01 TO 2023-02}", [(Kind.BAD_RANGE, 5, 25)]),
        ("since:none", [(Kind.BAD_DATE, 6, 10)]),
        ("since:2023..2024", [(Kind.BAD_DATE, 6, 16)]),
        ("date:last week", [(Kind.BAD_DATE, 5, 9)]),
        ("words:many", [(Kind.BAD_NUMBER, 6, 10)]),
        ("words:-5", [(Kind.BAD_NUMBER, 6, 8)]),
        ("words:99999999999", [(Kind.BAD_NUMBER, 6, 17)]),
        ("words:[300 TO 100]", [(Kind.BAD_RANGE, 6, 18)]),
        ("words:300..100", [(Kind.BAD_RANGE, 6, 14)]),
        ("words:{300 TO 301}", [(Kind.BAD_RANGE, 6, 18)]),
        ("words:<0", [(Kind.BAD_RANGE, 6, 8)]),
        ("words:[100 TO 200 TO 300]", [(Kind.BAD_NUMBER, 6, 25)]),
        ("date:>9999", [(Kind.BAD_DATE, 5, 10)]),
        ("date:{9999 TO *]", [(Kind.BAD_DATE, 5, 16)]),
        ("after:9999", [(Kind.BAD_DATE, 6, 10)]),
        ("before:0001", [(Kind.BAD_DATE, 7, 11)]),
        ("since:*", [(Kind.BAD_DATE, 6, 7)]),
        ("since:>2023", [(Kind.BAD_DATE, 6, 11)]),
        ("date:since:2023", [(Kind.BAD_DATE, 5, 15)]),
        ("precision:days", [(Kind.BAD_VALUE, 10, 14)]),
        ("language:body:x", [(Kind.BAD_VALUE, 9, 15)]),
        ("byline:caps(US)", [(Kind.BAD_VALUE, 7, 15)]),
        ("a-b*", [(Kind.BAD_VALUE, 0, 4)]),
        ('"a ? b"', [(Kind.BAD_VALUE, 3, 4)]),
        ('"(*) a"', [(Kind.BAD_VALUE, 1, 4)]),
        # marks
        ("x^1000000000", [(Kind.BAD_NUMBER, 1, 12)]),
        ("x^", [(Kind.BAD_NUMBER, 1, 2)]),
        ("x^2^3 y", [(Kind.BAD_NUMBER, 1, 5)]),
        ("(a b)^2c", [(Kind.BAD_NUMBER, 5, 8)]),
        ("^2", [(Kind.MISSING_OPERAND, 0, 2)]),
        ("a ^2", [(Kind.MISSING_OPERAND, 2, 4)]),
        ("~2", [(Kind.MISSING_OPERAND, 0, 2)]),
        ('"a b"~2', [(Kind.MISSING_OPERAND, 5, 7)]),
        ("=caps(US)", [(Kind.BAD_VALUE, 0, 1)]),
        ("=(a b)", [(Kind.BAD_VALUE, 0, 1)]),
        ("=headline:a", [(Kind.BAD_VALUE, 0, 1)]),
        # several at once, in the order of their places
        ("foo:a (b OR", [(Kind.UNKNOWN_FIELD, 0, 4), (Kind.UNBALANCED_BRACKET, 6, 7), (Kind.MISSING_OPERAND, 9, 11)]),
        # code points, not bytes or UTF-16 units
        ("😀 é (東京", [(Kind.UNBALANCED_BRACKET, 4, 5)]),
        ("headline:OR x", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline:AND", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline:-x", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline:NOT x", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline:body:x", [(Kind.MISSING_VALUE, 0, 9)]),
        ("headline:foo:x", [(Kind.MISSING_VALUE, 0, 9), (Kind.UNKNOWN_FIELD, 9, 13)]),
    ],
)
def test_an_error_has_its_kind_and_place(text: str, expected: list[tuple[Kind, int, int]]) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.query is None
    assert [(d.kind, d.start, d.end) for d in parsed.errors] == expected
    assert all(d.severity is Severity.ERROR and d.is_error and d.message for d in parsed.errors)
    assert parsed.plain == ()


@pytest.mark.parametrize("text", ["&", "( & )", '""', '"…"', "- -", "caps()", "NOT &", "& OR ~"])
def test_a_query_without_any_word_is_an_error(text: str) -> None:
    parsed = parse(text)
    assert parsed.query is None
    assert {d.kind for d in parsed.diagnostics} <= {Kind.NO_WORD, Kind.MISSING_OPERAND}
    assert parsed.errors


@pytest.mark.parametrize(
    "text",
    [
        "= a",
        "a - b",
        "~50",
    ],
)
def test_stray_operators_get_a_diagnostic(text: str) -> None:
    assert parse(text).diagnostics


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("東*京", 0, 3),
        ("/東京.*/", 0, 6),
        ("東京~", 0, 3),
    ],
)
def test_patterns_of_unspaced_scripts_are_never_words(text: str, start: int, end: int) -> None:
    parsed = parse(text)
    if parsed.query is None:
        assert places(parsed) == [(Kind.NOT_SUPPORTED, start, end)]
    else:
        assert not any(isinstance(leaf, q.Term) for leaf in (parsed.query, *parsed.query.leaves()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cats or dogs", [(Kind.LOWER_CASE_OPERATOR, 5, 7)]),
        ("not me and you", [(Kind.LOWER_CASE_OPERATOR, 0, 3), (Kind.LOWER_CASE_OPERATOR, 7, 10)]),
        ('"cats or dogs"', []),
        ("Or And Not", []),
        ("a & b", [(Kind.NO_WORD, 2, 3)]),
        ('a "…"', [(Kind.NO_WORD, 2, 5)]),
        ("a OR &", [(Kind.NO_WORD, 5, 6)]),
        ("-a", [(Kind.ONLY_NEGATIVE, 0, 2)]),
        ("NOT a -b", [(Kind.ONLY_NEGATIVE, 0, 8)]),
        ("-(a b)", [(Kind.ONLY_NEGATIVE, 0, 6)]),
        ("-a OR -b", [(Kind.ONLY_NEGATIVE, 0, 8)]),
        ("a -b", []),
        ("a OR -b", []),
        ("date:none", []),
        ("NOT date:none", []),
        ("-a date:none", []),
        ("-(-a -b)", []),
        ("a b OR c", [(Kind.MIXED_OPERATORS, 0, 8)]),
        ("x (a OR b AND c)", [(Kind.MIXED_OPERATORS, 3, 15)]),
        ("(a b) OR c", []),
        ("a OR b OR c", []),
        ("a OR (b c)", []),
        ("(a OR b) c", []),
    ],
)
def test_a_hint_has_its_kind_and_place(text: str, expected: list[tuple[Kind, int, int]]) -> None:
    parsed = parse(text)
    assert parsed.query is not None
    assert places(parsed) == expected
    assert all(d.severity is Severity.HINT and not d.is_error and d.message for d in parsed.diagnostics)


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("headlin:x", "headline:x"),
        ("headlines:x", "headline:x"),
        ("lede:x", "lead:x"),
        ("dates:2023", "date:2023"),
        ("precision:days", "precision:day"),
        ("precision:DAYS", "precision:day"),
        ("words:[300 TO 100]", "words:[100 TO 300]"),
        ("words:300..100", "words:[100 TO 300]"),
        ("date:[2023-03 TO 2023-01]", "date:[2023-01 TO 2023-03]"),
        ("date:2023-03..2023-01", "date:2023-01..2023-03"),
        ("date:2023-02-01T13:33", "date:2023-02-01"),
        ("a OR b c", "a OR (b c)"),
        ("x (a AND b OR c)", "x ((a AND b) OR c)"),
        ("cats or dogs", "cats OR dogs"),
    ],
)
def test_applying_the_suggestion_of_a_diagnostic_gives_a_valid_query(text: str, mended: str) -> None:
    (diagnostic,) = parse(text, today=TODAY).diagnostics
    assert diagnostic.suggestion is not None
    assert text[: diagnostic.start] + diagnostic.suggestion + text[diagnostic.end :] == mended
    again = parse(mended, today=TODAY)
    assert again.query is not None
    assert again.diagnostics == ()


def test_diagnostic_is_written_as_a_dictionary() -> None:
    (diagnostic,) = parse("headlin:x").diagnostics
    assert diagnostic.to_dict() == {
        "kind": "unknown-field",
        "severity": "error",
        "message": diagnostic.message,
        "start": 0,
        "end": 8,
        "suggestion": "headline:",
    }


@pytest.mark.parametrize(
    ("text", "start", "end", "said"),
    [
        ("a /(b/", 2, 6, "a bracket is never closed"),
        ("/b)/", 0, 4, "closes none"),
        ("/*/", 0, 3, "nothing to repeat"),
        ("/a**/", 0, 5, "repeats is repeated"),
        ("/[z-a]/", 0, 7, "no such range"),
        ("/a{1001}/", 0, 9, "too large"),
        ("/((a{99}){99}){99}/", 0, 19, "too large"),
        (r"/\y/", 0, 4, "no such escape"),
        ("/(?=a)/", 0, 7, "are not supported"),
        ("//", 0, 2, "empty"),
        ("/a b/", 0, 5, "white space"),
        ("é /ab", 2, 3, "never closed"),
        ("/usr/local", 0, 10, "ends at its second /"),
        ("headline:/(/", 9, 12, "never closed"),
        ("x~3", 0, 3, "x~2"),
        ("x~0", 0, 3, "x~"),
        ("x~" + "9" * 5000, 0, 5002, "x~2"),
        ("Indo-Pacific~", 0, 13, "one word"),
        ("jap*~", 0, 5, "without * or ?"),
        ("/\ud800/", 0, 3, "half a character"),
    ],
)
def test_a_bad_pattern_says_where_and_why(text: str, start: int, end: int, said: str) -> None:
    (error,) = parse(text).errors
    assert (error.kind, error.start, error.end) == (Kind.BAD_PATTERN, start, end)
    assert said in error.message


@pytest.mark.parametrize("text", ["a" * 1_001 + "*", "a" * 1_001 + "~", "/" + "a" * 1_001 + "/"])
def test_a_long_pattern_is_an_error(text: str) -> None:
    assert [d.kind for d in parse(text).errors] == [Kind.TOO_LONG]
