"""The terms that a query word stands for in an index: one for each language, and its folded form.

A word of the query tree at the level of stems matches as `reference.match.Document.find_word` says. In an English index
``banks`` is the term ``bank`` of the stems. In an index with German and English articles, ``Wahlen`` is any of::

    text            wahlen, wahl (German)        stems, in English and in German
    text.folded     wahlen                       the same folded form
"""

from __future__ import annotations

from collections.abc import Sequence

from searchidx.folding import fold
from searchidx.schema import FIELDS, FieldKind, Level, level_field, split_level
from searchidx.stemming import ENGLISH, stem


class WordTerms:
    """Finds the terms of words in an index whose articles have some languages."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._languages = languages
        self._is_english = list(languages) == [ENGLISH]

    def is_ambiguous(self, name: str) -> bool:
        """Whether a word of a query field may stand for several terms."""
        return not self._is_english and _has_stems(name)

    def find(self, name: str, word: str) -> list[tuple[str, str]]:
        """The terms of a word of a query field, each with the query field that holds it."""
        if not _has_stems(name):
            return [(name, word)]
        terms = [(name, term) for term in dict.fromkeys(stem(word, language) for language in self._languages)]
        if self._is_english:
            return terms
        return [*terms, (level_field(split_level(name)[0], Level.FOLDED), fold(word))]

    def find_only(self, name: str, word: str) -> str:
        """The term of a word that stands for one term."""
        return self.find(name, word)[0][1]


def _has_stems(name: str) -> bool:
    base, level = split_level(name)
    return level is Level.STEM and base in FIELDS and FIELDS[base].kind is FieldKind.TEXT
