"""BM25F over the zones of an article, with pairs of words: the formula and the constants by which engines score.

A *leaf* of a query tree (a word, a phrase, a wildcard …) counts as one term. Its occurrences in an article are counted
per zone. Its document frequency (df) is the number of live articles that hold it, its collection frequency (cf) the
number of its occurrences in them. With

    w     = HEADLINE_WEIGHT · occurrences in the headline + occurrences in the body
    len   = HEADLINE_WEIGHT · words of the headline + words of the body
    tf    = w / (w + K1 · (1 - B + B · len / mean len))
    idf   = ln(1 + (N - df + ½) / (df + ½))
    W     = idf ^ IDF_POWER · √min(cf / df, MAX_BURSTINESS)
    score = boost · W · tf

N and the mean cover the live articles of the whole snapshot. A conjunction or disjunction sums its parts. Leaves on
other fields than the text filter, and score 0.

A *pair* is two neighbouring words of a conjunction or disjunction (`traversal.word_pairs`). Where they stand side by
side in this order, the article scores PAIR_WEIGHT · (W of one + W of the other) · tf more, with the tf of the pair as a
phrase of stems. Pairs never change which articles match. A pair has no more occurrences than either word, so it adds at
most PAIR_WEIGHT times what its words score.

Sources: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6, with one
length normalisation over the weighted zones. The idf is Lucene's, which is never negative. cf / df is Church and Gale's
burstiness (Poisson Mixtures, 1995): a word that comes in clusters names a subject. Pairs: Metzler and Croft's
sequential dependence (A Markov Random Field Model for Term Dependencies, 2005).

All archives use one set of constants. `benchmarks/relevance.py --tune` measures others, and how well constants chosen
on some collections do on another.
"""

from __future__ import annotations

import math

K1 = 0.8
"""Saturation of the term frequency: the larger, the more further occurrences count."""
B = 0.8
"""Length normalisation, from 0 (none) to 1 (full)."""
HEADLINE_WEIGHT = 2.0
"""How much a word in the headline counts, relative to one in the body."""
IDF_POWER = 1.1
"""How much more than BM25 a rare word counts."""
MAX_BURSTINESS = 4.0
"""The occurrences in an article from which on a word counts as a subject."""
PAIR_WEIGHT = 0.15
"""How much a pair of words counts, relative to the two words."""


def idf(documents: int, frequency: int) -> float:
    """The inverse document frequency of a leaf that `frequency` of `documents` live articles hold."""
    return math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5))


def leaf_weight(documents: int, frequency: int, occurrences: float) -> float:
    """The factor of a leaf in each of its scores; `occurrences` is its collection frequency."""
    burstiness = min(occurrences / frequency, MAX_BURSTINESS) if frequency else 1.0
    return math.pow(idf(documents, frequency), IDF_POWER) * math.sqrt(burstiness)
