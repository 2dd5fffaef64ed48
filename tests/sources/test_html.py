"""HTML pages: the article without boilerplate, and the fields from metadata."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from source_files import Item, read_source

from searchidx import Article
from searchidx.sources import Skip

HEADLINE = "Lenders Tighten Terms as Rates Climb"
PARAGRAPHS = (
    "Mortgage lenders have begun to ask for larger deposits after the bank raised its rates again, brokers said.",
    "Four big banks withdrew their cheapest offers. Building societies in Malmö held out a little longer.",
    "“It is the fastest change I have seen,” said Leonard Pike of Croydon, who now pays 5 € more a week.",
)
NAVIGATION = "Horoscopes Classifieds Sitemap Zeppelin Quokka Pangolin Copyright Subscribe".split()


def page(head: str = "", above: str = "", root: str = ' lang="en-GB"') -> str:
    """A typical page: the article between header, navigation, aside and footer."""
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return f"""<!DOCTYPE html>
<html{root}>
<head>
<meta charset="utf-8">
<title>{HEADLINE} | The Gazette</title>
<meta property="og:title" content="{HEADLINE}">
<meta property="og:site_name" content="The Gazette">
{head}
</head>
<body>
<header>
  <a href="/">The Gazette</a> <a href="/subscribe">Subscribe</a>
  <nav><ul><li><a href="/h">Horoscopes</a></li><li><a href="/c">Classifieds</a></li></ul></nav>
</header>
<main><article>
<h1>{HEADLINE}</h1>
{above}
{body}
</article>
<aside><h2>Related stories</h2><ul>
  <li><a href="/z">Zeppelin Seen Over Harbour</a></li><li><a href="/q">Quokka Escapes</a></li>
</ul></aside></main>
<footer><p><a href="/s">Sitemap</a> Copyright The Gazette. Pangolin Web Works.</p></footer>
</body>
</html>
"""


def linked(**values: Any) -> str:
    """JSON-LD of a news article."""
    values = {"@context": "https://schema.org", "@type": "NewsArticle", **values}
    return f'<script type="application/ld+json">{json.dumps(values, indent=1)}</script>'


def meta(name: str, content: str, key: str = "property") -> str:
    return f'<meta {key}="{name}" content="{content}">'


def stamp(when: str) -> str:
    return f'<time datetime="{when}">earlier</time>'


def read_page(folder: Path, data: str | bytes, name: str = "page.html", url: str | None = None) -> Item:
    (item,) = read_source(folder, data, name, url)
    return item


def read_article(folder: Path, data: str | bytes, **more: Any) -> Article:
    item = read_page(folder, data, **more)
    assert isinstance(item, Article), item
    return item


def test_article_is_read_without_boilerplate(tmp_path: Path) -> None:
    article = read_article(tmp_path, page())
    assert article == Article(
        "page.html", HEADLINE, "\n".join(PARAGRAPHS), source="The Gazette", language="en-GB", path="page.html"
    )
    assert not any(word in article.body for word in NAVIGATION)


def test_copyright_year_is_not_a_date(tmp_path: Path) -> None:
    assert read_article(tmp_path, page().replace("Copyright The Gazette", "Copyright 2019 The Gazette")).date is None


PUBLISHED, LATER = "2023-02-26T08:10:00+09:00", "2023-02-27T10:00:00+09:00"


@pytest.mark.parametrize(
    ("head", "above", "iso"),
    [
        ("", "", None),
        (linked(datePublished=PUBLISHED), "", PUBLISHED),
        (linked(datePublished=PUBLISHED, dateModified=LATER), "", PUBLISHED),
        (linked(dateModified=LATER, datePublished=PUBLISHED), "", PUBLISHED),
        (linked(datePublished="2023-02-26"), "", "2023-02-26"),
        (meta("article:published_time", PUBLISHED), "", PUBLISHED),
        (meta("article:modified_time", LATER) + meta("article:published_time", PUBLISHED), "", PUBLISHED),
        (f'<meta content="{PUBLISHED}" property="article:published_time"/>', "", PUBLISHED),
        (f"<META NAME='pubdate' CONTENT='{PUBLISHED}'>", "", PUBLISHED),
        (meta("date", "2023-02-26", "name"), "", "2023-02-26"),
        (meta("parsely-pub-date", "2023-02-26T08:10:00Z", "name"), "", "2023-02-26T08:10:00+00:00"),
        ("", stamp(PUBLISHED), PUBLISHED),
        ("", stamp("2023-02-26"), "2023-02-26"),
        # a moment comes before a day, metadata before elements in the article
        (linked(datePublished="2023-02-26") + meta("article:published_time", PUBLISHED), "", PUBLISHED),
        (linked(datePublished=PUBLISHED), stamp("2021-01-01T00:00Z"), PUBLISHED),
        (meta("article:published_time", PUBLISHED), stamp(LATER), PUBLISHED),
        (meta("date", "2023-02-26", "name"), stamp("2021-01-01T00:00Z"), "2023-02-26"),
        # the newspaper's local day
        (linked(datePublished="2023-07-15T00:30:00+13:00"), "", "2023-07-15T00:30:00+13:00"),
        # the page's own article, anywhere in the JSON-LD
        (linked(**{"@graph": [{"@type": ["Article"], "datePublished": PUBLISHED}], "@type": "Page"}), "", PUBLISHED),
        (linked(**{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": PUBLISHED}}), "", PUBLISHED),
        (
            '<script type="application/ld+json">//<![CDATA[\n[{"@type": "Article", "headline": "Other", '
            f'"datePublished": "{LATER}"}}, {{"@type": "schema:Article", "headline": "{HEADLINE}", '
            f'"datePublished": "{PUBLISHED}"}}]//]]></script>',
            "",
            PUBLISHED,
        ),
        # unreadable values are ignored
        (linked(datePublished=["x"], articleSection={"a": 1}), "", None),
        (meta("article:published_time", "soon"), "", None),
        (
            meta("article:published_time", "2023-02-30") + meta("date", "2023-02-26", "name"),
            "",
            "2023-02-26"),
        (
            meta("date", "2023-02-26", "name"),
            stamp(PUBLISHED),
            PUBLISHED),
        (
            linked(isBasedOn={"@type": "Report", "datePublished": "2019-01-01T00:00:00Z"}, datePublished=PUBLISHED),
            "",
            PUBLISHED),
        (
            '<script type="application/ld+json">{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", '
            '"datePublished": "2019-01-01T00:00:00Z"}]}</script>' + linked(datePublished=PUBLISHED),
            "",
            PUBLISHED),
    ],
)  # fmt: skip
def test_date_is_read_from_metadata(tmp_path: Path, head: str, above: str, iso: str | None) -> None:
    article = read_article(tmp_path, page(head, above))
    assert (None if article.date is None else str(article.date)) == iso
    assert article.body == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("head", "root", "field", "expected"),
    [
        (meta("author", "Jane Doe", "name"), "", "byline", "Jane Doe"),
        (meta("author", "Jane Doe", "name") + meta("author", "John Roe", "name"), "", "byline", "Jane Doe, John Roe"),
        (linked(headline=HEADLINE, author={"@type": "Person", "name": "Jane Doe"}), "", "byline", "Jane Doe"),
        (meta("article:section", "Money &amp; Markets"), "", "section", "Money & Markets"),
        (linked(articleSection="Asien – Märkte"), "", "section", "Asien – Märkte"),
        (linked(articleSection=["World", "Asia"]), "", "section", "World"),
        (meta("keywords", "rates, banks", "name"), "", "keywords", ("rates", "banks")),
        (meta("article:tag", "rates") + meta("article:tag", "banks"), "", "keywords", ("rates", "banks")),
        ("", ' lang="de"', "language", "de"),
        ("", " class='x' lang='pt_BR'", "language", "pt-BR"),
        ("", " lang=fr", "language", "fr"),
        ("", "", "language", ""),
        ('<link rel="canonical" href="https://gazette.example/a">', "", "url", "https://gazette.example/a"),
        ("", "", "source", "The Gazette"),
        ("", "", "dateline", ""),
    ],
)
def test_fields_are_read_from_metadata(tmp_path: Path, head: str, root: str, field: str, expected: object) -> None:
    assert getattr(read_article(tmp_path, page(head, root=root)), field) == expected


def canonical(address: str) -> str:
    return f'<link rel="canonical" href="{address}">'


A, B = "https://gazette.example/a", "https://m.gazette.example/b?saved=1"


@pytest.mark.parametrize(
    ("head", "url", "expected", "where"),
    [
        (canonical(A), None, A, "link rel=canonical"),
        (meta("og:url", A), None, A, "og:url"),
        # an address that the page states replaces the one it was saved from …
        (canonical(A), B, A, "link rel=canonical"),
        (canonical("/b"), B, "https://m.gazette.example/b", "link rel=canonical"),
        # … unless it is on another site or the front page
        (canonical("https://other.example/a"), B, B, "the source"),
        (canonical("https://gazette.example/"), B, B, "the source"),
        (canonical("javascript:void(0)"), B, B, "the source"),
        (canonical("http://["), B, B, "the source"),
        ("", None, "", ""),
    ],
)
def test_address_is_the_canonical_url(tmp_path: Path, head: str, url: str | None, expected: str, where: str) -> None:
    article = read_article(tmp_path, page(head), url=url)
    assert (article.url, article.provenance.get("url", "")) == (expected, where)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(page().encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param(page().replace("utf-8", "utf-16").encode("utf-16"), id="UTF-16"),
        pytest.param(page().replace("utf-8", "windows-1252").encode("cp1252"), id="Windows-1252"),
        pytest.param(page().replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param("<?xml version='1.0'?>\n<!-- saved -->\n" + page(), id="with a comment first"),
    ],
)
@pytest.mark.parametrize("name", ["page.html", "page.htm", "page", "page.txt"])
def test_page_is_recognised_by_its_first_bytes_in_any_encoding(tmp_path: Path, data: str | bytes, name: str) -> None:
    article = read_article(tmp_path, data, name=name)
    assert (article.headline, article.body) == (HEADLINE, "\n".join(PARAGRAPHS))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"<p>", "no article was found on this page"),
        (
            b"<!doctype html><html><head><title>x</title></head><body></body></html>",
            "no article was found on this page",
        ),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "it is binary data, not text"),
        (b"<html>" + bytes(range(256)) * 9, "it is binary data, not text"),
        (b"<!doctype html><html><body>" + b"<div>" * 20_000 + b"x", "no article was found on this page"),
    ],
    ids=["empty", "blank", "fragment", "no body", "an image", "marked image", "deep"],
)
def test_page_without_an_article_is_skipped(tmp_path: Path, data: bytes, reason: str) -> None:
    assert read_page(tmp_path, data) == Skip("page.html", reason)


@pytest.mark.parametrize("keep", [0.55, 0.75, 0.9])
def test_truncated_page_gives_its_first_paragraphs(tmp_path: Path, keep: float) -> None:
    whole = page()
    article = read_article(tmp_path, whole[: int(len(whole) * keep)])
    assert article.headline == HEADLINE
    assert "\n".join(PARAGRAPHS).startswith(article.body.rstrip("Rel")[:60])


@pytest.mark.parametrize(
    "opened",
    ['<script type="application/ld+json">' * 1_300, "<meta " * 40_000, "<time " * 8_000, "<!---->" * 500],
    ids=["script", "meta", "time", "comment"],
)
def test_page_with_many_open_tags_is_read_quickly(tmp_path: Path, opened: str) -> None:
    read_article(tmp_path, page())  # loads the model
    began = time.process_time()
    read_page(tmp_path, page() + opened)
    read_page(tmp_path, opened, "opened.txt")
    assert time.process_time() - began < 0.5


def test_provenance_names_the_origin_of_each_value(tmp_path: Path) -> None:
    paragraphs = "".join(f"<p>Rain fell on the city for {n} days and nights, and the river rose.</p>" for n in range(9))
    json_ld = linked(headline="River rises", datePublished="2023-02-01T13:33:00+09:00")
    page = (
        f"<!doctype html><html><head><title>River rises - Courier</title>{json_ld}</head><body><article>"
        f"<h1>River rises</h1>{paragraphs}</article></body></html>"
    )
    article = read_article(tmp_path, page)
    assert article.provenance == {"headline": "h1", "body": "the page", "date": "JSON-LD datePublished"}
    assert (article.headline, str(article.date)) == ("River rises", "2023-02-01T13:33:00+09:00")
