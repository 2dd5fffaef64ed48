"""Forms of a word that compare equal: without case, accents and invisible characters.

`fold` knows no language: what it does to a letter depends on its script only. So an exact search needs no language.

==================  ====================================================================  =====================
script              what folding does                                                     example
==================  ====================================================================  =====================
Latin               removes case and accents; ø is o, æ is ae, ß is ss, ı is i            ``Malmö``: ``malmo``
Greek               removes accents; ς is σ                                               ``Λόγος``: ``λογοσ``
Cyrillic            removes accents: й is и, ё is е                                       ``Ёлкой``: ``елкои``
Arabic              removes vowel signs, hamza and tatweel; ى and ی are ي, ک is ك, ة is ه  ``أُمّة``: ``امه``
Hebrew              removes points                                                        ``שָׁלוֹם``: ``שלום``
==================  ====================================================================  =====================
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
"""Characters that are no part of any word: soft hyphens, joiners, marks of direction, variation selectors. They are the
default-ignorable code points of Unicode, without letters."""
_FOLD_INVARIANT = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*")
"""Japanese, Chinese and Korean letters: they have no case or accents, and compose with nothing."""
_MAX_FOLDED_LENGTH = 256
"""Characters that are folded at once, since normalizing a pile of marks takes quadratic time."""
_LETTER_FOLDS = str.maketrans(
    {
        **{"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"},
        "ŋ": "n",
        # Arabic script: letters that differ by language or habit.
        **{"ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ۂ": "ه", "ٱ": "ا"},
        "ـ": "",
    }
)
"""Letters that NFD does not decompose, and the letters that people type for them."""


def fold(printed: str) -> str:
    """Remove case and accents, NFC: ``Café`` gives ``cafe``, ``Straße`` ``strasse``; ``が`` stays."""
    if printed.isascii():
        return printed.lower()
    if _FOLD_INVARIANT.fullmatch(printed) is not None:
        return printed
    if len(printed) > _MAX_FOLDED_LENGTH:
        return "".join(fold(printed[at : at + _MAX_FOLDED_LENGTH]) for at in range(0, len(printed), _MAX_FOLDED_LENGTH))
    return _fold_letters(printed)


@lru_cache(maxsize=1 << 14)
def _fold_letters(printed: str) -> str:
    lowered = unicodedata.normalize("NFD", printed.casefold()).translate(_LETTER_FOLDS)
    bare = "".join(c for c in lowered if not is_accent(c))
    return unicodedata.normalize("NFC", bare or lowered)


def fold_all(printed: Sequence[str]) -> list[str]:
    """Fold many words."""
    joined = "\n".join(printed)
    return joined.lower().split("\n") if printed and joined.isascii() else list(map(fold, printed))


def lower(printed: str) -> str:
    """Remove case only, as a stemmer needs it: ``Élus`` gives ``élus``; İ gives i."""
    lowered = printed.lower()
    return lowered if lowered.isascii() else lowered.replace("i\u0307", "i")


def is_accent(char: str) -> bool:
    """Whether folding removes this mark."""
    code = ord(char)
    return (
        0x0300 <= code <= 0x036F
        or 0x1AB0 <= code <= 0x1AFF
        or 0x1DC0 <= code <= 0x1DFF
        or 0x20D0 <= code <= 0x20FF
        or 0x064B <= code <= 0x065F  # Arabic vowel signs and hamza
        or code == 0x0670  # Arabic superscript alef
        or (0x0591 <= code <= 0x05C7 and unicodedata.combining(char) != 0)  # Hebrew points
    )
