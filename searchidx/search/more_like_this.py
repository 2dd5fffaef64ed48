"""Articles like a given one: by the words that tell it from the others; and those that are much the same as it."""

from __future__ import annotations

from collections import Counter
from functools import partial
from math import log

from whoosh import query as q

from searchidx import analysis
from searchidx.article import Article
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.contract import Snapshot
from searchidx.search.hits import Hit, Hits
from searchidx.search.searcher import require_page, require_threshold
from searchidx.search.snippets import shown

__all__ = ["similar", "versions"]

WORDS = 25
"""So many words of the article are looked for."""
CANDIDATES = 200
"""Of its most frequent words so many are weighed by how rare they are elsewhere; so many articles may be versions."""


def similar(snapshot: Snapshot, doc: int, limit: int) -> Hits:
    """The articles that share most with a document, it left out: by the words frequent in it and rare elsewhere."""
    require_page(limit)
    query = _query(snapshot, snapshot.article(doc))
    found = snapshot.search(query, limit=limit + 1)
    hits = Hit.of(snapshot, found.docs, found.scores, partial(shown, query))
    return Hits(max(found.total - 1, 0), [hit for hit in hits if hit.doc != doc][:limit], tuple)


def versions(snapshot: Snapshot, doc: int, threshold: float) -> Hits:
    """The articles whose bodies are much the same as that of a document, it left out, the likest first.

    They are looked for among those that share most with it, `CANDIDATES` of them.
    """
    require_threshold(threshold)
    query = _query(snapshot, snapshot.article(doc))
    found = snapshot.search(query, limit=CANDIDATES)
    groups = snapshot.near_duplicates(sorted({doc, *found.docs}), threshold)
    same = next((group for group in groups if doc in group), ())
    hits = [
        hit
        for hit in Hit.of(snapshot, found.docs, found.scores, partial(shown, query))
        if hit.doc != doc and hit.doc in same
    ]
    return Hits(len(hits), hits, tuple)


def _query(snapshot: Snapshot, article: Article) -> q.Query:
    counts: Counter[str] = Counter()
    for text, weight in ((article.headline, int(HEADLINE_WEIGHT)), (article.body, 1)):
        for token in analysis.analyze(text):
            counts[token.stem] += weight
    articles = len(snapshot)
    weights: dict[str, float] = {}
    for stem, count in counts.most_common(CANDIDATES):
        having = snapshot.search(q.Term("text", stem), limit=0).total
        if 1 < having < articles:
            weights[stem] = (1 + log(count)) * log(articles / having)
    best = sorted(weights, key=lambda stem: (-weights[stem], stem))[:WORDS]
    return q.Or([q.Term("text", stem, boost=weights[stem]) for stem in best]) if best else q.NullQuery
