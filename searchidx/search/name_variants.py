"""Other spellings of a name in the vocabulary: `gaddafi` is also printed as `qaddafi` and `gadhafi`.

Names from other scripts are romanised in many ways. Each rule below joins letters that stand for one sound in the
romanisations of Arabic, Cyrillic and German, or in spellings of European names. Two words are variants if the rules
give them a common key, they differ in at most two letters beyond their first sound, and both are names: printed with a
capital wherever they stand. So no word but a name has variants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.errors import QueryError
from searchidx.schema import Level, level_field

MIN_LENGTH = 5
"""Letters of a name. Shorter words have too many neighbours."""
MAX_KEYS = 16
"""Keys of a word; a word with more letters of several sounds than usual has some of them only."""
MAX_LOWER_CASE = 0.1
"""The highest share of a name's articles that also print it in lower case."""
_FOLDED, _PRINTED = level_field("text", Level.FOLDED), level_field("text", Level.PRINTED)

_SOUNDS = re.compile("q|kh|z|.")
_READINGS = {"q": ("g", "k"), "kh": ("k", "h"), "z": ("z", "ts")}
"""Letters that stand for several sounds."""
_RULES = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("t?sch(?=[aeiouy])|tch", "ch"),  # Tschaikowski, Tchaikovsky
        ("ph", "f"),
        ("([dtg])h", r"\1"),  # Gadhafi, Thompson, Baghdad
        ("ck|c(?![eiyh])", "k"),
        ("c(?=[eiy])", "s"),
        ("x", "ks"),
        ("tz", "ts"),
        ("w", "v"),
        (r"([^aeiou])\1+", r"\1"),  # Mohammed, Mohamed
        ("^[yji](?=e)", ""),  # Yeltsin, Jelzin, Eltsin
        ("ae(?=.)", "a"),
        ("oe(?=.)|ue(?=.)|o?u|oo", "o"),  # Müller, Mueller; Usama, Osama; Mahmud, Mahmoud
        ("[iy][iyj]+|ee|ie$|ey$|y", "i"),  # Zelensky, Zelenskyy, Zelenskiy, Zelenskyj
        ("[ae]i", "ei"),  # Hussein, Hussain
        ("(?<=[aeio])h(?![aeio])", ""),  # Johnson, Jonson; Fatah, Fata
        ("e(?=[vf]$)", "o"),  # Gorbachev, Gorbachov
        ("(?<=o)f$", "v"),
        ("(?<=[aeio])([^aeio]+)e(?=[^aeio]+$)", r"\1a"),  # Ahmed, Ahmad
    )
]
_STARTS = (
    ("q", "gh", "g", "kh", "k", "c"),
    ("tz", "ts", "z"),
    ("tsch", "tch", "ch"),
    ("sch", "sh"),
    ("ye", "je", "ie", "e"),
    ("ou", "u", "o"),
    ("ph", "f"),
    ("w", "v"),
    ("th", "t"),
    ("j", "y", "i"),
)
"""Spellings of the first sound of a name."""


@lru_cache(maxsize=1 << 14)
def name_keys(word: str) -> frozenset[str]:
    """The keys of a folded word: words with a common key may be spellings of one name."""
    readings = (_READINGS.get(sound, (sound,)) for sound in _SOUNDS.findall(word))
    return frozenset(_key("".join(letters)) for letters in islice(product(*readings), MAX_KEYS))


def _key(word: str) -> str:
    for pattern, sound in _RULES:
        word = pattern.sub(sound, word)
    return word


def name_variants(snapshot: Snapshot, word: str) -> list[str]:
    """The other spellings of a folded word that are in the vocabulary, sorted; none unless it is a name."""
    if len(word) < MIN_LENGTH or not word.isalpha() or not word.isascii() or not _is_name(snapshot, word):
        return []
    keys = name_keys(word)
    found = {near for pattern in _patterns(word) for near in _expand(snapshot, pattern)}
    found = {near for near in found if near != word and len(near) >= MIN_LENGTH and keys & name_keys(near)}
    return sorted(near for near in found if _is_name(snapshot, near))


def _patterns(word: str) -> Iterator[q.FuzzyTerm]:
    """Yield patterns for words that begin with the same sound. A fixed beginning keeps the scan short."""
    starts = next((group for group in _STARTS if word.startswith(group)), (word[0],))
    here = next(start for start in starts if word.startswith(start))
    for start in starts:
        yield q.FuzzyTerm(_FOLDED, start + word[len(here) :], maxdist=2, prefixlength=len(start))


def _expand(snapshot: Snapshot, pattern: q.FuzzyTerm) -> list[str]:
    try:
        return snapshot.expand(pattern)
    except QueryError:  # too many words: no hint, and the query itself is answered
        return []


def _is_name(snapshot: Snapshot, word: str) -> bool:
    """Whether articles print a folded word with a capital, and hardly ever without."""
    articles = _count(snapshot, q.Term(_FOLDED, word))
    return articles > 0 and _count(snapshot, q.Term(_PRINTED, word)) <= MAX_LOWER_CASE * articles


def _count(snapshot: Snapshot, term: q.Term) -> int:
    return snapshot.search(q.ConstantScoreQuery(term, 0.0), limit=0).total
