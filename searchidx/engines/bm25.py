"""BM25F over the zones of the text: the one formula by which every engine scores.

A *leaf* of a query tree (a word, a phrase, a wildcard …) is treated as one word: its occurrences in an article are
counted per zone, its document frequency is the number of live articles that hold it. With

    w   = HEADLINE_WEIGHT · occurrences in the headline + occurrences in the body
    len = HEADLINE_WEIGHT · words of the headline + words of the body
    score = boost · idf · w / (w + K1 · (1 - B + B · len / mean len))
    idf   = ln(1 + (N - df + ½) / (df + ½))

N and the mean are taken over the live articles of the whole snapshot. A conjunction or disjunction sums its parts.
Leaves on other fields than the text filter and score 0.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6, one length
normalisation over the weighted zones; the idf is Lucene's, never negative. The constants lie in the middle of those
that rank three classic collections well (abstracts of aeronautics, computing, information science), one set for all.
"""

from __future__ import annotations

import math

__all__ = ["HEADLINE_WEIGHT", "K1", "B", "idf"]

K1 = 2.0
B = 0.7
HEADLINE_WEIGHT = 4.0


def idf(documents: int, frequency: int) -> float:
    """The weight of a leaf that `frequency` of `documents` live articles hold."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))
