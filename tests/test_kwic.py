"""Keywords in context: each occurrence once, with the text around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx
from searchidx import Article
from searchidx.analysis import analyze, collapse_whitespace
from searchidx.engines.collectors import term_spans
from searchidx.engines.embedded import array_aggregations
from searchidx.engines.reference.match import Document
from searchidx.search import kwic

QUERIES = (
    "bank",
    '"Taiwan Strait"',
    "caps(US)",
    "nato w/5 japan",
    "rate* OR =banks",
    "headline:election",
    "NOT nato",
    "e",
)


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


@pytest.fixture
def one(tmp_path: Path) -> searchidx.Archive:
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        writer.add(
            Article("a", "Rain", "Heavy  rain fell.\nThen the rain’s\tend: no rain-maker came, 東京都 said. (Rain)")
        )
    archive.refresh()
    return archive


def test_lines_have_context_on_both_sides(one: searchidx.Archive) -> None:
    assert [(line.zone, line.left, line.match, line.right) for line in one.kwic("rain", width=12)] == [
        ("headline", "", "Rain", ""),
        ("body", "Heavy ", "rain", " fell. Then "),
        ("body", "l. Then the ", "rain", "’s end: no r"),
        ("body", "n’s end: no ", "rain", "-maker came,"),
        ("body", " 東京都 said. (", "Rain", ")"),
    ]


def test_phrase_is_one_occurrence(one: searchidx.Archive) -> None:
    lines = list(one.kwic('"rain fell" OR 京都', width=6))
    assert [(line.left, line.match, line.right) for line in lines] == [
        ("Heavy ", "rain fell", ". Then"),
        ("ame, 東", "京都", " said."),
    ]


def test_width_zero_leaves_no_context(one: searchidx.Archive) -> None:
    assert {(line.left, line.right) for line in one.kwic("rain", width=0)} == {("", "")}


@pytest.mark.parametrize("batch_size", [None, 1, 4])
@pytest.mark.parametrize("query", QUERIES)
def test_lines_cover_every_occurrence_of_all_hits(
    archive: searchidx.Archive, query: str, batch_size: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines are those of the reference engine, whatever the batch size."""
    if batch_size is not None:
        monkeypatch.setattr(kwic, "_BATCH_SIZE", batch_size)
        monkeypatch.setattr(array_aggregations, "SPANS_PER_BLOCK", batch_size)
    tree = searchidx.parse(query).query
    lines = iter(archive.kwic(query, width=30))
    for article in archive.articles(query):
        document = Document(article)
        for zone, first, last in term_spans(tree, document):
            tokens = document.zones[zone]
            text = article.headline if zone == "headline" else article.body
            start, end = tokens[first].start, tokens[last].end
            line = next(lines)
            assert (line.id, line.zone, line.match) == (article.id, zone, " ".join(text[start:end].split()))
            flat = " ".join(text.split())
            assert f"{line.left}{line.match}{line.right}" in f" {flat} "
            assert len(line.left) <= 30
            assert len(line.right) <= 30
    assert next(lines, None) is None


def test_sort_by_left_and_right_context(archive: searchidx.Archive) -> None:
    plain = list(archive.kwic("bank"))
    right = list(archive.kwic("bank", sort="right"))
    assert sorted(map(repr, plain)) == sorted(map(repr, right))
    beside = [line.right.lower().split() for line in right]
    assert beside == sorted(beside)
    left = [line.left.lower().split()[::-1] for line in archive.kwic("bank", sort="left")]
    assert left == sorted(left)


def test_sort_by_date_puts_undated_last(tmp_path: Path) -> None:
    archive = searchidx.create(tmp_path / "index")
    with archive.writer() as writer:
        for id, date in (("a", None), ("b", "2023-02-01"), ("c", "2022"), ("d", "2023-02-01T01:00")):
            writer.add(Article(id, "", "Rain.", date))
    archive.refresh()
    assert [line.id for line in archive.kwic("rain", sort="date")] == ["c", "b", "d", "a"]


def test_invalid_order_width_and_query_raise(archive: searchidx.Archive) -> None:
    with pytest.raises(ValueError, match="left, right, date"):
        archive.kwic("bank", sort="up")
    with pytest.raises(ValueError, match="0 or more"):
        archive.kwic("bank", width=-1)
    with pytest.raises(searchidx.QueryError):
        list(archive.kwic("(bank"))


TEXTS = st.text(st.sampled_from("aB1 .,’'-\n\t東京ก ́éU.&"), max_size=60) | st.text(max_size=40)


@given(TEXTS, st.data())
def test_one_line_spans_follow_token_offsets(text: str, data: st.DataObject) -> None:
    tokens = list(analyze(text))
    if not tokens:
        return
    numbers = st.integers(0, len(tokens) - 1)
    pairs = sorted(tuple(sorted(pair)) for pair in data.draw(st.lists(st.tuples(numbers, numbers), max_size=5)))
    line, spans = collapse_whitespace(text, pairs)
    assert line == " ".join(text.split())
    blanks = [
        len(" ".join(f"{text[:at]}|".split())) - 1 for at in range(len(text) + 1)
    ]  # the place of each character on the line
    assert spans == [(blanks[tokens[first].start], blanks[tokens[last].end - 1] + 1) for first, last in pairs]
