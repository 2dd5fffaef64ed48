"""Valid queries, generated from the grammar of the language."""

from __future__ import annotations

import re

from hypothesis import strategies as st

WORD_LIST = (
    "bank", "Banks", "happily", "generalized", "Indo-Pacific", "9/11", "U.S.", "AT&T", "東京都", "a", "Café", "or", "ü",
)  # fmt: skip
WORDS = st.sampled_from(WORD_LIST)
FIELDS = st.sampled_from(["headline", "body", "lead", "text", "hlead"])


def weighted(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Queries of a strategy, two in five with a weight; a part has at most one weight."""
    unweighted = inner.filter(lambda text: not re.search(r"\^[\d.]+\Z", text))
    return st.one_of(inner, inner, inner, unweighted.map("{}^2".format), unweighted.map("{}^0.25".format))


def phrases(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=4).map(lambda words: f'"{" ".join(words)}"')


PATTERNS = st.sampled_from(["japan*", "wom?n", "*a*b", "/stolt.*g/", "/a\\/b|[c-e]+/", "stoltenburg~", "naïve~2", "Ü*"])
LEAVES = weighted(
    st.one_of(
        WORDS,
        WORDS.map(lambda word: f"={word}"),
        WORDS.map(lambda word: f"caps({word})"),
        phrases(WORDS),
        phrases(st.one_of(WORDS, PATTERNS)),
        PATTERNS,
        st.tuples(FIELDS, WORDS).map(lambda pair: f"{pair[0]}:{pair[1]}"),
        st.tuples(FIELDS, phrases(WORDS)).map(lambda pair: f"{pair[0]}:{pair[1]}"),
        st.tuples(FIELDS, PATTERNS).map(lambda pair: f"{pair[0]}:{pair[1]}"),
    )
)
VALUES = (
    st.sampled_from(
        [
            "byline:smith", 'byline:"Jane Smith"', "author:o'brien", "section:world*", "keyword:/x.*/", "tag:trade~",
            "url:https://a.com/x?y=1", "id:urn:x", "lang:en-GB", "precision:day", "words:>500", "words:[100 TO 300]",
            "date:2023", "date:2023-02-28", "since:2023-02", "before:2020", "date:none", "date:*", "date:yesterday",
            'date:"last week"', "headline:*", "*", "date:[* TO 2023-02]", "words:[* TO *]",
        ]
    )
)  # fmt: skip


def near(operand: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["w/5", "NEAR/1", "pre/3", "w/s", "W/P", "pre/s", "NOT w/2", "NOT pre/7", "w/1000"])
    return st.one_of(
        st.tuples(operand, operators, operand).map(lambda parts: f"({' '.join(parts)})"),
        st.tuples(operand, operators, operand, operators, operand).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(operand, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
        st.tuples(st.integers(1, 9), operand).map(lambda pair: f"atleast{pair[0]}({pair[1]})"),
    )


PLAIN = WORDS | phrases(st.one_of(WORDS, PATTERNS)) | PATTERNS | WORDS.map(lambda word: f"={word}^3")
NEAR = weighted(st.recursive(PLAIN, near, max_leaves=6))
QUERIES = st.recursive(
    st.one_of(LEAVES, VALUES, NEAR),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(" AND ".join),
        weighted(st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})")),
        inner.map(lambda text: f"NOT ({text})"),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"({text})^1.5"),
        st.tuples(FIELDS, PLAIN, PLAIN).map(lambda parts: f"{parts[0]}:({parts[1]} w/4 {parts[2]})"),
    ),
    max_leaves=8,
)
