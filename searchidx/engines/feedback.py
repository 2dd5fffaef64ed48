"""Relevance feedback: score the best hits again by how much they resemble the very best of them.

The five best hits, near-duplicates counted once, make a model: the terms that weigh most in them. Each hit of the page
then scores by its own score and by its similarity to the model::

    weight of a term in a hit   tf / (tf + 1) · idf                  in its first WORDS words
    model                       sum over the best hits of (score / best score) ^ 10 · weight; the TERMS greatest
    similarity                  cosine of hit and model, divided by the greatest
    new score                   (1 - SHARE) · score / best score + SHARE · similarity

Terms that the query does not name then tell one subject from another: of two articles about a bank, the one that shares
its river, or its rates, with the best hit. Source: Lavrenko and Croft, Relevance-Based Language Models (2001).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

WORDS = 300
"""Words of each hit that are compared, from the beginning of its headline."""
MODELS = 5
"""Hits that make the model."""
POWER = 10
"""How steeply their weight falls with their score."""
TERMS = 40
"""Terms of the model."""
SHARE = 0.4
"""The share of the similarity in the new score."""
COPY = 0.8
"""The share of common terms from which a hit is a near-duplicate of another."""


def rescore(terms: Ints, owners: Ints, scores: Floats, frequencies: Callable[[Ints], Ints], documents: int) -> Floats:
    """New scores of some hits, best first, from their terms.

    Args:
        terms: numbers of terms, in any order; below 2 ** 32.
        owners: for each of them the hit that has it: its index in `scores`.
        scores: the present scores of the hits, descending.
        frequencies: returns the number of articles with each of some terms.
        documents: the number of articles.
    """
    if not len(terms) or scores[0] <= 0:
        return scores
    distinct, places = np.unique(terms, return_inverse=True)
    size = len(scores), len(distinct)
    counts = np.bincount(owners * size[1] + places.ravel(), minlength=size[0] * size[1]).reshape(size)
    known = frequencies(distinct)
    idf = np.log(1 + (documents - known + 0.5) / (known + 0.5)).astype(np.float32)
    saturated = counts.astype(np.float32)
    saturated /= saturated + 1
    saturated *= idf
    best = _distinct_hits(counts)
    model = ((scores[best] / scores[0]) ** POWER).astype(np.float32) @ saturated[best]
    if len(model) > TERMS:
        model[model.argsort(kind="stable")[:-TERMS]] = 0
    lengths = np.sqrt(np.einsum("ij,ij->i", saturated, saturated))
    similarity = (saturated @ model) / np.maximum(lengths, 1e-9)
    similarity /= max(float(similarity.max()), 1e-9)
    new: Floats = (1 - SHARE) * scores / scores[0] + SHARE * similarity
    return new


def _distinct_hits(counts: Ints) -> list[int]:
    """The first MODELS hits that are no near-duplicates of one another; `counts` has a row of terms for each hit."""
    chosen: list[int] = []
    for hit, row in enumerate(counts):
        common = np.minimum(counts[chosen], row).sum(1)
        if not (common > COPY * np.maximum(counts[chosen], row).sum(1)).any():
            chosen.append(hit)
            if len(chosen) == MODELS:
                break
    return chosen
