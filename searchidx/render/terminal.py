"""Hits, articles, occurrences and diagnostics as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from searchidx.article import Article
from searchidx.dates import PartialDate
from searchidx.query import Diagnostic
from searchidx.render.columns import columns, fitted, lines_of, marked, printable, shortened, tail
from searchidx.search.hits import (
    Explanation,
    Groups,
    Hit,
    Hits,
    KwicLine,
    Snippet,
)

if TYPE_CHECKING:
    from searchidx.ingest.report import Report

__all__ = [
    "article_lines",
    "diagnostic_lines",
    "explanation_lines",
    "group_lines",
    "hit_lines",
    "kwic_lines",
    "plural",
    "provenance_lines",
    "report_lines",
    "shown_date",
]

_KNOWN = ("date", "byline", "dateline", "section", "source", "language", "keywords", "url", "path")
_INDENT = "    "


def hit_lines(hits: Hits, first: int, width: int, score: bool = False) -> Iterator[str]:
    """The hits of a page: headline, date and source, snippet, id; `first` is the number of the first of them."""
    for number, hit in enumerate(hits, first):
        if number > first:
            yield ""
        yield from _hit(hit, number, width, score)


def group_lines(groups: Groups, first: int, width: int, score: bool = False) -> Iterator[str]:
    """The groups of a page: the first hit of each as any hit, then a line for each of the others."""
    for number, group in enumerate(groups, first):
        if number > first:
            yield ""
        yield from _hit(group.hits[0], number, width, score)
        if others := group.hits[1:]:
            yield f"{_INDENT}and {len(others):,} much the same:"
        for hit in others:
            about = " · ".join(part for part in (shown_date(hit.date)[:10], hit.article.source) if part)
            yield f"{_INDENT}  {shortened(about, width - len(_INDENT) - 2)}"
            yield f"{_INDENT}  {click.style(printable(hit.id), dim=True)}"


def _hit(hit: Hit, number: int, width: int, score: bool) -> Iterator[str]:
    article = hit.article
    lead = f"{number:>2}. "
    room = max(width - len(lead), 20)
    if article.headline:
        headline = hit.marked_headline
        for start, end in lines_of(headline.text, room):
            yield lead + marked(headline.text, start, end, headline.spans, bold=True)
            lead = " " * len(lead)
    else:
        yield lead + click.style("(no headline)", bold=True)
    known = [shown_date(article.date), article.source, article.section, f"score {hit.score:.2f}" if score else ""]
    about = printable(" · ".join(part for part in known if part))
    yield from (_INDENT + about[start:end] for start, end in lines_of(about, room))
    snippet = hit.snippet
    for start, end in lines_of(snippet.text, room):
        yield _INDENT + marked(snippet.text, start, end, snippet.spans)
    yield _INDENT + click.style(printable(article.id), dim=True)


def kwic_lines(lines: Iterable[KwicLine], width: int, context: int, sort: str | None) -> Iterator[str]:
    """Occurrences below each other, what was found in one column; `context` is how much text they have at most.

    As the articles come a line names each of them; sorted by their context, every line has its id.
    """
    named = sort in (None, "date")
    about = 0 if named else min(width // 3, 40)
    before = min(context, (width - about) * 9 // 20)
    article = None
    for line in lines:
        if named and line.id != article:
            if article is not None:
                yield ""
            article = line.id
            yield click.style(shortened(f"{shown_date(line.date)[:10]} · {line.id}", width), dim=True)
        left = tail(line.left, before)
        shown = " " * (before - columns(left)) + printable(left)
        room = width - about - before
        end = fitted(line.match, room)
        shown += marked(line.match, 0, end, [(0, end)])
        right = line.right[: fitted(line.right, room - columns(line.match[:end]))]
        shown += printable(right)
        if not named:
            used = before + columns(line.match[:end]) + columns(right)
            id = line.id if columns(line.id) <= about - 2 else "…" + tail(line.id, about - 3)
            shown += " " * (width - about - used) + "  " + click.style(printable(id), dim=True)
        yield shown.rstrip() if shown.isascii() else shown


def shown_date(date: PartialDate | None) -> str:
    """A date as lists of hits show it: to the minute, without zone."""
    return "undated" if date is None else str(date)[:16].replace("T", " ")


def article_lines(article: Article, width: int, found: tuple[Snippet, Snippet] | None = None) -> Iterator[str]:
    """A whole article: headline, what is known of it, a blank line, the paragraphs; with what was `found` marked."""
    headline, body = found or (Snippet(article.headline), Snippet(article.body))
    for start, end in lines_of(headline.text, width):
        yield marked(headline.text, start, end, headline.spans, bold=True)
    for name in (*_KNOWN, "id"):
        value = getattr(article, name)
        if value:
            yield f"{name + ':':<10} " + printable(", ".join(value) if name == "keywords" else str(value))
    begin = 0
    for paragraph in body.text.split("\n"):
        if paragraph.strip():
            yield ""
            for start, end in lines_of(paragraph, width):
                yield marked(body.text, begin + start, begin + end, body.spans)
        begin += len(paragraph) + 1


def provenance_lines(article: Article, width: int) -> Iterator[str]:
    """Of each field of an article its value, cut to a line, and where in the source it was found."""
    for name in ("headline", "body", *_KNOWN[:-1]):  # the path is where all of it was found
        if value := getattr(article, name):
            text = " ".join((", ".join(value) if name == "keywords" else str(value)).split())
            where = printable(article.provenance.get(name, "not kept"))
            room = max(width - columns(where) - 15, 20)
            yield f"{name + ':':<10} {shortened(text, room)}  " + click.style(f"← {where}", dim=True)


def explanation_lines(explanation: Explanation, depth: int = 0) -> Iterator[str]:
    """A query as understood: a line for it and each of its parts, with the number of articles before it."""
    yield f"{explanation.articles:>9,}  {'    ' * depth}{printable(explanation.query)}"
    for part in explanation.parts:
        yield from explanation_lines(part, depth + 1)


def report_lines(report: Report) -> Iterator[str]:
    """What a build did."""
    for place, reason in report.skipped:
        yield printable(f"skipped {place}: {reason}")
    if report.rebuilt:
        yield "the index was of another version of the format, so it was built anew"
    counts = ", ".join(f"{getattr(report, name):,} {name}" for name in ("added", "updated", "unchanged", "removed"))
    yield f"{counts}; {len(report.skipped):,} skipped, {report.ignored:,} ignored"


def diagnostic_lines(query: str, diagnostics: Iterable[Diagnostic], width: int = 80) -> Iterator[str]:
    """What is to be said of a query: for an error, the query below it with a mark under the place."""
    for diagnostic in diagnostics:
        yield f"{'error' if diagnostic.is_error else 'hint'}: {diagnostic.message}"
        if diagnostic.is_error:
            yield from _pointed(query, diagnostic, width - len(_INDENT))


def _pointed(query: str, diagnostic: Diagnostic, width: int) -> Iterator[str]:
    start, end = diagnostic.start, max(diagnostic.end, diagnostic.start + 1)
    begin, stop = 0, len(query)
    while columns(query[begin:start]) > width // 2 and columns(query[begin:]) > width:
        begin += max(1, (start - begin) // 8)
    while columns(query[begin:stop]) > width:
        stop -= max(1, (stop - begin - width) // 2)
    yield _INDENT + printable(query[begin:stop])
    below = max(1, columns(query[start : min(end, stop)]))
    yield _INDENT + " " * columns(query[begin:start]) + "^" + "~" * (below - 1)


def plural(count: int, one: str, more: str = "") -> str:
    """`1 article`, `2 articles`; `more` is what several are called where that is not `one` and an s."""
    return f"{count:,} {one if count == 1 else more or f'{one}s'}"
