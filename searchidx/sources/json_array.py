"""JSON arrays of any length, an element at a time; one that is broken costs itself.

Where an element ends is told by its brackets and strings alone, before it is parsed. What cannot be parsed then ends
where the next element seems to begin, which is as the first one began.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from searchidx.sources.source_file import (
    MAX_FILE,
    Damaged,
    SourceFile,
    TooLarge,
)

__all__ = ["elements"]

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_BEGINS = re.compile(rb'(\s*)(\{\s*"[^"\\\n]*"\s*:)')
_QUOTE = ord('"')
_MOST_AGAIN = 4 * MAX_FILE
"""So many bytes are looked at once more, behind what is broken, before the rest of the file is given up."""


def elements(file: SourceFile, parse: Callable[[bytes], Any]) -> Iterator[Any]:
    """Of each element, in order, what `parse` makes of its bytes, or what it raised; `Damaged` last, if cut off."""
    blocks = file.utf8_blocks()
    data = bytearray()
    while b"[" not in data and _more(data, blocks):
        pass
    del data[: data.find(b"[") + 1]
    begins: re.Pattern[bytes] | None = None
    at = depth = again = 0
    is_more = is_whole = True
    while True:
        stop, at, depth = _end(data, at, depth)
        if stop is None and is_more and len(data) <= MAX_FILE:
            is_more = _more(data, blocks)
            continue
        element = bytes(data[:stop])
        next_one = len(element) + 1
        is_last = stop is None or data[stop : stop + 1] == b"]"
        if element.strip():
            first = _BEGINS.match(element)
            if begins is None and first is not None:
                before, opening = first[1], re.escape(first[2])
                begins = re.compile(re.escape(before) + opening if b"\n" in before else rb"(?<=,)\s*" + opening)
            try:
                found = parse(element)
                is_whole = True
            except (ValueError, RecursionError) as error:
                found, is_whole = error, False
                if begins is not None and (other := begins.search(element, 1)) is not None:
                    next_one, is_last = other.start(), False
                    again += len(element) - next_one
                elif stop is None and is_more:
                    raise TooLarge(f"an element is longer than {MAX_FILE // 1024 // 1024} MB") from None
            yield found
            if again > _MOST_AGAIN:
                raise Damaged("too much is broken: the rest is not read")
        if is_last:
            if stop is None and is_whole:
                raise Damaged("the array is cut off")
            return
        del data[:next_one]
        at = depth = 0


def _end(data: bytearray, at: int, depth: int) -> tuple[int | None, int, int]:
    """Where the first element ends, or None; and where to look on, and at what depth that is."""
    for match in _TOKEN.finditer(data, at):
        token = match[0]
        if token[0] == _QUOTE:
            if len(token) == 1:
                return None, match.start(), depth
        elif token in b"[{":
            depth += 1
        elif token in b"]}" and depth:
            depth -= 1
        elif not depth and token in b"],":
            return match.start(), match.end(), depth
    return None, len(data), depth


def _more(data: bytearray, blocks: Iterator[bytes]) -> bool:
    """Read as much again as there is; whether there was more."""
    wanted = 2 * len(data) or 1
    while len(data) < wanted:
        if (block := next(blocks, None)) is None:
            return False
        data += block
    return True
