"""Query texts become trees."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from query_texts import query_texts
from whoosh import query as q

from searchidx.query import Diagnostic, Severity, parse
from searchidx.query.nodes import NODES, WholeValue
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
    elif isinstance(tree, WholeValue):
        found = f"{tree.fieldname}:={tree.value!r}"
    elif isinstance(tree, NODES):
        found = f"{type(tree).__name__}[{', '.join(map(shape, operands(tree)))}]"
    else:
        assert tree == q.NullQuery, tree
        return "nothing"
    return found if tree.boost == 1.0 else f"{found}^{tree.boost:g}"


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
        ("page:=A1", "page:a1"),
        # whole values
        ("byline:=Doe", "byline:='doe'"),
        ('site:="The  Lagoon-Times"^2', "source:='the lagoon times'^2"),
        ("-tag:=“C*”", "!keyword:='c'"),
        ("language:=en_GB", "language:='en-gb'"),
        ('lang:="de"', "language:='de'"),
        ('source:(="The Day" OR =Other)', "(source:='the day' | source:='other')"),
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


def test_a_weight_leaves_the_null_query_alone() -> None:
    before = getattr(q.NullQuery, "boost", 1.0)
    try:
        parse("(after:9999)^2")
        assert getattr(q.NullQuery, "boost", 1.0) == before
    finally:
        q.NullQuery.boost = before


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"http://post.example/a?x=1&y=2"', 'text.folded:"http post example a x 1 y 2"'),
        ("http://post.example/a?x=1", 'text:"http post example a x 1"'),
        ('צה"ל', 'text:"צה ל"'),
        ('צה"ל ארה"ב', '(text:"צה ל" & text:"ארה ב")'),
        ('"צה"ל ירה"', 'text.folded:"צה ל ירה"'),
    ],
)
def test_addresses_and_hebrew_abbreviations_are_words(text: str, expected: str) -> None:
    parsed = parse(text)
    assert not parsed.errors
    assert shape(parsed.tree) == expected


def test_exclamation_mark_before_a_word_gives_a_hint() -> None:
    parsed = parse("oil !harbour")
    [hint] = parsed.diagnostics
    assert (hint.start, hint.end, hint.suggestion) == (4, 12, "-harbour")
    assert not parse("Yahoo! harbour").diagnostics
