"""An encoded article is the article, to its last field."""

from __future__ import annotations

import datetime as dt

import pytest

from searchidx import Article
from searchidx.encoded_article import EncodedArticle

ARTICLES = [
    Article("1", "", ""),
    Article("2", "Café\u2028closed", "Rain fell.\nThe river \U0001f30a rose.\x85", date="2023"),
    Article("3", "", "x", "2023-02", keywords=["a", "b, c"], url="https://example.org/", path="3", page="A1"),
    Article("4", "Haus", "", "2023-02-01", language="de", provenance={"captured": "2023", 'a"b': "\\"}, ocr=0.0),
    Article("5", "h", "b", dt.datetime(1890, 1, 1, 12, 30, 1, 5, dt.timezone(dt.timedelta(seconds=561))), edition="x"),
]


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_article_is_decoded_as_it_was_encoded(article: Article) -> None:
    encoded = EncodedArticle.encode(article)
    assert encoded.decode() == article
    assert encoded.decode().provenance == article.provenance
    assert (encoded.id, encoded.language) == (article.id, article.language)


def test_entry_of_the_provenance_is_found_by_its_name() -> None:
    assert [EncodedArticle.encode(article).has_provenance("captured") for article in ARTICLES] == [False] * 3 + [
        True,
        False,
    ]
    quoting = Article("6", "h", "b", byline='"captured":', keywords=['{"captured":"x"}'])
    assert not EncodedArticle.encode(quoting).has_provenance("captured")
