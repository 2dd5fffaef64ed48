"""Query texts become trees and diagnostics."""

from __future__ import annotations

import datetime as dt
import itertools
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from query_texts import query_texts
from whoosh import query as q

from searchidx.query import Diagnostic, Kind, Parsed, Severity, parse
from searchidx.query.nodes import NODES
from searchidx.query.parser import MAX_DEPTH, MAX_LENGTH
from searchidx.query.term_builder import MAX_TERMS
from searchidx.query.traversal import operands

exact = settings(derandomize=True, deadline=None, max_examples=120)

TODAY = dt.date(2023, 2, 15)


def shape(tree: Any) -> str:
    """A tree on one line: `&`, `|`, `!`, `field:term`, `field:"a b"`, dates by their first and last day, `^boost`."""
    if isinstance(tree, q.DateRange):
        assert not tree.startexcl
        assert tree.endexcl
        first = "*" if tree.startdate is None else tree.startdate.date()
        last = "*" if tree.enddate is None else tree.enddate.date() - dt.timedelta(days=1)
        found = f"{tree.fieldname}:{first}..{last}"
    elif isinstance(tree, q.NumericRange):
        low = "*" if tree.start is None else tree.start + tree.startexcl
        high = "*" if tree.end is None else tree.end - tree.endexcl
        found = f"{tree.fieldname}:{low}..{high}"
    elif isinstance(tree, q.Term):
        found = f"{tree.fieldname}:{tree.text}"
    elif isinstance(tree, q.Phrase):
        assert tree.slop == 1
        found = f'{tree.fieldname}:"{" ".join(tree.words)}"'
    elif isinstance(tree, q.Regex):
        found = f"{tree.fieldname}:/{tree.text}/"
    elif isinstance(tree, q.FuzzyTerm):
        assert tree.prefixlength == 0
        found = f"{tree.fieldname}:{tree.text}~{tree.maxdist}"
    elif isinstance(tree, q.Prefix):
        found = f"{tree.fieldname}:{tree.text}*"
    elif isinstance(tree, q.Wildcard):
        found = f"{tree.fieldname}:{tree.text}"
    elif isinstance(tree, q.Every):
        found = f"{tree.fieldname or ''}:*"
    elif isinstance(tree, (q.And, q.Or)):
        found = f"({(' & ' if isinstance(tree, q.And) else ' | ').join(map(shape, tree.subqueries))})"
    elif isinstance(tree, q.Not):
        return f"!{shape(tree.query)}"
    elif isinstance(tree, NODES):
        found = f"{type(tree).__name__}[{', '.join(map(shape, operands(tree)))}]"
    else:
        assert tree == q.NullQuery, tree
        return "nothing"
    return found if tree.boost == 1.0 else f"{found}^{tree.boost:g}"


def places(parsed: Parsed) -> list[tuple[Kind, int, int]]:
    return [(d.kind, d.start, d.end) for d in parsed.diagnostics]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # words match their inflections, case and accents aside
        ("NATO Japan", "(text:nato & text:japan)"),
        ("  NATO\t\nJapan ", "(text:nato & text:japan)"),
        ("banks", "text:banks"),
        ("Cafés", "text:cafés"),
        ("the", "text:the"),
        ("U.S.", "text:us"),
        ("Japan’s", "text:japan"),
        ("Indo-Pacific", 'text:"indo pacific"'),
        ("9/11", 'text:"9 11"'),
        ("AT&T", 'text:"at t"'),
        ("12:30", 'text:"12 30"'),
        ("東京", "text:東京"),
        ("東京都", 'text:"東京 京都"'),
        ("東", "text.folded:東*"),
        ("東,", "text.folded:東*"),
        ("NATO…", "text:nato"),
        ("ANDy nOT ORs", "(text:andy & text:not & text:ors)"),
        # phrases as written, in straight or curly quotes
        ('"Taiwan Strait"', 'text.folded:"taiwan strait"'),
        ("“Taiwan Strait”", 'text.folded:"taiwan strait"'),
        ("„Taiwan Strait“", 'text.folded:"taiwan strait"'),
        ("«Taiwan Strait»", 'text.folded:"taiwan strait"'),
        ('"Bank of Japan’s"', 'text.folded:"bank of japan"'),
        ('"Banks"', "text.folded:banks"),
        ('"a AND (b) -c"', 'text.folded:"a and b c"'),
        ('NATO"a b"Japan', '(text:nato & text.folded:"a b" & text:japan)'),
        # boolean
        ("a AND b", "(text:a & text:b)"),
        ("a OR b", "(text:a | text:b)"),
        ("a OR b OR c", "(text:a | text:b | text:c)"),
        ("a -b", "(text:a & !text:b)"),
        ("a NOT b", "(text:a & !text:b)"),
        ("a AND NOT b", "(text:a & !text:b)"),
        ("a OR -b", "(text:a | !text:b)"),
        ('a -"b c"', '(text:a & !text.folded:"b c")'),
        ("a -(b OR c)", "(text:a & !(text:b | text:c))"),
        ("a NOT(b c)", "(text:a & !(text:b & text:c))"),
        ("(a OR b) c", "((text:a | text:b) & text:c)"),
        ("a (b c) d", "(text:a & text:b & text:c & text:d)"),
        ("((a))", "text:a"),
        ("a(b)c", "(text:a & text:b & text:c)"),
        ("a OR b c", "(text:a | (text:b & text:c))"),
        ("NOT a OR b", "(!text:a | text:b)"),
        ("a NOT b c", "(text:a & !text:b & text:c)"),
        ("a --b", "(text:a & text:b)"),
        ("NOT (NOT (b c))", "(text:b & text:c)"),
        ("well-known a-b", '(text:"well known" & text:"a b")'),
        # zones of the text, and their other names
        ("headline:banks", "headline:banks"),
        ("title:x intitle:x", "(headline:x & headline:x)"),
        ("body:x text:x", "(body:x & body:x)"),
        ("lead:x hlead:x", "(lead:x & lead:x)"),
        ("HeadLine:x", "headline:x"),
        ('headline:"Taiwan Strait"', 'headline.folded:"taiwan strait"'),
        ("headline:(a OR b) c", "((headline:a | headline:b) & text:c)"),
        ("headline:(a -b)", "(headline:a & !headline:b)"),
        ("headline:(a body:b)", "(headline:a & body:b)"),
        ("-headline:x a", "(!headline:x & text:a)"),
        ("headline:NATO-Japan", 'headline:"nato japan"'),
        # other fields: words folded, not stemmed
        ("byline:Doe author:Doe", "(byline:doe & byline:doe)"),
        ('byline:"Jane Doe"', 'byline:"jane doe"'),
        ("dateline:London", "dateline:london"),
        ("section:Sports", "section:sports"),
        ('source:"Meridian Wire" site:x', '(source:"meridian wire" & source:x)'),
        ("keyword:elections tag:x", "(keyword:elections & keyword:x)"),
        ("language:en-GB lang:EN_gb", "(language:en-gb & language:en-gb)"),
        ("id:feeds/wire.jsonl#3", "id:feeds/wire.jsonl#3"),
        ("(id:A-1)", "id:A-1"),
        ("id:-x", "id:-x"),
        ("id:x^2", "id:x^2"),
        ("url:example.com/a-b", 'url:"example com a b"'),
        ("byline:jap*", "byline:jap*"),
        ("keyword:*", "keyword:*"),
        # length in words
        ("ocr:<0.8", "ocr:*..0.7999"),
        ("ocr:[.5 TO 1}", "ocr:0.5..0.9999"),
        ("ocr:>0.25", "ocr:0.2501..*"),
        ("ocr:1", "ocr:1.0..1.0"),
        ("words:500", "words:500..500"),
        ("words:>500", "words:501..*"),
        ("words:>=500", "words:500..*"),
        ("words:<500", "words:*..499"),
        ("words:<=500", "words:*..500"),
        ("words:[100 TO 300]", "words:100..300"),
        ("words:{100 TO 300}", "words:101..299"),
        ("words:[100 TO 300}", "words:100..299"),
        ("words:[* TO 300]", "words:*..300"),
        ("words:[100 TO]", "words:100..*"),
        ("words:100..300", "words:100..300"),
        ("words:100..", "words:100..*"),
        # dates, on Wednesday 15 February 2023
        ("date:2023-02-01", "date:2023-02-01..2023-02-01"),
        ("date:2024-02", "date:2024-02-01..2024-02-29"),
        ("date:2023", "date:2023-01-01..2023-12-31"),
        ("date:[2023-01 TO 2023-03]", "date:2023-01-01..2023-03-31"),
        ("date:{2023-01 TO 2023-03}", "date:2023-02-01..2023-02-28"),
        ("date:[* TO 2023-01]", "date:*..2023-01-31"),
        ("date:[2023-01 TO ]", "date:2023-01-01..*"),
        ("date:2023-01..2023-03", "date:2023-01-01..2023-03-31"),
        ("date:>=2023-02", "date:2023-02-01..*"),
        ("date:<2023", "date:*..2022-12-31"),
        ("since:2023-02", "date:2023-02-01..*"),
        ("until:2023-02", "date:*..2023-02-28"),
        ("after:2023-02", "date:2023-03-01..*"),
        ("before:2023-02", "date:*..2023-01-31"),
        ("Date:today", "date:2023-02-15..2023-02-15"),
        ('date:"last week"', "date:2023-02-06..2023-02-12"),
        ("date:“last 30 days”", "date:2023-01-17..2023-02-15"),
        ('since:"february 2023"', "date:2023-02-01..*"),
        ("date:(2022 OR 2023-02-01)", "(date:2022-01-01..2022-12-31 | date:2023-02-01..2023-02-01)"),
        ("date:[* TO *]", "date:*"),
        ("date:*", "date:*"),
        ("until:9999", "date:*"),
        ("date:none", "!date:*"),
        ("precision:day", "precision:day"),
        ("precision:DAY", "precision:day"),
        # folded and printed forms
        ("=banks", "text.folded:banks"),
        ("=Cafés", "text.folded:cafes"),
        ('="Banks of"', 'text.folded:"banks of"'),
        ("headline:=banks", "headline.folded:banks"),
        ("byline:=Doe", "byline:doe"),
        ("caps(US)", "text.printed:US"),
        ("caps(U.S.)", "text.printed:US"),
        ("caps(Malmö)", "text.printed:Malmö"),
        ('caps("US Navy")', 'text.printed:"US Navy"'),
        ("headline:caps(US)", "headline.printed:US"),
        # wildcards compare folded forms
        ("japan*", "text.folded:japan*"),
        ("CAFÉ*", "text.folded:cafe*"),
        ("wom?n", "text.folded:wom?n"),
        ("*shima", "text.folded:*shima"),
        ("headline:ja*n", "headline.folded:ja*n"),
        ("*", ":*"),
        ("*東京*", "text.folded:東京"),
        # regular expressions over whole folded words; letters are folded, escapes are not
        ("/stolt.*g/", "text.folded:/stolt.*g/"),
        (r"/CAF[ÉA]\W\pL\p{Lu}+/", r"text.folded:/caf[ea]\W\pL\p{Lu}+/"),
        ("/cafe\u0301/", "text.folded:/cafe/"),
        (r"/a\/b/", r"text.folded:/a\/b/"),
        ("headline:/x.*/ byline:/y/", "(headline.folded:/x.*/ & byline:/y/)"),
        ("-/x/ (/y/)", "(!text.folded:/x/ & text.folded:/y/)"),
        ("/x/^2", "text.folded:/x/^2"),
        ("a/x/ / b", '(text:"a x" & text:b)'),
        # words as they may be misspelt
        ("stoltenburg~", "text.folded:stoltenburg~1"),
        ("Café~2 b", "(text.folded:cafe~2 & text:b)"),
        ("Japan’s~", "text.folded:japan~1"),
        ("headline:x~^2", "headline.folded:x~1^2"),
        ("byline:tanbe~", "byline:tanbe~1"),
        # weights
        ("x^2", "text:x^2"),
        ("x^0.5 y", "(text:x^0.5 & text:y)"),
        ('"a b"^3', 'text.folded:"a b"^3'),
        ("(a b)^2 c", "((text:a & text:b)^2 & text:c)"),
        ("(a OR b)^2", "(text:a | text:b)^2"),
        ("headline:x^2", "headline:x^2"),
        ("headline:(a b)^2", "(headline:a & headline:b)^2"),
        ("jap*^2", "text.folded:jap*^2"),
        ("=banks^2", "text.folded:banks^2"),
        ("caps(US)^2", "text.printed:US^2"),
    ],
)
def test_a_query_gives_this_tree(text: str, expected: str) -> None:
    parsed = parse(text, today=TODAY)
    assert [d.message for d in parsed.errors] == []
    assert shape(parsed.query) == expected
    assert parsed.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id:urn:x", "id:urn:x"),
        ("id:tag:a.com,2023:1", "id:tag:a.com,2023:1"),
        ("id:https://a.com/x", "id:https://a.com/x"),
        ("id:date:2023", "id:date:2023"),
        ("url:https://a.com/x?y=1", 'url:"https a com x y 1"'),
        ('url:"https://a.com/x?y=1"', 'url:"https a com x y 1"'),
        ("id:(urn:x OR date:y)", "(id:urn:x | id:date:y)"),
        ("id:-urn:x", "id:-urn:x"),
        ("url:https://a.com", 'url:"https a com"'),
        ("url:a.com/x?y=1", 'url:"a com x y 1"'),
        ("id:a(b", "id:a(b"),
        ('id:a"b', 'id:a"b'),
    ],
)
def test_values_of_id_and_url_run_to_the_next_space_or_bracket(text: str, expected: str) -> None:
    for query, wanted in ((text, expected), (f"({text})", expected), (f"{text} b", f"({expected} & text:b)")):
        assert shape(parse(query).query or q.NullQuery) == wanted


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NATO Japan", ("NATO", "Japan")),
        ("bank of japan", ("bank", "of", "japan")),
        ("NATO", ()),
        ("", ()),
        *[(text, ()) for text in ('"NATO Japan"', "NATO AND Japan", "NATO OR Japan", "NATO -Japan", "(NATO Japan)")],
        *[(text, ()) for text in ("headline:NATO Japan", "NATO Jap*", "=NATO Japan", "NATO^2 Japan", "caps(US) Japan")],
    ],
)
def test_plain_words_are_told_apart_from_queries_that_use_the_language(text: str, expected: tuple[str, ...]) -> None:
    assert parse(text).plain == expected


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


@settings(exact, max_examples=400)
@given(query_texts)
@example("headline:" * 40 + "x")
@example('caps("a)b")')
@example("(a OR b)^2^3")
@example('date:""')
def test_no_text_raises_and_every_diagnostic_points_into_it(text: str) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.text == text
    assert (parsed.query is None) == any(d.is_error for d in parsed.diagnostics)
    assert parsed.errors == tuple(d for d in parsed.diagnostics if d.severity is Severity.ERROR)
    for diagnostic in parsed.diagnostics:
        assert isinstance(diagnostic, Diagnostic)
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
        assert diagnostic.start < diagnostic.end or not text
        assert diagnostic.message
    leaves = [] if parsed.query is None else [parsed.query, *parsed.query.leaves()]
    for leaf in leaves:
        assert leaf.startchar is not None, leaf
        assert 0 <= leaf.startchar < leaf.endchar <= len(text)
    spans = [(d.start, d.end) for d in parsed.diagnostics]
    assert spans == sorted(spans)
    again = parse(text, today=TODAY)
    assert again.diagnostics == parsed.diagnostics
    if parsed.query is not None:
        assert shape(again.query) == shape(parsed.query)


# Formulas over four words: as a tree, and written with no more brackets than binding needs.
formulas = st.recursive(
    st.sampled_from("abcd"),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=8,
)
BINDING = {"or": 0, "and": 1, "not": 2}


def written(formula: Any, implied: bool, around: int = 0) -> str:
    if isinstance(formula, str):
        return formula
    name, *parts = formula
    binding = BINDING[name]
    inner = [written(part, implied, binding) for part in parts]
    if name == "not":
        text = f"-{inner[0]}" if implied else f"NOT {inner[0]}"
    else:
        text = (" OR " if name == "or" else " " if implied else " AND ").join(inner)
    return f"({text})" if binding < around else text


def holds(formula: Any, true: frozenset[str]) -> bool:
    if isinstance(formula, str):
        return formula in true
    name, *parts = formula
    if name == "not":
        return not holds(parts[0], true)
    return (any if name == "or" else all)(holds(part, true) for part in parts)


def tree_holds(tree: Any, true: frozenset[str]) -> bool:
    if isinstance(tree, q.Term):
        return tree.text in true
    if isinstance(tree, q.Not):
        return not tree_holds(tree.query, true)
    return (any if isinstance(tree, q.Or) else all)(tree_holds(part, true) for part in tree.subqueries)


@exact
@given(formulas, st.booleans())
@example(("or", "a", ("and", "b", ("not", ("or", "c", "d")))), True)
def test_not_binds_before_and_before_or(formula: Any, implied: bool) -> None:
    parsed = parse(written(formula, implied))
    for true in (frozenset(c) for n in range(5) for c in itertools.combinations("abcd", n)):
        assert tree_holds(parsed.query, true) == holds(formula, true)


@pytest.mark.parametrize(
    ("text", "kind", "start"),
    [
        ("a" * (MAX_LENGTH + 1), Kind.TOO_LONG, MAX_LENGTH),
        ("\ufdfa" * (MAX_LENGTH // 18 + 1), Kind.TOO_LONG, MAX_LENGTH // 18),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), Kind.TOO_DEEP, MAX_DEPTH),
        ("(" * 50_000, Kind.TOO_DEEP, MAX_DEPTH),
        ("headline:(" * 1_000 + "x", Kind.TOO_DEEP, MAX_DEPTH * len("headline:(") + len("headline:")),
        ("a " * (MAX_TERMS + 1), Kind.TOO_MANY_TERMS, 2 * MAX_TERMS),
        ('"' + "a " * (MAX_TERMS + 1) + '"', Kind.TOO_MANY_TERMS, 0),
    ],
    ids=["long", "ligatures", "brackets", "open brackets", "fields", "words", "phrase"],
)
def test_length_depth_and_word_count_are_bounded(text: str, kind: Kind, start: int) -> None:
    parsed = parse(text)
    assert parsed.query is None
    assert [(d.kind, d.start) for d in parsed.errors] == [(kind, start)]


@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(f"w{n}x" for n in range(1_000)),
        " ".join(f"w{n}x" for n in range(5_000)),
        "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH,
        "a " + "-" * 50_000 + "a",
        "a" * MAX_LENGTH,
        '"' + "東" * 5_000 + '"',
    ],
    ids=["or", "and", "brackets", "negations", "one word", "one run"],
)
def test_large_ordinary_queries_are_within_the_bounds(text: str) -> None:
    assert parse(text).diagnostics == ()
    assert parse(text).query is not None


def depth(tree: Any) -> int:
    """The depth of a tree, computed without recursion."""
    deepest, todo = 0, [(tree, 1)]
    while todo:
        at, level = todo.pop()
        deepest = max(deepest, level)
        todo += [(child, level + 1) for child in at.children()] if not at.is_leaf() else []
    return deepest


def test_no_tree_exceeds_the_depth_limit() -> None:
    parsed = parse("".join("NOT " * 99 + "(" for _ in range(90)) + "a" + ")" * 90)
    assert depth(parsed.query) == 1
    for levels in range(25, 60):
        # Each of these adds three levels, and the word within is one more.
        parsed = parse("".join("a OR b NOT (" for _ in range(levels)) + "a" + ")" * levels)
        if 3 * levels + 1 <= MAX_DEPTH:
            assert depth(parsed.query) == 3 * levels + 1
        else:
            assert [(d.kind, d.start) for d in parsed.errors] == [(Kind.TOO_DEEP, len("a OR b NOT (") * 33)]


@pytest.mark.parametrize("text", ["words:" + "9" * 5_000, "words:[1 TO " + "9" * 5_000 + "]"], ids=["number", "range"])
def test_a_huge_number_is_an_error(text: str) -> None:
    assert [d.kind for d in parse(text).errors] == [Kind.BAD_NUMBER]


def test_a_weight_leaves_the_null_query_alone() -> None:
    before = getattr(q.NullQuery, "boost", 1.0)
    try:
        parse("(after:9999)^2")
        assert getattr(q.NullQuery, "boost", 1.0) == before
    finally:
        q.NullQuery.boost = before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("words:[" + " " * 20_000 + "]", id="blanks"),
        pytest.param("a" * 90_000 + ":x", id="field"),
        pytest.param("x" + "^1" * 45_000, id="weights"),
        pytest.param("x" + "~1" * 45_000, id="edits"),
        pytest.param("a*" * 45_000, id="wildcards"),
        pytest.param("caps(" * 20_000, id="caps"),
        pytest.param("OR " * 30_000, id="operators"),
        pytest.param("foo:" * 20_000, id="fields"),
        pytest.param('"' * 99_999, id="quotes"),
    ],
)
def test_hostile_queries_parse_fast(text: str) -> None:
    began = time.process_time()
    parsed = parse(text)
    assert time.process_time() - began < (0.12 if text.startswith("words") else 4)
    assert parsed.text == text


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


def is_word(leaf: Any) -> bool:
    return isinstance(leaf, (q.Term, q.Phrase)) or not leaf.is_leaf()


@pytest.mark.parametrize("pattern", ["jap*", "w?n", "/x.*/", "stolt~2"])
@pytest.mark.parametrize("before", ["", "é (a OR headline:", "-", "東京 byline:"])
def test_a_pattern_has_its_place(before: str, pattern: str) -> None:
    text = before + pattern + (")" if "(" in before else "")
    query = parse(text).query
    (leaf,) = {
        id(leaf): leaf for leaf in (query, *query.leaves()) if leaf.startchar is not None and not is_word(leaf)
    }.values()
    assert text[leaf.startchar : leaf.endchar] == pattern
