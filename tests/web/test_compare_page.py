"""The page that compares queries: the same periods and one scale, counts as the timeline has them, shares, sources."""

from __future__ import annotations

from pathlib import Path

import lxml.html
import pytest
from starlette.testclient import TestClient

import searchidx
from searchidx.web.charts import comparison_charts


def page_of(client: TestClient, path: str, status: int = 200, **parameters: str | list[str]) -> lxml.html.HtmlElement:
    answer = client.get(path, params=parameters or None, headers={"Accept": "text/html"})
    assert answer.status_code == status
    return lxml.html.document_fromstring(answer.text)


def texts(page: lxml.html.HtmlElement, path: str) -> list[str]:
    return [" ".join(each.text_content().split()) for each in page.cssselect(path)]


@pytest.mark.parametrize("is_share", [False, True])
def test_rows_have_one_scale_and_the_counts_of_the_timeline(corpus_index: Path, is_share: bool) -> None:
    queries = ["nato", "strait", "bank", "the"]
    with searchidx.open(corpus_index) as archive:
        charts = comparison_charts(archive, queries, is_share)
        (by,) = {chart.by for chart in charts}
        timeline = archive.timeline(*queries, by=by)
    shown = {(number, bar.first): bar for number, chart in enumerate(charts) for bar in chart.bars}
    heights = {
        (number, period.start.isoformat()): 1000 * count / period.corpus if is_share else count
        for period in timeline.periods
        for number, count in enumerate(period.counts)
        if count
    }
    assert shown.keys() == heights.keys()
    peak = max(heights.values())
    assert {chart.peak for chart in charts} == {peak}
    for key, height in heights.items():
        assert float(shown[key].height[:-1]) == pytest.approx(max(100 * height / peak, 2), abs=0.01)
    places = {}
    for (_, day), bar in shown.items():
        assert places.setdefault(day, bar.slot_x) == bar.slot_x


def test_page_compares_searches_by_count_and_share(client: TestClient) -> None:
    page = page_of(client, "/compare", q=["nato", "strait"])
    assert texts(page, ".row figcaption") == ["nato 5 articles", "strait 8 articles"]
    for row, total in zip(page.cssselect(".row"), (5, 8), strict=True):
        assert sum(int(each.cssselect("td")[0].text_content()) for each in row.cssselect("tbody tr")) == total
    share = page_of(client, page.cssselect(".views a")[1].get("href"))
    assert texts(share, ".views [aria-current]") == ["Per 1,000 articles"]
    assert texts(share, ".row figcaption") == texts(page, ".row figcaption")
    assert [each.get("value") for each in share.cssselect(".comparison input[name=q]")] == ["nato", "strait", ""]


def test_page_compares_the_sources_of_a_search(client: TestClient) -> None:
    page = page_of(client, "/compare", q="bank")
    sources = page_of(client, page.cssselect(".bar-of-views > a")[0].get("href"))
    with_source = page_of(client, "/", q="bank")
    counts = next(
        [each.text_content() for each in group.cssselect(".count")]
        for group in with_source.cssselect(".filter")
        if group.cssselect("h3")[0].text == "Source"
    )
    assert [text.split()[-2] for text in texts(sources, ".row figcaption")] == counts


def test_page_reports_errors_and_empty_forms(client: TestClient) -> None:
    assert "Write two or three searches" in texts(page_of(client, "/compare"), "main")[0]
    assert "is never closed" in texts(page_of(client, "/compare", 400, q=["nato", "(bank"]), ".bad")[0]
    page_of(client, "/compare", 400, q=["a", "b", "c", "d"])
    assert texts(page_of(client, "/compare", q=["zzz", "yyy"]), ".row figcaption") == [
        "zzz 0 articles",
        "yyy 0 articles",
    ]


def test_results_link_to_the_comparison(client: TestClient) -> None:
    (link,) = page_of(client, "/", q='"Taiwan Strait"').cssselect("figcaption a")
    assert texts(page_of(client, link.get("href")), ".row figcaption") == ['"Taiwan Strait" 5 articles']
