r"""The mapping of an index of articles, and the document of an article.

The cluster stems and folds nothing. It gets the words that `analysis` makes at each level, separated by spaces, and
splits them there. So its answers do not depend on the stemmers of its version, and no regular expression runs on an
article. A writer checks with `_analyze` that the cluster splits them as meant.

For the body ``The banks rose.\nRates fell.`` the cluster gets::

    body.stem       the   bank   rise   rate    fall
    body.folded     the   banks  rose   rates   fell
    body.printed    /The  -      -      /Rates  -
    lead.stem       the   bank   rise                      the same for `folded` and `printed`
    marks           !20   -      !01    !20     !02

The terms of all fields are at the positions of the words; ``-`` keeps the position of a word without a term there.
`printed` has a term where the surface form differs from the folded form, and the index adds the term ``/`` to it. So
``caps(The)`` is the term ``/The``, and ``caps(rose)`` is ``rose`` in `folded` where `printed` has no ``/``. In a
headline without a lower-case letter each word has the term ``/`` only, so `caps` never finds it. ``!20`` says what
begins and what ends with a word: 0 nothing, 1 a sentence, 2 a paragraph.

==============================  ===================================================================================
order, batch                    the number of the document, and the epoch of the writer that sent it
id, digest                      the article's id; a digest of the whole article, for `verify`
article                         the article itself, stored but not indexed
headline, body, lead, marks     the words of a zone, as above. `lead` is the first paragraph of the body
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
forms                           for each surface form ``folded/printed=term count``: its occurrences in the article.
                                A part that equals the folded form, and the count 1, are left out. A ``+`` at the
                                end tells that an earlier item has the same term
title                           the folded headline, for sorting
long                            whether a word was too long to be stored whole
==============================  ===================================================================================

A word longer than `MAX_WORD_LENGTH` is stored as its beginning and a digest. Terms and phrases find it. For patterns
the articles with such words are rechecked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from searchidx import analysis
from searchidx.article import FIELD_NAMES, Article
from searchidx.dates import PartialDate
from searchidx.encoded_article import EncodedArticle
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
    split_value,
    value_terms,
    whole_value,
)
from searchidx.stemming import LANGUAGE_MARK, analysis_language, lower_in, stem

VERSION = 6
"""The version of this mapping. An index of another version is rebuilt."""

PRINTED_MARK, TERM_MARK, BOUNDARY_MARK = "/=!"
"""Begin a surface form, a term and the digits of `marks`; words have letters, digits and combining marks only."""
_NO_TERM = "-"
"""Keeps the position of a word that has no term in a field."""
COUNT_MARK, REPEATED_TERM = " ", "+"
"""Begin the count of an item of `forms`, and end one whose term an earlier item has."""
MAX_VALUE_LENGTH = 8_000
"""Characters of a value. A term of Lucene has at most 32,766 bytes, and a character at most four."""
MAX_WORD_LENGTH = 2_700
"""Characters of a word; an item of `forms` holds it three times."""
_TRUNCATED_LENGTH = MAX_WORD_LENGTH - 100
"""Characters that are kept of a longer word."""
TRUNCATION_MARK, STORED_LANGUAGE_MARK = "\x02\x01"
"""Separates the beginning and the digest of a truncated word; stands for `LANGUAGE_MARK`, which Java takes for a
space."""
MAX_DOCUMENT_BYTES = 90_000_000
"""Bytes of a document as JSON. By default a node accepts requests of up to 100 MB."""

ANALYZER = "lines"
"""The analyzer of queries and of metadata: one term a line."""
PROBE_TERMS = ("one", "o'two 3", "東京", "x" * 300)
"""Terms that any other analyzer would change."""
PROBES: dict[str, tuple[str, list[tuple[str, int]]]] = {
    "words": (
        f"the bank\x01de o'two 東京 𠀀 {'x' * 300}",
        [("the", 0), ("bank\x01de", 1), ("o'two", 2), ("東京", 3), ("𠀀", 4), ("x" * 300, 5)],
    ),
    "surface_forms": ("/The - / - /Æ", [("/", 0), ("/The", 0), ("/", 2), ("/", 4), ("/Æ", 4)]),
    "marks": ("!20 - - !01", [("!20", 0), ("!01", 3)]),
}
"""A text for each analyzer of a zone, and its terms with their positions."""

METADATA_FIELDS = tuple(
    name for name, field in FIELDS.items() if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and name != "id"
)
"""The fields with terms that are neither a zone of the text nor the id."""
_DERIVED_FIELDS = ("languageorigin", "precision", "changed")
"""Those whose terms are no value of the article."""
LEVEL_NAMES = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}
"""The fields of a zone."""


def index_body(shards: int | None) -> dict[str, Any]:
    """The settings and the mapping of a new index of articles, which has no replicas until it is filled."""
    terms: dict[str, Any] = {"type": "text", "analyzer": ANALYZER}
    listed: dict[str, Any] = {"type": "keyword", "index": False}
    stored: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
    whole: dict[str, Any] = {"type": "keyword", "doc_values": False}
    levels = {
        name: {"type": "text", "analyzer": analyzer, "search_analyzer": ANALYZER}
        for name, analyzer in (("stem", "words"), ("folded", "words"), ("printed", "surface_forms"))
    }
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
        **{zone: {"properties": levels} for zone in ("headline", "body", "lead")},
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


def _analysis_settings() -> dict[str, Any]:
    """The analyzers of an index."""
    max_length = {"max_token_length": 1_000_000}
    tokenizers: dict[str, Any] = {
        ANALYZER: {"type": "char_group", "tokenize_on_chars": ["\n"], **max_length},
        "words": {"type": "whitespace", **max_length},
    }
    filters = {
        "no_term": {"type": "stop", "stopwords": [_NO_TERM]},
        "with_mark": {"type": "edge_ngram", "min_gram": 1, "max_gram": 1, "preserve_original": True},
    }
    analyzers = {
        name: {"type": "custom", "tokenizer": tokenizer, "filter": some}
        for name, tokenizer, some in (
            (ANALYZER, ANALYZER, []),
            ("words", "words", []),
            ("surface_forms", "words", ["no_term", "with_mark"]),
            ("marks", "words", ["no_term"]),
        )
    }
    return {"tokenizer": tokenizers, "filter": filters, "analyzer": analyzers}


def stored_term(word: str) -> str:
    """What the index holds for a word or a term: the same, or its beginning and a digest if it is too long."""
    word = word.replace(LANGUAGE_MARK, STORED_LANGUAGE_MARK)
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


def check_lengths(article: EncodedArticle) -> None:
    """Raise `ArticleError` if a value is too long for the cluster."""
    if len(article.id) <= MAX_VALUE_LENGTH and len(article.other_fields) <= MAX_VALUE_LENGTH:
        return  # as it is for most articles
    decoded = article.decode()
    for name in ("id", "section", "source", "language", "byline", "dateline", "url", "page", "edition"):
        _check_length(name, getattr(decoded, name))
    for keyword in decoded.keywords:
        _check_length("keywords", keyword)


def make_document(article: Article, order: int, batch: int, digest: str = "") -> dict[str, Any]:
    """The document of an article whose lengths were checked; `digest` is that of its encoding, if known."""
    language = analysis_language(article.language)
    chunks = _chunk_caches[language]
    headline = list(filter(_forms, map(chunks.__getitem__, article.headline.split())))
    lines = [list(map(chunks.__getitem__, line.split())) for line in article.body.split("\n")]
    paragraphs = [found for line in lines if (found := list(filter(_forms, line)))]  # of chunks with words
    body = list(chain.from_iterable(paragraphs))
    words = list(chain.from_iterable(map(_forms, chain(headline, body))))
    terms = list(chain.from_iterable(map(_terms, chain(headline, body))))
    headline_words = sum(map(len, map(_forms, headline)))
    document: dict[str, Any] = {
        "order": order,
        "batch": batch,
        "id": article.id,
        "digest": digest or article_digest(article),
        "article": _json_values(article),
        "headline_words": headline_words,
        "words": len(words),
        "analysis": language or "en",
        "forms": _form_items(words, terms),
    }
    if headline:
        document["headline"] = _zone(headline)
        if not any(map(str.islower, article.headline)):
            document["headline"]["printed"] = " ".join([PRINTED_MARK] * headline_words)
    if body:
        document["body"] = _zone(body)
        document["lead"] = document["body"] if len(paragraphs) == 1 else _zone(paragraphs[0])
        starts = analysis.find_boundaries([map(_shape, line) for line in lines])
        document["marks"] = _marks(len(words) - headline_words, *starts)
    has_long = TRUNCATION_MARK in " ".join(words)
    if article.headline and (title := fold(article.headline)[:MAX_VALUE_LENGTH]):
        document["title"] = title
    if article.date is not None:
        document["first"], document["stop"] = article.date.days.start, article.date.days.stop
        document["micros"] = article.date.sort_key[1]
    if article.ocr is not None:
        document["ocr"] = int(count_steps("ocr", article.ocr))
    distinct: dict[str, Sequence[str]] = {}
    for name in METADATA_FIELDS:
        if value := _field_value(article, name):
            document[name], distinct[name], is_long = _value_terms(name, value)
            has_long = has_long or is_long
    if distinct:
        document["terms"] = distinct
    if has_long:
        document["long"] = True
    facets: dict[str, Sequence[str]] = {}
    whole: dict[str, Sequence[str]] = {}
    for name in FACET_FIELDS:
        if name not in WHOLE_VALUE_FIELDS:
            facets[name] = facet_values(article, name)
        elif value := _field_value(article, name):
            facets[name], whole[name] = _whole_values(name, value)
    if facets := {name: values for name, values in facets.items() if values}:
        document["facet"], document["whole"] = facets, whole
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
    return encoded_digest(EncodedArticle.encode(article))


def encoded_digest(article: EncodedArticle) -> str:
    """The digest of an article that is encoded."""
    texts = article.id.encode(), article.headline, article.body, article.other_fields, article.columns
    return blake2b(b"\xff".join(texts), digest_size=8).hexdigest()


def _json_values(article: Article) -> dict[str, Any]:
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


def _field_value(article: Article, name: str) -> str | tuple[str, ...]:
    """The value of an article in a field outside the text; of a field without one its terms."""
    if name == "keyword":
        return article.keywords
    return tuple(article_terms(article, name)) if name in _DERIVED_FIELDS else getattr(article, name)


@lru_cache(maxsize=1 << 12)
def _value_terms(name: str, value: str | tuple[str, ...]) -> tuple[str, tuple[str, ...], bool]:
    """The terms of a value: one a line; the distinct ones; whether one is too long to be stored whole."""
    terms = value if name in _DERIVED_FIELDS else list(value_terms(name, value))
    stored = list(map(stored_term, terms))
    return "\n".join(stored), tuple(dict.fromkeys(stored)), max(map(len, terms), default=0) > MAX_WORD_LENGTH


@lru_cache(maxsize=1 << 12)
def _whole_values(name: str, value: str | tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values of a facet in what an article has in a field, and what `WholeValue` compares with."""
    values = tuple(split_value(name, value))
    return values, tuple(value_term(name, each) for each in values)


class _ChunkWords(NamedTuple):
    """The words of a chunk, as the cluster gets them.

    Attributes:
        forms: an item of the field `forms` for each word, without its count.
        terms: the term of each word.
        stem, folded, printed: the terms of each level, separated by spaces.
        shape: how the chunk parts sentences.
    """

    forms: tuple[str, ...]
    terms: tuple[str, ...]
    stem: str
    folded: str
    printed: str
    shape: analysis.ChunkShape


_forms, _terms, _stem, _folded, _printed, _shape = map(itemgetter, range(len(_ChunkWords._fields)))


class _Word(NamedTuple):
    """A word as the cluster gets it: an item of the field `forms` without its count, and its term at each level."""

    form: str
    term: str
    folded: str
    printed: str

    @classmethod
    @lru_cache(maxsize=1 << 16)
    def of(cls, printed: str, language: str) -> _Word:
        """The word with a surface form in a language. Equal parts are one string, since memory is what costs time."""
        form = folded = stored_term(fold(printed))
        term = stored_term(stem(lower_in(printed, language), language))
        marked = _NO_TERM
        if fold(printed) != printed:
            marked = f"{PRINTED_MARK}{stored_term(printed)}"
            form += marked
        if term == folded:
            term = folded
        else:
            form += f"{TERM_MARK}{term}"
        return cls(form, term, folded, marked)


class _ChunkCache(dict[str, _ChunkWords]):
    """The words of each chunk of a language, found on first use."""

    def __init__(self, language: str) -> None:
        self._language = language

    def __missing__(self, text: str) -> _ChunkWords:
        if sum(map(len, _chunk_caches.values())) >= _MAX_CACHED_CHUNKS:
            for cache in _chunk_caches.values():
                cache.clear()
        chunk = analysis.split_chunk(text, self._language)
        words = [_Word.of(token.printed, self._language) for token in chunk.tokens]
        found = self[text] = _ChunkWords(
            tuple(word.form for word in words),
            tuple(word.term for word in words),
            " ".join([word.term for word in words]),
            " ".join([word.folded for word in words]),
            " ".join([word.printed for word in words]),
            chunk.shape,
        )
        return found


class _ChunkCaches(dict[str, _ChunkCache]):
    """The cache of each language."""

    def __missing__(self, language: str) -> _ChunkCache:
        return self.setdefault(language, _ChunkCache(language))


_MAX_CACHED_CHUNKS = 1 << 17  # of all languages
_chunk_caches = _ChunkCaches()


def decode_form(item: str) -> Form:
    """The parts of an item of the field `forms`."""
    word, _, count = item.removesuffix(REPEATED_TERM).partition(COUNT_MARK)
    rest, _, term = word.partition(TERM_MARK)
    folded, _, printed = rest.partition(PRINTED_MARK)
    term = (term or folded).replace(STORED_LANGUAGE_MARK, LANGUAGE_MARK)
    return Form(folded, printed or folded, term, int(count or 1), not item.endswith(REPEATED_TERM))


def _form_items(forms: Sequence[str], terms: Sequence[str]) -> list[str]:
    """The field `forms`, from the words of an article and their terms."""
    known: set[str] = set()
    items = []
    for (form, count), term in zip(Counter(forms).items(), dict(zip(forms, terms, strict=True)).values(), strict=True):
        item = form if count == 1 else f"{form}{COUNT_MARK}{count}"
        if term in known:
            item += REPEATED_TERM
        known.add(term)
        items.append(item)
    return items


def _zone(chunks: Sequence[_ChunkWords]) -> dict[str, str]:
    """The terms of each level of some chunks with words."""
    return {
        "stem": " ".join(map(_stem, chunks)),
        "folded": " ".join(map(_folded, chunks)),
        "printed": " ".join(map(_printed, chunks)),
    }


def _marks(count: int, sentences: Sequence[int], paragraphs: Sequence[int]) -> str:
    """The field `marks` of a body of `count` words, given where its sentences and paragraphs begin."""
    begins, ends = dict.fromkeys(sentences, 1), dict.fromkeys((at - 1 for at in sentences[1:]), 1)
    begins |= dict.fromkeys(paragraphs, 2)
    ends |= dict.fromkeys((at - 1 for at in paragraphs[1:]), 2)
    ends[count - 1] = 2
    marks = [_NO_TERM] * count
    for at in begins.keys() | ends.keys():
        marks[at] = f"{BOUNDARY_MARK}{begins.get(at, 0)}{ends.get(at, 0)}"
    return " ".join(marks)
