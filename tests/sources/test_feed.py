"""Saved feeds: RSS and Atom, valid and broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_files import Item, read_source

from searchidx import Article
from searchidx.extract.markup import to_paragraphs
from searchidx.sources import Skip

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Courier</title><language>en-gb</language>
<item><title>River &amp; mill</title><link>https://courier.example/1</link><guid>tag:courier,1</guid>
<description>Rain fell.</description><content:encoded><![CDATA[<p>Rain fell for <b>three</b> days.</p><p>The mill
was cut off.</p><script>x()</script>]]></content:encoded><pubDate>Wed, 01 Feb 2023 13:33:00 +0900</pubDate>
<dc:creator>Jane Doe</dc:creator><category>Floods</category><category>Weather</category></item>
<item><title>Bridge closes</title><link>https://courier.example/2</link>
<author>j@courier.example (John Roe)</author></item>
<item><pubDate>Wed, 01 Feb 2023 13:33:00 +0900</pubDate></item>
</channel></rss>"""
RIVER = Article(
    "tag:courier,1", "River & mill", "Rain fell for three days.\nThe mill was cut off.", "2023-02-01T13:33:00+09:00",
    byline="Jane Doe", source="The Courier", language="en-gb", keywords=["Floods", "Weather"],
    url="https://courier.example/1", path="a.xml",
)  # fmt: skip
BRIDGE = Article(
    "https://courier.example/2", "Bridge closes", byline="John Roe", source="The Courier", language="en-gb",
    url="https://courier.example/2", path="a.xml",
)  # fmt: skip
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title type="html">Der &lt;i&gt;Kurier&lt;/i&gt;</title>
<entry><id>urn:1</id><title>Fluss steigt</title><link rel="self" href="https://k.example/1.atom"/>
<link href="https://k.example/1"/><author><name>Jana Roth</name></author><updated>2023-02-02T00:00:00Z</updated>
<published>2023-02-01T13:33:00+01:00</published><category term="Wetter"/><summary>Kurz.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Es regnet.</p><p>Die Mühle steht.</p></div></content>
</entry></feed>"""


def read(folder: Path, data: str | bytes, name: str = "a.xml") -> list[Item]:
    return read_source(folder, data, name)


def test_rss_entries_become_articles(tmp_path: Path) -> None:
    found = read(tmp_path, RSS)
    assert found[:2] == [RIVER, BRIDGE]
    assert [(each.place, each.reason) for each in found if isinstance(each, Skip)] == [
        ("a.xml#3 (a.xml#3)", "an article needs a headline or a body, and this one has neither")
    ]
    assert isinstance(found[0], Article)
    assert found[0].provenance == {
        "headline": "title", "body": "encoded", "date": "pubDate", "byline": "author", "source": "the feed's title",
        "language": "the feed's language", "keywords": "category", "url": "link",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a.rss", "a.xml", "a"])
def test_atom_entries_become_articles(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, ATOM, name) == [
        Article(
            "urn:1", "Fluss steigt", "Es regnet.\nDie Mühle steht.", "2023-02-01T13:33:00+01:00", byline="Jana Roth",
            source="Der Kurier", language="de", keywords=["Wetter"], url="https://k.example/1", path=name,
        )
    ]  # fmt: skip


def test_rdf_entries_become_articles(tmp_path: Path) -> None:
    data = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Courier</title></channel>
    <item rdf:about="https://c.example/1"><title>River rises</title><dc:date>2023-02</dc:date></item></rdf:RDF>"""
    assert read(tmp_path, data) == [
        Article("https://c.example/1", "River rises", date="2023-02", source="Courier", url="https://c.example/1",
                path="a.xml")
    ]  # fmt: skip


def test_own_elements_of_a_feed_come_before_those_of_modules(tmp_path: Path) -> None:
    data = """<r:rss version="2.0" xmlns:r="urn:rss" xmlns:media="http://search.yahoo.com/mrss/" xmlns:x="urn:x"
    xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><r:channel><r:title>Courier</r:title><r:item>
    <media:title>A picture</media:title><media:description>The mill, seen from the bridge on Tuesday</media:description>
    <x:description>Something else that is longer than what it stands before</x:description>
    <r:title>River rises</r:title><r:description>Rain fell.</r:description><r:link>https://count.example/1</r:link>
    <f:origLink>https://c.example/1</f:origLink><r:source url="https://w.example/rss">The Wire</r:source></r:item>
    </r:channel></r:rss>"""
    assert read(tmp_path, data) == [
        Article("https://c.example/1", "River rises", "Rain fell.", source="The Wire", url="https://c.example/1",
                path="a.xml")
    ]  # fmt: skip


def test_address_of_an_entry_is_resolved_against_its_base(tmp_path: Path) -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://k.example/"><author><name>Jana Roth</name>
    </author><entry xml:base="news/"><id>urn:1</id><title>Fluss</title><link href="1"/></entry>
    <entry xml:lang="fr"><id>urn:2</id><title>Rivière</title><author><name>Jo</name></author>
    <source><title>Le Fil</title></source></entry></feed>"""
    assert read(tmp_path, atom) == [
        Article("urn:1", "Fluss", byline="Jana Roth", url="https://k.example/news/1", path="a.xml"),
        Article("urn:2", "Rivière", byline="Jo", source="Le Fil", language="fr", path="a.xml"),
    ]
    rss = """<rss><channel><link>https://k.example/</link><item><title>A</title><link>/a</link></item>
    <item><title>B</title><guid>https://k.example/b</guid></item>
    <item><title>C</title><guid isPermaLink="false">https://k.example/c</guid></item></channel></rss>"""
    urls = [each.url for each in read(tmp_path, rss) if isinstance(each, Article)]
    assert urls == ["https://k.example/a", "https://k.example/b", ""]


def test_truncated_feed_gives_its_whole_entries_and_a_skip(tmp_path: Path) -> None:
    found = read(tmp_path, RSS[: RSS.index("Bridge closes")])
    assert found[0] == RIVER
    assert isinstance(found[-1], Skip)
    assert found[-1].damaged
    assert found[-1].reason.startswith("the feed is damaged: ")


def test_invalid_date_of_an_entry_costs_only_the_date(tmp_path: Path) -> None:
    found = read(tmp_path, RSS.replace("Wed, 01 Feb 2023 13:33:00 +0900", "soon", 1))
    assert isinstance(found[0], Article)
    assert found[0].date is None
    assert isinstance(found[1], Skip)
    assert found[1].reason.startswith("date: 'soon' is not an ISO date")
    assert found[1].reason.endswith(": the article is read without a date")
    assert found[2] == BRIDGE


def test_feed_without_entries_gives_a_skip(tmp_path: Path) -> None:
    assert read(tmp_path, "<rss><channel></channel></rss>") == [Skip("a.xml", "it holds no article", damaged=False)]


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<rss><channel><item><title>River &x; &a;</title></item></channel></rss>",
        '<rss><channel><item><title>River</title><description>&x;</description></item></channel></rss>',
    ],
)  # fmt: skip
def test_entities_of_a_feed_are_not_resolved(tmp_path: Path, data: str) -> None:
    for found in read(tmp_path, data):
        text = found.reason if isinstance(found, Skip) else f"{found.headline}{found.body}"
        assert "root:" not in text


def test_deeply_nested_feed_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, "<rss>" + "<a>" * 200_000)


def test_other_xml_is_not_read_as_text(tmp_path: Path) -> None:
    data = '<?xml version="1.0"?><urlset><url><loc>https://c.example/1</loc></url></urlset>'
    assert read(tmp_path, data) == [Skip("a.xml", "it is XML of an unsupported kind", damaged=False)]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Rain fell.", "Rain fell."),
        ("Rain\n\n  fell ", "Rain\nfell"),
        ("<p>Rain</p><p>fell</p>", "Rain\nfell"),
        ("Rain<br>fell<br/>again", "Rain\nfell\nagain"),
        ("Rain <b>fe</b>ll &amp; fell", "Rain fell & fell"),
        ("<ul><li>Rain</li><li>Snow</li></ul>", "Rain\nSnow"),
        ("<p>Rain<script>x<y</script> fell</p><style>p {}</style>", "Rain fell"),
        ("<!-- Rain -->", ""),
        ("a < b and b > c", "a < b and b > c"),
    ],
)
def test_html_becomes_paragraphs(markup: str, text: str) -> None:
    assert to_paragraphs(markup) == text


def test_html_in_a_json_body_becomes_paragraphs(tmp_path: Path) -> None:
    data = '{"id": "a", "title": "River", "content_html": "<p>Rain</p><p>fell</p>"}'
    assert [each.body for each in read(tmp_path, data, "a.json") if isinstance(each, Article)] == ["Rain\nfell"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_gives_articles_or_skips(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray((RSS if data.draw(st.booleans()) else ATOM).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=4))
    found = read(tmp_path_factory.getbasetemp(), bytes(whole))
    assert found
    assert all(isinstance(each, (Article, Skip)) for each in found)
