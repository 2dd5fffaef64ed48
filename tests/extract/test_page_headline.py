"""The headline of a page: each rule on a small page."""

from __future__ import annotations

import pytest
from lxml import html

from searchidx.extract.blocks import outline_page
from searchidx.extract.page_headline import find_headline
from searchidx.extract.page_metadata import MetadataValue

SITE = "https://www.dailycourier.example/news/river"
TEXT = "The council voted on Monday evening to close the bridge to lorries after inspectors found cracks. " * 3


def headline(body: str, url: str | None = SITE, sites: tuple[str, ...] = (), **stated: str) -> str:
    tree = html.fromstring(f"<html><body>{body}</body></html>")
    return find_headline(
        tree, outline_page(tree).main_blocks, [MetadataValue(where, text) for where, text in stated.items()], sites, url
    )[0]


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
        ('<h1><b class="article__kicker">Floods</b>: River rises</h1>', {"og": "Floods - River rises"}, "River rises"),
        ('<h1><i class="Dachzeile">Floods in town</i> River rises</h1>', {"og": "Floods in town"}, "River rises"),
        ('<h1><i class="topline">River rises</i></h1>', {"og": "River rises"}, "River rises"),
        ('<h1>River <i class="topline">rises</i> again</h1>', {"og": "River rises again"}, "River rises again"),
        ("<h1><span>Floods</span> River rises</h1>", {"og": "Floods – River rises"}, "River rises"),
        ("<h1><span>Floods</span><i>: </i><span>River rises</span></h1>", {"og": "River rises"}, "River rises"),
        ("<h1><span>Water.</span> River rises</h1>", {"og": "Water. River rises"}, "Water. River rises"),
        # unless the titles state it with a colon
        ("<h1><span>Floods</span> River rises</h1>", {"og": "Floods: River rises"}, "Floods: River rises"),
        (
            '<h1><b class="kicker">Floods</b> River rises</h1>',
            {"ld": "Floods: River rises", "title": "Floods: River rises | Courier"},
            "Floods: River rises",
        ),
        ("<h1><span>洪水</span> 河川の水位が上昇</h1>", {"og": "洪水：河川の水位が上昇"}, "洪水：河川の水位が上昇"),
        ("<h1><span>Floods</span> River rises</h1>", {"og": "Floods: River rises", "x": "River rises"}, "River rises"),
        # a kicker alone is not the headline, even where titles begin with it
        (
            '<h1><span>Boats on the old river<b class="sr-only">:</b></span> <i>Council closes it to traffic</i></h1>',
            {"og": "Boats on the old river: closed from May"},
            "Council closes it to traffic",
        ),
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
        ("<h1>Cracks found, town cut off</h1><p>{text}</p><h2>Why the bridge closes</h2>",
         {"og": "Why the old bridge closes"}, "Cracks found, town cut off"),
        ("<h1>Bridge closes in May</h1><p>{text}</p><aside><h1>More news</h1></aside>",
         {"og": "A town is cut off", "title": "A town is cut off"}, "Bridge closes in May"),
        ("<h1>Bridge closes in May</h1><p>{text}</p><div><h1>More news</h1></div>",
         {"og": "A town is cut off", "title": "A town is cut off"}, "Bridge closes in May"),
        ("<h2>Bridge closes</h2><p>{text}</p><h2>What next</h2>", {"title": "Courier News"}, "Bridge closes"),
        ("<h2>Topics</h2>" + "<div>x</div>" * 5 + "<p>{text}</p>", {"title": "Bridge closes | News"}, "Bridge closes"),
        ("<h1>News</h1><h2>Bridge closes</h2><p>{text}</p>", {"title": "Courier - Bridge closes - x"}, "Bridge closes"),
        # a heading in a breadcrumb or menu, or for screen readers, is the headline only where there is no other
        (
            "<nav><ol><li><h1>Bridge: all you must know</h1></ol></nav><h2>Bridge closes</h2><p>{text}</p>",
            {"ld": "Bridge: all you must know", "og": "Bridge closes", "title": "Bridge: all you must know"},
            "Bridge closes",
        ),
        ("<nav><h1>Bridge closes</h1></nav><p>{text}</p>", {"title": "Bridge closes"}, "Bridge closes"),
        (
            '<h2 class="sr-only">Bridge closes: why | Bridges</h2><h1>Bridge closes</h1><p>{text}</p>',
            {"og": "Bridge closes: why | Bridges", "headline": "Bridge closes"},
            "Bridge closes",
        ),
        # buttons, links of a heading to itself, and hidden words are not part of it
        ('<h1>Bridge closes <a class="headerlink" href="#b">Permalink</a></h1>', {}, "Bridge closes"),
        ('<h1>Bridge closes<button>Share</button><i class="visually-hidden">, news</i></h1>', {}, "Bridge closes"),
        # a day before the headline is not part of it
        ("<h1>23.01.2022 - Bridge closes in May</h1>", {"og": "23.01.2022 - Bridge closes in May - Courier"},
         "Bridge closes in May"),
        ("<h1>24/7 Bridge closes in May</h1>", {"og": "24/7 Bridge closes in May"}, "24/7 Bridge closes in May"),
        # titles of languages without spaces
        ("<h1>河口报</h1><h2>可动桥五月起禁止通行</h2><p>{text}</p>", {"title": "可动桥五月起禁止通行_地区_河口报"},
         "可动桥五月起禁止通行"),
        ("<h1>可動橋、通行止めに</h1><p>{text}</p>", {"title": "可動橋、通行止めに｜川新聞"}, "可動橋、通行止めに"),
        ("<h1>เว็บข่าว</h1><h2>สะพานปิดเดือนพฤษภาคม</h2><p>{text}</p>", {"title": "สะพานปิดเดือนพฤษภาคม | เว็บข่าว"},
         "สะพานปิดเดือนพฤษภาคม"),
        ("<h1>إغلاق الجسر في مايو</h1><p>{text}</p>", {"title": "إغلاق الجسر في مايو | صحيفة النهر"},
         "إغلاق الجسر في مايو"),
        # the site's name is not a headline
        ("<h1>Daily Courier Example</h1>", {"title": "River rises - dailycourier.example"}, "River rises"),
        ("<h1>Dailycourier</h1><h2>River rises at last</h2>", {"title": "River rises at last"}, "River rises at last"),
        ('<h1><a href="/">Old Times</a></h1><h2>River rises</h2>', {"title": "Old Times - River rises"}, "River rises"),
        ('<a href="//x.example/"><h1>Times</h1></a><p>River</p>', {"title": "River rises"}, "River rises"),
        ('<h1><a href="/river">River</a></h1>', {"title": "River"}, "River"),
        # without a heading, the title without the site's name
        ("<p>River</p>", {"title": "The Daily Courier of Town - River rises"}, "River rises"),
        ("<p>川</p>", {"title": "大雨で川の水位上昇、町で警戒続く-地域-川新聞"}, "大雨で川の水位上昇、町で警戒続く"),
        ("<p>River</p>", {"og": "River rises over its banks - Courier"}, "River rises over its banks"),
        ("<p>River</p>", {"title": "River rises over its banks | Courier"}, "River rises over its banks"),
        ("<p>川</p>", {"title": "有英勇的你，才有英雄的城！-新华网"}, "有英勇的你，才有英雄的城！"),
        ("<p>River</p>", {"title": "River - and sea"}, "River - and sea"),
        ("<p>River</p>", {"title": "River rises over town | The paper of the people of the old town"},
         "River rises over town"),
        ("<p>River</p>", {"og": "River rises in town – at last", "title": "River rises in town – at last | Courier"},
         "River rises in town – at last"),
        ("<p>River</p>", {"og": "River rises - with many pictures", "twitter": "River rises"}, "River rises"),
        ("<p>River</p>", {}, ""),
    ],
)  # fmt: skip
def test_headline_is_the_heading_that_titles_support(body: str, stated: dict[str, str], expected: str) -> None:
    assert headline(body.replace("{text}", TEXT), **stated) == expected


def test_site_name_is_not_a_headline() -> None:
    assert headline("<h1>Kurier</h1><h2>Fluss steigt</h2>", sites=("Kurier",), title="Fluss steigt – Kurier") == (
        "Fluss steigt"
    )


def test_name_that_a_title_states_is_not_the_name_of_the_site() -> None:
    body = f"<h1>back to news</h1><h1>Bridge closes</h1><p>{TEXT}</p>"
    assert headline(body, sites=("Bridge closes",), og="Bridge closes", title="Bridge closes") == "Bridge closes"
    assert headline(body, sites=("Daily Courier",), og="Daily Courier", title="Bridge closes") == "Bridge closes"


def test_original_address_of_a_web_archive_names_the_site() -> None:
    address = "https://archive.example/web/2014/http://www.time4talks.example/kinos"
    body = f"<h1>Time 4 talks</h1><h2>Cinemas go digital</h2><p>{TEXT}</p>"
    assert headline(body, address, title="Time 4 talks » Blog » Cinemas go digital") == "Cinemas go digital"


@pytest.mark.parametrize(
    "page",
    [
        "<h2>x" * 50_000,
        "<h1>" + "<span>x" * 50_000,
        "<h1>" + '<a href="/x">x</a>' * 50_000 + "</h1>",
        '<h1 class="' + "visually- " * 100_000 + '">River</h1>',
        f"<h1>{'River ' * 200_000}</h1>",
    ],
)
def test_hostile_headings_are_read_quickly(page: str) -> None:
    headline(page, title="River rises")


def test_page_with_many_headings_is_read_quickly() -> None:
    many = "".join(f"<h2>Other {n}</h2>" for n in range(50_000))
    assert headline(f"<h1>River rises</h1>{many}", title="River rises - " * 20_000) == "River rises"
