"""Intern byte strings in whole arrays: a hash table of numpy arrays with open addressing and linear probing.

A string of up to 15 bytes, as nearly all are, is a key of two 64-bit integers: its bytes, and its length in the highest
byte. Longer strings go through a dictionary one by one. Interning the words of ``b"bank of Bank bank"``::

    starts        0  5  8  13         where each word begins
    sizes         4  2  4  4          how long it is
    numbers       2  0  1  2          the same string has the same number
    new           1  2  3             for each new number, the index in `starts` of its first occurrence
"""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from searchidx.engines.embedded.array_types import Array, Int64s

_MAX_SHORT = 15
"""Maximum length of a string that is two integers, in bytes."""
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)


class Interner:
    """Maps distinct byte strings to numbers from 0; strings that are new in one call get theirs in any order."""

    def __init__(self) -> None:
        self._count = 0
        self._long: dict[bytes, int] = {}
        self._slots = np.zeros(1 << 16, np.int32)  # an entry; 0: the slot is free
        # Random, so that nobody can write a text whose strings collide; no answer depends on them.
        self._odd, self._other_odd = (np.uint64(int.from_bytes(os.urandom(8), "little") | 1) for _ in range(2))
        # Of each entry: the two halves of its key, and its number among all strings. Entry 0 is none.
        self._low = np.zeros(1, np.uint64)
        self._high = np.zeros(1, np.uint64)
        self._number = np.zeros(1, np.int32)

    def __len__(self) -> int:
        return self._count

    def intern(self, text: bytes, starts: Int64s, sizes: Int64s) -> tuple[npt.NDArray[np.int32], Int64s]:
        """Number the strings that begin at `starts` in a text and are `sizes` bytes long.

        Returns the number of each string, and of each new string, by ascending number, a place in `starts`.
        """
        padded = np.frombuffer(text + bytes(16), np.uint8)
        words = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))  # the eight bytes from each position
        low, high = words[starts], words[starts + 8]
        low &= _MASKS.take(sizes, mode="clip")
        high &= _MASKS.take(sizes - 8, mode="clip")
        high |= sizes.view(np.uint64) << np.uint64(56)
        long = np.flatnonzero(sizes > _MAX_SHORT)
        numbers, new = self._intern_short(low, high, long)
        if not len(long):
            return numbers, new
        new_long = []
        for place, start, size in zip(long.tolist(), starts[long].tolist(), sizes[long].tolist(), strict=True):
            string = text[start : start + size]
            number = self._long.get(string)
            if number is None:
                number = self._long[string] = self._count
                self._count += 1
                new_long.append(place)
            numbers[place] = number
        return numbers, np.concatenate([new, np.array(new_long, np.int64)])

    def _intern_short(self, low: Array, high: Array, long: Array) -> tuple[npt.NDArray[np.int32], Int64s]:
        """Number keys, and tell the places of new ones; the places in `long` get an arbitrary number."""
        while len(self._slots) < 2 * (len(self._low) + len(low)):
            self._grow()
        slots = self._hash(low, high)
        entries = self._slots.take(slots)
        is_unresolved = (self._low.take(entries) != low) | (self._high.take(entries) != high)
        is_unresolved[long] = False
        places = np.flatnonzero(is_unresolved)
        slots = slots.take(places)
        place_low, place_high = low.take(places), high.take(places)
        new = []
        while len(places):
            probed = self._slots.take(slots)
            free = np.flatnonzero(probed == 0)
            if len(free):
                # Each key writes its index into the free slot it wants. The last writer wins the slot and is added.
                wanted = slots.take(free)
                self._slots[wanted] = free
                winners = free[self._slots.take(wanted) == free]
                added = len(self._low) + np.arange(len(winners), dtype=np.int32)
                self._slots[slots.take(winners)] = added
                self._low = np.concatenate([self._low, place_low.take(winners)])
                self._high = np.concatenate([self._high, place_high.take(winners)])
                new.append(places.take(winners))
                probed = self._slots.take(slots)
            is_equal = (self._low.take(probed) == place_low) & (self._high.take(probed) == place_high)
            entries[places[is_equal]] = probed[is_equal]
            rest = np.flatnonzero(~is_equal)
            places, place_low, place_high = places.take(rest), place_low.take(rest), place_high.take(rest)
            slots = (slots.take(rest) + 1) & (len(self._slots) - 1)
        all_new = np.concatenate([np.zeros(0, np.int64), *new])
        self._number = np.concatenate([self._number, self._count + np.arange(len(all_new), dtype=np.int32)])
        self._count += len(all_new)
        return self._number.take(entries), all_new

    def _hash(self, low: Array, high: Array) -> Array:
        """The first slot to probe for each key; int64."""
        mixed = low * self._odd
        mixed ^= high * self._other_odd
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed >>= np.uint64(65 - len(self._slots).bit_length())
        return mixed.view(np.int64)

    def _grow(self) -> None:
        self._slots = np.zeros(len(self._slots) * 2, np.int32)
        entries = np.arange(1, len(self._low), dtype=np.int32)
        slots = self._hash(self._low[1:], self._high[1:])
        while len(entries):
            free = np.flatnonzero(self._slots.take(slots) == 0)
            self._slots[slots.take(free)] = entries.take(free)
            rest = np.flatnonzero(self._slots.take(slots) != entries)
            entries, slots = entries.take(rest), (slots.take(rest) + 1) & (len(self._slots) - 1)
