"""An index on an OpenSearch cluster: it finds, counts and keeps; what a query means is decided here.

A guide to the modules: `documents` (the mapping, and an article as a document), `client` (the one that knows the
cluster's client), `records` (what a commit is, and who may write), `writing`; then back: `patterns`, `intervals` and
`translation` (a query tree to queries of the cluster's), `snapshot` (which decides what the cluster cannot tell),
`likeness`, `checking`, and `engine`.
"""

from __future__ import annotations

from searchidx.engines.opensearch.opensearch_engine import OpenSearchEngine

__all__ = ["OpenSearchEngine"]
