"""Word matching as docs/language.md documents it, on both engines: what a query finds for each spelling of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article
from searchidx.archive import Archive
from searchidx.engines.contract import Engine
from searchidx.engines.embedded import EmbeddedEngine
from searchidx.engines.reference.reference_engine import ReferenceEngine

DOCS = (Path(__file__).resolve().parent.parent.parent / "docs" / "language.md").read_text(encoding="utf-8")
Search = Callable[..., list[bool]]


@pytest.fixture(params=[ReferenceEngine, EmbeddedEngine])
def finds(request: pytest.FixtureRequest, tmp_path: Path) -> Search:
    """Return a function that tells which texts a query finds, each as a body and as a headline."""
    engines = 0

    def find(query: str, *texts: str) -> list[bool]:
        nonlocal engines
        engines += 1
        engine: Engine = request.param.create(tmp_path / str(engines))
        with engine.writer() as writer:
            for n, text in enumerate(texts):
                writer.add(Article(f"b{n}", "headline", f"before {text} after"))
                writer.add(Article(f"h{n}", f"before {text} after", "body"))
        archive = Archive(engine)
        found = archive.ids(query)
        assert [id[1:] for id in found if id[0] == "b"] == [id[1:] for id in found if id[0] == "h"]
        in_headline = archive.ids(f"headline:{query}" if query[0] in '("' else f'headline:("{query}")')
        assert in_headline == [id for id in found if id[0] == "h"]
        return [f"b{n}" in found for n in range(len(texts))]

    return find


ROWS = [
    [re.findall(r"`([^`]+)`", cell) for cell in row]
    for row in re.findall(r"^\| (`.+?) \| (`.+?) \| (.*?) \| .* \|$", DOCS.split("## What is a word")[-1], re.MULTILINE)
]


def test_docs_have_the_table_of_words() -> None:
    assert len(ROWS) >= 18
    assert all(queries and texts for queries, texts, _ in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][0])
def test_word_of_the_docs_table_finds_exactly_its_texts(finds: Search, row: list[list[str]]) -> None:
    queries, texts, others = row
    for query in queries:
        assert finds(query, *texts, *others) == [True] * len(texts) + [False] * len(others), query
        assert finds(f'"{query}"', *texts, *others) == [True] * len(texts) + [False] * len(others), query


UNSPACED_TEXTS = {
    "Chinese": "国务院总理出席会议",
    "Japanese": "東京都は未来の世代のために",
    "Katakana": "コンピューター",
    "Hangul": "대한민국서울특별시",
    "Thai": "กรุงเทพมหานครที่นี่",
    "supplementary characters": "𠮷野家𠀋𡈽",
}


@pytest.mark.parametrize("run", UNSPACED_TEXTS.values(), ids=UNSPACED_TEXTS)
def test_any_part_of_unspaced_text_finds_it(finds: Search, run: str) -> None:
    for size in (2, 3, len(run) - 1, len(run)):
        for at in range(len(run) - size + 1):
            part = run[at : at + size]
            assert finds(part, run, f"新聞{run}報道", run[::-1]) == [True, True, part in run[::-1]], part


@pytest.mark.parametrize("run", UNSPACED_TEXTS.values(), ids=UNSPACED_TEXTS)
@pytest.mark.parametrize("shape", ["{}", "={}", '"{}"', "({} OR zebra)", "headline:{}", "headline:({})", "*{}*"])
def test_unspaced_text_is_found_with_every_operator(tmp_path: Path, run: str, shape: str) -> None:
    for kind in (ReferenceEngine, EmbeddedEngine):
        engine: Engine = kind.create(tmp_path / kind.__name__)
        with engine.writer() as writer:
            writer.add(Article("a", run, "body"))
            writer.add(Article("b", "other", run[: len(run) // 2]))
        assert Archive(engine).ids(shape.format(run[1:])) == ["a"]
        assert Archive(engine).ids(shape.format(run[len(run) // 2 + 1])) == ["a"]  # a single character


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("首脳会議", "NATO首脳会議が", True),
        ("NATO", "NATO首脳会議が", True),
        ("NATO首脳", "NATO首脳会議が", True),
        ("NATO首", "NATO首脳会議が", True),
        ("NATO会", "NATO首脳会議が", False),
        ("東、京", "東、京都", True),
        ('"jap* 首"', "Japan 首脳会議が", True),
        ('"NATO首 jap*"', "NATO首脳 japan", False),
        ('"NATO首 jap*"', "NATO首 japan", True),
        ("NATO会議", "NATO首脳会議が", False),
        ("ﾄｳｷｮｳ", "トウキョウ", True),
        ("トウキョウ", "ﾄｳｷｮｳ", True),
        ("ガス", unicodedata.normalize("NFD", "ガス"), True),
        (unicodedata.normalize("NFD", "ガス"), "ガス", True),
        ("カス", "ガス", False),
        (unicodedata.normalize("NFD", "서울"), "서울시", True),
        ("서울", unicodedata.normalize("NFD", "서울시"), True),
        ("2023年", "令和5年2023年2月", True),
        ("東京", "東、京", False),
    ],
)
def test_mixed_scripts_and_unicode_forms_match_as_documented(
    finds: Search, query: str, text: str, expected: bool
) -> None:
    assert finds(query, text) == [expected]


@pytest.mark.parametrize(
    "query", ["byline:김정은", "byline:정은", "byline:김", 'byline:"Kim 김"', "keyword:東", "keyword:京都"]
)
def test_byline_and_keyword_are_found_by_characters(tmp_path: Path, query: str) -> None:
    for kind in (ReferenceEngine, EmbeddedEngine):
        engine: Engine = kind.create(tmp_path / kind.__name__)
        with engine.writer() as writer:
            writer.add(Article("a", "x", byline="Kim 김, 김정은", keywords=["東京都"]))
            writer.add(Article("b", "김정은 東京都", byline="Lee", keywords=["大阪"]))
        assert Archive(engine).ids(query) == ["a"]


words = st.text("aébñcöÅşİıßøœ가각ガ", min_size=1, max_size=8)


@given(words, st.sampled_from(["NFC", "NFD"]), st.sampled_from(["NFC", "NFD"]))
def test_nfc_and_nfd_match_each_other(word: str, one: str, other: str) -> None:
    ReferenceEngine._engines.pop(Path("nfd"), None)
    engine = ReferenceEngine.create(Path("nfd"))
    with engine.writer() as writer:
        writer.add(Article("a", body=unicodedata.normalize(one, word)))  # type: ignore[arg-type]
    query = unicodedata.normalize(other, word)  # type: ignore[arg-type]
    for text in (query, f'"{query}"', f"={query}"):
        assert Archive(engine).ids(text) == ["a"]
