"""Comparisons and n-grams as lines of text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from searchidx.render.text_layout import display_width, pad, sanitize, truncate

if TYPE_CHECKING:
    from searchidx.search.comparison import Comparison
    from searchidx.search.ngrams import Ngram, Ngrams

_MAX_TEXT = 32
"""The widest column of words or phrases."""


def comparison_lines(found: Comparison, width: int) -> Iterator[str]:
    """Yield the counts, the distinctive words, the distinctive phrases and the timelines."""
    for name, query, total, words in zip("ab", found.queries, found.totals, found.words, strict=True):
        counts = f"{total:,} article{'' if total == 1 else 's'}, {words:,} words"
        yield f"{name}  {truncate(sanitize(query), max(width - len(counts) - 5, 20))}: {counts}"
    yield f"both  {found.both:,} of {found.either:,} ({100 * found.overlap:.1f}%)"
    for title, lists in (("words", found.distinctive_words), ("phrases", found.distinctive_phrases)):
        if any(lists):
            yield ""
            yield from _beside(
                [_ngram_rows(f"{title} of {name}", each) for name, each in zip("ab", lists, strict=True)], width
            )
    if found.periods:
        yield ""
        yield from compared_timeline_lines(found)


def _beside(tables: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield two tables side by side, or one below the other if they do not fit."""
    one, other = tables
    first = max(map(display_width, one))
    if first + 3 + max(map(display_width, other)) <= width:
        lines = [f"{pad(left, first)}   {right}".rstrip() for left, right in zip_longest(one, other, fillvalue="")]
        yield click.style(lines[0], bold=True)
        yield from lines[1:]
        return
    for number, table in enumerate(tables):
        if number:
            yield ""
        yield click.style(table[0], bold=True)
        yield from table[1:]


def _ngram_rows(title: str, ngrams: Sequence[Ngram]) -> list[str]:
    """The heading and a row for each word or phrase: how often it occurs in the hits of a and of b, and its score."""
    texts = [truncate(sanitize(each.text), _MAX_TEXT) for each in ngrams]
    names = max(map(display_width, (title, *texts)))
    sizes = [max([3, *(len(f"{each.counts[at]:,}") for each in ngrams)]) for at in range(2)]
    rows = [f"{pad(title, names)} {'a':>{sizes[0]}} {'b':>{sizes[1]}}    score"]
    for text, each in zip(texts, ngrams, strict=True):
        a, b = each.counts
        rows.append(f"{pad(text, names)} {a:>{sizes[0]},} {b:>{sizes[1]},} {each.score:>8,.1f}")
    return rows


def compared_timeline_lines(found: Comparison) -> Iterator[str]:
    """Yield a row for each period: the hits of a and b, per 1,000 articles, occurrences per million words."""
    heads = ("articles", "per 1,000", "per million words")
    rows = [
        (
            each.name,
            *(f"{count:,}" for count in each.counts),
            *(f"{rate:,.1f}" for rate in (*each.shares, *each.per_million)),
        )
        for each in found.periods
    ]
    for name, counts in (("imprecise", found.imprecise), ("undated", found.undated)):
        if any(counts):
            rows.append((name, *(f"{count:,}" for count in counts), "", "", "", ""))
    rows.append(("total", *(f"{count:,}" for count in found.totals), "", "", "", ""))
    names = max(len(row[0]) for row in rows)
    size = max(6, *(len(cell) for row in rows for cell in row[1:]))
    pairs = [max(2 * size + 1, len(head)) for head in heads]
    line = "  ".join(f"{head:>{pair}}" for head, pair in zip(heads, pairs, strict=True))
    yield click.style(f"{'':<{names}}  {line}", bold=True)
    for row in [("", *("a", "b") * 3), *rows]:
        cells = [f"{row[at]:>{size}} {row[at + 1]:>{size}}" for at in (1, 3, 5)]
        line = "  ".join(f"{cell:>{pair}}" for cell, pair in zip(cells, pairs, strict=True))
        yield f"{row[0]:<{names}}  {line}".rstrip()


def ngrams_lines(found: Ngrams, width: int) -> Iterator[str]:
    """Yield a row for each n-gram: occurrences, hits with it, occurrences per million words of the hits."""
    texts = [truncate(sanitize(each.text), max(width - 40, _MAX_TEXT)) for each in found.ngrams]
    names = max(map(display_width, ("phrase", *texts)))
    counts = max(5, *(len(f"{each.counts[0]:,}") for each in found.ngrams))
    yield click.style(f"{pad('phrase', names)} {'times':>{counts}} articles  per million words", bold=True)
    for text, row in zip(texts, found.to_dicts(), strict=True):
        rate = f"{row['per_million']:,.1f}"
        yield f"{pad(text, names)} {row['count']:>{counts},} {row['articles']:>8,} {rate:>18}"
