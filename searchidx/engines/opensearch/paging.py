"""Listing and counting what queries find at a point in time, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import DslQuery, all_of

MAX_PAGE = 10_000
"""Maximum hits of one page: OpenSearch's limit."""
ARTICLES_PER_REQUEST = 200
"""Articles that one request fetches."""


def iter_pages(
    point: PointInTime,
    body: Mapping[str, Any],
    limit: int | None = None,
    *,
    params: Mapping[str, str] | None = None,
    page_size: int | None = None,
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The pages of the first `limit` hits (None: all) of a sorted search: the total, and the hits of the page."""
    page_size = page_size or MAX_PAGE
    request: dict[str, Any] = {**body, "track_total_hits": True}
    listed = 0
    while True:
        request["size"] = page_size if limit is None else min(page_size, limit - listed)
        found = point.search(request, params)["hits"]
        total, hits = found["total"]["value"], found["hits"]
        yield total, hits
        listed += len(hits)
        if len(hits) < request["size"] or listed >= total or listed == limit:
            return
        request["search_after"] = hits[-1]["sort"]


def iter_article_pages(point: PointInTime, filters: Sequence[DslQuery]) -> Iterator[list[dict[str, Any]]]:
    """The hits that all filters find, in document order and with their `_source`, page by page."""
    body = {"query": all_of(filters), "sort": point.order, "_source": True}
    for _, hits in iter_pages(point, body, page_size=ARTICLES_PER_REQUEST):
        yield hits


def iter_sources(point: PointInTime, filters: Sequence[DslQuery]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The documents that all filters find, in document order: their number and `_source`."""
    for hits in iter_article_pages(point, filters):
        for hit in hits:
            yield point.doc(hit), hit["_source"]


def count_hits(point: PointInTime, filters: Sequence[DslQuery]) -> int:
    """The number of documents that all filters find."""
    body = {"query": all_of(filters), "size": 0, "track_total_hits": True}
    total: int = point.search(body)["hits"]["total"]["value"]
    return total
