"""Many chunks to words, all at once: of each what `analysis.split_chunk` says, in whole arrays.

Chunks of ASCII are looked at as bytes, others as code points. A few are left to `analysis`, one by one: initials, more
apostrophes than one before an s, and what normalizing would compose or put in another order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.analysis import APOSTROPHES, CLOSING, ENDING, LIKE_APOSTROPHES, OPENERS, is_unspaced, split_chunk

__all__ = ["CONTINUES", "ENDS", "STOPS", "Split", "joined", "split"]

ENDS, STOPS, CONTINUES = 1, 2, 4
"""Of a chunk: that a sentence ends with it; that one does unless its last word is an abbreviation; that one goes on."""

_WORD, _UNSPACED, _LETTER, _LOWER, _OPENS, _CLOSES, _ENDING, _APOSTROPHE, _TAME, _KNOWN = (1 << n for n in range(10))
"""Of a character: that it stands in words, in those of a script without spaces; that it is a letter of another script,
in lower case; that it may open or close a quotation, end a sentence; that it is an apostrophe; that it stays what its
NFKC form is, whatever stands around; that this was found out."""
_OPAQUE_MARKS = ((0x0E00, 0x0EFF), (0x1780, 0x17FF))
"""Where marks are of no consequence to the letters around them: Thai, Lao, Khmer."""
_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Split:
    """The words of some chunks.

    Attributes:
        text: holds all the words, UTF-8.
        starts, sizes: where each word stands in it.
        first, count: of each chunk which of the words is its first, and how many it has.
        flags: of each chunk, `ENDS`, `STOPS` and `CONTINUES`.
        begins: the words with which a sentence begins within a chunk.
    """

    text: bytes
    starts: Ints
    sizes: Ints
    first: Ints
    count: Ints
    flags: Flags
    begins: Ints


def joined(data: Array, starts: Ints, sizes: Ints) -> tuple[Array, Ints]:
    """Strings of some characters as lines, after an empty one; and where each ends."""
    stops = np.cumsum(sizes + 1)
    lines = np.empty(int(stops[-1]) + 1 if len(stops) else 1, data.dtype)
    at = np.repeat(starts - stops + sizes, sizes + 1)
    at += np.arange(1, len(lines))
    lines[0] = 10
    lines[1:] = data.take(at, mode="clip")
    lines[stops] = 10
    return lines, stops


def split(data: Array, starts: Ints, sizes: Ints) -> Split:
    """The words of chunks, by where they begin in some bytes and how long they are."""
    chars, stops = joined(data, starts, sizes)
    kinds = _kinds.ascii.take(chars)
    others = _peculiar(chars, kinds, stops)
    if len(others):  # what stands there is blotted out, and their words are told below
        hidden = np.zeros(len(sizes), np.bool_)
        hidden[others] = True
        kinds[1:][np.repeat(hidden, sizes + 1)] = _TAME
    found = _Found(len(sizes))
    begins, ends, inner = _words(chars, kinds, stops)
    found.add(np.arange(len(sizes)), chars, begins, ends, stops, inner, _flags(chars, kinds, stops))
    if len(others):
        others = _split_letters(found, joined(chars, (stops - sizes).take(others), sizes.take(others))[0], others)
        lines, _ = joined(chars, (stops - sizes).take(others), sizes.take(others))
        _split_one_by_one(found, lines.tobytes().decode().split("\n")[1:-1], others)
    return found.all()


def _split_one_by_one(found: _Found, chunks: Sequence[str], numbers: Ints) -> None:
    """Add the words of chunks, as `analysis` tells them."""
    split = list(map(split_chunk, chunks))
    pieces = [piece for one in split for piece in one.pieces]
    text = np.frombuffer("\n".join(["", *[piece.printed for piece in pieces], ""]).encode(), np.uint8)
    lines = np.flatnonzero(text == 10)
    stops = lines.take(np.cumsum([len(one.pieces) for one in split], dtype=np.int64))
    inner = np.flatnonzero([piece.begins_sentence for piece in pieces])
    flags = np.array([one.ends_sentence * ENDS | one.continues * CONTINUES for one in split], np.uint8)
    found.add(numbers, text, lines[:-1] + 1, lines[1:], stops, inner, flags)


def _split_letters(found: _Found, lines: Array, numbers: Ints) -> Ints:
    """Add the words of chunks that are not ASCII, lines of UTF-8 after an empty one; returns which are left."""
    letters = np.frombuffer(lines.tobytes().decode().encode("utf-32-le"), "<u4")
    kinds, orders = _kinds(letters)
    wild = kinds & _TAME == 0
    wild[1:] |= (orders[1:] != 0) & (orders[:-1] > orders[1:])
    stops = np.flatnonzero(letters == 10)[1:]
    is_left = np.zeros(len(numbers), np.bool_)
    is_left[stops.searchsorted(np.flatnonzero(wild))] = True
    left, numbers = numbers[is_left], numbers[~is_left]
    sizes = np.diff(stops, prepend=0) - 1
    tame, _ = joined(letters, (stops - sizes)[~is_left], sizes[~is_left])
    text = unicodedata.normalize("NFKC", tame.tobytes().decode("utf-32-le"))
    letters = np.frombuffer(text.encode("utf-32-le"), "<u4")
    kinds, _ = _kinds(letters)
    stops = np.flatnonzero(letters == 10)[1:]
    peculiar = _peculiar(letters, kinds, stops)
    begins, ends, inner = _words(letters, kinds, stops)
    written = joined(letters, begins, ends - begins)[0]
    more = np.frombuffer(written.tobytes().decode("utf-32-le").encode(), np.uint8)
    bounds = np.flatnonzero(more == 10)
    until = bounds.take(begins.searchsorted(stops))
    found.add(numbers, more, bounds[:-1] + 1, bounds[1:], until, inner, _flags(letters, kinds, stops))
    return np.sort(np.concatenate([left, numbers.take(peculiar)]))


class _Found:
    """Words of chunks, added for some chunks at a time; what is added for a chunk again counts."""

    def __init__(self, chunks: int) -> None:
        self._texts: list[bytes] = []
        self._words: list[tuple[Ints, Ints]] = []
        self._inner: list[Ints] = []
        self._length = self._count = 0
        self._first, self._counts = np.zeros(chunks, np.int64), np.zeros(chunks, np.int64)
        self._flags = np.zeros(chunks, np.uint8)

    def add(self, numbers: Ints, text: Array, begins: Ints, ends: Ints, stops: Ints, inner: Ints, flags: Flags) -> None:
        """Add words of the chunks of these numbers.

        They stand in a text from `begins` to `ends`, those of the chunks up to `stops`; sentences begin with `inner`.
        """
        until = ends.searchsorted(stops, side="right")
        counts = np.diff(until, prepend=0)
        self._first[numbers] = until - counts + self._count
        self._counts[numbers] = counts
        self._flags[numbers] = flags
        self._inner.append(inner + self._count)
        self._texts.append(text.tobytes())
        self._words.append((begins + self._length, ends - begins))
        self._length += len(text)
        self._count += len(begins)

    def all(self) -> Split:
        starts, sizes = map(np.concatenate, zip(*self._words, strict=True))
        inner = np.concatenate(self._inner)
        return Split(b"".join(self._texts), starts, sizes, self._first, self._counts, self._flags, inner)


def _words(chars: Array, kinds: Array, stops: Ints) -> tuple[Ints, Ints, Ints]:
    """Where words begin and end in chunks, and the numbers of those with which a sentence begins within one."""
    within = kinds & _WORD != 0
    unspaced = kinds & _UNSPACED != 0
    spaced = within & ~unspaced
    edges = np.flatnonzero(spaced[1:] != spaced[:-1]) + 1
    begins, ends = edges[0::2], edges[1::2]
    alone = np.flatnonzero(unspaced)
    if not len(alone):
        return begins, ends, alone
    # Every letter is a word, and the one after it stands there too.
    begins = np.concatenate([begins, alone])
    ends = np.concatenate([ends, alone + 1 + unspaced.take(alone + 1)])
    order = begins.argsort(kind="stable")
    begins, ends = begins.take(order), ends.take(order)
    apart = np.flatnonzero(begins[1:] > ends[:-1])
    before, after = ends.take(apart), begins.take(apart + 1)
    full = np.concatenate([[0], np.cumsum(chars == ord("。"))])
    fresh = full.take(after) > full.take(before)
    closing = chars.take(before)
    fresh |= ((closing == ord("!")) | (closing == ord("?"))) & unspaced.take(before - 1)
    fresh &= stops.searchsorted(before) == stops.searchsorted(after)
    return begins, ends, apart[fresh] + 1


def _peculiar(chars: Array, kinds: Array, stops: Ints) -> Ints:
    """Which chunks have words that only `analysis.split_chunk` tells; ascending.

    Sets the possessive ends of others aside: their s is of no kind any more.
    """
    quotes = np.flatnonzero(kinds & _APOSTROPHE)
    follows = chars.take(quotes + 1, mode="clip") | 0x20 == ord("s")
    quotes = quotes[follows & (kinds.take(quotes + 2, mode="clip") & _WORD == 0)]
    owners = stops.searchsorted(quotes)
    alone = np.ones(len(quotes) + 1, np.bool_)
    alone[1:-1] = owners[1:] != owners[:-1]
    plain = alone[1:] & alone[:-1] & (kinds.take(quotes - 1, mode="clip") & _WORD != 0)
    kinds[quotes[plain] + 1] = _TAME
    quotes = quotes[~plain]
    dots = np.flatnonzero(chars == ord("."))
    letters = kinds.take(dots - 1) & kinds.take(dots + 1, mode="clip") & _LETTER != 0
    alone = (kinds.take(dots - 2, mode="clip") | kinds.take(dots + 2, mode="clip")) & _WORD == 0
    wild = kinds & _TAME == 0
    wild[quotes] = True
    wild[dots[letters & alone]] = True
    begins = np.concatenate([[0], stops[:-1]])[: len(stops)] + 1
    return np.flatnonzero(np.logical_or.reduceat(wild, begins)) if len(begins) else begins


def _flags(chars: Array, kinds: Array, stops: Ints) -> Flags:
    """The flags of chunks."""
    others = np.flatnonzero(kinds & _OPENS == 0)
    begins = np.concatenate([[0], stops[:-1]])[: len(stops)] + 1
    head = kinds.take(others.take(others.searchsorted(begins)))
    others = np.flatnonzero(kinds & _CLOSES == 0)
    tail = others.take(others.searchsorted(stops) - 1)
    ends = kinds.take(tail) & _ENDING != 0
    stopped = ends & (chars.take(tail) == ord(".")) & (kinds.take(tail - 1, mode="clip") & _WORD != 0)
    flags: Flags = np.where(stopped, STOPS, ends * ENDS).astype(np.uint8)
    flags |= np.where(head & _LOWER != 0, CONTINUES, 0).astype(np.uint8)
    return flags


class _Kinds:
    """What kind each character is, found out when it is met first."""

    def __init__(self) -> None:
        self._kinds = np.zeros(0x110000, np.uint16)
        self._orders = np.zeros(0x110000, np.uint8)  # the canonical combining class
        self(np.arange(128))
        self.ascii = np.zeros(256, np.uint16)  # bytes beyond belong to characters that are looked at as such
        self.ascii[:128] = self._kinds[:128]

    def __call__(self, letters: Array) -> tuple[Array, Array]:
        kinds = self._kinds.take(letters)
        new = np.unique(letters[kinds == 0])
        if len(new):
            self._kinds[new] = [_kind(chr(letter)) for letter in new.tolist()]
            self._orders[new] = [unicodedata.combining(chr(letter)) for letter in new.tolist()]
            kinds = self._kinds.take(letters)
        return kinds, self._orders.take(letters)


def _kind(char: str) -> int:
    kind = _KNOWN | _TAME * _is_tame(char)
    if unicodedata.category(char)[0] in "LNM":
        kind |= _WORD | _UNSPACED * is_unspaced(char)
    if char.isalpha() and not is_unspaced(char):
        kind |= _LETTER
    for flag, has in (
        (_LOWER, char.islower()),
        (_OPENS, char in OPENERS),
        (_CLOSES, char in CLOSING),
        (_ENDING, char in ENDING),
        (_APOSTROPHE, char in APOSTROPHES),
    ):
        kind |= flag * has
    return kind


def _is_tame(char: str) -> bool:
    """Whether the NFKC form of a text has that of the character, whatever stands around it.

    But for marks, which stand in order where they are many.
    """
    form = unicodedata.normalize("NFKC", char)
    if ord(char) in LIKE_APOSTROPHES or any(_in(_JAMO, each) for each in form):
        return False
    marks = [each for each in form if unicodedata.category(each)[0] == "M" or unicodedata.combining(each)]
    return all(_in(_OPAQUE_MARKS, each) and (form == char or not unicodedata.combining(each)) for each in marks)


def _in(ranges: tuple[tuple[int, int], ...], char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in ranges)


_kinds = _Kinds()
