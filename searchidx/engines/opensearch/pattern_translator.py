r"""What a pattern may stand for, said as a regular expression of the cluster's: never less than it does.

The cluster lists the words that such an expression matches; each of them is tested here. So an expression that says too
much costs time, and none can change an answer. That of a wildcard says the same.

Of a regular expression, which is RE2's, each part is said as it is or as something that matches more: what looks at the
word around it as nothing, a class of letters that has no name in Lucene as any letter. What cannot be said so is any
word at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from whoosh import query as q

from searchidx.engines.reference.match import word_predicate
from searchidx.query import regexes

__all__ = ["ANY", "escaped", "expression", "is_whole", "tester"]

ANY = ".*"
_MOST_EDITED = 20
"""Longer words are not spelt out with all edits that there may be."""
_MOST_STARS = 20
"""A wildcard of more is said as far as so many: with each of them an automaton takes more work."""
_MOST_TIMES = 10
"""What is repeated more often is said to be repeated at will, for the same reason."""
_REGEX = re.compile(
    r"""(?P<group>\(\?:|\(|\))|(?P<either>\|)
    |(?P<times>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
    |(?P<class>\[(?:[^\W_](?:-[^\W_])?)+\])|(?P<other>\[(?!\^\])\^?(?:\\.|[^\]\\\[])+\])
    |(?P<around>[\^$]|\\[AzbB])|(?P<any>\.|\\[dDwWsS]|\\[pP](?:\{[^}]*\}|[A-Za-z]))
    |(?P<escape>\\[^\w])|(?P<letter>[^\\\[\]{}()*+?|^$.])""",
    re.VERBOSE,
)


def expression(pattern: Any) -> str:
    """An expression that matches each word which a pattern stands for."""
    if isinstance(pattern, q.Prefix):
        return escaped(pattern.text) + ANY
    if isinstance(pattern, q.Wildcard):
        return _wildcard(pattern.text if is_whole(pattern) else "*".join(pattern.text.split("*")[:_MOST_STARS]) + "*")
    if isinstance(pattern, q.FuzzyTerm):
        return _edited(pattern.text, int(pattern.maxdist), int(pattern.prefixlength))
    if isinstance(pattern, q.TermRange) and pattern.start and pattern.end:
        return escaped(_common(pattern.start, pattern.end)) + ANY
    if isinstance(pattern, q.Regex):
        return _regex(pattern.text)
    return ANY


def is_whole(pattern: Any) -> bool:
    """Whether the expression of a pattern matches nothing that it does not stand for."""
    return isinstance(pattern, q.Prefix) or (isinstance(pattern, q.Wildcard) and pattern.text.count("*") <= _MOST_STARS)


def tester(pattern: Any) -> Callable[[str], bool]:
    """Whether a pattern stands for a word, as `matching.word_predicate` says, in time linear in a wildcard."""
    if not isinstance(pattern, q.Wildcard):
        return word_predicate(pattern)
    compiled = regexes.compile_regex(_wildcard(pattern.text))
    return lambda word: compiled.fullmatch(word) is not None


def escaped(text: str) -> str:
    """An expression that matches a text and nothing else."""
    return "".join(char if char.isalnum() or char == "_" or not char.isascii() else f"\\{char}" for char in text)


def _wildcard(text: str) -> str:
    return "".join({"*": ANY, "?": "."}.get(char) or escaped(char) for char in text)


def _common(one: str, other: str) -> str:
    """What two words both begin with."""
    for at, (letter, another) in enumerate(zip(one, other)):
        if letter != another:
            return one[:at]
    return min(one, other, key=len)


def _edited(word: str, most: int, kept: int) -> str:
    """Words within so many edits of one, which begin as it does."""
    head, rest = escaped(word[:kept]), word[kept:]
    if most > 2 or len(word) > _MOST_EDITED:
        return f"{head}.{{{max(len(rest) - most, 0)},{len(rest) + most}}}"
    # An edit is a letter put in, left out or replaced: at a place there stands any letter, or none, for one or none.
    found = {tuple(rest)}
    for _ in range(most):
        found |= {edited for letters in found for edited in _once(letters)}
    return f"{head}({'|'.join(sorted(''.join(map(_letter, letters)) or '()' for letters in found))})"


def _once(letters: tuple[str, ...]) -> set[tuple[str, ...]]:
    inserted = {(*letters[:at], "", *letters[at:]) for at in range(len(letters) + 1)}
    return inserted | {(*letters[:at], "", *letters[at + 1 :]) for at in range(len(letters))}


def _letter(letter: str) -> str:
    return escaped(letter) if letter else ".?"


def _regex(pattern: str) -> str:
    """At least what a regular expression of RE2's matches."""
    found: list[str] = []
    at = 0
    while at < len(pattern):
        match = _REGEX.match(pattern, at)
        if match is None:
            return ANY
        kind, text = match.lastgroup, match.group()
        if kind == "times":
            if not found or found[-1] in ("(", "|", ""):
                return ANY
            text = text[:-1] if len(text) > 1 and text[-1] == "?" else text
            found.append("*" if max(map(int, re.findall(r"\d+", text)), default=0) > _MOST_TIMES else text)
        elif kind == "around":
            found.append("")
        elif kind in ("any", "other"):
            found.append(".")
        elif kind == "escape":
            found.append(escaped(text[1]))
        elif kind == "letter":
            found.append(escaped(text))
        elif kind == "class":
            found.append(text)
        else:
            found.append("(" if text == "(?:" else text)
        at = match.end()
    made = "".join(found)
    # An empty side of an alternative has a name of its own.
    return re.sub(r"(?<![\\])\((?=[|)])|(?<![\\])\|(?=[|)]|$)|^(?=\|)", lambda m: m.group() + "()", made) or "()"
