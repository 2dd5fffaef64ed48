"""A page's metadata: which of several values is taken, and its origin."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from lxml import html

from searchidx.extract.page_metadata import (
    NO_VALUE,
    MetadataValue,
    PageMetadata,
    find_canonical_url,
    read_metadata,
)


def stated(head: str, root: str = "") -> PageMetadata:
    return read_metadata(html.document_fromstring(f"<html {root}><head>{head}</head><body><p>x</p></body></html>"))


def linked(*values: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(value)}</script>' for value in values)


def article(**values: Any) -> dict[str, Any]:
    return {"@type": "NewsArticle", **values}


def meta(**values: str) -> str:
    """Elements with these names, `og_title` for `og:title`."""
    names = {name: re.sub(r"^(og|article)_", r"\1:", name) for name in values}
    return "".join(f'<meta name="{names[name]}" content="{value}">' for name, value in values.items())


@pytest.mark.parametrize(
    ("head", "byline", "where"),
    [
        (linked(article(author="Jane Doe")) + meta(author="John Roe"), "Jane Doe", "JSON-LD author"),
        (linked(article(author={"@type": "Person", "name": "Jane Doe"})), "Jane Doe", "JSON-LD author"),
        (linked(article(author=[{"name": "Jane Doe"}, {"name": "John Roe"}])), "Jane Doe, John Roe", "JSON-LD author"),
        (linked(article(author={"name": ["Jane Doe", "John Roe"]})), "Jane Doe, John Roe", "JSON-LD author"),
        (
            linked({"@graph": [article(author={"@id": "#jane"}), {"@id": "#jane", "name": "Jane Doe"}]}),
            "Jane Doe", "JSON-LD author",
        ),
        (linked(article(author={"@id": "#nobody"})) + meta(author="John Roe"), "John Roe", "author"),
        (linked(article(author={"url": "https://x.example/jane"})) + meta(author="By John Roe"), "John Roe", "author"),
        (meta(article_author="https://facebook.example/jane", **{"dc.creator": "John Roe"}), "John Roe", "dc.creator"),
        (meta(author="Courier") + meta(og_site_name="The Courier"), "Courier", "author"),
        (linked(article(author=[{"name": "The Courier"}, {"name": "Jane Doe"}])) + meta(og_site_name="The Courier"),
         "Jane Doe", "JSON-LD author"),
        (meta(author="admin"), "", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_byline_is_read_from_metadata(head: str, byline: str, where: str) -> None:
    assert stated(head).byline == MetadataValue(where, byline)


def test_section_source_and_language_are_read_from_metadata() -> None:
    found = stated(
        linked(article(articleSection=["World", "Asia"], publisher={"name": "Courier Ltd"}, inLanguage="fr"))
        + meta(section="News", og_locale="en_GB")
    )
    assert found.section == MetadataValue("JSON-LD articleSection", "World")
    assert found.source == MetadataValue("JSON-LD publisher", "Courier Ltd")
    assert found.language == MetadataValue("og:locale", "en-GB")
    found = stated(meta(article_section="Asia &amp; more", og_site_name="Courier"), root='lang="DE-ch"')
    assert (found.section.text, found.source.origin, found.language) == (
        "Asia & more",
        "og:site_name",
        MetadataValue("lang", "de-CH"),
    )
    assert stated('<meta http-equiv="Content-Language" content="pl">').language == MetadataValue(
        "content-language", "pl"
    )
    assert stated(linked(article(inLanguage="fr"))).language.text == "fr"
    assert stated("", root='lang="what you like"').language == NO_VALUE


@pytest.mark.parametrize(
    ("head", "keywords", "where"),
    [
        (linked(article(keywords="rain, flood")) + meta(keywords="news"), ["rain", "flood"], "JSON-LD keywords"),
        (linked(article(keywords=["rain", "flood, river"])), ["rain", "flood", "river"], "JSON-LD keywords"),
        (
            linked(article(keywords=["type:article"])) + '<meta property="article:tag" content="rain">'
            '<meta property="article:tag" content="flood">',
            ["rain", "flood"], "article:tag",
        ),
        (meta(keywords="site, news", news_keywords="x"), ["x"], "news_keywords"),
        (linked(article(keywords={"a": 1})), [], ""),
    ],
)  # fmt: skip
def test_keywords_are_read_from_metadata(head: str, keywords: list[str], where: str) -> None:
    found = stated(head)
    assert (found.keywords, found.keywords_origin) == (keywords, where)


def test_date_in_microdata_is_read() -> None:
    times = "<time itemprop='datePublished' datetime='2023-02-01'>1 Feb</time><time datetime='2022'></time>"
    found = read_metadata(html.document_fromstring(f"<html><body>{times}</body></html>"))
    assert found.dates == [("datepublished", "2023-02-01")]
    assert [each.text for each in found.time_elements] == ["2023-02-01", "2022"]


def test_titles_are_unescaped() -> None:
    found = stated(linked(article(headline="Rain &amp; <i>floods</i>")) + meta(og_title="&#8222;Rain&#8220;"))
    assert [title.text for title in found.titles] == ["Rain & floods", "„Rain“"]


def test_independent_values_of_broken_json_ld_are_read() -> None:
    broken = '{"@type": "NewsArticle", "headline": "Rain \\"falls\\"", "datePublished": "2023-02-01", "x": [1,], }'
    found = stated(f'<script type="application/ld+json">{broken}</script>')
    assert found.is_article
    assert found.titles == [MetadataValue("JSON-LD headline", 'Rain "falls"')]
    assert found.dates == [("JSON-LD datePublished", "2023-02-01")]
    assert not stated('<script type="application/ld+json">{"@type": "Person", "headline": "x", }</script>').titles


@pytest.mark.parametrize(
    "value", ["[" * 100_000, '{"@graph":' * 50_000, '{"@type": "Article", ' * 20_000, '"' * 100_000]
)
def test_hostile_json_ld_is_read_quickly(value: str) -> None:
    assert stated(f'<script type="application/ld+json">{value}</script>').titles == []


def test_canonical_url_without_a_known_source_is_the_only_valid_one() -> None:
    named = [
        MetadataValue("link", "/a"),
        MetadataValue("og:url", "https://courier.example/a b"),
        MetadataValue("x", "https://courier.example/a"),
    ]
    assert find_canonical_url(named, "") == named[2]
    assert find_canonical_url(named[:2], "") == NO_VALUE
