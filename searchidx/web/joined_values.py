"""Values of a field that are one to a reader: JANE DOE, Jane Doe and, among authors, Jane Doe, Reuters.

An author with an agency, a role or a town is joined to the same name without, if the answer has that. `Doe, Jane` and
`Doe, John` are thus never one. A joined value has the clause that finds all its spellings, so its count is what a click
finds.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Sequence
from functools import lru_cache
from operator import neg
from typing import NamedTuple

from searchidx.archive import Archive
from searchidx.query.rewrite import Clause, add_clause, parse_clauses, value_clause
from searchidx.schema import WHOLE_VALUE_FIELDS, whole_value
from searchidx.search.aggregations import FacetValue

_BY = re.compile(r"by\s+", re.IGNORECASE)
_SUFFIX = re.compile(r"\s*(?:[,/|(]|\s(?:[-–—@]|of|for|in)\s).*", re.IGNORECASE)
"""What follows the name of an author: `, Reuters`, ` of The Times`, ` in Berlin`, ` (AP)`."""


class JoinedValue(NamedTuple):
    """A value, its number of articles, and its spellings, different for a query; no clause if none asks for it."""

    value: str
    articles: int
    spellings: tuple[str, ...]
    clause: Clause | None


def join_values(
    archive: Archive, query: str, field: str, values: Sequence[FacetValue], limit: int | None = None
) -> tuple[list[JoinedValue], int]:
    """Join the values of an answer, the most frequent first; the plainest spelling stands for all.

    Keywords and authors with several spellings are counted by their clause, since an article may have several of them.
    That takes a search each, so only those are counted that may be among the first `limit`.

    Returns:
        The first values, and how many there are in all.
    """
    if field not in WHOLE_VALUE_FIELDS:
        found = [
            JoinedValue(each.value, each.count, (each.value,), clause_of_values(field, each.value)) for each in values
        ]
        return found[:limit], len(found)
    known = {_whole(field, each.value) for each in values}
    groups: dict[str, list[FacetValue]] = {}
    for each in values:
        name = _whole_author(each.value) if field == "byline" else ""
        groups.setdefault(name if name in known else _whole(field, each.value), []).append(each)
    joined: list[JoinedValue] = []
    counts: list[int] = []
    for same in sorted(groups.values(), key=_total, reverse=True):
        if limit is not None and len(counts) >= limit and counts[limit - 1] >= _total(same):
            break
        joined.append(_join(archive, query, field, same))
        insort(counts, joined[-1].articles, key=neg)
    joined.sort(key=lambda each: -each.articles)
    return joined[:limit], len(groups)


def _total(same: Sequence[FacetValue]) -> int:
    """The sum of the counts of some spellings: the most articles that can have one of them."""
    return sum(each.count for each in same)


def _join(archive: Archive, query: str, field: str, same: Sequence[FacetValue]) -> JoinedValue:
    best = min(same, key=lambda each: (_is_longer(field, each.value), -each.count, each.value.isupper())).value
    different = {_whole(field, each.value): each.value for each in reversed(same)}
    different[_whole(field, best)] = best
    spellings = (best, *sorted(each for each in different.values() if each != best))
    clause = clause_of_values(field, *spellings)
    if len(same) > 1 and field in ("keyword", "byline") and clause is not None:
        count = archive.search(add_clause(query, clause.text), limit=0).total
    else:
        count = _total(same)
    return JoinedValue(best, count, spellings, clause)


def author_name(byline: str) -> str:
    """Return an author without `By` and without agency, role or town; a name of one word keeps what follows it."""
    name = _BY.sub("", byline, count=1) if _BY.match(byline) else byline
    bare = _SUFFIX.sub("", name, count=1)
    return bare if len(bare.split()) > 1 else name


def _is_longer(field: str, value: str) -> bool:
    return field == "byline" and author_name(value) != value


@lru_cache(maxsize=1 << 16)
def _whole_author(byline: str) -> str:
    return whole_value("byline", author_name(byline))


@lru_cache(maxsize=1 << 16)
def _whole(field: str, value: str) -> str:
    """What makes values the same to a query; a value without a word is like no other. Cached: answers share values."""
    return whole_value(field, value) or value


@lru_cache(maxsize=1 << 12)
def clause_of_values(field: str, *values: str) -> Clause | None:
    """Return the clause for articles with one of some values; None if no query can ask for one of them.

    Cached, as most answers have the same values.
    """
    texts = [value_clause(field, value) for value in values]
    clauses = [text for text in texts if text is not None]
    if len(clauses) < len(values):
        return None
    (clause,) = parse_clauses(clauses[0] if len(clauses) == 1 else f"({' OR '.join(clauses)})")
    return clause
