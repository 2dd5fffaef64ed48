r"""What a pattern may stand for, said as a regular expression of the cluster's: never less than it does.

The cluster lists the words that such an expression matches; `matching.word_test` decides each of them here. So an
expression that says too much costs time, and none can change an answer. Where the pattern is a wildcard it says the same.
"""

from __future__ import annotations

import os
from typing import Any

from whoosh import query as q

__all__ = ["ANY", "expression", "escaped"]

ANY = ".*"
_MOST_EDITED = 20
"""Longer words are not spelt out with all edits that there may be."""


def expression(pattern: Any) -> str:
    """An expression that matches each word which a pattern stands for."""
    if isinstance(pattern, q.Prefix):
        return escaped(pattern.text) + ANY
    if isinstance(pattern, q.Wildcard):
        return "".join({"*": ANY, "?": "."}.get(char) or escaped(char) for char in pattern.text)
    if isinstance(pattern, q.FuzzyTerm):
        return _edited(pattern.text, int(pattern.maxdist), int(pattern.prefixlength))
    if isinstance(pattern, q.TermRange) and pattern.start and pattern.end:
        return escaped(os.path.commonprefix([pattern.start, pattern.end])) + ANY
    if isinstance(pattern, q.Regex):
        return escaped(_literal(pattern.text)) + ANY
    return ANY


def escaped(text: str) -> str:
    """An expression that matches a text and nothing else."""
    return "".join(char if char.isalnum() else f"\\{char}" for char in text)


def _edited(word: str, most: int, kept: int) -> str:
    """Words within so many edits of one, which begin as it does."""
    head = escaped(word[:kept])
    if most > 2 or len(word) > _MOST_EDITED:
        least = max(len(word) - len(word[:kept]) - most, 0)
        return f"{head}.{{{least},{len(word) + most}}}"
    # An edit is a letter put in, left out or replaced: at a place there stands any letter, or none, for one or none.
    found = {tuple(word[kept:])}
    for _ in range(most):
        found |= {edited for letters in found for edited in _once(letters)}
    return f"{head}({'|'.join(sorted(''.join(map(_letter, letters)) for letters in found))})"


def _once(letters: tuple[str, ...]) -> set[tuple[str, ...]]:
    inserted = {(*letters[:at], "", *letters[at:]) for at in range(len(letters) + 1)}
    return inserted | {(*letters[:at], "", *letters[at + 1 :]) for at in range(len(letters))}


def _letter(letter: str) -> str:
    return escaped(letter) if letter else ".?"


def _literal(regex: str) -> str:
    """Letters that each match of a regular expression begins with."""
    if "|" in regex or "(?" in regex:
        return ""
    plain = 0
    while plain < len(regex) and regex[plain].isalnum():
        plain += 1
    if plain < len(regex) and regex[plain] in "*?{":
        plain -= 1
    return regex[: max(plain, 0)]
