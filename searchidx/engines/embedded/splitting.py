"""Many chunks to words, all at once: of each what `analysis.split_chunk` says, in whole arrays.

The words of a plain chunk are its runs of ASCII letters and digits. What is peculiar about others, apostrophes before
an s, initials, other scripts, is left to `analysis`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.analysis import split_chunk

__all__ = ["CONTINUES", "ENDS", "STOPS", "Split", "joined", "split"]

ENDS, STOPS, CONTINUES = 1, 2, 4
"""Of a chunk: that a sentence ends with it; that one does unless its last word is an abbreviation; that one goes on."""

_WORD, _LETTER, _LOWER, _OPENS, _CLOSES, _ENDING = 1, 2, 4, 8, 16, 32
_KINDS = np.zeros(256, np.uint8)  # of each byte; those of other scripts stand in words
_KINDS[0x80:] = _WORD
for _flag, _chars in (
    (_WORD, "0123456789"),
    (_WORD | _LETTER, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    (_WORD | _LETTER | _LOWER, "abcdefghijklmnopqrstuvwxyz"),
    (_OPENS, "\"'([{-"),
    (_CLOSES, "\"')]}"),
    (_ENDING, ".!?"),
):
    _KINDS[[ord(char) for char in _chars]] |= _flag

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


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
    flags: npt.NDArray[np.uint8]
    begins: Ints


def joined(data: Array, starts: Ints, sizes: Ints) -> tuple[Array, Ints]:
    """Strings of some bytes as lines, after an empty one; and where each ends."""
    stops = np.cumsum(sizes + 1)
    lines = np.empty(int(stops[-1]) + 1 if len(stops) else 1, np.uint8)
    at = np.repeat(starts - stops + sizes, sizes + 1)
    at += np.arange(1, len(lines))
    lines[0] = 10
    lines[1:] = data.take(at, mode="clip")
    lines[stops] = 10
    return lines, stops


def split(data: Array, starts: Ints, sizes: Ints) -> Split:
    """The words of chunks, by where they begin in some bytes and how long they are."""
    chars, stops = joined(data, starts, sizes)
    kinds = _KINDS.take(chars)
    flags = _flags(chars, kinds, stops - sizes, stops)
    peculiar = np.unique(stops.searchsorted(_peculiar(chars, kinds)))
    said, begins = [], []
    for at in peculiar.tolist():
        found = split_chunk(chars[stops[at] - sizes[at] : stops[at]].tobytes().decode())
        flags[at] = found.ends_sentence * ENDS | found.continues * CONTINUES
        begins.append([n for n, piece in enumerate(found.pieces) if piece.begins_sentence])
        said.append(" ".join([piece.printed for piece in found.pieces]))
    if said:
        # What stands there is blotted out, and their words are written below.
        hidden = np.zeros(len(sizes), np.bool_)
        hidden[peculiar] = True
        kinds[1:][np.repeat(hidden, sizes + 1)] = 0
        more = np.frombuffer("\n".join([*said, ""]).encode(), np.uint8)
        stops = np.concatenate([stops, len(chars) + np.flatnonzero(more == 10)])
        chars, kinds = np.concatenate([chars, more]), np.concatenate([kinds, _KINDS.take(more)])
    within = (kinds & _WORD).view(np.bool_)
    edges = np.flatnonzero(within[1:] != within[:-1]) + 1
    word_starts, word_ends = edges[0::2], edges[1::2]
    until = word_ends.searchsorted(stops, side="right")
    first = np.concatenate([[0], until[:-1]])[: len(until)]
    count = until - first
    first[peculiar], count[peculiar] = first[len(sizes) :], count[len(sizes) :]
    first, count = first[: len(sizes)], count[: len(sizes)]
    inner = [int(first[at]) + n for at, places in zip(peculiar.tolist(), begins, strict=True) for n in places]
    return Split(chars.tobytes(), word_starts, word_ends - word_starts, first, count, flags, np.array(inner, np.int64))


def _peculiar(chars: Array, kinds: Array) -> Ints:
    """Places at which chunks are not plain, as `analysis.is_plain` says it."""
    quotes = np.flatnonzero((chars == ord("'")) | (chars == ord("`")))
    follows = chars.take(quotes + 1, mode="clip") | 0x20 == ord("s")
    quotes = quotes[follows & (kinds.take(quotes + 2, mode="clip") & _WORD == 0)]
    dots = np.flatnonzero(chars == ord("."))
    letters = kinds.take(dots - 1) & kinds.take(dots + 1, mode="clip") & _LETTER != 0
    alone = (kinds.take(dots - 2, mode="clip") | kinds.take(dots + 2, mode="clip")) & _WORD == 0
    return np.concatenate([np.flatnonzero(chars >= 0x80), quotes, dots[letters & alone]])


def _flags(chars: Array, kinds: Array, begins: Ints, stops: Ints) -> npt.NDArray[np.uint8]:
    """The flags of plain chunks."""
    others = np.flatnonzero(kinds & _OPENS == 0)
    head = kinds.take(others.take(others.searchsorted(begins)))
    others = np.flatnonzero(kinds & _CLOSES == 0)
    tail = others.take(others.searchsorted(stops) - 1)
    ends = kinds.take(tail) & _ENDING != 0
    stopped = ends & (chars.take(tail) == ord(".")) & (kinds.take(tail - 1, mode="clip") & _WORD != 0)
    flags: npt.NDArray[np.uint8] = np.where(stopped, STOPS, ends * ENDS).astype(np.uint8)
    flags |= np.where(head & _LOWER != 0, CONTINUES, 0).astype(np.uint8)
    return flags
