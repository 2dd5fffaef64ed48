"""Patterns over a vocabulary: the strings that wildcards, regular expressions, ranges and fuzzy words stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from whoosh import query as q

from searchidx.engines.embedded.segment import Strings

__all__ = ["expand", "pattern_of"]


def expand(
    query: Any, names: Strings, within: range, before: str = "", ordered: bool = True
) -> Iterator[tuple[int, str]]:
    """The strings among `within` that a pattern matches; `before` is a prefix that they share and it does not have."""
    literal, test = pattern_of(query)
    if literal and ordered:
        found = names.prefix(before + literal)
        within = range(max(within.start, found.start), min(within.stop, found.stop))
    skip = len(before)
    for number in within:
        name = names[number]
        if (literal == "" or name.startswith(literal, skip)) and (test is None or test(name[skip:])):
            yield number, name


def pattern_of(query: Any) -> tuple[str, Callable[[str], Any] | None]:
    """What every match of a pattern begins with, and the rest of the test (None: there is none)."""
    kind = type(query)
    if kind is q.Prefix:
        return query.text, None
    if kind is q.Wildcard:
        literal = re.match(r"[^*?\[\]]*", query.text)
        return (literal.group() if literal else ""), _wildcard(query.text)
    if kind is q.Regex:
        return "", re.compile(query.text).fullmatch
    if kind is q.FuzzyTerm:
        prefix = query.text[: query.prefixlength]
        return (
            prefix,
            lambda name: name[: query.prefixlength] == prefix and within_edits(query.text, name, query.maxdist),
        )
    if kind is q.TermRange:
        return "", _between(query)
    raise TypeError(f"no engine evaluates {kind.__name__}")


@lru_cache(maxsize=256)
def _wildcard(pattern: str) -> Callable[[str], Any]:
    parts = ["".join("." if c == "?" else re.escape(c) for c in piece) for piece in re.split(r"\*+", pattern)]
    # Atomic groups: each piece takes its first place, so no pattern backtracks into another (Python 3.11).
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
    if len(parts) == 1:
        return re.compile(parts[0], re.DOTALL).fullmatch
    tail = parts[-1]
    return re.compile(f"{parts[0]}{middle}.*{tail}", re.DOTALL).fullmatch


def _between(query: Any) -> Callable[[str], bool]:
    def test(name: str) -> bool:
        if query.start is not None and (name < query.start or (query.startexcl and name == query.start)):
            return False
        return query.end is None or name < query.end or (not query.endexcl and name == query.end)

    return test


def within_edits(a: str, b: str, most: int) -> bool:
    """Whether one becomes the other by at most so many insertions, deletions and substitutions."""
    if abs(len(a) - len(b)) > most:
        return False
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
        if min(row) > most:
            return False
    return row[-1] <= most
