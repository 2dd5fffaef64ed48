"""An article as a document of the cluster's, and the mapping that says how it is kept.

The cluster analyses nothing: it is given the terms that `analysis` and `schema` make, one a line, and takes the lines
apart. So its answers do not depend on the stemmers and tokenisers of its version.

==============================  ===================================================================================
order, batch                    the document's number, and that of the writer that brought it
id, digest                      the article's id; a digest of the whole article, which `check` compares
article                         the article itself, kept and not searched
headline, body, lead            the words of a zone, position by position, each at three levels: ``.stem``, ``.folded``,
                                ``.printed``. `lead` is the first paragraph of the body, at the same positions. A
                                headline without a lower-case letter has no ``.printed`` words
marks                           at the positions of the body where sentences and paragraphs begin or end, two digits:
                                what begins with this word and what ends with it (0 nothing, 1 a sentence, 2 a
                                paragraph)
byline, dateline, section,      their terms in order
source, keyword, url,
language, precision
terms.byline …                  the same, each once, to be listed
facet.source …                  what facets count: whole values; years and months
first, stop, micros             the local days it may be of, as ordinals, and the microseconds of the local day
headline_words, words           how many words the headline has, and the whole
classes                         of each stem ``stem count``: how often it stands in the article
forms                           of each spelling ``folded printed stem count``
title                           the folded headline, to sort by
long                            whether a word was too long for the cluster to keep whole
==============================  ===================================================================================

A word longer than `MAX_WORD` stands there by its beginning and a digest: it is found as it is spelt, and what a pattern
says of it is asked of the article.
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
from searchidx.engines import collectors
from searchidx.errors import ArticleError
from searchidx.schema import FACET_FIELDS, FIELDS, FieldKind, Level, terms_of

__all__ = [
    "ANALYZER",
    "CUT",
    "MAX_WORD",
    "OTHER_FIELDS",
    "PROBE",
    "SEPARATOR",
    "VERSION",
    "article_of",
    "digest_of",
    "document",
    "has_utf8",
    "index_body",
    "term",
]

VERSION = 1
"""Of this mapping: an index of another is not read, and is built anew."""

SEPARATOR = " "
"""What stands between the parts of a class or form: no word has it."""
MAX_VALUE = 8_000
"""Characters of a value: what Lucene keeps as one term is 32,766 bytes at most, of up to four a character."""
MAX_WORD = 2_700
"""Characters of a word, of which a form has three spellings."""
_KEPT = MAX_WORD - 100
CUT = "\x1f"
"""What stands in a word that is kept in part only."""
MAX_DOCUMENT = 90_000_000
"""Bytes of a document as it is sent: a node takes 100 MB at once unless told otherwise."""

ANALYZER = "lines"
PROBE = ("one", "o'two 3", "東京", "x" * 300)
"""Terms that any analysis of the cluster's own would change."""

OTHER_FIELDS = tuple(
    name for name, field in FIELDS.items() if field.kind in (FieldKind.WORDS, FieldKind.VALUE) and name != "id"
)
"""The fields of terms that are no zone of the text, the id aside."""
_LEVELS = {Level.STEM: "stem", Level.FOLDED: "folded", Level.PRINTED: "printed"}


def index_body(shards: int | None, replicas: int | None) -> dict[str, Any]:
    """Settings and mapping of an index of articles."""
    terms: dict[str, Any] = {"type": "text", "analyzer": ANALYZER}
    listed: dict[str, Any] = {"type": "keyword", "index": False}
    kept: dict[str, Any] = {"type": "keyword", "index": False, "doc_values": False}
    levels = {"properties": dict.fromkeys(_LEVELS.values(), terms)}
    settings: dict[str, Any] = {
        "refresh_interval": "-1",  # a commit does it
        "codec": "best_compression",
        "gc_deletes": "1h",  # what was deleted is not to come back with a request that was long under way
        "max_terms_count": 1 << 20,
        "max_regex_length": 1 << 24,
        "similarity": {"default": {"type": "BM25", "k1": 2.0, "b": 0.7}},
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
        "digest": kept,
        "article": {"type": "object", "enabled": False},
        "headline": levels,
        "body": levels,
        "lead": levels,
        "marks": {"type": "text", "analyzer": "marks", "norms": False},
        **dict.fromkeys(OTHER_FIELDS, terms),
        "terms": {"properties": dict.fromkeys(OTHER_FIELDS, listed)},
        "facet": {"properties": dict.fromkeys(FACET_FIELDS, listed)},
        "first": {"type": "integer"},
        "stop": {"type": "integer"},
        "micros": {"type": "long"},
        "headline_words": {"type": "integer"},
        "words": {"type": "integer"},
        "classes": listed,
        "forms": listed,
        "title": listed,
        "long": {"type": "boolean"},
    }
    found = ["order", "batch", "id", "digest", "article"]
    return {
        "settings": {"index": settings},
        "mappings": {"dynamic": "strict", "_source": {"includes": found + ["article.*"]}, "properties": properties},
    }


def term(word: str) -> str:
    """A word as the cluster keeps it: whole, or where it is very long by its beginning and a digest."""
    if len(word) <= MAX_WORD:
        return word
    return f"{word[:_KEPT]}{CUT}{blake2b(word.encode(), digest_size=16).hexdigest()}"


def has_utf8(text: str) -> bool:
    """Whether a text can be sent: half a surrogate pair cannot, and stands nowhere."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def document(article: Article, order: int, batch: int) -> dict[str, Any]:
    """The document of an article; `ArticleError` where the cluster cannot hold it."""
    for name in ("id", "section", "source", "language", "byline", "dateline", "url"):
        _require(name, getattr(article, name))
    for keyword in article.keywords:
        _require("keywords", keyword)
    headline, body = _spelt(article.headline), _spelt(article.body)
    sentences, paragraphs = analysis.sentence_starts(article.body)
    lead = body[: paragraphs[1]] if len(paragraphs) > 1 else body
    counts = Counter(chain(headline, body))
    has_long = _has_long(chain.from_iterable(counts))
    if has_long:
        headline, body, lead = ([_cut(word) for word in zone] for zone in (headline, body, lead))
        counts = Counter(chain(headline, body))
    stems: Counter[str] = Counter()
    for (_, _, stem), count in counts.items():
        stems[stem] += count
    found: dict[str, Any] = {
        "order": order,
        "batch": batch,
        "id": article.id,
        "digest": digest_of(article),
        "article": _kept(article),
        "headline": _zone(headline, printed=any(map(str.islower, article.headline))),
        "body": _zone(body),
        "lead": _zone(lead),
        "headline_words": len(headline),
        "words": len(headline) + len(body),
        "classes": [f"{stem} {count}" for stem, count in stems.items()],
        "forms": [f"{folded} {printed} {stem} {count}" for (folded, printed, stem), count in counts.items()],
    }
    if body:
        found["marks"] = _marks(len(body), sentences, paragraphs)
    if article.headline and (title := analysis.fold(article.headline)[:MAX_VALUE]):
        found["title"] = title
    if article.date is not None:
        found["first"], found["stop"] = article.date.days.start, article.date.days.stop
        found["micros"] = article.date.sort_key[1]
    listed: dict[str, list[str]] = {}
    for name in OTHER_FIELDS:
        if whole := list(terms_of(article, name)):
            has_long = has_long or _has_long(whole)
            terms = list(map(term, whole))
            found[name] = "\n".join(terms)
            listed[name] = list(dict.fromkeys(terms))
    if listed:
        found["terms"] = listed
    if has_long:
        found["long"] = True
    if facets := {name: list(values) for name in FACET_FIELDS if (values := collectors.facet_values(article, name))}:
        found["facet"] = facets
    return found


def article_of(source: dict[str, Any]) -> Article:
    """The article of a document; ValueError, KeyError or TypeError where it holds none."""
    return Article(**source["article"])


def digest_of(article: Article) -> str:
    """Names what an article says, every field of it."""
    return blake2b(repr(sorted(_kept(article).items())).encode(), digest_size=8).hexdigest()


def _kept(article: Article) -> dict[str, Any]:
    """All there is of an article, as plain values; what is empty is left out, headline and body are not."""
    values = {name: getattr(article, name) for name in FIELD_NAMES}
    found = {name: value for name, value in values.items() if value or name in ("headline", "body")}
    if isinstance(article.date, PartialDate):
        found["date"] = str(article.date)
    if article.keywords:
        found["keywords"] = list(article.keywords)
    if article.provenance:
        found["provenance"] = dict(article.provenance)
    return found


def _require(name: str, value: str) -> None:
    if len(value) > MAX_VALUE:
        raise ArticleError(name, value[:80], f"is longer than {MAX_VALUE:,} characters, which a cluster cannot index")


_Word = tuple[str, str, str]
"""A word: folded, printed, its stem."""


@lru_cache(maxsize=1 << 17)
def _words(chunk: str) -> tuple[_Word, ...]:
    """The words of a run of text without white space."""
    found = []
    for piece in analysis.split_chunk(chunk).pieces:
        folded = analysis.fold(piece.printed)
        found.append((folded, piece.printed, analysis.stem(folded)))
    return tuple(found)


def _spelt(text: str) -> list[_Word]:
    """The words of a text, in order: what `analysis.analyze` says of them, without their places."""
    return list(chain.from_iterable(map(_words, text.split())))


def _has_long(words: Iterable[str]) -> bool:
    """Whether a word is too long for the cluster to keep whole."""
    return max(map(len, words), default=0) > MAX_WORD


def _cut(word: _Word) -> _Word:
    """A word as the cluster keeps it."""
    folded, printed, stem = map(term, word)
    return folded, printed, stem


def _zone(words: Sequence[_Word], printed: bool = True) -> dict[str, str]:
    """The words of a zone at three levels, one a line."""
    if not words:
        return {}
    folded, shown, stem = map("\n".join, zip(*words))
    return {"stem": stem, "folded": folded, **({"printed": shown} if printed else {})}


def _marks(words: int, sentences: Sequence[int], paragraphs: Sequence[int]) -> str:
    """What begins and what ends at each word of a body."""
    begins, ends = [0] * words, [0] * words
    for kind, starts in ((1, sentences), (2, paragraphs)):
        for at in starts:
            begins[at] = kind
            ends[at - 1] = kind  # of the first it is the last word's, whatever that is set to below
        ends[-1] = kind
    return "\n".join(f"{begin}{end}" for begin, end in zip(begins, ends))
