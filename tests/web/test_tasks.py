"""Twelve tasks of a librarian, each done in Chromium as a person does it: from the first page on, by what it says."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, served, wait_until

import searchidx
from searchidx import Article

pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

HARBOURS = 230
"""Articles about harbours, in four sources and 23 months."""


@pytest.fixture(scope="module")
def index(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample corpus and of articles about harbours, some of which name a person in two spellings."""
    index = tmp_path_factory.mktemp("tasks") / "index"
    with searchidx.open(corpus_index) as sample, searchidx.create(index) as archive, archive.writer() as writer:
        for article in sample.articles("*"):
            writer.add(article)
        for number in range(HARBOURS):
            name = "Qaddafi" if number % 50 == 0 else "Gaddafi" if number % 30 == 0 else "the mayor"
            writer.add(
                Article(
                    f"p{number}",
                    f"Harbour Report {number}",
                    f"Pilotage of the harbour, opened by {name}: {' '.join(f'w{number}x{at}' for at in range(9))}.",
                    f"{2021 + number % 23 // 12}-{number % 23 % 12 + 1:02}-{number % 27 + 1:02}",
                    source=("Tide", "Quay", "Mole", "Pier")[number % 4],
                    byline=("Ann Lee", "ANN LEE", "Ann Lee, AP", "Bo Ek")[number % 4],
                )
            )
    return index


@pytest.fixture(scope="module")
def address(index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that may write labels and alerts."""
    with served(index, "--workspace", str(tmp_path_factory.mktemp("work") / "workspace")) as found:
        yield found


@pytest.fixture
def start(open_page: Callable[..., Any]) -> Callable[..., Any]:
    """Open the first page, type a query and press Enter; in a window of a size."""

    def search(query: str, size: str = "wide") -> Any:
        page = open_page("/", size)
        wait_until(page, "() => document.activeElement.id === 'q'")
        page.keyboard.type(query)
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=*")
        return page

    return search


Start = Callable[..., Any]


def total(page: Any) -> int:
    return int(page.get_by_role("heading", level=1).inner_text().split()[0].replace(",", ""))


def headlines(page: Any) -> list[str]:
    return page.locator(".hits .headline").all_inner_texts()


def press(page: Any, keys: str) -> None:
    """Go to the first headline, and press some keys."""
    page.keyboard.press("j")
    wait_until(page, "() => document.activeElement.matches('.headline')")
    for key in keys:
        page.keyboard.press(key)


def saved(page: Any, link: Any, folder: Path) -> str:
    with page.expect_download() as downloading:
        link.click()
    downloading.value.save_as(folder / "saved")
    return (folder / "saved").read_text(encoding="utf-8-sig")


def test_1_find_a_known_article_and_cite_it(start: Start, tmp_path: Path) -> None:
    page = start("frigate taiwan")
    page.get_by_role("link", name="Frigate Crosses Taiwan Strait").click()
    page.get_by_role("complementary").get_by_text("BibTeX").click()
    assert "title = {Frigate Crosses" in page.get_by_role("region", name="BibTeX").inner_text().replace("{{", "{")
    ris = saved(page, page.locator(".cite details[open] a[download]").last, tmp_path)
    assert "Frigate Crosses" in ris


def test_2_narrow_to_several_sources_without_one_author(start: Start) -> None:
    page = start("pilotage")
    page.get_by_role("link", name="Choose several: Source").click()
    page.get_by_label("Find").fill("i")
    page.get_by_label("Tide").check()
    page.get_by_label("Pier").check()
    page.get_by_role("button", name="Only these").click()
    expected = sum(number % 4 in (0, 3) for number in range(HARBOURS))
    assert (total(page), page.get_by_label("Active filters").inner_text()) == (expected, "Source: Tide or Pier ×")
    without = page.get_by_role("link", name="Without Bo Ek")
    without.locator("xpath=..").hover()
    without.click()
    assert total(page) == sum(number % 4 == 0 for number in range(HARBOURS))
    page.get_by_role("link", name="Remove Source: Tide or Pier").click()
    assert total(page) == sum(number % 4 != 3 for number in range(HARBOURS))


def test_3_an_author_is_one_whatever_the_agency(start: Start) -> None:
    page = start("pilotage")
    author = page.locator(".filter").get_by_role("link", name="Ann Lee", exact=True)
    expected = sum(number % 4 != 3 for number in range(HARBOURS))
    assert author.locator("xpath=following-sibling::span[@class='count']").inner_text() == str(expected)
    author.click()
    assert total(page) == expected


def test_4_choose_a_period_on_the_timeline(start: Start) -> None:
    page = start("pilotage")
    slots = page.locator("svg[data-brush] .slot")
    first, last = slots.nth(2).bounding_box(), slots.nth(4).bounding_box()
    page.mouse.move(first["x"] + 2, first["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 2, last["y"] + 20, steps=4)
    with page.expect_navigation():
        page.mouse.up()
    assert page.get_by_label("Search the archive").input_value() == "pilotage date:[2021-03 TO 2021-05]"
    assert total(page) == sum(number % 23 in (2, 3, 4) for number in range(HARBOURS))


def test_5_go_through_two_hundred_articles_by_keys(start: Start) -> None:
    page = start("pilotage")
    page.get_by_text("Display").click()
    page.get_by_role("link", name="100", exact=True).click()
    page.get_by_text("Display").click()
    page.get_by_role("link", name="Headlines only").click()
    names = headlines(page)
    assert len(names) == 100
    page.locator(".hits .headline").nth(98).click()
    for number in (99, 100, 101):
        page.get_by_text(f"{number} of {HARBOURS}").wait_for()
        page.keyboard.press("j" if number < 101 else "k")
    page.get_by_text(f"100 of {HARBOURS}").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == names[99]
    page.get_by_role("link", name="Back to results").click()
    page.wait_for_url("**#hit-100")
    assert headlines(page) == names


def test_6_mark_what_matters_and_export_it(start: Start, tmp_path: Path) -> None:
    page = start("pilotage")
    names = headlines(page)
    press(page, "xjijx")
    bar = page.get_by_role("region", name="Marked articles")
    bar.get_by_text("Export").click()
    text = saved(page, bar.get_by_role("link", name="CSV"), tmp_path)
    assert sorted(row["headline"] for row in csv.DictReader(text.splitlines())) == sorted((names[0], names[2]))


def test_7_give_a_selection_to_somebody_else(start: Start, browser: Any) -> None:
    page = start("pilotage")
    names = headlines(page)
    press(page, "xjx")
    page.get_by_role("region", name="Marked articles").get_by_role("link", name="Show").click()
    page.wait_for_url("**/?q=id*")
    other = browser.new_page()
    other.goto(page.url)
    assert sorted(headlines(other)) == sorted(names[:2])
    other.close()


def test_8_compare_two_subjects(start: Start) -> None:
    page = start("nato")
    page.get_by_role("link", name="Compare").click()
    page.get_by_label("Search 2").fill("bank")
    page.get_by_role("button", name="Compare").click()
    page.locator("figure figcaption").nth(1).wait_for()
    assert page.locator("figure figcaption").all_inner_texts() == ["nato 5 articles", "bank 8 articles"]
    page.get_by_role("link", name="Per 1,000 articles").click()
    page.locator(".as-table summary").first.click()
    assert page.get_by_role("row").first.inner_text().split("\t") == ["Month", "Articles", "Per 1,000"]


def test_9_be_told_of_new_articles(start: Start, index: Path) -> None:
    page = start("lighthouse keeper")
    page.get_by_text("Follow", exact=True).click()
    page.get_by_role("button", name="Remember this search").click()
    assert page.get_by_role("link", name="Atom feed").get_attribute("href") == "/feed.atom?q=lighthouse+keeper"
    with searchidx.open(index) as archive, archive.writer() as writer:
        writer.add(Article("new", "Lighthouse Keeper", "The lighthouse keeper retires."))
    page.get_by_role("link", name="searchidx").click()
    page.locator("#saved-searches .is-new").wait_for()
    assert "+1 since" in page.locator("#saved-searches").inner_text()


def test_10_follow_a_story_and_its_day(start: Start) -> None:
    page = start('"repair ship"')
    page.locator(".hits .headline").first.click()
    story = page.locator(".story")
    dates = story.locator("time").evaluate_all("all => all.map((each) => each.dateTime)")
    assert dates == sorted(dates)
    assert "near-duplicate" in story.inner_text()
    day = page.locator("aside").get_by_role("link", name=re.compile(r"\d+ articles?$"))
    count = int(day.inner_text().split()[0])
    day.click()
    page.wait_for_url("**/?q=date*")
    assert total(page) == count


def test_11_slips_and_other_spellings_are_offered(start: Start) -> None:
    page = start("gaddafi")
    before = total(page)
    assert "also spelt qaddafi" in page.get_by_label("Hints").inner_text()
    page.get_by_role("link", name="(gaddafi OR qaddafi)").click()
    assert total(page) == before + sum(number % 50 == 0 for number in range(HARBOURS))
    page.get_by_label("Search the archive").fill("taiwan strait 2023")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="taiwan strait date:2023").click()
    assert page.get_by_label("Active filters").inner_text() == "Date: 2023 ×"
    assert total(page) > 0


def test_12_work_on_a_phone(start: Start) -> None:
    page = start("pilotage", "phone")
    page.get_by_role("link", name="Filters").click()
    page.locator(".filter").get_by_role("link", name="Quay", exact=True).click()
    count = sum(number % 4 == 1 for number in range(HARBOURS))
    page.get_by_role("link", name="Filters").click()
    page.get_by_role("link", name=f"Show {count} articles").click()
    page.locator(".hits .headline").first.click()
    page.get_by_role("link", name="Next article").click()
    page.get_by_text(f"2 of {count}").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
