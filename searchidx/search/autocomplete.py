"""Autocomplete: words, field values and headlines that complete a query while a person types it.

Each suggestion is a query that finds at least one article, with its number of articles. A search box asks at every
letter, so the work is bounded by the postings of a few words: queries with wildcards or proximity get no suggestions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from whoosh import query as q

from searchidx.engines.contract import Snapshot
from searchidx.folding import fold
from searchidx.query import QUOTES, Parsed
from searchidx.query.nodes import NODES, PATTERNS
from searchidx.query.traversal import children, is_text, leaves
from searchidx.schema import ALIASES
from searchidx.search.aggregations import FACETS, MAX_COMMON_SHARE
from searchidx.search.searcher import require_page

MAX_CANDIDATES = 25
"""The most words or values tried, those that most articles have first."""
MAX_HEADLINES = 50
"""The most hits searched for different headlines."""
MAX_LENGTH, MAX_WORDS = 500, 12
"""The most characters and words of a query that is completed; longer ones would be slow to search per candidate."""
_WORDS, _LAST_WORD = re.compile(r"\w+"), re.compile(r"\w+\Z")
_FIELD_VALUE = re.compile(r'(?P<name>\w+):"?(?P<prefix>[^":()]*)\Z')
_FIELDS = {name: field for name, field in ALIASES.items() if field in FACETS}
_ENDINGS = ("", '"', ")", '")', "))", '"))')
"""What may be missing at the end of a query that is still being typed."""
_UNQUOTED_VALUE = re.compile(r"[\w-]+")
_PHRASE_SYNTAX = re.compile(f"[{re.escape(QUOTES)}*?/~]")
"""Characters with a meaning inside a phrase."""


class Suggestion(NamedTuple):
    """A completion of a query.

    Attributes:
        query: the completed query, which replaces the typed one.
        articles: how many articles it finds.
        kind: "word", "value" or "headline": what completes it.
        text: the word, value or headline.
        id: the id of the headline's article; None for other kinds.
    """

    query: str
    articles: int
    kind: str
    text: str
    id: str | None = None


def suggest(snapshot: Snapshot, typed: str, limit: int, parse: Callable[[str], Parsed]) -> list[Suggestion]:
    """Complete the last word of a query or the value of a field; then suggest headlines.

    `parse` turns a query text into a tree for the snapshot.
    Suggestions that most articles have come first. Headlines get up to a third of the `limit`.
    """
    require_page(limit)
    if len(typed) > MAX_LENGTH or len(_WORDS.findall(typed)) > MAX_WORDS:
        return []
    completer = _Completer(snapshot, parse)
    value, word = _FIELD_VALUE.search(typed), _LAST_WORD.search(typed)
    if value is not None and value["name"].lower() in _FIELDS:
        values = completer.suggest_values(typed[: value.start()], value["name"], fold(value["prefix"]))
        if values:  # else the text after a blank begins the next word: `source:gazette nat`
            return values[:limit]
    if word is None:
        return list(islice(completer.suggest_headlines(typed), limit))
    before, prefix = typed[: word.start()], fold(word[0])
    candidates = completer.complete_word(prefix)
    other_words = {each: is_common for each, is_common in candidates.items() if fold(each) != prefix}
    words = completer.suggest_words(before, other_words)
    alternatives = " OR ".join((prefix, *map(fold, candidates)))
    headlines = list(islice(completer.suggest_headlines(f"{before}({alternatives})"), limit))
    words = words[: max(limit - len(headlines), limit - limit // 3)]
    return [*words, *headlines[: limit - len(words)]]


class _Completer:
    """Completes queries from the words, values and headlines of one snapshot."""

    def __init__(self, snapshot: Snapshot, parse: Callable[[str], Parsed]) -> None:
        self._snapshot = snapshot
        self._parse_text = parse

    def complete_word(self, prefix: str) -> dict[str, bool]:
        """Return the words with a prefix, those of most articles first, and whether each is too common to be useful."""
        max_articles = len(self._snapshot) * MAX_COMMON_SHARE
        return {word: articles > max_articles for word, articles in self._snapshot.completions(prefix, MAX_CANDIDATES)}

    def suggest_words(self, before: str, words: dict[str, bool]) -> list[Suggestion]:
        """Complete the query with each word; common words come last."""
        suggestions = [each for word in words if (each := self._complete(before, word, "word", word)) is not None]
        return sorted(suggestions, key=lambda each: (words[each.text], -each.articles))

    def suggest_values(self, before: str, name: str, prefix: str) -> list[Suggestion]:
        """Complete the query with the values of a field that have a word with the prefix."""
        tree = self._parse(before)
        facet = self._snapshot.facet(q.Every() if tree is None else tree, _FIELDS[name.lower()])
        values = [value for value in facet.values if f" {prefix}" in f" {fold(value)}"]
        values.sort(key=lambda value: (-facet.values[value][0], value))
        suggestions = []
        for value in values[:MAX_CANDIDATES]:
            term = value if _UNQUOTED_VALUE.fullmatch(value) else f'"{_PHRASE_SYNTAX.sub(" ", value)}"'
            suggestions.append(self._complete(f"{before}{name}:", term, "value", value))
        return sorted(filter(None, suggestions), key=lambda each: -each.articles)

    def suggest_headlines(self, typed: str) -> Iterator[Suggestion]:
        """Iterate over the different headlines that match all of a query."""
        tree = self._parse(f"headline:({typed})")
        if tree is None or not all(map(is_text, leaves(tree))):
            return
        seen = set()
        docs = self._snapshot.search(tree, limit=MAX_HEADLINES).docs
        for doc, headline in zip(docs, self._snapshot.headlines(docs), strict=True):
            phrase = _PHRASE_SYNTAX.sub(" ", headline)
            if fold(phrase) not in seen:
                seen.add(fold(phrase))
                suggestion = self._complete("headline:", f'"{phrase}"', "headline", headline)
                if suggestion is not None:
                    yield suggestion._replace(id=self._snapshot.id(doc))

    def _complete(self, before: str, term: str, kind: str, text: str) -> Suggestion | None:
        """Append a term to a query and close its brackets and quotes; None if it finds no article."""
        for ending in _ENDINGS:
            query = before + term + ending
            tree = self._parse(query)
            if tree is not None:
                articles = self._snapshot.search(q.ConstantScoreQuery(tree, 0.0), limit=0).total
                return Suggestion(query, articles, kind, text) if articles else None
        return None

    def _parse(self, query: str) -> Any:
        """Return the tree of a query; None for an invalid or a slow one."""
        tree = self._parse_text(query).query
        return tree if tree is not None and _is_quick(tree) else None


def _is_quick(node: Any) -> bool:
    """Whether a tree has neither patterns nor proximity."""
    parts = children(node)
    return not isinstance(node, (*PATTERNS, *NODES)) if parts is None else all(map(_is_quick, parts))
