"""Builders of queries in OpenSearch's query DSL, as dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from searchidx.engines.opensearch.mapping import LEVEL_NAMES, METADATA_FIELDS, is_encodable
from searchidx.schema import FIELDS, FieldKind, Level, split_level

DslQuery = dict[str, Any]
"""A query as it is sent to the cluster."""
DslHit = Mapping[str, Any]
"""A hit in a response of the cluster."""
MATCH_ALL: DslQuery = {"match_all": {}}
MATCH_NONE: DslQuery = {"match_none": {}}

MAX_CLAUSES = 400
"""Maximum clauses of one query, as Lucene counts them. Lucene allows 1,024: a loose and a tight query, or one of
these and the scoring ones twice."""
ZONES = ("headline", "body")
_NO_WORD = "\n"
"""What no article has as a word."""
_CLAUSE_TYPES = {"term", "terms", "range", "exists", "match", "match_phrase", "span_term", "regexp", "prefix"}


class QueryBounds(NamedTuple):
    """A loose query that finds every match, and a tight query that finds nothing else; the same object if exact."""

    loose: DslQuery
    tight: DslQuery

    @property
    def is_exact(self) -> bool:
        return self.loose is self.tight


def exact(query: DslQuery) -> QueryBounds:
    """The bounds of a query that finds the matches and nothing else."""
    return QueryBounds(query, query)


def all_of(queries: Sequence[DslQuery]) -> DslQuery:
    """Find what all queries find, without scores."""
    return {"bool": {"filter": queries}}


def any_of(queries: Iterable[DslQuery]) -> DslQuery:
    """Find what any of the queries finds."""
    some = [query for query in queries if query is not MATCH_NONE]
    if len(some) < 2:
        return some[0] if some else MATCH_NONE
    return {"bool": {"should": some, "minimum_should_match": 1}}


def negated(query: DslQuery) -> DslQuery:
    """Find what a query does not find."""
    return {"bool": {"must_not": [query]}}


def boosted(query: DslQuery, boost: float) -> DslQuery:
    """Multiply the scores of a query."""
    return {"bool": {"must": [query], "boost": boost}} if boost != 1.0 else query


def clause_count(query: object) -> int:
    """The number of clauses in a query, as Lucene counts them."""
    if isinstance(query, list):
        return sum(map(clause_count, query))
    if not isinstance(query, dict):
        return 0
    count = 0
    for name, value in query.items():
        count += name in _CLAUSE_TYPES
        if name == "query" and isinstance(value, str):
            count += value.count("\n")
        elif name != "terms":  # one clause, of any number of words
            count += clause_count(value)
    return count


def with_statistics(query: DslQuery, scoring: Sequence[DslQuery]) -> DslQuery:
    """A query that finds and scores as another, for which all shards report the statistics of its scoring queries.

    A shard may notice that it has no match, as for a day before its first one or for a phrase of which it has no word.
    It would then report nothing, and words would score as if its articles did not exist.
    """
    fields = sorted(set().union(*map(_phrase_fields, scoring)))
    statistics = {
        "filter": [{"term": {"body.stem": _NO_WORD}}],  # nobody notices before the search that this finds nothing
        "should": [*scoring, *({"term": {field: _NO_WORD}} for field in fields)],
    }
    return {"bool": {"should": [query, {"bool": statistics}]}}


def _phrase_fields(query: object) -> set[str]:
    if isinstance(query, list):
        return set().union(*map(_phrase_fields, query))
    if not isinstance(query, dict):
        return set()
    of_this = {field for kind in ("match_phrase", "span_term") for field in query.get(kind, ())}
    return of_this.union(*map(_phrase_fields, query.values()))


def may_occur(word: str) -> bool:
    """Whether an index can contain a word: it is not empty, and has a UTF-8 form."""
    return bool(word) and is_encodable(word)


def zone_field(name: str, zone: str) -> str:
    """The field with the words of a zone that a query field such as `lead.folded` searches; empty if it does not."""
    return _zone_field(*split_level(name), zone)


def _zone_field(base: str, level: Level, zone: str) -> str:
    if base in ZONES and base != zone:
        return ""
    return f"{'lead' if base == 'lead' and zone == 'body' else zone}.{LEVEL_NAMES[level]}"


def term_query(field: str, terms: Sequence[str]) -> DslQuery:
    """Find any of some terms in one field of the mapping."""
    if not terms:
        return MATCH_NONE
    return {"term": {field: terms[0]}} if len(terms) == 1 else {"terms": {field: terms}}


def word_fields(name: str) -> list[str]:
    """The fields of the mapping that a query field searches: those of both zones of the text, or one of metadata."""
    base, level = split_level(name)
    if base in METADATA_FIELDS:
        return [base]
    if base in FIELDS and FIELDS[base].kind is FieldKind.TEXT:
        return [field for zone in ZONES if (field := _zone_field(base, level, zone))]
    return []
