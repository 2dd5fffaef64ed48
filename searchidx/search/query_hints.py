"""Hints about a query that depend on the articles: missing quotes, unknown words, plurals, names, parts without hits.

Each hint needs searches of its own. They run when the hints are first used, so no search waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from whoosh import query as q

from searchidx import analysis
from searchidx.dates import DayInterval
from searchidx.engines.contract import Snapshot
from searchidx.errors import QueryError
from searchidx.folding import lower
from searchidx.query import QUOTES, Diagnostic, Kind, Parsed, Severity
from searchidx.query.nodes import Near, to_day_interval
from searchidx.query.traversal import children, leaves, operands, positive_leaves
from searchidx.schema import FIELDS, FieldKind, Level, level_field, split_level
from searchidx.search.name_variants import name_variants
from searchidx.stemming import stem

MAX_SUGGESTIONS = 5
"""The most unknown words that get a suggestion."""
MAX_NAMES = 5
"""The most names whose other spellings are looked for."""
MAX_PARTS = 12
"""The most parts of a query without hits that are counted."""


def find_hints(snapshot: Snapshot, parsed: Parsed, total: int) -> Iterator[Diagnostic]:
    """Yield the hints of the parser, then those about the answer, which has `total` articles."""
    yield from parsed.diagnostics
    if not len(snapshot):
        return
    yield from _hint_missing_quotes(snapshot, parsed)
    yield from _hint_imprecise_dates(snapshot, parsed)
    yield from _hint_unknown_words(snapshot, parsed)
    yield from _hint_plurals(snapshot, parsed, total)
    yield from _hint_name_variants(snapshot, parsed, total)
    if not total:
        yield from _hint_no_hits(snapshot, parsed)


def _count(snapshot: Snapshot, query: Any) -> int:
    """Count the articles that match."""
    return snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=0).total


def _hint(kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> Diagnostic:
    return Diagnostic(kind, Severity.HINT, message, start, end, suggestion)


def _hint_missing_quotes(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Suggest quotes for plain words that occur side by side: a shell may have stripped the quotes of a phrase."""
    if not parsed.plain:
        return ()
    phrase = " ".join(parsed.plain)
    words = [token.folded for token in analysis.analyze_query(phrase)]
    if len(words) < 2:
        return ()
    count = snapshot.search(q.Phrase(level_field("text", Level.FOLDED), words), limit=0).total
    if not count:
        return ()
    typed = f'"{phrase}"'
    having = _articles(count, "has", "have")
    message = f"{having} these words side by side: for the phrase, type {_quote_for_shell(typed)}"
    return (_hint(Kind.PHRASE_WITHOUT_QUOTES, message, 0, len(parsed.text), typed),)


def _hint_imprecise_dates(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Count the hits dated only to a month or year that extends beyond the dates of the query."""
    intervals = list(_date_intervals(parsed.query))
    if not intervals:
        return ()
    imprecise = q.And([parsed.tree, q.Not(q.Term("precision", "day")), q.Every("date")])
    docs = snapshot.search(q.ConstantScoreQuery(imprecise, 0.0), limit=None).docs
    count = sum(_is_cut(date.days, intervals) for doc in docs if (date := snapshot.date(doc)) is not None)
    if not count:
        return ()
    message = (
        f"{_articles(count, 'is', 'are')} dated only to a month or year that extends beyond the dates asked for: "
        f"add precision:day to exclude {'it' if count == 1 else 'them'}"
    )
    return (_hint(Kind.IMPRECISE_DATES, message, 0, len(parsed.text), "precision:day"),)


def _date_intervals(query: Any) -> Iterator[DayInterval]:
    """Iterate over the dates that a query asks for, except in negations."""
    parts = children(query)
    if isinstance(query, q.DateRange):
        yield to_day_interval(query)
    elif parts is not None and not isinstance(query, q.Not):
        for part in parts:
            yield from _date_intervals(part)


def _is_cut(days: DayInterval, intervals: Sequence[DayInterval]) -> bool:
    """Whether any interval holds a part of the days but not all of them."""
    return any(days.meets(each) and not (each.start <= days.start and days.stop <= each.stop) for each in intervals)


def _hint_unknown_words(snapshot: Snapshot, parsed: Parsed) -> Iterator[Diagnostic]:
    """Suggest the nearest known word for each word that no article has."""
    seen: set[tuple[str, str]] = set()
    remaining = MAX_SUGGESTIONS
    for leaf in chain.from_iterable(map(leaves, positive_leaves(parsed.tree))):
        if not isinstance(leaf, (q.Term, q.Phrase)) or leaf.startchar is None:
            continue
        field, level = split_level(leaf.fieldname)
        is_text = FIELDS[field].kind is FieldKind.TEXT
        if not is_text and FIELDS[field].kind is not FieldKind.WORDS:
            continue
        folded_field = level_field("text", Level.FOLDED) if is_text else field
        for token, start, end in _locate_words(parsed.text, leaf):
            word = folded_field, token.folded
            term = q.Term("text", lower(token.printed)) if is_text and level is Level.STEM else q.Term(*word)
            if not remaining or word in seen or _count(snapshot, term):
                continue
            seen.add(word)
            near, count = _find_nearest(snapshot, *word)
            if near:
                remaining -= 1
                typed = parsed.text[start:end]
                message = f"no article has {typed!r}: did you mean {near}? {_articles(count, 'has', 'have')} it"
                yield _hint(Kind.UNKNOWN_WORD, message, start, end, near)


def _locate_words(text: str, leaf: Any) -> Iterator[tuple[analysis.Token, int, int]]:
    """Iterate over the words of a leaf: (token, start, end), places in the text of the query."""
    begin = leaf.startchar + (len("caps(") if split_level(leaf.fieldname)[1] is Level.PRINTED else 0)
    for token in analysis.analyze_query(text[begin : leaf.endchar]):
        yield token, begin + token.start, begin + token.end


def _find_nearest(snapshot: Snapshot, field: str, word: str) -> tuple[str, int]:
    """Find the word with the fewest edits, and count its articles.

    Among several, words with the same first letter come first, then those that most articles have.
    """
    if not word.isalpha() or len(word) < 3 or analysis.is_unspaced(word[0]):
        return "", 0
    for max_edits in (1, 2) if len(word) > 4 else (1,):
        try:
            words = snapshot.expand(q.FuzzyTerm(field, word, maxdist=max_edits, prefixlength=0))
        except QueryError:
            break
        counts = {near: _count(snapshot, q.Term(field, near)) for near in words}
        if counts:
            best = max(counts, key=lambda near: (near[0] == word[0], counts[near]))
            return best, counts[best]
    return "", 0


def _hint_plurals(snapshot: Snapshot, parsed: Parsed, total: int) -> Iterator[Diagnostic]:
    """Suggest the plural of quoted words, which match only as written, if more articles have it."""
    for leaf in positive_leaves(parsed.tree):
        if not isinstance(leaf, (q.Term, q.Phrase)) or leaf.startchar is None or leaf.endchar is None:
            continue
        if parsed.text[leaf.startchar] not in QUOTES:
            continue
        words = [leaf.text] if isinstance(leaf, q.Term) else leaf.words
        if not words[-1].isalpha():
            continue
        for plural in _plurals(words[-1]):
            other = q.Phrase(leaf.fieldname, [*words[:-1], plural])
            more = _count(snapshot, _replace_leaf(parsed.query, leaf, q.Or([leaf, other]))) - total
            if more > 0:
                both = f'({parsed.text[leaf.startchar : leaf.endchar]} OR "{" ".join(other.words)}")'
                is_one_term = len(words) == 1 and stem(plural) == stem(words[0])
                suggestion = words[0] if is_one_term else both
                advice = f"{suggestion} without quotes for all inflections" if is_one_term else f"{both} for both"
                count = f"{_articles(more, 'has', 'have', 'more ')} {' '.join(other.words)!r}"
                message = f"words in quotes match only as written, and {count}: type {advice}"
                yield _hint(Kind.SINGULAR_ONLY, message, leaf.startchar, leaf.endchar, suggestion)
                break


def _plurals(word: str) -> Sequence[str]:
    """Return possible plurals of an English word."""
    return f"{word}s", f"{word}es", f"{word[:-1]}ies" if word.endswith("y") else f"{word}es"


def _hint_name_variants(snapshot: Snapshot, parsed: Parsed, total: int) -> Iterator[Diagnostic]:
    """Suggest the other spellings of each name that the vocabulary has and that find more articles."""
    remaining = MAX_NAMES
    for leaf in positive_leaves(parsed.tree):
        if not isinstance(leaf, q.Term) or leaf.startchar is None or leaf.endchar is None or not remaining:
            continue
        field, level = split_level(leaf.fieldname)
        words = list(_locate_words(parsed.text, leaf))
        if FIELDS[field].kind is not FieldKind.TEXT or level is not Level.STEM or len(words) != 1:
            continue
        found = []
        for name in name_variants(snapshot, words[0][0].folded):
            either = q.Or([leaf, q.Term(leaf.fieldname, name)])
            if (more := _count(snapshot, _replace_leaf(parsed.query, leaf, either)) - total) > 0:
                found.append((-more, name))
        if found:
            remaining -= 1
            found.sort()
            typed = parsed.text[leaf.startchar : leaf.endchar]
            counts = ", ".join(f"{name} (in {-more:,} more)" for more, name in found)
            message = f"{typed!r} is also spelt {counts}"
            suggestion = f"({' OR '.join([typed, *(name for _, name in found)])})"
            yield _hint(Kind.NAME_VARIANTS, message, leaf.startchar, leaf.endchar, suggestion)


def _replace_leaf(query: Any, leaf: Any, replacement: Any) -> Any:
    """Return a tree with one leaf replaced, looking only within conjunctions and disjunctions."""
    if query is leaf:
        return replacement
    if isinstance(query, (q.And, q.Or)):
        return type(query)([_replace_leaf(part, leaf, replacement) for part in query.subqueries])
    return query


def _hint_no_hits(snapshot: Snapshot, parsed: Parsed) -> Iterator[Diagnostic]:
    """Say why a query has no hits: count each part of a conjunction or proximity, or the words of a phrase."""
    query, end = parsed.query, len(parsed.text)
    if isinstance(query, q.Phrase) and query.startchar is not None:
        count = _count(snapshot, q.And([q.Term(query.fieldname, word) for word in query.words]))
        if count:
            message = f"no article has these words side by side; {_articles(count, 'has', 'have')} all of them apart"
            yield _hint(Kind.NO_HITS, message, 0, end)
    parts = query.subqueries if isinstance(query, q.And) else operands(query) if isinstance(query, Near) else ()
    if not parts or any(part.startchar is None for part in parts):
        return
    counts = {_part_text(parsed.text, part): _count(snapshot, part) for part in parts[:MAX_PARTS]}
    empty = [part for part, count in counts.items() if not count]
    alone = ", ".join(f"{part} {count:,}" for part, count in counts.items())
    alone = f"articles with each part alone: {alone}{', …' if len(parts) > MAX_PARTS else ''}"
    if empty:
        message = f"no article has {' or '.join(empty)}; {alone}"
    else:
        together = "near each other" if isinstance(query, Near) else "together"
        message = f"no article has all parts {together}; {alone}"
    yield _hint(Kind.NO_HITS, message, 0, end)


def _part_text(text: str, part: Any) -> str:
    """Return the text of a part of a query, with its field."""
    typed = text[part.startchar : part.endchar]
    field = split_level(getattr(part, "fieldname", None) or "text")[0]
    has_field = field != "text" and FIELDS[field].kind in (FieldKind.TEXT, FieldKind.WORDS)
    return f"{field}:{typed}" if has_field else typed


def _articles(count: int, one: str, many: str, more: str = "") -> str:
    return f"1 {more}article {one}" if count == 1 else f"{count:,} {more}articles {many}"


def _quote_for_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
