"""Example queries for the first page, made from the headlines of an archive, so that each of them finds something."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from searchidx.archive import Archive

_MIN_LENGTH, _MAX_LENGTH = 4, 14
"""Letters of a word. Shorter ones are mostly `and` or `with`, longer ones are sentences without spaces."""
_MAX_SHARE = 0.25
"""A word that more of the articles have says nothing about the archive."""
_MAX_DISTANCE = 5
"""Words between two words of one headline for the example of proximity."""
_WORD = re.compile(r"[^\W\d_]+")


def example_queries(archive: Archive, headlines: Iterable[str], last_day: dt.date | None) -> list[str]:
    """Return a word, a phrase, a word of a headline, two near words and the last month, as far as each has hits."""
    titles = [_WORD.findall(each) for each in headlines]
    counts = {word: _count(archive, word.lower()) for words in titles for word in words if _is_telling(word)}
    common = {word: count for word, count in counts.items() if 0 < count <= max(_MAX_SHARE * len(archive), 1)}
    ranked = sorted(common, key=lambda word: -common[word])
    phrases = [f'"{_lower_capitals(one)} {_lower_capitals(other)}"' for one, other in _pairs(titles, common, 1)]
    near = (f"{one.lower()} w/{_MAX_DISTANCE} {other.lower()}" for one, other in _pairs(titles, common, _MAX_DISTANCE))
    examples = [
        *(word.lower() for word in ranked[:1]),
        *_finding(archive, sorted(phrases, key=lambda text: -_count(archive, text))),
        *_finding(archive, (f"headline:{word.lower()}" for word in ranked[1:])),
        *_finding(archive, near),
    ]
    return examples if last_day is None else [*examples, f"date:{last_day:%Y-%m}"]


def _is_telling(word: str) -> bool:
    return _MIN_LENGTH <= len(word) <= _MAX_LENGTH


def _lower_capitals(word: str) -> str:
    """Return a word of a headline that is set in capitals in lower case, and any other as it is."""
    return word.lower() if word.isupper() else word


def _pairs(titles: Iterable[list[str]], words: Iterable[str], distance: int) -> Iterator[tuple[str, str]]:
    """Iterate over pairs of these words that follow each other in a headline; beyond 1, that are not neighbours."""
    known = set(words)
    for title in titles:
        if distance == 1:
            yield from (pair for pair in pairwise(title) if known.issuperset(pair))
        else:
            yield from (
                (title[one], title[other])
                for one, other in combinations(range(len(title)), 2)
                if 1 < other - one <= distance and {title[one], title[other]} <= known and title[one] != title[other]
            )


def _finding(archive: Archive, queries: Iterable[str]) -> list[str]:
    """Return the first query that finds an article, as a list of at most one."""
    return next(([each] for each in queries if _count(archive, each)), [])


def _count(archive: Archive, query: str) -> int:
    return archive.search(query, limit=0).total
