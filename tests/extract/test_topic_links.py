"""Sections and tags that an article links to."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.page_metadata import MetadataValue, PageMetadata, read_metadata


def read(body: str, head: str = "") -> PageMetadata:
    return read_metadata(html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>"))


def test_links_marked_as_tags_give_sections_and_keywords() -> None:
    found = read(
        '<p>in <a href="/category/coast/" rel="category tag">Coast</a>, <a href="/kategorie/meer/" rel="tag">Meer</a>'
        ' about <a href="/tag/lamp/" rel="tag">#lamp</a> <a href="/tag/licht/" rel="nofollow tag">Licht</a>'
        ' <a href="/tag/lamp/" rel="tag">lamp</a> <a href="/x" rel="tagged">x</a> <a href="/y">y</a></p>'
    )
    assert found.section == MetadataValue("links rel=tag", "Coast; Meer")
    assert (found.keywords_origin, found.keywords) == ("links rel=tag", ["lamp", "Licht"])


@pytest.mark.parametrize(
    "body",
    [
        '<nav><a href="/tag/lamp/" rel="tag">lamp</a></nav>',
        '<aside><p><a href="/tag/lamp/" rel="tag">lamp</a></p></aside>',
        '<div class="tagcloud"><a href="/tag/lamp/" rel="tag">lamp</a></div>',
        '<div class="sidebar"><ul><li><a href="/category/coast" rel="tag">Coast</a></li></ul></div>',
        f'<p><a href="/tag/x" rel="tag">{"far too long " * 20}</a></p>',
    ],
)
def test_links_beside_the_article_are_not_its_tags(body: str) -> None:
    found = read(body)
    assert found.keywords == []
    assert found.section.text == ""


@pytest.mark.parametrize(
    ("body", "section"),
    [
        ('<nav class="Breadcrumbs"><a href="/">Home</a> › <a href="/coast">Coast</a> › Lamp relit</nav>', "Coast"),
        ('<ol id="breadcrumb"><li><a href="/">Start</a></li><li><a href="/x">Küste</a></li></ol>', "Küste"),
        (
            '<ul itemtype="https://schema.org/BreadcrumbList"><li><a href="/news">新聞</a></li>'
            '<li><a href="/news/coast">海岸</a></li></ul>',
            "海岸",
        ),
        ('<div class="breadcrumb"><a href="/coast">Coast</a></div>', "Coast"),
        ('<div class="breadcrumb"><a href="/">Home</a></div>', ""),
        ('<div class="breadcrumb"></div><div class="breadcrumb"><a href="/coast">Coast</a></div>', "Coast"),
        ('<div class="crumbs"><a href="/coast">Coast</a></div>', ""),
    ],
)
def test_section_follows_the_front_page_in_a_breadcrumb(body: str, section: str) -> None:
    assert read(body).section == MetadataValue("a breadcrumb" if section else "", section)


def test_metadata_come_before_links() -> None:
    links = '<p><a href="/category/coast" rel="tag">Coast</a> <a href="/tag/lamp" rel="tag">lamp</a></p>'
    stated = '<meta property="article:section" content="News"><meta name="keywords" content="sea, light">'
    found = read(links, stated)
    assert found.section == MetadataValue("article:section", "News")
    assert found.keywords == ["sea", "light"]


def test_page_with_many_links_is_read_quickly() -> None:
    found = read('<div class="breadcrumb">' + '<a rel="tag" href="/tag/x">x y</a> ' * 50_000)
    assert found.keywords == ["x y"]
