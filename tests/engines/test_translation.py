"""Trees as queries of a cluster's, without one: patterns say enough, and no query has too many parts."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from corpora import article
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trees import Trees, show
from whoosh import query as q

from searchidx.engines.opensearch import pattern_translator
from searchidx.engines.opensearch.pattern_translator import escaped, expression
from searchidx.engines.opensearch.query_translator import (
    MAX_CLAUSES,
    NONE,
    Query,
    Translator,
    size_of,
)
from searchidx.engines.reference.match import word_predicate
from searchidx.query import parse
from searchidx.query.nodes import Near

WORDS = st.text("abcé-.東[", max_size=6)
PIECES = st.sampled_from(
    [
        "a",
        "b",
        "é",
        ".",
        "[ab]",
        "[^a]",
        "[a-c]",
        r"\pL",
        r"\w",
        r"\.",
        "(a|b)",
        "(?:ab|)",
        "(|c)",
        "a*",
        "b+?",
        "c{1,2}",
    ]
    + [".*", "^", "$", r"\b", "(ab)*", "[]a]", "[[:alpha:]]", r"[\d.]", "|", "(?i)a"]
)
PATTERNS = st.one_of(
    WORDS.map(lambda text: q.Prefix("text.folded", text)),
    st.text("ab*?.", max_size=6).map(lambda text: q.Wildcard("text.folded", text)),
    st.lists(PIECES, min_size=1, max_size=4).map(lambda pieces: q.Regex("text.folded", "".join(pieces))),
    st.tuples(WORDS, st.integers(0, 3), st.integers(0, 3)).map(
        lambda given: q.FuzzyTerm("text.folded", given[0], maxdist=given[1], prefixlength=given[2])
    ),
    st.tuples(st.none() | WORDS, st.none() | WORDS).map(lambda ends: q.TermRange("text.folded", *ends)),
)


@settings(max_examples=400)
@given(PATTERNS, WORDS)
@example(q.Regex("text.folded", "[^][a]b"), "cb")  # a class that names both brackets
def test_what_a_pattern_stands_for_its_expression_matches(pattern: Any, word: str) -> None:
    """Python reads what is made of patterns as Lucene does."""
    try:
        expected = word_predicate(pattern)(word)
    except ValueError:  # no regular expression
        return
    assert pattern_translator.tester(pattern)(word) is expected
    if expected:
        assert re.fullmatch(expression(pattern), word, re.DOTALL), (pattern, word, expression(pattern))
    elif pattern_translator.is_whole(pattern):
        assert not re.fullmatch(expression(pattern), word, re.DOTALL)


@given(st.text(max_size=8), st.text(max_size=8))
def test_what_is_escaped_is_itself(text: str, other: str) -> None:
    assert re.fullmatch(escaped(text), text)
    assert (re.fullmatch(escaped(text), other) is not None) == (text == other)


def translator(words: int = 3) -> Translator:
    def listing(query: Query) -> Query:
        assert size_of(query) <= MAX_CLAUSES
        return {"terms": {"order": []}}

    return Translator(lambda pattern: [f"w{n}" for n in range(words)], lambda: False, listing)


@pytest.mark.parametrize("words", [0, 1, 100, 9_000])
def test_no_query_has_more_parts_than_lucene_takes(words: int) -> None:
    rng = random.Random(words)
    trees = Trees([article(rng, f"a{n}") for n in range(20)])
    for seed in range(90):
        tree = trees.seeded(seed).tree(seed % 6)
        made = translator(words)
        bounds = made.bounds(tree)
        assert max(size_of(bounds.upper), size_of(bounds.lower)) <= MAX_CLAUSES, show(tree)
        assert sum(map(size_of, made.scoring(tree))) <= MAX_CLAUSES // 2, show(tree)
        assert bounds.is_exact or made.inexact or made.has_listed, show(tree)


@pytest.mark.parametrize("joined", [" OR ", " AND "])
@pytest.mark.parametrize("part", ["w{0}", '"a w{0}"', "a w/{1} w{0}", "headline:w{0}", "NOT w{0}", "(w{0} OR x{0})"])
def test_many_parts(joined: str, part: str) -> None:
    tree = parse(joined.join(part.format(n, 1 + n % 9) for n in range(300))).query
    assert tree is not None
    bounds = translator().bounds(tree)
    assert bounds.is_exact
    assert size_of(bounds.upper) <= MAX_CLAUSES


def test_what_is_said_exactly() -> None:
    for query in (
        "bank", '"interest rates"', "a w/5 b", '"a b" w/5 c', "a pre/s b", "a w/p (b OR c)", "atleast3(a)",
        "a NOT w/5 b", "caps(US)", "=banks", "japan*", '"japan* bank"', "lead:(a w/3 b)", "date:2023", "NOT a", "a^2",
    ):  # fmt: skip
        made = translator()
        assert made.bounds(parse(query).query).is_exact, query
        assert made.inexact == []


def test_what_is_decided_here() -> None:
    for query in (
        "(a w/5 b) w/5 c",
        '"a b" w/5 "b c"',
        "a NOT w/s b",
        "a NOT w/5 a",
        "atleast2(a w/5 b)",
        'atleast2("a b")',
    ):
        made = translator()
        bounds = made.bounds(parse(query).query)
        assert not bounds.is_exact, query
        assert len(made.inexact) == 1
    none = translator().bounds(Near(q.Term("text", ""), q.Term("text", "a"), 5))
    assert none.upper is NONE
