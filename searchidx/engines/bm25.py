"""BM25F over the zones of an article: the formula and the constants by which engines score.

A *leaf* of a query tree (a word, a phrase, a wildcard …) counts as one term. Its occurrences in an article are counted
per zone. Its document frequency (df) is the number of live articles that hold it. With

    w   = HEADLINE_WEIGHT · occurrences in the headline + occurrences in the body
    len = HEADLINE_WEIGHT · words of the headline + words of the body
    score = boost · idf · w / (w + K1 · (1 - B + B · len / mean len))
    idf   = ln(1 + (N - df + ½) / (df + ½))

N and the mean cover the live articles of the whole snapshot. A conjunction or disjunction sums its parts. Leaves on
other fields than the text filter, and score 0.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6, with one
length normalisation over the weighted zones. The idf is Lucene's, which is never negative.

All archives use one set of constants: the middle of the ranges that rank three public collections well, Cranfield
(aeronautics), CACM (computing) and CISI (information science). `benchmarks/relevance.py` measures them, and a grid of
others, on any judged collection.
"""

from __future__ import annotations

import math

K1 = 2.0
"""Saturation of the term frequency: the larger, the more further occurrences count."""
B = 0.7
"""Length normalisation, from 0 (none) to 1 (full)."""
HEADLINE_WEIGHT = 4.0
"""How much a word in the headline counts, relative to one in the body."""


def idf(documents: int, frequency: int) -> float:
    """The inverse document frequency of a leaf that `frequency` of `documents` live articles hold."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
