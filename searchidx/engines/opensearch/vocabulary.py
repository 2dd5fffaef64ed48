"""The words of a point in time: expansions of patterns, counts of stems, completions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from heapq import nsmallest
from itertools import islice

from whoosh import query as q

from searchidx.engines import query_limits
from searchidx.engines.collectors import most_frequent_form
from searchidx.engines.opensearch.article_store import ArticleStore
from searchidx.engines.opensearch.bucket_aggregations import MAX_BUCKETS, iter_values
from searchidx.engines.opensearch.cluster_client import ClusterError
from searchidx.engines.opensearch.mapping import (
    COUNT_MARK,
    LEVEL_NAMES,
    METADATA_FIELDS,
    PRINTED_MARK,
    REPEATED_TERM,
    STORED_LANGUAGE_MARK,
    TERM_MARK,
    TRUNCATION_MARK,
    decode_form,
    is_encodable,
)
from searchidx.engines.opensearch.pattern_translator import (
    ANY_WORD,
    escape,
    is_same_language,
    lucene_regexp,
    pattern_predicate,
    pattern_query,
)
from searchidx.engines.opensearch.point_in_time import PointInTime
from searchidx.engines.opensearch.query_dsl import ZONES, DslQuery, all_of, any_of
from searchidx.engines.reference.match import Document, expand_pattern
from searchidx.query.nodes import PATTERNS
from searchidx.schema import FIELDS, FieldKind, Level, split_level
from searchidx.stemming import ENGLISH, stem_of_term

_STEMS_PER_REQUEST = 2_000
_MAX_NARROW_WORDS = 2 * 1_024
"""Words of a narrow pattern in the zones of a shard. By default a node allows 1,024 clauses of a query."""
_MAX_STEM_REQUESTS = 5
"""Requests for the counts of some stems; for more stems the counts of all are fetched."""
_MAX_TRUNCATED_ARTICLES = 1_000
"""Articles with truncated words that are read to expand a pattern."""
_END = f"([{COUNT_MARK}{REPEATED_TERM}].*)?"
_FORM_PATTERNS = {
    Level.FOLDED: f"({{}})([{PRINTED_MARK}{TERM_MARK}{COUNT_MARK}{REPEATED_TERM}].*)?",
    Level.PRINTED: f"([^{PRINTED_MARK}]*{PRINTED_MARK})?({{}})({TERM_MARK}.*)?{_END}",
    Level.STEM: f"([^{TERM_MARK}]*{TERM_MARK})?({{}})({PRINTED_MARK}[^{COUNT_MARK}{REPEATED_TERM}]*)?{_END}",
}
"""A regular expression for the items of the field `forms` with a word that another expression matches, by level."""
_ANY_LANGUAGE = f"({STORED_LANGUAGE_MARK}[a-z]+)?"
"""A regular expression for the end of a term after its stem."""


class Vocabulary:
    """Lists and counts words."""

    def __init__(self, point: PointInTime, store: ArticleStore) -> None:
        self._point = point
        self._store = store

    def expand(self, pattern: q.Query) -> list[str]:
        """The words of its field that a pattern matches, sorted; raises as `Snapshot.expand` does."""
        assert isinstance(pattern, PATTERNS)
        field, level = split_level(pattern.fieldname)
        if field not in FIELDS or FIELDS[field].kind not in (FieldKind.TEXT, FieldKind.WORDS, FieldKind.VALUE):
            return []
        texts = (getattr(pattern, name, None) for name in ("text", "start", "end"))
        if not all(map(is_encodable, filter(None, texts))):
            return []
        test = pattern_predicate(pattern)
        if field == "id":
            words = set(filter(test, self._store.all_ids()))
        elif FIELDS[field].kind is FieldKind.TEXT:
            words = self._expand_text(pattern, level, test)
        else:
            terms = self._matching_values([self._point.visible], f"terms.{field}", lucene_regexp(pattern))
            words = {word for word in terms if TRUNCATION_MARK not in word and test(word)}
        if self.has_truncated_words():
            articles = self._store.iter_found([self._point.visible, {"term": {"long": True}}])
            for _, article in islice(articles, _MAX_TRUNCATED_ARTICLES):
                words |= expand_pattern(pattern, Document(article))
        if len(words) > query_limits.MAX_EXPANSION and field not in ("id", "precision"):
            raise query_limits.too_broad(pattern)
        return sorted(words)

    def is_narrow(self, pattern: q.Query) -> bool:
        """Whether `pattern_query` finds exactly the articles with a word of a pattern, and no shard has more than 1,024
        of these words in a zone.

        So a narrow pattern has at most `MAX_EXPANSION` words in each shard. Deleted articles count.
        """
        assert isinstance(pattern, PATTERNS)
        field, level = split_level(pattern.fieldname)
        text = getattr(pattern, "text", None)
        is_in_text = field in FIELDS and FIELDS[field].kind is FieldKind.TEXT
        if not (is_in_text or field in METADATA_FIELDS) or (is_in_text and level is Level.PRINTED):
            return False
        if not text or not is_encodable(text) or not is_same_language(pattern) or self.has_truncated_words():
            return False
        if query_limits.MAX_EXPANSION < _MAX_NARROW_WORDS:
            return False
        fields = [f"{zone}.{LEVEL_NAMES[level]}" for zone in ZONES] if is_in_text else [field]
        nothing: DslQuery = {"term": {"order": -1}}  # the cluster expands patterns before it looks for articles
        expanded = any_of(pattern_query(name, pattern, "constant_score_boolean") for name in fields)
        try:
            self._point.search({"query": all_of([expanded, nothing]), "size": 0})
        except ClusterError:
            return False
        return True

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The codes of the languages that the terms of the articles belong to."""
        return self._traits[0]

    def has_truncated_words(self) -> bool:
        """Whether an article has a word that the index holds in part."""
        return self._traits[1]

    @cached_property
    def _traits(self) -> tuple[tuple[str, ...], bool]:
        """`languages` and `has_truncated_words`, in one request that also tells whether all articles are visible."""
        point, opened = self._point, self._point.opened
        languages = {"terms": {"field": "analysis", "size": MAX_BUCKETS}}
        truncated = {"filter": {"term": {"long": True}}}
        visible = {"filter": point.visible, "aggs": {"languages": languages, "truncated": truncated}}
        response = point.search({"size": 0, "track_total_hits": True, "aggs": {"visible": visible}})
        found = response["aggregations"]["visible"]
        if found["doc_count"] == response["hits"]["total"]["value"]:
            point.show_all(opened)
        codes = [bucket["key"] for bucket in found["languages"]["buckets"]]
        languages_found = tuple(sorted(ENGLISH if code == "en" else code for code in codes))
        return languages_found or (ENGLISH,), found["truncated"]["doc_count"] > 0

    def count_stems(
        self, filters: Sequence[DslQuery], stems: Sequence[str] | None = None
    ) -> tuple[Counter[str], Counter[str]]:
        """The occurrences of each stem in the articles that all filters find, and the number of articles with it.

        With `stems` it counts these, and maybe others.
        """
        counts: Counter[str] = Counter()
        articles: Counter[str] = Counter()
        includes: Iterable[str | None] = [None]
        if stems is not None and len(stems) <= _MAX_STEM_REQUESTS * _STEMS_PER_REQUEST:
            batches = (stems[at : at + _STEMS_PER_REQUEST] for at in range(0, len(stems), _STEMS_PER_REQUEST))
            includes = map(_stems_pattern, batches)
        for include in includes:
            for item, documents in iter_values(self._point, filters, "forms", include):
                form = decode_form(item)
                stem = stem_of_term(form.term)
                counts[stem] += form.occurrences * documents
                articles[stem] += form.is_first * documents
        return counts, articles

    def most_frequent_form(self, filters: Sequence[DslQuery], stem: str) -> str:
        """The most frequent spelling of a stem in the articles that all filters find."""
        spellings: Counter[str] = Counter()
        for item, documents in iter_values(self._point, filters, "forms", _stems_pattern([stem])):
            form = decode_form(item)
            if stem_of_term(form.term) == stem:
                spellings[form.printed] += form.occurrences * documents
        return most_frequent_form(spellings)

    def completions(self, prefix: str, limit: int) -> list[tuple[str, int]]:
        """The completions of a folded prefix, as `Snapshot.completions` defines them, without truncated words."""
        if not is_encodable(prefix):
            return []
        spellings: dict[str, Counter[str]] = {}
        for item, documents in iter_values(self._point, [self._point.visible], "forms", escape(prefix) + ANY_WORD):
            form = decode_form(item)
            if form.folded.startswith(prefix) and TRUNCATION_MARK not in item:
                spellings.setdefault(stem_of_term(form.term), Counter())[form.printed] += form.occurrences * documents
        _, articles = self.count_stems([self._point.visible], sorted(spellings))
        best = nsmallest(limit, spellings, key=lambda stem: (-articles[stem], stem))
        return [(most_frequent_form(spellings[stem]), articles[stem]) for stem in best]

    def _expand_text(self, pattern: q.Query, level: Level, test: Callable[[str], bool]) -> set[str]:
        """The words of both zones that a pattern matches at a level."""
        regexp = lucene_regexp(pattern)
        filters = [self._point.visible]
        if level is not Level.PRINTED and not regexp.startswith((ANY_WORD, ".", "(")):
            zones = [{"regexp": {f"{zone}.{LEVEL_NAMES[level]}": {"value": regexp}}} for zone in ZONES]
            filters.append({"bool": {"should": zones}})
        words: set[str] = set()
        for item in self._matching_values(filters, "forms", _FORM_PATTERNS[level].format(regexp)):
            form = decode_form(item)
            word = {Level.FOLDED: form.folded, Level.PRINTED: form.printed, Level.STEM: form.term}[level]
            if word not in words and TRUNCATION_MARK not in word and test(word):
                words.add(word)
        return words

    def _matching_values(self, filters: Sequence[DslQuery], field: str, include: str) -> Iterator[str]:
        """The values of a field that an expression matches; all values if the cluster finds it too complex."""
        try:
            values = [value for value, _ in iter_values(self._point, filters, field, include)]
        except ClusterError as error:
            if not (error.status == 400 or error.mentions("too_complex")):
                raise
            values = [value for value, _ in iter_values(self._point, [self._point.visible], field)]
        return iter(values)


def _stems_pattern(stems: Sequence[str]) -> str:
    """A regular expression for the items of the field `forms` with some stems, in any language."""
    return _FORM_PATTERNS[Level.STEM].format(f"({'|'.join(map(escape, stems))}){_ANY_LANGUAGE}")
