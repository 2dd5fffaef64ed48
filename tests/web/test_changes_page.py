"""The page of what changed between versions: words, versions, articles with one version, wrong numbers."""

from __future__ import annotations

from collections.abc import Callable

import lxml.html
import pytest
from starlette.testclient import TestClient

import searchidx

TEXTS = (
    "Rates rise\n\nThe bank raised its rate.\n\nNobody was surprised.\n",
    "Rates rise again\n\nThe bank raised its rate.\n\nEverybody was <b>surprised</b>.\n",
    "Rates rise again\n\nThe bank raised its only rate.\n\nEverybody was <b>surprised</b>.\n",
)


@pytest.fixture(scope="module")
def changed(client_of: Callable[..., TestClient], tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of an article with three versions and one that never changed."""
    folder = tmp_path_factory.mktemp("changed")
    source = folder / "source"
    source.mkdir()
    source.joinpath("calm.txt").write_text("Calm\n\nNothing happened.\n", "utf-8")
    for text in TEXTS:
        source.joinpath("rates.txt").write_text(text, "utf-8")
        searchidx.build(source, index=folder / "index", keep_versions=True)
    return client_of(folder / "index")


def get(client: TestClient, address: str, status: int = 200) -> lxml.html.HtmlElement:
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return lxml.html.document_fromstring(answer.text)


def texts(tree: lxml.html.HtmlElement, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in tree.cssselect(path)]


def test_article_links_to_what_each_version_changed(changed: TestClient) -> None:
    links = get(changed, "/article?id=rates.txt").cssselect("aside a[href^='/changes']")
    assert [each.text.partition(",")[0] for each in links] == ["Version 3", "Version 2"]
    assert [each.text.rpartition(": ")[2] for each in links] == ["body", "headline, body"]
    pages = [get(changed, each.get("href")) for each in links]
    assert [(texts(page, "del"), texts(page, "ins")) for page in pages] == [
        ([], ["only"]),
        (["Nobody"], ["again", "Everybody", "<b>", "</b>"]),
    ]


def test_last_change_is_shown_by_default(changed: TestClient) -> None:
    page = get(changed, "/changes?id=rates.txt")
    assert texts(page, "ins") == ["only"]
    assert texts(page, "aside a[aria-current]")[0].startswith("Version 3")


def test_article_that_never_changed_has_no_link(changed: TestClient) -> None:
    assert get(changed, "/article?id=calm.txt").cssselect("a[href^='/changes']") == []
    page = get(changed, "/changes?id=calm.txt")
    assert texts(page, ".about") == ["One version of this article is known."]
    assert page.cssselect("aside") == []


@pytest.mark.parametrize(
    "address", ["/changes?id=nobody", "/changes?id=rates.txt&former=4", "/changes?id=calm.txt&latter=2"]
)
def test_unknown_version_is_a_page_that_says_so(changed: TestClient, address: str) -> None:
    assert get(changed, address, 404).cssselect("h1")
