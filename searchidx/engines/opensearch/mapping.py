"""The mapping of an index of articles, and the document of an article.

The cluster analyses nothing. It gets the terms that `analysis` and `schema` make, one a line, and splits the lines. So
its answers do not depend on the stemmers and tokenizers of its version.

==============================  ===================================================================================
order, batch                    the number of the document, and the epoch of the writer that sent it
id, digest                      the article's id; a digest of the whole article, for `verify`
article                         the article itself, stored but not indexed
headline, body, lead            the words of a zone by position, in three subfields: ``.stem``, ``.folded``,
                                ``.printed``. `lead` is the first paragraph of the body, at the same positions. A
                                headline without a lower-case letter has no ``.printed`` words
marks                           at the positions of the body where sentences and paragraphs begin or end, two digits:
                                what begins with this word, and what ends with it (0 nothing, 1 a sentence, 2 a
                                paragraph)
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
classes                         for each term ``term count``: its occurrences in the article
forms                           for each surface form ``folded printed term count``
title                           the folded headline, for sorting
long                            whether a word was too long to be stored whole
==============================  ===================================================================================

A word longer than `MAX_WORD_LENGTH` is stored as its beginning and a digest. Terms and phrases find it. For patterns
the articles with such words are rechecked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Any

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

VERSION = 4
"""The version of this mapping. An index of another version is rebuilt."""

SEPARATOR = " "
"""Separates the parts of `classes` and `forms`; no word contains it."""
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
PROBE_TERMS = ("one", "o'two 3", "東京", "x" * 300)
"""Terms that any other analyzer would change."""

METADATA_FIELDS = tuple(
    name for name, field in FIELDS.items() if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and name != "id"
)
"""The fields with terms that are neither a zone of the text nor the id."""
LEVEL_NAMES = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}
"""The subfields of a zone."""


def index_body(shards: int | None, replicas: int | None) -> dict[str, Any]:
    """The settings and the mapping of an index of articles."""
    terms: dict[str, Any] = {"type": "text", "analyzer": ANALYZER}
    listed: dict[str, Any] = {"type": "keyword", "index": False}
    stored: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
    whole: dict[str, Any] = {"type": "keyword", "doc_values": False}
    levels = {"properties": dict.fromkeys(LEVEL_NAMES.values(), terms)}
    settings: dict[str, Any] = {
        "refresh_interval": "-1",  # commits refresh
        "codec": "best_compression",
        "gc_deletes": "1h",  # so a delayed request cannot restore a deleted article
        "max_terms_count": 1 << 20,
        "max_regex_length": 1 << 24,
        "similarity": {"default": {"type": "BM25", "k1": K1, "b": B}},
        "analysis": {
            "tokenizer": {
                ANALYZER: {"type": "char_group", "tokenize_on_chars": ["\n"], "max_token_length": 1_000_000},
            },
            "filter": {"unmarked": {"type": "stop", "stopwords": ["00"]}},
            "analyzer": {
                ANALYZER: {"type": "custom", "tokenizer": ANALYZER, "filter": []},
                "marks": {"type": "custom", "tokenizer": ANALYZER, "filter": ["unmarked"]},
            },
        },
        **({} if shards is None else {"number_of_shards": shards}),
        **({"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}),
    }
    properties: dict[str, Any] = {
        "order": {"type": "long"},
        "batch": {"type": "long"},
        "id": {"type": "keyword"},
        "digest": stored,
        "article": {"type": "object", "enabled": False},
        "headline": levels,
        "body": levels,
        "lead": levels,
        "marks": {"type": "text", "analyzer": "marks", "norms": False},
        **dict.fromkeys(METADATA_FIELDS, terms),
        "terms": {"properties": dict.fromkeys(METADATA_FIELDS, listed)},
        "facet": {"properties": dict.fromkeys(FACET_FIELDS, listed)},
        "whole": {"properties": dict.fromkeys(WHOLE_VALUE_FIELDS, whole)},
        "first": {"type": "integer"},
        "stop": {"type": "integer"},
        "micros": {"type": "long"},
        "headline_words": {"type": "integer"},
        "words": {"type": "integer"},
        "ocr": {"type": "integer"},
        "analysis": listed,
        "classes": listed,
        "forms": listed,
        "title": listed,
        "long": {"type": "boolean"},
    }
    source = {"includes": ["order", "batch", "id", "digest", "article", "article.*"]}
    return {
        "settings": {"index": settings},
        "mappings": {"dynamic": "strict", "_source": source, "properties": properties},
    }


def stored_term(word: str) -> str:
    """The term that the index holds for a word: the word itself, or its beginning and a digest if it is too long."""
    if len(word) <= MAX_WORD_LENGTH:
        return word
    return f"{word[:_TRUNCATED_LENGTH]}{TRUNCATION_MARK}{blake2b(word.encode(), digest_size=16).hexdigest()}"


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


def make_document(article: Article, order: int, batch: int) -> dict[str, Any]:
    """The document of an article; raises `ArticleError` if the cluster cannot index it."""
    for name in ("id", "section", "source", "language", "byline", "dateline", "url", "page", "edition"):
        _check_length(name, getattr(article, name))
    for keyword in article.keywords:
        _check_length("keywords", keyword)
    language = analysis_language(article.language)
    headline, body = _text_words(article.headline, language), _text_words(article.body, language)
    sentences, paragraphs = analysis.sentence_starts(article.body, language)
    lead = body[: paragraphs[1]] if len(paragraphs) > 1 else body
    counts = Counter(chain(headline, body))
    has_long = _has_long(chain.from_iterable(counts))
    if has_long:
        headline, body, lead = ([_truncate(word) for word in zone] for zone in (headline, body, lead))
        counts = Counter(chain(headline, body))
    terms: Counter[str] = Counter()
    for (_, _, term), count in counts.items():
        terms[term] += count
    document: dict[str, Any] = {
        "order": order,
        "batch": batch,
        "id": article.id,
        "digest": article_digest(article),
        "article": _encode_article(article),
        "headline": _zone_fields(headline, with_printed=any(map(str.islower, article.headline))),
        "body": _zone_fields(body),
        "lead": _zone_fields(lead),
        "headline_words": len(headline),
        "words": len(headline) + len(body),
        "analysis": language or "en",
        "classes": [f"{term} {count}" for term, count in terms.items()],
        "forms": [f"{folded} {printed} {term} {count}" for (folded, printed, term), count in counts.items()],
    }
    if body:
        document["marks"] = _boundary_marks(len(body), sentences, paragraphs)
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
    if facets := {name: list(values) for name in FACET_FIELDS if (values := facet_values(article, name))}:
        document["facet"] = facets
        document["whole"] = {
            name: [value_term(name, value) for value in facets[name]] for name in WHOLE_VALUE_FIELDS if name in facets
        }
    return document


def decode_article(source: dict[str, Any]) -> Article:
    """The article in a document; raises ValueError, KeyError or TypeError for a damaged one."""
    return Article(**source["article"])


def article_digest(article: Article) -> str:
    """A digest of every field of an article."""
    return blake2b(repr(sorted(_encode_article(article).items())).encode(), digest_size=8).hexdigest()


def _encode_article(article: Article) -> dict[str, Any]:
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


_Word = tuple[str, str, str]
"""A word: folded, printed, its term."""


@lru_cache(maxsize=1 << 17)
def _chunk_words(chunk: str, language: str) -> tuple[_Word, ...]:
    """The words of a text without white space, in a language."""
    return tuple(
        (fold(piece.printed), piece.printed, stem(lower_in(piece.printed, language), language))
        for piece in analysis.split_chunk(chunk).tokens
    )


def _text_words(text: str, language: str) -> list[_Word]:
    """The words of a text of a language in order, as `analysis.analyze` gives them, without their character offsets."""
    return list(chain.from_iterable(_chunk_words(chunk, language) for chunk in text.split()))


def _has_long(words: Iterable[str]) -> bool:
    """Whether a word is too long to be stored whole."""
    return max(map(len, words), default=0) > MAX_WORD_LENGTH


def _truncate(word: _Word) -> _Word:
    folded, printed, term = map(stored_term, word)
    return folded, printed, term


def _zone_fields(words: Sequence[_Word], with_printed: bool = True) -> dict[str, str]:
    """The words of a zone in three subfields, one a line."""
    if not words:
        return {}
    folded, printed, terms = map("\n".join, zip(*words))
    return {"stem": terms, "folded": folded, **({"printed": printed} if with_printed else {})}


def _boundary_marks(words: int, sentences: Sequence[int], paragraphs: Sequence[int]) -> str:
    """The field `marks` of a body, from the first words of its sentences and paragraphs."""
    begins, ends = [0] * words, [0] * words
    for mark, starts in ((1, sentences), (2, paragraphs)):
        for at in starts:
            begins[at] = mark
            ends[at - 1] = mark  # for the first start this is the last word, which the next line sets anyway
        ends[-1] = mark
    return "\n".join(f"{begin}{end}" for begin, end in zip(begins, ends))
