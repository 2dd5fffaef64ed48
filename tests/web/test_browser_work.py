"""A person works through an answer in Chromium: marks, reads on, follows, comes back."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import CHROMIUM, served, wait_until

import searchidx
from searchidx import Article

pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

ANSWER = "/?q=nato OR strait OR bank"


@pytest.fixture(scope="module")
def address(corpus_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the sample corpus that may write labels."""
    with served(corpus_index, "--workspace", str(tmp_path_factory.mktemp("work") / "workspace")) as found:
        yield found


def query_of(page: Any) -> str:
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def headlines(page: Any) -> list[str]:
    return page.locator(".hits .headline").all_inner_texts()


def press(page: Any, keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


# -- marks -----------------------------------------------------------------------------------------------------------


def test_marks_are_kept_exported_and_shown_by_an_address(open_page: Callable[..., Any], tmp_path: Path) -> None:
    page = open_page(ANSWER)
    names = headlines(page)
    press(page, "jxjijx")
    assert page.get_by_role("status").inner_text() == "2 marked, 1 not relevant"
    page.reload()
    bar = page.get_by_role("region", name="Marked articles")
    assert bar.get_by_role("status").inner_text() == "2 marked, 1 not relevant"
    bar.get_by_text("Export").click()
    with page.expect_download() as downloading:
        bar.get_by_role("link", name="CSV").click()
    downloading.value.save_as(tmp_path / "marked.csv")
    with (tmp_path / "marked.csv").open(newline="", encoding="utf-8-sig") as file:
        assert sorted(row["headline"] for row in csv.DictReader(file)) == sorted((names[0], names[2]))
    bar.get_by_role("link", name="Show").click()
    page.wait_for_url("**/?q=id*")
    assert sorted(headlines(page)) == sorted((names[0], names[2]))


def test_irrelevant_hits_can_be_hidden_and_marks_cleared(open_page: Callable[..., Any]) -> None:
    page = open_page(ANSWER)
    names = headlines(page)
    page.get_by_role("button", name="Mark as not relevant").first.click()
    page.get_by_role("button", name="Hide irrelevant").click()
    assert [each.inner_text() for each in page.locator(".hits .headline").all() if each.is_visible()] == names[1:]
    page.get_by_role("button", name="Clear").click()
    assert [each.inner_text() for each in page.locator(".hits .headline").all() if each.is_visible()] == names
    assert not page.get_by_role("region", name="Marked articles").is_visible()


def test_marked_articles_get_a_label_of_the_workspace(open_page: Callable[..., Any]) -> None:
    page = open_page(ANSWER)
    names = headlines(page)
    press(page, "jxjx")
    page.locator(".labelling summary").click()
    page.get_by_label("Label for the marked articles").fill("to read")
    page.keyboard.press("Enter")
    page.get_by_text("No label can have this name").wait_for()
    page.get_by_label("Label for the marked articles").fill("to-read")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=label*")
    assert query_of(page) == "label:to-read"
    assert sorted(headlines(page)) == sorted(names[:2])
    page.goto(ANSWER)
    page.locator(".filter").get_by_role("link", name="to-read", exact=True).click()
    assert sorted(headlines(page)) == sorted(names[:2])


def test_article_can_be_marked_where_it_is_read(open_page: Callable[..., Any]) -> None:
    page = open_page("/article?id=hg-1001&q=bank")
    page.keyboard.press("x")
    assert page.get_by_role("button", name="Mark as relevant").get_attribute("aria-pressed") == "true"
    page.goto("/?q=id:hg-1001")
    assert page.locator(".hits > .is-relevant").count() == 1


def test_marks_of_a_server_that_does_not_write_have_no_label(browser: Any, corpus_index: Path) -> None:
    with served(corpus_index) as address:
        page = browser.new_page(base_url=address)
        page.goto("/?q=nato")
        press(page, "jx")
        assert page.get_by_role("region", name="Marked articles").is_visible()
        assert not page.locator(".labelling").is_visible()
        page.close()


# -- reading on ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", ["", "&copies=apart&sort=oldest", "&sort=headline&copies=together"])
def test_articles_are_read_one_after_another_across_pages(open_page: Callable[..., Any], options: str) -> None:
    page = open_page(f"/?q=*{options}")
    names = headlines(page)
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**page=2*")
    names += headlines(page)
    page.goto(f"/?q=*{options}")
    page.locator(".hits .headline").nth(18).click()
    read = []
    for number in (19, 20, 21, 22):
        page.get_by_text(f"{number} of ").wait_for()
        read.append(page.get_by_role("heading", level=1).inner_text())
        if number < 22:
            page.keyboard.press("j")
    assert read == names[18:22]
    page.keyboard.press("k")
    page.get_by_text("21 of ").wait_for()
    page.get_by_role("link", name="Back to results").click()
    page.wait_for_url("**#hit-21")
    assert headlines(page) == names[20:]
    wait_until(page, "(name) => document.activeElement.innerText === name", names[20])


def test_place_in_the_answer_works_without_scripts(open_page: Callable[..., Any]) -> None:
    page = open_page(ANSWER, java_script_enabled=False)
    names = headlines(page)
    page.locator(".hits .headline").first.click()
    assert page.get_by_role("link", name="Previous article").count() == 0
    page.get_by_role("link", name="Next article").click()
    assert page.get_by_role("heading", level=1).inner_text() == names[1]


def test_place_is_left_out_when_the_answer_has_changed(open_page: Callable[..., Any]) -> None:
    for path in (
        "/article?id=hg-1001&q=nato&at=1",
        "/article?id=hg-1001&q=bank&at=999",
        "/article?id=hg-1001&q=(&at=1",
    ):
        page = open_page(path)
        assert page.get_by_role("link", name="Back to results").is_visible()
        assert page.locator(".place-in-answer").count() == 0


def test_page_size_and_layout_are_part_of_the_address(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=*&copies=apart")
    page.get_by_text("Display").click()
    page.get_by_role("link", name="50", exact=True).click()
    page.wait_for_url("**size=50*")
    assert len(headlines(page)) == 50
    page.get_by_text("Display").click()
    page.get_by_role("link", name="Headlines only").click()
    page.wait_for_url("**layout=compact*")
    assert (len(headlines(page)), page.locator(".passage").count()) == (50, 0)


def test_j_goes_on_to_the_next_page_of_results(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=*&copies=apart")
    page.locator(".hits .headline").last.focus()
    page.keyboard.press("j")
    page.wait_for_url("**page=2*")


# -- split view ------------------------------------------------------------------------------------------------------


def beside(page: Any) -> list[str]:
    return page.locator(".beside .headline").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_split_view_has_the_list_left_of_the_article(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/?q=*&copies=apart&sort=oldest&page=2", java_script_enabled=scripts)
    names = headlines(page)
    before = page.url
    page.get_by_role("link", name="Split view").click()
    assert beside(page) == names
    assert page.get_by_role("heading", level=1).inner_text() == names[0]
    left, right = page.locator(".beside").bounding_box(), page.locator(".article").bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    page.locator(".beside li a").nth(17).click()
    page.get_by_text("38 of ").wait_for()
    assert (page.get_by_role("heading", level=1).inner_text(), beside(page)) == (names[17], names)
    assert page.locator(".beside [aria-current] .headline").inner_text() == names[17]
    page.get_by_role("link", name="Next page").click()
    page.get_by_text("41 of ").wait_for()
    assert beside(page)[0] == page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Previous article").click()
    page.get_by_text("40 of ").wait_for()
    assert beside(page) == names
    page.get_by_role("link", name="Close list").click()
    page.wait_for_url(lambda url: "layout" not in url)
    assert beside(page) == []
    assert page.get_by_role("heading", level=1).inner_text() == names[-1]
    for _ in range(5):
        page.go_back()
    assert page.url == before


def test_split_view_is_read_by_keys_and_returns_exactly(open_page: Callable[..., Any]) -> None:
    page = open_page("/?q=*&copies=apart&sort=oldest&layout=split")
    names = headlines(page)
    page.locator(".hits .headline").nth(16).click()
    here = page.locator(".beside [aria-current]")
    for number in (17, 18, 19, 20, 21):
        page.get_by_text(f"{number} of ").wait_for()
        box = here.bounding_box()
        assert 0 <= box["y"] <= box["y"] + box["height"] <= 900
        if number == 18:
            page.keyboard.press("x")
            assert page.locator(".beside .is-relevant .headline").all_inner_texts() == [names[17]]
            scrolled = page.locator(".beside").evaluate("(list) => list.scrollTop")
            assert scrolled > 0
        if number == 19:
            assert page.locator(".beside").evaluate("(list) => list.scrollTop") == scrolled
        if number < 21:
            page.keyboard.press("j")
    page.keyboard.press("k")
    page.get_by_text("20 of ").wait_for()
    assert beside(page) == names
    page.get_by_role("link", name="Back to results").click()
    page.wait_for_url("**#hit-20")
    assert parse_qs(urlsplit(page.url).query)["layout"] == ["split"]
    wait_until(page, "(name) => document.activeElement.innerText === name", names[19])


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_narrow_screens_have_no_split_view(open_page: Callable[..., Any], scripts: bool) -> None:
    page = open_page("/?q=nato OR strait&layout=split", "phone", java_script_enabled=scripts)
    assert not page.get_by_role("link", name="Split view").is_visible()
    page.locator(".hits .headline").first.click()
    page.get_by_role("link", name="Next article").wait_for()
    assert not page.locator(".beside").is_visible()


# -- following -------------------------------------------------------------------------------------------------------


def test_remembered_search_shows_what_is_new(browser: Any, tmp_path: Path) -> None:
    with searchidx.create(tmp_path / "index").writer() as writer:
        writer.add(Article("one", "Storm", "storm"))
    with served(tmp_path / "index") as address:
        page = browser.new_page(base_url=address)
        page.goto("/?q=storm")
        page.get_by_text("Follow", exact=True).click()
        page.get_by_role("button", name="Remember this search").click()
        with searchidx.open(tmp_path / "index") as archive, archive.writer() as writer:
            writer.add(Article("two", "Storm", "storm"))
            writer.add(Article("three", "Storm", "storm"))
        page.goto("/")
        news = page.locator("#saved-searches .is-new")
        news.wait_for()
        assert news.inner_text().startswith("3 articles, +2 since ")
        page.locator("#saved-searches a").click()
        page.wait_for_url("**/?q=storm")
        page.goto("/")
        page.get_by_text("none new since").wait_for()
        page.close()


def test_recent_searches_are_on_the_first_page(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    recent = page.locator("#recent-searches")
    assert not recent.is_visible()
    for query in ("nato", "bank", "nato", '"<b>"'):
        page.goto(f"/?q={query}")
    page.goto("/")
    assert recent.get_by_role("link").all_inner_texts() == ['"<b>"', "nato", "bank"]
    recent.get_by_role("link", name="bank").click()
    page.wait_for_url("**/?q=bank")
    page.goto("/")
    recent.get_by_role("button", name="Clear").click()
    assert not recent.is_visible()
    page.reload()
    assert not recent.is_visible()


def test_search_is_saved_as_an_alert(open_page: Callable[..., Any]) -> None:
    page = open_page(ANSWER)
    page.get_by_text("Follow", exact=True).click()
    page.get_by_label("Name of an alert").fill("straits")
    page.get_by_role("button", name="Save as an alert").click()
    page.get_by_text("Saved. Builds report what is new.").wait_for()
    page.get_by_role("button", name="Save as an alert").click()
    page.get_by_text("There is one of this name").wait_for()
    page.goto("/")
    assert "straits none new in a week" in page.locator("#saved-searches").inner_text()
    page.get_by_role("link", name="straits").click()
    page.wait_for_url("**/?q=*")
    assert query_of(page) == "nato OR strait OR bank"


# -- looks and sizes -------------------------------------------------------------------------------------------------


def test_first_hit_is_high_on_a_laptop(open_page: Callable[..., Any]) -> None:
    page = open_page('/?q=bank source:"Harbour Gazette" date:2022..2024')
    page.set_viewport_size({"width": 1366, "height": 768})
    assert page.locator(".chips").count() == 1
    assert page.locator(".hits .headline").first.bounding_box()["y"] < 320
    assert page.locator(".bars").bounding_box()["height"] == 48


def test_landing_has_one_large_focused_box(open_page: Callable[..., Any]) -> None:
    page = open_page("/")
    box = page.get_by_label("Search the archive")
    assert page.evaluate("document.activeElement.id") == "q"
    assert box.bounding_box()["height"] >= 48
    assert page.locator("input[type=search]").count() == 1


@pytest.mark.parametrize("path", ["/", ANSWER, "/?q=*&size=100", "/article?id=hg-1001&q=bank"])
def test_pages_are_small_and_make_few_requests(browser: Any, address: str, path: str) -> None:
    """At most 60 kB compressed without the typeface, at most four requests for them, none to another host."""
    page = browser.new_page(base_url=address)
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.__setitem__(answer.url, answer.request.sizes()["responseBodySize"]))
    page.goto(path, wait_until="networkidle")
    page.close()
    assert all(url.startswith(address) for url in sizes)
    typeface = [url for url in sizes if url.endswith(".woff2")]
    assert len(typeface) >= 1
    assert len(sizes) - len(typeface) <= 4
    assert sum(size for url, size in sizes.items() if url not in typeface) <= 60_000
    assert sum(sizes[url] for url in typeface) <= 62_000


def test_article_is_described_for_reference_managers(open_page: Callable[..., Any]) -> None:
    page = open_page("/article?id=hg-1001")
    tags = page.evaluate(
        "[...document.querySelectorAll('meta[name^=citation_]')].map((one) => [one.name, one.content])"
    )
    data = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    with page.expect_request("**/api/v1/article*"):
        article = page.evaluate(
            "fetch(document.querySelector('link[type=\"application/json\"]').href).then((answer) => answer.json())"
        )
    assert dict(tags)["citation_title"] == data["headline"] == article["headline"]
    assert dict(tags)["citation_journal_title"] == data["publisher"]["name"] == article["source"]
    assert dict(tags)["citation_publication_date"].replace("/", "-") == data["datePublished"][:10]
