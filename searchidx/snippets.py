"""The passage of an article that shows best why it is a hit."""

from __future__ import annotations

from typing import Any

from searchidx.article import Article
from searchidx.engines.matching import Document, marks, spans
from searchidx.hits import Snippet

__all__ = ["headline_of", "snippet_of"]

LENGTH = 240
"""Characters that a snippet has at most, the marks of omission aside."""
_MOST = 100
"""Matches that are counted in one passage: more tell nothing."""
_BEFORE = 60
"""Of those, how many stand before the first match where there is more text on either side."""


def headline_of(query: Any, article: Article) -> Snippet:
    """The whole headline, with what matched in it."""
    return Snippet(article.headline, tuple(spans(query, Document(article), "headline")))


def snippet_of(query: Any, article: Article) -> Snippet:
    """The passage of the body in which most different words of the query stand, or else its beginning.

    Paragraph ends become spaces; what is left out before and after is marked with `…`.
    """
    body = article.body
    document = Document(article)
    found = marks(query, document, "body")
    merged = spans(query, document, "body")
    start, end = _whole(_window(body, found), merged)
    text = body[start:end]
    start, text = start + len(text) - len(text.lstrip()), text.strip()
    end = start + len(text)
    shift = (2 if start else 0) - start
    inside = ((max(a, start), min(b, end)) for a, b in merged)
    shown = ("… " if start else "") + text.replace("\n", " ") + (" …" if body[end:].strip() else "")
    return Snippet(shown, tuple((a + shift, b + shift) for a, b in inside if a < b))


def _whole(window: tuple[int, int], merged: list[tuple[int, int]]) -> tuple[int, int]:
    """The window, made larger where it would cut a match in two, unless that is a very long one."""
    start, end = window
    for first, last in merged:
        if first < start < last and start - first < LENGTH:
            start = first
        if first < end < last:
            end = min(last, end + LENGTH)
    return start, end


def _window(body: str, found: list[tuple[int, int, int]]) -> tuple[int, int]:
    if not found or len(body) <= LENGTH:
        return 0, _word_end(body, LENGTH)
    best, first = (0, 0), 0
    stop = 0
    for n, (start, _, _) in enumerate(found):
        while stop < len(found) and found[stop][0] < start + LENGTH - _BEFORE:
            stop += 1
        inside = found[n : min(stop, n + _MOST)]
        value = (len({leaf for _, _, leaf in inside}), len(inside))
        if value > best:
            best, first = value, n
    begin = max(0, found[first][0] - _BEFORE)
    if begin:
        # Begin with a sentence or line where one begins nearby, else with a word.
        stops = [body.rfind(mark, begin, found[first][0]) for mark in (". ", "? ", "! ", ".” ", "\n")]
        if max(stops) >= 0:
            begin = body.find(" ", max(stops)) + 1 if body[max(stops)] != "\n" else max(stops) + 1
        else:
            space = body.find(" ", begin, found[first][0])
            begin = space + 1 if space >= 0 else found[first][0]
    return begin, _word_end(body, begin + LENGTH)


def _word_end(body: str, end: int) -> int:
    """Where to cut at or before `end`: after a word, or in the middle of a very long one."""
    if end >= len(body):
        return len(body)
    cut = max(body.rfind(" ", end - 40, end + 1), body.rfind("\n", end - 40, end + 1))
    return cut if cut > 0 else end
