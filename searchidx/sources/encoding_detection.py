"""Detect the encoding of bytes that are not UTF-8 and declare nothing.

A wrong encoding turns letters into letters of other languages, or into symbols: the Polish `ogłosił` is `og³osi³` in
Windows-1252, the Turkish `açıkladı` is `açýkladý`. Three rules, in this order:

1. Escape sequences show the 7-bit encodings of Japanese, Chinese and Korean.
2. Pairs of bytes show the multi-byte encodings: each has ranges in which most of its usual characters lie.
3. Of the single-byte encodings, that one is taken in which the characters beyond ASCII are letters of one language, in
   words. Windows-1252 comes first where several are as good.

charset_normalizer decides where no rule does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

DEFAULT_ENCODING = "cp1252"
"""The encoding of text in which nothing tells another."""

_ESCAPES = (
    (re.compile(rb"\x1b(?:\$[@B]|\$\(D|\([IJ])"), "iso2022_jp_ext"),
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"~\{(?:[!-w][!-~])+~\}"), "hz"),
)
_MAX_SAMPLE = 10_000
"""Bytes that detection reads: half from the start and half from the end."""
_MIN_PAIRS = 6
"""Pairs of bytes that show a multi-byte encoding."""
_MIN_USUAL = 0.9
"""Share of the pairs, or of the letters, that are usual in the right encoding."""
_MIXED = 0.93
"""Score of Windows-1252 where the letters are those of several western languages: names and quotations."""
_MIN_ERROR_DISTANCE = 200
"""Characters of a text in the right encoding for each one that does not decode."""

_ALPHABETS = {
    "cp1252": "äöüß àâçéèêëîïôœùûüÿæ áéíñóúü áâãàçéêíóôõúü àèéìíîòóùú áéëïíóöúèê åäöé åæøéö áéíóúýþæöð àçèéíïòóúü·"
    " äõöüšž áéíóú êçë",
    "cp1250": "ąćęłńóśźż áčďéěíňóřšťúůýž áäčďéíĺľňóôŕšťúýž áéíóöőúüű ăâîşţ čćđšž çë",
    "cp1254": "çğıöşüâîû",
    "cp1257": "ąčęėįšųūž āčēģīķļņōŗšūž",
}
"""The letters beyond ASCII of each language, by the Windows encoding that has them. Lower case; upper case is added."""
_LATIN_CANDIDATES = (
    ("cp1252", "cp1252"), ("cp1250", "cp1250"), ("iso8859_2", "cp1250"), ("cp1254", "cp1254"), ("cp1257", "cp1257"),
    ("iso8859_13", "cp1257"), ("iso8859_16", "cp1250"), ("mac_roman", "cp1252"), ("cp850", "cp1252"),
    ("cp852", "cp1250"), ("cp857", "cp1254"), ("mac_latin2", "cp1250"), ("mac_turkish", "cp1254"),
)  # fmt: skip
"""Single-byte encodings of Latin letters, and whose alphabets to expect; the more usual first."""
_PUNCTUATION = frozenset("“”„‘’‚«»‹›–—…•·°§©®™€£¢¥¿¡ªº¹²³¼½¾×÷±µ†‡‰¶¨´¸\u00a0\u00ad")
_APOSTROPHES = frozenset("’‘·\u00a0\u00ad")
"""Characters that may stand between two letters."""
_OTHER_SCRIPTS = (
    ("cp1251", "\u0400", "\u04ff"), ("koi8_u", "\u0400", "\u04ff"), ("koi8_r", "\u0400", "\u04ff"),
    ("iso8859_5", "\u0400", "\u04ff"), ("cp866", "\u0400", "\u04ff"), ("mac_cyrillic", "\u0400", "\u04ff"),
    ("cp1253", "\u0370", "\u03ff"), ("iso8859_7", "\u0370", "\u03ff"), ("cp1255", "\u0590", "\u05ff"),
    ("iso8859_8", "\u0590", "\u05ff"), ("cp1256", "\u0600", "\u06ff"), ("iso8859_6", "\u0600", "\u06ff"),
    ("cp874", "\u0e00", "\u0e7f"),
)  # fmt: skip
"""Single-byte encodings of other scripts, with the first and last character of the script."""
_USUAL_LETTERS = frozenset("оеаинтсрвлкмдпαοιετσνηυρπκיוהלאתרבמשاليمونترานรกอเงมย")
"""The most frequent letters of these scripts: more than half of a text."""


def detect_escapes(data: bytes) -> str | None:
    """The 7-bit encoding whose escape sequences occur in these bytes, or None."""
    if not data.isascii():
        return None
    return next((name for pattern, name in _ESCAPES if pattern.search(data) and _decodes(data, name)), None)


def detect_encoding(data: bytes) -> str:
    """The encoding in which bytes that are not UTF-8 make words, or Windows-1252."""
    half = _MAX_SAMPLE // 2
    sample = data if len(data) <= _MAX_SAMPLE else data[:half] + b"\n" + data[-half:]
    return _detect_multibyte(sample) or _detect_single_byte(sample) or _detect_otherwise(sample)


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _detect_multibyte(sample: bytes) -> str | None:
    """An encoding of Japanese, Korean or Chinese: most pairs of bytes must lie in its usual ranges."""
    best, best_share = None, 0.0
    for name, usual in (
        ("cp932", _is_usual_japanese), ("euc_jp", _is_usual_japanese), ("cp949", _is_usual_korean),
        ("gb18030", _is_usual_chinese), ("big5hkscs", _is_usual_traditional),
    ):  # fmt: skip
        text = sample.decode(name, errors="replace")
        wide = [character for character in text if character > "\x7f"]
        errors = wide.count("\ufffd")
        if len(wide) < _MIN_PAIRS or errors * _MIN_ERROR_DISTANCE > len(text) + _MIN_ERROR_DISTANCE:
            continue
        share = sum(map(usual, wide)) / len(wide)
        if share >= _MIN_USUAL and share > best_share + 0.02 and (name not in ("cp932", "euc_jp") or _has_kana(wide)):
            best, best_share = name, share
    return best


def _has_kana(characters: list[str]) -> bool:
    return sum("\u3040" <= character <= "\u30ff" for character in characters) * 5 >= len(characters)


def _is_usual_japanese(character: str) -> bool:
    return "\u3000" <= character <= "\u30ff" or "\uff01" <= character <= "\uff5e" or _in_rows(character, "euc_jp", 0xCF)


def _is_usual_korean(character: str) -> bool:
    """A syllable in the standard's rows of the usual ones, which are in alphabetical order."""
    return "\uac00" <= character <= "\ud7a3" and _in_rows(character, "euc_kr", 0xC8)


def _is_usual_chinese(character: str) -> bool:
    return _is_wide_punctuation(character) or _in_rows(character, "gb2312", 0xD7)


def _is_usual_traditional(character: str) -> bool:
    return _is_wide_punctuation(character) or _in_rows(character, "big5", 0xC6, 0xA4)


def _is_wide_punctuation(character: str) -> bool:
    return "\u3000" <= character <= "\u301f" or "\uff01" <= character <= "\uff5e" or character in "“”‘’—…·"


def _in_rows(character: str, name: str, last: int, first: int = 0xB0) -> bool:
    """Whether the first byte of a character in an encoding is in a range, where its usual characters are."""
    data = character.encode(name, errors="ignore")
    return len(data) == 2 and first <= data[0] <= last


def _detect_single_byte(sample: bytes) -> str | None:
    """The single-byte encoding in which the characters beyond ASCII are letters of one language, in words."""
    scores: dict[str, float] = {}
    for name, family in _LATIN_CANDIDATES:
        text = sample.decode(name, errors="replace")
        score = max(_letters_score(text, alphabet) for alphabet in _alphabets(family))
        if family == name == DEFAULT_ENCODING:
            western = frozenset().union(*_alphabets(family)) - frozenset("þðýÞÐÝ")
            score = max(score, _MIXED * _letters_score(text, western))
        scores[name] = score
    for name, first, last in _OTHER_SCRIPTS:
        scores[name] = _script_score(sample.decode(name, errors="replace"), first, last)
    best = max(scores, key=scores.__getitem__)  # of equals the first
    return best if scores[best] >= _MIN_USUAL else None


def _alphabets(family: str) -> Iterator[frozenset[str]]:
    """The letters of each language of an encoding, in lower and upper case."""
    for letters in _ALPHABETS[family].split():
        yield frozenset(letters + letters.upper() + ("İ" if "ı" in letters else ""))


def _letters_score(text: str, alphabet: frozenset[str]) -> float:
    """The share of the characters beyond ASCII that are letters of an alphabet in place, or punctuation outside words.

    A capital letter after a small one, and a symbol between two letters, are out of place.
    """
    total = good = 0
    before = " "
    for at, character in enumerate(text):
        if character > "\x7f":
            total += 1
            if character in alphabet:
                good += not (character.isupper() and before.islower())
            elif character in _PUNCTUATION:
                after = text[at + 1 : at + 2]
                good += character in _APOSTROPHES or not (before.isalpha() and after.isalpha())
        before = character
    return good / total if 0 < total <= len(text) // 2 else 0.0  # most letters of these languages are ASCII


def _script_score(text: str, first: str, last: str) -> float:
    """The share of the characters beyond ASCII that are of a script, if its usual letters are frequent."""
    wide = [character for character in text if character > "\x7f"]
    letters = [character for character in wide if first <= character <= last]
    if len(letters) < _MIN_PAIRS or 2 * sum(character in _USUAL_LETTERS for character in letters) < len(letters):
        return 0.0
    out_of_place = sum(b.isupper() and a.islower() for a, b in itertools.pairwise(text))
    punctuation = sum(character in _PUNCTUATION for character in wide)
    return (len(letters) + punctuation - out_of_place) / len(wide)


def _detect_otherwise(sample: bytes) -> str:
    """What charset_normalizer finds, if nearly all of it decodes."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        return DEFAULT_ENCODING
    text = sample.decode(best.encoding, errors="replace")
    is_right = text.count("\ufffd") * _MIN_ERROR_DISTANCE <= len(text) and 2 * sum(map(str.isalpha, text)) > len(text)
    return str(best.encoding) if is_right else DEFAULT_ENCODING
