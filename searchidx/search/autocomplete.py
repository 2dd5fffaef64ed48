"""What a box offers while somebody types a query: words, values of a field, headlines.

Each suggestion is a query that finds one article at least, and says how many. A box asks at every letter, so nothing is
counted whose work is not bounded by the lists of a few words: nothing is added to a query with wildcards, or with words
near each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from whoosh import query as q

from searchidx.analysis import fold
from searchidx.engines.contract import Snapshot
from searchidx.query import QUOTES, parse
from searchidx.query.nodes import NODES, PATTERNS
from searchidx.query.traversal import children, is_text, leaves
from searchidx.schema import ALIASES
from searchidx.search.aggregations import FACETS
from searchidx.search.aggregator import COMMON
from searchidx.search.searcher import require_page

__all__ = ["Suggestion", "suggest"]

CANDIDATES = 25
"""So many words or values that begin so are tried: those that most articles have."""
HEADLINES = 50
"""Among so many headlines different ones are looked for."""
LONGEST, MOST = 500, 12
"""Characters and words: who types more needs no help, and looking at all of it for each candidate would take long."""
_WORDS, _WORD = re.compile(r"\w+"), re.compile(r"\w+\Z")
_VALUE = re.compile(r'(?P<name>\w+):"?(?P<begun>[^":()]*)\Z')
_FIELDS = {name: field for name, field in ALIASES.items() if field in FACETS}
_ENDINGS = ("", '"', ")", '")', "))", '"))')
"""What may be missing at the end of a query that somebody is still typing."""
_IN_ONE_WORD = re.compile(r"[\w-]+")
_IN_PHRASES = re.compile(f"[{re.escape(QUOTES)}*?/~]")
"""What means something within a phrase."""


class Suggestion(NamedTuple):
    """What somebody who types may mean.

    Attributes:
        query: what to put in the place of what was typed.
        articles: how many articles it finds.
        kind: "word", "value" or "headline": what was added; `text` is that.
        id: of a headline its article; else None.
    """

    query: str
    articles: int
    kind: str
    text: str
    id: str | None = None


def suggest(snapshot: Snapshot, typed: str, limit: int, today: dt.date | None) -> list[Suggestion]:
    """What may be meant by what was typed: its last word completed, or the value of a field; then headlines.

    What most articles have comes first. A third is left for headlines where there are so many.
    """
    require_page(limit)
    if len(typed) > LONGEST or len(_WORDS.findall(typed)) > MOST:
        return []
    box = _Box(snapshot, today)
    value, word = _VALUE.search(typed), _WORD.search(typed)
    if value is not None and value["name"].lower() in _FIELDS:
        values = box.values(typed[: value.start()], value["name"], fold(value["begun"]))
        if values:  # else what comes after a blank is the next word: `source:gazette nat`
            return values[:limit]
    if word is None:
        return list(islice(box.headlines(typed), limit))
    before = typed[: word.start()]
    begun = box.begun(fold(word[0]))
    words = box.words(before, {each: common for each, common in begun.items() if fold(each) != fold(word[0])})
    any_of_them = " OR ".join(map(fold, (word[0], *begun)))
    headlines = list(islice(box.headlines(f"{before}({any_of_them})"), limit))
    words = words[: max(limit - len(headlines), limit - limit // 3)]
    return [*words, *headlines[: limit - len(words)]]


class _Box:
    """What one snapshot has to add to a query."""

    def __init__(self, snapshot: Snapshot, today: dt.date | None) -> None:
        self._snapshot = snapshot
        self._today = today

    def begun(self, beginning: str) -> dict[str, bool]:
        """The words that most articles have of those that begin so, and whether they are too common to tell much."""
        common = len(self._snapshot) * COMMON
        return {word: articles > common for word, articles in self._snapshot.completions(beginning, CANDIDATES)}

    def words(self, before: str, words: dict[str, bool]) -> list[Suggestion]:
        """The query with each of some words after it; the common ones last."""
        found = [each for word in words if (each := self._completed(before, word, "word", word)) is not None]
        return sorted(found, key=lambda each: (words[each.text], -each.articles))

    def values(self, before: str, name: str, beginning: str) -> list[Suggestion]:
        """The query with those values of a field after it of which a word begins so."""
        tree = self._read(before)
        facet = self._snapshot.facet(q.Every() if tree is None else tree, _FIELDS[name.lower()])
        begun = [value for value in facet.values if f" {beginning}" in f" {fold(value)}"]
        begun.sort(key=lambda value: (-facet.values[value][0], value))
        found = []
        for value in begun[:CANDIDATES]:
            written = value if _IN_ONE_WORD.fullmatch(value) else f'"{_IN_PHRASES.sub(" ", value)}"'
            found.append(self._completed(f"{before}{name}:", written, "value", value))
        return sorted(filter(None, found), key=lambda each: -each.articles)

    def headlines(self, typed: str) -> Iterator[Suggestion]:
        """The headlines with all that was typed, each once."""
        tree = self._read(f"headline:({typed})")
        if tree is None or not all(map(is_text, leaves(tree))):
            return
        seen = set()
        docs = self._snapshot.search(tree, limit=HEADLINES).docs
        for doc, headline in zip(docs, self._snapshot.headlines(docs), strict=True):
            written = _IN_PHRASES.sub(" ", headline)
            if fold(written) not in seen:
                seen.add(fold(written))
                found = self._completed("headline:", f'"{written}"', "headline", headline)
                if found is not None:
                    yield found._replace(id=self._snapshot.id(doc))

    def _completed(self, before: str, written: str, kind: str, text: str) -> Suggestion | None:
        """A query completed, where it finds any article; its brackets and quotes are closed."""
        for ending in _ENDINGS:
            query = before + written + ending
            tree = self._read(query)
            if tree is not None:
                articles = self._snapshot.search(q.ConstantScoreQuery(tree, 0.0), limit=0).total
                return Suggestion(query, articles, kind, text) if articles else None
        return None

    def _read(self, query: str) -> Any:
        """The tree of a query; None where there is none, or none that is quick to answer."""
        tree = parse(query, today=self._today).query
        return tree if tree is not None and _is_quick(tree) else None


def _is_quick(node: Any) -> bool:
    """Whether no word of a tree stands for others, or has to stand near one."""
    parts = children(node)
    return not isinstance(node, (*PATTERNS, *NODES)) if parts is None else all(map(_is_quick, parts))
