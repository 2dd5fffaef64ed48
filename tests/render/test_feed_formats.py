"""Feeds, read back by feedparser and by an XML parser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hostile_articles import hostile_articles, seeded_articles
from hypothesis import given
from hypothesis import strategies as st

from searchidx import Article, Hits, Snippet
from searchidx.render.feed_formats import (
    Feed,
    atom,
    opensearch,
    rss,
)

A, S, D = (
    "{http://www.w3.org/2005/Atom}",
    "{http://a9.com/-/spec/opensearch/1.1/}",
    "{http://purl.org/dc/elements/1.1/}",
)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SEEDED = seeded_articles(60)


def feed(
    articles: list[Article], query: str = "oil", offset: int = 0, limit: int = 50, total: int | None = None
) -> Feed:
    """A feed of articles, each with its whole body as passage and its second and third characters as matched."""
    hits: Any = [
        SimpleNamespace(
            id=each.id,
            headline=each.headline,
            date=each.date,
            article=each,
            snippet=Snippet(each.body, ((1, 3),) if len(each.body) > 3 else ()),
        )
        for each in articles
    ]
    return Feed(
        archive="An archive & its <name>",
        query=query,
        hits=Hits(len(hits) if total is None else total, hits, tuple),
        offset=offset,
        limit=limit,
        page="http://127.0.0.1:8000/?q=oil&sort=newest",
        description="http://127.0.0.1:8000/opensearch.xml",
        at=lambda start: f"http://127.0.0.1:8000/feed?q=oil&from={start}",
        article=lambda id: "http://127.0.0.1:8000/article?id=" + "".join(f"{byte:02x}" for byte in id.encode()),
    )


def readable(text: str) -> str:
    """A text without the characters that XML cannot contain."""
    return re.sub("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_all(test: Callable[[list[Article], str], None]) -> Any:
    """Run a test of articles and a query on seeded values and on those that hypothesis generates."""

    @pytest.mark.parametrize("seeded", [True, False])
    @given(st.data())
    def check(seeded: bool, data: st.DataObject) -> None:
        if seeded:
            test(SEEDED, '"oil" <b>&amp;')
        else:
            articles = data.draw(st.lists(hostile_articles(), max_size=3, unique_by=lambda a: a.id))
            test(articles, data.draw(st.text(st.characters(exclude_categories=("Cs",)))))

    return check


@with_all
def test_atom_round_trips_articles(articles: list[Article], query: str) -> None:
    root = ET.fromstring(atom(feed(articles, query)))
    assert root.tag == f"{A}feed"
    entries = root.findall(f"{A}entry")
    assert len(entries) == len(articles)
    assert lines(root.findtext(f"{A}title") or "") == lines(readable(f"{query} – An archive & its <name>"))
    assert [len(root.findall(A + name)) for name in ("id", "title", "updated", "author")] == [1, 1, 1, 1]
    assert len({entry.findtext(f"{A}id") for entry in entries}) == len(entries)
    for entry, article in zip(entries, articles, strict=True):
        assert entry.findtext(f"{A}title") == lines(readable(article.headline or article.body[:80]))
        assert [len(entry.findall(A + name)) for name in ("id", "title", "updated", "summary")] == [1, 1, 1, 1]
        assert MOMENT.fullmatch(entry.findtext(f"{A}updated") or "")
        summary = entry.find(f"{A}summary")
        assert summary is not None
        assert summary.get("type") == "html"
        passage(summary.text or "", article)
        assert (entry.findtext(f"{D}date") or "") == ("" if article.date is None else str(article.date)[:10])
        assert (entry.findtext(f"{D}publisher") or "") == readable(article.source)
        for link in entry.findall(f"{A}link"):
            assert re.fullmatch(r"(?i)https?://[!#-;=?-\[\]_a-z~%]+", link.get("href") or ""), link.get("href")


@with_all
def test_rss_round_trips_articles(articles: list[Article], query: str) -> None:
    root = ET.fromstring(rss(feed(articles, query)))
    channel = root.find("channel")
    assert (root.tag, root.get("version"), channel is not None) == ("rss", "2.0", True)
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description"))
    items = channel.findall("item")
    assert len({item.findtext("guid") for item in items}) == len(items) == len(articles)
    for item, article in zip(items, articles, strict=True):
        title = item.findtext("title") or ""
        assert "<" not in title
        expected = lines(readable(article.headline or article.body[:80]))
        assert title == expected.replace("<", "&lt;")
        passage(item.findtext("description") or "", article)
        assert (item.find("pubDate") is None) == (article.date is None or article.date.day is None)


def passage(html: str, article: Article) -> None:
    """Assert that HTML is the body, escaped, with the match in bold."""
    assert set(re.findall(r"<[^>]*>?", html)) <= {"<b>", "</b>"}
    assert html.count("<b>") == html.count("</b>") == (len(article.body) > 3)
    text = re.sub("</?b>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert text == lines(readable(article.body))
    matched = re.search("<b>(.*)</b>", html, re.DOTALL)
    if matched is not None and "\r" not in article.body:
        assert len(re.sub("&[a-z]+;", "x", matched[1])) == 2


@pytest.mark.parametrize("make", [atom, rss])
def test_feedparser_reads_both_formats(make: Callable[[Feed], str]) -> None:
    found = feedparser.parse(make(feed(SEEDED, "oil & gas <x>", offset=50, total=230)))
    assert not found.bozo
    assert found.version == {atom: "atom10", rss: "rss20"}[make]
    about = found.feed
    assert about.title in ("oil & gas <x> – An archive & its <name>", "oil & gas &lt;x> – An archive & its &lt;name>")
    assert about.link == "http://127.0.0.1:8000/?q=oil&sort=newest"
    assert (about.opensearch_totalresults, about.opensearch_startindex) == ("230", "51")
    assert about.opensearch_itemsperpage == "50"
    assert unquote(about.opensearch_query["searchterms"]) == "oil & gas <x>"
    links = {link.rel: link.href.rpartition("from=")[2] for link in about.links if "from=" in link.href}
    assert links == {"self": "50", "first": "0", "previous": "0", "next": "100", "last": "200"}
    for entry, article in zip(found.entries, SEEDED, strict=True):
        assert entry.link.endswith(article.id.encode().hex())
        assert entry.id.startswith("urn:uuid:")
        assert not re.search(r"<(?!/?b>)", entry.summary)
        if str(article.date) == "2023-02-01T13:33:00+09:00":
            assert entry.published_parsed[:6] == (2023, 2, 1, 4, 33, 0)
        assert bool(entry.get("published")) == (article.date is not None and article.date.day is not None)


@pytest.mark.parametrize(
    ("date", "published", "updated"),
    [
        ("2023-02-01T13:33:20+09:00", "2023-02-01T04:33:20Z", "2023-02-01T04:33:20Z"),
        ("2023-02-01T13:33:20.5", "2023-02-01T13:33:20Z", "2023-02-01T13:33:20Z"),
        ("1911-03-10T23:00+00:09:21", "1911-03-10T22:50:39Z", "1911-03-10T22:50:39Z"),
        ("2023-02-01", "2023-02-01T12:00:00Z", "2023-02-01T12:00:00Z"),
        ("0001-01-01T01:00+09:00", "0001-01-01T12:00:00Z", "0001-01-01T12:00:00Z"),
        ("2023-02", None, "2023-02-01T12:00:00Z"),
        ("2023", None, "2023-01-01T12:00:00Z"),
        (None, None, "1970-01-01T12:00:00Z"),
    ],
)
def test_partial_dates_become_times(date: str | None, published: str | None, updated: str) -> None:
    article = Article("a1", "Headline", date=date)
    entry = ET.fromstring(atom(feed([article]))).find(f"{A}entry")
    assert entry is not None
    assert (entry.findtext(f"{A}published"), entry.findtext(f"{A}updated")) == (published, updated)
    item = ET.fromstring(rss(feed([article]))).find("channel/item")
    assert item is not None
    sent = item.findtext("pubDate")
    assert (sent is None) == (published is None)
    if sent is not None and published is not None:
        moment = dt.datetime.strptime(sent, "%a, %d %b %Y %H:%M:%S %z")
        assert moment == dt.datetime.fromisoformat(published)


def test_feed_update_is_that_of_its_newest_entry() -> None:
    articles = [Article("a1", "One", date="1999"), Article("a2", "Two", date="2001-05-06"), Article("a3", "Three")]
    root = ET.fromstring(atom(feed(articles)))
    assert root.findtext(f"{A}updated") == "2001-05-06T12:00:00Z"
    assert ET.fromstring(atom(feed([]))).findtext(f"{A}updated") == "1970-01-01T12:00:00Z"


@pytest.mark.parametrize(
    ("offset", "total", "expected"),
    [
        (0, 0, {"self": 0, "first": 0, "last": 0}),
        (0, 10, {"self": 0, "first": 0, "last": 0}),
        (0, 11, {"self": 0, "first": 0, "next": 10, "last": 10}),
        (10, 20, {"self": 10, "first": 0, "previous": 0, "last": 10}),
        (90, 20, {"self": 90, "first": 0, "last": 10}),
    ],
)
def test_feed_links_to_first_previous_next_and_last_page(offset: int, total: int, expected: dict[str, int]) -> None:
    pages = dict(feed([], offset=offset, limit=10, total=total).pages)
    assert {relation: int(address.rpartition("=")[2]) for relation, address in pages.items()} == expected


def test_entries_have_authors_and_categories() -> None:
    article = Article("a1", "One", byline="By Jane Doe and J. R. Roe", section="World", keywords=("NATO", "World"))
    root = ET.fromstring(atom(feed([article])))
    assert [each.text for each in root.findall(f"{A}entry/{A}author/{A}name")] == ["Jane Doe", "J. R. Roe"]
    assert [each.get("term") for each in root.findall(f"{A}entry/{A}category")] == ["World", "NATO"]
    root = ET.fromstring(rss(feed([article])))
    assert [each.text for each in root.findall(f"channel/item/{D}creator")] == ["Jane Doe", "J. R. Roe"]
    assert [each.text for each in root.findall("channel/item/category")] == ["World", "NATO"]


@pytest.mark.parametrize(("total", "expected"), [(0, "0 articles"), (1, "1 article"), (1200, "1,200 articles")])
def test_rss_description_counts_articles(total: int, expected: str) -> None:
    assert ET.fromstring(rss(feed([], total=total))).findtext("channel/description") == expected


def test_only_http_urls_become_links() -> None:
    addresses = (
        "https://example.org/a b",
        "javascript:alert(1)",
        "http://x",
        "ftp://x",
        "//x",
        " data:,x",
        "HTTP://é/",
    )
    articles = [Article(f"a{n}", "One", url=url) for n, url in enumerate(addresses)]
    entries = ET.fromstring(atom(feed(articles))).findall(f"{A}entry")
    found = [[each.get("href") for each in entry.findall(f"{A}link[@rel='via']")] for entry in entries]
    assert found == [[], [], ["http://x"], [], [], [], ["HTTP://%C3%A9/"]]


def test_opensearch_description_lists_urls() -> None:
    written = opensearch(
        "A name of more than sixteen <characters>",
        "http://x/opensearch.xml",
        page="http://x/?q={searchTerms}",
        suggestions="http://x/s?q={searchTerms}",
        atom="http://x/a?q={searchTerms}",
        rss="http://x/r?q={searchTerms}",
    )
    root = ET.fromstring(written)
    assert root.tag == f"{S}OpenSearchDescription"
    assert root.findtext(f"{S}ShortName") == "A name of more …"
    assert len(root.findtext(f"{S}Description") or "") <= 1024
    found = {(each.get("rel"), each.get("type")): each.get("template") for each in root.findall(f"{S}Url")}
    assert found == {
        ("results", "text/html"): "http://x/?q={searchTerms}",
        ("suggestions", "application/x-suggestions+json"): "http://x/s?q={searchTerms}",
        ("results", "application/atom+xml"): "http://x/a?q={searchTerms}",
        ("results", "application/rss+xml"): "http://x/r?q={searchTerms}",
        ("self", "application/opensearchdescription+xml"): "http://x/opensearch.xml",
    }
