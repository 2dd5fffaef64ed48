r"""The mapping of an index of articles, and the document of an article.

The cluster stems and folds nothing. It gets the words that `analysis` makes, each with its folded form, surface form
and term, and takes these apart with regular expressions. So its answers do not depend on the stemmers of its version.
A writer checks with `_analyze` that the cluster takes them apart as meant.

A word is written ``folded/printed=term``, without the surface form or the term if it equals the folded form. Words are
separated by a space. For the body ``The banks rose.\nRates fell.`` the cluster gets::

    !20the/The banks=bank !01rose=rise |!20rates/Rates=rate !02fell=fall

``!20`` says what begins and what ends with this word: 0 nothing, 1 a sentence, 2 a paragraph. ``|`` ends the lead. From
this one value the cluster makes all fields of the zone::

    body.stem       the    bank   rise   rate    fall
    body.folded     the    banks  rose   rates   fell
    body.printed    / /The               / /Rates
    lead.folded     the    banks  rose                     the same for `stem` and `printed`
    marks           !20           !01    !20     !02

All are at the positions of the words. `printed` has two terms where the surface form differs from the folded form, and
none elsewhere. So ``caps(The)`` is the term ``/The``, and ``caps(rose)`` is ``rose`` in `folded` where `printed` has no
``/``. In a headline without a lower-case letter each word has the term ``/`` only, so `caps` never finds it.

==============================  ===================================================================================
order, batch                    the number of the document, and the epoch of the writer that sent it
id, digest                      the article's id; a digest of the whole article, for `verify`
article                         the article itself, stored but not indexed
headline, body, lead, marks      the words of a zone, as above. `lead` is the first paragraph of the body
byline, dateline, section,      their terms in order
page, edition, source,
keyword, url, language,
precision
terms.byline …                  the distinct terms of each of these, for aggregations
facet.source …                  the values of facets: whole values; years and months
whole.source …                  whole values, as `whole_value` compares them
first, stop, micros             the local days it may be dated to, as a half-open interval of ordinals; the
                                microseconds since midnight
headline_words, words           the number of words in the headline, and in both zones
ocr                             the confidence of scanned text, in steps of 1/10,000
analysis                        the code of the language of its terms; ``en`` for English
forms                           for each surface form ``folded/printed=term count``: its occurrences in the article;
                                with a ``+`` at the end if an earlier item has the same term
title                           the folded headline, for sorting
long                            whether a word was too long to be stored whole
==============================  ===================================================================================

A word longer than `MAX_WORD_LENGTH` is stored as its beginning and a digest. Terms and phrases find it. For patterns
the articles with such words are rechecked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from searchidx import analysis
from searchidx.article import FIELD_NAMES, Article
from searchidx.dates import PartialDate
from searchidx.engines.bm25 import K1, B
from searchidx.errors import ArticleError
from searchidx.folding import fold
from searchidx.schema import (
    FACET_FIELDS,
    FIELDS,
    WHOLE_VALUE_FIELDS,
    FieldKind,
    Level,
    article_terms,
    count_steps,
    facet_values,
    whole_value,
)
from searchidx.stemming import analysis_language, lower_in, stem

VERSION = 5
"""The version of this mapping. An index of another version is rebuilt."""

PRINTED_MARK, TERM_MARK, BOUNDARY_MARK, LEAD_MARK = "/=!|"
"""Begin the parts of a word; words have letters, digits and combining marks only."""
COUNT_MARK, REPEATED_TERM = " ", "+"
"""Begin the count of an item of `forms`, and end one whose term an earlier item has."""
MAX_VALUE_LENGTH = 8_000
"""Characters of a value. A term of Lucene has at most 32,766 bytes, and a character at most four."""
MAX_WORD_LENGTH = 2_700
"""Characters of a word; an item of `forms` holds it three times."""
_TRUNCATED_LENGTH = MAX_WORD_LENGTH - 100
"""Characters that are kept of a longer word."""
TRUNCATION_MARK = "\x1e"
"""Separates the beginning and the digest of a truncated word."""
MAX_DOCUMENT_BYTES = 90_000_000
"""Bytes of a document as JSON. By default a node accepts requests of up to 100 MB."""

ANALYZER = "lines"
"""The analyzer of queries and of metadata: one term a line."""
PROBE_TERMS = ("one", "o'two 3", "東京", "x" * 300)
"""Terms that any other analyzer would change."""
_PREFIX = r"\|?+(?:!..)?+"
_ZONE_PATTERNS = {
    "stem": _PREFIX + r"(?:[^ =]*+=)?+([^ /=]++)[^ ]*+ ?+",
    "folded": _PREFIX + r"([^ /=]++)[^ ]*+ ?+",
    "printed": r"[^ /]*+(/[^ =]*+| )(?:=[^ ]*+)?+ ?+",
    "marks": r"\|?+(!..|[^ ])[^ ]*+ ?+",
}
"""What a tokenizer of the cluster takes from each word: group 1 of a Java regular expression. Possessive quantifiers
keep it linear. A term that stands for nothing keeps the positions, until a filter removes it."""
_ZONE_FILTERS = {"printed": ["not_blank", "with_mark"], "marks": ["three_or_more"]}
ZONE_PROBE = "!20the/The banks=bank\x1fde !01東京 |!22us/US u/=v 𠀀 "
"""A text of words that shows whether the analyzers take words apart as meant; it has every combination of marks."""
ZONE_PROBE_TERMS = {
    "stem": [("the", 0), ("bank\x1fde", 1), ("東京", 2), ("us", 3), ("v", 4), ("𠀀", 5)],
    "folded": [("the", 0), ("banks", 1), ("東京", 2), ("us", 3), ("u", 4), ("𠀀", 5)],
    "printed": [("/", 0), ("/The", 0), ("/", 3), ("/US", 3), ("/", 4)],
    "marks": [("!20", 0), ("!01", 2), ("!22", 3)],
    "lead_stem": [("the", 0), ("bank\x1fde", 1), ("東京", 2)],
    "lead_folded": [("the", 0), ("banks", 1), ("東京", 2)],
    "lead_printed": [("/", 0), ("/The", 0)],
}
"""The terms of `ZONE_PROBE`, with their positions, by analyzer."""

METADATA_FIELDS = tuple(
    name for name, field in FIELDS.items() if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and name != "id"
)
"""The fields with terms that are neither a zone of the text nor the id."""
LEVEL_NAMES = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}
"""The subfields of a zone."""


def index_body(shards: int | None) -> dict[str, Any]:
    """The settings and the mapping of a new index of articles, which has no replicas until it is filled."""
    terms: dict[str, Any] = {"type": "text", "analyzer": ANALYZER}
    listed: dict[str, Any] = {"type": "keyword", "index": False}
    stored: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
    whole: dict[str, Any] = {"type": "keyword", "doc_values": False}
    settings: dict[str, Any] = {
        "refresh_interval": "-1",  # commits refresh
        "gc_deletes": "1h",  # so a delayed request cannot restore a deleted article
        "max_terms_count": 1 << 20,
        "max_regex_length": 1 << 24,
        "similarity": {"default": {"type": "BM25", "k1": K1, "b": B}},
        "analysis": _analysis_settings(),
        **({} if shards is None else {"number_of_shards": shards}),
        "number_of_replicas": 0,
    }
    properties: dict[str, Any] = {
        "order": {"type": "long"},
        "batch": {"type": "long"},
        "id": {"type": "keyword"},
        "digest": stored,
        "article": {"type": "object", "enabled": False},
        "headline": {"type": "text", "index": False, "norms": False, "fields": _level_fields()},
        "body": {
            "type": "text",
            "index": False,
            "norms": False,
            "fields": _level_fields(),
            "copy_to": ["lead", "marks"],
        },
        "lead": {"type": "text", "index": False, "norms": False, "fields": _level_fields("lead_")},
        "marks": {"type": "text", "analyzer": "marks", "search_analyzer": ANALYZER, "norms": False},
        **dict.fromkeys(METADATA_FIELDS, terms),
        "terms": {"properties": dict.fromkeys(METADATA_FIELDS, listed)},
        "facet": {"properties": dict.fromkeys(FACET_FIELDS, listed)},
        "whole": {"properties": dict.fromkeys(WHOLE_VALUE_FIELDS, whole)},
        "first": {"type": "integer"},
        "stop": {"type": "integer"},
        "micros": {"type": "long", "index": False},
        "headline_words": {"type": "integer"},
        "words": {"type": "integer"},
        "ocr": {"type": "integer"},
        "analysis": listed,
        "forms": listed,
        "title": listed,
        "long": {"type": "boolean"},
    }
    source = {"includes": ["id", "digest", "article", "article.*"]}
    return {
        "settings": {"index": settings},
        "mappings": {"dynamic": "strict", "_source": source, "properties": properties},
    }


def replica_settings(replicas: int | None) -> dict[str, Any]:
    """The settings for a number of replicas; by default one, if the cluster has two nodes or more."""
    return {"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}


def _level_fields(prefix: str = "") -> dict[str, Any]:
    """The subfields of a zone."""
    return {
        level: {"type": "text", "analyzer": f"{prefix}{level}", "search_analyzer": ANALYZER}
        for level in LEVEL_NAMES.values()
    }


def _analysis_settings() -> dict[str, Any]:
    """The analyzers of an index."""
    tokenizers: dict[str, Any] = {
        ANALYZER: {"type": "char_group", "tokenize_on_chars": ["\n"], "max_token_length": 1_000_000}
    }
    analyzers: dict[str, Any] = {ANALYZER: {"type": "custom", "tokenizer": ANALYZER, "filter": []}}
    for name, pattern in _ZONE_PATTERNS.items():
        tokenizers[name] = {"type": "pattern", "pattern": pattern, "group": 1}
        analyzer = {"type": "custom", "tokenizer": name, "filter": _ZONE_FILTERS.get(name, [])}
        analyzers[name] = analyzer
        if name in LEVEL_NAMES.values():
            analyzers[f"lead_{name}"] = {**analyzer, "char_filter": ["lead_only"]}
    filters = {
        "not_blank": {"type": "stop", "stopwords": [" "]},
        "with_mark": {"type": "edge_ngram", "min_gram": 1, "max_gram": 1, "preserve_original": True},
        "three_or_more": {"type": "length", "min": 3},
    }
    char_filters = {"lead_only": {"type": "pattern_replace", "pattern": r"\|[\s\S]*+", "replacement": ""}}
    return {"tokenizer": tokenizers, "filter": filters, "char_filter": char_filters, "analyzer": analyzers}


def stored_term(word: str) -> str:
    """The term that the index holds for a word: the word itself, or its beginning and a digest if it is too long."""
    if len(word) <= MAX_WORD_LENGTH:
        return word
    return f"{word[:_TRUNCATED_LENGTH]}{TRUNCATION_MARK}{blake2b(word.encode(), digest_size=16).hexdigest()}"


def indexed_term(field: str, word: str) -> str:
    """The term of a word in a field; for a field of surface forms, of one that `is_plain` is false for."""
    return f"{PRINTED_MARK}{stored_term(word)}" if _is_printed(field) else stored_term(word)


def is_plain(field: str, word: str) -> bool:
    """Whether a surface form equals its folded form: then the field has no term for it, see above."""
    return _is_printed(field) and fold(word) == word


def _is_printed(field: str) -> bool:
    return field.endswith(".printed")


def value_term(field: str, value: str) -> str:
    """The term that the index holds for a whole value."""
    return stored_term(whole_value(field, value))


def is_encodable(text: str) -> bool:
    """Whether a text can be sent as UTF-8. One with a lone surrogate cannot, and no index contains it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_lengths(article: Article) -> None:
    """Raise `ArticleError` if a value is too long for the cluster."""
    for name in ("id", "section", "source", "language", "byline", "dateline", "url", "page", "edition"):
        _check_length(name, getattr(article, name))
    for keyword in article.keywords:
        _check_length("keywords", keyword)


def make_document(article: Article, order: int, batch: int, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The document of an article whose lengths were checked; `values` are those of `encode_article`, if known."""
    values = encode_article(article) if values is None else values
    language = analysis_language(article.language)
    headline, body = _zone_words(article.headline, language), _zone_words(article.body, language)
    counts = Counter(headline)
    counts.update(body)
    sentences, paragraphs = analysis.sentence_starts(article.body, language)
    document: dict[str, Any] = {
        "order": order,
        "batch": batch,
        "id": article.id,
        "digest": values_digest(values),
        "article": values,
        "headline_words": len(headline),
        "words": len(headline) + len(body),
        "analysis": language or "en",
        "forms": _form_items(counts),
    }
    if headline:
        if not any(map(str.islower, article.headline)):
            headline = list(map(_without_printed, headline))
        document["headline"] = _join(headline)
    if body:
        _mark_boundaries(body, sentences, paragraphs)
        document["body"] = _join(body)
    has_long = any(TRUNCATION_MARK in document.get(zone, "") for zone in ("headline", "body"))
    if article.headline and (title := fold(article.headline)[:MAX_VALUE_LENGTH]):
        document["title"] = title
    if article.date is not None:
        document["first"], document["stop"] = article.date.days.start, article.date.days.stop
        document["micros"] = article.date.sort_key[1]
    if article.ocr is not None:
        document["ocr"] = int(count_steps("ocr", article.ocr))
    distinct: dict[str, list[str]] = {}
    for name in METADATA_FIELDS:
        if words := list(article_terms(article, name)):
            has_long = has_long or _has_long(words)
            stored = list(map(stored_term, words))
            document[name] = "\n".join(stored)
            distinct[name] = list(dict.fromkeys(stored))
    if distinct:
        document["terms"] = distinct
    if has_long:
        document["long"] = True
    if facets := {name: list(some) for name in FACET_FIELDS if (some := facet_values(article, name))}:
        document["facet"] = facets
        document["whole"] = {
            name: [value_term(name, value) for value in facets[name]] for name in WHOLE_VALUE_FIELDS if name in facets
        }
    return document


class Form(NamedTuple):
    """A surface form in some articles: its parts, its occurrences in each, whether it is the first of its term."""

    folded: str
    printed: str
    term: str
    occurrences: int
    is_first: bool


def decode_article(source: dict[str, Any]) -> Article:
    """The article in a document; raises ValueError, KeyError or TypeError for a damaged one."""
    return Article(**source["article"])


def article_digest(article: Article) -> str:
    """A digest of every field of an article."""
    return values_digest(encode_article(article))


def values_digest(values: Mapping[str, Any]) -> str:
    """The digest of an article, from the values of `encode_article`."""
    return blake2b(repr(sorted(values.items())).encode(), digest_size=8).hexdigest()


def encode_article(article: Article) -> dict[str, Any]:
    """An article as JSON values, without empty fields other than headline and body."""
    values = {name: getattr(article, name) for name in FIELD_NAMES}
    encoded = {name: value for name, value in values.items() if value or value == 0 or name in ("headline", "body")}
    if isinstance(article.date, PartialDate):
        encoded["date"] = str(article.date)
    if article.keywords:
        encoded["keywords"] = list(article.keywords)
    if article.provenance:
        encoded["provenance"] = dict(article.provenance)
    return encoded


def _check_length(name: str, value: str) -> None:
    if len(value) > MAX_VALUE_LENGTH:
        raise ArticleError(
            name, value[:80], f"is longer than {MAX_VALUE_LENGTH:,} characters, which a cluster cannot index"
        )


@lru_cache(maxsize=1 << 17)
def _chunk_words(chunk: str, language: str) -> tuple[str, ...]:
    """The words of a text without white space, in a language, each as the cluster gets it."""
    return tuple(_encode_word(piece.printed, language) for piece in analysis.split_chunk(chunk).tokens)


def _encode_word(printed: str, language: str) -> str:
    folded, term = fold(printed), stem(lower_in(printed, language), language)
    return (
        stored_term(folded)
        + ("" if printed == folded else f"{PRINTED_MARK}{stored_term(printed)}")
        + ("" if term == folded else f"{TERM_MARK}{stored_term(term)}")
    )


def decode_form(item: str) -> Form:
    """The parts of an item of the field `forms`."""
    word, _, count = item.rpartition(COUNT_MARK)
    rest, _, term = word.partition(TERM_MARK)
    folded, _, printed = rest.partition(PRINTED_MARK)
    is_first = not count.endswith(REPEATED_TERM)
    return Form(folded, printed or folded, term or folded, int(count.rstrip(REPEATED_TERM)), is_first)


def _form_items(counts: Counter[str]) -> list[str]:
    """The field `forms`, from the occurrences of each word."""
    terms: set[str] = set()
    items = []
    for word, count in counts.items():
        term = _term_of(word)
        items.append(f"{word} {count}+" if term in terms else f"{word} {count}")
        terms.add(term)
    return items


@lru_cache(maxsize=1 << 17)
def _term_of(word: str) -> str:
    """The term of a word that the cluster gets."""
    rest, _, term = word.partition(TERM_MARK)
    return term or rest.partition(PRINTED_MARK)[0]


def _zone_words(text: str, language: str) -> list[str]:
    """The words of a text of a language in order, each as the cluster gets it."""
    return [word for chunk in text.split() for word in _chunk_words(chunk, language)]


def _without_printed(word: str) -> str:
    """A word of a headline without a lower-case letter."""
    rest, mark, term = word.partition(TERM_MARK)
    return f"{rest.partition(PRINTED_MARK)[0]}{PRINTED_MARK}{mark}{term}"


def _join(words: list[str]) -> str:
    """The words of a zone as one value; the last one ends with a space as well."""
    return " ".join(words) + " "


def _has_long(words: Iterable[str]) -> bool:
    """Whether a word is too long to be stored whole."""
    return max(map(len, words), default=0) > MAX_WORD_LENGTH


def _mark_boundaries(words: list[str], sentences: Sequence[int], paragraphs: Sequence[int]) -> None:
    """Mark the words of a body that begin or end its sentences and paragraphs, and the one after its lead."""
    begins, ends = dict.fromkeys(sentences, 1), dict.fromkeys((at - 1 for at in sentences[1:]), 1)
    begins |= dict.fromkeys(paragraphs, 2)
    ends |= dict.fromkeys((at - 1 for at in paragraphs[1:]), 2)
    ends[len(words) - 1] = 2
    for at in begins.keys() | ends.keys():
        words[at] = f"{BOUNDARY_MARK}{begins.get(at, 0)}{ends.get(at, 0)}{words[at]}"
    if len(paragraphs) > 1:
        words[paragraphs[1]] = LEAD_MARK + words[paragraphs[1]]
