r"""Patterns as queries of the cluster, and as Lucene regular expressions.

A regular expression here matches at least the words that the pattern matches. `is_same_language` tells whether it
matches no others: for prefixes, wildcards, fuzzy words, and regular expressions that both languages read alike. Such a
pattern may become one query of Lucene's (`pattern_query`). For any other pattern the cluster lists the words that the
expression matches, and each word is then tested here. So an expression that matches too much costs time and never
changes an answer.

Of a regular expression (RE2 syntax) each part is translated to an equal or looser expression. An assertion such as
`\b` becomes nothing, and a character class without a counterpart becomes any character. If that is impossible, the
expression matches any word.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from whoosh import query as q

from searchidx.engines.opensearch.query_dsl import DslQuery
from searchidx.engines.reference.match import word_predicate
from searchidx.query import regexes

ANY_WORD = ".*"
_MAX_EDITED_LENGTH = 20
"""Maximum length of a fuzzy term whose edits are enumerated."""
_MAX_STARS = 20
"""Stars of a wildcard that are translated: each one makes the automaton larger."""
_MAX_REPEATS = 10
"""A repetition with a greater bound becomes unbounded, for the same reason."""
_REGEX = re.compile(
    r"""(?P<group>\(\?:|\(|\))|(?P<either>\|)
    |(?P<times>(?:[*+?]|\{\d+(?:,\d*)?\})\??)
    |(?P<class>\[(?:[^\W_](?:-[^\W_])?)+\])|(?P<other>\[(?!\^\])\^?(?:\\.|[^\]\\\[])+\])
    |(?P<assertion>[\^$]|\\[AzbB])|(?P<any>\.|\\[dDwWsS]|\\[pP](?:\{[^}]*\}|[A-Za-z]))
    |(?P<escape>\\[^\w])|(?P<letter>[^\\\[\]{}()*+?|^$.])""",
    re.VERBOSE,
)


_MAX_CACHED_WORDS = 500_000
"""Words of all cached expansions."""
_MAX_CACHED_PATTERNS = 10_000


class ExpansionCache:
    """The words that patterns match in a snapshot, each pattern expanded once. Threads share it."""

    def __init__(
        self,
        expand: Callable[[q.Query], Sequence[str]],
        is_narrow: Callable[[q.Query], bool],
        has_truncated_words: Callable[[], bool],
    ) -> None:
        """Take what asks the index.

        Args:
            expand: lists the words of a pattern.
            is_narrow: tells whether `pattern_query` can stand for a pattern.
            has_truncated_words: tells whether the index holds any word in part.
        """
        self._expand = expand
        self._is_narrow = is_narrow
        self.has_truncated_words = has_truncated_words
        self._lock = threading.Lock()
        self._expansions: OrderedDict[tuple[object, ...], Sequence[str]] = OrderedDict()
        self._size = 0
        self._narrow: OrderedDict[tuple[object, ...], bool] = OrderedDict()

    def words(self, pattern: q.Query) -> Sequence[str]:
        """The words that a pattern matches; raises as `Snapshot.expand` does."""
        key = _key(pattern)
        with self._lock:
            found = self._expansions.get(key)
            if found is not None:
                self._expansions.move_to_end(key)
                return found
        found = self._expand(pattern)
        with self._lock:
            if key not in self._expansions:
                self._expansions[key] = found
                self._size += len(found)
            while self._size > _MAX_CACHED_WORDS:
                self._size -= len(self._expansions.popitem(last=False)[1])
        return found

    def is_narrow(self, pattern: q.Query) -> bool:
        """Whether `pattern_query` finds exactly the articles with a word of a pattern, which has few enough words."""
        key = _key(pattern)
        with self._lock:
            found = self._narrow.get(key)
        if found is None:
            found = self._is_narrow(pattern)
            with self._lock:
                self._narrow[key] = found
                while len(self._narrow) > _MAX_CACHED_PATTERNS:
                    self._narrow.popitem(last=False)
        return found

    def check(self, pattern: q.Query) -> None:
        """Raise as `Snapshot.expand` does for a pattern with too many words."""
        if not self.is_narrow(pattern):
            self.words(pattern)


def _key(pattern: q.Query) -> tuple[object, ...]:
    names = ("fieldname", "text", "start", "end", "startexcl", "endexcl", "maxdist", "prefixlength")
    return type(pattern), *(getattr(pattern, name, None) for name in names)


def pattern_query(field: str, pattern: q.Query, rewrite: str = "constant_score") -> DslQuery:
    """Find the articles with a word of a field of the mapping that `lucene_regexp` matches; the cluster expands it.

    With the rewrite `constant_score_boolean` it fails if a shard has more than 1,024 such words.
    """
    if isinstance(pattern, q.Prefix):
        return {"prefix": {field: {"value": pattern.text, "rewrite": rewrite}}}
    return {"regexp": {field: {"value": lucene_regexp(pattern), "rewrite": rewrite}}}


def lucene_regexp(pattern: q.Query) -> str:
    """A Lucene regular expression that matches each word that a pattern matches."""
    if isinstance(pattern, q.Prefix):
        return escape(pattern.text) + ANY_WORD
    if isinstance(pattern, q.Wildcard):
        if is_same_language(pattern):
            return _wildcard(pattern.text)
        return _wildcard("*".join(pattern.text.split("*")[:_MAX_STARS]) + "*")
    if isinstance(pattern, q.FuzzyTerm):
        return _fuzzy(pattern.text, int(pattern.maxdist), int(pattern.prefixlength))
    if isinstance(pattern, q.TermRange) and pattern.start and pattern.end:
        return escape(_common_prefix(pattern.start, pattern.end)) + ANY_WORD
    if isinstance(pattern, q.Regex):
        return _regex(pattern.text)[0]
    return ANY_WORD


def is_same_language(pattern: q.Query) -> bool:
    """Whether `lucene_regexp` matches exactly the words that the pattern matches; words have no line breaks."""
    if isinstance(pattern, q.Wildcard):
        return pattern.text.count("*") <= _MAX_STARS
    if isinstance(pattern, q.FuzzyTerm):
        return _is_enumerated(pattern.text, int(pattern.maxdist)) and pattern.prefixlength <= len(pattern.text)
    if isinstance(pattern, q.Regex):
        return _regex(pattern.text)[1]
    return isinstance(pattern, q.Prefix)


def pattern_predicate(pattern: q.Query) -> Callable[[str], bool]:
    """The test of `match.word_predicate`, but for wildcards in linear time by RE2."""
    if not isinstance(pattern, q.Wildcard):
        return word_predicate(pattern)
    compiled = regexes.compile_regex(_wildcard(pattern.text))
    return lambda word: compiled.fullmatch(word) is not None


def escape(text: str) -> str:
    """An expression that matches a text and nothing else."""
    return "".join(char if char.isalnum() or char == "_" or not char.isascii() else f"\\{char}" for char in text)


def _wildcard(text: str) -> str:
    return "".join({"*": ANY_WORD, "?": "."}.get(char) or escape(char) for char in text)


def _common_prefix(one: str, other: str) -> str:
    for at, (letter, another) in enumerate(zip(one, other)):
        if letter != another:
            return one[:at]
    return min(one, other, key=len)


def _fuzzy(word: str, max_edits: int, prefix_length: int) -> str:
    """Words with the same prefix, within a number of edits of the rest."""
    head, rest = escape(word[:prefix_length]), word[prefix_length:]
    if not _is_enumerated(word, max_edits):
        return f"{head}.{{{max(len(rest) - max_edits, 0)},{len(rest) + max_edits}}}"
    # An edit inserts, deletes or replaces a letter. The item "" becomes `.?`: any letter, or none.
    variants = {tuple(rest)}
    for _ in range(max_edits):
        variants |= {edited for letters in variants for edited in _edit_once(letters)}
    return f"{head}({'|'.join(sorted(''.join(map(_letter, letters)) or '()' for letters in variants))})"


def _is_enumerated(word: str, max_edits: int) -> bool:
    """Whether the edits of a fuzzy word are few enough to be enumerated."""
    return max_edits <= 2 and len(word) <= _MAX_EDITED_LENGTH


def _edit_once(letters: tuple[str, ...]) -> set[tuple[str, ...]]:
    inserted = {(*letters[:at], "", *letters[at:]) for at in range(len(letters) + 1)}
    return inserted | {(*letters[:at], "", *letters[at + 1 :]) for at in range(len(letters))}


def _letter(letter: str) -> str:
    return escape(letter) if letter else ".?"


def _regex(pattern: str) -> tuple[str, bool]:
    """The Lucene expression of a regular expression, and whether both match the same words."""
    parts: list[str] = []
    at = 0
    is_exact = True
    while at < len(pattern):
        match = _REGEX.match(pattern, at)
        if match is None:
            return ANY_WORD, False
        kind, text = match.lastgroup, match.group()
        if kind == "times":
            if not parts or parts[-1] in ("(", "|", ""):
                return ANY_WORD, False
            text = text[:-1] if len(text) > 1 and text[-1] == "?" else text
            is_looser = max(map(int, re.findall(r"\d+", text)), default=0) > _MAX_REPEATS
            is_exact = is_exact and not is_looser
            parts.append("*" if is_looser else text)
        elif kind == "assertion":
            is_exact = False
            parts.append("")
        elif kind in ("any", "other"):
            is_exact = is_exact and text == "."
            parts.append(".")
        elif kind == "escape":
            parts.append(escape(text[1]))
        elif kind == "letter":
            parts.append(escape(text))
        elif kind == "class":
            parts.append(text)
        else:
            parts.append("(" if text == "(?:" else text)
        at = match.end()
    # Lucene writes an empty alternative as `()`.
    empty_alternative = r"(?<![\\])\((?=[|)])|(?<![\\])\|(?=[|)]|$)|^(?=\|)"
    return re.sub(empty_alternative, lambda match: match.group() + "()", "".join(parts)) or "()", is_exact
