"""The pages in Chromium: mouse, keyboard, no scripts, phone, accessibility (axe)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import CHROMIUM, PAGES, SCENES, written

pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs searchidx[browser]")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")


def query_of(page: Any) -> str:
    """The query in the address."""
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def headlines(page: Any) -> list[str]:
    return page.locator(".hits .headline").all_inner_texts()


# -- how they look, and for whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "size"),
    [
        ("light", "wide"),
        ("dark", "phone"),
        pytest.param("light", "phone", marks=pytest.mark.long),
        pytest.param("dark", "wide", marks=pytest.mark.long),
    ],
)
def test_pages_have_no_accessibility_violations(open_page: Callable[..., Any], scheme: str, size: str) -> None:
    page = open_page("/", size, color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for name, path, act in [
        *((name, path, None) for name, path in PAGES.items()),
        *((n, *each) for n, each in SCENES.items()),
    ]:
        page.goto(written(path))
        if act is not None:
            act(page)
        if (checked := axe.Axe().run(page)).violations_count:
            found[name] = checked.generate_report()
    assert found == {}, "\n".join(found.values())


@pytest.mark.parametrize("width", [320, 768, 1024, 2200])
def test_pages_do_not_scroll_sideways(open_page: Callable[..., Any], width: int) -> None:
    page = open_page("/")
    page.set_viewport_size({"width": width, "height": 800})
    for name, path in PAGES.items():
        page.goto(written(path))
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_touch_targets_are_at_least_24_pixels(open_page: Callable[..., Any]) -> None:
    page = open_page("/", "phone")
    for name, path in PAGES.items():
        page.goto(written(path))
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input, select, summary")].filter((each) => {
                const box = each.getBoundingClientRect();
                const inline = each.closest("p, figcaption, pre") && getComputedStyle(each).display === "inline";
                return box.width && !inline && !each.closest("svg, .skip") && (box.height < 24 || box.width < 24);
            }).map((each) => each.outerHTML)"""
        )
        assert small == [], name


# -- the way of a person who has never seen it ----------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_advanced_form_finds_and_exports_an_article(
    open_page: Callable[..., Any], tmp_path: Path, scripts: bool
) -> None:
    page = open_page("/", java_script_enabled=scripts)
    page.get_by_text("Advanced search").click()
    page.get_by_label("This exact phrase").fill("Taiwan Strait")
    page.get_by_label("Where").select_option(label="In the headline")
    page.get_by_label("From").fill("2023-01-01")
    page.get_by_label("To", exact=True).fill("2023-04-30")
    page.locator(".compose").get_by_role("button", name="Search").click()
    assert query_of(page) == 'headline:"Taiwan Strait" date:[2023-01 TO 2023-04]'
    assert page.get_by_label("Search the archive").input_value() == query_of(page)
    assert headlines(page) == ["Frigate Crosses Taiwan Strait, Drawing Protest From Beijing"]
    assert page.get_by_role("heading", level=1).inner_text().startswith("1 article")
    page.locator(".as-table summary").click()
    assert page.get_by_role("row").last.inner_text().split("\t") == ["27 February 2023", "1", "1", "1,000.0"]
    page.get_by_text("Download all").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV", exact=True).click()
    downloading.value.save_as(tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(newline="", encoding="utf-8-sig") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["text/taiwan-strait-frigate.txt"]


def test_hint_and_filter_lead_to_the_same_article(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    page.get_by_label("Search the archive").fill("taiwan strait")
    page.keyboard.press("Enter")
    page.get_by_role("link", name='"taiwan strait"').click()  # the hint about phrases
    page.get_by_role("link", name="In the headline").click()
    assert query_of(page) == 'headline:"taiwan strait"'
    assert headlines(page) == ["Frigate Crosses Taiwan Strait, Drawing Protest From Beijing"]
    page.get_by_role("link", name="Remove In the headline").click()
    assert len(headlines(page)) == 5


# -- filters, time, errors ------------------------------------------------------------------------------------------


def test_filter_is_added_to_the_query_and_removed(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=bank OR election")
    before = page.get_by_role("heading", level=1).inner_text()
    value = page.get_by_role("link", name="Harbour Gazette", exact=True)
    count = value.locator("xpath=following-sibling::span[@class='count']").inner_text()
    value.click()
    assert query_of(page) == '(bank OR election) source:="Harbour Gazette"'
    assert page.get_by_role("heading", level=1).inner_text().startswith(f"{count} article")
    page.get_by_label("Active filters").get_by_role("link").click()
    assert query_of(page) == "bank OR election"
    assert page.get_by_role("heading", level=1).inner_text() == before
    page.go_back()
    assert query_of(page) == '(bank OR election) source:="Harbour Gazette"'


def test_date_form_follows_the_query(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=bank date:2023")
    assert page.get_by_label("From").input_value() == "2023-01-01"
    assert page.get_by_label("To", exact=True).input_value() == "2023-12-31"
    page.get_by_label("To", exact=True).fill("2023-06-30")
    page.get_by_role("button", name="Set dates").click()
    assert query_of(page) == "bank date:[2023-01 TO 2023-06]"
    page.get_by_role("link", name="Any date").click()
    assert query_of(page) == "bank"
    assert page.get_by_label("From").input_value() == ""


def test_drag_over_the_timeline_sets_dates(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=nato OR strait")
    bars = page.locator("svg[data-brush] a")
    wanted = [bars.nth(at) for at in (1, 3)]
    boxes = [each.locator(".slot").bounding_box() for each in wanted]
    hrefs = [parse_qs(urlsplit(each.get_attribute("href")).query) for each in wanted]
    y = boxes[0]["y"] + boxes[0]["height"] / 2
    page.mouse.move(boxes[0]["x"] + boxes[0]["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + boxes[1]["width"] / 2, y, steps=5)
    assert page.locator("svg[data-brush] a.is-in").count() == 3
    with page.expect_navigation():
        page.mouse.up()
    assert page.get_by_label("From").input_value() == hrefs[0]["from"][0]
    assert page.get_by_label("To", exact=True).input_value() == hrefs[1]["to"][0]
    assert query_of(page) == "(nato OR strait) date:[2023-02 TO 2023-04]"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_bar_links_to_its_days(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/?q=nato", java_script_enabled=scripts)
    with page.expect_navigation():
        page.locator("svg[data-brush] a .slot").first.click()
    assert re.fullmatch(r"nato date:.*2023.*", query_of(page))
    assert len(headlines(page)) == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_query_error_is_below_the_box_with_a_correction(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/?q=hedline:election", java_script_enabled=scripts)
    box = page.get_by_label("Search the archive")
    assert box.get_attribute("aria-invalid") == "true"
    error = page.locator(f"#{box.get_attribute('aria-describedby')}")
    assert error.locator(".place").inner_text() == "hedline:"
    assert "did you mean headline?" in error.inner_text()
    below = error.bounding_box()["y"] - box.bounding_box()["y"] - box.bounding_box()["height"]
    assert 0 <= below < 40
    page.get_by_role("link", name="headline:election").click()
    assert query_of(page) == "headline:election"
    assert headlines(page)


# -- keys -----------------------------------------------------------------------------------------------------------


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.innerText || document.activeElement.id")


def test_keyboard_shortcuts_move_through_results(open_page: Callable[..., Any]) -> None:
    page = open_page("/help")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("nato japan/korea j k OR nato")
    assert page.get_by_label("Search the archive").input_value() == "nato japan/korea j k OR nato"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\?q="))
    names = headlines(page)
    assert len(names) > 2
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert focused(page) == names[at]
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/article\?"))
    assert page.get_by_role("heading", level=1).inner_text() == names[1]
    page.keyboard.press("n")
    first = page.locator("mark.is-here").get_attribute("id")
    page.keyboard.press("p")
    assert (first, page.locator("mark.is-here").count()) == ("m1", 1)
    page.keyboard.press("?")
    page.wait_for_url("**/help")


def test_keyboard_shortcuts_can_be_turned_off(open_page: Callable[..., Any]) -> None:
    page = open_page("/help")
    page.get_by_label("Use single-key shortcuts").uncheck()
    page.goto("/?q=nato")
    page.keyboard.press("j")
    page.keyboard.press("/")
    assert focused(page) not in {"q", *headlines(page)}
    page.goto("/help")
    assert not page.get_by_label("Use single-key shortcuts").is_checked()


def test_tab_order_is_complete_with_visible_focus(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=nato OR strait")
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
                const it = document.activeElement, box = it.getBoundingClientRect();
                const hasRing = it.type === "date" || getComputedStyle(it).outlineStyle !== "none";
                const isVisible = box.top >= 0 && box.bottom <= innerHeight + 1;
                return it === document.body ? null : [it.innerText || it.name || it.id, hasRing, isVisible];
            }"""
        )
        if here is None:
            break
        seen.append(here)
    names = [name for name, _, _ in seen]
    assert names[:2] == ["Skip to content", "searchidx"]
    assert [name for name in names if name in headlines(page)] == headlines(page)
    assert {"from", "to", "Set dates", "Meridian Wire"} <= set(names)
    assert [name for name, has_ring, is_visible in seen if not (has_ring and is_visible)] == []
    page.goto("/?q=nato")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "Download all"


# -- without scripts, on a phone ------------------------------------------------------------------------------------


def test_pages_work_without_scripts(open_page: Callable[..., Any]) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_label("Search the archive").fill("nato OR strait")
    page.get_by_role("button", name="Search").first.click()
    best = headlines(page)
    page.get_by_text("Sort: Best match").click()
    page.get_by_role("link", name="Oldest").click()
    assert sorted(headlines(page)) == sorted(best) != headlines(page)
    page.get_by_role("link", name="In context").click()
    assert page.locator(".kwic tbody tr").count() == 18
    page.get_by_text("Sort: As added").click()
    page.get_by_role("link", name="Text after").click()
    page.get_by_role("link", name="Words", exact=True).click()
    assert page.get_by_role("caption").all_inner_texts() == ["Distinctive", "Frequent"]
    page.get_by_role("link", name="Query", exact=True).click()
    assert page.locator(".parts code").all_inner_texts() == ["nato OR strait", "nato", "strait"]
    page.get_by_role("link", name="Articles", exact=True).click()
    page.locator(".hits .headline").first.click()
    assert page.get_by_role("link", name="Match 1").get_attribute("href") == "#m1"
    page.get_by_text("BibTeX").click()
    assert page.get_by_role("region", name="BibTeX").inner_text().startswith("@")
    assert page.locator("[hidden]").count() == page.locator("[hidden]:not(:visible)").count() > 0
    page.get_by_role("link", name="Back to results for nato").click()
    assert query_of(page) == "nato OR strait"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_phone_has_filters_on_a_sheet_and_menu_in_view(open_page: Callable[..., Any], scripts: bool) -> None:
    still = {"reduced_motion": "reduce"}  # the sheet is in its place at once
    page = open_page("/?q=nato OR strait", "phone", java_script_enabled=scripts, **still)
    filters = page.locator("#filters")
    assert not filters.is_visible()
    page.get_by_role("link", name="Filters").click()
    assert filters.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    page.get_by_role("link", name="Show 12 articles").click()
    assert not filters.is_visible()
    assert page.locator(".hits .headline").first.is_visible()
    page.get_by_text("Download all").click()
    menu = page.locator(".menu > div").first.bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 390


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_list_is_looked_up_and_downloaded(open_page: Callable[..., Any], tmp_path: Path, scripts: bool) -> None:
    page = open_page('/?q="Taiwan Strait"', java_script_enabled=scripts)
    total = page.get_by_role("heading", level=1).inner_text().split()[0]
    page.get_by_role("link", name="Look up a list").click()
    page.get_by_label("List", exact=True).fill('nato\n"Taiwan Strait"')
    page.get_by_role("button", name="Show the table").click()
    assert page.get_by_role("row").last.inner_text().split("\t")[:2] == ['"Taiwan Strait"', total]
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download as CSV").click()
    downloading.value.save_as(tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(newline="", encoding="utf-8-sig") as file:
        assert [row["query"] for row in csv.DictReader(file)] == ["nato", '"Taiwan Strait"']


def test_typing_offers_suggestions(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    asked = []

    def suggest(route: Any) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query)["q"][0])
        route.fulfill(json=[asked[-1], ["NATO", 'headline:"<b>"'], ["5 articles", "1 article"], ["/?q=NATO", "/"]])

    page.route("**/suggestions?*", suggest)
    page.get_by_label("Search the archive").press_sequentially("nat")
    options = page.locator("datalist option")
    options.first.wait_for(state="attached")
    assert asked[-1] == "nat"
    assert options.evaluate_all("all => all.map((one) => [one.value, one.label])") == [
        ["NATO", "5 articles"],
        ['headline:"<b>"', "1 article"],
    ]
    assert page.get_by_label("Search the archive").get_attribute("list") == "suggestions"


def test_copy_button_copies_the_citation(open_page: Callable[..., Any]) -> None:
    page = open_page("/article?id=hg-1001", permissions=["clipboard-read", "clipboard-write"])
    text = page.get_by_role("region", name="Note").inner_text()
    page.get_by_role("button", name="Copy").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == text
