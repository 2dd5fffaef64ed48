"""Verification of an index on a cluster: every article is read and compared with its digest."""

from __future__ import annotations

from collections.abc import Iterator

from searchidx.engines.opensearch.mapping import article_digest, decode_article, make_document
from searchidx.engines.opensearch.paging import iter_sources
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.errors import describe_damage


def find_damage(point: PointInTime) -> Iterator[str]:
    """One line for each damage found in the last commit."""
    [record] = point.records
    health = point.cluster.request("GET", f"/_cluster/health/{record.index}")
    if health["status"] == "red":
        yield f"{record.index}: {health['unassigned_shards']} shards have no node, so some articles cannot be found"
    ids: set[str] = set()
    articles = words = 0
    for doc, source in iter_sources(point, [point.visible]):
        articles += 1
        try:
            article = decode_article(source)
        except (KeyError, TypeError, ValueError) as error:
            yield f"document {doc}: its article is damaged ({describe_damage(error)})"
            continue
        if article_digest(article) != source.get("digest"):
            yield f"document {doc}: the article {article.id!r} differs from its digest"
        if article.id != source.get("id") or article.id in ids:
            yield f"document {doc}: its id {article.id!r} belongs to another article"
        ids.add(article.id)
        words += make_document(article, 0, 0)["words"]
    if (articles, words) != (record.articles, record.words):
        yield (
            f"the index has {articles:,} articles of {words:,} words, but the commit record says {record.articles:,} "
            f"of {record.words:,}"
        )
