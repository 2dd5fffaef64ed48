"""The analyzer: text to tokens, by one set of rules for articles and queries.

A *word* is a run of letters, digits and marks of the NFKC form of the text. A token has three forms of its word, each
coarser than the one before:

=========  ==================================================  =============================
printed    the surface form, NFKC                              ``Banks``, ``Malmö``, ``US``
folded     without case and accents (`folding`)                ``banks``, ``malmo``, ``us``
stem       the term, in the language of the text (`stemming`)  ``bank``, ``malmo``, ``us``
=========  ==================================================  =============================

In Lucene's terms: a tokenizer, a lower-case filter, a folding filter and a Snowball stemmer, without stop words. The
language decides only about stems and abbreviations. Every rule is local to a *chunk*, a run without white space, so
each distinct chunk is analysed once and cached:

- Invisible characters (soft hyphens, joiners, variation selectors) are no part of a word.

- Possessive endings are removed: ``Japan's``, ``Japan’s`` give ``Japan``.
- Single letters separated by full stops are one word: ``U.S.`` gives ``US``.
- Any other punctuation separates words, which stay adjacent: ``NATO-Japan``, ``9/11``, ``1,000`` give two words each.
- Runs of Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese give overlapping bigrams and the last character alone:
  ``東京都`` gives ``東京``, ``京都``, ``都``. So a phrase finds any substring of two characters or more.

Positions count tokens. Offsets are code points of the given text. A sentence ends at ``.``, ``!``, ``?`` or
their counterparts in other scripts (with closing quotes) if the next chunk does not begin with a lower-case letter and
the word before is no abbreviation. A paragraph ends at a newline.
`searchidx.engines.embedded.vectorized_tokenizer` applies these rules to whole batches.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import NamedTuple

from searchidx.abbreviations import is_abbreviation
from searchidx.folding import INVISIBLE, fold
from searchidx.stemming import ENGLISH, LANGUAGES, lower_in, stem

_CHUNK = re.compile(r"\S+")
_SIMPLE_CHUNK = re.compile(r"""[("'\[{]*([0-9A-Za-z]+)(?:[,;:)]*|([.!?]))["')\]}]*""")
_ASCII_WORD = re.compile(r"[0-9A-Za-z]+")
_NOT_SIMPLE = re.compile(r"[^\x00-\x7f]|['`][Ss](?![0-9A-Za-z])|(?<![0-9A-Za-z])[A-Za-z]\.[A-Za-z](?![0-9A-Za-z])")
"""Finds what makes the words of a chunk differ from its runs of ASCII letters and digits: é, ``Japan's``, ``U.S.``."""
_FINGERPRINT_TEXT = (
    "Banks’ Bank's U.S. NATO-Japan 9/11 1,000 Malmö Łódź café ﬁnest ８月 東京都 한국어 ภาษา economies generically skis "
    "dying news importing lazily happily communities universe organisation advisable Ångström İstanbul ½ "
    "Wahlen Müller élections accusée elecciones dell'Italia eleições выборов Εκλογές الانتخابات चुनावों Ka\u00adnal"
)
APOSTROPHES = frozenset("'’＇‘`′")
APOSTROPHE_LOOKALIKES = str.maketrans("ʼ´", "''")
"""A letter and an accent used as apostrophes, which NFKC would keep or decompose."""
_MAX_MARKS = 32
"""Combining marks on one letter; longer piles are split, since normalizing them takes quadratic time."""
SENTENCE_ENDINGS = frozenset(".!?…。！？।॥؟۔")
CLOSING_MARKS = "\"'”’»)]}›」』＂"
OPENING_MARKS = "\"'“‘«([{‹「『„＂¿¡-–—"

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
    """One occurrence of a word: its forms, its position, and its place in the text, code points `start` to `end`."""

    printed: str
    folded: str
    stem: str
    position: int
    start: int
    end: int


class ChunkToken(NamedTuple):
    """A word of a chunk: its printed form, its offsets in the chunk, and whether a sentence begins with it."""

    printed: str
    start: int
    end: int
    begins_sentence: bool = False


class ChunkShape(NamedTuple):
    """What a chunk tells about sentences.

    Attributes:
        words: the number of its words.
        begins: the words after its first that begin a sentence, by position.
        ends_sentence, continues_sentence: as those of `Chunk`.
    """

    words: int
    begins: tuple[int, ...]
    ends_sentence: bool
    continues_sentence: bool


class Chunk(NamedTuple):
    """The analysis of a run of text without white space.

    Attributes:
        tokens: its words in order.
        ends_sentence: it closes with SENTENCE_ENDINGS after no abbreviation.
        continues_sentence: it begins with a lower-case letter, so no sentence begins with it.
    """

    tokens: tuple[ChunkToken, ...]
    ends_sentence: bool
    continues_sentence: bool

    @property
    def shape(self) -> ChunkShape:
        """What it tells about sentences; the same object for most chunks."""
        begins = tuple(n for n, token in enumerate(self.tokens) if n and token.begins_sentence)
        return _common_shape(ChunkShape(len(self.tokens), begins, self.ends_sentence, self.continues_sentence))


@lru_cache(maxsize=1 << 8)
def _common_shape(shape: ChunkShape) -> ChunkShape:
    return shape


def is_simple_chunk(chunk: str) -> bool:
    """Whether a chunk is ASCII and its words are just its runs of letters and digits."""
    return (chunk.isalnum() and chunk.isascii()) or _NOT_SIMPLE.search(chunk) is None


def split_chunk(chunk: str, language: str = ENGLISH) -> Chunk:
    """Analyse a run of text without white space; its language decides what is an abbreviation."""
    simple = _SIMPLE_CHUNK.fullmatch(chunk)
    if simple is not None:  # one ASCII word with punctuation around it: nine chunks in ten
        start, end = simple.span(1)
        word = simple[1]
        ends = simple.lastindex == 2 and not (simple[2] == "." and is_abbreviation(word, word.lower(), language))
        return Chunk((ChunkToken(word, start, end),), ends, word[0].islower())
    if chunk.isascii():
        plain, origin = chunk, None
    else:
        plain, origin = _normalize(chunk)
    return _split_normalized(plain, origin, language)


_split_cached = lru_cache(maxsize=1 << 16)(split_chunk)


def analyze(text: str, language: str = ENGLISH) -> Iterator[Token]:
    """The tokens of a text in a language, a code of `stemming.LANGUAGES`, in order."""
    position = 0
    for match in _CHUNK.finditer(text):
        at = match.start()
        for printed, start, end, _ in _split_cached(match.group()).tokens:
            term = stem(lower_in(printed, language), language)
            yield Token(printed, fold(printed), term, position, at + start, at + end)
            position += 1


class _TokenCounts(dict[str, int]):
    """The number of words of each chunk, counted on first use."""

    def __missing__(self, chunk: str) -> int:
        if len(self) >= _MAX_COUNTS:
            self.clear()
        count = self[chunk] = len(_ASCII_WORD.findall(chunk) if is_simple_chunk(chunk) else split_chunk(chunk).tokens)
        return count


_MAX_COUNTS = 1 << 18
_token_counts = _TokenCounts()


def collapse_whitespace(text: str, ranges: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """Replace each run of white space by one space, and find some words in the result.

    `ranges` are pairs (first word, last word), by position, sorted by the first. Returns the text and for each range
    (start, end) in code points: what `analyze` would give, but only the chunks of these words are analysed.
    """
    chunks = text.split()
    stops = list(accumulate(map(_token_counts.__getitem__, chunks)))  # words before the end of each chunk
    found = []
    before = start = 0
    for first, last in ranges:
        at = bisect_right(stops, first)
        start += len(" ".join(chunks[before:at])) + (at > before)
        before = at
        one = other = _split_cached(chunks[at]).tokens[first - (stops[at - 1] if at else 0)]
        close = start
        if last != first and last >= stops[at]:
            at = bisect_right(stops, last)
            close += len(" ".join(chunks[before:at])) + 1
        if last != first:
            other = _split_cached(chunks[at]).tokens[last - (stops[at - 1] if at else 0)]
        found.append((start + one.start, close + other.end))
    return " ".join(chunks), found


def folded_words(text: str) -> list[str]:
    """The folded words of a text, in order: the terms of fields such as byline and section."""
    return [fold(token.printed) for chunk in text.split() for token in _split_cached(chunk).tokens]


def analyze_query(text: str) -> list[Token]:
    """The tokens that the words of a query must match, at their relative positions.

    As `analyze`, without the last single character of an unspaced run if a bigram holds it: longer runs in articles
    have no such token. ``東京都`` gives ``東京``, ``京都``.
    """
    if text.isascii() and text.isalnum():  # one plain word, as most are
        word = text.lower()
        return [Token(text, word, stem(word), 0, 0, len(text))]
    tokens = list(analyze(text))
    if len(tokens) > 1:
        last, before = tokens[-1], tokens[-2]
        if before.end == last.end and before.start < last.start and is_unspaced(last.printed[0]):
            tokens.pop()
    return tokens


def join_words(words: Sequence[str]) -> str:
    """Join the printed forms of adjacent words by blanks; those of an unspaced run overlap: ``東京``, ``京都``."""
    text = words[0]
    for before, word in pairwise(words):
        overlaps = len(before) == 2 and before[1] == word[0] and is_unspaced(word[0])
        text += word[1:] if overlaps else f" {word}"
    return text


def sentence_starts(text: str, language: str = ENGLISH) -> tuple[list[int], list[int]]:
    """The positions at which sentences and paragraphs of a text begin: two ascending lists."""
    return find_boundaries([[_find_shape(run, language) for run in line.split()] for line in text.split("\n")])


@lru_cache(maxsize=1 << 16)
def _find_shape(chunk: str, language: str) -> ChunkShape:
    return _split_cached(chunk, language).shape


def find_boundaries(lines: Iterable[Iterable[ChunkShape]]) -> tuple[list[int], list[int]]:
    """The positions at which sentences and paragraphs begin, given the chunks of each line."""
    sentences: list[int] = []
    paragraphs: list[int] = []
    position = 0
    for line in lines:
        ended, is_line_start = True, True
        for words, begins, ends_sentence, continues_sentence in line:
            if words:
                if is_line_start:
                    paragraphs.append(position)
                    sentences.append(position)
                    is_line_start = False
                elif ended and not continues_sentence:
                    sentences.append(position)
                if begins:
                    sentences += [position + n for n in begins]
                position += words
                ended = ends_sentence
            elif ends_sentence:
                ended = True
    return sentences, paragraphs


@lru_cache(maxsize=1 << 12)
def is_unspaced(char: str) -> bool:
    """Whether a character belongs to a script without spaces between words."""
    code = ord(char)
    return code >= 0x0E00 and any(first <= code <= last for first, last in _UNSPACED)


@lru_cache(maxsize=1 << 12)
def _is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _normalize(chunk: str) -> tuple[str, list[int] | None]:
    """Normalize a chunk to NFKC; also the offset in `chunk` of each character, and the end; None if unchanged."""
    if INVISIBLE.search(chunk) is not None:
        plain, origin = _normalize(INVISIBLE.sub("", chunk))
        places = [at for at, char in enumerate(chunk) if INVISIBLE.match(char) is None]
        places.append(len(chunk))
        return plain, places if origin is None else [places[at] for at in origin]
    chunk = chunk.translate(APOSTROPHE_LOOKALIKES)
    # Normalizing takes time quadratic in the marks on one letter, so possible piles are counted first.
    if (len(chunk) <= _MAX_MARKS or not _has_mark_pile(chunk)) and unicodedata.is_normalized("NFKC", chunk):
        return chunk, None
    clusters: list[str] = []
    origin = []
    start = 0
    for at in range(1, len(chunk) + 1):
        joined = at < len(chunk) and at - start < _MAX_MARKS
        if joined and _is_joined(chunk[start:at] if at - start <= 3 else "", chunk[at]):
            continue
        cluster = unicodedata.normalize("NFKC", chunk[start:at])
        clusters.append(cluster)
        origin.extend([start] * len(cluster))
        start = at
    origin.append(len(chunk))
    return "".join(clusters), origin


def _has_mark_pile(chunk: str) -> bool:
    """Whether one letter has more marks than any language uses."""
    marks = 0
    for char in chunk:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks >= _MAX_MARKS:
            return True
    return False


def _is_joined(cluster: str, char: str) -> bool:
    """Whether `char` is a mark, or composes with the short `cluster` before it, as Hangul vowels do."""
    alone = unicodedata.normalize("NFKC", char)
    if unicodedata.combining(alone[0]):
        return True
    return bool(cluster) and unicodedata.normalize("NFKC", cluster + char) != (
        unicodedata.normalize("NFKC", cluster) + alone
    )


def _find_word_runs(plain: str) -> list[tuple[int, int]]:
    """The (start, end) of each run of letters, digits and marks."""
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


def _split_normalized(plain: str, origin: list[int] | None, language: str) -> Chunk:
    runs = _find_word_runs(plain)
    found: list[tuple[str, int, int]] = []  # printed, start, end in plain
    at = 0
    while at < len(runs):
        start, end = runs[at]
        if end - start == 1 and plain[start].isalpha() and not is_unspaced(plain[start]):
            # U.S., e.g., С.Ш.А.: single letters separated by one full stop each.
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
    return _make_chunk(plain, origin, found, language)


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


def _make_chunk(plain: str, origin: list[int] | None, found: list[tuple[str, int, int]], language: str) -> Chunk:
    tokens: list[ChunkToken] = []
    before = 0
    for printed, start, end in found:
        between = plain[before:start] if tokens else ""
        begins = "。" in between or (between[:1] in ("!", "?") and is_unspaced(plain[before - 1]))
        begin, close = (start, end) if origin is None else (origin[start], _cluster_end(origin, end))
        tokens.append(ChunkToken(printed, begin, close, begins))
        before = end
    tail = plain.rstrip(CLOSING_MARKS)
    ends = bool(tail) and tail[-1] in SENTENCE_ENDINGS
    if ends and tail[-1] == "." and found and len(tail) - found[-1][2] == 1:
        printed, start, end = found[-1]
        ends = "." not in plain[start:end] and not is_abbreviation(printed, fold(printed), language)  # U.S. is one
    head = plain.lstrip(OPENING_MARKS)
    return Chunk(tuple(tokens), ends, bool(head) and head[0].islower())


def _cluster_end(origin: list[int], end: int) -> int:
    """The end, in the chunk, of the cluster with the character before `end`."""
    last = origin[end - 1]
    while end < len(origin) - 1 and origin[end] == last:
        end += 1
    return origin[end]


@cache
def analyzer_fingerprint() -> str:
    """A fingerprint of the rules: a hash of the tokens of a text full of special cases, in every language."""
    tokens = [
        [(token.printed, token.folded, token.stem) for token in analyze(_FINGERPRINT_TEXT, language)]
        for language in LANGUAGES
    ]
    return blake2b(repr(tokens).encode(), digest_size=8).hexdigest()
