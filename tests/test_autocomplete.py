"""Suggestions while a person types: examples from the sample corpus, and properties for any text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx
from searchidx import Suggestion
from searchidx.search.autocomplete import MAX_LENGTH, MAX_WORDS


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("tai", ["Taiwan", "Tailspin", "Taipei"]),
        ('"taiwan st', ['"taiwan Strait"']),
        ("nato jap", ["nato Japan"]),
        ("nato AND (ki", ["nato AND (Kishida)"]),
        ("headline:tai", ["headline:Taiwan", "headline:Tailspin"]),
        ("source:har", ['source:"Harbour Gazette"']),
        ("SITE:the", ['SITE:"The Lagoon Times"']),
        ("lagoon site:times", ['lagoon site:"The Lagoon Times"']),
        ("site:gazette tai", ["site:gazette Taiwan"]),
        ("site:zzz", []),
        ('site:"zzz', []),
        ('byline:"ele', ['byline:"Elena Sorokina"']),
        ("zzz", []),
        ("nato zzz", []),
        ("tai*", []),
        ("(nato w/5 jap", []),
        ("date:2023", []),
        ("NOT ", []),
        ("", []),
        ("&", []),
    ],
)
def test_completes_words_and_values(archive: searchidx.Archive, typed: str, expected: list[str]) -> None:
    assert [each.query for each in archive.suggest(typed) if each.kind != "headline"][: len(expected) or 1] == expected


def test_suggests_matching_headlines(archive: searchidx.Archive) -> None:
    for typed in ("taiwan stra", "taiwan strait "):
        found = [each for each in archive.suggest(typed) if each.kind == "headline"]
        article = archive.get("text/taiwan-strait-frigate.txt")
        assert article is not None
        assert Suggestion(f'headline:"{article.headline}"', 1, "headline", article.headline, article.id) in found
    assert [each.kind for each in archive.suggest("s")].count("headline") == 3


def test_common_words_come_last(make_archive: Callable[..., searchidx.Archive]) -> None:
    articles = [{"body": "the thing"}] * 2 + [{"body": "the rest"}] * 6
    with make_archive(*articles) as archive:
        assert [(each.query, each.articles) for each in archive.suggest("t")] == [("thing", 2), ("the", 8)]


def test_headline_is_suggested_once_and_finds_its_articles(make_archive: Callable[..., searchidx.Archive]) -> None:
    headline = 'Who said "oil?" * and/or (gas~2): a^b'
    with make_archive(*[{"headline": headline, "body": "x"}] * 5) as archive:
        word, found = archive.suggest("said oi")
        assert word.query == "said oil"
        assert (found.kind, found.text, found.articles, found.id) == ("headline", headline, 5, "a1")
        assert archive.ids(found.query) == ["a1", "a2", "a3", "a4", "a5"]


def test_words_that_look_like_operators_are_left_out(make_archive: Callable[..., searchidx.Archive]) -> None:
    with make_archive(*[{"headline": "OR AND NOT ORE ANDES NOTE"}, {"body": "x"}] * 2) as archive:
        assert [each.query for each in archive.suggest("O")] == ["ORE", 'headline:"OR AND NOT ORE ANDES NOTE"']


@given(
    st.one_of(
        st.text(max_size=20),
        st.lists(
            st.sampled_from(
                ("nato", "Ja", "tai", "the ", " ", '"', "(", ")", "OR ", "NOT ", "-", "headline:", "source:", "byline:",
                 "keyword:", "language:", "date:", "*", "~", "^2", "w/3 ", "/", "=", "caps(", "k", "東", "é")
            ),
            max_size=6,
        ).map("".join),
    ),
    st.integers(0, 12),
)  # fmt: skip
def test_every_suggestion_finds_the_articles_it_counts(archive: searchidx.Archive, typed: str, limit: int) -> None:
    found = archive.suggest(typed, limit)
    assert len(found) <= limit
    assert len({each.query for each in found}) == len(found)
    for query, articles, kind, text, id in found:
        ids = archive.ids(query)
        assert len(ids) == articles > 0
        assert text
        assert (id in ids) if kind == "headline" else id is None
        if kind == "word":
            assert query.startswith(typed[:-1].rstrip("".join(filter(str.isalnum, typed))))
    if found and found[0].kind == "value":
        assert [each.articles for each in found] == sorted((each.articles for each in found), reverse=True)


def test_overlong_text_gets_no_suggestions(archive: searchidx.Archive) -> None:
    assert archive.suggest("nato " * (MAX_WORDS - 1) + "jap")
    for typed in (
        "nato " * MAX_WORDS + "jap",
        " " * MAX_LENGTH + "jap",
        "a" * 1_000_000,
        "(" * 10_000 + "tai",
        'source:"' * 1000,
    ):
        assert archive.suggest(typed) == []


def test_negative_limit_raises(archive: searchidx.Archive) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        archive.suggest("tai", -1)
