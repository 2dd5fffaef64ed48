"""Long, deep and hostile queries are bounded in size and time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from searchidx.query import Kind, parse
from searchidx.query.parser import MAX_DEPTH, MAX_LENGTH
from searchidx.query.term_builder import MAX_TERMS


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
