"""How the pages lie in windows of any width: nothing overflows, menus open inside the window, print, forced colours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import CHROMIUM, PAGES, served, wait_until, written

import searchidx
from searchidx import Article

pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

WIDTHS = (320, 390, 768, 1366)
MORE_WIDTHS = (360, 480, 767, 991, 992, 1024, 1920)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture(scope="module")
def address(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the sample corpus, with a Hebrew article, a very long word and many matches."""
    index = tmp_path_factory.mktemp("layout") / "index"
    with searchidx.open(corpus_index) as sample, searchidx.create(index) as archive, archive.writer() as writer:
        for article in sample.articles("*"):
            writer.add(article)
        fields = {"language": "he", "source": "הארץ", "byline": "Dana Levi"}
        writer.add(Article("rtl", "חדשות היום מ־2023", "שלום עולם", "2023-02-01T13:33:00+02:00", **fields))
        writer.add(Article("long", LONG_WORD, f"{LONG_WORD} and {LONG_WORD}", "2023", source=LONG_WORD))
        writer.add(Article("many", "Many", "needle " * 40, "2023"))
    with served(index) as found:
        yield found


PLACES = {
    **PAGES,
    "long": f"/?q={LONG_WORD}",
    "long words": f"/?q={LONG_WORD}&view=words",
    "long context": f"/?q={LONG_WORD}&view=context",
    "long article": f"/article?id=long&q={LONG_WORD}",
    "many": "/article?id=many&q=needle",
}

OUTSIDE = """() => [...document.querySelectorAll("details[open] > :not(summary)")].map((each) => {
    const box = each.getBoundingClientRect();
    return [box.left, box.right, document.documentElement.clientWidth];
}).filter(([left, right, width]) => left < -0.5 || right > width + 0.5)"""


@pytest.mark.parametrize("width", [*WIDTHS, *(pytest.param(each, marks=pytest.mark.long) for each in MORE_WIDTHS)])
def test_nothing_overflows_and_open_menus_are_inside_the_window(open_page: Callable[..., Any], width: int) -> None:
    page = open_page("/")
    page.set_viewport_size({"width": width, "height": 800})
    for name, path in PLACES.items():
        page.goto(written(path))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        for at in range(page.locator("details.menu").count()):
            page.evaluate("(at) => { document.querySelectorAll('details.menu')[at].open = true; }", at)
            assert page.evaluate(OUTSIDE) == [], (name, at)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, at)
            page.evaluate("(at) => { document.querySelectorAll('details.menu')[at].open = false; }", at)


def test_every_fold_has_its_marker(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    for name, path in PLACES.items():
        page.goto(written(path))
        bare = page.evaluate(
            """() => [...document.querySelectorAll("summary")]
                .filter((each) => getComputedStyle(each).display !== "list-item").map((each) => each.innerText)"""
        )
        assert bare == [], name


@pytest.mark.parametrize("path", ["/", "/?q=nato OR strait", "/article?id=hg-1001"])
def test_arrow_keys_scroll(open_page: Callable[..., Any], path: str) -> None:
    page = open_page(path, "phone")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    wait_until(page, "() => scrollY > 0")
    assert page.evaluate("document.activeElement === document.body")


def test_dates_beside_text_from_right_to_left_keep_their_order(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=source:הארץ")
    about = page.locator(".hits .about")
    assert about.inner_text().startswith("1 February 2023, 13:33")
    places = about.locator("time").evaluate(
        """(time) => ["1", "February", "2023", "13:33"].map((word) => {
            const text = time.firstChild, range = document.createRange(), at = text.data.indexOf(word);
            range.setStart(text, at);
            range.setEnd(text, at + word.length);
            return range.getBoundingClientRect().left;
        })"""
    )
    assert places == sorted(places)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_every_match_has_a_link(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/article?id=many&q=needle", java_script_enabled=scripts)
    links = page.locator(".matches a").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    assert links == [f"#m{number}" for number in range(1, 41)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_stand_out_from_their_ground(open_page: Callable[..., Any], scheme: str) -> None:
    page = open_page("/?q=nato OR strait", color_scheme=scheme)
    bar = page.locator("svg .bar").first.evaluate("(bar) => getComputedStyle(bar).fill")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light, dark = sorted((_luminance(bar), _luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3  # WCAG 2.2, 1.4.11


def _luminance(color: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, as WCAG defines it."""
    parts = [int(part) / 255 for part in color[4:-1].split(",")]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_print_has_the_article_and_its_citation_and_no_controls(open_page: Callable[..., Any]) -> None:
    page = open_page("/article?id=hg-1001&q=bank")
    page.emulate_media(media="print")
    assert page.get_by_role("heading", level=1).is_visible()
    assert page.get_by_role("region", name="Note").is_visible()
    controls = page.locator("button, input, select, summary, nav, .back, header, footer, [download]")
    assert [each.inner_text() for each in controls.all() if each.is_visible()] == ["Note"]
    page.goto(written("/?q=nato OR strait"))
    assert page.locator(".hits .headline").first.is_visible()
    assert [each.inner_text() for each in controls.all() if each.is_visible()] == []


def test_forced_colors_keep_bars_and_marks(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=nato OR strait", forced_colors="active")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.locator("svg .bar").first.evaluate("(bar) => getComputedStyle(bar).fill") != ground
    assert page.locator(".hits mark").first.evaluate("(mark) => getComputedStyle(mark).outlineStyle") == "solid"
    current = page.locator(".views [aria-current]").evaluate("(link) => getComputedStyle(link).outlineStyle")
    assert current == "solid"


# -- where links lead ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["", "&view=context"], ids=["articles", "context"])
def test_back_returns_to_the_page_order_and_view(open_page: Callable[..., Any], view: str) -> None:
    page = open_page(f"/?q=a OR the OR in&copies=apart&sort=oldest&order=left&page=2{view}")
    before = page.url
    page.locator(".hits .headline, .kwic .match a").nth(3).click()
    page.wait_for_url("**/article?*")
    page.get_by_role("link", name="Back to results").click()
    page.wait_for_url("**/?q=*")
    assert parse_qs(urlsplit(page.url).query) == parse_qs(urlsplit(before).query)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_every_example_finds_something(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/", java_script_enabled=scripts)
    links = page.locator(".examples a").evaluate_all("all => all.map((one) => one.href)")
    assert len(links) == 5
    for link in links:
        page.goto(link)
        assert page.locator(".hits > li, .kwic tbody tr").count() > 0, link


def test_page_never_shows_quoting_for_a_shell(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=NATO Japan")
    assert page.locator(".notes").inner_text().startswith("1 article has these words side by side.")
    for path in PLACES.values():
        page.goto(written(path))
        text = page.locator("body").inner_text()
        assert "'\"" not in text
        assert "--" not in text
