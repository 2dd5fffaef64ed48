"""The texts of a batch to streams of numbers, by the rules of `searchidx.analysis`.

The texts are the bytes of a `Batch`. White space parts them into chunks, a hash table maps each chunk to its number,
and each *distinct* chunk goes through `analysis` once; everything else happens to whole arrays. The rules are local to
a chunk, but for the sentences, which look at the chunk before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from searchidx.analysis import abbreviate, folds, stems
from searchidx.engines.embedded.interner import Numbering
from searchidx.engines.embedded.vectorized_tokenizer import (
    CONTINUES,
    ENDS,
    STOPS,
    joined,
    split,
)

__all__ = ["Streams", "Tokenizer"]

_PIECE = 1 << 20
"""So many bytes of text are tokenized at a time, or one zone where that is longer."""
_MOST = 1 << 18
"""Distinct chunks, or spellings, that a tokenizer remembers from one batch to the next, some 60 MB of them; past that
it begins anew. So many words of chunks as well, four times over: more are sentences, which are hardly met again."""
_SPEAKS = 8
"""Of a chunk, beside the flags of `splitting`: that it has words."""
_BLANK = np.zeros(256, np.bool_)
_BLANK[[9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 255]] = True
_LONG_BLANKS = [char.encode() for char in map(chr, range(0x80, 0x10000)) if char.isspace()]
_PARAGRAPH, _ZONE = 10, 255

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Streams:
    """The tokens of a batch of articles, one stream: of each its headline, an empty slot, its body, an empty slot.

    Attributes:
        forms: the spelling at each position, a number into `spellings`; 0 is the empty slot. int32.
        zone_ends: the positions of the empty slots, two for each article, ascending. int64.
        sentences: the positions at which sentences begin, ascending. int64.
        paragraphs: which of those begin a paragraph. bool, as long as `sentences`.
        spellings: of each number its stem, folded and printed spelling, U+0000 between, so that they sort as classes
            and forms do; the first is the empty slot's and means nothing.
        stems: of each number the crc32 of its stem, 0 of the empty slot's. uint64.
    """

    forms: npt.NDArray[np.int32]
    zone_ends: Ints
    sentences: Ints
    paragraphs: Bools
    spellings: Sequence[bytes]
    stems: npt.NDArray[np.uint64]


class Tokenizer:
    """Turns batches of texts into `Streams`, remembering the chunks and spellings it has met."""

    def __init__(self) -> None:
        self._forget_words()
        self._forget_chunks()

    def _forget_words(self) -> None:
        self._words = Numbering()
        # Of the empty slot, and of each word by its number and one: the spelling, the crc32 of its stem, and whether it
        # is an abbreviation.
        self._spellings = [b"\0\0"]
        self._stems = np.zeros(1, np.uint64)
        self._short = np.zeros(1, np.bool_)

    def _forget_chunks(self) -> None:
        self._chunks = Numbering()
        # Of each chunk, by its number: where its spellings begin among `_flat`, how many they are, and flags.
        self._starts = np.zeros(0, np.int32)
        self._sizes = np.zeros(0, np.int32)
        self._flags = np.zeros(0, np.uint8)
        self._flat = np.zeros(0, np.int32)
        self._flat_begins = np.zeros(0, np.bool_)  # those with which a sentence begins, within the chunk

    def __call__(self, text: bytes) -> Streams:
        """The streams of a batch, given its zones, an FF byte after each."""
        if len(self._words) > _MOST:
            self._forget_words()
            self._forget_chunks()
        if len(self._chunks) > _MOST or len(self._flat) > 4 * _MOST:
            self._forget_chunks()
        forms, paragraphs = [np.zeros(0, np.int32)], [np.zeros(0, np.bool_)]
        zone_ends, sentences = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        start = done = 0
        while start < len(text):
            # Whatever is whole at the end of a zone, so that no more is in memory than a piece needs.
            stop = text.index(b"\xff", min(start + _PIECE, len(text) - 1)) + 1
            piece = self._piece(text[start:stop])
            forms.append(piece[0])
            zone_ends.append(piece[1] + done)
            sentences.append(piece[2] + done)
            paragraphs.append(piece[3])
            start, done = stop, done + len(piece[0])
        joined = np.concatenate(forms), np.concatenate(zone_ends), np.concatenate(sentences), np.concatenate(paragraphs)
        return Streams(*joined, self._spellings, self._stems)

    def _piece(self, text: bytes) -> tuple[npt.NDArray[np.int32], Ints, Ints, Bools]:
        """The same arrays of some zones of it."""
        ends, kinds = _separators(text)
        starts = np.empty_like(ends)
        starts[:1] = 0
        starts[1:] = ends[:-1] + 1
        full = ends > starts
        after = np.cumsum(full)  # the chunk that follows each separator
        paragraph, zone = after[kinds == _PARAGRAPH], after[kinds == _ZONE]
        chosen = np.flatnonzero(full)
        starts, ends = starts.take(chosen), ends.take(chosen)
        chunks, new = self._chunks.numbers(text, starts, ends - starts)
        if len(new):
            self._learn(text, starts.take(new), ends.take(new) - starts.take(new))
        return self._expand(chunks, paragraph, zone)

    def _learn(self, text: bytes, starts: Ints, sizes: Ints) -> None:
        """Analyse chunks not met before, by where they begin and how long they are."""
        found = split(np.frombuffer(text, np.uint8), starts, sizes)
        words, new = self._words.numbers(found.text, found.starts, found.sizes)
        if len(new):
            self._spell(joined(np.frombuffer(found.text, np.uint8), found.starts.take(new), found.sizes.take(new))[0])
        words += 1
        flags = found.flags
        stopped = np.flatnonzero(flags & STOPS)
        last = words.take((found.first + found.count - 1).take(stopped))
        flags[stopped] ^= np.where(self._short.take(last), STOPS, STOPS | ENDS).astype(np.uint8)
        flags[found.count > 0] |= _SPEAKS
        begins = np.zeros(len(words), np.bool_)
        begins[found.begins] = True
        self._starts = np.concatenate([self._starts, (found.first + len(self._flat)).astype(np.int32)])
        self._sizes = np.concatenate([self._sizes, found.count.astype(np.int32)])
        self._flags = np.concatenate([self._flags, flags])
        self._flat = np.concatenate([self._flat, words])
        self._flat_begins = np.concatenate([self._flat_begins, begins])

    def _spell(self, lines: Array) -> None:
        """Learn the spellings of new words, given as lines after an empty one."""
        printed = lines[1:-1].tobytes().decode().split("\n")
        folded = folds(printed)
        stemmed = stems(folded)
        spellings = "\n".join(map("\0".join, zip(stemmed, folded, printed, strict=True)))
        self._spellings += spellings.encode().split(b"\n")
        crcs = np.fromiter(map(crc32, "\n".join(stemmed).encode().split(b"\n")), np.uint64, len(stemmed))
        self._stems = np.concatenate([self._stems, crcs])
        self._short = np.concatenate([self._short, abbreviate(printed, folded)])

    def _expand(
        self, chunks: npt.NDArray[np.int32], paragraph: Ints, zone: Ints
    ) -> tuple[npt.NDArray[np.int32], Ints, Ints, Bools]:
        """Chunks to tokens: `paragraph` and `zone` are the chunks that follow the end of one."""
        sizes = self._sizes.take(chunks)
        done = np.empty(len(chunks) + 1, np.int64)  # the tokens before each chunk
        done[0] = 0
        np.cumsum(sizes, out=done[1:])
        source = np.repeat(self._starts.take(chunks) - done[:-1], sizes)
        source += np.arange(len(source))
        slots = done.take(zone)
        zone_ends = slots + np.arange(len(zone))
        forms = np.zeros(len(source) + len(zone), np.int32)
        filled = np.ones(len(forms), np.bool_)
        filled[zone_ends] = False
        forms[filled] = self._flat.take(source)

        # A sentence begins with a chunk that has words, after the end of a paragraph or zone, or after one that ends a
        # sentence where it continues none itself; chunks without words may stand between.
        flags = self._flags.take(chunks)
        breaks = np.zeros(len(chunks) + 1, np.bool_)
        breaks[0] = True
        breaks[paragraph] = True
        breaks[zone] = True
        speaking = np.flatnonzero(flags & _SPEAKS)
        ended = (flags & ENDS).view(np.bool_)
        if len(speaking) == len(chunks):
            fresh = breaks[:-1]
            ended = np.concatenate([[False], ended[:-1]])
        else:
            fresh = np.diff(np.cumsum(breaks).take(speaking), prepend=0) > 0
            total = np.concatenate([[0], np.cumsum(ended)]).take(speaking)  # before each
            ended = np.concatenate([[0], np.diff(total)]) > 0
            flags = flags.take(speaking)
        begin = np.flatnonzero(fresh | (ended & ((flags & CONTINUES) == 0)))
        paragraphs = fresh.take(begin)
        sentences = done.take(speaking.take(begin))
        inner = np.flatnonzero(self._flat_begins.take(source)) if self._flat_begins.any() else ()
        if len(inner):
            sentences = np.concatenate([sentences, inner])
            order = np.argsort(sentences, kind="stable")
            sentences = sentences[order]
            paragraphs = np.concatenate([paragraphs, np.zeros(len(inner), np.bool_)])[order]
        sentences += slots.searchsorted(sentences, side="right")
        return forms, zone_ends, sentences, paragraphs


def _separators(text: bytes) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Where white space and the ends of zones stand, and which byte each is."""
    data = np.frombuffer(text, np.uint8)
    marks = data + np.uint8(1) <= 33  # blanks, controls, and FF
    leads = np.flatnonzero((data >= 0xC2) & (data < 0xE4))
    for blank in _LONG_BLANKS if len(leads) else ():
        here = leads
        for n, byte in enumerate(blank):
            here = here[data.take(here + n, mode="clip") == byte]
        for n in range(len(blank)):
            marks[here + n] = True
    at = np.flatnonzero(marks)
    kinds = data.take(at)
    parts = _BLANK.take(kinds) | (kinds > 0x7F)
    return (at, kinds) if parts.all() else (at[parts], kinds[parts])
