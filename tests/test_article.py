"""Articles: conversion of values, and values that the constructor rejects."""

from __future__ import annotations

import datetime as dt
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchidx import Article, ArticleError, SearchidxError
from searchidx.article import FIELD_NAMES
from searchidx.dates import PartialDate

exact = settings(derandomize=True, deadline=None, max_examples=50)

LINES = ("headline", "byline", "dateline", "section", "source", "url", "path")

words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z", "Cf", "Cn")), min_size=1, max_size=8)
lines = st.lists(words, max_size=4).map(" ".join)
dates = st.none() | st.dates().flatmap(
    lambda d: st.sampled_from([str(d.year).zfill(4), d.isoformat()[:7], d.isoformat(), f"{d.isoformat()}T13:33:00Z"])
)
articles = st.builds(
    Article,
    id=words,
    headline=lines.filter(bool),
    body=st.text(st.characters(exclude_categories=("Cs",))),
    date=dates,
    byline=lines,
    dateline=lines,
    section=lines,
    source=lines,
    language=st.sampled_from(["", "en", "en-GB"]),
    keywords=st.lists(lines, max_size=4),
    url=lines,
    path=lines,
)


def test_article_is_immutable_and_compared_by_value() -> None:
    one, same = (Article("a1", "Rates Rise", date="2023-02-01") for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != Article("a1", "Rates Rise", date="2023-02")
    with pytest.raises(AttributeError):
        one.headline = "Rates Fall"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(one)) == one


def test_confidence_of_scanned_text_is_kept_in_steps() -> None:
    assert [Article("a", "x", ocr=value).ocr for value in (0, 1, 0.93754, None)] == [0, 1, 0.9375, None]
    assert Article("a", "x", ocr=0).to_dict()["ocr"] == 0
    assert "ocr" not in Article("a", "x").to_dict()


def test_only_id_and_one_of_headline_and_body_are_required() -> None:
    flash = Article("a1", "Mayor Resigns")
    left_out = ["", None, *[""] * 5, (), "", "", "", "", None, {}]
    assert [getattr(flash, name) for name in FIELD_NAMES] == ["a1", "Mayor Resigns", *left_out]
    assert Article("a2", body="Rain fell.").headline == ""
    assert flash.to_dict() == {"id": "a1", "headline": "Mayor Resigns"}


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        ("Rates Rise", "Rates Rise"),
        ("  Rates Rise\t", "Rates Rise"),
        ("Rates\nRise", "Rates Rise"),
        ("Rates\r\n\r\n Rise", "Rates Rise"),
        ("Rates\x00Rise\x85", "Rates Rise"),
        ("Rates\u2028Rise\u2029", "Rates Rise"),
        ("Rates\u00a0Rise", "Rates Rise"),
        ("Łódź — 東京", "Łódź — 東京"),
        ("", ""),
        (None, ""),
    ],
)
def test_line_breaks_in_single_line_fields_become_spaces(given_value: str | None, kept: str) -> None:
    for field in LINES:
        values = {"id": "a1", "body": "Rain fell.", field: given_value}
        assert getattr(Article(**values), field) == kept, field  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_keywords", "kept"),
    [
        ([], ()),
        (None, ()),
        (["rates"], ("rates",)),
        (("rates", "banks", "rates"), ("rates", "banks")),
        (iter([" rates ", "", "  ", "central\nbanks"]), ("rates", "central banks")),
    ],
)
def test_keywords_become_a_tuple_without_duplicates(given_keywords: object, kept: tuple[str, ...]) -> None:
    assert Article("a1", "Rates Rise", keywords=given_keywords).keywords == kept


@pytest.mark.parametrize(
    ("given_date", "iso"),
    [
        ("2023", "2023"),
        ("2023-02", "2023-02"),
        ("2023-02-01", "2023-02-01"),
        ("2023-02-01T13:33:00+09:00", "2023-02-01T13:33:00+09:00"),
        (dt.date(2023, 2, 1), "2023-02-01"),
        (dt.datetime(2023, 2, 1, 13, 33), "2023-02-01T13:33:00"),
        (PartialDate(2023, 2), "2023-02"),
        (None, "None"),
        ("", "None"),
    ],
)
def test_date_keeps_its_precision(given_date: object, iso: str) -> None:
    article = Article("a1", "Rates Rise", date=given_date)
    assert str(article.date) == iso
    assert article.to_dict().get("date", "None") == iso


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": " a1"}, "id"),
        ({"id": "a1\n"}, "id"),
        ({"id": "a\n1"}, "id"),
        ({"id": "a\x001"}, "id"),
        ({"id": "a\u20281"}, "id"),
        ({"id": "a\ud8001"}, "id"),
        ({"id": 7}, "id"),
        ({"id": None}, "id"),
        ({"headline": ""}, "body"),
        ({"headline": " \n ", "body": "\n \t\n"}, "body"),
        ({"headline": 7}, "headline"),
        ({"headline": 0}, "headline"),
        ({"headline": b"Rates Rise"}, "headline"),
        ({"headline": ["Rates Rise"]}, "headline"),
        ({"headline": "Rates \udfff Rise"}, "headline"),
        ({"body": "Rain \ud83d fell."}, "body"),
        ({"body": 7}, "body"),
        ({"body": False}, "body"),
        ({"byline": ["Jane Doe"]}, "byline"),
        ({"byline": "Jane \ud800"}, "byline"),
        ({"keywords": "rates, banks"}, "keywords"),
        ({"keywords": 7}, "keywords"),
        ({"keywords": ["rates", None]}, "keywords"),
        ({"keywords": ["rates", 7]}, "keywords"),
        ({"keywords": ["\ud800"]}, "keywords"),
        ({"page": 12}, "page"),
        ({"edition": ["Late"]}, "edition"),
        ({"ocr": 1.01}, "ocr"),
        ({"ocr": -0.1}, "ocr"),
        ({"ocr": float("nan")}, "ocr"),
        ({"ocr": "0.5"}, "ocr"),
        ({"ocr": True}, "ocr"),
        ({"date": "yesterday"}, "date"),
        ({"date": "2023-02-30"}, "date"),
        ({"date": "2023-13"}, "date"),
        ({"date": "0000"}, "date"),
        ({"date": "2023-02-01T24:00"}, "date"),
        ({"date": "02/03/2023"}, "date"),
        ({"date": 20230201}, "date"),
        ({"date": True}, "date"),
        ({"date": ["2023"]}, "date"),
    ],
)
def test_invalid_value_raises_with_the_field_s_name(values: dict[str, object], field: str) -> None:
    with pytest.raises(ArticleError) as caught:
        Article(**{"id": "a1", "headline": "Rates Rise", **values})  # type: ignore[arg-type]
    error = caught.value
    assert error.field == field
    assert str(error) == f"{field}: {error.reason}"
    assert isinstance(error, SearchidxError)
    assert isinstance(error, ValueError)
    again = pickle.loads(pickle.dumps(error))
    assert (again.field, again.reason, str(again)) == (error.field, error.reason, str(error))


def test_body_is_kept_unchanged() -> None:
    body = " Rain fell.\r\n\n\tThen it stopped.\u2028 \x0b"
    assert Article("a1", body=body).body == body


@exact
@given(articles)
def test_from_dict_inverts_to_dict(article: Article) -> None:
    values = article.to_dict()
    assert Article.from_dict(values) == article
    assert list(values) == [name for name in FIELD_NAMES if name in values]
    assert all(values[name] for name in values)
    assert all("\n" not in getattr(article, name) for name in LINES)


@pytest.mark.parametrize("unknown", ["title", "Headline", "score", ""])
def test_from_dict_rejects_unknown_fields(unknown: str) -> None:
    with pytest.raises(ArticleError) as caught:
        Article.from_dict({"id": "a1", "headline": "Rates Rise", unknown: "x"})
    assert (caught.value.field, caught.value.value) == (unknown, "x")
