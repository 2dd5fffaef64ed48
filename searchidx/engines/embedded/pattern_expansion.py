"""The words that a pattern stands for: a scan of the vocabulary, and its bound.

A vocabulary is read as one piece of bytes, and each kind of pattern looks at it in the way that is fast for it, in time
linear in it. What a pattern begins with, where it begins with letters, narrows it to a range first.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh import query as q

from searchidx.engines import query_limits, timeout
from searchidx.engines.embedded.segment import Segment, Spec, Strings
from searchidx.engines.reference.match import word_predicate
from searchidx.query import regexes
from searchidx.schema import FIELDS, FieldKind, Level, split_level

if TYPE_CHECKING:
    from searchidx.engines.embedded.term_postings import Part

__all__ = ["expand", "matching", "spec_of", "spellings"]

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

_EDITS_AT_ONCE = 1 << 14
"""So many words are compared letter by letter at a time, which fit a processor's cache."""


class _Vocabulary(NamedTuple):
    """The words of one field in one segment.

    Attributes:
        names: strings that hold them.
        within: which of those.
        before: what they share and the words do not have.
        ordered: whether they ascend.
    """

    names: Strings
    within: range
    before: str = ""
    ordered: bool = True


def expand(query: Any, parts: Sequence[Part]) -> list[list[int]]:
    """The numbers, in the vocabulary of each part, of the words that a pattern stands for, deleted ones included.

    Raises `QueryError` where the live ones are too many, in all parts together.
    """
    vocabularies = [_vocabulary(query.fieldname, part.segment) for part in parts]
    found = [matching(query, *vocabulary) for vocabulary in vocabularies]
    if sum(map(len, found)) > query_limits.MAX_EXPANSION:
        _live_words(query, parts, vocabularies, found)
    return found


def spellings(query: Any, parts: Sequence[Part]) -> list[str]:
    """The live words that a pattern stands for, ascending; raises `QueryError` where they are too many."""
    if split_level(query.fieldname)[0] not in FIELDS:
        return []
    vocabularies = [_vocabulary(query.fieldname, part.segment) for part in parts]
    found = [matching(query, *vocabulary) for vocabulary in vocabularies]
    return sorted(word.decode() for word in _live_words(query, parts, vocabularies, found))


def _live_words(
    query: Any, parts: Sequence[Part], vocabularies: Sequence[_Vocabulary], found: Sequence[Sequence[int]]
) -> set[bytes]:
    words: set[bytes] = set()
    for part, vocabulary, numbers in zip(parts, vocabularies, found, strict=True):
        skip = len(vocabulary.before)
        words.update(vocabulary.names.raw(n)[skip:] for n in _live(numbers, query.fieldname, part))
        if len(words) > query_limits.MAX_EXPANSION:
            raise query_limits.too_broad(query)
    return words


def _vocabulary(fieldname: str, segment: Segment) -> _Vocabulary:
    field, level = split_level(fieldname)
    if FIELDS[field].kind is not FieldKind.TEXT:
        before = f"{field}\x1f"
        return _Vocabulary(segment.meta_classes, segment.meta_classes.prefix(before), before)
    names = {Level.STEM: segment.classes, Level.FOLDED: segment.folded, Level.PRINTED: segment.forms}[level]
    return _Vocabulary(names, range(len(names)), ordered=level is not Level.PRINTED)


def _live(numbers: Sequence[int], fieldname: str, part: Part) -> Sequence[int]:
    """Those of some words that stand in a live document."""
    if part.live is None:
        return numbers
    segment = part.segment
    field, level = split_level(fieldname)
    if FIELDS[field].kind is not FieldKind.TEXT:
        meta = segment.meta
        return [n for n in numbers if part.live[meta.docs(*meta.postings(n))].any()]
    if level is Level.PRINTED:
        return [n for n in numbers if part.live_forms[n] < part.live_forms[n + 1]]
    found = []
    for n in numbers:
        first, stop = segment.form_range(n) if level is Level.STEM else segment.folded_forms(n)
        if part.live_forms[first] < part.live_forms[stop]:
            found.append(n)
    return found


def spec_of(number: int, level: Level, segment: Segment) -> Spec:
    """Which occurrences a word of a text's vocabulary means."""
    if level is Level.STEM:
        return segment.text.spec(number)
    if level is Level.FOLDED:
        return segment.folded_spec(number)
    owner = bisect_right(segment.form_ends, number)
    return Spec(owner, number + 1, number + 2, segment.form_range(owner) == (number, number + 1))


# -- the scan ----------------------------------------------------------------------------------------------------


def matching(query: Any, names: Strings, within: range, before: str = "", ordered: bool = True) -> list[int]:
    """The numbers of the strings among `within` that a pattern matches, ascending.

    `before` is a prefix that they share and the pattern does not have; where they are not `ordered`, none is narrowed.
    """
    timeout.check(query)
    literal, skip = _literal(query), len(before)
    if literal and ordered:
        found = names.prefix(before + literal)
        within = range(max(within.start, found.start), max(min(within.stop, found.stop), within.start, found.start))
        if isinstance(query, q.Prefix):
            return list(within)
    first = within.start
    if isinstance(query, q.FuzzyTerm):
        near = _near(query.text, query.maxdist, names, within, skip)
        return [n for n in near if names[n][skip:][: query.prefixlength] == literal] if query.prefixlength else near
    words = [word[skip:] for word in names.listed(first, within.stop)]
    if isinstance(query, q.Regex):
        matches = regexes.compile_regex(query.text).fullmatch
        return [n for n, word in enumerate(words, first) if matches(word)]
    test = _wildcard(query.text) if isinstance(query, q.Wildcard) else word_predicate(query)
    return [n for n, word in enumerate(words, first) if test(word.decode())]


def _literal(query: Any) -> str:
    """What every match of a pattern begins with, as far as is plain."""
    found = ""
    if isinstance(query, q.Prefix):
        found = query.text
    elif isinstance(query, q.Wildcard):
        found = re.split(r"[*?]", query.text, maxsplit=1)[0]
    elif isinstance(query, q.FuzzyTerm):
        found = query.text[: query.prefixlength]
    elif isinstance(query, q.Regex) and "|" not in query.text and "(?" not in query.text:
        begins = re.match(r"(\w*?)(?=\w?[*?{+]|\W|\Z)", query.text)
        found = begins[1] if begins else ""
    return found


@lru_cache(maxsize=256)
def _wildcard(pattern: str) -> Callable[[str], Any]:
    parts = ["".join("." if c == "?" else re.escape(c) for c in piece) for piece in re.split(r"\*+", pattern)]
    # Atomic groups: each piece takes its first place, so no pattern backtracks into another (Python 3.11).
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
    if len(parts) == 1:
        return re.compile(parts[0], re.DOTALL).fullmatch
    tail = parts[-1]
    return re.compile(f"{parts[0]}{middle}.*{tail}", re.DOTALL).fullmatch


def _near(text: str, most: int, names: Strings, within: range, skip: int) -> list[int]:
    """The numbers of the words that are at most so many insertions, deletions and substitutions away."""
    letters, ends = names.letters(within.start, within.stop)
    wanted = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), "<u4")
    begins = np.concatenate([[0], ends[:-1]]) + skip
    lengths = ends - begins
    found: list[Array] = []
    for length in range(max(len(wanted) - most, 0), len(wanted) + most + 1):
        here = (lengths == length).nonzero()[0]
        for at in range(0, len(here), _EDITS_AT_ONCE):
            some = here[at : at + _EDITS_AT_ONCE]
            words = letters.take(begins.take(some)[:, None] + np.arange(length))
            found.append(some.compress(_edits(wanted, words, most) <= most))
    near = np.sort(np.concatenate(found)) if found else np.zeros(0, np.intp)
    return list((near + within.start).tolist())


def _edits(wanted: Array, words: Array, most: int) -> Array:
    """The distance of each of some words of one length, a row each, from the one wanted; exact up to `most`.

    The table of Wagner and Fischer, a column of it for all words at once, and of it the band about the diagonal that
    holds what is not too far.
    """
    count, length = words.shape
    far = np.full(count, most + 1, np.uint8)
    row = [np.full(count, j, np.uint8) if j <= most else far for j in range(length + 1)]
    columns = np.ascontiguousarray(words.T)
    for i, letter in enumerate(wanted, 1):
        above, low, high = row, max(i - most, 0), min(i + most, length)
        row = [far] * (length + 1)
        for j in range(low, high + 1):
            if j == 0:
                row[j] = np.full(count, i, np.uint8)
                continue
            best = above[j - 1] + (columns[j - 1] != letter)
            np.minimum(best, np.minimum(above[j], row[j - 1]) + np.uint8(1), out=best)
            row[j] = np.minimum(best, far)
    return row[length]
