"""The engine on an OpenSearch cluster. The cluster finds and counts; searchidx decides what a query means.

- `cluster_client` connects to a cluster. Only this module imports its client.
- `mapping` defines the index, and the document of an article.
- `commit_record` and `writer_lease` define what a commit is, and who may make one; `opensearch_writer` makes it.
- `content_chunks` splits the user data of a commit, so that an unchanged part is not sent again.
- `document_workers` makes documents in worker processes, and `bulk_sender` sends them.
- `point_in_time` holds one commit for reading; `paging`, `bucket_aggregations`, `article_store` and `vocabulary` read
  hits, counts, articles and words from it.
- `query_translator` turns a query tree into a loose and a tight query. It uses `proximity_translator`,
  `metadata_queries` and `pattern_translator`, which use `intervals` and `query_dsl`.
- `recheck` decides about the articles between the two queries.
- `opensearch_snapshot` and `opensearch_engine` implement the contract; `cluster_verify` looks for damage.
- `cluster_multi_index` reads several archives as one.
"""

from __future__ import annotations

from searchidx.engines.opensearch.opensearch_engine import OpenSearchEngine

__all__ = ["OpenSearchEngine"]
