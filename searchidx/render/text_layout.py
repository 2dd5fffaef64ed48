"""Text in a terminal: measure its display width, wrap and truncate it, remove control characters, style matches.

The unit of width is a column: wide characters take two, combining marks none. Texts are measured and cut first and
sanitized piece by piece, so positions in a text stay valid. Text is printed in logical order; terminals that support
right-to-left scripts reorder it.
"""

# Why not wcwidth: it agrees with `display_width` except for emoji sequences, spacing marks and format characters, but
# importing it takes longer than all other imports of `render` together. A cold query would pay that each time.

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import click

_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_ZERO_WIDTH = ("Mn", "Me", "Cf")
# Direction controls, tags, soft hyphens, byte order marks: they are removed.
_INVISIBLE = re.compile("[\xad\u180e\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_CLOSING = frozenset("、。，．：；！？」』）］｝】》〉”’ー々")
_WORDS = re.compile(r"(?:\S|[\xa0\u2007\u202f])+")

Spans = Sequence[tuple[int, int]]


def display_width(text: str) -> int:
    """Return the width of a text in columns."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


@lru_cache(maxsize=4096)
def _char_width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def sanitize(text: str) -> str:
    """Replace control characters by blanks and remove invisible ones, so that a text cannot control the terminal."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in _CONTROL else c for c in _INVISIBLE.sub("", text))


def wrap(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Wrap a text: yield the start and end of each line, without the white space around it."""
    start = end = used = 0
    for first, last in _unbreakable(text):
        needed = display_width(text[first:last])
        if end > start and used + display_width(text[end:last]) <= width:
            used += display_width(text[end:last])
            end = last
            continue
        if end > start:
            yield start, end
        while needed > width:  # a word that is wider than a line
            cut = first + max(fit_length(text[first:last], width), 1)
            yield first, cut
            first, needed = cut, display_width(text[cut:last])
        start, end, used = first, last, needed
    if end > start:
        yield start, end


def _unbreakable(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each word; each wide character is one, with the punctuation that closes it."""
    for word in _WORDS.finditer(text):
        begin, end = word.span()
        if not word[0].isascii():
            for at in range(begin + 1, end):
                wide = _char_width(text[at])
                if text[at] not in _CLOSING and (wide == 2 or (wide and _char_width(text[begin]) == 2)):
                    yield begin, at
                    begin = at
        yield begin, end


def fit_length(text: str, width: int) -> int:
    """Return how many characters from the start of a text fit into a width."""
    if text.isascii():
        return min(len(text), max(width, 0))
    used = 0
    for at, character in enumerate(text):
        used += _char_width(character)
        if used > width:
            return at
    return len(text)


def fit_end(text: str, width: int) -> str:
    """Return the longest end of a text that fits into a width."""
    if text.isascii():
        return text[max(len(text) - width, 0) :]
    used = 0
    for at in range(len(text) - 1, -1, -1):
        used += _char_width(text[at])
        if used > width:
            end = text[at + 1 :]
            return end.lstrip("".join(c for c in end if not _char_width(c)))  # no mark without its letter
    return text


def truncate(text: str, width: int) -> str:
    """Sanitize a text and cut it to a width; an ellipsis marks the cut."""
    text = sanitize(text)
    return text if display_width(text) <= width else text[: fit_length(text, width - 1)].rstrip() + "…"


def style_spans(text: str, start: int, end: int, spans: Spans, **style: bool) -> str:
    """Sanitize a part of a text and style it, with the spans in bold red."""
    styled, done = "", start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            styled += _style(text[done:first], **style) + click.style(sanitize(text[first:last]), fg="red", bold=True)
            done = last
    return styled + _style(text[done:end], **style)


def _style(text: str, **style: bool) -> str:
    return click.style(sanitize(text), **style) if style and text else sanitize(text)


def pad(text: str, width: int) -> str:
    """Cut or fill a text to a width in columns."""
    text = truncate(text, width)
    return text + " " * (width - display_width(text))
