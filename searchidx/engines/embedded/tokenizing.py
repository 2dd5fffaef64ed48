"""The texts of a batch to streams of numbers, by the rules of `searchidx.analysis`.

The texts are the bytes of a `Batch`. White space parts them into chunks, a hash table maps each chunk to its number,
and each *distinct* chunk goes through `analysis` once; everything else happens to whole arrays. The rules are local to
a chunk, but for the sentences, which look at the chunk before.

A chunk of up to 15 bytes, as nearly all are, is two integers: its bytes, and in the uppermost one its length. Longer
ones are looked up one by one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from searchidx.analysis import folds, is_plain, split_chunk, split_plain, stems

__all__ = ["Streams", "Tokenizer"]

_PIECE = 1 << 20
"""So many bytes of text are tokenized at a time, or one zone where that is longer."""
_MOST = 1 << 18
"""Distinct chunks, or spellings, that a tokenizer remembers from one batch to the next, some 60 MB of them; past that
it begins anew."""
_SHORT = 15
_ENDS, _CONTINUES, _SPEAKS = 1, 2, 4

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
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
    """

    forms: npt.NDArray[np.int32]
    zone_ends: Ints
    sentences: Ints
    paragraphs: Bools
    spellings: Sequence[str]


class Tokenizer:
    """Turns batches of texts into `Streams`, remembering the chunks and spellings it has met."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._table = _Table()
        self._long: dict[bytes, int] = {}
        self._count = 0  # chunks known
        self._spellings = ["\0\0"]
        self._numbers = {"\n": 0}  # of printed spellings
        # Of each chunk, by its number: where its spellings begin among `_flat`, how many they are, and flags.
        self._starts = np.zeros(0, np.int32)
        self._sizes = np.zeros(0, np.int32)
        self._flags = np.zeros(0, np.uint8)
        self._flat = np.zeros(0, np.int32)
        self._flat_begins = np.zeros(0, np.bool_)  # those with which a sentence begins, within the chunk

    def __call__(self, text: bytes) -> Streams:
        """The streams of a batch, given its zones, an FF byte after each."""
        if self._count > _MOST or len(self._spellings) > _MOST:
            self._forget()
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
        return Streams(*joined, self._spellings)

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
        return self._expand(self._look_up(text, starts, ends - starts), paragraph, zone)

    def _look_up(self, text: bytes, starts: Ints, sizes: Ints) -> npt.NDArray[np.int32]:
        """The numbers of chunks, by where they begin and how long they are; what is new is analysed."""
        padded = np.frombuffer(text + bytes(16), np.uint8)
        words = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))  # the eight bytes from each on
        low, high = words[starts], words[starts + 8]
        low &= _MASKS.take(sizes, mode="clip")
        high &= _MASKS.take(sizes - 8, mode="clip")
        high |= sizes.view(np.uint64) << np.uint64(56)
        far = np.flatnonzero(sizes > _SHORT)
        numbers, new = self._table.numbers(low, high, far, self._count)
        fresh = [text[at : at + size] for at, size in zip(starts[new].tolist(), sizes[new].tolist(), strict=True)]
        for place, at, size in zip(far.tolist(), starts[far].tolist(), sizes[far].tolist(), strict=True):
            chunk = text[at : at + size]
            number = self._long.get(chunk)
            if number is None:
                number = self._long[chunk] = self._count + len(fresh)
                fresh.append(chunk)
            numbers[place] = number
        self._learn(fresh)
        return numbers

    def _learn(self, fresh: Sequence[bytes]) -> None:
        """Analyse chunks not met before."""
        if not fresh:
            return
        chunks = b"\n".join(fresh).decode().split("\n")
        sizes = np.zeros(len(chunks), np.int32)
        flags = np.zeros(len(chunks), np.uint8)
        is_simple = np.fromiter(map(is_plain, chunks), np.bool_, len(chunks))
        plain, peculiar = np.flatnonzero(is_simple), np.flatnonzero(~is_simple).tolist()
        words, ends, continues = split_plain(list(compress(chunks, is_simple)))
        flags[plain] = np.array(ends, np.uint8) * _ENDS + np.array(continues, np.uint8) * _CONTINUES
        begins: list[int] = []
        for at in peculiar:
            pieces, ends_sentence, continues_sentence = split_chunk(chunks[at])
            flags[at] = ends_sentence * _ENDS + continues_sentence * _CONTINUES
            begins += [len(words) + n for n, piece in enumerate(pieces) if piece.begins_sentence]
            words += [piece.printed for piece in pieces]
            words.append("\n")
        # A newline stands after the words of each chunk, and stays there: it is the empty spelling, and met by none.
        flat = self._spelled(words)
        order = np.concatenate([plain, peculiar]).astype(np.intp)
        stops = np.flatnonzero(flat == 0)
        sizes[order] = np.diff(stops, prepend=-1) - 1
        starts = np.empty(len(chunks), np.int32)
        starts[order] = len(self._flat) + stops - sizes[order]
        flags[sizes > 0] |= _SPEAKS
        begin = np.zeros(len(flat), np.bool_)
        begin[begins] = True
        self._starts = np.concatenate([self._starts, starts])
        self._sizes = np.concatenate([self._sizes, sizes])
        self._flags = np.concatenate([self._flags, flags])
        self._flat = np.concatenate([self._flat, flat])
        self._flat_begins = np.concatenate([self._flat_begins, begin])
        self._count += len(chunks)

    def _spelled(self, printed: Sequence[str]) -> npt.NDArray[np.int32]:
        """The numbers of printed spellings."""
        new = [word for word in dict.fromkeys(printed) if word not in self._numbers]
        folded = folds(new)
        self._numbers.update(zip(new, range(len(self._spellings), len(self._spellings) + len(new)), strict=True))
        self._spellings += map("\0".join, zip(stems(folded), folded, new, strict=True))
        return np.fromiter(map(self._numbers.__getitem__, printed), np.int32, len(printed))

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
        ended = (flags & _ENDS).view(np.bool_)
        if len(speaking) == len(chunks):
            fresh = breaks[:-1]
            ended = np.concatenate([[False], ended[:-1]])
        else:
            fresh = np.diff(np.cumsum(breaks).take(speaking), prepend=0) > 0
            total = np.concatenate([[0], np.cumsum(ended)]).take(speaking)  # before each
            ended = np.concatenate([[0], np.diff(total)]) > 0
            flags = flags.take(speaking)
        begin = np.flatnonzero(fresh | (ended & ((flags & _CONTINUES) == 0)))
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


class _Table:
    """A hash table of short chunks, looked up in whole arrays: open addressing, linear probing."""

    def __init__(self) -> None:
        self._slots = np.zeros(1 << 16, np.int32)  # 0 is free, else a number among these
        # Drawn anew, so that nobody can write a text whose chunks all want one slot; no answer depends on it.
        self._odd, self._other_odd = (np.uint64(int.from_bytes(os.urandom(8), "little") | 1) for _ in range(2))
        self._low = np.zeros(1, np.uint64)
        self._high = np.zeros(1, np.uint64)
        self._own = np.zeros(1, np.int32)  # their numbers among all chunks

    def numbers(self, low: Array, high: Array, leave_out: Array, next: int) -> tuple[npt.NDArray[np.int32], Array]:
        """The numbers of chunks, and at which places new ones stand; these get numbers from `next` on.

        What is to be left out gets any number.
        """
        while len(self._slots) < 2 * (len(self._low) + len(low)):
            self._grow()
        slots = self._homes(low, high)
        found = self._slots.take(slots)
        waiting = (self._low.take(found) != low) | (self._high.take(found) != high)
        waiting[leave_out] = False
        at = np.flatnonzero(waiting)
        slots = slots.take(at)
        mine_low, mine_high = low.take(at), high.take(at)
        new = []
        while len(at):
            here = self._slots.take(slots)
            free = np.flatnonzero(here == 0)
            if len(free):
                # All that want a free slot claim it; the last one gets it, and a number.
                wanted = slots.take(free)
                self._slots[wanted] = free
                winners = free[self._slots.take(wanted) == free]
                entries = len(self._low) + np.arange(len(winners), dtype=np.int32)
                self._slots[slots.take(winners)] = entries
                self._low = np.concatenate([self._low, mine_low.take(winners)])
                self._high = np.concatenate([self._high, mine_high.take(winners)])
                new.append(at.take(winners))
                here = self._slots.take(slots)
            met = (self._low.take(here) == mine_low) & (self._high.take(here) == mine_high)
            found[at[met]] = here[met]
            rest = np.flatnonzero(~met)
            at, mine_low, mine_high = at.take(rest), mine_low.take(rest), mine_high.take(rest)
            slots = (slots.take(rest) + 1) & (len(self._slots) - 1)
        fresh = np.concatenate([np.zeros(0, np.int64), *new])
        self._own = np.concatenate([self._own, next + np.arange(len(fresh), dtype=np.int32)])
        return self._own.take(found), fresh

    def _homes(self, low: Array, high: Array) -> Array:
        mixed = low * self._odd
        mixed ^= high * self._other_odd
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed >>= np.uint64(65 - len(self._slots).bit_length())
        return mixed.view(np.int64)

    def _grow(self) -> None:
        self._slots = np.zeros(len(self._slots) * 2, np.int32)
        at = np.arange(1, len(self._low), dtype=np.int32)
        slots = self._homes(self._low[1:], self._high[1:])
        while len(at):
            free = np.flatnonzero(self._slots.take(slots) == 0)
            self._slots[slots.take(free)] = at.take(free)
            rest = np.flatnonzero(self._slots.take(slots) != at)
            at, slots = at.take(rest), (slots.take(rest) + 1) & (len(self._slots) - 1)


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
