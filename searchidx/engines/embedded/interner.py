"""Numbers for byte strings, looked up in whole arrays: open addressing, linear probing.

A string of up to 15 bytes, as nearly all are, is two integers: its bytes, and in the uppermost one its length. Longer
ones are looked up one by one.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Numbering"]

_SHORT = 15
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


class Numbering:
    """Distinct strings, each with a number: from 0, in the order in which they are met."""

    def __init__(self) -> None:
        self._count = 0
        self._long: dict[bytes, int] = {}
        self._slots = np.zeros(1 << 16, np.int32)  # 0 is free, else a number among these
        # Drawn anew, so that nobody can write a text whose strings all want one slot; no answer depends on it.
        self._odd, self._other_odd = (np.uint64(int.from_bytes(os.urandom(8), "little") | 1) for _ in range(2))
        self._low = np.zeros(1, np.uint64)
        self._high = np.zeros(1, np.uint64)
        self._own = np.zeros(1, np.int32)  # their numbers among all strings

    def __len__(self) -> int:
        return self._count

    def numbers(self, text: bytes, starts: Ints, sizes: Ints) -> tuple[npt.NDArray[np.int32], Ints]:
        """The numbers of strings, by where they begin in a text and how long they are; and where new ones stand.

        That is of each new one, by ascending number, a place among the strings given.
        """
        padded = np.frombuffer(text + bytes(16), np.uint8)
        words = np.ndarray((len(padded) - 7,), "<u8", padded, 0, (1,))  # the eight bytes from each on
        low, high = words[starts], words[starts + 8]
        low &= _MASKS.take(sizes, mode="clip")
        high &= _MASKS.take(sizes - 8, mode="clip")
        high |= sizes.view(np.uint64) << np.uint64(56)
        far = np.flatnonzero(sizes > _SHORT)
        found, new = self._look_up(low, high, far)
        if not len(far):
            return found, new
        others = []
        for place, at, size in zip(far.tolist(), starts[far].tolist(), sizes[far].tolist(), strict=True):
            string = text[at : at + size]
            number = self._long.get(string)
            if number is None:
                number = self._long[string] = self._count
                self._count += 1
                others.append(place)
            found[place] = number
        return found, np.concatenate([new, np.array(others, np.int64)])

    def _look_up(self, low: Array, high: Array, leave_out: Array) -> tuple[npt.NDArray[np.int32], Ints]:
        """The numbers of short strings, and where new ones stand; what is to be left out gets any number."""
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
        self._own = np.concatenate([self._own, self._count + np.arange(len(fresh), dtype=np.int32)])
        self._count += len(fresh)
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
