"""Which of some articles are much the same, told from the articles themselves: all that are, and no others.

Two sets that are alike in so great a part share one of the rarest members of each: of a set of n members the
n - ceil(threshold · n) + 1 rarest do. So only those that share such a one are compared (Bayardo, Ma and Srikant:
Scaling Up All Pairs Similarity Search, 2007).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain
from math import ceil

from searchidx.engines.reference.aggregate import shingles
from searchidx.engines.reference.match import Document

__all__ = ["groups_of"]

_ROUNDING = 1e-9


def groups_of(documents: Iterable[tuple[int, Document]], threshold: float) -> list[list[int]]:
    """The groups of `aggregate.groups_of`, for ascending documents, without comparing every pair."""
    sets = {doc: frozenset(map(_number, found)) for doc, document in documents if (found := shingles(document))}
    frequency = Counter(chain.from_iterable(sets.values()))
    leaders = {doc: doc for doc in sets}
    having: defaultdict[int, list[int]] = defaultdict(list)
    for doc, members in sets.items():
        rarest = sorted(members, key=lambda member: (frequency[member], member))
        prefix = rarest[: len(members) - ceil(threshold * len(members) - _ROUNDING) + 1]
        candidates = set(chain.from_iterable(having[member] for member in prefix if frequency[member] > 1))
        for other in candidates:
            if _leader(leaders, doc) != _leader(leaders, other):
                common = len(members & sets[other])
                if common >= threshold * (len(members) + len(sets[other]) - common):
                    first, second = sorted((_leader(leaders, doc), _leader(leaders, other)))
                    leaders[second] = first
        for member in prefix:
            having[member].append(doc)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for doc in sets:
        groups[_leader(leaders, doc)].append(doc)
    return [docs for docs in groups.values() if len(docs) > 1]


def _leader(leaders: dict[int, int], doc: int) -> int:
    while leaders[doc] != doc:
        leaders[doc] = leaders[leaders[doc]]
        doc = leaders[doc]
    return doc


def _number(shingle: tuple[str, ...]) -> int:
    """A run of stems as a number, which takes less room; two are the same once in 2**64 pairs."""
    return int.from_bytes(blake2b("\n".join(shingle).encode(), digest_size=8).digest(), "little")
