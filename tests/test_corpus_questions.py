"""Every engine answers the questions of corpus/README.md exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import searchidx
from searchidx.archive import Archive
from searchidx.engines.reference.reference_engine import ReferenceEngine
from searchidx.ingest import build

README = (Path(__file__).resolve().parent.parent / "corpus" / "README.md").read_text(encoding="utf-8")
_TABLE_ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+) \|$", re.MULTILINE)
QUESTIONS = [
    (query, frozenset() if ids == "-" else frozenset(ids.replace("`", "").replace(",", " ").split()))
    for query, ids, _ in _TABLE_ROW.findall(README.split("## Questions", 1)[1])
]


def open_embedded(corpus: Path, folder: Path) -> Archive:
    searchidx.build(corpus, index=folder)
    return searchidx.open(folder)


def open_reference(corpus: Path, folder: Path) -> Archive:
    engine = ReferenceEngine.create(folder)
    build.build(engine, folder, [corpus])
    return Archive(engine)


ENGINES: dict[str, Callable[[Path, Path], Archive]] = {"embedded": open_embedded, "reference": open_reference}


@pytest.fixture(scope="module", params=ENGINES)
def archive(request: pytest.FixtureRequest, corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return ENGINES[request.param](corpus, tmp_path_factory.mktemp(request.param) / "index")


def test_readme_counts_articles_and_questions(archive: Archive) -> None:
    stated = re.search(r"Articles: (\d+)\. Questions: (\d+)\.", README)
    assert stated is not None
    assert (len(archive), len(QUESTIONS)) == (int(stated[1]), int(stated[2]))


def test_every_expected_id_is_in_the_archive(archive: Archive) -> None:
    assert not sorted(id for _, ids in QUESTIONS for id in ids if id not in archive)


@pytest.mark.parametrize(("query", "ids"), QUESTIONS, ids=[query for query, _ in QUESTIONS])
def test_question_finds_exactly_its_articles(archive: Archive, query: str, ids: frozenset[str]) -> None:
    found = archive.ids(query)
    assert set(found) == ids
    assert len(found) == len(ids)  # no duplicates


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
def test_every_sort_order_has_the_same_hits(archive: Archive, sort: str) -> None:
    wrong = [
        query
        for query, ids in QUESTIONS
        if (hits := archive.search(query, limit=None, sort=sort)).total != len(ids) or {hit.id for hit in hits} != ids
    ]
    assert not wrong


def test_page_is_a_slice_with_the_exact_total(archive: Archive) -> None:
    for query, ids in QUESTIONS:
        ids_in_order = [hit.id for hit in archive.search(query, limit=None)]
        page = archive.search(query, limit=2, offset=1)
        assert (page.total, [hit.id for hit in page]) == (len(ids), ids_in_order[1:3]), query


def test_snippet_has_spans_exactly_if_the_body_matches(archive: Archive) -> None:
    """For single words and phrases."""
    for query in ("kishida", '"Taiwan Strait"', "bank", "U.S.", "東京都", "cafés"):
        for hit in archive.search(query, limit=None):
            spans = hit.snippet.spans
            in_body = f"id:{hit.id} body:{query}"
            assert bool(spans) == bool(archive.ids(in_body)), (query, hit.id)
