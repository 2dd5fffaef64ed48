"""Hostile articles and addresses in a real browser: no script runs, no other host is contacted, all text is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from browsing import CHROMIUM, FLAGS, served
from test_escaping import PROBES, hostile  # noqa: F401 - a fixture

import searchidx

playwright = pytest.importorskip("playwright.sync_api", reason="needs searchidx[browser]")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")

FOREIGN = "document.querySelectorAll('zq-x, [data-zq], [onerror], [onload], [style], iframe, base').length"


@pytest.fixture(scope="module")
def shown(hostile: Path) -> Iterator[tuple[Any, list[str]]]:  # noqa: F811
    """A browser page on the server, and a list of its dialogs, errors and requests to other hosts."""
    with served(hostile) as address, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_context(base_url=address).new_page()
        page.set_default_timeout(10_000)
        done: list[str] = []

        def dismiss(dialog: Any) -> None:
            done.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: done.append(f"error: {error}"))
        page.on("console", lambda said: done.append(said.text) if _is_fault(said) else None)
        page.on("request", lambda asked: done.append(asked.url) if not asked.url.startswith(address) else None)
        yield page, done
        browser.close()


def _is_fault(said: Any) -> bool:
    """Whether the console shows an error other than status 4xx, which answers an invalid query."""
    return said.type == "error" and "status of 4" not in said.text


def test_browser_runs_nothing_from_articles(shown: tuple[Any, list[str]], hostile: Path) -> None:  # noqa: F811
    page, done = shown
    with searchidx.open(hostile) as archive:
        articles = list(archive.articles("zq"))
    for article in articles[:: max(len(articles) // 100, 1)]:
        page.goto(f"/article?{urlencode({'id': article.id, 'q': 'zq OR script OR alert'})}")
        assert page.evaluate(FOREIGN) == 0, article
        assert " ".join(article.headline.split()) in " ".join(page.locator("main").inner_text().split()), article
    for view in ("articles", "context", "words", "query"):
        for number in range(1, 6):
            page.goto(f"/?{urlencode({'q': 'zq OR script', 'view': view, 'page': number, 'sort': 'headline'})}")
            assert page.evaluate(FOREIGN) == 0, (view, number)
    assert done == []


def test_browser_runs_nothing_from_addresses(shown: tuple[Any, list[str]]) -> None:
    page, done = shown
    for probe in PROBES:
        for path in (f"/?{urlencode({'q': probe})}", f"/?{urlencode({'q': f'zq OR headline:({probe}'})}",
                     f"/article?{urlencode({'id': probe})}", f"/?{urlencode({'q': 'zq', 'sort': probe})}",
                     f"/?{urlencode({'q': 'zq', 'from': probe})}"):  # fmt: skip
            page.goto(path)
            assert page.evaluate(FOREIGN) == 0, path
    assert done == []


def test_browser_runs_nothing_from_suggestions(shown: tuple[Any, list[str]]) -> None:
    page, done = shown
    for typed in ("zq number", '"zq', "source:", "byline:<", "keyword:zq", "<zq"):
        page.goto("/")
        with page.expect_response(lambda answer: "/suggestions" in answer.url):
            page.locator("#q").press_sequentially(typed)
        page.wait_for_load_state("networkidle")
        assert page.evaluate(FOREIGN) == 0, typed
    assert done == []
