"""Patterns: the words they match, the limit on their number, and bounded time; in every engine."""

from __future__ import annotations

import random
import re
import string
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cluster_engine import ENGINES, require_engine
from hypothesis import given
from hypothesis import strategies as st
from whoosh import query as q

from searchidx import Article, QueryError
from searchidx.archive import Archive
from searchidx.engines import query_limits
from searchidx.engines.contract import Engine, Snapshot
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.embedded.pattern_expansion import _match_fuzzy
from searchidx.engines.reference.match import word_predicate
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.engines.testing.random_articles import commit_batches
from searchidx.query import Kind

WORDS = (
    "café cafes cafeteria kafe safe caf Ångström woman women womb "
    "stoltenburg stoltenberg Stotlenberg 東京都 x2 ab ba".split()
)


def articles(words: list[str]) -> list[Article]:
    return [Article(f"a{n}", body=word, byline=word) for n, word in enumerate(words)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return require_engine(request.param, request).create(tmp_path / "index")


def found(archive: Archive, query: str) -> set[str]:
    return {WORDS[int(id[1:])] for id in archive.ids(query)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("caf*", "café cafes cafeteria caf"),
        ("wom?n", "woman women"),
        ("*a?e*", "café kafe safe cafes cafeteria"),
        ("/[ck]afe/", "café kafe"),
        ("/CAFÉ.+/", "cafes cafeteria"),
        ("/caf/", "caf"),
        ("/af/", ""),
        ("/.*(a+)+$/", "cafeteria ba"),
        (r"/\w\d/", "x2"),
        ("/東.*/", None),
        ("/ångström/", "Ångström"),
        (r"/\pL{3}/", "caf"),
        ("cafe~", "café cafes kafe safe caf"),
        ("café~2", "café cafes kafe safe caf"),
        ("stoltenberg~", "stoltenburg stoltenberg"),
        ("stoltenberg~2", "stoltenburg stoltenberg Stotlenberg"),  # two letters that changed places are two edits
        ("ab~", "ab"),
        ("angstrom~", "Ångström"),
        ("byline:/caf.s/", "cafes"),
        ("byline:cafs~", "café cafes caf"),
        ("byline:wom?n", "woman women"),
    ],
)
def test_pattern_matches_words(engine: Engine, query: str, expected: str | None) -> None:
    commit_batches(engine, [articles(WORDS)])
    archive = Archive(engine)
    if expected is None:
        with pytest.raises(QueryError):
            archive.ids(query)
    else:
        assert found(archive, query) == set(expected.split())


def edits(a: str, b: str) -> int:
    """The Levenshtein distance, by definition."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return edits(a[1:], b[1:])
    return 1 + min(edits(a[1:], b), edits(a, b[1:]), edits(a[1:], b[1:]))


@given(
    st.lists(st.text("abé東", min_size=1, max_size=6), min_size=1, max_size=12),
    st.text("abé東", min_size=1, max_size=6),
)
def test_fuzzy_match_uses_levenshtein_distance(words: list[str], word: str) -> None:
    class Names:
        def code_points(self, first: int, stop: int) -> tuple[Any, Any]:
            ends = np.cumsum([len(name) for name in words[first:stop]])
            return np.array([ord(char) for name in words[first:stop] for char in name], "<u4"), ends

    for most in (0, 1, 2, 3):
        expected = [n for n, name in enumerate(words) if edits(word, name) <= most]
        assert _match_fuzzy(word, most, Names(), range(len(words)), 0) == expected  # type: ignore[arg-type]


regexes = st.lists(
    st.sampled_from(("a", "b", ".", ".*", "[ab]", "a+", "b?", "(a|ba)*", "c{2}")), min_size=1, max_size=5
)


def test_regex_agrees_with_python(tmp_path: Path) -> None:
    rng = random.Random(7)
    words = ["".join(rng.choice("abc") for _ in range(rng.randint(1, 6))) for _ in range(200)]
    engine = EmbeddedEngine.create(tmp_path / "index")
    commit_batches(engine, [articles(words[:90]), articles(words)[90:]])
    snapshot = engine.snapshot()

    @given(regexes)
    def check(pieces: list[str]) -> None:
        pattern = "".join(pieces)
        expected = sorted({word for word in words if re.fullmatch(pattern, word)})
        assert snapshot.expand(q.Regex("text.folded", pattern)) == expected
        assert snapshot.expand(q.Regex("byline", pattern)) == expected

    check()


def answer(snapshot: Snapshot, tree: Any) -> tuple[int, list[str]] | None:
    """The number of articles and the words that a pattern matches; None if it is too broad."""
    try:
        return snapshot.search(tree, limit=0).total, snapshot.expand(tree)
    except QueryError as error:
        (diagnostic,) = error.diagnostics
        assert (diagnostic.kind, diagnostic.is_error) == (Kind.BROAD_PATTERN, True)
        return None


@given(st.text("ab*?", max_size=7), st.text("ab\n", max_size=8))
def test_wildcard_agrees_with_a_regular_expression(pattern: str, word: str) -> None:
    expected = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    found = word_predicate(q.Wildcard("text", pattern))(word)
    assert found is (re.fullmatch(expected, word, re.DOTALL) is not None)


def test_wildcard_with_many_stars_is_fast(engine: Engine) -> None:
    """In search and in highlighting; with backtracking, this one would take years."""
    commit_batches(engine, [articles(["a" * 100 + " " + "a" * 30 + "b"])])
    (hit,) = Archive(engine).search("*" + "a*" * 20 + "b")
    assert hit.snippet.spans == ((101, 132),)


@pytest.mark.parametrize("field", ["text", "text.folded", "text.printed", "headline.folded", "byline", "keyword"])
def test_limit_counts_live_words_whatever_the_segments(
    field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(3)
    words = ["".join(rng.choice("aAbé") for _ in range(rng.randint(1, 3))) for _ in range(120)]
    made = [
        Article(f"a{n}", headline=words[n - 1], body=f"{word} {words[n // 2]}s", byline=word, keywords=[word])
        for n, word in enumerate(words)
    ]
    gone = [each.id for each in made[::3]]
    snapshots: list[Snapshot] = []
    for name, kind, batches in (
        ("reference", ReferenceEngine, [made, gone]),
        ("parted", EmbeddedEngine, [made[:70], made[70:110], made[110:], gone]),
        ("whole", EmbeddedEngine, [made, gone]),
        ("kept", EmbeddedEngine, [[each for each in made if each.id not in gone]]),
    ):
        engine = kind.create(tmp_path / name)
        commit_batches(engine, batches)
        snapshots.append(engine.snapshot())
    patterns = [
        q.Prefix(field, "a"),
        q.Wildcard(field, "*b*"),
        q.Regex(field, ".{2}"),
        q.FuzzyTerm(field, "ab", maxdist=1, prefixlength=0),
        q.FuzzyTerm(field, "ab", maxdist=2, prefixlength=1),
        q.TermRange(field, "ab", "b"),
    ]
    refused = 0
    for limit in (0, 1, 2, 3, 5, 7, 8, 9, 11, 13, 16, 20, 30, 100):
        monkeypatch.setattr(query_limits, "MAX_EXPANSION", limit)
        for tree in patterns:
            expected, *others = [answer(snapshot, tree) for snapshot in snapshots]
            assert others == [expected] * 3, (limit, tree)
            refused += expected is None
            assert expected is None or len(expected[1]) <= limit
    assert 10 < refused < 80


def test_too_broad_pattern_is_an_error_with_a_place(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_batches(engine, [articles(WORDS)])
    archive = Archive(engine)
    monkeypatch.setattr(query_limits, "MAX_EXPANSION", 3)
    assert len(archive.ids("wom*")) == 3
    for query, at in (("é caf*", 2), ("x NOT headline:c*", 15), ("/c.*/", 0), ("x OR cafe~2", 5), ("byline:c*", 7)):
        for ask in (archive.ids, archive.search):
            with pytest.raises(QueryError, match=r"matches more than 3 words: add letters") as raised:
                ask(query)
            assert raised.value.query == query
            assert [(d.kind, d.start) for d in raised.value.diagnostics if d.is_error] == [(Kind.BROAD_PATTERN, at)]


def test_pattern_on_an_unknown_field_matches_nothing(engine: Engine) -> None:
    commit_batches(engine, [articles(WORDS)])
    assert Archive(engine)._snapshot.expand(q.Prefix("nowhere", "a")) == []


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Forty thousand words, and some that are hard for patterns."""
    rng = random.Random(11)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(3, 12))) for _ in range(40_000)]
    words += ["a" * 30_000 + "b", "a" * 60, "ab" * 5_000]
    engine = EmbeddedEngine.create(tmp_path_factory.mktemp("many") / "index")
    commit_batches(engine, [[Article(f"a{n}", body=" ".join(words[n::400])) for n in range(400)]])
    return Archive(engine)


@pytest.mark.parametrize(
    "query",
    [
        "/(a+)+$/",
        "/(.*a){30}/",
        "/((a|b|.){1,30}){1,30}/",
        "/(.?){200}(a?){200}a{200}/",
        "/(.?){900}(a?){900}a{900}/",
        "*a*b*c*",
        "?????*",
        "*" + "a" * 900 + "c*",
        "*a" * 400,
        "?" * 900 + "*",
        "*a*",
        "a" * 1000 + "~2",
        "stoltenburg~2",
        " OR ".join(f"{a}{b}*" for a in "abcdefgh" for b in "xyz"),
    ],
    ids=lambda query: query[:24],
)
def test_every_pattern_is_fast(many: Archive, query: str) -> None:
    began = time.process_time()
    try:
        many.ids(query)
    except QueryError:
        pass
    assert time.process_time() - began < 3
