"""The diagnostics of a search: hints about its answer, and the errors of an invalid query."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import searchidx


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


def kinds(hits: searchidx.Hits) -> list[str]:
    return [diagnostic.kind.value for diagnostic in hits.diagnostics]


def test_plain_words_that_form_a_phrase_get_a_hint(archive: searchidx.Archive) -> None:
    [hint] = archive.search("Taiwan Strait").diagnostics
    assert (hint.kind.value, hint.is_error, hint.suggestion) == ("phrase-without-quotes", False, '"Taiwan Strait"')
    assert "5 articles" in hint.message
    assert "'\"Taiwan Strait\"'" in hint.message  # as it must be typed in a shell
    assert archive.search(hint.suggestion or "").total == 5


@pytest.mark.parametrize(
    "query", ['"Taiwan Strait"', "Taiwan", "Indo-Pacific", "bank japan", "taiwan OR strait", "taiwan -strait", "id:x"]
)
def test_other_queries_get_no_phrase_hint(archive: searchidx.Archive, query: str) -> None:
    assert "phrase-without-quotes" not in kinds(archive.search(query))


def test_phrase_hint_quotes_an_apostrophe_for_the_shell(archive: searchidx.Archive) -> None:
    import shlex

    [hint] = archive.search("Japan's youngest distilleries").diagnostics
    assert "1 article has" in hint.message
    typed = hint.message[hint.message.index("type ") + 5 :]
    assert shlex.split(typed) == [hint.suggestion] == ['"Japan\'s youngest distilleries"']


def test_imprecise_dates_get_a_hint(archive: searchidx.Archive) -> None:
    hits = archive.search("date:2023-03-14")
    [hint] = hits.diagnostics
    assert (hint.kind.value, hint.suggestion) == ("imprecise-dates", "precision:day")
    assert hint.message.startswith("2 articles are")
    exact = archive.search("date:2023-03-14 precision:day")
    assert (exact.total, exact.diagnostics) == (hits.total - 2, ())
    assert archive.search("kishida").diagnostics == ()


def test_imprecise_date_inside_the_range_gets_no_hint(archive: searchidx.Archive) -> None:
    assert archive.search("date:2024 malacca").total == 1  # dated 2024-05: no doubt about the year
    assert kinds(archive.search("date:2024 malacca")) == []


def test_parser_hints_come_first(archive: searchidx.Archive) -> None:
    assert kinds(archive.search("NOT nato"))[:1] == ["only-negative"]


def test_query_error_carries_its_diagnostics(archive: searchidx.Archive) -> None:
    for ask in (archive.search, archive.ids):
        with pytest.raises(searchidx.QueryError) as caught:
            ask("NATO AND (Japan or")
        found = caught.value.diagnostics
        assert [(d.kind.value, d.is_error, d.start, d.end) for d in found] == [
            ("unbalanced-bracket", True, 9, 10),
            ("lower-case-operator", False, 16, 18),
        ]
        assert str(caught.value) == found[0].message


def test_parse_returns_diagnostics_instead_of_raising() -> None:
    parsed = searchidx.parse("NATO AND (Japan")
    assert parsed.query is None
    assert [d.message for d in parsed.errors] == [d.message for d in parsed.diagnostics] != []
    from whoosh.query import Query

    fine = searchidx.parse("NATO Japan")
    assert isinstance(fine.query, Query)
    assert fine.diagnostics == ()


_PIECES = st.sampled_from(
    'NATO Japan’s "Taiwan “Strait” ( ) AND OR NOT -a =banks caps( headline: date:2023 date:[ TO ] {2022 * w/5 ^2 ~ /x/ '
    "since: words:>5 東京 \u200b \ud800 \0 id:x precision:day".split(" ")
)


@given(st.text(max_size=40) | st.lists(_PIECES, max_size=12).map(" ".join))
def test_parse_gives_a_query_or_an_error_for_any_text(text: str) -> None:
    parsed = searchidx.parse(text, today=dt.date(2024, 2, 29))
    assert (parsed.query is None) == any(d.is_error for d in parsed.diagnostics)
    for diagnostic in parsed.diagnostics:
        assert 0 <= diagnostic.start <= diagnostic.end <= len(text)
        assert diagnostic.message
        assert json.dumps(diagnostic.to_dict())


@given(st.lists(_PIECES, max_size=8).map(" ".join))
def test_search_answers_or_raises_query_error_for_any_text(corpus_index: Path, text: str) -> None:
    with searchidx.open(corpus_index) as archive:
        try:
            hits = archive.search(text, limit=3)
        except searchidx.QueryError as error:
            refused = error.diagnostics
        else:
            refused = ()
            assert hits.total == len(archive.ids(text))
            assert all(hit.snippet.text for hit in hits if hit.article.body)
    assert bool(refused) == (searchidx.parse(text).query is None)
