"""The language of an article: stated by its source, detected from its text, or the default of its archive.

Every article that is added to an archive passes `add_detected_language`, then `add_default_language`. A language that
the source states stays, right or wrong. Otherwise the beginning of the text is looked at:

1. Common English words settle most English articles in 1 to 5 µs, so that English archives are not built slower.
2. A text that is too short, or a table of numbers, has no detectable language.
3. py3langid decides the rest in 0.1 to 0.3 ms. Its answer counts only if it is sure.

Precision matters more than coverage: an article without a language is analysed as one in the default language.
`benchmarks/languages.py` measures both.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from searchidx.article import DEFAULT_PROVENANCE, DETECTED_PROVENANCE, Article

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_ENGLISH_SAMPLE = 300
"""Characters in which English is looked for."""
_ENGLISH_WORDS = frozenset(
    "the and that said with were which this would but their they than about after also who from have has its".split()
)
"""Frequent words of English alone; a text of another language quotes two of them at most."""
_SHARED_WORDS = frozenset("a as at be by for had he in is it new no not of on or over to was will".split())
"""Frequent words of English that are also words of other languages."""
_FREQUENT_WORDS = _ENGLISH_WORDS | _SHARED_WORDS
_SAMPLES = (200, 480)
"""Characters that the library reads: the second number if the first do not suffice."""
_MIN_CHARACTERS, _MIN_ASCII_CHARACTERS, _DIGIT_COST = 80, 190, 12
"""Fewer characters are not given to the library; most short texts of other languages have a letter beyond ASCII.

Each digit cancels some characters, so that no table of numbers is given to it.
"""
_MIN_CONFIDENCE, _EARLY_CONFIDENCE = 0.8, 0.97
"""The probability, of 1, that an answer of the library must have; the second for a part of what it may read."""
_SIBLINGS = {"ms": "id", "nn": "no", "bs": "hr", "nso": "st"}
"""Languages so close to another that the library is rarely sure which it is: unless it is, they count as the other."""
_VARIETIES = {"arz": "ar", "ary": "ar", "hbo": "he"}
"""Labels of the library that are no languages of their own in news."""
_YIDDISH_LETTERS = "\u05f0\u05f1\u05f2\ufb1f\ufb2e\ufb2f"
"""Letters of Yiddish that Hebrew does not write; the library does not know Yiddish."""
_NO_LANGUAGE = "zxx"


def add_detected_language(article: Article) -> Article:
    """The article with the language of its text, unless its source states one or it is not sure."""
    if article.language or not (language := detect_language(article.headline, article.body)):
        return article
    return article.with_language(language, DETECTED_PROVENANCE)


def add_default_language(article: Article, default: str) -> Article:
    """The article with the default language, a tag, unless it has one; an empty tag is no language."""
    return article if article.language or not default else article.with_language(default, DEFAULT_PROVENANCE)


def detect_language(headline: str, body: str) -> str:
    """The tag of the language of a text; empty if it is not sure."""
    start = body[:_ENGLISH_SAMPLE]
    if " the " in start and (" said " in start or " and " in start or start.count(" the ") > 1):
        return "en"
    text = f"{headline}\n{body[: _SAMPLES[1]]}".strip()
    if len(text) - _DIGIT_COST * _count_digits(text) < _MIN_CHARACTERS:
        return ""
    words = _FREQUENT_WORDS.intersection(text[:_ENGLISH_SAMPLE].lower().split())
    if len(words) > 2 and ((english := len(words & _ENGLISH_WORDS)) > 2 or (english and len(words) > 4)):
        return "en"
    return "" if len(text) < _MIN_ASCII_CHARACTERS and text.isascii() else _classify(text)


def _count_digits(text: str) -> int:
    data = text.encode()
    return len(data) - len(data.translate(None, b"0123456789"))


def _classify(text: str) -> str:
    """The answer of the library; empty if it is not sure."""
    for length in _SAMPLES:
        chances: dict[str, float] = {}
        for label, chance in _load_identifier().rank(text[:length]):
            language = _VARIETIES.get(label, label)
            if chance < _MIN_CONFIDENCE:
                language = _SIBLINGS.get(language, language)
            chances[language] = chances.get(language, 0.0) + chance
        language = max(chances, key=chances.__getitem__)
        is_part = length == _SAMPLES[0] and len(text) > length
        if chances[language] >= (_EARLY_CONFIDENCE if is_part else _MIN_CONFIDENCE):
            is_yiddish = language == "he" and any(letter in text for letter in _YIDDISH_LETTERS)
            return "yi" if is_yiddish else language.replace(_NO_LANGUAGE, "")
        if len(text) <= length:
            break
    return ""


@lru_cache(maxsize=1)
def _load_identifier() -> LanguageIdentifier:
    """The model of py3langid, loaded when the first text needs it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
