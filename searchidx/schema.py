"""The schema: the table of fields, how an article maps to them, and what a query may ask for.

A *document* is an article mapped to the fields below. `searchidx.engines.embedded.whoosh_schema` makes a
`whoosh.fields.Schema` of them, so Whoosh's query classes, `Searcher` and tools see ordinary fields. Only
`searchidx.analysis` decides the words of a field.

**Text.** Headline and body are zones of one sequence of positions: headline, gap, body. Four fields read it: `text`
(all of it), `headline`, `body`, and `lead` (the headline and the first paragraph of the body). Each exists at three
levels, named by a suffix: the stem (`text`), the folded form (`text.folded`) and the printed form (`text.printed`). So
`=banks` is ``Term("text.folded", "banks")``, and a phrase is ``Phrase("text.folded", […])``. At the level of stems a
query names a word, and each article compares stems by its own language (`searchidx.stemming`).

**Other fields.** Words, folded and not stemmed (`byline`, `section` …); whole values (`id`); `language`, with each
prefix of a tag (`en` finds `en-GB`), and `languageorigin`, how it is known; `precision`, with each level that the date
is known to; and three columns of numbers, `date` (the possible local publication days), `words` (its length in words)
and `ocr` (the confidence of scanned text, which few articles have). No index stores `label` and `note`: a workspace
holds them (`searchidx.workspace`), and the articles that match are looked up before a query is evaluated. So are those
of `changed`, `versions` and `first`, which ask for the former texts of an article (`searchidx.search.history`); of
these, only `changed` has terms, in documents that are former texts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from searchidx import analysis
from searchidx.article import OCR_STEPS, Article
from searchidx.folding import lower
from searchidx.versions import stored_changes


class Level(enum.Enum):
    """The form of a word that a text field compares; the value is the suffix of the field's name."""

    STEM = ""
    FOLDED = ".folded"
    PRINTED = ".printed"


class FieldKind(enum.Enum):
    """The kind of a field's values."""

    TEXT = "a zone of the text"
    WORDS = "folded words"
    VALUE = "whole values"
    DATE = "days"
    NUMBER = "numbers"
    LABEL = "labels of a workspace"
    NOTE = "words of a note of a workspace"
    CHANGE = "fields that a later version changed"
    VERSIONS = "a number of versions"
    FIRST = "a query about first versions"


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, its kind, its other names in queries, and a description of a few words.

    `steps` is the number of different values from 0 to 1 of a field of numbers: 1 for whole numbers.
    """

    name: str
    kind: FieldKind
    aliases: tuple[str, ...] = ()
    holds: str = ""
    steps: int = 1


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("text", FieldKind.TEXT, (), "the headline and the body"),
        Field("headline", FieldKind.TEXT, ("title", "intitle"), "the headline"),
        Field("body", FieldKind.TEXT, ("text",), "the body"),
        Field("lead", FieldKind.TEXT, ("hlead",), "the headline and the first paragraph of the body"),
        Field("byline", FieldKind.WORDS, ("author",), "who wrote it"),
        Field("dateline", FieldKind.WORDS, (), "place and date as printed"),
        Field("section", FieldKind.WORDS, (), "the section of the newspaper"),
        Field("page", FieldKind.WORDS, (), "the page of the newspaper"),
        Field("edition", FieldKind.WORDS, (), "the edition of the newspaper"),
        Field("source", FieldKind.WORDS, ("site",), "who published it"),
        Field("keyword", FieldKind.WORDS, ("tag",), "the keywords it was given"),
        Field("url", FieldKind.WORDS, (), "the words of its address"),
        Field("language", FieldKind.VALUE, ("lang",), "the language it is written in"),
        Field("languageorigin", FieldKind.VALUE, ("langorigin",), "stated, detected or default"),
        Field("id", FieldKind.VALUE, (), "its id, whole"),
        Field("precision", FieldKind.VALUE, (), "how exactly its date is known: year, month or day"),
        Field("date", FieldKind.DATE, (), "the day, month or year it was published"),
        Field("words", FieldKind.NUMBER, (), "its length in words"),
        Field("ocr", FieldKind.NUMBER, (), "how certain its scanned words are: 0 to 1", OCR_STEPS),
        Field("label", FieldKind.LABEL, (), "the labels that people gave it"),
        Field("note", FieldKind.NOTE, (), "the note that people wrote about it"),
        Field("changed", FieldKind.CHANGE, (), "what a later version changed: headline, body, date …"),
        Field("versions", FieldKind.VERSIONS, (), "how many versions of it are kept"),
        Field("first", FieldKind.FIRST, (), "what its first version said"),
    )
}
"""Every field by name, in the order people read about them."""

# A query cannot name the field `text`: a word without a field means it, and `text:` means the body.
ALIASES: dict[str, str] = {
    **{name: name for name in FIELDS if name != "text"},
    **{alias: field.name for field in FIELDS.values() for alias in field.aliases},
}
"""The field for each name that a query may write before a colon."""

WHOLE_VALUE_FIELDS = ("source", "section", "edition", "language", "byline", "keyword")
"""The fields whose whole values a query can name: `source:="Harbour Gazette"`."""
FACET_FIELDS = (*WHOLE_VALUE_FIELDS, "year", "month")
"""The fields of an index that articles can be counted by."""


def level_field(field: str, level: Level) -> str:
    """The name of a text field at a level: `headline`, `headline.folded`, `headline.printed`."""
    return field + level._value_  # `value` is the same, but costs more than the rest of this function


@lru_cache(maxsize=256)
def split_level(name: str) -> tuple[str, Level]:
    """Split the name of a field into the field and its level; a name without a suffix is at the level of stems."""
    for level in (Level.FOLDED, Level.PRINTED):
        if name.endswith(level.value):
            return name.removesuffix(level.value), level
    return name, Level.STEM


def article_terms(article: Article, field: str) -> Iterator[str]:
    """The terms of an article in a field outside the text, in order."""
    if field == "precision":
        if article.date is not None:
            yield from (level.name.lower() for level in type(article.date.precision) if level <= article.date.precision)
    elif field == "id":
        yield article.id
    elif field == "languageorigin":
        yield from filter(None, [article.language_origin])
    elif field == "changed":
        yield from stored_changes(article)
    elif field in ("label", "note", "versions", "first"):
        return  # found elsewhere: see `searchidx.workspace` and `searchidx.search.history`
    else:
        yield from value_terms(field, getattr(article, "keywords" if field == "keyword" else field))


def value_terms(field: str, value: str | Iterable[str]) -> Iterator[str]:
    """The terms of an article's value in a field outside the text, other than its id and date."""
    if not isinstance(value, str):
        for keyword in value:
            yield from analysis.folded_words(keyword)
    elif field == "language":
        parts = value.lower().replace("_", "-").split("-")
        yield from ("-".join(parts[: n + 1]) for n in range(len(parts)) if parts[n])
    else:
        yield from analysis.folded_words(value)


def facet_values(article: Article, field: str) -> Sequence[str]:
    """The distinct values of an article in a facet."""
    if field in ("year", "month"):
        date = article.date
        length = 4 if field == "year" else 7
        return () if date is None or (field == "month" and date.month is None) else (str(date)[:length],)
    value = getattr(article, "keywords" if field == "keyword" else field)
    return split_value(field, value) if value else ()


def split_value(field: str, value: str | Sequence[str]) -> Sequence[str]:
    """The distinct values in what an article has in a field: its keywords, the authors of a byline, or all of it."""
    if not isinstance(value, str):
        return value
    return split_byline(value) if field == "byline" else (value,)


def split_byline(byline: str) -> tuple[str, ...]:
    """The names in a byline, each once: `Jane Doe, John Roe`.

    A comma parts names only if each of them has two words, for `Doe, Jane` and `Jane Doe, Reuters` are one value.
    """
    names: dict[str, None] = {}
    for part in byline.split(";"):
        pieces = [" ".join(piece.split()) for piece in part.split(",")]
        is_list = all(" " in piece and not piece[0].islower() for piece in pieces)
        names.update(dict.fromkeys(filter(None, pieces if is_list else [" ".join(part.split())])))
    return tuple(names)


def whole_value(field: str, value: str) -> str:
    """What makes two values of a field the same: their folded words in order, or a language's tag in lower case.

    Empty for a value without a word, which no query can name.
    """
    if field == "language":
        return value.lower().replace("_", "-").rstrip("-")
    words = value.split()
    is_simple = value.isascii() and "".join(words).isalnum()  # the common case, ten times as fast
    return " ".join(words).lower() if is_simple else " ".join(analysis.folded_words(value))


def count_steps(field: str, number: float) -> float:
    """A number of a query in steps of its field; whole unless it lies between two steps."""
    return round(number * FIELDS[field].steps, 6)


def query_term(token: analysis.Token, level: Level) -> str:
    """What a node of a query tree holds for a token: the word in lower case at the level of stems, else its form."""
    if level is Level.STEM:
        return lower(token.printed)
    return token.folded if level is Level.FOLDED else token.printed
