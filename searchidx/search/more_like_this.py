"""Articles like a given one: those that share its distinctive terms, and its near-duplicates."""

from __future__ import annotations

from collections import Counter
from functools import partial
from math import log

from whoosh import query as q

from searchidx.analysis import analyze
from searchidx.article import Article
from searchidx.engines.bm25 import HEADLINE_WEIGHT
from searchidx.engines.contract import Snapshot
from searchidx.folding import lower
from searchidx.search.hits import Hit, Hits
from searchidx.search.searcher import require_page, require_threshold
from searchidx.search.snippets import preview
from searchidx.stemming import analysis_language

MAX_TERMS = 25
"""The most terms of the article in the query."""
MAX_CANDIDATES = 200
"""The most terms that are weighed for the query, by frequency; and the most articles compared as versions."""


def similar(snapshot: Snapshot, doc: int, limit: int) -> Hits:
    """Find the articles that share the most distinctive terms with a document, without the document itself."""
    require_page(limit)
    query = _build_query(snapshot, snapshot.article(doc))
    top_docs = snapshot.search(query, limit=limit + 1)
    hits = Hit.from_docs(snapshot, top_docs.docs, top_docs.scores, partial(preview, query))
    return Hits(max(top_docs.total - 1, 0), [hit for hit in hits if hit.doc != doc][:limit], tuple)


def versions(snapshot: Snapshot, doc: int, threshold: float) -> Hits:
    """Find the near-duplicates of a document, most similar first, without the document itself.

    Compares the `MAX_CANDIDATES` articles that share the most distinctive terms with it.
    """
    require_threshold(threshold)
    query = _build_query(snapshot, snapshot.article(doc))
    top_docs = snapshot.search(query, limit=MAX_CANDIDATES)
    groups = snapshot.near_duplicates(sorted({doc, *top_docs.docs}), threshold)
    duplicates = next((group for group in groups if doc in group), ())
    hits = [
        hit
        for hit in Hit.from_docs(snapshot, top_docs.docs, top_docs.scores, partial(preview, query))
        if hit.doc != doc and hit.doc in duplicates
    ]
    return Hits(len(hits), hits, tuple)


def _build_query(snapshot: Snapshot, article: Article) -> q.Query:
    """Build a query of the terms with the highest TF-IDF weights: frequent in the article, rare elsewhere."""
    counts: Counter[str] = Counter()
    words: dict[str, str] = {}  # for each term the first word that has it
    for text, weight in ((article.headline, int(HEADLINE_WEIGHT)), (article.body, 1)):
        for token in analyze(text, analysis_language(article.language)):
            counts[token.stem] += weight
            words.setdefault(token.stem, lower(token.printed))
    articles = len(snapshot)
    weights: dict[str, float] = {}
    for term, count in counts.most_common(MAX_CANDIDATES):
        word = words[term]
        frequency = snapshot.search(q.Term("text", word), limit=0).total
        if 1 < frequency < articles:
            weights[word] = (1 + log(count)) * log(articles / frequency)
    top_words = sorted(weights, key=lambda word: (-weights[word], word))[:MAX_TERMS]
    return q.Or([q.Term("text", word, boost=weights[word]) for word in top_words]) if top_words else q.NullQuery
