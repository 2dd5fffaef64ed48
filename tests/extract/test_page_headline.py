"""The headline of a page: each rule on a small page."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.page_headline import find_headline
from searchidx.extract.page_metadata import MetadataValue

SITE = "https://www.dailycourier.example/news/river"


def headline(body: str, url: str | None = SITE, sites: tuple[str, ...] = (), **stated: str) -> str:
    tree = html.fromstring(f"<html><body>{body}</body></html>")
    return find_headline(tree, [MetadataValue(where, text) for where, text in stated.items()], sites, url)[0]


@pytest.mark.parametrize(
    ("body", "stated", "expected"),
    [
        # where a heading and a title agree, the heading is right
        ("<h1>River rises</h1>", {"title": "River rises"}, "River rises"),
        ("<h1>River rises</h1>", {"title": "River rises | The Courier"}, "River rises"),
        ("<h1>River rises</h1>", {"title": "The Courier - River rises"}, "River rises"),
        ("<h1>News</h1><h2>River rises again</h2>", {"title": "River rises again - The Courier"}, "River rises again"),
        ("<h1>The Courier</h1><h2>River rises</h2>", {"title": "River rises - The Courier"}, "River rises"),
        ("<h2>Most read</h2><h1>River rises</h1>", {"og": "River rises"}, "River rises"),
        # a kicker in the heading is cut off
        ("<h1><i>Floods</i><b>River rises</b></h1>", {"og": "River rises", "title": "River rises"}, "River rises"),
        ("<h1><em>Floods</em> River rises</h1>", {"ld": "Floods: River rises"}, "Floods River rises"),
        ("<h1>Eu<i>ro</i> falls</h1>", {"og": "Euro falls", "title": "Euro falls"}, "Euro falls"),
        ('<h1><b class="article__kicker">Floods</b>: River rises</h1>', {"og": "Floods: River rises"}, "River rises"),
        ('<h1><i class="Dachzeile">Floods in town</i> River rises</h1>', {"og": "Floods in town"}, "River rises"),
        ('<h1><i class="topline">River rises</i></h1>', {"og": "River rises"}, "River rises"),
        ('<h1>River <i class="topline">rises</i> again</h1>', {"og": "River rises again"}, "River rises again"),
        ("<h1><span>Floods</span> River rises</h1>", {"og": "Floods: River rises"}, "River rises"),
        ("<h1><span>Floods</span><i>: </i><span>River rises</span></h1>", {"og": "Floods: River rises"}, "River rises"),
        ("<h1><b><span>Floods</span><br>River rises</b></h1>", {}, "River rises"),
        ("<h1><span>Floods:</span> River rises</h1>", {"og": "Floods: River rises"}, "Floods: River rises"),
        ("<h1><span>River</span> rises again</h1>", {"og": "River rises again"}, "River rises again"),
        ("<h1><span>River rises</span><span>Floods</span></h1>", {"og": "River rises"}, "River rises"),
        # invisible text is removed
        ("<h1>Hoch\u00adwasser am\u200b Fluss</h1>", {"og": "Hochwasser am Fluss"}, "Hochwasser am Fluss"),
        ("<p>x</p>", {"og": "Hoch\u00adwasser am Fluss"}, "Hochwasser am Fluss"),
        ("<h1>River<style>.css{color:red}</style> rises</h1>", {"og": "River rises"}, "River rises"),
        ("<h1><ruby>川<rt>かわ</rt></ruby>が上がる</h1>", {"og": "川が上がる"}, "川が上がる"),
        # a title in the middle, a variant of the title, a title with markup
        ("<h1>Floods News</h1><h2>River rises</h2>", {"title": "Courier - River rises - Example"}, "River rises"),
        (
            "<h1>River rises over Old Town</h1><h2>River</h2>",
            {"title": "River rises over the Old Town", "og": "River: what happened"},
            "River rises over Old Town",
        ),
        (
            "<h3>Opinion</h3><h1>The river is not our friend</h1>",
            {"og": "Opinion | The river is not our friend", "title": "Opinion | The river is not our friend - Courier"},
            "The river is not our friend",
        ),
        # a heading that differs from every title is right if it is the only one of its kind
        ("<h1>River rises</h1><h2>Sport</h2>", {"title": "Water in town"}, "River rises"),
        # the site's name is not a headline
        ("<h1>Daily Courier Example</h1>", {"title": "River rises - dailycourier.example"}, "River rises"),
        ("<h1>Dailycourier</h1><h2>River rises at last</h2>", {"title": "River rises at last"}, "River rises at last"),
        ('<h1><a href="/">Old Times</a></h1><h2>River rises</h2>', {"title": "Old Times - River rises"}, "River rises"),
        ('<a href="//x.example/"><h1>Times</h1></a><p>River</p>', {"title": "River rises"}, "River rises"),
        ('<h1><a href="/river">River</a></h1>', {"title": "River"}, "River"),
        # without a heading, the title without the site's name
        ("<p>River</p>", {"og": "River rises over its banks - Courier"}, "River rises over its banks"),
        ("<p>River</p>", {"title": "River rises over its banks | Courier"}, "River rises over its banks"),
        ("<p>川</p>", {"title": "有英勇的你，才有英雄的城！-新华网"}, "有英勇的你，才有英雄的城！"),
        ("<p>River</p>", {"title": "River - and sea"}, "River - and sea"),
        ("<p>River</p>", {}, ""),
    ],
)  # fmt: skip
def test_headline_is_the_heading_that_titles_support(body: str, stated: dict[str, str], expected: str) -> None:
    assert headline(body, **stated) == expected


def test_site_name_is_not_a_headline() -> None:
    assert headline("<h1>Kurier</h1><h2>Fluss steigt</h2>", sites=("Kurier",), title="Fluss steigt – Kurier") == (
        "Fluss steigt"
    )


def test_page_with_many_headings_is_read_quickly() -> None:
    many = "".join(f"<h2>Other {n}</h2>" for n in range(50_000))
    assert headline(f"<h1>River rises</h1>{many}", title="River rises - " * 20_000) == "River rises"
