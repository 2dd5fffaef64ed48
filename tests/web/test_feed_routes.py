"""Feeds, the OpenSearch description and suggestions over HTTP, as feed readers and browsers read them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import feedparser
import pytest
from starlette.testclient import TestClient

import searchidx

FEEDS = {"/feed.atom": ("application/atom+xml", "atom10"), "/feed.rss": ("application/rss+xml", "rss20")}
A, S = "{http://www.w3.org/2005/Atom}", "{http://a9.com/-/spec/opensearch/1.1/}"


@pytest.fixture(scope="module")
def archive(corpus_index: Path) -> searchidx.Archive:
    return searchidx.open(corpus_index)


@pytest.mark.parametrize("path", FEEDS)
def test_feed_lists_hits_newest_first(client: TestClient, archive: searchidx.Archive, path: str) -> None:
    query = 'strait OR nato OR "AT&T"'
    answer = client.get(path, params={"q": query})
    kind, version = FEEDS[path]
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
    found = feedparser.parse(answer.content)
    assert (found.bozo, found.version) == (False, version)
    hits = archive.search(query, limit=50, sort="newest")
    assert int(found.feed.opensearch_totalresults) == hits.total == len(hits)
    assert [entry.title for entry in found.entries] == [hit.headline for hit in hits]
    for entry, hit in zip(found.entries, hits, strict=True):
        asked = urlsplit(entry.link)
        assert (asked.netloc, asked.path, parse_qs(asked.query)) == (
            "127.0.0.1:8000",
            "/article",
            {"id": [hit.id], "q": [query]},
        )
    assert parse_qs(urlsplit(found.feed.link).query) == {"q": [query], "sort": ["newest"]}


@pytest.mark.parametrize("path", FEEDS)
def test_feed_pages_hold_every_article_once(client: TestClient, archive: searchidx.Archive, path: str) -> None:
    address, ids = f"{path}?q=date:*+OR+date:none", []
    while address:
        found = feedparser.parse(client.get(address).content)
        ids += [parse_qs(urlsplit(entry.link).query)["id"][0] for entry in found.entries]
        links = {link.rel: link.href for link in found.feed.links}
        address = links.get("next", "")
    hits = archive.search("date:* OR date:none", limit=None, sort="newest")
    assert ids == [hit.id for hit in hits]
    assert len(ids) == len(archive) == 71


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize(
    ("query", "status"), [("nato AND (", 400), ("", 400), (None, 400), ("(" * 200 + "x" + ")" * 200, 422)]
)
def test_invalid_query_gets_a_problem_instead_of_a_feed(
    client: TestClient, path: str, query: str | None, status: int
) -> None:
    answer = client.get(path, params={} if query is None else {"q": query})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_feed_without_hits_is_valid(client: TestClient) -> None:
    found = feedparser.parse(client.get("/feed.atom", params={"q": "zzzz"}).content)
    assert (found.bozo, found.entries, found.feed.opensearch_totalresults) == (False, [], "0")


def test_unchanged_feed_gets_304(client: TestClient) -> None:
    first = client.get("/feed.atom", params={"q": "nato"})
    again = client.get("/feed.atom", params={"q": "nato"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_urls_of_opensearch_description_work(client: TestClient) -> None:
    """Its addresses lead to a page, to feeds and to suggestions."""
    answer = client.get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml; charset=utf-8"
    urls = {each.get("type"): each.get("template") or "" for each in ET.fromstring(answer.content).findall(f"{S}Url")}
    assert urls["text/html"] == "http://127.0.0.1:8000/?q={searchTerms}"
    for kind, template in urls.items():
        address = template.replace("{searchTerms}", "%22taiwan%20stra%22")
        if kind != "text/html":
            found = client.get(address)
            assert found.status_code == 200
            assert (found.headers["content-type"].partition(";")[0]) == kind


@pytest.mark.parametrize(("said", "scheme"), [("https", "https"), ("http", "http"), ("javascript", "http")])
def test_links_are_https_behind_a_tls_proxy(client: TestClient, said: str, scheme: str) -> None:
    for path in ("/feed.atom?q=nato", "/feed.rss?q=nato", "/opensearch.xml", "/suggestions?q=nat"):
        text = client.get(path, headers={"X-Forwarded-Proto": said}).text
        assert set(re.findall(r"(\w+)://127", text)) == {scheme}


def test_suggestions_equal_the_library(client: TestClient, archive: searchidx.Archive) -> None:
    answer = client.get("/suggestions", params={"q": "taiwan st"})
    assert answer.headers["content-type"] == "application/x-suggestions+json"
    typed, queries, about, addresses = answer.json()
    expected = archive.suggest("taiwan st")
    assert typed == "taiwan st"
    assert queries == [each.query for each in expected]
    assert queries[0] == "taiwan Strait"
    assert [int(re.match(r"\d+", text)[0]) for text in about] == [each.articles for each in expected]  # type: ignore[index]
    for address, each in zip(addresses, expected, strict=True):
        asked = parse_qs(urlsplit(address).query)
        assert asked == ({"q": [each.query]} if each.id is None else {"id": [each.id]})


def test_empty_text_gets_no_suggestions(client: TestClient) -> None:
    assert client.get("/suggestions?q=").json() == ["", [], [], []]
    assert client.get("/suggestions").status_code == 400
