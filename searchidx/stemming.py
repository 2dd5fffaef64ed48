"""Stemming by language: the *term* that an inflected word stands for, in the language of its article.

Snowball has a stemmer for English and for the languages below. A word is stemmed as its language needs it: with its
accents, since they carry endings (``accusée`` is an inflection of ``accuser``), and the stem is folded, so that it does
not matter whether somebody types them. English words are folded first. Words of other languages have no inflections.

A term is the folded stem, U+001F, and the code of its language. An English term is the stem alone, so
an English index pays nothing for other languages. Terms of several languages never meet: the German ``gift`` (poison)
and the English ``gift`` are two terms. A query word stands for its terms in all languages.

Two rules let a word match: it has the term of the query word in the language of the article, or the same folded form.
The second one matters where an accent decides about the ending: ``premiere`` finds ``première``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

import Stemmer

from searchidx.folding import fold, fold_all, lower

ENGLISH, UNSTEMMED = "", "und"
"""The codes of the analysis of English, and of languages without a stemmer."""
LANGUAGE_MARK = "\x1f"
"""Separates a term from the code of its language."""
MAX_STEMMED_LENGTH = 64
"""Characters of the longest word that is stemmed. Longer words are garbage, and stemming them costs time."""
_ALGORITHMS = {
    ENGLISH: "english", "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's algorithm for each language."""
LANGUAGES = (*_ALGORITHMS, UNSTEMMED)
"""The codes of all analyses."""
_SYNONYMS = {
    **{"en": ENGLISH, "nb": "no", "nn": "no", "in": "id", "ms": "id", "ji": "yi"},
    **{"hr": "sr", "bs": "sr", "sh": "sr", "cnr": "sr"},  # whose stemmer reads Latin letters and ijekavian forms
}
"""Other tags of a language, and languages so close that they share its stemmer."""
_RESPELLED = {
    "da": (("aa", "å"), ("ae", "æ"), ("oe", "ø")),
    "no": (("aa", "å"), ("ae", "æ"), ("oe", "ø")),
    "sv": (("aa", "å"), ("ae", "ä"), ("oe", "ö")),
}
"""What people type for letters that their keyboards lack. Snowball itself does this for German umlauts."""


@lru_cache(maxsize=1 << 10)
def analysis_language(tag: str) -> str:
    """The code of the analysis for a BCP 47 tag: ``de-AT`` gives ``de``; English and no tag give ``""``."""
    primary = re.split("[-_]", tag.strip().lower(), maxsplit=1)[0]
    code = _SYNONYMS.get(primary, primary)
    return code if code in _ALGORITHMS else UNSTEMMED


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str = ENGLISH) -> str:
    """The term of a word in a language; the word is in lower case, as `lower` gives it."""
    folded = fold(word)
    if language == ENGLISH:
        found: str = _snowball(ENGLISH).stemWord(folded) if len(folded) <= MAX_STEMMED_LENGTH else folded
        return found
    if language != UNSTEMMED and len(word) <= MAX_STEMMED_LENGTH:
        folded = fold(_snowball(language).stemWord(_respell(word, language))) or folded
    return join_term(folded, language)


def stem_all(printed: Sequence[str], folded: Sequence[str], language: str = ENGLISH) -> list[str]:
    """The terms of many words of a language, given their printed and their folded forms."""
    if language == UNSTEMMED or max(map(len, printed), default=0) > MAX_STEMMED_LENGTH:
        return [stem(lower_in(word, language), language) for word in printed]
    if language == ENGLISH:
        found: list[str] = _snowball(ENGLISH).stemWords(folded)
        return found
    words = [_respell(lower_in(word, language), language) for word in printed]
    stems = fold_all(_snowball(language).stemWords(words))
    return [join_term(stem or word, language) for stem, word in zip(stems, folded, strict=True)]


def lower_in(printed: str, language: str) -> str:
    """Remove the case of a word in a text of a language: a Turkish I becomes ı."""
    return lower(printed.replace("I", "ı") if language == "tr" else printed)


def join_term(folded_stem: str, language: str) -> str:
    """The term of a stem in a language."""
    return f"{folded_stem}{LANGUAGE_MARK}{language}" if language else folded_stem


def stem_of_term(term: str) -> str:
    """The stem of a term, without the code of its language; terms of several languages may share it."""
    return term.partition(LANGUAGE_MARK)[0]


def _respell(word: str, language: str) -> str:
    for typed, letter in _RESPELLED.get(language, ()):
        word = word.replace(typed, letter)
    return word


@cache
def _snowball(language: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(_ALGORITHMS[language], 0)
