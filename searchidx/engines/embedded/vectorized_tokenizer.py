"""Tokenize many chunks at once: what `analysis.split_chunk` does to one chunk, in whole arrays.

Chunks of ASCII are handled as bytes, others as code points. `analysis` itself handles the few chunks where one
character affects another: initials, several apostrophes before an s, and what Unicode normalization would compose or
reorder.

The chunks ``Japan's`` and ``NATO-Japan!`` go through these steps::

    chars                · J a p a n ' s · N A T O - J a p a n ! ·     lines, after an empty one (`join_lines`)
    stops                                8                       20    the end of each line
    is part of a word    . X X X X X . X . X X X X . X X X X X . .     `_CharClasses`
    without possessive s . X X X X X . . . X X X X . X X X X X . .     `_find_irregular`
    begins                 1               9         14                of the runs (`_find_words`)
    ends                             6             13          19

    chunk                0            1
    first word           0            1
    words                1            2
    flags                0            ENDS_SENTENCE
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from searchidx.analysis import (
    APOSTROPHE_LOOKALIKES,
    APOSTROPHES,
    CLOSING_MARKS,
    OPENING_MARKS,
    SENTENCE_ENDINGS,
    is_unspaced,
    split_chunk,
)
from searchidx.engines.embedded.array_types import Array, Bytes, Int64s
from searchidx.folding import INVISIBLE

ENDS_SENTENCE, MAY_END_SENTENCE, CONTINUES_SENTENCE = 1, 2, 4
"""Bytes of a chunk. MAY_END: it ends a sentence unless its last word is an abbreviation. CONTINUES: it continues the
sentence of the chunk before."""

_WORD, _UNSPACED, _LETTER, _LOWER, _OPENS, _CLOSES, _ENDING, _APOSTROPHE, _STABLE, _KNOWN = (1 << n for n in range(10))
"""Bytes of a character. WORD: it is part of words. UNSPACED: its script has no spaces. LETTER: of another script.
LOWER: in lower case. OPENS, CLOSES: it may open or close a quotation. ENDING: it may end a sentence. STABLE: its NFKC
form does not depend on the characters around it. KNOWN: its flags were computed."""
_STABLE_MARKS = ((0x0E00, 0x0EFF), (0x1780, 0x17FF))
"""Scripts whose marks do not change the letters around them: Thai, Lao, Khmer."""
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))


@dataclass(frozen=True, slots=True)
class SplitChunks:
    """The words of chunks.

    Attributes:
        text: UTF-8 that contains all the words.
        starts, sizes: of each word its place in `text`, in bytes.
        first, count: of each chunk the number of its first word, and how many it has.
        flags: of each chunk `ENDS_SENTENCE`, `MAY_END_SENTENCE` and `CONTINUES_SENTENCE`.
        sentences: the numbers of the words with which a sentence begins within a chunk.
    """

    text: bytes
    starts: Int64s
    sizes: Int64s
    first: Int64s
    count: Int64s
    flags: Bytes
    sentences: Int64s


def join_lines(data: Array, starts: Int64s, sizes: Int64s) -> tuple[Array, Int64s]:
    """Copy strings of characters into lines, after an empty line; also returns where each line ends."""
    stops = np.cumsum(sizes + 1)
    lines = np.empty(int(stops[-1]) + 1 if len(stops) else 1, data.dtype)
    at = np.repeat(starts - stops + sizes, sizes + 1)
    at += np.arange(1, len(lines))
    lines[0] = 10
    lines[1:] = data.take(at, mode="clip")
    lines[stops] = 10
    return lines, stops


def split_chunks(data: Array, starts: Int64s, sizes: Int64s, language: str) -> SplitChunks:
    """Split chunks of a language into words, given the places of the chunks in UTF-8."""
    chars, stops = join_lines(data, starts, sizes)
    classes = _char_classes.ascii.take(chars)
    irregular = _find_irregular(chars, classes, stops)
    if len(irregular):  # blank them out; their words are added below
        is_hidden = np.zeros(len(sizes), np.bool_)
        is_hidden[irregular] = True
        classes[1:][np.repeat(is_hidden, sizes + 1)] = _STABLE
    words = _WordCollector(len(sizes))
    begins, ends, sentences = _find_words(chars, classes, stops)
    words.add(np.arange(len(sizes)), chars, begins, ends, stops, sentences, _find_flags(chars, classes, stops))
    if len(irregular):
        chunk_starts = stops - sizes
        lines = join_lines(chars, chunk_starts.take(irregular), sizes.take(irregular))[0]
        irregular = _split_code_points(words, lines, irregular)
        lines = join_lines(chars, chunk_starts.take(irregular), sizes.take(irregular))[0]
        _split_one_by_one(words, lines.tobytes().decode().split("\n")[1:-1], irregular, language)
    return words.to_split_chunks()


def _split_one_by_one(words: _WordCollector, chunks: Sequence[str], numbers: Int64s, language: str) -> None:
    """Add the words of chunks as `analysis.split_chunk` finds them."""
    split = [split_chunk(chunk, language) for chunk in chunks]
    pieces = [piece for one in split for piece in one.tokens]
    text = np.frombuffer("\n".join(["", *[piece.printed for piece in pieces], ""]).encode(), np.uint8)
    lines = np.flatnonzero(text == 10)
    stops = lines.take(np.cumsum([len(one.tokens) for one in split], dtype=np.int64))
    sentences = np.flatnonzero([piece.begins_sentence for piece in pieces])
    flags = np.array(
        [one.ends_sentence * ENDS_SENTENCE | one.continues_sentence * CONTINUES_SENTENCE for one in split], np.uint8
    )
    words.add(numbers, text, lines[:-1] + 1, lines[1:], stops, sentences, flags)


def _split_code_points(words: _WordCollector, lines: Array, numbers: Int64s) -> Int64s:
    """Add the words of chunks that are not ASCII, given as lines of UTF-8 after an empty one.

    Returns the numbers of the chunks that are irregular even so.
    """
    chars = np.frombuffer(lines.tobytes().decode().encode("utf-32-le"), "<u4")
    classes, combining = _char_classes(chars)
    is_unstable = classes & _STABLE == 0
    is_unstable[1:] |= (combining[1:] != 0) & (combining[:-1] > combining[1:])
    stops = np.flatnonzero(chars == 10)[1:]
    is_left = np.zeros(len(numbers), np.bool_)
    is_left[stops.searchsorted(np.flatnonzero(is_unstable))] = True
    left, numbers = numbers[is_left], numbers[~is_left]
    sizes = np.diff(stops, prepend=0) - 1
    stable, _ = join_lines(chars, (stops - sizes)[~is_left], sizes[~is_left])
    text = unicodedata.normalize("NFKC", stable.tobytes().decode("utf-32-le"))
    chars = np.frombuffer(text.encode("utf-32-le"), "<u4")
    classes, _ = _char_classes(chars)
    stops = np.flatnonzero(chars == 10)[1:]
    irregular = _find_irregular(chars, classes, stops)
    begins, ends, sentences = _find_words(chars, classes, stops)
    word_lines = join_lines(chars, begins, ends - begins)[0]
    utf8 = np.frombuffer(word_lines.tobytes().decode("utf-32-le").encode(), np.uint8)
    bounds = np.flatnonzero(utf8 == 10)
    word_stops = bounds.take(begins.searchsorted(stops))
    words.add(numbers, utf8, bounds[:-1] + 1, bounds[1:], word_stops, sentences, _find_flags(chars, classes, stops))
    return np.sort(np.concatenate([left, numbers.take(irregular)]))


class _WordCollector:
    """Collects the words of chunks; words added for a chunk replace those added before."""

    def __init__(self, chunks: int) -> None:
        self._texts: list[bytes] = []
        self._words: list[tuple[Int64s, Int64s]] = []
        self._sentences: list[Int64s] = []
        self._length = self._count = 0
        self._first, self._counts = np.zeros(chunks, np.int64), np.zeros(chunks, np.int64)
        self._flags = np.zeros(chunks, np.uint8)

    def add(
        self, numbers: Int64s, text: Array, begins: Int64s, ends: Int64s, stops: Int64s, sentences: Int64s, flags: Bytes
    ) -> None:
        """Add the words of the chunks `numbers`.

        The words are `text[begins:ends]`. Those of a chunk end at its stop; sentences begin with the words `sentences`.
        """
        words_before = ends.searchsorted(stops, side="right")
        counts = np.diff(words_before, prepend=0)
        self._first[numbers] = words_before - counts + self._count
        self._counts[numbers] = counts
        self._flags[numbers] = flags
        self._sentences.append(sentences + self._count)
        self._texts.append(text.tobytes())
        self._words.append((begins + self._length, ends - begins))
        self._length += len(text)
        self._count += len(begins)

    def to_split_chunks(self) -> SplitChunks:
        starts, sizes = map(np.concatenate, zip(*self._words, strict=True))
        sentences = np.concatenate(self._sentences)
        return SplitChunks(b"".join(self._texts), starts, sizes, self._first, self._counts, self._flags, sentences)


def _find_words(chars: Array, classes: Array, stops: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Where words begin and end, and the numbers of those with which a sentence begins within a chunk."""
    is_word = classes & _WORD != 0
    is_unspaced = classes & _UNSPACED != 0
    is_spaced = is_word & ~is_unspaced
    edges = np.flatnonzero(is_spaced[1:] != is_spaced[:-1]) + 1
    begins, ends = edges[0::2], edges[1::2]
    unspaced = np.flatnonzero(is_unspaced)
    if not len(unspaced):
        return begins, ends, unspaced
    # Each character is a word of itself and the next one, if that is of such a script too.
    begins = np.concatenate([begins, unspaced])
    ends = np.concatenate([ends, unspaced + 1 + is_unspaced.take(unspaced + 1)])
    order = begins.argsort(kind="stable")
    begins, ends = begins.take(order), ends.take(order)
    gaps = np.flatnonzero(begins[1:] > ends[:-1])
    before, after = ends.take(gaps), begins.take(gaps + 1)
    full_stops = np.concatenate([[0], np.cumsum(chars == ord("。"))])
    is_end = full_stops.take(after) > full_stops.take(before)
    mark = chars.take(before)
    is_end |= ((mark == ord("!")) | (mark == ord("?"))) & is_unspaced.take(before - 1)
    is_end &= stops.searchsorted(before) == stops.searchsorted(after)
    return begins, ends, gaps[is_end] + 1


def _find_irregular(chars: Array, classes: Array, stops: Int64s) -> Int64s:
    """The numbers of the chunks that only `analysis.split_chunk` can split; ascending.

    Also removes the possessive s of the other chunks from their words: clears its flags in `classes`.
    """
    quotes = np.flatnonzero(classes & _APOSTROPHE)
    is_before_s = chars.take(quotes + 1, mode="clip") | 0x20 == ord("s")
    quotes = quotes[is_before_s & (classes.take(quotes + 2, mode="clip") & _WORD == 0)]
    chunk_of = stops.searchsorted(quotes)
    is_first = np.ones(len(quotes) + 1, np.bool_)
    is_first[1:-1] = chunk_of[1:] != chunk_of[:-1]
    is_possessive = is_first[1:] & is_first[:-1] & (classes.take(quotes - 1, mode="clip") & _WORD != 0)
    classes[quotes[is_possessive] + 1] = _STABLE
    dots = np.flatnonzero(chars == ord("."))
    is_between_letters = classes.take(dots - 1) & classes.take(dots + 1, mode="clip") & _LETTER != 0
    are_single = (classes.take(dots - 2, mode="clip") | classes.take(dots + 2, mode="clip")) & _WORD == 0
    is_irregular = classes & _STABLE == 0
    is_irregular[quotes[~is_possessive]] = True
    is_irregular[dots[is_between_letters & are_single]] = True
    begins = np.concatenate([[0], stops[:-1]])[: len(stops)] + 1
    return np.flatnonzero(np.logical_or.reduceat(is_irregular, begins)) if len(begins) else begins


def _find_flags(chars: Array, classes: Array, stops: Int64s) -> Bytes:
    """The flags of chunks."""
    others = np.flatnonzero(classes & _OPENS == 0)
    begins = np.concatenate([[0], stops[:-1]])[: len(stops)] + 1
    head = classes.take(others.take(others.searchsorted(begins)))
    others = np.flatnonzero(classes & _CLOSES == 0)
    tail = others.take(others.searchsorted(stops) - 1)
    ends = classes.take(tail) & _ENDING != 0
    is_full_stop = ends & (chars.take(tail) == ord(".")) & (classes.take(tail - 1, mode="clip") & _WORD != 0)
    flags: Bytes = np.where(is_full_stop, MAY_END_SENTENCE, ends * ENDS_SENTENCE).astype(np.uint8)
    flags |= np.where(head & _LOWER != 0, CONTINUES_SENTENCE, 0).astype(np.uint8)
    return flags


class _CharClasses:
    """The flags of each character, computed when it first occurs."""

    def __init__(self) -> None:
        self._classes = np.zeros(0x110000, np.uint16)
        self._combining = np.zeros(0x110000, np.uint8)  # the canonical combining class
        self(np.arange(128))
        self.ascii = np.zeros(256, np.uint16)  # bytes from 128 on belong to chunks that are handled as code points
        self.ascii[:128] = self._classes[:128]

    def __call__(self, chars: Array) -> tuple[Array, Array]:
        """The flags and the combining class of each character."""
        classes = self._classes.take(chars)
        new = np.unique(chars[classes == 0])
        if len(new):
            self._classes[new] = [_classify(chr(char)) for char in new.tolist()]
            self._combining[new] = [unicodedata.combining(chr(char)) for char in new.tolist()]
            classes = self._classes.take(chars)
        return classes, self._combining.take(chars)


def _classify(char: str) -> int:
    flags = _KNOWN | _STABLE * _is_stable(char)
    if unicodedata.category(char)[0] in "LNM":
        flags |= _WORD | _UNSPACED * is_unspaced(char)
    if char.isalpha() and not is_unspaced(char):
        flags |= _LETTER
    for flag, is_set in (
        (_LOWER, char.islower()),
        (_OPENS, char in OPENING_MARKS),
        (_CLOSES, char in CLOSING_MARKS),
        (_ENDING, char in SENTENCE_ENDINGS),
        (_APOSTROPHE, char in APOSTROPHES),
    ):
        flags |= flag * is_set
    return flags


def _is_stable(char: str) -> bool:
    """Whether the NFKC form of a text contains that of the character, whatever stands around it.

    The order of several marks may still change.
    """
    form = unicodedata.normalize("NFKC", char)
    if ord(char) in APOSTROPHE_LOOKALIKES or INVISIBLE.match(char) or any(_is_within(_JAMO, each) for each in form):
        return False
    marks = [each for each in form if unicodedata.category(each)[0] == "M" or unicodedata.combining(each)]
    return all(_is_within(_STABLE_MARKS, each) and (form == char or not unicodedata.combining(each)) for each in marks)


def _is_within(ranges: tuple[tuple[int, int], ...], char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


_char_classes = _CharClasses()
