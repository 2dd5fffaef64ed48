"""What a person should know about an answer: the hints that only the articles give rise to.

Each takes searches of its own, so they are found when they are asked for, and no search waits for them.
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
from searchidx.query import QUOTES, Diagnostic, Kind, Parsed, Severity
from searchidx.query.nodes import Near, to_day_interval
from searchidx.query.traversal import children, leaves, operands, positive_leaves
from searchidx.schema import FIELDS, FieldKind, Level, level_field, split_level

__all__ = ["hints_of"]

MAX_SUGGESTIONS = 5
"""For so many words that no article has, others are looked for."""
MAX_PARTS = 12
"""Of a query without hits so many parts are counted."""


def hints_of(snapshot: Snapshot, parsed: Parsed, total: int) -> tuple[Diagnostic, ...]:
    """The hints of a query, and those that its answer of so many articles gives rise to."""
    if not len(snapshot):
        return parsed.diagnostics
    return (
        *parsed.diagnostics,
        *_phrase_hint(snapshot, parsed),
        *_date_hint(snapshot, parsed),
        *_unknown_words(snapshot, parsed),
        *_singulars(snapshot, parsed, total),
        *(() if total else _no_hits(snapshot, parsed)),
    )


def _count(snapshot: Snapshot, query: Any) -> int:
    """How many articles match."""
    return snapshot.search(q.ConstantScoreQuery(query, 0.0), limit=0).total


def _hint(kind: Kind, message: str, start: int, end: int, suggestion: str | None = None) -> Diagnostic:
    return Diagnostic(kind, Severity.HINT, message, start, end, suggestion)


def _phrase_hint(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Plain words that stand side by side somewhere: the shell may have eaten the quotes of a phrase."""
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
    message = f"{_articles(count, 'has', 'have')} these words side by side: for the phrase, type {_in_shell(typed)}"
    return (Diagnostic(Kind.PHRASE_WITHOUT_QUOTES, Severity.HINT, message, 0, len(parsed.text), typed),)


def _date_hint(snapshot: Snapshot, parsed: Parsed) -> Sequence[Diagnostic]:
    """Articles dated to a month or year of which only some days were asked for: say how many matched so."""
    asked = list(_asked_dates(parsed.query))
    if not asked:
        return ()
    vague = q.And([parsed.query, q.Not(q.Term("precision", "day")), q.Every("date")])
    found = snapshot.search(q.ConstantScoreQuery(vague, 0.0), limit=None)
    count = sum(_is_cut(date.days, asked) for doc in found.docs if (date := snapshot.date(doc)) is not None)
    if not count:
        return ()
    message = (
        f"{_articles(count, 'is', 'are')} dated to a month or year only, some day of which may be meant: "
        "add precision:day to leave such out"
    )
    return (Diagnostic(Kind.IMPRECISE_DATES, Severity.HINT, message, 0, len(parsed.text), "precision:day"),)


def _asked_dates(query: Any) -> Iterator[DayInterval]:
    """The days that a query asks for, negations aside."""
    parts = children(query)
    if isinstance(query, q.DateRange):
        yield to_day_interval(query)
    elif parts is not None and not isinstance(query, q.Not):
        for part in parts:
            yield from _asked_dates(part)


def _is_cut(days: DayInterval, asked: Sequence[DayInterval]) -> bool:
    """Whether some of an article's days, and not all, are among those asked for."""
    return any(days.meets(each) and not (each.start <= days.start and days.stop <= each.stop) for each in asked)


def _unknown_words(snapshot: Snapshot, parsed: Parsed) -> Iterator[Diagnostic]:
    """Words that no article has, and for each the nearest that some have."""
    asked: set[tuple[str, str]] = set()
    left = MAX_SUGGESTIONS
    for leaf in chain.from_iterable(map(leaves, positive_leaves(parsed.query))):
        if not isinstance(leaf, (q.Term, q.Phrase)) or leaf.startchar is None:
            continue
        field, level = split_level(leaf.fieldname)
        is_text = FIELDS[field].kind is FieldKind.TEXT
        if not is_text and FIELDS[field].kind is not FieldKind.WORDS:
            continue
        spelt = level_field("text", Level.FOLDED) if is_text else field
        for token, start, end in _words(parsed.text, leaf):
            known = q.Term("text", token.stem) if is_text and level is Level.STEM else q.Term(spelt, token.folded)
            if not left or (spelt, token.folded) in asked or _count(snapshot, known):
                continue
            asked.add((spelt, token.folded))
            near, count = _nearest(snapshot, spelt, token.folded)
            if near:
                left -= 1
                typed = parsed.text[start:end]
                message = f"no article has {typed!r}: did you mean {near}? {_articles(count, 'has', 'have')} that"
                yield _hint(Kind.UNKNOWN_WORD, message, start, end, near)


def _words(text: str, leaf: Any) -> Iterator[tuple[analysis.Token, int, int]]:
    """The words of a leaf as they were typed, each with its place in the query."""
    begin = leaf.startchar + (len("caps(") if split_level(leaf.fieldname)[1] is Level.PRINTED else 0)
    for token in analysis.analyze_query(text[begin : leaf.endchar]):
        yield token, begin + token.start, begin + token.end


def _nearest(snapshot: Snapshot, field: str, word: str) -> tuple[str, int]:
    """The spelling fewest edits away that most articles have, and how many; rather one that begins alike."""
    if not word.isalpha() or len(word) < 3 or analysis.is_unspaced(word[0]):
        return "", 0
    for most in (1, 2) if len(word) > 4 else (1,):
        try:
            found = snapshot.expand(q.FuzzyTerm(field, word, maxdist=most, prefixlength=0))
        except QueryError:
            break
        counts = {near: _count(snapshot, q.Term(field, near)) for near in found}
        if counts:
            best = max(counts, key=lambda near: (near[0] == word[0], counts[near]))
            return best, counts[best]
    return "", 0


def _singulars(snapshot: Snapshot, parsed: Parsed, total: int) -> Iterator[Diagnostic]:
    """Quoted words whose plural stands in further articles: quotes leave it out."""
    for leaf in positive_leaves(parsed.query):
        if not isinstance(leaf, (q.Term, q.Phrase)) or leaf.startchar is None or leaf.endchar is None:
            continue
        if parsed.text[leaf.startchar] not in QUOTES:
            continue
        words = [leaf.text] if isinstance(leaf, q.Term) else leaf.words
        if not words[-1].isalpha():
            continue
        for plural in _plurals(words[-1]):
            other = q.Phrase(leaf.fieldname, [*words[:-1], plural])
            more = _count(snapshot, _replaced(parsed.query, leaf, q.Or([leaf, other]))) - total
            if more > 0:
                both = f'({parsed.text[leaf.startchar : leaf.endchar]} OR "{" ".join(other.words)}")'
                one_class = len(words) == 1 and analysis.stem(plural) == analysis.stem(words[0])
                suggestion = words[0] if one_class else both
                shown = f"{suggestion}, without quotes, for every form" if one_class else f"{both} for both"
                found = f"{_articles(more, 'has', 'have', 'more ')} {' '.join(other.words)!r}"
                message = f"words in quotes are found as written, and {found}: write {shown}"
                yield _hint(Kind.SINGULAR_ONLY, message, leaf.startchar, leaf.endchar, suggestion)
                break


def _plurals(word: str) -> Sequence[str]:
    """How the plural of an English word may be spelt."""
    return f"{word}s", f"{word}es", f"{word[:-1]}ies" if word.endswith("y") else f"{word}es"


def _replaced(query: Any, leaf: Any, by: Any) -> Any:
    """A tree with another node in the place of a leaf, within conjunctions and disjunctions."""
    if query is leaf:
        return by
    if isinstance(query, (q.And, q.Or)):
        return type(query)([_replaced(part, leaf, by) for part in query.subqueries])
    return query


def _no_hits(snapshot: Snapshot, parsed: Parsed) -> Iterator[Diagnostic]:
    """What left a query without hits: how many articles each part of a conjunction has, or the words of a phrase."""
    query, end = parsed.query, len(parsed.text)
    if isinstance(query, q.Phrase) and query.startchar is not None:
        count = _count(snapshot, q.And([q.Term(query.fieldname, word) for word in query.words]))
        if count:
            message = f"no article has these words side by side; {_articles(count, 'has', 'have')} all of them, apart"
            yield _hint(Kind.NO_HITS, message, 0, end)
    parts = query.subqueries if isinstance(query, q.And) else operands(query) if isinstance(query, Near) else ()
    if not parts or any(part.startchar is None for part in parts):
        return
    counts = {_typed(parsed.text, part): _count(snapshot, part) for part in parts[:MAX_PARTS]}
    empty = [part for part, count in counts.items() if not count]
    alone = ", ".join(f"{part} {count:,}" for part, count in counts.items())
    alone = f"articles of each part alone: {alone}{', …' if len(parts) > MAX_PARTS else ''}"
    if empty:
        message = f"no article has {' or '.join(empty)}; {alone}"
    else:
        together = "near each other" if isinstance(query, Near) else "together"
        message = f"each part is in some article, but nowhere {together}; {alone}"
    yield _hint(Kind.NO_HITS, message, 0, end)


def _typed(text: str, part: Any) -> str:
    """A part of a query as it was typed, its field included."""
    typed = text[part.startchar : part.endchar]
    field = split_level(getattr(part, "fieldname", None) or "text")[0]
    within = field != "text" and FIELDS[field].kind in (FieldKind.TEXT, FieldKind.WORDS)
    return f"{field}:{typed}" if within else typed


def _articles(count: int, one: str, many: str, more: str = "") -> str:
    return f"1 {more}article {one}" if count == 1 else f"{count:,} {more}articles {many}"


def _in_shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
