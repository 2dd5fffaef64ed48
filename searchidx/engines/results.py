"""Values that a snapshot returns."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Sort(enum.Enum):
    """The order of hits; ties are in document order."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"
    HEADLINE = "headline"


class TopDocs(NamedTuple):
    """One page of hits.

    Attributes:
        total: the number of documents that match, exact.
        docs: the document numbers of the page, in order.
        scores: the scores of these documents.
    """

    total: int
    docs: Sequence[int]
    scores: Sequence[float]


class FacetCounts(NamedTuple):
    """Counts of hits and documents by the values of one field.

    Attributes:
        values: (hits, documents) for each value that a hit has.
        total: the number of hits.
        missing, corpus_missing: the number of hits, and of documents, without a value.
    """

    values: Mapping[str, tuple[int, int]]
    total: int
    missing: int
    corpus_missing: int


class TermStats(NamedTuple):
    """Frequencies of the terms (stems) of all hits. The sequences are parallel, one item a term, sorted by stem.

    Attributes:
        total: the number of hits.
        words, corpus_words: the number of words in the hits, and in all documents.
        counts, articles: occurrences of each term in the hits, and the number of hits with it.
        corpus_counts, corpus_articles: the same over all documents.
        stems: the stem of each term, without its language.
        spelling: returns the most frequent spelling in the hits of the term at an index; ties go to the first by code
            points.
    """

    total: int
    words: int
    corpus_words: int
    counts: Sequence[int]
    articles: Sequence[int]
    corpus_counts: Sequence[int]
    corpus_articles: Sequence[int]
    stems: Sequence[str]
    spelling: Callable[[int], str]


class NgramForm(NamedTuple):
    """One n-gram in the hits of some queries.

    Attributes:
        words: its folded words.
        printed: its most frequent surface form (`analysis.join_words`); ties go to the first by code points.
        articles: for each query, the number of hits with it.
    """

    words: tuple[str, ...]
    printed: str
    articles: Sequence[int]


class NgramCounts(NamedTuple):
    """Some n-grams of one size, in alphabetical order of their folded words. The sequences of counts are parallel.

    Attributes:
        size: the number of words of each.
        counts: for each query, how often each n-gram occurs in its hits.
        form: returns the n-gram at an index; valid until the next counts are asked for.
    """

    size: int
    counts: Sequence[Sequence[int]]
    form: Callable[[int], NgramForm]


class IndexStats(NamedTuple):
    """Storage of an index: words of all documents, segments, bytes, format version, commits, former texts."""

    words: int
    segments: int
    bytes: int
    format: int
    generation: int
    former: int = 0
