"""What is damaged in an index on a cluster: every article is read, and compared with what was said of it."""

from __future__ import annotations

from collections.abc import Iterator

from searchidx.engines.opensearch.cluster_client import Cluster
from searchidx.engines.opensearch.mapping import article_of, digest_of, document
from searchidx.engines.opensearch.opensearch_snapshot import OpenSearchSnapshot

__all__ = ["findings"]


def findings(cluster: Cluster, snapshot: OpenSearchSnapshot) -> Iterator[str]:
    """A line for each finding."""
    record = snapshot.record
    health = cluster.ask("GET", f"/_cluster/health/{record.index}")
    if health["status"] == "red":
        yield f"{record.index}: {health['unassigned_shards']} shards have no node: some articles cannot be found"
    seen: set[str] = set()
    articles = words = 0
    for doc, source in snapshot.sources():
        articles += 1
        try:
            article = article_of(source)
        except (KeyError, TypeError, ValueError) as error:
            yield f"document {doc}: its article is damaged ({error})"
            continue
        if digest_of(article) != source.get("digest"):
            yield f"document {doc}: the article {article.id!r} is not what was written"
        if article.id != source.get("id") or article.id in seen:
            yield f"document {doc}: its id {article.id!r} is that of another"
        seen.add(article.id)
        words += document(article, 0, 0)["words"]
    if (articles, words) != (record.articles, record.words):
        should = f"{record.articles:,} of {record.words:,}"
        yield f"there are {articles:,} articles of {words:,} words, and should be {should}"
