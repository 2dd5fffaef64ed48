"""Translation of query trees, without a cluster: patterns match enough, queries stay small, exactness is known."""

from __future__ import annotations

import random
import re
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from whoosh import query as q

from searchidx.engines.bm25 import HEADLINE_WEIGHT, PAIR_WEIGHT
from searchidx.engines.opensearch.metadata_queries import id_bounds
from searchidx.engines.opensearch.pattern_translator import (
    ExpansionCache,
    escape,
    is_same_language,
    lucene_regexp,
    pattern_predicate,
)
from searchidx.engines.opensearch.query_dsl import MATCH_NONE, MAX_CLAUSES, DslQuery, all_of, clause_count, negated
from searchidx.engines.opensearch.query_translator import QueryTranslator
from searchidx.engines.opensearch.word_terms import WordTerms
from searchidx.engines.reference.match import word_predicate
from searchidx.engines.testing.random_articles import random_article
from searchidx.engines.testing.random_queries import RandomQueries, format_tree
from searchidx.query import parse
from searchidx.query.nodes import Adjacent, Near
from searchidx.stemming import ENGLISH

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
@example(q.Regex("text.folded", "[^][a]b"), "cb")  # a class with both brackets
def test_lucene_regexp_matches_every_word_of_the_pattern(pattern: Any, word: str) -> None:
    """Python reads these expressions as Lucene does."""
    try:
        expected = word_predicate(pattern)(word)
    except ValueError:  # an invalid regular expression
        return
    assert pattern_predicate(pattern)(word) is expected
    if expected:
        assert re.fullmatch(lucene_regexp(pattern), word, re.DOTALL), (pattern, word, lucene_regexp(pattern))
    elif is_same_language(pattern):
        assert not re.fullmatch(lucene_regexp(pattern), word, re.DOTALL)


@given(st.text(max_size=8), st.text(max_size=8))
def test_escaped_text_matches_itself_only(text: str, other: str) -> None:
    assert re.fullmatch(escape(text), text)
    assert (re.fullmatch(escape(text), other) is not None) == (text == other)


def translator(words: int = 3, is_narrow: bool = False) -> QueryTranslator:
    def materialize(query: DslQuery) -> DslQuery:
        assert clause_count(query) <= MAX_CLAUSES
        return {"terms": {"order": []}}

    expansions = ExpansionCache(
        lambda pattern: [f"w{n}" for n in range(words)],
        lambda pattern: is_narrow and is_same_language(pattern) and "printed" not in pattern.fieldname,
        lambda: False,
    )
    return QueryTranslator(expansions, WordTerms([ENGLISH]), materialize, numbered, id_bounds)


def numbered(docs: Collection[int]) -> DslQuery:
    return {"terms": {"order": list(docs)}}


@pytest.mark.parametrize("is_narrow", [False, True])
@pytest.mark.parametrize("words", [0, 1, 100, 9_000])
def test_queries_of_random_trees_stay_within_the_clause_limit(words: int, is_narrow: bool) -> None:
    rng = random.Random(words)
    trees = RandomQueries([random_article(rng, f"a{n}") for n in range(20)])
    for seed in range(90):
        tree = trees.with_seed(seed).tree(seed % 6)
        translated = translator(words, is_narrow)
        bounds = translated.bounds(tree)
        assert max(clause_count(bounds.loose), clause_count(bounds.tight)) <= MAX_CLAUSES, format_tree(tree)
        assert clause_count(translated.ranked_query(tree, [])) <= MAX_CLAUSES, format_tree(tree)
        assert sum(map(clause_count, translated.scoring_queries(tree))) <= MAX_CLAUSES // 2, format_tree(tree)
        assert bounds.is_exact or translated.inexact or translated.has_materialized, format_tree(tree)


@pytest.mark.parametrize("joined", [" OR ", " AND "])
@pytest.mark.parametrize("part", ["w{0}", '"a w{0}"', "a w/{1} w{0}", "headline:w{0}", "NOT w{0}", "(w{0} OR x{0})"])
def test_long_query_stays_exact_and_within_the_clause_limit(joined: str, part: str) -> None:
    tree = parse(joined.join(part.format(n, 1 + n % 9) for n in range(300))).query
    assert tree is not None
    bounds = translator().bounds(tree)
    assert bounds.is_exact
    assert clause_count(bounds.loose) <= MAX_CLAUSES


def test_neighbouring_words_score_as_a_phrase_in_each_zone() -> None:
    """A pair weighs PAIR_WEIGHT, times the weights around it and that of the zone."""
    tree = parse("(central banks)^3 -(bond yields)").query
    assert tree is not None
    phrases = [query["bool"] for query in translator().scoring_queries(tree) if "match_phrase" in str(query)]
    text = {"query": "central\nbank"}
    assert phrases == [
        {
            "must": [{"match_phrase": {f"{zone}.stem": text}}],
            "boost": pytest.approx(3 * PAIR_WEIGHT * weight),
        }
        for zone, weight in (("headline", HEADLINE_WEIGHT), ("body", 1.0))
    ]


def test_translation_of_these_queries_is_exact() -> None:
    for query in (
        "bank", '"interest rates"', "a w/5 b", '"a b" w/5 c', "a pre/s b", "a w/p (b OR c)", "atleast3(a)",
        "a NOT w/5 b", "caps(US)", "=banks", "japan*", '"japan* bank"', "lead:(a w/3 b)", "date:2023", "NOT a", "a^2",
    ):  # fmt: skip
        translated = translator()
        assert translated.bounds(parse(query).query).is_exact, query
        assert translated.inexact == []


def test_translation_of_these_queries_needs_a_recheck() -> None:
    for query in (
        "(a w/5 b) w/5 c",
        '"a b" w/5 "b c"',
        "a NOT w/s b",
        "a NOT w/5 a",
        "atleast2(a w/5 b)",
        'atleast2("a b")',
    ):
        translated = translator()
        bounds = translated.bounds(parse(query).query)
        assert not bounds.is_exact, query
        assert len(translated.inexact) == 1
    none = translator().bounds(Near(q.Term("text", ""), q.Term("text", "a"), 5))
    assert none.loose is MATCH_NONE


def test_ranked_query_evaluates_each_leaf_once() -> None:
    made = translator(is_narrow=True)
    conditions: list[DslQuery] = [{"range": {"order": {"lt": 9}}}]
    text = {"query": "central\nbank"}
    tree = parse("central bank -bond date:2023").query
    assert tree is not None
    ranked = made.ranked_query(tree, conditions)
    assert ranked is not None
    found = ranked["bool"]
    assert [[clause_count(query) for query in each["bool"]["should"]] for each in found["must"]] == [[1, 1], [1, 1]]
    assert [query["bool"]["must"][0] for query in found["should"]] == [
        {"match_phrase": {f"{zone}.stem": text}} for zone in ("headline", "body")
    ]
    assert found["must_not"] == [made.bounds(parse("bond").query).loose]
    assert found["filter"] == [made.bounds(parse("date:2023").query).loose, all_of(conditions)]
    tree = parse("japan* OR bank OR caps(US)").query
    assert tree is not None
    ranked = made.ranked_query(tree, conditions)
    assert ranked is not None
    assert len(ranked["bool"]["should"]) == 6
    assert ranked["bool"]["minimum_should_match"] == 1
    assert ranked["bool"]["filter"] is conditions  # so that a point in time that is opened again changes them


@pytest.mark.parametrize(
    "query",
    ["a OR (b c)", "a OR date:2023", "atleast3(a)", "(a w/5 b) w/5 c", "a^0 OR b", "date:2023", "a -(b w/5 (c w/5 d))"],
)
def test_trees_that_are_filtered_and_scored_apart(query: str) -> None:
    tree = parse(query).query
    assert tree is not None
    assert translator(is_narrow=True).ranked_query(tree, []) is None


def test_documented_example_has_the_stated_bounds() -> None:
    """The example in the docstring of `query_translator`: NOT swaps the loose and the tight query."""
    inner = translator().bounds(parse("deficit w/2 rate").query)
    crisis = translator().bounds(parse("crisis").query)
    bank = translator().bounds(parse("bank").query)
    both = all_of([crisis.loose, inner.loose])
    bounds = translator().bounds(parse("bank NOT (crisis w/5 (deficit w/2 rate))").query)
    assert inner.is_exact
    assert bounds.loose == all_of([bank.loose, negated(MATCH_NONE)])
    assert bounds.tight == all_of([bank.loose, negated(both)])


def test_phrase_with_too_many_readings_is_rechecked() -> None:
    expansions = ExpansionCache(lambda _: ["a"] * 40, lambda _: False, lambda: False)
    words = WordTerms((ENGLISH, "de", "fr", "es"))
    made = QueryTranslator(expansions, words, lambda _: numbered([1]), numbered, id_bounds)
    assert made.bounds(q.Phrase("text", ["bank", "rates"])).is_exact
    assert not made.bounds(q.Phrase("text", ["elections"] * 7)).is_exact
    assert made.bounds(Adjacent([q.Prefix("text.folded", "a"), q.Term("text.folded", "b")])).is_exact
    assert not made.bounds(Adjacent([q.Prefix("text.folded", "a")] * 2)).is_exact
