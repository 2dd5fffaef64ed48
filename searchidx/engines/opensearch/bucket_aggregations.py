"""Counts by the values of fields, with OpenSearch's bucket aggregations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from searchidx.engines.opensearch.pattern_translator import ANY_WORD
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import DslQuery, all_of

MAX_BUCKETS = 50_000
"""Buckets of one response. By default a node allows 65,535."""


def iter_values(
    point: PointInTime, filters: Sequence[DslQuery], field: str, include: str | None = None
) -> Iterator[tuple[str, int]]:
    """The values of a field in the documents that all filters find: (value, number of documents).

    `include` is a Lucene regular expression for the values. If it matches more than `MAX_BUCKETS` values, this yields
    all values of the field, so callers must test them.
    """
    if include not in (None, ANY_WORD):
        terms = {"field": field, "size": MAX_BUCKETS, "order": {"_key": "asc"}, "include": include}
        body = {"query": all_of(filters), "size": 0, "aggs": {"values": {"terms": terms}}}
        found = point.search(body)["aggregations"]["values"]
        if not found["sum_other_doc_count"]:
            yield from ((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"])
            return
    for key, count in iter_combinations(point, filters, [{"value": {"terms": {"field": field}}}]):
        yield key["value"], count


def iter_combinations(
    point: PointInTime, filters: Sequence[DslQuery], sources: Sequence[dict[str, Any]], sum_of: str | None = None
) -> Iterator[tuple[dict[str, Any], int]]:
    """The buckets of a composite aggregation: (values by the names of their sources, number of documents).

    With `sum_of`, the sum of this numeric field over the documents takes the place of their number.
    """
    composite: dict[str, Any] = {"size": MAX_BUCKETS, "sources": list(sources)}
    values: dict[str, Any] = {"composite": composite}
    if sum_of is not None:
        values["aggs"] = {"sum": {"sum": {"field": sum_of}}}
    body = {"query": all_of(filters), "size": 0, "aggs": {"values": values}}
    while True:
        found = point.search(body)["aggregations"]["values"]
        for bucket in found["buckets"]:
            yield bucket["key"], bucket["doc_count"] if sum_of is None else round(bucket["sum"]["value"])
        if len(found["buckets"]) < MAX_BUCKETS:
            return
        composite["after"] = found["after_key"]


def sum_field(point: PointInTime, filters: Sequence[DslQuery], field: str) -> tuple[int, int]:
    """The number of documents that all filters find, and the sum of a numeric field over them."""
    body = {
        "query": all_of(filters),
        "size": 0,
        "track_total_hits": True,
        "aggs": {"sum": {"sum": {"field": field}}},
    }
    response = point.search(body)
    return response["hits"]["total"]["value"], round(response["aggregations"]["sum"]["value"])
