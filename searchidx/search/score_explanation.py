"""Explain a score: what each word, phrase and pair of words of a query adds to the score of one article.

Each part is measured with the engine itself, by searches within the one article, so that the parts add up to the score
on every engine. `searchidx.engines.bm25` has the formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.engines.reference.match import Document, frequency
from searchidx.query import Parsed
from searchidx.query.formatter import format_query
from searchidx.query.traversal import children, is_text, word_pairs
from searchidx.search.searcher import query_tree


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one part of a query adds to a score.

    Attributes:
        query: the part, in normal form; for a pair, its two words.
        is_pair: whether the part is two words of the query that stand side by side, which adds to the words' own parts.
        score: what it adds.
        times: how often it occurs in the article.
        articles: how many articles match it.
    """

    query: str
    is_pair: bool
    score: float
    times: float
    articles: int

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ScoreExplanation:
    """The score of an article by relevance, and its parts.

    Attributes:
        id: the id of the article.
        matches: whether the article matches the query; if not, its score is 0 and there are no parts.
        score: the sum of the parts.
        parts: the parts, in the order of the query; those that add nothing are left out.
    """

    id: str
    matches: bool
    score: float
    parts: tuple[ScorePart, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values."""
        parts = [part.to_dict() for part in self.parts]
        return {"id": self.id, "matches": self.matches, "score": self.score, "parts": parts}


def explain_score(snapshot: Snapshot, parsed: Parsed, doc: int) -> ScoreExplanation:
    """Explain the score of a document; raises `QueryError` as `searcher.search` does."""
    article = snapshot.article(doc)
    explainer = _Explainer(snapshot, Document(article))
    with query_tree(parsed) as query:
        score = explainer.score(query)
        if score is None:
            return ScoreExplanation(article.id, False, 0.0, ())
        return ScoreExplanation(article.id, True, score, tuple(explainer.parts(query, 1.0)))


class _Explainer:
    """Scores parts of a query in one article."""

    def __init__(self, snapshot: Snapshot, document: Document) -> None:
        self._snapshot = snapshot
        self._document = document
        self._article = q.Term("id", document.article.id)

    def score(self, query: q.Query) -> float | None:
        """The score of the article for a query; None if it does not match."""
        found = self._snapshot.search(q.And([self._article, query]), limit=1)
        return found.scores[0] if found.total else None

    def parts(self, query: q.Query, weight: float) -> Iterator[ScorePart]:
        """The parts of a query that add to the score; `weight` is the product of the weights around it."""
        score = self.score(query)
        if not score or isinstance(query, q.Not):
            return
        below = children(query)
        if below is None or isinstance(query, (q.DisjunctionMax, q.ConstantScoreQuery)):
            times = frequency(query, self._document) if is_text(query) else 0
            yield ScorePart(format_query(query), False, weight * score, times, self._count(query))
            return
        weight *= float(getattr(query, "boost", 1.0))
        if isinstance(query, (q.AndNot, q.Require)):
            below = below[:1]
        for part in below:
            yield from self.parts(part, weight)
        for number, pair in word_pairs(query):
            words = below[number : number + 2]
            both = self.score(q.And(list(words)))
            times = frequency(pair, self._document)
            if both is not None and times:
                added = both - sum(self.score(word) or 0.0 for word in words)
                text = " ".join(map(format_query, words))
                yield ScorePart(text, True, weight * added, times, self._count(pair))

    def _count(self, query: q.Query) -> int:
        return self._snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=0).total
