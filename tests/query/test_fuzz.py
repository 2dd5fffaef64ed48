"""Any text parses to a tree or to errors, in bounded time, and both engines give the same answer."""

from __future__ import annotations

import datetime as dt
import gc
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cluster_engine import ClusterEngine, require_engine
from fuzz_queries import QueryFuzz, small_archive
from grammar import QUERIES, WORD_LIST
from hypothesis import given, settings
from query_texts import TOKENS, query_texts

from searchidx import Article, QueryError
from searchidx.archive import Archive
from searchidx.engines.contract import Engine
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.query import Parsed, parse
from searchidx.query.parser import MAX_LENGTH

TODAY = dt.date(2023, 2, 15)
SHARE = 20 if os.environ.get("SEARCHIDX_PROOF") == "reduced" else 1
"""The long tests run this fraction of their examples."""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Archive]:
    """The same articles, made of pieces of queries, in the reference engine and the embedded one."""
    reference, embedded = (filled(kind, tmp_path_factory.mktemp("fuzz")) for kind in (ReferenceEngine, EmbeddedEngine))
    return reference, embedded


@pytest.fixture(scope="module")
def clustered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Archive, Archive]:
    """The same articles in the reference engine and on a cluster."""
    kinds = (ReferenceEngine, require_engine(ClusterEngine, request))
    reference, cluster = (filled(kind, tmp_path_factory.mktemp("fuzz")) for kind in kinds)
    return reference, cluster


def filled(kind: type[Engine], folder: Path) -> Archive:
    rng = random.Random(4)
    plain = [piece for piece in TOKENS if any(char.isalnum() for char in piece) and "\ud800" not in piece]
    plain += WORD_LIST
    engine = kind.create(folder / "index")
    for batch in range(3):
        with engine.writer() as writer:
            for n in range(8):
                headline, body = (" ".join(rng.choices(plain, k=rng.randint(1, size))) for size in (3, 12))
                date = rng.choice((None, "2023", "2023-02", "2023-02-14", "2023-02-06T10:00:00+09:00"))
                writer.add(Article(f"{batch}{n}", headline, body, date=date, byline=rng.choice(plain), language="en"))
    return Archive(engine)


def check(text: str, archives: tuple[Archive, Archive]) -> None:
    parsed = parse(text, today=TODAY)
    assert parsed.text == text
    assert (parsed.query is None) == bool(parsed.errors)
    for diagnostic in parsed.diagnostics:
        assert diagnostic.message
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
    reference, embedded = (answer(archive, text) for archive in archives)
    assert reference == embedded
    assert isinstance(reference, str) == (parsed.query is None)


def answer(archive: Archive, text: str) -> Any:
    try:
        hits = archive.search(text, limit=None, sort="oldest", today=TODAY)
    except QueryError as error:
        return str(error)
    for each in hits.diagnostics:
        assert 0 <= each.start <= each.end <= len(text)
        assert not each.is_error
    return [hit.id for hit in hits], hits.diagnostics, sorted(archive.ids(text, today=TODAY))


def test_any_text_gets_equal_answers_or_an_error(archives: tuple[Archive, Archive]) -> None:
    @settings(max_examples=250)
    @given(query_texts)
    def run(text: str) -> None:
        check(text, archives)

    run()


def test_a_query_of_the_grammar_gets_equal_answers(archives: tuple[Archive, Archive]) -> None:
    @settings(max_examples=250)
    @given(QUERIES)
    def run(text: str) -> None:
        check(text, archives)
        assert not parse(text, today=TODAY).errors

    run()


@pytest.mark.parametrize("queries", [QUERIES, query_texts], ids=["grammar", "texts"])
def test_a_cluster_gives_equal_answers(queries: Any, clustered: tuple[Archive, Archive]) -> None:
    @settings(max_examples=60)
    @given(queries)
    def run(text: str) -> None:
        check(text, clustered)

    run()


@pytest.mark.long
@pytest.mark.parametrize("queries", [QUERIES, query_texts], ids=["grammar", "texts"])
def test_a_cluster_gives_equal_answers_for_long(queries: Any, clustered: tuple[Archive, Archive]) -> None:
    @settings(max_examples=2_000 // SHARE)
    @given(queries)
    def run(text: str) -> None:
        check(text, clustered)

    run()


@pytest.mark.long
def test_a_query_of_the_grammar_gets_equal_answers_for_long(archives: tuple[Archive, Archive]) -> None:
    @settings(max_examples=10_000 // SHARE)
    @given(QUERIES)
    def run(text: str) -> None:
        check(text, archives)

    run()


@pytest.mark.long
def test_any_text_gets_equal_answers_or_an_error_for_long(archives: tuple[Archive, Archive]) -> None:
    @settings(max_examples=20_000 // SHARE)
    @given(query_texts)
    def run(text: str) -> None:
        check(text, archives)

    run()


@pytest.mark.long
def test_random_query_raises_query_errors_alone(tmp_path: Path) -> None:
    """Every question about it, and its hits; `fuzz_queries.py` asks more of them."""
    archive, words = small_archive(tmp_path / "index")
    with archive:
        fuzz = QueryFuzz(archive, words, seed=3)
        assert list(fuzz.faults(50_000 // SHARE)) == []
    assert min(fuzz.outcomes.values()) > 100


# -- time and depth --------------------------------------------------------------------------------------------------

SHAPES = (
    "(", ")", "()", "(a", "a(", '"', '"a', '""', '"a" ', "a OR ", "OR ", "AND ", "NOT ", "NOT (", "- ", "-",
    "-(", "a", "a ", "a*", "*", "* ", "?", "*a ", "a~", "a~ ", "~", "~2", "~1 ", "/", "//", "/a", "/a/ ", "/(",
    "/a\\/", "\\", "/[", "^", "^2", "a^", "x^2 ", "date:[", "date:", "date:2023 ", "date:[2023 TO ", "words:[",
    "words:>", "headline:", "headline:(", "foo:", "id:", "url:a/", "caps(", "caps(a) ", "=", "=a ", "a:", ":",
    "w/5 ", "a w/5 ", "atleast3(", "e\u0301", "\u0301", "é", "東", "東 ", "서", "ที่", "ﾄﾞ", "\u1100", "½", "ﷺ",
    "😀", "\ud800", "\x00", "\u200b", "’s", "U.", "1,", "a-", "&", "…", "a&", "[", "]", "{", "since:",
    "after:9999 ", "or ", "İ", "ß", "\u202e", "“", "«a» ", "precision:", "language:en-", "a" * 50 + " ",
)  # fmt: skip


def seconds(text: str) -> float:
    """The CPU time to parse a text, the least of three.

    Without garbage collection, whose time grows with the objects that other tests left in memory.
    """
    least = float("inf")
    gc.disable()
    try:
        for _ in range(3):
            began = time.process_time()
            parsed: Parsed = parse(text, today=TODAY)
            least = min(least, time.process_time() - began)
            assert parsed.text == text
    finally:
        gc.enable()
    return least


@pytest.mark.parametrize("shape", SHAPES)
def test_parsing_takes_time_linear_in_the_text(shape: str) -> None:
    size = MAX_LENGTH // len(shape) // 10
    short, long = seconds(shape * size), seconds(shape * size * 10)
    assert long < 0.05 or long < 40 * short  # ten times as long; four times that for a busy machine
    assert long < 3


@pytest.mark.parametrize("shape", SHAPES)
def test_parsing_needs_little_of_the_stack(shape: str) -> None:
    limit, depth = sys.getrecursionlimit(), 0
    frame = sys._getframe()
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 900)
    try:
        parse((shape * MAX_LENGTH)[:MAX_LENGTH], today=TODAY)
    finally:
        sys.setrecursionlimit(limit)


def test_the_atheris_script_compiles() -> None:
    script = Path(__file__).resolve().parent.parent / "fuzz_parser.py"
    compile(script.read_text(encoding="utf-8"), script, "exec")
