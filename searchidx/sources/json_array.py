"""Read JSON arrays of any length, element by element; a malformed element is skipped alone.

Brackets and strings alone determine the end of an element, before it is parsed. An element that does not parse ends
where the next one seems to begin: at the text that began the first element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from searchidx.sources.compression import DamagedDataError
from searchidx.sources.source_file import MAX_FILE, SourceFile, TooLargeError, format_size

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_OBJECT_START = re.compile(rb'(\s*)(\{\s*"[^"\\\n]*"\s*:)')
_QUOTE = ord('"')
_MAX_RESCANNED = 4 * MAX_FILE
"""Bytes scanned again after malformed elements, before the rest of the file is skipped."""


def iter_elements(file: SourceFile, parse: Callable[[bytes], Any]) -> Iterator[Any]:
    """The result of `parse` for each element, in order, or its ValueError or RecursionError.

    Raises `DamagedDataError` at the end of an array that is cut off.
    """
    blocks = file.utf8_blocks()
    data = bytearray()
    while b"[" not in data and _read_more(data, blocks):
        pass
    del data[: data.find(b"[") + 1]
    next_start: re.Pattern[bytes] | None = None
    position = depth = rescanned = 0
    has_more = is_whole = True
    while True:
        stop, position, depth = _find_end(data, position, depth)
        if stop is None and has_more and len(data) <= MAX_FILE:
            has_more = _read_more(data, blocks)
            continue
        element = bytes(data[:stop])
        consumed = len(element) + 1
        is_last = stop is None or data[stop : stop + 1] == b"]"
        if element.strip():
            start = _OBJECT_START.match(element)
            if next_start is None and start is not None:
                before, opening = start[1], re.escape(start[2])
                next_start = re.compile(re.escape(before) + opening if b"\n" in before else rb"(?<=,)\s*" + opening)
            try:
                result = parse(element)
                is_whole = True
            except (ValueError, RecursionError) as error:
                result, is_whole = error, False
                if next_start is not None and (other := next_start.search(element, 1)) is not None:
                    consumed, is_last = other.start(), False
                    rescanned += len(element) - consumed
                elif stop is None and has_more:
                    raise TooLargeError(f"an element is longer than {format_size(MAX_FILE)}") from None
            yield result
            if rescanned > _MAX_RESCANNED:
                raise DamagedDataError("too many elements are malformed: the rest of the file is skipped")
        if is_last:
            if stop is None and is_whole:
                raise DamagedDataError("the array is cut off")
            return
        del data[:consumed]
        position = depth = 0


def _find_end(data: bytearray, position: int, depth: int) -> tuple[int | None, int, int]:
    """The end of the first element, or None, with the position and bracket depth to continue from."""
    for match in _TOKEN.finditer(data, position):
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


def _read_more(data: bytearray, blocks: Iterator[bytes]) -> bool:
    """Double the data; False at the end of the file."""
    wanted = 2 * len(data) or 1
    while len(data) < wanted:
        if (block := next(blocks, None)) is None:
            return False
        data += block
    return True
