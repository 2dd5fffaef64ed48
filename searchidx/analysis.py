"""Text to tokens: one set of rules for articles and for queries.

A *word* is a run of letters, digits and marks of the NFKC form of the text. A token knows three spellings of its word,
each coarser than the one before:

=========  ==================================================  =============================
printed    as it stands, NFKC                                  ``Banks``, ``Malmö``, ``US``
folded     case and accents set aside                          ``banks``, ``malmo``, ``us``
stem       the class: Snowball's English stem of the folded    ``bank``, ``malmo``, ``us``
=========  ==================================================  =============================

Rules, all of them local to a *chunk* (a run without white space), which is what makes them fast: each distinct chunk of
a corpus is analysed once and remembered.

- Possessive endings are set aside: ``Japan's``, ``Japan’s`` give ``Japan``.
- Single letters parted by full stops are one word: ``U.S.`` gives ``US``.
- Any other punctuation parts words that stay adjacent: ``NATO-Japan``, ``9/11``, ``1,000`` give two words each.
- Runs of Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese give a token at each character: it and the next one
  (``東京都`` gives ``東京``, ``京都``, ``都``), so that any substring of two characters or more is a phrase.

Positions count tokens. Offsets are code points of the text as given. Sentences end at ``.``, ``!``, ``?`` (with closing
quotes) before a chunk that does not begin with a lower-case letter, unless an abbreviation stands there; paragraphs
end at newlines.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import NamedTuple

import Stemmer

__all__ = [
    "Chunk",
    "Piece",
    "Token",
    "abbreviate",
    "analyze",
    "analyze_query",
    "fingerprint_of_analysis",
    "fold",
    "folds",
    "is_plain",
    "on_one_line",
    "split_chunk",
    "stem",
    "stems",
    "words",
]

MAX_STEMMED = 64
"""Longer words are their own stem: no English word is so long, and stemming garbage costs time."""

_SNOWBALL = Stemmer.Stemmer("english", 0)
_CHUNK = re.compile(r"\S+")
_SIMPLE = re.compile(r"""[("'\[{]*([0-9A-Za-z]+)(?:[,;:)]*|([.!?]))["')\]}]*""")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]+")
_PECULIAR = re.compile(r"[^\x00-\x7f]|['`][Ss](?![0-9A-Za-z])|(?<![0-9A-Za-z])[A-Za-z]\.[A-Za-z](?![0-9A-Za-z])")
"""Where a chunk has other words than its runs of ASCII letters and digits: other scripts, ``Japan's``, ``U.S.``."""
_PROBE = (
    "Banks’ Bank's U.S. NATO-Japan 9/11 1,000 Malmö Łódź café ﬁnest ８月 東京都 한국어 ภาษา economies generically skis "
    "dying news importing lazily happily communities universe organisation advisable Ångström İstanbul ½"
)
APOSTROPHES = frozenset("'’＇‘`′")
LIKE_APOSTROPHES = str.maketrans("ʼ´", "''")
"""A letter and an accent that stand where an apostrophe should, which NFKC would keep or take apart."""
_FOLDED = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*")
"""Letters without case or accents, that compose with nothing: of Japanese, Chinese, Korean."""
_MOST_MARKS = 32
_MOST_FOLDED = 256
ENDING = frozenset(".!?…。！？")
CLOSING = "\"'”’»)]}›」』＂"
OPENERS = "\"'“‘«([{‹「『„＂¿¡-–—"

# What ends no sentence before a full stop, folded: months, titles, ranks, company forms, places as news prints them.
ABBREVIATIONS = frozenset(
    """jan feb apr jun jul aug sept oct nov dec mon tue tues thu thur thurs fri
    mr mrs ms mx dr prof rev sr jr st ste mt ft gen adm lt maj capt cmdr cpl sgt pvt gov sen rep reps sens hon
    insp supt atty messrs mme mlle vs etc approx dept univ assn bros corp co inc ltd plc llc cie nos vol eds
    ave blvd rd hwy ala ariz calif colo conn fla ky md mich minn mont neb nev okla penn tenn tex va vt wis wyo
    bn mln dlr dlrs cts viz""".split()
)
# Those that are words as well count with a capital letter only.
CAPITAL_ABBREVIATIONS = frozenset(
    "Mar Sep Sat Sun Col Fr Det Pres No Fig Ark Del Ga Ill Ind Kan La Mass Miss Mo Ore Pa Wash Wed Est".split()
)

# Letters that accents are not: NFD leaves them whole, yet people type them plain.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)

# Scripts written without spaces between words (and Korean, whose spacing varies), as inclusive code point ranges.
_UNSPACED = (
    (0x0E00, 0x0E7F),  # Thai
    (0x0E80, 0x0EFF),  # Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),  # 々〆〇
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x312F),  # Bopomofo
    (0x3130, 0x318F),  # Hangul compatibility Jamo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # CJK extension A
    (0x4E00, 0x9FFF),  # CJK
    (0xA960, 0xA97F),  # Hangul Jamo extended A
    (0xAC00, 0xD7FF),  # Hangul, Jamo extended B
    (0xF900, 0xFAFF),  # CJK compatibility
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x3FFFF),  # CJK extensions B and on
)


class Token(NamedTuple):
    """One word at one place of a text: spellings, position, and the code points `start` to `end` it was read from."""

    printed: str
    folded: str
    stem: str
    position: int
    start: int
    end: int


class Piece(NamedTuple):
    """A word within its chunk: as printed, its offsets in the chunk, and whether a sentence begins with it."""

    printed: str
    start: int
    end: int
    begins_sentence: bool = False


class Chunk(NamedTuple):
    """What a run of text without white space gives.

    Attributes:
        pieces: its words in order.
        ends_sentence: it closes with the punctuation of a sentence's end, and no abbreviation stands there.
        continues: it begins with a lower-case letter, so no sentence begins with it.
    """

    pieces: tuple[Piece, ...]
    ends_sentence: bool
    continues: bool


def fold(printed: str) -> str:
    """A word with case and accents set aside, NFC: ``Café`` gives ``cafe``, ``Straße`` ``strasse``, ``が`` stays."""
    if printed.isascii():
        return printed.lower()
    if _FOLDED.fullmatch(printed) is not None:
        return printed
    if len(printed) > _MOST_FOLDED:  # no word is so long, and a pile of marks would take the square of its height
        return "".join(fold(printed[at : at + _MOST_FOLDED]) for at in range(0, len(printed), _MOST_FOLDED))
    return _fold_letters(printed)


@lru_cache(maxsize=1 << 14)
def _fold_letters(printed: str) -> str:
    lowered = unicodedata.normalize("NFD", printed.casefold()).translate(_PLAIN)
    bare = "".join(c for c in lowered if not is_accent(c))
    return unicodedata.normalize("NFC", bare or lowered)


def is_accent(char: str) -> bool:
    """Whether folding leaves this mark out."""
    code = ord(char)
    return (
        0x0300 <= code <= 0x036F
        or 0x1AB0 <= code <= 0x1AFF
        or 0x1DC0 <= code <= 0x1DFF
        or 0x20D0 <= code <= 0x20FF
        or 0x064B <= code <= 0x0652  # Arabic vowel signs
        or (0x0591 <= code <= 0x05C7 and unicodedata.combining(char) != 0)  # Hebrew points
    )


@lru_cache(maxsize=1 << 16)
def stem(folded: str) -> str:
    """The class of a folded word: its stem by Snowball's English algorithm."""
    return _SNOWBALL.stemWord(folded) if len(folded) <= MAX_STEMMED else folded


def folds(printed: Sequence[str]) -> list[str]:
    """Many words with case and accents set aside."""
    joined = "\n".join(printed)
    return joined.lower().split("\n") if printed and joined.isascii() else list(map(fold, printed))


def stems(folded: Sequence[str]) -> list[str]:
    """The classes of many folded words."""
    if max(map(len, folded), default=0) > MAX_STEMMED:
        return [stem(word) for word in folded]
    found: list[str] = _SNOWBALL.stemWords(folded)
    return found


def is_plain(chunk: str) -> bool:
    """Whether a chunk is ASCII and its words are its runs of letters and digits."""
    return (chunk.isalnum() and chunk.isascii()) or _PECULIAR.search(chunk) is None


def abbreviate(printed: Sequence[str], folded: Sequence[str]) -> list[bool]:
    """Which of many words are abbreviations, so that a full stop after them ends no sentence."""
    return [
        fold in ABBREVIATIONS or word in CAPITAL_ABBREVIATIONS or (len(word) == 1 and word.isupper())
        for word, fold in zip(printed, folded, strict=True)
    ]


def split_chunk(chunk: str) -> Chunk:
    """Split a run of text without white space into words."""
    simple = _SIMPLE.fullmatch(chunk)
    if simple is not None:  # one ASCII word with punctuation around it: nine chunks in ten
        start, end = simple.span(1)
        word = simple[1]
        ends = simple.lastindex == 2 and not (simple[2] == "." and _is_abbreviation(word, word))
        return Chunk((Piece(word, start, end),), ends, word[0].islower())
    if chunk.isascii():
        plain, origin = chunk, None
    else:
        plain, origin = _normalize(chunk)
    return _analyze_plain(plain, origin)


_remembered = lru_cache(maxsize=1 << 16)(split_chunk)


def analyze(text: str) -> Iterator[Token]:
    """The tokens of a text, in order."""
    position = 0
    for match in _CHUNK.finditer(text):
        at = match.start()
        for printed, start, end, _ in _remembered(match.group()).pieces:
            folded = fold(printed)
            yield Token(printed, folded, stem(folded), position, at + start, at + end)
            position += 1


class _Sizes(dict[str, int]):
    """How many words each chunk is made of."""

    def __missing__(self, chunk: str) -> int:
        if len(self) >= _MOST_SIZES:
            self.clear()
        size = self[chunk] = len(_ASCII_WORD.findall(chunk) if is_plain(chunk) else split_chunk(chunk).pieces)
        return size


_MOST_SIZES = 1 << 18
_sizes = _Sizes()


def on_one_line(text: str, wanted: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """A text with its white space folded, and where some of its words stand there.

    `wanted` are (first, last word) by number, the first ones ascending; given of each are the code points from a start
    to an end. Says what `analyze` says of those words, without analyzing the others.
    """
    chunks = text.split()
    stops = list(accumulate(map(_sizes.__getitem__, chunks)))  # how many words there are up to the end of each chunk
    found = []
    before = start = 0
    for first, last in wanted:
        at = bisect_right(stops, first)
        start += len(" ".join(chunks[before:at])) + (at > before)
        before = at
        one = other = _remembered(chunks[at]).pieces[first - (stops[at - 1] if at else 0)]
        close = start
        if last != first and last >= stops[at]:
            at = bisect_right(stops, last)
            close += len(" ".join(chunks[before:at])) + 1
        if last != first:
            other = _remembered(chunks[at]).pieces[last - (stops[at - 1] if at else 0)]
        found.append((start + one.start, close + other.end))
    return " ".join(chunks), found


def words(text: str) -> list[str]:
    """The folded words of a text, in order: what fields such as byline and section are searched by."""
    return [fold(piece.printed) for chunk in text.split() for piece in _remembered(chunk).pieces]


def analyze_query(text: str) -> list[Token]:
    """The tokens a query's words must match, at their relative positions.

    As `analyze`, but the last character of a run of unspaced script stands alone in no longer run, so it is left
    out where the token before it holds it already: ``東京都`` asks for ``東京``, ``京都`` side by side.
    """
    if text.isascii() and text.isalnum():  # one plain word, as most are
        folded = text.lower()
        return [Token(text, folded, stem(folded), 0, 0, len(text))]
    tokens = list(analyze(text))
    if len(tokens) > 1:
        last, before = tokens[-1], tokens[-2]
        if before.end == last.end and before.start < last.start and is_unspaced(last.printed[0]):
            tokens.pop()
    return tokens


def sentence_starts(text: str) -> tuple[list[int], list[int]]:
    """Positions at which sentences and paragraphs of a text begin: two ascending lists, each from 0."""
    sentences: list[int] = []
    paragraphs: list[int] = []
    position = 0
    for line in text.split("\n"):
        ended, fresh = True, True
        for run in line.split():
            chunk = _remembered(run)
            if chunk.pieces:
                if fresh:
                    paragraphs.append(position)
                if fresh or (ended and not chunk.continues):
                    sentences.append(position)
                if len(chunk.pieces) > 1:
                    sentences.extend(
                        position + n for n, piece in enumerate(chunk.pieces) if n and piece.begins_sentence
                    )
                position += len(chunk.pieces)
                fresh, ended = False, chunk.ends_sentence
            elif chunk.ends_sentence:
                ended = True
    return sentences, paragraphs


@lru_cache(maxsize=1 << 12)
def is_unspaced(char: str) -> bool:
    """Whether the character belongs to a script written without spaces between words."""
    code = ord(char)
    return code >= 0x0E00 and any(first <= code <= last for first, last in _UNSPACED)


@lru_cache(maxsize=1 << 12)
def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _normalize(chunk: str) -> tuple[str, list[int] | None]:
    """NFKC, and for each of its characters the offset in `chunk` of what it came from (with one more: the end)."""
    chunk = chunk.translate(LIKE_APOSTROPHES)
    # Normalising takes time in the square of the marks on one letter: where there may be many, they are counted first.
    if (len(chunk) <= _MOST_MARKS or not _is_pile(chunk)) and unicodedata.is_normalized("NFKC", chunk):
        return chunk, None
    plain: list[str] = []
    origin: list[int] = []
    start = 0
    for at in range(1, len(chunk) + 1):
        joined = at < len(chunk) and at - start < _MOST_MARKS
        if joined and _joins(chunk[start:at] if at - start <= 3 else "", chunk[at]):
            continue
        cluster = unicodedata.normalize("NFKC", chunk[start:at])
        plain.append(cluster)
        origin.extend([start] * len(cluster))
        start = at
    origin.append(len(chunk))
    return "".join(plain), origin


def _is_pile(chunk: str) -> bool:
    """Whether more marks stand on one letter than any language has."""
    marks = 0
    for char in chunk:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks >= _MOST_MARKS:
            return True
    return False


def _joins(cluster: str, char: str) -> bool:
    """Whether `char` is a mark, or a letter that composes with the short `cluster` before it (Hangul vowels)."""
    alone = unicodedata.normalize("NFKC", char)
    if unicodedata.combining(alone[0]):
        return True
    return bool(cluster) and unicodedata.normalize("NFKC", cluster + char) != (
        unicodedata.normalize("NFKC", cluster) + alone
    )


def _runs(plain: str) -> list[tuple[int, int]]:
    if plain.isascii():
        return [match.span() for match in _ASCII_WORD.finditer(plain)]
    found: list[tuple[int, int]] = []
    start = -1
    for at, char in enumerate(plain):
        if _is_word(char):
            if start < 0:
                start = at
        elif start >= 0:
            found.append((start, at))
            start = -1
    if start >= 0:
        found.append((start, len(plain)))
    return found


def _analyze_plain(plain: str, origin: list[int] | None) -> Chunk:
    runs = _runs(plain)
    found: list[tuple[str, int, int]] = []  # printed, start, end in plain
    at = 0
    while at < len(runs):
        start, end = runs[at]
        if end - start == 1 and plain[start].isalpha() and not is_unspaced(plain[start]):
            # U.S., e.g., С.Ш.А.: single letters parted by one full stop each.
            last = at
            while (
                last + 1 < len(runs)
                and runs[last + 1] == (runs[last][1] + 1, runs[last][1] + 2)
                and plain[runs[last][1]] == "."
                and plain[runs[last + 1][0]].isalpha()
                and not is_unspaced(plain[runs[last + 1][0]])
            ):
                last += 1
            if last > at:
                found.append(("".join(plain[s] for s, _ in runs[at : last + 1]), start, runs[last][1]))
                at = last + 1
                continue
        if (
            found
            and plain[start:end] in ("s", "S")
            and plain[start - 1] in APOSTROPHES
            and (found[-1][2] == start - 1 or (found[-1][2] == start - 2 and plain[start - 2] == "."))
        ):
            at += 1  # a possessive ending
            continue
        found.extend(_split_unspaced(plain, start, end))
        at += 1
    return _to_chunk(plain, origin, found)


def _split_unspaced(plain: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    if plain.isascii():
        yield plain[start:end], start, end
        return
    at = start
    while at < end:
        unspaced = is_unspaced(plain[at])
        stop = at + 1
        while stop < end and is_unspaced(plain[stop]) == unspaced:
            stop += 1
        if unspaced:
            for n in range(at, stop):
                yield plain[n : min(n + 2, stop)], n, min(n + 2, stop)
        else:
            yield plain[at:stop], at, stop
        at = stop


def _to_chunk(plain: str, origin: list[int] | None, found: list[tuple[str, int, int]]) -> Chunk:
    pieces: list[Piece] = []
    before = 0
    for printed, start, end in found:
        between = plain[before:start] if pieces else ""
        begins = "。" in between or (between[:1] in ("!", "?") and is_unspaced(plain[before - 1]))
        begin, close = (start, end) if origin is None else (origin[start], _after(origin, end))
        pieces.append(Piece(printed, begin, close, begins))
        before = end
    tail = plain.rstrip(CLOSING)
    ends = bool(tail) and tail[-1] in ENDING
    if ends and tail[-1] == "." and found and len(tail) - found[-1][2] == 1:
        printed, start, end = found[-1]
        ends = not _is_abbreviation(printed, plain[start:end])
    head = plain.lstrip(OPENERS)
    return Chunk(tuple(pieces), ends, bool(head) and head[0].islower())


def _is_abbreviation(printed: str, text: str) -> bool:
    """Whether a full stop after the word that was read from `text` ends no sentence."""
    return (
        fold(printed) in ABBREVIATIONS
        or printed in CAPITAL_ABBREVIATIONS
        or (len(printed) == 1 and printed.isupper())  # an initial: J. Smith
        or "." in text  # U.S.
    )


def _after(origin: list[int], end: int) -> int:
    """Where in the chunk the cluster of the character before `end` closes."""
    last = origin[end - 1]
    while end < len(origin) - 1 and origin[end] == last:
        end += 1
    return origin[end]


@cache
def fingerprint_of_analysis() -> str:
    """Names the rules that make terms, by what they make of a text full of special cases."""
    made = [(t.printed, t.folded, t.stem) for t in analyze(_PROBE)]
    return blake2b(repr(made).encode(), digest_size=8).hexdigest()
