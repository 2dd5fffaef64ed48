"""Expand a pattern to the words it matches, by a scan linear in the vocabulary.

The vocabulary is scanned as one byte string. A literal prefix of the pattern narrows it to a range. Edit distances are
computed for 16,384 words at once, as columns of the table of Wagner and Fischer (`_edit_distances`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from whoosh import query as q

from searchidx.engines import query_limits
from searchidx.engines.budget import spend
from searchidx.engines.embedded.array_types import Array, Ints
from searchidx.engines.embedded.inverted_index import FormRange
from searchidx.engines.embedded.segment import Segment
from searchidx.engines.embedded.segment_view import SegmentView
from searchidx.engines.embedded.string_array import StringArray
from searchidx.engines.reference.match import word_predicate
from searchidx.query import regexes
from searchidx.schema import FIELDS, FieldKind, Level, split_level

Pattern = q.Prefix | q.Wildcard | q.Regex | q.FuzzyTerm | q.TermRange

_WORDS_PER_BLOCK = 1 << 14
"""Words whose edit distance is computed together; their columns fit a processor's cache."""
_COMPARISON_COST = 30
"""Units of work to compare one word with a pattern."""


class _Vocabulary(NamedTuple):
    """The words of one field in one segment.

    Attributes:
        strings: the array with the words.
        within: the range of its strings that are words of the field.
        prefix: what precedes the word in each of these strings.
        is_sorted: whether they ascend.
    """

    strings: StringArray
    within: range
    prefix: str = ""
    is_sorted: bool = True


def expand_to_numbers(pattern: Pattern, views: Sequence[SegmentView]) -> list[list[int]]:
    """The numbers of the matching words in the vocabulary of each segment, with words of deleted documents.

    Raises `QueryError` if more than `MAX_EXPANSION` different words occur in live documents.
    """
    vocabularies = [_vocabulary(pattern.fieldname, view.segment) for view in views]
    numbers = [match_strings(pattern, *vocabulary) for vocabulary in vocabularies]
    if sum(map(len, numbers)) > query_limits.MAX_EXPANSION:
        _live_words(pattern, views, vocabularies, numbers)
    return numbers


def expand_to_words(pattern: Pattern, views: Sequence[SegmentView]) -> list[str]:
    """The matching words in live documents, sorted; raises `QueryError` for more than `MAX_EXPANSION`."""
    if split_level(pattern.fieldname)[0] not in FIELDS:
        return []
    vocabularies = [_vocabulary(pattern.fieldname, view.segment) for view in views]
    numbers = [match_strings(pattern, *vocabulary) for vocabulary in vocabularies]
    return sorted(word.decode() for word in _live_words(pattern, views, vocabularies, numbers))


def _live_words(
    pattern: Pattern,
    views: Sequence[SegmentView],
    vocabularies: Sequence[_Vocabulary],
    numbers: Sequence[Sequence[int]],
) -> set[bytes]:
    words: set[bytes] = set()
    for view, vocabulary, matching in zip(views, vocabularies, numbers, strict=True):
        skip = len(vocabulary.prefix)
        words.update(vocabulary.strings.raw(n)[skip:] for n in _select_live(matching, pattern.fieldname, view))
        if len(words) > query_limits.MAX_EXPANSION:
            raise query_limits.too_broad(pattern)
    return words


def _vocabulary(fieldname: str, segment: Segment) -> _Vocabulary:
    field, level = split_level(fieldname)
    if FIELDS[field].kind is not FieldKind.TEXT:
        prefix = f"{field}\x1f"
        return _Vocabulary(segment.meta_terms, segment.meta_terms.prefix_range(prefix), prefix)
    strings = {Level.STEM: segment.terms, Level.FOLDED: segment.folded, Level.PRINTED: segment.forms}[level]
    return _Vocabulary(strings, range(len(strings)), is_sorted=level is not Level.PRINTED)


def _select_live(numbers: Sequence[int], fieldname: str, view: SegmentView) -> Sequence[int]:
    """The words that occur in a live document."""
    if view.live is None:
        return numbers
    segment = view.segment
    field, level = split_level(fieldname)
    if FIELDS[field].kind is not FieldKind.TEXT:
        meta = segment.meta
        return [n for n in numbers if view.live[meta.docs(*meta.posting_range(n))].any()]
    counts = view.live_form_counts
    if level is Level.PRINTED:
        return [n for n in numbers if counts[n] < counts[n + 1]]
    form_range = segment.forms_of_term if level is Level.STEM else segment.forms_of_folded
    ranges = ((n, *form_range(n)) for n in numbers)
    return [n for n, first, stop in ranges if counts[first] < counts[stop]]


def forms_of_word(number: int, level: Level, segment: Segment) -> FormRange:
    """The surface forms of a word, given by its number in the vocabulary of a level."""
    if level is Level.STEM:
        return segment.text.all_forms(number)
    if level is Level.FOLDED:
        return segment.folded_range(number)
    term = bisect_right(segment.form_ends, number)
    return FormRange(term, number + 1, number + 2, segment.forms_of_term(term) == (number, number + 1))


# -- the scan ----------------------------------------------------------------------------------------------------------


def match_strings(
    pattern: Pattern, strings: StringArray, within: range, prefix: str = "", is_sorted: bool = True
) -> list[int]:
    """The numbers of the strings in a range that match, ascending; the parameters are those of `_Vocabulary`."""
    literal, skip = _literal_prefix(pattern), len(prefix)
    if literal and is_sorted:
        found = strings.prefix_range(prefix + literal)
        within = range(max(within.start, found.start), max(min(within.stop, found.stop), within.start, found.start))
        if isinstance(pattern, q.Prefix):
            return list(within)
    first = within.start
    spend(len(within) * _COMPARISON_COST, pattern)
    if isinstance(pattern, q.FuzzyTerm):
        near = _match_fuzzy(pattern.text, pattern.maxdist, strings, within, skip)
        if not pattern.prefixlength:
            return near
        return [n for n in near if strings[n][skip:][: pattern.prefixlength] == literal]
    words = [word[skip:] for word in strings.raw_list(first, within.stop)]
    if isinstance(pattern, q.Regex):
        matches = regexes.compile_regex(pattern.text).fullmatch
        return [n for n, word in enumerate(words, first) if matches(word)]
    test = _wildcard_test(pattern.text) if isinstance(pattern, q.Wildcard) else word_predicate(pattern)
    return [n for n, word in enumerate(words, first) if test(word.decode())]


def _literal_prefix(pattern: Pattern) -> str:
    """Letters that begin every match; may be shorter than the longest such prefix."""
    if isinstance(pattern, q.Prefix):
        return pattern.text
    if isinstance(pattern, q.Wildcard):
        return re.split(r"[*?]", pattern.text, maxsplit=1)[0]
    if isinstance(pattern, q.FuzzyTerm):
        return pattern.text[: pattern.prefixlength]
    if isinstance(pattern, q.Regex) and "|" not in pattern.text and "(?" not in pattern.text:
        begins = re.match(r"(\w*?)(?=\w?[*?{+]|\W|\Z)", pattern.text)
        return begins[1] if begins else ""
    return ""


@lru_cache(maxsize=256)
def _wildcard_test(pattern: str) -> Callable[[str], re.Match[str] | None]:
    pieces = ["".join("." if c == "?" else re.escape(c) for c in piece) for piece in re.split(r"\*+", pattern)]
    if len(pieces) == 1:
        return re.compile(pieces[0], re.DOTALL).fullmatch
    # Atomic groups take the first match of each piece, so no pattern backtracks (Python 3.11).
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1] if piece)
    return re.compile(f"{pieces[0]}{middle}.*{pieces[-1]}", re.DOTALL).fullmatch


def _match_fuzzy(text: str, max_edits: int, strings: StringArray, within: range, skip: int) -> list[int]:
    """The numbers of the words within `max_edits` insertions, deletions and substitutions of `text`."""
    letters, ends = strings.code_points(within.start, within.stop)
    wanted = np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), "<u4")
    begins = np.concatenate([[0], ends[:-1]]) + skip
    lengths = ends - begins
    found: list[Ints] = []
    for length in range(max(len(wanted) - max_edits, 0), len(wanted) + max_edits + 1):
        here = (lengths == length).nonzero()[0]
        for at in range(0, len(here), _WORDS_PER_BLOCK):
            block = here[at : at + _WORDS_PER_BLOCK]
            words = letters.take(begins.take(block)[:, None] + np.arange(length))
            found.append(block.compress(_edit_distances(wanted, words, max_edits) <= max_edits))
    near = np.sort(np.concatenate(found)) if found else np.zeros(0, np.intp)
    numbers: list[int] = (near + within.start).tolist()
    return numbers


def _edit_distances(wanted: Array, words: Array, max_edits: int) -> Array:
    """The edit distance of each word to `wanted`, exact up to `max_edits`; `words` are rows of one length.

    The table of Wagner and Fischer: `row[j]` is the distance of the first i letters of `wanted` to the first j letters
    of each word. Only cells within `max_edits` of the diagonal can be small enough. With `bank` and the words `bink`,
    `bake` the last row ends in 1, 2.
    """
    count, length = words.shape
    far = np.full(count, max_edits + 1, np.uint8)
    row = [np.full(count, j, np.uint8) if j <= max_edits else far for j in range(length + 1)]
    columns = np.ascontiguousarray(words.T)
    for i, letter in enumerate(wanted, 1):
        above, low, high = row, max(i - max_edits, 0), min(i + max_edits, length)
        row = [far] * (length + 1)
        for j in range(low, high + 1):
            if j == 0:
                row[j] = np.full(count, i, np.uint8)
                continue
            best = above[j - 1] + (columns[j - 1] != letter)
            np.minimum(best, np.minimum(above[j], row[j - 1]) + np.uint8(1), out=best)
            row[j] = np.minimum(best, far)
    return row[length]
