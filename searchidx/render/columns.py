"""Text in the columns of a terminal: how wide it is, where it is cut and wrapped, what of it may be sent there.

Positions in a text stay what they are: it is measured and cut first, and made printable piece by piece. Text is given
in the order in which it is read; terminals that know how put scripts from right to left into theirs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import click

__all__ = ["columns", "fitted", "lines_of", "marked", "printable", "shortened", "tail"]

_CONTROL = ("Cc", "Cs", "Zl", "Zp")
_NO_WIDTH = ("Mn", "Me", "Cf")
# What steers the direction of text, tags, soft hyphens, marks of the order of bytes: nothing of it is to be seen.
_UNSEEN = re.compile("[\xad\u180e\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")
_CLOSING = frozenset("、。，．：；！？」』）］｝】》〉”’ー々")
_WORDS = re.compile(r"(?:\S|[\xa0\u2007\u202f])+")

Spans = Sequence[tuple[int, int]]


def columns(text: str) -> int:
    """How many columns a terminal gives a text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """The text with a blank for each control character, so that nothing in it can steer the terminal."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(c) in _CONTROL else c for c in _UNSEEN.sub("", text))


def lines_of(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Where the lines of a text begin and end when none of them may be wider; white space at their ends left out."""
    start = end = used = 0
    for first, last in _units(text):
        wanted = columns(text[first:last])
        if end > start and used + columns(text[end:last]) <= width:
            used += columns(text[end:last])
            end = last
            continue
        if end > start:
            yield start, end
        while wanted > width:  # a word that is wider than a line
            cut = first + max(fitted(text[first:last], width), 1)
            yield first, cut
            first, wanted = cut, columns(text[cut:last])
        start, end, used = first, last, wanted
    if end > start:
        yield start, end


def _units(text: str) -> Iterator[tuple[int, int]]:
    """Where what is not to be parted begins and ends: words; of wide characters each, with what closes it."""
    for word in _WORDS.finditer(text):
        begin, end = word.span()
        if not word[0].isascii():
            for at in range(begin + 1, end):
                wide = _columns(text[at])
                if text[at] not in _CLOSING and (wide == 2 or (wide and _columns(text[begin]) == 2)):
                    yield begin, at
                    begin = at
        yield begin, end


def fitted(text: str, width: int) -> int:
    """How many characters of a text fit into so many columns."""
    if text.isascii():
        return min(len(text), max(width, 0))
    used = 0
    for at, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return at
    return len(text)


def tail(text: str, width: int) -> str:
    """The end of a text that fits into so many columns."""
    if text.isascii():
        return text[max(len(text) - width, 0) :]
    used = 0
    for at in range(len(text) - 1, -1, -1):
        used += _columns(text[at])
        if used > width:
            rest = text[at + 1 :]
            return rest.lstrip("".join(c for c in rest if not _columns(c)))  # no mark without its letter
    return text


def shortened(text: str, width: int) -> str:
    """A text, printable, cut to so many columns, with a mark of omission where it was."""
    text = printable(text)
    return text if columns(text) <= width else text[: fitted(text, width - 1)].rstrip() + "…"


def marked(text: str, start: int, end: int, spans: Spans, **style: bool) -> str:
    """A piece of a text, printable, with what matched in it made bold and red; the rest as `style` says."""
    shown, done = "", start
    for first, last in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            shown += _styled(text[done:first], **style) + click.style(printable(text[first:last]), fg="red", bold=True)
            done = last
    return shown + _styled(text[done:end], **style)


def _styled(text: str, **style: bool) -> str:
    return click.style(printable(text), **style) if style and text else printable(text)
